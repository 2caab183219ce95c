// SPDX-License-Identifier: BSD-2-Clause
// Rules about when a partition is served: where its processes are released, how regularly it
// starts, and how long it waits.
#include "check/pass.h"

#include "analysis/analyses.h"
#include <string.h>

// The first vcpu stands for all: MC-003 holds them together.
static const struct vcpu_turns *turns(const struct pass *p, const struct schedule *s,
                                      const struct partition *part)
{
    return timetable_turns(&p->timetables[s - p->model->schedules.items], part, 0);
}

// ---- SCHED-011: periodic processes are released -------------------------------------------------

static const struct process *first_periodic(const struct partition *part)
{
    EACH(q, &part->processes) {
        if (q->kind == PROCESS_PERIODIC)
            return q;
    }
    return NULL;
}

static bool any_start(const struct vcpu_turns *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->turns[i].slot->period_start)
            return true;
    return false;
}

static struct mark flag_mark(const struct window *w)
{
    return mark_or(w->period_start.at, w->mark);
}

static void no_release(struct pass *p, const struct schedule *s, const struct partition *part)
{
    const struct window *w = turns(p, s, part)->turns[0].slot->window;
    const struct process *q = first_periodic(part);
    struct diag *f = pass_report(p, flag_mark(w), "no window of partition '%s' starts a period%s",
                                 word_text(&part->name), pass_in(p, s));

    diag_label(p->diags, f, "its first window");
    if (q)
        diag_note(p->diags, f, mark_or(q->name.at, q->mark), "process '%s' would never be released",
                  word_text(&q->name));
    diag_help(p->diags, f,
              "let the first window in each of its periods be a period start: processes that are "
              "periodic are released there");
    pass_blame(p, part);
}

// A language in which each window says whether it starts a period may leave the processes out.
static bool needs_starts(const struct pass *p, const struct vcpu_turns *v,
                         const struct partition *part)
{
    bool says = v->turns[0].slot->window->period_start.at.line;

    return first_periodic(part) || (strcmp(p->model->dialect, "system.yaml") != 0 && says);
}

void check_SCHED_011(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            const struct vcpu_turns *v = turns(p, s, part);

            if (v->count > 0 && needs_starts(p, v, part) && !any_start(v) && pass_clean(p, part))
                no_release(p, s, part);
        }
    }
}

// ---- SCHED-021: starts do not move much ---------------------------------------------------------

// The first window in a period whose distance from the start of the period differs most from that
// in the first period; *by how much.
static const struct slot *farthest(const struct vcpu_turns *v, uint64_t period, uint64_t *by)
{
    uint64_t usual = v->turns[0].slot->start % period;
    const struct slot *farthest = v->turns[0].slot;

    *by = 0;
    for (size_t i = 1; i < v->count; i++) {
        const struct slot *slot = v->turns[i].slot;
        uint64_t offset = slot->start % period;
        uint64_t moved = offset > usual ? offset - usual : usual - offset;

        if (v->turns[i - 1].slot->start / period == slot->start / period || moved <= *by)
            continue;
        *by = moved;
        farthest = slot;
    }
    return farthest;
}

static void starts_elsewhere(struct pass *p, const struct schedule *s, const struct partition *part,
                             const struct slot *odd, uint64_t by)
{
    uint64_t period = demand_of(s, part)->period.value, bound = part->jitter.value;
    const struct slot *first = turns(p, s, part)->turns[0].slot;
    uint64_t at = odd->start / period * period + first->start % period;
    struct diag *f =
        pass_report(p, odd->window->mark, "partition '%s' does not start regularly enough%s",
                    word_text(&part->name), pass_in(p, s));

    diag_label(p->diags, f, "at %s, %s into its period", time_text(p->arena, odd->start),
               time_text(p->arena, odd->start % period));
    diag_note(p->diags, f, first->window->mark, "in the first period at %s",
              time_text(p->arena, first->start));
    diag_note(p->diags, f, part->jitter.at, "starts may move by %s", time_text(p->arena, bound));
    if (bound == 0)
        diag_help(p->diags, f, "start it at %s, or allow a jitter of %s", time_text(p->arena, at),
                  time_text(p->arena, by));
    else
        diag_help(p->diags, f, "start it between %s and %s, or allow a jitter of %s",
                  time_text(p->arena, at > bound ? at - bound : 0), time_text(p->arena, at + bound),
                  time_text(p->arena, by));
    pass_blame(p, part);
}

void check_SCHED_021(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            const struct demand *owed = demand_of(s, part);
            const struct vcpu_turns *v = turns(p, s, part);
            const struct slot *odd;
            uint64_t by;

            if (!part->jitter.given || !owed->period.given || owed->period.value == 0 ||
                v->count == 0 || !pass_clean(p, part))
                continue;
            odd = farthest(v, owed->period.value, &by);
            if (by > part->jitter.value)
                starts_elsewhere(p, s, part, odd, by);
        }
    }
}

// ---- SCHED-022: time without service ------------------------------------------------------------

static void too_long_without(struct pass *p, const struct schedule *s, const struct partition *part,
                             uint64_t blackout, uint64_t begins)
{
    struct diag *f =
        pass_report(p, part->blackout.at, "partition '%s' is too long without a window%s",
                    word_text(&part->name), pass_in(p, s));

    diag_label(p->diags, f, "it waits for %s, from %s to %s", time_text(p->arena, blackout),
               time_text(p->arena, begins), time_text(p->arena, begins + blackout));
    diag_help(p->diags, f, "give it a window between %s and %s, or allow %s",
              time_text(p->arena, begins), time_text(p->arena, begins + blackout),
              time_text(p->arena, blackout));
    pass_blame(p, part);
}

// Of all vcpus: MC-003, which holds their windows together, may be a mere warning.
static uint64_t longest_wait(struct pass *p, const struct schedule *s, const struct partition *part,
                             uint64_t *begins)
{
    uint64_t most = service_blackout(analyses_service(p->analyses, s, part, 0), begins), at;

    for (size_t cpu = 1; cpu < timetable_vcpus(part); cpu++) {
        const struct service *service = analyses_service(p->analyses, s, part, cpu);
        uint64_t wait = service->count ? service_blackout(service, &at) : 0;

        if (wait > most) {
            most = wait;
            *begins = at;
        }
    }
    return most;
}

static void check_blackout(struct pass *p, const struct schedule *s, const struct partition *part)
{
    uint64_t begins, blackout = longest_wait(p, s, part, &begins);
    struct diag *f;

    if (part->blackout.given && blackout > part->blackout.value) {
        too_long_without(p, s, part, blackout, begins);
        return;
    }
    if (blackout == 0)
        return;
    f = pass_figure(p, mark_or(part->name.at, part->mark),
                    "partition '%s' waits for its next window at most %s%s", word_text(&part->name),
                    time_text(p->arena, blackout), pass_in(p, s));
    diag_label(p->diags, f, "from %s to %s", time_text(p->arena, begins),
               time_text(p->arena, begins + blackout));
}

void check_SCHED_022(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            if (turns(p, s, part)->count > 0 && pass_clean(p, part))
                check_blackout(p, s, part);
        }
    }
}
