// SPDX-License-Identifier: BSD-2-Clause
// Latencies term by term. Instants count from the start of the frame in which the first one lies.
#include "analysis/latency.h"

static void not_proved(struct text *out, const char *why_not, const struct process *because,
                       const struct partition *because_of)
{
    if (because)
        text_add(out, "  not proved: '%s.%s': %s\n", because->partition->name.text,
                 because->name.text, why_not);
    else if (because_of)
        text_add(out, "  not proved: '%s': %s\n", because_of->name.text, why_not);
    else
        text_add(out, "  not proved: %s\n", why_not);
}

// ---- Channels -----------------------------------------------------------------------------------

static void sight_explain(struct arena *a, struct text *out, const char *what,
                          const struct sight *s, uint64_t frame)
{
    uint64_t shift = s->published / frame * frame;

    text_add(out, "  %s: read at %s - published at %s = %s\n", what, time_text(a, s->read - shift),
             time_text(a, s->published - shift), time_text(a, s->read - s->published));
}

static void end_explain(struct text *out, const char *what, const struct process *p,
                        const struct partition *part)
{
    if (p)
        text_add(out, "  %s: process '%s.%s'\n", what, part->name.text, p->name.text);
    else
        text_add(out, "  %s: anywhere in the windows of '%s'\n", what, part->name.text);
}

static void queue_explain(struct arena *a, struct text *out, const struct channel_latency *l)
{
    text_add(out, "  in %s: %llu messages are written, %llu can be taken\n", time_text(a, l->span),
             (unsigned long long)l->written, (unsigned long long)l->taken);
    if (l->backlog == NEVER) {
        text_add(out, "  the backlog grows without bound: %llu - %llu = %llu more every %s\n",
                 (unsigned long long)l->written, (unsigned long long)l->taken,
                 (unsigned long long)(l->written - l->taken), time_text(a, l->span));
        return;
    }
    text_add(out, "  backlog: at most %llu messages; the queue holds %llu\n",
             (unsigned long long)l->backlog, (unsigned long long)l->channel->depth.value);
    if (l->written == l->taken)
        text_add(out, "  as many are taken as are written: what waits when the reader starts never "
                      "drains\n");
    text_add(out, "  a message waits at most %s\n",
             l->wait == NEVER ? "without bound" : time_text(a, l->wait));
}

void channel_explain(struct arena *a, struct text *out, const struct channel_latency *l)
{
    const struct endpoint *from = &l->channel->from.items[0];

    text_add(out, "channel '%s' from '%s' to '%s.%s'\n", l->channel->name.text, from->text.text,
             l->to->partition->name.text, l->to->name.text);
    if (l->verdict != PROVED) {
        not_proved(out, l->why_not, l->because, l->because_of);
        return;
    }
    end_explain(out, "published", l->writer, from->port->partition);
    end_explain(out, "read", l->reader, l->to->partition);
    if (l->channel->type == TBL_QUEUING) {
        queue_explain(a, out, l);
        return;
    }
    text_add(out, "  time between two writes: at most %s\n", time_text(a, l->write_interval));
    text_add(out, "  latency: %s to %s, jitter %s\n", time_text(a, l->latency.least),
             time_text(a, l->latency.most), time_text(a, l->latency.most - l->latency.least));
    sight_explain(a, out, "longest latency", &l->slowest, l->frame);
    sight_explain(a, out, "greatest age", &l->oldest, l->frame);
    if (l->to->refresh.given)
        text_add(out, "  refresh: %s %s %s\n", time_text(a, l->to->refresh.value),
                 l->to->refresh.value >= l->age ? ">=" : "<", time_text(a, l->age));
}

// ---- Chains -------------------------------------------------------------------------------------

// Each step adds what passes until its job is released, and what passes from there to its end. A
// job that was released before the step above had ended adds only the rest of its response.
static void path_explain(struct arena *a, struct text *out, const struct chain *c, uint64_t input,
                         const struct hop *path, uint64_t frame)
{
    uint64_t shift = input / frame * frame, at = input;

    text_add(out, "    the input is there at %s\n", time_text(a, input - shift));
    for (size_t i = 0; i < c->steps.count; i++) {
        const struct hop *hop = &path[i];
        uint64_t wait = hop->release > at ? hop->release - at : 0;

        text_add(out, "    + %s wait, + %s response of '%s': at %s\n", time_text(a, wait),
                 time_text(a, hop->end - at - wait), c->steps.items[i].text.text,
                 time_text(a, hop->end - shift));
        at = hop->end;
    }
    text_add(out, "    = %s\n", time_text(a, at - input));
}

static void bound_explain(struct arena *a, struct text *out, const char *what,
                          struct span_of_time value, struct amount bound)
{
    text_add(out, "  %s: %s to %s", what, time_text(a, value.least), time_text(a, value.most));
    if (bound.given)
        text_add(out, " %s %s", value.most <= bound.value ? "<=" : ">", time_text(a, bound.value));
    text_add(out, "\n");
}

void chain_explain(struct arena *a, struct text *out, const struct chain_latency *l)
{
    const struct chain *c = l->chain;

    text_add(out, "chain '%s'\n", c->name.text);
    if (l->verdict != PROVED) {
        not_proved(out, l->why_not, l->because, NULL);
        return;
    }
    bound_explain(a, out, "reaction", l->reaction, c->reaction);
    path_explain(a, out, c, l->input, l->reaction_path, l->frame);
    bound_explain(a, out, "age", l->age, c->age);
    path_explain(a, out, c, l->age_input, l->age_path, l->frame);
    text_add(out, "  jitter of the output: %s\n", time_text(a, l->jitter));
}
