// SPDX-License-Identifier: BSD-2-Clause
// The sensor, a bare partition: measures in every fifth of its windows.
#include "tank.h"

// The tank warms up and cools down, between 18 and 24 degrees.
static int64_t temperature(uint64_t number)
{
    int64_t place = (int64_t)(number * 370 % 12000);

    return 18000 + (place < 6000 ? place : 12000 - place);
}

int main(void)
{
    struct hv_port readings;
    struct reading reading = {0};

    if (hv_port_open("readings", &readings))
        hv_raise_error(1);
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (uint64_t window = 0;; window++) {
        if (window % 5 == 0) {
            reading.number++;
            reading.at = hv_get_time().ns;
            reading.temperature = temperature(reading.number);
            hv_sampling_write(&readings, &reading, sizeof reading);
        }
        hv_idle_self();
    }
}
