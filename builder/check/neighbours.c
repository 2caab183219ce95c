// SPDX-License-Identifier: BSD-2-Clause
// Rules about partitions that run at the same time on different cores: who may be beside whom, what
// that does to execution times, and what the cores have in common.
#include "check/pass.h"

#include "analysis/timetable.h"
#include <stdlib.h>
#include <string.h>

static const char *name(const struct partition *part)
{
    return word_text(&part->name);
}

// ---- Pairs of partitions ------------------------------------------------------------------------

struct pairs { // a set of pairs, symmetric
    uint64_t *words;
    size_t partitions;
};

static struct pairs pairs_new(struct pass *p)
{
    size_t n = p->model->partitions.count;

    return (struct pairs){arena_alloc(p->arena, (n * n / 64 + 1) * sizeof(uint64_t)), n};
}

static bool pairs_have(const struct pairs *s, const struct partition *a, const struct partition *b)
{
    size_t bit = a->index * s->partitions + b->index;

    return s->words[bit / 64] >> (bit % 64) & 1;
}

static void pairs_add(struct pairs *s, const struct partition *a, const struct partition *b)
{
    size_t ab = a->index * s->partitions + b->index, ba = b->index * s->partitions + a->index;

    s->words[ab / 64] |= 1ull << (ab % 64);
    s->words[ba / 64] |= 1ull << (ba % 64);
}

// Which partitions may run side by side: for each, the co-run sets that it is in.
struct co_runs {
    uint64_t *words;
    size_t per_partition;
};

static struct co_runs co_runs_of(struct pass *p)
{
    size_t per = p->model->co_runs.count / 64 + 1;
    struct co_runs all = {
        arena_alloc(p->arena, (p->model->partitions.count + 1) * per * sizeof(uint64_t)), per};

    EACH(set, &p->model->co_runs) {
        size_t number = (size_t)(set - p->model->co_runs.items);

        EACH(m, &set->members) {
            if (m->partition)
                all.words[m->partition->index * per + number / 64] |= 1ull << (number % 64);
        }
    }
    return all;
}

static bool may_co_run(const struct co_runs *all, const struct partition *a,
                       const struct partition *b)
{
    const uint64_t *x = all->words + a->index * all->per_partition;
    const uint64_t *y = all->words + b->index * all->per_partition;

    for (size_t i = 0; i < all->per_partition; i++)
        if (x[i] & y[i])
            return true;
    return false;
}

// ---- What runs side by side ---------------------------------------------------------------------

struct beside { // the first time in a frame that two partitions may run at once
    const struct slot *early, *late; // in which the first and the second run; `late` starts last
    const struct partition *first, *second;
};

struct besides { // one for each pair of partitions, in order of time
    LIST(struct beside) list;
};

// Who may run in a slot: its owner, then those who get what he does not use.
static size_t runners(const struct slot *slot)
{
    return 1 + slot->window->receivers.count;
}

static const struct partition *runner(const struct slot *slot, size_t n)
{
    const struct window *w = slot->window;

    return n ? w->receivers.items[n - 1].partition : w->partition;
}

// The core whose next slot begins first, or NULL; `at` holds each core's next slot.
static const struct core_plan *next_core(const struct schedule *s, const size_t *at)
{
    const struct core_plan *next = NULL;
    uint64_t earliest = UINT64_MAX;

    EACH(c, &s->cores) {
        size_t i = at[c - s->cores.items];

        if (i < c->slots.count && (!next || c->slots.items[i].start < earliest)) {
            next = c;
            earliest = c->slots.items[i].start;
        }
    }
    return next;
}

// Each who may run in one slot with each who may in the other, unless the pair was seen before.
static void besides_add(struct pass *p, struct besides *found, struct pairs *seen,
                        const struct slot *early, const struct slot *late)
{
    for (size_t i = 0; i < runners(early); i++)
        for (size_t j = 0; j < runners(late); j++) {
            const struct partition *first = runner(early, i), *second = runner(late, j);

            if (!first || !second || first == second || pairs_have(seen, first, second))
                continue;
            pairs_add(seen, first, second);
            *list_add(p->arena, &found->list) = (struct beside){early, late, first, second};
        }
}

// All cores' slots in order of time; each is held against what the other cores run at its start.
// The slots of a core are disjoint (SCHED-006), so that is one each.
static struct besides besides_of(struct pass *p, const struct schedule *s)
{
    const struct slot **running = arena_alloc(p->arena, (s->cores.count + 1) * sizeof *running);
    size_t *at = arena_alloc(p->arena, (s->cores.count + 1) * sizeof *at);
    struct pairs seen = pairs_new(p);
    const struct core_plan *core;
    struct besides found = {0};

