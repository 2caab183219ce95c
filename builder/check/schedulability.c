// SPDX-License-Identifier: BSD-2-Clause
// Rules about the processes of partitions in their windows: is every deadline kept, and how far is
// it from being missed.
#include "check/pass.h"

#include "analysis/analyses.h"
#include <string.h>

static struct mark name_mark(const struct process *q)
{
    return mark_or(q->name.at, q->mark);
}

static struct mark deadline_mark(const struct process *q)
{
    return mark_or(q->deadline.at, mark_or(q->period.at, name_mark(q)));
}

// Whether a process can be created where its partition has the period of this schedule; where not,
// PROC-004 or MSCHED-007 says so.
static bool fits(const struct schedule *s, const struct process *q)
{
    struct amount period = demand_of(s, q->partition)->period;

    return q->kind != PROCESS_PERIODIC || !q->period.given || !period.given || period.value == 0 ||
           q->period.value % period.value == 0;
}

// Every partition of every schedule that has something to judge.
static void each_analysis(struct pass *p, void (*visit)(struct pass *p, const struct schedule *s,
                                                        const struct rta *r))
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || s->major_frame.value == 0 || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            const struct rta *r;

            if (part->processes.count == 0 || !pass_clean(p, part))
                continue;
            r = analyses_rta(p->analyses, s, part);
            if (r)
                visit(p, s, r);
        }
    }
}

// What the partition would need, where that can be said: the end of a remedy.
static const char *least_duration(struct pass *p, const struct schedule *s, const struct rta *r)
{
    const struct demand *owed = demand_of(s, r->partition);
    uint64_t least, cost = is_true(p->model->switch_in_gap) ? 0 : switch_cost_of(p->model);
    const char *why;

    if (!owed->period.given || owed->period.value == 0)
        return NULL;
    least = rta_least_duration(p->arena, r->partition, owed->period.value,
                               rta_step(r->partition, owed->period.value), &why);
    if (least == NEVER || least + cost > owed->period.value)
        return NULL;
    return arena_printf(p->arena, "%s every %s", time_text(p->arena, least + cost),
                        time_text(p->arena, owed->period.value));
}

static void help_more_time(struct pass *p, struct diag *f, const struct schedule *s,
                           const struct rta *r, const char *otherwise)
{
    const char *least = diags_full(p->diags, p->rule) ? NULL : least_duration(p, s, r);

    if (least)
        diag_help(p->diags, f, "%s; wherever its windows are, %s would be enough for '%s'",
                  otherwise, least, word_text(&r->partition->name));
    else
        diag_help(p->diags, f, "%s", otherwise);
}

// The terms of the test that decided, a note for each line: what stands between the first line,
// which the message has said already, and the next test.
static void note_terms(struct pass *p, struct diag *f, const struct rta *r, const struct process *q)
{
    struct text terms = {.arena = p->arena};
    bool first = true;

    if (diags_full(p->diags, p->rule))
        return;
    rta_explain(p->arena, &terms, r, q);
    for (const char *line = terms.bytes, *end; line && (end = strchr(line, '\n')); line = end + 1) {
        size_t indent = strspn(line, " ");

        if (indent == 0)
            continue;
        if (indent == 2 && !first)
            break;
        first = false;
        diag_note(p->diags, f, name_mark(q), "%.*s", (int)((size_t)(end - line) - indent),
                  line + indent);
    }
}

// ---- RTA-001: the long run ----------------------------------------------------------------------

static void overload(struct pass *p, const struct schedule *s, const struct rta *r)
{
    struct diag *f;
    unsigned shown = 0;

    if (r->span == 0 || r->demand <= r->supply)
        return;
    f = pass_report(p, demand_mark(demand_of(s, r->partition)),
                    "the processes of partition '%s' need more time than it has%s",
                    word_text(&r->partition->name), pass_in(p, s));
    diag_label(p->diags, f, "%s of work and %s in windows every %s",
               r->demand == NEVER ? "far too much" : time_text(p->arena, r->demand),
               time_text(p->arena, r->supply), time_text(p->arena, r->span));
    EACH(q, &r->partition->processes) {
        if (q->kind == PROCESS_APERIODIC || !q->wcet.given || rta_cpu(r, q) != r->busiest)
            continue;
        if (++shown <= 8)
            diag_note(p->diags, f, name_mark(q), "'%s' needs %s every %s", word_text(&q->name),
                      time_text(p->arena, rta_cost(q)), time_text(p->arena, q->period.value));
    }
    help_more_time(p, f, s, r, "lengthen its windows, or the periods of its processes");
    pass_blame(p, r->partition);
}

