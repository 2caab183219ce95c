// SPDX-License-Identifier: BSD-2-Clause
// Two vcpus of one partition and a doorbell between them, beside the owner of a real device whose
// interrupt has the same number.

#include "check.h"
#include "hv_irq.h"

enum { OTHER = 34, SELF = 35 }; // 34 is the clock of the neighbour

static volatile uint64_t count[2][2]; // by vcpu, of OTHER and SELF
static unsigned char stack[8192] __attribute__((aligned(16)));

void hv_interrupt(uint32_t intid)
{
    uint64_t vcpu = READ(mpidr_el1) & 0xff;

    if (intid == OTHER || intid == SELF)
        count[vcpu][intid - OTHER]++;
}

static void second(uint64_t argument)
{
    (void)argument;
    hv_irq_init();
    hv_irq_unmask();
    for (;;)
        hv_wait();
}

static void until(volatile uint64_t *word, uint64_t value)
{
    for (unsigned i = 0; i < 100000 && *word < value; i++)
        __asm__ volatile("yield");
}

int main(void)
{
    const struct hv_cpu_start start = {(uintptr_t)stack + sizeof stack, second, 0};
    volatile uint32_t *const gicd = (volatile uint32_t *)HV_GICD;
    struct hv_doorbell other, self, both;

    hv_doorbell_open("buddy", &other);
    hv_doorbell_open("self", &self);
    check_equal(hv_doorbell_open("both", &both), HV_OK, "three doorbells of its own");
    check_equal(both.targets, 2, "one of them has two targets");
    hv_irq_init();
    hv_irq_enable(OTHER, 0x80);
    hv_irq_enable(SELF, 0x80);
    hv_irq_enable(SELF + 1, 0x80);
    hv_irq_enable(SELF + 2, 0x80);
    check_equal(hv_cpu_on(1, &start), 0, "the second vcpu starts");
    hv_doorbell_ring(other.handle, NULL);
    until(&count[1][0], 1);
    check_equal(count[1][0], 1, "a ring wakes the other vcpu from its sleep");

    hv_doorbell_ring(self.handle, NULL);
    hv_doorbell_ring(self.handle, NULL);
    check_equal(gicd[0x204 / 4] >> (SELF % 32) & 1, 1, "a ring to oneself pends while masked");
    hv_irq_unmask();
    check_equal(count[0][1], 1, "two of them are one interrupt, at once");
    for (unsigned i = 0; i < 1000; i++)
        hv_doorbell_ring(self.handle, NULL);
    check_equal(count[0][1], 1001, "open ears hear each");

    // The distributor is virtual: what is set pending here is no device's.
    gicd[0x204 / 4] = 1u << OTHER % 32;
    until(&count[1][0], 2);
    check_equal(count[1][0], 2, "a write of ISPENDR rings too");
    hv_irq_disable(SELF);
    hv_doorbell_ring(self.handle, NULL);
    check_equal(count[0][1], 1001, "a disabled one waits");
    gicd[0x284 / 4] = 1u << SELF % 32;
    hv_irq_enable(SELF, 0x80);
    check_equal(count[0][1], 1001, "and may be cleared");
    checks_done();
}
