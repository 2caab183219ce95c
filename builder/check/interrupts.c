// SPDX-License-Identifier: BSD-2-Clause
// Rules about interrupts: whose they are, whose they can be, and what they cost a window.
#include "check/pass.h"

#include "analysis/timetable.h"
#include <stdlib.h>
#include <string.h>

enum { // interrupt identifiers of the GIC (IHI 0069 2.2.1)
    FIRST_PPI = 16,
    PPI_MAINTENANCE = 25,
    PPI_HYPERVISOR_TIMER = 26,
    FIRST_SPI = 32,
    LAST_SPI = 1019,
};

static struct mark intid_mark(const struct interrupt_use *u)
{
    return mark_or(u->intid.at, u->mark);
}

// Foreign descriptions number the interrupts of other computers.
static bool numbered_by_gic(const struct model *m)
{
    return strcmp(m->dialect, "system.yaml") == 0 || (m->board && m->board->runtime.text);
}

// ---- IRQ-001: an interrupt has one owner --------------------------------------------------------

struct claim {
    const struct interrupt_use *use;
    const struct partition *partition;
};

static int by_intid(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;

    if (x->use->intid.value != y->use->intid.value)
        return x->use->intid.value < y->use->intid.value ? -1 : 1;
    if (x->partition != y->partition)
        return x->partition < y->partition ? -1 : 1;
    return x->use < y->use ? -1 : x->use > y->use;
}

static void out_of_range(struct pass *p, const struct interrupt_use *u)
{
    struct diag *f = pass_report(p, intid_mark(u), "there is no interrupt %llu for a device",
                                 (unsigned long long)u->intid.value);

    diag_label(p->diags, f, "devices have the numbers %d to %d", FIRST_SPI, LAST_SPI);
    diag_help(p->diags, f, "SPI n of a data sheet is %d + n here", FIRST_SPI);
    pass_blame(p, u);
}

static void two_claims(struct pass *p, const struct claim *first, const struct claim *again)
{
    bool same = first->partition == again->partition;
    struct diag *f = pass_report(p, intid_mark(again->use),
                                 same ? "interrupt %llu is given twice"
                                      : "interrupt %llu is given to two partitions",
                                 (unsigned long long)again->use->intid.value);

    diag_label(p->diags, f, "given to '%s'", word_text(&again->partition->name));
    diag_note(p->diags, f, intid_mark(first->use), "given to '%s'",
              word_text(&first->partition->name));
    diag_help(p->diags, f,
              same ? "keep one of the two" : "leave it with the partition that owns the device");
    pass_blame(p, first->use);
    pass_blame(p, again->use);
}

void check_IRQ_001(struct pass *p)
{
    bool gic = numbered_by_gic(p->model);
    LIST(struct claim) claims = {0};

    EACH(part, &p->model->partitions) {
        EACH(u, &part->interrupts) {
            if (!u->intid.given)
                continue;
            *list_add(p->arena, &claims) = (struct claim){u, part};
            if (gic && u->intid.value > LAST_SPI)
                out_of_range(p, u);
        }
    }
    if (claims.count)
        qsort(claims.items, claims.count, sizeof *claims.items, by_intid);
    for (size_t i = 1; i < claims.count; i++)
        if (claims.items[i - 1].use->intid.value == claims.items[i].use->intid.value)
            two_claims(p, &claims.items[i - 1], &claims.items[i]);
}

// ---- IRQ-002: the hypervisor's interrupts are its own -------------------------------------------

static const char *private_text(uint64_t intid)
{
    if (intid < FIRST_PPI)
        return "0 to 15 are how cores call each other (SGI)";
    if (intid == PPI_MAINTENANCE)
        return "25 is the maintenance interrupt of the interrupt controller";
    if (intid == PPI_HYPERVISOR_TIMER)
        return "26 is the timer that ends windows";
    return "16 to 31 belong to a core, not to a device (PPI)";
}

// The device of the hypervisor that has an interrupt, or NULL.
static const struct board_device *reserved_device(const struct board *b, uint64_t intid)
{
    if (b) {
        EACH(d, &b->devices) {
            if (d->reserved && d->intid == intid)
                return d;
        }
    }
    return NULL;
}

void check_IRQ_002(struct pass *p)
{
    if (!numbered_by_gic(p->model))
        return;
    EACH(part, &p->model->partitions) {
        EACH(u, &part->interrupts) {
            const struct board_device *d;
            struct diag *f;

            if (!u->intid.given)
                continue;
            d = reserved_device(p->model->board, u->intid.value);
            if (u->intid.value >= FIRST_SPI && !d)
                continue;
            f = pass_report(p, intid_mark(u), "interrupt %llu cannot be given to partition '%s'",
                            (unsigned long long)u->intid.value, word_text(&part->name));
            if (u->intid.value < FIRST_SPI)
                diag_label(p->diags, f, "%s", private_text(u->intid.value));
            else
                diag_label(p->diags, f, "it is of device '%s', which belongs to the hypervisor",
                           word_text(&d->name));
            diag_help(p->diags, f,
                      "remove it: a partition has a virtual timer and interrupts between its own "
                      "processors without naming them");
            pass_blame(p, u);
        }
    }
}

