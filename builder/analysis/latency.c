// SPDX-License-Identifier: BSD-2-Clause
// Latency and age of sampling channels: every read against every job whose value it may see.
#include "analysis/latency.h"

#define SPAN_LIMIT ((uint64_t)1 << 59)

struct kept_jobs { // of one process, by phase
    const struct jobs **phases;
    uint64_t count;
};

struct latencies {
    struct arena *arena;
    const struct model *model;
    struct analyses *analyses;
    const struct schedule *schedule;
    const struct jobs **windows;            // by partition
    struct kept_jobs **processes;           // by partition, then by process
    const struct channel_latency **results; // by channel
    bool *measured;                         // by channel
    const struct chain_latency **chains;    // by chain
    bool *chained;                          // by chain
};

struct latencies *latencies_new(struct arena *a, const struct model *m, struct analyses *x,
                                const struct schedule *s)
{
    struct latencies *l = arena_alloc(a, sizeof *l);

    *l = (struct latencies){.arena = a, .model = m, .analyses = x, .schedule = s};
    l->windows = arena_alloc(a, (m->partitions.count + 1) * sizeof *l->windows);
    l->processes = arena_alloc(a, (m->partitions.count + 1) * sizeof *l->processes);
    l->results = arena_alloc(a, (m->channels.count + 1) * sizeof *l->results);
    l->measured = arena_alloc(a, m->channels.count + 1);
    l->chains = arena_alloc(a, (m->chains.count + 1) * sizeof *l->chains);
    l->chained = arena_alloc(a, m->chains.count + 1);
    return l;
}

struct arena *latencies_arena(struct latencies *l)
{
    return l->arena;
}

uint64_t latencies_frame(const struct latencies *l)
{
    return l->schedule->major_frame.value;
}

const struct rta *latencies_rta(struct latencies *l, const struct partition *part)
{
    return analyses_rta(l->analyses, l->schedule, part);
}

// ---- Jobs ---------------------------------------------------------------------------------------

uint64_t latencies_phases(struct latencies *l, const struct partition *part, bool windows)
{
    const struct rta *r = windows ? NULL : latencies_rta(l, part);

    return r ? jobs_phases(r) : 1;
}

static struct jobs *without_rta(struct latencies *l, const struct partition *part,
                                const struct process *p)
{
    struct jobs *j = arena_alloc(l->arena, sizeof *j);

    *j = (struct jobs){
        .partition = part, .process = p, .because = p, .why_not = "its wcet is not given"};
    return j;
}

const struct jobs *latencies_jobs(struct latencies *l, const struct partition *part,
                                  const struct process *p, uint64_t phase, uint64_t *steps)
{
    const struct timetable *t = analyses_timetable(l->analyses, l->schedule);
    const struct jobs **kept = &l->windows[part->index];
    const struct rta *r;
    struct kept_jobs *of;

    if (!p) {
        if (!*kept)
            *kept = jobs_of_windows(l->arena, t, part);
        return *kept;
    }
    r = latencies_rta(l, part);
    if (!r)
        return without_rta(l, part, p);
    if (!l->processes[part->index])
        l->processes[part->index] =
            arena_alloc(l->arena, part->processes.count * sizeof *l->processes[part->index]);
    of = &l->processes[part->index][p->index];
    if (!of->phases) {
        of->count = jobs_phases(r);
        if (of->count == 0 || of->count > *steps)
            of->count = 1;
        of->phases = arena_alloc(l->arena, of->count * sizeof *of->phases);
    }
    if (!of->phases[phase % of->count])
        of->phases[phase % of->count] = jobs_of_process(l->arena, r, p, phase, steps);
    return of->phases[phase % of->count];
}

struct ends latencies_ends(struct latencies *l, const struct port *port, bool writes)
{
    const struct partition *part = port->partition;
    struct ends e = {.port = port};

