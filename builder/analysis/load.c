// SPDX-License-Identifier: BSD-2-Clause
// Processes as numbers, and what is there for them.
#include "analysis/load.h"

uint64_t load_cost(const struct process *p, uint64_t wcet)
{
    const struct partition *part = p->partition;
    wide cost = wcet;

    if (part && part->wcet_basis == WCET_ALONE && part->wcet_factor.given)
        cost = (cost * part->wcet_factor.value + 99) / 100;
    return cost > UINT64_MAX ? UINT64_MAX : (uint64_t)cost;
}

uint64_t rta_cost(const struct process *p)
{
    return load_cost(p, p->wcet.value);
}

// Times beyond this are taken to be slips; sums of a few of them stay in range.
#define TIME_LIMIT ((uint64_t)1 << 61)

static const char *missing(const struct task *t, const struct process *p, bool cpu_exists)
{
    if (!p->wcet.given)
        return "its wcet is not given";
    if (p->wcet.value == 0)
        return "its wcet is 0";
    if (t->recurring && t->period == 0)
        return "its period is not given";
    if (!cpu_exists)
        return "its processor does not exist";
    if (t->cost > TIME_LIMIT || t->period > TIME_LIMIT || t->offset > TIME_LIMIT ||
        t->jitter > TIME_LIMIT || t->blocking > TIME_LIMIT ||
        (t->deadline > TIME_LIMIT && t->deadline != NEVER))
        return "one of its times is past 2^61 ns";
    return NULL;
}

static struct task task_of(const struct process *p, bool cpu_exists)
{
    struct task t = {.process = p, .recurring = p->kind != PROCESS_APERIODIC};

    t.cost = p->wcet.given ? rta_cost(p) : 0;
    t.period = t.recurring && p->period.given ? p->period.value : 0;
    t.offset = p->offset.given ? p->offset.value : 0;
    t.jitter = p->jitter.given ? p->jitter.value : 0;
    t.blocking = p->blocking.given ? p->blocking.value : 0;
    t.priority = p->priority.given ? p->priority.value : 0;
    t.deadline = p->no_deadline      ? NEVER
                 : p->deadline.given ? p->deadline.value
                 : t.recurring       ? t.period
                                     : NEVER;
    t.strict = p->kind == PROCESS_PERIODIC && t.jitter == 0;
    t.unknown = missing(&t, p, cpu_exists);
    return t;
}

// ---- Mutexes ------------------------------------------------------------------------------------

struct holders {     // of one mutex, as one vcpu sees them
    uint64_t lowest; // priority of its least urgent user there; NEVER: none that counts
    size_t here, elsewhere;
};

static bool in_background(const struct task *t)
{
    return !t->recurring && t->priority == 0;
}

static void hold(struct task *t)
{
    t->held = t->process->blocking.at.line == 0; // where it is written, it counts for all of that
}

// `tasks` by process: those of this vcpu.
static struct holders holders_of(const struct mutex *m, struct task *const *tasks)
{
    struct holders h = {.lowest = NEVER};

    EACH(user, &m->users) {
        const struct task *t = user->process ? tasks[user->process->index] : NULL;

        h.here += t != NULL;
        h.elsewhere += user->process && !t;
        if (t && (t->priority || in_background(t)) && t->priority < h.lowest)
            h.lowest = t->priority;
    }
    return h;
}

// How long a mutex is held is nowhere said. Its holder has the priority of the ceiling, and so
// holds up all in between; one of another vcpu, or under EDF, holds up the other users. A user that
// is as urgent as a task counts with all of its time already.
static void find_held(struct load *l, const struct mutex *m, struct task *const *tasks)
{
    struct holders h = holders_of(m, tasks);

    EACH(user, &m->users) {
        if (user->process && tasks[user->process->index] && (h.elsewhere || (l->edf && h.here > 1)))
            hold(tasks[user->process->index]);
    }
    for (size_t i = 0; i < l->count && h.lowest != NEVER && !l->edf; i++) {
        struct task *t = &l->tasks[i];
        uint64_t priority = t->priority || in_background(t) ? t->priority : h.lowest + 1;

        if (h.lowest < priority && m->ceiling.value >= priority)
            hold(t);
    }
}

static void find_all_held(struct arena *a, struct load *l, const struct partition *p)
{
    struct task **tasks;

    if (p->mutexes.count == 0)
        return;
    tasks = arena_alloc(a, (p->processes.count + 1) * sizeof *tasks);
    for (size_t i = 0; i < l->count; i++)
        tasks[l->tasks[i].process->index] = &l->tasks[i];
    EACH(m, &p->mutexes)
        find_held(l, m, tasks);
}