    while ((core = next_core(s, at)) != NULL) {
        size_t here = (size_t)(core - s->cores.items);
        const struct slot *slot = &core->slots.items[at[here]++];

        for (size_t c = 0; c < s->cores.count; c++) {
            const struct slot *other = running[c];

            if (c != here && other && other->end > slot->start)
                besides_add(p, &found, &seen, other, slot);
        }
        running[here] = slot;
    }
    return found;
}

// Says where a partition that owns another window may get the rest of this one.
static void note_given(struct pass *p, struct diag *f, const struct slot *slot,
                       const struct partition *part)
{
    if (slot->window->partition != part)
        diag_note(p->diags, f, slot->window->mark, "'%s' may get the rest of this window",
                  name(part));
}

// ---- MC-007: who runs side by side may ----------------------------------------------------------

// A bound on what neighbours do to its times is known.
static bool bounded(const struct partition *part)
{
    return part->wcet_factor.given;
}

static bool levels_differ(const struct partition *a, const struct partition *b)
{
    return a->criticality.given && b->criticality.given &&
           a->criticality.value != b->criticality.value;
}

// Systems that say nothing about co-running are asked only where levels mix, or in the strict
// profile.
static bool wants_declaring(struct pass *p, const struct partition *a, const struct partition *b)
{
    if (bounded(a) && bounded(b))
        return false;
    return p->model->co_runs.count > 0 || p->model->profile == PROFILE_STRICT ||
           levels_differ(a, b);
}

static const char *pair_text(struct pass *p, const struct beside *b)
{
    return arena_printf(p->arena, "'%s' and '%s' from %s", name(b->first), name(b->second),
                        time_text(p->arena, b->late->start));
}

enum { PAIRS_SHOWN = 3 };

static void undeclared(struct pass *p, const struct schedule *s, const struct beside **list,
                       size_t count)
{
    const struct partition *a = list[0]->first, *b = list[0]->second;
    struct diag *f = pass_report(
        p, list[0]->late->window->mark,
        "schedule '%s' runs partitions side by side that no 'co_run' names", word_text(&s->name));

    if (count > 1)
        diag_label(p->diags, f, "%s, the first of %zu pairs", pair_text(p, list[0]), count);
    else
        diag_label(p->diags, f, "%s", pair_text(p, list[0]));
    for (size_t i = 1; i < count && i < PAIRS_SHOWN; i++)
        diag_note(p->diags, f, list[i]->late->window->mark, "%s", pair_text(p, list[i]));
    note_given(p, f, list[0]->early, a);
    note_given(p, f, list[0]->late, b);
    diag_help(p->diags, f,
              "where their interference was measured or bounded, say so: 'co_run: [[%s, %s]]'; "
              "else move their windows apart",
              name(a), name(b));
}

void check_MC_007(struct pass *p)
{
    struct co_runs allowed = co_runs_of(p);

    EACH(s, &p->model->schedules) {
        LIST(const struct beside *) list = {0};
        struct besides all;

        if (s->cores.count < 2 || !pass_clean(p, s) || !pass_clean(p, p->model))
            continue;
        all = besides_of(p, s);
        EACH(b, &all.list) {
            const struct partition *one = b->first, *two = b->second;

            if (pass_clean(p, one) && pass_clean(p, two) && !may_co_run(&allowed, one, two) &&
                wants_declaring(p, one, two))
                *list_add(p->arena, &list) = b;
        }
        if (list.count)
            undeclared(p, s, list.items, list.count);
    }
}

// ---- MC-008: execution times hold beside the neighbours -----------------------------------------

static bool has_times(const struct partition *part)
{
    EACH(process, &part->processes) {
        if (process->wcet.given)
            return true;
    }
    return false;
}

static void times_do_not_hold(struct pass *p, const struct beside *b, const struct partition *part,
                              const struct co_runs *allowed)
{
    const struct partition *other = b->first == part ? b->second : b->first;
    bool alone = part->wcet_basis == WCET_ALONE;
    struct diag *f;

    if (!has_times(part) || part->wcet_basis == WCET_UNSTATED || part->wcet_factor.given ||
        (!alone && may_co_run(allowed, part, other)) || !pass_clean(p, part) ||
        !pass_clean(p, other) || !pass_first(p, part, part))
        return;
    f = pass_report(p, mark_or(part->wcet_basis_at, mark_or(part->name.at, part->mark)),
                    "execution times of partition '%s' were not found beside '%s'", name(part),
                    name(other));
    diag_label(p->diags, f,
               alone ? "found alone" : "found beside the partitions of its 'co_run' sets");
    diag_note(p->diags, f, b->late->window->mark, "'%s' and '%s' both run from %s", name(part),
              name(other), time_text(p->arena, b->late->start));
    note_given(p, f, b->early, b->first);
    note_given(p, f, b->late, b->second);
    if (alone)
        diag_help(p->diags, f,
                  "say how much longer its processes take beside neighbours ('wcet_factor: 130' "
                  "for 130 %%), or measure with them busy and say 'wcet_basis: contended', or move "
                  "the windows apart");
    else
        diag_help(p->diags, f,
                  "measure with '%s' busy too and add 'co_run: [[%s, %s]]', or move the windows "
                  "apart",
                  name(other), name(part), name(other));
}

