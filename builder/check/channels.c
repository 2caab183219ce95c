// SPDX-License-Identifier: BSD-2-Clause
// Rules about channels: their ends, and that all ends agree.
#include "check/pass.h"

#include "check/duplicates.h"
#include <stdlib.h>

static const char *name(const struct channel *c)
{
    return word_text(&c->name);
}

static struct mark name_mark(const struct channel *c)
{
    return mark_or(c->name.at, c->mark);
}

static const char *kind_text(uint32_t type)
{
    return type == TBL_QUEUING ? "queuing" : "sampling";
}

// Calls `visit` for every end that names a port of the system.
static void each_end(struct pass *p,
                     void (*visit)(struct pass *p, struct channel *c, struct endpoint *e))
{
    EACH(c, &p->model->channels) {
        EACH(e, &c->from) {
            if (e->port)
                visit(p, c, e);
        }
        EACH(e, &c->to) {
            if (e->port)
                visit(p, c, e);
        }
    }
}

// A channel that is wired wrongly. Ports that seem unconnected may be what was meant, so the model
// is at fault as a whole for rules about those.
static void blame_wiring(struct pass *p, const struct channel *c)
{
    pass_blame(p, p->model);
    pass_blame_channel(p, c);
}

// ---- CHAN-001: names ----------------------------------------------------------------------------

void check_CHAN_001(struct pass *p)
{
    struct duplicates names = {.arena = p->arena};

    EACH(c, &p->model->channels)
        duplicates_add(&names, &c->name, c);
    for (const struct duplicate *d = duplicates_find(&names); d; d = d->next) {
        struct diag *f =
            pass_report(p, d->again->at, "two channels are named '%s'", d->again->text);

        diag_note(p->diags, f, d->first->at, "the first is here");
        diag_help(p->diags, f, "rename one, so that a report means one channel");
    }
}

// ---- CHAN-002, CHAN-003, CHAN-004: how many ends ------------------------------------------------

void check_CHAN_002(struct pass *p)
{
    EACH(c, &p->model->channels) {
        struct diag *f;

        if (c->from.count == 1)
            continue;
        if (c->from.count == 0) {
            f = pass_report(p, name_mark(c), "channel '%s' has no source", name(c));
            diag_help(p->diags, f, "name the port that writes: 'from: partition.port'");
        } else {
            f = pass_report(p, c->from.items[1].text.at, "channel '%s' has %zu sources", name(c),
                            c->from.count);
            diag_label(p->diags, f, "a second source");
            diag_note(p->diags, f, c->from.items[0].text.at, "the first source");
            diag_help(p->diags, f,
                      "make a channel for each: a reader must know whose data it reads");
        }
        blame_wiring(p, c);
    }
}

void check_CHAN_003(struct pass *p)
{
    EACH(c, &p->model->channels) {
        struct diag *f;

        if (c->to.count > 0)
            continue;
        f = pass_report(p, name_mark(c), "channel '%s' has no destination", name(c));
        diag_label(p->diags, f, "what is written here is read by nobody");
        diag_help(p->diags, f, "name the ports that read: 'to: [partition.port]'");
        blame_wiring(p, c);
    }
}

void check_CHAN_004(struct pass *p)
{
    EACH(c, &p->model->channels) {
        struct diag *f;

        if (c->type != TBL_QUEUING || c->to.count <= 1)
            continue;
        f = pass_report(p, c->to.items[1].text.at, "queuing channel '%s' has %zu destinations",
                        name(c), c->to.count);
        diag_label(p->diags, f, "a second reader would take messages from the first");
        diag_note(p->diags, f, c->type_at, "declared queuing here");
        diag_help(p->diags, f,
                  "make a channel for each reader, or a sampling channel if only the "
                  "newest message matters");
        blame_wiring(p, c);
    }
}

// ---- CHAN-006: sources send, destinations receive -----------------------------------------------

static void wrong_direction(struct pass *p, const struct channel *c, const struct endpoint *e,
                            bool source)
{
    struct diag *f;

    f = pass_report(p, e->text.at, "channel '%s' %s port '%s', which is a %s", name(c),
                    source ? "reads from" : "delivers to", e->text.text,
                    source ? "destination" : "source");
    diag_note(p->diags, f, mark_or(e->port->direction_at, e->port->mark),
              "direction declared here");
    diag_help(p->diags, f, "name a port that is a %s, or declare this one 'direction: %s'",
              source ? "source" : "destination", source ? "source" : "destination");
    blame_wiring(p, c);
}

