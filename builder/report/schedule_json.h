// SPDX-License-Identifier: BSD-2-Clause
// `hvbuild schedule --json`: windows, and every figure that is computed from them.
#ifndef HVBUILD_SCHEDULE_JSON_H
#define HVBUILD_SCHEDULE_JSON_H

#include "analysis/analyses.h"

// A new object: what analysis_json makes, and in each schedule "cores" with their windows, figures
// of partitions, "channels" and "chains"; "changes" for every pair of schedules. Times in ns.
// `only`: this schedule alone, unless NULL.
struct json_t;
struct json_t *schedule_json(struct arena *a, const struct model *m, struct analyses *x,
                             const struct schedule *only);

#endif
