// SPDX-License-Identifier: BSD-2-Clause
// Is busy to the end of each window without a hint to other cores. Its timer is always set to
// expire a millisecond later, which is when it does not run.

#include "check.h"

int main(void)
{
    uint64_t ticks = hv_get_time().hz / 1000;

    hv_set_partition_mode(HV_MODE_NORMAL);
    for (;;) {
        WRITE(cntv_cval_el0, hv_ticks() + ticks);
        WRITE(cntv_ctl_el0, 1);
        for (volatile unsigned n = 0; n < 2000; n++)
            ;
    }
}
