// SPDX-License-Identifier: BSD-2-Clause
// Rules about memory regions: sizes, places, rights, and that nobody touches what is another's.
#include "check/pass.h"

#include <stdlib.h>

#define PHYS_BITS 48 // PTE_ADDRESS: output addresses of a 4 KiB granule (Arm ARM D8.3)

static uint64_t region_size(const struct memory *r)
{
    return r->block ? r->block->size.value : r->size.value;
}

static bool is_device(const struct memory *r)
{
    return r->attributes & TBL_MEM_DEVICE;
}

static struct mark rights_mark(const struct memory *r)
{
    return mark_or(r->rights_at, mark_or(r->name.at, r->mark));
}

// Whose it is, for messages: "region 'ram' of partition 'nav'".
static const char *region_text(struct pass *p, const struct partition *part, const struct memory *r)
{
    return arena_printf(p->arena, "region '%s' of partition '%s'", word_text(&r->name),
                        word_text(&part->name));
}

// Calls `visit` for every region that was written; devices bring their own (board) shape.
static void each_region(struct pass *p,
                        void (*visit)(struct pass *p, struct partition *part, struct memory *r))
{
    EACH(part, &p->model->partitions) {
        EACH(r, &part->memory) {
            if (!r->device)
                visit(p, part, r);
        }
    }
}

// ---- MEM-001: sizes and addresses are whole pages -----------------------------------------------

// Reports an amount that is not a multiple of the page; the remedy names the neighbours.
static bool whole_pages(struct pass *p, struct amount a, const char *what, const char *whose,
                        bool address)
{
    uint64_t page = HV_PAGE_SIZE, below = a.value / page * page, above;
    struct diag *f;

    if (!a.given || a.value % page == 0)
        return true;
    f = pass_report(p, a.at, "%s of %s is not a multiple of 4 KiB", what, whose);
    diag_label(p->diags, f, "memory is given out in pages of 4 KiB");
    if (!add_u64(below, page, &above))
        above = below;
    diag_help(p->diags, f, "use %s or %s",
              address ? address_text(p->arena, below) : size_text(p->arena, below ? below : page),
              address ? address_text(p->arena, above)
                      : size_text(p->arena, below ? above : 2 * page));
    return false;
}

static void region_pages(struct pass *p, struct partition *part, struct memory *r)
{
    const char *whose = region_text(p, part, r);
    bool good = true;
    struct diag *f;

    if (!r->block && r->size.given && r->size.value == 0) {
        f = pass_report(p, r->size.at, "%s has no size", whose);
        diag_help(p->diags, f, "give it at least one page, 4 KiB, or remove it");
        good = false;
    }
    if (!r->block)
        good = whole_pages(p, r->size, "the size", whose, false) && good;
    good = whole_pages(p, r->at, "the address", whose, true) && good;
    good = whole_pages(p, r->phys, "the physical address", whose, true) && good;
    if (!good)
        pass_blame(p, r);
}

void check_MEM_001(struct pass *p)
{
    each_region(p, region_pages);
}

// ---- MEM-013: ranges end inside the address space -----------------------------------------------

static bool in_space(struct pass *p, struct amount start, uint64_t size, unsigned bits,
                     const char *what, const char *whose)
{
    uint64_t limit = 1ull << bits;
    struct diag *f;

    if (!start.given || (start.value < limit && size <= limit - start.value))
        return true;
    f = pass_report(p, start.at, "%s of %s ends outside the address space", what, whose);
    diag_label(p->diags, f, "%s from %s; addresses have %u bits", size_text(p->arena, size),
               address_text(p->arena, start.value), bits);
    if (size <= limit)
        diag_help(p->diags, f, "start it at %s or below", address_text(p->arena, limit - size));
    else
        diag_help(p->diags, f, "no more than %s can be addressed", size_text(p->arena, limit));
    return false;
}

static void region_in_space(struct pass *p, struct partition *part, struct memory *r)
{
    const char *whose = region_text(p, part, r);
    uint64_t size = region_size(r);

    if (!pass_clean(p, r) || (r->block && !pass_clean(p, r->block)))
        return;
    if (!in_space(p, r->at, size, HV_IPA_BITS, "the guest range", whose) ||
        !in_space(p, r->phys, size, PHYS_BITS, "the physical range", whose))
        pass_blame(p, r);
}

