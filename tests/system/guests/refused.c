// SPDX-License-Identifier: BSD-2-Clause
// A system partition that cannot start `placed` anew, and resets the computer, which can.
#include "check.h"

enum { PLACED, WINDOWS = 20 };

int main(void)
{
    struct hv_partition p = {0};

    for (unsigned i = 0; i < WINDOWS; i++) // until placed is through
        hv_idle_self();
    check_equal(hv_partition_control(PLACED, HV_CONTROL_COLD_START), HV_INVALID_MODE,
                "no cold start");
    check_equal(hv_partition_control(PLACED, HV_CONTROL_WARM_START), HV_INVALID_MODE,
                "no warm start");
    check_equal(hv_partition_query(PLACED, &p), HV_OK, "it is there");
    check(p.state == HV_STATE_RUNNING && p.starts == 1, "it runs on");
    check_equal(hv_partition_control(PLACED, HV_CONTROL_SUSPEND), HV_OK, "suspend");
    check_equal(hv_partition_control(PLACED, HV_CONTROL_COLD_START), HV_INVALID_MODE, "nor then");
    check_equal(hv_partition_control(PLACED, HV_CONTROL_RESUME), HV_OK, "resume");
    check_equal(hv_partition_control(PLACED, HV_CONTROL_HALT), HV_OK, "halt");
    check_equal(hv_partition_control(PLACED, HV_CONTROL_COLD_START), HV_INVALID_MODE,
                "nor behind it");
    hv_printf("done: %u checks\n", checks_made);
    hv_idle_self();
    hv_module_end(true);
    hv_printf("FAIL the module goes on\n");
    return 0;
}