void check_RTA_001(struct pass *p)
{
    each_analysis(p, overload);
}

// ---- RTA-002, RTA-003: fixed priorities ---------------------------------------------------------

// Whether another process of its vcpu can hold it up.
static bool has_rivals(const struct rta *r, const struct process *q)
{
    EACH(other, &r->partition->processes) {
        if (other != q && rta_cpu(r, other) == rta_cpu(r, q) &&
            (!q->priority.given || !other->priority.given ||
             other->priority.value >= q->priority.value))
            return true;
    }
    return false;
}

static const char *remedy_of_late(struct pass *p, const struct rta *r,
                                  const struct response *response)
{
    const struct process *q = response->process;
    uint64_t bound = response_bound(response);
    bool by_deadline = bound != NEVER && q->period.given && bound <= q->period.value;

    if (!by_deadline && !has_rivals(r, q))
        return "give it more windows";
    return arena_printf(
        p->arena, "give it %s%sor more windows",
        by_deadline ? arena_printf(p->arena, "a deadline of %s, ", time_text(p->arena, bound)) : "",
        has_rivals(r, q) ? "a greater priority, " : "");
}

static void late(struct pass *p, const struct schedule *s, const struct rta *r,
                 const struct response *response)
{
    const struct process *q = response->process;
    uint64_t bound = response_bound(response);
    struct diag *f =
        pass_report(p, deadline_mark(q), "process '%s.%s' can miss its deadline%s",
                    word_text(&r->partition->name), word_text(&q->name), pass_in(p, s));

    if (bound == NEVER)
        diag_label(p->diags, f, "there is no bound on its response; the deadline is %s",
                   time_text(p->arena, response->deadline));
    else
        diag_label(p->diags, f, "done %s after its release at worst, %s too late",
                   time_text(p->arena, bound), time_text(p->arena, bound - response->deadline));
    note_terms(p, f, r, q);
    help_more_time(p, f, s, r, remedy_of_late(p, r, response));
    pass_blame(p, q);
}

static void each_late(struct pass *p, const struct schedule *s, const struct rta *r,
                      bool synchronised)
{
    if (r->partition->scheduling == SCHEDULING_EDF)
        return;
    EACH(q, &r->partition->processes) {
        const struct response *response = rta_response(r, q);

        if (response->verdict == REFUTED && response->synchronised == synchronised && fits(s, q))
            late(p, s, r, response);
    }
}

static void late_any_phase(struct pass *p, const struct schedule *s, const struct rta *r)
{
    each_late(p, s, r, false);
}

static void late_synchronised(struct pass *p, const struct schedule *s, const struct rta *r)
{
    each_late(p, s, r, true);
}

void check_RTA_002(struct pass *p)
{
    each_analysis(p, late_any_phase);
}

void check_RTA_003(struct pass *p)
{
    each_analysis(p, late_synchronised);
}

// ---- RTA-004: EDF -------------------------------------------------------------------------------

static void late_edf(struct pass *p, const struct schedule *s, const struct rta *r)
{
    const struct partition *part = r->partition;
    const struct response *any = NULL;
    struct diag *f;

    if (part->scheduling != SCHEDULING_EDF)
        return;
    EACH(q, &part->processes) {
        const struct response *response = rta_response(r, q);

        if (response->verdict != REFUTED || !fits(s, q))
            continue;
        if (response->synchronised)
            late(p, s, r, response);
        else if (!any)
            any = response;
    }
    if (!any)
        return;
    f = pass_report(p, mark_or(part->scheduling_at, demand_mark(demand_of(s, part))),
                    "the processes of partition '%s' can miss deadlines%s", word_text(&part->name),
                    pass_in(p, s));
    diag_label(p->diags, f, "by earliest deadline first");
    note_terms(p, f, r, any->process);
    help_more_time(p, f, s, r, "give it more windows, or its processes later deadlines");
    pass_blame(p, part);
}

void check_RTA_004(struct pass *p)
{
    each_analysis(p, late_edf);
}

// ---- RTA-005: slack -----------------------------------------------------------------------------

