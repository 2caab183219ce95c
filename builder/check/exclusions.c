// SPDX-License-Identifier: BSD-2-Clause
// Rules about exclusions: partitions that must never run at the same time, or on one core.
#include "check/pass.h"

#include "analysis/timetable.h"
#include <stdlib.h>

static const char *name(const struct partition *part)
{
    return word_text(&part->name);
}

static struct mark exclusion_mark(const struct exclusion *e)
{
    return mark_or(e->name.at, e->mark);
}

// ---- Turns of the members -----------------------------------------------------------------------

struct stay { // a turn of a member, moved into the frame in which the sweep sees it
    uint64_t start, end;
    const struct turn *turn;
    const struct partition *partition;
};

struct stays {
    LIST(struct stay) list;
};

static int by_start(const void *a, const void *b)
{
    const struct stay *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->turn->slot < y->turn->slot ? -1 : x->turn->slot > y->turn->slot;
}

static struct stays stays_of(struct pass *p, const struct timetable *t, const struct exclusion *e)
{
    bool *named = arena_alloc(p->arena, (p->model->partitions.count + 1) * sizeof *named);
    struct stays all = {0};

    EACH(m, &e->members) {
        if (!m->partition || named[m->partition->index] || !pass_clean(p, m->partition))
            continue;
        named[m->partition->index] = true;
        for (size_t cpu = 0; cpu < timetable_vcpus(m->partition); cpu++) {
            const struct vcpu_turns *v = timetable_turns(t, m->partition, cpu);

            for (size_t i = 0; i < v->count; i++)
                *list_add(p->arena, &all.list) = (struct stay){
                    v->turns[i].slot->start, v->turns[i].slot->end, &v->turns[i], m->partition};
        }
    }
    if (all.list.count)
        qsort(all.list.items, all.list.count, sizeof *all.list.items, by_start);
    return all;
}

// The two stays on a core that reach furthest, of different partitions. Stays on one core do not
// overlap (SCHED-006), so they are the last two.
struct reach {
    struct stay last, other;
};

static void reach_add(struct reach *r, const struct stay *s)
{
    if (r->last.partition != s->partition)
        r->other = r->last;
    r->last = *s;
}

static const struct stay *reach_of_others(const struct reach *r, const struct partition *part)
{
    return r->last.partition != part ? &r->last : &r->other;
}

// Calls `visit` with two stays of different members, the earlier first, on different cores, when
// the later one starts less than `margin` after the end of the earlier, or before it. With a margin
// the frame's beginning is seen again behind its end.
static void sweep(struct pass *p, const struct schedule *s, const struct exclusion *e,
                  uint64_t margin,
                  void (*visit)(struct pass *p, const struct exclusion *e, const struct stay *a,
                                const struct stay *b))
{
    struct stays all = stays_of(p, &p->timetables[s - p->model->schedules.items], e);
    struct reach *cores = arena_alloc(p->arena, (s->cores.count + 1) * sizeof *cores);
    uint64_t frame = s->major_frame.value;
    size_t count = margin ? 2 * all.list.count : all.list.count;

    for (size_t i = 0; i < count; i++) {
        struct stay stay = all.list.items[i % all.list.count];
        size_t here = (size_t)(stay.turn->core - s->cores.items);

        if (i >= all.list.count) {
            if (stay.start >= margin)
                break;
            stay.start += frame;
            stay.end += frame;
        }
        for (size_t c = 0; c < s->cores.count; c++) {
            const struct stay *other = reach_of_others(&cores[c], stay.partition);

            if (c != here && other->partition &&
                (other->end > stay.start || stay.start - other->end < margin))
                visit(p, e, other, &stay);
        }
        reach_add(&cores[here], &stay);
    }
}

// ---- MC-011: excluded partitions are kept apart -------------------------------------------------

