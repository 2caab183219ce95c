// SPDX-License-Identifier: BSD-2-Clause
// References: windows to partitions, channels to ports, regions to shared blocks, devices to the
// board, processes to ports. The lists are complete here, so that pointers into them hold.
#include "resolve.h"

#include <string.h>

static bool find(const struct names *in, const char *name, size_t *index)
{
    return names_find(in, name, strlen(name), index);
}

// Another place with the same wrong name: one mistake, most likely. A few are shown.
static void note_again(struct resolver *r, struct diag *f, struct mark at)
{
    enum { SHOWN = 8 };
    const struct mark *last =
        f->notes.count ? &f->notes.items[f->notes.count - 1].at : &f->primary.at;

    if (f->notes.count < SHOWN && (last->line != at.line || last->column != at.column))
        diag_note(r->diags, f, at, "named here too");
}

struct partition *resolve_partition(struct resolver *r, enum rule rule, const struct word *name)
{
    bool once = rule == RULE_SCHED_007; // there are many windows
    size_t index;

    if (!name->text)
        return NULL;
    if (find(&r->partitions, name->text, &index))
        return &r->model->partitions.items[index];
    if (r->model->partitions_lost)
        return NULL;
    if (once && find(&r->unknown, name->text, &index)) {
        note_again(r, r->unknown_found.items[index], name->at);
        return NULL;
    }
    struct diag *f =
        diag_report(r->diags, rule, name->at, "there is no partition '%s'", name->text);
    if (!diags_full(r->diags, rule))
        help_names(r->diags, f, &r->partitions, name->text, "partitions");
    if (once) {
        names_add(&r->unknown, name->text, r->unknown_found.count);
        *list_add(r->arena, &r->unknown_found) = f;
    }
    return NULL;
}

void resolve_missing(struct resolver *r, enum rule rule, const struct partition *p,
                     const struct names *in, struct mark at, const char *what, const char *name)
{
    struct diag *f = diag_report(r->diags, rule, at, "partition '%s' has no %s '%s'",
                                 p->name.text ? p->name.text : "?", what, name);

    diag_note(r->diags, f, p->name.at, "the partition is declared here");
    if (!diags_full(r->diags, rule))
        help_names(r->diags, f, in, name, arena_printf(r->arena, "%ss of the partition", what));
}

// ---- Memory and devices -------------------------------------------------------------------------

static void resolve_shared(struct resolver *r, struct memory *m, const struct names *blocks)
{
    size_t index;

    if (!m->shared.text)
        return;
    m->attributes |= TBL_MEM_SHARED;
    if (!find(blocks, m->shared.text, &index)) {
        // SHM-001: every attachment names an existing block.
        struct diag *f = diag_report(r->diags, RULE_SHM_001, m->shared.at,
                                     "there is no shared block '%s'", m->shared.text);
        if (!diags_full(r->diags, RULE_SHM_001))
            help_names(r->diags, f, blocks, m->shared.text, "shared blocks");
        return;
    }
    m->block = &r->model->shared.items[index];
    *list_add(r->arena, &m->block->uses) = m;
    if (m->size.at.line) {
        // SYN-007: no two alternatives that define the same thing.
        struct diag *f = diag_report(r->diags, RULE_SYN_007, m->size.at,
                                     "the size of region '%s' is given twice",
                                     m->name.text ? m->name.text : "?");
        diag_note(r->diags, f, m->block->mark, "the shared block has a size of its own");
        diag_help(r->diags, f, "remove `size:` here");
    }
    m->size = m->block->size;
    if (!m->cached.at.line)
        m->attributes |= m->block->attributes & TBL_MEM_UNCACHED;
}

