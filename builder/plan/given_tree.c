// SPDX-License-Identifier: BSD-2-Clause
// A given device tree against its partition: memory, registers, interrupts.
#include "plan/device_tree.h"
#include "plan/given_tree.h"
#include "plan/plan.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SPI, PPI }; // first cell of an interrupt (Linux: arm,gic-v3.yaml)
enum { FIRST_PPI = 16, FIRST_SPI = 32, LAST_SPI = 1019 };
enum { INTID_VIRTUAL_TIMER = 27, INTID_PHYSICAL_TIMER = 30 };
enum { PATH_SHOWN = 200 };

// ---- Properties ---------------------------------------------------------------------------------

static const char *const disable = "delete the node, or give it status = \"disabled\"";

struct diag *given_report(struct given *g, enum rule rule, const char *path, const char *property,
                          const char *format, ...)
{
    struct text message = {.arena = g->arena};
    struct mark place = {.source = g->file};
    va_list args;
    char line[512];

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_add(&message, "the device tree of partition '%s' %s", g->partition->name.text, line);
    struct diag *f = diag_report(g->diags, rule, g->partition->device_tree.at, "%s", message.bytes);
    if (path)
        diag_note(g->diags, f, place, property ? "%.*s: %s" : "%.*s%s", PATH_SHOWN,
                  *path ? path : "/", property ? property : "");
    return f;
}

bool tree_available(const void *fdt, int node)
{
    const char *status = tree_text(fdt, node, "status");

    return status ? !strcmp(status, "okay") || !strcmp(status, "ok")
                  : !fdt_getprop(fdt, node, "status", NULL);
}

bool tree_compatible(const void *fdt, int node, const char *with)
{
    return fdt_stringlist_search(fdt, node, "compatible", with) >= 0;
}

const char *tree_text(const void *fdt, int node, const char *name)
{
    int length;
    const char *text = fdt_getprop(fdt, node, name, &length);

    return text && length > 0 && strnlen(text, (size_t)length) == (size_t)length - 1 ? text : NULL;
}

bool tree_cell(const void *fdt, int node, const char *name, uint32_t *value)
{
    int length;
    const fdt32_t *cell = fdt_getprop(fdt, node, name, &length);

    if (!cell || length != sizeof *cell)
        return false;
    *value = fdt32_ld(cell);
    return true;
}

// Cells of an address or a size; -1 when it is not said or too many to be read here.
static int cells_of(const void *fdt, int node, const char *name)
{
    uint32_t cells;

    return tree_cell(fdt, node, name, &cells) && cells <= 4 ? (int)cells : -1;
}

static uint64_t number_at(const fdt32_t *cell, int cells) // one or two; 0 when there is none
{
    uint64_t number = 0;

    for (int i = 0; i < cells; i++)
        number = number << 32 | fdt32_ld(&cell[i]);
    return number;
}

static bool readable(const struct scope *bus)
{
    return bus->address_cells >= 1 && bus->address_cells <= 2 && bus->size_cells >= 0 &&
           bus->size_cells <= 2;
}

// Upwards through `ranges`, to an address of the processor.
static bool translate(const void *fdt, const struct scope *bus, uint64_t *address, uint64_t size)
{
    for (; bus->up; bus = bus->up) {
        int length, child = bus->address_cells, parent = bus->up->address_cells;
        int entry = child + parent + bus->size_cells;
        const fdt32_t *r = fdt_getprop(fdt, bus->node, "ranges", &length);
        bool found = r && length == 0;

        if (!readable(bus->up))
            return false;
        for (; !found && r && length >= entry * (int)sizeof *r;
             r += entry, length -= entry * (int)sizeof *r) {
            uint64_t from = number_at(r, child), to = number_at(r + child, parent);
            uint64_t room = number_at(r + child + parent, bus->size_cells);
            if (*address < from || *address - from > room || size > room - (*address - from))
                continue;
            *address = to + (*address - from);
            found = true;
            break;
        }
        if (!found)
            return false;
    }
    return true;
}

