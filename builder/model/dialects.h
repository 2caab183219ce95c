// SPDX-License-Identifier: BSD-2-Clause
// The languages that a description can come from, and what each has no words for.
#ifndef HVBUILD_DIALECTS_H
#define HVBUILD_DIALECTS_H

#include "model.h"

struct dialect_info {
    const char *name;  // the word of `module.dialect`
    const char *title; // "XtratuM XM_CF"
    enum profile profile;
    uint32_t unstated; // enum unstated
};

// NULL for a name that is none.
const struct dialect_info *dialect_find(const char *name);

#endif
