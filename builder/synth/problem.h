// SPDX-License-Identifier: BSD-2-Clause
// Inside synth/: one schedule as a problem of fitting tasks into the time of cores, and an answer.
//
// A task is what one partition is owed. Its windows are pieces, which stand at the same offset in
// every period, and jobs, which are windows of their own wherever there was room. Few windows and
// even starts are the goal, so pieces are tried first.
#ifndef HVBUILD_SYNTH_PROBLEM_H
#define HVBUILD_SYNTH_PROBLEM_H

#include "model/model.h"

struct range { // ns, [start, end)
    int64_t start, end;
};

struct ranges {
    struct range *items;
    size_t count, room;
};

enum kept_apart { APART_NOT, APART_WISH, APART_ALWAYS };

struct task {
    const struct partition *partition; // NULL: time that is kept idle by hand
    const struct demand *owed;
    bool written;      // its windows stand in the text and stay; they are `jobs`
    bool releases;     // its periods must start at even instants: something in it relies on them
    uint64_t jitter;   // ns that their starts may move at most; ANY_JITTER: no bound
    uint64_t period;   // ns; a part of the partition's when its blackout asks for more turns
    uint64_t length;   // ns in every period, whole ticks
    uint64_t coarse;   // ns; no piece is shorter, while there is another way
    uint64_t shortest; // of the two, as the search decides
    bool offset_given;
    uint64_t offset; // of the first piece
    size_t cpus;
    uint64_t allowed; // cores, one bit each
    bool at_home;     // another schedule has chosen its cores: home[vcpu]
    uint32_t home[BOARD_CORES_MAX];
    uint32_t index; // in the problem

    // The answer.
    uint64_t cores;
    bool placed;
    struct ranges pieces; // in [0, period)
    struct ranges jobs;   // in the frame, sorted
};

struct problem {
    struct arena *arena;
    const struct model *model;
    struct schedule *schedule;
    uint64_t frame;
    uint64_t quantum;  // ns; every window is a multiple of it
    uint64_t least;    // ns; the shortest window
    uint64_t grid;     // ns; periods, lengths and offsets are multiples of it
    uint64_t gap;      // ns between windows of different partitions on a core
    uint64_t skew;     // ns between partitions on different cores that are kept apart
    uint64_t capacity; // ns of each core in a frame that may be given away
    uint64_t most_windows;
    size_t core_count; // of the board
    LIST(struct task) tasks;
    uint8_t *apart;                 // enum kept_apart of two tasks, `tasks.count` to a row
    bool wishes;                    // APART_WISH counts as well
    uint64_t load[BOARD_CORES_MAX]; // ns in a frame, of the tasks placed
    uint64_t work, budget;          // steps done, and when to stop: the same on every machine
    struct ranges busy, free;       // scratch
};

typedef unsigned __int128 wide;

#define ANY_JITTER UINT64_MAX

static inline enum kept_apart tasks_apart(const struct problem *p, const struct task *a,
                                          const struct task *b)
{
    return (enum kept_apart)p->apart[a->index * p->tasks.count + b->index];
}

static inline uint64_t task_load(const struct problem *p, const struct task *t)
{
    return t->length * (p->frame / t->period);
}

static inline uint64_t up_to(uint64_t value, uint64_t step)
{
    return (value + step - 1) / step * step;
}

static inline void range_add(struct arena *a, struct ranges *r, int64_t start, int64_t end)
{
    *list_add(a, r) = (struct range){start, end};
}

// ---- problem.c ----------------------------------------------------------------------------------

// The problem of a schedule. `blackouts`: honour the bounds on time without service. NULL when a
// demand is one that a rule refuses, or *why says why there can be no windows (at *where).
struct problem *problem_make(struct arena *a, const struct model *m, struct schedule *s,
                             bool blackouts, const char **why, struct mark *where);

// ---- place.c: one task into the time that the placed ones leave ---------------------------------

enum fit { FIT_FIRST, FIT_TIGHT }; // which of several gaps

// Pieces at the same offsets in every period; `split`: in several if one does not fit. False leaves
// the task without any.
bool place_even(struct problem *p, struct task *t, uint64_t cores, enum fit fit, bool split);
// The beginning of every period at the same offset, the rest is left for place_jobs. It is as long
// as there is room; with `part` > 0 at most that part of the length, rounded up to the grid.
bool place_anchor(struct problem *p, struct task *t, uint64_t cores, uint64_t part);
// What the pieces do not give of every period of `count` tasks, in order of deadlines. `early`: as
// early as can be (EDF), else in few windows. False when there is no room.
bool place_jobs(struct problem *p, struct task **tasks, size_t count, bool early);
void unplace(struct problem *p, struct task *t);

// ---- search.c -----------------------------------------------------------------------------------

struct score { // less is better, in this order
    uint64_t windows, jitter, cores;
};

// Places the tasks that are `wanted` (by index; NULL: all). False when nothing was found within
// `budget` steps.
bool search(struct problem *p, const bool *wanted, uint64_t budget, bool first_is_good);

// ---- conflict.c ---------------------------------------------------------------------------------

// Reports SCHED-026 for a problem without an answer: the fewest demands that are at odds.
void report_conflict(struct problem *p, struct diags *d);

#endif