bool tree_register(const void *fdt, const struct scope *bus, int node, int i, uint64_t *start,
                   uint64_t *size)
{
    int length, entry = bus->address_cells + bus->size_cells;
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);

    if (!reg || !readable(bus) || length < (i + 1) * entry * (int)sizeof *reg)
        return false;
    *start = number_at(reg + i * entry, bus->address_cells);
    *size = number_at(reg + i * entry + bus->address_cells, bus->size_cells);
    return translate(fdt, bus, start, *size);
}

// ---- MEM-020: memory and registers --------------------------------------------------------------

static bool is_ram(const struct memory *m)
{
    const uint32_t all = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE;

    return (m->attributes & (all | TBL_MEM_DEVICE)) == all && !m->block;
}

static void reach(uint64_t address, uint64_t start, uint64_t size, uint64_t *end)
{
    if (address >= start && address - start < size && start + size > *end)
        *end = start + size;
}

// Where what the partition has at `address` ends; `address` when it has nothing there.
static uint64_t held_to(const struct partition *q, uint64_t address, bool ram)
{
    uint64_t end = address;

    EACH(m, &q->memory) {
        if (!ram || is_ram(m))
            reach(address, m->at.value, memory_size(m), &end);
    }
    if (ram)
        return end;
    reach(address, TBL_GICD_ADDRESS, TBL_GICD_SIZE, &end);
    reach(address, TBL_GICR_ADDRESS, (uint64_t)vcpu_count(q) * TBL_GICR_STRIDE, &end);
    if (q->console == CONSOLE_PL011)
        reach(address, TBL_PL011_ADDRESS, TBL_PL011_SIZE, &end);
    return end;
}

// The first address of the range that the partition has not, or the range's end.
static uint64_t held_until(const struct partition *q, uint64_t start, uint64_t end, bool ram)
{
    while (start < end) {
        uint64_t to = held_to(q, start, ram);
        if (to <= start)
            break;
        start = to;
    }
    return start < end ? start : end;
}

static bool end_of(uint64_t start, uint64_t size, uint64_t *end)
{
    return add_u64(start, size ? size : 1, end);
}

static const char *range_text(struct arena *a, uint64_t start, uint64_t end)
{
    return arena_printf(a, "%s..%s", address_text(a, start), address_text(a, end));
}

// "<0x0 0x40000000 0x0 0x8000000>"; of two cells each where the bus does not say.
static const char *reg_text(struct arena *a, const struct scope *bus, uint64_t start, uint64_t size)
{
    struct text t = {.arena = a};

    text_add(&t, "<");
    for (int i = readable(bus) ? bus->address_cells : 2; i; i--)
        text_add(&t, "0x%x ", (uint32_t)(i > 1 ? start >> 32 : start));
    for (int i = readable(bus) ? bus->size_cells : 2; i; i--)
        text_add(&t, "0x%x%s", (uint32_t)(i > 1 ? size >> 32 : size), i > 1 ? " " : "");
    text_add(&t, ">");
    return t.bytes;
}

static void memory_foreign(struct given *g, const struct scope *bus, const char *path,
                           const char *property, uint64_t start, uint64_t end, uint64_t held)
{
    const struct partition *q = g->partition;
    const struct memory *ram = guest_ram(q), *there = NULL;
    struct diag *f =
        given_report(g, RULE_MEM_020, path, property, "has memory %s that the partition has not",
                     range_text(g->arena, held, end));

    EACH(m, &q->memory) {
        bool touches = m->at.value < end && start < m->at.value + memory_size(m);
        bool ends = m->at.value + memory_size(m) == held;
        if (!touches && !ends)
            continue;
        there = there ? there : m;
        diag_note(g->diags, f, m->mark,
                  is_ram(m) ? "region '%s' is %s"
                            : "region '%s', %s, is no RAM: that has rights rwx",
                  m->name.text, range_text(g->arena, m->at.value, m->at.value + memory_size(m)));
    }
    if (!there)
        diag_note(g->diags, f, ram->mark, "region '%s' is %s", ram->name.text,
                  range_text(g->arena, ram->at.value, ram->at.value + memory_size(ram)));
    if (held > start)
        diag_help(g->diags, f, "end it at %s: reg = %s; or give the partition more memory",
                  address_text(g->arena, held), reg_text(g->arena, bus, start, held - start));
    else
        diag_help(g->diags, f, "of this region it would be reg = %s",
                  reg_text(g->arena, bus, ram->at.value, memory_size(ram)));
}

