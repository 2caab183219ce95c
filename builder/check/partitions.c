// SPDX-License-Identifier: BSD-2-Clause
// Rules about partitions: identity, timing, vcpus, and whether they run at all.
#include "check/pass.h"

#include "check/duplicates.h"
#include "analysis/timetable.h"
#include <string.h>

static const char *name(const struct partition *part)
{
    return word_text(&part->name);
}

static struct mark name_mark(const struct partition *part)
{
    return mark_or(part->name.at, part->mark);
}

static bool runs(const struct pass *p, const struct partition *part)
{
    for (size_t i = 0; i < p->model->schedules.count; i++)
        if (timetable_runs(&p->timetables[i], part))
            return true;
    return false;
}

// Whether all windows of all schedules are in the timetables.
static bool timetables_whole(const struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!pass_clean(p, s) || s->windows_lost || (is_true(s->synthesize) && s->cores.count == 0))
            return false;
    }
    return true;
}

// ---- MOD-002: as many partitions as the runtime holds -------------------------------------------

void check_MOD_002(struct pass *p)
{
    struct model *m = p->model;
    uint64_t limit = limits_of(m)->partitions;
    struct diag *f;

    if (m->partitions.count == 0) {
        f = pass_report(p, mark_or(m->partitions_at, m->module_at), "the module has no partition");
        diag_help(p->diags, f, "describe at least one under 'partitions'");
        pass_blame(p, m);
    } else if (m->partitions.count > limit) {
        f = pass_report(p, m->partitions.items[limit].mark, "the module has too many partitions");
        diag_label(p->diags, f, "%zu partitions, the limit is %llu", m->partitions.count,
                   (unsigned long long)limit);
        diag_help(p->diags, f, "put partitions that belong together into one: %s",
                  pass_limit(p, "the state of each is reserved in the runtime, and their numbers "
                                "(VMID) must fit 8 bits"));
        pass_blame(p, m);
    }
}

// ---- PART-001, PART-003: identifiers ------------------------------------------------------------

void check_PART_001(struct pass *p)
{
    struct partition **by_id =
        arena_alloc(p->arena, (p->model->partitions.count + 1) * sizeof *by_id);
    size_t count = 0;

    EACH(part, &p->model->partitions) {
        if (part->id.given)
            by_id[count++] = part;
    }
    duplicates_sort_ids(by_id, count);
    for (size_t i = 1; i < count; i++) {
        const struct partition *first = by_id[i - 1], *again = by_id[i];
        struct diag *f;

        if (first->id.value != again->id.value)
            continue;
        if (!again->id.at.line) { // a default met an identifier that was written
            const struct partition *swap = first;

            first = again;
            again = swap;
        }
        f = pass_report(p, mark_or(again->id.at, name_mark(again)),
                        "partitions '%s' and '%s' have the same identifier", name(first),
                        name(again));
        diag_label(p->diags, f, "identifier %llu", (unsigned long long)again->id.value);
        diag_note(p->diags, f, mark_or(first->id.at, name_mark(first)),
                  first->id.at.line ? "identifier %llu is given here too"
                                    : "without 'id' a partition is numbered by its place: %llu",
                  (unsigned long long)first->id.value);
        diag_help(p->diags, f, "choose another identifier, or leave out 'id' everywhere");
    }
}

static void too_large(struct pass *p, const struct partition *part)
{
    struct diag *f = pass_report(p, mark_or(part->id.at, part->mark),
                                 "identifier of partition '%s' is out of range", name(part));

    diag_label(p->diags, f, "%llu; the largest is 2147483647", (unsigned long long)part->id.value);
    diag_help(p->diags, f,
              "identifiers are signed 32-bit numbers at the partition's interface "
              "(PARTITION_ID_TYPE); any order and holes are fine");
}

// Hypervisors that use the identifier as an index into their tables.
static bool indexes_by_id(const struct model *m)
{
    return strcmp(m->dialect, "xm_cf") == 0 || strcmp(m->dialect, "prtos") == 0;
}

static void leaves_hole(struct pass *p, const struct partition *part, size_t partitions)
{
    struct diag *f = pass_report(p, mark_or(part->id.at, name_mark(part)),
                                 "the identifiers of the partitions leave a hole");

    diag_label(p->diags, f, "'%s' is %llu, and there are %zu partitions", name(part),
               (unsigned long long)part->id.value, partitions);
    diag_help(p->diags, f,
              "number them from 0 to %zu: %s uses the identifier as an index into its tables",
              partitions - 1, strcmp(p->model->dialect, "prtos") == 0 ? "PRTOS" : "XtratuM");
}

void check_PART_003(struct pass *p)
{
    size_t partitions = p->model->partitions.count;

    EACH(part, &p->model->partitions) {
        if (!part->id.given)
            continue;
        if (indexes_by_id(p->model) && part->id.value >= partitions)
            leaves_hole(p, part, partitions);
        else if (part->id.value > INT32_MAX)
            too_large(p, part);
    }
}