// A device becomes a region at its own address, in whole pages.
static void resolve_device(struct resolver *r, struct partition *p, struct device_use *use,
                           const struct names *devices)
{
    size_t index;

    if (!use->name.text || !r->model->board)
        return;
    if (!find(devices, use->name.text, &index)) {
        struct diag *f =
            diag_report(r->diags, RULE_SYN_001, use->name.at, "board '%s' has no device '%s'",
                        r->model->board_name.text, use->name.text);
        help_names(r->diags, f, devices, use->name.text, "devices of the board");
        return;
    }
    struct board_device *device = &r->model->board->devices.items[index];
    use->device = device;
    if (device->reserved) // MEM-008 says so
        return;
    uint64_t start = device->start & ~(uint64_t)(HV_PAGE_SIZE - 1);
    struct memory *m = list_add(r->arena, &p->memory);
    m->name = use->name;
    m->at = m->phys = (struct amount){start, use->name.at, true};
    m->size = (struct amount){round_up(device->start + device->size - start, HV_PAGE_SIZE),
                              use->name.at, true};
    m->attributes = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_DEVICE;
    m->mark = m->rights_at = use->name.at;
    m->device = device;
}

// The memory in which a partition reads its stolen time, behind all other regions.
static void add_stolen_time(struct resolver *r, struct partition *p)
{
    struct memory *m;

    if (p->virtual_time != VIRTUAL_TIME_REPORTED)
        return;
    m = list_add(r->arena, &p->memory);
    m->name = (struct word){"stolen_time", p->virtual_time_at};
    m->at = (struct amount){TBL_STOLEN_TIME_ADDRESS, p->virtual_time_at, true};
    m->size = (struct amount){HV_PAGE_SIZE, p->virtual_time_at, true};
    m->attributes = TBL_MEM_READ;
    m->mark = m->rights_at = p->virtual_time_at;
    m->stolen_time = true;
}

// An interrupt belongs to the device of the board that raises it; who owns that is for the rules.
static void resolve_interrupt(const struct model *m, struct interrupt_use *use)
{
    for (size_t i = 0; m->board && use->intid.given && i < m->board->devices.count; i++)
        if (m->board->devices.items[i].intid == use->intid.value && use->intid.value)
            use->device = &m->board->devices.items[i];
    if (!use->cost.given && !use->cost.at.line)
        use->cost = (struct amount){.value = switch_cost_of(m), .given = true};
}

// ---- Channels -----------------------------------------------------------------------------------

static struct port *resolve_port(struct resolver *r, struct endpoint *e)
{
    size_t index;

