// SPDX-License-Identifier: BSD-2-Clause
// JetOS (chpok): slots one after another, names as keys, times and sizes with short units.
#include "import/arinc.h"

#include <string.h>

struct reader {
    struct importer *i;
    struct arinc_index index;
    struct names errors;
};

static const struct word_row count_only[] = {{"Count", .required = true}, {0}};
static const struct word_row count_and_size[] = {
    {"Count", .required = true}, {"Data_Size", .ignored = true}, {0}};

// ---- Partitions ---------------------------------------------------------------------------------

static void read_port(struct reader *r, const struct node *n, struct partition *p, uint32_t type)
{
    static const struct word_row sampling[] = {
        {"Name", .required = true},      {"MaxMessageSize", .required = true},
        {"Direction", .required = true}, {"Refresh", .required = false},
        {"Protocol", .ignored = true},   {0}};
    static const struct word_row queuing[] = {
        {"Name", .required = true},      {"MaxMessageSize", .required = true},
        {"Direction", .required = true}, {"MaxNbMessage", .required = true},
        {"Protocol", .ignored = true},   {0}};
    struct importer *i = r->i;
    struct port *port = import_port(i, p, n);

    import_vocabulary(i, n, type == TBL_QUEUING ? queuing : sampling, NULL);
    port->name = import_word(i, n, "Name");
    port->type = type;
    port->type_at = n->key_mark;
    port->max_message = import_number(i, n, "MaxMessageSize");
    port->direction = import_choice(i, n, "Direction", arinc_directions, RULE_PORT_002, TBL_SOURCE,
                                    &port->direction_at);
    port->refresh = import_short_time(i, n, "Refresh");
    port->depth = import_number(i, n, "MaxNbMessage");
    arinc_index_port(&r->index, p);
}

static void read_ports(struct reader *r, const struct node *n, struct partition *p)
{
    static const struct word_row children[] = {
        {"Queueing_Port", .repeated = true}, {"Sampling_Port", .repeated = true}, {0}};

    import_vocabulary(r->i, n, NULL, children);
    EACH_CHILD(c, n, "Queueing_Port")
        read_port(r, c, p, TBL_QUEUING);
    EACH_CHILD(c, n, "Sampling_Port")
        read_port(r, c, p, TBL_SAMPLING);
}

static void read_health(struct reader *r, const struct node *n, const struct partition *p)
{
    static const struct word_row children[] = {{"Error", .repeated = true}, {0}};
    static const struct word_row error[] = {{"Code", .required = true},
                                            {"Level", .required = true},
                                            {"ErrorCode", .required = false},
                                            {"Action", .required = true},
                                            {0}};
    struct importer *i = r->i;
    struct hm *hm = &i->model->hm;
    struct hm_table *t = list_add(i->arena, &hm->tables);

    import_vocabulary(i, n, NULL, children);
    if (!hm->mark.line)
        hm->mark = n->mark;
    t->kind = HM_TABLE_PARTITION;
    t->mark = n->mark;
    t->name = p->name;
    *list_add(i->arena, &t->partitions) = (struct member){.name = p->name};
    EACH_CHILD(c, n, "Error") {
        struct hm_entry *e = list_add(i->arena, &t->entries);
        import_vocabulary(i, c, error, NULL);
        e->mark = c->mark;
        e->error_name = import_word(i, c, "Code");
        arinc_define_error(i, &r->errors, e->error_name, (struct amount){0}, c->mark);
        arinc_level(i, c, "Level", e);
        arinc_code(i, c, "ErrorCode", e);
        arinc_action(i, c, "Action", e);
    }
}

