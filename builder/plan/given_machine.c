// SPDX-License-Identifier: BSD-2-Clause
// PART-015: processors, PSCI, timer and interrupt controller of a given device tree are those that
// every partition has.
#include "plan/given_tree.h"

#include <libfdt.h>
#include <string.h>

enum { FIRST_PPI = 16 };
enum { PPI_VIRTUAL = 11, PPI_PHYSICAL = 14 }; // interrupts 27 and 30

static struct diag *machine_report(struct given *g, const char *path, const char *property,
                                   const char *what)
{
    return given_report(g, RULE_PART_015, path, property, "%s", what);
}

static const char *below(struct given *g, const char *path, int node)
{
    return arena_printf(g->arena, "%s/%.100s", path, fdt_get_name(g->fdt, node, NULL));
}

// ---- Processors ---------------------------------------------------------------------------------

static void cpus_note(struct given *g, struct diag *f)
{
    const struct partition *q = g->partition;

    if (q->cpus.at.line)
        diag_note(g->diags, f, q->cpus.at, "the partition has %u", vcpu_count(q));
}

// What the tree has of processors.
struct processors {
    int cells;     // of an affinity
    uint64_t seen; // mask of those that the partition has
    bool odd;      // one was reported
    bool psci;     // one is started by PSCI
};

static void cpu_check(struct given *g, int node, const char *path, struct processors *p)
{
    uint32_t count = vcpu_count(g->partition);
    const char *method = tree_text(g->fdt, node, "enable-method");
    int length;
    const fdt32_t *reg = fdt_getprop(g->fdt, node, "reg", &length);
    uint64_t affinity = UINT64_MAX;
    struct diag *f;

    if (reg && length == p->cells * (int)sizeof *reg)
        affinity =
            p->cells == 2 ? (uint64_t)fdt32_ld(reg) << 32 | fdt32_ld(reg + 1) : fdt32_ld(reg);
    if (affinity >= count || p->seen >> affinity & 1) {
        p->odd = true;
        f = machine_report(g, path, "reg",
                           affinity < count ? "names a processor twice"
                                            : "has a processor that the partition has not");
        cpus_note(g, f);
        diag_help(g->diags, f,
                  "`reg` is 0%s: MPIDR affinities count up from 0, whichever cores the windows are "
                  "on; delete the others, or set `cpus`",
                  count > 1 ? arena_printf(g->arena, " to %u", count - 1) : "");
    } else {
        p->seen |= (uint64_t)1 << affinity;
    }
    p->psci |= method && !strcmp(method, "psci");
    if (fdt_getprop(g->fdt, node, "enable-method", NULL) ? !method || strcmp(method, "psci") != 0
                                                         : count > 1) {
        f = machine_report(g, path, "enable-method", "has a processor that is not started by PSCI");
        diag_help(g->diags, f, "write enable-method = \"psci\"");
    }
}

// PSCI 0.2 and later: its calls have fixed numbers, and the compatible says so.
static int psci_node(const void *fdt)
{
    static const char *const versions[] = {"arm,psci-1.0", "arm,psci-0.2"};

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        int node = fdt_node_offset_by_compatible(fdt, -1, versions[i]);
        if (node >= 0 && tree_available(fdt, node))
            return node;
    }
    return -1;
}

static void psci_check(struct given *g, bool needed)
{
    int node = psci_node(g->fdt);
    const char *method = node < 0 ? NULL : tree_text(g->fdt, node, "method");
    char path[256] = "/psci";
    struct diag *f;

    if (node < 0 && needed) {
        f = machine_report(g, "", NULL, "has no node that is compatible with \"arm,psci-1.0\"");
        diag_help(
            g->diags, f,
            "add psci { compatible = \"arm,psci-1.0\", \"arm,psci-0.2\"; method = \"hvc\"; }");
        return;
    }
    if (node < 0 || (method && (!strcmp(method, "hvc") || !strcmp(method, "smc"))))
        return;
    if (fdt_get_path(g->fdt, node, path, sizeof path) != 0)
        path[0] = '\0';
    f = machine_report(g, path, "method", "does not say how PSCI is called");
    diag_help(g->diags, f, "write method = \"hvc\" or method = \"smc\": both work");
}

static void processors_check(struct given *g)
{
    int node, cpus = fdt_path_offset(g->fdt, "/cpus");
    uint32_t cells = 0, count = vcpu_count(g->partition);
    struct processors p = {0};

    if (cpus >= 0 && (!tree_cell(g->fdt, cpus, "#address-cells", &cells) || !cells || cells > 2)) {
        diag_help(
            g->diags,
            machine_report(g, "/cpus", "#address-cells", "has processors that cannot be read"),
            "write #address-cells = <1>, or <2>, and #size-cells = <0>");
        return;
    }
    p.cells = (int)cells;
    if (cpus >= 0)
        fdt_for_each_subnode(node, g->fdt, cpus)
        {
            const char *type = tree_text(g->fdt, node, "device_type");
            // One that is disabled waits to be started.
            if (type && !strcmp(type, "cpu"))
                cpu_check(g, node, below(g, "/cpus", node), &p);
        }
    for (uint32_t i = 0; i < count; i++) {
        if (p.odd || p.seen >> i & 1)
            continue;
        struct diag *f =
            given_report(g, RULE_PART_015, cpus < 0 ? "" : "/cpus", NULL, "lacks processor %u", i);
        cpus_note(g, f);
        diag_help(g->diags, f,
                  "add cpu@%x { device_type = \"cpu\"; compatible = \"arm,armv8\"; reg = <%s0x%x>; "
                  "enable-method = \"psci\"; }%s",
                  i, cells == 2 ? "0x0 " : "", i, i ? ", or set `cpus`" : "");
    }
    psci_check(g, p.psci);
}

