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

static bool is_disabled(const struct tree *t, int node)
{
    int length;
    const char *status = fdt_getprop(t->fdt, node, "status", &length);

    return status && !(length == 5 && !memcmp(status, "okay", 5)) &&
           !(length == 3 && !memcmp(status, "ok", 3));
}

static bool has_type(const struct tree *t, int node, const char *type)
{
    int length;
    const char *found = fdt_getprop(t->fdt, node, "device_type", &length);

    return found && length == (int)strlen(type) + 1 && !memcmp(found, type, strlen(type));
}

static bool is_ram(const struct memory *m)
{
    const uint32_t all = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE;

    return !m->block && (m->attributes & (all | TBL_MEM_DEVICE)) == all;
}

// A region as a whole; of a tree that is given, any bytes of any regions.
static bool ram_at(const struct partition *q, uint64_t start, uint64_t size)
{
    uint64_t left = size;

    EACH(m, &q->memory) {
        if (is_ram(m) && m->at.value == start && m->size.value == size)
            return true;
    }
    for (uint64_t page = start; q->device_tree.text && left;) {
        uint64_t step = HV_PAGE_SIZE - page % HV_PAGE_SIZE;
        bool found = false;
        EACH(m, &q->memory)
            found =
                found || (is_ram(m) && page >= m->at.value && page - m->at.value < m->size.value);
        if (!found)
            return false;
        step = step < left ? step : left;
        left -= step;
        page += step;
    }
    return q->device_tree.text;
}

// All RAM that it names is the partition's, with all rights.
static void memory_verify(struct tree *t)
{
    uint32_t address, size;
    uint64_t total = 0;
    int node;

    if (!cells(t, 0, "#address-cells", &address, 1) || !cells(t, 0, "#size-cells", &size, 1) ||
        address < 1 || address > 2 || size < 1 || size > 2) {
        differs(t, "has addresses of a length that is none");
        return;
    }
    fdt_for_each_subnode(node, t->fdt, 0)
    {
        uint32_t c[4];
        int length = 0, entry = (int)(address + size);
        const fdt32_t *reg = fdt_getprop(t->fdt, node, "reg", &length);

        if (!has_type(t, node, "memory") || is_disabled(t, node))
            continue;
        if (!reg || length % (entry * 4))
            differs(t, "has memory without a range");
        for (int i = 0; reg && i < length / (entry * 4); i++) {
            for (int k = 0; k < entry; k++)
                c[k] = fdt32_ld(&reg[i * entry + k]);
            uint64_t start = address == 2 ? (uint64_t)c[0] << 32 | c[1] : c[0];
            uint64_t bytes = size == 2 ? (uint64_t)c[address] << 32 | c[address + 1] : c[address];
            if (bytes && !ram_at(t->partition, start, bytes))
                differs(t, "has memory that the partition has not");
            total += bytes;
        }
    }
    if (total == 0)
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
    bool own = !cmdline && t->partition->device_tree.text; // then it is that of the file
    const char *told = node < 0 ? NULL : fdt_getprop(t->fdt, node, "bootargs", &length);
    uint32_t a[2], b[2];

    if (cmdline
            ? !told || length != (int)strlen(cmdline) + 1 || memcmp(told, cmdline, (size_t)length)
            : told && !own)
        differs(t, "has another command line");
    *start = *end = 0;
    if (node >= 0 && cells(t, node, "linux,initrd-start", a, 2) &&
        cells(t, node, "linux,initrd-end", b, 2)) {
        *start = (uint64_t)a[0] << 32 | a[1];
        *end = (uint64_t)b[0] << 32 | b[1];
    }
}

// ---- The tree that was given --------------------------------------------------------------------

// What hvbuild says of the image it makes, whatever the file said.
static bool is_told(const struct tree *t, const char *name)
{
    return !strcmp(name, "linux,initrd-start") || !strcmp(name, "linux,initrd-end") ||
           (!strcmp(name, "bootargs") && t->partition->cmdline.text);
}

// Whether all properties of a node are there, with the same bytes.
static bool properties_in(const struct tree *t, const void *from, int node, const void *other,
                          int other_node, bool chosen)
{
    int at, length, other_length;

    fdt_for_each_property_offset(at, from, node)
    {
        const char *name;
        const void *value = fdt_getprop_by_offset(from, at, &name, &length), *same;
        if (chosen && is_told(t, name))
            continue;
        same = fdt_getprop(other, other_node, name, &other_length);
        if (!same || length != other_length || memcmp(value, same, (size_t)length) != 0)
            return false;
    }
    return true;
}

static int child(const void *fdt, int parent, const char *name)
{
    int node;

    fdt_for_each_subnode(node, fdt, parent)
    {
        if (!strcmp(fdt_get_name(fdt, node, NULL), name))
            return node;
    }
    return -1;
}

// Whether all nodes and properties of the one are in the other.
static bool nodes_in(const struct tree *t, const void *from, int node, const void *other,
                     int other_node)
{
    int below, chosen = fdt_path_offset(from, "/chosen");

    if (!properties_in(t, from, node, other, other_node, node == chosen))
        return false;
    fdt_for_each_subnode(below, from, node)
    {
        int there = child(other, other_node, fdt_get_name(from, below, NULL));
        if (there < 0 && below == chosen)
            there = other_node; // made for what the guest is told: nothing else is in it
        if (there < 0 || !nodes_in(t, from, below, other, there))
            return false;
    }
    return true;
}

static bool reservations_in(const void *from, const void *other)
{
    uint64_t start, size, other_start, other_size;

    for (int i = 0; i < fdt_num_mem_rsv(from); i++)
        if (fdt_get_mem_rsv(from, i, &start, &size) != 0 ||
            fdt_get_mem_rsv(other, i, &other_start, &other_size) != 0 || start != other_start ||
            size != other_size)
            return false;
    return fdt_num_mem_rsv(from) == fdt_num_mem_rsv(other);
}

static void given_verify(struct tree *t, struct arena *a)
{
    const char *why, *path = t->partition->device_tree.text;
    const void *file = tree_read(a, path, &why);

    if (!file)
        differs(t, arena_printf(a, "cannot be compared with '%s', which %s", path, why));
    else if (!reservations_in(file, t->fdt) || !nodes_in(t, file, 0, t->fdt, 0) ||
             !nodes_in(t, t->fdt, 0, file, 0))
        differs(t, arena_printf(a, "is not that of '%s'", path));
}

bool tree_verify(struct arena *a, const uint8_t *bytes, uint64_t length, const struct partition *q,
                 struct text *findings, uint64_t *initrd_start, uint64_t *initrd_end)
{
    struct tree t = {.findings = findings, .partition = q, .good = true};
    const char *why;

    t.fdt = tree_parse(a, bytes, length, &why);
    if (!t.fdt) {
        differs(&t, why);
        return false;
    }
    memory_verify(&t);
    if (processors(&t) != vcpu_count(q))
        differs(&t, "has another number of processors");
    chosen_verify(&t, initrd_start, initrd_end);
    if (q->device_tree.text)
        given_verify(&t, a);
    return t.good;
}
