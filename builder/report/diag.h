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
    RULES
};

struct span { // a place that takes part in a finding
    struct mark at;
    const char *label; // "ends at 115 ms, the major frame is 100 ms"; may be NULL
};

struct waiver; // model.h

struct diag {
    enum rule rule;
    enum severity severity;
    bool own_weight;             // the severity is this finding's own: diag_weigh
    const struct waiver *waiver; // by which it is accepted; it then counts as nothing
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

// This finding weighs otherwise than its rule does, in every profile; -W still wins, but makes
// nothing of a figure (SEVERITY_INFO) but silence.
void diag_weigh(struct diags *d, struct diag *f, enum severity s);

// Findings that weigh so much, kept and merely counted, but for those that are waived.
size_t diags_count(struct diags *d, enum severity s);
size_t diags_count_waived(struct diags *d);
size_t diags_count_rule(const struct diags *d, enum rule rule); // waived ones included
// The findings of a rule that are kept, in the order of reporting.
struct diag *const *diags_of_rule(const struct diags *d, enum rule rule, size_t *count);
// True when further findings of this rule are only counted, so that costly hints can be left out.
bool diags_full(const struct diags *d, enum rule rule);
// What each rule weighs from now on, and what its findings so far weigh after all; -W wins.
void diags_weigh(struct diags *d, const enum severity weights[]);
// -W: false when `s` would turn an error off or into less and the rule is fixed (check.h).
bool diags_override(struct diags *d, enum rule rule, enum severity s);
// What the rule weighs now.
enum severity diags_severity(const struct diags *d, enum rule rule);
// A rule could not look at everything, since `need` found something there. The first need stays.
void diags_hold(struct diags *d, enum rule rule, enum rule need, bool entirely);
// The need, or RULES when the rule looked at everything.
enum rule diags_held(const struct diags *d, enum rule rule, bool *entirely);
// From now on the waivers of a model accept what they cover (check/waivers.h).
struct model;
void diags_waivers(struct diags *d, const struct model *m);
// An input file could not be read at all: hvbuild then exits 3 instead of 1.
void diags_set_unreadable(struct diags *d);
bool diags_unreadable(const struct diags *d);
// Sorted by file (in order of first reading), line, column, then order of reporting.
const struct diag *const *diags_sorted(struct diags *d, size_t *count);

// How many findings of a rule DIAG_LIMIT kept out.
size_t diags_unseen(const struct diags *d, enum rule rule);

// A finding without its places, to be recognised by: the first 16 hexadecimal digits of the SHA-256
// over rule, message, label and the labels of its notes, each ended by a zero byte.
enum { DIGEST_DIGITS = 16 };
void diag_digest(const struct diag *f, char digest[DIGEST_DIGITS + 1]);

enum message_format { MESSAGES_TEXT, MESSAGES_JSON, MESSAGES_SARIF };
// Text: header line, excerpt with carets, label, notes, help; colour when asked. JSON: one object a
// line, see diag_json. Findings below `least` are left out. What DIAG_LIMIT kept out is said in a
// last line per rule. SARIF is one document: report/sarif.h.
void diags_write(struct diags *d, FILE *out, enum message_format format, enum severity least,
                 bool colour);

// One finding as text. `explain`: also the rule's source and statement, as its first finding has.
void diag_text(struct text *out, const struct diag *f, bool explain, bool colour);
// One finding as a new JSON object: code, level (or "waived"), message, spans [{file, line, column,
// end_column, label, primary}], help (or null), digest, waiver {reason, author, level} (or null),
// rendered (the text above, without colour).
struct json_t;
struct json_t *diag_json(struct arena *a, const struct diag *f);
void diag_write_json(struct arena *a, const struct diag *f, FILE *out); // on a line of its own
// A failure that is no finding, in the same form: code, help, digest and waiver are null.
void failure_write_json(struct arena *a, const char *message, FILE *out);
const char *severity_word(enum severity s);  // "error"
const char *diag_word(const struct diag *f); // its severity, or "waived"

#endif
