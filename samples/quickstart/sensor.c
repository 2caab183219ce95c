// SPDX-License-Identifier: BSD-2-Clause
// The sensor: measures the tank's temperature in every period and switches the heater as it is
// told.

#include "tank.h"

static struct hv_port temperature, commands;

// The tank warms by 0.2 degrees a period while heated and cools by 0.1 degrees while not.
static struct measurement tank = {.millidegrees = 18000};
static bool heater;

static void obey_commands(void)
{
    struct command command;
    struct hv_receipt receipt;

    while (hv_queuing_receive(&commands, &command, &receipt) == HV_OK) {
        heater = command.heat != 0;
        hv_printf("command %lu: heater %s at " DEGREES " C\n", command.number,
                  heater ? "on" : "off", DEGREES_OF(tank.millidegrees));
    }
}

int main(void)
{
    struct punctuality punctuality = {0};

    if (hv_port_open("temperature", &temperature) || hv_port_open("commands", &commands))
        hv_raise_error(1);
    hv_printf("started, measuring every %lu ms\n", hv_partition_status().period / MILLISECOND);
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (;;) {
        punctuality_note(&punctuality);
        obey_commands();
        tank.millidegrees += heater ? 200 : -100;
        tank.number++;
        hv_sampling_write(&temperature, &tank, sizeof tank);
        if (punctuality.windows % 20 == 0)
            hv_printf("%lu windows, %lu missed, %lu late\n", punctuality.windows,
                      punctuality.missed, punctuality.late);
        hv_idle_self(); // until the next window
    }
}
