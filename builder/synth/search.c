// SPDX-License-Identifier: BSD-2-Clause
// The search: several orders and ways of placing, the best answer wins; then, while the budget
// lasts, orders by chance. The chance is seeded and the budget counts steps, so that the answer is
// the same everywhere.
#include "problem.h"

#include <stdlib.h>
#include <string.h>

enum order { ORDER_PERIOD, ORDER_LENGTH, ORDER_LOAD, ORDER_RELEASES, ORDERS, ORDER_CHANCE };
enum spread { PACK, SPREAD, SPREADS };
enum rest {        // what becomes of a task for which there are no even windows
    REST_FEW,      // an even start, then few windows
    REST_EARLY,    // an even start, then the earliest time
    REST_FREE_FEW, // as above without an even start
    REST_FREE_EARLY,
    RESTS
};

struct way {
    enum order order;
    enum spread spread;
    enum fit fit;
    enum rest rest;
    bool split;    // even windows may be several
    bool even;     // even windows at all, for tasks that can do without
    bool fine;     // pieces as short as allowed
    uint64_t thin; // an even start takes this part of the length only; 0: as much as there is room
    size_t cores;
};

struct answer {
    uint64_t cores;
    struct ranges pieces, jobs;
};

struct search {
    struct problem *p;
    struct task **order;
    size_t count;
    uint64_t chance;
    struct answer *best;
    struct score best_score, bound;
    bool found;
};

// ---- Orders -------------------------------------------------------------------------------------

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int must_first(const struct task *a, const struct task *b)
{
    return (int)b->offset_given - (int)a->offset_given;
}

static int by_period(const void *a, const void *b, void *problem)
{
    const struct task *x = *(struct task *const *)a, *y = *(struct task *const *)b;
    int c = must_first(x, y);

    (void)problem;
    if (c == 0)
        c = compare(x->period, y->period);
    if (c == 0)
        c = compare(y->length, x->length);
    return c ? c : compare(x->index, y->index);
}

static int by_length(const void *a, const void *b, void *problem)
{
    const struct task *x = *(struct task *const *)a, *y = *(struct task *const *)b;
    int c = must_first(x, y);

    if (c == 0)
        c = compare(y->length, x->length);
    return c ? c : by_period(a, b, problem);
}

static int by_load(const void *a, const void *b, void *problem)
{
    const struct task *x = *(struct task *const *)a, *y = *(struct task *const *)b;
    int c = must_first(x, y);

    if (c == 0)
        c = compare(y->cpus, x->cpus);
    if (c == 0)
        c = compare(task_load(problem, y), task_load(problem, x));
    return c ? c : by_period(a, b, problem);
}

static int by_releases(const void *a, const void *b, void *problem)
{
    const struct task *x = *(struct task *const *)a, *y = *(struct task *const *)b;
    int c = must_first(x, y);

    if (c == 0)
        c = (int)y->releases - (int)x->releases;
    return c ? c : by_period(a, b, problem);
}

static uint64_t chance(struct search *s, uint64_t below)
{
    s->chance = s->chance * 6364136223846793005u + 1442695040888963407u;
    return (s->chance >> 33) % below;
}

static void arrange(struct search *s, enum order order)
{
    static int (*const by[ORDERS])(const void *, const void *, void *) = {by_period, by_length,
                                                                          by_load, by_releases};

    if (order < ORDERS)
        qsort_r(s->order, s->count, sizeof *s->order, by[order], s->p);
    for (size_t i = s->count; order == ORDER_CHANCE && i > 1; i--) {
        size_t k = chance(s, i);
        struct task *t = s->order[i - 1];

        s->order[i - 1] = s->order[k];
        s->order[k] = t;
    }
}

// ---- Cores --------------------------------------------------------------------------------------

static bool has_room(const struct problem *p, const struct task *t, size_t core)
{
    return (wide)p->load[core] + task_load(p, t) <= p->capacity;
}

// Never on one core with another (EXCLUDE_SAME_CORE).
static bool shunned(const struct problem *p, const struct task *t, size_t core)
{
    EACH(x, &p->model->exclusions) {
        bool mine = false, other = false;

        if (x->kind != EXCLUDE_SAME_CORE)
            continue;
        EACH(member, &x->members)
            mine = mine || member->partition == t->partition;
        if (!mine)
            continue;
        EACH(placed, &p->tasks) {
            if (!placed->placed || !(placed->cores >> core & 1) ||
                placed->partition == t->partition)
                continue;
            EACH(member, &x->members)
                other = other || (member->partition && member->partition == placed->partition);
        }
        if (other)
            return true;
    }
    return false;
}

// The cores that may take the task, the best first.
static size_t candidates(const struct problem *p, const struct task *t, const struct way *way,
                         size_t out[BOARD_CORES_MAX])
{
    size_t count = 0;

    for (size_t c = 0; c < BOARD_CORES_MAX; c++) {
        bool named = t->at_home || t->partition->cores.count;
        size_t i;

        if (!(t->allowed >> c & 1) || (!named && c >= way->cores) || !has_room(p, t, c) ||
            shunned(p, t, c))
            continue;
        for (i = count; i > 0; i--) {
            uint64_t before = p->load[out[i - 1]];

            if (way->spread == PACK ? before >= p->load[c] : before <= p->load[c])
                break;
            out[i] = out[i - 1];
        }
        out[i] = c;
        count++;
    }
    return count;
}

