// SPDX-License-Identifier: BSD-2-Clause
// Everything that analysis/ computes, as JSON: `hvbuild schedule --json`.
#ifndef HVBUILD_ANALYSIS_JSON_H
#define HVBUILD_ANALYSIS_JSON_H

#include "analysis/analyses.h"

struct json_t;

// {"schedules": [{"name", "major_frame_ns", "partitions": [...]}]}: of every partition that runs in
// it what it is owed and gets, its blackout, and its processes with their verdicts, responses and
// the longest wcet that would still do. Times are whole ns; null: none, or not known.
struct json_t *analysis_json(struct arena *a, const struct model *m, struct analyses *x);

#endif
