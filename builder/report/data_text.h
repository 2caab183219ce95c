// SPDX-License-Identifier: BSD-2-Clause
// How old data is, as tables and as JSON: channels and chains of `hvbuild schedule`.
#ifndef HVBUILD_DATA_TEXT_H
#define HVBUILD_DATA_TEXT_H

#include "analysis/latency.h"

// Channels with their latency and age, or backlog and wait; then chains. Nothing when there are
// none.
void data_text(struct arena *a, struct text *out, const struct model *m, struct latencies *l);

// Adds "channels" and "chains" to a JSON object. Times in ns; null: without bound, or not known.
struct json_t;
void data_json(struct arena *a, struct json_t *object, const struct model *m, struct latencies *l);

#endif
