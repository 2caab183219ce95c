// SPDX-License-Identifier: BSD-2-Clause
// Health monitoring tables as a document.
#include "report/yaml_parts.h"

void put_members(struct map_out *o, enum key_id key, const struct member *members, size_t count)
{
    struct text names = {.arena = o->out->arena};

    for (size_t i = 0; i < count; i++)
        if (members[i].name.text)
            name_add(&names, members[i].name.text);
    put_names(o, key, &names);
}

static void put_entry(struct list_out *list, struct yaml_out *w, const struct hm_entry *e)
{
    MAP(o, HM_ENTRY);

    put_word(&o, KEY_HM_ENTRY_ERROR, &e->error_name);
    put_word(&o, KEY_HM_ENTRY_STATE, &e->state_name);
    put_choice(&o, KEY_HM_ENTRY_LEVEL, e->level, e->level_at);
    put_choice(&o, KEY_HM_ENTRY_ACTION, e->action, e->action_at);
    put_choice(&o, KEY_HM_ENTRY_CODE, e->code, e->code_at);
    list_item(list, &o, e->mark);
}

static void put_table(struct list_out *list, struct yaml_out *w, const struct hm_table *t)
{
    MAP(o, HM_TABLE);
    ITEMS(entries);

    put_word(&o, KEY_HM_TABLE_NAME, &t->name);
    put_choice(&o, KEY_HM_TABLE_KIND, t->kind, (struct mark){0});
    put_members(&o, KEY_HM_TABLE_PARTITIONS, t->partitions.items, t->partitions.count);
    put_amount(&o, KEY_HM_TABLE_FALLBACK, t->fallback);
    put_word(&o, KEY_HM_TABLE_MULTI, &t->multi_name);
    put_word(&o, KEY_HM_TABLE_CALLBACK, &t->callback);
    EACH(e, &t->entries)
        put_entry(&entries, w, e);
    put_list(&o, KEY_HM_TABLE_ENTRIES, &entries);
    list_item(list, &o, t->mark);
}

void put_health_tables(struct yaml_out *w, struct map_out *system, const struct hm *hm)
{
    MAP(o, HEALTH_TABLES);
    ITEMS(errors);
    ITEMS(states);
    ITEMS(tables);

    if (!hm->mark.line)
        return;
    put_amount(&o, KEY_HEALTH_TABLES_LOG_DEPTH, hm->log_depth);
    EACH(e, &hm->errors) {
        MAP(item, HM_ERROR);
        put_word(&item, KEY_HM_ERROR_NAME, &e->name);
        put_amount(&item, KEY_HM_ERROR_ID, e->id);
        list_item(&errors, &item, e->mark);
    }
    EACH(s, &hm->states) {
        MAP(item, HM_STATE);
        put_word(&item, KEY_HM_STATE_NAME, &s->name);
        put_choice(&item, KEY_HM_STATE_PHASE, s->phase, (struct mark){0});
        list_item(&states, &item, s->mark);
    }
    EACH(t, &hm->tables)
        put_table(&tables, w, t);
    put_list(&o, KEY_HEALTH_TABLES_ERRORS, &errors);
    put_list(&o, KEY_HEALTH_TABLES_STATES, &states);
    put_list(&o, KEY_HEALTH_TABLES_TABLES, &tables);
    if (map_empty(&o))
        put_text(system, KEY_SYSTEM_HEALTH_TABLES, "{}");
    else
        put_block(system, KEY_SYSTEM_HEALTH_TABLES, map_block(&o));
}