static void together(struct pass *p, const struct exclusion *e, const struct stay *a,
                     const struct stay *b)
{
    struct diag *f;

    if (!pass_first(p, a->partition, b->partition) || !pass_first(p, b->partition, a->partition))
        return;
    f = pass_report(p, b->turn->slot->window->mark,
                    "partitions '%s' and '%s' run at the same time, and '%s' excludes it",
                    name(a->partition), name(b->partition), word_text(&e->name));
    diag_label(p->diags, f, "'%s' on core %u from %s", name(b->partition), b->turn->core->core,
               time_text(p->arena, b->start));
    diag_note(p->diags, f, a->turn->slot->window->mark, "'%s' on core %u until %s",
              name(a->partition), a->turn->core->core, time_text(p->arena, a->end));
    diag_note(p->diags, f, exclusion_mark(e), "excluded here");
    diag_help(p->diags, f, "start it at %s or later, or put both on one core",
              time_text(p->arena, a->end));
    pass_blame(p, a->partition);
    pass_blame(p, b->partition);
}

// The member that has windows on a core first, for every core and exclusion in turn.
static void on_one_core(struct pass *p, const struct schedule *s, const struct exclusion *e)
{
    struct stays all = stays_of(p, &p->timetables[s - p->model->schedules.items], e);
    const struct stay **home = arena_alloc(p->arena, (s->cores.count + 1) * sizeof *home);

    EACH(stay, &all.list) {
        const struct stay **first = &home[stay->turn->core - s->cores.items];
        struct diag *f;

        if (!*first)
            *first = stay;
        if ((*first)->partition == stay->partition ||
            !pass_first(p, (*first)->partition, stay->partition))
            continue;
        f = pass_report(p, stay->turn->slot->window->mark,
                        "partitions '%s' and '%s' run on one core, and '%s' excludes it",
                        name((*first)->partition), name(stay->partition), word_text(&e->name));
        diag_label(p->diags, f, "'%s' on core %u", name(stay->partition), stay->turn->core->core);
        diag_note(p->diags, f, (*first)->turn->slot->window->mark, "'%s' on core %u",
                  name((*first)->partition), stay->turn->core->core);
        diag_note(p->diags, f, exclusion_mark(e), "excluded here");
        diag_help(p->diags, f, "move the windows of one of them to another core");
    }
}

// ---- Time that is given up ----------------------------------------------------------------------

static bool is_member(const struct pass *p, const struct exclusion *e, const struct partition *part)
{
    EACH(m, &e->members) {
        if (part && m->partition == part && pass_clean(p, part))
            return true;
    }
    return false;
}

// A member other than `part` that runs in the window, or may get the rest of it.
static const struct partition *other_member(const struct pass *p, const struct exclusion *e,
                                            const struct window *w, const struct partition *part)
{
    if (w->partition != part && is_member(p, e, w->partition))
        return w->partition;
    EACH(r, &w->receivers) {
        if (r->partition != part && is_member(p, e, r->partition))
            return r->partition;
    }
    return NULL;
}

static void given_together(struct pass *p, const struct exclusion *e, const struct partition *part,
                           const struct slot *given, const struct slot *other,
                           const struct partition *member)
{
    struct diag *f;

    if (!pass_first(p, part, member) || !pass_first(p, member, part))
        return;
    f = pass_report(p, given->window->mark,
                    "partitions '%s' and '%s' may run at the same time, and '%s' excludes it",
                    name(part), name(member), word_text(&e->name));
    diag_label(p->diags, f, "'%s' may get the rest, until %s", name(part),
               time_text(p->arena, given->end));
    diag_note(p->diags, f, other->window->mark, "'%s' may run from %s", name(member),
              time_text(p->arena, other->start));
    diag_note(p->diags, f, exclusion_mark(e), "excluded here");
    diag_help(p->diags, f, "take '%s' out of the window's receivers", name(part));
    pass_blame(p, part);
    pass_blame(p, member);
}

