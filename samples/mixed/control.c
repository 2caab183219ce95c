// SPDX-License-Identifier: BSD-2-Clause
// The control task, the one that RTEMS starts first: answers each new reading with an order.
#include "tank.h"

#ifdef __rtems__
#include <rtems.h>

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>

static void wait_for_tick(void)
{
    rtems_task_wake_after(1);
}
#else // a machine treated as RTEMS does stands in (tests/system/guests)
#include "rtems_machine.h"

static void wait_for_tick(void)
{
    idle_until(&ticks, ticks + 1);
}
#endif

// All of the heating at 18 degrees and below, none at 23.
static int64_t heating(int64_t temperature)
{
    int64_t part = (23000 - temperature) / 50;

    return part < 0 ? 0 : part > 100 ? 100 : part;
}

static void control(void)
{
    struct hv_port readings, orders;
    struct order order = {0};
    struct hv_sample sample;
    uint64_t answered = 0;

    if (hv_port_open("readings", &readings) || hv_port_open("orders", &orders))
        hv_raise_error(1);
    for (;; wait_for_tick()) {
        if (hv_sampling_read(&readings, &order.reading, &sample) || !sample.valid ||
            order.reading.number == answered)
            continue;
        answered = order.reading.number;
        order.at = hv_get_time().ns;
        order.heating = heating(order.reading.temperature);
        hv_queuing_send(&orders, &order, sizeof order); // while Linux boots, there is no room
    }
}

#ifdef __rtems__
rtems_task Init(rtems_task_argument argument)
{
    (void)argument;
    control();
}
#else
int main(void)
{
    control();
    return 0;
}
#endif
