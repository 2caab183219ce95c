// SPDX-License-Identifier: BSD-2-Clause
// Time in ticks. Every edge is the tick nearest to its absolute time in the frame, so nothing
// drifts; the time between windows becomes idle windows, so each core's frame is gapless.
#include "plan/plan.h"

#include <string.h>

static const uint64_t NS = 1000000000;

uint64_t ticks_of(const struct board *b, uint64_t ns)
{
    return (uint64_t)(((unsigned __int128)ns * b->timer_hz + NS / 2) / NS);
}

// Rounded down: for bounds, where a tick more would be a broken promise.
static uint64_t ticks_below(const struct board *b, uint64_t ns)
{
    return (uint64_t)((unsigned __int128)ns * b->timer_hz / NS);
}

static void cores_and_vcpus(struct arena *a, struct plan *p)
{
    const struct model *m = p->model;
    uint32_t cores = 1;

    EACH(s, &m->schedules) {
        EACH(c, &s->cores) {
            if (c->core + 1 > cores)
                cores = c->core + 1;
        }
    }
    for (uint32_t c = 0; c < cores; c++)
        *list_add(a, &p->cores) = (struct tbl_core){.mpidr = m->board->cores.items[c]};

    EACH(q, &m->partitions) {
        uint32_t count = vcpu_count(q);
        p->partitions[q->index].first_vcpu = (uint32_t)p->vcpus.count;
        for (uint32_t i = 0; i < count; i++)
            *list_add(a, &p->vcpus) = (struct tbl_vcpu){
                .partition = q->index,
                .index = i,
                .core = i % cores, // a vcpu without any window runs nowhere; siblings stay apart
            };
    }
    EACH(s, &m->schedules) {
        EACH(c, &s->cores) {
            EACH(w, &c->windows) {
                if (w->partition)
                    p->vcpus.items[p->partitions[w->partition->index].first_vcpu + w->cpu.value]
                        .core = c->core;
            }
        }
    }
}

struct supply { // ticks a partition's first vcpu got in one of its periods, while walking a core
    uint64_t period; // index of the period, counting from 0
    uint64_t ticks;
    const struct slot *slot; // the last that added to it
    bool failed;             // said once per partition is enough
};

// SCHED-025 beside SCHED-008: what is owed is still there after rounding. A tick is short by less
// than its length, so the sum is compared exactly, as ticks * 10^9 against ns * hz.
static void supply_check(struct arena *a, struct diags *d, const struct plan *p,
                         const struct demand *q, struct supply *s, struct mark at)
{
    const struct board *b = p->model->board;
    unsigned __int128 have = (unsigned __int128)s->ticks * NS;
    unsigned __int128 owed = (unsigned __int128)q->duration.value * b->timer_hz;

    if (have >= owed || s->failed)
        return;
    s->failed = true;
    struct diag *f = diag_report(d, RULE_SCHED_025, at,
                                 "partition '%s' is owed %s in its period %llu, its windows there "
                                 "have %llu ticks",
                                 q->partition->name.text, time_text(a, q->duration.value),
                                 (unsigned long long)s->period, (unsigned long long)s->ticks);
    diag_note(d, f, q->duration.at, "%s are %llu.%09llu ticks of %llu Hz",
              time_text(a, q->duration.value), (unsigned long long)(owed / NS),
              (unsigned long long)(owed % NS), (unsigned long long)b->timer_hz);
    if (p->module.ns_denominator == 1)
        diag_help(d, f, "choose times that are whole ticks (multiples of %llu ns)",
                  (unsigned long long)p->module.ns_numerator);
    else
        diag_help(d, f, "choose times that are whole ticks (multiples of %llu/%llu ns)",
                  (unsigned long long)p->module.ns_numerator,
                  (unsigned long long)p->module.ns_denominator);
}

// Adds [start, end) ticks of `slot` to its partition's supply, period by period.
static void supply_add(struct arena *a, struct diags *d, const struct plan *p,
                       const struct schedule *schedule, struct supply *supplies,
                       const struct slot *slot, uint64_t start, uint64_t end)
{
    const struct partition *part = slot->window->partition;
    const struct board *b = p->model->board;

    if (!part || slot->window->cpu.value != 0)
        return;
    const struct demand *q = demand_of(schedule, part);
    if (q->period.value == 0 || !q->duration.given)
        return;
    struct supply *s = &supplies[part->index];
    while (start < end && !s->failed) {
        uint64_t period_end = ticks_of(b, (s->period + 1) * q->period.value);
        if (start >= period_end) {
            supply_check(a, d, p, q, s, slot->window->mark);
            s->period++;
            s->ticks = 0;
            continue;
        }
        uint64_t stop = end < period_end ? end : period_end;
        s->ticks += stop - start;
        s->slot = slot;
        start = stop;
    }
}

static void gap_add(struct arena *a, struct plan *p, uint64_t start, uint64_t end)
{
    *list_add(a, &p->windows) = (struct tbl_window){.start = start, .end = end, .vcpu = TBL_NONE};
}

static void window_add(struct arena *a, struct plan *p, uint64_t start, uint64_t end,
                       const struct slot *slot)
{
    const struct window *w = slot->window;
    const struct partition *q = w->partition;
    uint32_t receivers = (uint32_t)w->receivers.count;

    if (!q) {
        gap_add(a, p, start, end);
        return;
    }
    *list_add(a, &p->windows) = (struct tbl_window){
        .start = start,
        .end = end,
        .vcpu = p->partitions[q->index].first_vcpu + (uint32_t)w->cpu.value,
        .flags = (slot->period_start ? TBL_WINDOW_PERIOD_START : 0) |
                 (w->flush.value ? TBL_WINDOW_FLUSH : 0),
        .pad = (uint32_t)ticks_of(p->model->board, w->pad.value),
        .first_receiver = receivers ? w->first_receiver : 0,
        .receiver_count = receivers,
    };
}

