// SPDX-License-Identifier: BSD-2-Clause
// Rules about processes and what they share: what CREATE_PROCESS and its kin would refuse.
#include "check/pass.h"

#include "check/duplicates.h"
#include "analysis/timetable.h"
#include "hv_limits.h"
#include <string.h>

enum {
    PRIORITY_MIN = 1, // MIN_PRIORITY_VALUE
    PRIORITY_MAX = 239,
    SEMAPHORE_MAX = 32767, // MAX_SEMAPHORE_VALUE
    OBJECTS_MAX = 256,     // SYSTEM_LIMIT_NUMBER_OF_BUFFERS and so on
};

static struct mark name_mark(const struct process *q)
{
    return mark_or(q->name.at, q->mark);
}

static void blame(struct pass *p, const struct process *q)
{
    pass_blame(p, q);
    pass_blame(p, q->partition);
}

static void each_process(struct pass *p, void (*visit)(struct pass *p, const struct process *q))
{
    EACH(part, &p->model->partitions) {
        EACH(q, &part->processes)
            visit(p, q);
    }
}

// ---- PROC-001, PROC-002 -------------------------------------------------------------------------

static void unique_names(struct pass *p, const struct partition *part)
{
    struct duplicates names = {.arena = p->arena};

    EACH(q, &part->processes)
        duplicates_add(&names, &q->name, q);
    for (const struct duplicate *i = duplicates_find(&names); i; i = i->next) {
        struct diag *f = pass_report(p, i->again->at, "two processes of '%s' are named '%s'",
                                     word_text(&part->name), i->again->text);

        diag_note(p->diags, f, i->first->at, "the first");
        diag_help(p->diags, f, "rename one of them");
        pass_blame(p, i->again_object);
        pass_blame(p, part);
    }
}

void check_PROC_001(struct pass *p)
{
    EACH(part, &p->model->partitions)
        unique_names(p, part);
}

void check_PROC_002(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        struct diag *f;

        if (part->processes.count <= HV_MAX_PROCESSES)
            continue;
        f = pass_report(p, part->processes.items[HV_MAX_PROCESSES].mark,
                        "partition '%s' has too many processes", word_text(&part->name));
        diag_label(p->diags, f, "%zu processes, the limit is %d", part->processes.count,
                   HV_MAX_PROCESSES);
        diag_help(p->diags, f, "let processes of one period be one, or split the partition");
        pass_blame(p, part);
    }
}

// ---- PROC-003: priorities -----------------------------------------------------------------------

static bool priority_in_range(struct amount priority)
{
    return !priority.given || (priority.value >= PRIORITY_MIN && priority.value <= PRIORITY_MAX);
}

static void has_legal_priority(struct pass *p, const struct process *q)
{
    struct diag *f;

    if (priority_in_range(q->priority))
        return;
    f = pass_report(p, mark_or(q->priority.at, name_mark(q)),
                    "the priority of process '%s' is out of range", word_text(&q->name));
    diag_label(p->diags, f, "%llu; priorities are %d to %d", (unsigned long long)q->priority.value,
               PRIORITY_MIN, PRIORITY_MAX);
    diag_help(p->diags, f, "choose one from %d to %d; a greater one is more urgent", PRIORITY_MIN,
              PRIORITY_MAX);
    blame(p, q);
}

void check_PROC_003(struct pass *p)
{
    each_process(p, has_legal_priority);
}

// ---- PROC-004: periods --------------------------------------------------------------------------

// A demand that the period is a multiple of, if there is one; else one that it is not.
static const struct demand *fitting_demand(const struct pass *p, const struct process *q)
{
    const struct demand *odd = NULL;

    EACH(s, &p->model->schedules) {
        const struct demand *owed = demand_of(s, q->partition);

        if (!owed->period.given || owed->period.value == 0 ||
            !timetable_runs(&p->timetables[s - p->model->schedules.items], q->partition))
            continue;
        if (q->period.value % owed->period.value == 0)
            return owed;
        if (!odd)
            odd = owed;
    }
    return odd;
}

static void no_period(struct pass *p, const struct process *q)
{
    struct diag *f;

    if (strcmp(p->model->dialect, "system.yaml") != 0 && !q->period.at.line)
        return; // other languages need not say when a process runs
    f = pass_report(p, mark_or(q->period.at, name_mark(q)), "%s process '%s' has no period",
                    q->kind == PROCESS_SPORADIC ? "sporadic" : "periodic", word_text(&q->name));
    diag_help(p->diags, f, "give it a period longer than 0, or write 'type: aperiodic'");
    blame(p, q);
}

