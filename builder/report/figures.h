// SPDX-License-Identifier: BSD-2-Clause
// What a schedule gives each partition, as figures: for the picture, the table and JSON.
#ifndef HVBUILD_FIGURES_H
#define HVBUILD_FIGURES_H

#include "analysis/service.h"

struct figures { // of one partition in one schedule, by its first vcpu; times in ns
    const struct partition *partition;
    const struct demand *owed;
    const struct core_plan *core;   // of its first window; NULL: it has none, and all else is 0
    size_t windows;                 // in one frame
    uint64_t total;                 // service in one frame, whole windows
    uint64_t least;                 // in the poorest of its periods; without a period, in the frame
    uint64_t first;                 // start of its first window
    uint64_t blackout, blackout_at; // longest time without service, and where it begins
    uint64_t jitter; // the most by which the first start in a period differs from that in period 0
};

// One for each partition, by index. The windows may be wrong in any way; overlaps count once.
struct figures *figures_make(struct arena *a, const struct model *m, const struct schedule *s);

// Time of a core in one frame that belongs to no partition.
uint64_t idle_time(const struct schedule *s, const struct core_plan *c);

#endif
