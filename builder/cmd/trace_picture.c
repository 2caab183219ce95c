// SPDX-License-Identifier: BSD-2-Clause
// A trace as a picture: tracks for the plan, the cores and the vcpus.
#include "report/tables_json.h"
#include "trace_view.h"

#include <jansson.h>
#include <stdlib.h>

// The JSON form that Perfetto and chrome://tracing read (Trace Event Format, "JSON Object Format"):
// a track is a thread of a process; times are microseconds.
enum { PROCESS_PLAN = 1, PROCESS_CORES, PROCESS_VCPUS, PROCESSES };

struct track {
    int process;
    uint32_t thread;
};

static double microseconds(const struct trace *t, uint64_t ticks)
{
    return (double)ticks_to_ns(t->module, ticks - t->start) / 1000;
}

static void add_meta(json_t *list, struct track track, const char *kind, const char *name)
{
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", kind, "ph", "M", "pid",
                                    track.process, "tid", (int)track.thread, "args", "name", name));
}

static void add_names(const struct trace *t, json_t *list)
{
    static const char *const processes[PROCESSES] = {
        [PROCESS_PLAN] = "plan", [PROCESS_CORES] = "cores", [PROCESS_VCPUS] = "partitions"};

    for (int i = PROCESS_PLAN; i < PROCESSES; i++)
        add_meta(list, (struct track){i, 0}, "process_name", processes[i]);
    for (uint32_t i = 0; i < t->cores; i++) {
        const char *name = arena_printf(t->c->arena, "core %u", i);
        add_meta(list, (struct track){PROCESS_CORES, i}, "thread_name", name);
        name = arena_printf(t->c->arena, "core %u, planned", i);
        add_meta(list, (struct track){PROCESS_PLAN, i}, "thread_name", name);
    }
    for (uint32_t i = 0; i < t->vcpu_count; i++)
        add_meta(list, (struct track){PROCESS_VCPUS, i}, "thread_name", trace_vcpu_text(t, i));
}

// From one tick to another. The end is rounded as the begin of what follows is.
static void add_slice(const struct trace *t, json_t *list, struct track track, const char *name,
                      uint64_t from, uint64_t to)
{
    uint64_t start = ticks_to_ns(t->module, from - t->start);
    uint64_t end = ticks_to_ns(t->module, to - t->start);

    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:f, s:f, s:i, s:i}", "name", name, "ph", "X", "ts",
                                    (double)start / 1000, "dur", (double)(end - start) / 1000,
                                    "pid", track.process, "tid", (int)track.thread));
}

static void add_instant(const struct trace *t, json_t *list, struct track track,
                        const struct event *e)
{
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:f, s:i, s:i}", "name",
                                          trace_event_text(t, e), "ph", "i", "s", "t", "ts",
                                          microseconds(t, e->r.time), "pid", track.process, "tid",
                                          (int)track.thread));
}

// The vcpu on whose track an event stands too: for a partition its first. TBL_NONE: on none.
static uint32_t vcpu_of(const struct trace *t, const struct event *e)
{
    uint32_t subject = e->r.subject;

    switch (e->r.event) {
    case TBL_TRACE_WINDOWS:
        return t->windows[subject].vcpu;
    case TBL_TRACE_SCHEDULES:
        return TBL_NONE;
    case TBL_TRACE_HEALTH:
    case TBL_TRACE_PARTITIONS:
        return subject == TBL_NONE ? TBL_NONE : t->partitions[subject].first_vcpu;
    default:
        return subject;
    }
}

static void add_event(const struct trace *t, json_t *list, const struct event *e)
{
    struct track core = {PROCESS_CORES, e->core}, vcpu = {PROCESS_VCPUS, vcpu_of(t, e)};

    if (e->r.event != TBL_TRACE_WINDOWS) {
        add_instant(t, list, core, e);
        if (vcpu.thread != TBL_NONE)
            add_instant(t, list, vcpu, e);
    } else if (vcpu.thread != TBL_NONE) {
        const char *name = trace_vcpu_text(t, vcpu.thread);
        add_slice(t, list, core, name, e->r.time, e->end);
        add_slice(t, list, vcpu, name, e->r.time, e->rest);
    }
}

int trace_perfetto(const struct trace *t, const char *path)
{
    struct text out = {.arena = t->c->arena};
    json_t *list = json_array();

    add_names(t, list);
    EACH(p, &t->plan) {
        const struct tbl_window *w = &t->windows[p->window];
        if (w->vcpu != TBL_NONE)
            add_slice(t, list, (struct track){PROCESS_PLAN, p->core}, trace_vcpu_text(t, w->vcpu),
                      p->start, p->start + (w->end - w->start));
    }
    EACH(e, &t->events) {
        add_event(t, list, e);
    }
    json_t *o = json_pack("{s:s, s:o}", "displayTimeUnit", "ms", "traceEvents", list);
    char *bytes = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15));
    text_add(&out, "%s\n", bytes);
    free(bytes);
    json_decref(o);
    return cmd_write(t->c, path, &out);
}
