// SPDX-License-Identifier: BSD-2-Clause
// Exception vectors: save everything into struct hv_frame, call C, restore, return.

#define FRAME_SIZE (31 * 8 + 5 * 8 + 32 * 16) // sizeof(struct hv_frame), checked in exception.c
#define FRAME_KIND (33 * 8)
#define FRAME_FP   (34 * 8)
#define FRAME_Q    (36 * 8)

#include "frame.inc"

    .macro vector kind
    .balign 0x80
    sub sp, sp, #FRAME_SIZE
    stp x0, x1, [sp]
    mov x0, #\kind
    b save
    .endm

    .text
    .balign 0x800
    .globl hv_vectors
hv_vectors:
    kind = 0
    .rept 16
    vector %kind
    kind = kind + 1
    .endr

save:
    pairs_x stp, 2, 14
    mrs x1, elr_el1
    mrs x2, spsr_el1
    str x30, [sp, #30 * 8]
    stp x1, x2, [sp, #31 * 8]
    mrs x1, fpcr
    mrs x2, fpsr
    str x0, [sp, #FRAME_KIND]
    stp x1, x2, [sp, #FRAME_FP]
    all_q stp
    mov x0, sp
    bl hv_vector

    all_q ldp
    ldp x1, x2, [sp, #FRAME_FP]
    msr fpcr, x1
    msr fpsr, x2
    ldp x1, x2, [sp, #31 * 8]
    msr elr_el1, x1
    msr spsr_el1, x2
    pairs_x ldp, 2, 14
    ldr x30, [sp, #30 * 8]
    ldp x0, x1, [sp]
    add sp, sp, #FRAME_SIZE
    eret
