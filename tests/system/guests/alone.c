// SPDX-License-Identifier: BSD-2-Clause
// Owns the clock, which is never set: every interrupt would be somebody else's doing.

#include "check.h"
#include "hv_irq.h"

static volatile uint64_t strange;

void hv_interrupt(uint32_t intid)
{
    (void)intid;
    strange++;
    hv_irq_disable(HV_IRQ_SPI + 2);
}

int main(void)
{
    hv_irq_init();
    hv_irq_enable(HV_IRQ_SPI + 2, 0x80);
    hv_irq_unmask();
    for (unsigned i = 0; i < 60; i++)
        hv_idle_self();
    check_equal(strange, 0, "no interrupt that the own device did not raise");
    checks_done();
}
