// SPDX-License-Identifier: BSD-2-Clause
// A partition as a document, with what runs inside it.
#include "report/yaml_parts.h"
#include "model/events.h"

static const struct mark nowhere;

// ---- Space --------------------------------------------------------------------------------------

static void put_memory(struct list_out *list, struct yaml_out *w, const struct memory *m)
{
    uint32_t rights = m->attributes & (TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE);
    MAP(o, MEMORY);

    put_word(&o, KEY_MEMORY_NAME, &m->name);
    put_amount(&o, KEY_MEMORY_AT, m->at);
    if (!m->block)
        put_amount(&o, KEY_MEMORY_SIZE, m->size);
    put_amount(&o, KEY_MEMORY_PHYS, m->phys);
    if (w->defaults && !m->phys.given && !m->block && m->planned_phys)
        put_number(&o, KEY_MEMORY_PHYS, m->planned_phys);
    put_word(&o, KEY_MEMORY_SHARED, &m->shared);
    put_choice(&o, KEY_MEMORY_RIGHTS, m->rights_unstated ? RIGHTS_ANY : rights, m->rights_at);
    put_choice(&o, KEY_MEMORY_TYPE, m->attributes & TBL_MEM_DEVICE, nowhere);
    if (m->cached.given)
        put_amount(&o, KEY_MEMORY_CACHED, m->cached);
    else if (w->defaults && !(m->attributes & TBL_MEM_DEVICE))
        put_bool(&o, KEY_MEMORY_CACHED, !(m->attributes & TBL_MEM_UNCACHED), m->mark);
    put_bool(&o, KEY_MEMORY_KEEP, m->attributes & TBL_MEM_KEEP, nowhere);
    put_bool(&o, KEY_MEMORY_GUARD, m->attributes & TBL_MEM_GUARD, nowhere);
    list_item(list, &o, m->mark);
}

static void put_port(struct list_out *list, struct yaml_out *w, const struct port *p)
{
    const struct channel *c = p->channel;
    MAP(o, PORT);

    put_word(&o, KEY_PORT_NAME, &p->name);
    put_choice(&o, KEY_PORT_TYPE, p->type, p->type_at);
    put_choice(&o, KEY_PORT_DIRECTION, p->direction, p->direction_at);
    // What the channel gave is not the port's own word.
    if (w->defaults || !c || !mark_same(p->max_message.at, c->max_message.at))
        put_amount(&o, KEY_PORT_MAX_MESSAGE, p->max_message);
    if (w->defaults || !c || !mark_same(p->depth.at, c->depth.at))
        put_amount(&o, KEY_PORT_DEPTH, p->depth);
    put_amount(&o, KEY_PORT_REFRESH, p->refresh);
    put_amount(&o, KEY_PORT_LOCAL, p->local);
    list_item(list, &o, p->mark);
}

static void put_space(struct map_out *o, struct yaml_out *w, const struct partition *p)
{
    struct text devices = {.arena = w->arena};
    ITEMS(memory);
    ITEMS(ports);

    EACH(m, &p->memory)
        if (!m->device && !m->stolen_time) // generated
            put_memory(&memory, w, m);
    EACH(port, &p->ports)
        put_port(&ports, w, port);
    EACH(d, &p->devices)
        if (d->name.text)
            name_add(&devices, d->name.text);
    put_list(o, KEY_PARTITION_MEMORY, &memory);
    put_list(o, KEY_PARTITION_PORTS, &ports);
    put_names(o, KEY_PARTITION_DEVICES, &devices);
}

static void put_actions(struct map_out *partition, struct yaml_out *w, const struct partition *p)
{
    MAP(o, HEALTH);
    struct text handled = {.arena = w->arena};
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of(SET_PROCESS_EVENT, set);

    for (int event = 0; event < HV_EVENT_COUNT; event++)
        if (event_infos[event].key != KEYS && (w->defaults || p->action_at[event].line))
            put_choice(&o, event_infos[event].key, p->action[event], p->action_at[event]);
    for (size_t i = 0; i < count; i++)
        if (p->process_level >> set[i]->value & 1)
            name_add(&handled, set[i]->word);
    put_names(&o, KEY_HEALTH_PROCESS_LEVEL, &handled);
    put_word(&o, KEY_HEALTH_SCHEDULE, &p->switch_to_name);
    put_map(partition, KEY_PARTITION_HEALTH, &o);
}

