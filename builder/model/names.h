// SPDX-License-Identifier: BSD-2-Clause
// Names to positions in a list of the model, so that references cost the same in any system.
#ifndef HVBUILD_NAMES_H
#define HVBUILD_NAMES_H

#include "base/base.h"
#include "report/diag.h"

struct names {
    struct arena *arena;
    struct name_slot {
        const char *name;
        size_t index;
    } * slots;
    size_t room;
    LIST(const char *) words; // in the order of adding
};
void names_add(struct names *n, const char *name, size_t index); // the first of equal names stays
bool names_find(const struct names *n, const char *name, size_t length, size_t *index);
// Ends a finding about an unknown name: "did you mean", or what there is.
void help_names(struct diags *d, struct diag *f, const struct names *n, const char *word,
                const char *what);

#endif
