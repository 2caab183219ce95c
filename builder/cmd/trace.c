// SPDX-License-Identifier: BSD-2-Clause
// hvbuild trace FILE IMAGE: what the cores wrote down, in the order of time, held against the plan.
#include "image/image.h"
#include "report/tables_json.h"
#include "trace_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_LIMIT = 64 << 20,
    // Of the GICv3: below the shared ones, and where no interrupt can be.
    INTID_KICK = 0,
    INTID_MAINTENANCE = 25,
    INTID_VTIMER = 27,
    INTID_PTIMER = 30,
    INTIDS = 1020,
};

// ---- Reading ------------------------------------------------------------------------------------

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
        return (r->subject < t->partition_count || r->subject == TBL_NONE) &&
               (uint32_t)r->more < TBL_ACTIONS && r->more >> 32 <= TBL_LEVEL_PROCESS;
    case TBL_TRACE_PARTITIONS:
        return r->subject < t->partition_count && r->detail <= HV_STATE_HALTED;
    case TBL_TRACE_SCHEDULES:
        return r->subject < t->schedule_count;
    case TBL_TRACE_INTERRUPTS:
        return (r->subject < t->vcpu_count || r->subject == TBL_NONE) && r->detail < INTIDS;
    case TBL_TRACE_RESTS:
        return r->subject < t->vcpu_count && r->detail <= t->vcpu_count;
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

// The window at this place of the list, if any, is over.
static void close_window(struct trace *t, size_t place, uint64_t end)
{
    if (place == SIZE_MAX)
        return;
    struct event *e = &t->events.items[place];
    e->end = end;
    if (!e->rest)
        e->rest = end;
}

// The records of one core, oldest first. False: they cannot be what a runtime wrote.
static bool collect(struct trace *t, uint32_t core)
{
    const struct tbl_trace *ring = trace_ring(t, core);
    uint64_t kept = t->module->trace_records;
    uint64_t n = ring->written > kept ? ring->written - kept : 0, before = t->start;
    size_t open = SIZE_MAX;

    for (; n < ring->written; n++) {
        const struct tbl_trace_record *r = &ring->records[n % kept];
        if (!record_valid(t, r) || r->time < before)
            return false;
        before = r->time;
        if (r->event == TBL_TRACE_WINDOWS) {
            close_window(t, open, r->time);
            open = t->events.count;
        } else if (r->event == TBL_TRACE_RESTS && open != SIZE_MAX &&
                   r->subject == t->windows[t->events.items[open].r.subject].vcpu) {
            t->events.items[open].rest = r->time;
        }
        *list_add(t->c->arena, &t->events) = (struct event){.r = *r, .core = core};
    }
    if (open != SIZE_MAX) {
        const struct event *last = &t->events.items[open];
        const struct tbl_window *w = &t->windows[last->r.subject];
        close_window(t, open, last->r.time + (w->end - w->start));
    }
    t->newest = before > t->newest ? before : t->newest;
    return true;
}

// ---- In words -----------------------------------------------------------------------------------

const char *trace_vcpu_text(const struct trace *t, uint32_t index)
{
    if (index >= t->vcpu_count)
        return "idle";
    const struct tbl_vcpu *v = &t->vcpus[index];
    const struct tbl_partition *p = &t->partitions[v->partition];
    return p->vcpu_count == 1 ? p->name : arena_printf(t->c->arena, "%s cpu %u", p->name, v->index);
}

// What a core takes, by its number at the interrupt controller.
static const char *interrupt_text(const struct trace *t, uint64_t intid)
{
    for (uint32_t i = 0; i < t->interrupt_count; i++)
        if (t->interrupts[i].intid == intid)
            return arena_printf(t->c->arena, "interrupt %" PRIu64 " of %s", intid,
                                t->partitions[t->interrupts[i].partition].name);
    switch (intid) {
    case INTID_KICK:
        return "the call of another core";
    case INTID_MAINTENANCE:
        return "the interrupt controller's maintenance interrupt";
    case INTID_VTIMER:
        return "its virtual timer's interrupt";
    case INTID_PTIMER:
        return "its physical timer's interrupt";
    default:
        return arena_printf(t->c->arena, "interrupt %" PRIu64 " of nobody", intid);
    }
}

