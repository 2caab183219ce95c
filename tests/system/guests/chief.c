// SPDX-License-Identifier: BSD-2-Clause
// A system partition: halts and starts `pins` again, lets it go on when it was suspended, and takes
// the windows of `alarm` away for a second and a half.

#include "check.h"

static uint64_t pins, alarm;

static struct hv_partition look(uint64_t id)
{
    struct hv_partition p = {0};

    hv_partition_query(id, &p);
    return p;
}

static void rest(unsigned windows)
{
    while (windows--)
        hv_idle_self();
}

static void schedule(const char *name)
{
    uint64_t id = 0;

    check_equal(hv_schedule_find(name, &id), HV_OK, name);
    check_equal(hv_schedule_set(id), HV_OK, "is asked for");
}

int main(void)
{
    uint64_t until;

    check_equal(hv_partition_find("pins", &pins), HV_OK, "the owner of the pins is there");
    check_equal(hv_partition_find("alarm", &alarm), HV_OK, "and that of the clock");
    while (look(pins).starts < 4 || look(pins).mode != HV_MODE_NORMAL)
        hv_idle_self();
    rest(20);
    check_equal(hv_partition_control(pins, HV_CONTROL_HALT), HV_OK,
                "it is halted in its interrupt");
    rest(20);
    check_equal(hv_partition_control(pins, HV_CONTROL_COLD_START), HV_OK, "and started");
    while (look(pins).state != HV_STATE_SUSPENDED)
        hv_idle_self();
    rest(20);
    check_equal(hv_partition_control(pins, HV_CONTROL_RESUME), HV_OK, "suspended, it goes on");
    while (look(alarm).mode != HV_MODE_NORMAL)
        hv_idle_self();
    schedule("without");
    until = hv_get_time().ns + 1500000000;
    while (hv_get_time().ns < until)
        hv_idle_self();
    schedule("normal");
    checks_done();
}
