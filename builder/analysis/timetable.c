// SPDX-License-Identifier: BSD-2-Clause
// Sorts the slots of every core by the vcpu that they serve: a counting sort, linear in the slots.
#include "analysis/timetable.h"

#include <stdlib.h>

size_t timetable_vcpus(const struct partition *p)
{
    if (!p->cpus.given || p->cpus.value < 1)
        return 1;
    return p->cpus.value < BOARD_CORES_MAX ? (size_t)p->cpus.value : BOARD_CORES_MAX;
}

const struct vcpu_turns *timetable_turns(const struct timetable *t, const struct partition *p,
                                         size_t cpu)
{
    return &t->vcpus[t->first[p->index] + cpu];
}

bool timetable_runs(const struct timetable *t, const struct partition *p)
{
    for (size_t v = t->first[p->index]; v < t->first[p->index + 1]; v++)
        if (t->vcpus[v].count > 0)
            return true;
    return false;
}

static struct vcpu_turns *turns_of(const struct timetable *t, const struct slot *s)
{
    const struct partition *p = s->window->partition;
    uint64_t cpu = s->window->cpu.given ? s->window->cpu.value : 0;

    if (!p || cpu >= timetable_vcpus(p))
        return NULL;
    return &t->vcpus[t->first[p->index] + cpu];
}

static int by_start(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;

    if (x->slot->start != y->slot->start)
        return x->slot->start < y->slot->start ? -1 : 1;
    if (x->core != y->core)
        return x->core < y->core ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

// A vcpu on one core already has its turns in order; only one that changes cores needs sorting.
static void sort_turns(struct vcpu_turns *v)
{
    for (size_t i = 1; i < v->count; i++)
        if (v->turns[i].core != v->turns[0].core) {
            qsort(v->turns, v->count, sizeof *v->turns, by_start);
            return;
        }
}

static void fill(struct arena *a, struct timetable *t, size_t vcpus)
{
    const struct schedule *s = t->schedule;
    size_t total = 0;
    struct turn *turns;

    for (size_t c = 0; c < s->cores.count; c++)
        for (size_t i = 0; i < s->cores.items[c].slots.count; i++) {
            struct vcpu_turns *v = turns_of(t, &s->cores.items[c].slots.items[i]);

            if (v) {
                v->count++;
                total++;
            }
        }
    turns = arena_alloc(a, (total + 1) * sizeof *turns);
    for (size_t v = 0; v < vcpus; v++) {
        t->vcpus[v].turns = turns;
        turns += t->vcpus[v].count;
        t->vcpus[v].count = 0;
    }
    for (size_t c = 0; c < s->cores.count; c++)
        for (size_t i = 0; i < s->cores.items[c].slots.count; i++) {
            const struct slot *slot = &s->cores.items[c].slots.items[i];
            struct vcpu_turns *v = turns_of(t, slot);

            if (v)
                v->turns[v->count++] = (struct turn){slot, &s->cores.items[c]};
        }
    for (size_t v = 0; v < vcpus; v++)
        sort_turns(&t->vcpus[v]);
}

struct timetable *timetables_make(struct arena *a, const struct model *m)
{
    struct timetable *tables = arena_alloc(a, (m->schedules.count + 1) * sizeof *tables);
    size_t *first = arena_alloc(a, (m->partitions.count + 1) * sizeof *first);

    for (size_t i = 0; i < m->partitions.count; i++)
        first[i + 1] = first[i] + timetable_vcpus(&m->partitions.items[i]);
    for (size_t i = 0; i < m->schedules.count; i++) {
        size_t vcpus = first[m->partitions.count];

        tables[i].schedule = &m->schedules.items[i];
        tables[i].first = first;
        tables[i].vcpus = arena_alloc(a, (vcpus + 1) * sizeof *tables[i].vcpus);
        fill(a, &tables[i], vcpus);
    }
    return tables;
}
