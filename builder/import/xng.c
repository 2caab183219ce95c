// SPDX-License-Identifier: BSD-2-Clause
// XNG (XtratuM Next Generation): a Module whose parts are documents of their own, linked by hRef.
// Names are the keys, times and sizes have units.
#include "import/arinc.h"

#include <string.h>

struct reader {
    struct importer *i;
    struct arinc_index index;
    struct names tables; // of health monitoring, by name
    bool tables_lost;    // they could not be read
    uint32_t cores;
};

// What an element's hRef leads to, or the element itself when it has none: a part written in
// place. NULL after reporting.
static const struct node *part_of(struct reader *r, const struct node *n, const char *name)
{
    static const struct word_row attributes[] = {{"hRef", .required = true}, {0}};
    const struct node *href = import_attribute(n, "hRef");

    if (!href)
        return n;
    import_vocabulary(r->i, n, attributes, NULL);
    return import_document(r->i, href, name);
}

// ---- Partitions ---------------------------------------------------------------------------------

static void read_access(struct reader *r, const struct node *n, struct memory *m)
{
    struct importer *i = r->i;
    const struct node *access = import_attribute(n, "access");
    struct word word;

    m->rights_at = access ? access->mark : n->mark;
    for (const char *at = access ? access->text : NULL;
         at && (at = import_next_word(i, access, at, " \t", &word));) {
        if (strcmp(word.text, "readonly") == 0) {
            m->attributes |= TBL_MEM_READ;
        } else if (strcmp(word.text, "readwrite") == 0) {
            m->attributes |= TBL_MEM_READ | TBL_MEM_WRITE;
        } else if (strcmp(word.text, "executable") == 0) {
            m->attributes |= TBL_MEM_EXECUTE;
        } else {
            static const char *const words[] = {"readonly", "readwrite", "executable"};
            const char *near = nearest_word(word.text, words, 3);
            struct diag *f = diag_report(i->diags, RULE_SYN_001, word.at,
                                         "the access of an area cannot be '%s'", word.text);
            if (near)
                diag_label(i->diags, f, "did you mean '%s'?", near);
            diag_help(i->diags, f, "it is readonly or readwrite, and perhaps executable");
        }
    }
}

static const struct word_row area_attributes[] = {
    {"start", .required = true},  {"size", .required = true},         {"type", .required = true},
    {"access", .required = true}, {"cachePolicy", .required = false}, {0}};

static void read_area(struct reader *r, const struct node *n, struct partition *p)
{
    static const struct choice_row types[] = {{"nonSharedNormal", 0},
                                              {"nonShareableNormal", 0},
                                              {"sharedNormal", 0},
                                              {"shareableNormal", 0},
                                              {"nonSharedDevice", TBL_MEM_DEVICE},
                                              {"nonShareableDevice", TBL_MEM_DEVICE},
                                              {"sharedDevice", TBL_MEM_DEVICE},
                                              {"shareableDevice", TBL_MEM_DEVICE},
                                              {"stronglyOrdered", TBL_MEM_DEVICE},
                                              {NULL, 0}};
    struct importer *i = r->i;
    struct memory *m = list_add(i->arena, &p->memory);

    import_vocabulary(i, n, area_attributes, NULL);
    m->mark = n->mark;
    m->name = (struct word){arena_printf(i->arena, "area_%zu", p->memory.count - 1), n->key_mark};
    m->phys = m->at = import_number(i, n, "start"); // seen at the same place
    m->size = import_unit_size(i, n, "size");
    m->attributes = import_choice(i, n, "type", types, RULE_SYN_001, 0, NULL);
    read_access(r, n, m);
    struct word policy = import_word(i, n, "cachePolicy");
    if (policy.text && strcmp(policy.text, "none") == 0) {
        m->cached = (struct amount){.at = policy.at, .given = true};
        if (!(m->attributes & TBL_MEM_DEVICE))
            m->attributes |= TBL_MEM_UNCACHED;
    }
}

static void read_port(struct reader *r, const struct node *n, struct partition *p, uint32_t type)
{
    static const struct word_row attributes[] = {
        {"name", .required = true}, {"direction", .required = true}, {"irq", .ignored = true}, {0}};
    static const struct choice_row directions[] = {
        {"source", TBL_SOURCE}, {"destination", TBL_DESTINATION}, {NULL, 0}};
    struct importer *i = r->i;
    struct port *port = import_port(i, p, n);

    import_vocabulary(i, n, attributes, NULL);
    port->name = import_word(i, n, "name");
    port->type = type;
    port->type_at = n->key_mark;
    port->direction = import_choice(i, n, "direction", directions, RULE_PORT_002, TBL_SOURCE,
                                    &port->direction_at);
    arinc_index_port(&r->index, p);
}