// Tries the task on one core after the other (several vcpus: on runs of the candidates) and keeps
// the one with the fewest windows.
static bool on_some_cores(struct search *s, struct task *t, const struct way *way, bool anchor)
{
    struct problem *p = s->p;
    size_t list[BOARD_CORES_MAX], count = candidates(p, t, way, list);
    uint64_t best = 0;
    size_t fewest = SIZE_MAX;

    for (size_t i = 0; i + t->cpus <= count; i++) {
        uint64_t cores = 0;
        size_t pieces;

        for (size_t k = 0; k < t->cpus; k++)
            cores |= 1ull << list[i + k];
        if (!(anchor ? place_anchor(p, t, cores, way->thin)
                     : place_even(p, t, cores, way->fit, way->split)))
            continue;
        pieces = t->pieces.count;
        if (pieces == 1 && !anchor)
            return true;
        unplace(p, t);
        if (pieces < fewest) {
            fewest = pieces;
            best = cores;
        }
    }
    if (fewest == SIZE_MAX)
        return false;
    return anchor ? place_anchor(p, t, best, way->thin)
                  : place_even(p, t, best, way->fit, way->split);
}

// Without an even start: the cores that are least loaded.
static bool anywhere(struct search *s, struct task *t, const struct way *way)
{
    struct way spread = *way;
    size_t list[BOARD_CORES_MAX], count;

    spread.spread = SPREAD;
    count = candidates(s->p, t, &spread, list);
    if (count < t->cpus)
        return false;
    t->placed = true;
    for (size_t k = 0; k < t->cpus; k++) {
        t->cores |= 1ull << list[k];
        s->p->load[list[k]] += task_load(s->p, t);
    }
    return true;
}

// ---- One way ------------------------------------------------------------------------------------

static void clear(struct search *s)
{
    for (size_t i = 0; i < s->count; i++)
        unplace(s->p, s->order[i]);
}

// How far the starts of its periods move; jobs are sorted.
static uint64_t jitter_of(const struct task *t)
{
    int64_t least = INT64_MAX, most = 0, period = (int64_t)t->period, last = -1;

    if (t->pieces.count)
        return 0;
    EACH(r, &t->jobs) {
        if (r->start / period == last)
            continue;
        last = r->start / period;
        least = r->start % period < least ? r->start % period : least;
        most = r->start % period > most ? r->start % period : most;
    }
    return least <= most ? (uint64_t)(most - least) : 0;
}

static bool try_way(struct search *s, const struct way *way)
{
    struct task **rest = arena_alloc(s->p->arena, (s->count + 1) * sizeof *rest);
    bool early = way->rest == REST_EARLY || way->rest == REST_FREE_EARLY;
    bool anchored = way->rest == REST_FEW || way->rest == REST_EARLY;
    size_t count = 0;

    clear(s);
    for (size_t i = 0; i < s->count; i++) {
        struct task *t = s->order[i];

        t->shortest = way->fine ? s->p->least : t->coarse;
        if ((way->thin && t->releases) || !(way->even || t->releases) ||
            !on_some_cores(s, t, way, false))
            rest[count++] = t;
        if (s->p->work > s->p->budget)
            return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!((anchored || rest[i]->releases) && on_some_cores(s, rest[i], way, true)) &&
            (rest[i]->releases || !anywhere(s, rest[i], way)))
            return false;
    if (!place_jobs(s->p, rest, count, early))
        return false;
    for (size_t i = 0; i < count; i++)
        if (jitter_of(rest[i]) > rest[i]->jitter)
            return false;
    return true;
}

// ---- Which is best ------------------------------------------------------------------------------

static bool better(const struct score *a, const struct score *b)
{
    if (a->windows != b->windows)
        return a->windows < b->windows;
    return a->jitter != b->jitter ? a->jitter < b->jitter : a->cores < b->cores;
}

static struct score score_of(const struct search *s)
{
    struct score score = {0};
    uint64_t used = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct task *t = s->order[i];
        uint64_t windows = t->pieces.count * (s->p->frame / t->period) + t->jobs.count;

        EACH(r, &t->jobs) {
            if (t->pieces.count &&
                r->start % (int64_t)t->period == t->pieces.items[t->pieces.count - 1].end)
                windows--; // it goes on where the piece ends
        }
        score.windows += windows * t->cpus;
        score.jitter += jitter_of(t);
        used |= t->cores;
    }
    score.cores = (uint64_t)__builtin_popcountll(used);
    return score;
}

static void copy(struct arena *a, struct ranges *to, const struct ranges *from)
{
    to->count = 0;
    EACH(r, from)
        *list_add(a, to) = *r;
}

