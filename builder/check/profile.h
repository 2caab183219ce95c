// SPDX-License-Identifier: BSD-2-Clause
// Profiles: which rules weigh how much, from schema/profiles.def.
#ifndef HVBUILD_PROFILE_H
#define HVBUILD_PROFILE_H

#include "check/check.h"

enum { PROFILES = PROFILE_STRICT + 1 };

const char *profile_word(enum profile p); // "relaxed"
bool profile_find(const char *word, enum profile *p);
enum severity profile_severity(enum profile p, enum rule r);
// Why it differs from rules.def, and what the rule itself does otherwise: NULL for nothing.
const char *profile_reason(enum profile p, enum rule r);
const char *profile_part(enum profile p, enum rule r);

// Weighs all findings, those before and those to come, by a profile.
void profile_apply(struct diags *d, enum profile p);

#endif
