// SPDX-License-Identifier: BSD-2-Clause
// Two vcpus on two cores: the one that has a device's interrupt is off when the line rises. It
// finds it when it comes back, once; and no interrupt is in two places.

#include "check.h"
#include "pl061.h"

enum { PSCI_CPU_OFF = 0x84000002 };

static struct hv_cpu_start keeper, again;
static char keeper_stack[4096] __attribute__((aligned(16)));
static char again_stack[4096] __attribute__((aligned(16)));
static volatile uint64_t taken, keeper_is_up;
static bool edge;

static int64_t psci(uint64_t function, uint64_t a)
{
    struct hv_registers r = {{function, a}};

    return hv_call(&r);
}

void hv_interrupt(uint32_t intid)
{
    taken += intid == GPIO_INTERRUPT;
    gpio_down();
}

// The second vcpu: raises the line while the first is off, in the middle of its window.
static void keep(uint64_t argument)
{
    (void)argument;
    keeper_is_up = 1;
    while (psci(0xc4000004, 0) != 1)
        hv_idle_self();
    hv_idle_self();
    gpio_up();
    for (unsigned i = 0; i < 4; i++)
        hv_idle_self();
    hv_cpu_on(0, &again);
    for (;;)
        hv_idle_self();
}

static void come_back(uint64_t argument)
{
    (void)argument;
    hv_irq_init();
    check_equal((int64_t)taken, 0, "nothing came while it was off");
    if (edge) // two more: one waits beside the one that is kept
        for (unsigned i = 0; i < 2; i++) {
            gpio_down();
            gpio_up();
        }
    hv_irq_unmask();
    hv_idle_self();
    check_equal((int64_t)taken, edge ? 2 : 1, "what rose meanwhile comes, as often as it may");
    gpio_down();
    gpio_up();
    hv_idle_self();
    check_equal((int64_t)taken, edge ? 3 : 2, "and the next one");
    checks_done();
}

int main(void)
{
    keeper = (struct hv_cpu_start){(uintptr_t)keeper_stack + sizeof keeper_stack, keep, 0};
    again = (struct hv_cpu_start){(uintptr_t)again_stack + sizeof again_stack, come_back, 0};
    edge = gpio_is_edge();
    gpio_init();
    hv_irq_init();
    hv_irq_enable(GPIO_INTERRUPT, 0x80);
    check_equal(hv_cpu_on(1, &keeper), 0, "the second vcpu starts");
    while (!keeper_is_up)
        hv_idle_self();
    psci(PSCI_CPU_OFF, 0);
    check(false, "it is off");
    return 0;
}