// Blocks with a size and a place of their own; others are the board's, by name.
static void read_blocks(struct reader *r, const struct node *n, struct partition *p)
{
    static const struct word_row children[] = {{"Memory_Block", .repeated = true}, {0}};
    static const struct word_row block[] = {{"Name", .required = true},
                                            {"Size", .required = true},
                                            {"Access", .required = true},
                                            {"PhysicalAddress", .required = false},
                                            {"VirtualAddress", .required = false},
                                            {"Contiguous", .ignored = true},
                                            {"CachePolicy", .required = false},
                                            {0}};
    static const struct word_row reference[] = {
        {"NameRef", .required = true}, {"UserAccess", .required = false}, {0}};
    static const struct choice_row rights[] = {{"R", TBL_MEM_READ},
                                               {"RW", TBL_MEM_READ | TBL_MEM_WRITE},
                                               {"RX", TBL_MEM_READ | TBL_MEM_EXECUTE},
                                               {NULL, 0}};
    struct importer *i = r->i;

    import_vocabulary(i, n, NULL, children);
    EACH_CHILD(c, n, "Memory_Block") {
        struct word name = import_word(i, c, "NameRef");
        if (name.text) {
            import_vocabulary(i, c, reference, NULL);
            import_remark(i, c->mark, "memory block '%s' of the board", name.text);
            continue;
        }
        struct memory *m = list_add(i->arena, &p->memory);
        import_vocabulary(i, c, block, NULL);
        m->mark = c->mark;
        m->name = import_word(i, c, "Name");
        m->size = import_short_size(i, c, "Size");
        m->phys = import_number(i, c, "PhysicalAddress");
        m->at =
            import_attribute(c, "VirtualAddress") ? import_number(i, c, "VirtualAddress") : m->phys;
        m->attributes =
            import_choice(i, c, "Access", rights, RULE_SYN_001, TBL_MEM_READ, &m->rights_at);
        struct word policy = import_word(i, c, "CachePolicy");
        if (policy.text && strcmp(policy.text, "IO") == 0)
            m->attributes |= TBL_MEM_DEVICE;
    }
}

static void read_definition(struct reader *r, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {{"Name", .required = true},
                                                 {"Identifier", .required = false},
                                                 {"System", .required = false},
                                                 {0}};
    struct importer *i = r->i;

    import_vocabulary(i, n, attributes, NULL);
    p->name = import_word(i, n, "Name");
    p->id = import_number(i, n, "Identifier");
    p->system = import_bool(i, n, "System");
}

static void read_ram(struct reader *r, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {
        {"Bytes", .required = true}, {"Heap", .required = false}, {0}};
    struct memory *m = list_add(r->i->arena, &p->memory);

    import_vocabulary(r->i, n, attributes, NULL);
    m->name = (struct word){"ram", n->key_mark};
    m->size = import_short_size(r->i, n, "Bytes");
    p->heap = import_short_size(r->i, n, "Heap");
    m->mark = m->rights_at = n->mark;
    m->attributes = TBL_MEM_READ | TBL_MEM_WRITE;
    m->rights_unstated = true;
}

// How many objects a partition may create; buffers and the like have no further traits here.
static struct amount read_count(struct reader *r, const struct node *n, const char *name,
                                const struct word_row *attributes)
{
    const struct node *c = import_child(n, name, NULL);

    if (!c)
        return (struct amount){0};
    import_vocabulary(r->i, c, attributes, NULL);
    return import_number(r->i, c, "Count");
}

static void read_partition(struct reader *r, const struct node *n)
{
    static const struct word_row children[] = {{"Definition", .required = true},
                                               {"Memory", .required = false},
                                               {"Threads", .ignored = true},
                                               {"ARINC653_Buffers", .required = false},
                                               {"ARINC653_Blackboards", .required = false},
                                               {"ARINC653_Events", .required = false},
                                               {"ARINC653_Semaphores", .ignored = true},
                                               {"ARINC653_Ports", .required = false},
                                               {"ARINC653_Logbooks", .ignored = true},
                                               {"HM_Table", .required = false},
                                               {"Memory_Blocks", .required = false},
                                               {0}};
    struct partition *p = import_partition(r->i, n);

    import_vocabulary(r->i, n, NULL, children);
    EACH_CHILD(c, n, "Definition")
        read_definition(r, c, p);
    arinc_index_partition(&r->index, p);
    EACH_CHILD(c, n, "Memory")
        read_ram(r, c, p);
    p->buffers = read_count(r, n, "ARINC653_Buffers", count_and_size);
    p->blackboards = read_count(r, n, "ARINC653_Blackboards", count_and_size);
    p->events = read_count(r, n, "ARINC653_Events", count_only);
    EACH_CHILD(c, n, "ARINC653_Ports")
        read_ports(r, c, p);
    EACH_CHILD(c, n, "HM_Table")
        read_health(r, c, p);
    EACH_CHILD(c, n, "Memory_Blocks")
        read_blocks(r, c, p);
}

