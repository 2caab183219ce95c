// SPDX-License-Identifier: BSD-2-Clause
// Two vcpus on two cores; the second breaks a rule, or the first does while the second is busy. The
// partition restarts as a whole: the second is off again until it is started.

#include "check.h"

static struct hv_cpu_start start;
static char stack[4096] __attribute__((aligned(16)));
static _Atomic uint64_t alive;

static void second(uint64_t argument)
{
    alive = 1;
    if (argument % 2)
        *(volatile uint64_t *)0x50000000 = 1;
    for (;;)
        __asm__ volatile("yield");
}

int main(void)
{
    struct hv_status s = hv_partition_status();
    struct hv_registers state = {{0xc4000004, 1}}; // PSCI AFFINITY_INFO

    hv_printf("start %lu event %lu: the second is %s, memory %s\n", s.starts, s.event,
              hv_call(&state) == 1 ? "off" : "on", alive ? "old" : "new");
    if (s.starts == 5)
        checks_done();
    hv_set_partition_mode(HV_MODE_NORMAL);
    start = (struct hv_cpu_start){(uintptr_t)stack + sizeof stack, second, s.starts};
    hv_cpu_on(1, &start);
    while (!alive)
        hv_idle_self();
    for (unsigned i = 0; i < 3; i++)
        hv_idle_self();
    if (s.starts % 2 == 0)
        *(volatile uint64_t *)0x50000000 = 1;
    for (;;)
        hv_idle_self();
}