    if (!e->partition_name || !e->port_name)
        return NULL;
    struct word name = {e->partition_name, e->partition_at};
    // CHAN-005: every endpoint is an existing port.
    struct partition *p = resolve_partition(r, RULE_CHAN_005, &name);
    if (!p)
        return NULL;
    if (find(&r->ports[p->index], e->port_name, &index))
        return &p->ports.items[index];
    if (!r->model->ports_lost)
        resolve_missing(r, RULE_CHAN_005, p, &r->ports[p->index], e->port_at, "port", e->port_name);
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

// ---- Schedules ----------------------------------------------------------------------------------

// What each partition is owed in a schedule: the schedule's own word, else the partition's.
static void resolve_demands(struct resolver *r, struct schedule *s)
{
    struct model *m = r->model;

    s->owed = arena_alloc(r->arena, (m->partitions.count + 1) * sizeof *s->owed);
    EACH(p, &m->partitions) {
        s->owed[p->index] = (struct demand){
            .partition_name = p->name,
            .period = p->period,
            .duration = p->duration,
            .partition = p,
        };
    }
    EACH(d, &s->demands) {
        d->partition = resolve_partition(r, RULE_SCHED_007, &d->partition_name);
        if (!d->partition)
            continue;
        struct demand *owed = &s->owed[d->partition->index];
        if (owed->mark.line) {
            // SYN-007: no two alternatives that define the same thing.
            struct diag *f =
                diag_report(r->diags, RULE_SYN_007, d->partition_name.at,
                            "what the schedule owes '%s' is said twice", d->partition_name.text);
            diag_note(r->diags, f, owed->partition_name.at, "first said here");
            diag_help(r->diags, f, "keep one of the two");
        } else {
            *owed = *d;
        }
    }
}

static void resolve_schedule(struct resolver *r, struct schedule *s)
{
    EACH(core, &s->cores) {
        EACH(w, &core->windows) {
            // SCHED-007: every window names an existing partition, or is idle.
            const char *name = w->partition_name.text;
            if (name && strcmp(name, "idle") != 0)
                w->partition = resolve_partition(r, RULE_SCHED_007, &w->partition_name);
            EACH(receiver, &w->receivers)
                receiver->partition = resolve_partition(r, RULE_SCHED_007, &receiver->name);
        }
    }
    resolve_demands(r, s);
    EACH(c, &s->on_change)
        c->partition = resolve_partition(r, RULE_SCHED_007, &c->partition_name);
}

// The schedule that an event of the partition changes to. What names none is left for HM-016.
static void resolve_switch(struct model *m, struct partition *p)
{
    bool switches = false;

    for (int event = 0; event < HV_EVENT_COUNT; event++)
        switches = switches || p->action[event] == TBL_ACTION_SWITCH_SCHEDULE;
    EACH(s, &m->schedules) {
        if (switches && p->switch_to_name.text && s->name.text &&
            strcmp(p->switch_to_name.text, s->name.text) == 0)
            p->switch_to = s;
    }
}

static void number_schedules(struct model *m)
{
    bool said = false;

    EACH(s, &m->schedules) {
        said = said || s->initial.at.line;
        if (!s->id.given && !s->id.at.line)
            s->id = (struct amount){.value = (uint64_t)(s - m->schedules.items), .given = true};
    }
    if (m->schedules.count && !said)
        m->schedules.items[0].initial = (struct amount){.value = true, .given = true};
}

// ---- All of it ----------------------------------------------------------------------------------

static void name_everything(struct resolver *r)
{
    struct model *m = r->model;

    r->ports = arena_alloc(r->arena, (m->partitions.count + 1) * sizeof *r->ports);
    r->processes = arena_alloc(r->arena, (m->partitions.count + 1) * sizeof *r->processes);
    r->partitions.arena = r->resources.arena = r->arena;
    EACH(resource, &m->resources)
        names_add(&r->resources, resource->name.text, (size_t)(resource - m->resources.items));
    EACH(p, &m->partitions) {
        p->index = (uint32_t)(p - m->partitions.items);
        m->partitions_lost = m->partitions_lost || !p->name.text;
        names_add(&r->partitions, p->name.text, p->index);
        r->ports[p->index].arena = r->processes[p->index].arena = r->arena;
        EACH(port, &p->ports) {
            port->partition = p;
            m->ports_lost = m->ports_lost || !port->name.text;
            names_add(&r->ports[p->index], port->name.text, (size_t)(port - p->ports.items));
        }
        EACH(process, &p->processes) {
            process->partition = p;
            process->index = (uint32_t)(process - p->processes.items);
            names_add(&r->processes[p->index], process->name.text, process->index);
        }
    }
}

static void resolve_memory(struct resolver *r)
{
    struct names blocks = {.arena = r->arena}, devices = {.arena = r->arena};
    struct model *m = r->model;

    EACH(s, &m->shared)
        names_add(&blocks, s->name.text, (size_t)(s - m->shared.items));
    for (size_t i = 0; m->board && i < m->board->devices.count; i++)
        names_add(&devices, m->board->devices.items[i].name.text, i);
    EACH(p, &m->partitions) {
        EACH(use, &p->devices)
            resolve_device(r, p, use, &devices);
        add_stolen_time(r, p);
        EACH(region, &p->memory)
            resolve_shared(r, region, &blocks);
        EACH(use, &p->interrupts)
            resolve_interrupt(m, use);
    }
}

void model_finish(struct arena *a, struct diags *d, struct model *m)
{
    struct resolver r = {.arena = a, .diags = d, .model = m, .unknown.arena = a};

    name_everything(&r);
    resolve_memory(&r);
    EACH(c, &m->channels) {
        c->index = (uint32_t)(c - m->channels.items);
        EACH(e, &c->from)
            attach(c, e, resolve_port(&r, e));
        EACH(e, &c->to)
            attach(c, e, resolve_port(&r, e));
    }
    EACH(p, &m->partitions) {
        resolve_processes(&r, p);
    }
    resolve_relations(&r);
    resolve_health(&r);
    // MOD-008: what is typed is for a partition that exists.
    m->input_to = resolve_partition(&r, RULE_MOD_008, &m->console_input);
    number_schedules(m);
    EACH(p, &m->partitions)
        resolve_switch(m, p);
    EACH(s, &m->schedules) {
        resolve_schedule(&r, s);
        model_expand(a, m, s);
    }
}
