// SPDX-License-Identifier: BSD-2-Clause
// One pass of the rules over a model: what every rule function gets and may call.
//
// A rule names its prerequisites in schema/rules.def. When a rule reports something it blames the
// objects that are at fault (a partition, a port, a schedule ...); a later rule asks pass_clean
// before it judges an object, and so one mistake gives one finding while the rest of the system is
// still checked.
#ifndef HVBUILD_PASS_H
#define HVBUILD_PASS_H

#include "check/check.h"

struct analyses;
struct timetable;

struct pass {
    struct arena *arena;
    struct diags *diags;
    struct model *model;
    struct timetable *timetables; // one per schedule of the model, in its order
    struct analyses *analyses;    // services and response times, made when asked for
    enum rule rule;               // being run
    struct pass_state *state;
};

// A finding of the rule being run: pass_report(p, at, format, ...). A struct diag *.
#define pass_report(p, at, ...) diag_report((p)->diags, (p)->rule, (at), __VA_ARGS__)

// A figure that the rule being run reports where nothing is wrong.
#define pass_figure(p, at, ...) pass_as_figure((p), pass_report((p), (at), __VA_ARGS__))
static inline struct diag *pass_as_figure(struct pass *p, struct diag *f)
{
    diag_weigh(p->diags, f, SEVERITY_INFO);
    return f;
}

// The rule being run found fault with an object of the model.
void pass_blame(struct pass *p, const void *object);
// Likewise with a channel and every port that it connects.
void pass_blame_channel(struct pass *p, const struct channel *c);

// None of the rules that the one being run needs, directly or by way of others, blamed the object.
bool pass_clean(const struct pass *p, const void *object);

// True the first time that the rule being run asks with this pair: one finding per pair of windows,
// not one per repetition.
bool pass_first(struct pass *p, const void *a, const void *b);

// The first of two marks that has a place.
static inline struct mark mark_or(struct mark a, struct mark b)
{
    return a.line ? a : b;
}

static inline bool mark_equal(struct mark a, struct mark b)
{
    return a.source == b.source && a.line == b.line && a.column == b.column;
}

// " in schedule 'ground'" when the module has several schedules, else "": ends a message.
const char *pass_in(const struct pass *p, const struct schedule *s);

// Where a demand stands: its duration, or what comes nearest.
static inline struct mark demand_mark(const struct demand *owed)
{
    return mark_or(owed->duration.at, mark_or(owed->mark, owed->partition->mark));
}

// `text` of a word for use in a message.
static inline const char *word_text(const struct word *w)
{
    return w->text ? w->text : "(no name)";
}

// Why there is a limit: the runtime's reason, or that of a board without one.
static inline const char *pass_limit(const struct pass *p, const char *of_runtime)
{
    return checking_only(p->model) ? "hvbuild counts no further" : of_runtime;
}

// The board says which devices there are, so MEM-008 and IO-001 judge who has one. A board without
// a runtime may know of the hypervisor's memory only.
bool pass_devices_known(const struct pass *p);

static inline bool is_true(struct amount a)
{
    return a.given && a.value;
}

// The functions behind the rules of STAGE_CHECK: check_SCHED_004 and so on. A rule of that stage
// without a function does not link.
#define RULE(family, number, severity, isolation, stage, ...) DECLARE_##stage(family, number)
#define DECLARE_STAGE_CHECK(family, number)                   void check_##family##_##number(struct pass *p);
#define DECLARE_STAGE_READ(family, number)
#define DECLARE_STAGE_IMAGE(family, number)
#include "rules.def"
#undef DECLARE_STAGE_CHECK
#undef DECLARE_STAGE_READ
#undef DECLARE_STAGE_IMAGE

#endif
