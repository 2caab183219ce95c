// SPDX-License-Identifier: BSD-2-Clause
// Guest memory, seen by EL2 only through this core's copy window and only while it is copied.
//
// The window is the first three entries of the core's own level-3 table: a message of
// HV_MAX_MESSAGE bytes at any offset. No other core uses these addresses, so maintenance of
// translations is local. A guest may run with its caches off and then sees memory behind them: what
// is copied is cleaned and invalidated by address on the way, in both directions.
#include "arch.h"
#include "copy.h"
#include "translation.h"

#define ALIAS(core) (module->copy_va + ((uint64_t)(core)->index << 21))

static uint64_t *window(const struct core *core)
{
    return (uint64_t *)(module->copy_tables + (uint64_t)core->index * HV_PAGE_SIZE);
}

static uint64_t page_count(uint64_t phys, uint64_t length)
{
    return ((phys & (HV_PAGE_SIZE - 1)) + length + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE;
}

static inline char *map(const struct core *core, uint64_t phys, uint64_t length, uint64_t rights)
{
    uint64_t entry = (phys & PTE_ADDRESS) | PTE_VALID | PTE_TABLE | PTE_AF | PTE_SH_INNER |
                     S1_NORMAL | S1_AP_RES1 | S1_NO_EXECUTE | rights;
    uint64_t *table = window(core), *end = table + page_count(phys, length);

    for (; table < end; table++, entry += HV_PAGE_SIZE)
        *(volatile uint64_t *)table = entry;
    DSB(ishst); // the walker sees the entries
    ISB();
    return (char *)(ALIAS(core) | (phys & (HV_PAGE_SIZE - 1)));
}

static inline void unmap(const struct core *core, uint64_t phys, uint64_t length)
{
    uint64_t *table = window(core), *end = table + page_count(phys, length);
    uint64_t page = ALIAS(core) / HV_PAGE_SIZE;

    for (uint64_t *entry = table; entry < end; entry++)
        *(volatile uint64_t *)entry = 0;
    DSB(ishst); // no walk finds them, then no TLB holds them
    for (; table < end; table++, page++)
        __asm__ volatile("tlbi vae2, %0" ::"r"(page) : "memory");
    DSB(nsh);
    ISB();
}

// Clean and invalidate to the point of coherency.
static inline void flush(const char *at, uint64_t length)
{
    uint64_t line = 4ull << (READ_SYSREG(ctr_el0) >> 16 & 15); // CTR_EL0.DminLine, in words

    for (uintptr_t a = (uintptr_t)at & ~(line - 1); a < (uintptr_t)at + length; a += line)
        __asm__ volatile("dc civac, %0" ::"r"(a) : "memory");
    DSB(sy);
}

// Sixteen bytes a step, the last step overlapping. Normal memory allows any alignment.
static inline void copy(char *to, const char *from, uint64_t length)
{
    const char *last = from + length - 16;
    char *end = to + length - 16;
    uint64_t a, b;

    if (length < 16) {
        while (length--)
            *to++ = *from++;
        return;
    }
    for (; from < last; from += 16, to += 16)
        __asm__ volatile("ldp %0, %1, [%2]\n\tstp %0, %1, [%3]"
                         : "=&r"(a), "=&r"(b)
                         : "r"(from), "r"(to)
                         : "memory");
    __asm__ volatile("ldp %0, %1, [%2]\n\tstp %0, %1, [%3]"
                     : "=&r"(a), "=&r"(b)
                     : "r"(last), "r"(end)
                     : "memory");
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
