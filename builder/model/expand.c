// SPDX-License-Identifier: BSD-2-Clause
// The frame that the windows of a schedule unfold to.
#include "model.h"

#include <stdlib.h>

static int by_start(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->window < y->window ? -1 : x->window > y->window; // as written
}

// `every` repeats a window up to the end of the frame. Together the cores hold one slot more than
// is legal at most: SCHED-019 needs no more to say that there are too many.
static void expand_core(struct arena *a, const struct schedule *s, struct core_plan *core,
                        uint64_t limit, size_t *total)
{
    struct amount frame = core->frame.given ? core->frame : s->major_frame;

    for (size_t i = 0; i < core->windows.count; i++) {
        struct window *w = &core->windows.items[i];
        uint64_t start = w->start.value, end;

        if (!w->start.given || !w->duration.given)
            continue;
        do {
            if (*total > limit || !add_u64(start, w->duration.value, &end))
                break;
            *list_add(a, &core->slots) =
                (struct slot){start, end, w, w->period_start.given && w->period_start.value};
            ++*total;
        } while (w->every.given && w->every.value && frame.given &&
                 add_u64(start, w->every.value, &start) && start < frame.value);
    }
    if (core->slots.count)
        qsort(core->slots.items, core->slots.count, sizeof *core->slots.items, by_start);
}

static int by_partition(const void *a, const void *b)
{
    const struct slot *x = *(struct slot *const *)a, *y = *(struct slot *const *)b;

    if (x->window->partition != y->window->partition)
        return x->window->partition < y->window->partition ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->window->cpu.value != y->window->cpu.value)
        return x->window->cpu.value < y->window->cpu.value ? -1 : 1;
    return x < y ? -1 : x > y;
}

// The first window in each period of a partition begins that period, unless its windows say for
// themselves which do.
static void default_period_starts(const struct schedule *s, struct slot **slots, size_t count)
{
    const struct demand *owed = demand_of(s, slots[0]->window->partition);
    uint64_t period = owed->period.given ? owed->period.value : 0;

    for (size_t i = 0; i < count; i++)
        if (slots[i]->window->period_start.at.line)
            return;
    for (size_t i = 0; i < count && period; i++)
        slots[i]->period_start = !i || slots[i]->start / period != slots[i - 1]->start / period;
}

static void mark_period_starts(struct arena *a, struct schedule *s, size_t total)
{
    struct slot **all = arena_alloc(a, (total + 1) * sizeof *all);
    size_t count = 0;

    for (size_t c = 0; c < s->cores.count; c++)
        for (size_t i = 0; i < s->cores.items[c].slots.count; i++)
            if (s->cores.items[c].slots.items[i].window->partition)
                all[count++] = &s->cores.items[c].slots.items[i];
    if (count)
        qsort(all, count, sizeof *all, by_partition);
    for (size_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count; next++)
            if (all[next]->window->partition != all[first]->window->partition)
                break;
        default_period_starts(s, all + first, next - first);
    }
}

void model_expand(struct arena *a, const struct model *m, struct schedule *s)
{
    uint64_t limit = limits_of(m)->windows;
    size_t total = 0;

    EACH(core, &s->cores) {
        core->slots.count = 0;
        expand_core(a, s, core, limit, &total);
    }
    mark_period_starts(a, s, total);
}
