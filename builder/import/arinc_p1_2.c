// SPDX-License-Identifier: BSD-2-Clause
// ARINC 653 P1-2 and P2: the element ARINC_653_Module, and what AIR adds to it. Identifiers are the
// keys, times are decimal seconds. Here: partitions, memory and the module as a whole.
#include "import/arinc_p1_2.h"

#include <string.h>

// ---- Partitions ---------------------------------------------------------------------------------

static void read_port(struct p1_2 *r, const struct node *n, struct partition *p, uint32_t type)
{
    static const struct word_row attributes[] = {{"Name", .required = false},
                                                 {"PortName", .required = false},
                                                 {"MaxMessageSize", .required = true},
                                                 {"Direction", .required = true},
                                                 {"RefreshRateSeconds", .required = false},
                                                 {"MaxNbMessages", .required = false},
                                                 {"Discipline", .ignored = true},
                                                 {0}};
    struct importer *i = r->i;
    struct port *port = import_port(i, p, n);

    import_vocabulary(i, n, attributes, NULL);
    port->name = import_word(i, n, "Name");
    if (!port->name.text)
        port->name = import_word(i, n, "PortName");
    if (!port->name.text) {
        struct diag *f = diag_report(i->diags, RULE_SYN_001, n->mark,
                                     "%s lacks the attribute 'Name'", import_title(i, n));
        diag_help(i->diags, f, "add it: channels and the program name the port by it");
    }
    port->type = type;
    port->type_at = n->key_mark;
    port->max_message = import_number(i, n, "MaxMessageSize");
    port->direction = import_choice(i, n, "Direction", arinc_directions, RULE_PORT_002, TBL_SOURCE,
                                    &port->direction_at);
    port->refresh = import_seconds(i, n, "RefreshRateSeconds");
    port->depth = import_number(i, n, "MaxNbMessages");
    arinc_index_port(&r->index, p);
}

// AIR's permissions are its own: they do not hang on SystemPartition.
static void read_permissions(struct p1_2 *r, const struct node *n, const struct partition *p)
{
    const struct node *text = import_text(n);
    struct word word;

    for (const char *at = text ? text->text : NULL;
         at && (at = import_next_word(r->i, text, at, "; \t\r\n", &word));)
        import_remark(r->i, word.at, "permission %s of partition '%s'", word.text,
                      p->name.text ? p->name.text : "?");
}

