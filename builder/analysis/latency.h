// SPDX-License-Identifier: BSD-2-Clause
// How old data is: through one channel, and along a chain of processes, computed on the real window
// table over the common multiple of what repeats.
//
//   publishing  A job publishes what it writes when it ends.
//   reading     A job reads when it first gets the processor. It sees everything that was published
//               up to that instant, and that instant too.
//
// Without a process that says that it works on a port, the partition's windows stand for one job in
// each period, which reads and publishes anywhere in the windows that begin in the period.
//
//   latency     of a message: from its publishing to the first read that sees it. A message that is
//               overwritten before any read has none.
//   age         of a value: from its publishing to a read that sees it, any one.
//   backlog     messages that wait in a queue just before a read takes some, when the queue was
//   empty
//               at any one instant since both ends run. What a writer sends before the reader has
//               started is not in it; where as much is written as can be taken, that never drains.
//   reaction    of a chain, first to first (Feiertag, Richter, Nordlander and Jonsson 2009, "A
//               compositional framework for end-to-end path delay calculation"): from an input to
//               the end of the first job of the last process that depends on it or on a later one.
//               An input can come at any time; at worst it comes just after the first process has
//               read, and waits for its next job.
//   age         of a chain, last to last: from the read of the input by the first process to the
//   end
//               of the job of the last process whose output depends on it.
//   jitter      of a chain: by how much the response of its last process varies.
//
// A crossing into another partition costs at most one period of the receiver more than a step
// inside one, the sampling delay of AADL flow latency analysis (OSATE). All figures hold once every
// process has started, for any period in which the partitions may have begun to run. Where bcet =
// wcet and releases are known, they are exact; else the ends of intervals are combined as if jobs
// were independent, which can only make the intervals wider. Inside one partition the order of
// fixed priorities is kept: a job does not start while a more urgent one waits.
#ifndef HVBUILD_LATENCY_H
#define HVBUILD_LATENCY_H

#include "analysis/analyses.h"
#include "analysis/jobs.h"

// Elementary steps for one channel or one chain, before an answer is given up.
enum { LATENCY_HORIZON = 1 << 24 };

struct sight { // ns on one time line: a read that sees what a job published
    uint64_t published, read;
};

struct channel_latency { // one destination of one channel in one schedule
    const struct channel *channel;
    const struct port *to;
    const struct process *writer, *reader; // NULL: the partition's windows stand for it. Of several
                                           // the ones with the figures below
    enum verdict verdict;                  // PROVED: the figures hold. Else NOT_PROVED
    const char *why_not;                   // NOT_PROVED: what is missing or was reached
    const struct process *because;         // NOT_PROVED: the process that lacks it, or NULL
    const struct partition *because_of;    // NOT_PROVED: likewise the partition, or NULL
    uint64_t frame;                        // ns: the schedule's
    // Sampling.
    uint64_t write_interval;      // ns: the longest time between two writes
    struct span_of_time latency;  // ns
    uint64_t age;                 // ns: the oldest value that a read can see, against `refresh`
    struct sight slowest, oldest; // where latency.most and age occur
    bool reader_first;            // the reader's windows all precede the writer's (LAT-005)
    // Queuing.
    bool counted;     // processes say how many messages they move: the figures are known
    uint64_t written; // messages in `span` ns
    uint64_t taken;   // messages that are taken in `span` ns, if they are there
    uint64_t span;
    uint64_t backlog; // messages that wait at once, at most; NEVER: it grows
    uint64_t wait;    // ns from publishing to being taken, at most; NEVER: without bound
};

struct hop { // ns on one time line: the job of a step on the worst path
    uint64_t release, end;
};

struct chain_latency {
    const struct chain *chain;
    enum verdict verdict;
    const char *why_not;
    const struct process *because;
    uint64_t frame; // ns: the schedule's
    size_t broken;  // the step to which nothing leads from the one before it; 0: none
    struct span_of_time reaction, age; // ns
    uint64_t jitter;                   // ns
    // The worst paths, step by step.
    uint64_t input, age_input; // ns: when the input came, and when it was read
    struct hop *reaction_path, *age_path;
};

struct latencies; // of one schedule; each figure is made when somebody first asks for it
struct latencies *latencies_new(struct arena *a, const struct model *m, struct analyses *x,
                                const struct schedule *s);

// One for each destination, in the order of channel->to. NULL when the channel has no source or an
// end that did not resolve, or when its source does not run in this schedule.
const struct channel_latency *latencies_channel(struct latencies *l, const struct channel *c);
// NULL when a step did not resolve or does not run in this schedule.
const struct chain_latency *latencies_chain(struct latencies *l, const struct chain *c);

// The sums term by term, as `hvbuild schedule --why` prints them.
void chain_explain(struct arena *a, struct text *out, const struct chain_latency *l);
void channel_explain(struct arena *a, struct text *out, const struct channel_latency *l);

// ---- Inside analysis/ ---------------------------------------------------------------------------

struct ends { // the processes at one end of a channel; count 0: the windows stand for them
    const struct port *port;
    const struct process **processes;
    uint64_t *messages; // per job
    size_t count;
};

struct ends latencies_ends(struct latencies *l, const struct port *port, bool writes);
// Jobs in a phase of their partition, kept; p NULL: of the windows.
const struct jobs *latencies_jobs(struct latencies *l, const struct partition *part,
                                  const struct process *p, uint64_t phase, uint64_t *steps);
// Phases of the partition's processes; 0: not countable. 1 when the windows stand for them.
uint64_t latencies_phases(struct latencies *l, const struct partition *part, bool windows);

// Which instants decide whether a reader sees a writer's job: under fixed priorities on one vcpu
// their order is known.
enum order { ORDER_FREE, ORDER_WRITER_FIRST, ORDER_READER_FIRST };
enum order order_of(const struct jobs *writer, const struct jobs *reader);

static inline struct span_of_time published(enum order order, struct job writer)
{
    return order == ORDER_WRITER_FIRST ? writer.release : writer.end;
}

static inline struct span_of_time noticed(enum order order, struct job reader)
{
    return order == ORDER_READER_FIRST ? reader.release : reader.start;
}

// Two rows of jobs over what repeats in both.
struct pair {
    const struct jobs *writer, *reader;
    enum order order;
    uint64_t span; // common
    uint64_t base; // a multiple of span that no job of the time before 0 reaches
};
// False past the horizon.
bool pair_of(const struct jobs *writer, const struct jobs *reader, struct pair *x);

// How many pairs of phases there are: those of one partition are the same at both ends. At most
// LATENCY_HORIZON + 1.
uint64_t pairs_of_phases(uint64_t writes, uint64_t reads, bool together);
// Backlog and wait of a queue, over all phases (queue.c).
void queue_measure(struct latencies *l, const struct channel *c, struct ends *from, struct ends *to,
                   struct channel_latency *result);
struct chain_latency *chain_measure(struct latencies *l, const struct chain *c);
struct arena *latencies_arena(struct latencies *l);
uint64_t latencies_frame(const struct latencies *l);
const struct rta *latencies_rta(struct latencies *l, const struct partition *part);

#endif
