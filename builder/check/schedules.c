// SPDX-License-Identifier: BSD-2-Clause
// Rules about several schedules beside each other, and about the change from one to another.
#include "check/pass.h"

#include "analysis/analyses.h"
#include <stdlib.h>
#include <string.h>

static struct mark name_mark(const struct schedule *s)
{
    return mark_or(s->name.at, s->mark);
}

static bool several(const struct pass *p)
{
    return p->model->schedules.count > 1;
}

static bool runs(const struct pass *p, const struct schedule *s, const struct partition *part)
{
    return timetable_runs(&p->timetables[s - p->model->schedules.items], part);
}

// False: its windows were to be found, and there are none (SCHED-026).
static bool planned(const struct schedule *s)
{
    return !s->windows_lost && (!is_true(s->synthesize) || s->cores.count > 0);
}

// Dialects have no words for some of it, and fixed meanings for what is left out.
static bool own_language(const struct pass *p)
{
    return strcmp(p->model->dialect, "system.yaml") == 0;
}

// Whether a partition may ask for another schedule (SET_MODULE_SCHEDULE).
static bool may_switch(const struct pass *p, const struct partition *part)
{
    if (is_true(part->system) && p->model->unstated & UNSTATED_RIGHTS)
        return true;
    EACH(use, &part->rights) {
        if (use->right & RIGHT_SWITCH_SCHEDULE)
            return true;
    }
    return false;
}

static bool anyone_may_switch(const struct pass *p)
{
    EACH(part, &p->model->partitions) {
        if (may_switch(p, part))
            return true;
    }
    return false;
}

static const struct change_action *action_of(const struct schedule *s, const struct partition *part)
{
    EACH(c, &s->on_change) {
        if (c->partition == part)
            return c;
    }
    return NULL;
}

// ---- MSCHED-001: identifiers are unique ---------------------------------------------------------

static int by_id(const void *a, const void *b)
{
    const struct schedule *x = *(struct schedule *const *)a, *y = *(struct schedule *const *)b;

    if (x->id.value != y->id.value)
        return x->id.value < y->id.value ? -1 : 1;
    return x < y ? -1 : x > y;
}

void check_MSCHED_001(struct pass *p)
{
    size_t count = p->model->schedules.count;
    struct schedule **sorted = arena_alloc(p->arena, (count + 1) * sizeof *sorted);

    for (size_t i = 0; i < count; i++)
        sorted[i] = &p->model->schedules.items[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_id);
    for (size_t i = 1; i < count; i++) {
        const struct schedule *first = sorted[i - 1], *again = sorted[i];
        struct diag *f;

        if (first->id.value != again->id.value)
            continue;
        f = pass_report(p, mark_or(again->id.at, name_mark(again)),
                        "schedules '%s' and '%s' have the same identifier", word_text(&first->name),
                        word_text(&again->name));
        diag_label(p->diags, f, "identifier %llu%s", (unsigned long long)again->id.value,
                   again->id.at.line ? "" : ", its place in the list");
        diag_note(p->diags, f, mark_or(first->id.at, name_mark(first)), "'%s' has it%s",
                  word_text(&first->name), first->id.at.line ? "" : " as its place in the list");
        diag_help(p->diags, f, "give each schedule an 'id' of its own, or none of them");
    }
}

// ---- MSCHED-002: one schedule is the initial one ------------------------------------------------

void check_MSCHED_002(struct pass *p)
{
    const struct schedule *first = NULL;
    size_t refused = 0;

    EACH(s, &p->model->schedules) {
        struct diag *f;

        refused += s->initial.at.line && !is_true(s->initial);
        if (!is_true(s->initial))
            continue;
        if (!first) {
            first = s;
            continue;
        }
        f = pass_report(p, mark_or(s->initial.at, name_mark(s)),
                        "schedules '%s' and '%s' are both the initial one", word_text(&first->name),
                        word_text(&s->name));
        diag_note(p->diags, f, mark_or(first->initial.at, name_mark(first)), "'%s' is, too",
                  word_text(&first->name));
        diag_help(p->diags, f, "keep 'initial: true' at the one that the module starts with");
    }
    if (!first && refused > 0 && refused == p->model->schedules.count) {
        const struct schedule *s = &p->model->schedules.items[0];
        struct diag *f =
            pass_report(p, mark_or(s->initial.at, name_mark(s)), "no schedule is the initial one");

        diag_help(p->diags, f, "write 'initial: true' at the one that the module starts with");
    }
}

