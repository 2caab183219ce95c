// SPDX-License-Identifier: BSD-2-Clause
// Rules about the time that partitions get: is each owed duration there, in each period, on each
// core.
#include "check/pass.h"

#include "analysis/timetable.h"

// What one vcpu gets, period by period.
struct supply {
    uint64_t total; // ns in one frame
    uint64_t short_periods;
    uint64_t first_short, first_got; // index of the first period with too little, and what it got
};

// Closes period `k` that got `got`, and every period after it up to `next`, which got nothing.
static void close_periods(struct supply *s, uint64_t k, uint64_t got, uint64_t next, uint64_t owed)
{
    if (got < owed) {
        if (s->short_periods++ == 0) {
            s->first_short = k;
            s->first_got = got;
        }
    }
    if (next > k + 1) {
        if (s->short_periods == 0) {
            s->first_short = k + 1;
            s->first_got = 0;
        }
        s->short_periods += next - k - 1;
    }
}

// One sweep over the turns, whatever the number of periods: a turn touches its first and its last
// period; those in between are covered whole.
static struct supply supply_of(const struct vcpu_turns *v, uint64_t frame, uint64_t period,
                               uint64_t owed)
{
    struct supply s = {0};
    uint64_t current = 0, got = 0, periods = frame / period;

    for (size_t i = 0; i < v->count; i++) {
        uint64_t start = v->turns[i].slot->start, end = v->turns[i].slot->end;
        uint64_t first = start / period, last;

        if (end <= start)
            continue;
        last = (end - 1) / period;
        s.total += end - start;
        if (first != current) {
            close_periods(&s, current, got, first, owed);
            current = first;
            got = 0;
        }
        if (last == first) {
            got += end - start;
            continue;
        }
        got += (first + 1) * period - start;
        close_periods(&s, first, got, first + 1, owed);
        current = last;
        got = end - last * period;
    }
    close_periods(&s, current, got, periods, owed);
    return s;
}

static bool timing_known(const struct demand *owed)
{
    return owed->period.given && owed->period.value > 0 && owed->duration.given &&
           owed->duration.value > 0 && owed->duration.value <= owed->period.value;
}

// The first vcpu stands for all: MC-003 holds them together.
static const struct vcpu_turns *turns(const struct pass *p, const struct schedule *s,
                                      const struct partition *part)
{
    const struct timetable *t = &p->timetables[s - p->model->schedules.items];

    return timetable_turns(t, part, 0);
}

// Whether the windows of a partition in a schedule can be measured against its period there.
static bool measurable(struct pass *p, const struct schedule *s, const struct partition *part)
{
    const struct demand *owed = demand_of(s, part);

    return timing_known(owed) && pass_clean(p, part) && turns(p, s, part)->count > 0 &&
           s->major_frame.value % owed->period.value == 0;
}

// ---- SCHED-018: no core is asked for more time than it has --------------------------------------

typedef unsigned __int128 wide;

static wide owed_per_frame(const struct schedule *s, const struct partition *part)
{
    const struct demand *owed = demand_of(s, part);

    return (wide)owed->duration.value * (s->major_frame.value / owed->period.value);
}

static void core_overload(struct pass *p, const struct schedule *s, const struct core_plan *c,
                          wide asked)
{
    uint64_t frame = s->major_frame.value;
    unsigned shown = 0;
    struct diag *f;

    f = pass_report(p, c->mark, "the partitions of core %u are owed more time than it has%s",
                    c->core, pass_in(p, s));
    diag_label(p->diags, f, "%s in a frame of %s",
               asked > UINT64_MAX ? "far too much" : time_text(p->arena, (uint64_t)asked),
               time_text(p->arena, frame));
    EACH(part, &p->model->partitions) {
        const struct demand *owed = demand_of(s, part);

        if (!measurable(p, s, part) || turns(p, s, part)->turns[0].core != c)
            continue;
        pass_blame(p, part);
        if (++shown <= 8)
            diag_note(p->diags, f, demand_mark(owed), "'%s' is owed %s every %s",
                      word_text(&part->name), time_text(p->arena, owed->duration.value),
                      time_text(p->arena, owed->period.value));
    }
    if (asked <= UINT64_MAX)
        diag_help(p->diags, f,
                  "move a partition to another core, or shorten durations by %s a frame in all",
                  time_text(p->arena, (uint64_t)asked - frame));
}

void check_SCHED_018(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        wide *asked = arena_alloc(p->arena, (s->cores.count + 1) * sizeof *asked);

        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            if (measurable(p, s, part))
                asked[turns(p, s, part)->turns[0].core - s->cores.items] += owed_per_frame(s, part);
        }
        EACH(c, &s->cores) {
            if (asked[c - s->cores.items] > s->major_frame.value)
                core_overload(p, s, c, asked[c - s->cores.items]);
        }
    }
}

// ---- SCHED-008: the duration is there in every period -------------------------------------------