// Both ends the wrong way round are one mistake.
static bool reversed(struct pass *p, const struct channel *c)
{
    const struct endpoint *from = c->from.items, *to = c->to.items;
    struct diag *f;

    if (c->from.count != 1 || c->to.count != 1 || !from->port || !to->port ||
        from->port->direction != TBL_DESTINATION || to->port->direction != TBL_SOURCE)
        return false;
    f = pass_report(p, from->text.at, "channel '%s' runs from a destination to a source", name(c));
    diag_note(p->diags, f, mark_or(from->port->direction_at, from->port->mark),
              "'%s' is a destination", from->text.text);
    diag_note(p->diags, f, mark_or(to->port->direction_at, to->port->mark), "'%s' is a source",
              to->text.text);
    diag_help(p->diags, f, "swap 'from' and 'to'");
    blame_wiring(p, c);
    return true;
}

void check_CHAN_006(struct pass *p)
{
    EACH(c, &p->model->channels) {
        if (reversed(p, c))
            continue;
        EACH(e, &c->from) {
            if (e->port && e->port->direction != TBL_SOURCE)
                wrong_direction(p, c, e, true);
        }
        EACH(e, &c->to) {
            if (e->port && e->port->direction != TBL_DESTINATION)
                wrong_direction(p, c, e, false);
        }
    }
}

// ---- CHAN-007: all ends are of one kind ---------------------------------------------------------

static void wrong_kind(struct pass *p, const struct channel *c, const struct endpoint *e)
{
    struct diag *f;

    f = pass_report(p, e->text.at, "%s channel '%s' ends at %s port '%s'", kind_text(c->type),
                    name(c), kind_text(e->port->type), e->text.text);
    diag_note(p->diags, f, mark_or(e->port->type_at, e->port->mark), "the port is declared %s here",
              kind_text(e->port->type));
    diag_note(p->diags, f, mark_or(c->type_at, c->mark), "the channel is declared %s here",
              kind_text(c->type));
    diag_help(p->diags, f, "make both %s or both %s", kind_text(c->type), kind_text(e->port->type));
    blame_wiring(p, c);
}

// When no port is of the channel's kind, the channel is the one to blame.
static bool other_kind(struct pass *p, const struct channel *c)
{
    uint32_t kind = c->type == TBL_QUEUING ? TBL_SAMPLING : TBL_QUEUING;
    struct diag *f;

    if (c->from.count == 0 || c->to.count == 0)
        return false;
    EACH(e, &c->from) {
        if (!e->port || e->port->type != kind)
            return false;
    }
    EACH(e, &c->to) {
        if (!e->port || e->port->type != kind)
            return false;
    }
    f = pass_report(p, mark_or(c->type_at, c->mark), "%s channel '%s' connects %s ports",
                    kind_text(c->type), name(c), kind_text(kind));
    diag_note(p->diags, f, mark_or(c->from.items->port->type_at, c->from.items->port->mark),
              "its source is declared %s here", kind_text(kind));
    diag_help(p->diags, f, "make the channel %s, or all its ports %s", kind_text(kind),
              kind_text(c->type));
    blame_wiring(p, c);
    return true;
}

void check_CHAN_007(struct pass *p)
{
    EACH(c, &p->model->channels) {
        if (other_kind(p, c))
            continue;
        EACH(e, &c->from) {
            if (e->port && e->port->type != c->type)
                wrong_kind(p, c, e);
        }
        EACH(e, &c->to) {
            if (e->port && e->port->type != c->type)
                wrong_kind(p, c, e);
        }
    }
}

// ---- CHAN-008, CHAN-013: sizes and depths agree -------------------------------------------------

static void same_size(struct pass *p, struct channel *c, struct endpoint *e)
{
    struct amount have = e->port->max_message, wanted = c->max_message;
    struct diag *f;

    if (!have.given || !wanted.given || have.value == wanted.value || !pass_clean(p, c) ||
        !pass_clean(p, e->port))
        return;
    f = pass_report(p, mark_or(have.at, e->port->mark),
                    "port '%s' and channel '%s' disagree on the largest message", e->text.text,
                    name(c));
    diag_label(p->diags, f, "%s here", size_text(p->arena, have.value));
    diag_note(p->diags, f, mark_or(wanted.at, c->mark), "%s in the channel",
              size_text(p->arena, wanted.value));
    diag_help(p->diags, f,
              "remove 'max_message' from the port to take the channel's, or make both "
              "equal");
    if (p->model->profile == PROFILE_RELAXED && e->port->direction == TBL_DESTINATION &&
        have.value > wanted.value)
        diag_weigh(p->diags, f, SEVERITY_WARNING); // room that is never used
    else
        pass_blame(p, e->port);
}

void check_CHAN_008(struct pass *p)
{
    each_end(p, same_size);
}

static void same_depth(struct pass *p, struct channel *c, struct endpoint *e)
{
    struct amount have = e->port->depth, wanted = c->depth;
    struct diag *f;

    if (c->type != TBL_QUEUING || !have.given || !wanted.given || have.value == wanted.value ||
        !pass_clean(p, c) || !pass_clean(p, e->port))
        return;
    f = pass_report(p, mark_or(have.at, e->port->mark),
                    "port '%s' and channel '%s' disagree on the depth", e->text.text, name(c));
    diag_label(p->diags, f, "%llu messages here", (unsigned long long)have.value);
    diag_note(p->diags, f, mark_or(wanted.at, c->mark), "%llu messages in the channel",
              (unsigned long long)wanted.value);
    diag_help(p->diags, f,
              "remove 'depth' from the port to take the channel's, or make both equal");
    pass_blame(p, e->port);
}

