// SPDX-License-Identifier: BSD-2-Clause
// Rules about the major frame and what it means for each partition: periods, ticks, totals.
#include "check/pass.h"

#include "analysis/timetable.h"

static const struct timetable *timetable(const struct pass *p, const struct schedule *s)
{
    return &p->timetables[s - p->model->schedules.items];
}

static bool has_period(const struct schedule *s, const struct partition *part)
{
    const struct demand *owed = demand_of(s, part);

    return owed->period.given && owed->period.value > 0;
}

// The period in this schedule of a partition that has_period.
static struct amount period_of(const struct schedule *s, const struct partition *part)
{
    return demand_of(s, part)->period;
}

// ---- SCHED-001: the major frame has a length ----------------------------------------------------

void check_SCHED_001(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        struct diag *f;

        if (!s->major_frame.given || s->major_frame.value > 0)
            continue;
        f = pass_report(p, mark_or(s->major_frame.at, s->mark),
                        "schedule '%s' has a major frame of no length", word_text(&s->name));
        diag_label(p->diags, f, "the frame is what repeats; it cannot be 0");
        diag_help(p->diags, f, "set major_frame to the least common multiple of all periods");
        pass_blame(p, s);
    }
}

// ---- MOD-006: frames and common multiples are in range ------------------------------------------

static void common_multiple(struct pass *p, const struct schedule *s)
{
    const struct partition *before = NULL;
    uint64_t common = 1;

    EACH(part, &p->model->partitions) {
        struct diag *f;

        if (!has_period(s, part) || !timetable_runs(timetable(p, s), part))
            continue;
        if (lcm_u64(common, period_of(s, part).value, &common) && common <= HV_MAX_FRAME_NS) {
            before = part;
            continue;
        }
        f = pass_report(p, period_of(s, part).at,
                        "the periods of the partitions have no common multiple in range");
        diag_label(p->diags, f, "with %s for '%s' the least common multiple passes 2^61 ns",
                   time_text(p->arena, period_of(s, part).value), word_text(&part->name));
        if (before)
            diag_note(p->diags, f, period_of(s, before).at, "up to here the multiple was in range");
        diag_help(p->diags, f,
                  "choose periods that are multiples of one another, "
                  "such as 10 ms, 20 ms, 40 ms");
        pass_blame(p, s);
        return;
    }
}

static bool frame_in_range(struct pass *p, const struct schedule *s)
{
    struct diag *f;

    if (!s->major_frame.given || s->major_frame.value <= HV_MAX_FRAME_NS)
        return true;
    f = pass_report(p, s->major_frame.at, "the major frame is too long to count with");
    diag_label(p->diags, f, "%s; the limit is %s, about 73 years",
               time_text(p->arena, s->major_frame.value), time_text(p->arena, HV_MAX_FRAME_NS));
    diag_help(p->diags, f, "set major_frame to the least common multiple of all periods");
    pass_blame(p, s);
    return false;
}

void check_MOD_006(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (frame_in_range(p, s))
            common_multiple(p, s);
    }
}

// ---- MOD-005: the major frame is a whole number of timer ticks ----------------------------------

void check_MOD_005(struct pass *p)
{
    const struct board *b = p->model->board;
    uint64_t step;

    if (!b || b->timer_hz == 0)
        return;
    // The least time that is a whole number of ticks and of nanoseconds.
    step = 1000000000u / gcd_u64(1000000000u, b->timer_hz);
    EACH(s, &p->model->schedules) {
        uint64_t frame = s->major_frame.value, below, above;
        struct diag *f;

        if (!s->major_frame.given || frame % step == 0 || !pass_clean(p, s))
            continue;
        below = frame - frame % step;
        above = below + step;
        f = pass_report(p, s->major_frame.at,
                        "the major frame is not a whole number of timer ticks");
        diag_label(p->diags, f, "%s; the timer of board '%s' runs at %llu Hz",
                   time_text(p->arena, frame), word_text(&b->name),
                   (unsigned long long)b->timer_hz);
        if (below > 0)
            diag_help(p->diags, f, "set major_frame to %s or %s, the nearest whole ticks",
                      time_text(p->arena, below), time_text(p->arena, above));
        else
            diag_help(p->diags, f, "set major_frame to %s, the least whole number of ticks",
                      time_text(p->arena, above));
        pass_blame(p, s);
    }
}

// ---- SCHED-017: who has windows says what they are for ------------------------------------------

static const struct window *first_window(const struct timetable *t, const struct partition *part)
{
    for (size_t v = 0; v < timetable_vcpus(part); v++)
        if (timetable_turns(t, part, v)->count > 0)
            return timetable_turns(t, part, v)->turns[0].slot->window;
    return NULL;
}

