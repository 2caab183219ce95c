// SPDX-License-Identifier: BSD-2-Clause
// From the model to the problem: what is owed, where it may run, and what must be kept apart.
#include "problem.h"

static const uint64_t NS = 1000000000;

static bool takes_part(const struct schedule *s, const struct partition *part)
{
    const struct demand *owed = demand_of(s, part);

    return owed->period.given && owed->duration.given && owed->duration.value > 0 &&
           !(part->never_scheduled.given && part->never_scheduled.value);
}

static bool has_written_windows(const struct schedule *s, const struct partition *part)
{
    EACH(c, &s->cores) {
        EACH(w, &c->windows) {
            if (w->partition == part)
                return true;
        }
    }
    return false;
}

// ---- Times --------------------------------------------------------------------------------------

// The least time that is a whole number of ticks and of nanoseconds; 1 when that is so long that
// windows cannot be made of it.
static uint64_t quantum_of(const struct board *b)
{
    uint64_t step = b && b->timer_hz ? NS / gcd_u64(NS, b->timer_hz) : 1;

    return step <= 1000000 ? step : 1;
}

// A duration as whole ticks, or with a tick more where ticks are no whole nanoseconds.
static uint64_t length_of(const struct problem *p, uint64_t duration)
{
    const struct board *b = p->model->board;
    uint64_t hz = b && b->timer_hz ? b->timer_hz : NS, length;

    if (p->quantum > 1 || NS % hz == 0 || (wide)duration * hz % NS == 0)
        length = up_to(duration, p->quantum);
    else
        length = duration + NS / hz + 1;
    return length < p->least ? p->least : length;
}

static uint64_t in_per_cent(uint64_t value, uint64_t per_cent)
{
    return (uint64_t)((wide)value * per_cent / 100);
}

// ---- Tasks --------------------------------------------------------------------------------------

static bool has_periodic_process(const struct partition *part)
{
    EACH(process, &part->processes) {
        if (process->kind == PROCESS_PERIODIC)
            return true;
    }
    return false;
}

// The cores that other schedules gave to the vcpus: a vcpu stays on its core (MC-005).
static void find_home(struct problem *p, struct task *t)
{
    bool found[BOARD_CORES_MAX] = {false};
    size_t count = 0;

    EACH(s, &p->model->schedules) {
        if (s == p->schedule)
            continue;
        EACH(c, &s->cores) {
            EACH(w, &c->windows) {
                uint64_t cpu = w->cpu.given ? w->cpu.value : 0;

                if (w->partition != t->partition || cpu >= t->cpus || found[cpu] ||
                    c->core >= BOARD_CORES_MAX)
                    continue;
                found[cpu] = true;
                t->home[cpu] = c->core;
                count++;
            }
        }
    }
    t->at_home = count == t->cpus;
    if (!t->at_home)
        return;
    t->allowed = 0;
    for (size_t i = 0; i < t->cpus; i++)
        t->allowed |= 1ull << t->home[i];
}

static uint64_t allowed_cores(const struct problem *p, const struct partition *part)
{
    uint64_t all = p->core_count >= 64 ? UINT64_MAX : (1ull << p->core_count) - 1, some = 0;

    EACH(core, &part->cores) {
        if (core->value < 64)
            some |= 1ull << core->value;
    }
    return part->cores.count ? some & all : all;
}

// More turns in each period, so that the time between them stays within the bound.
static void divide_period(const struct problem *p, struct task *t, uint64_t bound)
{
    uint64_t parts = 1, length = t->length;

    if (bound == 0 || t->offset_given)
        return;
    while (parts < 64 && (t->period % parts != 0 || t->period / parts - length > bound)) {
        parts++;
        length = length_of(p, (t->owed->duration.value + parts - 1) / parts);
        if (length > t->period / parts)
            return;
    }
    if (parts == 64)
        return;
    t->period /= parts;
    t->length = length;
}

