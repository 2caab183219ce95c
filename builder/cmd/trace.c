// SPDX-License-Identifier: BSD-2-Clause
// hvbuild trace FILE IMAGE: what the cores wrote down, in the order of time, held against the plan.
#include "cmd.h"
#include "image/image.h"
#include "report/json.h"
#include "report/tables_json.h"
#include "trace.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_LIMIT = 64 << 20,
    WALK_LIMIT = 1 << 20, // planned windows looked through for one record
    TOLD_LIMIT = 20,      // findings in words; all are counted
};

struct event {
    struct tbl_trace_record r;
    uint32_t core;
    uint64_t end; // of a window: when the core's next one began, or was to begin
};

struct trace {
    struct cmd *c;
    const struct tbl_module *module;
    const struct tbl_partition *partitions;
    const struct tbl_vcpu *vcpus;
    const struct tbl_schedule *schedules;
    const struct tbl_frame *frames;
    const struct tbl_window *windows;
    const struct tbl_port *ports;
    uint32_t cores, partition_count, vcpu_count, schedule_count, window_count, port_count;
    const uint8_t *rings;
    uint64_t start, newest; // of the first frame, of all records
    LIST(struct event) events;
    uint64_t seen, missing, extra, late, told;
};

// ---- Reading ------------------------------------------------------------------------------------

static const struct tbl_trace *ring_of(const struct trace *t, uint32_t core)
{
    return (const struct tbl_trace *)(const void *)(t->rings + core * trace_ring_size(t->module));
}

static bool record_valid(const struct trace *t, const struct tbl_trace_record *r)
{
    switch (r->event) {
    case TBL_TRACE_WINDOWS:
        return r->subject < t->window_count;
    case TBL_TRACE_CALLS:
        return r->subject < t->vcpu_count;
    case TBL_TRACE_PORTS:
        return r->subject < t->vcpu_count && r->more >> 32 < t->port_count;
    case TBL_TRACE_HEALTH:
        return (r->subject < t->partition_count || r->subject == TBL_NONE) && r->more < TBL_ACTIONS;
    case TBL_TRACE_PARTITIONS:
        return r->subject < t->partition_count && r->detail <= HV_STATE_HALTED;
    case TBL_TRACE_SCHEDULES:
        return r->subject < t->schedule_count;
    default:
        return false;
    }
}

static int by_time(const void *left, const void *right)
{
    const struct event *a = left, *b = right;

    if (a->r.time != b->r.time)
        return a->r.time < b->r.time ? -1 : 1;
    return a->core != b->core ? (a->core < b->core ? -1 : 1) : (a < b ? -1 : 1);
}

// The records of one core, oldest first. False: they cannot be what a runtime wrote.
static bool collect(struct trace *t, uint32_t core)
{
    const struct tbl_trace *ring = ring_of(t, core);
    uint64_t kept = t->module->trace_records;
    uint64_t n = ring->written > kept ? ring->written - kept : 0, before = t->start;
    size_t open = SIZE_MAX;

    for (; n < ring->written; n++) {
        const struct tbl_trace_record *r = &ring->records[n % kept];
        if (!record_valid(t, r) || r->time < before)
            return false;
        before = r->time;
        if (r->event == TBL_TRACE_WINDOWS) {
            if (open != SIZE_MAX)
                t->events.items[open].end = r->time;
            open = t->events.count;
        }
        const struct tbl_window *w = &t->windows[r->event == TBL_TRACE_WINDOWS ? r->subject : 0];
        *list_add(t->c->arena, &t->events) =
            (struct event){.r = *r, .core = core, .end = r->time + (w->end - w->start)};
    }
    t->newest = before > t->newest ? before : t->newest;
    return true;
}

// ---- The plan -----------------------------------------------------------------------------------

struct walk { // where the plan has a core
    uint32_t core, schedule, window;
    uint64_t frame_start;
};

static const struct tbl_frame *frame_of(const struct trace *t, const struct walk *w)
{
    return &t->frames[(uint64_t)w->schedule * t->cores + w->core];
}

static uint64_t planned(const struct trace *t, const struct walk *w)
{
    return w->frame_start + t->windows[w->window].start;
}

static void tell(struct trace *t, const struct walk *w, uint64_t time, const char *what)
{
    if (t->told++ < TOLD_LIMIT)
        cmd_failed(t->c, "core %u: window %u of schedule '%s' %s at %.6f ms", w->core,
                   w->window - frame_of(t, w)->first_window, t->schedules[w->schedule].name, what,
                   (double)ticks_to_ns(t->module, time - t->start) / 1e6);
}