// ---- Timer --------------------------------------------------------------------------------------

void timer_check(struct given *g, const struct scope *bus, int node, const char *path)
{
    static const char *const order[] = {"sec-phys", "phys", "virt", "hyp-phys", "hyp-virt"};
    bool named = fdt_getprop(g->fdt, node, "interrupt-names", NULL), has_virtual = false;
    line_list lines = {0};
    uint32_t frequency;
    struct diag *f;

    if (tree_cell(g->fdt, node, "clock-frequency", &frequency) &&
        frequency != g->model->board->timer_hz) {
        f = machine_report(g, path, "clock-frequency", "has a timer with another frequency");
        diag_help(g->diags, f, "the board's has %llu Hz: delete the property, the guest reads it",
                  (unsigned long long)g->model->board->timer_hz);
    }
    if (g->gic < 0 || !given_lines(g, bus, node, path, &lines)) // said already
        return;
    for (size_t i = 0; i < lines.count; i++) {
        const struct line *l = &lines.items[i];
        const char *name = named ? fdt_stringlist_get(g->fdt, node, "interrupt-names", (int)i, NULL)
                           : i < sizeof order / sizeof *order ? order[i]
                                                              : NULL;
        bool virtual = name && !strcmp(name, "virt");
        uint32_t wanted = virtual ? PPI_VIRTUAL : PPI_PHYSICAL;

        if (!virtual && (!name || strcmp(name, "phys") != 0))
            continue; // of other worlds
        has_virtual |= virtual;
        if (l->private && l->number == wanted)
            continue;
        f = given_report(g, RULE_PART_015, path, "interrupts", "has a %s timer with %s %u",
                         virtual ? "virtual" : "physical", l->private ? "PPI" : "SPI", l->number);
        diag_help(g->diags, f, "it is PPI %u (interrupt %u): <1 %u 4>", wanted, FIRST_PPI + wanted,
                  wanted);
    }
    if (!has_virtual) {
        f = machine_report(g, path, "interrupts", "has a timer without a virtual one");
        diag_help(g->diags, f,
                  "write interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>: secure, physical, "
                  "virtual, hypervisor");
    }
}

// ---- Interrupt controller -----------------------------------------------------------------------

void controller_check(struct given *g, const struct scope *bus, const char *path)
{
    uint64_t start[2] = {0}, size[2] = {0};
    uint64_t redistributors = (uint64_t)vcpu_count(g->partition) * TBL_GICR_STRIDE;
    uint32_t stride[2];
    int length;
    const fdt32_t *told = fdt_getprop(g->fdt, g->gic, "redistributor-stride", &length);
    struct diag *f;

    for (int i = 0; i < 2; i++)
        if (!tree_register(g->fdt, bus, g->gic, i, &start[i], &size[i]))
            size[i] = 0;
    if (start[0] != TBL_GICD_ADDRESS || size[0] != TBL_GICD_SIZE || start[1] != TBL_GICR_ADDRESS ||
        size[1] != redistributors) {
        f = machine_report(g, path, "reg", "has another interrupt controller than the partition");
        diag_help(
            g->diags, f,
            "its distributor has %s at %s, its redistributors have %s at %s, 128 KiB for each "
            "vcpu: with two cells each, reg = <0x0 0x%x 0x0 0x%x 0x0 0x%x 0x0 0x%x>",
            size_text(g->arena, TBL_GICD_SIZE), address_text(g->arena, TBL_GICD_ADDRESS),
            size_text(g->arena, redistributors), address_text(g->arena, TBL_GICR_ADDRESS),
            TBL_GICD_ADDRESS, TBL_GICD_SIZE, TBL_GICR_ADDRESS, (uint32_t)redistributors);
    }
    stride[0] = told && length >= 4 ? fdt32_ld(told) : 0;
    stride[1] = told && length == 8 ? fdt32_ld(told + 1) : stride[0];
    if (told && (stride[1] != TBL_GICR_STRIDE || (length == 8 && stride[0]) ||
                 (length != 4 && length != 8))) {
        f = machine_report(g, path, "redistributor-stride",
                           "has redistributors at other distances than the partition");
        diag_help(g->diags, f, "delete the property: they are 128 KiB each");
    }
    if (tree_cell(g->fdt, g->gic, "#redistributor-regions", &stride[0]) && stride[0] != 1) {
        f = machine_report(g, path, "#redistributor-regions",
                           "has another number of redistributor regions than the partition");
        diag_help(g->diags, f, "delete the property: there is one");
    }
}

static bool any_available(const void *fdt, const char *one, const char *other)
{
    for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL))
        if (tree_available(fdt, node) &&
            (tree_compatible(fdt, node, one) || tree_compatible(fdt, node, other)))
            return true;
    return false;
}

void machine_check(struct given *g)
{
    struct diag *f;

    processors_check(g);
    if (g->gic < 0) {
        f = machine_report(g, "", NULL, "has no interrupt controller \"arm,gic-v3\"");
        diag_help(
            g->diags, f,
            "a partition has a GICv3 whose interrupts take 3 cells, whatever the board has; of "
            "QEMU that is the tree of -M virt,gic-version=3");
    }
    if (!any_available(g->fdt, "arm,armv8-timer", "arm,armv7-timer")) {
        f = machine_report(g, "", NULL, "has no timer \"arm,armv8-timer\"");
        diag_help(g->diags, f,
                  "add timer { compatible = \"arm,armv8-timer\"; interrupts = <1 13 4>, <1 14 4>, "
                  "<1 11 4>, <1 10 4>; always-on; }");
    }
}
