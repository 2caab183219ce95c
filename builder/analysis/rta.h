// SPDX-License-Identifier: BSD-2-Clause
// Schedulability of the processes of one partition in the windows of one schedule, exactly and in
// integers. Three tests, each with its terms kept so that any number can be asked for its reason:
//
//   any phase    releases anywhere relative to the windows. Fixed priority: the first t with
//                sbf(t) >= C + B + sum over more urgent j of ceil((t + Jj)/Pj) Cj (RTA-002: Audsley
//                and Wellings 1996, Mok and Feng 2001, Shin and Lee 2003), every job of the busy
//                period when a deadline is longer than the period; response t + J.
//   synchronised releases at the partition's release points: periodic processes without jitter,
//                simulated job by job over lcm(frame, periods), for every period of the frame in
//                which the partition may have started (RTA-003).
//   EDF          dbf(t) <= sbf(t) at every deadline up to the bound of the busy period (RTA-004),
//                or the same simulation where releases are synchronised.
//
// A process is bound to one vcpu; those of other vcpus do not interfere. Equal priorities, and
// priorities that are not given, count as more urgent on both sides. What passes the horizon is
// NOT_PROVED (RTA-007).
#ifndef HVBUILD_RTA_H
#define HVBUILD_RTA_H

#include "analysis/service.h"

enum verdict { PROVED, REFUTED, NOT_PROVED };

// Elementary steps for one process, or one search, before an answer is given up.
enum { RTA_HORIZON = 1 << 24 };

struct response { // of one process
    const struct process *process;
    enum verdict verdict;          // against its deadline, by the best test that applies
    const char *why_not;           // NOT_PROVED: what is missing or was reached, in a few words
    const struct process *because; // NOT_PROVED: the process that lacks something; may be another
    uint64_t deadline;             // ns from the release; NEVER: none
    // Any phase. EDF: the deadline when every deadline is proved.
    uint64_t any_phase; // ns from the release; NEVER: without bound, or not known
    uint64_t job;       // job of the busy period, from 0, that has this response
    // Synchronised.
    bool synchronised; // the offset-aware test applies, and `exact` is its answer
    uint64_t exact;    // ns: longest response of any job; NEVER: it grows without bound
    uint64_t phase;    // ns in the frame: where the releases of that job's run began
    uint64_t busy;     // ns: since when the processor was busy with this or more urgent work
    uint64_t release;  // ns: release of that job
    uint64_t detected; // ns after the deadline at which a miss is acted on, at most (RTA-008)
};

struct load;

struct rta { // of one partition in one schedule
    const struct partition *partition;
    const struct timetable *timetable;
    const struct service *services; // by vcpu
    struct load *loads;             // by vcpu
    struct response *responses;     // by process
    // The vcpu that is asked for most of what it has (RTA-001): ns of work, and of service, in
    // `span` ns. span 0: past 2^61, not computed. demand NEVER: past 2^64.
    uint64_t demand, supply, span;
    size_t busiest;
    // Release points of the partition: `first_release` and every `release_period` from there;
    // release_period 0: it has none, or uneven ones.
    uint64_t first_release, release_period;
};

// `services` by vcpu; NULL: they are made. NULL when no process has a wcet, or nothing runs.
struct rta *rta_make(struct arena *a, const struct model *m, const struct timetable *t,
                     const struct partition *p, const struct service *services);

const struct response *rta_response(const struct rta *r, const struct process *p);

// The vcpu that it is bound to; a vcpu that does not exist is answered for by the first.
static inline size_t rta_cpu(const struct rta *r, const struct process *p)
{
    bool exists = p->cpu.given && p->cpu.value < timetable_vcpus(r->partition);

    return exists ? (size_t)p->cpu.value : 0;
}

// The wcet that is counted: found alone, and stretched by what neighbours cost (MC-008).
uint64_t rta_cost(const struct process *p);

// The longest response that the best test that applies admits; NEVER: without bound.
static inline uint64_t response_bound(const struct response *r)
{
    return r->synchronised ? r->exact : r->any_phase;
}

// For EDF: an interval for which more is asked than it holds at worst, of a vcpu whose deadlines
// are refuted in any phase; NEVER: there is none, or it is not known.
uint64_t rta_overload(const struct rta *r, size_t cpu);

// The inequality of a process with its values, term by term, as `hvbuild schedule --why` prints it.
void rta_explain(struct arena *a, struct text *out, const struct rta *r, const struct process *p);

// The longest wcet of a process, as written and lengthened in steps of `step` ns, with which every
// process that is proved stays so; its own when nothing more fits; NEVER: not known, because it is
// not proved itself or the search reached its horizon.
uint64_t rta_longest_wcet(struct arena *a, const struct rta *r, const struct process *p,
                          uint64_t step);

// The smallest duration in every `period` of the partition, in steps of `step` ns, that keeps all
// its processes schedulable wherever the period's windows fall: the exact periodic resource bound
// of Shin and Lee 2003, sbf(t) = t - (k+1)(T-D) or (k-1)D. Processor time: where the switch cost is
// part of the window, it comes on top. NEVER when the whole period is too little, or the answer is
// not known (*why then says which).
uint64_t rta_least_duration(struct arena *a, const struct partition *p, uint64_t period,
                            uint64_t step, const char **why);
// The step in which the times of a partition are written: the largest power of ten ns that divides
// them all.
uint64_t rta_step(const struct partition *p, uint64_t period);

#endif
