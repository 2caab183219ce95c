// SPDX-License-Identifier: BSD-2-Clause
// Rules about how old data is, how long queues get and how fast chains are.
#include "check/pass.h"

#include "analysis/latency.h"
#include <inttypes.h>

static const char *time(const struct pass *p, uint64_t ns)
{
    return time_text(p->arena, ns);
}

static const char *end_text(const struct pass *p, const struct port *port)
{
    return arena_printf(p->arena, "%s.%s", word_text(&port->partition->name),
                        word_text(&port->name));
}

// What stands in the way of a figure.
static const char *obstacle(const struct pass *p, const char *why_not,
                            const struct process *because, const struct partition *because_of)
{
    if (because && because->partition)
        return arena_printf(p->arena, "'%s.%s': %s", word_text(&because->partition->name),
                            word_text(&because->name), why_not);
    if (because_of)
        return arena_printf(p->arena, "'%s': %s", word_text(&because_of->name), why_not);
    return why_not;
}

typedef void visit_channel(struct pass *p, const struct schedule *s,
                           const struct channel_latency *l);

// Every destination of every sound channel in every sound schedule, where its source runs.
static void each_destination(struct pass *p, visit_channel *visit)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || s->major_frame.value == 0 || !pass_clean(p, s))
            continue;
        EACH(c, &p->model->channels) {
            const struct channel_latency *results;

            if (!pass_clean(p, c) || c->from.count != 1 || !c->from.items[0].port ||
                !pass_clean(p, c->from.items[0].port->partition))
                continue;
            results = latencies_channel(analyses_latencies(p->analyses, s), c);
            for (size_t i = 0; results && i < c->to.count; i++)
                if (pass_clean(p, c->to.items[i].port->partition))
                    visit(p, s, &results[i]);
        }
    }
}

// ---- LAT-001: values can be valid when they are read --------------------------------------------

static const char *writer_text(const struct pass *p, const struct channel_latency *l)
{
    const struct port *from = l->channel->from.items[0].port;

    return l->writer ? arena_printf(p->arena, "process '%s'", word_text(&l->writer->name))
                     : arena_printf(p->arena, "'%s'", word_text(&from->partition->name));
}

// What is too much to count is not taken to be right. Where the description leaves something open,
// LAT-002 says so.
static void past_counting(struct pass *p, const struct channel_latency *l, struct mark at,
                          const char *what)
{
    struct diag *f;

    if (l->why_not != past_horizon || !pass_clean(p, l->because))
        return;
    f = pass_report(p, at, "%s", what);
    diag_label(p->diags, f, "%s", obstacle(p, l->why_not, l->because, NULL));
    if (l->because)
        diag_note(p->diags, f, l->because->mark, "this process");
    diag_help(p->diags, f, "choose periods that are multiples of one another");
}

static void refresh_reachable(struct pass *p, const struct schedule *s,
                              const struct channel_latency *l)
{
    const struct port *from = l->channel->from.items[0].port, *to = l->to;
    uint64_t shift;
    struct diag *f;

    if (l->channel->type != TBL_SAMPLING || !to->refresh.given || !pass_clean(p, to))
        return;
    if (l->verdict != PROVED)
        past_counting(p, l, mark_or(to->refresh.at, to->mark),
                      arena_printf(p->arena,
                                   "it is not proved that what '%s' reads is no older than its "
                                   "refresh period%s",
                                   end_text(p, to), pass_in(p, s)));
    if (l->verdict != PROVED || l->age <= to->refresh.value)
        return;
    shift = l->oldest.published / l->frame * l->frame;
    f = pass_report(p, mark_or(to->refresh.at, to->mark),
                    "what '%s' reads can be older than its refresh period%s", end_text(p, to),
                    pass_in(p, s));
    diag_label(p->diags, f, "%s, and a value can be %s old when it is read",
               time(p, to->refresh.value), time(p, l->age));
    diag_note(p->diags, f, mark_or(from->name.at, from->mark),
              "%s writes it up to %s apart; the worst is published at %s and read at %s",
              writer_text(p, l), time(p, l->write_interval), time(p, l->oldest.published - shift),
              time(p, l->oldest.read - shift));
    if (l->reader_first)
        diag_help(p->diags, f,
                  "allow %s, write more often, or move the windows of '%s' behind those "
                  "of '%s'",
                  time(p, l->age), word_text(&to->partition->name),
                  word_text(&from->partition->name));
    else
        diag_help(p->diags, f, "allow %s, or write more often", time(p, l->age));
}

