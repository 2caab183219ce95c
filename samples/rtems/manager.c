// SPDX-License-Identifier: BSD-2-Clause
// A task of RTEMS in the system partition: answers each level with a command, restarts Linux once,
// and changes to another schedule and back.
#include "pump.h"
#include <rtems.h>
#include <rtems/version.h>
#include <stdio.h>

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>

static void says(const char *what, int64_t error)
{
    printf("%s: %s\n", what, hv_error_text(error));
}

static uint64_t linux_id;

static void restart_linux(void)
{
    int64_t error = hv_partition_find("linux", &linux_id);

    if (!error)
        error = hv_partition_control(linux_id, HV_CONTROL_COLD_START);
    says("restart Linux", error);
}

// A restart takes place in Linux's own windows, and lasts: its kernel is copied and checked.
static void look_at_linux(void)
{
    struct hv_partition p;

    if (!hv_partition_query(linux_id, &p))
        printf("starts of Linux: %lu\n", p.starts);
}

static void change_to(const char *schedule)
{
    uint64_t id = 0;
    int64_t error = hv_schedule_find(schedule, &id);

    if (!error)
        error = hv_schedule_set(id);
    printf("schedule %s: %s\n", schedule, hv_error_text(error));
}

// What is done once, by the number of the level.
static void manage(uint64_t number)
{
    if (number == 30)
        restart_linux();
    else if (number == 40)
        change_to("update");
    else if (number == 60)
        change_to("normal");
    else if (number == 90)
        look_at_linux();
}

rtems_task Init(rtems_task_argument argument)
{
    struct hv_port levels, commands;
    struct level level;
    struct hv_sample sample;
    struct command command = {0};

    (void)argument;
    if (hv_port_open("levels", &levels) || hv_port_open("commands", &commands))
        hv_raise_error(1);
    printf("RTEMS %s manages\n", rtems_version());
    for (;; rtems_task_wake_after(1)) {
        if (hv_sampling_read(&levels, &level, &sample) || !sample.valid ||
            level.number == command.number)
            continue;
        command.number = level.number;
        command.run = level.percent < 40 || (command.run && level.percent < 60);
        hv_queuing_send(&commands, &command, sizeof command);
        manage(level.number);
    }
}
