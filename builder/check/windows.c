// SPDX-License-Identifier: BSD-2-Clause
// Rules about single windows of a core, and about windows beside each other.
#include "check/pass.h"

#include "analysis/timetable.h"

// Calls `visit` for every window as written.
static void each_window(struct pass *p, void (*visit)(struct pass *p, struct schedule *s,
                                                      struct core_plan *c, struct window *w))
{
    EACH(s, &p->model->schedules) {
        EACH(c, &s->cores) {
            EACH(w, &c->windows)
                visit(p, s, c, w);
        }
    }
}

static void blame_window(struct pass *p, const struct core_plan *c, const struct window *w)
{
    pass_blame(p, w);
    pass_blame(p, c);
    pass_blame(p, w->partition);
}

static const char *owner(const struct window *w)
{
    return word_text(&w->partition_name);
}

static struct mark duration_mark(const struct window *w)
{
    return mark_or(w->duration.at, w->mark);
}

// The start of the last repetition that begins inside the frame.
static uint64_t last_start(const struct schedule *s, const struct window *w)
{
    uint64_t room = s->major_frame.value - 1 - w->start.value;

    if (!w->every.given || w->every.value == 0)
        return w->start.value;
    return w->start.value + room / w->every.value * w->every.value;
}

// ---- SCHED-004: every window has a duration -----------------------------------------------------

static void needs_duration(struct pass *p, struct schedule *s, struct core_plan *c,
                           struct window *w)
{
    struct diag *f;

    (void)s;
    if (!w->duration.given || w->duration.value > 0)
        return;
    f = pass_report(p, duration_mark(w), "window of partition '%s' has no duration", owner(w));
    diag_label(p->diags, f, "nothing can run in 0 ns");
    diag_help(p->diags, f, "give the window a duration, or remove it");
    blame_window(p, c, w);
}

void check_SCHED_004(struct pass *p)
{
    each_window(p, needs_duration);
}

// ---- SCHED-005: every window lies inside the major frame ----------------------------------------

// The least common multiple of the frame's periods, to name a legal frame; 0 when there is none.
static uint64_t common_period(struct pass *p, const struct schedule *s)
{
    const struct timetable *t = &p->timetables[s - p->model->schedules.items];
    uint64_t common = 1;

    EACH(part, &p->model->partitions) {
        struct amount period = demand_of(s, part)->period;

        if (timetable_runs(t, part) && period.given && period.value > 0 &&
            !lcm_u64(common, period.value, &common))
            return 0;
    }
    return common;
}

// The least frame of at least `end` ns that is a multiple of every period, as text; NULL if none.
static const char *frame_that_holds(struct pass *p, const struct schedule *s, uint64_t end)
{
    uint64_t common = common_period(p, s), frame;

    if (common <= 1 || !add_u64(end, common - 1, &frame))
        return NULL;
    return time_text(p->arena, frame / common * common);
}

static void starts_past_frame(struct pass *p, struct schedule *s, struct window *w)
{
    struct diag *f =
        pass_report(p, mark_or(w->start.at, w->mark),
                    "window of partition '%s' starts after the major frame is over", owner(w));

    diag_label(p->diags, f, "the major frame ends at %s",
               time_text(p->arena, s->major_frame.value));
    diag_note(p->diags, f, s->major_frame.at, "major frame declared here");
    diag_help(p->diags, f,
              "start it before %s: a window's start counts from the beginning of the frame",
              time_text(p->arena, s->major_frame.value));
}

static void ends_past_frame(struct pass *p, struct schedule *s, struct window *w, uint64_t start)
{
    uint64_t frame = s->major_frame.value, end = start + w->duration.value;
    bool repeats = start != w->start.value;
    const char *room = time_text(p->arena, frame - start), *longer = NULL;
    struct diag *f;

    f = pass_report(p, duration_mark(w), "window of partition '%s' ends after the major frame",
                    owner(w));
    if (repeats)
        diag_label(p->diags, f, "its last repetition, from %s, ends at %s; the major frame is %s",
                   time_text(p->arena, start), time_text(p->arena, end),
                   time_text(p->arena, frame));
    else
        diag_label(p->diags, f, "ends at %s, the major frame is %s", time_text(p->arena, end),
                   time_text(p->arena, frame));
    diag_note(p->diags, f, s->major_frame.at, "major frame declared here");
    if (!repeats)
        longer = frame_that_holds(p, s, end);
    if (longer)
        diag_help(
            p->diags, f,
            "shorten the duration to %s, or set major_frame to %s (a multiple of all periods)",
            room, longer);
    else
        diag_help(p->diags, f, "shorten the duration to %s%s", room,
                  repeats ? ", or start the window earlier" : "");
}