// To the next window. Behind the last one the frame begins anew: in `schedule`, when that is the
// one of `time`.
static void step(const struct trace *t, struct walk *w, uint32_t schedule, uint64_t time)
{
    const struct tbl_frame *f = frame_of(t, w);

    if (++w->window < f->first_window + f->window_count)
        return;
    w->frame_start += t->schedules[w->schedule].frame;
    if (time < w->frame_start + t->schedules[schedule].frame)
        w->schedule = schedule;
    w->window = frame_of(t, w)->first_window;
}

// The schedule that a window record of this core belongs to; false: to none.
static bool schedule_of(const struct trace *t, uint32_t core, uint32_t window, uint32_t *schedule)
{
    for (*schedule = 0; *schedule < t->schedule_count; ++*schedule) {
        const struct tbl_frame *f = &t->frames[(uint64_t)*schedule * t->cores + core];
        if (window - f->first_window < f->window_count)
            return true;
    }
    return false;
}

// The windows from `w` on that the record passes over have not started.
static void compare_window(struct trace *t, struct walk *w, const struct tbl_trace_record *r)
{
    uint32_t schedule, walked = 0;

    t->seen++;
    struct walk found = {.core = w->core, .window = r->subject};
    if (schedule_of(t, w->core, r->subject, &schedule)) {
        found.schedule = schedule;
        while (w->window != r->subject && planned(t, w) <= r->time && walked++ < WALK_LIMIT) {
            t->missing++;
            tell(t, w, planned(t, w), "did not start");
            step(t, w, schedule, r->time);
        }
    } else {
        found.schedule = w->schedule;
    }
    if (w->window != r->subject || planned(t, w) > r->time) {
        t->extra++;
        tell(t, &found, r->time, "started where the plan has none");
        return;
    }
    if (r->time - planned(t, w) > t->module->lateness_bound) {
        t->late++;
        tell(t, w, planned(t, w), "started late: it was due");
    }
}

static void compare(struct trace *t, uint32_t core)
{
    const struct tbl_trace *ring = ring_of(t, core);
    struct walk w = {.core = core, .schedule = t->module->initial, .frame_start = t->start};
    bool begun = ring->written <= t->module->trace_records; // else the first windows are not there
    bool pending = begun;

    w.window = frame_of(t, &w)->first_window;
    EACH(e, &t->events) {
        uint32_t schedule;
        if (e->core != core || e->r.event != TBL_TRACE_WINDOWS)
            continue;
        bool own = schedule_of(t, core, e->r.subject, &schedule);
        if (!begun && own) { // nothing is known of what was before: taken as it says itself
            w.schedule = schedule;
            w.window = e->r.subject;
            w.frame_start = e->r.more;
            begun = pending = true;
        } else if (!pending) {
            step(t, &w, own ? schedule : w.schedule, e->r.time);
            pending = true;
        }
        uint64_t extra = t->extra;
        compare_window(t, &w, &e->r);
        pending = t->extra != extra; // what was due is still due
    }
    // What was due before the newest record of all cores; a change of schedule may lie behind the
    // end of a frame.
    if (!begun)
        return;
    const struct tbl_frame *f = frame_of(t, &w);
    for (uint32_t next = pending ? w.window : w.window + 1;
         next < f->first_window + f->window_count; next++) {
        w.window = next;
        if (t->newest < t->module->lateness_bound ||
            planned(t, &w) >= t->newest - t->module->lateness_bound)
            break;
        t->missing++;
        tell(t, &w, planned(t, &w), "did not start");
    }
}

// ---- In words -----------------------------------------------------------------------------------

static const char *vcpu_text(const struct trace *t, uint32_t index)
{
    if (index >= t->vcpu_count)
        return "idle";
    const struct tbl_vcpu *v = &t->vcpus[index];
    const struct tbl_partition *p = &t->partitions[v->partition];
    return p->vcpu_count == 1 ? p->name : arena_printf(t->c->arena, "%s cpu %u", p->name, v->index);
}

