// SPDX-License-Identifier: BSD-2-Clause
// Keeps what was computed once.
#include "analysis/analyses.h"

#include "analysis/latency.h"

struct of_schedule {
    const struct service **services; // by partition, then by vcpu; NULL: not made yet
    struct rta **rtas;               // by partition
    bool *made;                      // by partition: rtas has its answer
    struct latencies *latencies;
};

struct analyses {
    struct arena *arena;
    const struct model *model;
    const struct timetable *timetables;
    struct of_schedule *schedules;
};

struct analyses *analyses_new(struct arena *a, const struct model *m,
                              const struct timetable *timetables)
{
    struct analyses *x = arena_alloc(a, sizeof *x);

    *x = (struct analyses){.arena = a, .model = m, .timetables = timetables};
    x->schedules = arena_alloc(a, (m->schedules.count + 1) * sizeof *x->schedules);
    EACH(s, &m->schedules) {
        struct of_schedule *of = &x->schedules[s - m->schedules.items];
        size_t count = m->partitions.count + 1;

        of->services = arena_alloc(a, count * sizeof *of->services);
        of->rtas = arena_alloc(a, count * sizeof *of->rtas);
        of->made = arena_alloc(a, count * sizeof *of->made);
    }
    return x;
}

const struct timetable *analyses_timetable(struct analyses *x, const struct schedule *s)
{
    return &x->timetables[s - x->model->schedules.items];
}

static const struct service *services(struct analyses *x, const struct schedule *s,
                                      const struct partition *p)
{
    const struct service **kept = &x->schedules[s - x->model->schedules.items].services[p->index];
    size_t cpus = timetable_vcpus(p);

    if (!*kept) {
        struct service *made = arena_alloc(x->arena, cpus * sizeof *made);

        for (size_t cpu = 0; cpu < cpus; cpu++)
            made[cpu] = service_of(x->arena, x->model, analyses_timetable(x, s), p, cpu);
        *kept = made;
    }
    return *kept;
}

const struct service *analyses_service(struct analyses *x, const struct schedule *s,
                                       const struct partition *p, size_t cpu)
{
    return &services(x, s, p)[cpu];
}

struct rta *analyses_rta(struct analyses *x, const struct schedule *s, const struct partition *p)
{
    struct of_schedule *of = &x->schedules[s - x->model->schedules.items];

    if (!of->made[p->index]) {
        of->made[p->index] = true;
        if (p->processes.count > 0)
            of->rtas[p->index] =
                rta_make(x->arena, x->model, analyses_timetable(x, s), p, services(x, s, p));
    }
    return of->rtas[p->index];
}

struct rta *const *analyses_rtas(struct analyses *x, const struct schedule *s)
{
    EACH(p, &x->model->partitions)
        analyses_rta(x, s, p);
    return x->schedules[s - x->model->schedules.items].rtas;
}

struct latencies *analyses_latencies(struct analyses *x, const struct schedule *s)
{
    struct latencies **kept = &x->schedules[s - x->model->schedules.items].latencies;

    if (!*kept)
        *kept = latencies_new(x->arena, x->model, x, s);
    return *kept;
}