// Newer modules do not list their partitions: each is described in a directory of its name.
static void find_partitions(struct reader *r, const struct node *schedule)
{
    struct importer *i = r->i;
    struct names seen = {.arena = i->arena};
    size_t index;

    EACH_CHILD(slot, schedule, "Slot") {
        const struct node *name = import_attribute(slot, "PartitionNameRef");
        if (!name || names_find(&seen, name->text, strlen(name->text), &index))
            continue;
        names_add(&seen, name->text, 0);
        struct node href = *name;
        href.text = arena_printf(i->arena, "%s/config.xml", name->text);
        const struct node *n = import_document(i, &href, "Partition");
        if (n)
            read_partition(r, n);
        else
            i->model->partitions_lost = true;
    }
}

// ---- Schedule and channels ----------------------------------------------------------------------

static void read_schedule(struct reader *r, const struct node *n)
{
    static const struct word_row children[] = {{"Slot", .required = true, .repeated = true}, {0}};
    static const struct word_row attributes[] = {{"Type", .required = true},
                                                 {"PartitionNameRef", .required = false},
                                                 {"Duration", .required = true},
                                                 {"PeriodicProcessingStart", .required = false},
                                                 {0}};
    static const struct choice_row types[] = {{"Partition", 1}, {"Spare", 0}, {"Network", 0},
                                              {"Monitor", 0},   {"GDB", 0},   {NULL, 0}};
    struct importer *i = r->i;
    struct schedule *s = import_schedule(i, n);
    struct core_plan *core = import_core(i, s, 0, n->mark);
    uint64_t start = 0;

    import_vocabulary(i, n, NULL, children);
    s->name = (struct word){"schedule", n->key_mark};
    EACH_CHILD(c, n, "Slot") {
        struct window *w = import_window(i, core, c);
        struct word type = import_word(i, c, "Type");
        bool partition = import_choice(i, c, "Type", types, RULE_SYN_001, 1, NULL);
        import_vocabulary(i, c, attributes, NULL);
        w->partition_name = import_word(i, c, "PartitionNameRef");
        if (!partition) {
            w->partition_name = (struct word){"idle", type.at};
            if (strcmp(type.text, "Spare") != 0)
                import_remark(i, c->mark, "slot of type %s", type.text);
        }
        w->duration = import_short_time(i, c, "Duration");
        w->start = (struct amount){start, c->mark, true};
        w->period_start = import_bool(i, c, "PeriodicProcessingStart");
        if (partition && !w->period_start.at.line)
            w->period_start = (struct amount){.at = c->mark, .given = true};
        if (!add_u64(start, w->duration.value, &start))
            break;
    }
    s->major_frame = (struct amount){start, n->mark, true}; // the slots fill it
}