static const char *event_text(const struct trace *t, const struct event *e)
{
    static const char *const states[] = {"runs", "restarts", "is suspended", "is halted"};
    static const char *const actions[] = {"ignore", "halt", "cold start", "warm start"};
    const struct tbl_trace_record *r = &e->r;
    struct arena *a = t->c->arena;

    switch (r->event) {
    case TBL_TRACE_WINDOWS:
        return arena_printf(a, "window %u: %s, %" PRIu64 " ns late", r->subject,
                            vcpu_text(t, t->windows[r->subject].vcpu),
                            ticks_to_ns(t->module, r->detail));
    case TBL_TRACE_CALLS:
        return arena_printf(a, "%s calls 0x%" PRIx64, vcpu_text(t, r->subject), r->detail);
    case TBL_TRACE_PORTS:
        return arena_printf(a, "%s %s %s, %" PRIu32 " bytes", vcpu_text(t, r->subject),
                            t->ports[r->more >> 32].direction == TBL_SOURCE ? "sends" : "receives",
                            t->ports[r->more >> 32].name, (uint32_t)r->more);
    case TBL_TRACE_HEALTH:
        return arena_printf(a, "%s: event %" PRIu64 " -> %s",
                            r->subject == TBL_NONE ? "module" : t->partitions[r->subject].name,
                            r->detail, actions[r->more]);
    case TBL_TRACE_PARTITIONS:
        return arena_printf(a, "%s %s", t->partitions[r->subject].name, states[r->detail]);
    default:
        return arena_printf(a, "schedule %s begins", t->schedules[r->subject].name);
    }
}

static void print(const struct trace *t)
{
    EACH(e, &t->events) {
        uint64_t ns = ticks_to_ns(t->module, e->r.time - t->start);
        printf("%6" PRIu64 ".%06" PRIu64 " ms  core %u  %s\n", ns / 1000000, ns % 1000000, e->core,
               event_text(t, e));
    }
}

// ---- As a picture -------------------------------------------------------------------------------

// The JSON form that chrome://tracing and Perfetto read: tracks are threads of two processes.
enum { PROCESS_CORES = 1, PROCESS_PARTITIONS = 2 };

static void add_name(json_t *list, int process, uint32_t thread, const char *name)
{
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", "thread_name", "ph",
                                    "M", "pid", process, "tid", (int)thread, "args", "name", name));
}

static void add_event(const struct trace *t, json_t *list, const struct event *e, int process,
                      uint32_t thread)
{
    bool window = e->r.event == TBL_TRACE_WINDOWS;
    const char *name = window ? vcpu_text(t, t->windows[e->r.subject].vcpu) : event_text(t, e);
    json_t *o = json_pack("{s:s, s:s, s:f, s:i, s:i}", "name", name, "ph", window ? "X" : "i", "ts",
                          (double)ticks_to_ns(t->module, e->r.time - t->start) / 1000, "pid",
                          process, "tid", (int)thread);

    if (window)
        json_object_set_new(o, "dur",
                            json_real((double)ticks_to_ns(t->module, e->end - e->r.time) / 1000));
    else
        json_object_set_new(o, "s", json_string("t"));
    json_array_append_new(list, o);
}

// The partition on whose track an event stands too, or TBL_NONE.
static uint32_t partition_of(const struct trace *t, const struct event *e)
{
    uint32_t vcpu = e->r.event == TBL_TRACE_WINDOWS ? t->windows[e->r.subject].vcpu : e->r.subject;

    if (e->r.event == TBL_TRACE_SCHEDULES)
        return TBL_NONE;
    if (e->r.event == TBL_TRACE_HEALTH || e->r.event == TBL_TRACE_PARTITIONS)
        return e->r.subject;
    return vcpu < t->vcpu_count ? t->vcpus[vcpu].partition : TBL_NONE;
}

static int write_perfetto(const struct trace *t, const char *path)
{
    struct text out = {.arena = t->c->arena};
    json_t *list = json_array();

    for (uint32_t i = 0; i < t->cores; i++)
        add_name(list, PROCESS_CORES, i, arena_printf(t->c->arena, "core %u", i));
    for (uint32_t i = 0; i < t->partition_count; i++)
        add_name(list, PROCESS_PARTITIONS, i, t->partitions[i].name);
    EACH(e, &t->events) {
        uint32_t partition = partition_of(t, e);
        bool idle = e->r.event == TBL_TRACE_WINDOWS && partition == TBL_NONE;
        if (!idle)
            add_event(t, list, e, PROCESS_CORES, e->core);
        if (partition != TBL_NONE)
            add_event(t, list, e, PROCESS_PARTITIONS, partition);
    }
    json_t *o = json_pack("{s:o}", "traceEvents", list);
    char *bytes = json_dumps(o, JSON_COMPACT);
    text_add(&out, "%s\n", bytes);
    free(bytes);
    json_decref(o);
    return cmd_write(t->c, path, &out);
}