// A process for a processor that does not exist goes to the first, so that it is answered for.
struct load load_of(struct arena *a, const struct partition *p, size_t cpu)
{
    struct load l = {.edf = p->scheduling == SCHEDULING_EDF, .overload = NEVER};
    size_t cpus = timetable_vcpus(p);

    l.tasks = arena_alloc(a, (p->processes.count + 1) * sizeof *l.tasks);
    EACH(process, &p->processes) {
        uint64_t its = process->cpu.given ? process->cpu.value : 0;

        if ((its < cpus ? its : 0) == cpu)
            l.tasks[l.count++] = task_of(process, its < cpus);
    }
    find_all_held(a, &l, p);
    return l;
}

bool load_precedes(const struct load *l, size_t j, size_t i)
{
    const struct task *other = &l->tasks[j], *task = &l->tasks[i];

    if (i == j)
        return false;
    if (l->edf)
        return other->deadline != NEVER;
    if (!other->recurring && other->priority == 0) // it runs when nothing else wants to
        return !task->recurring && task->priority == 0 && task->deadline != NEVER;
    return other->priority == 0 || task->priority == 0 || other->priority >= task->priority;
}

static const char unheld[] = "a mutex can hold it up, and its blocking is not given";

const char *load_unknown(const struct load *l, size_t i, const struct process **because)
{
    *because = l->tasks[i].process;
    if (l->tasks[i].unknown)
        return l->tasks[i].unknown;
    if (l->edf && l->tasks[i].deadline == NEVER)
        return NULL; // there is nothing to prove
    if (l->tasks[i].held && l->tasks[i].deadline != NEVER)
        return unheld;
    for (size_t j = 0; j < l->count; j++) {
        if (!load_precedes(l, j, i))
            continue;
        *because = l->tasks[j].process;
        if (l->tasks[j].unknown)
            return l->tasks[j].unknown;
        if (l->edf && l->tasks[j].held)
            return unheld;
        if (!l->tasks[j].recurring)
            return "it may run at any time, as often as it likes";
    }
    *because = NULL;
    return NULL;
}

// ---- Time that is there -------------------------------------------------------------------------

uint64_t supply_total(const struct supply *s)
{
    return s->table ? s->table->before[s->table->count] : s->duration;
}

uint64_t supply_frame(const struct supply *s)
{
    return s->table ? s->table->frame : s->period;
}

// A periodic resource is at its worst right after a budget that came at once, when all others come
// as late as they can (Shin and Lee 2003).
static uint64_t resource_time(const struct supply *s, uint64_t amount)
{
    uint64_t budgets = (amount - 1) / s->duration, rest = amount - budgets * s->duration;
    wide t = (wide)2 * (s->period - s->duration) + (wide)budgets * s->period + rest;

    return t > (wide)1 << 63 ? NEVER : (uint64_t)t;
}

uint64_t supply_time(const struct supply *s, wide amount)
{
    if (amount == 0)
        return 0;
    if (amount > (wide)1 << 63 || supply_total(s) == 0)
        return NEVER;
    return s->table ? service_least_time(s->table, (uint64_t)amount)
                    : resource_time(s, (uint64_t)amount);
}

// ---- In the long run ----------------------------------------------------------------------------

static bool counts(const struct load *l, size_t j, size_t i, bool own)
{
    return l->tasks[j].recurring && !l->tasks[j].unknown && (j == i ? own : load_precedes(l, j, i));
}

struct share load_share(const struct load *l, size_t i, bool own)
{
    struct share share = {0, 1};
    wide work = 0;

    for (size_t j = 0; j < l->count; j++)
        if (counts(l, j, i, own) &&
            (!lcm_u64(share.span, l->tasks[j].period, &share.span) || share.span > TIME_LIMIT))
            return (struct share){0, 0};
    for (size_t j = 0; j < l->count; j++)
        if (counts(l, j, i, own))
            work += (wide)l->tasks[j].cost * (share.span / l->tasks[j].period);
    share.work = work > share.span ? NEVER : (uint64_t)work;
    return share;
}

int share_compare(struct share share, const struct supply *s)
{
    wide work = (wide)share.work * supply_frame(s), there = (wide)supply_total(s) * share.span;

    if (share.span == 0)
        return SHARE_UNKNOWN;
    if (share.work == NEVER)
        return SHARE_MORE;
    return work < there ? SHARE_LESS : work == there ? SHARE_EQUAL : SHARE_MORE;
}