// An end of a channel; false when it is outside of the module.
static bool read_end(struct reader *r, const struct node *n, struct endpoint *e)
{
    static const struct word_row children[] = {{"Standard_Partition", .required = false},
                                               {"Port_Ref", .required = false},
                                               {"UDP", .ignored = true},
                                               {0}};
    static const struct word_row standard[] = {
        {"PartitionName", .required = true}, {"PortName", .required = true}, {0}};
    static const struct word_row reference[] = {
        {"PartitionNameRef", .required = true}, {"PortNameRef", .required = true}, {0}};
    struct importer *i = r->i;
    const struct node *older = import_child(n, "Standard_Partition", NULL);
    const struct node *newer = import_child(n, "Port_Ref", NULL);

    import_vocabulary(i, n, NULL, children);
    if (older) {
        import_vocabulary(i, older, standard, NULL);
        *e = import_endpoint(i, import_word(i, older, "PartitionName"),
                             import_word(i, older, "PortName"));
    } else if (newer) {
        import_vocabulary(i, newer, reference, NULL);
        *e = import_endpoint(i, import_word(i, newer, "PartitionNameRef"),
                             import_word(i, newer, "PortNameRef"));
    } else if (!import_child(n, "UDP", NULL)) {
        struct diag *f =
            diag_report(i->diags, RULE_CHAN_005, n->mark, "%s names no port", import_title(i, n));
        i->model->misread = true;
        diag_help(i->diags, f, "add Standard_Partition, Port_Ref or UDP to it");
    }
    return older || newer || !import_child(n, "UDP", NULL);
}

static void read_channel(struct reader *r, const struct node *n)
{
    static const struct word_row children[] = {{"Source", .required = true, .repeated = true},
                                               {"Destination", .required = true, .repeated = true},
                                               {0}};
    struct importer *i = r->i;
    struct channel *c = import_channel(i, n);
    bool outside = false;

    import_vocabulary(i, n, NULL, children);
    c->name = (struct word){arena_printf(i->arena, "channel_%u", c->index + 1), n->key_mark};
    EACH_CHILD(s, n, "Source") {
        struct endpoint e = {0};
        if (read_end(r, s, &e))
            *list_add(i->arena, &c->from) = e;
        else
            outside = true;
    }
    EACH_CHILD(d, n, "Destination") {
        struct endpoint e = {0};
        if (read_end(r, d, &e))
            *list_add(i->arena, &c->to) = e;
        else
            outside = true;
    }
    arinc_finish_channel(&r->index, c);
    if (outside && (!c->from.count || !c->to.count))
        arinc_leave_open(&r->index, c);
}

// ---- The module ---------------------------------------------------------------------------------

static bool recognise(const struct node *root)
{
    (void)root;
    return true;
}

static void read_module(struct importer *i, const struct node *root)
{
    static const struct word_row children[] = {{"Partitions", .required = false},
                                               {"Schedule", .required = true},
                                               {"Connection_Table", .required = false},
                                               {"Network", .ignored = true},
                                               {"Memory_Blocks", .ignored = true},
                                               {"Shared_Memory_Blocks", .ignored = true},
                                               {0}};
    static const struct word_row partitions[] = {{"Partition", .required = true, .repeated = true},
                                                 {0}};
    static const struct word_row connections[] = {{"Channel", .repeated = true}, {0}};
    struct reader r = {.i = i, .index = arinc_index_new(i), .errors.arena = i->arena};
    const struct node *list = import_child(root, "Partitions", NULL);
    const struct node *schedule = import_child(root, "Schedule", NULL);

    import_vocabulary(i, root, NULL, children);
    i->model->name = (struct word){"module", root->key_mark};
    if (list) {
        import_vocabulary(i, list, NULL, partitions);
        EACH_CHILD(n, list, "Partition")
            read_partition(&r, n);
    } else if (schedule) {
        find_partitions(&r, schedule);
    }
    arinc_finish_identifiers(i);
    if (schedule)
        read_schedule(&r, schedule);
    EACH_CHILD(n, root, "Connection_Table") {
        import_vocabulary(i, n, NULL, connections);
        EACH_CHILD(c, n, "Channel")
            read_channel(&r, c);
    }
    import_board(i, 1);
}

const struct dialect dialect_jetos = {
    .name = "jetos",
    .root = "JetModule",
    .recognise = recognise,
    .read = read_module,
};

// As it was called earlier.
const struct dialect dialect_chpok = {
    .name = "jetos",
    .root = "chpok-configuration",
    .recognise = recognise,
    .read = read_module,
};
