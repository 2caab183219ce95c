// SPDX-License-Identifier: BSD-2-Clause
// Queuing channels: how many messages wait, and how long.
//
// With A the messages surely or possibly pushed and T those that reads have room for, the backlog
// at t is the most, over all t0, of what may have been pushed from t0 to t less what must have been
// taken (Lindley 1952, in the windows of network calculus). It is counted from the jobs one by one.
// Over one span of everything that repeats no more is pushed than can be taken, so looking back one
// span is enough.
#include "analysis/latency.h"

#include <stdlib.h>

struct event { // messages at an instant; then, after summing, all up to it
    uint64_t at, messages;
};

struct events { // sorted by time
    struct event *items;
    size_t count;
};

struct queue {                           // one pair of phases
    struct events push_early, push_late; // by the earliest and by the latest instant of a push
    struct events take_early, take_late;
    uint64_t span, base; // from base on all events are there; pushes one span later are looked at
};

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

static void sum_up(struct events *e)
{
    if (e->count)
        qsort(e->items, e->count, sizeof *e->items, by_time);
    for (size_t i = 1; i < e->count; i++)
        e->items[i].messages += e->items[i - 1].messages;
}

struct side { // one end of the channel in one phase
    const struct ends *ends;
    const struct jobs **jobs; // by process of the end
    uint64_t per_span;        // messages
};

static bool side_of(struct latencies *l, const struct ends *ends, uint64_t phase, uint64_t *steps,
                    struct side *s, struct channel_latency *result)
{
    struct arena *a = latencies_arena(l);

    *s = (struct side){.ends = ends};
    s->jobs = arena_alloc(a, ends->count * sizeof *s->jobs);
    for (size_t i = 0; i < ends->count; i++) {
        s->jobs[i] = latencies_jobs(l, ends->port->partition, ends->processes[i], phase, steps);
        if (s->jobs[i]->count > 0)
            continue;
        result->why_not = s->jobs[i]->why_not;
        result->because = s->jobs[i]->because;
        return false;
    }
    return true;
}

static bool widen(const struct side *s, uint64_t *span, uint64_t *last)
{
    for (size_t i = 0; i < s->ends->count; i++) {
        const struct jobs *j = s->jobs[i];

        if (!lcm_u64(*span, j->span, span) || *span > (uint64_t)1 << 58)
            return false;
        if (j->items[j->count - 1].end.most > *last)
            *last = j->items[j->count - 1].end.most;
    }
    return *last <= (uint64_t)1 << 58;
}

// Every job from time 0 for `spans` spans: at the two ends of its instant. False past the horizon,
// or where all `pairs` of phases would pass it together.
static bool lay_out(struct arena *a, const struct side *s, bool writes, uint64_t span,
                    uint64_t spans, uint64_t pairs, uint64_t *steps, struct events *early,
                    struct events *late)
{
    size_t total = 0, n = 0;

    for (size_t i = 0; i < s->ends->count; i++) {
        uint64_t jobs = span / s->jobs[i]->span * spans;

        if (!mul_u64(jobs, s->jobs[i]->count, &jobs) || jobs > *steps ||
            jobs > LATENCY_HORIZON / pairs)
            return false;
        *steps -= jobs;
        total += jobs;
    }
    early->items = arena_alloc(a, (total + 1) * sizeof *early->items);
    late->items = arena_alloc(a, (total + 1) * sizeof *late->items);
    for (size_t i = 0; i < s->ends->count; i++) {
        uint64_t jobs = span / s->jobs[i]->span * spans * s->jobs[i]->count;

        for (uint64_t k = 0; k < jobs; k++, n++) {
            struct job job = jobs_at(s->jobs[i], k);
            struct span_of_time at = writes ? job.end : job.start;

            early->items[n] = (struct event){at.least, s->ends->messages[i]};
            late->items[n] = (struct event){at.most, s->ends->messages[i]};
        }
    }
    early->count = late->count = total;
    sum_up(early);
    sum_up(late);
    return true;
}

// Messages of all events before an instant; *i only moves forward.
static uint64_t before(const struct events *e, uint64_t at, size_t *i)
{
    while (*i < e->count && e->items[*i].at < at)
        ++*i;
    return *i ? e->items[*i - 1].messages : 0;
}

// The first push from `base` on: before that, events of jobs before time 0 are missing.
static size_t first_origin(const struct queue *q)
{
    size_t i = 0;

    while (i < q->push_late.count && q->push_late.items[i].at < q->base)
        i++;
    return i;
}