static void lies_in_frame(struct pass *p, struct schedule *s, struct core_plan *c, struct window *w)
{
    uint64_t frame = s->major_frame.value, start;

    if (!s->major_frame.given || !w->start.given || !w->duration.given || !pass_clean(p, s) ||
        !pass_clean(p, w))
        return;
    if (w->start.value >= frame) {
        starts_past_frame(p, s, w);
        blame_window(p, c, w);
        return;
    }
    if (w->every.given && w->every.value < w->duration.value &&
        w->every.value < frame - w->start.value)
        return; // it overlaps itself, and SCHED-006 says so
    start = last_start(s, w);
    if (w->duration.value <= frame - start)
        return;
    // The first repetition that sticks out is the plainest to show.
    if (w->duration.value > frame - w->start.value)
        start = w->start.value;
    ends_past_frame(p, s, w, start);
    blame_window(p, c, w);
}

void check_SCHED_005(struct pass *p)
{
    each_window(p, lies_in_frame);
}

// ---- SCHED-006: windows of one core are disjoint ------------------------------------------------

static void overlap(struct pass *p, const struct core_plan *c, const struct slot *early,
                    const struct slot *late)
{
    const struct window *a = early->window, *b = late->window;
    struct arena *m = p->arena;
    struct diag *f;

    if (!pass_first(p, a, b))
        return;
    blame_window(p, c, a);
    blame_window(p, c, b);
    if (a == b) {
        f = pass_report(p, mark_or(b->every.at, b->mark),
                        "window of partition '%s' repeats before it has ended", owner(b));
        diag_label(p->diags, f, "starts again every %s but lasts %s", time_text(m, b->every.value),
                   time_text(m, b->duration.value));
        diag_help(p->diags, f, "shorten the duration to %s, or repeat every %s",
                  time_text(m, b->every.value), time_text(m, b->duration.value));
        return;
    }
    if (a->partition && a->partition == b->partition)
        f = pass_report(p, b->mark, "two windows of partition '%s' overlap on core %u", owner(b),
                        c->core);
    else
        f = pass_report(p, b->mark, "windows of partitions '%s' and '%s' overlap on core %u",
                        owner(b), owner(a), c->core);
    diag_label(p->diags, f, "%sruns from %s to %s", b->every.given ? "one repetition " : "",
               time_text(m, late->start), time_text(m, late->end));
    diag_note(p->diags, f, a->mark, "%s'%s' runs from %s to %s",
              a->every.given ? "one repetition of " : "", owner(a), time_text(m, early->start),
              time_text(m, early->end));
    if (early->start == late->start)
        diag_help(p->diags, f,
                  "start one of them when the other has ended: '%s' at %s, or '%s' at %s", owner(b),
                  time_text(m, early->end), owner(a), time_text(m, late->end));
    else
        diag_help(p->diags, f, "end '%s' by %s (a duration of %s), or start '%s' at %s", owner(a),
                  time_text(m, late->start), time_text(m, late->start - early->start), owner(b),
                  time_text(m, early->end));
}

// A sweep: a slot overlaps some earlier one exactly when it starts before the furthest end so far.
static void disjoint_slots(struct pass *p, const struct core_plan *c)
{
    const struct slot *furthest = NULL;

    EACH(slot, &c->slots) {
        if (slot->end <= slot->start || !pass_clean(p, slot->window))
            continue;
        if (furthest && slot->start < furthest->end)
            overlap(p, c, furthest, slot);
        if (!furthest || slot->end > furthest->end)
            furthest = slot;
    }
}

void check_SCHED_006(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!pass_clean(p, s))
            continue;
        EACH(c, &s->cores)
            disjoint_slots(p, c);
    }
}

// ---- SCHED-010: no window crosses a period boundary of its partition ----------------------------

static void crosses(struct pass *p, const struct schedule *s, const struct core_plan *c,
                    const struct slot *slot)
{
    const struct window *w = slot->window;
    struct amount declared = demand_of(s, w->partition)->period;
    uint64_t period = declared.value;
    uint64_t edge = (slot->start / period + 1) * period;
    struct diag *f;

    if (!pass_first(p, w, c))
        return;
    f = pass_report(p, w->mark, "window of partition '%s' crosses a boundary of its period",
                    owner(w));
    diag_label(p->diags, f, "runs from %s to %s; a period ends at %s",
               time_text(p->arena, slot->start), time_text(p->arena, slot->end),
               time_text(p->arena, edge));
    diag_note(p->diags, f, declared.at, "period of %s declared here", time_text(p->arena, period));
    diag_help(p->diags, f, "split the window at %s, so that each part is counted in its own period",
              time_text(p->arena, edge));
    pass_blame(p, w->partition);
}