static void read_configuration(struct p1_2 *r, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {{"Personality", .ignored = true},
                                                 {"Cores", .required = false},
                                                 {"Mode", .ignored = true},
                                                 {"IOP", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {
        {"Libs", .ignored = true},          {"Devices", .ignored = true},
        {"Cache", .ignored = true},         {"Memory", .required = false},
        {"Permissions", .required = false}, {0}};
    static const struct word_row memory[] = {
        {"Size", .required = true}, {"Unit", .ignored = true}, {0}};
    static const struct word_row text[] = {{"", .required = false}, {0}};
    struct importer *i = r->i;

    import_vocabulary(i, n, attributes, children);
    struct amount cores = import_number(i, n, "Cores");
    if (cores.given)
        p->cpus = cores;
    EACH_CHILD(c, n, "Memory") {
        struct memory *m = list_add(i->arena, &p->memory);
        import_vocabulary(i, c, memory, NULL);
        m->name = (struct word){"memory", c->key_mark};
        m->mark = m->rights_at = c->mark;
        m->size = import_number(i, c, "Size");
        m->attributes = TBL_MEM_READ | TBL_MEM_WRITE;
        m->rights_unstated = true;
    }
    EACH_CHILD(c, n, "Permissions") {
        import_vocabulary(i, c, NULL, text);
        read_permissions(r, c, p);
    }
}

static void read_partition(struct p1_2 *r, const struct node *n)
{
    static const struct word_row attributes[] = {{"PartitionIdentifier", .required = true},
                                                 {"PartitionName", .required = false},
                                                 {"Criticality", .required = false},
                                                 {"SystemPartition", .required = false},
                                                 {"EntryPoint", .required = true, .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{"Sampling_Port", .repeated = true},
                                               {"Queuing_Port", .repeated = true},
                                               {"Queueing_Port", .repeated = true},
                                               {"Process", .repeated = true, .ignored = true},
                                               {"PartitionConfiguration", .required = false},
                                               {0}};
    static const struct choice_row levels[] = {{"LEVEL_A", 0}, {"LEVEL_B", 1}, {"LEVEL_C", 2},
                                               {"LEVEL_D", 3}, {"LEVEL_E", 4}, {NULL, 0}};
    struct importer *i = r->i;
    struct partition *p = import_partition(i, n);

    import_vocabulary(i, n, attributes, children);
    p->id = import_number(i, n, "PartitionIdentifier");
    p->name = import_word(i, n, "PartitionName");
    if (!p->name.text && p->id.given)
        p->name = (struct word){
            arena_printf(i->arena, "partition_%llu", (unsigned long long)p->id.value), p->id.at};
    struct mark at;
    p->criticality.value = import_choice(i, n, "Criticality", levels, RULE_PART_006, 0, &at);
    p->criticality.at = at;
    p->criticality.given = true; // LEVEL_A is the schema's default
    p->system = import_bool(i, n, "SystemPartition");
    arinc_index_partition(&r->index, p);
    EACH_CHILD(c, n, "Sampling_Port")
        read_port(r, c, p, TBL_SAMPLING);
    EACH_CHILD(c, n, "Queuing_Port")
        read_port(r, c, p, TBL_QUEUING);
    EACH_CHILD(c, n, "Queueing_Port")
        read_port(r, c, p, TBL_QUEUING);
    EACH_CHILD(c, n, "PartitionConfiguration")
        read_configuration(r, c, p);
}

// ---- Memory -------------------------------------------------------------------------------------

static void read_region(struct p1_2 *r, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {
        {"RegionName", .required = false}, {"Type", .required = true},
        {"SizeBytes", .required = true},   {"PhysicalAddress", .required = false},
        {"Access", .required = true},      {0}};
    struct importer *i = r->i;
    struct word type = import_word(i, n, "Type");
    struct memory *m = list_add(i->arena, &p->memory);

    import_vocabulary(i, n, attributes, NULL);
    m->mark = n->mark;
    m->name = import_word(i, n, "RegionName");
    if (!m->name.text && type.text) // the same for several regions of one type
        m->name = (struct word){p->memory.count > 1
                                    ? arena_printf(i->arena, "%s_%zu", type.text, p->memory.count)
                                    : type.text,
                                type.at};
    m->size = import_number(i, n, "SizeBytes");
    m->phys = m->at = import_number(i, n, "PhysicalAddress"); // seen at the same place
    if (type.text &&
        (strcmp(type.text, "INPUT_OUTPUT") == 0 || strcmp(type.text, "INPUT/OUTPUT") == 0))
        m->attributes |= TBL_MEM_DEVICE;
    arinc_rights(i, n, "Access", type.text && strcmp(type.text, "CODE") == 0, m);
}

static void read_memory(struct p1_2 *r, const struct node *n)
{
    static const struct word_row attributes[] = {
        {"PartitionIdentifier", .required = true}, {"PartitionName", .required = false}, {0}};
    static const struct word_row children[] = {
        {"Memory_Requirements", .required = true, .repeated = true}, {0}};
    struct mark at;

    import_vocabulary(r->i, n, attributes, children);
    struct partition *p = arinc_partition_of(&r->index, n, RULE_SYN_001, &at);
    EACH_CHILD(c, n, "Memory_Requirements")
        if (p)
            read_region(r, c, p);
}

// AIR's shared blocks.
static void read_shared(struct p1_2 *r, const struct node *n)
{
    static const struct word_row attributes[] = {{"Id", .ignored = true},
                                                 {"Name", .required = true},
                                                 {"Size", .required = true},
                                                 {"Unit", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{"PartitionAccess", .repeated = true}, {0}};
    static const struct word_row access[] = {{"PartitionIdentifier", .required = true},
                                             {"PartitionName", .required = false},
                                             {"Permissions", .required = true},
                                             {0}};
    static const struct choice_row rights[] = {{"R", TBL_MEM_READ},
                                               {"W", TBL_MEM_WRITE},
                                               {"RW", TBL_MEM_READ | TBL_MEM_WRITE},
                                               {"RX", TBL_MEM_READ | TBL_MEM_EXECUTE},
                                               {NULL, 0}};
    struct importer *i = r->i;
    struct shared_block *s = list_add(i->arena, &i->model->shared);
    struct mark at;

    import_vocabulary(i, n, attributes, children);
    s->mark = n->mark;
    s->name = import_word(i, n, "Name");
    s->size = import_number(i, n, "Size");
    s->attributes = TBL_MEM_SHARED;
    EACH_CHILD(c, n, "PartitionAccess") {
        import_vocabulary(i, c, access, NULL);
        struct partition *p = arinc_partition_of(&r->index, c, RULE_SYN_001, &at);
        if (!p)
            continue;
        struct memory *m = list_add(i->arena, &p->memory);
        m->mark = c->mark;
        m->name = m->shared = (struct word){s->name.text, c->mark};
        m->attributes =
            import_choice(i, c, "Permissions", rights, RULE_SYN_001, TBL_MEM_READ, &m->rights_at);
    }
}

// ---- The module ---------------------------------------------------------------------------------

// AIR's board: ticks and cores.
static void read_board(struct p1_2 *r, const struct node *root)
{
    static const struct word_row attributes[] = {{"TicksPerSecond", .required = false},
                                                 {"RequiredCores", .required = false},
                                                 {"RequiredMemory", .ignored = true},
                                                 {"Target", .ignored = true},
                                                 {0}};
    enum { CORE_LIMIT = 1024 };
    struct importer *i = r->i;
    const struct node *n = import_child(root, "AIR_Configuration", NULL);
    struct amount ticks = {0}, cores = {0};
    uint32_t count = 1;

    if (n) {
        import_vocabulary(i, n, attributes, NULL);
        ticks = import_number(i, n, "TicksPerSecond");
        cores = import_number(i, n, "RequiredCores");
    }
    EACH(s, &i->model->schedules) // as many as the windows need, when nothing is said
        EACH(c, &s->cores)
            count = c->core + 1 > count ? c->core + 1 : count;
    if (cores.given && cores.value && cores.value <= CORE_LIMIT)
        count = (uint32_t)cores.value;
    struct board *b = import_board(i, count);
    if (ticks.given && ticks.value)
        b->timer_hz = ticks.value;
    if (n)
        b->mark = n->mark;
}

static bool recognise(const struct node *root)
{
    (void)root;
    return true;
}

static void read_module(struct importer *i, const struct node *root)
{
    static const struct word_row attributes[] = {{"ModuleName", .required = false},
                                                 {"ModuleVersion", .ignored = true},
                                                 {"ModuleId", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {
        {"System_HM_Table", .required = false},
        {"Module_HM_Table", .required = false},
        {"Partition", .required = true, .repeated = true},
        {"Partition_Memory", .repeated = true},
        {"Module_Schedule", .required = true, .repeated = true},
        {"Partition_HM_Table", .repeated = true},
        {"Connection_Table", .required = false},
        {"LogbookSystem", .ignored = true},
        {"SharedMemory", .repeated = true},
        {"AIR_Configuration", .required = false},
        {0}};
    struct p1_2 r = {
        .i = i,
        .index = arinc_index_new(i),
        .errors.arena = i->arena,
        .states.arena = i->arena,
        .channels.arena = i->arena,
    };
    struct model *m = i->model;

    import_vocabulary(i, root, attributes, children);
    m->name = import_word(i, root, "ModuleName");
    if (!m->name.text)
        m->name = (struct word){"", root->key_mark}; // MOD-001 says so
    EACH_CHILD(n, root, "Partition")
        read_partition(&r, n);
    EACH_CHILD(n, root, "Partition_Memory")
        read_memory(&r, n);
    EACH(p, &m->partitions)
        arinc_finish_memory(p);
    EACH_CHILD(n, root, "SharedMemory")
        read_shared(&r, n);
    EACH_CHILD(n, root, "Module_Schedule")
        p1_2_schedule(&r, n);
    p1_2_health(&r, root);
    EACH_CHILD(n, root, "Connection_Table")
        p1_2_connections(&r, n);
    read_board(&r, root);
}

const struct dialect dialect_arinc_p1_2 = {
    .name = "arinc653-p1-2",
    .root = "ARINC_653_Module",
    .recognise = recognise,
    .read = read_module,
};