void check_MEM_013(struct pass *p)
{
    each_region(p, region_in_space);
    EACH(b, &p->model->shared) {
        const char *whose = arena_printf(p->arena, "shared block '%s'", word_text(&b->name));

        if (pass_clean(p, b) &&
            !in_space(p, b->phys, b->size.value, PHYS_BITS, "the physical range", whose))
            pass_blame(p, b);
    }
}

// ---- Ranges, for the sweeps ---------------------------------------------------------------------

struct range {
    uint64_t start, end;           // [start, end)
    const struct partition *owner; // NULL for a shared block
    const struct memory *region;   // or NULL
    const struct shared_block *block;
    const struct device_use *device;
    const char *emulated; // what the runtime shows there
    struct mark at;
    size_t order;
};

struct ranges {
    LIST(struct range) list;
};

static int by_start(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void add_range(struct pass *p, struct ranges *r, struct range range)
{
    if (range.end <= range.start)
        return;
    range.order = r->list.count;
    *list_add(p->arena, &r->list) = range;
}

// Reports every range that begins before the furthest end so far: all overlaps are seen, each range
// once, in one sweep.
static void sweep(struct pass *p, struct ranges *r,
                  void (*clash)(struct pass *p, const struct range *a, const struct range *b))
{
    const struct range *furthest = NULL;

    if (r->list.count > 1)
        qsort(r->list.items, r->list.count, sizeof *r->list.items, by_start);
    EACH(range, &r->list) {
        if (furthest && range->start < furthest->end)
            clash(p, furthest, range);
        if (!furthest || range->end > furthest->end)
            furthest = range;
    }
}

static const char *span_text(struct pass *p, const struct range *r)
{
    return arena_printf(p->arena, "%s to %s", address_text(p->arena, r->start),
                        address_text(p->arena, r->end));
}

static const char *range_name(struct pass *p, const struct range *r)
{
    if (r->region)
        return region_text(p, r->owner, r->region);
    return arena_printf(p->arena, "shared block '%s'", word_text(&r->block->name));
}

// The later of two in the text carries the finding, the earlier the note.
static void in_text_order(const struct range **a, const struct range **b)
{
    if ((*a)->order > (*b)->order) {
        const struct range *swap = *a;

        *a = *b;
        *b = swap;
    }
}

static void blame_range(struct pass *p, const struct range *r)
{
    pass_blame(p, r->region);
    pass_blame(p, r->block);
    pass_blame(p, r->device);
}

// ---- MEM-002: physical memory has one owner -----------------------------------------------------

static bool of_device(const struct range *r)
{
    return r->region && is_device(r->region);
}

static void two_owners(struct pass *p, const struct range *a, const struct range *b)
{
    struct diag *f;

    if (of_device(a) && of_device(b) && (a->owner == b->owner || pass_devices_known(p)))
        return; // two views of one partition; or MEM-008
    in_text_order(&a, &b);
    f = pass_report(p, b->at, "%s lies on memory of %s", range_name(p, b), range_name(p, a));
    diag_label(p->diags, f, "physical %s", span_text(p, b));
    diag_note(p->diags, f, a->at, "physical %s", span_text(p, a));
    if (of_device(b))
        diag_help(p->diags, f, "leave these addresses to one of the two");
    else if (a->region && b->region && a->owner != b->owner)
        diag_help(p->diags, f,
                  "leave out 'phys' and hvbuild finds a free place, or use %s or above; "
                  "memory that both shall see belongs under 'shared_memory'",
                  address_text(p->arena, a->end));
    else
        diag_help(p->diags, f,
                  "leave out 'phys' and hvbuild finds a free place, or use %s or above",
                  address_text(p->arena, a->end));
    blame_range(p, a);
    blame_range(p, b);
}

void check_MEM_002(struct pass *p)
{
    struct ranges all = {0};

    EACH(part, &p->model->partitions) {
        EACH(r, &part->memory) {
            if (r->phys.given && !r->block && !r->device && pass_clean(p, r))
                add_range(p, &all,
                          (struct range){r->phys.value, r->phys.value + region_size(r), part, r,
                                         NULL, NULL, NULL, mark_or(r->phys.at, r->mark), 0});
        }
    }
    EACH(b, &p->model->shared) {
        if (b->phys.given && pass_clean(p, b))
            add_range(p, &all,
                      (struct range){b->phys.value, b->phys.value + b->size.value, NULL, NULL, b,
                                     NULL, NULL, mark_or(b->phys.at, b->mark), 0});
    }
    sweep(p, &all, two_owners);
}

// ---- MEM-005: guest addresses of one partition are disjoint -------------------------------------

// A device is seen at the address that it has on the board.
static struct range device_range(const struct partition *part, const struct device_use *use)
{
    uint64_t page = HV_PAGE_SIZE, start = use->device->start / page * page;
    uint64_t end = round_up(use->device->start + use->device->size, page);

    return (struct range){start, end, part, NULL, NULL, use, NULL, use->name.at, 0};
}

static const char *kind(const struct range *r)
{
    return r->emulated ? "the emulated" : r->device ? "device" : "region";
}

static const char *local_name(const struct range *r)
{
    if (r->emulated)
        return r->emulated;
    return r->device ? word_text(&r->device->name) : word_text(&r->region->name);
}

static void two_at_one_place(struct pass *p, const struct range *a, const struct range *b)
{
    uint64_t end = a->end > b->end ? a->end : b->end;
    struct diag *f;

    if ((a->device || a->emulated) && (b->device || b->emulated))
        return; // two devices in one page, or one of the runtime's: MEM-008
    in_text_order(&a, &b);
    f = pass_report(p, b->at, "%s '%s' and %s '%s' of partition '%s' overlap", kind(b),
                    local_name(b), kind(a), local_name(a), word_text(&b->owner->name));
    diag_label(p->diags, f, "%s", span_text(p, b));
    diag_note(p->diags, f, a->at, "%s", span_text(p, a));
    diag_help(p->diags, f, "place one of them elsewhere: %s is the next free address",
              address_text(p->arena, round_up(end, HV_PAGE_SIZE)));
    blame_range(p, a);
    blame_range(p, b);
}

static void add_emulated(struct pass *p, struct ranges *all, const struct partition *part,
                         const char *what, uint64_t start, uint64_t size)
{
    add_range(p, all,
              (struct range){start, start + size, part, NULL, NULL, NULL, what,
                             mark_or(part->name.at, part->mark), 0});
}

// What the runtime shows to a partition: memory there would hide it.
static void emulated_ranges(struct pass *p, struct ranges *all, const struct partition *part)
{
    uint64_t vcpus = vcpu_count(part);

    if (!p->model->board || !p->model->board->runtime.text)
        return;
    add_emulated(p, all, part, "interrupt distributor", TBL_GICD_ADDRESS, TBL_GICD_SIZE);
    add_emulated(p, all, part, "interrupt redistributors", TBL_GICR_ADDRESS,
                 vcpus * TBL_GICR_STRIDE);
    if (part->console == CONSOLE_PL011)
        add_emulated(p, all, part, "PL011", TBL_PL011_ADDRESS, TBL_PL011_SIZE);
}

void check_MEM_005(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        struct ranges all = {0};

        emulated_ranges(p, &all, part);
        EACH(r, &part->memory) {
            uint64_t size = round_up(region_size(r), HV_PAGE_SIZE);

            if (!r->device && r->at.given && pass_clean(p, r) &&
                (!r->block || pass_clean(p, r->block)))
                add_range(p, &all,
                          (struct range){r->at.value, r->at.value + size, part, r, NULL, NULL, NULL,
                                         mark_or(r->at.at, r->mark), 0});
        }
        EACH(use, &part->devices) {
            if (use->device && pass_clean(p, use))
                add_range(p, &all, device_range(part, use));
        }
        sweep(p, &all, two_at_one_place);
    }
}