// HM-012: the table that a partition's own is based on exists.
static void read_health(struct reader *r, const struct node *n)
{
    static const struct word_row attributes[] = {{"baseHmTable", .required = false},
                                                 {"exceptionToEvent", .ignored = true},
                                                 {"nbHmLogs", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{"Event", .repeated = true, .ignored = true}, {0}};
    struct importer *i = r->i;
    struct word base = import_word(i, n, "baseHmTable");
    size_t index;

    import_vocabulary(i, n, attributes, children);
    if (!base.text || r->tables_lost ||
        names_find(&r->tables, base.text, strlen(base.text), &index))
        return;
    struct diag *f =
        diag_report(i->diags, RULE_HM_012, base.at, "there is no health table '%s'", base.text);
    help_names(i->diags, f, &r->tables, base.text, "health tables for several partitions");
}

static void read_attributes(struct reader *r, const struct node *n, struct partition *p)
{
    const struct node *list = import_attribute(n, "attributes");
    struct word word;

    for (const char *at = list ? list->text : NULL;
         at && (at = import_next_word(r->i, list, at, " \t", &word));) {
        if (strcmp(word.text, "system") == 0)
            p->system = (struct amount){.value = 1, .at = word.at, .given = true};
        else if (strcmp(word.text, "none") != 0)
            import_remark(r->i, word.at, "attribute %s of partition '%s'", word.text,
                          p->name.text ? p->name.text : "?");
    }
}

static void read_partition(struct reader *r, const struct node *n)
{
    static const struct word_row attributes[] = {{"name", .required = true},
                                                 {"id", .required = false},
                                                 {"entryPoint", .ignored = true},
                                                 {"attributes", .required = false},
                                                 {0}};
    static const struct word_row children[] = {{"MemoryAreas", .required = false},
                                               {"HmTable", .required = false},
                                               {"Devices", .ignored = true},
                                               {"Ports", .required = false},
                                               {0}};
    static const struct word_row areas[] = {{"Area", .repeated = true}, {0}};
    static const struct word_row ports[] = {
        {"SamplingPort", .repeated = true}, {"QueuingPort", .repeated = true}, {0}};
    struct importer *i = r->i;
    struct partition *p = import_partition(i, n);

    import_vocabulary(i, n, attributes, children);
    p->name = import_word(i, n, "name");
    if (import_attribute(n, "id"))
        p->id = import_number(i, n, "id");
    read_attributes(r, n, p);
    arinc_index_partition(&r->index, p);
    EACH_CHILD(c, n, "MemoryAreas") {
        import_vocabulary(i, c, NULL, areas);
        EACH_CHILD(a, c, "Area")
            read_area(r, a, p);
    }
    EACH_CHILD(c, n, "HmTable")
        read_health(r, c);
    EACH_CHILD(c, n, "Ports") {
        import_vocabulary(i, c, NULL, ports);
        EACH_CHILD(o, c, "SamplingPort")
            read_port(r, o, p, TBL_SAMPLING);
        EACH_CHILD(o, c, "QueuingPort")
            read_port(r, o, p, TBL_QUEUING);
    }
}

// ---- Schedules ----------------------------------------------------------------------------------

static void read_window(struct reader *r, const struct node *n, struct core_plan *core,
                        struct names *ids, struct mark *marks)
{
    static const struct word_row attributes[] = {{"id", .required = true},
                                                 {"partition", .required = true},
                                                 {"offset", .required = true},
                                                 {"duration", .required = true},
                                                 {"startPoint", .required = false},
                                                 {"vCpu", .required = false},
                                                 {0}};
    struct importer *i = r->i;
    struct window *w = import_window(i, core, n);
    struct word id = arinc_identifier(i, n, "id");
    size_t index;

    import_vocabulary(i, n, attributes, NULL);
    w->partition_name = import_word(i, n, "partition");
    w->start = import_unit_time(i, n, "offset");
    w->duration = import_unit_time(i, n, "duration");
    struct amount cpu = import_number(i, n, "vCpu");
    if (cpu.given)
        w->cpu = cpu;
    w->period_start = import_bool(i, n, "startPoint");
    if (!w->period_start.at.line)
        w->period_start = (struct amount){.at = n->mark, .given = true};
    if (id.text && names_find(ids, id.text, strlen(id.text), &index)) {
        // SCHED-003: identifiers of windows are unique.
        struct diag *f = diag_report(i->diags, RULE_SCHED_003, id.at,
                                     "two windows have the identifier %s", id.text);
        diag_note(i->diags, f, marks[index], "the first is here");
        diag_help(i->diags, f, "give one of them another number");
    }
    names_add(ids, id.text, core->windows.count - 1);
    marks[core->windows.count - 1] = id.at;
}

static void read_cpu(struct reader *r, const struct node *n, struct schedule *s)
{
    static const struct word_row attributes[] = {{"id", .required = true}, {0}};
    static const struct word_row children[] = {{"PartitionWindow", .repeated = true}, {0}};
    enum { CORE_LIMIT = 1024 };
    struct importer *i = r->i;
    struct amount id = import_number(i, n, "id");
    struct names ids = {.arena = i->arena};
    size_t before = s->cores.count, count = 0;

    import_vocabulary(i, n, attributes, children);
    if (!id.given)
        return;
    if (id.value >= CORE_LIMIT) {
        struct diag *f =
            diag_report(i->diags, RULE_SYN_004, id.at, "%llu is not the number of a core",
                        (unsigned long long)id.value);
        diag_help(i->diags, f, "cores are numbered from 0");
        return;
    }
    struct core_plan *core = import_core(i, s, (uint32_t)id.value, id.at);
    if (s->cores.count == before) {
        // SYN-007: nothing is said twice.
        struct diag *f =
            diag_report(i->diags, RULE_SYN_007, id.at, "core %u is given twice", core->core);
        diag_note(i->diags, f, core->mark, "first given here");
        diag_help(i->diags, f, "put all windows of a core into one element");
        return;
    }
    r->cores = core->core + 1 > r->cores ? core->core + 1 : r->cores;
    EACH_CHILD(c, n, "PartitionWindow")
        count++;
    struct mark *marks = arena_alloc(i->arena, (count + 1) * sizeof *marks);
    EACH_CHILD(c, n, "PartitionWindow")
        read_window(r, c, core, &ids, marks);
}

static void read_schedules(struct reader *r, const struct node *n)
{
    static const struct word_row children[] = {{"Schedule", .required = true, .repeated = true},
                                               {0}};
    static const struct word_row attributes[] = {{"name", .required = true},
                                                 {"majorFrame", .required = true},
                                                 {"id", .required = false},
                                                 {0}};
    static const struct word_row cpus[] = {{"Cpu", .required = true, .repeated = true}, {0}};
    struct importer *i = r->i;

    import_vocabulary(i, n, NULL, children);
    EACH_CHILD(c, n, "Schedule") {
        struct schedule *s = import_schedule(i, c);
        import_vocabulary(i, c, attributes, cpus);
        s->name = import_word(i, c, "name");
        if (import_attribute(c, "id"))
            s->id = import_number(i, c, "id");
        s->major_frame = import_unit_time(i, c, "majorFrame");
        EACH_CHILD(cpu, c, "Cpu")
            read_cpu(r, cpu, s);
    }
}

// ---- Channels -----------------------------------------------------------------------------------

static struct endpoint read_end(struct reader *r, const struct node *n)
{
    static const struct word_row attributes[] = {
        {"partition", .required = true}, {"port", .required = true}, {0}};

    import_vocabulary(r->i, n, attributes, NULL);
    return import_endpoint(r->i, import_word(r->i, n, "partition"), import_word(r->i, n, "port"));
}

static void read_channel(struct reader *r, const struct node *n, uint32_t type)
{
    static const struct word_row attributes[] = {{"name", .required = false},
                                                 {"start", .ignored = true},
                                                 {"size", .ignored = true},
                                                 {"maxMessageSize", .required = true},
                                                 {"maxNbMessages", .required = false},
                                                 {"refreshPeriod", .required = false},
                                                 {0}};
    static const struct word_row children[] = {{"Source", .required = true, .repeated = true},
                                               {"Destination", .required = true, .repeated = true},
                                               {0}};
    struct importer *i = r->i;
    struct channel *c = import_channel(i, n);

    import_vocabulary(i, n, attributes, children);
    c->name = import_word(i, n, "name");
    if (!c->name.text)
        c->name = (struct word){arena_printf(i->arena, "channel_%u", c->index), n->key_mark};
    c->type = type;
    c->type_at = n->key_mark;
    c->max_message = import_unit_size(i, n, "maxMessageSize");
    c->depth = import_number(i, n, "maxNbMessages");
    struct amount refresh = import_unit_time(i, n, "refreshPeriod");
    EACH_CHILD(s, n, "Source")
        *list_add(i->arena, &c->from) = read_end(r, s);
    EACH_CHILD(d, n, "Destination") {
        struct endpoint e = read_end(r, d);
        struct port *port = arinc_port(&r->index, e.partition_name, e.port_name);
        if (port && refresh.given && type == TBL_SAMPLING)
            port->refresh = refresh;
        *list_add(i->arena, &c->to) = e;
    }
}

static void read_channels(struct reader *r, const struct node *n)
{
    static const struct word_row children[] = {
        {"SamplingChannel", .repeated = true}, {"QueuingChannel", .repeated = true}, {0}};

    import_vocabulary(r->i, n, NULL, children);
    EACH_CHILD(c, n, "SamplingChannel")
        read_channel(r, c, TBL_SAMPLING);
    EACH_CHILD(c, n, "QueuingChannel")
        read_channel(r, c, TBL_QUEUING);
}

// ---- The module ---------------------------------------------------------------------------------

// The hypervisor's own memory becomes reserved places of the board.
static void read_hypervisor(struct reader *r, const struct node *n, struct board *board)
{
    static const struct word_row attributes[] = {{"entryPoint", .ignored = true},
                                                 {"attributes", .ignored = true},
                                                 {"nbTraceLogs", .ignored = true},
                                                 {"logTraceEvents", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{"MemoryAreas", .required = false},
                                               {"DataArea", .ignored = true},
                                               {"HmTable", .ignored = true},
                                               {"Devices", .ignored = true},
                                               {0}};
    static const struct word_row areas[] = {{"Area", .repeated = true}, {0}};
    struct importer *i = r->i;

    import_vocabulary(i, n, attributes, children);
    EACH_CHILD(c, n, "MemoryAreas") {
        import_vocabulary(i, c, NULL, areas);
        EACH_CHILD(a, c, "Area") {
            import_vocabulary(i, a, area_attributes, NULL);
            struct amount start = import_number(i, a, "start");
            struct amount size = import_unit_size(i, a, "size");
            if (!start.given || !size.given)
                continue;
            *list_add(i->arena, &board->devices) = (struct board_device){
                .name = {arena_printf(i->arena, "hypervisor_%zu", board->devices.count),
                         a->key_mark},
                .start = start.value,
                .size = size.value,
                .reserved = true,
                .mark = a->mark,
            };
        }
    }
}

static void read_tables(struct reader *r, const struct node *n)
{
    static const struct word_row children[] = {{"MultiPartitionHMTable", .repeated = true}, {0}};
    static const struct word_row attributes[] = {{"name", .required = true}, {0}};
    static const struct word_row events[] = {{"Event", .repeated = true, .ignored = true}, {0}};

    import_vocabulary(r->i, n, NULL, children);
    EACH_CHILD(c, n, "MultiPartitionHMTable") {
        import_vocabulary(r->i, c, attributes, events);
        names_add(&r->tables, import_word(r->i, c, "name").text, 0);
    }
}

// The namespace tells: other descriptions may have a Module too.
static bool recognise(const struct node *root)
{
    return root->tag && strstr(root->tag, "fentiss.com/xng");
}

static void read_module(struct importer *i, const struct node *root)
{
    static const struct word_row attributes[] = {{"name", .required = true}, {0}};
    static const struct word_row children[] = {{"Hypervisor", .required = false},
                                               {"Partitions", .required = true},
                                               {"MultiPartitionHMTables", .required = false},
                                               {"Schedules", .required = true},
                                               {"Channels", .required = false},
                                               {0}};
    static const struct word_row partitions[] = {{"Partition", .required = true, .repeated = true},
                                                 {0}};
    struct reader r = {.i = i, .index = arinc_index_new(i), .tables.arena = i->arena, .cores = 1};
    const struct node *part;

    import_vocabulary(i, root, attributes, children);
    i->model->name = import_word(i, root, "name");
    EACH_CHILD(n, root, "MultiPartitionHMTables") // written so, but MultiPartitionHmTables there
        if ((part = part_of(&r, n, "MultiPartitionHmTables")))
            read_tables(&r, part);
    EACH_CHILD(n, root, "Partitions") {
        import_vocabulary(i, n, NULL, partitions);
        EACH_CHILD(p, n, "Partition") {
            if ((part = part_of(&r, p, "Partition")))
                read_partition(&r, part);
            else
                i->model->partitions_lost = true;
        }
    }
    EACH_CHILD(n, root, "Schedules")
        if ((part = part_of(&r, n, "Schedules")))
            read_schedules(&r, part);
    EACH_CHILD(n, root, "Channels")
        if ((part = part_of(&r, n, "Channels")))
            read_channels(&r, part);
    struct board *board = import_board(i, r.cores);
    EACH_CHILD(n, root, "Hypervisor")
        if ((part = part_of(&r, n, "Hypervisor")))
            read_hypervisor(&r, part, board);
}

const struct dialect dialect_xng = {
    .name = "xng",
    .root = "Module",
    .recognise = recognise,
    .read = read_module,
};
