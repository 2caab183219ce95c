// SPDX-License-Identifier: BSD-2-Clause
// The validator's part about messages: ports, channels and their pools; doorbells.
#include "tables_parts.h"

// Sizes that a port and a channel have alike.
static bool message_sizes(uint32_t type, uint32_t max_message, uint32_t depth)
{
    if (type > TBL_QUEUING || max_message == 0 || max_message > HV_MAX_MESSAGE)
        return false;
    return type == TBL_QUEUING ? depth >= 1 && depth <= HV_MAX_DEPTH : depth == 0;
}

static bool refresh_valid(const struct check *c, const struct tbl_port *port)
{
    const struct tbl_module *m = c->module;
    uint64_t ns = port->refresh_ns;

    if (port->type != TBL_SAMPLING || port->direction != TBL_DESTINATION)
        return ns == 0 && port->refresh_ticks == 0;
    // A tick is a nanosecond or more: nothing wraps.
    return port->refresh_ticks == ns / m->ns_numerator * m->ns_denominator +
                                      ns % m->ns_numerator * m->ns_denominator / m->ns_numerator;
}

static bool port_record(struct check *c, const struct tbl_partition *p, uint32_t i)
{
    const struct tbl_port *all = section(c, TBL_PORT), *port = &all[i];

    if (!tables_name_valid(port->name))
        return no(c, TABLES_NAME, TBL_PORT, i);
    if (i > p->first_port && __builtin_memcmp(all[i - 1].name, port->name, HV_NAME_SIZE) >= 0)
        return no(c, TABLES_DUPLICATE, TBL_PORT, i);
    if (port->channel != TBL_NONE && port->channel >= c->count[TBL_CHANNEL])
        return no(c, TABLES_INDEX, TBL_PORT, i);
    if (port->direction > TBL_DESTINATION ||
        !message_sizes(port->type, port->max_message, port->depth) || !refresh_valid(c, port))
        return no(c, TABLES_PORT, TBL_PORT, i);
    return true;
}

static bool ports_records(struct check *c)
{
    const struct tbl_partition *p = section(c, TBL_PARTITION);
    const struct tbl_port *ports = section(c, TBL_PORT);

    for (uint32_t n = 0; n < c->count[TBL_PARTITION]; n++, p++)
        for (uint32_t i = p->first_port; i < p->first_port + p->port_count; i++) {
            if (ports[i].partition != n)
                return no(c, TABLES_INDEX, TBL_PORT, i);
            if (!port_record(c, p, i))
                return false;
        }
    return true;
}

// The ports that name the channel: its one source, as many destinations as it says, all alike.
static bool channel_ports(struct check *c, const struct tbl_channel *channel, uint32_t n)
{
    const struct tbl_port *port = section(c, TBL_PORT);
    uint32_t sources = 0, destinations = 0;

    for (uint32_t i = 0; i < c->count[TBL_PORT]; i++, port++) {
        if (port->channel != n)
            continue;
        if (port->type != channel->type || port->max_message != channel->max_message ||
            port->depth != channel->depth)
            return no(c, TABLES_CHANNEL, TBL_CHANNEL, n);
        if (port->direction == TBL_DESTINATION)
            destinations++;
        else if (i != channel->source || sources++)
            return no(c, TABLES_CHANNEL, TBL_CHANNEL, n);
    }
    if (sources != 1 || destinations != channel->destinations || destinations == 0 ||
        (channel->type == TBL_QUEUING && destinations != 1))
        return no(c, TABLES_CHANNEL, TBL_CHANNEL, n);
    return true;
}

