// SPDX-License-Identifier: BSD-2-Clause
// Jobs of one process: from the windows, from a simulation, or from a bound.
#include "analysis/jobs.h"
#include "analysis/load.h"

const char past_horizon[] = "the multiple of frame and periods is past the horizon";

#define SPAN_LIMIT ((uint64_t)1 << 59)

static struct jobs *none(struct arena *a, const struct partition *part, const struct process *p,
                         const char *why_not, const struct process *because)
{
    struct jobs *j = arena_alloc(a, sizeof *j);

    *j = (struct jobs){.partition = part, .process = p, .why_not = why_not, .because = because};
    return j;
}

// ---- Windows ------------------------------------------------------------------------------------

// One job when all of them lie alike in their periods.
static void fold(struct jobs *j, uint64_t period)
{
    if (j->count != j->span / period || j->count < 2)
        return;
    for (size_t i = 1; i < j->count; i++)
        if (j->items[i].start.least - i * period != j->items[0].start.least ||
            j->items[i].end.most - i * period != j->items[0].end.most)
            return;
    j->count = 1;
    j->span = period;
}

struct jobs *jobs_of_windows(struct arena *a, const struct timetable *t, const struct partition *p)
{
    const struct vcpu_turns *v = timetable_turns(t, p, 0);
    const struct demand *owed = demand_of(t->schedule, p);
    uint64_t frame = t->schedule->major_frame.value, period, last = NEVER;
    struct jobs *j;

    if (v->count == 0)
        return none(a, p, NULL, "it has no window", NULL);
    if (frame == 0 || frame > SPAN_LIMIT)
        return none(a, p, NULL, "the frame is too long to count with", NULL);
    period = owed->period.given && owed->period.value && frame % owed->period.value == 0
                 ? owed->period.value
                 : 0;
    j = none(a, p, NULL, NULL, NULL);
    j->span = frame;
    j->items = arena_alloc(a, v->count * sizeof *j->items);
    for (size_t i = 0; i < v->count; i++) {
        const struct slot *slot = v->turns[i].slot;
        struct job *job = &j->items[j->count];

        if (slot->end <= slot->start)
            continue;
        if (period && j->count > 0 && slot->start / period == last) {
            job[-1].start.most = job[-1].end.most = slot->end;
            continue;
        }
        last = period ? slot->start / period : 0;
        job->release = (struct span_of_time){slot->start, slot->start};
        job->start = job->end = (struct span_of_time){slot->start, slot->end};
        j->count++;
    }
    if (j->count == 0)
        j->why_not = "its windows have no duration";
    else if (period)
        fold(j, period);
    return j;
}

// ---- Simulation ---------------------------------------------------------------------------------

// As in simulate.c, time is counted in service, so that the vcpu never stops.
struct queue {
    const struct task *task;
    uint64_t cost, release; // of the next job
    uint64_t head, left;    // of the job in front
    uint64_t waiting;       // jobs, with the one in front
    bool own;
};

enum { QUEUES = 256 };

struct run {
    const struct load *load;
    const struct service *service;
    struct queue queues[QUEUES];
    size_t count;
    uint64_t now; // in service
    uint64_t start;
    bool worst;
    struct jobs *jobs; // out
    uint64_t first;    // release of the first job that is kept
};

// Only what precedes the process is in the run, so under fixed priorities it comes last. Between
// equal deadlines it comes last or first, whatever is worst or best for it.
static bool goes_before(const struct run *r, const struct queue *a, const struct queue *b)
{
    if (r->load->edf) {
        uint64_t x = a->head + a->task->deadline, y = b->head + b->task->deadline;

        if (x != y)
            return x < y;
        if (!r->worst)
            return a->own;
    }
    return b->own && !a->own;
}

static struct queue *most_urgent(struct run *r)
{
    struct queue *first = NULL;

    for (size_t i = 0; i < r->count; i++)
        if (r->queues[i].waiting > 0 && (!first || goes_before(r, &r->queues[i], first)))
            first = &r->queues[i];
    return first;
}

// The instant at which a vcpu that has had `got` of service gets more.
static uint64_t resumes(const struct service *s, uint64_t got)
{
    return service_finish(s, 0, got + 1) - 1;
}

