// SPDX-License-Identifier: BSD-2-Clause
// Figures of a schedule, from its expanded windows.
#include "report/figures.h"

// Periods that are looked at one by one; more of them are a mistake that rules speak about.
enum { PERIODS_MAX = 1 << 22 };

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

// Walks the turns period by period: the least service, and how much the first start moves.
static void by_period(struct figures *f, const struct vcpu_turns *v, uint64_t frame,
                      uint64_t period)
{
    uint64_t count = frame / period, reached = 0, phase = 0;
    size_t next = 0;

    f->least = UINT64_MAX;
    for (uint64_t k = 0; k < count; k++) {
        uint64_t begin = k * period, end = begin + period, got = 0;

        while (next < v->count && v->turns[next].slot->end <= begin)
            next++;
        if (next < v->count && v->turns[next].slot->start < end) {
            uint64_t start = v->turns[next].slot->start;
            uint64_t offset = start > begin ? start - begin : 0;

            phase = k == 0 ? offset : phase;
            if (distance(offset, phase) > f->jitter)
                f->jitter = distance(offset, phase);
        }
        reached = begin;
        for (size_t i = next; i < v->count && v->turns[i].slot->start < end; i++) {
            const struct slot *slot = v->turns[i].slot;
            uint64_t from = slot->start > reached ? slot->start : reached;
            uint64_t to = slot->end < end ? slot->end : end;

            if (to > from) {
                got += to - from;
                reached = to;
            }
        }
        if (got < f->least)
            f->least = got;
    }
}

static void fill(struct arena *a, const struct model *m, const struct timetable *t,
                 struct figures *f)
{
    const struct vcpu_turns *v = timetable_turns(t, f->partition, 0);
    const struct schedule *s = t->schedule;
    uint64_t frame = s->major_frame.value, period = f->owed->period.value, reached = 0;

    if (v->count == 0 || frame == 0)
        return;
    f->core = v->turns[0].core;
    f->windows = v->count;
    f->first = v->turns[0].slot->start;
    for (size_t i = 0; i < v->count; i++) {
        const struct slot *slot = v->turns[i].slot;
        uint64_t from = slot->start > reached ? slot->start : reached;

        if (slot->end > from) {
            f->total += slot->end - from;
            reached = slot->end;
        }
    }
    struct service service = service_of(a, m, t, f->partition, 0);
    f->blackout = service_blackout(&service, &f->blackout_at);
    f->least = f->total;
    if (f->owed->period.given && period > 0 && frame % period == 0 && frame / period <= PERIODS_MAX)
        by_period(f, v, frame, period);
}

struct figures *figures_make(struct arena *a, const struct model *m, const struct schedule *s)
{
    struct figures *all = arena_alloc(a, (m->partitions.count + 1) * sizeof *all);
    const struct timetable *t = &timetables_make(a, m)[s - m->schedules.items];

    EACH(p, &m->partitions) {
        all[p->index].partition = p;
        all[p->index].owed = demand_of(s, p);
        fill(a, m, t, &all[p->index]);
    }
    return all;
}

uint64_t idle_time(const struct schedule *s, const struct core_plan *c)
{
    uint64_t at = 0, idle = 0, frame = s->major_frame.value;

    EACH(slot, &c->slots) {
        if (!slot->window->partition || slot->end <= at)
            continue;
        if (slot->start > at)
            idle += slot->start - at;
        at = slot->end;
    }
    return at < frame ? idle + frame - at : idle;
}