static void odd_period(struct pass *p, const struct process *q, const struct demand *owed)
{
    uint64_t period = owed->period.value, below = q->period.value / period * period;
    struct diag *f = pass_report(p, q->period.at,
                                 "the period of process '%s' is not a multiple of its partition's",
                                 word_text(&q->name));

    diag_label(p->diags, f, "%s is not a multiple of %s", time_text(p->arena, q->period.value),
               time_text(p->arena, period));
    diag_note(p->diags, f, mark_or(owed->period.at, demand_mark(owed)),
              "the period of partition '%s'", word_text(&q->partition->name));
    if (below > 0)
        diag_help(p->diags, f, "set it to %s or %s", time_text(p->arena, below),
                  time_text(p->arena, below + period));
    else
        diag_help(p->diags, f, "set it to %s, or give the partition a period of %s",
                  time_text(p->arena, period), time_text(p->arena, q->period.value));
    blame(p, q);
}

static void has_legal_period(struct pass *p, const struct process *q)
{
    const struct demand *owed;
    struct diag *f;

    if (q->kind == PROCESS_APERIODIC) {
        if (!q->period.at.line)
            return;
        f = pass_report(p, q->period.at, "aperiodic process '%s' has a period",
                        word_text(&q->name));
        diag_help(p->diags, f,
                  "remove the period, or write 'type: sporadic' if it is the least "
                  "time between two releases");
        blame(p, q);
        return;
    }
    if (!q->period.given || q->period.value == 0) {
        no_period(p, q);
        return;
    }
    if (q->kind != PROCESS_PERIODIC || !pass_clean(p, q->partition))
        return;
    owed = fitting_demand(p, q);
    if (owed && q->period.value % owed->period.value != 0)
        odd_period(p, q, owed);
}

void check_PROC_004(struct pass *p)
{
    each_process(p, has_legal_period);
}

// ---- PROC-005: deadlines and execution times ----------------------------------------------------

static void no_time(struct pass *p, const struct process *q, struct amount time, const char *what)
{
    struct diag *f = pass_report(p, mark_or(time.at, name_mark(q)), "the %s of process '%s' is 0",
                                 what, word_text(&q->name));

    diag_help(p->diags, f, "give it more than 0, or leave it out");
    blame(p, q);
}

static void late_deadline(struct pass *p, const struct process *q)
{
    struct diag *f =
        pass_report(p, q->deadline.at, "the deadline of process '%s' is longer than its period",
                    word_text(&q->name));

    diag_label(p->diags, f, "%s; the period is %s", time_text(p->arena, q->deadline.value),
               time_text(p->arena, q->period.value));
    diag_note(p->diags, f, q->period.at, "its period");
    diag_help(p->diags, f, "shorten the deadline to %s, or lengthen the period",
              time_text(p->arena, q->period.value));
    blame(p, q);
}

static void has_legal_times(struct pass *p, const struct process *q)
{
    struct diag *f;

    if (q->wcet.given && q->wcet.value == 0)
        no_time(p, q, q->wcet, "wcet");
    if (q->deadline.at.line && q->deadline.given && q->deadline.value == 0)
        no_time(p, q, q->deadline, "deadline");
    if (q->kind == PROCESS_PERIODIC && q->period.given && q->deadline.given && !q->no_deadline &&
        q->deadline.value > q->period.value)
        late_deadline(p, q);
    if (!q->wcet.given || !q->bcet.given || q->bcet.value <= q->wcet.value)
        return;
    f = pass_report(p, mark_or(q->bcet.at, name_mark(q)),
                    "the bcet of process '%s' is longer than its wcet", word_text(&q->name));
    diag_label(p->diags, f, "%s; the wcet is %s", time_text(p->arena, q->bcet.value),
               time_text(p->arena, q->wcet.value));
    diag_note(p->diags, f, q->wcet.at, "its wcet");
    diag_help(p->diags, f, "the shortest time is at most the longest: set bcet to %s or less",
              time_text(p->arena, q->wcet.value));
    blame(p, q);
}

void check_PROC_005(struct pass *p)
{
    each_process(p, has_legal_times);
}

// ---- PROC-006: stacks ---------------------------------------------------------------------------

// Each stack in whole pages and a page that guards it.
static bool stack_pages(const struct process *q, uint64_t *bytes)
{
    uint64_t pages = q->stack.value / HV_PAGE_SIZE + (q->stack.value % HV_PAGE_SIZE != 0) + 1;

    return mul_u64(pages, HV_PAGE_SIZE, &pages) && add_u64(*bytes, pages, bytes);
}