// ---- MEM-006: nothing is writable and executable ------------------------------------------------

static void write_xor_execute(struct pass *p, struct partition *part, struct memory *r)
{
    struct diag *f;

    if ((r->attributes & (TBL_MEM_WRITE | TBL_MEM_EXECUTE)) != (TBL_MEM_WRITE | TBL_MEM_EXECUTE) ||
        r->rights_unstated || part->guest_unknown ||
        (guest_loads(part->guest) && !r->block)) // it protects its own code
        return;
    f = pass_report(p, rights_mark(r), "%s is writable and executable", region_text(p, part, r));
    diag_label(p->diags, f, "code here could be changed while it runs");
    diag_help(p->diags, f,
              "split it: one region with 'rights: rx' for code and constants, one with "
              "'rights: rw' for data and stacks%s",
              r->block
                  ? ""
                  : "; a guest that loads programs itself is 'guest: linux', 'uboot' or 'rtems'");
    pass_blame(p, r);
}

void check_MEM_006(struct pass *p)
{
    each_region(p, write_xor_execute);
}

// ---- MEM-015: a partition has code and data -----------------------------------------------------

void check_MEM_015(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        bool code = false, data = false;
        struct diag *f;

        if (!part->image.text)
            continue;
        EACH(r, &part->memory) {
            if (is_device(r) || r->block)
                continue;
            code = code || r->rights_unstated || (r->attributes & TBL_MEM_EXECUTE);
            data = data || r->rights_unstated || (r->attributes & TBL_MEM_WRITE);
        }
        if (code && data)
            continue;
        f = pass_report(p, mark_or(part->name.at, part->mark),
                        "partition '%s' has no memory for %s", word_text(&part->name),
                        code   ? "its data and stack"
                        : data ? "its code"
                               : "its code and data");
        diag_label(p->diags, f, "no region of its own is %s",
                   code   ? "writable"
                   : data ? "executable"
                          : "executable, and none is writable");
        if (guest_loads(part->guest))
            diag_help(
                p->diags, f,
                "give the guest its RAM: one region with 'rights: rwx', where it loads programs");
        else
            diag_help(p->diags, f, "%s; no region may be both writable and executable",
                      code ? "add a region with 'rights: rw'"
                      : data
                          ? "add a region with 'rights: rx' for the code and its constants"
                          : "add a region with 'rights: rx' for code, and one with 'rights: rw'");
    }
}

