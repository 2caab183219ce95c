// SPDX-License-Identifier: BSD-2-Clause
// Latencies of channels and chains, for people and for machines.
#include "report/data_text.h"

#include "report/json.h"
#include "report/table.h"

static const char *name_of(const struct word *w)
{
    return w->text ? w->text : "?";
}

static const char *time_or(struct arena *a, uint64_t ns)
{
    return ns == NEVER ? "unbounded" : time_text(a, ns);
}

static const char *span_text(struct arena *a, struct span_of_time span)
{
    return span.least == span.most
               ? time_or(a, span.most)
               : arena_printf(a, "%s to %s", time_or(a, span.least), time_or(a, span.most));
}

static const char *ends_text(struct arena *a, const struct channel_latency *l)
{
    return l->to && l->to->partition
               ? arena_printf(a, "%s.%s", name_of(&l->to->partition->name), name_of(&l->to->name))
               : "?";
}

static const char *because_text(struct arena *a, const char *why, const struct process *process)
{
    return process ? arena_printf(a, "not proved: of '%s': %s", name_of(&process->name), why)
                   : arena_printf(a, "not proved: %s", why ? why : "?");
}

// ---- Text ---------------------------------------------------------------------------------------

static void sampling_row(struct arena *a, struct table *t, const struct channel_latency *l)
{
    const struct port *to = l->to;
    bool proved = l->verdict == PROVED;

    TABLE_ADD(t, name_of(&l->channel->name), ends_text(a, l),
              proved ? span_text(a, l->latency) : "", proved ? time_or(a, l->age) : "",
              to->refresh.given ? time_text(a, to->refresh.value) : "-",
              proved ? "" : because_text(a, l->why_not, l->because));
}

static void queuing_row(struct arena *a, struct table *t, const struct channel_latency *l)
{
    bool proved = l->verdict == PROVED;
    uint64_t depth = l->to->depth.given ? l->to->depth.value : l->channel->depth.value;

    TABLE_ADD(t, name_of(&l->channel->name), ends_text(a, l),
              !proved || !l->counted ? ""
              : l->backlog == NEVER  ? "it grows"
                                     : arena_printf(a, "%llu", (unsigned long long)l->backlog),
              arena_printf(a, "%llu", (unsigned long long)depth),
              proved && l->counted ? time_or(a, l->wait) : "",
              !proved      ? because_text(a, l->why_not, l->because)
              : l->counted ? ""
                           : "no process says how much it moves");
}

static void channels_text(struct arena *a, struct text *out, const struct model *m,
                          struct latencies *l)
{
    struct table sampling =
        table_new(a, 6, 2, (const char *const[]){"channel", "to", "latency", "age", "refresh", ""});
    struct table queuing =
        table_new(a, 6, 2, (const char *const[]){"channel", "to", "backlog", "depth", "wait", ""});

    EACH(c, &m->channels) {
        const struct channel_latency *all = latencies_channel(l, c);

        for (size_t i = 0; all && i < c->to.count; i++) {
            if (!all[i].to)
                continue;
            if (c->type == TBL_QUEUING)
                queuing_row(a, &queuing, &all[i]);
            else
                sampling_row(a, &sampling, &all[i]);
        }
    }
    text_add(out, "%s", sampling.rows.count > 1 ? "\n" : "");
    table_print(out, &sampling);
    text_add(out, "%s", queuing.rows.count > 1 ? "\n" : "");
    table_print(out, &queuing);
}

static const char *bound_text(struct arena *a, struct amount bound)
{
    return bound.given ? time_text(a, bound.value) : "-";
}

static void chains_text(struct arena *a, struct text *out, const struct model *m,
                        struct latencies *l)
{
    struct table t = table_new(
        a, 7, 1, (const char *const[]){"chain", "reaction", "bound", "age", "bound", "jitter", ""});

    EACH(c, &m->chains) {
        const struct chain_latency *chain = latencies_chain(l, c);
        bool proved = chain && chain->verdict == PROVED;

        if (chain)
            TABLE_ADD(&t, name_of(&c->name), proved ? time_or(a, chain->reaction.most) : "",
                      bound_text(a, c->reaction), proved ? time_or(a, chain->age.most) : "",
                      bound_text(a, c->age), proved ? time_or(a, chain->jitter) : "",
                      proved ? "" : because_text(a, chain->why_not, chain->because));
    }
    text_add(out, "%s", t.rows.count > 1 ? "\n" : "");
    table_print(out, &t);
}

void data_text(struct arena *a, struct text *out, const struct model *m, struct latencies *l)
{
    channels_text(a, out, m, l);
    chains_text(a, out, m, l);
}

// ---- JSON ---------------------------------------------------------------------------------------

static json_t *time_json(uint64_t ns)
{
    return ns > INT64_MAX ? json_null() : json_integer((json_int_t)ns);
}

static json_t *span_json(struct span_of_time span)
{
    return json_pack("[o, o]", time_json(span.least), time_json(span.most));
}

static const char *verdict_word(enum verdict v)
{
    return v == PROVED ? "proved" : v == REFUTED ? "refuted" : "not_proved";
}

static json_t *verdict_json(struct arena *a, const struct word *name, enum verdict v,
                            const char *why)
{
    json_t *o =
        json_pack("{s:o, s:s}", "name", json_safe(a, name->text), "verdict", verdict_word(v));

    if (v != PROVED)
        json_object_set_new(o, "why_not", json_safe(a, why));
    return o;
}

static json_t *channel_json(struct arena *a, const struct channel_latency *l)
{
    json_t *o = verdict_json(a, &l->channel->name, l->verdict, l->why_not);

    json_object_set_new(o, "to", json_safe(a, ends_text(a, l)));
    if (l->verdict != PROVED)
        return o;
    if (l->channel->type == TBL_QUEUING) {
        json_object_set_new(o, "backlog", l->counted ? time_json(l->backlog) : json_null());
        json_object_set_new(o, "wait_ns", l->counted ? time_json(l->wait) : json_null());
        return o;
    }
    json_object_set_new(o, "write_interval_ns", time_json(l->write_interval));
    json_object_set_new(o, "latency_ns", span_json(l->latency));
    json_object_set_new(o, "age_ns", time_json(l->age));
    return o;
}

static json_t *chain_json(struct arena *a, const struct chain_latency *l)
{
    json_t *o = verdict_json(a, &l->chain->name, l->verdict, l->why_not);

    if (l->verdict != PROVED)
        return o;
    json_object_set_new(o, "reaction_ns", span_json(l->reaction));
    json_object_set_new(o, "age_ns", span_json(l->age));
    json_object_set_new(o, "jitter_ns", time_json(l->jitter));
    return o;
}

void data_json(struct arena *a, struct json_t *object, const struct model *m, struct latencies *l)
{
    json_t *channels = json_array(), *chains = json_array();

    EACH(c, &m->channels) {
        const struct channel_latency *all = latencies_channel(l, c);

        for (size_t i = 0; all && i < c->to.count; i++)
            if (all[i].to)
                json_array_append_new(channels, channel_json(a, &all[i]));
    }
    EACH(c, &m->chains) {
        const struct chain_latency *chain = latencies_chain(l, c);

        if (chain)
            json_array_append_new(chains, chain_json(a, chain));
    }
    json_object_set_new(object, "channels", channels);
    json_object_set_new(object, "chains", chains);
}