// The first of the core's slots that ends after `time`; they do not overlap (SCHED-006).
static size_t slot_behind(const struct core_plan *core, uint64_t time)
{
    size_t low = 0, high = core->slots.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (core->slots.items[middle].end <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// A member that gets the rest of `given` against what the other cores do meanwhile, or less than
// `margin` from it, around the end of the frame too.
static void given_apart(struct pass *p, const struct schedule *s, const struct exclusion *e,
                        uint64_t margin, const struct core_plan *here, const struct slot *given,
                        const struct partition *part)
{
    uint64_t frame = s->major_frame.value;
    uint64_t from = given->start + frame, to = given->end + frame;

    EACH(core, &s->cores) {
        for (uint64_t shift = 0; core != here && shift <= 2 * frame; shift += frame) {
            uint64_t least = from > shift + margin ? from - shift - margin : 0;

            for (size_t i = slot_behind(core, least); i < core->slots.count; i++) {
                const struct slot *other = &core->slots.items[i];
                const struct partition *member;

                if (other->start + shift >= to + margin || (!margin && shift != frame))
                    break;
                member = other_member(p, e, other->window, part);
                if (member)
                    given_together(p, e, part, given, other, member);
            }
        }
    }
}

static void receivers_apart(struct pass *p, const struct schedule *s, const struct exclusion *e,
                            uint64_t margin)
{
    EACH(core, &s->cores) {
        EACH(slot, &core->slots) {
            EACH(r, &slot->window->receivers) {
                if (is_member(p, e, r->partition))
                    given_apart(p, s, e, margin, core, slot, r->partition);
            }
        }
    }
}

void check_MC_011(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!pass_clean(p, s))
            continue;
        EACH(e, &p->model->exclusions) {
            if (e->kind == EXCLUDE_SAME_CORE)
                on_one_core(p, s, e);
            else
                sweep(p, s, e, 0, together);
            if (e->kind == EXCLUDE_TOGETHER && s->major_frame.given)
                receivers_apart(p, s, e, 0);
        }
    }
}

// ---- MC-013: and far enough apart for clocks that differ ----------------------------------------

static void too_near(struct pass *p, const struct exclusion *e, const struct stay *a,
                     const struct stay *b)
{
    uint64_t skew = p->model->clock_skew.value;
    struct diag *f;

    if (!pass_first(p, a->partition, b->partition) || !pass_first(p, b->partition, a->partition))
        return;
    f = pass_report(p, b->turn->slot->window->mark,
                    "partitions '%s' and '%s' may run at the same time when clocks differ",
                    name(a->partition), name(b->partition));
    if (b->start == a->end)
        diag_label(p->diags, f, "'%s' starts on core %u when '%s' ends on core %u",
                   name(b->partition), b->turn->core->core, name(a->partition),
                   a->turn->core->core);
    else
        diag_label(p->diags, f, "'%s' starts on core %u, %s after '%s' ends on core %u",
                   name(b->partition), b->turn->core->core, time_text(p->arena, b->start - a->end),
                   name(a->partition), a->turn->core->core);
    diag_note(p->diags, f, a->turn->slot->window->mark, "'%s' ends here", name(a->partition));
    diag_note(p->diags, f, mark_or(p->model->clock_skew.at, p->model->module_at),
              "the clocks of two cores are up to %s apart", time_text(p->arena, skew));
    diag_note(p->diags, f, exclusion_mark(e), "excluded here");
    diag_help(p->diags, f, "leave %s between the two windows, or put both on one core",
              time_text(p->arena, skew));
}

void check_MC_013(struct pass *p)
{
    if (!p->model->clock_skew.given || p->model->clock_skew.value == 0)
        return;
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || !pass_clean(p, s))
            continue;
        EACH(e, &p->model->exclusions) {
            if (e->kind != EXCLUDE_TOGETHER)
                continue;
            sweep(p, s, e, p->model->clock_skew.value, too_near);
            receivers_apart(p, s, e, p->model->clock_skew.value);
        }
    }
}
