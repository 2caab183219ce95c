// SPDX-License-Identifier: BSD-2-Clause
// Device trees for guests.
#include "plan/device_tree.h"
#include "plan/plan.h"

#include <libfdt.h>
#include <string.h>

enum { PHANDLE_GIC = 1, PHANDLE_CLOCK };
enum { SPI, PPI }; // first cell of an interrupt
enum { EDGE_RISING = 1, LEVEL_HIGH = 4 };
enum { FIRST_PPI = 16, FIRST_SPI = 32 };
enum { UART_CLOCK = 24000000 }; // Hz; nothing depends on it

static bool is_ram(const struct memory *m)
{
    const uint32_t all = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE;

    return (m->attributes & (all | TBL_MEM_DEVICE)) == all && !m->block;
}

const struct memory *guest_ram(const struct partition *q)
{
    EACH(m, &q->memory) {
        if (is_ram(m))
            return m;
    }
    return NULL;
}

// ---- Properties ---------------------------------------------------------------------------------
// libfdt remembers nothing of a failure: the tree has room enough, for DEVICE_TREE_LIMIT is far
// above what the limits of the language let it grow to, and the end looks at the whole.

static void put_text(void *fdt, const char *name, const char *text)
{
    fdt_property_string(fdt, name, text);
}

static void put_cells(void *fdt, const char *name, const uint32_t *cells, size_t count)
{
    fdt32_t *out = NULL;

    if (fdt_property_placeholder(fdt, name, (int)(count * sizeof *out), (void **)&out) != 0)
        return;
    for (size_t i = 0; i < count; i++)
        out[i] = cpu_to_fdt32(cells[i]);
}

