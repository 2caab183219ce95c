// SPDX-License-Identifier: BSD-2-Clause
// Device trees in: compiled ones (Devicetree Specification 0.4, chapter 5), of which no byte is
// trusted.
#include "image/image.h"

#include <libfdt.h>
#include <string.h>

enum {
    FILE_LIMIT = 2 << 20, // QEMU leaves 1 MiB of room in its files
    DEPTH_LIMIT = 32,
};

static const char *property_name(const void *fdt, int property)
{
    const struct fdt_property *p = fdt_get_property_by_offset(fdt, property, NULL);

    return p ? fdt_get_string(fdt, (int)fdt32_to_cpu(p->nameoff), NULL) : NULL;
}

// Who looks for a name finds the first; the second would be there and be seen by nobody.
static const char *names_check(const void *fdt, int node)
{
    const char *name, *earlier;
    int one, other;

    fdt_for_each_property_offset(one, fdt, node)
    {
        if (!(name = property_name(fdt, one)))
            return "is damaged";
        fdt_for_each_property_offset(other, fdt, node)
        {
            if (other == one)
                break;
            if ((earlier = property_name(fdt, other)) && !strcmp(earlier, name))
                return "has two properties of one name in a node";
        }
    }
    fdt_for_each_subnode(one, fdt, node)
    {
        name = fdt_get_name(fdt, one, NULL);
        fdt_for_each_subnode(other, fdt, node)
        {
            if (other == one)
                break;
            if (!strcmp(fdt_get_name(fdt, other, NULL), name))
                return "has two nodes of one name in one place";
        }
    }
    return NULL;
}

// What fdt_check_full leaves open: one root, no properties behind nodes, which nobody would find,
// and a depth that recursion can follow.
static const char *shape_check(const void *fdt)
{
    bool has_nodes[DEPTH_LIMIT + 1] = {false};
    int depth = 0, next = 0, node;
    const char *why;

    for (;;) {
        node = next;
        switch (fdt_next_tag(fdt, node, &next)) {
        case FDT_BEGIN_NODE:
            if (depth == DEPTH_LIMIT)
                return "has nodes more than 32 deep";
            if (depth == 0 && has_nodes[0])
                return "is damaged";
            has_nodes[depth++] = true;
            has_nodes[depth] = false;
            if ((why = names_check(fdt, node)))
                return why;
            break;
        case FDT_END_NODE:
            depth--;
            break;
        case FDT_PROP:
            if (depth == 0 || has_nodes[depth])
                return "is damaged";
            break;
        case FDT_END:
            return has_nodes[0] ? NULL : "is empty";
        default:
            break;
        }
    }
}

const void *tree_parse(struct arena *a, const uint8_t *bytes, uint64_t length, const char **why)
{
    int error = length < FDT_V1_SIZE || length > FILE_LIMIT ? -FDT_ERR_BADMAGIC : 0;
    size_t room;
    void *fdt;

    // Of older versions, whose names are paths, libfdt 1.6 does not see all that is wrong.
    if (!error && fdt_magic(bytes) == FDT_MAGIC && fdt_version(bytes) < 16)
        error = -FDT_ERR_BADVERSION;
    if (!error)
        error = fdt_check_full(bytes, length);
    if (error) {
        *why = error == -FDT_ERR_BADMAGIC     ? "is not a compiled device tree"
               : error == -FDT_ERR_BADVERSION ? "is of a version before 16"
               : error == -FDT_ERR_TRUNCATED  ? "is cut off"
                                              : "is damaged";
        return NULL;
    }
    // Of any version and with any gaps; anew it is of the last version and has none.
    room = fdt_totalsize(bytes) + 64;
    fdt = arena_alloc(a, room);
    if (fdt_open_into(bytes, fdt, (int)room) != 0 || fdt_pack(fdt) != 0) {
        *why = "is damaged";
        return NULL;
    }
    if (fdt_totalsize(fdt) > DEVICE_TREE_LIMIT) {
        *why = arena_printf(a, "has %s, the limit is %s", size_text(a, fdt_totalsize(fdt)),
                            size_text(a, DEVICE_TREE_LIMIT));
        return NULL;
    }
    *why = shape_check(fdt);
    return *why ? NULL : fdt;
}

const void *tree_read(struct arena *a, const char *path, const char **why)
{
    uint64_t length;
    const uint8_t *bytes = file_read(a, path, FILE_LIMIT, &length, why);

    return bytes ? tree_parse(a, bytes, length, why) : NULL;
}
