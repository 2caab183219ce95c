// SPDX-License-Identifier: BSD-2-Clause
// The side of a shared block that may write.

#include "check.h"

#define BLOCK ((volatile uint64_t *)0x40400000)

int main(void)
{
    hv_printf("found %lu\n", BLOCK[0]);
    for (uint64_t n = 1;; n++) {
        for (unsigned i = 0; i < 512; i++)
            BLOCK[i] = n + i;
        hv_idle_self();
    }
}
