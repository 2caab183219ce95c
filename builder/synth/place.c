// SPDX-License-Identifier: BSD-2-Clause
// One task into the time that the placed ones leave: at even offsets in every period, or job by
// job.
//
// A window every T of length d and one every U of length e never meet exactly when, modulo
// gcd(T, U), each begins after the other has ended (Korst, Aarts and Lenstra 1996). So the offsets
// that are free for a period T are found modulo T, without unfolding the frame.
#include "problem.h"

#include <stdlib.h>
#include <string.h>

enum { FOLDS_MAX = 1 << 20 }; // repetitions of one obstacle inside a period

// ---- Obstacles ----------------------------------------------------------------------------------

// How far `t` on these cores must stay from a placed task; false: they have nothing to do with each
// other.
static bool distance(const struct problem *p, const struct task *t, uint64_t cores,
                     const struct task *other, uint64_t *gap)
{
    enum kept_apart apart = tasks_apart(p, t, other);

    if (other == t || !other->placed)
        return false;
    if (cores & other->cores) {
        *gap = other->partition && other->partition != t->partition ? p->gap : 0;
        if (apart == APART_ALWAYS && *gap < p->skew && cores != other->cores)
            *gap = p->skew;
        return true;
    }
    *gap = apart == APART_ALWAYS ? p->skew : 0;
    return apart == APART_ALWAYS || (apart == APART_WISH && p->wishes);
}

