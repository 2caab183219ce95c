// SPDX-License-Identifier: BSD-2-Clause
// The faulty one: works for twelve windows, then writes to memory that is not its own.

#include "tank.h"

int main(void)
{
    struct hv_status status = hv_partition_status();
    volatile uint64_t *stray = (volatile uint64_t *)0x50000000;

    if (status.starts == 1)
        hv_printf("started, all is well\n");
    else
        hv_printf("start %lu, after: %s\n", status.starts, hv_event_text(status.event));
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (int window = 0; window < 12; window++)
        hv_idle_self();
    hv_printf("now writing to 0x%lx, which is not mine\n", (uintptr_t)stray);
    *stray = 0xdeadbeef;
    hv_printf("still here: nobody stopped me\n");
    return 0;
}
