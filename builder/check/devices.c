// SPDX-License-Identifier: BSD-2-Clause
// Rules about devices of the board: who may have one, and what else comes with it.
#include "check/pass.h"

#include <stdlib.h>
#include <string.h>

struct grant { // a device's registers given to a partition, by `devices:` or by a region
    const struct board_device *device;
    const struct partition *partition;
    const void *object; // the device_use or memory
    struct mark at;
    uint64_t first, last; // pages
    size_t order;
};

struct grants {
    LIST(struct grant) list;
};

static uint64_t page_of(uint64_t address)
{
    return address / HV_PAGE_SIZE;
}

static uint64_t last_page(uint64_t start, uint64_t size)
{
    return page_of(start + (size ? size - 1 : 0));
}

static bool touches(const struct board_device *d, uint64_t first, uint64_t last)
{
    return page_of(d->start) <= last && first <= last_page(d->start, d->size);
}

// ---- Regions of type device ---------------------------------------------------------------------

static bool in_ram(const struct board *b, uint64_t start, uint64_t size)
{
    EACH(bank, &b->ram) {
        if (start < bank->start + bank->size && bank->start < start + size)
            return true;
    }
    return false;
}

// The device whose registers a region covers, or NULL.
static const struct board_device *device_under(const struct board *b, const struct memory *r)
{
    uint64_t first = page_of(r->phys.value), last = last_page(r->phys.value, r->size.value);

    EACH(d, &b->devices) {
        if (page_of(d->start) <= first && last <= last_page(d->start, d->size))
            return d;
    }
    return NULL;
}

bool pass_devices_known(const struct pass *p)
{
    const struct board *b = p->model->board;

    if (!b)
        return false;
    EACH(d, &b->devices) {
        if (!d->reserved)
            return true;
    }
    return b->runtime.text;
}

// What is wrong with a region of type device, as far as the rule being run says it.
static const char *device_region_fault(const struct pass *p, const struct memory *r)
{
    const struct board *b = p->model->board;

    if (p->rule == RULE_IO_001)
        return r->phys.given && pass_devices_known(p) && !device_under(b, r)
                   ? "the board has no device there, or not of this length"
                   : NULL;
    if (r->attributes & TBL_MEM_EXECUTE)
        return "registers cannot be executed";
    if (!r->phys.given && b->runtime.text)
        return "it has no 'phys', so it would be placed in RAM";
    if (r->phys.given && in_ram(b, r->phys.value, r->size.value))
        return "there is RAM, which must not be seen as a device";
    return NULL;
}

static bool device_region(struct pass *p, const struct partition *part, const struct memory *r)
{
    const char *why = device_region_fault(p, r);
    struct diag *f;

    if (!why)
        return r->phys.given && device_under(p->model->board, r);
    f = pass_report(p,
                    r->phys.given && !(r->attributes & TBL_MEM_EXECUTE)
                        ? mark_or(r->phys.at, r->mark)
                        : mark_or(r->rights_at, r->mark),
                    "region '%s' of partition '%s' cannot be of type device", word_text(&r->name),
                    word_text(&part->name));
    diag_label(p->diags, f, "%s", why);
    diag_help(p->diags, f,
              "name the device under 'devices' and it appears at its own address, or set "
              "'phys' and 'size' to the registers of a device of board '%s'",
              word_text(&p->model->board->name));
    pass_blame(p, r);
    return false;
}

// ---- Who has what -------------------------------------------------------------------------------

