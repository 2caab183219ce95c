// SPDX-License-Identifier: BSD-2-Clause
// Holds a guest's device tree, as an image has it, against the description.
#include "image/verify_tree.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

struct tree {
    const void *fdt;
    struct text *findings;
    const struct partition *partition;
    bool good;
};

static void differs(struct tree *t, const char *what)
{
    t->good = false;
    text_add(t->findings, "the device tree of partition '%s' %s\n", t->partition->name.text, what);
}

// Cells of a property, 32 bits each; `length` other than expected: none.
static bool cells(const struct tree *t, int node, const char *name, uint32_t *out, size_t count)
{
    int length;
    const fdt32_t *p = fdt_getprop(t->fdt, node, name, &length);

    if (!p || length != (int)(count * sizeof *p))
        return false;
    for (size_t i = 0; i < count; i++)
        out[i] = fdt32_to_cpu(p[i]);
    return true;
}

static bool range(const struct tree *t, int node, uint64_t *start, uint64_t *size)
{
    uint32_t c[4];

    if (!cells(t, node, "reg", c, 4))
        return false;
    *start = (uint64_t)c[0] << 32 | c[1];
    *size = (uint64_t)c[2] << 32 | c[3];
    return true;
}

static bool has_type(const struct tree *t, int node, const char *type)
{
    int length;
    const char *found = fdt_getprop(t->fdt, node, "device_type", &length);

    return found && length == (int)strlen(type) + 1 && !memcmp(found, type, strlen(type));
}

// All RAM that it names is the partition's, with all rights.
static void memory_verify(struct tree *t, uint64_t *total)
{
    const uint32_t all = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE;
    int node;

    fdt_for_each_subnode(node, t->fdt, 0)
    {
        uint64_t start, size;
        bool found = false;

        if (!has_type(t, node, "memory"))
            continue;
        if (!range(t, node, &start, &size)) {
            differs(t, "has memory without a range");
            continue;
        }
        EACH(m, &t->partition->memory)
            found =
                found || (m->at.value == start && !m->block &&
                          (m->attributes & (all | TBL_MEM_DEVICE)) == all &&
                          (m->size.value + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE * HV_PAGE_SIZE == size);
        if (!found)
            differs(t, "has memory that the partition has not");
        *total += size;
    }
    if (*total == 0)
        differs(t, "has no memory");
}

static uint32_t processors(const struct tree *t)
{
    int node, cpus = fdt_path_offset(t->fdt, "/cpus");
    uint32_t count = 0;

    if (cpus < 0)
        return 0;
    fdt_for_each_subnode(node, t->fdt, cpus)
    {
        count += has_type(t, node, "cpu");
    }
    return count;
}

static void chosen_verify(struct tree *t, uint64_t *start, uint64_t *end)
{
    int node = fdt_path_offset(t->fdt, "/chosen"), length;
    const char *cmdline = t->partition->cmdline.text;
    const char *told = node < 0 ? NULL : fdt_getprop(t->fdt, node, "bootargs", &length);
    uint32_t a[2], b[2];

    if (cmdline
            ? !told || length != (int)strlen(cmdline) + 1 || memcmp(told, cmdline, (size_t)length)
            : told != NULL)
        differs(t, "has another command line");
    *start = *end = 0;
    if (node >= 0 && cells(t, node, "linux,initrd-start", a, 2) &&
        cells(t, node, "linux,initrd-end", b, 2)) {
        *start = (uint64_t)a[0] << 32 | a[1];
        *end = (uint64_t)b[0] << 32 | b[1];
    }
}

bool tree_verify(const uint8_t *bytes, uint64_t length, const struct partition *q,
                 struct text *findings, uint64_t *initrd_start, uint64_t *initrd_end)
{
    struct tree t = {.fdt = bytes, .findings = findings, .partition = q, .good = true};
    uint64_t total = 0;

    if (fdt_check_full(bytes, length) != 0) {
        differs(&t, "is damaged");
        return false;
    }
    memory_verify(&t, &total);
    if (processors(&t) != vcpu_count(q))
        differs(&t, "has another number of processors");
    chosen_verify(&t, initrd_start, initrd_end);
    return t.good;
}
