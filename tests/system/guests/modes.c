// SPDX-License-Identifier: BSD-2-Clause
// SET_PARTITION_MODE for oneself: every transition of ARINC 653 P1 that a partition can ask for.

#include "check.h"

int main(void)
{
    struct hv_status s = hv_partition_status();

    hv_printf("start %lu mode %lu condition %lu event %lu\n", s.starts, s.mode, s.condition,
              s.event);
    if (s.starts == 1) {
        check_equal(hv_set_partition_mode(4), HV_INVALID_PARAM, "a mode that does not exist");
        check_equal(hv_set_partition_mode(~0ul), HV_INVALID_PARAM, "a wild mode");
        check_equal(hv_set_partition_mode(HV_MODE_WARM_START), HV_INVALID_MODE,
                    "no warm start out of a cold start");
        check_equal(hv_set_partition_mode(HV_MODE_NORMAL), HV_OK, "initialisation ends");
        check_equal(hv_set_partition_mode(HV_MODE_NORMAL), HV_NO_ACTION, "but only once");
        check_equal(hv_partition_status().mode, HV_MODE_NORMAL, "the mode is normal");
        check_equal(hv_partition_status().vcpus, 1, "one vcpu");
        check_equal(hv_partition_status().system, 0, "not a system partition");
        hv_printf("done: %u checks\n", checks_made);
        hv_idle_self();
        hv_set_partition_mode(HV_MODE_WARM_START);
    } else if (s.starts == 2) {
        hv_set_partition_mode(HV_MODE_NORMAL);
        hv_set_partition_mode(HV_MODE_COLD_START);
    } else {
        hv_printf("now idle\n");
        hv_idle_self();
        hv_set_partition_mode(HV_MODE_IDLE);
    }
    hv_printf("it came back\n");
    return 0;
}
