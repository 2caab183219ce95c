// SPDX-License-Identifier: BSD-2-Clause
// How far a partition is from its edge: the least duration that would do, and how much longer each
// process could run. Both halve a range in which less time is never better.
#include "analysis/load.h"

#include <string.h>

// ---- The least duration -------------------------------------------------------------------------

static enum verdict holds(const struct load *l, uint64_t period, uint64_t duration, uint64_t *steps)
{
    struct supply s = {.period = period, .duration = duration};
    uint64_t overload;

    if (l->edf)
        return edf_test(l, &s, &overload, steps);
    for (size_t i = 0; i < l->count; i++) {
        enum verdict verdict = any_phase_bound(l, i, &s, steps).verdict;

        if (verdict != PROVED)
            return verdict;
    }
    return PROVED;
}

static bool any_deadline(const struct load *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->tasks[i].deadline != NEVER)
            return true;
    return false;
}

static uint64_t least_of(const struct load *l, uint64_t period, uint64_t step, const char **why)
{
    uint64_t low = 0, high = period / step, steps = RTA_HORIZON; // low does not hold, high does
    const struct process *because;
    enum verdict verdict;

    for (size_t i = 0; i < l->count; i++)
        if ((*why = load_unknown(l, i, &because)))
            return NEVER;
    if (!any_deadline(l))
        return 0;
    verdict = high ? holds(l, period, high * step, &steps) : REFUTED;
    if (verdict == REFUTED) {
        *why = "the whole period is too little";
        return NEVER;
    }
    while (verdict != NOT_PROVED && high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        verdict = holds(l, period, middle * step, &steps);
        if (verdict == PROVED)
            high = middle;
        else
            low = middle;
    }
    if (verdict == NOT_PROVED) {
        *why = "the search goes past the horizon of the analysis";
        return NEVER;
    }
    return high * step;
}

uint64_t rta_least_duration(struct arena *a, const struct partition *p, uint64_t period,
                            uint64_t step, const char **why)
{
    uint64_t most = 0;

    *why = NULL;
    for (size_t cpu = 0; cpu < timetable_vcpus(p) && most != NEVER; cpu++) {
        struct load l = load_of(a, p, cpu);
        uint64_t least = least_of(&l, period, step, why);

        if (least > most)
            most = least;
    }
    return most;
}

static void narrow(uint64_t *step, struct amount time)
{
    while (time.given && time.value % *step != 0)
        *step /= 10;
}

uint64_t rta_step(const struct partition *p, uint64_t period)
{
    uint64_t step = 1000000000;

    narrow(&step, (struct amount){.value = period, .given = true});
    EACH(process, &p->processes) {
        narrow(&step, process->wcet);
        narrow(&step, process->period);
        narrow(&step, process->deadline);
    }
    return step;
}

// ---- The longest execution time -----------------------------------------------------------------

// Whether all that is proved now is still, with the costs in `l`.
static bool still_proved(const struct rta *r, const struct load *l, size_t cpu, size_t changed,
                         uint64_t *steps)
{
    struct supply s = {.table = &r->services[cpu]};
    struct releases releases = {r->first_release, r->release_period};
    bool edf_done = !l->edf;
    uint64_t overload;

    for (size_t i = 0; i < l->count; i++) {
        const struct response *before = rta_response(r, l->tasks[i].process);
        struct response now = {0};

        if (before->verdict != PROVED || before->deadline == NEVER ||
            (i != changed && !load_precedes(l, changed, i)))
            continue;
        if (before->synchronised) {
            uint64_t cost = simulate_cost(l, i, s.table, releases), more = RTA_HORIZON;

            if (cost > *steps) {
                *steps = 0;
                return false;
            }
            *steps -= cost;
            if (!simulate(l, i, s.table, releases, &more, &now)) {
                *steps = 0;
                return false;
            }
            if (now.exact > before->deadline)
                return false;
        } else if (!l->edf) {
            if (any_phase_bound(l, i, &s, steps).verdict != PROVED)
                return false;
        } else if (!edf_done) {
            if (edf_test(l, &s, &overload, steps) != PROVED)
                return false;
            edf_done = true;
        }
    }
    return true;
}

static size_t index_of(const struct load *l, const struct process *p)
{
    size_t i = 0;

    while (i < l->count && l->tasks[i].process != p)
        i++;
    return i;
}

uint64_t rta_longest_wcet(struct arena *a, const struct rta *r, const struct process *p,
                          uint64_t step)
{
    const struct response *response = rta_response(r, p);
    size_t cpu = rta_cpu(r, p);
    struct load l = r->loads[cpu];
    size_t i = index_of(&l, p);
    uint64_t low = 0, high; // steps on top: low holds, high does not
    // The searches of all processes of a vcpu share one horizon.
    uint64_t steps = RTA_HORIZON / (l.count ? l.count : 1);

    if (response->verdict != PROVED || response->deadline == NEVER)
        return NEVER;
    high = (response->deadline - p->wcet.value) / step + 1;
    l.tasks = arena_alloc(a, l.count * sizeof *l.tasks);
    memcpy(l.tasks, r->loads[cpu].tasks, l.count * sizeof *l.tasks);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        l.tasks[i].cost = load_cost(p, p->wcet.value + middle * step);
        if (still_proved(r, &l, cpu, i, &steps))
            low = middle;
        else
            high = middle;
        if (steps < l.count)
            return NEVER;
    }
    return p->wcet.value + low * step;
}
