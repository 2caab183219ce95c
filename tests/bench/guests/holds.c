// SPDX-License-Identifier: BSD-2-Clause
// Runs to the end of every window inside the handler of its timer's interrupt, which it never ends.

#include "bench.h"

void hv_interrupt(uint32_t intid)
{
    (void)intid;
    __asm__ volatile("1:\tb 1b");
}

int main(void)
{
    hv_irq_init();
    hv_irq_enable(HV_IRQ_VIRTUAL_TIMER, 0x80);
    hv_virtual_timer(1);
    hv_irq_unmask();
    __asm__ volatile("1:\tb 1b");
    return 0;
}
