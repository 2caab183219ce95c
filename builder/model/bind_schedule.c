// SPDX-License-Identifier: BSD-2-Clause
// Schedules: what they owe, windows as written, and what a change to them does.
#include "bind.h"

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
    w->pad = get_amount(&o, KEY_WINDOW_PAD);
    w->flush = get_amount(&o, KEY_WINDOW_FLUSH);
    for (const struct node *i = get_list(&o, KEY_WINDOW_RECEIVERS, false); i; i = i->next)
        list_add(b->arena, &w->receivers)->name = item_word(b, i, KEY_WINDOW_RECEIVERS);
}

// The windows of a core: the list itself, or in a map beside a frame of the core's own.
static const struct node *core_windows(struct binder *b, const struct node *n,
                                       struct core_plan *core)
{
    struct object o;

    if (n->kind == NODE_LIST)
        return n->first;
    object_open(b, OBJECT_CORE, n, &o);
    core->frame = get_amount(&o, KEY_CORE_FRAME);
    return get_list(&o, KEY_CORE_WINDOWS, false);
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
    if (n->kind == NODE_SCALAR) {
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
    for (const struct node *i = core_windows(b, n, core); i; i = i->next)
        bind_window(b, i, core);
}

static struct demand bind_demand(struct binder *b, const struct node *n)
{
    struct object o;

    object_open(b, OBJECT_DEMAND, n, &o);
    return (struct demand){
        .partition_name = get_word(&o, KEY_DEMAND_PARTITION),
        .period = get_amount(&o, KEY_DEMAND_PERIOD),
        .duration = get_amount(&o, KEY_DEMAND_DURATION),
        .mark = n->mark,
    };
}

static void bind_schedule(struct binder *b, const struct node *n, struct schedule *s)
{
    struct names seen = {.arena = b->arena};
    struct object o;

    bool map = object_open(b, OBJECT_SCHEDULE, n, &o);
    s->mark = n->mark;
    s->name = get_word(&o, KEY_SCHEDULE_NAME);
    s->id = get_amount(&o, KEY_SCHEDULE_ID);
    s->initial = get_amount(&o, KEY_SCHEDULE_INITIAL);
    s->major_frame = get_amount(&o, KEY_SCHEDULE_MAJOR_FRAME);
    s->synthesize = get_amount(&o, KEY_SCHEDULE_SYNTHESIZE);
    s->final = get_amount(&o, KEY_SCHEDULE_FINAL);
    s->change_within = get_amount(&o, KEY_SCHEDULE_CHANGE_WITHIN);
    for (const struct node *i = get_list(&o, KEY_SCHEDULE_PARTITIONS, false); i; i = i->next)
        *list_add(b->arena, &s->demands) = bind_demand(b, i);
    const struct node *changes = get_map(&o, KEY_SCHEDULE_ON_CHANGE);
    for (const struct node *i = changes ? changes->first : NULL; i; i = i->next)
        *list_add(b->arena, &s->on_change) = (struct change_action){
            .partition_name = {i->key, i->key_mark},
            .action = item_choice(b, i, KEY_SCHEDULE_ON_CHANGE, TBL_ACTION_IGNORE),
            .action_at = i->mark,
            .mark = i->key_mark,
        };
    bool unread = object_value(&o, KEY_SCHEDULE_SYNTHESIZE) && !s->synthesize.given;
    if (map && !s->synthesize.value && !unread) {
        if (!object_value(&o, KEY_SCHEDULE_MAJOR_FRAME))
            report_lacking(b, &o, KEY_SCHEDULE_MAJOR_FRAME, "");
        if (!object_value(&o, KEY_SCHEDULE_CORES))
            report_lacking(b, &o, KEY_SCHEDULE_CORES,
                           ", or `synthesize: true` to have the windows found");
    }
    const struct node *cores = get_map(&o, KEY_SCHEDULE_CORES);
    for (const struct node *i = cores ? cores->first : NULL; i; i = i->next)
        bind_core(b, i, s, &seen);
}

void bind_schedules(struct binder *b, const struct object *system)
{
    for (const struct node *n = get_list(system, KEY_SYSTEM_SCHEDULES, false); n; n = n->next)
        bind_schedule(b, n, list_add(b->arena, &b->model->schedules));
}
