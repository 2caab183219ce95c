// SPDX-License-Identifier: BSD-2-Clause
// Guest memory, seen by EL2 only through this core's copy window and only while it is copied.
//
// The window is the first three entries of a level-3 table of the core's own: a message of
// HV_MAX_MESSAGE bytes at any offset. No other core uses these addresses, so maintenance of
// translations is local. A guest may run with its caches off and then sees memory behind them: what
// is copied is cleaned and invalidated by address on the way, in both directions.
#include "arch.h"
#include "copy.h"
#include "translation.h"

static struct window {
    uint64_t *table; // the core's level-3 table
    uint64_t at;     // the address it translates first
} windows[HV_MAX_CORES];

#define ENTRY                                                                                      \
    (PTE_VALID | PTE_TABLE | PTE_AF | PTE_SH_INNER | S1_NORMAL | S1_AP_RES1 | S1_NO_EXECUTE)

void copy_init(const struct core *core)
{
    windows[core->index] = (struct window){
        .table = (uint64_t *)(module->copy_tables + (uint64_t)core->index * HV_PAGE_SIZE),
        .at = module->copy_va + (uint64_t)core->index * HV_BLOCK_SIZE,
    };
}

static inline uint64_t offset_of(uint64_t phys)
{
    return phys & (HV_PAGE_SIZE - 1);
}

static inline uint64_t page_count(uint64_t phys, uint64_t length)
{
    return (offset_of(phys) + length + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE;
}

static inline char *map(const struct core *core, uint64_t phys, uint64_t length, uint64_t rights)
{
    const struct window *w = &windows[core->index];
    uint64_t entry = (phys - offset_of(phys)) | ENTRY | rights;
    volatile uint64_t *slot = w->table;

    for (uint64_t n = page_count(phys, length); n; n--, entry += HV_PAGE_SIZE)
        *slot++ = entry;
    DSB(ishst); // the walker sees the entries
    ISB();
    return (char *)(w->at | offset_of(phys));
}

static inline void unmap(const struct core *core, uint64_t phys, uint64_t length)
{
    const struct window *w = &windows[core->index];
    uint64_t n = page_count(phys, length), page = w->at / HV_PAGE_SIZE;
    volatile uint64_t *slot = w->table;

    for (uint64_t i = n; i; i--)
        *slot++ = 0;
    DSB(ishst); // no walk finds them, then no TLB holds them
    for (; n; n--, page++)
        __asm__ volatile("tlbi vae2, %0" ::"r"(page) : "memory");
    DSB(nsh);
    ISB();
}

// Clean and invalidate to the point of coherency.
static inline void flush(const char *at, uint64_t length)
{
    uint64_t line = 4ull << (READ_SYSREG(ctr_el0) >> 16 & 15); // CTR_EL0.DminLine, in words

    for (uintptr_t a = (uintptr_t)at & -line; a < (uintptr_t)at + length; a += line)
        __asm__ volatile("dc civac, %0" ::"r"(a) : "memory");
    DSB(sy);
}

// Sixteen bytes; Normal memory allows any alignment.
#define MOVE(offset)                                                                               \
    __asm__ volatile("ldp %0, %1, [%2, #" #offset "]\n\tstp %0, %1, [%3, #" #offset "]"            \
                     : "=&r"(a), "=&r"(b)                                                          \
                     : "r"(from), "r"(to)                                                          \
                     : "memory")

static inline void copy(char *to, const char *from, uint64_t length)
{
    uint64_t a, b;

    for (; length >= 64; length -= 64, from += 64, to += 64) {
        MOVE(0);
        MOVE(16);
        MOVE(32);
        MOVE(48);
    }
    for (; length >= 16; length -= 16, from += 16, to += 16)
        MOVE(0);
    while (length--)
        *to++ = *from++;
}

void arch_copy_in(struct core *core, void *to, uint64_t from_phys, uint64_t length)
{
    const char *from = map(core, from_phys, length, S1_READ_ONLY);

    flush(from, length);
    copy(to, from, length);
    unmap(core, from_phys, length);
}

void arch_copy_out(struct core *core, uint64_t to_phys, const void *from, uint64_t length)
{
    char *to = map(core, to_phys, length, 0);

    copy(to, from, length);
    flush(to, length);
    unmap(core, to_phys, length);
}

void arch_zero(struct core *core, uint64_t to_phys, uint64_t length)
{
    char *to = map(core, to_phys, length, 0);

    memset(to, 0, length);
    flush(to, length);
    unmap(core, to_phys, length);
}

void copy_flush(struct core *core, uint64_t phys, uint64_t length)
{
    flush(map(core, phys, length, S1_READ_ONLY), length);
    unmap(core, phys, length);
}

void arch_sync_code(struct core *core, uint64_t phys, uint64_t length)
{
    copy_flush(core, phys, length);
    __asm__ volatile("ic ialluis" ::: "memory"); // sibling vcpus run elsewhere
    DSB(ish);
    ISB();
}