    e.processes = arena_alloc(l->arena, (part->processes.count + 1) * sizeof *e.processes);
    e.messages = arena_alloc(l->arena, (part->processes.count + 1) * sizeof *e.messages);
    EACH(p, &part->processes) {
        uint64_t messages = 0;

        EACH(use, writes ? &p->writes : &p->reads) {
            if (use->port == port)
                messages += use->messages.given ? use->messages.value : 1;
        }
        if (messages == 0)
            continue;
        e.processes[e.count] = p;
        e.messages[e.count++] = messages;
    }
    return e;
}

// ---- Writer against reader ----------------------------------------------------------------------

static bool blocked(const struct process *p)
{
    return p->blocking.given && p->blocking.value > 0;
}

enum order order_of(const struct jobs *writer, const struct jobs *reader)
{
    const struct process *w = writer->process, *r = reader->process;

    if (!w || !r || w->partition != r->partition || w->partition->scheduling == SCHEDULING_EDF ||
        (w->cpu.given ? w->cpu.value : 0) != (r->cpu.given ? r->cpu.value : 0) ||
        !w->priority.given || !r->priority.given)
        return ORDER_FREE;
    if (w->priority.value > r->priority.value && !blocked(w))
        return ORDER_WRITER_FIRST;
    if (r->priority.value > w->priority.value && !blocked(r))
        return ORDER_READER_FIRST;
    return ORDER_FREE;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

bool pair_of(const struct jobs *writer, const struct jobs *reader, struct pair *x)
{
    uint64_t last;

    *x = (struct pair){.writer = writer, .reader = reader, .order = order_of(writer, reader)};
    if (!lcm_u64(writer->span, reader->span, &x->span) || x->span > SPAN_LIMIT)
        return false;
    last =
        later(writer->items[writer->count - 1].end.most, reader->items[reader->count - 1].end.most);
    if (last > SPAN_LIMIT)
        return false;
    x->base = (last / x->span + 3) * x->span;
    return true;
}

// The job of the writer with which the search begins: it is published before any read from `base`.
static uint64_t early_writer(const struct pair *x)
{
    const struct jobs *w = x->writer;
    uint64_t last = w->items[w->count - 1].end.most;

    return (x->base - last) / w->span * w->count - w->count;
}

// A read that may see job k of the writer: how old is it, and is it the first to see it?
static void look(const struct pair *x, uint64_t k, struct job read, uint64_t before,
                 struct channel_latency *l)
{
    struct job job = jobs_at(x->writer, k);
    struct span_of_time seen = published(x->order, job);
    uint64_t next = published(x->order, jobs_at(x->writer, k + 1)).most;
    uint64_t reads = read.start.most, from = job.end.least;