// ---- MSCHED-004: somebody may change the schedule -----------------------------------------------

// Whether an event of some partition changes to the schedule.
static bool health_leads_to(const struct pass *p, const struct schedule *s)
{
    EACH(part, &p->model->partitions) {
        if (part->switch_to == s)
            return true;
    }
    return false;
}

void check_MSCHED_004(struct pass *p)
{
    const struct schedule *second = NULL;
    struct diag *f;

    EACH(s, &p->model->schedules) {
        if (!second && s != initial_schedule(p->model) && !health_leads_to(p, s))
            second = s;
    }
    if (!second || anyone_may_switch(p))
        return;
    f = pass_report(p, name_mark(second), "nobody may change to schedule '%s'",
                    word_text(&second->name));
    diag_note(p->diags, f, name_mark(initial_schedule(p->model)),
              "the module starts with '%s' and stays there",
              word_text(&initial_schedule(p->model)->name));
    diag_help(p->diags, f,
              "let a system partition change it with 'rights: [switch_schedule]', or remove the "
              "schedule");
}

// ---- MSCHED-005: no schedule is a trap ----------------------------------------------------------

static const struct partition *switcher_in(const struct pass *p, const struct schedule *s)
{
    EACH(part, &p->model->partitions) {
        if (may_switch(p, part) && runs(p, s, part))
            return part;
    }
    return NULL;
}

static const struct partition *some_switcher(const struct pass *p)
{
    EACH(part, &p->model->partitions) {
        if (may_switch(p, part))
            return part;
    }
    return NULL;
}

static void trap(struct pass *p, const struct schedule *s)
{
    const struct partition *part = some_switcher(p);
    struct diag *f =
        pass_report(p, name_mark(s), "there is no way out of schedule '%s'", word_text(&s->name));

    diag_label(p->diags, f, "no partition that may change the schedule has a window in it");
    diag_note(p->diags, f, mark_or(part->name.at, part->mark), "'%s' may change it",
              word_text(&part->name));
    diag_help(p->diags, f, "give '%s' a window there, or say that it is meant: 'final: true'",
              word_text(&part->name));
}

// Who has the right can ask for every schedule, so all are reached as soon as the first is left.
void check_MSCHED_005(struct pass *p)
{
    const struct schedule *first = initial_schedule(p->model);

    if (!several(p) || !anyone_may_switch(p))
        return;
    EACH(s, &p->model->schedules) {
        bool reached = s == first || switcher_in(p, first) || health_leads_to(p, s);

        if (reached && !is_true(s->final) && planned(s) && pass_clean(p, s) && !switcher_in(p, s))
            trap(p, s);
    }
}

// ---- MSCHED-006: every partition knows what to do -----------------------------------------------

static void check_actions(struct pass *p, const struct schedule *s)
{
    EACH(c, &s->on_change) {
        struct diag *f;

        if (c->action == TBL_NONE) {
            f = pass_report(p, mark_or(c->action_at, c->mark),
                            "'%s' cannot do that when schedule '%s' begins",
                            word_text(&c->partition_name), word_text(&s->name));
            diag_help(p->diags, f, "choose 'ignore', 'warm_start' or 'cold_start'");
        } else if (c->partition && planned(s) && !runs(p, s, c->partition)) {
            f = pass_report(p, mark_or(c->mark, c->action_at),
                            "partition '%s' has no window in schedule '%s', in which to act",
                            word_text(&c->partition_name), word_text(&s->name));
            diag_help(p->diags, f,
                      "an action is done in the first window after the change: remove it, or give "
                      "'%s' a window",
                      word_text(&c->partition_name));
        }
    }
}

