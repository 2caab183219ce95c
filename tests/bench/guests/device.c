// SPDX-License-Identifier: BSD-2-Clause
// Device interrupt: the store that raises the PL031's line to the first instruction of the vector.

#include "bench.h"

#define RTC     0x09010000ul
#define RTCDR   (*(volatile uint32_t *)(RTC + 0x00)) // PL031 (DDI 0224): seconds
#define RTCMR   (RTC + 0x04)                         // match
#define RTCIMSC (*(volatile uint32_t *)(RTC + 0x10)) // interrupt mask: 1 lets it out
#define RTCICR  (RTC + 0x1c)                         // 1 clears

int main(void)
{
    uint64_t empty, loaded;

    hv_irq_init();
    hv_irq_enable(HV_IRQ_SPI + 2, 0x80);
    *(volatile uint32_t *)RTCICR = 1;
    RTCIMSC = 0;
    hv_idle_self();
    empty = loop_device(ROUNDS, RTCMR, 0, RTCICR); // matches nothing now, and the line is masked
    RTCIMSC = 1;
    use_vectors(device_vectors);
    hv_irq_unmask();
    loaded = loop_device(ROUNDS, RTCMR, RTCDR, RTCICR);
    hv_irq_mask();
    // four instructions of the vector belong to the handler
    report("device interrupt", loaded - empty, 4);
    hv_printf("done\n");
    return 0;
}
