// SPDX-License-Identifier: BSD-2-Clause
// A device tree that a partition is given: held against what the partition has.
#ifndef HVBUILD_GIVEN_TREE_H
#define HVBUILD_GIVEN_TREE_H

#include "image/image.h"

// Reads the tree that partition `q` names and holds it against the model: PART-005 when it is not
// usable, else memory and registers (MEM-020), interrupts (IRQ-007), processors, PSCI, timer and
// interrupt controller (PART-015). The tree as tree_read gives it, or NULL when it is not usable.
const void *given_tree_read(struct arena *a, struct diags *d, const struct model *m,
                            const struct partition *q);
// The same of a tree at hand.
void given_tree_check(struct arena *a, struct diags *d, const struct model *m,
                      const struct partition *q, const void *fdt);
// MEM-020: what hvbuild loads to [start, start + size) lies in memory that the tree names.
void given_tree_loads(struct arena *a, struct diags *d, const struct partition *q, const void *fdt,
                      const char *what, uint64_t start, uint64_t size);

// ---- Inside -------------------------------------------------------------------------------------

struct provider { // a node that gives interrupts to others
    int node;
    uint32_t phandle; // 0: none
    int cells;        // of an interrupt
};

struct line { // one interrupt of a node
    uint32_t intid, type, number;
    bool private; // a PPI
};
enum { INTID_NONE = 0xffffffff };

struct given {
    struct arena *arena;
    struct diags *diags;
    const struct model *model;
    const struct partition *partition;
    const void *fdt;
    const struct source *file;
    LIST(struct provider) providers;
    int gic; // the node, or -1
};

struct scope { // what a node says of its children
    const struct scope *up;
    int node, parent; // `parent`: that of interrupts, a node or -1
    const char *path; // ends without '/'
    bool mapped;      // addresses of children are such of the processor
    int address_cells, size_cells;
};

// A finding about a property of a node, at the line that gives the tree.
struct diag *given_report(struct given *g, enum rule rule, const char *path, const char *property,
                          const char *format, ...) __attribute__((format(printf, 5, 6)));
bool tree_available(const void *fdt, int node); // `status`
bool tree_compatible(const void *fdt, int node, const char *with);
// A property of one string, or NULL.
const char *tree_text(const void *fdt, int node, const char *name);
// A property of one cell; false when it is none.
bool tree_cell(const void *fdt, int node, const char *name, uint32_t *value);
// Entry `i` of `reg`, as an address of the processor: false when there is no such entry or it is
// none.
bool tree_register(const void *fdt, const struct scope *bus, int node, int i, uint64_t *start,
                   uint64_t *size);
// Interrupts that go to the interrupt controller; false after reporting that they cannot be read.
typedef LIST(struct line) line_list;
bool given_lines(struct given *g, const struct scope *bus, int node, const char *path,
                 line_list *lines);

// given_machine.c: PART-015.
void machine_check(struct given *g);
void timer_check(struct given *g, const struct scope *bus, int node, const char *path);
void controller_check(struct given *g, const struct scope *bus, const char *path);

#endif
