// SPDX-License-Identifier: BSD-2-Clause
// What `hvbuild schedule` says below the picture, as tables.
#include "report/schedule_text.h"

#include "report/table.h"

static const char *name_of(const struct word *w)
{
    return w->text ? w->text : "?";
}

static const char *time_or(struct arena *a, uint64_t ns, const char *otherwise)
{
    return ns == NEVER ? otherwise : time_text(a, ns);
}

// ---- Processes ----------------------------------------------------------------------------------

static const char *verdict_text(const struct response *r)
{
    return r->verdict == PROVED ? "proved" : r->verdict == REFUTED ? "missed" : "not proved";
}

static void process_row(struct arena *a, struct table *t, const struct rta *r,
                        const struct process *p)
{
    const struct response *response = rta_response(r, p);
    uint64_t bound = response_bound(response);
    bool slack = bound != NEVER && response->deadline != NEVER && bound <= response->deadline;

    TABLE_ADD(t, arena_printf(a, "%s.%s", name_of(&p->partition->name), name_of(&p->name)),
              p->period.given ? time_text(a, p->period.value) : "-",
              p->wcet.given ? time_text(a, rta_cost(p)) : "-", time_or(a, bound, "unbounded"),
              time_or(a, response->deadline, "none"),
              slack ? time_text(a, response->deadline - bound) : "-", verdict_text(response));
}

void processes_text(struct arena *a, struct text *out, const struct model *m, struct analyses *x,
                    const struct schedule *s)
{
    struct table t = table_new(
        a, 7, 1,
        (const char *const[]){"process", "period", "wcet", "response", "deadline", "slack", ""});

    EACH(p, &m->partitions) {
        const struct rta *r = analyses_rta(x, s, p);

        EACH(process, &p->processes) {
            if (r)
                process_row(a, &t, r, process);
        }
    }
    if (t.rows.count > 1)
        text_add(out, "\n");
    table_print(out, &t);
}

// ---- Changes of schedule ------------------------------------------------------------------------

struct change_time change_time(struct arena *a, const struct model *m, const struct schedule *from,
                               const struct schedule *to)
{
    struct change_time result = {.wait = from->major_frame.value};
    uint64_t *first = arena_alloc(a, (m->partitions.count + 1) * sizeof *first);
    uint64_t latest = 0;

    EACH(p, &m->partitions)
        first[p->index] = NEVER;
    EACH(c, &to->cores) {
        EACH(slot, &c->slots) {
            const struct partition *p = slot->window->partition;

            if (p && slot->start < first[p->index])
                first[p->index] = slot->start;
        }
    }
    EACH(p, &m->partitions) {
        if (first[p->index] != NEVER && first[p->index] > latest)
            latest = first[p->index];
    }
    result.running = result.wait + latest;
    return result;
}

void changes_text(struct arena *a, struct text *out, const struct model *m)
{
    struct table t =
        table_new(a, 4, 2, (const char *const[]){"from", "to", "in force within", "all running"});

    if (m->schedules.count < 2)
        return;
    EACH(from, &m->schedules) {
        EACH(to, &m->schedules) {
            struct change_time time = change_time(a, m, from, to);

            if (from != to)
                TABLE_ADD(&t, name_of(&from->name), name_of(&to->name), time_text(a, time.wait),
                          time_text(a, time.running));
        }
    }
    text_add(out, "\nchanges, from the request:\n\n");
    table_print(out, &t);
}

// ---- Least durations ----------------------------------------------------------------------------

