// SPDX-License-Identifier: BSD-2-Clause
// Sorting brings equal names together; the order of the text breaks ties.
#include "check/duplicates.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void duplicates_add(struct duplicates *d, const struct word *name, const void *object)
{
    if (name->text)
        *list_add(d->arena, &d->names) = (struct named){name, object, d->names.count};
}

static int by_order(const struct named *x, const struct named *y)
{
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name->text, y->name->text);

    return order ? order : by_order(x, y);
}

static int by_folded_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcasecmp(x->name->text, y->name->text);

    return order ? order : by_order(x, y);
}

struct duplicate *duplicates_find(struct duplicates *d)
{
    struct duplicate *found = NULL, **end = &found;
    size_t first = 0;

    if (d->names.count == 0)
        return NULL;
    qsort(d->names.items, d->names.count, sizeof *d->names.items,
          d->ignore_case ? by_folded_name : by_name);
    for (size_t i = 1; i < d->names.count; i++) {
        const struct named *a = &d->names.items[first], *b = &d->names.items[i];
        bool equal = strcmp(a->name->text, b->name->text) == 0;
        bool folded = strcasecmp(a->name->text, b->name->text) == 0;

        if (d->ignore_case ? !folded : !equal) {
            first = i;
            continue;
        }
        if (d->ignore_case && equal)
            continue; // a plain duplicate has a rule of its own
        *end = arena_alloc(d->arena, sizeof **end);
        **end = (struct duplicate){a->name, b->name, a->object, b->object, NULL};
        end = &(*end)->next;
    }
    return found;
}

static int by_id(const void *a, const void *b)
{
    const struct partition *x = *(struct partition *const *)a, *y = *(struct partition *const *)b;

    if (x->id.value != y->id.value)
        return x->id.value < y->id.value ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

void duplicates_sort_ids(struct partition **list, size_t count)
{
    if (count > 1)
        qsort(list, count, sizeof *list, by_id);
}
