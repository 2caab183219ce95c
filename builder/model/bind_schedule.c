// SPDX-License-Identifier: BSD-2-Clause
// Schedules: windows as written, and the frame they unfold to.
#include "bind.h"

#include <stdlib.h>
#include <string.h>

static void bind_window(struct binder *b, const struct node *n, struct core_plan *core)
{
    struct window *w = list_add(b->arena, &core->windows);
    struct object o;

    object_open(b, OBJECT_WINDOW, n, &o);
    w->mark = n->mark;
    w->partition_name = get_word(&o, KEY_WINDOW_PARTITION);
    w->start = get_amount(&o, KEY_WINDOW_START);
    w->duration = get_amount(&o, KEY_WINDOW_DURATION);
    w->every = get_amount(&o, KEY_WINDOW_EVERY);
    w->cpu = get_amount(&o, KEY_WINDOW_CPU);
    w->period_start = get_amount(&o, KEY_WINDOW_PERIOD_START);
}

static void bind_core(struct binder *b, const struct node *n, struct schedule *s,
                      struct names *seen)
{
    size_t first;
    uint64_t number;
    const char *why;

    if (!parse_number(n->key, &number, &why) || number > UINT32_MAX) {
        struct diag *f = diag_report(b->diags, RULE_SYN_004, n->key_mark,
                                     "'%s' is not the number of a core", n->key);
        diag_help(b->diags, f, "write it like `cores: %s`", keys[KEY_SCHEDULE_CORES].example);
        return;
    }
    if (n->kind != NODE_LIST) {
        report_kind(b, n, KEY_SCHEDULE_CORES);
        return;
    }
    const char *name = arena_printf(b->arena, "%u", (unsigned)number);
    if (names_find(seen, name, strlen(name), &first)) {
        // SYN-007: the parser sees equal keys only, not 1 and 0x1.
        struct diag *f =
            diag_report(b->diags, RULE_SYN_007, n->key_mark, "core %s is given twice", name);
        diag_note(b->diags, f, s->cores.items[first].mark, "first given here");
        diag_help(b->diags, f, "put all windows of a core under one key");
        return;
    }
    names_add(seen, name, s->cores.count);
    struct core_plan *core = list_add(b->arena, &s->cores);
    core->core = (uint32_t)number;
    core->mark = n->key_mark;
    for (const struct node *i = n->first; i; i = i->next)
        bind_window(b, i, core);
}

void bind_schedules(struct binder *b, const struct object *system)
{
    for (const struct node *n = get_list(system, KEY_SYSTEM_SCHEDULES, false); n; n = n->next) {
        struct schedule *s = list_add(b->arena, &b->model->schedules);
        struct names seen = {.arena = b->arena};
        struct object o;

        object_open(b, OBJECT_SCHEDULE, n, &o);
        s->mark = n->mark;
        s->name = get_word(&o, KEY_SCHEDULE_NAME);
        s->major_frame = get_amount(&o, KEY_SCHEDULE_MAJOR_FRAME);
        const struct node *cores = get_map(&o, KEY_SCHEDULE_CORES);
        for (const struct node *i = cores ? cores->first : NULL; i; i = i->next)
            bind_core(b, i, s, &seen);
    }
}

// ---- The frame --------------------------------------------------------------------------------

static int by_start(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->window < y->window ? -1 : x->window > y->window; // as written
}

// `every` repeats a window up to the end of the frame. Together the cores hold one slot more than
// is legal at most: SCHED-019 needs no more to say that there are too many.
static void expand_core(struct binder *b, const struct schedule *s, struct core_plan *core,
                        size_t *total)
{
    for (size_t i = 0; i < core->windows.count; i++) {
        struct window *w = &core->windows.items[i];
        uint64_t start = w->start.value, end;

        if (!w->start.given || !w->duration.given)
            continue;
        do {
            if (*total > HV_MAX_WINDOWS || !add_u64(start, w->duration.value, &end))
                break;
            *list_add(b->arena, &core->slots) =
                (struct slot){start, end, w, w->period_start.given && w->period_start.value};
            ++*total;
        } while (w->every.given && s->major_frame.given && add_u64(start, w->every.value, &start) &&
                 start < s->major_frame.value);
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

static void mark_period_starts(struct binder *b, struct schedule *s, size_t total)
{
    struct slot **all = arena_alloc(b->arena, (total + 1) * sizeof *all);
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

void expand_schedules(struct binder *b)
{
    for (size_t i = 0; i < b->model->schedules.count; i++) {
        struct schedule *s = &b->model->schedules.items[i];
        size_t total = 0;

        for (size_t c = 0; c < s->cores.count; c++)
            expand_core(b, s, &s->cores.items[c], &total);
        mark_period_starts(b, s, total);
    }
}