void check_SCHED_010(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!pass_clean(p, s))
            continue;
        EACH(c, &s->cores) {
            EACH(slot, &c->slots) {
                const struct partition *part = slot->window->partition;
                struct amount period = part ? demand_of(s, part)->period : (struct amount){0};

                if (!period.given || period.value == 0 || slot->end <= slot->start ||
                    !pass_clean(p, part) || !pass_clean(p, slot->window))
                    continue;
                if (slot->start / period.value != (slot->end - 1) / period.value)
                    crosses(p, s, c, slot);
            }
        }
    }
}

// ---- SCHED-014: a window is long enough to be of use --------------------------------------------

// What of a window goes into its start.
static uint64_t start_cost(const struct model *m, const struct window *w)
{
    uint64_t cost = is_true(m->switch_in_gap) ? 0 : switch_cost_of(m);

    return w->pad.value > cost ? w->pad.value : cost;
}

// What the board asks for, and one nanosecond more than a start that is part of the window.
static uint64_t least_window(const struct model *m, const struct window *w)
{
    uint64_t cost = start_cost(m, w);
    uint64_t board = m->board ? m->board->min_window : 0;

    return cost < board ? board : cost + (cost > 0);
}

static void long_enough(struct pass *p, struct schedule *s, struct core_plan *c, struct window *w)
{
    const struct board *b = p->model->board;
    uint64_t cost = start_cost(p->model, w), least = least_window(p->model, w);
    struct diag *f;

    (void)s;
    if (!w->partition || !w->duration.given || w->duration.value >= least || !pass_clean(p, w))
        return;
    f = pass_report(p, duration_mark(w), "window of partition '%s' is too short to be of use",
                    owner(w));
    if (b && least == b->min_window)
        diag_label(p->diags, f, "%s; board '%s' needs at least %s",
                   time_text(p->arena, w->duration.value), word_text(&b->name),
                   time_text(p->arena, least));
    else
        diag_label(p->diags, f, "%s; %s takes %s of it", time_text(p->arena, w->duration.value),
                   w->pad.value < cost ? "the switch to the partition" : "its pad",
                   time_text(p->arena, cost));
    if (cost == 0)
        diag_help(p->diags, f, "make it %s or longer", time_text(p->arena, least));
    else
        diag_help(p->diags, f,
                  "make it %s or longer: up to %s of a window goes into switching to the partition",
                  time_text(p->arena, least), time_text(p->arena, cost));
    blame_window(p, c, w);
}

void check_SCHED_014(struct pass *p)
{
    each_window(p, long_enough);
}

// ---- SCHED-027: a pad covers what it hides ------------------------------------------------------

static void pad_covers(struct pass *p, struct schedule *s, struct core_plan *c, struct window *w)
{
    uint64_t cost = switch_cost_of(p->model);
    struct mark at = mark_or(w->pad.at, mark_or(w->flush.at, w->mark));
    struct diag *f;

    (void)s;
    if (!w->pad.given && !is_true(w->flush))
        return;
    if (!w->partition) {
        f = pass_report(p, at, "time kept free has no start to be hidden");
        diag_help(p->diags, f, "put it at the window of the partition that comes next");
    } else if (!w->pad.given) {
        f = pass_report(p, at, "window of partition '%s' is flushed without a pad", owner(w));
        diag_help(p->diags, f,
                  "add 'pad': the longest time that the flush and the switch may take");
    } else if (w->pad.value <= cost) {
        f = pass_report(p, at, "pad of a window of partition '%s' does not cover the switch",
                        owner(w));
        diag_label(p->diags, f, "%s; the switch takes up to %s", time_text(p->arena, w->pad.value),
                   time_text(p->arena, cost));
        diag_help(p->diags, f, "make it longer than %s", time_text(p->arena, cost));
    } else {
        return;
    }
    blame_window(p, c, w);
}

void check_SCHED_027(struct pass *p)
{
    each_window(p, pad_covers);
}

// ---- SCHED-015: gaps hold the switch ------------------------------------------------------------

static void short_gap(struct pass *p, const struct core_plan *c, const struct slot *before,
                      const struct slot *after, uint64_t gap)
{
    uint64_t cost = switch_cost_of(p->model);
    struct diag *f;

    if (!pass_first(p, before->window, after->window))
        return;
    f = pass_report(p, after->window->mark, "the switch from '%s' to '%s' does not fit the gap",
                    owner(before->window), owner(after->window));
    diag_label(p->diags, f, "%s after the window before it%s; a switch takes %s",
               time_text(p->arena, gap),
               after->start < before->end ? ", around the end of the frame" : "",
               time_text(p->arena, cost));
    diag_note(p->diags, f, before->window->mark, "the window before it");
    diag_help(p->diags, f,
              "leave %s between them: end the first one earlier, or start this one %s "
              "later",
              time_text(p->arena, cost), time_text(p->arena, cost - gap));
    pass_blame(p, after->window->partition);
    pass_blame(p, c);
}

