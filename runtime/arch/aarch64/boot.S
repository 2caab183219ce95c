// SPDX-License-Identifier: BSD-2-Clause
// The first instructions of every core, and turning on EL2's MMU.
#include "offsets.h"
#include "translation.h"

    .arch armv8-a

// SCTLR_EL2: the RES1 bits, and M, C, SA, I, WXN (Arm ARM D19.2.130).
#define SCTLR_OFF 0x30c50830
#define SCTLR_ON  (SCTLR_OFF | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 12 | 1 << 19)

// arm64 Image header (Linux Documentation/arm64/booting.rst): a flat image boots with booti.
    .section .head, "ax"
    .global _start
_start:
    b       begin
    .long   0
    .quad   0x200000                // text_offset from the start of RAM
    .quad   0                       // image_size: hvbuild fills it in
    .quad   0x2                     // flags: little-endian, 4 KiB pages, base near the start of RAM
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

    .section .text.boot, "ax"
begin:
    msr     daifset, #15
    mrs     x1, CurrentEL
    cmp     x1, #2 << 2
    b.ne    refuse
    // Everything is linked for one address.
    adr     x1, _start
    ldr     x2, =hv_start
    cmp     x1, x2
    b.ne    refuse
    ldr     x1, =SCTLR_OFF
    msr     sctlr_el2, x1
    isb

    adrp    x1, bss_start
    adrp    x2, bss_end
1:  stp     xzr, xzr, [x1]          // whole pages
    stp     xzr, xzr, [x1, #16]
    stp     xzr, xzr, [x1, #32]
    stp     xzr, xzr, [x1, #48]
    add     x1, x1, #64
    cmp     x1, x2
    b.lo    1b

    mov     x0, #0
    bl      stack
    bl      cpu_first               // returns the vcpu to run
    b       load_next

refuse:
    wfe
    b       refuse

// PSCI CPU_ON enters here with the MMU off; x0 = root of EL2's tables | index of the core.
    .global boot_secondary
boot_secondary:
    msr     daifset, #15
    ldr     x1, =SCTLR_OFF
    msr     sctlr_el2, x1
    isb
    and     x19, x0, #0xfff
    and     x0, x0, #~0xfff
    bl      mmu_enable
    mov     x0, x19
    bl      stack
    bl      cpu_other               // (index), returns the vcpu to run
    b       load_next

// SP and TPIDR_EL2 = top of the stack of core x0, minus its block. x0 stays.
stack:
    adrp    x1, stacks
    add     x1, x1, :lo12:stacks
    mov     x2, #STACK_STEP
    madd    x1, x0, x2, x1
    ldr     x2, =(STACK_SIZE - BLOCK_SIZE)
    add     x1, x1, x2
    stp     xzr, xzr, [x1]          // the block: nobody is loaded
    stp     xzr, xzr, [x1, #16]
    mov     sp, x1
    msr     tpidr_el2, x1
    ret

// mmu_enable(root): EL2 stage 1, 39-bit addresses, 4 KiB granule. Uses no stack.
    .global mmu_enable
mmu_enable:
    ldr     x1, =S1_MAIR
    msr     mair_el2, x1
    // TCR_EL2 (E2H = 0): RES1 bits 31 and 23, TG0 4 KiB, SH0 inner, ORGN0 and IRGN0 write-back
    // write-allocate, T0SZ = 64 - 39; PS = ID_AA64MMFR0_EL1.PARange, at most 48 bits (5).
    ldr     x1, =(1 << 31 | 1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | 25)
    mrs     x2, id_aa64mmfr0_el1
    and     x2, x2, #0xf
    mov     x3, #5
    cmp     x2, x3
    csel    x2, x2, x3, lo
    bfi     x1, x2, #16, #3
    msr     tcr_el2, x1
    msr     ttbr0_el2, x0
    isb
    tlbi    alle2
    ic      iallu
    dsb     nsh
    isb
    ldr     x1, =SCTLR_ON
    msr     sctlr_el2, x1
    isb
    ret