static void reg_unreadable(struct given *g, const struct scope *bus, const char *path,
                           const char *property, int length)
{
    struct diag *f =
        given_report(g, RULE_MEM_020, path, property, "has addresses that cannot be read");

    if (readable(bus))
        diag_help(g->diags, f,
                  "%d bytes are no list of addresses of %d cells and sizes of %d, of 4 bytes each: "
                  "mend the property, or #address-cells and #size-cells of the node above",
                  length, bus->address_cells, bus->size_cells);
    else
        diag_help(g->diags, f,
                  "give the node above #address-cells of 1 or 2, and #size-cells of at most 2");
}

// Entries of a list of addresses and sizes; -1 after reporting.
static int entries(struct given *g, const struct scope *bus, int node, const char *path,
                   const char *property)
{
    int length, entry = (bus->address_cells + bus->size_cells) * (int)sizeof(fdt32_t);

    if (!fdt_getprop(g->fdt, node, property, &length))
        return 0;
    if (readable(bus) && length % entry == 0)
        return length / entry;
    reg_unreadable(g, bus, path, property, length);
    return -1;
}

// `linux,usable-memory` stands before `reg` where Linux looks.
static const char *const memory_properties[] = {"reg", "linux,usable-memory"};

static bool is_memory(const void *fdt, int node)
{
    const char *type = tree_text(fdt, node, "device_type");

    return type && !strcmp(type, "memory") && tree_available(fdt, node);
}

static void memory_check(struct given *g, const struct scope *root, int node, const char *path)
{
    for (size_t p = 0; p < sizeof memory_properties / sizeof *memory_properties; p++) {
        const char *property = memory_properties[p];
        int count = entries(g, root, node, path, property), size = root->size_cells;
        const fdt32_t *at = fdt_getprop(g->fdt, node, property, NULL);
        if (!at && p == 0)
            reg_unreadable(g, root, path, property, 0);
        for (int i = 0; i < count; i++, at += root->address_cells + size) {
            uint64_t start = number_at(at, root->address_cells), end;
            uint64_t length = number_at(at + root->address_cells, size), held;
            if (!length)
                continue;
            if (!end_of(start, length, &end))
                end = UINT64_MAX;
            held = held_until(g->partition, start, end, true);
            if (held < end)
                memory_foreign(g, root, path, property, start, end, held);
        }
    }
}

static struct scope root_scope(const void *fdt)
{
    return (struct scope){.path = "",
                          .parent = -1,
                          .mapped = true,
                          .address_cells = cells_of(fdt, 0, "#address-cells"),
                          .size_cells = cells_of(fdt, 0, "#size-cells")};
}

static bool names_memory(const void *fdt)
{
    struct scope root = root_scope(fdt);
    uint64_t start, size;
    int node;

    fdt_for_each_subnode(node, fdt, 0)
    {
        if (!is_memory(fdt, node))
            continue;
        if (!readable(&root) || !fdt_getprop(fdt, node, "reg", NULL)) // said at the node
            return true;
        for (int i = 0; tree_register(fdt, &root, node, i, &start, &size); i++)
            if (size)
                return true;
    }
    return false;
}

// The end of the tree's memory at `address`; `address` when it has none there.
static uint64_t memory_to(const void *fdt, uint64_t address)
{
    struct scope root = root_scope(fdt);
    uint64_t end = address, start, size;
    int node;

    fdt_for_each_subnode(node, fdt, 0)
    {
        if (!is_memory(fdt, node))
            continue;
        for (int i = 0; tree_register(fdt, &root, node, i, &start, &size); i++)
            reach(address, start, size, &end);
    }
    return end;
}