static void little_slack(struct pass *p, const struct schedule *s, const struct rta *r)
{
    struct amount margin = r->partition->slack;

    if (!margin.given)
        return;
    EACH(q, &r->partition->processes) {
        const struct response *response = rta_response(r, q);
        uint64_t bound = response_bound(response), left;
        unsigned __int128 asked = (unsigned __int128)margin.value * response->deadline;
        struct diag *f;

        if (response->verdict != PROVED || response->deadline == NEVER || bound == NEVER ||
            !fits(s, q))
            continue;
        left = response->deadline - bound;
        if ((unsigned __int128)left * 100 >= asked)
            continue;
        f = pass_report(p, deadline_mark(q), "process '%s.%s' has little time left%s",
                        word_text(&r->partition->name), word_text(&q->name), pass_in(p, s));
        diag_label(p->diags, f, "done %s after its release at worst, %s before its deadline",
                   time_text(p->arena, bound), time_text(p->arena, left));
        diag_note(p->diags, f, mark_or(margin.at, r->partition->mark),
                  "%llu %% of each deadline are to be left: here %s",
                  (unsigned long long)margin.value,
                  time_text(p->arena, (uint64_t)((asked + 99) / 100)));
        diag_help(p->diags, f, "see 'hvbuild schedule --why %s.%s' for what takes the time",
                  word_text(&r->partition->name), word_text(&q->name));
    }
}

void check_RTA_005(struct pass *p)
{
    each_analysis(p, little_slack);
}

// ---- RTA-006: how far from the edge -------------------------------------------------------------

static void edge(struct pass *p, const struct schedule *s, const struct rta *r)
{
    const struct demand *owed = demand_of(s, r->partition);
    const char *least = least_duration(p, s, r);
    struct diag *f;

    if (!least)
        return;
    f = pass_report(p, demand_mark(owed), "the processes of partition '%s' need at least %s%s",
                    word_text(&r->partition->name), least, pass_in(p, s));
    diag_label(p->diags, f, "owed %s every %s", time_text(p->arena, owed->duration.value),
               time_text(p->arena, owed->period.value));
    if (diags_full(p->diags, p->rule))
        return;
    EACH(q, &r->partition->processes) {
        uint64_t longest =
            rta_longest_wcet(p->arena, r, q, rta_step(r->partition, owed->period.value));

        if (longest != NEVER)
            diag_note(p->diags, f, mark_or(q->wcet.at, name_mark(q)),
                      "in these windows '%s' may take up to %s", word_text(&q->name),
                      time_text(p->arena, longest));
    }
}

void check_RTA_006(struct pass *p)
{
    each_analysis(p, edge);
}

// ---- RTA-007: not proved ------------------------------------------------------------------------

static void not_proved(struct pass *p, const struct schedule *s, const struct rta *r)
{
    EACH(q, &r->partition->processes) {
        const struct response *response = rta_response(r, q);
        const struct process *because = response->because ? response->because : q;
        struct diag *f;

        if (response->verdict != NOT_PROVED || response->deadline == NEVER || !fits(s, q) ||
            !pass_clean(p, because) || !pass_first(p, because, s))
            continue;
        f = pass_report(p, deadline_mark(q), "the deadline of process '%s.%s' is not proved%s",
                        word_text(&r->partition->name), word_text(&q->name), pass_in(p, s));
        if (because == q) {
            diag_label(p->diags, f, "%s", response->why_not);
        } else {
            diag_label(p->diags, f, "'%s' is as urgent or more", word_text(&because->name));
            diag_note(p->diags, f, name_mark(because), "%s", response->why_not);
        }
        if (response->because)
            diag_help(p->diags, f, "complete the description of process '%s'",
                      word_text(&because->name));
        else
            diag_help(p->diags, f,
                      "choose periods that are multiples of one another, or leave the partition "
                      "some time to spare");
        pass_blame(p, q);
    }
}

void check_RTA_007(struct pass *p)
{
    each_analysis(p, not_proved);
}

// ---- RTA-008: when a miss is noticed ------------------------------------------------------------

static void detection(struct pass *p, const struct schedule *s, const struct rta *r)
{
    EACH(q, &r->partition->processes) {
        const struct response *response = rta_response(r, q);
        struct diag *f;

        if (response->deadline == NEVER || response->why_not || response->detected == 0 ||
            !fits(s, q))
            continue;
        f = pass_report(p, deadline_mark(q),
                        "a missed deadline of process '%s.%s' is acted on up to %s later%s",
                        word_text(&r->partition->name), word_text(&q->name),
                        time_text(p->arena, response->detected), pass_in(p, s));
        diag_label(p->diags, f, "when the partition's next window begins");
    }
}

void check_RTA_008(struct pass *p)
{
    each_analysis(p, detection);
}
