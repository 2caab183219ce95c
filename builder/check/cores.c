// SPDX-License-Identifier: BSD-2-Clause
// Rules about cores: which exist, which vcpu runs where, and partitions that span several.
#include "check/pass.h"

#include "analysis/timetable.h"
#include <string.h>

// ---- MOD-003: the cores are those of the board --------------------------------------------------

// True when the board has the core; else after the finding.
static bool core_exists(struct pass *p, uint64_t core, struct mark at, const char *help)
{
    const struct board *b = p->model->board;
    struct diag *f;

    if (core < b->cores.count)
        return true;
    f = pass_report(p, at, "board '%s' has no core %llu", word_text(&b->name),
                    (unsigned long long)core);
    if (b->cores.count == 1)
        diag_label(p->diags, f, "its only core is 0");
    else
        diag_label(p->diags, f, "its cores are 0 to %zu", b->cores.count - 1);
    diag_help(p->diags, f, "%s", help);
    return false;
}

void check_MOD_003(struct pass *p)
{
    if (!p->model->board)
        return;
    EACH(part, &p->model->partitions) {
        EACH(core, &part->cores) {
            if (core->given)
                core_exists(p, core->value, core->at, "name cores that the board has");
        }
    }
    EACH(s, &p->model->schedules) {
        EACH(c, &s->cores) {
            if (core_exists(p, c->core, c->mark, "move these windows to one of the board's cores"))
                continue;
            pass_blame(p, c);
            EACH(w, &c->windows)
                pass_blame(p, w->partition);
        }
    }
}

// ---- MC-001: a window's vcpu is one of its partition's ------------------------------------------

static void no_such_vcpu(struct pass *p, const struct window *w)
{
    uint64_t cpus = w->partition->cpus.value;
    struct diag *f;

    f = pass_report(p, mark_or(w->cpu.at, w->mark), "partition '%s' has no vcpu %llu",
                    word_text(&w->partition_name), (unsigned long long)w->cpu.value);
    if (cpus == 1)
        diag_label(p->diags, f, "its only vcpu is 0");
    else
        diag_label(p->diags, f, "its vcpus are 0 to %llu", (unsigned long long)cpus - 1);
    diag_note(p->diags, f, mark_or(w->partition->cpus.at, w->partition->mark),
              "'%s' has %llu vcpu%s", word_text(&w->partition_name), (unsigned long long)cpus,
              cpus == 1 ? "" : "s");
    diag_help(p->diags, f, "name a vcpu that the partition has, or raise its 'cpus' to %llu",
              (unsigned long long)w->cpu.value + 1);
    pass_blame(p, w->partition);
}

static bool may_run_on(const struct partition *part, uint32_t core)
{
    EACH(allowed, &part->cores) {
        if (allowed->value == core)
            return true;
    }
    return part->cores.count == 0;
}

static void not_on_this_core(struct pass *p, const struct core_plan *c, const struct window *w)
{
    struct text cores = {.arena = p->arena};
    struct diag *f;

    if (!pass_first(p, w->partition, w->partition))
        return;
    EACH(allowed, &w->partition->cores)
        text_add(&cores, "%s%llu", cores.length ? ", " : "", (unsigned long long)allowed->value);
    f = pass_report(p, w->mark, "partition '%s' may not run on core %u",
                    word_text(&w->partition_name), c->core);
    diag_label(p->diags, f, "a window on core %u", c->core);
    diag_note(p->diags, f, mark_or(w->partition->cores.items[0].at, w->partition->mark),
              "its cores: %s", cores.bytes);
    diag_help(p->diags, f, "move the window to one of these cores, or add %u to its 'cores'",
              c->core);
}

void check_MC_001(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        EACH(c, &s->cores) {
            EACH(w, &c->windows) {
                if (!w->partition || !pass_clean(p, w->partition))
                    continue;
                if (w->cpu.given && w->partition->cpus.given &&
                    w->cpu.value >= w->partition->cpus.value)
                    no_such_vcpu(p, w);
                else if (!may_run_on(w->partition, c->core))
                    not_on_this_core(p, c, w);
            }
        }
    }
}

// ---- MC-004: processes run on vcpus of their partition ------------------------------------------

void check_MC_004(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        uint64_t cpus = part->cpus.given ? part->cpus.value : 1;

        if (!pass_clean(p, part))
            continue;
        EACH(process, &part->processes) {
            struct diag *f;

            if (!process->cpu.given || process->cpu.value < cpus)
                continue;
            f = pass_report(p, mark_or(process->cpu.at, process->mark),
                            "process '%s' of partition '%s' is bound to a vcpu that is not there",
                            word_text(&process->name), word_text(&part->name));
            if (cpus == 1)
                diag_label(p->diags, f, "vcpu %llu; the only one is 0",
                           (unsigned long long)process->cpu.value);
            else
                diag_label(p->diags, f, "vcpu %llu; there are 0 to %llu",
                           (unsigned long long)process->cpu.value, (unsigned long long)cpus - 1);
            diag_note(p->diags, f, mark_or(part->cpus.at, part->mark), "'%s' has %llu vcpu%s",
                      word_text(&part->name), (unsigned long long)cpus, cpus == 1 ? "" : "s");
            diag_help(p->diags, f, "bind it to a vcpu that the partition has, or raise 'cpus'");
            pass_blame(p, process);
        }
    }
}

