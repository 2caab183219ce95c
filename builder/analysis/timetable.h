// SPDX-License-Identifier: BSD-2-Clause
// A schedule seen from its partitions: for each vcpu, its turns in order of time.
#ifndef HVBUILD_TIMETABLE_H
#define HVBUILD_TIMETABLE_H

#include "model/model.h"

struct turn { // one slot of one vcpu
    const struct slot *slot;
    const struct core_plan *core;
};

struct vcpu_turns {
    struct turn *turns; // sorted by start, then core
    size_t count;
};

struct timetable {
    const struct schedule *schedule;
    struct vcpu_turns *vcpus; // grouped by partition
    size_t *first;            // index into vcpus by partition; one more at the end
};

// One timetable per schedule. A window whose vcpu its partition does not have is left out (MC-001).
struct timetable *timetables_make(struct arena *a, const struct model *m);

// The number of vcpus that a timetable has for a partition: at least 1, at most BOARD_CORES_MAX.
size_t timetable_vcpus(const struct partition *p);

// The turns of one vcpu. `cpu` must be below timetable_vcpus(p).
const struct vcpu_turns *timetable_turns(const struct timetable *t, const struct partition *p,
                                         size_t cpu);

// Whether any vcpu of the partition has a turn.
bool timetable_runs(const struct timetable *t, const struct partition *p);

#endif