void check_PROC_006(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        uint64_t asked = 0;
        bool fits = true;
        size_t count = 0;
        struct diag *f;

        EACH(q, &part->processes) {
            if (q->stack.given && q->stack.value == 0)
                no_time(p, q, q->stack, "stack");
            if (!q->stack.given)
                continue;
            fits = stack_pages(q, &asked) && fits;
            count++;
        }
        if (!part->stack.given || (fits && asked <= part->stack.value))
            continue;
        f = pass_report(p, part->stack.at, "the stacks of partition '%s' do not fit",
                        word_text(&part->name));
        diag_label(p->diags, f, "%zu stacks with a guard page of %s each need %s", count,
                   size_text(p->arena, HV_PAGE_SIZE), fits ? size_text(p->arena, asked) : "more");
        diag_help(p->diags, f, "set it to %s or more, or make stacks smaller",
                  fits ? size_text(p->arena, asked) : "all that is asked for");
        pass_blame(p, part);
    }
}

// ---- PROC-007: hard deadlines -------------------------------------------------------------------

static void hard_needs_deadline(struct pass *p, const struct process *q)
{
    struct diag *f;

    if (!is_true(q->hard) || !(q->no_deadline || !q->deadline.given))
        return;
    f = pass_report(p, mark_or(q->hard.at, name_mark(q)),
                    "process '%s' has a hard deadline, but no deadline", word_text(&q->name));
    if (q->deadline.at.line)
        diag_note(p->diags, f, q->deadline.at, "it can never be late");
    diag_help(p->diags, f, "give it a deadline, or make it soft");
    blame(p, q);
}

void check_PROC_007(struct pass *p)
{
    each_process(p, hard_needs_deadline);
}

// ---- PROC-008: somebody handles errors of processes ---------------------------------------------

static bool table_is_for(const struct hm_table *t, const struct partition *part)
{
    if (t->kind != HM_TABLE_PARTITION)
        return false;
    EACH(member, &t->partitions) {
        if (member->partition == part)
            return true;
    }
    return is_true(t->fallback);
}

static const struct hm_entry *process_entry(const struct model *m, const struct partition *part)
{
    EACH(t, &m->hm.tables) {
        if (!table_is_for(t, part))
            continue;
        EACH(e, &t->entries) {
            if (e->level == HM_LEVEL_PROCESS)
                return e;
        }
    }
    return NULL;
}

// Other languages need not name the processes.
void check_PROC_008(struct pass *p)
{
    if (strcmp(p->model->dialect, "system.yaml") != 0)
        return;
    EACH(part, &p->model->partitions) {
        const struct hm_entry *e = process_entry(p->model, part);
        struct diag *f;

        if (!e || part->processes.count > 0 || !pass_first(p, e, part))
            continue;
        f = pass_report(p, mark_or(part->name.at, part->mark),
                        "errors of partition '%s' go to its processes, and it has none",
                        word_text(&part->name));
        diag_note(p->diags, f, mark_or(e->level_at, e->mark), "level 'process' for '%s'",
                  word_text(&e->error_name));
        diag_help(p->diags, f, "describe its processes, or give the error level 'partition'");
        pass_blame(p, part);
    }
}

// ---- PROC-009: ceilings of mutexes --------------------------------------------------------------

static void ceiling_in_range(struct pass *p, const struct partition *part, const struct mutex *m)
{
    struct diag *f;

    if (priority_in_range(m->ceiling))
        return;
    f = pass_report(p, m->ceiling.at, "the ceiling of mutex '%s' is out of range",
                    word_text(&m->name));
    diag_label(p->diags, f, "%llu; priorities are %d to %d", (unsigned long long)m->ceiling.value,
               PRIORITY_MIN, PRIORITY_MAX);
    diag_help(p->diags, f, "set it to the greatest priority of its users");
    pass_blame(p, part);
}

