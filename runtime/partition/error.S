// SPDX-License-Identifier: BSD-2-Clause
// The handler of errors at process level: saves what a C function may change, except x0 to x3, which
// the runtime gives back, calls hv_error and returns to where the error was or behind it.

#include "abi.h"

// struct hv_error has the places of x0 to x3, x30 stands behind x18.
#define FRAME_FP   (20 * 8)
#define FRAME_Q    (FRAME_FP + 2 * 8)
#define FRAME_SIZE (FRAME_Q + 32 * 16)

#include "frame.inc"

    .macro scratch op
    pairs_x \op, 4, 7
    \op x18, x30, [sp, #18 * 8]
    all_q \op
    .endm

    .text
    .globl hv_error_handler
hv_error_handler:
    mov x2, x0
    adr x1, entry
    cmp x0, #0
    csel x1, xzr, x1, eq
    ldr x0, =HV_HANDLER_SET
    hvc #0
    ret

entry:
    sub sp, sp, #FRAME_SIZE
    stp x0, x1, [sp]
    stp x2, x3, [sp, #16]
    scratch stp
    mrs x1, fpcr
    mrs x2, fpsr
    stp x1, x2, [sp, #FRAME_FP]
    mov x0, sp
    bl hv_error

    ldp x1, x2, [sp, #FRAME_FP]
    msr fpcr, x1
    msr fpsr, x2
    scratch ldp
    and x1, x0, #1
    ldr x0, =HV_HANDLER_RETURN
    hvc #0
    b . // the stack has another error in it: HV_HANDLER_RETURN came from elsewhere
