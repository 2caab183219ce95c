// SPDX-License-Identifier: BSD-2-Clause
// Fixed places on a board without a runtime: nothing is placed there, but what the description
// fixes must be where memory is, and not where the hypervisor is.
#include "image/image.h"

#include <stdlib.h>

struct range {
    uint64_t start, end;
    const char *name;
    struct mark at;
};
struct ranges { // sorted and apart
    LIST(struct range) list;
};

static int by_start(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

// Ranges that touch become one.
static void merge(struct ranges *r)
{
    size_t count = 0;

    if (r->list.count)
        qsort(r->list.items, r->list.count, sizeof *r->list.items, by_start);
    EACH(range, &r->list) {
        struct range *last = count ? &r->list.items[count - 1] : NULL;

        if (!last || range->start > last->end)
            r->list.items[count++] = *range;
        else if (range->end > last->end)
            last->end = range->end;
    }
    r->list.count = count;
}

// The last range that begins before `end`, or NULL.
static const struct range *find(const struct ranges *r, uint64_t end)
{
    size_t low = 0, high = r->list.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->list.items[middle].start < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &r->list.items[low - 1] : NULL;
}

static void add(struct arena *a, struct ranges *r, struct range range, uint64_t size)
{
    if (size && add_u64(range.start, size, &range.end))
        *list_add(a, &r->list) = range;
}

struct fixed {
    struct arena *arena;
    struct diags *diags;
    const struct board *board;
    struct ranges ram, hypervisor;
};

static void judge(struct fixed *f, const char *what, struct mark mark, uint64_t start,
                  uint64_t size)
{
    uint64_t end = start + size;
    const struct range *ram = find(&f->ram, end), *taken = find(&f->hypervisor, end);
    const char *place = arena_printf(f->arena, "%s..%s", address_text(f->arena, start),
                                     address_text(f->arena, end));

    if (f->board->ram.count && (!ram || start < ram->start || end > ram->end)) {
        struct diag *found = diag_report(f->diags, RULE_MEM_003, mark,
                                         "%s at %s is not inside the RAM of board '%s'", what,
                                         place, f->board->name.text);
        if (ram)
            diag_note(f->diags, found, ram->at, "RAM '%s' is %s..%s", ram->name,
                      address_text(f->arena, ram->start), address_text(f->arena, ram->end));
        diag_help(f->diags, found, "move it into a range of memory that the board has");
        return;
    }
    if (taken && start < taken->end) {
        struct diag *found =
            diag_report(f->diags, RULE_MEM_004, mark, "%s at %s overlaps memory of '%s'", what,
                        place, taken->name);
        diag_note(f->diags, found, taken->at, "'%s' is %s..%s", taken->name,
                  address_text(f->arena, taken->start), address_text(f->arena, taken->end));
        diag_help(f->diags, found, "start at %s or above", address_text(f->arena, taken->end));
    }
}

void check_fixed_memory(struct arena *a, struct diags *d, const struct model *m)
{
    struct fixed f = {.arena = a, .diags = d, .board = m->board};

    EACH(bank, &m->board->ram) {
        add(a, &f.ram, (struct range){bank->start, 0, bank->name.text, bank->mark}, bank->size);
    }
    EACH(device, &m->board->devices) {
        if (device->reserved)
            add(a, &f.hypervisor, (struct range){device->start, 0, device->name.text, device->mark},
                device->size);
    }
    merge(&f.ram);
    merge(&f.hypervisor);
    EACH(p, &m->partitions) {
        EACH(r, &p->memory) {
            if (!r->block && r->phys.given && !(r->attributes & TBL_MEM_DEVICE))
                judge(&f,
                      arena_printf(a, "region '%s' of partition '%s'",
                                   r->name.text ? r->name.text : "", p->name.text),
                      r->phys.at.line ? r->phys.at : r->mark, r->phys.value, r->size.value);
        }
    }
    EACH(s, &m->shared) {
        if (s->phys.given)
            judge(&f, arena_printf(a, "shared block '%s'", s->name.text),
                  s->phys.at.line ? s->phys.at : s->mark, s->phys.value, s->size.value);
    }
}
