// SPDX-License-Identifier: BSD-2-Clause
// Guest memory, seen by EL2 only through this core's copy window and only while it is copied.
//
// The window is the first three entries of a level-3 table of the core's own: a message of
// HV_MAX_MESSAGE bytes at any offset. No other core uses these addresses, so maintenance of
// translations is local. A guest may run with its caches off and then sees memory behind them: what
// is copied is cleaned and invalidated by address on the way, in both directions.
#include "arch.h"
#include "copy.h"
#include "cpu.h"
#include "mem.h"
#include "translation.h"

#define ENTRY                                                                                      \
    (PTE_VALID | PTE_TABLE | PTE_AF | PTE_SH_INNER | S1_NORMAL | S1_AP_RES1 | S1_NO_EXECUTE)

void copy_init(void)
{
    struct core_block *block = core_block();

    block->window_table =
        (uint64_t *)(module->copy_tables + (uint64_t)block->core->index * HV_PAGE_SIZE);
    block->window = module->copy_va + (uint64_t)block->core->index * HV_BLOCK_SIZE;
    block->line = 4ull << (READ_SYSREG(ctr_el0) >> 16 & 15); // CTR_EL0.DminLine, in words
}

// A mapped piece of guest memory. The window belongs to the core that runs this.
struct view {
    uint64_t *table;
    uint64_t window;
    uint64_t pages; // at least one
    char *at;
};

static inline struct view map(uint64_t phys, uint64_t length, uint64_t rights)
{
    const struct core_block *block = core_block();
    uint64_t offset = phys & (HV_PAGE_SIZE - 1), entry = (phys - offset) | ENTRY | rights;
    struct view view = {
        .table = block->window_table,
        .window = block->window,
        .pages = (offset + length + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE,
        .at = (char *)(block->window | offset),
    };
    uint64_t *slot = view.table, n = view.pages;

    __asm__ volatile("1:\tstr %[entry], [%[slot]], #8\n\t"
                     "add %[entry], %[entry], #4096\n\t"
                     "subs %[n], %[n], #1\n\t"
                     "b.ne 1b"
                     : [entry] "+r"(entry), [slot] "+r"(slot), [n] "+r"(n)
                     :
                     : "memory", "cc");
    DSB(ishst); // the walker sees the entries
    ISB();
    return view;
}

static inline void unmap(struct view view)
{
    uint64_t n = view.pages, page = view.window / HV_PAGE_SIZE;

    __asm__ volatile("1:\tstr xzr, [%[slot]], #8\n\t"
                     "subs %[n], %[n], #1\n\t"
                     "b.ne 1b"
                     : [slot] "+r"(view.table), [n] "+r"(n)
                     :
                     : "memory", "cc");
    DSB(ishst); // no walk finds them, then no TLB holds them
    __asm__ volatile("1:\ttlbi vae2, %[page]\n\t"
                     "add %[page], %[page], #1\n\t"
                     "subs %[n], %[n], #1\n\t"
                     "b.ne 1b"
                     : [page] "+r"(page), [n] "+r"(view.pages)
                     :
                     : "memory", "cc");
    DSB(nsh);
    ISB();
}

// Clean and invalidate to the point of coherency.
static inline void flush(const char *at, uint64_t length)
{
    uint64_t line = core_block()->line, end = (uintptr_t)at + length, a = (uintptr_t)at & -line;

    do {
        __asm__ volatile("dc civac, %0" ::"r"(a) : "memory");
        a += line;
    } while (a < end);
    DSB(sy);
}

// Thirty-two bytes a step, then sixteen, then bytes; Normal memory allows any alignment.
static inline void copy(char *to, const char *from, uint64_t length)
{
    uint64_t a, b, c, d, steps = length / 32;

    if (steps)
        __asm__ volatile("1:\tldp %[a], %[b], [%[from]], #32\n\t"
                         "ldp %[c], %[d], [%[from], #-16]\n\t"
                         "stp %[a], %[b], [%[to]], #32\n\t"
                         "stp %[c], %[d], [%[to], #-16]\n\t"
                         "subs %[steps], %[steps], #1\n\t"
                         "b.ne 1b"
                         : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d),
                           [from] "+r"(from), [to] "+r"(to), [steps] "+r"(steps)
                         :
                         : "memory", "cc");
    if (length & 16)
        __asm__ volatile("ldp %[a], %[b], [%[from]], #16\n\t"
                         "stp %[a], %[b], [%[to]], #16"
                         : [a] "=&r"(a), [b] "=&r"(b), [from] "+r"(from), [to] "+r"(to)
                         :
                         : "memory");
    for (length &= 15; length; length--)
        *to++ = *from++;
}

void arch_copy_in(struct core *core, void *to, uint64_t from_phys, uint64_t length)
{
    struct view from;

    (void)core;
    if (!length)
        return;
    from = map(from_phys, length, S1_READ_ONLY);
    flush(from.at, length);
    copy(to, from.at, length);
    unmap(from);
}

void arch_copy_out(struct core *core, uint64_t to_phys, const void *from, uint64_t length)
{
    struct view to;

    (void)core;
    if (!length)
        return;
    to = map(to_phys, length, 0);
    copy(to.at, from, length);
    flush(to.at, length);
    unmap(to);
}

void arch_zero(struct core *core, uint64_t to_phys, uint64_t length)
{
    struct view to;

    (void)core;
    if (!length)
        return;
    to = map(to_phys, length, 0);
    memset(to.at, 0, length);
    flush(to.at, length);
    unmap(to);
}

void copy_flush(uint64_t phys, uint64_t length)
{
    struct view view;

    if (!length)
        return;
    view = map(phys, length, S1_READ_ONLY);
    flush(view.at, length);
    unmap(view);
}

void arch_sync_code(struct core *core, uint64_t phys, uint64_t length)
{
    (void)core;
    copy_flush(phys, length);
    __asm__ volatile("ic ialluis" ::: "memory"); // sibling vcpus run elsewhere
    DSB(ish);
    ISB();
}
