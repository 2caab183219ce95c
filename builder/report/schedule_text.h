// SPDX-License-Identifier: BSD-2-Clause
// The tables of `hvbuild schedule`, below the picture.
#ifndef HVBUILD_SCHEDULE_TEXT_H
#define HVBUILD_SCHEDULE_TEXT_H

#include "analysis/analyses.h"

// The response times of all processes in a schedule; nothing when there is nothing to analyse.
void processes_text(struct arena *a, struct text *out, const struct model *m, struct analyses *x,
                    const struct schedule *s);

// How long a change takes, for every pair of schedules; nothing when there is only one.
void changes_text(struct arena *a, struct text *out, const struct model *m);

// The smallest durations that keep the processes of each partition schedulable.
void least_text(struct arena *a, struct text *out, const struct model *m, struct analyses *x,
                const struct schedule *s);

// What is owed and supplied, period by period, with the windows.
void supply_explain(struct arena *a, struct text *out, const struct model *m,
                    const struct schedule *s, const struct partition *p);

// A change of schedule takes effect at the end of the frame: the longest wait for that, and until
// every partition of the new one has had its first window.
struct change_time {
    uint64_t wait, running; // ns
};
struct change_time change_time(struct arena *a, const struct model *m, const struct schedule *from,
                               const struct schedule *to);

#endif
