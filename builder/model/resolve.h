// SPDX-License-Identifier: BSD-2-Clause
// Inside the front end: names become pointers.
#ifndef HVBUILD_RESOLVE_H
#define HVBUILD_RESOLVE_H

#include "model.h"
#include "names.h"

struct resolver {
    struct arena *arena;
    struct diags *diags;
    struct model *model;
    struct names partitions, resources;
    struct names *ports, *processes; // by partition
    struct names unknown;            // partitions that windows and demands misname, to be said once
    LIST(struct diag *) unknown_found;
};

// The partition of that name, or NULL: after reporting against `rule`, unless it may be one of
// those that could not be read.
struct partition *resolve_partition(struct resolver *r, enum rule rule, const struct word *name);
// Reports that a partition has no such thing: "port", "process".
void resolve_missing(struct resolver *r, enum rule rule, const struct partition *p,
                     const struct names *in, struct mark at, const char *what, const char *name);

void resolve_processes(struct resolver *r, struct partition *p); // and all that names them there
void resolve_relations(struct resolver *r);                      // sets, doorbells and chains
// Names in health tables; what does not resolve is left for HM-001 and HM-012 to report.
void resolve_health(struct resolver *r);

#endif
