// SPDX-License-Identifier: BSD-2-Clause
// Where the vectors arrive: interrupts are acknowledged and ended, everything else is an exception.

#include "hv.h"
#include "hv_irq.h"

_Static_assert(sizeof(struct hv_frame) == 800, "FRAME_SIZE of vectors.S");
_Static_assert(offsetof(struct hv_frame, fpcr) == 272, "FRAME_FP of vectors.S");
_Static_assert(offsetof(struct hv_frame, q) == 288, "FRAME_Q of vectors.S");

void hv_vector(struct hv_frame *frame);

// What an exception to EL1 means (ESR_EL1.EC, Arm ARM D19.2.37).
static uint64_t event_of(uint64_t esr)
{
    switch (esr >> 26) {
    case 0x00: // unknown reason: not an instruction
    case 0x0e: // illegal execution state
        return HV_EVENT_ILLEGAL_INSTRUCTION;
    case 0x20: // instruction and data aborts, alignment of PC and SP
    case 0x21:
    case 0x22:
    case 0x24:
    case 0x25:
    case 0x26:
        return HV_EVENT_MEMORY_VIOLATION;
    case 0x2c: // trapped floating point
        return HV_EVENT_NUMERIC_ERROR;
    default:
        return HV_EVENT_APPLICATION_ERROR;
    }
}

__attribute__((weak)) void hv_exception(struct hv_frame *frame)
{
    uint64_t esr, far, event;

    __asm__ volatile("mrs %0, esr_el1\n\tmrs %1, far_el1" : "=r"(esr), "=r"(far));
    hv_printf("exception: vector %lu, ESR 0x%lx, ELR 0x%lx, FAR 0x%lx\n", frame->kind, esr,
              frame->elr, far);
    event = event_of(esr);
    hv_raise_event(event, event == HV_EVENT_MEMORY_VIOLATION ? far : frame->elr, esr);
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
