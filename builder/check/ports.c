// SPDX-License-Identifier: BSD-2-Clause
// Rules about single ports: names, sizes, depths, refresh periods.
#include "check/pass.h"

#include "check/duplicates.h"

static const char *port_text(struct pass *p, const struct port *port)
{
    return arena_printf(p->arena, "port '%s' of partition '%s'", word_text(&port->name),
                        word_text(&port->partition->name));
}

static struct mark port_mark(const struct port *port)
{
    return mark_or(port->name.at, port->mark);
}

static void each_port(struct pass *p, void (*visit)(struct pass *p, struct port *port))
{
    EACH(part, &p->model->partitions) {
        EACH(port, &part->ports)
            visit(p, port);
    }
}

// A value that the port took over from its channel is judged there.
static bool own(const struct port *port, struct amount value, struct amount channel)
{
    return value.given && value.at.line && !(port->channel && mark_equal(value.at, channel.at));
}

// ---- PORT-001: names ----------------------------------------------------------------------------

void check_PORT_001(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        struct duplicates names = {.arena = p->arena};

        EACH(port, &part->ports)
            duplicates_add(&names, &port->name, port);
        for (const struct duplicate *d = duplicates_find(&names); d; d = d->next) {
            struct diag *f = pass_report(p, d->again->at, "partition '%s' has two ports named '%s'",
                                         word_text(&part->name), d->again->text);

            diag_note(p->diags, f, d->first->at, "the first is here");
            diag_help(p->diags, f, "rename one: the program and the channels find a port by name");
            pass_blame(p, d->first_object);
            pass_blame(p, d->again_object);
        }
    }
}

// ---- The limits of ARINC 653 --------------------------------------------------------------------

// A computer without a runtime of ours may hold more than ARINC 653 allows. The limit that `value`
// is to be held against: the smaller one, unless that of the computer is passed already.
static uint64_t arinc_limit(uint64_t value, uint64_t board, uint64_t arinc)
{
    return value > board || board < arinc ? board : arinc;
}

// A value beyond ARINC 653 that the computer takes: no more than a warning where APEX is not asked
// for. True then.
static bool only_arinc(struct pass *p, struct diag *f, uint64_t value, uint64_t board)
{
    if (value == 0 || value > board || p->model->profile != PROFILE_RELAXED)
        return false;
    diag_weigh(p->diags, f, SEVERITY_WARNING);
    return true;
}

// ---- PORT-003: 1 <= largest message <= 8192 bytes -----------------------------------------------

static bool message_size(struct pass *p, struct amount size, const char *whose)
{
    uint64_t limit = arinc_limit(size.value, limits_of(p->model)->message, HV_MAX_MESSAGE);
    struct diag *f;

    if (!size.given || (size.value >= 1 && size.value <= limit))
        return true;
    f = pass_report(p, size.at, "the largest message of %s is out of range", whose);
    diag_label(p->diags, f, "%s; 1 B to %llu B are possible", size_text(p->arena, size.value),
               (unsigned long long)limit);
    diag_help(p->diags, f,
              size.value
                  ? "send larger data in parts, or through a shared memory block; a message is "
                    "copied in one go while nothing else runs on the core"
                  : "state the size of the largest message that is sent");
    return only_arinc(p, f, size.value, limits_of(p->model)->message);
}

static void port_message_size(struct pass *p, struct port *port)
{
    const char *whose = port_text(p, port);
    struct diag *f;

    if (!port->max_message.given && !port->channel) {
        if (!pass_clean(p, p->model))
            return;
        f = pass_report(p, port_mark(port), "%s has no largest message", whose);
        diag_label(p->diags, f, "a port takes it from its channel, but this one is in none");
        diag_help(p->diags, f, "connect the port, or add 'max_message'");
        pass_blame(p, port);
    } else if (port->max_message.given &&
               own(port, port->max_message,
                   port->channel ? port->channel->max_message : (struct amount){0}) &&
               !message_size(p, port->max_message, whose)) {
        pass_blame(p, port);
    }
}

void check_PORT_003(struct pass *p)
{
    EACH(c, &p->model->channels) {
        if (message_size(p, c->max_message,
                         arena_printf(p->arena, "channel '%s'", word_text(&c->name))))
            continue;
        pass_blame_channel(p, c);
    }
    each_port(p, port_message_size);
}

// ---- PORT-004: 1 <= depth <= 512 messages -------------------------------------------------------

static bool depth_in_range(struct pass *p, struct amount depth, const char *whose)
{
    uint64_t limit = arinc_limit(depth.value, limits_of(p->model)->depth, HV_MAX_DEPTH);
    struct diag *f;

    if (depth.value >= 1 && depth.value <= limit)
        return true;
    f = pass_report(p, depth.at, "the depth of %s is out of range", whose);
    diag_label(p->diags, f, "%llu messages; 1 to %llu are possible",
               (unsigned long long)depth.value, (unsigned long long)limit);
    diag_help(p->diags, f, "the depth must hold what is sent between two windows of the reader; %s",
              depth.value && depth.value <= limits_of(p->model)->depth
                  ? "the limit is ARINC 653's SYSTEM_LIMIT_NUMBER_OF_MESSAGES"
                  : pass_limit(p, "the limit is ARINC 653's SYSTEM_LIMIT_NUMBER_OF_MESSAGES"));
    return only_arinc(p, f, depth.value, limits_of(p->model)->depth);
}

