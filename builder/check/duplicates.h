// SPDX-License-Identifier: BSD-2-Clause
// Finds names (and identifiers) that occur twice, in n log n and in the order of the text.
#ifndef HVBUILD_DUPLICATES_H
#define HVBUILD_DUPLICATES_H

#include "model/model.h"

struct named { // one name and the object that has it
    const struct word *name;
    const void *object;
    size_t order;
};

struct duplicates { // set `arena`; the rest starts as zero
    struct arena *arena;
    bool ignore_case; // names that are equal but for letter case, and only those
    LIST(struct named) names;
};

struct duplicate {
    const struct word *first, *again;
    const void *first_object, *again_object;
    struct duplicate *next;
};

void duplicates_add(struct duplicates *d, const struct word *name, const void *object);

// Every name that repeats an earlier one, each with the first of its kind; NULL for none. Words
// without text are passed over.
struct duplicate *duplicates_find(struct duplicates *d);

// Sorts partitions by identifier, equal ones in the order of the text.
void duplicates_sort_ids(struct partition **list, size_t count);

#endif
