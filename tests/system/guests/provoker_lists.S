// SPDX-License-Identifier: BSD-2-Clause
// One instruction of each kind that an exception class is named after; guests/provoker.c executes
// them. What faults is stepped over, so a list must not need the result of what it tries.
    .arch armv8.7-a+sve2+sme+memtag+rng+ls64

#define END 0x77 // immediate of the SVC that ends a list at EL0

    .macro try instruction:vararg
    \instruction
    nop                             // behind SVC, HVC and SMC ELR is right already
    .endm

    .section .text.lists, "ax"
    .balign 64
    .globl list_a64
list_a64:
    .irp call, svc, hvc, smc
    try \call #0                    // x0 is no number of a call
    try \call #1
    .endr
    try brk #0
    try hlt #0
    try udf #0
    try dcps1
    try dcps2
    .inst 0xd6bf03e0                // drps
    try wfe
    try wfet x0
    try wfit x0
    try esb
    try sb
    adr x9, 1f + 2                  // alignment of PC
    br x9
1:  nop
    ldr x9, [sp]                    // of SP, at EL0
    adr x9, 2f
    msr elr_el1, x9
    mov x9, #0x3c5
    msr spsr_el1, x9
    try eret
2:  nop
    // floating point, SVE, SME
    try fmov d0, d1
    try cntw x1
    try ptrue p0.d
    try smstart
    try smstop
    try mrs x1, zcr_el1
    try mrs x1, smcr_el1
    try mrs x1, tpidr2_el0
    // pointer authentication, tags, 64-byte stores, random numbers
    try pacia x1, x2
    try pacda x1, x2
    try paciasp
    try xpaci x1
    try pacga x1, x2, x3
    try mrs x1, apiakeylo_el1
    try irg x1, x2
    try stg x0, [x0]
    try mrs x1, gmid_el1
    try mrs x1, rgsr_el1
    try st64b x0, [x2]
    try mrs x1, rndr
    // system registers: identity, debug, monitors, trace, errors, regions; of EL2 and EL3
    .irp register, midr_el1, id_aa64pfr0_el1, actlr_el1, mdscr_el1, mdccsr_el0, mdrar_el1, dbgdtr_el0, \
        oslsr_el1, pmcr_el0, pmccntr_el0, pmuserenr_el0, trfcr_el1, amcr_el0, lorsa_el1, erridr_el1, \
        s3_0_c15_c0_0, s3_3_c15_c0_0, s2_1_c0_c0_6, s3_0_c12_c12_5, hcr_el2, vttbr_el2, scr_el3, \
        cntvct_el0, cntpct_el0, ctr_el0, dczid_el0, tpidr_el0
    try mrs x1, \register
    .endr
    mov x1, #2                      // set and way, one line
    try dc isw, x1
    try dc cvac, x0
    try ic iallu
    try tlbi vmalle1is
    try tlbi alle2
    try at s1e1r, x0
    try at s1e2r, x0
    try msr s3_0_c12_c11_5, x1      // ICC_SGI1R_EL1
    try msr s3_0_c12_c11_1, x1      // ICC_DIR_EL1
    try msr daifset, #15
    try svc #END
    ret

    // EL0 in AArch32, in A32.
    .globl list_a32
list_a32:
    .irp word, \
        0xef000000, /* svc #0 */                     \
        0xe1400070, /* hvc #0 */                     \
        0xe1600070, /* smc #0 */                     \
        0xe1200070, /* bkpt #0 */                    \
        0xe7f000f0, /* udf #0 */                     \
        0xe160006e, /* eret */                       \
        0xe320f002, /* wfe */                        \
        0xee100f10, /* mrc p15 0 c0 c0 0: MIDR */    \
        0xee110f10, /* mrc p15 0 c1 c0 0: SCTLR */   \
        0xee190f1c, /* mrc p15 0 c9 c12 0: PMCR */   \
        0xee190f1d, /* mrc p15 0 c9 c13 0 */         \
        0xee1b0f10, /* mrc p15 0 c11 c0 0 */         \
        0xee1f0f10, /* mrc p15 0 c15 c0 0 */         \
        0xee0f0f10, /* mcr p15 0 c15 c0 0 */         \
        0xee070f95, /* mcr p15 0 c7 c5 4: ISB */     \
        0xee1d0f70, /* mrc p15 0 c13 c0 3 */         \
        0xec510f0e, /* mrrc p15 0 c14: CNTPCT */     \
        0xec510f09, /* mrrc p15 0 c9: PMCCNTR */     \
        0xee100e11, /* mrc p14 0 c0 c1 0: DSCR */    \
        0xee100e15, /* mrc p14 0 c0 c5 0: DTRRX */   \
        0xee000e15, /* mcr p14 0 c0 c5 0: DTRTX */   \
        0xee110e10, /* mrc p14 0 c1 c0 0: DRAR */    \
        0xee120e10, /* mrc p14 0 c2 c0 0: DSAR */    \
        0xee160e10, /* mrc p14 0 c6 c0 0 */          \
        0xee310e10, /* mrc p14 1 c1 c0 0: trace */   \
        0xee710e10, /* mrc p14 3 c1 c0 0 */          \
        0xec510e01, /* mrrc p14 0 c1: DRAR */        \
        0xec510e02, /* mrrc p14 0 c2: DSAR */        \
        0xecb05e01, /* ldc p14 c5 [r0] #4 */         \
        0xeca05e01, /* stc p14 c5 [r0] #4 */         \
        0xeef10a10, /* vmrs r0 fpscr */              \
        0xeef00a10, /* vmrs r0 fpsid */              \
        0xee300a00, /* vadd.f32 s0 s0 s0 */          \
        0xf2000d00, /* vadd.f32 d0 d0 d0 */          \
        0xee000d10, /* mcr p13 */                    \
        0xef000077  /* svc #END */
    .inst \word
    .inst 0xe320f000                // nop
    .endr
