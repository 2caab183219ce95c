// SPDX-License-Identifier: BSD-2-Clause
// Watches what the health monitor does to three others, then lets one go on and starts another.

#include "check.h"

enum { SUSPEND, LIMIT, SWITCH, OTHERS };
static const char *const names[OTHERS] = {"suspend", "limit", "switch"};
static uint64_t id[OTHERS];

static struct hv_partition look(int who)
{
    struct hv_partition p = {0};

    check_equal(hv_partition_query(id[who], &p), HV_OK, names[who]);
    return p;
}

static void tell(int who)
{
    struct hv_partition p = look(who);

    hv_printf("%s: state %lu mode %lu starts %lu event %lu restarts %lu of %lu\n", names[who],
              p.state, p.mode, p.starts, p.event, p.restarts, p.restart_limit);
}

static void rest(int windows)
{
    while (windows--)
        hv_idle_self();
}

int main(void)
{
    uint64_t before, after;

    hv_set_partition_mode(HV_MODE_NORMAL);
    for (int i = 0; i < OTHERS; i++)
        check_equal(hv_partition_find(names[i], &id[i]), HV_OK, names[i]);
    before = hv_schedule_status().current;
    rest(100);
    after = hv_schedule_status().current;
    hv_printf("schedule %lu then %lu\n", before, after);
    for (int i = 0; i < OTHERS; i++)
        tell(i);
    check_equal(hv_partition_control(id[SUSPEND], HV_CONTROL_RESUME), HV_OK, "it goes on");
    check_equal(hv_partition_control(id[LIMIT], HV_CONTROL_COLD_START), HV_OK, "it is started");
    rest(100);
    tell(SUSPEND);
    tell(LIMIT);
    checks_done();
}
