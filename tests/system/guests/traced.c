// SPDX-License-Identifier: BSD-2-Clause
// Takes a known number of interrupts of each kind - a device's, a timer's, a call to its second
// vcpu - then switches the whole computer off.

#include "check.h"
#include "hv_irq.h"

#define RTC     0x09010000ul // PL031 (DDI 0224)
#define RTCDR   (*(volatile uint32_t *)(RTC + 0x00))
#define RTCMR   (*(volatile uint32_t *)(RTC + 0x04))
#define RTCIMSC (*(volatile uint32_t *)(RTC + 0x10))
#define RTCICR  (*(volatile uint32_t *)(RTC + 0x1c))
#define CLOCK   (HV_IRQ_SPI + 2)

enum { ALARMS = 3, TIMERS = 5, CALLS = 4, SGI = 3 };

static struct hv_cpu_start start;
static char stack[4096] __attribute__((aligned(16)));
static _Atomic uint64_t alarms, timers, calls, up;

void hv_interrupt(uint32_t intid)
{
    if (intid == CLOCK) {
        alarms++;
        RTCICR = 1;
    } else if (intid == HV_IRQ_VIRTUAL_TIMER) {
        timers++;
        hv_virtual_timer(0);
    } else if (intid == SGI) {
        calls++;
    }
}

static void second(uint64_t argument)
{
    (void)argument;
    // Its own redistributor: hv_irq_enable is for the first vcpu's.
    *(volatile uint32_t *)(HV_GICR + 0x20000 + 0x10000 + 0x100) = 1u << SGI; // GICR_ISENABLER0
    hv_irq_init();
    hv_irq_unmask();
    up = 1;
    for (;;)
        hv_wait();
}

int main(void)
{
    start = (struct hv_cpu_start){(uintptr_t)stack + sizeof stack, second, 0};
    hv_irq_init();
    hv_irq_enable(CLOCK, 0x80);
    hv_irq_enable(HV_IRQ_VIRTUAL_TIMER, 0x80);
    RTCICR = 1;
    RTCIMSC = 1;
    hv_irq_unmask();
    hv_cpu_on(1, &start);
    while (!up)
        hv_idle_self();
    for (uint64_t n = 1; n <= ALARMS; n++) {
        RTCMR = RTCDR; // equal: at once
        while (alarms < n)
            hv_wait();
    }
    for (uint64_t n = 1; n <= TIMERS; n++) {
        hv_virtual_timer(hv_ticks() + 100);
        while (timers < n)
            hv_wait();
    }
    for (uint64_t n = 1; n <= CALLS; n++) {
        __asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" ::"r"(SGI << 24 | 2ul)); // ICC_SGI1R_EL1
        while (calls < n)
            __asm__ volatile("yield");
    }
    check(alarms == ALARMS && timers == TIMERS && calls == CALLS, "each interrupt came once");
    hv_printf("done: %u checks\n", checks_made);
    for (unsigned n = 0; n < 4; n++) // the line gets out
        hv_idle_self();
    hv_module_end(false);
    hv_printf("FAIL the module goes on\n");
    return 0;
}