void given_tree_loads(struct arena *a, struct diags *d, const struct partition *q, const void *fdt,
                      const char *what, uint64_t start, uint64_t size)
{
    struct scope root = root_scope(fdt);
    struct given g = {.arena = a, .diags = d, .partition = q, .fdt = fdt};
    uint64_t at = start, to;
    const struct memory *ram = guest_ram(q);

    while (at < start + size && (to = memory_to(fdt, at)) > at)
        at = to;
    if (at >= start + size || diags_count_rule(d, RULE_MEM_020)) // one mistake is one finding
        return;
    struct diag *f = given_report(&g, RULE_MEM_020, NULL, NULL, "has no memory where %s lies, %s",
                                  what, range_text(a, start, start + size));
    diag_note(d, f, ram->mark, "region '%s' is loaded from its start, and from its end down",
              ram->name.text);
    diag_help(d, f, "let a memory node name the whole region: reg = %s",
              reg_text(a, &root, ram->at.value, memory_size(ram)));
}

static void memory_lacking(struct given *g, const struct scope *root)
{
    const struct memory *ram = guest_ram(g->partition);
    struct diag *f = given_report(g, RULE_MEM_020, "", NULL, "names no memory");

    diag_note(g->diags, f, ram->mark, "region '%s' is %s", ram->name.text,
              range_text(g->arena, ram->at.value, ram->at.value + memory_size(ram)));
    diag_help(g->diags, f, "add a node memory@%llx with device_type = \"memory\" and reg = %s",
              (unsigned long long)ram->at.value,
              reg_text(g->arena, root, ram->at.value, memory_size(ram)));
}

static const struct board_device *device_at(const struct model *m, uint64_t start, uint64_t end)
{
    EACH(d, &m->board->devices) {
        if (d->start < end && start < d->start + d->size)
            return d;
    }
    return NULL;
}

static void registers_foreign(struct given *g, const char *path, const char *property,
                              uint64_t start, uint64_t end, uint64_t held)
{
    const struct board_device *there = device_at(g->model, start, end);
    struct diag *f = given_report(g, RULE_MEM_020, path, property,
                                  "has registers or memory at %s that the partition has not",
                                  range_text(g->arena, start, end));

    if (held > start)
        diag_help(g->diags, f, "what the partition has there ends at %s: mend it",
                  address_text(g->arena, held));
    else if (!*path)
        diag_help(g->diags, f, "reserve only what a memory node names, or nothing");
    else if (start >= TBL_PL011_ADDRESS && start - TBL_PL011_ADDRESS < TBL_PL011_SIZE)
        diag_help(g->diags, f, "give the partition this UART with 'console: pl011', or %s",
                  disable);
    else if (there && there->reserved)
        diag_help(g->diags, f, "'%s' belongs to the hypervisor: %s", there->name.text, disable);
    else if (there)
        diag_help(g->diags, f, "add '%s' to the partition's `devices`, or %s", there->name.text,
                  disable);
    else
        diag_help(g->diags, f, "%s, or add a region there to the partition's `memory`", disable);
}

// False after reporting.
static bool range_check(struct given *g, const char *path, const char *property, uint64_t start,
                        uint64_t size)
{
    uint64_t end, held;

    if (!end_of(start, size, &end))
        end = UINT64_MAX;
    held = held_until(g->partition, start, end, false);
    if (held == end)
        return true;
    registers_foreign(g, path, property, start, end, held);
    return false;
}