static void keep(struct run *r, const struct queue *q)
{
    uint64_t n = (q->head - r->first) / q->task->period,
             end = service_finish(r->service, 0, r->now);
    struct job *job;

    if (q->head < r->first || n >= r->jobs->count)
        return;
    job = &r->jobs->items[n];
    job->release = (struct span_of_time){q->head, q->head};
    if (end < r->start) // it took no time
        end = r->start;
    if (r->worst) {
        job->start.most = r->start;
        job->end.most = end;
    } else {
        job->start.least = r->start;
        job->end.least = end;
    }
}

static void run_until(struct run *r, uint64_t end) // in service
{
    struct queue *q;

    while (r->now < end && (q = most_urgent(r))) {
        uint64_t some = end - r->now < q->left ? end - r->now : q->left;

        if (q->own && q->left == q->cost)
            r->start = resumes(r->service, r->now);
        r->now += some;
        q->left -= some;
        if (q->left > 0)
            continue;
        if (q->own)
            keep(r, q);
        q->head += q->task->period;
        q->left = q->cost;
        q->waiting--;
    }
    if (r->now < end)
        r->now = end;
}

static void release(struct run *r, uint64_t at)
{
    for (size_t i = 0; i < r->count; i++) {
        struct queue *q = &r->queues[i];

        if (q->release != at)
            continue;
        if (q->waiting++ == 0) {
            q->head = at;
            q->left = q->cost;
        }
        q->release += q->task->period;
    }
}

static uint64_t next_release(const struct run *r)
{
    uint64_t next = NEVER;

    for (size_t i = 0; i < r->count; i++)
        if (r->queues[i].release < next)
            next = r->queues[i].release;
    return next;
}

static const struct queue *own_queue(const struct run *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->queues[i].own)
            return &r->queues[i];
    return NULL;
}

// Until all own jobs released before `end` are done. False past the horizon.
static bool run_to(struct run *r, uint64_t end, uint64_t *steps)
{
    const struct queue *own = own_queue(r);

    for (;;) {
        uint64_t at = next_release(r);

        if (*steps < r->count)
            return false;
        *steps -= r->count;
        run_until(r, service_until(r->service, at));
        if (at >= end && (own->waiting == 0 || own->head >= end))
            return true;
        release(r, at);
    }
}

// Whether a job of task j surely goes before one of task i that is there at the same time.
static bool surely_precedes(const struct load *l, size_t j, size_t i)
{
    const struct task *other = &l->tasks[j], *task = &l->tasks[i];

    if (l->edf)
        return load_precedes(l, j, i);
    return other->recurring && other->priority && task->priority &&
           other->priority > task->priority;
}

static void set_up(struct run *r, size_t i, uint64_t phase)
{
    const struct load *l = r->load;

    r->count = 0;
    r->now = 0;
    for (size_t j = 0; j < l->count; j++) {
        const struct task *t = &l->tasks[j];
        uint64_t bcet = t->process->bcet.given ? t->process->bcet.value : 0;

        if (j != i && !(r->worst ? load_precedes(l, j, i) : surely_precedes(l, j, i)))
            continue;
        if (bcet > t->cost)
            bcet = t->cost;
        r->queues[r->count++] = (struct queue){.task = t,
                                               .cost = r->worst ? t->cost : bcet,
                                               .release = phase + t->offset,
                                               .own = j == i};
    }
}

// Releases go through the longest offset and a whole multiple; after that everything repeats.
static bool simulate_jobs(const struct rta *r, size_t cpu, size_t i, uint64_t phase,
                          struct jobs *jobs, uint64_t *steps)
{
    const struct load *l = &r->loads[cpu];
    const struct task *task = &l->tasks[i];
    struct run run = {.load = l, .service = &r->services[cpu], .jobs = jobs};
    uint64_t longest = 0, settled, own = phase + task->offset;

    for (size_t j = 0; j < l->count; j++)
        if ((j == i || load_precedes(l, j, i)) && l->tasks[j].offset > longest)
            longest = l->tasks[j].offset;
    settled = phase + longest + jobs->span;
    run.first = own + (settled - own + task->period - 1) / task->period * task->period;
    for (int worst = 0; worst < 2; worst++) {
        run.worst = worst;
        set_up(&run, i, phase);
        if (!run_to(&run, run.first + jobs->span, steps))
            return false;
    }
    return true;
}

// ---- Bounds -------------------------------------------------------------------------------------

