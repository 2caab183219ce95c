// SPDX-License-Identifier: BSD-2-Clause
// Rules about the ways that data takes as a whole: circles of partitions and of processes.
#include "check/pass.h"

#include "analysis/latency.h"

// ---- Circles ------------------------------------------------------------------------------------

struct edge {
    size_t to;
    const struct channel *channel;
    const struct port_use *use; // what waits: a read, or a write
    struct edge *next;
};

struct graph {
    struct arena *arena;
    struct edge **edges; // by node
    size_t count;
    size_t *circle; // by node: nodes of one number reach each other; from 1
};

static struct graph graph_new(struct arena *a, size_t count)
{
    struct graph g = {.arena = a, .count = count};

    g.edges = arena_alloc(a, (count + 1) * sizeof *g.edges);
    g.circle = arena_alloc(a, (count + 1) * sizeof *g.circle);
    return g;
}

static void graph_add(struct graph *g, size_t from, size_t to, const struct channel *c,
                      const struct port_use *use)
{
    struct edge *e = arena_alloc(g->arena, sizeof *e);

    *e = (struct edge){to, c, use, g->edges[from]};
    g->edges[from] = e;
}

struct visit { // of a node, while its successors are looked at
    size_t node;
    struct edge *next;
};

// Strongly connected components (Tarjan 1972), with a stack of our own instead of recursion.
static void graph_circles(struct graph *g)
{
    size_t *order = arena_alloc(g->arena, (g->count + 1) * sizeof *order); // 0: not seen
    size_t *low = arena_alloc(g->arena, (g->count + 1) * sizeof *low);
    size_t *open = arena_alloc(g->arena, (g->count + 1) * sizeof *open);
    struct visit *stack = arena_alloc(g->arena, (g->count + 1) * sizeof *stack);
    size_t seen = 0, opened = 0, circles = 0;

    for (size_t root = 0; root < g->count; root++) {
        size_t depth = 0;

        if (order[root])
            continue;
        stack[depth++] = (struct visit){root, g->edges[root]};
        order[root] = low[root] = ++seen;
        open[opened++] = root;
        while (depth > 0) {
            struct visit *v = &stack[depth - 1];
            size_t node = v->node;

            if (v->next) {
                size_t to = v->next->to;

                v->next = v->next->next;
                if (!order[to]) {
                    stack[depth++] = (struct visit){to, g->edges[to]};
                    order[to] = low[to] = ++seen;
                    open[opened++] = to;
                } else if (!g->circle[to] && order[to] < low[node]) {
                    low[node] = order[to];
                }
                continue;
            }
            depth--;
            if (depth > 0 && low[node] < low[stack[depth - 1].node])
                low[stack[depth - 1].node] = low[node];
            if (low[node] != order[node])
                continue;
            circles++;
            do {
                g->circle[open[--opened]] = circles;
            } while (open[opened] != node);
        }
    }
}

// ---- LAT-005: windows follow the data -----------------------------------------------------------

static struct graph partition_graph(struct pass *p)
{
    struct graph g = graph_new(p->arena, p->model->partitions.count);

    // All channels, wrong ones too: what is wrong with one must not put another out of its circle.
    EACH(c, &p->model->channels) {
        EACH(from, &c->from) {
            EACH(to, &c->to) {
                if (from->port && to->port)
                    graph_add(&g, from->port->partition->index, to->port->partition->index, c,
                              NULL);
            }
        }
    }
    graph_circles(&g);
    return g;
}

static void against_data(struct pass *p, const struct schedule *s, const struct channel_latency *l)
{
    const struct port *from = l->channel->from.items[0].port, *to = l->to;
    const struct timetable *t = &p->timetables[s - p->model->schedules.items];
    const struct turn *reads = timetable_turns(t, to->partition, 0)->turns;
    const struct turn *writes = timetable_turns(t, from->partition, 0)->turns;
    struct diag *f;

    if (!pass_first(p, demand_of(s, from->partition), to->partition))
        return;
    f = pass_report(
        p, reads->slot->window->mark, "partition '%s' runs before '%s', whose data it reads%s",
        word_text(&to->partition->name), word_text(&from->partition->name), pass_in(p, s));
    diag_label(p->diags, f, "at %s", time_text(p->arena, reads->slot->start));
    diag_note(p->diags, f, writes->slot->window->mark, "'%s' runs at %s",
              word_text(&from->partition->name), time_text(p->arena, writes->slot->start));
    if (l->verdict == PROVED && l->channel->type == TBL_SAMPLING)
        diag_note(p->diags, f, mark_or(l->channel->name.at, l->channel->mark),
                  "what it reads from this channel can be %s old", time_text(p->arena, l->age));
    else
        diag_note(p->diags, f, mark_or(l->channel->name.at, l->channel->mark), "by this channel");
    diag_help(p->diags, f, "move the window of '%s' behind that of '%s' to have fresh data",
              word_text(&to->partition->name), word_text(&from->partition->name));
}

// In a circle of data some window must come before what it reads.
void check_LAT_005(struct pass *p)
{
    struct graph g = partition_graph(p);

    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || s->major_frame.value == 0 || !pass_clean(p, s))
            continue;
        EACH(c, &p->model->channels) {
            const struct channel_latency *results =
                pass_clean(p, c) ? latencies_channel(analyses_latencies(p->analyses, s), c) : NULL;

            for (size_t i = 0; results && i < c->to.count; i++) {
                size_t from = c->from.items[0].port->partition->index;
                size_t to = c->to.items[i].port->partition->index;

                if (results[i].reader_first && g.circle[from] != g.circle[to] &&
                    pass_clean(p, c->from.items[0].port->partition) &&
                    pass_clean(p, c->to.items[i].port->partition))
                    against_data(p, s, &results[i]);
            }
        }
    }
}

