// SPDX-License-Identifier: BSD-2-Clause
// Counts its windows in memory that a warm start keeps and in memory that no start keeps.

#include "check.h"

static uint64_t *const kept = (uint64_t *)0x40200000;
static uint64_t passing;

int main(void)
{
    struct hv_status s = hv_partition_status();

    hv_printf("start %lu mode %lu condition %lu kept %lu refused %ld %ld\n", s.starts, s.mode,
              s.condition, *kept, hv_partition_control(0, HV_CONTROL_HALT), hv_module_end(true));
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (;;) {
        ++*kept;
        hv_printf("window %lu of %lu\n", *kept, ++passing);
        hv_idle_self();
    }
}