void check_LAT_001(struct pass *p)
{
    each_destination(p, refresh_reachable);
}

// ---- LAT-002: latencies of channels are listed --------------------------------------------------

static void list_queue(struct pass *p, struct diag *f, const struct channel_latency *l)
{
    if (l->backlog == NEVER)
        diag_label(p->diags, f, "%" PRIu64 " messages are written in %s, %" PRIu64 " are taken",
                   l->written, time(p, l->span), l->taken);
    else
        diag_label(p->diags, f, "at most %" PRIu64 " wait at once, each up to %s", l->backlog,
                   l->wait == NEVER ? "any time" : time(p, l->wait));
}

static void list_channel(struct pass *p, const struct schedule *s, const struct channel_latency *l)
{
    const struct channel *c = l->channel;
    struct diag *f;

    f = pass_report(p, mark_or(c->name.at, c->mark), "latency of channel '%s' to '%s'%s",
                    word_text(&c->name), end_text(p, l->to), pass_in(p, s));
    if (l->verdict != PROVED)
        diag_label(p->diags, f, "not proved: %s",
                   obstacle(p, l->why_not, l->because, l->because_of));
    else if (c->type == TBL_QUEUING)
        list_queue(p, f, l);
    else
        diag_label(p->diags, f, "%s to %s, jitter %s; a value read is at most %s old",
                   time(p, l->latency.least), time(p, l->latency.most),
                   time(p, l->latency.most - l->latency.least), time(p, l->age));
}

// ---- LAT-002, LAT-003, LAT-006: chains ----------------------------------------------------------

typedef void visit_chain(struct pass *p, const struct schedule *s, const struct chain_latency *l);

static bool chain_clean(const struct pass *p, const struct chain *c)
{
    if (!pass_clean(p, c))
        return false;
    EACH(step, &c->steps) {
        if (!step->process || !pass_clean(p, step->process) ||
            !pass_clean(p, step->process->partition))
            return false;
    }
    return true;
}

static void each_chain(struct pass *p, visit_chain *visit)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || s->major_frame.value == 0 || !pass_clean(p, s))
            continue;
        EACH(c, &p->model->chains) {
            const struct chain_latency *l =
                chain_clean(p, c) ? latencies_chain(analyses_latencies(p->analyses, s), c) : NULL;

            if (l)
                visit(p, s, l);
        }
    }
}

static struct mark chain_mark(const struct chain *c)
{
    return mark_or(c->name.at, c->mark);
}

static void broken_chain(struct pass *p, const struct chain_latency *l)
{
    const struct chain *c = l->chain;
    const struct chain_step *before = &c->steps.items[l->broken - 1];
    const struct chain_step *step = &c->steps.items[l->broken];
    struct diag *f;

    if (!pass_first(p, c, step)) // in another schedule
        return;
    f = pass_report(p, mark_or(step->text.at, chain_mark(c)), "chain '%s' is broken",
                    word_text(&c->name));
    diag_label(p->diags, f, "no channel leads to '%s' from '%s'", word_text(&step->text),
               word_text(&before->text));
    diag_note(p->diags, f, step->process->mark, "it reads no port that '%s' writes to",
              word_text(&before->process->name));
    diag_help(p->diags, f,
              "write 'reads' and 'writes' with the ports of a channel at both processes");
    pass_blame(p, c);
}

static void late_chain(struct pass *p, const struct schedule *s, const struct chain_latency *l,
                       const char *what, struct amount bound, uint64_t most, uint64_t input,
                       const struct hop *path)
{
    const struct chain *c = l->chain;
    uint64_t shift = input / l->frame * l->frame;
    struct diag *f;

    if (!bound.given || most <= bound.value)
        return;
    f = pass_report(p, mark_or(bound.at, chain_mark(c)),
                    "the %s of chain '%s' can be longer than "
                    "it may%s",
                    what, word_text(&c->name), pass_in(p, s));
    diag_label(p->diags, f, "%s, and it can be %s", time(p, bound.value), time(p, most));
    for (size_t i = 0; i < c->steps.count && i < 8; i++)
        diag_note(p->diags, f, mark_or(c->steps.items[i].text.at, chain_mark(c)),
                  "input at %s; '%s' is released at %s and has ended by %s", time(p, input - shift),
                  word_text(&c->steps.items[i].text), time(p, path[i].release - shift),
                  time(p, path[i].end - shift));
    diag_help(p->diags, f,
              "order the windows along the chain, or shorten the period where it waits longest; "
              "'hvbuild schedule --why %s' shows the sum",
              word_text(&c->name));
}