static void missing_actions(struct pass *p, const struct schedule *s)
{
    struct text missing = {.arena = p->arena}, remedy = {.arena = p->arena};
    unsigned count = 0;
    struct diag *f;

    EACH(part, &p->model->partitions) {
        if (!runs(p, s, part) || action_of(s, part) || !pass_clean(p, part))
            continue;
        if (++count > 8)
            continue;
        text_add(&missing, "%s'%s'", count > 1 ? ", " : "", word_text(&part->name));
        text_add(&remedy, "%s%s: ignore", count > 1 ? ", " : "", word_text(&part->name));
    }
    if (count == 0)
        return;
    f = pass_report(p, name_mark(s),
                    "schedule '%s' does not say what its partitions do on a change",
                    word_text(&s->name));
    diag_label(p->diags, f, "nothing for %s%s", missing.bytes, count > 8 ? " and more" : "");
    diag_help(p->diags, f, "add 'on_change: {%s}', or warm_start or cold_start", remedy.bytes);
}

void check_MSCHED_006(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!pass_clean(p, s))
            continue;
        check_actions(p, s);
        if (several(p) && own_language(p))
            missing_actions(p, s);
    }
}

// ---- MSCHED-007: processes fit the periods of every schedule ------------------------------------

static bool ignores(const struct schedule *s, const struct partition *part)
{
    const struct change_action *c = action_of(s, part);

    return !c || c->action == TBL_ACTION_IGNORE;
}

// A schedule in which the process fits, while it does not in `s`.
static const struct schedule *fitting(const struct pass *p, const struct process *process,
                                      const struct schedule *s)
{
    EACH(other, &p->model->schedules) {
        struct amount period = demand_of(other, process->partition)->period;

        if (other != s && period.given && period.value && runs(p, other, process->partition) &&
            process->period.value % period.value == 0)
            return other;
    }
    return NULL;
}

static void does_not_fit(struct pass *p, const struct process *process, const struct schedule *s,
                         const struct schedule *other)
{
    const struct partition *part = process->partition;
    struct amount here = demand_of(s, part)->period, there = demand_of(other, part)->period;
    const struct change_action *c = action_of(s, part);
    struct diag *f;

    f = pass_report(
        p, process->period.at,
        "process '%s' of partition '%s' goes on in schedule '%s', where it does not fit",
        word_text(&process->name), word_text(&part->name), word_text(&s->name));
    diag_label(p->diags, f, "%s is no multiple of %s", time_text(p->arena, process->period.value),
               time_text(p->arena, here.value));
    diag_note(p->diags, f, mark_or(here.at, demand_mark(demand_of(s, part))),
              "the period of '%s' in '%s'", word_text(&part->name), word_text(&s->name));
    diag_note(p->diags, f, mark_or(there.at, demand_mark(demand_of(other, part))),
              "in '%s' it is %s", word_text(&other->name), time_text(p->arena, there.value));
    diag_note(p->diags, f, c ? mark_or(c->action_at, c->mark) : name_mark(s),
              "'%s' ignores the change", word_text(&part->name));
    diag_help(p->diags, f,
              "choose a period that is a multiple of both, or let '%s' start anew with 'on_change: "
              "{%s: cold_start}', where it creates other processes",
              word_text(&part->name), word_text(&part->name));
}

void check_MSCHED_007(struct pass *p)
{
    if (!several(p))
        return;
    EACH(part, &p->model->partitions) {
        if (!pass_clean(p, part))
            continue;
        EACH(process, &part->processes) {
            EACH(s, &p->model->schedules) {
                struct amount period = demand_of(s, part)->period;
                const struct schedule *other;

                if (process->kind != PROCESS_PERIODIC || !process->period.given ||
                    process->period.value == 0 || !period.given || period.value == 0 ||
                    process->period.value % period.value == 0 || !runs(p, s, part) ||
                    !ignores(s, part))
                    continue;
                other = fitting(p, process, s);
                if (other)
                    does_not_fit(p, process, s, other);
            }
        }
    }
}

// ---- MSCHED-008, MSCHED-012: partitions that a schedule leaves out ------------------------------

static bool runs_elsewhere(const struct pass *p, const struct partition *part)
{
    EACH(s, &p->model->schedules) {
        if (runs(p, s, part))
            return true;
    }
    return false;
}

