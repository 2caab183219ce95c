// SPDX-License-Identifier: BSD-2-Clause
// Sets its timers' interrupts pending without pause, up to the last instruction of its window.

#include "hv.h"
#include "hv_irq.h"

int main(void)
{
    volatile uint32_t *pend = (volatile uint32_t *)(HV_GICR + 0x10000 + 0x200); // GICR_ISPENDR0

    for (;;)
        *pend = 1u << HV_IRQ_VIRTUAL_TIMER | 1u << HV_IRQ_PHYSICAL_TIMER;
}