static void chain_in_time(struct pass *p, const struct schedule *s, const struct chain_latency *l)
{
    const struct chain *c = l->chain;
    struct diag *f;

    if (l->broken) {
        broken_chain(p, l);
        return;
    }
    if (l->verdict != PROVED) {
        if ((!c->reaction.given && !c->age.given && !c->jitter.given) || !pass_clean(p, l->because))
            return;
        f = pass_report(p, chain_mark(c), "the times of chain '%s' are not proved%s",
                        word_text(&c->name), pass_in(p, s));
        diag_label(p->diags, f, "%s", obstacle(p, l->why_not, l->because, NULL));
        if (l->because)
            diag_note(p->diags, f, l->because->mark, "this process");
        diag_help(p->diags, f, "complete or simplify what stands in the way, or remove the bounds");
        return;
    }
    late_chain(p, s, l, "reaction", c->reaction, l->reaction.most, l->input, l->reaction_path);
    late_chain(p, s, l, "age", c->age, l->age.most, l->age_input, l->age_path);
}

void check_LAT_003(struct pass *p)
{
    each_chain(p, chain_in_time);
}

static void chain_steady(struct pass *p, const struct schedule *s, const struct chain_latency *l)
{
    const struct chain *c = l->chain;
    const struct chain_step *last = &c->steps.items[c->steps.count - 1];
    struct diag *f;

    if (l->verdict != PROVED || !c->jitter.given || l->jitter <= c->jitter.value)
        return;
    f = pass_report(p, mark_or(c->jitter.at, chain_mark(c)),
                    "the output of chain '%s' can vary more than it may%s", word_text(&c->name),
                    pass_in(p, s));
    diag_label(p->diags, f, "%s, and it varies by %s", time(p, c->jitter.value),
               time(p, l->jitter));
    diag_note(p->diags, f, last->process->mark, "the response of '%s' varies so much",
              word_text(&last->text));
    diag_help(p->diags, f, "give it a higher priority or an offset, state its bcet, or allow %s",
              time(p, l->jitter));
}

void check_LAT_006(struct pass *p)
{
    each_chain(p, chain_steady);
}

static void list_chain(struct pass *p, const struct schedule *s, const struct chain_latency *l)
{
    const struct chain *c = l->chain;
    struct diag *f;

    if (l->broken)
        return;
    f = pass_report(p, chain_mark(c), "times of chain '%s'%s", word_text(&c->name), pass_in(p, s));
    if (l->verdict != PROVED)
        diag_label(p->diags, f, "not proved: %s", obstacle(p, l->why_not, l->because, NULL));
    else
        diag_label(p->diags, f, "reaction %s to %s, age %s to %s, jitter %s",
                   time(p, l->reaction.least), time(p, l->reaction.most), time(p, l->age.least),
                   time(p, l->age.most), time(p, l->jitter));
}

void check_LAT_002(struct pass *p)
{
    each_destination(p, list_channel);
    each_chain(p, list_chain);
}

// ---- LAT-004: channels with a bound -------------------------------------------------------------

static void channel_in_time(struct pass *p, const struct schedule *s,
                            const struct channel_latency *l)
{
    const struct channel *c = l->channel;
    uint64_t most = c->type == TBL_QUEUING ? l->wait : l->latency.most;
    struct diag *f;

    if (!c->latency.given || (l->verdict == PROVED && most <= c->latency.value))
        return;
    if (l->verdict != PROVED) {
        if (!pass_clean(p, l->because))
            return;
        f = pass_report(p, mark_or(c->latency.at, c->mark),
                        "the latency of channel '%s' to '%s' is not proved%s", word_text(&c->name),
                        end_text(p, l->to), pass_in(p, s));
        diag_label(p->diags, f, "%s", obstacle(p, l->why_not, l->because, l->because_of));
        diag_help(p->diags, f, "complete or simplify what stands in the way, or remove the bound");
        return;
    }
    f = pass_report(p, mark_or(c->latency.at, c->mark),
                    "messages of channel '%s' can reach '%s' too late%s", word_text(&c->name),
                    end_text(p, l->to), pass_in(p, s));
    if (most == NEVER)
        diag_label(p->diags, f, "its queue grows, and there is no bound");
    else
        diag_label(p->diags, f, "%s, and it can be %s", time(p, c->latency.value), time(p, most));
    if (c->type == TBL_QUEUING)
        diag_help(p->diags, f, "take more messages at a time, or more often");
    else
        diag_help(p->diags, f, "read more often, or move the reader's windows behind the writer's");
}