// ---- Processes ----------------------------------------------------------------------------------

static void put_use(struct list_out *list, struct yaml_out *w, const struct port_use *u)
{
    MAP(o, PORT_USE);

    put_word(&o, KEY_PORT_USE_PORT, &u->port_name);
    put_amount(&o, KEY_PORT_USE_MESSAGES, u->messages);
    put_amount(&o, KEY_PORT_USE_BLOCKS, u->blocks);
    list_item(list, &o, u->mark);
}

static void put_process(struct list_out *list, struct yaml_out *w, const struct process *p)
{
    MAP(o, PROCESS);
    ITEMS(reads);
    ITEMS(writes);

    put_word(&o, KEY_PROCESS_NAME, &p->name);
    put_choice(&o, KEY_PROCESS_TYPE, p->kind, p->kind_at);
    put_amount(&o, KEY_PROCESS_PERIOD, p->period);
    put_amount(&o, KEY_PROCESS_OFFSET, p->offset);
    put_amount(&o, KEY_PROCESS_WCET, p->wcet);
    put_amount(&o, KEY_PROCESS_BCET, p->bcet);
    if (p->no_deadline)
        put_text(&o, KEY_PROCESS_DEADLINE, "none");
    else
        put_written(&o, KEY_PROCESS_DEADLINE, p->deadline);
    put_choice(&o, KEY_PROCESS_DEADLINE_TYPE, p->hard.given && p->hard.value, p->hard.at);
    put_amount(&o, KEY_PROCESS_JITTER, p->jitter);
    put_amount(&o, KEY_PROCESS_BLOCKING, p->blocking);
    put_amount(&o, KEY_PROCESS_PRIORITY, p->priority);
    put_amount(&o, KEY_PROCESS_STACK, p->stack);
    put_amount(&o, KEY_PROCESS_CPU, p->cpu);
    EACH(u, &p->reads)
        put_use(&reads, w, u);
    EACH(u, &p->writes)
        put_use(&writes, w, u);
    put_list(&o, KEY_PROCESS_READS, &reads);
    put_list(&o, KEY_PROCESS_WRITES, &writes);
    list_item(list, &o, p->mark);
}

static void put_mutex(struct list_out *list, struct yaml_out *w, const struct mutex *m)
{
    struct text users = {.arena = w->arena};
    MAP(o, MUTEX);

    put_word(&o, KEY_MUTEX_NAME, &m->name);
    put_amount(&o, KEY_MUTEX_CEILING, m->ceiling);
    EACH(u, &m->users)
        if (u->name.text)
            name_add(&users, u->name.text);
    put_names(&o, KEY_MUTEX_USERS, &users);
    list_item(list, &o, m->mark);
}

static void put_inside(struct map_out *o, struct yaml_out *w, const struct partition *p)
{
    ITEMS(processes);
    ITEMS(semaphores);
    ITEMS(mutexes);

    EACH(process, &p->processes)
        put_process(&processes, w, process);
    EACH(s, &p->semaphores) {
        MAP(item, SEMAPHORE);
        put_word(&item, KEY_SEMAPHORE_NAME, &s->name);
        put_amount(&item, KEY_SEMAPHORE_INITIAL, s->initial);
        put_amount(&item, KEY_SEMAPHORE_MAXIMUM, s->maximum);
        list_item(&semaphores, &item, s->mark);
    }
    EACH(m, &p->mutexes)
        put_mutex(&mutexes, w, m);
    put_list(o, KEY_PARTITION_PROCESSES, &processes);
    put_list(o, KEY_PARTITION_SEMAPHORES, &semaphores);
    put_list(o, KEY_PARTITION_MUTEXES, &mutexes);
    put_choice(o, KEY_PARTITION_SCHEDULING, p->scheduling, p->scheduling_at);
    put_amount(o, KEY_PARTITION_BUFFERS, p->buffers);
    put_amount(o, KEY_PARTITION_BLACKBOARDS, p->blackboards);
    put_amount(o, KEY_PARTITION_EVENTS, p->events);
    put_amount(o, KEY_PARTITION_STACK, p->stack);
    put_amount(o, KEY_PARTITION_HEAP, p->heap);
    put_choice(o, KEY_PARTITION_WCET_BASIS, p->wcet_basis, p->wcet_basis_at);
    put_amount(o, KEY_PARTITION_WCET_FACTOR, p->wcet_factor);
}