// Partitions that some schedule runs and this one does not.
static bool left_out(const struct pass *p, const struct schedule *s, const struct partition *part)
{
    return planned(s) && !runs(p, s, part) && runs_elsewhere(p, part);
}

// What happens to the other ends of a port's channel while its partition does not run.
static unsigned list_effects(struct pass *p, struct diag *f, const struct schedule *s,
                             const struct port *port)
{
    const struct channel *c = port->channel;
    bool source = port->direction == TBL_SOURCE;
    unsigned count = 0;

    for (size_t i = 0; c && i < (source ? c->to.count : c->from.count); i++) {
        const struct endpoint *e = source ? &c->to.items[i] : &c->from.items[i];

        if (!e->port || !runs(p, s, e->port->partition))
            continue;
        if (source)
            diag_note(p->diags, f, mark_or(e->port->name.at, e->port->mark),
                      c->type == TBL_QUEUING ? "nothing comes to '%s' any more"
                                             : "what '%s' reads grows old",
                      word_text(&e->text));
        else if (c->type == TBL_QUEUING)
            diag_note(p->diags, f, mark_or(port->name.at, port->mark),
                      "its queue fills with what '%s' sends", word_text(&e->text));
        else
            diag_note(p->diags, f, mark_or(port->name.at, port->mark),
                      "'%s' writes to it for nobody", word_text(&e->text));
        count++;
    }
    return count;
}

static void absent(struct pass *p, const struct schedule *s, const struct partition *part)
{
    struct diag *f = pass_report(p, name_mark(s), "partition '%s' does not run in schedule '%s'",
                                 word_text(&part->name), word_text(&s->name));
    unsigned effects = 0;

    EACH(port, &part->ports) {
        if (effects < 8)
            effects += list_effects(p, f, s, port);
    }
    if (effects == 0) {
        diag_label(p->diags, f, "nobody who runs there exchanges data with it");
        diag_weigh(p->diags, f, SEVERITY_INFO);
        return;
    }
    diag_label(p->diags, f, "others who run there exchange data with it");
    diag_help(p->diags, f,
              "give '%s' a window, or waive this with the reason why the others can do without it",
              word_text(&part->name));
}

void check_MSCHED_008(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        EACH(part, &p->model->partitions) {
            if (pass_clean(p, s) && pass_clean(p, part) && left_out(p, s, part))
                absent(p, s, part);
        }
    }
}

void check_MSCHED_012(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        EACH(part, &p->model->partitions) {
            struct diag *f;

            if (!part->criticality.given || part->criticality.value > 1 || !pass_clean(p, s) ||
                !pass_clean(p, part) || !left_out(p, s, part))
                continue;
            f = pass_report(
                p, name_mark(s), "partition '%s' of level %c does not run in schedule '%s'",
                word_text(&part->name), part->criticality.value ? 'B' : 'A', word_text(&s->name));
            diag_note(p->diags, f, mark_or(part->criticality.at, part->mark), "its level");
            diag_help(p->diags, f,
                      "give it a window, or waive this with the reason why its function is not "
                      "needed then");
        }
    }
}

// ---- MSCHED-009: how long a change takes --------------------------------------------------------

// When in the frame a change can first be asked for, NEVER: nobody can; and whether also just
// before its end, when the runtime takes it for the next.
static uint64_t first_request(struct pass *p, const struct schedule *s,
                              const struct partition **who, bool *late)
{
    uint64_t first = NEVER, margin = checking_only(p->model) ? 0 : HV_CHANGE_MARGIN_NS;

    EACH(part, &p->model->partitions) {
        for (size_t cpu = 0; may_switch(p, part) && cpu < timetable_vcpus(part); cpu++) {
            const struct service *service = analyses_service(p->analyses, s, part, cpu);

            if (service->count > 0 && service->stretches[0].start < first) {
                first = service->stretches[0].start;
                *who = part;
            }
            if (service->count > 0 && margin &&
                service->stretches[service->count - 1].end + margin > service->frame)
                *late = true;
        }
    }
    return first;
}