// The vcpus that get what the core's windows leave: those of their partitions that live here
// (MC-005 has seen that there is one).
static void receivers_plan(struct arena *a, struct plan *p, const struct core_plan *core)
{
    EACH(w, &core->windows) {
        w->first_receiver = (uint32_t)p->receivers.count;
        EACH(receiver, &w->receivers) {
            uint32_t v = p->partitions[receiver->partition->index].first_vcpu;

            while (v + 1 < p->vcpus.count && p->vcpus.items[v].core != core->core)
                v++;
            *list_add(a, &p->receivers) = (struct tbl_receiver){.vcpu = v};
        }
    }
}

// One core's frame. `plan` may be NULL: the core is idle throughout.
static void frame_plan(struct arena *a, struct diags *d, struct plan *p,
                       const struct core_plan *plan, const struct schedule *s, uint64_t frame)
{
    const struct board *b = p->model->board;
    struct supply *supplies = arena_alloc(a, p->model->partitions.count * sizeof *supplies);
    uint64_t at = 0;
    uint32_t first = (uint32_t)p->windows.count;

    for (size_t i = 0; plan && i < plan->slots.count; i++) {
        const struct slot *slot = &plan->slots.items[i];
        uint64_t start = ticks_of(b, slot->start), end = ticks_of(b, slot->end);
        if (end > frame)
            end = frame;
        if (start >= end || start < at) {
            struct diag *f =
                diag_report(d, RULE_SCHED_025, slot->window->mark,
                            "window of '%s' at %s has no tick of its own",
                            slot->window->partition_name.text, time_text(a, slot->start));
            diag_help(d, f, "the timer counts at %llu Hz; make the window longer",
                      (unsigned long long)b->timer_hz);
            continue;
        }
        if (start > at)
            gap_add(a, p, at, start);
        window_add(a, p, start, end, slot);
        supply_add(a, d, p, s, supplies, slot, start, end);
        at = end;
    }
    if (at < frame)
        gap_add(a, p, at, frame);
    *list_add(a, &p->frames) = (struct tbl_frame){
        .first_window = first,
        .window_count = (uint32_t)p->windows.count - first,
    };
    EACH(part, &p->model->partitions) {
        struct supply *last = &supplies[part->index];
        const struct demand *q = demand_of(s, part);
        if (!last->slot) // no window of its first vcpu on this core
            continue;
        supply_check(a, d, p, q, last, last->slot->window->mark);
        if ((last->period + 1) * q->period.value < s->major_frame.value) {
            last->period++;
            last->ticks = 0;
            supply_check(a, d, p, q, last, last->slot->window->mark);
        }
    }
}

static uint64_t longest_frame(const struct plan *p)
{
    uint64_t longest = 0;

    EACH(s, &p->schedules) {
        if (s->frame > longest)
            longest = s->frame;
    }
    return longest;
}

// What the schedule owes each partition, and what its beginning does to it.
static void duties_plan(struct arena *a, struct plan *p, const struct schedule *s)
{
    size_t first = p->duties.count;

    EACH(q, &p->model->partitions) {
        const struct demand *owed = demand_of(s, q);
        *list_add(a, &p->duties) = (struct tbl_duty){
            .period_ns = owed->period.value,
            .duration_ns = owed->duration.value,
            .on_change = TBL_ACTION_IGNORE,
        };
    }
    EACH(change, &s->on_change) {
        if (change->partition)
            p->duties.items[first + change->partition->index].on_change = change->action;
    }
}

void timetable_plan(struct arena *a, struct diags *d, struct plan *p)
{
    const struct model *m = p->model;
    const struct board *b = m->board;
    uint64_t common = gcd_u64(NS, b->timer_hz);

    p->module.ns_numerator = NS / common;
    p->module.ns_denominator = b->timer_hz / common;
    cores_and_vcpus(a, p);
    EACH(s, &m->schedules) {
        struct tbl_schedule record = {.frame = ticks_of(b, s->major_frame.value),
                                      .frame_ns = s->major_frame.value,
                                      .id = (uint32_t)s->id.value};
        duties_plan(a, p, s);
        strncpy(record.name, s->name.text, HV_NAME_SIZE - 1);
        *list_add(a, &p->schedules) = record;
        for (uint32_t core = 0; core < p->cores.count; core++) {
            const struct core_plan *plan = NULL;
            EACH(c, &s->cores) {
                if (c->core == core)
                    plan = c;
            }
            if (plan)
                receivers_plan(a, p, plan);
            frame_plan(a, d, p, plan, s, record.frame);
        }
    }
    p->module.lateness_bound = m->lateness_bound.given
                                   ? ticks_below(b, m->lateness_bound.value)
                                   : longest_frame(p); // never: a frame is never missed
    p->module.trace_events = m->trace_events;
    for (uint32_t n = 1; m->trace_events && p->module.trace_records < m->trace_records.value;)
        p->module.trace_records = n *= 2;
    p->module.log_records = (uint32_t)m->log_records.value;
    p->module.log_per_frame = (uint32_t)m->log_per_frame.value;
    p->module.input = m->input_to ? board_input(b)->intid : 0;
    p->module.initial = (uint32_t)(initial_schedule(m) - m->schedules.items);
    strncpy(p->module.name, m->name.text, HV_NAME_SIZE - 1);
}

void check_rounded_time(struct arena *a, struct diags *d, struct model *m)
{
    struct plan p = {.model = m};

    if (m->board->timer_hz == NS) // nothing is rounded
        return;
    p.partitions = arena_alloc(a, (m->partitions.count + 1) * sizeof *p.partitions);
    timetable_plan(a, d, &p);
}
