// SPDX-License-Identifier: BSD-2-Clause
// Fills every register of the switch set with a pattern of its own, holds them across window
// changes, and looks for the slightest difference. The pattern comes from the partition's
// identifier and the round, so that two canaries never agree. MMU off: then no register is in use.

#include "check.h"
#include "system_registers.h"

// Of this partition: each is left and entered again. Some edges fall between two holds.
#define WINDOWS 5100

struct bank {
    uint64_t x[31], nzcv, fpcr, fpsr;
    uint64_t q[32][2];
} __attribute__((aligned(16)));

void canary_hold(const struct bank *in, struct bank *out);

static struct bank want, got;
static uint64_t wrong;

static uint64_t pattern(uint64_t seed, uint64_t n) // splitmix64
{
    uint64_t z = seed * 0x9e3779b97f4a7c15 + n * 0xbf58476d1ce4e5b9 + 0x94d049bb133111eb;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void compare(const char *name, uint64_t n, uint64_t is, uint64_t expected)
{
    if (is == expected)
        return;
    if (++wrong <= 8)
        hv_printf("FAIL %s%ld is 0x%lx, not 0x%lx\n", name, n, is, expected);
}

enum {
#define X(name, assembler, mask, ones) +1
    REGISTERS = 0 SYSTEM_REGISTERS(X)
#undef X
};

static uint64_t fixed; // registers that hold no pattern here, one bit each

static void fill_system(uint64_t seed, uint64_t *expected)
{
    unsigned n = 0;

#define X(name, assembler, mask, ones)                                                             \
    __asm__ volatile("msr " assembler ", %0" : : "r"((pattern(seed, n) & (mask)) | (ones)));       \
    n++;
    SYSTEM_REGISTERS(X)
#undef X
    __asm__ volatile("isb");
    n = 0;
    // What the machine made of it: reserved bits read as they like, fixed registers are noted.
#define X(name, assembler, mask, ones)                                                             \
    __asm__ volatile("mrs %0, " assembler : "=r"(expected[n]));                                    \
    if ((expected[n] ^ ((pattern(seed, n) & (mask)) | (ones))) & (mask))                           \
        fixed |= 1ul << n;                                                                         \
    n++;
    SYSTEM_REGISTERS(X)
#undef X
}

static void compare_system(const uint64_t *expected)
{
    unsigned n = 0;
    uint64_t is;

#define X(name, assembler, mask, ones)                                                             \
    __asm__ volatile("mrs %0, " assembler : "=r"(is));                                             \
    if (is != expected[n])                                                                         \
        compare(name " #", n, is, expected[n]);                                                    \
    n++;
    SYSTEM_REGISTERS(X)
#undef X
}

static void fill_bank(uint64_t seed)
{
    for (unsigned i = 0; i < 31; i++)
        want.x[i] = pattern(seed, 100 + i);
    for (unsigned i = 0; i < 32; i++) {
        want.q[i][0] = pattern(seed, 200 + i);
        want.q[i][1] = pattern(seed, 300 + i);
    }
    want.nzcv = pattern(seed, 400) & 0xf0000000;
    want.fpcr = pattern(seed, 401) & 0x07c00000; // AHP, DN, FZ, RMode
    want.fpsr = pattern(seed, 402) & 0x0800009f; // QC and the cumulative flags
}

static void compare_bank(void)
{
    for (unsigned i = 0; i < 31; i++)
        compare("x", i, got.x[i], want.x[i]);
    for (unsigned i = 0; i < 32; i++) {
        compare("low half of q", i, got.q[i][0], want.q[i][0]);
        compare("high half of q", i, got.q[i][1], want.q[i][1]);
    }
    compare("NZCV ", 0, got.nzcv, want.nzcv);
    compare("FPCR ", 0, got.fpcr, want.fpcr);
    compare("FPSR ", 0, got.fpsr, want.fpsr);
}

int main(void)
{
    uint64_t expected[REGISTERS];
    uint64_t id = hv_partition_status().id;
    uint64_t first = hv_window_status().frame, frame = first, held = 0, round = 0;

    // A stack pointer of its own: two canaries never share SP_EL1 either.
    ((volatile char *)__builtin_alloca(64 * id + 64))[0] = 0;
    hv_printf("canary with %d system registers\n", REGISTERS);
    while (frame < first + WINDOWS) {
        round++;
        fill_bank(round * 256 + id);
        fill_system(round * 256 + id, expected);
        canary_hold(&want, &got);
        compare_system(expected);
        compare_bank();
        held += hv_window_status().frame != frame;
        frame = hv_window_status().frame;
    }
    // Interrupts stay masked in PSTATE and were never acknowledged: undo what could disturb the
    // end.
    WRITE(cntv_ctl_el0, 0);
    WRITE(cntp_ctl_el0, 0);
    hv_printf("windows %lu, held across %lu changes, wrong %lu, fixed 0x%lx\n", frame - first, held,
              wrong, fixed);
    check(wrong == 0, "every register is intact after 10,000 window changes");
    checks_done();
}