// The longest idle stretch of a core inside [start, end).
static uint64_t longest_idle(const struct core_plan *c, uint64_t start, uint64_t end,
                             uint64_t *where)
{
    uint64_t at = start, best = 0;

    EACH(slot, &c->slots) {
        if (slot->end <= at || !slot->window->partition)
            continue;
        if (slot->start >= end)
            break;
        if (slot->start > at && slot->start - at > best) {
            best = slot->start - at;
            *where = at;
        }
        at = slot->end;
    }
    if (at < end && end - at > best) {
        best = end - at;
        *where = at;
    }
    return best;
}

// The remedy: repeat the window if it was forgotten, use idle time if there is some, else make
// room.
static void help_supply(struct pass *p, struct diag *f, const struct demand *owed,
                        const struct turn *turn, const struct supply *got)
{
    uint64_t period = owed->period.value, missing = owed->duration.value - got->first_got;
    uint64_t start = got->first_short * period, where = 0;
    uint64_t room = longest_idle(turn->core, start, start + period, &where);
    struct arena *m = p->arena;

    if (room >= missing && got->first_short > 0 && !turn->slot->window->every.given)
        diag_help(
            p->diags, f,
            "write 'every: %s' on its window to have it in each period, or add %s: core %u is "
            "idle from %s to %s",
            time_text(m, period), time_text(m, missing), turn->core->core, time_text(m, where),
            time_text(m, where + room));
    else if (room >= missing)
        diag_help(p->diags, f, "add %s there: core %u is idle from %s to %s", time_text(m, missing),
                  turn->core->core, time_text(m, where), time_text(m, where + room));
    else
        diag_help(p->diags, f,
                  "core %u has no %s in one piece left in that period: move another window, or owe "
                  "'%s' less",
                  turn->core->core, time_text(m, missing), word_text(&owed->partition->name));
}

static void too_little(struct pass *p, const struct schedule *s, struct partition *part,
                       const struct turn *turn, const struct supply *got)
{
    const struct demand *owed = demand_of(s, part);
    uint64_t period = owed->period.value, start = got->first_short * period;
    struct arena *m = p->arena;
    struct diag *f;

    f = pass_report(p, demand_mark(owed),
                    "partition '%s' does not get its duration in every period%s",
                    word_text(&part->name), pass_in(p, s));
    diag_label(p->diags, f, "gets %s of %s between %s and %s", time_text(m, got->first_got),
               time_text(m, owed->duration.value), time_text(m, start),
               time_text(m, start + period));
    if (got->short_periods > 1)
        diag_note(p->diags, f, owed->period.at,
                  "%llu of the %llu periods of %s in a frame are short",
                  (unsigned long long)got->short_periods,
                  (unsigned long long)(s->major_frame.value / period), time_text(m, period));
    diag_note(p->diags, f, turn->slot->window->mark, "its first window, on core %u",
              turn->core->core);
    help_supply(p, f, owed, turn, got);
    pass_blame(p, part);
}

// A schedule that says itself what it owes a partition owes it windows; the partition's own period
// and duration hold where it runs.
static bool forgotten(struct pass *p, const struct schedule *s, const struct partition *part)
{
    const struct demand *owed = demand_of(s, part);
    bool planned = !s->windows_lost && (!is_true(s->synthesize) || s->cores.count > 0);

    return owed->mark.line && planned && timing_known(owed) && !is_true(part->never_scheduled) &&
           !timetable_runs(&p->timetables[s - p->model->schedules.items], part) &&
           pass_clean(p, part);
}

static void no_window(struct pass *p, const struct schedule *s, const struct partition *part)
{
    const struct demand *owed = demand_of(s, part);
    struct diag *f = pass_report(p, demand_mark(owed), "partition '%s' has no window in '%s'",
                                 word_text(&part->name), word_text(&s->name));

    diag_label(p->diags, f, "which owes it %s every %s", time_text(p->arena, owed->duration.value),
               time_text(p->arena, owed->period.value));
    diag_note(p->diags, f, mark_or(s->name.at, s->mark), "this schedule");
    diag_help(p->diags, f, "give it a window of %s in every %s, or remove what it is owed there",
              time_text(p->arena, owed->duration.value), time_text(p->arena, owed->period.value));
    pass_blame(p, part);
}

// Each vcpu is owed the duration: MC-003 holds their windows together, but may be a mere warning.
static void supplied(struct pass *p, const struct schedule *s, struct partition *part)
{
    const struct timetable *t = &p->timetables[s - p->model->schedules.items];
    const struct demand *owed = demand_of(s, part);

    for (size_t cpu = 0; cpu < timetable_vcpus(part) && measurable(p, s, part); cpu++) {
        const struct vcpu_turns *v = timetable_turns(t, part, cpu);
        struct supply got;

        if (v->count == 0)
            continue; // PART-011
        got = supply_of(v, s->major_frame.value, owed->period.value, owed->duration.value);
        if (got.short_periods > 0) {
            too_little(p, s, part, &v->turns[0], &got);
            return;
        }
    }
}

void check_SCHED_008(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            if (forgotten(p, s, part))
                no_window(p, s, part);
            else
                supplied(p, s, part);
        }
    }
}

// ---- SCHED-009: time beyond what is owed --------------------------------------------------------