static void add_task(struct problem *p, const struct partition *part, bool blackouts)
{
    struct task *t = list_add(p->arena, &p->tasks);

    t->partition = part;
    t->owed = demand_of(p->schedule, part);
    t->index = (uint32_t)(p->tasks.count - 1);
    t->period = t->owed->period.value;
    t->length = length_of(p, t->owed->duration.value);
    t->cpus = vcpu_count(part);
    t->offset_given = part->offset.given && part->offset.at.line;
    t->offset = t->offset_given ? part->offset.value : 0;
    t->jitter = part->jitter.given ? part->jitter.value : ANY_JITTER;
    t->releases = t->offset_given || t->jitter == 0 || has_periodic_process(part);
    t->allowed = allowed_cores(p, part);
    if (t->cpus <= BOARD_CORES_MAX)
        find_home(p, t);
    if (blackouts && part->blackout.given)
        divide_period(p, t, part->blackout.value);
    // A sliver costs a switch and a line in the table; 100 us is a window worth having.
    t->coarse = t->length / 4 < 100000 ? t->length / 4 : 100000;
    t->coarse = up_to(t->coarse > p->least ? t->coarse : p->least, p->quantum);
}

// Windows that stand in the text stay. Those of one partition on one core, or of nobody.
static void add_written(struct problem *p, const struct core_plan *c, const struct partition *part)
{
    struct task *t = NULL;

    EACH(slot, &c->slots) {
        if (slot->window->partition != part || c->core >= BOARD_CORES_MAX)
            continue;
        if (!t) {
            t = list_add(p->arena, &p->tasks);
            t->index = (uint32_t)(p->tasks.count - 1);
            t->partition = part;
            t->written = t->placed = true;
            t->period = p->frame;
            t->cores = 1ull << c->core;
        }
        range_add(p->arena, &t->jobs, (int64_t)slot->start, (int64_t)slot->end);
        if (part)
            p->load[c->core] += slot->end - slot->start;
    }
}

static void add_all_written(struct problem *p)
{
    EACH(c, &p->schedule->cores) {
        add_written(p, c, NULL);
        EACH(part, &p->model->partitions)
            add_written(p, c, part);
    }
}

// ---- What is kept apart -------------------------------------------------------------------------

static bool is_member(const struct member *members, size_t count, const struct partition *part)
{
    for (size_t i = 0; i < count; i++)
        if (members[i].partition == part)
            return true;
    return false;
}

static bool may_run_beside(const struct model *m, const struct task *a, const struct task *b)
{
    EACH(set, &m->co_runs) {
        if (is_member(set->members.items, set->members.count, a->partition) &&
            is_member(set->members.items, set->members.count, b->partition))
            return true;
    }
    return m->co_runs.count == 0;
}

static enum kept_apart relation(const struct model *m, const struct task *a, const struct task *b)
{
    if (!a->partition || !b->partition || a->partition == b->partition)
        return APART_NOT;
    EACH(x, &m->exclusions) {
        if (x->kind == EXCLUDE_TOGETHER &&
            is_member(x->members.items, x->members.count, a->partition) &&
            is_member(x->members.items, x->members.count, b->partition))
            return APART_ALWAYS;
    }
    return may_run_beside(m, a, b) ? APART_NOT : APART_WISH;
}

static void relate(struct problem *p)
{
    size_t n = p->tasks.count;

    p->apart = arena_alloc(p->arena, n * n + 1);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            p->apart[i * n + k] = p->apart[k * n + i] =
                (uint8_t)relation(p->model, &p->tasks.items[i], &p->tasks.items[k]);
}

// ---- The frame ----------------------------------------------------------------------------------

static struct mark period_mark(const struct demand *owed)
{
    return owed->period.at.line ? owed->period.at : owed->mark;
}

