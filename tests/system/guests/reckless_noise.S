// SPDX-License-Identifier: BSD-2-Clause
// Runs random instructions: enters them with random registers at a random place, at EL1 or at EL0.
// What comes back as an exception of EL1 is counted and goes on somewhere else: at least one random
// instruction for each.
#define PASSES 0x40300000 // a shared block, which the warden reads

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
    ldr x2, [x1]
    add x2, x2, #1
    str x2, [x1]
    mrs x0, elr_el1
    mrs x1, cntvct_el0
    add x0, x0, x1, lsl #2
    ldr x1, =noise_end
    ldr x2, =noise
    sub x1, x1, x2
    udiv x3, x0, x1
    msub x0, x3, x1, x0
    and x0, x0, #~3
    add x0, x0, x2
    msr elr_el1, x0
    adr x1, vectors
    msr vbar_el1, x1
    eret

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
