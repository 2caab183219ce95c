// SPDX-License-Identifier: BSD-2-Clause
// The handler of errors at process level: saves what a C function may change, except x0 to x3, which
// the runtime gives back, calls hv_error and returns to where the error was or behind it.

#include "abi.h"

#define FRAME_SIZE (4 * 8 + 16 * 8 + 2 * 8 + 32 * 16)
#define FRAME_X    (4 * 8)      // x4 to x18 and x30, behind the struct hv_error
#define FRAME_FP   (FRAME_X + 16 * 8)
#define FRAME_Q    (FRAME_FP + 2 * 8)

    .altmacro
    .macro pair_x op, n, m
    \op x\n, x\m, [sp, #FRAME_X + (\n - 4) * 8]
    .endm
    .macro pair_q op, n, m
    \op q\n, q\m, [sp, #FRAME_Q + \n * 16]
    .endm
    .macro scratch op
    n = 4
    .rept 7
    pair_x \op, %n, %n + 1
    n = n + 2
    .endr
    \op x18, x30, [sp, #FRAME_X + 14 * 8]
    n = 0
    .rept 16
    pair_q \op, %n, %n + 1
    n = n + 2
    .endr
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
