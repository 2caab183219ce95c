// SPDX-License-Identifier: BSD-2-Clause
// Every test that applies to each process of a partition, and what they say together.
#include "analysis/load.h"

// ---- Release points -----------------------------------------------------------------------------

// The windows that start periods, when they are just one period apart all around the frame.
static struct releases releases_of(const struct timetable *t, const struct partition *p)
{
    const struct vcpu_turns *v = timetable_turns(t, p, 0);
    const struct demand *owed = demand_of(t->schedule, p);
    uint64_t period = owed->period.given ? owed->period.value : 0, expected = 0, count = 0;
    struct releases releases = {0, period};

    for (size_t i = 0; i < v->count; i++) {
        const struct slot *slot = v->turns[i].slot;

        if (!slot->period_start)
            continue;
        if (count == 0)
            releases.first = slot->start;
        else if (slot->start != expected)
            return (struct releases){0, 0};
        if (!add_u64(slot->start, period, &expected))
            return (struct releases){0, 0};
        count++;
    }
    if (count == 0 || period == 0 || releases.first >= period ||
        expected - releases.first != t->schedule->major_frame.value)
        return (struct releases){0, 0};
    return releases;
}

// ---- One process --------------------------------------------------------------------------------

// A deadline that passes outside the windows is acted on when the partition runs again: the longest
// such wait over all deadlines of a process whose releases are known, else over all instants.
static uint64_t detected(const struct task *task, const struct service *s, const struct rta *r,
                         bool synchronised)
{
    uint64_t most = 0, step, at;

    if (task->deadline == NEVER || s->count == 0)
        return 0;
    if (!synchronised)
        return service_blackout(s, NULL);
    step = gcd_u64(gcd_u64(task->period, r->release_period), s->frame);
    if (s->frame / step > RTA_HORIZON >> 6)
        return service_blackout(s, NULL);
    at = (r->first_release + task->offset + task->deadline) % s->frame;
    for (uint64_t k = 0; k < s->frame / step; k++, at += step) {
        uint64_t wait = service_finish(s, at, 1) - 1 - at;

        if (wait > most)
            most = wait;
    }
    return most;
}

static void try_any_phase(const struct load *l, size_t i, const struct service *s,
                          struct response *r)
{
    struct supply supply = {.table = s};
    uint64_t steps = RTA_HORIZON;
    struct bound b = any_phase_bound(l, i, &supply, &steps);

    r->verdict = b.verdict;
    r->any_phase = b.response;
    r->job = b.job;
    if (b.verdict == NOT_PROVED)
        r->why_not = "the busy period is longer than the horizon of the analysis";
}

static void take_edf(const struct load *l, size_t i, enum verdict verdict, struct response *r)
{
    bool deadline = l->tasks[i].deadline != NEVER;

    r->verdict = deadline ? verdict : PROVED;
    r->any_phase = deadline && verdict == PROVED ? r->deadline : NEVER;
    if (r->verdict == NOT_PROVED)
        r->why_not = "the deadlines to test go past the horizon of the analysis";
}

static struct response judge(const struct rta *r, const struct load *l, size_t i, size_t cpu,
                             enum verdict edf)
{
    const struct service *s = &r->services[cpu];
    struct releases releases = {r->first_release, r->release_period};
    struct response answer = {.process = l->tasks[i].process, .any_phase = NEVER, .exact = NEVER};
    uint64_t steps = RTA_HORIZON;

    answer.deadline = l->tasks[i].deadline;
    answer.why_not = load_unknown(l, i, &answer.because);
    if (answer.why_not) {
        answer.verdict = NOT_PROVED;
        return answer;
    }
    if (l->edf)
        take_edf(l, i, edf, &answer);
    else
        try_any_phase(l, i, s, &answer);
    answer.synchronised = simulate(l, i, s, releases, &steps, &answer);
    if (answer.synchronised) {
        answer.verdict = answer.exact <= answer.deadline ? PROVED : REFUTED;
        answer.why_not = NULL;
    } else {
        answer.exact = NEVER;
    }
    answer.detected = detected(&l->tasks[i], s, r, l->tasks[i].strict && releases.period > 0);
    return answer;
}

// ---- A partition --------------------------------------------------------------------------------

// Work of all tasks of a vcpu that come again; its span with the frame in it.
static void long_run(struct rta *r, size_t cpu)
{
    const struct load *l = &r->loads[cpu];
    const struct service *s = &r->services[cpu];
    uint64_t span = s->frame;
    wide demand = 0, supply;
    __int128 left;

    for (size_t i = 0; i < l->count && span; i++)
        if (l->tasks[i].period && !l->tasks[i].unknown &&
            (!lcm_u64(span, l->tasks[i].period, &span) || span > (uint64_t)1 << 61))
            span = 0;
    if (span == 0)
        return;
    for (size_t i = 0; i < l->count; i++)
        if (l->tasks[i].period && !l->tasks[i].unknown)
            demand += (wide)l->tasks[i].cost * (span / l->tasks[i].period);
    supply = (wide)s->before[s->count] * (span / s->frame);
    if (demand > NEVER)
        demand = NEVER;
    left = (__int128)supply - (__int128)demand;
    if (r->span && left * r->span >= ((__int128)r->supply - r->demand) * span)
        return;
    r->demand = (uint64_t)demand;
    r->supply = (uint64_t)supply;
    r->span = span;
    r->busiest = cpu;
}

static bool anything_to_do(const struct timetable *t, const struct partition *p)
{
    if (!timetable_runs(t, p))
        return false;
    EACH(process, &p->processes)
        if (process->wcet.given)
            return true;
    return false;
}

static const struct service *make_services(struct arena *a, const struct model *m,
                                           const struct timetable *t, const struct partition *p)
{
    size_t cpus = timetable_vcpus(p);
    struct service *services = arena_alloc(a, cpus * sizeof *services);

    for (size_t cpu = 0; cpu < cpus; cpu++)
        services[cpu] = service_of(a, m, t, p, cpu);
    return services;
}

static enum verdict judge_edf(struct load *l, const struct service *s)
{
    struct supply supply = {.table = s};
    uint64_t steps = RTA_HORIZON;

    return edf_test(l, &supply, &l->overload, &steps);
}

struct rta *rta_make(struct arena *a, const struct model *m, const struct timetable *t,
                     const struct partition *p, const struct service *services)
{
    size_t cpus = timetable_vcpus(p);
    struct releases releases;
    struct rta *r;

    if (!anything_to_do(t, p))
        return NULL;
    r = arena_alloc(a, sizeof *r);
    r->partition = p;
    r->timetable = t;
    r->services = services ? services : make_services(a, m, t, p);
    r->loads = arena_alloc(a, cpus * sizeof *r->loads);
    r->responses = arena_alloc(a, p->processes.count * sizeof *r->responses);
    releases = releases_of(t, p);
    r->first_release = releases.first;
    r->release_period = releases.period;
    for (size_t cpu = 0; cpu < cpus; cpu++) {
        struct load *l = &r->loads[cpu];
        enum verdict edf = NOT_PROVED;

        *l = load_of(a, p, cpu);
        long_run(r, cpu);
        if (l->edf && l->count > 0)
            edf = judge_edf(l, &r->services[cpu]);
        for (size_t i = 0; i < l->count; i++)
            r->responses[l->tasks[i].process - p->processes.items] = judge(r, l, i, cpu, edf);
    }
    return r;
}

const struct response *rta_response(const struct rta *r, const struct process *p)
{
    return &r->responses[p - r->partition->processes.items];
}

uint64_t rta_overload(const struct rta *r, size_t cpu)
{
    return r->loads[cpu].overload;
}