void check_SCHED_009(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            const struct demand *owed = demand_of(s, part);
            struct supply got;
            uint64_t frame;
            struct diag *f;

            if (!measurable(p, s, part))
                continue;
            got = supply_of(turns(p, s, part), s->major_frame.value, owed->period.value,
                            owed->duration.value);
            frame = (uint64_t)owed_per_frame(s, part);
            if (got.total <= frame)
                continue;
            f = pass_report(p, demand_mark(owed), "partition '%s' gets more time than it is owed%s",
                            word_text(&part->name), pass_in(p, s));
            diag_label(p->diags, f, "owed %s a frame, gets %s: %s more", time_text(p->arena, frame),
                       time_text(p->arena, got.total), time_text(p->arena, got.total - frame));
        }
    }
}

// ---- SCHED-012, SCHED-013: period starts --------------------------------------------------------

static const struct turn *next_flagged(const struct vcpu_turns *v, size_t *i)
{
    while (*i < v->count && !v->turns[*i].slot->period_start)
        ++*i;
    return *i < v->count ? &v->turns[(*i)++] : NULL;
}

static struct mark flag_mark(const struct window *w)
{
    return mark_or(w->period_start.at, w->mark);
}

static const char *const no_releases =
    "write 'period_start: false' on all its windows if nothing in it is released by the period";

static void two_starts(struct pass *p, const struct demand *owed, uint64_t k,
                       const struct turn *before, const struct turn *extra)
{
    uint64_t period = owed->period.value;
    struct diag *f = pass_report(p, flag_mark(extra->slot->window),
                                 "partition '%s' has two period starts in one period",
                                 word_text(&owed->partition->name));

    diag_label(p->diags, f, "at %s; the period runs from %s to %s",
               time_text(p->arena, extra->slot->start), time_text(p->arena, k * period),
               time_text(p->arena, (k + 1) * period));
    diag_note(p->diags, f, flag_mark(before->slot->window), "the other one, at %s",
              time_text(p->arena, before->slot->start));
    diag_help(p->diags, f, "keep 'period_start: true' on one window of each period of %s",
              time_text(p->arena, period));
}

static void no_start(struct pass *p, const struct demand *owed, uint64_t k, const struct turn *some)
{
    uint64_t period = owed->period.value;
    struct diag *f =
        pass_report(p, owed->period.at, "partition '%s' has a period in which no window starts it",
                    word_text(&owed->partition->name));

    diag_label(p->diags, f, "no period start between %s and %s", time_text(p->arena, k * period),
               time_text(p->arena, (k + 1) * period));
    diag_note(p->diags, f, flag_mark(some->slot->window), "another period is started here, at %s",
              time_text(p->arena, some->slot->start));
    diag_help(p->diags, f, "start a window at %s, or %s",
              time_text(p->arena, k * period + some->slot->start % period), no_releases);
}

// One period start in each period, or none at all. False when the finding was made.
static bool one_start_each(struct pass *p, const struct demand *owed, const struct vcpu_turns *v,
                           uint64_t periods)
{
    const struct turn *before = NULL, *turn;
    uint64_t expected = 0;
    size_t i = 0;

    while ((turn = next_flagged(v, &i))) {
        uint64_t k = turn->slot->start / owed->period.value;

        if (before && k + 1 == expected) {
            two_starts(p, owed, k, before, turn);
            return false;
        }
        if (k != expected) {
            no_start(p, owed, expected, turn);
            return false;
        }
        before = turn;
        expected = k + 1;
    }
    if (before && expected != periods) {
        no_start(p, owed, expected, before);
        return false;
    }
    return true;
}

void check_SCHED_013(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            if (measurable(p, s, part) &&
                !one_start_each(p, demand_of(s, part), turns(p, s, part),
                                s->major_frame.value / demand_of(s, part)->period.value))
                pass_blame(p, part);
        }
    }
}

static void uneven_start(struct pass *p, const struct demand *owed, const struct turn *first,
                         const struct turn *odd)
{
    uint64_t period = owed->period.value, offset = first->slot->start % period;
    uint64_t base = odd->slot->start / period * period;
    struct diag *f = pass_report(p, flag_mark(odd->slot->window),
                                 "the period starts of partition '%s' are not one period apart",
                                 word_text(&owed->partition->name));

    diag_label(p->diags, f, "at %s, which is %s into its period",
               time_text(p->arena, odd->slot->start), time_text(p->arena, odd->slot->start - base));
    diag_note(p->diags, f, flag_mark(first->slot->window), "the first is %s into its period",
              time_text(p->arena, offset));
    diag_help(p->diags, f, "start this window at %s, or %s", time_text(p->arena, base + offset),
              no_releases);
}

void check_SCHED_012(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            const struct turn *first = NULL, *turn;
            uint64_t period = demand_of(s, part)->period.value;
            size_t i = 0;

            if (!measurable(p, s, part))
                continue;
            while ((turn = next_flagged(turns(p, s, part), &i))) {
                if (!first)
                    first = turn;
                if (turn->slot->start % period != first->slot->start % period) {
                    uneven_start(p, demand_of(s, part), first, turn);
                    pass_blame(p, part);
                    break;
                }
            }
        }
    }
}
