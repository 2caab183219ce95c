// SPDX-License-Identifier: BSD-2-Clause
// Uses the processor to the last instruction of every window, floating point and both timers too.

#include "bench.h"

int main(void)
{
    hv_virtual_timer(~0ul);
    hv_physical_timer(~0ul);
    __asm__ volatile("dup v0.2d, %0\n\tdup v31.2d, %0\n\tmsr fpcr, xzr\n1:\tb 1b"
                     :
                     : "r"(1ul)
                     : "v0", "v31");
    return 0;
}
