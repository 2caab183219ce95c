// SPDX-License-Identifier: BSD-2-Clause
// Releases anywhere relative to the windows: the response-time bound of fixed priorities, and the
// demand test of EDF.
#include "analysis/load.h"

static bool spend(uint64_t *steps, uint64_t some)
{
    bool enough = *steps >= some;

    *steps = enough ? *steps - some : 0;
    return enough;
}

static uint64_t round_cost(const struct load *l, const struct supply *s)
{
    return 1 + l->count + (s->table ? s->table->count : 0);
}

// ---- Fixed priority -----------------------------------------------------------------------------

uint64_t any_phase_jobs(const struct task *j, uint64_t t)
{
    wide jobs = ((wide)t + j->jitter + j->period - 1) / j->period;

    return jobs ? (uint64_t)jobs : 1;
}

wide any_phase_demand(const struct load *l, size_t i, uint64_t job, uint64_t t)
{
    wide work = ((wide)job + 1) * l->tasks[i].cost + l->tasks[i].blocking;

    for (size_t j = 0; j < l->count; j++)
        if (load_precedes(l, j, i))
            work += (wide)any_phase_jobs(&l->tasks[j], t) * l->tasks[j].cost;
    return work;
}

enum outcome { FOUND, OUT_OF_RANGE, TIRED };

// The first t >= *t with supply(t) >= demand(t), from below. Past `limit` only a few rounds more
// are spent on it, for a number that is nice to have.
static enum outcome first_time(const struct load *l, size_t i, const struct supply *s, uint64_t job,
                               uint64_t limit, uint64_t *t, uint64_t *steps)
{
    unsigned past = 0;

    for (;;) {
        uint64_t next = supply_time(s, any_phase_demand(l, i, job, *t));

        if (next == NEVER)
            return OUT_OF_RANGE;
        if (next <= *t)
            return FOUND;
        *t = next;
        if (!spend(steps, round_cost(l, s)) || (*t > limit && ++past > 4096))
            return TIRED;
    }
}

// Whether the busy period has shown all there is after `job` jobs: the next is released when all
// work is done, or, under full load, everything begins to repeat.
static bool busy_period_over(const struct load *l, size_t i, const struct supply *s, uint64_t job,
                             uint64_t t)
{
    const struct task *task = &l->tasks[i];
    wide next = ((wide)job + 1) * task->period;
    struct share share;
    uint64_t multiple;

    if (!task->recurring || (wide)t + task->jitter <= next)
        return true;
    if (next < supply_frame(s))
        return false;
    share = load_share(l, i, true);
    return share_compare(share, s) == SHARE_EQUAL &&
           lcm_u64(share.span, supply_frame(s), &multiple) && next >= multiple;
}

// No response was found, though the search got to `t`.
static struct bound failed(const struct task *task, enum outcome why, uint64_t job, bool late)
{
    struct bound b = {NOT_PROVED, NEVER, job};

    if (why == OUT_OF_RANGE || late)
        b.verdict = REFUTED;
    if (task->deadline == NEVER)
        b.verdict = PROVED; // there is nothing to miss
    return b;
}

// The window within which job `job` must be done; 0 when its jitter leaves nothing.
static uint64_t window_limit(const struct task *task, uint64_t job)
{
    wide limit = (wide)task->deadline + (wide)job * task->period;

    if (task->deadline == NEVER || limit > NEVER)
        return NEVER;
    return limit > task->jitter ? (uint64_t)(limit - task->jitter) : 0;
}

struct bound any_phase_bound(const struct load *l, size_t i, const struct supply *s,
                             uint64_t *steps)
{
    const struct task *task = &l->tasks[i];
    struct bound most = {PROVED, 0, 0};
    int others = share_compare(load_share(l, i, false), s);
    uint64_t t = 0;

    // sbf(t) is at most its share of t and the demand more than its own, so where the more urgent
    // leave nothing over, no t is enough.
    if (others == SHARE_EQUAL || others == SHARE_MORE)
        return failed(task, OUT_OF_RANGE, 0, false);
    if (task->deadline == NEVER && share_compare(load_share(l, i, true), s) == SHARE_MORE)
        return failed(task, OUT_OF_RANGE, 0, false);
    for (uint64_t job = 0;; job++) {
        uint64_t limit = window_limit(task, job), response;
        enum outcome outcome = first_time(l, i, s, job, limit, &t, steps);

        if (outcome != FOUND)
            return failed(task, outcome, job, t > limit);
        response = (uint64_t)((wide)t + task->jitter - (wide)job * task->period);
        if (response > most.response)
            most = (struct bound){PROVED, response, job};
        if (response > task->deadline) {
            most.verdict = REFUTED;
            return most;
        }
        if (busy_period_over(l, i, s, job, t))
            return most;
        if (!spend(steps, round_cost(l, s)))
            return failed(task, TIRED, job, false);
    }
}

