// SPDX-License-Identifier: BSD-2-Clause
// Diagnostics: one record per finding, from which text, JSON and the report are all written.
#ifndef HVBUILD_DIAG_H
#define HVBUILD_DIAG_H

#include "base/base.h"
#include "source/source.h"
#include <stdio.h>

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_INFO, SEVERITY_OFF };

// Every rule of schema/rules.def as RULE_SCHED_004 and so on; rules.h has the table behind it.
enum rule {
#define RULE(family, number, ...) RULE_##family##_##number,
#include "rules.def"
#undef RULE
    RULES
};

struct span { // a place that takes part in a finding
    struct mark at;
    const char *label; // "ends at 115 ms, the major frame is 100 ms"; may be NULL
};

struct diag {
    enum rule rule;
    enum severity severity;
    const char *message; // one sentence without full stop, names in 'quotes', values in units
    struct span primary;
    LIST(struct span) notes; // the other sites, each with a label
    const char *help;        // what to do, concretely; may be NULL
    uint32_t order;          // of reporting; ties in position are kept in this order
};

// All findings of a run. Equal findings (same rule, place and message) are kept once. After
// DIAG_LIMIT findings of one rule the rest of that rule is counted, not kept.
enum { DIAG_LIMIT = 200 };
struct diags;
struct diags *diags_new(struct arena *a);

// Adds a finding; the severity is the rule's own, or what -W made of it. The returned record takes
// the rest: diag_label (under the carets), diag_note (another site), diag_help (the remedy).
// Never NULL.
struct diag *diag_report(struct diags *d, enum rule rule, struct mark at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_label(struct diags *d, struct diag *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_note(struct diags *d, struct diag *f, struct mark at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_help(struct diags *d, struct diag *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

size_t diags_count(const struct diags *d, enum severity s);      // kept and merely counted
size_t diags_count_rule(const struct diags *d, enum rule rule);
// -W: false when the rule is of isolation and `s` would turn it off or into less than an error.
bool diags_override(struct diags *d, enum rule rule, enum severity s);
// Sorted by file (in order of first reading), line, column, then order of reporting.
const struct diag *const *diags_sorted(struct diags *d, size_t *count);

enum message_format { MESSAGES_TEXT, MESSAGES_JSON };
// Text: form of docs/diagnostics.md, colour when asked. JSON: one object a line.
void diags_write(struct diags *d, FILE *out, enum message_format format, bool colour);

#endif
