// SPDX-License-Identifier: BSD-2-Clause
// SYN-008: what the document leaves out and a default stands for. One finding for each kind of
// object and origin, so that the list is whole and can still be read.
#include "bind.h"

#include <string.h>

struct default_use {
    size_t count;
    struct mark first;       // the first object that leaves the key out
    const char *value;       // that is taken
    const struct node *from; // in `defaults:`; NULL: of the language
};

// Uses by key: those of the language, then those of `defaults:`.
static struct default_use *uses_of(struct binder *b, bool inherited)
{
    if (!b->defaults)
        b->defaults = arena_alloc(b->arena, 2 * KEYS * sizeof *b->defaults);
    return b->defaults + (inherited ? KEYS : 0);
}

void default_taken(const struct object *o, enum key_id key, const struct node *from)
{
    bool board = o->id == OBJECT_BOARD || o->id == OBJECT_BOARD_DEVICE;

    // No place: read for its own sake only. What a board file leaves out is the board's affair.
    if (!o->mark.line || board || (from && from->kind != NODE_SCALAR))
        return;
    struct default_use *use = &uses_of(o->binder, from)[key];
    if (use->count++ > 0)
        return;
    use->first = o->mark;
    use->value = from ? from->text : keys[key].fallback;
    use->from = from;
}

static bool before(struct mark a, struct mark b)
{
    if (a.source != b.source)
        return a.source->order < b.source->order;
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static void report_object(struct binder *b, enum object_id id, const struct default_use *uses)
{
    const struct default_use *first = NULL;
    struct text all = {.arena = b->arena};

    for (size_t i = 0; i < object_count(id); i++) {
        const struct default_use *use = &uses[objects[id].first + (int)i];

        if (!use->count)
            continue;
        text_add(&all, "%s%s: %s", all.length ? ", " : "", keys[use - uses].key, use->value);
        if (use->count > 1)
            text_add(&all, " (%zu times)", use->count);
        if (!first || before(use->first, first->first))
            first = use;
    }
    if (!first)
        return;
    struct diag *f =
        diag_report(b->diags, RULE_SYN_008, first->first, "%s stand for what %s leaves out",
                    first->from ? "the document's defaults" : "defaults", objects[id].noun);
    diag_label(b->diags, f, "%s", all.bytes);
    if (first->from)
        diag_note(b->diags, f, first->from->key_mark, "'%s' is from here", first->from->key);
}

void report_defaults(struct binder *b)
{
    if (strcmp(b->model->dialect, "system.yaml") != 0)
        return; // converted: nobody left anything out, the original has no such keys
    for (int inherited = 0; inherited < 2; inherited++)
        for (int id = 0; id < OBJECTS; id++)
            report_object(b, (enum object_id)id, uses_of(b, inherited));
}
