// SPDX-License-Identifier: BSD-2-Clause
// Executes random instructions from the first to the last of its windows, in every life with other
// registers, by turns at EL1 with the MMU, at EL1 without, and at EL0. The health monitor or the
// partition `warden` starts it again.

#include "check.h"

_Noreturn void reckless_enter(uint64_t seed, uint64_t spsr);

int main(void)
{
    uint64_t starts = hv_partition_status().starts;

    if (starts % 3 == 1)
        WRITE(sctlr_el1, READ(sctlr_el1) & ~1ul);
    __asm__ volatile("isb");
    reckless_enter(starts * 2 + 1, starts % 3 == 2 ? 0 : 0x3c5); // EL0t, or EL1h with all masked
}