static bool registers_check(struct given *g, const struct scope *bus, int node, const char *path)
{
    int count = entries(g, bus, node, path, "reg");
    bool good = count >= 0;
    uint64_t start, size;

    for (int i = node == g->gic ? 2 : 0; i < count; i++) { // PART-015 looks at the others
        if (tree_register(g->fdt, bus, node, i, &start, &size)) {
            good &= range_check(g, path, "reg", start, size);
            continue;
        }
        good = false;
        struct diag *f =
            given_report(g, RULE_MEM_020, path, "reg", "has registers that its bus does not reach");
        diag_note(g->diags, f, (struct mark){.source = g->file}, "%.*s: ranges", PATH_SHOWN,
                  bus->path);
        diag_help(g->diags, f, "mend `ranges` of the bus, or %s", disable);
    }
    return good;
}

// Windows of a bus whose own addresses nobody reads here, as PCI.
static void windows_check(struct given *g, const struct scope *bus, int node, const char *path)
{
    int length, child = cells_of(g->fdt, node, "#address-cells");
    int size = cells_of(g->fdt, node, "#size-cells"), entry = child + bus->address_cells + size;
    const fdt32_t *r = fdt_getprop(g->fdt, node, "ranges", &length);

    if (!r || length == 0)
        return;
    if (child < 0 || size < 1 || size > 2 || !readable(bus) ||
        length % (entry * (int)sizeof *r) != 0) {
        reg_unreadable(g, bus, path, "ranges", length);
        return;
    }
    for (; length; r += entry, length -= entry * (int)sizeof *r) {
        uint64_t to = number_at(r + child, bus->address_cells);
        uint64_t room = number_at(r + entry - size, size);
        if (translate(g->fdt, bus, &to, room))
            range_check(g, path, "ranges", to, room);
    }
}

static void reservations_check(struct given *g)
{
    uint64_t start, size;

    for (int i = 0; i < fdt_num_mem_rsv(g->fdt); i++)
        if (fdt_get_mem_rsv(g->fdt, i, &start, &size) == 0)
            range_check(g, "", "/memreserve/", start, size);
}

// ---- IRQ-007: interrupts ------------------------------------------------------------------------

static const struct provider *provider_at(const struct given *g, int node)
{
    EACH(p, &g->providers) {
        if (p->node == node)
            return p;
    }
    return NULL;
}

static const struct provider *provider_of(const struct given *g, uint32_t phandle)
{
    EACH(p, &g->providers) {
        if (p->phandle == phandle && phandle)
            return p;
    }
    return NULL;
}

static int interrupt_parent(const struct given *g, const struct scope *bus, int node)
{
    const struct provider *p;
    uint32_t phandle;

    if (!fdt_getprop(g->fdt, node, "interrupt-parent", NULL))
        return bus->parent;
    p = tree_cell(g->fdt, node, "interrupt-parent", &phandle) ? provider_of(g, phandle) : NULL;
    return p ? p->node : -1;
}

static bool lines_unreadable(struct given *g, const char *path, const char *property,
                             const char *why)
{
    diag_help(g->diags,
              given_report(g, RULE_IRQ_007, path, property, "has interrupts that cannot be read"),
              "%s", why);
    return false;
}

static void line_add(struct given *g, const fdt32_t *cell, line_list *lines)
{
    uint32_t type = fdt32_ld(cell), n = fdt32_ld(cell + 1);
    struct line l = {.type = type, .number = n, .private = type == PPI, .intid = INTID_NONE};

    if (type == SPI && n <= LAST_SPI - FIRST_SPI)
        l.intid = FIRST_SPI + n;
    else if (type == PPI && n < FIRST_SPI - FIRST_PPI)
        l.intid = FIRST_PPI + n;
    *list_add(g->arena, lines) = l;
}

