// SPDX-License-Identifier: BSD-2-Clause
// Where the vectors arrive: interrupts are acknowledged and ended, everything else is an exception.

#include "hv.h"
#include "hv_irq.h"

_Static_assert(sizeof(struct hv_frame) == 800, "FRAME_SIZE of vectors.S");
_Static_assert(offsetof(struct hv_frame, fpcr) == 272, "FRAME_FP of vectors.S");
_Static_assert(offsetof(struct hv_frame, q) == 288, "FRAME_Q of vectors.S");

void hv_vector(struct hv_frame *frame);

__attribute__((weak)) void hv_exception(struct hv_frame *frame)
{
    uint64_t esr, far;

    __asm__ volatile("mrs %0, esr_el1\n\tmrs %1, far_el1" : "=r"(esr), "=r"(far));
    hv_printf("exception: vector %lu, ESR 0x%lx, ELR 0x%lx, FAR 0x%lx\n", frame->kind, esr,
              frame->elr, far);
    hv_raise_error(esr);
    hv_set_partition_mode(HV_MODE_IDLE); // the error was ignored, but there is no way on
}

__attribute__((weak)) void hv_interrupt(uint32_t intid)
{
    hv_printf("unexpected interrupt %u\n", intid);
    hv_raise_error(intid);
    hv_irq_disable(intid);
}

void hv_vector(struct hv_frame *frame)
{
    uint64_t intid;

    if (frame->kind % 4 != 1) { // of each four: synchronous, IRQ, FIQ, SError
        hv_exception(frame);
        return;
    }
    // ICC_IAR1_EL1, ICC_EOIR1_EL1. 1020 and above: nothing was pending, nothing to end.
    __asm__ volatile("mrs %0, s3_0_c12_c12_0\n\tdsb sy" : "=r"(intid) : : "memory");
    if (intid >= 1020)
        return;
    hv_interrupt((uint32_t)intid);
    __asm__ volatile("msr s3_0_c12_c12_1, %0\n\tisb" : : "r"(intid) : "memory");
}
