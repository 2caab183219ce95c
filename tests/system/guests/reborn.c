// SPDX-License-Identifier: BSD-2-Clause
// The first vcpu goes off in the middle of a device's interrupt and comes back: the distributor is
// the partition's and stays as it was, the core's own interrupts begin anew, nothing is lost.

#include "check.h"
#include "hv_irq.h"

#define RTC     0x09010000ul // PL031 (DDI 0224)
#define RTCDR   (*(volatile uint32_t *)(RTC + 0x00))
#define RTCMR   (*(volatile uint32_t *)(RTC + 0x04))
#define RTCIMSC (*(volatile uint32_t *)(RTC + 0x10))
#define RTCICR  (*(volatile uint32_t *)(RTC + 0x1c))
#define CLOCK   (HV_IRQ_SPI + 2)

#define GICD(offset) (*(volatile uint32_t *)(HV_GICD + (offset)))
#define SGIS(offset) (*(volatile uint32_t *)(HV_GICR + 0x10000 + (offset)))

enum { ISENABLER = 0x100, ISPENDR = 0x200, ISACTIVER = 0x300, IPRIORITYR = 0x400 };
enum { PSCI_CPU_OFF = 0x84000002, SGI = 5, IDLE_SGI = 6 };

static struct hv_cpu_start keeper, again;
static char keeper_stack[4096] __attribute__((aligned(16)));
static char again_stack[4096] __attribute__((aligned(16)));
static _Atomic uint64_t lives, taken, keeper_is_up, keeper_waits;

static int64_t psci(uint64_t function, uint64_t a)
{
    struct hv_registers r = {{function, a}};

    return hv_call(&r);
}

void hv_interrupt(uint32_t intid)
{
    if (intid != CLOCK)
        return;
    taken++;
    if (lives == 0) { // its line stays high, it is active, and nobody will end it
        lives = 1;
        psci(PSCI_CPU_OFF, 0);
    }
    RTCICR = 1;
}

// The second vcpu: switches the first on again.
static void keep(uint64_t argument)
{
    (void)argument;
    keeper_is_up = 1;
    while (!lives || psci(0xc4000004, 0) != 1)
        hv_idle_self();
    keeper_waits = 1;
    hv_cpu_on(0, &again);
    for (;;)
        hv_idle_self();
}

static void come_back(uint64_t argument)
{
    (void)argument;
    check_equal(lives, 1, "it went off in the middle of the interrupt");
    check_equal(GICD(0) & 0x12, 0x12, "the distributor is on");
    check_equal(GICD(ISENABLER + 4) & 1u << (CLOCK - 32), 1u << (CLOCK - 32),
                "the device's interrupt is enabled");
    check_equal(((volatile uint8_t *)HV_GICD)[IPRIORITYR + CLOCK], 0x60, "with its priority");
    check_equal(GICD(ISACTIVER + 4), 0, "and active no more");
    check_equal(SGIS(ISENABLER) & 1u << SGI, 0, "its own interrupts are disabled");
    check_equal(SGIS(ISPENDR) & 1u << IDLE_SGI, 0, "and not pending");
    check_equal(taken, 1, "nothing came before it is ready");
    hv_irq_init(); // the interface of this core alone matters here
    hv_irq_unmask();
    for (unsigned i = 0; i < 4; i++)
        hv_idle_self();
    check_equal(taken, 2, "the line that is still high fires again");
    RTCMR = RTCDR; // and once more, by the device
    for (unsigned i = 0; i < 4; i++)
        hv_idle_self();
    check_equal(taken, 3, "and the next one comes too");
    checks_done();
}

int main(void)
{
    keeper = (struct hv_cpu_start){(uintptr_t)keeper_stack + sizeof keeper_stack, keep, 0};
    again = (struct hv_cpu_start){(uintptr_t)again_stack + sizeof again_stack, come_back, 0};
    hv_irq_init();
    hv_irq_enable(CLOCK, 0x60);
    hv_irq_enable(SGI, 0xa0);
    SGIS(ISPENDR) = 1u << IDLE_SGI; // disabled: stays pending
    check_equal(SGIS(ISPENDR) & 1u << IDLE_SGI, 1u << IDLE_SGI, "an interrupt of its own waits");
    check_equal(hv_cpu_on(1, &keeper), 0, "the second vcpu starts");
    while (!keeper_is_up)
        hv_idle_self();
    RTCIMSC = 1;
    RTCMR = RTCDR;
    hv_irq_unmask();
    for (;;)
        hv_idle_self();
}