// ---- The command --------------------------------------------------------------------------------

static void take_tables(struct trace *t, const void *tables)
{
    t->module = tables_records(tables, TBL_MODULE, NULL);
    tables_records(tables, TBL_CORE, &t->cores);
    t->partitions = tables_records(tables, TBL_PARTITION, &t->partition_count);
    t->vcpus = tables_records(tables, TBL_VCPU, &t->vcpu_count);
    t->schedules = tables_records(tables, TBL_SCHEDULE, &t->schedule_count);
    t->frames = tables_records(tables, TBL_FRAME, NULL);
    t->windows = tables_records(tables, TBL_WINDOW, &t->window_count);
    t->ports = tables_records(tables, TBL_PORT, &t->port_count);
}

// NULL, or why the file is no trace of this image.
static const char *take_file(struct trace *t, const uint8_t *bytes, uint64_t length,
                             const struct tbl_header *tables)
{
    const struct trace_header *h = (const void *)bytes;

    if (length < sizeof *h || h->magic != TRACE_MAGIC)
        return "is not a trace";
    if (memcmp(h->config_id, tables->config_id, sizeof h->config_id))
        return "is of another configuration";
    if (!t->module->trace_records || length != sizeof *h + t->cores * trace_ring_size(t->module))
        return "has the wrong size";
    t->rings = bytes + sizeof *h;
    t->start = ring_of(t, 0)->start;
    for (uint32_t core = 0; core < t->cores; core++)
        if (ring_of(t, core)->start != t->start || !collect(t, core))
            return "is damaged";
    return NULL;
}

static int report(struct trace *t)
{
    bool windows = t->module->trace_events & TBL_TRACE_WINDOWS;

    for (uint32_t core = 0; windows && core < t->cores; core++)
        compare(t, core);
    if (t->events.count)
        qsort(t->events.items, t->events.count, sizeof *t->events.items, by_time);
    const char *picture = cmd_option(t->c, "perfetto");
    if (!t->c->quiet)
        print(t);
    int failed = picture ? write_perfetto(t, picture) : EXIT_CLEAN;
    if (failed)
        return failed;
    if (windows)
        cmd_note(t->c,
                 "%" PRIu64 " windows compared with the plan: %" PRIu64 " missing, %" PRIu64
                 " extra, %" PRIu64 " late",
                 t->seen, t->missing, t->extra, t->late);
    return t->missing + t->extra + t->late ? EXIT_DESCRIPTION : EXIT_CLEAN;
}

static int trace(struct cmd *c)
{
    struct trace t = {.c = c};
    const char *why, *path = c->arguments[0], *image = c->arguments[1];
    uint64_t length;
    bool unreadable;

    struct container *container = container_read(c->arena, image, &unreadable, &why);
    cmd_input(c, image);
    if (!container) {
        cmd_failed(c, "'%s' %s", image, why);
        return unreadable ? EXIT_IO : EXIT_DESCRIPTION;
    }
    uint8_t *bytes = file_read(c->arena, path, FILE_LIMIT, &length, &why);
    cmd_input(c, path);
    if (!bytes)
        return cmd_failed(c, "'%s' %s", path, why);
    take_tables(&t, container->tables);
    why = take_file(&t, bytes, length, (const struct tbl_header *)(const void *)container->tables);
    if (why) {
        cmd_failed(c, "'%s' %s", path, why);
        return EXIT_DESCRIPTION;
    }
    return report(&t);
}

const struct command command_trace = {
    .name = "trace",
    .arguments = "FILE IMAGE",
    .summary = "print a trace and hold its windows against the plan",
    .help =
        "FILE was written by `hvbuild run --trace` from this IMAGE, whose description has\n"
        "`module.trace`. Prints what the cores wrote down in the order of time. When windows are\n"
        "among it, each is held against the plan: one that did not start, that started where\n"
        "the plan has none, or later than `module.health.on_lateness` allows, is a line on the\n"
        "error stream, and the exit code is 1.\n"
        "\n"
        "example:\n"
        "  hvbuild run system.elf --frames 50 --trace run.trace\n"
        "  hvbuild trace run.trace system.elf --perfetto run.json",
    .options =
        (const struct option_row[]){
            {"perfetto", 0, "FILE", "write it for Perfetto or chrome://tracing, too"},
            {0},
        },
    .min_arguments = 2,
    .max_arguments = 2,
    .run = trace,
};
