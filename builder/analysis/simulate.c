// SPDX-License-Identifier: BSD-2-Clause
// Synchronised releases, job by job.
//
// Time is counted in service: an instant t is the service in [0, t), and so the vcpu never stops.
// A job that is done when that much service was given is done at the first such instant. The run
// goes over the common multiple of frame and periods, twice when work is left over at its end: then
// everything repeats (Leung and Merrill 1980). Priorities of jobs do not change while they run, so
// full execution times give the longest responses (Ha and Liu 1994).
#include "analysis/load.h"

struct queue { // jobs of one task; it is first in, first out
    const struct task *task;
    uint64_t release; // of the next job
    uint64_t head;    // release of the job in front
    uint64_t left;    // work left of it
    uint64_t waiting; // jobs, with the one in front
    bool own;
};

enum { QUEUES = 256 };

struct run {
    const struct load *load;
    const struct service *service;
    struct queue queues[QUEUES];
    size_t count;
    uint64_t now;  // in service
    uint64_t busy; // when work was last there after none had been
    uint64_t phase;
    struct response *most;
};

static uint64_t next_release(const struct run *r)
{
    uint64_t next = NEVER;

    for (size_t i = 0; i < r->count; i++)
        if (r->queues[i].release < next)
            next = r->queues[i].release;
    return next;
}

// Whether the job in front of a goes before that of b. The task that is looked at comes last of
// equals, so that its response holds however ties are broken.
static bool goes_before(const struct run *r, const struct queue *a, const struct queue *b)
{
    uint64_t x = a->head + a->task->deadline, y = b->head + b->task->deadline;

    if (r->load->edf && x != y)
        return x < y;
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

static void job_done(struct run *r, struct queue *q)
{
    uint64_t response = service_finish(r->service, 0, r->now) - q->head;

    if (q->own && response > r->most->exact) {
        r->most->exact = response;
        r->most->release = q->head;
        r->most->busy = r->busy;
        r->most->phase = r->phase;
    }
    q->head += q->task->period;
    q->left = q->task->cost;
    q->waiting--;
}

static void run_until(struct run *r, uint64_t end) // in service
{
    struct queue *q;

    while (r->now < end && (q = most_urgent(r))) {
        uint64_t some = end - r->now < q->left ? end - r->now : q->left;

        r->now += some;
        q->left -= some;
        if (q->left == 0)
            job_done(r, q);
    }
    if (r->now < end)
        r->now = end;
}

static bool idle(const struct run *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->queues[i].waiting > 0)
            return false;
    return true;
}

static void release(struct run *r, uint64_t at)
{
    if (idle(r))
        r->busy = at;
    for (size_t i = 0; i < r->count; i++) {
        struct queue *q = &r->queues[i];

        if (q->release != at)
            continue;
        if (q->waiting++ == 0) {
            q->head = at;
            q->left = q->task->cost;
        }
        q->release += q->task->period;
    }
}

// Whether all own jobs released before `end` are done.
static bool own_done(const struct run *r, uint64_t end)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->queues[i].own)
            return r->queues[i].waiting == 0 || r->queues[i].head >= end;
    return true;
}

// From the first releases on, through the longest offset and then the multiple, once or twice.
static bool run_phase(struct run *r, uint64_t multiple, uint64_t longest, uint64_t *steps)
{
    uint64_t start = r->phase + longest, end = start + multiple;
    bool second = false;

    for (;;) {
        uint64_t at = next_release(r);

        if (*steps < r->count) {
            *steps = 0;
            return false;
        }
        *steps -= r->count;
        run_until(r, service_until(r->service, at));
        if (at >= end && !second) {
            if (idle(r))
                return true;
            second = true;
            end += multiple;
        }
        if (at >= end && own_done(r, end))
            return true;
        release(r, at);
    }
}

static void set_up(struct run *r, const struct load *l, size_t i, uint64_t phase)
{
    r->phase = phase;
    r->count = 0;
    r->now = r->busy = 0;
    for (size_t j = 0; j < l->count; j++)
        if (j == i || load_precedes(l, j, i))
            r->queues[r->count++] = (struct queue){
                .task = &l->tasks[j], .release = phase + l->tasks[j].offset, .own = j == i};
}

struct phases phases_of(uint64_t multiple, const struct service *s, struct releases releases)
{
    uint64_t common = gcd_u64(multiple, s->frame);
    uint64_t step = gcd_u64(releases.period, common);

    return (struct phases){releases.first, step, common / step};
}

// Blocking has no place in a simulation. Under fixed priorities that of more urgent processes is
// either work of this one, or less urgent work that blocks this one too.
static bool applies(const struct load *l, size_t i)
{
    size_t count = 0;

    for (size_t j = 0; j < l->count; j++) {
        if (j != i && !load_precedes(l, j, i))
            continue;
        if (!l->tasks[j].strict || l->tasks[j].unknown)
            return false;
        if (l->tasks[j].blocking > 0 && (j == i || l->edf))
            return false;
        count++;
    }
    return count <= QUEUES && (!l->edf || l->tasks[i].deadline != NEVER);
}

static uint64_t longest_offset(const struct load *l, size_t i)
{
    uint64_t longest = 0;

    for (size_t j = 0; j < l->count; j++)
        if ((j == i || load_precedes(l, j, i)) && l->tasks[j].offset > longest)
            longest = l->tasks[j].offset;
    return longest;
}

struct course { // of a run
    uint64_t multiple, longest;
    struct phases phases;
    bool overloaded; // there is more to do than time for it
    wide cost;       // elementary steps: a look at every queue for each release
};

// False when the test does not apply.
static bool course_of(const struct load *l, size_t i, const struct service *s,
                      struct releases releases, struct course *c)
{
    struct share share = load_share(l, i, true);
    struct supply supply = {.table = s};
    wide sum = 0, queues = 0;

    if (releases.period == 0 || s->count == 0 || !applies(l, i) || share.span == 0 ||
        !lcm_u64(share.span, s->frame, &c->multiple) || c->multiple > (uint64_t)1 << 60)
        return false;
    for (size_t j = 0; j < l->count; j++)
        if (j == i || load_precedes(l, j, i)) {
            sum += c->multiple / l->tasks[j].period;
            queues++;
        }
    c->overloaded = share_compare(share, &supply) == SHARE_MORE;
    c->longest = longest_offset(l, i);
    c->phases = phases_of(share.span, s, releases);
    c->cost = sum * queues * c->phases.count;
    return true;
}

uint64_t simulate_cost(const struct load *l, size_t i, const struct service *s,
                       struct releases releases)
{
    struct course c;

    return course_of(l, i, s, releases, &c) && c.cost < NEVER ? (uint64_t)c.cost : NEVER;
}

bool simulate(const struct load *l, size_t i, const struct service *s, struct releases releases,
              uint64_t *steps, struct response *r)
{
    struct course c;
    struct run run;

    if (!course_of(l, i, s, releases, &c))
        return false;
    r->exact = 0;
    if (c.overloaded) {
        r->exact = NEVER;
        return true;
    }
    if (c.longest > (uint64_t)1 << 60 || c.cost > *steps) { // too long to be begun
        *steps = 0;
        return false;
    }
    run.load = l;
    run.service = s;
    run.most = r;
    for (uint64_t k = 0; k < c.phases.count; k++) {
        set_up(&run, l, i, c.phases.first + k * c.phases.step);
        if (!run_phase(&run, c.multiple, c.longest, steps))
            return false;
    }
    return true;
}
