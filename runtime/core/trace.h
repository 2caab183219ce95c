// SPDX-License-Identifier: BSD-2-Clause
// The trace: what a core did and when, in a ring of its own that the host reads from outside.
#ifndef BULKHEAD_TRACE_H
#define BULKHEAD_TRACE_H

#include "tables.h"
#include <stdint.h>

struct core;
struct vcpu;

// The first frame of this core begins at `start`: from now on events are recorded, on each core by
// itself.
void trace_begin(const struct core *core, uint64_t start);
// Records an event of `core`, which is the one that calls; nothing when the configuration does not
// ask for `event` (TBL_TRACE_*).
void trace(const struct core *core, uint32_t event, uint32_t subject, uint64_t detail,
           uint64_t more);
// A message moved through the port of v by a call that has succeeded: its registers tell.
void trace_port(struct vcpu *v, uint32_t function, uint64_t handle, uint64_t written);

#endif
