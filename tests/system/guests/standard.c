// SPDX-License-Identifier: BSD-2-Clause
// The standard calls that answer and change nothing, by HVC and by SMC: what each says, and that x4
// to x18 stay what they were (SMCCC, DEN0028 2.6).

#include "check.h"

enum { ABSENT = -1 };

static uint64_t kept;

// x0 after the call with one argument; counts registers that did not stay.
static int64_t call(bool smc, uint32_t function, uint64_t argument)
{
    uint64_t registers[19], before[19];

    for (unsigned i = 0; i < 19; i++)
        before[i] = registers[i] = 0x1111111111111111u * (i % 15 + 1);
    // A caller may leave anything above the function's 32 bits (DEN0028 3.1).
    registers[0] = before[0] = 0xdead000000000000u | function;
    registers[1] = before[1] = argument;
    __asm__ volatile("mov x19, %0\n\t"
                     "mov x20, %1\n\t"
                     "ldp x0, x1, [x19]\n\t"
                     "ldp x2, x3, [x19, #16]\n\t"
                     "ldp x4, x5, [x19, #32]\n\t"
                     "ldp x6, x7, [x19, #48]\n\t"
                     "ldp x8, x9, [x19, #64]\n\t"
                     "ldp x10, x11, [x19, #80]\n\t"
                     "ldp x12, x13, [x19, #96]\n\t"
                     "ldp x14, x15, [x19, #112]\n\t"
                     "ldp x16, x17, [x19, #128]\n\t"
                     "ldr x18, [x19, #144]\n\t"
                     "cbnz x20, 1f\n\t"
                     "hvc #0\n\t"
                     "b 2f\n"
                     "1:\tsmc #0\n"
                     "2:\tstp x0, x1, [x19]\n\t"
                     "stp x2, x3, [x19, #16]\n\t"
                     "stp x4, x5, [x19, #32]\n\t"
                     "stp x6, x7, [x19, #48]\n\t"
                     "stp x8, x9, [x19, #64]\n\t"
                     "stp x10, x11, [x19, #80]\n\t"
                     "stp x12, x13, [x19, #96]\n\t"
                     "stp x14, x15, [x19, #112]\n\t"
                     "stp x16, x17, [x19, #128]\n\t"
                     "str x18, [x19, #144]\n"
                     :
                     : "r"(registers), "r"((uint64_t)smc)
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
                       "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "memory",
                       "cc");
    for (unsigned i = 4; i < 19; i++)
        kept += registers[i] != before[i];
    return (int64_t)registers[0];
}

struct answer {
    const char *what;
    uint32_t function;
    uint64_t argument;
    int64_t wanted;
};

