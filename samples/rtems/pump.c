// SPDX-License-Identifier: BSD-2-Clause
// The pump, a bare partition: tells the tank's level in every fifth window, and does as the manager
// says.
#include "pump.h"

int main(void)
{
    struct hv_port levels, commands;
    struct level level = {0, 50};
    struct command command = {0};
    struct hv_receipt receipt;

    if (hv_port_open("levels", &levels) || hv_port_open("commands", &commands))
        hv_raise_error(1);
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (uint64_t window = 1;; window++, hv_idle_self()) {
        while (hv_queuing_receive(&commands, &command, &receipt) == HV_OK)
            ;
        if (window % 5)
            continue;
        level.number++;
        level.percent = command.run ? level.percent + 3 : level.percent - 2;
        hv_sampling_write(&levels, &level, sizeof level);
        if (level.number % 10 == 0)
            hv_printf("level %lu: %lu %%, command %lu: %s\n", level.number, level.percent,
                      command.number, command.run ? "run" : "rest");
    }
}
