// SPDX-License-Identifier: BSD-2-Clause
// Shared blocks and channels, and what their names refer to.
#include "bind.h"

#include <string.h>

static void bind_shared(struct binder *b, const struct node *n)
{
    struct shared_block *s = list_add(b->arena, &b->model->shared);
    struct object o;

    object_open(b, OBJECT_SHARED, n, &o);
    s->mark = n->mark;
    s->name = get_word(&o, KEY_SHARED_NAME);
    s->size = get_amount(&o, KEY_SHARED_SIZE);
    s->phys = get_amount(&o, KEY_SHARED_PHYS);
    s->writers = get_amount(&o, KEY_SHARED_MULTI_WRITER);
    s->attributes = TBL_MEM_SHARED;
    struct amount cached = get_amount(&o, KEY_SHARED_CACHED);
    if (cached.given && !cached.value)
        s->attributes |= TBL_MEM_UNCACHED;
}

// Columns of a part of a scalar; a quoted one is marked as a whole, as are escapes.
static struct mark part_mark(const struct node *n, size_t from, size_t to)
{
    struct mark m = n->mark;

    if (!n->plain)
        return m;
    m.end_column = m.column + utf8_count(n->text, to);
    m.column += utf8_count(n->text, from);
    return m;
}

static struct endpoint endpoint_of(struct binder *b, const struct node *n, enum key_id key)
{
    struct endpoint e = {.text = item_word(b, n, key), .partition_at = n->mark, .port_at = n->mark};
    const char *dot = e.text.text ? strchr(e.text.text, '.') : NULL;

    if (e.text.text && (!dot || dot == e.text.text || !dot[1])) {
        // CHAN-005: an endpoint names a partition and a port.
        struct diag *f =
            diag_report(b->diags, RULE_CHAN_005, n->mark, "'%s' does not name a port", e.text.text);
        diag_help(b->diags, f, "write partition.port, for example `%s: %s`", keys[key].key,
                  keys[KEY_CHANNEL_FROM].example);
    } else if (dot) {
        size_t length = (size_t)(dot - e.text.text);
        e.partition_name = arena_text(b->arena, e.text.text, length);
        e.port_name = dot + 1;
        e.partition_at = part_mark(n, 0, length);
        e.port_at = part_mark(n, length + 1, strlen(n->text));
    }
    return e;
}

static void bind_channel(struct binder *b, const struct node *n)
{
    struct channel *c = list_add(b->arena, &b->model->channels);
    struct object o;

    object_open(b, OBJECT_CHANNEL, n, &o);
    c->mark = n->mark;
    c->index = (uint32_t)b->model->channels.count - 1;
    c->name = get_word(&o, KEY_CHANNEL_NAME);
    c->type = get_choice(&o, KEY_CHANNEL_TYPE, TBL_SAMPLING, &c->type_at);
    c->max_message = get_amount(&o, KEY_CHANNEL_MAX_MESSAGE);
    c->depth = get_amount(&o, KEY_CHANNEL_DEPTH);
    c->latency = get_amount(&o, KEY_CHANNEL_LATENCY);
    c->local = get_amount(&o, KEY_CHANNEL_LOCAL);
    bool list =
        object_value(&o, KEY_CHANNEL_FROM) && object_value(&o, KEY_CHANNEL_FROM)->kind == NODE_LIST;
    for (const struct node *i = get_list(&o, KEY_CHANNEL_FROM, true); i; i = list ? i->next : NULL)
        *list_add(b->arena, &c->from) = endpoint_of(b, i, KEY_CHANNEL_FROM);
    list = object_value(&o, KEY_CHANNEL_TO) && object_value(&o, KEY_CHANNEL_TO)->kind == NODE_LIST;
    for (const struct node *i = get_list(&o, KEY_CHANNEL_TO, true); i; i = list ? i->next : NULL)
        *list_add(b->arena, &c->to) = endpoint_of(b, i, KEY_CHANNEL_TO);
}

void bind_channels(struct binder *b, const struct object *system)
{
    for (const struct node *n = get_list(system, KEY_SYSTEM_SHARED_MEMORY, false); n; n = n->next)
        bind_shared(b, n);
    for (const struct node *n = get_list(system, KEY_SYSTEM_CHANNELS, false); n; n = n->next)
        bind_channel(b, n);
}