static int by_start(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

// What `busy` leaves of [from, to), in order, into `free`.
static void invert(struct problem *p, int64_t from, int64_t to)
{
    p->free.count = 0;
    if (p->busy.count)
        qsort(p->busy.items, p->busy.count, sizeof *p->busy.items, by_start);
    EACH(r, &p->busy) {
        if (r->start > from)
            range_add(p->arena, &p->free, from, r->start < to ? r->start : to);
        if (r->end > from)
            from = r->end;
        if (from >= to)
            return;
    }
    range_add(p->arena, &p->free, from, to);
}

// Everything that a range of length `length` at `start`, repeated every `step`, takes of [0,
// period). False when it leaves nothing.
static bool fold(struct problem *p, int64_t start, int64_t length, int64_t step, int64_t period)
{
    if (length >= step || period / step > FOLDS_MAX)
        return false;
    start %= step;
    if (start > 0)
        start -= step;
    for (; start < period; start += step, p->work++)
        if (start + length > 0)
            range_add(p->arena, &p->busy, start, start + length);
    return true;
}

// The offsets of a period at which nothing else ever runs.
static void free_offsets(struct problem *p, const struct task *t, uint64_t cores)
{
    int64_t period = (int64_t)t->period;

    p->busy.count = p->free.count = 0;
    EACH(other, &p->tasks) {
        uint64_t gap;
        int64_t step;

        if (!distance(p, t, cores, other, &gap))
            continue;
        step = (int64_t)gcd_u64(t->period, other->period);
        EACH(r, &other->pieces) {
            if (!fold(p, r->start - (int64_t)gap, r->end - r->start + 2 * (int64_t)gap, step,
                      period))
                return;
        }
        EACH(r, &other->jobs) {
            if (!fold(p, r->start - (int64_t)gap, r->end - r->start + 2 * (int64_t)gap, period,
                      period))
                return;
        }
    }
    invert(p, 0, period);
    p->work += p->busy.count;
}

// Adds what a placed task takes near [from, to), which may reach over the ends of the frame.
static void near_pieces(struct problem *p, const struct task *other, int64_t gap, int64_t from,
                        int64_t to)
{
    int64_t step = (int64_t)other->period;

    EACH(r, &other->pieces) {
        int64_t last = r->end + gap, shift = (from - last) / step * step;

        while (r->end + gap + shift > from)
            shift -= step;
        for (shift += step; r->start - gap + shift < to; shift += step, p->work++)
            range_add(p->arena, &p->busy, r->start - gap + shift, r->end + gap + shift);
    }
}

static void near_jobs(struct problem *p, const struct task *other, int64_t gap, int64_t from,
                      int64_t to, int64_t shift)
{
    size_t low = 0, high = other->jobs.count;

    while (low < high) { // the first that ends after `from`
        size_t middle = low + (high - low) / 2;

        if (other->jobs.items[middle].end + gap + shift <= from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < other->jobs.count && other->jobs.items[low].start - gap + shift < to; low++) {
        const struct range *r = &other->jobs.items[low];

        range_add(p->arena, &p->busy, r->start - gap + shift, r->end + gap + shift);
        p->work++;
    }
}

// The free time in [from, to) of the frame.
static void free_time(struct problem *p, const struct task *t, int64_t from, int64_t to)
{
    int64_t frame = (int64_t)p->frame;

    p->busy.count = 0;
    EACH(other, &p->tasks) {
        uint64_t gap;

        p->work++;
        if (!distance(p, t, t->cores, other, &gap))
            continue;
        near_pieces(p, other, (int64_t)gap, from, to);
        for (int64_t shift = -frame; shift <= frame; shift += frame)
            near_jobs(p, other, (int64_t)gap, from, to, shift);
    }
    near_pieces(p, t, 0, from, to);
    invert(p, from, to);
    p->work += 2 * p->busy.count;
}

// ---- Filling free time --------------------------------------------------------------------------

static int64_t whole(const struct problem *p, int64_t length)
{
    return length / (int64_t)p->quantum * (int64_t)p->quantum;
}

// How much of `room` to take for `need`, so that no rest is shorter than `least`; 0: nothing.
static int64_t portion(const struct problem *p, int64_t room, int64_t need, int64_t least)
{
    int64_t take = whole(p, room);

    if (take >= need)
        return need;
    if (need - take < least)
        take = whole(p, need - least);
    return take >= least ? take : 0;
}

// The free range that holds `need` in one piece: the first, or the tightest.
static const struct range *one_range(const struct problem *p, int64_t need, enum fit fit)
{
    const struct range *best = NULL;

    EACH(r, &p->free) {
        if (r->end - r->start < need)
            continue;
        if (fit == FIT_FIRST)
            return r;
        if (!best || r->end - r->start < best->end - best->start)
            best = r;
    }
    return best;
}

static int by_length(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    int64_t m = x->end - x->start, n = y->end - y->start;

    return m != n ? (m > n ? -1 : 1) : by_start(a, b);
}

// Takes `need` from the free ranges in pieces of at least `least`: `early` the first ones, else the
// longest. Sorted by start into `out`; false when it does not suffice.
static bool many_ranges(struct problem *p, int64_t need, int64_t least, bool early,
                        struct ranges *out)
{
    size_t first = out->count;

    if (!early && p->free.count)
        qsort(p->free.items, p->free.count, sizeof *p->free.items, by_length);
    EACH(r, &p->free) {
        int64_t take = portion(p, r->end - r->start, need, least);

        if (take == need && !early) { // the last piece: where it leaves the least behind
            for (const struct range *next = r + 1; next < r_end; next++)
                if (next->end - next->start >= need)
                    r = (struct range *)next;
        }
        if (take == 0)
            continue;
        range_add(p->arena, out, r->start, r->start + take);
        need -= take;
        if (need == 0)
            break;
    }
    if (need > 0) {
        out->count = first;
        return false;
    }
    qsort(out->items + first, out->count - first, sizeof *out->items, by_start);
    return true;
}

// ---- Even windows -------------------------------------------------------------------------------

static void settle(struct problem *p, struct task *t, uint64_t cores)
{
    t->cores = cores;
    t->placed = true;
    for (size_t c = 0; c < BOARD_CORES_MAX; c++)
        if (cores >> c & 1)
            p->load[c] += task_load(p, t);
}

void unplace(struct problem *p, struct task *t)
{
    for (size_t c = 0; t->placed && c < BOARD_CORES_MAX; c++)
        if (t->cores >> c & 1)
            p->load[c] -= task_load(p, t);
    t->placed = false;
    t->cores = 0;
    t->pieces.count = t->jobs.count = 0;
}

// Leaves of the free ranges what follows the required offset, which must be free itself.
static bool from_offset(struct problem *p, const struct task *t)
{
    int64_t offset = (int64_t)t->offset;
    size_t kept = 0;

    if (!t->offset_given)
        return p->free.count > 0;
    EACH(r, &p->free) {
        if (r->end <= offset)
            continue;
        if (kept == 0 && r->start > offset)
            return false;
        if (r->start < offset)
            r->start = offset;
        p->free.items[kept++] = *r;
    }
    p->free.count = kept;
    return kept > 0;
}

bool place_even(struct problem *p, struct task *t, uint64_t cores, enum fit fit, bool split)
{
    int64_t need = (int64_t)t->length;
    const struct range *one;

    free_offsets(p, t, cores);
    if (!from_offset(p, t))
        return false;
    t->pieces.count = t->jobs.count = 0;
    if (t->offset_given) { // the first piece stands where it must
        struct range first = p->free.items[0];
        int64_t take = portion(p, first.end - first.start, need, (int64_t)t->shortest);

        if (take == 0 || (take < need && !split))
            return false;
        range_add(p->arena, &t->pieces, first.start, first.start + take);
        p->free.items[0].start += take;
        need -= take;
    } else if ((one = one_range(p, need, fit))) {
        range_add(p->arena, &t->pieces, one->start, one->start + need);
        need = 0;
    }
    if (need > 0 && (!split || !many_ranges(p, need, (int64_t)t->shortest, false, &t->pieces))) {
        t->pieces.count = 0;
        return false;
    }
    settle(p, t, cores);
    return true;
}

bool place_anchor(struct problem *p, struct task *t, uint64_t cores, uint64_t part)
{
    int64_t need = (int64_t)t->length, least = (int64_t)t->shortest, best = 0;
    int64_t most = part ? (int64_t)up_to(t->length / part, p->grid) : need;
    const struct range *longest = NULL;

    free_offsets(p, t, cores);
    if (!from_offset(p, t))
        return false;
    EACH(r, &p->free) {
        int64_t room = r->end - r->start;
        int64_t take = portion(p, room < most ? room : most, need, least);

        if (take > best) {
            best = take;
            longest = r;
        }
        if (t->offset_given)
            break;
    }
    if (!longest)
        return false;
    t->pieces.count = t->jobs.count = 0;
    range_add(p->arena, &t->pieces, longest->start, longest->start + best);
    settle(p, t, cores);
    return true;
}

// ---- Job by job ---------------------------------------------------------------------------------

struct cursor { // the next job of a task
    struct task *task;
    uint64_t k;
    int64_t offset; // at which its last job began
};

static int64_t deadline_of(const struct cursor *c)
{
    return (int64_t)((c->k + 1) * c->task->period);
}

// In one window where that is possible: at the offset of the job before, else the first that fits.
static bool one_window(struct problem *p, struct cursor *c, int64_t release, int64_t need)
{
    struct task *t = c->task;
    int64_t wanted = (int64_t)(c->k * t->period) + c->offset;
    const struct range *r;

    EACH(f, &p->free) {
        if (c->k > 0 && f->start <= wanted && wanted + need <= f->end && wanted >= release) {
            range_add(p->arena, &t->jobs, wanted, wanted + need);
            return true;
        }
    }
    r = one_range(p, need, FIT_FIRST);
    if (!r)
        return false;
    range_add(p->arena, &t->jobs, r->start, r->start + need);
    return true;
}

static bool place_job(struct problem *p, struct cursor *c, bool early)
{
    struct task *t = c->task;
    int64_t start = (int64_t)(c->k * t->period), need = (int64_t)t->length, release = start;
    size_t before = t->jobs.count;

    EACH(r, &t->pieces) {
        need -= r->end - r->start;
        release = start + r->end;
    }
    if (need == 0)
        return true;
    free_time(p, t, release, deadline_of(c));
    if (!(!early && one_window(p, c, release, need)) &&
        !many_ranges(p, need, (int64_t)(early ? p->least : t->shortest), early, &t->jobs))
        return false;
    c->offset = t->jobs.items[before].start - start;
    return t->jobs.count <= p->most_windows;
}

bool place_jobs(struct problem *p, struct task **tasks, size_t count, bool early)
{
    struct cursor *cursors = arena_alloc(p->arena, (count + 1) * sizeof *cursors);

    for (size_t i = 0; i < count; i++) {
        cursors[i].task = tasks[i];
        tasks[i]->placed = true;
    }
    for (;;) {
        struct cursor *next = NULL;

        for (size_t i = 0; i < count; i++) {
            struct cursor *c = &cursors[i];

            if (c->k >= p->frame / c->task->period)
                continue;
            // With equal deadlines the shorter period goes first: its jobs have less choice.
            if (!next || deadline_of(c) < deadline_of(next) ||
                (deadline_of(c) == deadline_of(next) && c->task->period < next->task->period))
                next = c;
        }
        if (!next)
            return true;
        if (p->work > p->budget || !place_job(p, next, early))
            return false;
        next->k++;
    }
}
