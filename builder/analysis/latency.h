// SPDX-License-Identifier: BSD-2-Clause
// How old data is: through one channel, and along a chain of processes, computed on the real window
// table over the common multiple of what repeats.
//
// A writer publishes when its job ends: between its best and its worst response after the release.
// A reader samples between its release and its end. Without processes, a partition is taken to
// write at the end, and to read at the start, of each of its windows that begins a period.
#ifndef HVBUILD_LATENCY_H
#define HVBUILD_LATENCY_H

#include "analysis/rta.h"

struct span_of_time { // ns; both ends can occur
    uint64_t least, most;
};

struct channel_latency { // one destination of one channel in one schedule
    const struct channel *channel;
    const struct port *to;
    const struct process *writer, *reader; // NULL: the partition's windows stand for it
    enum verdict verdict; // NOT_PROVED: a response is unknown, or the horizon passed
    const char *why_not;
    uint64_t write_interval;     // ns: the longest time between two writes
    struct span_of_time latency; // ns from publishing to the first read that sees it
    uint64_t age;                // ns: the oldest value that a read can see, against `refresh`
    bool reader_first;           // the reader's window precedes the writer's in the frame (LAT-005)
    uint64_t backlog;            // queuing: the most messages that wait at once; NEVER: it grows
    uint64_t wait;               // queuing: ns that a message waits at most; NEVER: without bound
};

struct chain_latency {
    const struct chain *chain;
    enum verdict verdict;
    const char *why_not;
    struct span_of_time reaction; // ns from an input to the first output that depends on it
    struct span_of_time age;      // ns between an output and the input it depends on
    uint64_t jitter;              // ns
};

// One for each destination, in the order of channel->to. `rtas` by partition index, NULL where
// there is none. An endpoint that did not resolve gives NOT_PROVED.
struct channel_latency *channel_latencies(struct arena *a, const struct model *m,
                                          const struct timetable *t, struct rta *const *rtas,
                                          const struct channel *c);
struct chain_latency chain_latency(struct arena *a, const struct model *m,
                                   const struct timetable *t, struct rta *const *rtas,
                                   const struct chain *c);

// The sum of a chain or of a channel's latency term by term, as `hvbuild schedule --why` prints it.
void chain_explain(struct arena *a, struct text *out, const struct model *m,
                   const struct timetable *t, struct rta *const *rtas, const struct chain *c);
void channel_explain(struct arena *a, struct text *out, const struct channel_latency *l);

#endif