// ---- PART-002: names ----------------------------------------------------------------------------

void check_PART_002(struct pass *p)
{
    struct duplicates names = {.arena = p->arena};

    EACH(part, &p->model->partitions)
        duplicates_add(&names, &part->name, part);
    for (const struct duplicate *d = duplicates_find(&names); d; d = d->next) {
        struct diag *f =
            pass_report(p, d->again->at, "two partitions are named '%s'", d->again->text);

        diag_note(p->diags, f, d->first->at, "the first is here");
        diag_help(p->diags, f,
                  "rename one: windows, channels and the console tell partitions apart "
                  "by name");
        pass_blame(p, d->first_object);
        pass_blame(p, d->again_object);
    }
}

// ---- PART-009: every partition runs, or says that it does not -----------------------------------

static bool never(const struct partition *part)
{
    return is_true(part->never_scheduled);
}

static void contradiction(struct pass *p, const struct partition *part)
{
    for (size_t i = 0; i < p->model->schedules.count; i++)
        for (size_t v = 0; v < timetable_vcpus(part); v++) {
            const struct vcpu_turns *turns = timetable_turns(&p->timetables[i], part, v);
            struct diag *f;

            if (turns->count == 0)
                continue;
            f = pass_report(p, turns->turns[0].slot->window->mark,
                            "partition '%s' has a window but is declared unscheduled", name(part));
            diag_note(p->diags, f, mark_or(part->never_scheduled.at, part->mark),
                      "declared here with 'scheduled: false'");
            diag_help(p->diags, f, "remove the window, or 'scheduled: false'");
            return;
        }
}

void check_PART_009(struct pass *p)
{
    if (!timetables_whole(p))
        return;
    EACH(part, &p->model->partitions) {
        struct diag *f;

        if (!pass_clean(p, part))
            continue;
        if (never(part)) {
            contradiction(p, part);
            continue;
        }
        if (runs(p, part))
            continue;
        f = pass_report(p, name_mark(part), "partition '%s' never runs", name(part));
        diag_label(p->diags, f, "no schedule has a window for it");
        if (part->period.given && part->duration.given)
            diag_help(p->diags, f,
                      "give it a window of %s in every %s, or say that it is meant: 'scheduled: "
                      "false'",
                      time_text(p->arena, part->duration.value),
                      time_text(p->arena, part->period.value));
        else
            diag_help(p->diags, f, "give it a window, or say that it is meant: 'scheduled: false'");
        pass_blame(p, part);
    }
}

// ---- PART-010: 0 < duration <= period -----------------------------------------------------------

// False after the finding.
static bool demand_sound(struct pass *p, const struct partition *part, struct amount period,
                         struct amount duration, const char *where)
{
    struct diag *f;

    if (period.given && period.value == 0) {
        f = pass_report(p, period.at, "partition '%s' has a period of no length%s", name(part),
                        where);
        diag_help(p->diags, f, "the period is how often the duration is owed; 20 ms, say");
    } else if (duration.given && duration.value == 0) {
        f = pass_report(p, duration.at, "partition '%s' is owed no time%s", name(part), where);
        diag_help(p->diags, f,
                  "state the time it needs in each period, or 'scheduled: false' "
                  "if it shall never run");
    } else if (duration.given && !period.given) {
        f = pass_report(p, duration.at, "partition '%s' has a duration but no period%s", name(part),
                        where);
        diag_help(p->diags, f, "say how often it is owed: 'period: 20ms', say");
    } else if (period.given && duration.given && duration.value > period.value) {
        f = pass_report(p, duration.at, "partition '%s' is owed more than its period%s", name(part),
                        where);
        diag_label(p->diags, f, "%s in every %s", time_text(p->arena, duration.value),
                   time_text(p->arena, period.value));
        diag_note(p->diags, f, period.at, "period declared here");
        diag_help(p->diags, f, "lower the duration to %s or less, or lengthen the period",
                  time_text(p->arena, period.value));
    } else {
        return true;
    }
    return false;
}

void check_PART_010(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        if (pass_clean(p, part) && !demand_sound(p, part, part->period, part->duration, ""))
            pass_blame(p, part);
    }
    EACH(s, &p->model->schedules) {
        EACH(owed, &s->demands) {
            struct partition *part = owed->partition;

            if (part && pass_clean(p, part) &&
                !demand_sound(p, part, owed->period, owed->duration, pass_in(p, s)))
                pass_blame(p, part);
        }
    }
}

// ---- PART-011: what a partition asks for fits its kind and the board ----------------------------

// False after the finding.
static bool vcpus_fit(struct pass *p, const struct partition *part, const struct board *b)
{
    uint64_t cpus = part->cpus.value;
    size_t most = b ? b->cores.count : BOARD_CORES_MAX;
    struct diag *f;

    if (!part->cpus.given || (cpus >= 1 && cpus <= most))
        return true;
    f = pass_report(p, mark_or(part->cpus.at, part->mark),
                    cpus == 0 ? "partition '%s' has no vcpu"
                              : "partition '%s' has more vcpus than there are cores",
                    name(part));
    if (cpus > 0)
        diag_label(p->diags, f, "%llu vcpus; board '%s' has %zu cores", (unsigned long long)cpus,
                   b ? word_text(&b->name) : "?", most);
    diag_help(p->diags, f, "each vcpu has a core of its own: choose 1 to %zu", most);
    return false;
}

