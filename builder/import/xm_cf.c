// SPDX-License-Identifier: BSD-2-Clause
// XtratuM XM_CF and PRTOS: the outermost element, hardware, plans and channels.
#include "import/xm.h"

#include <stdlib.h>
#include <string.h>

enum { CORES_MAX = 256 }; // processors of one description

// ---- Hardware -----------------------------------------------------------------------------------

static void read_region(struct xm *x, const struct node *n, struct board *board)
{
    static const struct word_row attributes[] = {
        {"type", .required = true}, {"start", .required = true}, {"size", .required = true}, {0}};
    static const struct choice_row types[] = {
        {"ram", 0}, {"rom", 1}, {"stram", 2}, {"sdram", 3}, {0}};
    struct importer *i = x->importer;

    import_vocabulary(i, n, attributes, NULL);
    uint32_t type = import_choice(i, n, "type", types, RULE_SYN_001, 0, NULL);
    struct amount start = import_unit_size(i, n, "start"), size = import_unit_size(i, n, "size");
    if (!start.given || !size.given)
        return;
    struct board_memory *m = list_add(i->arena, &board->ram);
    m->name.text = arena_printf(i->arena, "%s%zu", types[type].word, board->ram.count - 1);
    m->start = start.value;
    m->size = size.value;
    m->mark = n->mark;
}

// Memory that partitions must keep off: that of the hypervisor and of the resident software.
static void reserve(struct xm *x, const struct node *n, const char *name)
{
    static const struct word_row attributes[] = {
        {.name = "start"},         {"size", .required = true},    {"flags", .ignored = true},
        {"name", .ignored = true}, {"mappedAt", .ignored = true}, {0}};
    struct importer *i = x->importer;
    struct board *board = i->model->board;

    import_vocabulary(i, n, attributes, NULL);
    struct amount start = import_unit_size(i, n, "start"), size = import_unit_size(i, n, "size");
    if (!size.given)
        return;
    if (!start.given) {
        import_remark(i, n->mark, "%s of memory of the %s at an address that is not given here",
                      size_text(i->arena, size.value), name);
        return;
    }
    struct board_device *d = list_add(i->arena, &board->devices);
    d->name.text = arena_printf(i->arena, "%s%zu", name, board->devices.count - 1);
    d->start = start.value;
    d->size = size.value;
    d->reserved = true;
    d->mark = n->mark;
}

static void reserve_areas(struct xm *x, const struct node *n, const char *name)
{
    static const struct word_row children[] = {{"Area", .required = true, .repeated = true}, {0}};

    import_vocabulary(x->importer, n, NULL, children);
    EACH_CHILD(area, n, "Area")
        reserve(x, area, name);
}

