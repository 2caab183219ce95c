// SPDX-License-Identifier: BSD-2-Clause
// Proves that a translation maps exactly the declared regions with exactly their attributes.
//
// Two steps, both linear. First every page or block that a region must have is looked up and its
// descriptor compared as a whole. Then the tables are walked and what they map is added up: a tree
// that holds every declared leaf and maps no more bytes than declared maps nothing else. The walk
// reads no more pages than the blob has, so shared or circular tables end it.
#include "tables_check.h"
#include "translation.h"
#include <stddef.h>

enum {
    ENTRIES = 512,
    LEVEL1_SHIFT = 30,
    LEVEL2_SHIFT = 21,
    LEVEL3_SHIFT = 12,
};

struct translation {
    const char *blob;
    uint64_t blob_phys, blob_size;
    uint64_t root;
    const struct tbl_module *module;
    uint32_t windows; // of copying that there must be; 0: stage 2
};

// What every leaf of a region with these attributes looks like, without address and type.
static uint64_t leaf_bits(uint32_t attributes, bool el2)
{
    bool device = attributes & TBL_MEM_DEVICE, uncached = attributes & TBL_MEM_UNCACHED;
    uint64_t bits = PTE_VALID | PTE_AF | (device ? 0 : PTE_SH_INNER);

    if (el2) {
        bits |= S1_AP_RES1 | (device ? S1_DEVICE : uncached ? S1_UNCACHED : S1_NORMAL);
        bits |= attributes & TBL_MEM_WRITE ? 0 : S1_READ_ONLY;
        return bits | (attributes & TBL_MEM_EXECUTE ? 0 : S1_NO_EXECUTE);
    }
    bits |= device ? S2_DEVICE : uncached ? S2_UNCACHED : S2_NORMAL;
    bits |= attributes & TBL_MEM_READ ? S2_READ : 0;
    bits |= attributes & TBL_MEM_WRITE ? S2_WRITE : 0;
    return bits | (attributes & TBL_MEM_EXECUTE ? 0 : S2_NO_EXECUTE);
}

// A page of tables at a physical address, or NULL outside the blob.
static const uint64_t *table_at(const struct translation *t, uint64_t phys)
{
    uint64_t offset = phys - t->blob_phys;

    if (phys < t->blob_phys || offset % HV_PAGE_SIZE || offset >= t->blob_size ||
        t->blob_size - offset < HV_PAGE_SIZE)
        return NULL;
    return (const uint64_t *)(const void *)(t->blob + offset);
}

// The table an entry points at; NULL when the entry is anything but a plain table descriptor.
static const uint64_t *next_table(const struct translation *t, uint64_t entry)
{
    if ((entry & ~PTE_ADDRESS) != (PTE_VALID | PTE_TABLE))
        return NULL;
    return table_at(t, entry & PTE_ADDRESS);
}

static unsigned slot(uint64_t address, unsigned shift)
{
    return address >> shift & (ENTRIES - 1);
}

// ---- Every declared leaf is there ---------------------------------------------------------------

static bool region_is_mapped(const struct translation *t, const struct tbl_memory *m)
{
    uint64_t bits = leaf_bits(m->attributes, t->windows), at = m->address, phys = m->phys;
    uint64_t left = m->size, limit = 1ull << HV_IPA_BITS, step;
    const uint64_t *root = table_at(t, t->root), *level2 = NULL, *level3 = NULL;

    if (left > limit || at > limit - left || phys & ~PTE_ADDRESS || left > PTE_ADDRESS - phys ||
        (at | left) % HV_PAGE_SIZE || !left)
        return false;
    for (; left; at += step, phys += step, left -= step) {
        bool block = (at | phys) % HV_BLOCK_SIZE == 0 && left >= HV_BLOCK_SIZE;

        if (!level2 || at % (1ull << LEVEL1_SHIFT) == 0)
            level2 = next_table(t, root[slot(at, LEVEL1_SHIFT)]);
        if (!level2)
            return false;
        step = block ? HV_BLOCK_SIZE : HV_PAGE_SIZE;
        if (block) {
            level3 = NULL;
            if (level2[slot(at, LEVEL2_SHIFT)] != (phys | bits | PTE_BLOCK))
                return false;
            continue;
        }
        if (!level3 || at % HV_BLOCK_SIZE == 0)
            level3 = next_table(t, level2[slot(at, LEVEL2_SHIFT)]);
        if (!level3 || level3[slot(at, LEVEL3_SHIFT)] != (phys | bits | PTE_TABLE))
            return false;
    }
    return true;
}

// ---- Nothing else is ----------------------------------------------------------------------------

struct walk {
    uint64_t bytes;   // mapped so far
    uint64_t pages;   // of tables that may still be read
    uint64_t windows; // copy windows found, those of cores 0, 1, ...
};

// EL2's copy windows: a level-3 table in the state area for each core, in order of the cores, empty
// at boot.
static bool is_copy_window(const struct translation *t, uint64_t address, uint64_t entry,
                           struct walk *w)
{
    uint64_t table = t->module->copy_tables + w->windows * HV_PAGE_SIZE;

    if (w->windows == t->windows || address != t->module->copy_va + w->windows * HV_BLOCK_SIZE ||
        entry != (table | PTE_VALID | PTE_TABLE))
        return false;
    w->windows++;
    return true;
}

static bool walk_level3(const struct translation *t, uint64_t entry, struct walk *w)
{
    const uint64_t *table = next_table(t, entry);

    if (!table || !w->pages--)
        return false;
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (!(table[i] & PTE_VALID))
            continue;
        if (!(table[i] & PTE_TABLE)) // reserved
            return false;
        w->bytes += HV_PAGE_SIZE;
    }
    return true;
}

static bool walk_level2(const struct translation *t, uint64_t address, uint64_t entry,
                        struct walk *w)
{
    const uint64_t *table = next_table(t, entry);

    if (!table || !w->pages--)
        return false;
    for (unsigned i = 0; i < ENTRIES; i++, address += HV_BLOCK_SIZE) {
        if (!(table[i] & PTE_VALID) || is_copy_window(t, address, table[i], w))
            continue;
        if (!(table[i] & PTE_TABLE))
            w->bytes += HV_BLOCK_SIZE;
        else if (!walk_level3(t, table[i], w))
            return false;
    }
    return true;
}

static bool walk_all(const struct translation *t, struct walk *w)
{
    const uint64_t *root = table_at(t, t->root);
    uint64_t address = 0;

    *w = (struct walk){.pages = t->blob_size / HV_PAGE_SIZE};
    for (unsigned i = 0; i < ENTRIES; i++, address += 1ull << LEVEL1_SHIFT)
        if (root[i] & PTE_VALID && !walk_level2(t, address, root[i], w))
            return false;
    return true;
}

bool arch_translation_check(const void *blob, uint64_t blob_phys, uint64_t blob_size, uint64_t root,
                            const struct tbl_memory *regions, uint32_t count, uint32_t windows,
                            const struct tbl_module *module, uint32_t *index)
{
    struct translation t = {blob, blob_phys, blob_size, root, module, windows};
    uint64_t declared = 0;
    struct walk w;

    *index = count;
    if (!table_at(&t, root))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!region_is_mapped(&t, &regions[i])) {
            *index = i;
            return false;
        }
        declared += regions[i].size; // each at most 2^39, and TABLES_MAX_MEMORY of them
    }
    return walk_all(&t, &w) && w.bytes == declared && w.windows == windows;
}
