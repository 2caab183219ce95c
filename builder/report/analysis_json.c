// SPDX-License-Identifier: BSD-2-Clause
// The figures of the analyses as a machine reads them.
#include "report/analysis_json.h"

#include <jansson.h>

static json_t *time_json(uint64_t ns)
{
    return ns > INT64_MAX ? json_null() : json_integer((json_int_t)ns);
}

static json_t *amount_json(struct amount ns)
{
    return ns.given ? time_json(ns.value) : json_null();
}

static json_t *name_json(const struct word *w)
{
    return w->text ? json_string(w->text) : json_null();
}

static const char *verdict_word(enum verdict v)
{
    return v == PROVED ? "proved" : v == REFUTED ? "refuted" : "not_proved";
}

static json_t *process_json(struct arena *a, const struct rta *r, const struct process *p,
                            uint64_t step)
{
    const struct response *response = rta_response(r, p);
    json_t *o = json_object();

    json_object_set_new(o, "name", name_json(&p->name));
    json_object_set_new(o, "verdict", json_string(verdict_word(response->verdict)));
    if (response->why_not)
        json_object_set_new(o, "why_not", json_string(response->why_not));
    json_object_set_new(o, "wcet_ns", amount_json(p->wcet));
    json_object_set_new(o, "longest_wcet_ns", time_json(rta_longest_wcet(a, r, p, step)));
    json_object_set_new(o, "deadline_ns", time_json(response->deadline));
    json_object_set_new(o, "any_phase_ns", time_json(response->any_phase));
    json_object_set_new(o, "synchronised_ns",
                        response->synchronised ? time_json(response->exact) : json_null());
    json_object_set_new(o, "response_ns", time_json(response_bound(response)));
    json_object_set_new(o, "detected_ns", time_json(response->detected));
    return o;
}

// What each period of the frame gives, at least.
static uint64_t least_supply(const struct service *s, uint64_t frame, uint64_t period)
{
    uint64_t least = NEVER;

    for (uint64_t at = 0; at + period <= frame; at += period) {
        uint64_t got = service_between(s, at, at + period);

        if (got < least)
            least = got;
        if (at > s->frame && at % s->frame == 0)
            break; // from here on everything repeats
    }
    return least;
}

static void add_service(json_t *o, const struct schedule *s, const struct demand *owed,
                        const struct service *service)
{
    uint64_t begins, blackout = service_blackout(service, &begins);

    if (owed->period.given && owed->period.value > 0)
        json_object_set_new(
            o, "least_supply_ns",
            time_json(least_supply(service, s->major_frame.value, owed->period.value)));
    json_object_set_new(o, "blackout_ns", time_json(blackout));
    json_object_set_new(o, "blackout_begins_ns", time_json(begins));
}

static void add_processes(struct arena *a, json_t *o, const struct rta *r,
                          const struct demand *owed)
{
    uint64_t period = owed->period.given ? owed->period.value : 0;
    uint64_t step = rta_step(r->partition, period);
    json_t *list = json_array();
    const char *why = NULL;

    json_object_set_new(o, "step_ns", time_json(step));
    if (period > 0)
        json_object_set_new(o, "least_duration_ns",
                            time_json(rta_least_duration(a, r->partition, period, step, &why)));
    EACH(p, &r->partition->processes)
        json_array_append_new(list, process_json(a, r, p, step));
    json_object_set_new(o, "processes", list);
}

static json_t *partition_json(struct arena *a, struct analyses *x, const struct schedule *s,
                              const struct partition *p)
{
    const struct demand *owed = demand_of(s, p);
    const struct rta *r = analyses_rta(x, s, p);
    json_t *o = json_object();

    json_object_set_new(o, "name", name_json(&p->name));
    json_object_set_new(o, "period_ns", amount_json(owed->period));
    json_object_set_new(o, "duration_ns", amount_json(owed->duration));
    add_service(o, s, owed, analyses_service(x, s, p, 0));
    if (r)
        add_processes(a, o, r, owed);
    return o;
}

struct json_t *analysis_json(struct arena *a, const struct model *m, struct analyses *x)
{
    json_t *schedules = json_array();

    EACH(s, &m->schedules) {
        json_t *partitions = json_array(), *o = json_object();

        json_object_set_new(o, "name", name_json(&s->name));
        json_object_set_new(o, "major_frame_ns", amount_json(s->major_frame));
        EACH(p, &m->partitions) {
            if (timetable_runs(analyses_timetable(x, s), p))
                json_array_append_new(partitions, partition_json(a, x, s, p));
        }
        json_object_set_new(o, "partitions", partitions);
        json_array_append_new(schedules, o);
    }
    return json_pack("{s:o}", "schedules", schedules);
}
