// SPDX-License-Identifier: BSD-2-Clause
// Listens to both timers and starts neither.

#include "check.h"
#include "hv_irq.h"

static volatile uint64_t came;

void hv_interrupt(uint32_t intid)
{
    (void)intid;
    came++;
}

int main(void)
{
    hv_irq_init();
    hv_irq_enable(HV_IRQ_VIRTUAL_TIMER, 0x80);
    hv_irq_enable(HV_IRQ_PHYSICAL_TIMER, 0x80);
    hv_irq_unmask();
    for (unsigned window = 0; window < 100; window++)
        hv_idle_self();
    check_equal((int64_t)came, 0, "no timer fires that was not set");
    checks_done();
}