static void list_delays(struct pass *p, const struct schedule *s, uint64_t delay)
{
    struct text list = {.arena = p->arena};
    unsigned count = 0;
    struct diag *f;

    EACH(other, &p->model->schedules) {
        if (other == s || ++count > 8)
            continue;
        text_add(&list, "%sto '%s' %s", count > 1 ? ", " : "", word_text(&other->name),
                 time_text(p->arena, delay));
    }
    f = pass_report(p, name_mark(s), "a change from schedule '%s' takes %s at most",
                    word_text(&s->name), time_text(p->arena, delay));
    diag_label(p->diags, f, "%s%s", list.bytes, count > 8 ? " and so on" : "");
}

static void too_slow(struct pass *p, const struct schedule *s, uint64_t delay, uint64_t first,
                     const struct partition *who, bool late)
{
    struct diag *f =
        pass_report(p, s->change_within.at,
                    "a change from schedule '%s' can take longer than it may", word_text(&s->name));

    diag_label(p->diags, f, "%s, and it can take %s", time_text(p->arena, s->change_within.value),
               time_text(p->arena, delay));
    diag_note(p->diags, f, s->major_frame.at,
              "it happens at the end of this frame; '%s' can ask for it at %s%s",
              word_text(&who->name), time_text(p->arena, first),
              late ? ", or too late for this one" : "");
    diag_help(p->diags, f, "shorten the major frame, or allow %s", time_text(p->arena, delay));
    diag_weigh(p->diags, f, SEVERITY_WARNING);
}

void check_MSCHED_009(struct pass *p)
{
    if (!several(p))
        return;
    EACH(s, &p->model->schedules) {
        const struct partition *who = NULL;
        uint64_t first, delay;
        bool late = false;

        if (!s->major_frame.given || s->major_frame.value == 0 || !pass_clean(p, s))
            continue;
        first = first_request(p, s, &who, &late);
        if (first == NEVER || first > s->major_frame.value)
            continue;
        delay = late ? s->major_frame.value + HV_CHANGE_MARGIN_NS : s->major_frame.value - first;
        if (!s->change_within.given)
            list_delays(p, s, delay);
        else if (delay > s->change_within.value)
            too_slow(p, s, delay, first, who, late);
    }
}

// ---- MSCHED-010: who first runs after a change starts cold --------------------------------------

static void starts_late(struct pass *p, const struct schedule *s, const struct partition *part)
{
    const struct schedule *initial = initial_schedule(p->model);
    const struct change_action *c = action_of(s, part);
    struct diag *f;

    if (c && c->action == TBL_ACTION_WARM_START) {
        f = pass_report(p, mark_or(c->action_at, c->mark),
                        "partition '%s' cannot start warm in schedule '%s'", word_text(&part->name),
                        word_text(&s->name));
        diag_label(p->diags, f, "there is no memory to keep: it may never have run");
        diag_note(p->diags, f, name_mark(initial), "'%s' has no window in the initial schedule",
                  word_text(&part->name));
        diag_help(p->diags, f, "write 'cold_start'");
        return;
    }
    if (part->initialisation.given)
        return;
    f = pass_report(p, mark_or(part->name.at, part->mark),
                    "partition '%s' starts cold in schedule '%s', and nobody planned for it",
                    word_text(&part->name), word_text(&s->name));
    diag_note(p->diags, f, name_mark(initial), "it has no window in the initial schedule");
    diag_help(p->diags, f,
              "say how much time it needs to start, for example 'initialisation: 20ms'; PART-013 "
              "then says whether its windows hold that");
    if (!own_language(p))
        diag_weigh(p->diags, f, SEVERITY_INFO);
}

void check_MSCHED_010(struct pass *p)
{
    const struct schedule *initial = initial_schedule(p->model);

    EACH(s, &p->model->schedules) {
        EACH(part, &p->model->partitions) {
            if (s != initial && planned(initial) && pass_clean(p, part) && pass_clean(p, s) &&
                pass_clean(p, initial) && runs(p, s, part) && !runs(p, initial, part) &&
                pass_first(p, part, initial))
                starts_late(p, s, part);
        }
    }
}
