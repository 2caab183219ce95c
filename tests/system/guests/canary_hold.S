// SPDX-License-Identifier: BSD-2-Clause
// canary_hold(const struct bank *in, struct bank *out): loads every general, SIMD and flag register
// from `in`, holds them over a long run of no-ops (where the window is most likely to end), and
// stores them to `out`. canary_hvc and canary_smc do a call instead of waiting.
// struct bank: x[31], nzcv, fpcr, fpsr, q[32]; 16-byte aligned.

#define BANK_NZCV (31 * 8)
#define BANK_FP   (32 * 8)
#define BANK_Q    (34 * 8)

    .altmacro
    .macro pair_q op, n, m, base
    \op q\n, q\m, [\base, #BANK_Q + \n * 16]
    .endm
    .macro all_q op, base
    n = 0
    .rept 16
    pair_q \op, %n, %n + 1, \base
    n = n + 2
    .endr
    .endm
    .macro pair_x op, n, m, base
    \op x\n, x\m, [\base, #\n * 8]
    .endm

    .text
    .macro bank_function name, body:vararg
    .globl \name
\name:
    stp x19, x20, [sp, #-112]!
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    str x1, [sp, #96]

    all_q ldp, x0
    ldp x2, x3, [x0, #BANK_FP]
    msr fpcr, x2
    msr fpsr, x3
    ldr x2, [x0, #BANK_NZCV]
    msr nzcv, x2
    n = 2
    .rept 14
    pair_x ldp, %n, %n + 1, x0
    n = n + 2
    .endr
    ldr x30, [x0, #30 * 8]
    ldp x0, x1, [x0]

    \body

    // Without a free register: x0 and x1 go to the stack first.
    stp x0, x1, [sp, #-16]!
    ldr x0, [sp, #112]
    n = 2
    .rept 14
    pair_x stp, %n, %n + 1, x0
    n = n + 2
    .endr
    str x30, [x0, #30 * 8]
    ldp x2, x3, [sp], #16
    stp x2, x3, [x0]
    mrs x2, nzcv
    str x2, [x0, #BANK_NZCV]
    mrs x2, fpcr
    mrs x3, fpsr
    stp x2, x3, [x0, #BANK_FP]
    all_q stp, x0

    msr fpcr, xzr
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp x19, x20, [sp], #112
    ret
    .endm

    .macro wait
    .rept 8192
    nop
    .endr
    .endm

    bank_function canary_hold, wait
    bank_function canary_hvc, hvc #0
    bank_function canary_smc, smc #0