static void keep(struct search *s)
{
    struct score score = score_of(s);

    if (score.windows > s->p->most_windows || (s->found && !better(&score, &s->best_score)))
        return;
    s->found = true;
    s->best_score = score;
    for (size_t i = 0; i < s->count; i++) {
        const struct task *t = s->order[i];
        struct answer *a = &s->best[t->index];

        a->cores = t->cores;
        copy(s->p->arena, &a->pieces, &t->pieces);
        copy(s->p->arena, &a->jobs, &t->jobs);
    }
}

static bool perfect(const struct search *s)
{
    return s->found && s->best_score.windows == s->bound.windows && s->best_score.jitter == 0;
}

// ---- All ways -----------------------------------------------------------------------------------

static bool attempt(struct search *s, const struct way *way, bool first_is_good)
{
    arrange(s, way->order);
    if (try_way(s, way))
        keep(s);
    return perfect(s) || (first_is_good && s->found) || s->p->work > s->p->budget;
}

// Even windows only, in one piece if that is possible: from one core on, as many as it takes.
static bool even_ways(struct search *s, size_t cores, bool split, bool first_is_good)
{
    for (enum order order = 0; order < ORDERS; order++)
        for (enum spread spread = 0; spread < SPREADS; spread++)
            for (enum fit fit = FIT_FIRST; fit <= FIT_TIGHT; fit++) {
                struct way way = {.order = order,
                                  .spread = spread,
                                  .fit = fit,
                                  .split = split,
                                  .even = true,
                                  .cores = cores,
                                  .rest = REST_FEW};

                if (attempt(s, &way, first_is_good))
                    return true;
            }
    return false;
}

static bool mixed_ways(struct search *s, bool fine, bool first_is_good)
{
    for (enum rest rest = 0; rest < RESTS; rest++)
        for (int kind = 0; kind < 3; kind++) // even in pieces, even in one piece, not even
            for (enum order order = 0; order < ORDERS; order++) {
                struct way way = {.order = order,
                                  .spread = SPREAD,
                                  .fit = FIT_FIRST,
                                  .rest = rest,
                                  .split = kind == 0,
                                  .even = kind < 2,
                                  .fine = fine,
                                  .cores = s->p->core_count};

                if (attempt(s, &way, first_is_good))
                    return true;
            }
    return false;
}

// For systems so full that the beginning of a period must leave time to others at once: an even
// start takes a part only, and what is left goes by deadlines.
static bool thin_ways(struct search *s)
{
    for (uint64_t thin = 2; thin <= 4; thin++)
        for (enum spread spread = 0; spread < SPREADS; spread++)
            for (int even = 0; even < 2; even++)
                for (enum order order = 0; order < ORDERS; order++) {
                    struct way way = {.order = order,
                                      .spread = spread,
                                      .fit = FIT_FIRST,
                                      .rest = REST_EARLY,
                                      .split = true,
                                      .even = even,
                                      .thin = thin,
                                      .cores = s->p->core_count};

                    if (attempt(s, &way, true))
                        return true;
                }
    return false;
}

static bool chance_ways(struct search *s, bool first_is_good)
{
    for (int tries = 0; tries < 2000; tries++) {
        struct way way = {.order = ORDER_CHANCE,
                          .spread = (enum spread)chance(s, SPREADS),
                          .fit = (enum fit)chance(s, 2),
                          .rest = (enum rest)chance(s, RESTS),
                          .split = chance(s, 4) != 0,
                          .even = chance(s, 4) != 0,
                          .fine = chance(s, 2) != 0,
                          .cores = s->p->core_count};

        if (attempt(s, &way, first_is_good))
            return true;
    }
    return false;
}

static void restore(struct search *s)
{
    clear(s);
    for (size_t i = 0; s->found && i < s->count; i++) {
        struct task *t = s->order[i];
        struct answer *a = &s->best[t->index];

        t->cores = a->cores;
        t->placed = true;
        t->pieces = a->pieces;
        t->jobs = a->jobs;
        for (size_t c = 0; c < BOARD_CORES_MAX; c++)
            if (t->cores >> c & 1)
                s->p->load[c] += task_load(s->p, t);
    }
}

bool search(struct problem *p, const bool *wanted, uint64_t budget, bool first_is_good)
{
    struct search s = {.p = p, .chance = 653};

    s.order = arena_alloc(p->arena, (p->tasks.count + 1) * sizeof *s.order);
    s.best = arena_alloc(p->arena, (p->tasks.count + 1) * sizeof *s.best);
    p->work = 0;
    p->budget = budget;
    EACH(t, &p->tasks) {
        if (t->written)
            continue;
        unplace(p, t);
        if (wanted && !wanted[t->index])
            continue;
        s.order[s.count++] = t;
        s.bound.windows += p->frame / t->period * t->cpus;
    }
    for (size_t cores = 1; cores <= p->core_count; cores++)
        if (even_ways(&s, cores, false, first_is_good))
            break;
    if (!perfect(&s) && !(first_is_good && s.found) && p->work <= budget &&
        !even_ways(&s, p->core_count, true, first_is_good) &&
        !mixed_ways(&s, false, first_is_good) && !mixed_ways(&s, true, first_is_good) &&
        !(!s.found && thin_ways(&s) && first_is_good))
        chance_ways(&s, first_is_good);
    restore(&s);
    return s.found;
}