static int by_place(const void *a, const void *b)
{
    const struct grant *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_device(const void *a, const void *b)
{
    const struct grant *x = a, *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return by_place(a, b);
}

static void add_grant(struct pass *p, struct grants *g, struct grant grant)
{
    grant.order = g->list.count;
    *list_add(p->arena, &g->list) = grant;
}

// All grants of devices of the board, in order. Reports the regions of type device that are
// none.
static struct grants all_grants(struct pass *p, int (*order)(const void *a, const void *b))
{
    struct grants g = {0};

    EACH(part, &p->model->partitions) {
        EACH(r, &part->memory) {
            if (!(r->attributes & TBL_MEM_DEVICE) || r->device || r->block || !pass_clean(p, r) ||
                !device_region(p, part, r))
                continue;
            add_grant(p, &g,
                      (struct grant){device_under(p->model->board, r), part, r,
                                     mark_or(r->phys.at, r->mark), page_of(r->phys.value),
                                     last_page(r->phys.value, r->size.value), 0});
        }
        EACH(use, &part->devices) {
            if (use->device && pass_clean(p, use))
                add_grant(p, &g,
                          (struct grant){use->device, part, use, use->name.at,
                                         page_of(use->device->start),
                                         last_page(use->device->start, use->device->size), 0});
        }
    }
    if (g.list.count > 1)
        qsort(g.list.items, g.list.count, sizeof *g.list.items, order);
    return g;
}

// ---- MEM-008: a device has one owner; IO-001: so has a page of registers ------------------------

static bool of_hypervisor(struct pass *p, const struct grant *g)
{
    EACH(other, &p->model->board->devices) {
        struct diag *f;

        if (!other->reserved || !touches(other, g->first, g->last) ||
            (p->rule == RULE_IO_001) == (other == g->device))
            continue;
        if (other == g->device) {
            f = pass_report(p, g->at, "device '%s' belongs to the hypervisor",
                            word_text(&other->name));
            diag_label(p->diags, f, "asked for by partition '%s'", word_text(&g->partition->name));
            diag_help(p->diags, f,
                      "remove it: a partition has a virtual interrupt controller and "
                      "timer, and a console, without naming them");
        } else {
            f = pass_report(p, g->at, "device '%s' shares a page with '%s' of the hypervisor",
                            word_text(&g->device->name), word_text(&other->name));
            diag_label(p->diags, f, "registers at %s and %s; a page is 4 KiB",
                       address_text(p->arena, g->device->start),
                       address_text(p->arena, other->start));
            diag_help(p->diags, f, "this device cannot be given to a partition on this board");
        }
        pass_blame(p, g->object);
        return true;
    }
    return false;
}

static void two_owners(struct pass *p, const struct grant *a, const struct grant *b)
{
    struct diag *f;

    if (a->order > b->order) {
        const struct grant *swap = a;

        a = b;
        b = swap;
    }
    if (a->device != b->device) {
        f = pass_report(p, b->at, "devices '%s' and '%s' share a page but not their owner",
                        word_text(&b->device->name), word_text(&a->device->name));
        diag_help(p->diags, f, "give both to one partition: access is granted in pages of 4 KiB");
    } else if (a->partition != b->partition) {
        f = pass_report(p, b->at, "device '%s' has two owners", word_text(&b->device->name));
        diag_help(p->diags, f, "leave it with one partition; the others reach it through a port");
    } else {
        f = pass_report(p, b->at, "device '%s' is given twice", word_text(&b->device->name));
        diag_help(p->diags, f, "remove one of the two");
    }
    diag_label(p->diags, f, "given to '%s'", word_text(&b->partition->name));
    diag_note(p->diags, f, a->at, "given to '%s'", word_text(&a->partition->name));
    pass_blame(p, a->object);
    pass_blame(p, b->object);
}

void check_MEM_008(struct pass *p)
{
    const struct grant *furthest = NULL;
    struct grants g;

    if (!p->model->board)
        return;
    g = all_grants(p, by_device);
    EACH(grant, &g.list) {
        if (of_hypervisor(p, grant))
            continue;
        if (furthest && furthest->device == grant->device && grant->first <= furthest->last)
            two_owners(p, furthest, grant);
        if (!furthest || furthest->device != grant->device || grant->last >= furthest->last)
            furthest = grant;
    }
}

void check_IO_001(struct pass *p)
{
    const struct grant *furthest = NULL;
    struct grants g;

    if (!p->model->board)
        return;
    g = all_grants(p, by_place);
    EACH(grant, &g.list) {
        if (of_hypervisor(p, grant))
            continue;
        if (furthest && furthest->partition != grant->partition && grant->first <= furthest->last)
            two_owners(p, furthest, grant);
        if (!furthest || grant->last >= furthest->last)
            furthest = grant;
    }
}

// ---- DMA: MEM-011, MEM-021, MEM-022 -------------------------------------------------------------

static bool is_trusted(const struct partition *part)
{
    const char *why = part->trusted_dma.text;

    return why && why[strspn(why, " \t\n")];
}

// A device with DMA among those whose registers a grant gives away, the named one first; or NULL.
static const struct board_device *dma_in(const struct board *b, const struct grant *g)
{
    if (g->device->dma)
        return g->device;
    EACH(d, &b->devices) {
        if (d->dma && touches(d, g->first, g->last))
            return d;
    }
    return NULL;
}

static void not_trusted(struct pass *p, const struct grant *g, const struct board_device *d)
{
    struct diag *f =
        pass_report(p, g->at, "device '%s' can reach all memory by DMA", word_text(&d->name));

    diag_label(p->diags, f, "given to partition '%s'%s", word_text(&g->partition->name),
               d == g->device ? "" : ", with the page that its registers are in");
    diag_help(p->diags, f,
              "remove it: without an SMMU that confines the device, whoever programs it can read "
              "and write every partition and the hypervisor; or trust the partition and say why, "
              "'trusted_dma: review 17 of the driver'");
    pass_blame(p, g->partition);
}

void check_MEM_011(struct pass *p)
{
    struct grants g = {0};

    if (!p->model->board)
        return;
    g = all_grants(p, by_place);
    EACH(grant, &g.list) {
        const struct board_device *d = dma_in(p->model->board, grant);

        if (d && !is_trusted(grant->partition))
            not_trusted(p, grant, d);
    }
}

static void says_trust(struct pass *p, const struct partition *part, const struct grant *g)
{
    struct diag *f;

    if (!g) {
        f = pass_report(p, part->trusted_dma.at,
                        "partition '%s' is trusted with DMA, and has no device with it",
                        word_text(&part->name));
        diag_help(p->diags, f, "remove 'trusted_dma'");
        return;
    }
    f = pass_report(p, part->trusted_dma.at,
                    "isolation against partition '%s' rests on its code alone",
                    word_text(&part->name));
    diag_label(p->diags, f, "device '%s' reads and writes all memory as it says",
               word_text(&dma_in(p->model->board, g)->name));
    diag_note(p->diags, f, g->at, "given here");
    diag_help(p->diags, f,
              "waive this with who accepts it and why, or take the device from the partition");
}

// Physical and guest address of memory that a device may be pointed at.
static void sees_itself(struct pass *p, const struct partition *part, const struct memory *r)
{
    struct amount phys = r->block ? r->block->phys : r->phys;
    struct diag *f;

    // Stolen time is read by the partition alone, and lies where no device is pointed at.
    if ((r->attributes & TBL_MEM_DEVICE) || r->stolen_time || !pass_clean(p, r) ||
        (phys.given && phys.value == r->at.value))
        return;
    f = pass_report(p, phys.given ? phys.at : mark_or(r->at.at, r->mark),
                    "region '%s' of partition '%s' is not where its devices look for it",
                    word_text(&r->name), word_text(&part->name));
    diag_label(p->diags, f, "the partition sees it at %s, a device with DMA %s",
               address_text(p->arena, r->at.value),
               phys.given ? address_text(p->arena, phys.value) : "wherever hvbuild puts it");
    diag_help(p->diags, f, "give %s the same 'phys' as 'at', in RAM that is free%s",
              r->block ? "the shared block" : "it",
              guest_loads(part->guest) ? "" : ", and link the image there");
}

static void each_trusted(struct pass *p)
{
    struct grants g = {0};

    if (!p->model->board)
        return;
    g = all_grants(p, by_place);
    EACH(part, &p->model->partitions) {
        const struct grant *first = NULL;

        if (!is_trusted(part) || !pass_clean(p, part))
            continue;
        EACH(grant, &g.list) {
            if (!first && grant->partition == part && dma_in(p->model->board, grant))
                first = grant;
        }
        if (p->rule == RULE_MEM_021)
            says_trust(p, part, first);
        else if (first)
            EACH(r, &part->memory)
                sees_itself(p, part, r);
    }
}

void check_MEM_021(struct pass *p)
{
    each_trusted(p);
}

void check_MEM_022(struct pass *p)
{
    each_trusted(p);
}
