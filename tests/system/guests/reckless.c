// SPDX-License-Identifier: BSD-2-Clause
// Executes random instructions from the first to the last of its windows, in every life with other
// registers, by turns at EL1 with the MMU, at EL1 without, and at EL0. The health monitor or the
// partition `warden` starts it again. Where its identifier says that it may write to its code, it
// changes it as it goes, without the MMU, for libhv maps code without that right.

#include "check.h"

enum { WRITES_CODE = 77 };

static volatile uint64_t *const block = (volatile uint64_t *)0x40300000; // reckless_noise.S

_Noreturn void reckless_enter(uint64_t seed, uint64_t spsr);

int main(void)
{
    struct hv_status s = hv_partition_status();
    uint64_t starts = s.starts;

    block[2] = s.id == WRITES_CODE;
    if (starts % 3 == 1 || s.id == WRITES_CODE)
        WRITE(sctlr_el1, READ(sctlr_el1) & ~1ul);
    __asm__ volatile("isb");
    reckless_enter(starts * 2 + 1, starts % 3 == 2 ? 0 : 0x3c5); // EL0t, or EL1h with all masked
}