void check_CHAN_013(struct pass *p)
{
    each_end(p, same_depth);
}

// ---- CHAN-009: a port is an end of one channel --------------------------------------------------

struct end {
    const struct port *port;
    const struct channel *channel;
    const struct endpoint *endpoint;
    size_t order;
};

static int by_port(const void *a, const void *b)
{
    const struct end *x = a, *y = b;

    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void used_twice(struct pass *p, const struct end *first, const struct end *again)
{
    struct diag *f;

    if (first->channel == again->channel) {
        f = pass_report(p, again->endpoint->text.at, "port '%s' is named twice in channel '%s'",
                        again->endpoint->text.text, name(again->channel));
        diag_help(p->diags, f, "name it once");
    } else {
        f = pass_report(p, again->endpoint->text.at, "port '%s' is in channels '%s' and '%s'",
                        again->endpoint->text.text, name(first->channel), name(again->channel));
        diag_help(p->diags, f,
                  again->port->direction == TBL_SOURCE
                      ? "list all readers in one channel, or add a port for this one"
                      : "add a port for this channel: what a port holds has one origin");
    }
    diag_note(p->diags, f, first->endpoint->text.at, "named here first");
}

void check_CHAN_009(struct pass *p)
{
    LIST(struct end) ends = {0};

    EACH(c, &p->model->channels) {
        EACH(e, &c->from) {
            if (e->port)
                *list_add(p->arena, &ends) = (struct end){e->port, c, e, ends.count};
        }
        EACH(e, &c->to) {
            if (e->port)
                *list_add(p->arena, &ends) = (struct end){e->port, c, e, ends.count};
        }
    }
    if (ends.count > 1)
        qsort(ends.items, ends.count, sizeof *ends.items, by_port);
    for (size_t i = 1, first = 0; i < ends.count; i++) {
        if (ends.items[i].port != ends.items[first].port) {
            first = i;
            continue;
        }
        if (!pass_clean(p, ends.items[i].port))
            continue;
        used_twice(p, &ends.items[first], &ends.items[i]);
        blame_wiring(p, ends.items[i].channel);
        pass_blame(p, ends.items[first].channel);
    }
}

// ---- CHAN-010: every port is connected, or says that it is not ----------------------------------

void check_CHAN_010(struct pass *p)
{
    if (p->model->unstated & UNSTATED_CHANNELS)
        return;
    EACH(part, &p->model->partitions) {
        EACH(port, &part->ports) {
            struct mark at = mark_or(port->name.at, port->mark);
            struct diag *f;

            if (!pass_clean(p, p->model) || !pass_clean(p, port) ||
                is_true(port->local) == !port->channel)
                continue;
            if (port->channel) {
                f = pass_report(p, mark_or(port->local.at, at),
                                "port '%s' of partition '%s' is declared unconnected but is in "
                                "channel '%s'",
                                word_text(&port->name), word_text(&part->name),
                                name(port->channel));
                diag_note(p->diags, f, name_mark(port->channel), "the channel");
                diag_help(p->diags, f, "remove 'local: true'");
            } else {
                f = pass_report(p, at, "port '%s' of partition '%s' is in no channel",
                                word_text(&port->name), word_text(&part->name));
                diag_label(p->diags, f,
                           port->direction == TBL_SOURCE ? "what is written here goes nowhere"
                                                         : "nothing ever arrives here");
                diag_help(p->diags, f, "add a channel, or say that it is meant: 'local: true'");
            }
        }
    }
}

// ---- CHAN-012: a channel inside one partition is declared ---------------------------------------

void check_CHAN_012(struct pass *p)
{
    EACH(c, &p->model->channels) {
        const struct partition *from;
        bool inside = false;
        struct diag *f;

        if (!pass_clean(p, c) || c->from.count == 0 || !c->from.items[0].port)
            continue;
        from = c->from.items[0].port->partition;
        EACH(e, &c->to) {
            if (!e->port || e->port->partition != from)
                continue;
            inside = true;
            if (is_true(c->local))
                break;
            f = pass_report(p, e->text.at, "channel '%s' leads from partition '%s' back into it",
                            name(c), word_text(&from->name));
            diag_note(p->diags, f, c->from.items[0].text.at, "it starts here");
            diag_help(p->diags, f,
                      "if that is meant, write 'local: true' on the channel; else name "
                      "the partition that shall read");
            break;
        }
        if (inside || !is_true(c->local))
            continue;
        f = pass_report(p, mark_or(c->local.at, name_mark(c)),
                        "channel '%s' is declared local but leaves its partition", name(c));
        diag_help(p->diags, f, "remove 'local: true'");
    }
}
