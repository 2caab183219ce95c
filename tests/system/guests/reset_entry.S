// SPDX-License-Identifier: BSD-2-Clause
// The true entry of reset_state: stores every register before anything is changed, then goes on to
// libhv's start. Layout: struct state of reset_state.c.

#define STATE_FP (40 * 8)
#define STATE_Q  (42 * 8)

    .altmacro
    .macro pair_x n, m
    stp x\n, x\m, [x0, #\n * 8]
    .endm
    .macro pair_q n, m
    stp q\n, q\m, [x0, #STATE_Q + \n * 16]
    .endm

    .section .text.reset_entry, "ax"
    .globl reset_entry
reset_entry:
    cbnz x0, . // the argument is 0 here: a leak in x0 stops the test
    adrp x0, reset_state
    add x0, x0, #:lo12:reset_state
    str x1, [x0, #8]
    n = 2
    .rept 14
    pair_x %n, %n + 1
    n = n + 2
    .endr
    str x30, [x0, #30 * 8]
    mov x1, sp
    str x1, [x0, #31 * 8]
    mrs x1, vbar_el1
    mrs x2, cpacr_el1
    stp x1, x2, [x0, #32 * 8]
    mrs x1, nzcv
    mrs x2, daif
    stp x1, x2, [x0, #34 * 8]
    mrs x1, spsel
    mrs x2, currentel
    stp x1, x2, [x0, #36 * 8]
    mov x1, #3 << 20
    msr cpacr_el1, x1
    isb
    mrs x1, fpcr
    mrs x2, fpsr
    stp x1, x2, [x0, #STATE_FP]
    n = 0
    .rept 16
    pair_q %n, %n + 1
    n = n + 2
    .endr
    b _start
