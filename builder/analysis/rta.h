// SPDX-License-Identifier: BSD-2-Clause
// Schedulability of the processes of one partition in the windows of one schedule, exactly and in
// integers. Three tests, each with its terms kept so that any number can be asked for its reason:
//
//   any phase    releases anywhere relative to the windows. Fixed priority: the first t with
//                sbf(t) >= C + B + sum over more urgent j of ceil((t + Jj)/Pj) Cj (RTA-002: Audsley
//                and Wellings 1996, Mok and Feng 2001, Shin and Lee 2003), every job of the busy
//                period when a deadline is longer than the period; response t + J.
//   synchronised releases at the partition's release points: periodic processes without jitter,
//                simulated job by job over lcm(frame, periods) (RTA-003).
//   EDF          dbf(t) <= sbf(t) at every deadline up to the bound of the busy period (RTA-004).
//
// A process is bound to one vcpu; those of other vcpus do not interfere. Equal priorities count as
// more urgent on both sides. What passes the horizon is NOT_PROVED (RTA-007).
#ifndef HVBUILD_RTA_H
#define HVBUILD_RTA_H

#include "analysis/service.h"

enum verdict { PROVED, REFUTED, NOT_PROVED };

// Steps and simulated jobs for one partition, before an answer is given up.
enum { RTA_HORIZON = 4000000 };

struct response { // of one process
    const struct process *process;
    enum verdict verdict; // against its deadline, by the best test that applies
    const char *why_not;  // NOT_PROVED: what was reached, in a few words
    uint64_t any_phase;   // ns; NEVER: none found below the deadline's limit
    bool synchronised;    // the offset-aware test applies, and `exact` is its answer
    uint64_t exact;       // ns: longest response of any job; NEVER: a job never ends in time
    uint64_t deadline;    // ns; NEVER: none
    uint64_t detected;    // ns after the deadline at which a miss is acted on, at most (RTA-008)
};

struct rta { // of one partition in one schedule
    const struct partition *partition;
    const struct timetable *timetable;
    struct service *services;   // by vcpu
    struct response *responses; // by process
    uint64_t demand, supply;    // RTA-001 as a fraction: ns of work and of service in `span` ns
    uint64_t span;              // (0: past 2^61, not computed)
};

// NULL when the partition has no processes with a wcet, or no service, or a frame of 0.
struct rta *rta_make(struct arena *a, const struct model *m, const struct timetable *t,
                     const struct partition *p);

// The inequality of a process with its values, term by term, as `hvbuild schedule --why` prints it.
void rta_explain(struct arena *a, struct text *out, const struct rta *r, const struct process *p);

// The smallest duration in every `period` of the partition, in steps of `step` ns, that keeps all
// its processes schedulable wherever the period's windows fall: the exact periodic resource bound
// of Shin and Lee 2003, sbf(t) = t - (k+1)(T-D) or (k-1)D. NEVER when the whole period is too
// little or the horizon was reached (*why then says which).
uint64_t rta_least_duration(struct arena *a, const struct partition *p, uint64_t period,
                            uint64_t step, const char **why);

#endif
