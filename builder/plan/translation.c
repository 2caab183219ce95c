// SPDX-License-Identifier: BSD-2-Clause
// Translation tables: stage 2 of every partition, then stage 1 of EL2 (schema/translation.h has the
// descriptors). The same records that the tables carry are mapped here, nothing else.
#include "plan/plan.h"
#include "translation.h"

#include <string.h>

// Input address bits of the three levels with a 4 KiB granule (Arm ARM D8.2).
enum { LEVEL1_SHIFT = 30, LEVEL2_SHIFT = 21, LEVEL3_SHIFT = 12, INDEX_MASK = 511 };

static uint64_t *entry_at(struct plan *p, size_t page, unsigned index)
{
    return &p->translation.items[page].entries[index];
}

static size_t page_new(struct arena *a, struct plan *p)
{
    list_add(a, &p->translation);
    return p->translation.count - 1;
}

// The page that entry `index` of `page` leads to, made when there is none yet.
static size_t page_below(struct arena *a, struct plan *p, size_t page, unsigned index)
{
    uint64_t entry = *entry_at(p, page, index);

    if (entry == 0) {
        size_t below = page_new(a, p); // may move the pages
        *entry_at(p, page, index) =
            (p->translation_address + below * HV_PAGE_SIZE) | PTE_TABLE | PTE_VALID;
        return below;
    }
    return ((entry & PTE_ADDRESS) - p->translation_address) / HV_PAGE_SIZE;
}

static uint64_t stage2_attributes(uint32_t attributes)
{
    uint64_t entry = PTE_AF;

    if (attributes & TBL_MEM_DEVICE)
        entry |= S2_DEVICE;
    else if (attributes & TBL_MEM_UNCACHED)
        entry |= S2_UNCACHED | PTE_SH_INNER;
    else
        entry |= S2_NORMAL | PTE_SH_INNER;
    entry |= attributes & TBL_MEM_READ ? S2_READ : 0;
    entry |= attributes & TBL_MEM_WRITE ? S2_WRITE : 0;
    entry |= attributes & TBL_MEM_EXECUTE ? 0 : S2_NO_EXECUTE;
    return entry;
}

static uint64_t stage1_attributes(uint32_t attributes)
{
    uint64_t entry = PTE_AF | S1_AP_RES1;

    if (attributes & TBL_MEM_DEVICE)
        entry |= S1_DEVICE;
    else if (attributes & TBL_MEM_UNCACHED)
        entry |= S1_UNCACHED | PTE_SH_INNER;
    else
        entry |= S1_NORMAL | PTE_SH_INNER;
    entry |= attributes & TBL_MEM_WRITE ? 0 : S1_READ_ONLY;
    entry |= attributes & TBL_MEM_EXECUTE ? 0 : S1_NO_EXECUTE;
    return entry;
}

// Maps one region. False when it takes more pages than there may be.
static bool map(struct arena *a, struct plan *p, size_t root, const struct tbl_memory *m,
                uint64_t attributes)
{
    for (uint64_t done = 0; done < m->size;) {
        uint64_t in = m->address + done, out = m->phys + done;
        if (p->translation.count > HV_MAX_TRANSLATION_PAGES)
            return false;
        size_t level2 = page_below(a, p, root, in >> LEVEL1_SHIFT & INDEX_MASK);
        if (((in | out) & (HV_BLOCK_SIZE - 1)) == 0 && m->size - done >= HV_BLOCK_SIZE) {
            *entry_at(p, level2, in >> LEVEL2_SHIFT & INDEX_MASK) =
                out | attributes | PTE_BLOCK | PTE_VALID;
            done += HV_BLOCK_SIZE;
        } else {
            size_t level3 = page_below(a, p, level2, in >> LEVEL2_SHIFT & INDEX_MASK);
            *entry_at(p, level3, in >> LEVEL3_SHIFT & INDEX_MASK) =
                out | attributes | PTE_TABLE | PTE_VALID;
            done += HV_PAGE_SIZE;
        }
    }
    return true;
}

static void too_many(struct arena *a, struct diags *d, const struct partition *q)
{
    struct diag *f =
        diag_report(d, RULE_MEM_012, q->memory.count ? q->memory.items[0].mark : q->mark,
                    "translation tables need more than %u pages, partition '%s' is the "
                    "first that does not fit",
                    HV_MAX_TRANSLATION_PAGES, q->name.text);
    diag_help(d, f,
              "a region of 2 MiB or more maps with 2 MiB blocks when `at:` and `phys:` are "
              "equal modulo 2 MiB, and with %s pages otherwise",
              size_text(a, HV_PAGE_SIZE));
}

bool translation_build(struct arena *a, struct diags *d, struct plan *p)
{
    p->translation.count = 0;
    p->translation.items = NULL;
    p->translation.room = 0;
    EACH(q, &p->model->partitions) {
        struct tbl_partition *record = &p->records.items[q->index];
        size_t root = page_new(a, p);
        record->stage2_root = p->translation_address + root * HV_PAGE_SIZE;
        for (uint32_t i = 0; i < record->memory_count; i++) {
            const struct tbl_memory *m = &p->memory.items[record->first_memory + i];
            if (!map(a, p, root, m, stage2_attributes(m->attributes))) {
                too_many(a, d, q);
                return false;
            }
        }
        p->partitions[q->index].pages = (uint32_t)(p->translation.count - root);
    }

    size_t root = page_new(a, p);
    p->module.el2_root = p->translation_address + root * HV_PAGE_SIZE;
    EACH(m, &p->memory) {
        if (m->partition == TBL_NONE)
            map(a, p, root, m, stage1_attributes(m->attributes));
    }
    // Per core one level-3 page in the state area, which the runtime fills for the time of a copy.
    for (size_t core = 0; core < p->cores.count; core++) {
        uint64_t va = p->copy_va + core * HV_BLOCK_SIZE;
        size_t level2 = page_below(a, p, root, va >> LEVEL1_SHIFT & INDEX_MASK);
        *entry_at(p, level2, va >> LEVEL2_SHIFT & INDEX_MASK) =
            (p->copy_tables + core * HV_PAGE_SIZE) | PTE_TABLE | PTE_VALID;
    }
    return true;
}