bool given_lines(struct given *g, const struct scope *bus, int node, const char *path,
                 line_list *lines)
{
    const char *property = "interrupts-extended";
    int length, parent = interrupt_parent(g, bus, node);
    const fdt32_t *at = fdt_getprop(g->fdt, node, property, &length);
    const struct provider *p = NULL;
    bool extended = at;

    if (!at && !(at = fdt_getprop(g->fdt, node, property = "interrupts", &length)))
        return true;
    if (!extended && !(p = provider_at(g, parent)))
        return lines_unreadable(g, path, property,
                                "name the interrupt controller: interrupt-parent = <&gic>, here or "
                                "in a node above");
    for (int left = length / (int)sizeof *at; left;) {
        if (extended) {
            if (!(p = provider_of(g, fdt32_ld(at))))
                return lines_unreadable(g, path, property,
                                        "no node with #interrupt-cells has this phandle: mend it, "
                                        "or delete the node");
            at++;
            left--;
        }
        if (p->cells > left || length % (int)sizeof *at || (!extended && !p->cells))
            return lines_unreadable(g, path, property,
                                    "it is no whole number of interrupts, of as many cells as "
                                    "#interrupt-cells of the controller says: mend it");
        if (p->node == g->gic)
            line_add(g, at, lines);
        at += p->cells;
        left -= p->cells;
    }
    return true;
}

static bool has_interrupt(const struct given *g, uint32_t intid)
{
    const struct partition *q = g->partition;

    if (intid == INTID_VIRTUAL_TIMER || intid == INTID_PHYSICAL_TIMER ||
        (intid == TBL_PL011_INTID && q->console == CONSOLE_PL011) ||
        (q->shutdown.given && q->shutdown.value == intid))
        return true;
    EACH(use, &q->devices) {
        if (use->device && use->device->intid == intid)
            return true;
    }
    EACH(bell, &g->model->doorbells) {
        EACH(target, &bell->to) {
            if (target->partition == q && target->interrupt.value == intid)
                return true;
        }
    }
    return false;
}

static void line_foreign(struct given *g, const char *path, const char *property,
                         const struct line *l)
{
    const struct board_device *owner = NULL;
    const char *const kind = l->private ? "PPI" : "SPI";
    struct diag *f;

    if (l->intid == INTID_NONE) {
        f = given_report(g, RULE_IRQ_007, path, property, "has an interrupt that is none: <%u %u>",
                         l->type, l->number);
        diag_help(
            g->diags, f,
            "the first cell is 0 for an SPI, numbered from 0 to 987, and 1 for a PPI, from 0 to "
            "15; or %s",
            disable);
        return;
    }
    EACH(d, &g->model->board->devices) {
        if (d->intid == l->intid)
            owner = d;
    }
    f = given_report(g, RULE_IRQ_007, path, property,
                     "has interrupt %u (%s %u) that the partition has not", l->intid, kind,
                     l->number);
    if (!l->private && l->number >= FIRST_SPI && has_interrupt(g, l->number))
        diag_help(
            g->diags, f,
            "the partition has interrupt %u, which is SPI %u: device trees count SPIs from 0; "
            "or %s",
            l->number, l->number - FIRST_SPI, disable);
    else if (l->intid == TBL_PL011_INTID)
        diag_help(g->diags, f, "give the partition this UART with 'console: pl011', or %s",
                  disable);
    else if (owner && !owner->reserved)
        diag_help(g->diags, f, "add '%s' to the partition's `devices`, or %s", owner->name.text,
                  disable);
    else
        diag_help(g->diags, f, "%s", disable);
}

static void interrupts_check(struct given *g, const struct scope *bus, int node, const char *path)
{
    const char *property = fdt_getprop(g->fdt, node, "interrupts-extended", NULL)
                               ? "interrupts-extended"
                               : "interrupts";
    line_list lines = {0};

    if (fdt_getprop(g->fdt, node, "interrupt-map", NULL))
        lines_unreadable(g, path, "interrupt-map",
                         "hvbuild follows no map: name each device's interrupts of the interrupt "
                         "controller by interrupts-extended, or delete the node");
    given_lines(g, bus, node, path, &lines);
    EACH(l, &lines) {
        if (l->intid == INTID_NONE || !has_interrupt(g, l->intid))
            line_foreign(g, path, property, l);
    }
}

// ---- The walk -----------------------------------------------------------------------------------

