// SPDX-License-Identifier: BSD-2-Clause
// One way to break out per start; the health monitor cold-starts it after each. The test compares
// the event that each leaves behind.

#include "check.h"

#define NOWHERE 0x50000000ul // not in any memory region
#define UART    0x09000000ul // the runtime's own device
#define GICD    0x08000000ul // emulated: accesses without syndrome cannot be

static void with_vectors_nowhere(void)
{
    WRITE(vbar_el1, NOWHERE);
    __asm__ volatile("isb\n\tsvc #0");
}

static void translate_through(uint64_t root) // stage 1 tables that lie where nothing is
{
    WRITE(ttbr0_el1, root);
    __asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb sy\n\tisb\n\tldr xzr, [%0]" : : "r"(0x40100000ul));
}

static void mmu_off(void)
{
    WRITE(sctlr_el1, 0x30d00800);
    __asm__ volatile("isb");
}

static void branch(uint64_t to)
{
    ((void (*)(void))to)();
}

// Goes on at EL0 without stage 1, in AArch64 (spsr 0) or AArch32 (0x10).
static void user(uint64_t spsr, const uint32_t *code)
{
    mmu_off();
    __asm__ volatile("msr spsr_el1, %0\n\tmsr elr_el1, %1\n\tmov x8, %2\n\teret"
                     :
                     : "r"(spsr), "r"(code), "r"(NOWHERE)
                     : "x8");
}

static const uint32_t user_load[]
    __attribute__((section(".text.user"))) = {0xf9400108}; // ldr x8, [x8]
static const uint32_t user_call[] __attribute__((section(".text.user"))) = {0xd4000002}; // hvc #0
static const uint32_t user32_load[]
    __attribute__((section(".text.user"))) = {0xe5988000}; // ldr r8, [r8]
// mrc p14, 0, r0, c0, c1, 0: DBGDSCRint
static const uint32_t user32_debug[] __attribute__((section(".text.user"))) = {0xee100e11};

struct way {
    const char *name;
    uint64_t event;
};

#define M HV_EVENT_MEMORY_VIOLATION
#define A HV_EVENT_ILLEGAL_ACCESS
#define C HV_EVENT_ILLEGAL_CALL
#define I HV_EVENT_ILLEGAL_INSTRUCTION // these and E: libhv's answer to an exception at EL1
#define E HV_EVENT_APPLICATION_ERROR
#define AT(text, address)                                                                          \
    ({ __asm__ volatile(text : : "r"(address) : "x8", "x9", "x10", "v8", "v9", "memory"); })

// clang-format off
#define WAYS(X)                                                                                    \
    X("load", M, AT("ldr x9, [%0]", NOWHERE))                                                      \
    X("store", M, AT("str xzr, [%0]", NOWHERE))                                                    \
    X("byte load", M, AT("ldrsb x9, [%0]", NOWHERE + 1))                                           \
    X("load pair", M, AT("ldp x9, x10, [%0]", NOWHERE))                                            \
    X("store pair", M, AT("stp x9, x10, [%0]", NOWHERE))                                           \
    X("post-index", M, AT("mov x8, %0\n\tldr x9, [x8], #8", NOWHERE))                              \
    X("pre-index", M, AT("mov x8, %0\n\tstr x9, [x8, #8]!", NOWHERE))                              \
    X("SIMD load", M, AT("ldr q8, [%0]", NOWHERE))                                                 \
    X("SIMD store pair", M, AT("stp q8, q9, [%0]", NOWHERE))                                       \
    X("exclusive", M, AT("ldxr x9, [%0]", NOWHERE))                                                \
    X("unaligned", M, AT("ldr x9, [%0]", NOWHERE + 3))                                             \
    X("zero a line", M, AT("dc zva, %0", NOWHERE))                                                 \
    X("fetch", M, branch(NOWHERE))                                                                 \
    X("fetch from data", M, branch(0x40108000))                                                    \
    X("fetch from device", M, (mmu_off(), branch(UART)))                                           \
    X("store to code", M, AT("str xzr, [%0]", 0x40000000ul))                                       \
    X("console device", M, AT("ldr w9, [%0]", UART))                                               \
    X("console device pair", M, AT("stp w9, w10, [%0]", UART))                                     \
    X("a device not given", M, AT("ldr w9, [%0]", 0x09010000ul))                                   \
    X("device hole", M, AT("str w9, [%0]", 0x0a000000ul))                                          \
    X("address 0", M, AT("ldr x9, [%0]", 0ul))                                                     \
    X("beyond the space", M, (mmu_off(), AT("ldr x9, [%0]", 1ul << 39)))                           \
    X("highest address", M, (mmu_off(), AT("ldr x9, [%0]", (1ul << 48) - 8)))                      \
    X("table walk", M, translate_through(NOWHERE))                                                 \
    X("table walk in device", M, translate_through(UART))                                          \
    X("vectors nowhere", M, with_vectors_nowhere())                                                \
    X("stack nowhere", M, AT("mov sp, %0\n\tsvc #0", NOWHERE))                                     \
    X("GIC pair", A, AT("ldp w9, w10, [%0]", GICD))                                                \
    X("GIC post-index", A, AT("mov x8, %0\n\tstr w9, [x8], #4", GICD))                             \
    X("GIC SIMD", A, AT("ldr q8, [%0]", GICD))                                                     \
    X("HVC immediate", C, AT("hvc #1", 0))                                                         \
    X("SMC immediate", C, AT("smc #0xffff", 0))                                                    \
    X("SVC", E, AT("svc #0", 0))                                                                   \
    X("breakpoint", E, AT("brk #1", 0))                                                            \
    X("undefined", I, AT(".word 0", 0))                                                            \
    X("EL2 register", I, AT("mrs x9, hcr_el2", 0))                                                 \
    X("EL3 register", I, AT("mrs x9, scr_el3", 0))                                                 \
    X("odd branch", M, branch(0x40000002))                                                         \
    X("illegal return", M, AT("mov x9, #0xd\n\tmsr spsr_el1, x9\n\tmsr elr_el1, %0\n\teret", 0))   \
    X("user load", M, user(0, user_load))                                                          \
    X("user hypercall", I, user(0, user_call))                                                     \
    X("32-bit user load", M, user(0x10, user32_load))                                              \
    X("32-bit user debug", I, user(0x10, user32_debug))                                            \
    X("implementation register", I, AT("msr s3_1_c15_c0_7, %0", 1ul))
// clang-format on

int main(void)
{
    static const struct way ways[] = {
#define X(name, event, action) {name, event},
        WAYS(X)
#undef X
    };
    enum { COUNT = sizeof ways / sizeof ways[0] };
    struct hv_status s = hv_partition_status();
    uint64_t n = s.starts - 1, k = 0;

    if (n > 0)
        hv_printf("%s %s: event %lu\n", s.event == ways[n - 1].event ? "pass" : "FAIL",
                  ways[n - 1].name, s.event);
    hv_idle_self();
    if (n == COUNT) {
        hv_printf("done: %u checks\n", COUNT);
        for (;;)
            hv_idle_self();
    }
#define X(name, event, action)                                                                     \
    if (k++ == n)                                                                                  \
        action;
    WAYS(X)
#undef X
    hv_printf("FAIL %s: went through\n", ways[n].name);
    for (;;)
        hv_idle_self();
}