// The first schedule that has windows for a partition and does not owe it anything; *w is one.
static const struct schedule *unowed_windows(const struct pass *p, const struct partition *part,
                                             const struct window **w)
{
    EACH(s, &p->model->schedules) {
        const struct demand *owed = demand_of(s, part);

        if (owed->period.given && owed->duration.given)
            continue;
        if ((p->model->unstated & UNSTATED_PERIODS) && !owed->period.given && !owed->duration.given)
            continue;
        *w = first_window(timetable(p, s), part);
        if (*w)
            return s;
    }
    return NULL;
}

void check_SCHED_017(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        const struct window *w = NULL;
        const struct schedule *s;
        const struct demand *owed;
        struct diag *f;

        if (is_true(part->never_scheduled) || !(s = unowed_windows(p, part, &w)))
            continue;
        owed = demand_of(s, part);
        f = pass_report(p, mark_or(owed->mark, mark_or(part->name.at, part->mark)),
                        "partition '%s' has windows but no %s%s", word_text(&part->name),
                        owed->period.given     ? "duration"
                        : owed->duration.given ? "period"
                                               : "period and duration",
                        pass_in(p, s));
        diag_note(p->diags, f, w->mark, "a window of '%s'", word_text(&part->name));
        diag_help(p->diags, f,
                  "say how much time it needs and how often, for example period: 20ms "
                  "and duration: 5ms; the windows are checked against that");
        pass_blame(p, part);
    }
}

// ---- SCHED-002: the major frame is a multiple of every period -----------------------------------

// A divisor of the frame near the period, so that the remedy can name it; 0 when none is close.
static uint64_t nearest_divisor(uint64_t frame, uint64_t period)
{
    uint64_t count = frame / period, best = 0;

    for (uint64_t i = 0; i < 64; i++) { // frame / n for n around frame / period
        uint64_t low = count > i ? count - i : 0, high = count + 1 + i;

        if (low > 0 && frame % low == 0)
            best = frame / low;
        if (frame % high == 0 && (best == 0 || period - frame / high < best - period))
            best = frame / high;
        if (best)
            return best;
    }
    return 0;
}

// The least frame that all periods divide, 1 without any; 0 when it does not fit.
static uint64_t least_frame(struct pass *p, const struct schedule *s)
{
    uint64_t common = 1;

    EACH(part, &p->model->partitions) {
        if (has_period(s, part) && timetable_runs(timetable(p, s), part) &&
            !lcm_u64(common, period_of(s, part).value, &common))
            return 0;
    }
    return common;
}

static const char *legal_frame(struct pass *p, const struct schedule *s)
{
    uint64_t common = least_frame(p, s), frame = s->major_frame.value;

    if (!common || !add_u64(frame, common - 1, &frame))
        return NULL;
    return time_text(p->arena, frame / common * common);
}

// One partition at odds with the frame: most likely its period is wrong.
static void period_at_odds(struct pass *p, const struct schedule *s, struct partition *part)
{
    uint64_t frame = s->major_frame.value, period = period_of(s, part).value;
    uint64_t other = nearest_divisor(frame, period);
    const char *longer = legal_frame(p, s);
    struct diag *f;

    f = pass_report(p, period_of(s, part).at,
                    "the major frame is not a multiple of the period of '%s'",
                    word_text(&part->name));
    diag_label(p->diags, f, "%s does not divide %s", time_text(p->arena, period),
               time_text(p->arena, frame));
    diag_note(p->diags, f, s->major_frame.at, "major frame declared here");
    if (other && longer)
        diag_help(p->diags, f, "set the period to %s, or major_frame to %s",
                  time_text(p->arena, other), longer);
    else if (longer)
        diag_help(p->diags, f, "set major_frame to %s", longer);
    pass_blame(p, part);
}

// Several at odds: most likely the frame is wrong, and one finding says so.
static void frame_at_odds(struct pass *p, const struct schedule *s)
{
    const char *longer = legal_frame(p, s);
    unsigned shown = 0;
    struct diag *f;

    f = pass_report(p, s->major_frame.at, "the major frame is not a multiple of several periods");
    diag_label(p->diags, f, "%s", time_text(p->arena, s->major_frame.value));
    EACH(part, &p->model->partitions) {
        if (!has_period(s, part) || !timetable_runs(timetable(p, s), part) ||
            !pass_clean(p, part) || s->major_frame.value % period_of(s, part).value == 0)
            continue;
        pass_blame(p, part);
        if (++shown <= 8)
            diag_note(p->diags, f, period_of(s, part).at, "'%s' has a period of %s",
                      word_text(&part->name), time_text(p->arena, period_of(s, part).value));
    }
    if (longer)
        diag_help(p->diags, f, "set major_frame to %s, a multiple of all periods", longer);
}