static bool every_vcpu_runs(struct pass *p, const struct partition *part)
{
    for (size_t i = 0; i < p->model->schedules.count; i++) {
        const struct timetable *t = &p->timetables[i];

        if (!pass_clean(p, &p->model->schedules.items[i]) || !timetable_runs(t, part))
            continue;
        for (size_t cpu = 0; cpu < timetable_vcpus(part); cpu++) {
            struct diag *f;

            if (timetable_turns(t, part, cpu)->count > 0)
                continue;
            f = pass_report(p, mark_or(part->cpus.at, name_mark(part)),
                            "vcpu %zu of partition '%s' has no window", cpu, name(part));
            diag_label(p->diags, f, "%llu vcpus declared", (unsigned long long)part->cpus.value);
            diag_help(p->diags, f,
                      "add windows with 'cpu: %zu' on a core of its own, or lower "
                      "'cpus'",
                      cpu);
            return false;
        }
    }
    return true;
}

static bool interrupts_fit(struct pass *p, const struct partition *part, const struct board *b)
{
    uint64_t interrupts = 0;
    struct mark last = part->mark;
    struct diag *f;

    EACH(use, &part->devices) {
        if (use->device && use->device->intid != 0) {
            interrupts++;
            last = use->name.at;
        }
    }
    if (part->shutdown.given) {
        interrupts++;
        last = part->shutdown.at;
    }
    EACH(d, &p->model->doorbells) {
        EACH(ring, &d->to) {
            if (ring->partition == part) {
                interrupts++;
                last = ring->mark;
            }
        }
    }
    // What finds no list register waits for one; who counts on that must know it may.
    if (!b || guest_loads(part->guest) || interrupts <= b->list_registers)
        return true;
    f = pass_report(p, last, "partition '%s' has more interrupts than it can be given", name(part));
    diag_label(p->diags, f, "%llu interrupts; board '%s' can hold %llu at once",
               (unsigned long long)interrupts, word_text(&b->name),
               (unsigned long long)b->list_registers);
    diag_help(p->diags, f,
              "give some of its devices to another partition, or ring fewer doorbells there: each "
              "pending interrupt needs a list register of the interrupt controller");
    return false;
}

void check_PART_011(struct pass *p)
{
    const struct board *b = p->model->board;

    EACH(part, &p->model->partitions) {
        bool fits;

        if (!pass_clean(p, part))
            continue;
        fits = vcpus_fit(p, part, b) && every_vcpu_runs(p, part);
        fits = interrupts_fit(p, part, b) && fits;
        if (!fits)
            pass_blame(p, part);
    }
}

// ---- PART-014: who starts once is not started anew ----------------------------------------------

static void starts_once(struct pass *p, const struct partition *part, struct mark at,
                        const char *how, const char *remedy)
{
    struct diag *f = pass_report(p, at, "partition '%s' cannot be started anew", name(part));

    diag_label(p->diags, f, "%s", how);
    diag_note(p->diags, f, part->in_place_at, "no image is kept to load it from");
    diag_help(p->diags, f, "%s, or take 'reload: none' away: the image then takes its memory twice",
              remedy);
}

void check_PART_014(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        if (!part->in_place)
            continue;
        for (int event = 0; event < HV_EVENT_COUNT; event++)
            if (is_start(part->action[event]))
                starts_once(p, part, part->action_at[event], "this action would",
                            "write 'halt' or 'suspend'");
        if (part->restart_limit.given)
            starts_once(p, part, part->restart_limit.at, "there are no restarts to count",
                        "remove 'restart_limit'");
        EACH(s, &p->model->schedules) {
            EACH(change, &s->on_change) {
                if (change->partition == part && is_start(change->action))
                    starts_once(p, part, mark_or(change->action_at, change->mark),
                                "this change of schedule would", "write 'ignore'");
            }
        }
    }
}

// ---- PART-016: counters that stand still have one processor -------------------------------------

void check_PART_016(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        struct diag *f;

        if (part->virtual_time != VIRTUAL_TIME_FROZEN || vcpu_count(part) == 1)
            continue;
        f = pass_report(p, part->virtual_time_at,
                        "the counters of partition '%s' cannot stand still", name(part));
        diag_label(p->diags, f, "each of its processors would have a time of its own");
        diag_note(p->diags, f, part->cpus.at, "%u processors, which do not run and rest as one",
                  vcpu_count(part));
        diag_help(p->diags, f,
                  "write 'virtual_time: reported', or 'cpus: 1': one system with several "
                  "processors counts on one time for all");
    }
}
