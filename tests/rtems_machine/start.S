// SPDX-License-Identifier: BSD-2-Clause
// Start-up and interrupt entry as RTEMS 7 has them on AArch64: threads on SP_EL1, exceptions on SP_EL0.

#define STACK 16384

    .section .start, "ax"
    .globl _start
_start:
    msr     sctlr_el1, xzr          // first of all, and without a barrier
    msr     spsel, #1
    mrs     x19, mpidr_el1
    and     x19, x19, #0xff
    adrp    x1, stacks
    add     x1, x1, :lo12:stacks
    mov     x2, #2 * STACK
    madd    x1, x19, x2, x1
    add     x1, x1, #STACK
    mov     sp, x1
    add     x1, x1, #STACK
    msr     sp_el0, x1
    mov     x1, #3 << 20            // CPACR_EL1.FPEN
    msr     cpacr_el1, x1
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el1, x1
    isb
    cbnz    x19, second
    adrp    x1, bss_start
    add     x1, x1, :lo12:bss_start
    adrp    x2, bss_end
    add     x2, x2, :lo12:bss_end
1:  stp     xzr, xzr, [x1], #16
    cmp     x1, x2
    b.lo    1b
    bl      Init
    b       .
second:
    bl      main_of_second
    b       .

// The end of a program: what stands behind the call is no instruction.
    .globl  system_reset
system_reset:
    mov     x0, #0x84000000         // SYSTEM_RESET
    movk    x0, #9
    hvc     #0
    .word   0

    .globl  psci
psci:
    hvc     #0
    ret

    .section .text
    .balign 2048
vectors:
    .rept   5
    b       unexpected
    .balign 128
    .endr
    sub     sp, sp, #16             // an interrupt of a thread
    stp     x0, x1, [sp]
    msr     spsel, #0
    b       interrupted
    .balign 128
    .rept   10
    b       unexpected
    .balign 128
    .endr

interrupted:
    sub     sp, sp, #192
    stp     x2, x3, [sp]
    stp     x4, x5, [sp, #16]
    stp     x6, x7, [sp, #32]
    stp     x8, x9, [sp, #48]
    stp     x10, x11, [sp, #64]
    stp     x12, x13, [sp, #80]
    stp     x14, x15, [sp, #96]
    stp     x16, x17, [sp, #112]
    stp     x18, x29, [sp, #128]
    mrs     x0, elr_el1
    mrs     x1, spsr_el1
    stp     x0, x1, [sp, #144]
    str     x30, [sp, #160]
    bl      interrupt
    ldr     x30, [sp, #160]
    ldp     x0, x1, [sp, #144]
    msr     elr_el1, x0
    msr     spsr_el1, x1
    ldp     x18, x29, [sp, #128]
    ldp     x16, x17, [sp, #112]
    ldp     x14, x15, [sp, #96]
    ldp     x12, x13, [sp, #80]
    ldp     x10, x11, [sp, #64]
    ldp     x8, x9, [sp, #48]
    ldp     x6, x7, [sp, #32]
    ldp     x4, x5, [sp, #16]
    ldp     x2, x3, [sp]
    add     sp, sp, #192
    msr     spsel, #1
    ldp     x0, x1, [sp]
    add     sp, sp, #16
    eret

unexpected:
    msr     spsel, #1
    mrs     x0, esr_el1
    mrs     x1, elr_el1
    b       fatal

    .section .bss
    .balign 16
stacks:
    .space  4 * STACK
