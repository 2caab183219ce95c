// SPDX-License-Identifier: BSD-2-Clause
// Waivers: findings that somebody looked at and accepted, with a name and a reason (BLD-008).
#ifndef HVBUILD_WAIVERS_H
#define HVBUILD_WAIVERS_H

#include "check/check.h"

// The waiver of the model that accepts this very finding, or NULL.
const struct waiver *waiver_of(const struct model *m, const struct diag *f);

// The rule whose findings a waiver could accept; RULES: it is not fit to accept anything.
enum rule waiver_rule(const struct waiver *w);

// BLD-008, once the rules up to a stage have run: after STAGE_CHECK all waivers as they are written
// and those of rules that need no image, after STAGE_IMAGE the rest.
void waivers_judge(struct arena *a, struct diags *d, const struct model *m, enum rule_stage stage);

#endif
