// SPDX-License-Identifier: BSD-2-Clause
// Chains of processes: where an input goes, job by job, and where an output comes from.
#include "analysis/latency.h"

struct link { // from a step to the next
    enum order order;
};

struct walk { // one phase of each partition
    const struct chain *chain;
    const struct jobs **jobs; // by step
    struct link *links;       // by step; the first is unused
    uint64_t span, base;
    uint64_t *next; // by step: where the search goes on
    uint64_t *path; // by step: jobs
};

// ---- Links --------------------------------------------------------------------------------------

static const struct channel *channel_between(const struct process *w, const struct process *r)
{
    EACH(out, &w->writes) {
        const struct channel *c = out->port ? out->port->channel : NULL;

        if (!c || c->from.count != 1 || c->from.items[0].port != out->port)
            continue;
        EACH(in, &r->reads) {
            if (in->port && in->port->channel == c && in->port != out->port)
                return c;
        }
    }
    return NULL;
}

// A queue hands on what is new only when every job of the reader leaves it empty.
static const char *queue_trouble(struct latencies *l, const struct channel *c,
                                 const struct process *reader)
{
    const struct channel_latency *results = latencies_channel(l, c);

    EACH(e, &c->to) {
        const struct channel_latency *r = results ? &results[e - c->to.items] : NULL;

        EACH(in, &reader->reads) {
            if (!r || in->port != e->port)
                continue;
            if (r->verdict != PROVED)
                return r->why_not;
            if (r->backlog > (in->messages.given ? in->messages.value : 1))
                return "it does not take all that waits in its queue";
            return NULL;
        }
    }
    return "its queue is not known";
}

// Whether data can go from each step to the next.
static bool connected(struct latencies *l, const struct chain *c, struct chain_latency *result)
{
    for (size_t i = 1; i < c->steps.count; i++) {
        const struct process *w = c->steps.items[i - 1].process, *r = c->steps.items[i].process;
        const struct channel *via = channel_between(w, r);

        if (w == r) {
            result->because = r;
            result->why_not = "it comes twice in a row";
            return false;
        }
        if (!via && w->partition != r->partition) {
            result->broken = i;
            result->because = r;
            result->why_not = "no channel leads to it from the step before";
            return false;
        }
        if (via && via->type == TBL_QUEUING) {
            result->why_not = queue_trouble(l, via, r);
            result->because = r;
            if (result->why_not)
                return false;
        }
    }
    return true;
}

// ---- Walking ------------------------------------------------------------------------------------

static bool walk_span(struct walk *w)
{
    size_t steps = w->chain->steps.count;
    uint64_t last = 0, far;

    w->span = 1;
    for (size_t i = 0; i < steps; i++) {
        const struct jobs *j = w->jobs[i];
        uint64_t end = j->items[j->count - 1].end.most;

        if (!lcm_u64(w->span, j->span, &w->span) || w->span > (uint64_t)1 << 56)
            return false;
        last = end > last ? end : last;
    }
    // A step looks back no further than its writer's period and response, both within `last` +
    // span.
    if (last > (uint64_t)1 << 56 || !mul_u64(last / w->span + 3, steps + 1, &far) ||
        !mul_u64(far, w->span, &w->base) || w->base > (uint64_t)1 << 61)
        return false;
    for (size_t i = 1; i < steps; i++)
        w->links[i].order = order_of(w->jobs[i - 1], w->jobs[i]);
    return true;
}

static uint64_t first_index(const struct walk *w, size_t step, uint64_t at)
{
    return at / w->jobs[step]->span * w->jobs[step]->count;
}

// The first job of a step that sees job n of the step before: surely, or at best.
static uint64_t follow(struct walk *w, size_t step, uint64_t n, bool worst)
{
    enum order order = w->links[step].order;
    struct span_of_time out = published(order, jobs_at(w->jobs[step - 1], n));
    const struct jobs *reader = w->jobs[step];
    uint64_t *k = &w->next[step];

    for (;; ++*k) {
        struct span_of_time in = noticed(order, jobs_at(reader, *k));

        if (worst ? in.least >= out.most : in.most >= out.least)
            return *k;
    }
}

// The newest job of the step before that job n of a step sees: at worst, or at best.
static uint64_t trace(struct walk *w, size_t step, uint64_t n, bool worst)
{
    enum order order = w->links[step].order;
    struct span_of_time in = noticed(order, jobs_at(w->jobs[step], n));
    const struct jobs *writer = w->jobs[step - 1];
    uint64_t *k = &w->next[step];

    for (;; ++*k) {
        struct span_of_time out = published(order, jobs_at(writer, *k + 1));

        if (worst ? out.most > in.least : out.least > in.most)
            return *k;
    }
}

static void keep_path(const struct walk *w, struct hop *path)
{
    for (size_t i = 0; i < w->chain->steps.count; i++) {
        struct job job = jobs_at(w->jobs[i], w->path[i]);

        path[i] = (struct hop){job.release.least, job.end.most};
    }
}

static void forward(struct walk *w, bool worst, struct chain_latency *result)
{
    size_t last = w->chain->steps.count - 1;
    const struct jobs *first = w->jobs[0];
    uint64_t n = first_index(w, 0, w->base), end = n + w->span / first->span * first->count;

    for (size_t i = 1; i <= last; i++)
        w->next[i] = 0;
    for (; n < end; n++) {
        uint64_t from, to;

        w->path[0] = n;
        for (size_t i = 1; i <= last; i++)
            w->path[i] = follow(w, i, w->path[i - 1], worst);
        if (worst) {
            from = jobs_at(first, n - 1).start.least;
            to = jobs_at(w->jobs[last], w->path[last]).end.most;
            if (to - from <= result->reaction.most)
                continue;
            result->reaction.most = to - from;
            result->input = from;
            keep_path(w, result->reaction_path);
        } else {
            from = jobs_at(first, n).start.most;
            to = jobs_at(w->jobs[last], w->path[last]).end.least;
            to = to > from ? to - from : 0;
            if (to < result->reaction.least)
                result->reaction.least = to;
        }
    }
}

