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

// PSCI 1.1 (DEN0022) and SMCCC 1.1 (DEN0028), as far as they start and stop nothing.
static void standard_answers(void)
{
    uint64_t code = (uintptr_t)second, data = (uintptr_t)stack, high = 1ul << 32;

    check_equal(psci(0x84000000, 0, 0, 0), 0x10001, "PSCI 1.1");
    check_equal(psci(0x80000000, 0, 0, 0), 0x10001, "SMCCC 1.1");
    check_equal(psci(0x8400000a, 0x80000000, 0, 0), 0, "PSCI_FEATURES tells of SMCCC");
    check_equal(psci(0x8400000a, 0xc4000001, 0, 0), 0, "original format of power states");
    check_equal(psci(0x8400000a, 0x84000012, 0, 0), -1, "no SYSTEM_RESET2");
    check_equal(psci(0x84000012, 0, 0, 0), -1, "nor is it made");
    check_equal(psci(0x80000001, 0x80008000, 0, 0), -1, "no workaround to ask for");
    check_equal(psci(0x84000006, 0, 0, 0), 2, "nothing to migrate");
    check_equal(psci(0x84000005, 0, 0, 0), -1, "so no MIGRATE");

    check_equal(psci(0xc4000003, 1, 0x50000000, 0), -9, "nobody starts where nothing is");
    check_equal(psci(0xc4000003, 1, data, 0), -9, "nor in data");
    check_equal(psci(0xc4000003, 1, code + 2, 0), -9, "nor between instructions");
    check_equal(psci(0xc4000003, 1, high | code, 0), -9, "nor where 32 bits look good");
    check_equal(psci(0xc4000003, high << 9 | 1, code, 0), -2, "reserved bits of an affinity");
    check_equal(psci(0xc4000004, 1, 1, 0), -2, "only single processors have a state");
    check_equal(psci(0xc4000004, 1, high, 0), 1, "the level has 32 bits");
    check_equal(psci(0x84000004, high | 1, high, 0), 1, "and the affinity, too, in this form");

    check_equal(psci(0xc4000001, 0, 0, 0), 0, "standby returns");
    check_equal(psci(0xc4000001, high | 0x03000001, 0, 0), 0, "in 32 bits, of a higher level, too");
    check_equal(psci(0xc4000001, 1 << 16, code, 0), 0, "and so does power down");
    check_equal(psci(0xc4000001, 1 << 16, data, 0), -9, "unless it could not begin anew");
    check_equal(psci(0xc4000001, 1 << 17, code, 0), -2, "reserved bits of a power state");
}

int main(void)
{
    check_equal(hv_partition_status().vcpus, 2, "two vcpus");
    check_equal(psci(0xc4000004, 1, 0, 0), 1, "the second is off");
    check_equal(psci(0xc4000003, 7, 0, 0), -2, "there is no eighth");
    standard_answers();
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