uint64_t any_phase_window(const struct load *l, size_t i, const struct supply *s, uint64_t job)
{
    uint64_t t = 0, steps = NEVER;

    for (uint64_t q = 0; q <= job; q++)
        first_time(l, i, s, q, NEVER, &t, &steps);
    return t;
}

// ---- EDF ----------------------------------------------------------------------------------------

// Jobs that may be late by the jitter leave that much less before their deadline.
static uint64_t latest_first(const struct task *j)
{
    return j->deadline > j->jitter ? j->deadline - j->jitter : 0;
}

static bool has_deadline(const struct task *j)
{
    return j->recurring && !j->unknown && j->deadline != NEVER;
}

uint64_t edf_jobs(const struct task *j, uint64_t t)
{
    uint64_t first = latest_first(j);

    return !has_deadline(j) || t < first ? 0 : (t - first) / j->period + 1;
}

uint64_t edf_blocking(const struct load *l, uint64_t t)
{
    uint64_t most = 0;

    for (size_t j = 0; j < l->count; j++) {
        const struct task *task = &l->tasks[j];

        if (has_deadline(task) && latest_first(task) <= t && task->blocking > most)
            most = task->blocking;
    }
    return most;
}

wide edf_demand(const struct load *l, uint64_t t)
{
    wide work = edf_blocking(l, t);

    for (size_t j = 0; j < l->count; j++)
        work += (wide)edf_jobs(&l->tasks[j], t) * l->tasks[j].cost;
    return work;
}

// The last deadline before `t`, or NEVER.
static uint64_t deadline_before(const struct load *l, uint64_t t)
{
    uint64_t last = NEVER;

    for (size_t j = 0; j < l->count; j++) {
        const struct task *task = &l->tasks[j];
        uint64_t first = latest_first(task), at;

        if (!has_deadline(task) || first >= t)
            continue;
        at = first + (t - 1 - first) / task->period * task->period;
        if (last == NEVER || at > last)
            last = at;
    }
    return last;
}

// The share of all that have a deadline; any background task sees them so.
static struct share edf_share(const struct load *l)
{
    for (size_t j = 0; j < l->count; j++)
        if (has_deadline(&l->tasks[j]))
            return load_share(l, j, true);
    return (struct share){0, 1};
}

// The longest interval in which work never ran out: a first miss lies within (the demand is
// subadditive, the supply superadditive). False when there is none within the horizon.
static bool busy_bound(const struct load *l, const struct supply *s, uint64_t *limit,
                       uint64_t *steps)
{
    uint64_t t = 0;

    for (;;) {
        wide work = edf_blocking(l, NEVER);
        uint64_t next;

        for (size_t j = 0; j < l->count; j++)
            if (has_deadline(&l->tasks[j]))
                work += (wide)any_phase_jobs(&l->tasks[j], t) * l->tasks[j].cost;
        next = supply_time(s, work);
        if (next == NEVER || !spend(steps, round_cost(l, s)))
            return false;
        if (next <= t) {
            *limit = t;
            return true;
        }
        t = next;
    }
}

// Under full load everything repeats with the common multiple.
static bool repeat_bound(const struct load *l, const struct supply *s, struct share share,
                         uint64_t *limit)
{
    uint64_t longest = 0;

    if (!lcm_u64(share.span, supply_frame(s), limit))
        return false;
    for (size_t j = 0; j < l->count; j++)
        if (has_deadline(&l->tasks[j]) && l->tasks[j].deadline > longest)
            longest = l->tasks[j].deadline;
    return add_u64(*limit, longest, limit) && *limit < (uint64_t)1 << 62;
}

// From the last deadline backwards; what fits at t leaves nothing to test between the time that its
// demand needs and t (Zhang and Burns 2009: quick processor-demand analysis).
enum verdict edf_test(const struct load *l, const struct supply *s, uint64_t *overload,
                      uint64_t *steps)
{
    struct share share = edf_share(l);
    int compared = share_compare(share, s);
    uint64_t limit, t;

    *overload = NEVER;
    if (compared == SHARE_MORE)
        return REFUTED;
    if (compared == SHARE_EQUAL ? !repeat_bound(l, s, share, &limit)
                                : !busy_bound(l, s, &limit, steps))
        return NOT_PROVED;
    t = deadline_before(l, limit + 1);
    while (t != NEVER) {
        uint64_t need = supply_time(s, edf_demand(l, t));

        if (need > t) {
            *overload = t;
            return REFUTED;
        }
        if (!spend(steps, round_cost(l, s)))
            return NOT_PROVED;
        t = deadline_before(l, need);
    }
    return PROVED;
}
