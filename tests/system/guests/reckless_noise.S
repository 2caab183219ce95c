// SPDX-License-Identifier: BSD-2-Clause
// Runs random instructions: enters them with random registers at a random place, at EL1 or at EL0.
// What comes back as an exception of EL1 is counted and goes on somewhere else: at least one random
// instruction for each. Where the code may be written, that instruction is a new one each time.
#define PASSES 0x40300000   // a shared block that the warden reads: passes without and with
#define REWRITES 0x40300010 // rewriting, and whether to rewrite

    .text
    .balign 2048
vectors:
    .rept 16
    b again
    .balign 128
    .endr

    // Somewhere else in the noise: the counter is as good as chance.
again:
    ldr x1, =PASSES
    ldr x3, [x1, #REWRITES - PASSES]
    cbz x3, count
    add x1, x1, #8
count:
    ldr x2, [x1]
    add x2, x2, #1
    str x2, [x1]
    mrs x0, elr_el1
    mrs x1, cntvct_el0
    add x0, x0, x1, lsl #2
    ldr x6, =noise_end
    ldr x2, =noise
    sub x6, x6, x2
    udiv x3, x0, x6
    msub x0, x3, x6, x0
    and x0, x0, #~3
    add x0, x0, x2
    msr elr_el1, x0
    ldr x1, =REWRITES
    ldr x3, [x1]
    cbnz x3, rewrite
go_on:
    adr x1, vectors
    msr vbar_el1, x1
    eret

    // What lies at x0 becomes a word from elsewhere in the noise at x2, with one bit changed.
rewrite:
    mrs x3, cntvct_el0
    ldr x4, =0x9e3779b97f4a7c15
    mul x3, x3, x4
    lsr x4, x3, #24
    udiv x5, x4, x6
    msub x4, x5, x6, x4
    and x4, x4, #~3
    ldr w5, [x2, x4]
    mov w4, #1
    lsr x3, x3, #59
    lsl w4, w4, w3
    eor w5, w5, w4
    str w5, [x0]
    dc cvau, x0
    dsb ish
    ic ivau, x0
    dsb ish
    isb
    b go_on
    .ltorg

    // x0: seed. x1: SPSR_EL1 to go on with.
    .globl reckless_enter
reckless_enter:
    adr x2, vectors
    msr vbar_el1, x2
    msr spsr_el1, x1
    ldr x2, =noise
    msr elr_el1, x2
    ldr x3, =0x9e3779b97f4a7c15
    .irp n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    mul x0, x0, x3
    eor x\n, x0, x0, lsr #29
    .endr
    eret
    .ltorg

    .balign 64
noise:
    .include "noise.inc"
noise_end:
