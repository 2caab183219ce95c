// SPDX-License-Identifier: BSD-2-Clause
// Reads a device that is not there: an external abort on the bus. A guest's own abort is its own.

#include "check.h"

int main(void)
{
    struct hv_status s = hv_partition_status();

    hv_printf("start %lu event %lu\n", s.starts, s.event);
    hv_idle_self();
    if (s.starts == 3)
        checks_done();
    if (s.starts == 1)
        (void)*(volatile uint32_t *)0x0c100000;
    else
        *(volatile uint32_t *)0x0c100000 = 1;
    hv_printf("FAIL: it went through\n");
    return 0;
}
