// SPDX-License-Identifier: BSD-2-Clause
// A partition with two vcpus on two cores: starts the second by PSCI, works with it, stops it.

#include "check.h"

static struct hv_cpu_start start;
static char stack[4096] __attribute__((aligned(16)));
static _Atomic uint64_t counter, seen_argument, seen_mpidr;

static int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    struct hv_registers r = {{function, a, b, c}};

    return hv_call(&r);
}

static void second(uint64_t argument)
{
    seen_argument = argument;
    seen_mpidr = READ(mpidr_el1);
    for (unsigned i = 0; i < 20; i++) {
        counter++;
        hv_idle_self();
    }
}

int main(void)
{
    check_equal(hv_partition_status().vcpus, 2, "two vcpus");
    check_equal(psci(0xc4000004, 1, 0, 0), 1, "the second is off");
    check_equal(psci(0xc4000003, 7, 0, 0), -2, "there is no eighth");
    start = (struct hv_cpu_start){(uintptr_t)stack + sizeof stack, second, 0x1234};
    check_equal(hv_cpu_on(1, &start), 0, "it starts");
    check(hv_cpu_on(1, &start) < 0, "but not twice");
    while (counter < 10)
        hv_idle_self();
    check_equal(seen_argument, 0x1234, "with its argument");
    check_equal(seen_mpidr & 0xffffff, 1, "and its own affinity");
    while (psci(0xc4000004, 1, 0, 0) == 0)
        hv_idle_self();
    check_equal(counter, 20, "it worked to its end and is off");
    check_equal(hv_cpu_on(1, &start), 0, "it starts again");
    for (unsigned i = 0; i < 4; i++)
        hv_idle_self();
    check(counter > 20, "and works again");
    checks_done();
}