static bool no_depth(struct pass *p, struct mark at, const char *whose)
{
    struct diag *f = pass_report(p, at, "%s has no depth", whose);

    diag_label(p->diags, f, "a queue needs room for a number of messages");
    diag_help(p->diags, f,
              "add 'depth', the number of messages that may wait: as many as are sent "
              "between two windows of the reader");
    return false;
}

static void port_depth(struct pass *p, struct port *port)
{
    const struct channel *c = port->channel;

    if (port->type != TBL_QUEUING || !pass_clean(p, port))
        return;
    if (own(port, port->depth, c ? c->depth : (struct amount){0})) {
        if (!depth_in_range(p, port->depth, port_text(p, port)))
            pass_blame(p, port);
    } else if (!c && !port->depth.given) {
        no_depth(p, port_mark(port), port_text(p, port));
        pass_blame(p, port);
    }
}

void check_PORT_004(struct pass *p)
{
    EACH(c, &p->model->channels) {
        const char *whose = arena_printf(p->arena, "channel '%s'", word_text(&c->name));

        if (c->type != TBL_QUEUING ||
            (c->depth.given ? depth_in_range(p, c->depth, whose)
                            : no_depth(p, mark_or(c->name.at, c->mark), whose)))
            continue;
        pass_blame_channel(p, c);
    }
    each_port(p, port_depth);
}

// ---- PORT-005: sampling destinations have a refresh period --------------------------------------

static void destination_refresh(struct pass *p, struct port *port)
{
    struct diag *f;

    if (port->refresh.given ? port->refresh.value > 0 : p->model->unstated & UNSTATED_REFRESH)
        return;
    if (port->refresh.given) {
        f = pass_report(p, port->refresh.at, "%s has a refresh period of 0", port_text(p, port));
        diag_label(p->diags, f, "no message would ever be valid");
    } else {
        f = pass_report(p, port_mark(port), "%s has no refresh period", port_text(p, port));
        diag_label(p->diags, f, "a sampling destination judges messages by their age");
    }
    diag_help(p->diags, f,
              "set 'refresh' to the greatest age at which a message is still valid: at "
              "least the writer's period plus the time until it is read");
    pass_blame(p, port);
}

// A source has no use for a refresh period; one that repeats its reader's is accepted.
static void source_refresh(struct pass *p, struct port *port)
{
    if (!port->refresh.given || !port->channel)
        return;
    EACH(e, &port->channel->to) {
        struct diag *f;

        if (!e->port || !e->port->refresh.given || e->port == port ||
            e->port->refresh.value == port->refresh.value)
            continue;
        f = pass_report(p, port->refresh.at,
                        "the refresh period of source %s differs from its reader's",
                        port_text(p, port));
        diag_label(p->diags, f, "%s", time_text(p->arena, port->refresh.value));
        diag_note(p->diags, f, e->port->refresh.at, "'%s' reads with %s",
                  word_text(&e->port->partition->name),
                  time_text(p->arena, e->port->refresh.value));
        diag_help(p->diags, f, "remove it here: only the destination's refresh period counts");
        pass_blame(p, port);
        return;
    }
}

static void port_refresh(struct pass *p, struct port *port)
{
    if (port->type != TBL_SAMPLING || !pass_clean(p, port))
        return;
    if (port->direction == TBL_DESTINATION)
        destination_refresh(p, port);
    else
        source_refresh(p, port);
}

void check_PORT_005(struct pass *p)
{
    each_port(p, port_refresh);
}

// ---- PORT-006: no attribute of the other kind ---------------------------------------------------

static void foreign_attribute(struct pass *p, struct port *port)
{
    struct diag *f;

    if (!pass_clean(p, port))
        return;
    if (port->type == TBL_SAMPLING &&
        own(port, port->depth, port->channel ? port->channel->depth : (struct amount){0})) {
        f = pass_report(p, port->depth.at, "sampling %s has a depth", port_text(p, port));
        diag_label(p->diags, f, "a sampling port holds one message, the newest");
        diag_help(p->diags, f, "remove 'depth', or make the port and its channel queuing");
    } else if (port->type == TBL_QUEUING && port->refresh.given) {
        f = pass_report(p, mark_or(port->refresh.at, port_mark(port)),
                        "queuing %s has a refresh period", port_text(p, port));
        diag_label(p->diags, f, "messages in a queue do not grow invalid");
        diag_help(p->diags, f, "remove 'refresh', or make the port and its channel sampling");
    } else {
        return;
    }
    pass_blame(p, port);
}

void check_PORT_006(struct pass *p)
{
    each_port(p, foreign_attribute);
    EACH(c, &p->model->channels) {
        struct diag *f;

        if (c->type != TBL_SAMPLING || !c->depth.given)
            continue;
        f = pass_report(p, c->depth.at, "sampling channel '%s' has a depth", word_text(&c->name));
        diag_label(p->diags, f, "a sampling channel holds one message, the newest");
        diag_help(p->diags, f, "remove 'depth', or make the channel and its ports queuing");
        pass_blame(p, c);
    }
}