void check_MC_008(struct pass *p)
{
    struct co_runs allowed = co_runs_of(p);

    EACH(s, &p->model->schedules) {
        struct besides all;

        if (s->cores.count < 2 || !pass_clean(p, s) || !pass_clean(p, p->model))
            continue;
        all = besides_of(p, s);
        EACH(b, &all.list) {
            times_do_not_hold(p, b, b->first, &allowed);
            times_do_not_hold(p, b, b->second, &allowed);
        }
    }
}

// ---- MC-009: shared resources suffice at every instant ------------------------------------------

struct change { // a slot with somebody who has demands begins or ends
    uint64_t at;
    bool begins;
    const struct slot *slot;
    size_t core; // index in the schedule
};

struct changes {
    LIST(struct change) list;
};

static int by_time(const void *a, const void *b)
{
    const struct change *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->begins != y->begins)
        return x->begins ? 1 : -1; // slots are half-open: who leaves has left
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

// A partition that takes of the resources, as far as its own description is sound.
static bool takes(struct pass *p, const struct partition *part)
{
    return part && part->resources.count > 0 && pass_clean(p, part);
}

static struct changes changes_of(struct pass *p, const struct schedule *s)
{
    struct changes all = {0};

    EACH(c, &s->cores) {
        size_t core = (size_t)(c - s->cores.items);

        EACH(slot, &c->slots) {
            bool asks = false;

            for (size_t n = 0; n < runners(slot); n++)
                asks |= takes(p, runner(slot, n));
            if (!asks)
                continue;
            *list_add(p->arena, &all.list) = (struct change){slot->start, true, slot, core};
            *list_add(p->arena, &all.list) = (struct change){slot->end, false, slot, core};
        }
    }
    if (all.list.count)
        qsort(all.list.items, all.list.count, sizeof *all.list.items, by_time);
    return all;
}

struct load { // of one schedule, as the sweep goes on
    const struct schedule *schedule;
    const struct slot **running; // by core; NULL: nobody who has demands
    uint32_t *turns;             // slots in which it may run now, by partition
    uint64_t *sums;              // of all who may run now, by resource
    bool *reported;              // by resource
    // Of the heaviest choice of who really runs: by core, and, while it is looked for, who was
    // tried, by partition, and where, by core.
    const struct partition **chosen;
    bool *tried, *visited;
};

static struct load load_of(struct pass *p, const struct schedule *s)
{
    size_t partitions = p->model->partitions.count + 1, cores = s->cores.count + 1;
    size_t resources = p->model->resources.count;

    return (struct load){
        .schedule = s,
        .running = arena_alloc(p->arena, cores * sizeof(struct slot *)),
        .turns = arena_alloc(p->arena, partitions * sizeof(uint32_t)),
        .sums = arena_alloc(p->arena, resources * sizeof(uint64_t)),
        .reported = arena_alloc(p->arena, resources * sizeof(bool)),
        .chosen = arena_alloc(p->arena, cores * sizeof(struct partition *)),
        .tried = arena_alloc(p->arena, partitions * sizeof(bool)),
        .visited = arena_alloc(p->arena, cores * sizeof(bool)),
    };
}

// What a partition takes of a resource, over all its entries.
static uint64_t share(const struct partition *part, const struct resource *r)
{
    uint64_t sum = 0;

    EACH(use, &part->resources) {
        if (use->resource == r && !add_u64(sum, use->amount.value, &sum))
            return UINT64_MAX;
    }
    return sum;
}

static bool may_run_in(const struct slot *slot, const struct partition *part)
{
    for (size_t n = 0; slot && n < runners(slot); n++)
        if (runner(slot, n) == part)
            return true;
    return false;
}

// Finds a core for one more partition, moving others that have one, if there is a way (Kuhn).
static bool place(struct load *l, const struct partition *part)
{
    for (size_t c = 0; c < l->schedule->cores.count; c++) {
        if (l->visited[c] || !may_run_in(l->running[c], part))
            continue;
        l->visited[c] = true;
        if (!l->chosen[c] || place(l, l->chosen[c])) {
            l->chosen[c] = part;
            return true;
        }
    }
    return false;
}

