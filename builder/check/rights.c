// SPDX-License-Identifier: BSD-2-Clause
// Rules about what partitions may ask of the module, and about their start.
#include "check/pass.h"

#include "analysis/analyses.h"

static const char *name(const struct partition *part)
{
    return word_text(&part->name);
}

// ---- PART-007: rights are for system partitions -------------------------------------------------

void check_PART_007(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        const struct right_use *right = part->rights.items;
        struct diag *f;

        if (part->rights.count == 0 || is_true(part->system))
            continue;
        f = pass_report(p, mark_or(right->name.at, part->mark),
                        "partition '%s' asks for rights of a system partition", name(part));
        diag_label(p->diags, f, "'%s'%s", word_text(&right->name),
                   part->rights.count > 1 ? " and others" : "");
        diag_note(p->diags, f, mark_or(part->system.at, mark_or(part->name.at, part->mark)),
                  "'%s' is none", name(part));
        diag_help(p->diags, f, "remove the right, or make it one with 'system: true'");
        pass_blame(p, part);
    }
}

// ---- PART-008: one partition may patch memory ---------------------------------------------------

void check_PART_008(struct pass *p)
{
    const struct partition *first = NULL;
    struct mark first_at = {0};

    EACH(part, &p->model->partitions) {
        const struct right_use *patch = NULL;
        struct diag *f;

        EACH(use, &part->rights) {
            if (use->right & RIGHT_PATCH_MEMORY)
                patch = use;
        }
        if (!patch)
            continue;
        if (!first) {
            first = part;
            first_at = mark_or(patch->name.at, part->mark);
            continue;
        }
        f = pass_report(p, mark_or(patch->name.at, part->mark),
                        "partitions '%s' and '%s' may both patch memory", name(first), name(part));
        diag_note(p->diags, f, first_at, "'%s' may", name(first));
        diag_help(p->diags, f, "leave the right with one of them");
    }
}

// ---- PART-013: there is time to initialise ------------------------------------------------------

static void no_time(struct pass *p, const struct partition *part, const struct turn *first,
                    uint64_t period, uint64_t given)
{
    struct diag *f =
        pass_report(p, part->initialisation.at,
                    "partition '%s' is not initialised within its first period", name(part));

    diag_label(p->diags, f, "it needs %s; its windows give it %s in %s",
               time_text(p->arena, part->initialisation.value), time_text(p->arena, given),
               time_text(p->arena, period));
    diag_note(p->diags, f, first->slot->window->mark, "it starts in this window, at %s",
              time_text(p->arena, first->slot->start));
    diag_help(p->diags, f,
              "make its windows longer, or initialise less; where a later "
              "start is acceptable, write that down as a waiver of PART-013");
}

void check_PART_013(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        struct diag *f;

        if (part->restart_limit.given && !part->initialisation.given) {
            f = pass_report(p, mark_or(part->restart_limit.at, mark_or(part->name.at, part->mark)),
                            "partition '%s' may be restarted, but not said how long that takes",
                            name(part));
            diag_help(p->diags, f,
                      "add 'initialisation', the processor time from its start to normal mode");
            pass_blame(p, part);
        }
    }
    EACH(s, &p->model->schedules) {
        const struct timetable *t = &p->timetables[s - p->model->schedules.items];

        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            const struct vcpu_turns *v = timetable_turns(t, part, 0);
            struct amount period = demand_of(s, part)->period;
            uint64_t given, first;

            if (!part->initialisation.given || v->count == 0 || !period.given ||
                period.value > s->major_frame.value || !pass_clean(p, part))
                continue;
            first = v->turns[0].slot->start;
            given = service_between(analyses_service(p->analyses, s, part, 0), first,
                                    first + period.value);
            if (part->initialisation.value > given && pass_first(p, part, part))
                no_time(p, part, &v->turns[0], period.value, given);
        }
    }
}