// ---- MC-006: all cores share the major frame ----------------------------------------------------

// The frame that the others are held against: the schedule's, else that of its first core.
static struct amount frame_of(const struct schedule *s)
{
    if (!s->major_frame.given)
        EACH(c, &s->cores) {
            if (c->frame.given)
                return c->frame;
        }
    return s->major_frame;
}

static void another_frame(struct pass *p, const struct schedule *s, const struct core_plan *c,
                          struct amount frame)
{
    struct diag *f = pass_report(p, mark_or(c->frame.at, c->mark),
                                 "core %u has a major frame of its own in schedule '%s'", c->core,
                                 word_text(&s->name));
    uint64_t common;

    diag_label(p->diags, f, "%s", time_text(p->arena, c->frame.value));
    diag_note(p->diags, f, mark_or(frame.at, s->mark), "the frame of the schedule is %s",
              time_text(p->arena, frame.value));
    if (lcm_u64(c->frame.value, frame.value, &common) && common > 0)
        diag_help(p->diags, f,
                  "give all cores a frame of %s, and repeat windows inside it with 'every'",
                  time_text(p->arena, common));
    else
        diag_help(p->diags, f, "give all cores one frame");
    pass_blame(p, s);
    EACH(w, &c->windows)
        pass_blame(p, w->partition);
}

void check_MC_006(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        struct amount frame = frame_of(s);

        EACH(c, &s->cores) {
            if (c->frame.given && c->frame.value != frame.value)
                another_frame(p, s, c, frame);
        }
    }
}

// Calls `visit` for each vcpu that has turns in a schedule, until it returns false for the
// partition.
static void each_vcpu(struct pass *p, bool (*visit)(struct pass *p, const struct partition *part,
                                                    size_t cpu, const struct vcpu_turns *v))
{
    EACH(s, &p->model->schedules) {
        const struct timetable *t = &p->timetables[s - p->model->schedules.items];

        if (!pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            if (!pass_clean(p, part))
                continue;
            for (size_t cpu = 0; cpu < timetable_vcpus(part); cpu++)
                if (!visit(p, part, cpu, timetable_turns(t, part, cpu)))
                    break;
        }
    }
}

// ---- MC-002: a vcpu is on one core at a time ----------------------------------------------------

static bool not_twice(struct pass *p, const struct partition *part, size_t cpu,
                      const struct vcpu_turns *v)
{
    const struct turn *furthest = NULL;
    struct diag *f;

    for (size_t i = 0; i < v->count; i++) {
        const struct turn *turn = &v->turns[i];

        if (furthest && turn->core != furthest->core && turn->slot->start < furthest->slot->end) {
            f = pass_report(p, turn->slot->window->mark,
                            "partition '%s' runs on cores %u and %u at the same time",
                            word_text(&part->name), furthest->core->core, turn->core->core);
            diag_label(p->diags, f, "vcpu %zu on core %u from %s", cpu, turn->core->core,
                       time_text(p->arena, turn->slot->start));
            diag_note(p->diags, f, furthest->slot->window->mark, "vcpu %zu on core %u until %s",
                      cpu, furthest->core->core, time_text(p->arena, furthest->slot->end));
            diag_help(p->diags, f,
                      "give '%s' a vcpu for each core ('cpus: 2') and name it in the windows "
                      "('cpu: 0', 'cpu: 1'), or keep its windows on one core",
                      word_text(&part->name));
            pass_blame(p, part);
            return false;
        }
        if (!furthest || turn->slot->end > furthest->slot->end)
            furthest = turn;
    }
    return true;
}

void check_MC_002(struct pass *p)
{
    each_vcpu(p, not_twice);
}

// ---- MC-005: a vcpu stays on its core -----------------------------------------------------------

static bool stays(struct pass *p, const struct partition *part, size_t cpu,
                  const struct vcpu_turns *v)
{
    struct diag *f;

    for (size_t i = 1; i < v->count; i++) {
        const struct turn *turn = &v->turns[i];

        if (turn->core == v->turns[0].core)
            continue;
        f = timetable_vcpus(part) == 1
                ? pass_report(p, turn->slot->window->mark, "partition '%s' changes cores",
                              word_text(&part->name))
                : pass_report(p, turn->slot->window->mark,
                              "vcpu %zu of partition '%s' changes cores", cpu,
                              word_text(&part->name));
        diag_label(p->diags, f, "on core %u at %s", turn->core->core,
                   time_text(p->arena, turn->slot->start));
        diag_note(p->diags, f, v->turns[0].slot->window->mark, "on core %u at %s",
                  v->turns[0].core->core, time_text(p->arena, v->turns[0].slot->start));
        diag_help(p->diags, f, "put all its windows on core %u", v->turns[0].core->core);
        pass_blame(p, part);
        return false;
    }
    return true;
}

