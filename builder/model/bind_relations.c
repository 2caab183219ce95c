// SPDX-License-Identifier: BSD-2-Clause
// What is said about several partitions together: sets, resources and chains; and the waivers.
#include "bind.h"

#include <string.h>

static void bind_exclusion(struct binder *b, const struct node *n, struct exclusion *e)
{
    struct object o;
    struct mark at;

    object_open(b, OBJECT_EXCLUSION, n, &o);
    e->mark = n->mark;
    e->name = get_word(&o, KEY_EXCLUSION_NAME);
    e->kind = get_choice(&o, KEY_EXCLUSION_NEVER, EXCLUDE_TOGETHER, &at);
    for (const struct node *i = get_list(&o, KEY_EXCLUSION_MEMBERS, false); i; i = i->next)
        list_add(b->arena, &e->members)->name = item_word(b, i, KEY_EXCLUSION_MEMBERS);
}

static void bind_co_run(struct binder *b, const struct node *n)
{
    if (n->kind != NODE_LIST) {
        report_kind(b, n, KEY_SYSTEM_CO_RUN);
        return;
    }
    struct co_run *set = list_add(b->arena, &b->model->co_runs);
    set->mark = n->mark;
    for (const struct node *i = n->first; i; i = i->next)
        list_add(b->arena, &set->members)->name = item_word(b, i, KEY_SYSTEM_CO_RUN);
}

static void bind_resource(struct binder *b, const struct node *n, struct resource *r)
{
    struct object o;

    object_open(b, OBJECT_RESOURCE, n, &o);
    r->mark = n->mark;
    r->name = get_word(&o, KEY_RESOURCE_NAME);
    r->capacity = get_amount(&o, KEY_RESOURCE_CAPACITY);
}

static struct chain_step step_of(struct binder *b, const struct node *n)
{
    struct chain_step step = {.text = item_word(b, n, KEY_CHAIN_STEPS)};
    const char *text = step.text.text, *dot = text ? strchr(text, '.') : NULL;

    if (text && (!dot || dot == text || !dot[1])) {
        struct diag *f = diag_report(b->diags, RULE_SYN_001, n->mark,
                                     "'%s' does not name a process of a partition", text);
        diag_help(b->diags, f, "write partition.process, for example `steps: %s`",
                  keys[KEY_CHAIN_STEPS].example);
    } else if (dot) {
        step.partition_name = arena_text(b->arena, text, (size_t)(dot - text));
        step.process_name = dot + 1;
    }
    return step;
}

static void bind_chain(struct binder *b, const struct node *n, struct chain *c)
{
    struct object o;

    object_open(b, OBJECT_CHAIN, n, &o);
    c->mark = n->mark;
    c->name = get_word(&o, KEY_CHAIN_NAME);
    for (const struct node *i = get_list(&o, KEY_CHAIN_STEPS, false); i; i = i->next)
        *list_add(b->arena, &c->steps) = step_of(b, i);
    c->reaction = get_amount(&o, KEY_CHAIN_REACTION);
    c->age = get_amount(&o, KEY_CHAIN_AGE);
    c->jitter = get_amount(&o, KEY_CHAIN_JITTER);
}

static void bind_waiver(struct binder *b, const struct node *n, struct waiver *w)
{
    struct object o;

    object_open(b, OBJECT_WAIVER, n, &o);
    w->mark = n->mark;
    w->rule = get_word(&o, KEY_WAIVER_RULE);
    w->object = get_word(&o, KEY_WAIVER_OBJECT);
    w->reason = get_word(&o, KEY_WAIVER_REASON);
    w->author = get_word(&o, KEY_WAIVER_AUTHOR);
    w->digest = get_word(&o, KEY_WAIVER_DIGEST);
}

void bind_relations(struct binder *b, const struct object *system)
{
    struct model *m = b->model;

    for (const struct node *n = get_list(system, KEY_SYSTEM_EXCLUSIONS, false); n; n = n->next)
        bind_exclusion(b, n, list_add(b->arena, &m->exclusions));
    for (const struct node *n = get_list(system, KEY_SYSTEM_CO_RUN, false); n; n = n->next)
        bind_co_run(b, n);
    for (const struct node *n = get_list(system, KEY_SYSTEM_RESOURCES, false); n; n = n->next)
        bind_resource(b, n, list_add(b->arena, &m->resources));
    for (const struct node *n = get_list(system, KEY_SYSTEM_CHAINS, false); n; n = n->next)
        bind_chain(b, n, list_add(b->arena, &m->chains));
    for (const struct node *n = get_list(system, KEY_SYSTEM_WAIVERS, false); n; n = n->next)
        bind_waiver(b, n, list_add(b->arena, &m->waivers));
}
