// SPDX-License-Identifier: BSD-2-Clause
// Hears two doorbells and writes down when; else it is busy in all of its windows.

#include "doorbells.h"
#include "hv.h"
#include "hv_irq.h"

void hv_interrupt(uint32_t intid)
{
    uint64_t ticks = hv_ticks();
    struct hv_window w = hv_window_status();
    struct hv_time now = hv_get_time();

    if (intid == SHUTDOWN) {
        HEARD->ended++;
        hv_set_partition_mode(HV_MODE_IDLE);
    }
    HEARD->sequence = RUNG->sequence;
    HEARD->ticks = ticks;
    HEARD->into = now.ns - w.start - (now.ticks - ticks) * 1000000000 / now.hz;
    if (intid == LATER || intid == AT_ONCE)
        HEARD->count[intid - LATER]++;
    else
        HEARD->strange++;
}

int main(void)
{
    hv_irq_init();
    hv_irq_enable(LATER, 0x80);
    hv_irq_enable(AT_ONCE, 0x80);
    hv_irq_enable(SHUTDOWN, 0x80);
    hv_irq_unmask();
    hv_set_partition_mode(HV_MODE_NORMAL);
    HEARD->starts++;
    for (;;) {
        for (unsigned i = 0; i < 200; i++) // busy, but lets QEMU go on with other cores
            __asm__ volatile("" : : : "memory");
        __asm__ volatile("yield");
    }
}
