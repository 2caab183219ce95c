// SPDX-License-Identifier: BSD-2-Clause
// Guidance: flies. Every window takes the rocket 10 km higher, up to its orbit.

#include "mission.h"

enum { STEP = 10, ORBIT = 400 }; // km

int main(void)
{
    struct windows windows = {0};
    struct flight flight = {0};
    struct hv_port port;

    if (hv_port_open("flight", &port))
        hv_raise_error(1);
    hv_printf("lift-off, steering every %lu ms\n", hv_partition_status().period / MILLISECOND);
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (;; hv_idle_self()) {
        windows_note(&windows);
        flight.number++;
        if (flight.altitude < ORBIT) {
            flight.altitude += STEP;
            if (flight.altitude % 100 == 0)
                hv_printf("altitude %lu km\n", flight.altitude);
        }
        hv_sampling_write(&port, &flight, sizeof flight);
    }
}