static void backward(struct walk *w, bool worst, struct chain_latency *result)
{
    size_t last = w->chain->steps.count - 1;
    const struct jobs *final = w->jobs[last];
    uint64_t n = first_index(w, last, w->base), end = n + w->span / final->span * final->count;

    for (size_t i = 1; i <= last; i++)
        w->next[i] = 0;
    for (; n < end; n++) {
        uint64_t from, to;

        w->path[last] = n;
        for (size_t i = last; i > 0; i--)
            w->path[i - 1] = trace(w, i, w->path[i], worst);
        if (worst) {
            from = jobs_at(w->jobs[0], w->path[0]).start.least;
            to = jobs_at(final, n).end.most;
            if (to - from <= result->age.most)
                continue;
            result->age.most = to - from;
            result->age_input = from;
            keep_path(w, result->age_path);
        } else {
            from = jobs_at(w->jobs[0], w->path[0]).start.most;
            to = jobs_at(final, n).end.least;
            to = to > from ? to - from : 0;
            if (to < result->age.least)
                result->age.least = to;
        }
    }
}

// ---- Phases -------------------------------------------------------------------------------------

// The partitions of a chain, each once, with the number of their phases and the one being tried.
struct turning {
    const struct partition *partition;
    uint64_t phases, phase;
};

static size_t turnings_of(struct latencies *l, const struct chain *c, struct turning *t)
{
    size_t count = 0;

    EACH(step, &c->steps) {
        const struct partition *part = step->process->partition;
        size_t i = 0;

        while (i < count && t[i].partition != part)
            i++;
        if (i == count)
            t[count++] = (struct turning){part, latencies_phases(l, part, false), 0};
    }
    return count;
}

// The next combination; false after the last.
static bool turn(struct turning *t, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (++t[i].phase < t[i].phases)
            return true;
        t[i].phase = 0;
    }
    return false;
}

static uint64_t phase_of(const struct turning *t, const struct partition *part)
{
    while (t->partition != part)
        t++;
    return t->phase;
}

static bool affordable(const struct walk *w, uint64_t *steps)
{
    for (size_t i = 0; i < w->chain->steps.count; i++) {
        unsigned __int128 jobs =
            (unsigned __int128)((w->base + w->span) / w->jobs[i]->span) * w->jobs[i]->count * 4;

        if (jobs > *steps)
            return false;
        *steps -= (uint64_t)jobs;
    }
    return true;
}

static void output_jitter(const struct jobs *last, uint64_t *least, uint64_t *most)
{
    for (size_t i = 0; i < last->count; i++) {
        const struct job *job = &last->items[i];
        uint64_t early = job->end.least - job->release.least;
        uint64_t late = job->end.most - job->release.least;

        *least = early < *least ? early : *least;
        *most = late > *most ? late : *most;
    }
}

static bool one_combination(struct latencies *l, struct walk *w, const struct turning *t,
                            uint64_t *steps, struct chain_latency *result)
{
    for (size_t i = 0; i < w->chain->steps.count; i++) {
        const struct process *p = w->chain->steps.items[i].process;

        w->jobs[i] = latencies_jobs(l, p->partition, p, phase_of(t, p->partition), steps);
        if (w->jobs[i]->count == 0) {
            result->why_not = w->jobs[i]->why_not;
            result->because = w->jobs[i]->because;
            return false;
        }
    }
    if (!walk_span(w) || !affordable(w, steps)) {
        result->why_not = past_horizon;
        return false;
    }
    forward(w, true, result);
    forward(w, false, result);
    backward(w, true, result);
    backward(w, false, result);
    return true;
}

struct chain_latency *chain_measure(struct latencies *l, const struct chain *c)
{
    struct arena *a = latencies_arena(l);
    struct chain_latency *result = arena_alloc(a, sizeof *result);
    size_t count = c->steps.count, turnings;
    struct turning *t = arena_alloc(a, count * sizeof *t);
    struct walk w = {.chain = c};
    uint64_t steps = LATENCY_HORIZON, least = NEVER, most = 0;

    *result =
        (struct chain_latency){.chain = c, .verdict = NOT_PROVED, .frame = latencies_frame(l)};
    result->reaction.least = result->age.least = NEVER;
    result->reaction_path = arena_alloc(a, count * sizeof *result->reaction_path);
    result->age_path = arena_alloc(a, count * sizeof *result->age_path);
    if (!connected(l, c, result))
        return result;
    w.jobs = arena_alloc(a, count * sizeof *w.jobs);
    w.links = arena_alloc(a, count * sizeof *w.links);
    w.next = arena_alloc(a, count * sizeof *w.next);
    w.path = arena_alloc(a, count * sizeof *w.path);
    turnings = turnings_of(l, c, t);
    do {
        if (!one_combination(l, &w, t, &steps, result))
            return result;
        output_jitter(w.jobs[count - 1], &least, &most);
    } while (turn(t, turnings));
    for (size_t i = 0; i < turnings; i++)
        if (t[i].phases == 0) {
            result->why_not = past_horizon;
            return result;
        }
    result->jitter = most - least;
    result->verdict = PROVED;
    return result;
}