    if (x->order != ORDER_READER_FIRST && next < reads)
        reads = next; // later it would see the next value
    if (reads > from && reads - from > l->age) {
        l->age = reads - from;
        l->oldest = (struct sight){from, reads};
    }
    if (before >= seen.most)
        return; // the read before this one saw it already
    if (x->order != ORDER_WRITER_FIRST)
        from = later(from, before);
    if (reads > from && reads - from > l->latency.most) {
        l->latency.most = reads - from;
        l->slowest = (struct sight){from, reads};
    }
    reads = read.start.least > job.end.most ? read.start.least - job.end.most : 0;
    if (reads < l->latency.least)
        l->latency.least = reads;
}

static bool step(uint64_t *steps)
{
    if (*steps == 0)
        return false;
    --*steps;
    return true;
}

// Every read in one span, with the jobs from the last that is surely published to the last that may
// be. False past the horizon.
static bool sweep(const struct pair *x, struct channel_latency *l, uint64_t *steps)
{
    const struct jobs *w = x->writer, *r = x->reader;
    uint64_t n = x->base / r->span * r->count, end = n + x->span / r->span * r->count;
    uint64_t low = early_writer(x), high = low;
    uint64_t before = noticed(x->order, jobs_at(r, n - 1)).least;

    for (; n < end; n++) {
        struct job read = jobs_at(r, n);
        struct span_of_time at = noticed(x->order, read);

        while (published(x->order, jobs_at(w, low + 1)).most <= at.least && step(steps))
            low++;
        if (high < low)
            high = low;
        while (published(x->order, jobs_at(w, high + 1)).least <= at.most && step(steps))
            high++;
        for (uint64_t k = low; k <= high; k++) {
            if (!step(steps))
                return false;
            look(x, k, read, before, l);
        }
        before = at.least;
    }
    return true;
}

static uint64_t write_interval(const struct jobs *w)
{
    uint64_t most = 0;

    for (uint64_t k = 0; k < w->count; k++) {
        uint64_t gap = jobs_at(w, k + 1).end.most - w->items[k].end.least;

        if (gap > most)
            most = gap;
    }
    return most;
}

static void give_up(struct channel_latency *l, const struct jobs *j, const char *why_not)
{
    l->verdict = NOT_PROVED;
    l->why_not = j ? j->why_not : why_not;
    l->because = j ? j->because : NULL;
    l->because_of = j && !j->because ? j->partition : NULL;
}

uint64_t pairs_of_phases(uint64_t writes, uint64_t reads, bool together)
{
    uint64_t pairs;

    if (together)
        return writes;
    return mul_u64(writes, reads, &pairs) && pairs <= LATENCY_HORIZON ? pairs : LATENCY_HORIZON + 1;
}

// Each read takes a step at least, so what must pass the horizon in the end is not begun.
static bool affordable(const struct pair *x, uint64_t pairs)
{
    unsigned __int128 reads = (unsigned __int128)(x->span / x->reader->span) * x->reader->count;

    return pairs > 0 && reads * pairs <= LATENCY_HORIZON;
}

// One writer and one reader, whenever their partitions began to run.
static struct channel_latency one_pair(struct latencies *l, const struct port *from,
                                       const struct process *writer, const struct port *to,
                                       const struct process *reader)
{
    struct channel_latency result = {
        .verdict = PROVED, .latency.least = NEVER, .writer = writer, .reader = reader};
    uint64_t steps = LATENCY_HORIZON;
    uint64_t writes = latencies_phases(l, from->partition, !writer);
    uint64_t reads = latencies_phases(l, to->partition, !reader);
    bool together = from->partition == to->partition && writer && reader;
    uint64_t pairs = pairs_of_phases(writes, reads, together);

    if (writer && writer == reader) {
        give_up(&result, NULL, "a process reads what it writes itself");
        return result;
    }
    for (uint64_t i = 0; i < (writes ? writes : 1); i++)
        for (uint64_t j = together ? i : 0; j < (together ? i + 1 : reads ? reads : 1); j++) {
            const struct jobs *w = latencies_jobs(l, from->partition, writer, i, &steps);
            const struct jobs *r = latencies_jobs(l, to->partition, reader, j, &steps);
            struct pair x;

            if (w->count == 0 || r->count == 0) {
                give_up(&result, w->count == 0 ? w : r, NULL);
                return result;
            }
            result.write_interval = later(result.write_interval, write_interval(w));
            if (!pair_of(w, r, &x) || !affordable(&x, pairs) || !sweep(&x, &result, &steps)) {
                give_up(&result, NULL, past_horizon);
                return result;
            }
        }
    return result;
}

// ---- Which comes first in the frame -------------------------------------------------------------

// Whether all reads of the longer of the two periods come before its first write. Windows decide,
// because an integrator can move them.
static bool reader_first(struct latencies *l, const struct partition *from,
                         const struct partition *to)
{
    uint64_t steps = LATENCY_HORIZON;
    const struct jobs *w = latencies_jobs(l, from, NULL, 0, &steps);
    const struct jobs *r = latencies_jobs(l, to, NULL, 0, &steps);
    uint64_t period =
        later(demand_of(l->schedule, from)->period.value, demand_of(l->schedule, to)->period.value);
    uint64_t n = 0;

    if (from == to || w->count == 0 || r->count == 0 || period == 0)
        return false;
    while (jobs_at(r, n + 1).start.least < period)
        n++;
    return jobs_at(r, n).start.least < w->items[0].start.least;
}

// ---- A channel ----------------------------------------------------------------------------------

// What two writers of one port are together: every read sees the newest of both.
static void join_writers(struct channel_latency *a, const struct channel_latency *b)
{
    struct span_of_time latency = a->latency;

    latency.least = b->latency.least < latency.least ? b->latency.least : latency.least;
    latency.most = later(latency.most, b->latency.most);
    if (b->age < a->age || a->verdict != PROVED)
        *a = *b;
    a->latency = latency;
}

static void join_readers(struct channel_latency *a, const struct channel_latency *b)
{
    struct span_of_time latency = a->latency;

    if (a->verdict != PROVED)
        return;
    latency.least = b->latency.least < latency.least ? b->latency.least : latency.least;
    latency.most = later(latency.most, b->latency.most);
    if (b->age > a->age || b->verdict != PROVED)
        *a = *b;
    if (a->verdict == PROVED)
        a->latency = latency;
}

static struct channel_latency sampled(struct latencies *l, const struct ends *from,
                                      const struct ends *to)
{
    struct channel_latency all = {0};

    for (size_t r = 0; r < (to->count ? to->count : 1); r++) {
        struct channel_latency of_reader = {0};

        for (size_t w = 0; w < (from->count ? from->count : 1); w++) {
            struct channel_latency one =
                one_pair(l, from->port, from->count ? from->processes[w] : NULL, to->port,
                         to->count ? to->processes[r] : NULL);

            if (w == 0)
                of_reader = one;
            else if (one.verdict == PROVED)
                join_writers(&of_reader, &one);
        }
        if (r == 0)
            all = of_reader;
        else
            join_readers(&all, &of_reader);
    }
    return all;
}

static bool runs(struct latencies *l, const struct port *port)
{
    return port && port->partition &&
           timetable_runs(analyses_timetable(l->analyses, l->schedule), port->partition);
}

static const struct channel_latency *measure(struct latencies *l, const struct channel *c)
{
    struct channel_latency *results;
    struct ends from;

    if (c->from.count != 1 || !runs(l, c->from.items[0].port) || c->to.count == 0)
        return NULL;
    EACH(to, &c->to) {
        if (!to->port || !to->port->partition)
            return NULL;
    }
    from = latencies_ends(l, c->from.items[0].port, true);
    results = arena_alloc(l->arena, c->to.count * sizeof *results);
    EACH(e, &c->to) {
        struct channel_latency *result = &results[e - c->to.items];
        struct ends to = latencies_ends(l, e->port, false);

        *result = (struct channel_latency){.channel = c, .to = e->port};
        if (!runs(l, e->port)) {
            result->verdict = NOT_PROVED;
            result->why_not = "it does not run in this schedule";
            result->because_of = e->port->partition;
            continue;
        }
        if (c->type == TBL_QUEUING)
            queue_measure(l, c, &from, &to, result);
        else
            *result = sampled(l, &from, &to);
        result->channel = c;
        result->to = e->port;
        result->frame = latencies_frame(l);
        result->reader_first = reader_first(l, from.port->partition, e->port->partition);
    }
    return results;
}

const struct channel_latency *latencies_channel(struct latencies *l, const struct channel *c)
{
    size_t i = (size_t)(c - l->model->channels.items);

    if (!l->measured[i]) {
        l->measured[i] = true;
        l->results[i] = measure(l, c);
    }
    return l->results[i];
}

const struct chain_latency *latencies_chain(struct latencies *l, const struct chain *c)
{
    size_t i = (size_t)(c - l->model->chains.items);
    const struct timetable *t = analyses_timetable(l->analyses, l->schedule);
    bool whole = c->steps.count > 0;

    if (l->chained[i])
        return l->chains[i];
    l->chained[i] = true;
    EACH(step, &c->steps) {
        whole = whole && step->process && step->process->partition &&
                timetable_runs(t, step->process->partition);
    }
    l->chains[i] = whole ? chain_measure(l, c) : NULL;
    return l->chains[i];
}
