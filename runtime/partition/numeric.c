// SPDX-License-Identifier: BSD-2-Clause
// What went wrong in floating point.

#include "hv.h"

uint64_t hv_numeric_check(void)
{
    uint64_t fpsr, wrong;

    __asm__ volatile("mrs %0, fpsr" : "=r"(fpsr));
    wrong = fpsr & 7; // OFC, DZC, IOC
    if (!wrong)
        return 0;
    __asm__ volatile("msr fpsr, %0" : : "r"(fpsr & ~7ul));
    hv_raise_event(HV_EVENT_NUMERIC_ERROR, (uintptr_t)__builtin_return_address(0), wrong);
    return wrong;
}
