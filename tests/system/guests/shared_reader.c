// SPDX-License-Identifier: BSD-2-Clause
// The side of a shared block that may only read, at another guest address; at last it tries to
// write and to execute.

#include "check.h"

#define BLOCK ((volatile uint64_t *)0x40800000)

int main(void)
{
    struct hv_status s = hv_partition_status();
    uint64_t first, wrong = 0;

    if (s.starts == 1) {
        hv_idle_self();
        first = BLOCK[0];
        for (unsigned i = 0; i < 512; i++)
            wrong += BLOCK[i] != first + i;
        check(first != 0, "the writer's content is seen");
        check_equal(wrong, 0, "all of it");
        hv_idle_self();
        check(BLOCK[0] > first, "and its changes");
        hv_printf("done: %u checks\n", checks_made);
        hv_idle_self();
        BLOCK[0] = 0;
        hv_printf("the write went through\n");
    } else if (s.starts == 2) {
        hv_printf("after the write: event %lu\n", s.event);
        hv_idle_self();
        ((void (*)(void))BLOCK)();
        hv_printf("executed\n");
    } else {
        hv_printf("after the call: event %lu\n", s.event);
        hv_printf("end\n");
    }
    return 0;
}