static void bound_jobs(const struct rta *r, size_t cpu, const struct task *task, uint64_t response,
                       uint64_t phase, struct jobs *jobs)
{
    const struct service *s = &r->services[cpu];
    uint64_t bcet = task->process->bcet.given ? task->process->bcet.value : 0;
    uint64_t at = phase + task->offset;

    if (bcet > task->cost)
        bcet = task->cost;
    for (size_t n = 0; n < jobs->count; n++, at += task->period) {
        struct job *job = &jobs->items[n];

        job->release = (struct span_of_time){at, at + task->jitter};
        job->start.least = resumes(s, service_until(s, at));
        job->start.most = at + response - task->cost;
        job->end.least = service_finish(s, at, bcet);
        job->end.most = at + response;
        if (job->end.least < job->start.least)
            job->end.least = job->start.least;
    }
}

// ---- One process --------------------------------------------------------------------------------

static bool find_task(const struct rta *r, const struct process *p, size_t *cpu, size_t *i)
{
    *cpu = rta_cpu(r, p);
    for (*i = 0; *i < r->loads[*cpu].count; ++*i)
        if (r->loads[*cpu].tasks[*i].process == p)
            return true;
    return false;
}

uint64_t jobs_phases(const struct rta *r)
{
    uint64_t span = 1;

    if (r->release_period == 0)
        return 0;
    for (size_t cpu = 0; cpu < timetable_vcpus(r->partition); cpu++)
        for (size_t i = 0; i < r->loads[cpu].count; i++) {
            const struct task *t = &r->loads[cpu].tasks[i];

            if (t->recurring && t->period &&
                (!lcm_u64(span, t->period, &span) || span > SPAN_LIMIT))
                return 0;
        }
    return span / gcd_u64(span, r->release_period);
}

// The common multiple of the frame and of the periods that matter to task i; 0: past the limit.
static uint64_t span_of(const struct rta *r, size_t cpu, size_t i, bool alone)
{
    const struct load *l = &r->loads[cpu];
    uint64_t span = r->services[cpu].frame;

    for (size_t j = 0; j < l->count; j++)
        if ((j == i || (!alone && load_precedes(l, j, i))) && l->tasks[j].period &&
            (!lcm_u64(span, l->tasks[j].period, &span) || span > SPAN_LIMIT))
            return 0;
    return span;
}

// Moves the jobs so that the first release lies in the first span.
static void settle(struct jobs *j)
{
    uint64_t shift = j->items[0].release.least / j->span * j->span;

    for (size_t i = 0; i < j->count; i++) {
        struct job *job = &j->items[i];

        job->release.least -= shift;
        job->release.most -= shift;
        job->start.least -= shift;
        job->start.most -= shift;
        job->end.least -= shift;
        job->end.most -= shift;
    }
}

// Why there can be no jobs, or NULL.
static const char *unknown(const struct rta *r, const struct task *task,
                           const struct response *response)
{
    if (task->unknown)
        return task->unknown;
    if (task->process->kind != PROCESS_PERIODIC)
        return "it is not periodic";
    if (response_bound(response) == NEVER)
        return response->why_not ? response->why_not : "its response has no bound";
    if (r->release_period == 0)
        return "its partition has no release points one period apart";
    return NULL;
}

struct jobs *jobs_of_process(struct arena *a, const struct rta *r, const struct process *p,
                             uint64_t phase, uint64_t *steps)
{
    const struct response *response = rta_response(r, p);
    struct jobs *j = none(a, r->partition, p, NULL, p);
    uint64_t begins;
    size_t cpu, i;

    if (!response || !find_task(r, p, &cpu, &i)) {
        j->why_not = "its wcet is not given";
        return j;
    }
    const struct task *task = &r->loads[cpu].tasks[i];
    j->why_not = unknown(r, task, response);
    if (j->why_not && response->because && response_bound(response) == NEVER)
        j->because = response->because;
    if (j->why_not)
        return j;
    j->span = span_of(r, cpu, i, !response->synchronised);
    if (j->span == 0 || j->span / task->period > *steps ||
        !mul_u64(phase, r->release_period, &begins) || begins > SPAN_LIMIT) {
        j->why_not = past_horizon;
        return j;
    }
    begins += r->first_release;
    j->count = j->span / task->period;
    *steps -= j->count;
    j->items = arena_alloc(a, j->count * sizeof *j->items);
    if (!response->synchronised) {
        bound_jobs(r, cpu, task, response->any_phase, begins, j);
    } else if (r->loads[cpu].count > QUEUES || !simulate_jobs(r, cpu, i, begins, j, steps)) {
        j->count = 0;
        j->why_not = past_horizon;
        return j;
    }
    settle(j);
    return j;
}
