// SPDX-License-Identifier: BSD-2-Clause
// Schedules that ask for their windows: the problem, the search, and the answer as windows.
#include "synth/synth.h"

#include "problem.h"

#include <stdlib.h>

enum { BUDGET = 60000000 }; // steps of the search for one schedule, a second or so

// ---- The answer as windows ----------------------------------------------------------------------

static struct core_plan *core_of(struct arena *a, struct schedule *s, uint32_t number)
{
    struct core_plan *c;

    EACH(core, &s->cores) {
        if (core->core == number)
            return core;
    }
    c = list_add(a, &s->cores);
    c->core = number;
    c->mark = s->synthesize.at;
    return c;
}

// The windows of one task, as they will be on each of its cores.
struct windows {
    LIST(struct window) items;
};

static struct window *add_window(struct problem *p, const struct task *t, struct windows *out,
                                 int64_t start, int64_t end)
{
    struct window *w = list_add(p->arena, &out->items);

    w->partition_name = t->partition->name;
    w->partition = (struct partition *)t->partition;
    w->start = (struct amount){(uint64_t)start, {0}, true};
    w->duration = (struct amount){(uint64_t)(end - start), {0}, true};
    w->mark = p->schedule->synthesize.at;
    return w;
}

static int by_start(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

// Pieces and jobs together; what touches inside a period is one window.
static void single_windows(struct problem *p, const struct task *t, struct windows *out)
{
    int64_t period = (int64_t)t->period;
    struct ranges all = {0};
    size_t kept = 0;

    EACH(r, &t->jobs)
        range_add(p->arena, &all, r->start, r->end);
    for (int64_t from = 0; from < (int64_t)p->frame; from += period) {
        EACH(r, &t->pieces)
            range_add(p->arena, &all, from + r->start, from + r->end);
    }
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, by_start);
    EACH(r, &all) {
        struct range *last = kept ? &all.items[kept - 1] : NULL;

        if (last && last->end == r->start && r->start % period != 0)
            last->end = r->end;
        else
            all.items[kept++] = *r;
    }
    for (size_t i = 0; i < kept; i++)
        add_window(p, t, out, all.items[i].start, all.items[i].end);
}

// Periods that start at uneven instants start nothing: then no window is flagged.
static void flag(struct problem *p, const struct task *t, struct windows *out)
{
    uint64_t period = t->owed->period.value, first = 0, last = UINT64_MAX;
    bool even = true;

    EACH(w, &out->items) {
        if (w->start.value / period == last)
            continue;
        last = w->start.value / period;
        if (w == out->items.items)
            first = w->start.value % period;
        even = even && w->start.value % period == first;
    }
    EACH(w, &out->items) {
        if (!even)
            w->period_start = (struct amount){0, p->schedule->synthesize.at, true};
    }
}

static void emit_task(struct problem *p, const struct task *t)
{
    struct windows windows = {0};
    uint32_t cpu = 0;

    if (t->jobs.count)
        single_windows(p, t, &windows);
    else
        EACH(r, &t->pieces) {
            struct window *w = add_window(p, t, &windows, r->start, r->end);

            if (t->period < p->frame)
                w->every = (struct amount){t->period, {0}, true};
        }
    if (t->jobs.count)
        flag(p, t, &windows);
    for (uint32_t core = 0; core < BOARD_CORES_MAX; core++) {
        struct core_plan *c;

        if (!(t->cores >> core & 1))
            continue;
        c = core_of(p->arena, p->schedule, core);
        for (uint32_t i = 0; t->at_home && i < t->cpus; i++)
            if (t->home[i] == core)
                cpu = i;
        EACH(w, &windows.items) {
            struct window *copy = list_add(p->arena, &c->windows);

            *copy = *w;
            copy->cpu = (struct amount){cpu, {0}, true};
        }
        cpu++;
    }
}

static int by_core(const void *a, const void *b)
{
    const struct core_plan *x = a, *y = b;

    return x->core < y->core ? -1 : x->core > y->core;
}

static int by_window_start(const void *a, const void *b)
{
    const struct window *x = a, *y = b;

    return x->start.value < y->start.value ? -1 : x->start.value > y->start.value;
}

static void emit(struct problem *p)
{
    struct schedule *s = p->schedule;

    EACH(t, &p->tasks) {
        if (!t->written)
            emit_task(p, t);
    }
    if (s->cores.count)
        qsort(s->cores.items, s->cores.count, sizeof *s->cores.items, by_core);
    EACH(c, &s->cores) {
        if (c->windows.count)
            qsort(c->windows.items, c->windows.count, sizeof *c->windows.items, by_window_start);
    }
    model_expand(p->arena, p->model, s);
}

// ---- One schedule -------------------------------------------------------------------------------

static void no_problem(struct arena *a, struct diags *d, const struct schedule *s, const char *why,
                       struct mark where)
{
    struct diag *f =
        diag_report(d, RULE_SCHED_026, s->synthesize.at, "there are no windows for schedule '%s'",
                    s->name.text ? s->name.text : "(no name)");

    (void)a;
    diag_label(d, f, "%s", why);
    if (where.line)
        diag_note(d, f, where, "given here");
    diag_help(d, f,
              "choose periods that are multiples of one another and a major_frame that is a "
              "multiple of all of them");
}

// First with every bound; then without those whose breach is a warning (MC-007, SCHED-022).
static void synthesize_schedule(struct arena *a, struct diags *d, struct model *m,
                                struct schedule *s)
{
    struct mark where = {0};
    struct problem *p = NULL;
    const char *why;
    bool bounded = m->co_runs.count > 0;

    s->windows_lost = true;
    EACH(part, &m->partitions)
        bounded = bounded || part->blackout.given;
    for (int strict = bounded ? 1 : 0; strict >= 0; strict--) {
        p = problem_make(a, m, s, strict, &why, &where);
        if (!p) {
            if (why)
                no_problem(a, d, s, why, where);
            return;
        }
        p->wishes = strict;
        if (search(p, NULL, BUDGET, false)) {
            emit(p);
            s->windows_lost = false;
            return;
        }
    }
    report_conflict(p, d);
}

void synthesize(struct arena *a, struct diags *d, struct model *m)
{
    EACH(s, &m->schedules) {
        if (s->synthesize.given && s->synthesize.value)
            synthesize_schedule(a, d, m, s);
    }
}
