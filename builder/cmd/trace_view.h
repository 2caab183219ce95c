// SPDX-License-Identifier: BSD-2-Clause
// A trace that was read, for what compares it with the plan and what draws it.
#ifndef HVBUILD_TRACE_VIEW_H
#define HVBUILD_TRACE_VIEW_H

#include "cmd.h"
#include "trace.h"

struct event {
    struct tbl_trace_record r;
    uint32_t core;
    uint64_t end;  // of a window: when the core's next one began, or was to begin
    uint64_t rest; // of a window: when its partition gave it up or was stopped; else its end
};

struct planned { // a window of the plan that was due while the trace was taken
    uint32_t core, window;
    uint64_t start; // ticks
};

struct trace {
    struct cmd *c;
    const struct tbl_module *module;
    const struct tbl_partition *partitions;
    const struct tbl_vcpu *vcpus;
    const struct tbl_interrupt *interrupts;
    const struct tbl_schedule *schedules;
    const struct tbl_frame *frames;
    const struct tbl_window *windows;
    const struct tbl_port *ports;
    uint32_t cores, partition_count, vcpu_count, interrupt_count, schedule_count, window_count,
        port_count;
    const uint8_t *rings;
    uint64_t start, newest; // of the first frame, of all records
    LIST(struct event) events;
    LIST(struct planned) plan;
    uint64_t seen, missing, extra, late, told;
};

static inline const struct tbl_trace *trace_ring(const struct trace *t, uint32_t core)
{
    return (const struct tbl_trace *)(const void *)(t->rings + core * trace_ring_size(t->module));
}

// trace.c: who a vcpu is ("idle": TBL_NONE), and what a record says.
const char *trace_vcpu_text(const struct trace *t, uint32_t index);
const char *trace_event_text(const struct trace *t, const struct event *e);

// trace_plan.c: holds the windows of a core, whose records are in their order, against the plan.
// Counts and says what differs, and adds to t->plan.
void trace_compare(struct trace *t, uint32_t core);

// trace_picture.c: as JSON for Perfetto, to a file. Returns an exit code.
int trace_perfetto(const struct trace *t, const char *path);

// trace_svg.c: as a drawing, to a file. Returns an exit code.
int trace_svg(const struct trace *t, const char *path);

#endif
