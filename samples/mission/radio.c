// SPDX-License-Identifier: BSD-2-Clause
// The radio: tells the ground how things are, and passes on what the ground orders.

#include "mission.h"

enum { GROUND_THINKS = 8 }; // windows, until it has an answer to `safe`

static struct hv_port flight_port, state_port, orders;

static void order(uint64_t phase)
{
    struct order order = {phase};

    hv_printf("from ground: go to %s\n", phase_name(phase));
    if (hv_queuing_send(&orders, &order, sizeof order) != HV_OK)
        hv_printf("order lost\n");
}

int main(void)
{
    struct windows windows = {0};
    struct flight flight;
    struct state state, told = {.phase = ~0ul};
    struct hv_sample sample;
    unsigned safe = 0; // windows since the ground heard of it

    if (hv_port_open("flight", &flight_port) || hv_port_open("state", &state_port) ||
        hv_port_open("orders", &orders))
        hv_raise_error(1);
    hv_printf("started\n");
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (;; hv_idle_self()) {
        windows_note(&windows);
        if (hv_sampling_read(&flight_port, &flight, &sample) != HV_OK || !sample.valid ||
            hv_sampling_read(&state_port, &state, &sample) != HV_OK || !sample.valid)
            continue;
        if (state.phase != told.phase || state.failures != told.failures)
            hv_printf("to ground: %s at %lu km, camera failures: %lu\n", phase_name(state.phase),
                      flight.altitude, state.failures);
        told = state;
        safe = state.phase == SAFE ? safe + 1 : 0;
        if (safe == GROUND_THINKS)
            order(CRUISE);
    }
}
