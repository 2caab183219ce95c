// SPDX-License-Identifier: BSD-2-Clause
// Exception vectors, the switch from one vcpu to another, and the idle loop.
//
// While a guest runs, SP_EL2 is the address of its struct vcpu: a vector stores registers straight
// to it and then takes the core's stack, whose top (struct core_block, TPIDR_EL2) names the loaded
// vcpu.
// A handler returns the vcpu to run; when that is the loaded one, only what C may clobber is put
// back. Everything else is moved only when vcpus change.
#include "offsets.h"

    .arch armv8-a
    .section .text.entry, "ax"

// x0..x19, x29, x30: what a C function may change (x19 and x29 only make pairs).
.macro save_volatile
    stp     x0, x1, [sp, #VCPU_X + 0]
    stp     x2, x3, [sp, #VCPU_X + 16]
    stp     x4, x5, [sp, #VCPU_X + 32]
    stp     x6, x7, [sp, #VCPU_X + 48]
    stp     x8, x9, [sp, #VCPU_X + 64]
    stp     x10, x11, [sp, #VCPU_X + 80]
    stp     x12, x13, [sp, #VCPU_X + 96]
    stp     x14, x15, [sp, #VCPU_X + 112]
    stp     x16, x17, [sp, #VCPU_X + 128]
    stp     x18, x19, [sp, #VCPU_X + 144]
    stp     x29, x30, [sp, #VCPU_X + 232]
.endm

// The vcpu in x0 goes on: SP_EL2 becomes its address.
.macro restore_volatile_and_return
    mov     sp, x0
    ldp     x18, x19, [sp, #VCPU_X + 144]
    ldp     x16, x17, [sp, #VCPU_X + 128]
    ldp     x14, x15, [sp, #VCPU_X + 112]
    ldp     x12, x13, [sp, #VCPU_X + 96]
    ldp     x10, x11, [sp, #VCPU_X + 80]
    ldp     x8, x9, [sp, #VCPU_X + 64]
    ldp     x6, x7, [sp, #VCPU_X + 48]
    ldp     x4, x5, [sp, #VCPU_X + 32]
    ldp     x2, x3, [sp, #VCPU_X + 16]
    ldp     x0, x1, [sp, #VCPU_X + 0]
    ldp     x29, x30, [sp, #VCPU_X + 232]
    eret
    dsb     nsh                     // straight-line speculation past ERET ends here
    isb
.endm

// x0 = loaded vcpu, sp = the core's stack.
.macro take_stack
    mrs     x2, tpidr_el2
    mov     x0, sp
    mov     sp, x2
.endm

.macro vector name
    .balign 128
\name:
.endm

    .balign 2048
    .global vectors
vectors:
    // From EL2 itself: a bug of the runtime, or an SError that was let in on purpose.
    vector  el2_sp0_sync
    b       runtime_bug
    vector  el2_sp0_irq
    b       runtime_bug
    vector  el2_sp0_fiq
    b       runtime_bug
    vector  el2_sp0_serror
    b       runtime_bug
    vector  el2_sync
    b       runtime_bug
    vector  el2_irq
    b       runtime_bug
    vector  el2_fiq
    b       runtime_bug
    vector  el2_serror
    b       late_serror

    vector  guest_sync
    save_volatile
    take_stack
    mrs     x1, esr_el2
    mov     w3, #0x5a000000         // ESR_EL2: EC 0x16 (HVC from AArch64), IL, immediate 0
    cmp     w1, w3
    b.ne    trapped
    bl      hypercall
    b       resume
    vector  guest_irq
    save_volatile
    take_stack
    mrs     x1, s3_0_c12_c12_0      // ICC_IAR1_EL1: acknowledge
    cmp     w1, #ALARM_PPI
    b.ne    interrupted
    // The window's end. schedule_edge moves the compare value, which lowers the line before DIR
    // lets the interrupt pend again.
    msr     s3_0_c12_c12_1, x1      // ICC_EOIR1_EL1: priority drop only (EOImode 1)
    ldr     x0, [sp, #BLOCK_CORE]
    bl      schedule_edge
    mov     w1, #ALARM_PPI
    msr     s3_0_c12_c11_1, x1      // ICC_DIR_EL1
    yield                           // where cores take turns, those with the same edge come first
    b       resume
    vector  guest_fiq               // group 0 is never enabled
    save_volatile
    take_stack
    b       spurious
    vector  guest_serror
    save_volatile
    take_stack
    b       guest_serror_taken

    // EL1 is never AArch32 (HCR_EL2.RW), so the last four vectors cannot be reached.
    .rept   4
    .balign 128
    b       runtime_bug
    .endr
    .balign 128

// Another function where interrupts are traced.
interrupted:
    ldr     x2, [sp, #BLOCK_IRQ]
    blr     x2                      // (vcpu, ICC_IAR1_EL1)
    // fall through
// x0 = the vcpu to run, x20..x28 still hold what the loaded vcpu left there.
resume:
    ldr     x1, [sp, #BLOCK_LOADED]
    cmp     x0, x1
    b.ne    switch
    restore_volatile_and_return

spurious = resume

// Anything but HVC #0. Handlers read and write every register of the guest by number.
trapped:
    stp     x20, x21, [x0, #VCPU_X + 160]
    stp     x22, x23, [x0, #VCPU_X + 176]
    stp     x24, x25, [x0, #VCPU_X + 192]
    stp     x26, x27, [x0, #VCPU_X + 208]
    str     x28, [x0, #VCPU_X + 224]
    ubfx    x2, x1, #26, #6         // ESR_EL2.EC
    adrp    x3, trap_table
    add     x3, x3, :lo12:trap_table
    ldr     x2, [x3, x2, lsl #3]
    blr     x2                      // (vcpu, ESR_EL2)
    ldr     x1, [sp, #BLOCK_LOADED]
    cmp     x0, x1
    b.ne    switch_saved
    ldp     x20, x21, [x0, #VCPU_X + 160]
    ldp     x22, x23, [x0, #VCPU_X + 176]
    ldp     x24, x25, [x0, #VCPU_X + 192]
    ldp     x26, x27, [x0, #VCPU_X + 208]
    ldr     x28, [x0, #VCPU_X + 224]
    restore_volatile_and_return

guest_serror_taken:
    mrs     x1, esr_el2
    bl      trap_serror
    b       resume

// An SError was pending at a switch and let in below: charge the loaded vcpu, then ask again who
// runs.
late_serror:
    mrs     x2, tpidr_el2
    mov     sp, x2
    ldr     x0, [sp, #BLOCK_LOADED]
    ldp     x2, x3, [x0, #VCPU_SYS]
    msr     elr_el2, x2
    msr     spsr_el2, x3
    mrs     x1, esr_el2
    bl      trap_serror
    ldr     x0, [sp, #BLOCK_CORE]
    bl      schedule_pick
    ldr     x1, [sp, #BLOCK_LOADED]
    ldr     x2, [x1, #VCPU_VTTBR]
    cbz     x2, idle_resume         // the idle vcpu cannot be returned to
    b       resume

// x1 = loaded vcpu. The exception takes ELR_EL2 and SPSR_EL2, which are still the guest's.
let_serror_in:
    mrs     x2, elr_el2
    mrs     x3, spsr_el2
    stp     x2, x3, [x1, #VCPU_SYS]
    msr     daifclr, #4
    isb
    b       runtime_bug             // it was pending, so the vector was taken

.macro save a, b, offset
    mrs     x2, \a
    mrs     x3, \b
    stp     x2, x3, [x9, #\offset]
.endm

.macro load a, b, offset
    ldp     x2, x3, [x9, #\offset]
    msr     \a, x2
    msr     \b, x3
.endm

// x0 = next vcpu, x1 = loaded vcpu or 0.
switch:
    cbz     x1, load_next
    stp     x20, x21, [x1, #VCPU_X + 160]
    stp     x22, x23, [x1, #VCPU_X + 176]
    stp     x24, x25, [x1, #VCPU_X + 192]
    stp     x26, x27, [x1, #VCPU_X + 208]
    str     x28, [x1, #VCPU_X + 224]
switch_saved:
    cbz     x1, load_next
    ldr     x2, [x1, #VCPU_VTTBR]
    cbz     x2, load_next           // the idle vcpu has no state

    // A posted write of this guest may still fail: wait for it and charge the right partition.
    dsb     sy
    mrs     x2, isr_el1
    tbnz    x2, #8, let_serror_in   // ISR_EL1.A

    add     x9, x1, #VCPU_SYS
    save    elr_el2, spsr_el2, 0
    save    sp_el0, sp_el1, 16
    save    elr_el1, spsr_el1, 32
    save    sctlr_el1, cpacr_el1, 48
    save    ttbr0_el1, ttbr1_el1, 64
    save    tcr_el1, mair_el1, 80
    save    amair_el1, contextidr_el1, 96
    save    vbar_el1, esr_el1, 112
    save    far_el1, afsr0_el1, 128
    save    afsr1_el1, par_el1, 144
    save    tpidr_el0, tpidrro_el0, 160
    save    tpidr_el1, csselr_el1, 176
    save    cntkctl_el1, cntv_cval_el0, 192
    save    cntv_ctl_el0, cntp_cval_el0, 208
    save    cntp_ctl_el0, s3_4_c12_c11_7, 224       // ICH_VMCR_EL2
    save    s3_4_c12_c8_0, s3_4_c12_c9_0, 240       // ICH_AP0R0_EL2, ICH_AP1R0_EL2
    save    fpcr, fpsr, 256
    save    s3_4_c12_c12_0, s3_4_c12_c12_1, 272     // ICH_LR0_EL2, ICH_LR1_EL2
    save    s3_4_c12_c12_2, s3_4_c12_c12_3, 288
    mrs     x2, s3_4_c12_c11_0                      // ICH_HCR_EL2
    str     x2, [x9, #304]
    // The lines of this guest's timers must not reach the next window.
    msr     cntv_ctl_el0, xzr
    msr     cntp_ctl_el0, xzr
    ldr     w4, [x1, #VCPU_ATTENTION]
    add     x9, x1, #VCPU_Q
    stp     q0, q1, [x9, #0]
    stp     q2, q3, [x9, #32]
    stp     q4, q5, [x9, #64]
    stp     q6, q7, [x9, #96]
    stp     q8, q9, [x9, #128]
    stp     q10, q11, [x9, #160]
    stp     q12, q13, [x9, #192]
    stp     q14, q15, [x9, #224]
    stp     q16, q17, [x9, #256]
    stp     q18, q19, [x9, #288]
    stp     q20, q21, [x9, #320]
    stp     q22, q23, [x9, #352]
    stp     q24, q25, [x9, #384]
    stp     q26, q27, [x9, #416]
    stp     q28, q29, [x9, #448]
    stp     q30, q31, [x9, #480]
    cbnz    w4, leave_with_attention

    .global load_next
load_next:
    ldr     x2, [sp, #BLOCK_CORE]
    str     x0, [sp, #BLOCK_LOADED]
    stlr    x0, [x2]                // core->current: the old registers are in memory
    ldr     x5, [x0, #VCPU_VTTBR]
    cbz     x5, idle
    // Cores may translate speculatively while EL1's registers are half of one guest and half of the
    // other (errata Cortex-A53 1530924, A55 1530923, A57 1319537, A72 1319367, A76 1165522):
    // nothing can be found under an empty stage 2, and VMID 0 keeps it apart.
    adrp    x4, empty_stage2
    msr     vttbr_el2, x4
    isb
    add     x9, x0, #VCPU_SYS
    load    elr_el2, spsr_el2, 0
    load    sp_el0, sp_el1, 16
    load    elr_el1, spsr_el1, 32
    load    sctlr_el1, cpacr_el1, 48
    load    ttbr0_el1, ttbr1_el1, 64
    load    tcr_el1, mair_el1, 80
    load    amair_el1, contextidr_el1, 96
    load    vbar_el1, esr_el1, 112
    load    far_el1, afsr0_el1, 128
    load    afsr1_el1, par_el1, 144
    load    tpidr_el0, tpidrro_el0, 160
    load    tpidr_el1, csselr_el1, 176
    load    cntkctl_el1, cntv_cval_el0, 192
    load    cntv_ctl_el0, cntp_cval_el0, 208
    load    cntp_ctl_el0, s3_4_c12_c11_7, 224
    load    s3_4_c12_c8_0, s3_4_c12_c9_0, 240
    load    fpcr, fpsr, 256
    load    s3_4_c12_c12_0, s3_4_c12_c12_1, 272
    load    s3_4_c12_c12_2, s3_4_c12_c12_3, 288
    ldr     x2, [x9, #304]
    msr     s3_4_c12_c11_0, x2
    ldr     x3, [x0, #VCPU_X + 248]
    msr     vmpidr_el2, x3
    isb
    msr     vttbr_el2, x5           // synchronised by ERET
    // Load-acquire: after core->chosen was stored, so that who asks sees that or is seen here.
    add     x2, x0, #VCPU_ATTENTION
    ldar    w4, [x2]
    cbnz    w4, enter_with_attention
load_rest:
    add     x9, x0, #VCPU_Q
    ldp     q0, q1, [x9, #0]
    ldp     q2, q3, [x9, #32]
    ldp     q4, q5, [x9, #64]
    ldp     q6, q7, [x9, #96]
    ldp     q8, q9, [x9, #128]
    ldp     q10, q11, [x9, #160]
    ldp     q12, q13, [x9, #192]
    ldp     q14, q15, [x9, #224]
    ldp     q16, q17, [x9, #256]
    ldp     q18, q19, [x9, #288]
    ldp     q20, q21, [x9, #320]
    ldp     q22, q23, [x9, #352]
    ldp     q24, q25, [x9, #384]
    ldp     q26, q27, [x9, #416]
    ldp     q28, q29, [x9, #448]
    ldp     q30, q31, [x9, #480]
    ldp     x20, x21, [x0, #VCPU_X + 160]
    ldp     x22, x23, [x0, #VCPU_X + 176]
    ldp     x24, x25, [x0, #VCPU_X + 192]
    ldp     x26, x27, [x0, #VCPU_X + 208]
    ldr     x28, [x0, #VCPU_X + 224]
    restore_volatile_and_return

// Rare work at a switch; x19 and x20 are free on both sides.
leave_with_attention:
    mov     x19, x0
    mov     x0, x1
    bl      vcpu_leave
    mov     x0, x19
    b       load_next

enter_with_attention:
    mov     x19, x0
    isb
    bl      vcpu_enter
    mov     x0, x19
    b       load_rest

// Nobody is ready. No state: everything this loop knows is in the core. Interrupts stay masked and
// are polled; a wake-up leads to the same handlers as a trap. Timers are off; so is the vGIC, so
// that no maintenance interrupt disturbs.
idle:
    msr     s3_4_c12_c11_0, xzr     // ICH_HCR_EL2.En = 0
idle_again:
    ldr     x0, [sp, #BLOCK_CORE]
    bl      schedule_idle           // vcpu to run; the idle vcpu: call again; 0: nothing to do
    ldr     x1, [sp, #BLOCK_LOADED]
    cbz     x0, idle_wait
    cmp     x0, x1
    b.ne    load_next
    mrs     x2, isr_el1
    tst     x2, #0x180              // ISR_EL1.A, .I
    b.eq    idle_again
    b       idle_woken
idle_wait:
    dsb     sy
    wfi
    mrs     x2, isr_el1
idle_woken:
    tbnz    x2, #8, let_serror_in
    mrs     x1, s3_0_c12_c12_0      // ICC_IAR1_EL1
    cmp     w1, #ALARM_PPI
    b.ne    1f
    msr     s3_0_c12_c12_1, x1
    ldr     x0, [sp, #BLOCK_CORE]
    bl      schedule_edge
    mov     w1, #ALARM_PPI
    msr     s3_0_c12_c11_1, x1
    yield
    b       idle_resume
1:  ldr     x0, [sp, #BLOCK_LOADED]
    ldr     x2, [sp, #BLOCK_IRQ]
    blr     x2
idle_resume:
    ldr     x1, [sp, #BLOCK_LOADED]
    cmp     x0, x1
    b.ne    load_next
    b       idle_again

// Prints once and stops this core. The stack may be what broke: start at its top again.
runtime_bug:
    mrs     x9, tpidr_el2
    ldr     w10, [x9, #BLOCK_BROKEN]
    cbnz    w10, 2f
    mov     w10, #1
    str     w10, [x9, #BLOCK_BROKEN]
    mov     x8, sp
    mov     sp, x9
    mrs     x0, esr_el2
    mrs     x1, elr_el2
    mrs     x2, far_el2
    mov     x3, x8
    mov     x4, x30
    bl      trap_bug
2:  wfi
    b       2b