static const struct partition *heaviest(struct pass *p, const struct load *l,
                                        const struct resource *r)
{
    const struct partition *best = NULL;

    for (size_t c = 0; c < l->schedule->cores.count; c++) {
        for (size_t n = 0; l->running[c] && n < runners(l->running[c]); n++) {
            const struct partition *part = runner(l->running[c], n);

            if (takes(p, part) && !l->tried[part->index] &&
                (!best || share(part, r) > share(best, r)))
                best = part;
        }
    }
    return best;
}

// The most that is taken of a resource at once. A core runs one of those who may run there, and a
// partition that runs on two takes once: the partitions that find cores together are the
// independent sets of a transversal matroid, so taking the heaviest first is exact.
static uint64_t most_taken(struct pass *p, struct load *l, const struct resource *r)
{
    size_t cores = l->schedule->cores.count;
    const struct partition *part;
    uint64_t sum = 0;

    for (size_t c = 0; c < cores; c++)
        l->chosen[c] = NULL;
    memset(l->tried, 0, p->model->partitions.count * sizeof *l->tried);
    while ((part = heaviest(p, l, r)) != NULL) {
        l->tried[part->index] = true;
        memset(l->visited, 0, cores * sizeof *l->visited);
        if (place(l, part) && !add_u64(sum, share(part, r), &sum))
            return UINT64_MAX;
    }
    return sum;
}

static bool is_chosen(const struct load *l, const struct partition *part)
{
    for (size_t c = 0; c < l->schedule->cores.count; c++)
        if (l->chosen[c] == part)
            return true;
    return false;
}

static void overload(struct pass *p, const struct load *l, const struct resource *r,
                     const struct change *change, uint64_t sum)
{
    struct text who = {.arena = p->arena};
    struct diag *f = pass_report(p, change->slot->window->mark,
                                 "resource '%s' is asked for more than there is in schedule '%s'",
                                 word_text(&r->name), word_text(&l->schedule->name));

    EACH(part, &p->model->partitions) {
        uint64_t amount = is_chosen(l, part) ? share(part, r) : 0;

        if (amount)
            text_add(&who, "%s'%s' %llu", who.length ? ", " : "", name(part),
                     (unsigned long long)amount);
    }
    diag_label(p->diags, f, "from %s: %s; together %llu", time_text(p->arena, change->at),
               who.bytes, (unsigned long long)sum);
    diag_note(p->diags, f, mark_or(r->capacity.at, r->mark), "there is %llu of it",
              (unsigned long long)r->capacity.value);
    for (size_t c = 0; c < l->schedule->cores.count; c++)
        if (l->chosen[c])
            note_given(p, f, l->running[c], l->chosen[c]);
    diag_help(p->diags, f, "move these windows apart, or lower what the partitions may take");
}

static void weigh(struct pass *p, struct load *l, const struct change *change)
{
    EACH(r, &p->model->resources) {
        size_t i = (size_t)(r - p->model->resources.items);
        uint64_t most;

        if (!r->capacity.given || l->reported[i] || l->sums[i] <= r->capacity.value)
            continue; // not even all together
        most = most_taken(p, l, r);
        if (most <= r->capacity.value)
            continue;
        l->reported[i] = true;
        overload(p, l, r, change, most);
    }
}

// Adds or takes away a partition's shares when the first slot begins in which it may run, or the
// last one ends.
static void count(struct pass *p, struct load *l, const struct partition *part, bool begins)
{
    uint32_t *turns = &l->turns[part->index];
    bool first = begins && (*turns)++ == 0, last = !begins && --*turns == 0;

    if (!first && !last)
        return;
    EACH(use, &part->resources) {
        uint64_t *sum;

        if (!use->resource || !use->amount.given)
            continue;
        sum = &l->sums[use->resource - p->model->resources.items];
        if (last)
            *sum -= use->amount.value;
        else if (!add_u64(*sum, use->amount.value, sum))
            *sum = UINT64_MAX; // amounts are bounded (SYN-004): cannot be
    }
}

static void apply(struct pass *p, struct load *l, const struct change *change)
{
    l->running[change->core] = change->begins ? change->slot : NULL;
    for (size_t n = 0; n < runners(change->slot); n++)
        if (takes(p, runner(change->slot, n)))
            count(p, l, runner(change->slot, n), change->begins);
}

void check_MC_009(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        struct changes all;
        struct load l;

        if (p->model->resources.count == 0 || !pass_clean(p, s))
            continue;
        l = load_of(p, s);
        all = changes_of(p, s);
        for (size_t i = 0; i < all.list.count; i++) {
            apply(p, &l, &all.list.items[i]);
            if (i + 1 == all.list.count || all.list.items[i + 1].at != all.list.items[i].at)
                weigh(p, &l, &all.list.items[i]);
        }
    }
}