void least_text(struct arena *a, struct text *out, const struct model *m, struct analyses *x,
                const struct schedule *s)
{
    uint64_t cost = m->switch_in_gap.given && m->switch_in_gap.value ? 0 : switch_cost_of(m);
    struct table t =
        table_new(a, 5, 1, (const char *const[]){"partition", "period", "owed", "least", "unused"});

    EACH(p, &m->partitions) {
        const struct demand *owed = demand_of(s, p);
        const char *why = NULL;
        uint64_t least;

        if (!owed->period.given || owed->period.value == 0 || !analyses_rta(x, s, p))
            continue;
        least = rta_least_duration(a, p, owed->period.value, rta_step(p, owed->period.value), &why);
        if (least != NEVER)
            least += cost;
        TABLE_ADD(&t, name_of(&p->name), time_text(a, owed->period.value),
                  owed->duration.given ? time_text(a, owed->duration.value) : "-",
                  least == NEVER ? (why ? why : "none is enough") : time_text(a, least),
                  least == NEVER || owed->duration.value < least
                      ? "-"
                      : time_text(a, owed->duration.value - least));
    }
    text_add(out, "schedule %s\n\n", name_of(&s->name));
    if (t.rows.count < 2)
        text_add(out, "  no partition has processes with a wcet\n");
    table_print(out, &t);
    if (cost && t.rows.count > 1)
        text_add(out, "\n  with the switch, %s in each window, once a period\n",
                 time_text(a, cost));
}

// ---- Why: the supply of a partition -------------------------------------------------------------

enum { PERIODS_SHOWN = 16, WINDOWS_SHOWN = 6 };

struct period_supply {
    uint64_t got;
    unsigned windows;
};

// Windows of the first vcpu in [from, to), from index *next on; into `list` unless NULL.
static struct period_supply in_period(struct arena *a, struct text *list,
                                      const struct vcpu_turns *v, size_t *next, uint64_t from,
                                      uint64_t to)
{
    struct period_supply result = {0};

    while (*next < v->count && v->turns[*next].slot->end <= from)
        ++*next;
    for (size_t i = *next; i < v->count && v->turns[i].slot->start < to; i++) {
        const struct slot *slot = v->turns[i].slot;
        uint64_t begin = slot->start > from ? slot->start : from;
        uint64_t end = slot->end < to ? slot->end : to;

        result.got += end - begin;
        if (list && result.windows < WINDOWS_SHOWN)
            text_add(list, "%s%s to %s", result.windows ? ", " : "", time_text(a, begin),
                     time_text(a, end));
        result.windows++;
    }
    if (list && result.windows > WINDOWS_SHOWN)
        text_add(list, " and %u more", result.windows - WINDOWS_SHOWN);
    return result;
}

void supply_explain(struct arena *a, struct text *out, const struct model *m,
                    const struct schedule *s, const struct partition *p)
{
    const struct timetable *t = &timetables_make(a, m)[s - m->schedules.items];
    const struct vcpu_turns *v = timetable_turns(t, p, 0);
    const struct demand *owed = demand_of(s, p);
    uint64_t frame = s->major_frame.value, period = owed->period.value, least = NEVER;
    uint64_t worst = 0, count;
    struct table table = table_new(a, 3, 1, (const char *const[]){"period", "gets", "  windows"});
    size_t next = 0;

    text_add(out, "%s in schedule %s: ", name_of(&p->name), name_of(&s->name));
    if (v->count == 0 || !owed->period.given || period == 0 || frame < period) {
        text_add(out, "%s\n", v->count == 0 ? "no window" : "no period that fits the frame");
        return;
    }
    count = frame / period;
    for (uint64_t k = 0; k < count; k++) {
        struct text list = {.arena = a};
        bool shown = k < PERIODS_SHOWN;
        struct period_supply got =
            in_period(a, shown ? &list : NULL, v, &next, k * period, (k + 1) * period);

        if (got.got < least) {
            least = got.got;
            worst = k;
        }
        if (shown)
            TABLE_ADD(&table, time_text(a, k * period), time_text(a, got.got),
                      arena_printf(a, "  %s", list.bytes ? list.bytes : "none"));
    }
    text_add(out, "owed %s every %s, gets at least %s: %s\n\n",
             owed->duration.given ? time_text(a, owed->duration.value) : "nothing",
             time_text(a, period), time_text(a, least),
             least < owed->duration.value ? "too little" : "enough");
    table.left = 3; // windows read from the left
    table_print(out, &table);
    if (count > PERIODS_SHOWN)
        text_add(out, "  and %llu periods more; the poorest begins at %s\n",
                 (unsigned long long)(count - PERIODS_SHOWN), time_text(a, worst * period));
}