static void read_hypervisor(struct xm *x, const struct node *n)
{
    static const struct word_row attributes[] = {{"console", .ignored = true},
                                                 {"healthMonitoringDevice", .ignored = true},
                                                 {"healthMonitorDevice", .ignored = true},
                                                 {"loadPhysAddr", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{.name = "PhysicalMemoryAreas"},
                                               {.name = "PhysicalMemoryArea"},
                                               {.name = "HwDescription"},
                                               {.name = "HealthMonitoring"},
                                               {.name = "HealthMonitor"},
                                               {"Trace", .ignored = true},
                                               {0}};
    const struct node *c;

    import_vocabulary(x->importer, n, attributes, children);
    if ((c = import_child(n, "PhysicalMemoryAreas", NULL)))
        reserve_areas(x, c, "hypervisor");
    if ((c = import_child(n, "PhysicalMemoryArea", NULL)))
        reserve(x, c, "hypervisor");
    if ((c = import_child(n, "HealthMonitoring", NULL)))
        xm_health(x, c, NULL);
    if ((c = import_child(n, "HealthMonitor", NULL)))
        xm_health(x, c, NULL);
}

static void read_resident(struct xm *x, const struct node *n)
{
    static const struct word_row attributes[] = {{"entryPoint", .ignored = true}, {0}};
    static const struct word_row children[] = {{"PhysicalMemoryAreas", .required = true}, {0}};
    const struct node *areas = import_child(n, "PhysicalMemoryAreas", NULL);

    import_vocabulary(x->importer, n, attributes, children);
    if (areas)
        reserve_areas(x, areas, "resident_sw");
}

// ---- Plans --------------------------------------------------------------------------------------

struct plan { // a Plan of one processor
    uint64_t id;
    struct amount core, frame;
    const struct node *element;
    size_t order;
};
struct plans {
    LIST(struct plan) list;
    uint64_t cores;
};

static void read_slot(struct xm *x, const struct node *n, struct core_plan *core)
{
    static const struct word_row attributes[] = {{"id", .required = true},
                                                 {"start", .required = true},
                                                 {"duration", .required = true},
                                                 {"partitionId", .required = true},
                                                 {.name = "vCpuId"},
                                                 {0}};
    struct importer *i = x->importer;
    struct partition *p;

    import_vocabulary(i, n, attributes, NULL);
    struct window *w = import_window(i, core, n);
    w->start = import_unit_time(i, n, "start");
    w->duration = import_unit_time(i, n, "duration");
    struct amount cpu = import_number(i, n, "vCpuId");
    if (cpu.given)
        w->cpu = cpu;
    w->partition_name = xm_partition(x, n, "partitionId", RULE_SCHED_007, &p);
}

static void read_plan(struct xm *x, const struct plan *plan, struct schedule *s, bool own_frame)
{
    static const struct word_row attributes[] = {
        {"id", .required = true}, {.name = "name"}, {"majorFrame", .required = true}, {0}};
    static const struct word_row children[] = {{"Slot", .repeated = true}, {0}};
    struct importer *i = x->importer;

    import_vocabulary(i, plan->element, attributes, children);
    struct core_plan *core = import_core(i, s, (uint32_t)plan->core.value, plan->core.at);
    if (own_frame)
        core->frame = plan->frame;
    xm_unique_ids(x, plan->element, "Slot");
    EACH_CHILD(slot, plan->element, "Slot")
        read_slot(x, slot, core);
}

// The plans with one identifier, one for each processor, are one schedule.
static void read_schedule(struct xm *x, const struct plan *first, size_t count)
{
    struct importer *i = x->importer;
    struct schedule *s = import_schedule(i, first->element);
    bool differ = false;

    s->id = import_number(i, first->element, "id");
    for (size_t k = 0; k < count; k++) {
        struct word name = import_word(i, first[k].element, "name");
        struct amount frame = first[k].frame;

        if (name.text && !s->name.text)
            s->name = name;
        if (!frame.given)
            continue;
        differ = differ || (s->major_frame.given && frame.value != s->major_frame.value);
        if (!s->major_frame.given || frame.value > s->major_frame.value)
            s->major_frame = frame;
    }
    if (!s->name.text)
        s->name = (struct word){arena_printf(i->arena, "plan%llu", (unsigned long long)first->id),
                                s->id.at};
    for (size_t k = 0; k < count; k++)
        read_plan(x, &first[k], s, differ);
}

static int by_plan(const void *a, const void *b)
{
    const struct plan *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void read_schedules(struct xm *x, struct plans *plans)
{
    struct plan *all = plans->list.items;
    size_t count = 0;

    if (plans->list.count)
        qsort(all, plans->list.count, sizeof *all, by_plan);
    for (size_t k = 0; k < plans->list.count; k++) // a second one on a processor is reported
        if (!count || all[k].id != all[count - 1].id ||
            all[k].core.value != all[count - 1].core.value)
            all[count++] = all[k];
    for (size_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && all[next].id == all[first].id;)
            next++;
        read_schedule(x, &all[first], next - first);
    }
}

static void read_processor(struct xm *x, const struct node *n, struct plans *plans)
{
    static const struct word_row attributes[] = {{"id", .required = true},
                                                 {"frequency", .ignored = true},
                                                 {"features", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{.name = "Sched"}, {.name = "CyclicPlanTable"}, {0}};
    static const struct word_row inner[] = {{"CyclicPlanTable", .required = true}, {0}};
    static const struct word_row table[] = {{"Plan", .required = true, .repeated = true}, {0}};
    struct importer *i = x->importer;
    const struct node *sched = import_child(n, "Sched", NULL);

    import_vocabulary(i, n, attributes, children);
    if (sched)
        import_vocabulary(i, sched, NULL, inner);
    struct amount core = import_number(i, n, "id");
    if (core.given && core.value >= CORES_MAX) {
        struct diag *f = diag_report(i->diags, RULE_SYN_004, core.at, "'id' of %s is out of range",
                                     import_title(i, n));
        diag_label(i->diags, f, "it is at most %d", CORES_MAX - 1);
        core.value = plans->cores;
    }
    if (core.given && core.value >= plans->cores)
        plans->cores = core.value + 1;
    const struct node *cyclic = import_child(sched ? sched : n, "CyclicPlanTable", NULL);
    if (!cyclic)
        return;
    import_vocabulary(i, cyclic, NULL, table);
    xm_unique_ids(x, cyclic, "Plan");
    EACH_CHILD(plan, cyclic, "Plan") {
        struct amount id = import_number(i, plan, "id");

        *list_add(i->arena, &plans->list) = (struct plan){
            id.value, core, import_unit_time(i, plan, "majorFrame"), plan, plans->list.count};
    }
}

// Processors stand in HwDescription, or in ProcessorTable inside it.
static void read_hardware(struct xm *x, const struct node *n, struct plans *plans)
{
    static const struct word_row children[] = {{"MemoryLayout", .required = true},
                                               {.name = "ProcessorTable"},
                                               {"Processor", .repeated = true},
                                               {"Devices", .ignored = true},
                                               {0}};
    static const struct word_row table[] = {{"Processor", .required = true, .repeated = true}, {0}};
    struct importer *i = x->importer;
    const struct node *processors = import_child(n, "ProcessorTable", NULL);

    import_vocabulary(i, n, NULL, children);
    if (processors)
        import_vocabulary(i, processors, NULL, table);
    else
        processors = n;
    xm_unique_ids(x, processors, "Processor");
    EACH_CHILD(processor, processors, "Processor")
        read_processor(x, processor, plans);
}

static void read_layout(struct xm *x, const struct node *hardware, struct board *board)
{
    static const struct word_row children[] = {{"Region", .required = true, .repeated = true}, {0}};
    const struct node *layout = import_child(hardware, "MemoryLayout", NULL);

    if (!layout)
        return;
    import_vocabulary(x->importer, layout, NULL, children);
    EACH_CHILD(region, layout, "Region")
        read_region(x, region, board);
}

// ---- Channels -----------------------------------------------------------------------------------

// A destination without a refresh period of its own has that of the channel.
static void set_refresh(struct xm *x, const struct partition *p, const char *port,
                        struct amount refresh)
{
    const char *key = arena_printf(x->importer->arena, "%u:%s", p->index, port);
    size_t index;

    if (!names_find(&x->ports, key, strlen(key), &index))
        return;
    if (!p->ports.items[index].refresh.given)
        p->ports.items[index].refresh = refresh;
}

static struct endpoint read_end(struct xm *x, const struct node *n, struct amount refresh)
{
    static const struct word_row attributes[] = {{"partitionId", .required = true},
                                                 {.name = "partitionName"},
                                                 {"portName", .required = true},
                                                 {0}};
    struct importer *i = x->importer;
    struct partition *p = NULL;

    import_vocabulary(i, n, attributes, NULL);
    struct word partition = xm_partition(x, n, "partitionId", RULE_CHAN_005, &p);
    struct word name = import_word(i, n, "partitionName"), port = import_word(i, n, "portName");
    if (p && name.text && strcmp(name.text, partition.text) != 0) {
        // SYN-007: nothing is said twice, least of all differently.
        struct diag *f = diag_report(i->diags, RULE_SYN_007, name.at,
                                     "the partition is called '%s' here", name.text);
        diag_label(i->diags, f, "the identifier means '%s'", partition.text);
        diag_note(i->diags, f, p->name.at, "'%s' is declared here", partition.text);
        diag_help(i->diags, f, "correct 'partitionId', or leave out 'partitionName'");
    }
    if (p && port.text && refresh.given && refresh.value)
        set_refresh(x, p, port.text, refresh);
    return import_endpoint(i, partition, port);
}

static void read_channel(struct xm *x, const struct node *n, uint32_t type)
{
    static const struct word_row sampling[] = {
        {"maxMessageLength", .required = true}, {.name = "validPeriod"}, {0}};
    static const struct word_row queuing[] = {{"maxMessageLength", .required = true},
                                              {"maxNoMessages", .required = true},
                                              {"validPeriod", .ignored = true},
                                              {0}};
    static const struct word_row children[] = {{"Source", .required = true, .repeated = true},
                                               {"Destination", .required = true, .repeated = true},
                                               {0}};
    struct importer *i = x->importer;
    struct channel *c = import_channel(i, n);
    struct amount refresh = {0};

    import_vocabulary(i, n, type == TBL_SAMPLING ? sampling : queuing, children);
    c->name = (struct word){arena_printf(i->arena, "channel%u", c->index), n->key_mark};
    c->type = type;
    c->type_at = n->key_mark;
    c->max_message = import_unit_size(i, n, "maxMessageLength");
    if (type == TBL_QUEUING)
        c->depth = import_number(i, n, "maxNoMessages");
    else
        refresh = import_unit_time(i, n, "validPeriod");
    EACH_CHILD(end, n, "Source")
        *list_add(i->arena, &c->from) = read_end(x, end, (struct amount){0});
    EACH_CHILD(end, n, "Destination")
        *list_add(i->arena, &c->to) = read_end(x, end, refresh);
}

// Identifiers of Ipvi begin at 0, interrupts in a partition behind those of any computer's devices.
enum { FIRST_IPVI = 512 };

static void read_ipvi(struct xm *x, const struct node *n)
{
    static const struct word_row attributes[] = {{"id", .required = true},
                                                 {"sourceId", .required = true},
                                                 {"destinationId", .required = true},
                                                 {0}};
    struct importer *i = x->importer;
    const struct node *to = import_attribute(n, "destinationId");
    const char *at = to ? to->text : "";
    struct doorbell *d = list_add(i->arena, &i->model->doorbells);
    struct partition *p;
    struct word target;

    import_vocabulary(i, n, attributes, NULL);
    struct amount id = import_number(i, n, "id");
    d->mark = n->mark;
    d->name = (struct word){arena_printf(i->arena, "ipvi%llu", (unsigned long long)id.value),
                            n->key_mark};
    d->from = xm_partition(x, n, "sourceId", RULE_SYN_001, &p);
    while (to && xm_next_partition(x, to, &at, &target))
        *list_add(i->arena, &d->to) = (struct doorbell_target){
            .partition_name = target,
            .cpu = {.given = true},
            .interrupt = {FIRST_IPVI + id.value, id.at, id.given},
            .mark = target.at,
        };
}

static void read_channels(struct xm *x, const struct node *n)
{
    static const struct word_row children[] = {{"SamplingChannel", .repeated = true},
                                               {"QueuingChannel", .repeated = true},
                                               {"Ipvi", .repeated = true},
                                               {0}};

    import_vocabulary(x->importer, n, NULL, children);
    xm_unique_ids(x, n, "Ipvi");
    for (const struct node *c = n->first; c; c = c->next) {
        if (c->kind == NODE_SCALAR)
            continue;
        if (strcmp(c->key, "SamplingChannel") == 0)
            read_channel(x, c, TBL_SAMPLING);
        else if (strcmp(c->key, "QueuingChannel") == 0)
            read_channel(x, c, TBL_QUEUING);
        else if (strcmp(c->key, "Ipvi") == 0)
            read_ipvi(x, c);
    }
}

// ---- The whole ----------------------------------------------------------------------------------

struct named_id {
    uint64_t id;
    struct mark at;
    size_t order;
};

static int by_named_id(const void *a, const void *b)
{
    const struct named_id *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void xm_unique_ids(struct xm *x, const struct node *parent, const char *name)
{
    struct importer *i = x->importer;
    LIST(struct named_id) ids = {0};

    EACH_CHILD(n, parent, name) {
        struct amount id = import_number(i, n, "id");

        if (id.given)
            *list_add(i->arena, &ids) = (struct named_id){id.value, id.at, ids.count};
    }
    if (ids.count)
        qsort(ids.items, ids.count, sizeof *ids.items, by_named_id);
    for (size_t first = 0, k = 1; k < ids.count; k++) {
        if (ids.items[k].id != ids.items[first].id) {
            first = k;
            continue;
        }
        // SYN-007: no two things have one identifier.
        struct diag *f =
            diag_report(i->diags, RULE_SYN_007, ids.items[k].at, "two %s have the same identifier",
                        arena_printf(i->arena, "elements '%s'", name));
        diag_label(i->diags, f, "identifier %llu", (unsigned long long)ids.items[k].id);
        diag_note(i->diags, f, ids.items[first].at, "the first is here");
        diag_help(i->diags, f, "number them from 0 on without holes");
    }
}

static void read_system(struct xm *x, const struct node *root, const struct node *hypervisor)
{
    struct importer *i = x->importer;
    struct model *m = i->model;
    struct plans plans = {.cores = 0};
    const struct node *c;
    const struct node *hardware = import_child(root, "HwDescription", NULL);

    if (!hardware && hypervisor)
        hardware = import_child(hypervisor, "HwDescription", NULL);
    m->name = import_word(i, root, "name");
    x->table = import_child(root, "PartitionTable", NULL);
    m->partitions_at = x->table ? x->table->key_mark : (struct mark){0};
    if (hardware)
        read_hardware(x, hardware, &plans);
    import_board(i, plans.cores ? (uint32_t)plans.cores : 1);
    if (hardware)
        read_layout(x, hardware, m->board);
    if (hypervisor)
        read_hypervisor(x, hypervisor);
    if ((c = import_child(root, "ResidentSw", NULL)))
        read_resident(x, c);
    m->partitions_lost = !x->table;
    if (x->table)
        xm_partitions(x, x->table);
    xm_health_rest(x);
    if (hardware)
        m->schedules_at = hardware->key_mark;
    read_schedules(x, &plans);
    if ((c = import_child(root, "Channels", NULL))) {
        m->channels_at = c->key_mark;
        read_channels(x, c);
    }
}

static const struct word_row system_attributes[] = {
    {"version", .required = true, .ignored = true}, {"name", .required = true}, {0}};

static struct xm start(struct importer *i, const char *prefix, const struct node *root)
{
    return (struct xm){
        .importer = i,
        .prefix = prefix,
        .areas_say_write = root->tag && strncmp(root->tag, "http://www.xtratum.org/xm-2", 27) == 0,
        .partitions = {.arena = i->arena},
        .ports = {.arena = i->arena},
        .blocks = {.arena = i->arena},
        .errors = {.arena = i->arena},
    };
}

static void read_xm_cf(struct importer *i, const struct node *root)
{
    static const struct word_row children[] = {{.name = "HwDescription"},
                                               {"XMHypervisor", .required = true},
                                               {.name = "ResidentSw"},
                                               {"PartitionTable", .required = true},
                                               {.name = "Channels"},
                                               {"Devices", .ignored = true},
                                               {0}};
    struct xm x = start(i, "XM_HM_", root);

    import_vocabulary(i, root, system_attributes, children);
    read_system(&x, root, import_child(root, "XMHypervisor", NULL));
}

static void read_prtos(struct importer *i, const struct node *root)
{
    static const struct word_row children[] = {{"HwDescription", .required = true},
                                               {"PRTOSHypervisor", .required = true},
                                               {.name = "ResidentSw"},
                                               {"PartitionTable", .required = true},
                                               {.name = "Channels"},
                                               {0}};
    struct xm x = start(i, "PRTOS_HM_", root);

    import_vocabulary(i, root, system_attributes, children);
    read_system(&x, root, import_child(root, "PRTOSHypervisor", NULL));
}

// By the namespace; a description without one is told by what the hypervisor is called.
static bool is_prtos(const struct node *root)
{
    if (root->tag)
        return strncmp(root->tag, "http://www.prtos.org/", 21) == 0;
    return import_child(root, "PRTOSHypervisor", NULL) != NULL;
}

static bool is_xm_cf(const struct node *root)
{
    if (root->tag)
        return strncmp(root->tag, "http://www.xtratum.org/", 23) == 0;
    return !is_prtos(root);
}

const struct dialect dialect_xm_cf = {
    .name = "xm_cf",
    .root = "SystemDescription",
    .recognise = is_xm_cf,
    .read = read_xm_cf,
};

const struct dialect dialect_prtos = {
    .name = "prtos",
    .root = "SystemDescription",
    .recognise = is_prtos,
    .read = read_prtos,
};
