// SPDX-License-Identifier: BSD-2-Clause
// Names to positions: an open hash table, and what to say about a name that is not in it.
#include "names.h"

#include <string.h>

static size_t slot_of(const struct names *n, const char *name, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325; // FNV-1a, 64 bits

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 0x100000001b3;
    size_t slot = (size_t)(hash ^ hash >> 32) & (n->room - 1);
    while (n->slots[slot].name &&
           (strncmp(n->slots[slot].name, name, length) != 0 || n->slots[slot].name[length] != '\0'))
        slot = (slot + 1) & (n->room - 1);
    return slot;
}

static void grow(struct names *n)
{
    struct names larger = *n;

    larger.room = n->room ? n->room * 2 : 64;
    larger.slots = arena_alloc(n->arena, larger.room * sizeof *larger.slots);
    for (size_t i = 0; i < n->room; i++) {
        const char *name = n->slots[i].name;
        if (name)
            larger.slots[slot_of(&larger, name, strlen(name))] = n->slots[i];
    }
    *n = larger;
}

void names_add(struct names *n, const char *name, size_t index)
{
    if (!name)
        return;
    if (n->words.count * 2 >= n->room)
        grow(n);
    struct name_slot *slot = &n->slots[slot_of(n, name, strlen(name))];
    if (!slot->name) {
        *slot = (struct name_slot){name, index};
        *list_add(n->arena, &n->words) = name;
    }
}

bool names_find(const struct names *n, const char *name, size_t length, size_t *index)
{
    if (!n->room)
        return false;
    const struct name_slot *slot = &n->slots[slot_of(n, name, length)];
    if (!slot->name)
        return false;
    *index = slot->index;
    return true;
}

void help_names(struct diags *d, struct diag *f, const struct names *n, const char *word,
                const char *what)
{
    enum { SHOWN = 12, COMPARED = 1000 };
    struct text all = {.arena = n->arena};
    size_t count = n->words.count;
    const char *near = nearest_word(word, n->words.items, count < COMPARED ? count : COMPARED);

    if (near)
        diag_label(d, f, "did you mean '%s'?", near);
    if (!count) {
        diag_help(d, f, "no %s are declared", what);
        return;
    }
    for (size_t i = 0; i < count && i < SHOWN; i++)
        text_add(&all, "%s%s", i ? ", " : "", n->words.items[i]);
    diag_help(d, f, "the %s are: %s%s", what, all.bytes, count > SHOWN ? ", ..." : "");
}