// ---- MEM-018: what a warm start keeps can be kept -----------------------------------------------

static void keepable(struct pass *p, struct partition *part, struct memory *r)
{
    const char *why = NULL;
    struct diag *f;

    if (!(r->attributes & TBL_MEM_KEEP))
        return;
    if (is_device(r))
        why = "a device's registers are never cleared or loaded";
    else if (r->block)
        why = "a shared block outlives the restarts of its users anyway";
    else if (!(r->attributes & TBL_MEM_WRITE))
        why = "nothing can change in a region that is not writable";
    if (!why)
        return;
    f = pass_report(p, mark_or(r->name.at, r->mark), "%s cannot be kept over a warm start",
                    region_text(p, part, r));
    diag_label(p->diags, f, "%s", why);
    diag_help(p->diags, f, "remove 'keep'; it is for writable memory of the partition's own");
    pass_blame(p, r);
}

void check_MEM_018(struct pass *p)
{
    each_region(p, keepable);
}

// ---- MEM-023: below a guarded region is nothing -------------------------------------------------

static void no_stack(struct pass *p, struct partition *part, struct memory *r, const char *why)
{
    struct diag *f = pass_report(p, mark_or(r->name.at, r->mark), "%s cannot have a guard",
                                 region_text(p, part, r));

    diag_label(p->diags, f, "%s", why);
    diag_help(p->diags, f, "remove 'guard'; it is for the region with a stack at its low end");
}

static void guarded(struct pass *p, struct partition *part, struct memory *r)
{
    uint64_t at = r->at.value;
    struct diag *f;

    if (!(r->attributes & TBL_MEM_GUARD) || !pass_clean(p, r))
        return;
    if (is_device(r) || !(r->attributes & TBL_MEM_WRITE)) {
        no_stack(p, part, r, "a stack lies in memory that can be written");
        return;
    }
    if (at < HV_PAGE_SIZE) {
        no_stack(p, part, r, "there is no page below address 0");
        return;
    }
    EACH(other, &part->memory) {
        uint64_t size = region_size(other), room = at - other->at.value;

        if (other == r || other->at.value >= at || !pass_clean(p, other) ||
            room >= size + HV_PAGE_SIZE || size > UINT64_MAX - HV_PAGE_SIZE)
            continue;
        f = pass_report(p, mark_or(r->at.at, r->mark), "the page below %s is not empty",
                        region_text(p, part, r));
        diag_label(p->diags, f, "a stack that overflows writes into region '%s'",
                   word_text(&other->name));
        diag_note(p->diags, f, mark_or(other->at.at, other->mark), "'%s' ends at %s",
                  word_text(&other->name), address_text(p->arena, other->at.value + size));
        diag_help(p->diags, f, "leave 4 KiB free between the two, or remove 'guard'");
    }
}

void check_MEM_023(struct pass *p)
{
    each_region(p, guarded);
}
