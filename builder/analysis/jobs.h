// SPDX-License-Identifier: BSD-2-Clause
// When the jobs of a process are released, start and end: once all processes have started, in the
// windows of a schedule, over everything that repeats. What latencies are made of.
//
// Each instant is an interval whose ends can both occur: execution times lie between bcet and wcet.
// Jobs whose releases are known are simulated twice, with the most work before them and with the
// least. With jitter, blocking, or work that comes at any time, the ends are bounds: a job starts
// after its release at the first service and ends within the response that rta.h proves.
//
// A partition is released at its release points, but in which of its periods it began to run is
// known to nobody: a process whose period is longer than its partition's has several phases.
#ifndef HVBUILD_JOBS_H
#define HVBUILD_JOBS_H

#include "analysis/rta.h"

// What stands in the way when too much would have to be counted.
extern const char past_horizon[];

struct span_of_time { // ns; both ends can occur
    uint64_t least, most;
};

struct job { // ns from the start of some frame
    struct span_of_time release, start, end;
};

struct jobs {
    const struct partition *partition;
    const struct process *process; // NULL: the partition's windows stand for one
    struct job *items; // those of one span; each instant no earlier than that of the job before
    size_t count;
    uint64_t span;                 // ns after which they come again; the first release is in it
    const char *why_not;           // count 0: what is missing, in a few words
    const struct process *because; // count 0: the process that lacks it; NULL: the partition
};

// The n-th job, from 0; spans follow each other.
static inline struct job jobs_at(const struct jobs *j, uint64_t n)
{
    struct job job = j->items[n % j->count];
    uint64_t shift = n / j->count * j->span;

    job.release.least += shift;
    job.release.most += shift;
    job.start.least += shift;
    job.start.most += shift;
    job.end.least += shift;
    job.end.most += shift;
    return job;
}

// A partition without processes that say what they do: one job in each of its periods, which is
// released at the first window of the period and reads and publishes anywhere in the windows that
// begin in it. Without a period each window has its job.
struct jobs *jobs_of_windows(struct arena *a, const struct timetable *t, const struct partition *p);

// The number of phases of a partition's processes; 0: past the horizon, or no release points.
uint64_t jobs_phases(const struct rta *r);

// The jobs of a process when the partition began in its period `phase`. *steps is what is left of
// the horizon. Past 2^59 ns, or the horizon, there are none.
struct jobs *jobs_of_process(struct arena *a, const struct rta *r, const struct process *p,
                             uint64_t phase, uint64_t *steps);

#endif
