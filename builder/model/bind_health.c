// SPDX-License-Identifier: BSD-2-Clause
// Health monitoring tables: errors, states, and what follows from them.
#include "bind.h"

static void bind_error(struct binder *b, const struct node *n, struct hm_error *e)
{
    struct object o;

    object_open(b, OBJECT_HM_ERROR, n, &o);
    e->mark = n->mark;
    e->name = get_word(&o, KEY_HM_ERROR_NAME);
    e->id = get_amount(&o, KEY_HM_ERROR_ID);
}

static void bind_state(struct binder *b, const struct node *n, struct hm_state *s)
{
    struct object o;
    struct mark at;

    object_open(b, OBJECT_HM_STATE, n, &o);
    s->mark = n->mark;
    s->name = get_word(&o, KEY_HM_STATE_NAME);
    s->phase = get_choice(&o, KEY_HM_STATE_PHASE, HM_PHASE_NONE, &at);
}

static void bind_entry(struct binder *b, const struct node *n, struct hm_entry *e)
{
    struct object o;

    object_open(b, OBJECT_HM_ENTRY, n, &o);
    e->mark = n->mark;
    e->error_name = get_word(&o, KEY_HM_ENTRY_ERROR);
    e->state_name = get_word(&o, KEY_HM_ENTRY_STATE);
    e->level = get_choice(&o, KEY_HM_ENTRY_LEVEL, HM_LEVEL_NONE, &e->level_at);
    e->action = get_choice(&o, KEY_HM_ENTRY_ACTION, HM_ACTION_NONE, &e->action_at);
    e->code = get_choice(&o, KEY_HM_ENTRY_CODE, HM_CODE_NONE, &e->code_at);
}

static void bind_table(struct binder *b, const struct node *n, struct hm_table *t)
{
    struct object o;
    struct mark at;

    object_open(b, OBJECT_HM_TABLE, n, &o);
    t->mark = n->mark;
    t->name = get_word(&o, KEY_HM_TABLE_NAME);
    t->kind = get_choice(&o, KEY_HM_TABLE_KIND, HM_TABLE_PARTITION, &at);
    for (const struct node *i = get_list(&o, KEY_HM_TABLE_PARTITIONS, false); i; i = i->next)
        list_add(b->arena, &t->partitions)->name = item_word(b, i, KEY_HM_TABLE_PARTITIONS);
    t->fallback = get_amount(&o, KEY_HM_TABLE_FALLBACK);
    t->multi_name = get_word(&o, KEY_HM_TABLE_MULTI);
    t->callback = get_word(&o, KEY_HM_TABLE_CALLBACK);
    for (const struct node *i = get_list(&o, KEY_HM_TABLE_ENTRIES, false); i; i = i->next)
        bind_entry(b, i, list_add(b->arena, &t->entries));
}

void bind_health_tables(struct binder *b, const struct object *system)
{
    const struct node *n = get_map(system, KEY_SYSTEM_HEALTH_TABLES);
    struct hm *hm = &b->model->hm;
    struct object o;

    if (!n)
        return;
    object_open(b, OBJECT_HEALTH_TABLES, n, &o);
    hm->mark = n->mark;
    hm->log_depth = get_amount(&o, KEY_HEALTH_TABLES_LOG_DEPTH);
    for (const struct node *i = get_list(&o, KEY_HEALTH_TABLES_ERRORS, false); i; i = i->next)
        bind_error(b, i, list_add(b->arena, &hm->errors));
    for (const struct node *i = get_list(&o, KEY_HEALTH_TABLES_STATES, false); i; i = i->next)
        bind_state(b, i, list_add(b->arena, &hm->states));
    for (const struct node *i = get_list(&o, KEY_HEALTH_TABLES_TABLES, false); i; i = i->next)
        bind_table(b, i, list_add(b->arena, &hm->tables));
}
