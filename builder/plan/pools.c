// SPDX-License-Identifier: BSD-2-Clause
// Ports, channels and the state area: copy tables, window statistics, message pools.
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

enum { POOL_ALIGNMENT = 64 }; // a cache line: no two channels share one

// As the tables want them: both names are zero padded there, so bytes beyond the shorter are zero.
static int by_name(const void *a, const void *b)
{
    const struct port *const *one = a, *const *other = b;

    return strcmp((*one)->name.text, (*other)->name.text);
}

static struct tbl_port port_record(const struct plan *p, const struct port *port)
{
    const struct board *b = p->model->board;
    const struct channel *channel = port->channel;
    struct tbl_port record = {
        .partition = port->partition->index,
        .type = port->type,
        .direction = port->direction,
        .channel = channel ? channel->index : TBL_NONE,
        .max_message = (uint32_t)(channel ? channel->max_message.value : port->max_message.value),
    };

    if (port->type == TBL_QUEUING)
        record.depth = (uint32_t)(channel ? channel->depth.value : port->depth.value);
    if (port->type == TBL_SAMPLING && port->direction == TBL_DESTINATION) {
        record.refresh_ns = port->refresh.value;
        record.refresh_ticks =
            (uint64_t)((unsigned __int128)port->refresh.value * b->timer_hz / 1000000000u);
    }
    strncpy(record.name, port->name.text, HV_NAME_SIZE - 1);
    return record;
}

void ports_plan(struct arena *a, struct plan *p)
{
    EACH(q, &p->model->partitions) {
        LIST(struct port *) sorted = {0};

        EACH(port, &q->ports)
            *list_add(a, &sorted) = port;
        if (sorted.count)
            qsort(sorted.items, sorted.count, sizeof *sorted.items, by_name);
        EACH(port, &sorted) {
            (*port)->index = (uint32_t)p->ports.count;
            *list_add(a, &p->ports) = port_record(p, *port);
        }
    }
    EACH(c, &p->model->channels) {
        uint32_t slots = c->type == TBL_SAMPLING ? TBL_SAMPLING_SLOTS : (uint32_t)c->depth.value;
        uint32_t slot =
            (uint32_t)round_up(sizeof(struct tbl_message) + c->max_message.value, POOL_ALIGNMENT);
        *list_add(a, &p->channels) = (struct tbl_channel){
            .type = c->type,
            .max_message = (uint32_t)c->max_message.value,
            .depth = c->type == TBL_QUEUING ? (uint32_t)c->depth.value : 0,
            .slot_size = slot,
            .pool_size = TBL_POOL_HEADER + (uint64_t)slots * slot,
            .source = c->from.items[0].port->index,
            .destinations = (uint32_t)c->to.count,
        };
    }
}

uint64_t state_layout(struct plan *p)
{
    uint64_t at = p->state_address;

    p->copy_tables = at;
    at += p->cores.count * HV_PAGE_SIZE;
    p->window_stats = at;
    at = round_up(at + p->windows.count * sizeof(struct tbl_window_stat), POOL_ALIGNMENT);
    if (p->module.trace_events) {
        p->trace = at;
        at += p->cores.count * (sizeof(struct tbl_trace) + (uint64_t)p->module.trace_records *
                                                               sizeof(struct tbl_trace_record));
    }
    EACH(c, &p->channels) {
        c->pool = at;
        at = round_up(at + c->pool_size, POOL_ALIGNMENT);
    }
    return round_up(at - p->state_address, HV_PAGE_SIZE);
}
