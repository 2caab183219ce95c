// SPDX-License-Identifier: BSD-2-Clause
// Timetables for machines.
#include "report/schedule_json.h"

#include "report/analysis_json.h"
#include "report/data_text.h"
#include "report/figures.h"
#include "report/json.h"
#include "report/schedule_text.h"

static json_t *time_json(uint64_t ns)
{
    return ns > INT64_MAX ? json_null() : json_integer((json_int_t)ns);
}

static json_t *core_json(struct arena *a, const struct schedule *s, const struct core_plan *c)
{
    json_t *windows = json_array();

    EACH(slot, &c->slots)
        json_array_append_new(
            windows,
            json_pack("{s:o, s:o, s:o, s:o, s:b}", "partition",
                      slot->window->partition ? json_safe(a, slot->window->partition->name.text)
                                              : json_null(),
                      "cpu", time_json(slot->window->cpu.value), "start_ns", time_json(slot->start),
                      "end_ns", time_json(slot->end), "period_start", slot->period_start));
    return json_pack("{s:I, s:o, s:o}", "core", (json_int_t)c->core, "idle_ns",
                     time_json(idle_time(s, c)), "windows", windows);
}

// The figures of the picture, beside those of the analyses; partitions are found by name.
static void add_figures(json_t *partitions, const struct figures *all, size_t count)
{
    size_t i = 0;

    for (size_t k = 0; k < json_array_size(partitions); k++) {
        json_t *o = json_array_get(partitions, k);

        while (i < count && !all[i].core) // those that run, in the same order
            i++;
        if (i == count)
            return;
        json_object_set_new(o, "windows", json_integer((json_int_t)all[i].windows));
        json_object_set_new(o, "total_ns", time_json(all[i].total));
        json_object_set_new(o, "first_ns", time_json(all[i].first));
        json_object_set_new(o, "jitter_ns", time_json(all[i].jitter));
        i++;
    }
}

static void add_schedule(struct arena *a, json_t *o, const struct model *m, struct analyses *x,
                         const struct schedule *s)
{
    json_t *cores = json_array();

    EACH(c, &s->cores)
        json_array_append_new(cores, core_json(a, s, c));
    json_object_set_new(o, "synthesized", json_boolean(s->synthesize.given && s->synthesize.value));
    json_object_set_new(o, "cores", cores);
    add_figures(json_object_get(o, "partitions"), figures_make(a, m, s), m->partitions.count);
    data_json(a, o, m, latencies_new(a, m, x, s));
}

static json_t *changes_json(struct arena *a, const struct model *m)
{
    json_t *changes = json_array();

    EACH(from, &m->schedules) {
        EACH(to, &m->schedules) {
            struct change_time time = change_time(a, m, from, to);

            if (from != to)
                json_array_append_new(changes, json_pack("{s:o, s:o, s:o, s:o}", "from",
                                                         json_safe(a, from->name.text), "to",
                                                         json_safe(a, to->name.text), "within_ns",
                                                         time_json(time.wait), "running_ns",
                                                         time_json(time.running)));
        }
    }
    return changes;
}

struct json_t *schedule_json(struct arena *a, const struct model *m, struct analyses *x,
                             const struct schedule *only)
{
    json_t *o = analysis_json(a, m, x), *schedules = json_object_get(o, "schedules");

    for (size_t i = m->schedules.count; i-- > 0;) {
        const struct schedule *s = &m->schedules.items[i];

        if (only && only != s)
            json_array_remove(schedules, i);
        else
            add_schedule(a, json_array_get(schedules, i), m, x, s);
    }
    json_object_set_new(o, "changes", changes_json(a, m));
    return o;
}