// The least common multiple of the periods, in whole ticks, when no frame is given.
static bool find_frame(struct problem *p, const char **why, struct mark *where)
{
    const struct board *b = p->model->board;
    struct schedule *s = p->schedule;
    uint64_t frame = b && b->timer_hz ? NS / gcd_u64(NS, b->timer_hz) : 1;

    EACH(part, &p->model->partitions) {
        uint64_t period = demand_of(s, part)->period.value;

        if (!takes_part(s, part))
            continue;
        *where = period_mark(demand_of(s, part));
        if (s->major_frame.given && s->major_frame.value % period != 0) {
            *why = arena_printf(p->arena, "the period %s of '%s' does not divide the frame of %s",
                                time_text(p->arena, period), part->name.text,
                                time_text(p->arena, s->major_frame.value));
            return false;
        }
        if (!s->major_frame.given && (!lcm_u64(frame, period, &frame) || frame > HV_MAX_FRAME_NS)) {
            *why = "the periods have no common multiple that a frame could have";
            return false;
        }
    }
    if (!s->major_frame.given)
        s->major_frame = (struct amount){frame, s->synthesize.at, true};
    p->frame = s->major_frame.value;
    return true;
}

// ---- All of it ----------------------------------------------------------------------------------

// Mistakes that have a rule of their own are left to it.
static bool demands_are_sound(const struct model *m, const struct schedule *s)
{
    if (s->major_frame.given &&
        (s->major_frame.value == 0 || s->major_frame.value > HV_MAX_FRAME_NS))
        return false;
    EACH(part, &m->partitions) {
        const struct demand *owed = demand_of(s, part);

        if (takes_part(s, part) && (!part->name.text || owed->period.value == 0 ||
                                    owed->duration.value > owed->period.value))
            return false;
    }
    return true;
}

// Of which all that is owed is a multiple.
static uint64_t grid_of(const struct problem *p)
{
    uint64_t grid = p->frame;

    EACH(t, &p->tasks) {
        if (!t->written)
            grid = gcd_u64(gcd_u64(grid, t->period), gcd_u64(t->length, t->offset));
    }
    return grid;
}

struct problem *problem_make(struct arena *a, const struct model *m, struct schedule *s,
                             bool blackouts, const char **why, struct mark *where)
{
    struct problem *p = arena_alloc(a, sizeof *p);
    uint64_t windows = 0;

    *p = (struct problem){.arena = a, .model = m, .schedule = s, .quantum = quantum_of(m->board)};
    *why = NULL;
    if (!demands_are_sound(m, s) || !find_frame(p, why, where))
        return NULL;
    if (m->switch_in_gap.given && m->switch_in_gap.value)
        p->gap = switch_cost_of(m);
    p->least = m->board ? m->board->min_window : 0;
    if (!p->gap && p->least <= switch_cost_of(m))
        p->least = switch_cost_of(m) + 1; // a window must hold more than the switch to it
    p->least = up_to(p->least ? p->least : 1, p->quantum);
    p->skew = m->clock_skew.given ? m->clock_skew.value : 0;
    p->core_count = m->board ? m->board->cores.count : 1;
    if (p->core_count > BOARD_CORES_MAX)
        p->core_count = BOARD_CORES_MAX;
    p->capacity = in_per_cent(p->frame, 100 - (m->reserve.given ? m->reserve.value : 0));
    p->most_windows = m->board ? m->board->limits.windows : HV_MAX_WINDOWS;
    EACH(part, &m->partitions) {
        if (takes_part(s, part) && !has_written_windows(s, part)) {
            add_task(p, part, blackouts);
            windows += p->frame / demand_of(s, part)->period.value;
            if (windows > p->most_windows) {
                *where = s->major_frame.at;
                *why = arena_printf(a, "a frame of %s would need more than %llu windows",
                                    time_text(a, p->frame), (unsigned long long)p->most_windows);
                return NULL;
            }
        }
    }
    add_all_written(p);
    p->grid = grid_of(p);
    relate(p);
    return p;
}