#define CELLS(fdt, name, ...)                                                                      \
    put_cells(fdt, name, (const uint32_t[]){__VA_ARGS__},                                          \
              sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void put_flag(void *fdt, const char *name)
{
    fdt_property(fdt, name, NULL, 0);
}

static void put_range(void *fdt, uint64_t start, uint64_t size) // two cells each
{
    CELLS(fdt, "reg", (uint32_t)(start >> 32), (uint32_t)start, (uint32_t)(size >> 32),
          (uint32_t)size);
}

// Strings one behind the other, each with its end: "arm,pl011\0arm,primecell".
#define STRINGS(fdt, name, text) fdt_property(fdt, name, text, sizeof text)

static void begin(struct arena *a, void *fdt, const char *name, uint64_t address)
{
    fdt_begin_node(fdt, arena_printf(a, "%s@%llx", name, (unsigned long long)address));
}

// ---- Nodes --------------------------------------------------------------------------------------

static void put_chosen(struct arena *a, void *fdt, const struct partition *q, uint64_t start,
                       uint64_t end)
{
    fdt_begin_node(fdt, "chosen");
    if (q->cmdline.text)
        put_text(fdt, "bootargs", q->cmdline.text);
    if (end > start) {
        fdt_property_u64(fdt, "linux,initrd-start", start);
        fdt_property_u64(fdt, "linux,initrd-end", end);
    }
    if (q->console == CONSOLE_PL011)
        put_text(fdt, "stdout-path", arena_printf(a, "/pl011@%x", TBL_PL011_ADDRESS));
    fdt_end_node(fdt);
}

static void put_memory(struct arena *a, void *fdt, const struct partition *q)
{
    EACH(m, &q->memory) {
        if (!is_ram(m))
            continue;
        begin(a, fdt, "memory", m->at.value);
        put_text(fdt, "device_type", "memory");
        put_range(fdt, m->at.value, memory_size(m));
        fdt_end_node(fdt);
    }
}

static void put_shared(struct arena *a, void *fdt, const struct partition *q)
{
    EACH(m, &q->memory) {
        if (!m->block)
            continue;
        begin(a, fdt, "shared-memory", m->at.value);
        put_text(fdt, "compatible", "bulkhead,shared-memory");
        put_text(fdt, "label", m->block->name.text);
        put_range(fdt, m->at.value, memory_size(m));
        fdt_end_node(fdt);
    }
}

static void put_processors(struct arena *a, void *fdt, uint32_t count)
{
    fdt_begin_node(fdt, "cpus");
    fdt_property_u32(fdt, "#address-cells", 1);
    fdt_property_u32(fdt, "#size-cells", 0);
    for (uint32_t i = 0; i < count; i++) {
        begin(a, fdt, "cpu", i);
        put_text(fdt, "device_type", "cpu");
        put_text(fdt, "compatible", "arm,armv8");
        fdt_property_u32(fdt, "reg", i);
        put_text(fdt, "enable-method", "psci");
        fdt_end_node(fdt);
    }
    fdt_end_node(fdt);
    fdt_begin_node(fdt, "psci");
    STRINGS(fdt, "compatible", "arm,psci-1.0\0arm,psci-0.2");
    put_text(fdt, "method", "hvc");
    fdt_end_node(fdt);
}

// The interrupts of the secure and the hypervisor's timer have no meaning for a guest, but the
// binding has places for them.
static void put_timer(void *fdt)
{
    fdt_begin_node(fdt, "timer");
    put_text(fdt, "compatible", "arm,armv8-timer");
    put_flag(fdt, "always-on");
    CELLS(fdt, "interrupts", PPI, 29 - FIRST_PPI, LEVEL_HIGH, PPI, 30 - FIRST_PPI, LEVEL_HIGH, PPI,
          27 - FIRST_PPI, LEVEL_HIGH, PPI, 26 - FIRST_PPI, LEVEL_HIGH);
    fdt_end_node(fdt);
}

static void put_interrupt_controller(struct arena *a, void *fdt, uint32_t vcpus)
{
    begin(a, fdt, "interrupt-controller", TBL_GICD_ADDRESS);
    put_text(fdt, "compatible", "arm,gic-v3");
    fdt_property_u32(fdt, "#interrupt-cells", 3);
    put_flag(fdt, "interrupt-controller");
    CELLS(fdt, "reg", 0, TBL_GICD_ADDRESS, 0, TBL_GICD_SIZE, 0, TBL_GICR_ADDRESS, 0,
          vcpus * TBL_GICR_STRIDE);
    fdt_property_u32(fdt, "phandle", PHANDLE_GIC);
    fdt_end_node(fdt);
}

static void put_clock(void *fdt) // of all PrimeCells
{
    fdt_begin_node(fdt, "clock");
    put_text(fdt, "compatible", "fixed-clock");
    fdt_property_u32(fdt, "#clock-cells", 0);
    fdt_property_u32(fdt, "clock-frequency", UART_CLOCK);
    fdt_property_u32(fdt, "phandle", PHANDLE_CLOCK);
    fdt_end_node(fdt);
}

static void put_console(struct arena *a, void *fdt)
{
    begin(a, fdt, "pl011", TBL_PL011_ADDRESS);
    STRINGS(fdt, "compatible", "arm,pl011\0arm,primecell");
    put_range(fdt, TBL_PL011_ADDRESS, TBL_PL011_SIZE);
    CELLS(fdt, "interrupts", SPI, TBL_PL011_INTID - FIRST_SPI, LEVEL_HIGH);
    CELLS(fdt, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
    STRINGS(fdt, "clock-names", "uartclk\0apb_pclk");
    fdt_end_node(fdt);
}

// A device of the board, when the board file says what it is.
static void put_device(struct arena *a, void *fdt, const struct board_device *d)
{
    begin(a, fdt, d->name.text, d->start);
    if (!strncmp(d->compatible.text, "arm,pl", 6)) { // a PrimeCell
        static const char general[] = "arm,primecell";
        size_t length = strlen(d->compatible.text) + 1;
        char *both = arena_alloc(a, length + sizeof general);

        memcpy(both, d->compatible.text, length);
        memcpy(both + length, general, sizeof general);
        fdt_property(fdt, "compatible", both, (int)(length + sizeof general));
        CELLS(fdt, "clocks", PHANDLE_CLOCK);
        put_text(fdt, "clock-names", "apb_pclk");
    } else {
        put_text(fdt, "compatible", d->compatible.text);
    }
    put_range(fdt, d->start, d->size);
    if (d->intid)
        CELLS(fdt, "interrupts", SPI, d->intid - FIRST_SPI, d->edge ? EDGE_RISING : LEVEL_HIGH);
    fdt_end_node(fdt);
}

struct device_tree device_tree_make(struct arena *a, const struct partition *q,
                                    uint64_t initrd_start, uint64_t initrd_end)
{
    uint32_t vcpus = vcpu_count(q);
    uint8_t *fdt = arena_alloc(a, DEVICE_TREE_LIMIT);

    fdt_create(fdt, DEVICE_TREE_LIMIT);
    fdt_finish_reservemap(fdt);
    fdt_begin_node(fdt, "");
    fdt_property_u32(fdt, "#address-cells", 2);
    fdt_property_u32(fdt, "#size-cells", 2);
    put_text(fdt, "compatible", "linux,dummy-virt");
    put_text(fdt, "model", q->name.text);
    fdt_property_u32(fdt, "interrupt-parent", PHANDLE_GIC);
    put_chosen(a, fdt, q, initrd_start, initrd_end);
    put_memory(a, fdt, q);
    put_shared(a, fdt, q);
    put_processors(a, fdt, vcpus);
    put_timer(fdt);
    put_interrupt_controller(a, fdt, vcpus);
    put_clock(fdt);
    if (q->console == CONSOLE_PL011)
        put_console(a, fdt);
    EACH(use, &q->devices) {
        if (use->device && use->device->compatible.text && !use->device->reserved)
            put_device(a, fdt, use->device);
    }
    fdt_end_node(fdt);
    if (fdt_finish(fdt) != 0)
        return (struct device_tree){0};
    return (struct device_tree){fdt, fdt_totalsize(fdt)};
}

struct device_tree device_tree_fill(struct arena *a, const struct partition *q, const void *given,
                                    uint64_t initrd_start, uint64_t initrd_end)
{
    uint8_t *fdt = arena_alloc(a, DEVICE_TREE_LIMIT);
    int node, error;

    if (fdt_open_into(given, fdt, DEVICE_TREE_LIMIT) != 0)
        return (struct device_tree){0};
    node = fdt_path_offset(fdt, "/chosen");
    if (node < 0)
        node = fdt_add_subnode(fdt, 0, "chosen");
    if (node < 0)
        return (struct device_tree){0};
    error = q->cmdline.text ? fdt_setprop_string(fdt, node, "bootargs", q->cmdline.text) : 0;
    if (initrd_end > initrd_start) {
        error |= fdt_setprop_u64(fdt, node, "linux,initrd-start", initrd_start);
        error |= fdt_setprop_u64(fdt, node, "linux,initrd-end", initrd_end);
    } else { // what it may say is of another image
        fdt_delprop(fdt, node, "linux,initrd-start");
        fdt_delprop(fdt, node, "linux,initrd-end");
    }
    if (error || fdt_pack(fdt) != 0)
        return (struct device_tree){0};
    return (struct device_tree){fdt, fdt_totalsize(fdt)};
}
