// SPDX-License-Identifier: BSD-2-Clause
// The controller: keeps the tank between 19 and 21 degrees, on fresh measurements only.

#include "tank.h"

static struct hv_port temperature, commands;

static void heat(bool on)
{
    static struct command command;

    command.number++;
    command.heat = on;
    if (hv_queuing_send(&commands, &command, sizeof command) != HV_OK)
        hv_printf("command %lu refused\n", command.number);
}

int main(void)
{
    struct punctuality punctuality = {0};
    struct measurement tank;
    struct hv_sample sample;
    uint64_t latest = 0, lost = 0, stale = 0;
    bool heating = false;

    if (hv_port_open("temperature", &temperature) || hv_port_open("commands", &commands))
        hv_raise_error(1);
    hv_printf("started, a measurement is valid for %lu ms\n", temperature.refresh / MILLISECOND);
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (;; hv_idle_self()) {
        punctuality_note(&punctuality);
        if (hv_sampling_read(&temperature, &tank, &sample) != HV_OK || !sample.valid) {
            stale++;
            continue;
        }
        if (latest && tank.number > latest + 1)
            lost += tank.number - latest - 1;
        latest = tank.number;
        if (tank.millidegrees < 19000 && !heating) {
            heating = true;
            heat(true);
        } else if (tank.millidegrees > 21000 && heating) {
            heating = false;
            heat(false);
        }
        if (punctuality.windows % 20 == 0) {
            hv_printf("tank at " DEGREES " C, %lu ms old; %lu lost, %lu stale\n",
                      DEGREES_OF(tank.millidegrees), sample.age / MILLISECOND, lost, stale);
            hv_printf("%lu windows, %lu missed, %lu late\n", punctuality.windows,
                      punctuality.missed, punctuality.late);
        }
    }
}