// Pools stand in channel order, so each has only its predecessor and the module's own to clear.
static bool channels_records(struct check *c)
{
    const struct tbl_channel *channel = section(c, TBL_CHANNEL);
    const struct tbl_header *h = c->header;
    const struct tbl_module *m = c->module;
    uint64_t tables = (uint64_t)c->count[TBL_CORE] * HV_PAGE_SIZE, end = h->state;
    uint64_t stats = (uint64_t)c->count[TBL_WINDOW] * sizeof(struct tbl_window_stat);

    for (uint32_t i = 0; i < c->count[TBL_CHANNEL]; i++, channel++) {
        uint64_t slots = channel->type == TBL_QUEUING ? channel->depth : TBL_SAMPLING_SLOTS;
        uint64_t slot = round_up(sizeof(struct tbl_message) + channel->max_message, 64);

        if (!message_sizes(channel->type, channel->max_message, channel->depth))
            return no(c, TABLES_CHANNEL, TBL_CHANNEL, i);
        if (channel->slot_size != slot || channel->pool_size != TBL_POOL_HEADER + slots * slot)
            return no(c, TABLES_POOL, TBL_CHANNEL, i);
        if (channel->pool % 64 || channel->pool < end ||
            !inside(channel->pool, channel->pool_size, h->state, h->state_size) ||
            !disjoint(channel->pool, channel->pool_size, m->copy_tables, tables) ||
            !disjoint(channel->pool, channel->pool_size, m->trace, rings_size(c)) ||
            !disjoint(channel->pool, channel->pool_size, m->window_stats, stats))
            return no(c, TABLES_STATE, TBL_CHANNEL, i);
        end = channel->pool + channel->pool_size;
        if (!channel_ports(c, channel, i))
            return false;
    }
    return true;
}

// ---- Doorbells ---------------------------------------------------------------------------------

static bool doorbells_records(struct check *c)
{
    const struct tbl_doorbell *bell = section(c, TBL_DOORBELL);
    const struct tbl_partition *p = section(c, TBL_PARTITION);
    uint32_t ring = 0;

    for (uint32_t i = 0; i < c->count[TBL_DOORBELL]; i++, bell++) {
        while (i >= p->first_doorbell + p->doorbell_count)
            p++;
        if (bell->partition !=
            (uint32_t)(p - (const struct tbl_partition *)section(c, TBL_PARTITION)))
            return no(c, TABLES_INDEX, TBL_DOORBELL, i);
        if (bell->reserved)
            return no(c, TABLES_RESERVED, TBL_DOORBELL, i);
        if (!tables_name_valid(bell->name))
            return no(c, TABLES_NAME, TBL_DOORBELL, i);
        if (i > p->first_doorbell && __builtin_memcmp(bell[-1].name, bell->name, HV_NAME_SIZE) >= 0)
            return no(c, TABLES_DUPLICATE, TBL_DOORBELL, i);
        if (!group(bell->first_ring, bell->ring_count, &ring, c->count[TBL_RING]) ||
            bell->ring_count == 0)
            return no(c, TABLES_GROUP, TBL_DOORBELL, i);
    }
    return ring == c->count[TBL_RING] || no(c, TABLES_GROUP, TBL_DOORBELL, c->count[TBL_DOORBELL]);
}

static bool is_bell(const struct tbl_interrupt *irq)
{
    return irq->flags == (TBL_IRQ_EDGE | TBL_IRQ_SOFT);
}

// Each ring has a soft interrupt of its own, and each of those its ring.
static bool rings_records(struct check *c)
{
    const struct tbl_interrupt *irqs = section(c, TBL_INTERRUPT);
    const struct tbl_ring *rings = section(c, TBL_RING);
    uint32_t soft = 0;

    for (uint32_t i = 0; i < c->count[TBL_RING]; i++) {
        if (rings[i].interrupt >= c->count[TBL_INTERRUPT])
            return no(c, TABLES_INDEX, TBL_RING, i);
        if (rings[i].reserved)
            return no(c, TABLES_RESERVED, TBL_RING, i);
        if (!is_bell(&irqs[rings[i].interrupt]) || rings[i].gap > (uint64_t)INT64_MAX)
            return no(c, TABLES_RING, TBL_RING, i);
        for (uint32_t j = 0; j < i; j++)
            if (rings[j].interrupt == rings[i].interrupt)
                return no(c, TABLES_DUPLICATE, TBL_RING, i);
    }
    for (uint32_t i = 0; i < c->count[TBL_INTERRUPT]; i++)
        soft += is_bell(&irqs[i]);
    return soft == c->count[TBL_RING] || no(c, TABLES_RING, TBL_RING, c->count[TBL_RING]);
}

bool tables_messages(struct check *c)
{
    return ports_records(c) && channels_records(c) && doorbells_records(c) && rings_records(c);
}
