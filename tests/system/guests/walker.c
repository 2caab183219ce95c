// SPDX-License-Identifier: BSD-2-Clause
// Points its own stage 1 anywhere: first blocks of every physical address, then tables in foreign
// memory and devices with every setting of TCR_EL1. All through TTBR1_EL1, so that this program
// goes on in the lower half. What stage 2 does not give it reads as zero, because the health
// monitor ignores the violation and steps over the load.

#include "check.h"

#define BLOCK     0x200000ul
#define UPPER     0xffffff8000000000ul // with T1SZ 25: 39 bits
#define TCR_LOWER (32 | 1 << 8 | 1 << 10 | 3 << 12)

static uint64_t level1[512] __attribute__((aligned(4096)));
static uint64_t level2[512] __attribute__((aligned(4096)));
static uint64_t garbage[512] __attribute__((aligned(4096)));
static uint64_t guard[512], made, faults, leaked;

void hv_exception(struct hv_frame *frame)
{
    faults++;
    frame->elr += 4;
}

static void set(uint64_t ttbr1, uint64_t tcr)
{
    __asm__ volatile("msr ttbr1_el1, %0\n\tmsr tcr_el1, %1\n\tisb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb"
                     :
                     : "r"(ttbr1), "r"(tcr)
                     : "memory");
}

static uint64_t load(uint64_t at)
{
    uint64_t value = 0;

    made++;
    __asm__ volatile("ldr %0, [%1]" : "+r"(value) : "r"(at) : "memory");
    return value;
}

static void store(uint64_t at)
{
    made++;
    __asm__ volatile("str %0, [%1]" : : "r"(0xbadbadbadbadbadul), "r"(at) : "memory");
}

// In this block lies something that this partition has, or that is emulated for it.
static bool own(uint64_t block)
{
    return block == 0x40000000 || block == 0x08000000;
}

// Every block of 2 MiB from `from` to `to`, at its start, in its middle and at its end.
static void blocks(uint64_t from, uint64_t to, uint64_t step)
{
    uint64_t read;

    set((uintptr_t)level1,
        TCR_LOWER | 25 << 16 | 1 << 24 | 1 << 26 | 3 << 28 | 2ul << 30 | 5ul << 32);
    level1[0] = (uintptr_t)level2 | 3;
    for (uint64_t block = from; block < to; block += step * BLOCK) {
        level2[0] = block | 0x701 | (block & BLOCK ? 0 : 4); // normal memory, or a device
        __asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
        for (uint64_t at = 0; at < BLOCK; at += BLOCK / 2 - 8) {
            read = load(UPPER + at);
            if (!own(block)) {
                store(UPPER + at);
                if (read && leaked++ < 4)
                    hv_printf("FAIL 0x%lx at 0x%lx\n", read, block + at);
            }
        }
    }
}

// Tables of stage 1 where they do not belong, under every form of TCR_EL1's upper half.
static void tables(const uint64_t *roots, unsigned count, unsigned step)
{
    static const uint64_t places[] = {0xffffffffffffffff, 0xfffffffffffff000, UPPER,
                                      0xffff000000000000, 0xffff800012345678, 0xffffffff80000000};
    unsigned n = 0;

    for (unsigned i = 0; i < count; i++) {
        for (uint64_t t1sz = 0; t1sz < 64; t1sz++) {
            for (uint64_t form = 0; form < 64; form++) { // TG1, IPS, and how the walk is cached
                if (n++ % step)
                    continue;
                set(roots[i], TCR_LOWER | t1sz << 16 | (form & 3) << 30 | (form >> 2 & 7) << 32 |
                                  (form >> 5) * (0x3ful << 24));
                for (unsigned p = 0; p < 6; p++)
                    load(places[p] & ~7ul);
                store(places[n % 6] & ~7ul);
            }
        }
    }
}

int main(void)
{
    static const uint64_t elsewhere[] = {0,
                                         0x08000000,
                                         0x080a0000,
                                         0x09000000,
                                         0x09010000,
                                         0x3ffff000,
                                         0x40200000,
                                         0x4020c000,
                                         0x4027d000,
                                         0x40290000,
                                         0x402a0000,
                                         0x40300000,
                                         0x40400000,
                                         0x48000000,
                                         0x7ffff000,
                                         0x80000000,
                                         1ul << 32,
                                         1ul << 38,
                                         1ul << 40,
                                         (1ul << 47),
                                         0xfffffffff000,
                                         0xffffffffffff,
                                         1ul << 48 | 0x40200000,
                                         ~0ul,
                                         0x40000000};
    uint64_t id, changed = 0, roots[27];
    bool full = hv_schedule_find("full", &id) == HV_OK;

    for (unsigned i = 0; i < 512; i++) {
        guard[i] = i * 0x9e3779b97f4a7c15;
        garbage[i] = i * 0xbf58476d1ce4e5b9 ^ 0x94d049bb133111eb;
    }
    for (unsigned i = 0; i < 25; i++)
        roots[i] = elsewhere[i];
    roots[25] = (uintptr_t)garbage;
    roots[26] = (uintptr_t)level1;
    blocks(0, 1ul << 32, 1);
    hv_printf("\nswept 4 GiB\n");
    blocks(1ul << 32, 1ul << 39, full ? 1 : 61);
    blocks(1ul << 39, 1ul << 48, full ? 9973 : 99991); // beyond what stage 2 has
    hv_printf("\nswept all addresses\n");
    hv_idle_self();
    level1[0] = 0x40200003; // a table in the runtime, seen from its own level 1
    level1[511] = ~0xffful | 3;
    tables(roots, 27, full ? 1 : 13);
    set(0, TCR_LOWER | 1 << 23 | 2ul << 32);
    for (unsigned i = 0; i < 512; i++)
        changed += guard[i] != i * 0x9e3779b97f4a7c15;
    check_equal((int64_t)leaked, 0, "nothing is read but zero where nothing is given");
    check_equal((int64_t)changed, 0, "its own memory is as it was");
    hv_printf("accesses %lu faults %lu\n", made, faults);
    checks_done();
}
