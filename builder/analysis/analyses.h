// SPDX-License-Identifier: BSD-2-Clause
// Services and response times of a model, each made once, when somebody first asks for it.
#ifndef HVBUILD_ANALYSES_H
#define HVBUILD_ANALYSES_H

#include "analysis/rta.h"

struct analyses;

// `timetables`: one per schedule of the model, in its order (timetables_make).
struct analyses *analyses_new(struct arena *a, const struct model *m,
                              const struct timetable *timetables);

const struct timetable *analyses_timetable(struct analyses *x, const struct schedule *s);
// `cpu` must be below timetable_vcpus(p).
const struct service *analyses_service(struct analyses *x, const struct schedule *s,
                                       const struct partition *p, size_t cpu);
// NULL when there is nothing to analyse: see rta_make.
struct rta *analyses_rta(struct analyses *x, const struct schedule *s, const struct partition *p);
// Latencies of its channels and chains: see latency.h.
struct latencies *analyses_latencies(struct analyses *x, const struct schedule *s);
// All of a schedule, by partition index.
struct rta *const *analyses_rtas(struct analyses *x, const struct schedule *s);

#endif
