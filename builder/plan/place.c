// SPDX-License-Identifier: BSD-2-Clause
// Physical places. First fit in order of declaration, partitions before shared blocks: the same
// description always gets the same map, and adding a partition at the end moves nobody.
#include "plan/plan.h"

#include <string.h>

struct range {
    uint64_t start, end;
};

struct map { // taken ranges of RAM, ascending, disjoint, neighbours merged
    struct arena *arena;
    const struct board *board;
    LIST(struct range) taken;
};

static void map_take(struct map *map, uint64_t start, uint64_t end)
{
    size_t first = 0, last;

    while (first < map->taken.count && map->taken.items[first].end < start)
        first++;
    for (last = first; last < map->taken.count && map->taken.items[last].start <= end; last++) {
        if (map->taken.items[last].start < start)
            start = map->taken.items[last].start;
        if (map->taken.items[last].end > end)
            end = map->taken.items[last].end;
    }
    if (first == last) { // touches none: make room for one more
        list_add(map->arena, &map->taken);
        struct range *at = map->taken.items + first;
        memmove(at + 1, at, (map->taken.count - 1 - first) * sizeof *at);
    } else { // swallows [first, last)
        struct range *at = map->taken.items + first;
        memmove(at + 1, map->taken.items + last, (map->taken.count - last) * sizeof *at);
        map->taken.count -= last - first - 1;
    }
    map->taken.items[first] = (struct range){start, end};
}

// The next free stretch of the bank at or after `from`. False at its end.
static bool map_hole(const struct map *map, const struct board_memory *bank, uint64_t from,
                     struct range *hole)
{
    uint64_t end = bank->start + bank->size;
    uint64_t start = from > bank->start ? from : bank->start;

    for (size_t i = 0; i < map->taken.count; i++) {
        const struct range *r = &map->taken.items[i];
        if (r->end <= start)
            continue;
        if (r->start > start) {
            if (r->start < end)
                end = r->start;
            break;
        }
        start = r->end;
    }
    *hole = (struct range){start, end};
    return start < end;
}

// The lowest free address with `size` bytes that equals `residue` modulo `unit`; 0: none.
static uint64_t map_find(const struct map *map, uint64_t size, uint64_t residue, uint64_t unit)
{
    EACH(bank, &map->board->ram) {
        struct range hole = {0, 0};
        while (map_hole(map, bank, hole.end, &hole)) {
            uint64_t start = hole.start + ((residue - hole.start) & (unit - 1));
            if (start >= hole.start && start < hole.end && hole.end - start >= size)
                return start;
        }
    }
    return 0;
}

// "512 MiB of 1 GiB are free, the largest piece has 256 MiB"
static const char *map_left(struct arena *a, const struct map *map)
{
    uint64_t total = 0, left = 0, largest = 0;

    EACH(bank, &map->board->ram) {
        struct range hole = {0, 0};
        total += bank->size;
        while (map_hole(map, bank, hole.end, &hole)) {
            left += hole.end - hole.start;
            if (hole.end - hole.start > largest)
                largest = hole.end - hole.start;
        }
    }
    return arena_printf(a, "%s of %s RAM are free, the largest piece has %s", size_text(a, left),
                        size_text(a, total), size_text(a, largest));
}

struct wish {         // one thing to be placed
    const char *what; // "region 'ram' of partition 'nav'"
    struct mark mark;
    uint64_t size, fixed, guest;
    bool is_fixed, device;
    uint64_t *result;
};

// MEM-003 and MEM-004 for a place that the description fixes.
static bool fixed_check(struct arena *a, struct diags *d, const struct plan *p,
                        const struct wish *w)
{
    const struct board *b = p->model->board;
    uint64_t end = w->fixed + w->size;
    bool inside = false;

    if (w->device) {
        EACH(device, &b->devices) {
            inside = inside || (w->fixed >= (device->start & ~(uint64_t)(HV_PAGE_SIZE - 1)) &&
                                end <= round_up(device->start + device->size, HV_PAGE_SIZE));
        }
        if (inside)
            return true;
        struct diag *f = diag_report(d, RULE_MEM_003, w->mark,
                                     "%s at %s..%s is not inside a device of board '%s'", w->what,
                                     address_text(a, w->fixed), address_text(a, end), b->name.text);
        diag_help(d, f, "name the device under `devices:`; its region is made from the board file");
        return false;
    }
    EACH(bank, &b->ram) {
        inside = inside || (w->fixed >= bank->start && end <= bank->start + bank->size);
    }
    if (!inside) {
        struct diag *f = diag_report(d, RULE_MEM_003, w->mark,
                                     "%s at %s..%s is not inside the RAM of board '%s'", w->what,
                                     address_text(a, w->fixed), address_text(a, end), b->name.text);
        EACH(bank, &b->ram) {
            diag_note(d, f, bank->mark, "RAM '%s' is %s..%s", bank->name.text,
                      address_text(a, bank->start), address_text(a, bank->start + bank->size));
        }
        diag_help(d, f, "leave `phys:` out and let hvbuild choose the place");
        return false;
    }
    if (w->fixed < p->end_address && end > b->load_address) {
        struct diag *f =
            diag_report(d, RULE_MEM_004, w->mark, "%s at %s..%s overlaps the hypervisor's %s..%s",
                        w->what, address_text(a, w->fixed), address_text(a, end),
                        address_text(a, b->load_address), address_text(a, p->end_address));
        diag_label(d, f, "runtime, tables and guest images stand there (placed by hvbuild)");
        diag_help(d, f, "start at %s or above, or leave `phys:` out",
                  address_text(a, round_up(p->end_address, HV_BLOCK_SIZE)));
        return false;
    }
    EACH(bank, &b->ram) {
        if (b->load_address >= bank->start && b->load_address - bank->start < bank->size &&
            w->fixed >= bank->start && w->fixed < b->load_address) {
            struct diag *f =
                diag_report(d, RULE_MEM_004, w->mark, "%s at %s overlaps the boot area %s..%s",
                            w->what, address_text(a, w->fixed), address_text(a, bank->start),
                            address_text(a, b->load_address));
            diag_label(d, f, "firmware and its device tree live there until the runtime starts");
            diag_help(d, f, "start at %s or above, or leave `phys:` out",
                      address_text(a, round_up(p->end_address, HV_BLOCK_SIZE)));
            return false;
        }
    }
    return true;
}

