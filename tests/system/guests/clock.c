// SPDX-License-Identifier: BSD-2-Clause
// Owns the PL031 clock: its interrupt arrives in the own windows alone, every second once, also
// when the line rose while another partition ran.

#include "check.h"
#include "hv_irq.h"

#define RTC     0x09010000ul // PL031 (DDI 0224)
#define RTCDR   (*(volatile uint32_t *)(RTC + 0x00))
#define RTCMR   (*(volatile uint32_t *)(RTC + 0x04))
#define RTCIMSC (*(volatile uint32_t *)(RTC + 0x10))
#define RTCICR  (*(volatile uint32_t *)(RTC + 0x1c))

static volatile uint64_t fired, strange, outside;

void hv_interrupt(uint32_t intid)
{
    struct hv_window w = hv_window_status();
    uint64_t now = hv_get_time().ns;

    fired += intid == HV_IRQ_SPI + 2;
    strange += intid != HV_IRQ_SPI + 2;
    outside += now < w.start || now >= w.end;
    RTCICR = 1;
}

int main(void)
{
    check(RTCDR < 0xfffffff0, "the clock can be read");
    hv_irq_init();
    hv_irq_enable(HV_IRQ_SPI + 2, 0x80);
    RTCICR = 1;
    RTCIMSC = 1;
    hv_irq_unmask();
    for (unsigned second = 1; second <= 5; second++) {
        uint64_t start = hv_get_time().ns;
        RTCMR = RTCDR + 1;
        while (fired < second && hv_get_time().ns - start < 3000000000)
            hv_idle_self();
    }
    hv_irq_mask();
    check_equal(fired, 5, "every alarm of the clock arrives");
    check_equal(strange, 0, "and nothing else");
    check_equal(outside, 0, "inside its windows");
    *(volatile uint32_t *)(HV_GICD + 0x104) = ~0u; // GICD_ISENABLER1
    check_equal(*(volatile uint32_t *)(HV_GICD + 0x104), 1 << 2, "no other device exists");
    checks_done();
}