// Strict: a frame that is longer than it has to be is not wrong, but worth a look.
static void frame_longer(struct pass *p, const struct schedule *s)
{
    uint64_t least = least_frame(p, s), frame = s->major_frame.value;
    struct diag *f;

    if (p->model->profile != PROFILE_STRICT || least <= 1 || frame <= least || frame % least != 0)
        return;
    f = pass_report(p, s->major_frame.at, "the major frame is %llu times as long as it has to be",
                    (unsigned long long)(frame / least));
    diag_weigh(p->diags, f, SEVERITY_INFO);
    diag_label(p->diags, f, "all periods divide %s already", time_text(p->arena, least));
    diag_help(p->diags, f, "set major_frame to %s, unless the windows differ on purpose",
              time_text(p->arena, least));
}

void check_SCHED_002(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        struct partition *odd = NULL;
        unsigned count = 0;

        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            if (has_period(s, part) && timetable_runs(timetable(p, s), part) &&
                pass_clean(p, part) && s->major_frame.value % period_of(s, part).value != 0) {
                odd = part;
                count++;
            }
        }
        if (count == 1)
            period_at_odds(p, s, odd);
        else if (count > 1)
            frame_at_odds(p, s);
        else
            frame_longer(p, s);
    }
}

// ---- SCHED-016: where the cores are idle --------------------------------------------------------

struct idle {
    uint64_t total;
    unsigned stretches;
    struct text list; // the first few, "4 ms to 6 ms"
};

static void add_idle(struct pass *p, struct idle *i, uint64_t start, uint64_t end)
{
    if (start >= end)
        return;
    i->total += end - start;
    if (i->stretches++ < 4)
        text_add(&i->list, "%s%s to %s", i->stretches > 1 ? ", " : "", time_text(p->arena, start),
                 time_text(p->arena, end));
}

static void report_idle(struct pass *p, const struct schedule *s, const struct core_plan *c)
{
    uint64_t at = 0, frame = s->major_frame.value, tenths;
    struct idle idle = {.list.arena = p->arena};
    struct diag *f;

    EACH(slot, &c->slots) {
        if (!slot->window->partition || slot->end <= at)
            continue; // "idle" written out is idle too
        add_idle(p, &idle, at, slot->start);
        at = slot->end;
    }
    add_idle(p, &idle, at, frame);
    if (idle.total == 0 && !is_true(p->model->reserve))
        return;
    tenths = (uint64_t)((unsigned __int128)idle.total * 1000 / frame);
    f = pass_report(p, c->mark, "core %u is idle for %s of the %s frame (%llu.%llu %%)", c->core,
                    time_text(p->arena, idle.total), time_text(p->arena, frame),
                    (unsigned long long)tenths / 10, (unsigned long long)tenths % 10);
    if (idle.total > 0)
        diag_label(p->diags, f, "idle from %s%s", idle.list.bytes,
                   idle.stretches > 4 ? " and more" : "");
    if (p->model->reserve.given &&
        (unsigned __int128)idle.total * 100 < (unsigned __int128)p->model->reserve.value * frame) {
        diag_weigh(p->diags, f, SEVERITY_WARNING);
        diag_note(p->diags, f, p->model->reserve.at, "%llu %% are to be kept in reserve",
                  (unsigned long long)p->model->reserve.value);
        diag_help(p->diags, f, "make windows shorter, or move a partition to another core");
    }
}

void check_SCHED_016(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(c, &s->cores) {
            if (pass_clean(p, c))
                report_idle(p, s, c);
        }
    }
}

// ---- SCHED-023: when each partition first runs --------------------------------------------------

void check_SCHED_023(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        struct text list = {.arena = p->arena};
        uint64_t last = 0;
        struct diag *f;

        if (s != initial_schedule(p->model) || !s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            const struct vcpu_turns *v = timetable_turns(timetable(p, s), part, 0);
            size_t flagged = 0;

            if (v->count == 0 || !pass_clean(p, part))
                continue;
            text_add(&list, "%s'%s' at %s", list.length ? ", " : "", word_text(&part->name),
                     time_text(p->arena, v->turns[0].slot->start));
            while (flagged < v->count && !v->turns[flagged].slot->period_start)
                flagged++;
            if (flagged > 0 && flagged < v->count)
                text_add(&list, " (first period start at %s)",
                         time_text(p->arena, v->turns[flagged].slot->start));
            if (v->turns[0].slot->start > last)
                last = v->turns[0].slot->start;
        }
        if (!list.length)
            continue;
        f = pass_report(p, mark_or(s->name.at, s->mark),
                        "every partition has started %s after the module",
                        time_text(p->arena, last));
        diag_label(p->diags, f, "%s", list.bytes);
    }
}