// pushed(t) - B(t0) - max(0, taken(t) - D(t0)), the most over all t and t0: B counts the pushes and
// D the reads that are surely or possibly before t0. While D <= taken(t), D - B decides, and behind
// that the first t0. Both only move forward with t.
static uint64_t backlog(const struct queue *q)
{
    size_t next = first_origin(q), b = 0, d = 0, taken_at = 0;
    uint64_t B = 0, D = 0, most = 0;
    __int128 best = -((__int128)1 << 100);

    for (size_t i = 0; i < q->push_early.count; i++) {
        uint64_t t = q->push_early.items[i].at, pushed = q->push_early.items[i].messages;
        __int128 waiting;
        uint64_t taken;

        if (t >= q->base + 2 * q->span)
            break;
        taken = before(&q->take_late, t, &taken_at);
        for (; next < q->push_late.count; next++) {
            B = before(&q->push_late, q->push_late.items[next].at, &b);
            D = before(&q->take_early, q->push_late.items[next].at, &d);
            if (D > taken)
                break;
            if ((__int128)D - B > best)
                best = (__int128)D - B;
        }
        if (t < q->base + q->span)
            continue;
        waiting = (__int128)pushed - taken + best;
        if (next < q->push_late.count && (__int128)pushed - B > waiting)
            waiting = (__int128)pushed - B;
        if (waiting > most)
            most = (uint64_t)waiting;
    }
    return most;
}

// The last message of a push stands behind all that came since some t0; it is taken when the reads
// since t0 have had room for so many. Every t0 up to the push is tried, so the latest counts.
static uint64_t longest_wait(const struct queue *q)
{
    size_t next = first_origin(q), b = 0, d = 0, at = 0;
    uint64_t most = 0;
    __int128 best = -((__int128)1 << 100);

    for (size_t i = 0; i < q->push_early.count; i++) {
        uint64_t t = q->push_early.items[i].at;
        __int128 place;

        if (t >= q->base + 2 * q->span)
            break;
        for (; next <= i; next++) { // the latest instants come in the order of the earliest ones
            uint64_t B = before(&q->push_late, q->push_late.items[next].at, &b);
            uint64_t D = before(&q->take_early, q->push_late.items[next].at, &d);

            if ((__int128)D - B > best)
                best = (__int128)D - B;
        }
        if (t < q->base + q->span)
            continue;
        place = (__int128)q->push_early.items[i].messages + best;
        while (at < q->take_late.count && (__int128)q->take_late.items[at].messages < place)
            at++;
        if (at == q->take_late.count)
            return NEVER; // more spans would be needed; queue_of lays out enough
        if (q->take_late.items[at].at > t && q->take_late.items[at].at - t > most)
            most = q->take_late.items[at].at - t;
    }
    return most;
}

static uint64_t messages(const struct side *s, uint64_t span)
{
    uint64_t sum = 0, some;

    for (size_t i = 0; i < s->ends->count; i++)
        if (!mul_u64(span / s->jobs[i]->span * s->jobs[i]->count, s->ends->messages[i], &some) ||
            !add_u64(sum, some, &sum))
            return NEVER;
    return sum;
}

// One phase of each partition. False when it cannot be counted.
static bool measure(struct latencies *l, const struct side *from, const struct side *to,
                    uint64_t pairs, uint64_t *steps, struct channel_latency *result)
{
    struct arena *a = latencies_arena(l);
    uint64_t last = 0, spans, waiting, wait;
    struct queue q = {.span = 1};

    if (!widen(from, &q.span, &last) || !widen(to, &q.span, &last))
        return false;
    result->span = q.span;
    result->written = messages(from, q.span);
    result->taken = messages(to, q.span);
    if (result->written == NEVER || result->taken == NEVER)
        return false;
    if (result->written > result->taken) {
        result->backlog = result->wait = NEVER;
        return true;
    }
    q.base = (last / q.span + 1) * q.span;
    // A push waits for one span at most once it is there, and instants are `last` late at most.
    spans = 2 * (q.base / q.span) + 4;
    if (!lay_out(a, from, true, q.span, spans, pairs, steps, &q.push_early, &q.push_late) ||
        !lay_out(a, to, false, q.span, spans, pairs, steps, &q.take_early, &q.take_late))
        return false;
    waiting = backlog(&q);
    wait = longest_wait(&q);
    if (waiting > result->backlog)
        result->backlog = waiting;
    if (wait > result->wait)
        result->wait = wait;
    return true;
}

void queue_measure(struct latencies *l, const struct channel *c, struct ends *from, struct ends *to,
                   struct channel_latency *result)
{
    uint64_t steps = LATENCY_HORIZON;
    uint64_t writes = latencies_phases(l, from->port->partition, false);
    uint64_t reads = latencies_phases(l, to->port->partition, false);
    bool together = from->port->partition == to->port->partition;
    uint64_t pairs = pairs_of_phases(writes, reads, together);

    (void)c;
    result->verdict = NOT_PROVED;
    if (from->count == 0 || to->count == 0) {
        result->why_not = "no process says how many messages it moves there";
        result->because_of = (from->count == 0 ? from : to)->port->partition;
        return;
    }
    result->writer = from->processes[0];
    result->reader = to->processes[0];
    for (uint64_t i = 0; i < (writes ? writes : 1); i++)
        for (uint64_t j = together ? i : 0; j < (together ? i + 1 : reads ? reads : 1); j++) {
            struct side pushes, takes;

            if (!side_of(l, from, i, &steps, &pushes, result) ||
                !side_of(l, to, j, &steps, &takes, result))
                return;
            if (pairs == 0 || pairs > LATENCY_HORIZON ||
                !measure(l, &pushes, &takes, pairs, &steps, result)) {
                result->why_not = past_horizon;
                return;
            }
        }
    result->verdict = PROVED;
    result->counted = true;
}
