// SPDX-License-Identifier: BSD-2-Clause
// Virtual timer: compare value to the first instruction of the EL1 vector.

#include "bench.h"

int main(void)
{
    uint64_t sum = 0;

    hv_irq_init();
    hv_irq_enable(HV_IRQ_VIRTUAL_TIMER, 0x80);
    for (unsigned round = 0; round < 1024; round++) {
        if (round % 64 == 0)
            hv_idle_self();
        sum += timer_round(timer_vectors + round % 16, 64);
    }
    // 16 rounds of different k add up to one exact figure
    hv_printf("measured virtual timer %lu / 64\n", sum);
    hv_printf("done\n");
    return 0;
}
