// SPDX-License-Identifier: BSD-2-Clause
// A system partition that manages two others, one on its own core and one on another.

#include "check.h"

static void wait(unsigned windows)
{
    while (windows--)
        hv_idle_self();
}

static void does(const char *whom, uint64_t id, const char *what, uint64_t control)
{
    int64_t error = hv_partition_control(id, control);

    hv_printf("%s %s: %ld\n", what, whom, error);
    wait(12);
}

static void tells(const char *whom, uint64_t id)
{
    struct hv_partition p;

    if (!hv_partition_query(id, &p))
        hv_printf("%s: state %lu mode %lu condition %lu starts %lu\n", whom, p.state, p.mode,
                  p.condition, p.starts);
}

int main(void)
{
    static const char *const names[] = {"near", "far"};
    uint64_t id[2], none;

    wait(12);
    check_equal(hv_partition_find("nobody", &none), HV_INVALID_CONFIG, "no such name");
    check_equal(hv_partition_control(77, HV_CONTROL_HALT), HV_INVALID_PARAM, "no such partition");
    for (unsigned i = 0; i < 2; i++) {
        check_equal(hv_partition_find(names[i], &id[i]), HV_OK, "found by name");
        check_equal(hv_partition_control(id[i], 9), HV_INVALID_PARAM, "no such control");
    }
    for (unsigned i = 0; i < 2; i++) {
        tells(names[i], id[i]);
        does(names[i], id[i], "suspends", HV_CONTROL_SUSPEND);
        tells(names[i], id[i]);
        does(names[i], id[i], "resumes", HV_CONTROL_RESUME);
        does(names[i], id[i], "warms", HV_CONTROL_WARM_START);
        tells(names[i], id[i]);
        does(names[i], id[i], "chills", HV_CONTROL_COLD_START);
        does(names[i], id[i], "halts", HV_CONTROL_HALT);
        tells(names[i], id[i]);
        does(names[i], id[i], "chills", HV_CONTROL_COLD_START);
        tells(names[i], id[i]);
    }
    hv_printf("done: %u checks\n", checks_made);
    wait(2);
    check_equal(hv_module_end(false), HV_NOT_PERMITTED, "may reset the computer, not turn it off");
    hv_module_end(true);
    hv_printf("FAIL the module goes on\n");
    return 0;
}
