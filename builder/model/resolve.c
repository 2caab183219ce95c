// SPDX-License-Identifier: BSD-2-Clause
// References: windows to partitions, channels to ports, regions to shared blocks, devices to the
// board. The lists are complete here, so that pointers into them hold.
#include "bind.h"

#include <string.h>

static void resolve_shared(struct binder *b, struct memory *m, const struct names *blocks)
{
    size_t index;

    if (!m->shared.text)
        return;
    m->attributes |= TBL_MEM_SHARED;
    if (!names_find(blocks, m->shared.text, strlen(m->shared.text), &index)) {
        // SHM-001: every attachment names an existing block.
        struct diag *f = diag_report(b->diags, RULE_SHM_001, m->shared.at,
                                     "there is no shared block '%s'", m->shared.text);
        if (!diags_full(b->diags, RULE_SHM_001))
            help_names(b, f, blocks, m->shared.text, "shared blocks");
        return;
    }
    m->block = &b->model->shared.items[index];
    *list_add(b->arena, &m->block->uses) = m;
    if (m->size.at.line) {
        // SYN-007: no two alternatives that define the same thing.
        struct diag *f = diag_report(b->diags, RULE_SYN_007, m->size.at,
                                     "the size of region '%s' is given twice",
                                     m->name.text ? m->name.text : "?");
        diag_note(b->diags, f, m->block->mark, "the shared block has a size of its own");
        diag_help(b->diags, f, "remove `size:` here");
    }
    m->size = m->block->size;
    if (!m->cached.at.line)
        m->attributes |= m->block->attributes & TBL_MEM_UNCACHED;
}

// A device becomes a region at its own address, in whole pages.
static void resolve_device(struct binder *b, struct partition *p, struct device_use *use,
                           const struct names *devices)
{
    size_t index;

    if (!use->name.text || !b->model->board)
        return;
    if (!names_find(devices, use->name.text, strlen(use->name.text), &index)) {
        struct diag *f =
            diag_report(b->diags, RULE_SYN_001, use->name.at, "board '%s' has no device '%s'",
                        b->model->board_name.text, use->name.text);
        help_names(b, f, devices, use->name.text, "devices of the board");
        return;
    }
    struct board_device *device = &b->model->board->devices.items[index];
    use->device = device;
    if (device->reserved) // MEM-008 says so
        return;
    uint64_t start = device->start & ~(uint64_t)(HV_PAGE_SIZE - 1);
    struct memory *m = list_add(b->arena, &p->memory);
    m->name = use->name;
    m->at = m->phys = (struct amount){start, use->name.at, true};
    m->size = (struct amount){round_up(device->start + device->size - start, HV_PAGE_SIZE),
                              use->name.at, true};
    m->attributes = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_DEVICE;
    m->mark = m->rights_at = use->name.at;
    m->device = device;
}

static struct port *resolve_port(struct binder *b, struct endpoint *e,
                                 const struct names *partitions, const struct names *ports)
{
    size_t index;

    if (!e->partition_name)
        return NULL;
    if (!names_find(partitions, e->partition_name, strlen(e->partition_name), &index)) {
        if (b->nameless)
            return NULL;
        // CHAN-005: every endpoint is an existing port.
        struct diag *f = diag_report(b->diags, RULE_CHAN_005, e->partition_at,
                                     "there is no partition '%s'", e->partition_name);
        if (!diags_full(b->diags, RULE_CHAN_005))
            help_names(b, f, partitions, e->partition_name, "partitions");
        return NULL;
    }
    struct partition *p = &b->model->partitions.items[index];
    if (names_find(&ports[index], e->port_name, strlen(e->port_name), &index))
        return &p->ports.items[index];
    if (b->portless)
        return NULL;
    struct diag *f =
        diag_report(b->diags, RULE_CHAN_005, e->port_at, "partition '%s' has no port '%s'",
                    e->partition_name, e->port_name);
    diag_note(b->diags, f, p->name.at, "the partition is declared here");
    if (!diags_full(b->diags, RULE_CHAN_005))
        help_names(b, f, &ports[p->index], e->port_name, "ports of the partition");
    return NULL;
}

// Attaches one end; what the port leaves out comes from the channel.
static void attach(struct channel *c, struct endpoint *e, struct port *port)
{
    e->port = port;
    if (!port)
        return;
    if (!port->channel) // CHAN-009 sees a second one
        port->channel = c;
    if (!port->max_message.at.line && !port->max_message.given)
        port->max_message = c->max_message;
    if (!port->depth.at.line && !port->depth.given && c->type == TBL_QUEUING)
        port->depth = c->depth;
}

static void resolve_window(struct binder *b, struct window *w, const struct names *partitions)
{
    const char *name = w->partition_name.text;
    size_t index;

    if (!name || strcmp(name, "idle") == 0)
        return;
    if (names_find(partitions, name, strlen(name), &index)) {
        w->partition = &b->model->partitions.items[index];
    } else if (!b->nameless) {
        // SCHED-007: every window names an existing partition, or is idle.
        struct diag *f = diag_report(b->diags, RULE_SCHED_007, w->partition_name.at,
                                     "there is no partition '%s'", name);
        if (!diags_full(b->diags, RULE_SCHED_007))
            help_names(b, f, partitions, name, "partitions");
    }
}

// What each partition is owed in a schedule: the schedule's own word, else the partition's.
static void resolve_demands(struct binder *b, struct schedule *s)
{
    struct model *m = b->model;

    s->owed = arena_alloc(b->arena, (m->partitions.count + 1) * sizeof *s->owed);
    EACH(p, &m->partitions) {
        s->owed[p->index] = (struct demand){
            .partition_name = p->name,
            .period = p->period,
            .duration = p->duration,
            .partition = p,
        };
    }
    EACH(d, &s->demands) {
        if (d->partition)
            s->owed[d->partition->index] = *d;
    }
}

void resolve_references(struct binder *b)
{
    struct arena *a = b->arena;
    struct model *m = b->model;
    struct names partitions = {.arena = a}, blocks = {.arena = a}, devices = {.arena = a};
    struct names *ports = arena_alloc(a, (m->partitions.count + 1) * sizeof *ports);

    // Without `partitions:` that one finding says it all.
    b->nameless = b->nameless || !m->partitions_at.line;
    EACH(s, &m->shared) {
        names_add(&blocks, s->name.text, (size_t)(s - m->shared.items));
    }
    for (size_t i = 0; m->board && i < m->board->devices.count; i++)
        names_add(&devices, m->board->devices.items[i].name.text, i);
    EACH(p, &m->partitions) {
        names_add(&partitions, p->name.text, p->index);
        ports[p->index].arena = a;
        EACH(use, &p->devices) {
            resolve_device(b, p, use, &devices);
        }
        EACH(region, &p->memory) {
            resolve_shared(b, region, &blocks);
        }
        EACH(port, &p->ports) {
            port->partition = p;
            names_add(&ports[p->index], port->name.text, (size_t)(port - p->ports.items));
        }
    }
    EACH(c, &m->channels) {
        EACH(e, &c->from) {
            attach(c, e, resolve_port(b, e, &partitions, ports));
        }
        EACH(e, &c->to) {
            attach(c, e, resolve_port(b, e, &partitions, ports));
        }
    }
    EACH(schedule, &m->schedules) {
        EACH(core, &schedule->cores) {
            EACH(w, &core->windows) {
                resolve_window(b, w, &partitions);
            }
        }
        resolve_demands(b, schedule);
    }
}