static void ceiling_above_users(struct pass *p, const struct partition *part, const struct mutex *m)
{
    uint64_t greatest = 0;

    EACH(user, &m->users) {
        if (user->process && user->process->priority.given &&
            user->process->priority.value > greatest)
            greatest = user->process->priority.value;
    }
    EACH(user, &m->users) {
        const struct process *q = user->process;
        struct diag *f;

        if (!q || !q->priority.given || !m->ceiling.given ||
            q->priority.value <= m->ceiling.value || !pass_clean(p, q))
            continue;
        f = pass_report(p, m->ceiling.at,
                        "the ceiling of mutex '%s' is below the priority of its user '%s'",
                        word_text(&m->name), word_text(&q->name));
        diag_label(p->diags, f, "%llu is less urgent than %llu",
                   (unsigned long long)m->ceiling.value, (unsigned long long)q->priority.value);
        diag_note(p->diags, f, q->priority.at, "the priority of '%s'", word_text(&q->name));
        diag_help(p->diags, f, "set the ceiling to %llu, the greatest priority of its users",
                  (unsigned long long)greatest);
        pass_blame(p, part);
    }
}

void check_PROC_009(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        EACH(m, &part->mutexes) {
            ceiling_in_range(p, part, m);
            if (priority_in_range(m->ceiling))
                ceiling_above_users(p, part, m);
        }
    }
}

// ---- PROC-010: numbers of objects ---------------------------------------------------------------

static void too_many(struct pass *p, const struct partition *part, struct mark at, uint64_t count,
                     const char *what)
{
    struct diag *f;

    if (count <= OBJECTS_MAX)
        return;
    f = pass_report(p, mark_or(at, part->mark), "partition '%s' creates too many %s",
                    word_text(&part->name), what);
    diag_label(p->diags, f, "%llu; the limit is %d", (unsigned long long)count, OBJECTS_MAX);
    diag_help(p->diags, f, "share them between processes, or split the partition");
    pass_blame(p, part);
}

void check_PROC_010(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        size_t semaphores = part->semaphores.count, mutexes = part->mutexes.count;

        too_many(p, part, part->buffers.at, part->buffers.given ? part->buffers.value : 0,
                 "buffers");
        too_many(p, part, part->blackboards.at,
                 part->blackboards.given ? part->blackboards.value : 0, "blackboards");
        too_many(p, part, part->events.at, part->events.given ? part->events.value : 0, "events");
        if (semaphores > OBJECTS_MAX)
            too_many(p, part, part->semaphores.items[OBJECTS_MAX].mark, semaphores, "semaphores");
        if (mutexes > OBJECTS_MAX)
            too_many(p, part, part->mutexes.items[OBJECTS_MAX].mark, mutexes, "mutexes");
    }
}

// ---- PROC-011: delays of first releases ---------------------------------------------------------

static void offset_within_period(struct pass *p, const struct process *q)
{
    struct diag *f;

    if (q->kind != PROCESS_PERIODIC || !q->offset.given || !q->period.given ||
        q->period.value == 0 || q->offset.value < q->period.value)
        return;
    f = pass_report(p, mark_or(q->offset.at, name_mark(q)),
                    "the offset of process '%s' is not shorter than its period",
                    word_text(&q->name));
    diag_label(p->diags, f, "%s; the period is %s", time_text(p->arena, q->offset.value),
               time_text(p->arena, q->period.value));
    diag_note(p->diags, f, q->period.at, "its period");
    diag_help(p->diags, f, "set it to %s: whole periods later it is released just so",
              time_text(p->arena, q->offset.value % q->period.value));
    blame(p, q);
}

void check_PROC_011(struct pass *p)
{
    each_process(p, offset_within_period);
}

// ---- PROC-012: values of semaphores -------------------------------------------------------------

void check_PROC_012(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        EACH(s, &part->semaphores) {
            struct diag *f;

            if (s->maximum.given && (s->maximum.value > SEMAPHORE_MAX || s->maximum.value == 0)) {
                f = pass_report(p, s->maximum.at, "the maximum of semaphore '%s' is out of range",
                                word_text(&s->name));
                diag_label(p->diags, f, "%llu; it can be 1 to %d",
                           (unsigned long long)s->maximum.value, SEMAPHORE_MAX);
                diag_help(p->diags, f, "choose one from 1 to %d", SEMAPHORE_MAX);
                pass_blame(p, part);
            } else if (s->maximum.given && s->initial.given &&
                       s->initial.value > s->maximum.value) {
                f = pass_report(p, s->initial.at,
                                "semaphore '%s' begins with more than its maximum",
                                word_text(&s->name));
                diag_label(p->diags, f, "%llu; the maximum is %llu",
                           (unsigned long long)s->initial.value,
                           (unsigned long long)s->maximum.value);
                diag_note(p->diags, f, s->maximum.at, "its maximum");
                diag_help(p->diags, f, "begin with %llu or less, or raise the maximum",
                          (unsigned long long)s->maximum.value);
                pass_blame(p, part);
            }
        }
    }
}