// Whether one of the partition's vcpus has a window on this core, in whatever schedule.
static bool lives_on(const struct pass *p, const struct partition *part, uint32_t core)
{
    for (size_t i = 0; i < p->model->schedules.count; i++)
        for (size_t cpu = 0; cpu < timetable_vcpus(part); cpu++) {
            const struct vcpu_turns *v = timetable_turns(&p->timetables[i], part, cpu);

            if (v->count && v->turns[0].core->core == core)
                return true;
        }
    return false;
}

// Why the partition cannot get the rest of the window; NULL: it can.
static const char *unfit(const struct pass *p, const struct window *w, const struct partition *r,
                         uint32_t core)
{
    if (!w->partition)
        return "nobody gives up idle time";
    if (r == w->partition)
        return "it is the one that gives it up";
    return lives_on(p, r, core) ? NULL
                                : arena_printf(p->arena, "it has no window on core %u", core);
}

static void receivers(struct pass *p, const struct window *w, const struct core_plan *core)
{
    bool idle = w->partition_name.text && strcmp(w->partition_name.text, "idle") == 0;

    EACH(r, &w->receivers) {
        const char *why;
        struct diag *f;

        if (!r->partition || !(w->partition || idle) || !pass_clean(p, r->partition))
            continue;
        why = unfit(p, w, r->partition, core->core);
        if (!why)
            continue;
        f = pass_report(p, mark_or(r->name.at, w->mark),
                        "partition '%s' cannot get the rest of this window", word_text(&r->name));
        diag_label(p->diags, f, "%s", why);
        if (w->partition && r->partition != w->partition)
            diag_help(p->diags, f, "give it a window on core %u, or take it out of the list",
                      core->core);
        else
            diag_help(p->diags, f, "take it out of the list");
    }
}

void check_MC_005(struct pass *p)
{
    each_vcpu(p, stays);
    EACH(s, &p->model->schedules) {
        EACH(core, &s->cores) {
            EACH(w, &core->windows)
                receivers(p, w, core);
        }
    }
    // The same vcpu in several schedules: each timetable was judged alone, now their first cores.
    EACH(part, &p->model->partitions) {
        for (size_t cpu = 0; cpu < timetable_vcpus(part) && pass_clean(p, part); cpu++) {
            const struct turn *home = NULL;

            for (size_t i = 0; i < p->model->schedules.count; i++) {
                const struct vcpu_turns *v = timetable_turns(&p->timetables[i], part, cpu);
                struct diag *f;

                if (v->count == 0)
                    continue;
                if (!home) {
                    home = v->turns;
                    continue;
                }
                if (v->turns[0].core->core == home->core->core)
                    continue;
                f = pass_report(p, v->turns[0].slot->window->mark,
                                "vcpu %zu of partition '%s' changes cores between schedules", cpu,
                                word_text(&part->name));
                diag_label(p->diags, f, "on core %u", v->turns[0].core->core);
                diag_note(p->diags, f, home->slot->window->mark, "on core %u", home->core->core);
                diag_help(p->diags, f, "put its windows on core %u in every schedule",
                          home->core->core);
                break;
            }
        }
    }
}

// ---- MC-003: the vcpus of a partition run together ----------------------------------------------

static void apart(struct pass *p, const struct partition *part, size_t cpu,
                  const struct vcpu_turns *zero, const struct vcpu_turns *v, size_t i)
{
    const struct turn *a = i < zero->count ? &zero->turns[i] : NULL;
    const struct turn *b = i < v->count ? &v->turns[i] : NULL;
    const struct turn *shown = b ? b : a;
    struct diag *f;

    f = pass_report(p, shown->slot->window->mark,
                    "the vcpus of partition '%s' do not run in the same windows",
                    word_text(&part->name));
    diag_label(p->diags, f, "vcpu %zu runs from %s to %s", b ? cpu : (size_t)0,
               time_text(p->arena, shown->slot->start), time_text(p->arena, shown->slot->end));
    if (a && b)
        diag_note(p->diags, f, a->slot->window->mark, "vcpu 0 runs from %s to %s",
                  time_text(p->arena, a->slot->start), time_text(p->arena, a->slot->end));
    else
        diag_note(p->diags, f, part->mark, "vcpu %zu has no window then", b ? (size_t)0 : cpu);
    diag_help(p->diags, f, "give every vcpu of '%s' windows with the same start and duration",
              word_text(&part->name));
    pass_blame(p, part);
}

void check_MC_003(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        const struct timetable *t = &p->timetables[s - p->model->schedules.items];

        if (!pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            const struct vcpu_turns *zero = timetable_turns(t, part, 0);

            for (size_t cpu = 1; cpu < timetable_vcpus(part) && pass_clean(p, part); cpu++) {
                const struct vcpu_turns *v = timetable_turns(t, part, cpu);
                size_t i = 0;

                while (i < zero->count && i < v->count &&
                       zero->turns[i].slot->start == v->turns[i].slot->start &&
                       zero->turns[i].slot->end == v->turns[i].slot->end)
                    i++;
                if (i < zero->count || i < v->count) {
                    apart(p, part, cpu, zero, v, i);
                    break;
                }
            }
        }
    }
}