static void gaps_hold_switch(struct pass *p, const struct schedule *s, const struct core_plan *c)
{
    const struct slot *first = NULL, *last = NULL;

    EACH(slot, &c->slots) {
        if (!slot->window->partition)
            continue;
        if (last && last->window->partition != slot->window->partition &&
            slot->start - last->end < switch_cost_of(p->model))
            short_gap(p, c, last, slot, slot->start - last->end);
        first = first ? first : slot;
        last = slot;
    }
    if (last && last->window->partition != first->window->partition) {
        uint64_t gap = s->major_frame.value - last->end + first->start;

        if (gap < switch_cost_of(p->model))
            short_gap(p, c, last, first, gap);
    }
}

void check_SCHED_015(struct pass *p)
{
    if (!is_true(p->model->switch_in_gap))
        return;
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(c, &s->cores) {
            if (pass_clean(p, c))
                gaps_hold_switch(p, s, c);
        }
    }
}

// ---- SCHED-019: the windows fit the tables ------------------------------------------------------

static uint64_t repetitions(const struct schedule *s, const struct window *w)
{
    if (!w->start.given || w->start.value >= s->major_frame.value)
        return 0;
    if (!w->every.given || w->every.value == 0)
        return 1;
    return (s->major_frame.value - 1 - w->start.value) / w->every.value + 1;
}

static void count_windows(struct pass *p, struct schedule *s)
{
    uint64_t total = 0, most = 0, limit = limits_of(p->model)->windows, n;
    const struct window *worst = NULL;
    struct diag *f;

    EACH(c, &s->cores) {
        EACH(w, &c->windows) {
            n = repetitions(s, w);
            if (!add_u64(total, n, &total))
                total = UINT64_MAX;
            if (n > most) {
                most = n;
                worst = w;
            }
        }
    }
    if (total <= limit)
        return;
    f = pass_report(p, mark_or(s->name.at, s->mark),
                    "schedule '%s' has more windows than the tables hold", word_text(&s->name));
    diag_label(p->diags, f, "%llu windows a frame, the limit is %llu", (unsigned long long)total,
               (unsigned long long)limit);
    if (worst && most > 1)
        diag_note(p->diags, f, mark_or(worst->every.at, worst->mark),
                  "this window alone repeats %llu times", (unsigned long long)most);
    diag_help(p->diags, f, "use longer windows, or a shorter major frame: %s",
              pass_limit(p, "each window takes 32 bytes of tables and 8 bytes of statistics"));
    pass_blame(p, s);
}

void check_SCHED_019(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (s->major_frame.given && pass_clean(p, s))
            count_windows(p, s);
    }
}

// ---- SCHED-020: neighbours that could be one ----------------------------------------------------

static bool same_vcpu(const struct window *a, const struct window *b)
{
    uint64_t x = a->cpu.given ? a->cpu.value : 0, y = b->cpu.given ? b->cpu.value : 0;

    return a->partition && a->partition == b->partition && x == y;
}

// A window that starts a period has a reason to stand alone: it is a release point.
static void merge(struct pass *p, const struct slot *a, const struct slot *b)
{
    struct diag *f;

    if (a->end != b->start || b->period_start || !same_vcpu(a->window, b->window) ||
        !pass_clean(p, a->window) || !pass_clean(p, b->window) ||
        !pass_first(p, a->window, b->window))
        return;
    f = pass_report(p, b->window->mark,
                    "two windows of partition '%s' follow each other without a gap",
                    owner(b->window));
    if (a->window == b->window) {
        diag_label(p->diags, f, "repeats at %s, as soon as it has ended",
                   time_text(p->arena, b->start));
        diag_help(p->diags, f, "a single longer window does the same with fewer switches");
        return;
    }
    diag_label(p->diags, f, "starts at %s", time_text(p->arena, b->start));
    diag_note(p->diags, f, a->window->mark, "ends at %s", time_text(p->arena, a->end));
    diag_help(p->diags, f, "one window from %s to %s does the same with one switch less",
              time_text(p->arena, a->start), time_text(p->arena, b->end));
}

void check_SCHED_020(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!pass_clean(p, s))
            continue;
        EACH(c, &s->cores) {
            for (size_t i = 1; i < c->slots.count; i++)
                merge(p, &c->slots.items[i - 1], &c->slots.items[i]);
        }
    }
}