// Who gives interrupts; the interrupt controller among them.
static void survey(struct given *g, int node)
{
    uint32_t cells;
    int below;

    if (!tree_available(g->fdt, node))
        return;
    if (tree_cell(g->fdt, node, "#interrupt-cells", &cells) && cells <= 16) {
        *list_add(g->arena, &g->providers) = (struct provider){
            .node = node, .phandle = fdt_get_phandle(g->fdt, node), .cells = (int)cells};
        if (g->gic < 0 && cells == 3 && tree_compatible(g->fdt, node, "arm,gic-v3"))
            g->gic = node;
    }
    fdt_for_each_subnode(below, g->fdt, node)
    {
        survey(g, below);
    }
}

static bool is_timer(const void *fdt, int node)
{
    return tree_compatible(fdt, node, "arm,armv8-timer") ||
           tree_compatible(fdt, node, "arm,armv7-timer");
}

static void walk(struct given *g, const struct scope *bus, int node, const char *path)
{
    struct scope here = {.up = bus, .node = node, .path = path};
    bool good = true; // of a device that is not there the interrupts do not matter
    int below, length;

    if (!tree_available(g->fdt, node))
        return;
    if (!bus->up && is_memory(g->fdt, node))
        memory_check(g, bus, node, path);
    else if (bus->mapped)
        good = registers_check(g, bus, node, path);
    if (node == g->gic && good)
        controller_check(g, bus, path);
    if (is_timer(g->fdt, node))
        timer_check(g, bus, node, path);
    else if (good)
        interrupts_check(g, bus, node, path);
    here.address_cells = cells_of(g->fdt, node, "#address-cells");
    here.size_cells = cells_of(g->fdt, node, "#size-cells");
    here.mapped = bus->mapped && fdt_getprop(g->fdt, node, "ranges", &length);
    if (here.mapped && here.address_cells > 2) {
        windows_check(g, bus, node, path);
        here.mapped = false;
    }
    here.parent = provider_at(g, node) ? node : interrupt_parent(g, bus, node);
    fdt_for_each_subnode(below, g->fdt, node)
    {
        walk(g, &here, below,
             arena_printf(g->arena, "%.*s/%.*s", PATH_SHOWN, path, PATH_SHOWN,
                          fdt_get_name(g->fdt, below, NULL)));
    }
}

void given_tree_check(struct arena *a, struct diags *d, const struct model *m,
                      const struct partition *q, const void *fdt)
{
    struct given g = {.arena = a, .diags = d, .model = m, .partition = q, .fdt = fdt, .gic = -1};
    struct scope root = root_scope(fdt);
    int node;

    g.file = source_named(a, q->device_tree.text);
    survey(&g, 0);
    root.parent = provider_at(&g, 0) ? 0 : interrupt_parent(&g, &root, 0);
    if (!names_memory(fdt))
        memory_lacking(&g, &root);
    reservations_check(&g);
    fdt_for_each_subnode(node, fdt, 0)
    {
        walk(&g, &root, node, arena_printf(a, "/%.*s", PATH_SHOWN, fdt_get_name(fdt, node, NULL)));
    }
    machine_check(&g);
}

const void *given_tree_read(struct arena *a, struct diags *d, const struct model *m,
                            const struct partition *q)
{
    const char *why;
    const void *fdt = tree_read(a, q->device_tree.text, &why);

    if (fdt) {
        if (guest_ram(q)) // MEM-009 asks for some first
            given_tree_check(a, d, m, q, fdt);
        return fdt;
    }
    struct diag *f = diag_report(d, RULE_PART_005, q->device_tree.at, "device tree '%s' %s",
                                 q->device_tree.text, why);
    if (access(q->device_tree.text, R_OK) != 0)
        diag_help(d, f,
                  "correct the path, which is relative to the file that names it; or remove "
                  "`device_tree`: hvbuild then writes one");
    else
        diag_help(
            d, f,
            "name a compiled tree (dtc -O dtb) of at most %s, or begin with the one that hvbuild "
            "writes: hvbuild inspect IMAGE --device-tree %s -o FILE",
            size_text(a, DEVICE_TREE_LIMIT), q->name.text);
    return NULL;
}
