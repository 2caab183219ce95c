// SPDX-License-Identifier: BSD-2-Clause
// The timed loops. Each returns the ticks that `count` rounds took; the caller subtracts the same
// loop without the instruction in question. Everything else in a loop is the same in both.

    .text

    // uint64_t NAME(count, x0, x1, x2, x3): `body` sees its four arguments in x0..x3, reloaded
    // every round.
    .macro timed_loop name, body:vararg
    .globl \name
    .balign 64
\name:
    mov x10, x0
    mov x11, x1
    mov x12, x2
    mov x13, x3
    mov x14, x4
    isb
    mrs x15, cntvct_el0
1:  mov x0, x11
    mov x1, x12
    mov x2, x13
    mov x3, x14
    \body
    subs x10, x10, #1
    b.ne 1b
    isb
    mrs x0, cntvct_el0
    sub x0, x0, x15
    ret
    .endm

    timed_loop loop_empty
    timed_loop loop_hvc, hvc #0
    timed_loop loop_load, ldr w0, [x0]
    timed_loop loop_store, str w1, [x0]
    timed_loop loop_sgi, msr s3_0_c12_c11_5, x0

    // Vectors of the loops: three instructions acknowledge, end and return. x16 and x17 are theirs.
    .balign 0x800
    .globl loop_vectors
loop_vectors:
    .skip 0x280
    mrs x16, s3_0_c12_c12_0 // ICC_IAR1_EL1
    msr s3_0_c12_c12_1, x16 // ICC_EOIR1_EL1
    eret

    // The same with one more, which clears the PL031's interrupt: x17 = its RTCICR.
    .balign 0x800
    .globl device_vectors
device_vectors:
    .skip 0x280
    mrs x16, s3_0_c12_c12_0
    str w1, [x17]
    msr s3_0_c12_c12_1, x16
    eret

    // uint64_t loop_device(count, RTCMR, value, RTCICR): every store raises the interrupt at once.
    .globl loop_device
    .balign 64
loop_device:
    mov x10, x0
    mov x17, x3
    mov x0, x1
    mov w1, #1
    isb
    mrs x15, cntvct_el0
1:  str w2, [x0]
    subs x10, x10, #1
    b.ne 1b
    isb
    mrs x0, cntvct_el0
    sub x0, x0, x15
    ret

    // Sixteen vector tables, number k with k no-ops before the counter is read. The sum of
    // floor((c + k) / 16) over k = 0..15 is c: ticks of 16 instructions measure single ones.
    .altmacro
    .macro dithered k
    .balign 0x800
    .skip 0x280
    .rept \k
    nop
    .endr
    mrs x0, cntvct_el0
    b timer_fired
    .endm
    .balign 0x800
    .globl timer_vectors
timer_vectors:
    n = 0
    .rept 16
    dithered %n
    n = n + 1
    .endr

    // uint64_t timer_round(vectors, ticks ahead): counter at the vector minus the compare value.
    .balign 64
    .globl timer_round
timer_round:
    msr vbar_el1, x0
    isb
    mrs x2, cntvct_el0
    add x2, x2, x1
    mov x3, #1
    msr cntv_cval_el0, x2
    msr cntv_ctl_el0, x3
    isb
    msr daifclr, #2
1:  b 1b
timer_fired:
    msr cntv_ctl_el0, xzr
    isb
    mrs x16, s3_0_c12_c12_0
    msr s3_0_c12_c12_1, x16
    adr x16, 2f
    msr elr_el1, x16
    eret
2:  msr daifset, #2
    sub x0, x0, x2
    ret

    // uint64_t resume_round(function, k): HV_IDLE_SELF, then k no-ops, then the counter.
    .macro resumed k
    .balign 128
    hvc #0
    .rept \k
    nop
    .endr
    mrs x0, cntvct_el0
    ret
    .endm
    .balign 128
resumes:
    n = 0
    .rept 16
    resumed %n
    n = n + 1
    .endr
    .globl resume_round
resume_round:
    adr x2, resumes
    add x2, x2, x1, lsl #7
    br x2

    // Sum of 16 readings of the counter, three instructions apart. The readings fall on all places
    // within a tick, therefore the sum is the number of instructions before it, plus a constant.
    .macro stamp to
    mov \to, xzr
    .rept 16
    mrs x17, cntvct_el0
    add \to, \to, x17
    nop
    .endr
    .endm

    // uint64_t NAME(uint64_t x[10]): x0..x9 from and to memory; instructions that `body` took, plus
    // a constant.
    .macro exact name, body:vararg
    .globl \name
    .balign 64
\name:
    mov x10, x0
    ldp x0, x1, [x10]
    ldp x2, x3, [x10, #16]
    ldp x4, x5, [x10, #32]
    ldp x6, x7, [x10, #48]
    ldp x8, x9, [x10, #64]
    stamp x11
    \body
    stamp x12
    stp x0, x1, [x10]
    stp x2, x3, [x10, #16]
    stp x4, x5, [x10, #32]
    stp x6, x7, [x10, #48]
    stp x8, x9, [x10, #64]
    sub x0, x12, x11
    ret
    .endm

    exact exact_nothing
    exact exact_hvc, hvc #0