// ---- IRQ-003: an interrupt goes where its device is ---------------------------------------------

// The partition that has the registers of a device, and where it says so.
static const struct partition *owner_of(const struct model *m, const struct board_device *d,
                                        struct mark *at)
{
    EACH(part, &m->partitions) {
        EACH(use, &part->devices) {
            if (use->device == d) {
                *at = use->name.at;
                return part;
            }
        }
        EACH(r, &part->memory) {
            if ((r->attributes & TBL_MEM_DEVICE) && !r->device && r->phys.given &&
                r->phys.value / HV_PAGE_SIZE == d->start / HV_PAGE_SIZE) {
                *at = mark_or(r->phys.at, r->mark);
                return part;
            }
        }
    }
    return NULL;
}

static void device_interrupt(struct pass *p, const struct partition *part,
                             const struct interrupt_use *u)
{
    const struct model *m = p->model;
    const struct partition *owner = NULL;
    struct mark at = {0};
    struct diag *f;

    if (!u->device && !(m->board && m->board->runtime.text))
        return; // its devices are not described
    if (u->device)
        owner = owner_of(m, u->device, &at);
    if (owner == part)
        return;
    f = pass_report(p, intid_mark(u), "partition '%s' has interrupt %llu but not its device",
                    word_text(&part->name), (unsigned long long)u->intid.value);
    if (!u->device) {
        diag_label(p->diags, f, "no device of board '%s' has it", word_text(&m->board->name));
        diag_help(p->diags, f, "give the number that the board file gives the device as 'intid'");
        return;
    }
    diag_label(p->diags, f, "it is of device '%s'", word_text(&u->device->name));
    if (owner) {
        diag_note(p->diags, f, at, "'%s' has the device", word_text(&owner->name));
        diag_help(p->diags, f, "leave the interrupt with '%s' too, or move both to '%s'",
                  word_text(&owner->name), word_text(&part->name));
        return;
    }
    diag_help(p->diags, f, "give it the device as well ('devices: [%s]'), or remove the interrupt",
              word_text(&u->device->name));
}

void check_IRQ_003(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        EACH(u, &part->interrupts) {
            if (u->intid.given && pass_clean(p, u))
                device_interrupt(p, part, u);
        }
    }
}

// ---- IRQ-004: interrupts leave time for the partition -------------------------------------------

enum { OVERHEAD_PARTS = 5 }; // one fifth of a window, as IMA separation kernels are held to

// Adds what interrupts at least `every` apart may cost in a window; false: there is no bound.
static bool add_cost(uint64_t *sum, uint64_t window, struct amount every, uint64_t cost)
{
    uint64_t all;

    if (!every.given || cost == 0)
        return true;
    return every.value != 0 &&
           mul_u64(window / every.value + (window % every.value != 0) + 1, cost, &all) &&
           add_u64(*sum, all, sum);
}

// Time that the runtime may spend on a partition's interrupts in one window of it: as many as can
// come, and one that waited. UINT64_MAX: no bound.
static uint64_t overhead(struct pass *p, const struct partition *part, uint64_t window)
{
    uint64_t sum = 0;
    bool bounded = true;

    EACH(u, &part->interrupts)
        bounded = bounded && add_cost(&sum, window, u->every,
                                      u->cost.given ? u->cost.value : switch_cost_of(p->model));
    EACH(d, &p->model->doorbells) {
        EACH(ring, &d->to) {
            if (ring->partition == part && d->source != part)
                bounded = bounded && add_cost(&sum, window, ring->every, switch_cost_of(p->model));
        }
    }
    return bounded ? sum : UINT64_MAX;
}

static void too_often(struct pass *p, const struct partition *part, const struct window *w,
                      uint64_t spent)
{
    struct diag *f =
        pass_report(p, w->mark, "interrupts may take more than a fifth of a window of '%s'",
                    word_text(&part->name));

    if (spent == UINT64_MAX)
        diag_label(p->diags, f, "there is no bound on them");
    else
        diag_label(p->diags, f, "%s of %s", time_text(p->arena, spent),
                   time_text(p->arena, w->duration.value));
    EACH(u, &part->interrupts) {
        if (u->every.given)
            diag_note(p->diags, f, u->mark, "interrupt %llu, at least %s apart",
                      (unsigned long long)u->intid.value, time_text(p->arena, u->every.value));
    }
    EACH(d, &p->model->doorbells) {
        EACH(ring, &d->to) {
            if (ring->partition == part && d->source != part && ring->every.given)
                diag_note(p->diags, f, ring->mark, "doorbell '%s', at least %s apart",
                          word_text(&d->name), time_text(p->arena, ring->every.value));
        }
    }
    diag_help(p->diags, f,
              "let the device gather events before it interrupts, poll it once in each window, or "
              "make the window longer");
    pass_blame(p, part);
}