// ---- Time and rights ----------------------------------------------------------------------------

static void put_time(struct map_out *o, struct yaml_out *w, const struct partition *p)
{
    struct text cores = {.arena = w->arena};

    put_amount(o, KEY_PARTITION_PERIOD, p->period);
    put_amount(o, KEY_PARTITION_DURATION, p->duration);
    put_amount(o, KEY_PARTITION_CPUS, p->cpus);
    put_bool(o, KEY_PARTITION_SCHEDULED, !(p->never_scheduled.given && p->never_scheduled.value),
             p->never_scheduled.at);
    put_amount(o, KEY_PARTITION_OFFSET, p->offset);
    put_amount(o, KEY_PARTITION_JITTER, p->jitter);
    put_amount(o, KEY_PARTITION_BLACKOUT, p->blackout);
    put_amount(o, KEY_PARTITION_INITIALISATION, p->initialisation);
    put_amount(o, KEY_PARTITION_SLACK_MARGIN, p->slack);
    EACH(core, &p->cores)
        if (core->given)
            text_add(&cores, "%s%llu", cores.length ? ", " : "", (unsigned long long)core->value);
    put_names(o, KEY_PARTITION_CORES, &cores);
}

static void put_uses(struct map_out *o, struct yaml_out *w, const struct partition *p)
{
    struct text rights = {.arena = w->arena};
    ITEMS(interrupts);
    ITEMS(resources);

    EACH(r, &p->rights)
        if (r->name.text)
            name_add(&rights, r->name.text);
    EACH(i, &p->interrupts) {
        MAP(item, INTERRUPT);
        put_amount(&item, KEY_INTERRUPT_INTID, i->intid);
        put_amount(&item, KEY_INTERRUPT_EVERY, i->every);
        put_written(&item, KEY_INTERRUPT_COST, i->cost);
        put_amount(&item, KEY_INTERRUPT_LATENCY, i->latency);
        list_item(&interrupts, &item, i->mark);
    }
    EACH(r, &p->resources) {
        MAP(item, RESOURCE_USE);
        put_word(&item, KEY_RESOURCE_USE_NAME, &r->name);
        put_amount(&item, KEY_RESOURCE_USE_AMOUNT, r->amount);
        list_item(&resources, &item, r->mark);
    }
    put_names(o, KEY_PARTITION_RIGHTS, &rights);
    put_list(o, KEY_PARTITION_INTERRUPTS, &interrupts);
    put_list(o, KEY_PARTITION_RESOURCES, &resources);
    put_word(o, KEY_PARTITION_TRUSTED_DMA, &p->trusted_dma);
    put_amount(o, KEY_PARTITION_SHUTDOWN_INTERRUPT, p->shutdown);
    put_amount(o, KEY_PARTITION_RESTART_LIMIT, p->restart_limit);
    put_amount(o, KEY_PARTITION_RESTART_WITHIN, p->restart_within);
    put_choice(o, KEY_PARTITION_RELOAD, p->in_place, p->in_place_at);
}

void put_partition(struct list_out *list, struct yaml_out *w, const struct partition *p)
{
    MAP(o, PARTITION);

    put_word(&o, KEY_PARTITION_NAME, &p->name);
    put_written(&o, KEY_PARTITION_ID, p->id);
    put_path(&o, KEY_PARTITION_IMAGE, p->image.text);
    put_choice(&o, KEY_PARTITION_GUEST, p->guest, p->guest_at);
    put_path(&o, KEY_PARTITION_INITRD, p->initrd.text);
    put_word(&o, KEY_PARTITION_CMDLINE, &p->cmdline);
    put_path(&o, KEY_PARTITION_DEVICE_TREE, p->device_tree.text);
    if (w->defaults || p->console_at.line) // else the guest's own
        put_choice(&o, KEY_PARTITION_CONSOLE, p->console, p->console_at);
    put_choice(&o, KEY_PARTITION_VIRTUAL_TIME, p->virtual_time, p->virtual_time_at);
    put_choice(&o, KEY_PARTITION_CRITICALITY, (uint32_t)p->criticality.value, p->criticality.at);
    put_amount(&o, KEY_PARTITION_SYSTEM, p->system);
    put_time(&o, w, p);
    put_space(&o, w, p);
    put_actions(&o, w, p);
    put_inside(&o, w, p);
    put_uses(&o, w, p);
    list_item(list, &o, p->mark);
}