static const struct answer answers[] = {
    {"PSCI_VERSION", 0x84000000, 0, 0x10001},
    {"MIGRATE_INFO_TYPE", 0x84000006, 0, 2},
    {"SMCCC_VERSION", 0x80000000, 0, 0x10001},
    {"SMCCC_ARCH_FEATURES of SMCCC_VERSION", 0x80000001, 0x80000000, 0},
    {"SMCCC_ARCH_FEATURES of itself", 0x80000001, 0x80000001, 0},
    {"SMCCC_ARCH_FEATURES of SOC_ID", 0x80000001, 0x80000002, ABSENT},
    {"SMCCC_ARCH_FEATURES of WORKAROUND_1", 0x80000001, 0x80008000, ABSENT},
    {"SMCCC_ARCH_FEATURES of WORKAROUND_2", 0x80000001, 0x80007fff, ABSENT},
    {"SMCCC_ARCH_FEATURES of WORKAROUND_3", 0x80000001, 0x80003fff, ABSENT},
    {"SMCCC_ARCH_FEATURES of PV_TIME_FEATURES", 0x80000001, 0xc5000020, ABSENT},
    {"SOC_ID", 0x80000002, 0, ABSENT},
    {"WORKAROUND_1", 0x80008000, 0, ABSENT},
    {"PV_TIME_FEATURES", 0xc5000020, 0xc5000021, ABSENT},
    {"PV_TIME_ST", 0xc5000021, 0, ABSENT},
    // True random numbers (DEN0098): none, and so it says.
    {"TRNG_VERSION", 0x84000050, 0, ABSENT},
    {"TRNG_FEATURES of TRNG_RND", 0x84000051, 0x84000053, ABSENT},
    {"TRNG_GET_UUID", 0x84000052, 0, ABSENT},
    {"TRNG_RND32", 0x84000053, 96, ABSENT},
    {"TRNG_RND64", 0xc4000053, 192, ABSENT},
    // PSCI's that are free to be absent.
    {"MIGRATE", 0x84000005, 0, ABSENT},
    {"MIGRATE_INFO_UP_CPU", 0x84000007, 0, ABSENT},
    {"CPU_FREEZE", 0x8400000b, 0, ABSENT},
    {"CPU_DEFAULT_SUSPEND", 0xc400000c, 0, ABSENT},
    {"NODE_HW_STATE", 0xc400000d, 0, ABSENT},
    {"SYSTEM_SUSPEND", 0xc400000e, 0, ABSENT},
    {"PSCI_SET_SUSPEND_MODE", 0x8400000f, 1, ABSENT},
    {"PSCI_STAT_COUNT", 0xc4000011, 0, ABSENT},
    {"SYSTEM_RESET2", 0xc4000012, 0, ABSENT},
    {"MEM_PROTECT", 0x84000013, 1, ABSENT},
    // PSCI_FEATURES: bit 0 of CPU_SUSPEND's answer 0, no OS-initiated mode; bit 1 0, the format.
    {"PSCI_FEATURES of PSCI_VERSION", 0x8400000a, 0x84000000, 0},
    {"PSCI_FEATURES of CPU_SUSPEND", 0x8400000a, 0x84000001, 0},
    {"PSCI_FEATURES of CPU_SUSPEND, 64 bits", 0x8400000a, 0xc4000001, 0},
    {"PSCI_FEATURES of CPU_OFF", 0x8400000a, 0x84000002, 0},
    {"PSCI_FEATURES of CPU_ON", 0x8400000a, 0x84000003, 0},
    {"PSCI_FEATURES of CPU_ON, 64 bits", 0x8400000a, 0xc4000003, 0},
    {"PSCI_FEATURES of AFFINITY_INFO", 0x8400000a, 0x84000004, 0},
    {"PSCI_FEATURES of AFFINITY_INFO, 64 bits", 0x8400000a, 0xc4000004, 0},
    {"PSCI_FEATURES of MIGRATE", 0x8400000a, 0x84000005, ABSENT},
    {"PSCI_FEATURES of MIGRATE_INFO_TYPE", 0x8400000a, 0x84000006, 0},
    {"PSCI_FEATURES of MIGRATE_INFO_UP_CPU", 0x8400000a, 0x84000007, ABSENT},
    {"PSCI_FEATURES of SYSTEM_OFF", 0x8400000a, 0x84000008, 0},
    {"PSCI_FEATURES of SYSTEM_RESET", 0x8400000a, 0x84000009, 0},
    {"PSCI_FEATURES of itself", 0x8400000a, 0x8400000a, 0},
    {"PSCI_FEATURES of CPU_FREEZE", 0x8400000a, 0x8400000b, ABSENT},
    {"PSCI_FEATURES of SYSTEM_SUSPEND", 0x8400000a, 0xc400000e, ABSENT},
    {"PSCI_FEATURES of SYSTEM_RESET2", 0x8400000a, 0xc4000012, ABSENT},
    {"PSCI_FEATURES of MEM_PROTECT", 0x8400000a, 0x84000013, ABSENT},
    {"PSCI_FEATURES of SMCCC_VERSION", 0x8400000a, 0x80000000, 0},
    {"PSCI_FEATURES of TRNG_VERSION", 0x8400000a, 0x84000050, ABSENT},
    {"PSCI_FEATURES of PSCI_VERSION in 64 bits", 0x8400000a, 0xc4000000, ABSENT},
    // Owners (DEN0028 6.1) that are not here, and yielding calls.
    {"an architecture's function", 0x8000ffff, 0, ABSENT},
    {"a CPU's service", 0x81000000, 0, ABSENT},
    {"a silicon provider's service", 0x82000000, 0, ABSENT},
    {"an OEM's service", 0x83000000, 0, ABSENT},
    {"a standard service in 64 bits", 0xc4000000, 0, ABSENT},
    {"a standard hypervisor's service", 0x85000000, 0, ABSENT},
    {"a trusted application", 0xb0000000, 0, ABSENT},
    {"a trusted OS", 0xb2000000, 0, ABSENT},
    {"a yielding call", 0x02000000, 0, ABSENT},
    {"function 0", 0, 0, ABSENT},
    {"function -1", 0xffffffff, 0, ABSENT},
};

int main(void)
{
    unsigned wrong = 0, count = sizeof answers / sizeof *answers;

    for (unsigned i = 0; i < count; i++)
        for (unsigned smc = 0; smc < 2; smc++) {
            int64_t got = call(smc, answers[i].function, answers[i].argument);

            if (got == answers[i].wanted)
                continue;
            hv_printf("FAIL %s by %s: %ld\n", answers[i].what, smc ? "SMC" : "HVC", got);
            wrong++;
            hv_idle_self();
        }
    hv_printf("asked %u\n", count);
    check_equal(wrong, 0, "each answers by the letter, by HVC and by SMC");
    check_equal((int64_t)kept, 0, "x4 to x18 stay");
    checks_done();
}