void check_IRQ_004(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        EACH(c, &s->cores) {
            EACH(w, &c->windows) {
                const struct partition *part = w->partition;
                uint64_t spent;

                if (!part || !w->duration.given || !pass_clean(p, w) || !pass_clean(p, part))
                    continue;
                spent = overhead(p, part, w->duration.value);
                if (spent > w->duration.value / OVERHEAD_PARTS && pass_first(p, part, part))
                    too_often(p, part, w, spent);
            }
        }
    }
}

// ---- IRQ-006: a doorbell rings at interrupts of its own -----------------------------------------

static const char *device_with(const struct partition *part, uint64_t intid)
{
    EACH(use, &part->devices) {
        if (use->device && use->device->intid == intid)
            return word_text(&use->name);
    }
    EACH(u, &part->interrupts) {
        if (u->intid.given && u->intid.value == intid)
            return "(under 'interrupts')";
    }
    return part->console == CONSOLE_PL011 && intid == TBL_PL011_INTID ? "(the emulated PL011)"
                                                                      : NULL;
}

// Another target at the same interrupt of the same partition, before this one; or NULL.
static const struct doorbell_target *ring_before(const struct model *m,
                                                 const struct doorbell_target *of)
{
    EACH(d, &m->doorbells) {
        EACH(ring, &d->to) {
            if (ring == of)
                return NULL;
            if (ring->partition == of->partition && ring->interrupt.given &&
                ring->interrupt.value == of->interrupt.value)
                return ring;
        }
    }
    return NULL;
}

static void bad_ring(struct pass *p, const struct doorbell *d, const struct doorbell_target *r,
                     struct mark at, const char *why, const char *help)
{
    struct diag *f = pass_report(p, mark_or(at, r->mark), "doorbell '%s' cannot ring there",
                                 word_text(&d->name));

    diag_label(p->diags, f, "%s", why);
    if (help)
        diag_help(p->diags, f, "%s", help);
}

static const char *not_for_software(uint64_t intid)
{
    if (intid < FIRST_PPI)
        return "0 to 15 are how cores call each other (SGI)";
    if (intid < FIRST_SPI)
        return "16 to 31 belong to a core (PPI)";
    return intid > LAST_SPI ? "there is no interrupt with this number" : NULL;
}

static void ring_interrupt(struct pass *p, const struct doorbell *d,
                           const struct doorbell_target *r)
{
    const char *part = word_text(&r->partition->name);
    const char *device = device_with(r->partition, r->interrupt.value);
    const struct doorbell_target *before = ring_before(p->model, r);
    const char *free = "choose a number that nothing else of the partition has";

    if (not_for_software(r->interrupt.value))
        bad_ring(p, d, r, r->interrupt.at, not_for_software(r->interrupt.value),
                 "choose a number from 32 to 1019");
    else if (r->partition->shutdown.given && r->partition->shutdown.value == r->interrupt.value)
        bad_ring(p, d, r, r->interrupt.at,
                 arena_printf(p->arena, "it is the shutdown interrupt of '%s'", part), free);
    else if (device)
        bad_ring(p, d, r, r->interrupt.at,
                 arena_printf(p->arena, "device %s of '%s' has this interrupt", device, part),
                 free);
    else if (before)
        bad_ring(p, d, r, r->interrupt.at,
                 arena_printf(p->arena, "line %u has the same interrupt of '%s'", before->mark.line,
                              part),
                 free);
}

static void shutdown_interrupt(struct pass *p, const struct partition *part)
{
    const char *device = device_with(part, part->shutdown.value);
    const char *why = not_for_software(part->shutdown.value);
    struct diag *f;

    if (!why && !device)
        return;
    f = pass_report(p, mark_or(part->shutdown.at, part->mark),
                    "partition '%s' cannot be asked to end by interrupt %llu",
                    word_text(&part->name), (unsigned long long)part->shutdown.value);
    diag_label(p->diags, f, "%s",
               why ? why : arena_printf(p->arena, "device %s has this interrupt", device));
    diag_help(p->diags, f, "choose a number from 32 to 1019 that nothing else of it has");
}

void check_IRQ_006(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        if (part->shutdown.given)
            shutdown_interrupt(p, part);
    }
    EACH(d, &p->model->doorbells) {
        if (d->to.count == 0)
            diag_help(p->diags,
                      pass_report(p, d->mark, "doorbell '%s' has no target", word_text(&d->name)),
                      "add a target: 'to: [{partition: nav, interrupt: 100}]', or remove it");
        EACH(r, &d->to) {
            uint64_t cpus;

            if (!r->partition)
                continue;
            cpus = vcpu_count(r->partition);
            if (r->cpu.given && r->cpu.value >= cpus)
                bad_ring(p, d, r, r->cpu.at,
                         arena_printf(p->arena, "partition '%s' has %llu vcpu%s",
                                      word_text(&r->partition->name), (unsigned long long)cpus,
                                      cpus > 1 ? "s, numbered from 0" : ", number 0"),
                         "name a vcpu that it has, or raise its 'cpus'");
            else if (r->interrupt.given)
                ring_interrupt(p, d, r);
        }
    }
}
