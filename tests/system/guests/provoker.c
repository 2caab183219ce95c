// SPDX-License-Identifier: BSD-2-Clause
// Executes one instruction of each kind that an exception class of the Arm architecture (D19.2.37)
// is named after: at EL1, at EL0, and at EL0 in AArch32 (provoker_lists.S). robust/exceptions.py
// reads in QEMU's log what came of it. Here all is stepped over: by the health monitor or by
// hv_exception.

#include "check.h"

#define END 0x77 // immediate of the SVC that ends a list at EL0

extern const uint32_t list_a32[];
void list_a64(uint64_t x0);

enum { // ESR_EL1.EC
    SVC32 = 0x11,
    SVC64 = 0x15,
    PC_ALIGNMENT = 0x22,
};

static uint64_t faults, back;

void hv_exception(struct hv_frame *frame)
{
    uint64_t esr = READ(esr_el1), class = esr >> 26;

    faults++;
    if (class == SVC32 || class == SVC64) {
        if ((esr & 0xffff) != END)
            return;
        frame->elr = frame->kind < 8 ? frame->elr : back; // from EL0: what follows at_el0's ERET
        frame->spsr = 0x3c5;
    } else if (class == PC_ALIGNMENT) {
        frame->elr = (frame->elr + 3) & ~3ul;
    } else {
        frame->elr += 4;
        frame->spsr &= ~(1ul << 20 | 3ul << 10); // IL, BTYPE
    }
}

// Without stage 1, which would keep EL0 out; SP and floating point trap. Changes what its asm
// names.
static void at_el0(const void *list, uint64_t spsr)
{
    WRITE(sctlr_el1, 0x30d00810); // SA0
    WRITE(cpacr_el1, 1ul << 20);  // FPEN: EL1 only
    __asm__ volatile("adr x9, 1f\n\tstr x9, [%2]\n\tmsr elr_el1, %0\n\tmsr spsr_el1, %1\n\t"
                     "msr sp_el0, %3\n\tmov x0, %4\n\tisb\n\teret\n1:"
                     :
                     : "r"(list), "r"(spsr | 0x1c0), "r"(&back), "r"(0x40108008ul),
                       "r"(0x40108000ul)
                     : "x0", "x1", "x9", "x30", "memory");
}

// A branch to what is no landing pad, in a page that is guarded (FEAT_BTI).
static void branch_unguarded(void)
{
    static uint64_t table[4] __attribute__((aligned(64)));
    const uint64_t *whole = (const uint64_t *)READ(ttbr0_el1);

    for (unsigned n = 0; n < 4; n++)
        table[n] = whole[n] | 1ul << 50;           // GP
    WRITE(sctlr_el1, READ(sctlr_el1) | 1ul << 36); // BT1
    WRITE(ttbr0_el1, (uintptr_t)table);
    __asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb\n\t"
                     "adr x9, 1f\n\tbr x9\n1:\tnop\n\tnop" ::
                         : "x9", "memory");
    WRITE(ttbr0_el1, (uintptr_t)whole);
    __asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb");
}

int main(void)
{
    hv_idle_self();
    branch_unguarded();
    WRITE(cpacr_el1, 3ul << 24 | 3ul << 20 | 3ul << 16); // SMEN, FPEN, ZEN
    // EnIA, EnIB, EnDA, EnDB
    WRITE(sctlr_el1,
          (READ(sctlr_el1) & ~(1ul << 36)) | 1ul << 31 | 1ul << 30 | 1ul << 27 | 1ul << 13);
    __asm__ volatile("isb");
    list_a64(0x40108000);
    check(faults > 0, "EL1");
    hv_idle_self();
    faults = 0;
    at_el0((const void *)(uintptr_t)list_a64, 0);
    WRITE(cpacr_el1, 3ul << 20);
    __asm__ volatile("isb");
    check(faults > 20, "EL0");
    hv_idle_self();
    faults = 0;
    at_el0(list_a32, 0x10);
    WRITE(cpacr_el1, 3ul << 20);
    __asm__ volatile("isb");
    check(faults > 10, "EL0 in AArch32");
    checks_done();
}