static bool place(struct arena *a, struct diags *d, struct map *map, const struct wish *w)
{
    // A block needs both addresses on a 2 MiB boundary, so they must agree modulo 2 MiB.
    bool large = w->size >= HV_BLOCK_SIZE;
    uint64_t unit = large ? HV_BLOCK_SIZE : HV_PAGE_SIZE;
    uint64_t at = map_find(map, w->size, large ? w->guest & (unit - 1) : 0, unit);

    if (at == 0) {
        struct diag *f =
            diag_report(d, RULE_MEM_014, w->mark, "%s needs %s, which are not free in one piece",
                        w->what, size_text(a, w->size));
        diag_label(d, f, "%s", map_left(a, map));
        diag_help(d, f,
                  "make this or an earlier region smaller; regions of 2 MiB and more start on "
                  "a 2 MiB boundary like their guest address");
        return false;
    }
    *w->result = at;
    map_take(map, at, at + w->size);
    return true;
}

bool place_memory(struct arena *a, struct diags *d, struct plan *p)
{
    const struct board *b = p->model->board;
    struct map map = {.arena = a, .board = b};
    LIST(struct wish) wishes = {0};
    bool good = true, inside = false;

    EACH(q, &p->model->partitions) {
        EACH(m, &q->memory) {
            if (!m->block)
                *list_add(a, &wishes) = (struct wish){
                    .what = arena_printf(a, "region '%s' of partition '%s'",
                                         m->name.text ? m->name.text : "", q->name.text),
                    .mark = m->phys.given && m->phys.at.line ? m->phys.at : m->mark,
                    .size = memory_size(m),
                    .guest = m->at.value,
                    .fixed = m->phys.value,
                    .is_fixed = m->phys.given || (m->attributes & TBL_MEM_DEVICE),
                    .device = m->attributes & TBL_MEM_DEVICE,
                    .result = &m->planned_phys,
                };
        }
    }
    EACH(s, &p->model->shared) {
        *list_add(a, &wishes) = (struct wish){
            .what = arena_printf(a, "shared block '%s'", s->name.text),
            .mark = s->phys.given && s->phys.at.line ? s->phys.at : s->mark,
            .size = s->size.value,
            .guest = s->uses.count ? s->uses.items[0]->at.value : 0,
            .fixed = s->phys.value,
            .is_fixed = s->phys.given,
            .result = &s->planned_phys,
        };
    }

    EACH(bank, &b->ram) {
        if (b->load_address >= bank->start && b->load_address - bank->start < bank->size) {
            inside = p->end_address <= bank->start + bank->size;
            map_take(&map, bank->start, p->end_address);
        }
    }
    if (!inside) {
        struct diag *f = diag_report(d, RULE_MEM_014, p->model->module_at,
                                     "the container does not fit into the RAM of board '%s': it "
                                     "needs %s..%s",
                                     b->name.text, address_text(a, b->load_address),
                                     address_text(a, p->end_address));
        diag_help(d, f, "make the images, the queues or the timetable smaller");
        return false;
    }
    EACH(w, &wishes) {
        if (w->is_fixed) {
            good = fixed_check(a, d, p, w) && good;
            *w->result = w->fixed;
            map_take(&map, w->fixed, w->fixed + w->size);
        }
    }
    EACH(w, &wishes) {
        if (!w->is_fixed)
            good = place(a, d, &map, w) && good;
    }
    EACH(q, &p->model->partitions) {
        EACH(m, &q->memory) {
            if (m->block)
                m->planned_phys = m->block->planned_phys;
        }
    }
    return good;
}
