// SPDX-License-Identifier: BSD-2-Clause
// What the tests of rta.h work on: the processes of one vcpu as numbers, and the time that it gets.
// Inside analysis/ only.
#ifndef HVBUILD_LOAD_H
#define HVBUILD_LOAD_H

#include "analysis/rta.h"

typedef unsigned __int128 wide;

struct task { // one process; ns
    const struct process *process;
    uint64_t cost, period, offset, jitter, blocking;
    uint64_t deadline;   // NEVER: none
    uint64_t priority;   // 0: not given
    bool recurring;      // released again and again; false: aperiodic
    bool strict;         // released at exact distances from the release point
    const char *unknown; // what is missing to count with it, or NULL
    bool held;           // by a mutex, nobody says for how long
};

struct load { // of one vcpu
    struct task *tasks;
    size_t count;
    bool edf;
    uint64_t overload; // EDF: see rta_overload
};

// What a wcet of that many ns counts for: see rta_cost.
uint64_t load_cost(const struct process *p, uint64_t wcet);

struct load load_of(struct arena *a, const struct partition *p, size_t cpu);

// Whether task j takes time from task i: as urgent as it, or more. EDF: any with a deadline.
bool load_precedes(const struct load *l, size_t j, size_t i);

// Why task i cannot be judged, or NULL; *because: the process that lacks something.
const char *load_unknown(const struct load *l, size_t i, const struct process **because);

// ---- Time that is there -------------------------------------------------------------------------

struct supply {
    const struct service *table; // or, NULL:
    uint64_t period, duration;   // a periodic resource, whose budget may come at any time
};

// The shortest interval that holds `amount` wherever it begins; NEVER: none, or past 2^63.
uint64_t supply_time(const struct supply *s, wide amount);
// Its long-term share: total of frame.
uint64_t supply_total(const struct supply *s);
uint64_t supply_frame(const struct supply *s);

// Work per span of task i and of what precedes it (`own` false: without its own): in the long run.
enum { SHARE_LESS, SHARE_EQUAL, SHARE_MORE, SHARE_UNKNOWN }; // compared with what is there
struct share {
    uint64_t work, span; // span 0: past 2^61; work NEVER: more than the span
};
struct share load_share(const struct load *l, size_t i, bool own);
int share_compare(struct share share, const struct supply *s);

// ---- Tests --------------------------------------------------------------------------------------

struct bound { // any phase
    enum verdict verdict;
    uint64_t response; // NEVER: without bound, or not known
    uint64_t job;
};

// Fixed priority. *steps is what is left of the horizon.
struct bound any_phase_bound(const struct load *l, size_t i, const struct supply *s,
                             uint64_t *steps);
// The window of job `job`: the t of rta.h. For what any_phase_bound found.
uint64_t any_phase_window(const struct load *l, size_t i, const struct supply *s, uint64_t job);
// Work asked for in an interval of length t > 0 that begins at the worst instant.
wide any_phase_demand(const struct load *l, size_t i, uint64_t job, uint64_t t);
// Jobs of task j that are released in such an interval.
uint64_t any_phase_jobs(const struct task *j, uint64_t t);

// EDF: every deadline at once. *overload: an interval that asks too much, or NEVER.
enum verdict edf_test(const struct load *l, const struct supply *s, uint64_t *overload,
                      uint64_t *steps);
wide edf_demand(const struct load *l, uint64_t t);
uint64_t edf_jobs(const struct task *j, uint64_t t); // with their deadline within t
uint64_t edf_blocking(const struct load *l, uint64_t t);

struct releases {           // of a partition
    uint64_t first, period; // period 0: none
};

// Simulates task i and what precedes it. False when the test does not apply or passes the horizon;
// else sets the synchronised part of *r.
bool simulate(const struct load *l, size_t i, const struct service *s, struct releases releases,
              uint64_t *steps, struct response *r);
// Elementary steps that takes, about; NEVER: out of reach, or it does not apply.
uint64_t simulate_cost(const struct load *l, size_t i, const struct service *s,
                       struct releases releases);
// The distinct starts of a run of releases: first, first + step, ... `count` of them.
struct phases {
    uint64_t first, step, count;
};
struct phases phases_of(uint64_t multiple, const struct service *s, struct releases releases);

#endif