// ---- CHAN-016: no circle of blocking queues -----------------------------------------------------

struct waiters { // processes of all partitions, numbered
    const struct process **processes;
    size_t *first; // by partition
    struct graph graph;
};

// Every process at the other end of a channel is one that may be waited for.
static void waits_for(struct waiters *w, size_t node, const struct channel *c,
                      const struct port_use *use, const struct port *other, bool writes)
{
    EACH(process, &other->partition->processes) {
        EACH(back, writes ? &process->writes : &process->reads) {
            if (back->port == other) {
                graph_add(&w->graph, node, w->first[other->partition->index] + process->index, c,
                          use);
                break;
            }
        }
    }
}

static void add_uses(struct pass *p, struct waiters *w, const struct process *process)
{
    size_t node = w->first[process->partition->index] + process->index;

    EACH(use, &process->reads) {
        const struct channel *c = use->port ? use->port->channel : NULL;

        if (is_true(use->blocks) && c && c->type == TBL_QUEUING && c->from.count == 1 &&
            c->from.items[0].port && pass_clean(p, c))
            waits_for(w, node, c, use, c->from.items[0].port, true);
    }
    EACH(use, &process->writes) {
        const struct channel *c = use->port ? use->port->channel : NULL;

        if (!is_true(use->blocks) || !c || c->type != TBL_QUEUING || !pass_clean(p, c))
            continue;
        EACH(e, &c->to) {
            if (e->port)
                waits_for(w, node, c, use, e->port, false);
        }
    }
}

static struct waiters waiters_of(struct pass *p)
{
    struct waiters w = {0};
    size_t count = 0;

    w.first = arena_alloc(p->arena, (p->model->partitions.count + 1) * sizeof *w.first);
    EACH(part, &p->model->partitions) {
        w.first[part->index] = count;
        count += part->processes.count;
    }
    w.processes = arena_alloc(p->arena, (count + 1) * sizeof *w.processes);
    w.graph = graph_new(p->arena, count);
    EACH(part, &p->model->partitions) {
        EACH(process, &part->processes) {
            w.processes[w.first[part->index] + process->index] = process;
            add_uses(p, &w, process);
        }
    }
    graph_circles(&w.graph);
    return w;
}

// The shortest way back along an edge inside its circle, not by its own channel: a queue is not
// full and empty at once. The edges of the way, from the end on; NULL when there is none.
static struct edge **way_back(struct graph *g, size_t from, const struct edge *edge, size_t *length)
{
    struct edge **via = arena_alloc(g->arena, (g->count + 1) * sizeof *via);
    size_t *queue = arena_alloc(g->arena, (g->count + 1) * sizeof *queue);
    size_t *before = arena_alloc(g->arena, (g->count + 1) * sizeof *before);
    struct edge **way;
    size_t head = 0, tail = 0, n = 0;

    queue[tail++] = edge->to;
    while (head < tail && queue[head] != from) {
        size_t node = queue[head++];

        for (struct edge *e = g->edges[node]; e; e = e->next) {
            if (e->channel == edge->channel || via[e->to] || e->to == edge->to ||
                g->circle[e->to] != g->circle[from])
                continue;
            via[e->to] = e;
            before[e->to] = node;
            queue[tail++] = e->to;
        }
    }
    if (head == tail)
        return NULL;
    for (size_t node = from; node != edge->to; node = before[node])
        n++;
    way = arena_alloc(g->arena, (n + 1) * sizeof *way);
    *length = n;
    for (size_t node = from; node != edge->to; node = before[node])
        way[--n] = via[node];
    return way;
}

static void may_lock(struct pass *p, const struct waiters *w, size_t from, const struct edge *edge,
                     struct edge *const *way, size_t length)
{
    const struct process *first = w->processes[from];
    struct diag *f;

    f = pass_report(p, edge->use->mark, "processes can wait for each other for ever");
    diag_label(p->diags, f, "'%s.%s' waits here for '%s.%s'", word_text(&first->partition->name),
               word_text(&first->name), word_text(&w->processes[edge->to]->partition->name),
               word_text(&w->processes[edge->to]->name));
    for (size_t i = 0; i < length && i < 8; i++)
        diag_note(p->diags, f, way[i]->use->mark, "which may wait for '%s.%s'",
                  word_text(&w->processes[way[i]->to]->partition->name),
                  word_text(&w->processes[way[i]->to]->name));
    diag_help(p->diags, f,
              "break the circle: let one of them use a time-out and write 'blocks: false'");
}

void check_CHAN_016(struct pass *p)
{
    struct waiters w = waiters_of(p);

    for (size_t from = 0; from < w.graph.count; from++)
        for (struct edge *e = w.graph.edges[from]; e; e = e->next) {
            const void *circle = &w.processes[w.graph.circle[from]];
            struct edge **way;
            size_t length;

            if (w.graph.circle[from] != w.graph.circle[e->to] || from == e->to)
                continue;
            way = way_back(&w.graph, from, e, &length);
            if (way && pass_first(p, circle, p->model))
                may_lock(p, &w, from, e, way, length);
        }
}