const char *trace_event_text(const struct trace *t, const struct event *e)
{
    static const char *const states[] = {"runs", "restarts", "is suspended", "is halted"};
    const struct tbl_trace_record *r = &e->r;
    struct arena *a = t->c->arena;

    switch (r->event) {
    case TBL_TRACE_WINDOWS:
        return arena_printf(a, "window %u: %s, %" PRIu64 " ns late", r->subject,
                            trace_vcpu_text(t, t->windows[r->subject].vcpu),
                            ticks_to_ns(t->module, r->detail));
    case TBL_TRACE_CALLS:
        return arena_printf(a, "%s calls 0x%" PRIx64, trace_vcpu_text(t, r->subject), r->detail);
    case TBL_TRACE_PORTS:
        return arena_printf(a, "%s %s %s, %" PRIu32 " bytes", trace_vcpu_text(t, r->subject),
                            t->ports[r->more >> 32].direction == TBL_SOURCE ? "sends" : "receives",
                            t->ports[r->more >> 32].name, (uint32_t)r->more);
    case TBL_TRACE_HEALTH:
        return arena_printf(
            a, "%s: event %" PRIu64 " -> %s",
            r->subject == TBL_NONE ? "module" : t->partitions[r->subject].name, r->detail,
            r->more >> 32 == TBL_LEVEL_PROCESS ? "its handler" : action_names[(uint32_t)r->more]);
    case TBL_TRACE_PARTITIONS:
        return arena_printf(a, "%s %s", t->partitions[r->subject].name, states[r->detail]);
    case TBL_TRACE_INTERRUPTS:
        return arena_printf(a, "%s takes %s", trace_vcpu_text(t, r->subject),
                            interrupt_text(t, r->detail));
    case TBL_TRACE_RESTS:
        return arena_printf(a, "%s gives up the rest of its window%s%s",
                            trace_vcpu_text(t, r->subject), r->detail ? " to " : "",
                            r->detail ? trace_vcpu_text(t, (uint32_t)r->detail - 1) : "");
    default:
        return arena_printf(a, "schedule %s begins", t->schedules[r->subject].name);
    }
}

static void print(const struct trace *t)
{
    EACH(e, &t->events) {
        uint64_t ns = ticks_to_ns(t->module, e->r.time - t->start);
        printf("%6" PRIu64 ".%06" PRIu64 " ms  core %u  %s\n", ns / 1000000, ns % 1000000, e->core,
               trace_event_text(t, e));
    }
}

// ---- The command --------------------------------------------------------------------------------

static void take_tables(struct trace *t, const void *tables)
{
    t->module = tables_records(tables, TBL_MODULE, NULL);
    tables_records(tables, TBL_CORE, &t->cores);
    t->partitions = tables_records(tables, TBL_PARTITION, &t->partition_count);
    t->vcpus = tables_records(tables, TBL_VCPU, &t->vcpu_count);
    t->interrupts = tables_records(tables, TBL_INTERRUPT, &t->interrupt_count);
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
    t->start = trace_ring(t, 0)->start;
    for (uint32_t core = 0; core < t->cores; core++)
        if (trace_ring(t, core)->start != t->start || !collect(t, core))
            return "is damaged";
    return NULL;
}

// Who is halted or suspended has nothing of a window either. The records are in the order of time.
static void note_stops(struct trace *t)
{
    struct event **window = arena_alloc(t->c->arena, (t->vcpu_count + 1) * sizeof *window);
    bool *stopped = arena_alloc(t->c->arena, t->partition_count + 1);

    memset(window, 0, t->vcpu_count * sizeof *window);
    memset(stopped, 0, t->partition_count);
    EACH(e, &t->events) {
        if (e->r.event == TBL_TRACE_WINDOWS && t->windows[e->r.subject].vcpu != TBL_NONE) {
            uint32_t vcpu = t->windows[e->r.subject].vcpu;
            window[vcpu] = e;
            if (stopped[t->vcpus[vcpu].partition])
                e->rest = e->r.time;
        } else if (e->r.event == TBL_TRACE_PARTITIONS) {
            const struct tbl_partition *p = &t->partitions[e->r.subject];
            bool stops = e->r.detail == HV_STATE_HALTED || e->r.detail == HV_STATE_SUSPENDED;
            stopped[e->r.subject] = stops;
            for (uint32_t v = p->first_vcpu; stops && v < p->first_vcpu + p->vcpu_count; v++)
                if (window[v] && e->r.time < window[v]->rest)
                    window[v]->rest = e->r.time;
        }
    }
}

static int report(struct trace *t)
{
    bool windows = t->module->trace_events & TBL_TRACE_WINDOWS;

    for (uint32_t core = 0; windows && core < t->cores; core++)
        trace_compare(t, core);
    if (t->events.count)
        qsort(t->events.items, t->events.count, sizeof *t->events.items, by_time);
    note_stops(t);
    const char *picture = cmd_option(t->c, "perfetto");
    if (!t->c->quiet)
        print(t);
    int failed = picture ? trace_perfetto(t, picture) : EXIT_CLEAN;
    if (!failed && cmd_option(t->c, "svg"))
        failed = trace_svg(t, cmd_option(t->c, "svg"));
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
            {"svg", 0, "FILE", "draw planned and real windows as SVG"},
            {0},
        },
    .min_arguments = 2,
    .max_arguments = 2,
    .run = trace,
};
