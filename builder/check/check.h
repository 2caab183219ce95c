// SPDX-License-Identifier: BSD-2-Clause
// The rules: what each is (from schema/rules.def) and the pass that runs them.
#ifndef HVBUILD_CHECK_H
#define HVBUILD_CHECK_H

#include "model/model.h"

// When a rule runs. The front end reports its own rules while reading; the rest are functions.
enum rule_stage {
    STAGE_READ,  // reported by source/ and model/ while reading
    STAGE_CHECK, // check/: from the model alone
    STAGE_IMAGE, // plan/ and image/: needs the guest images or the plan (`hvbuild check` runs these
                 // too, as far as the images exist)
};

struct rule_info {
    const char *id; // "SCHED-004"
    enum severity severity;
    bool isolation; // -W cannot weaken it
    enum rule_stage stage;
    const char *title;      // a few words
    const char *statement;  // what must hold, in our words
    const char *why;        // what goes wrong otherwise
    const char *source;     // clause or practice
    const char *good, *bad; // short examples in system.yaml, or NULL
    const char *needs; // rules that must have no error for this one to run: "SYN-002 SCHED-001"
};
extern const struct rule_info rules[RULES];
// RULES when unknown. Letter case does not matter.
enum rule rule_find(const char *id);

// Nothing may weaken the rule, neither -W nor a profile nor a waiver: isolation rests on it, or a
// text that was not understood cannot be built from.
bool rule_fixed(enum rule r);

// Rules of the catalogue that are not run, and why; ends with an id of NULL.
struct unchecked_rule {
    const char *id, *title, *reason;
};
extern const struct unchecked_rule unchecked_rules[];

// Families in the order of the catalogue; ends with an id of NULL.
struct rule_family {
    const char *id, *title;
};
extern const struct rule_family rule_families[];

// Runs every STAGE_CHECK rule whose prerequisites found no error, in the order of rules.def.
void check_model(struct arena *a, struct diags *d, struct model *m);

#endif