void check_LAT_004(struct pass *p)
{
    each_destination(p, channel_in_time);
}

// ---- CHAN-015: queues are deep enough -----------------------------------------------------------

static bool writer_blocks(const struct channel_latency *l)
{
    const struct port *from = l->channel->from.items[0].port;

    EACH(process, &from->partition->processes) {
        EACH(use, &process->writes) {
            if (use->port == from && is_true(use->blocks))
                return true;
        }
    }
    return false;
}

static void queue_deep_enough(struct pass *p, const struct schedule *s,
                              const struct channel_latency *l)
{
    const struct channel *c = l->channel;
    struct diag *f;

    if (c->type != TBL_QUEUING || !c->depth.given)
        return;
    if (!l->counted)
        past_counting(p, l, mark_or(c->depth.at, c->mark),
                      arena_printf(p->arena,
                                   "it is not proved that the queue of channel '%s' is deep "
                                   "enough%s",
                                   word_text(&c->name), pass_in(p, s)));
    if (!l->counted || l->backlog <= c->depth.value)
        return;
    if (l->backlog == NEVER) {
        f = pass_report(p, mark_or(c->name.at, c->mark), "the queue of channel '%s' grows%s",
                        word_text(&c->name), pass_in(p, s));
        diag_label(p->diags, f, "%" PRIu64 " messages are written in %s, and %" PRIu64 " are taken",
                   l->written, time(p, l->span), l->taken);
    } else {
        f = pass_report(p, mark_or(c->depth.at, c->mark),
                        "the queue of channel '%s' is not deep enough%s", word_text(&c->name),
                        pass_in(p, s));
        diag_label(p->diags, f, "%" PRIu64 ", and up to %" PRIu64 " messages wait at once",
                   c->depth.value, l->backlog);
    }
    diag_note(p->diags, f, l->writer->mark,
              writer_blocks(l) ? "'%s' is held up when the queue is full"
                               : "messages of '%s' are lost when the queue is full",
              word_text(&l->writer->name));
    diag_note(p->diags, f, l->reader->mark, "'%s' takes them", word_text(&l->reader->name));
    if (l->backlog == NEVER)
        diag_help(p->diags, f,
                  "take more messages with each job, or release the reader more often");
    else
        diag_help(p->diags, f, "set depth to %" PRIu64 ", or take more messages with each job",
                  l->backlog);
}

void check_CHAN_015(struct pass *p)
{
    each_destination(p, queue_deep_enough);
}

// ---- IRQ-005: how long an interrupt takes -------------------------------------------------------

static void interrupt_latency(struct pass *p, const struct schedule *s,
                              const struct partition *part, const struct interrupt_use *u)
{
    uint64_t begins, latency;
    uint64_t blackout = service_blackout(analyses_service(p->analyses, s, part, 0), &begins);
    uint64_t cost = u->cost.given ? u->cost.value : switch_cost_of(p->model);
    struct diag *f;

    if (!add_u64(blackout, cost, &latency) || (u->latency.given && latency <= u->latency.value))
        return;
    f = pass_report(p, mark_or(u->latency.at, mark_or(u->intid.at, u->mark)),
                    u->latency.given ? "interrupt %" PRIu64 " of '%s' can come later than it may%s"
                                     : "latency of interrupt %" PRIu64 " of '%s'%s",
                    u->intid.value, word_text(&part->name), pass_in(p, s));
    diag_label(p->diags, f, "at most %s: %s outside of windows and %s to handle it",
               time(p, latency), time(p, blackout), time(p, cost));
    if (!u->latency.given)
        return;
    diag_note(p->diags, f, s->major_frame.at, "'%s' does not run from %s in the frame on",
              word_text(&part->name), time(p, begins));
    diag_help(p->diags, f, "give '%s' windows that are less far apart, or allow %s",
              word_text(&part->name), time(p, latency));
    diag_weigh(p->diags, f, SEVERITY_WARNING);
}

void check_IRQ_005(struct pass *p)
{
    EACH(s, &p->model->schedules) {
        if (!s->major_frame.given || s->major_frame.value == 0 || !pass_clean(p, s))
            continue;
        EACH(part, &p->model->partitions) {
            if (!pass_clean(p, part) || !timetable_runs(analyses_timetable(p->analyses, s), part))
                continue;
            EACH(u, &part->interrupts) {
                if (pass_clean(p, u))
                    interrupt_latency(p, s, part, u);
            }
        }
    }
}
