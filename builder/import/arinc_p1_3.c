// SPDX-License-Identifier: BSD-2-Clause
// ARINC 653 P1-3 and later: the element MODULE. Names are the keys, times are nanoseconds. There is
// no table of connections in it.
#include "import/arinc.h"

#include <string.h>

enum { CORE_LIMIT = 1024 };

struct reader {
    struct importer *i;
    struct arinc_index index;
    struct names errors, states; // of health monitoring
    LIST(struct word) hm_refs;   // by partition: the health table that it names, or none
    bool refers;                 // one of them does
};

// ---- Partitions ---------------------------------------------------------------------------------

static void read_port(struct reader *r, const struct node *n, struct partition *p, uint32_t type)
{
    static const struct word_row attributes[] = {
        {"Name", .required = true},          {"MaxMessageSize", .required = true},
        {"Direction", .required = true},     {"RefreshRate", .required = false},
        {"MaxNbMessage", .required = false}, {"MaxNbMessages", .required = false},
        {"Discipline", .ignored = true},     {0}};
    struct importer *i = r->i;
    struct port *port = import_port(i, p, n);

    import_vocabulary(i, n, attributes, NULL);
    port->name = import_word(i, n, "Name");
    port->type = type;
    port->type_at = n->key_mark;
    port->max_message = import_number(i, n, "MaxMessageSize");
    port->direction = import_choice(i, n, "Direction", arinc_directions, RULE_PORT_002, TBL_SOURCE,
                                    &port->direction_at);
    port->refresh = import_nanoseconds(i, n, "RefreshRate");
    port->depth = import_number(i, n, "MaxNbMessage");
    if (!port->depth.at.line)
        port->depth = import_number(i, n, "MaxNbMessages");
    arinc_index_port(&r->index, p);
}

static void read_region(struct reader *r, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {{"Name", .required = true},
                                                 {"Type", .required = true},
                                                 {"Size", .required = true},
                                                 {"AccessRights", .required = true},
                                                 {"Address", .required = false},
                                                 {"PhysicalAddress", .required = false},
                                                 {0}};
    static const struct choice_row types[] = {
        {"RAM", 0}, {"FLASH", 0}, {"INPUT_OUTPUT", TBL_MEM_DEVICE}, {NULL, 0}};
    struct importer *i = r->i;
    struct memory *m = list_add(i->arena, &p->memory);

    import_vocabulary(i, n, attributes, NULL);
    m->mark = n->mark;
    m->name = import_word(i, n, "Name");
    m->size = import_number(i, n, "Size");
    m->at = import_number(i, n, "Address");
    m->phys = import_number(i, n, "PhysicalAddress");
    m->attributes = import_choice(i, n, "Type", types, RULE_SYN_001, 0, NULL);
    arinc_rights(i, n, "AccessRights", false, m);
}

// The cores of a partition, in the order of its own: one mapping each, or a single number.
static void read_cores(struct reader *r, const struct node *n, struct partition *p)
{
    static const struct word_row mapping[] = {
        {"LogicalCoreId", .required = true}, {"PhysicalCoreId", .required = true}, {0}};
    static const struct word_row children[] = {{"CoreMapping", .repeated = true}, {0}};
    struct importer *i = r->i;
    struct amount affinity = import_number(i, n, "Affinity");

    if (affinity.given)
        *list_add(i->arena, &p->cores) = affinity;
    EACH_CHILD(c, n, "CoreAffinity") {
        import_vocabulary(i, c, NULL, children);
        EACH_CHILD(m, c, "CoreMapping") {
            import_vocabulary(i, m, mapping, NULL);
            struct amount logical = import_number(i, m, "LogicalCoreId");
            struct amount physical = import_number(i, m, "PhysicalCoreId");
            if (logical.given && logical.value != p->cores.count) {
                struct diag *f = diag_report(i->diags, RULE_SYN_004, logical.at,
                                             "logical core %llu stands out of order",
                                             (unsigned long long)logical.value);
                diag_label(i->diags, f, "the next one is %zu", p->cores.count);
                diag_help(i->diags, f, "number the logical cores of a partition from 0");
            }
            *list_add(i->arena, &p->cores) = physical;
        }
    }
    EACH(core, &p->cores) {
        if (core->value < CORE_LIMIT)
            continue;
        struct diag *f =
            diag_report(i->diags, RULE_SYN_004, core->at, "%llu is not the number of a core",
                        (unsigned long long)core->value);
        diag_help(i->diags, f, "cores are numbered from 0");
        core->value = 0;
    }
    if (p->cores.count)
        p->cpus = (struct amount){p->cores.count, p->cores.items[0].at, true};
}

static void read_definition(struct reader *r, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {{"Name", .required = true},
                                                 {"Identifier", .required = false},
                                                 {"Affinity", .required = false},
                                                 {"Criticality", .required = false},
                                                 {"SystemPartition", .required = false},
                                                 {"EntryPoint", .ignored = true},
                                                 {"PartitionHMTableNameRef", .required = false},
                                                 {0}};
    static const struct word_row children[] = {{"CoreAffinity", .required = false}, {0}};
    static const struct choice_row levels[] = {{"LEVEL_A", 0}, {"LEVEL_B", 1}, {"LEVEL_C", 2},
                                               {"LEVEL_D", 3}, {"LEVEL_E", 4}, {NULL, 0}};
    struct importer *i = r->i;
    struct mark at;

    import_vocabulary(i, n, attributes, children);
    p->name = import_word(i, n, "Name");
    p->id = import_number(i, n, "Identifier");
    p->criticality.value = import_choice(i, n, "Criticality", levels, RULE_PART_006, TBL_NONE, &at);
    p->criticality.at = at;
    p->criticality.given = p->criticality.value != TBL_NONE;
    p->system = import_bool(i, n, "SystemPartition");
    read_cores(r, n, p);
    r->hm_refs.items[p->index] = import_word(i, n, "PartitionHMTableNameRef");
    r->refers = r->refers || r->hm_refs.items[p->index].text;
}

static void read_partition(struct reader *r, const struct node *n)
{
    static const struct word_row children[] = {{"PartitionDefinition", .required = true},
                                               {"PartitionPeriodicity", .required = false},
                                               {"MemoryRegions", .required = false},
                                               {"PartitionPorts", .required = false},
                                               {0}};
    static const struct word_row periodicity[] = {
        {"Period", .required = true}, {"Duration", .required = true}, {0}};
    static const struct word_row regions[] = {{"MemoryRegion", .repeated = true}, {0}};
    static const struct word_row ports[] = {{"PartitionPort", .repeated = true}, {0}};
    static const struct word_row port[] = {
        {"SamplingPort", .required = false}, {"QueuingPort", .required = false}, {0}};
    struct importer *i = r->i;
    struct partition *p = import_partition(i, n);

    *list_add(i->arena, &r->hm_refs) = (struct word){0};
    import_vocabulary(i, n, NULL, children);
    EACH_CHILD(c, n, "PartitionDefinition")
        read_definition(r, c, p);
    arinc_index_partition(&r->index, p);
    EACH_CHILD(c, n, "PartitionPeriodicity") {
        import_vocabulary(i, c, periodicity, NULL);
        p->period = import_nanoseconds(i, c, "Period");
        p->duration = import_nanoseconds(i, c, "Duration");
    }
    EACH_CHILD(c, n, "MemoryRegions") {
        import_vocabulary(i, c, NULL, regions);
        EACH_CHILD(m, c, "MemoryRegion")
            read_region(r, m, p);
    }
    arinc_finish_memory(p);
    EACH_CHILD(c, n, "PartitionPorts") {
        import_vocabulary(i, c, NULL, ports);
        EACH_CHILD(o, c, "PartitionPort") {
            import_vocabulary(i, o, NULL, port);
            EACH_CHILD(s, o, "SamplingPort")
                read_port(r, s, p, TBL_SAMPLING);
            EACH_CHILD(q, o, "QueuingPort")
                read_port(r, q, p, TBL_QUEUING);
        }
    }
}

// ---- Schedules ----------------------------------------------------------------------------------

static void read_window(struct reader *r, const struct node *n, struct schedule *s)
{
    static const struct word_row attributes[] = {{"PartitionNameRef", .required = true},
                                                 {"Offset", .required = true},
                                                 {"Duration", .required = true},
                                                 {"PeriodicProcessingStart", .required = false},
                                                 {0}};
    struct importer *i = r->i;
    struct word name = import_word(i, n, "PartitionNameRef");
    const struct partition *p = NULL;
    size_t index;

    import_vocabulary(i, n, attributes, NULL);
    if (name.text && names_find(&r->index.names, name.text, strlen(name.text), &index))
        p = &i->model->partitions.items[index];
    for (size_t cpu = 0; cpu < (p && p->cores.count ? p->cores.count : 1); cpu++) {
        uint32_t core = p && p->cores.count ? (uint32_t)p->cores.items[cpu].value : 0;
        struct window *w = import_window(i, import_core(i, s, core, n->mark), n);
        w->partition_name = name;
        w->start = import_nanoseconds(i, n, "Offset");
        w->duration = import_nanoseconds(i, n, "Duration");
        w->cpu.value = cpu;
        w->period_start = import_bool(i, n, "PeriodicProcessingStart");
        if (!w->period_start.at.line)
            w->period_start = (struct amount){.at = n->mark, .given = true};
    }
}

static void read_schedule(struct reader *r, const struct node *n)
{
    static const struct word_row attributes[] = {
        {"ScheduleName", .required = false},       {"Name", .required = false},
        {"ScheduleIdentifier", .required = false}, {"InitialModuleSchedule", .required = false},
        {"MajorFrameDuration", .required = true},  {0}};
    static const struct word_row children[] = {{"PartitionTimeWindow", .repeated = true}, {0}};
    struct importer *i = r->i;
    struct schedule *s = import_schedule(i, n);
    size_t number = i->model->schedules.count;

    import_vocabulary(i, n, attributes, children);
    s->name = import_word(i, n, "ScheduleName");
    if (!s->name.text)
        s->name = import_word(i, n, "Name");
    s->id = import_number(i, n, "ScheduleIdentifier");
    if (!s->name.text)
        s->name =
            (struct word){number > 1 ? arena_printf(i->arena, "schedule_%zu", number) : "schedule",
                          s->id.at.line ? s->id.at : n->key_mark};
    if (!s->id.at.line)
        s->id = (struct amount){.value = number - 1, .given = true};
    s->initial = import_bool(i, n, "InitialModuleSchedule");
    s->major_frame = import_nanoseconds(i, n, "MajorFrameDuration");
    EACH_CHILD(c, n, "PartitionTimeWindow")
        read_window(r, c, s);
}

// ---- Health monitoring --------------------------------------------------------------------------

static const struct word_row health_row[] = {{"ErrorIdentifierRef", .required = true},
                                             {"ErrorLevel", .required = false},
                                             {"ErrorCode", .required = false},
                                             {"ModuleRecoveryAction", .required = false},
                                             {"PartitionRecoveryAction", .required = false},
                                             {"Description", .required = false},
                                             {0}};
static const struct word_row health_rows[] = {{"ErrorAction", .repeated = true}, {0}};

static void read_rows(struct reader *r, const struct node *n, struct hm_table *t, struct word state)
{
    struct importer *i = r->i;

    EACH_CHILD(c, n, "ErrorAction") {
        struct hm_entry *e = list_add(i->arena, &t->entries);
        import_vocabulary(i, c, health_row, NULL);
        e->mark = c->mark;
        e->error_name = arinc_identifier(i, c, "ErrorIdentifierRef");
        e->state_name = state;
        arinc_level(i, c, "ErrorLevel", e);
        arinc_code(i, c, "ErrorCode", e);
        arinc_action(
            i, c,
            t->kind == HM_TABLE_PARTITION ? "PartitionRecoveryAction" : "ModuleRecoveryAction", e);
    }
}

static struct hm_table *add_table(struct reader *r, const struct node *n, uint32_t kind)
{
    struct hm_table *t = list_add(r->i->arena, &r->i->model->hm.tables);

    t->kind = kind;
    t->mark = n->mark;
    return t;
}

// One table of the module, an element for each state.
static void read_module_table(struct reader *r, const struct node *health)
{
    static const struct word_row attributes[] = {
        {"StateIdentifier", .required = true}, {"Description", .required = false}, {0}};
    struct importer *i = r->i;
    struct hm_table *t = NULL;

    EACH_CHILD(n, health, "ModuleHM") {
        struct word state = arinc_identifier(i, n, "StateIdentifier");
        import_vocabulary(i, n, attributes, health_rows);
        if (!t) {
            t = add_table(r, n, HM_TABLE_MODULE);
            t->name = (struct word){"module", n->key_mark};
        }
        arinc_define_state(i, &r->states, state, import_word(i, n, "Description"), n->mark);
        read_rows(r, n, t, state);
    }
}

// Which partitions the tables are for: those that name them; in a file where none does, those with
// the same identifiers.
static void assign_tables(struct reader *r, const struct names *ids, const struct names *names)
{
    struct importer *i = r->i;
    struct hm *hm = &i->model->hm;

    EACH(p, &i->model->partitions) {
        struct word ref = r->hm_refs.items[p->index];
        const char *id = arena_printf(i->arena, "%llu", (unsigned long long)p->id.value);
        size_t index;

        if (ref.text ? names_find(names, ref.text, strlen(ref.text), &index)
                     : !r->refers && names_find(ids, id, strlen(id), &index))
            *list_add(i->arena, &hm->tables.items[index].partitions) =
                (struct member){.name = {p->name.text, ref.text ? ref.at : p->id.at}};
    }
}

static void read_health(struct reader *r, const struct node *n)
{
    static const struct word_row children[] = {{"SystemErrors", .required = false},
                                               {"MultiPartitionHM", .repeated = true},
                                               {"ModuleHM", .repeated = true},
                                               {"PartitionHM", .repeated = true},
                                               {0}};
    static const struct word_row errors[] = {{"SystemError", .repeated = true}, {0}};
    static const struct word_row error[] = {
        {"ErrorIdentifier", .required = true}, {"Description", .required = false}, {0}};
    static const struct word_row multi[] = {
        {"TableIdentifier", .required = false}, {"TableName", .required = true}, {0}};
    static const struct word_row partition[] = {{"TableIdentifier", .required = false},
                                                {"TableName", .required = true},
                                                {"MultiPartitionHMTableNameRef", .required = false},
                                                {0}};
    struct importer *i = r->i;
    struct names ids = {.arena = i->arena}, names = {.arena = i->arena}; // of tables

    i->model->hm.mark = n->mark;
    import_vocabulary(i, n, NULL, children);
    EACH_CHILD(list, n, "SystemErrors") {
        import_vocabulary(i, list, NULL, errors);
        EACH_CHILD(c, list, "SystemError") {
            import_vocabulary(i, c, error, NULL);
            arinc_define_error(i, &r->errors, arinc_identifier(i, c, "ErrorIdentifier"),
                               import_number(i, c, "ErrorIdentifier"), c->mark);
        }
    }
    EACH_CHILD(c, n, "MultiPartitionHM") {
        struct hm_table *t = add_table(r, c, HM_TABLE_MULTI);
        import_vocabulary(i, c, multi, health_rows);
        t->name = import_word(i, c, "TableName");
        read_rows(r, c, t, (struct word){0});
    }
    read_module_table(r, n);
    EACH_CHILD(c, n, "PartitionHM") {
        struct hm_table *t = add_table(r, c, HM_TABLE_PARTITION);
        import_vocabulary(i, c, partition, health_rows);
        t->name = import_word(i, c, "TableName");
        t->multi_name = import_word(i, c, "MultiPartitionHMTableNameRef");
        read_rows(r, c, t, (struct word){0});
        names_add(&names, t->name.text, i->model->hm.tables.count - 1);
        names_add(&ids, arinc_identifier(i, c, "TableIdentifier").text,
                  i->model->hm.tables.count - 1);
    }
    assign_tables(r, &ids, &names);
}

// ---- The module ---------------------------------------------------------------------------------

static bool recognise(const struct node *root)
{
    (void)root;
    return true;
}

static void read_module(struct importer *i, const struct node *root)
{
    static const struct word_row attributes[] = {{"Name", .required = true},
                                                 {"ModuleVersion", .ignored = true},
                                                 {"ModuleId", .ignored = true},
                                                 {"moduleId", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{"Partitions", .required = true},
                                               {"Schedules", .required = true},
                                               {"HealthMonitoring", .required = false},
                                               {0}};
    static const struct word_row partitions[] = {{"Partition", .required = true, .repeated = true},
                                                 {0}};
    static const struct word_row schedules[] = {{"Schedule", .required = true, .repeated = true},
                                                {0}};
    struct reader r = {
        .i = i,
        .index = arinc_index_new(i),
        .errors.arena = i->arena,
        .states.arena = i->arena,
    };
    uint32_t cores = 1;

    import_vocabulary(i, root, attributes, children);
    i->model->name = import_word(i, root, "Name");
    EACH_CHILD(n, root, "Partitions") {
        import_vocabulary(i, n, NULL, partitions);
        EACH_CHILD(p, n, "Partition")
            read_partition(&r, p);
    }
    EACH_CHILD(n, root, "Schedules") {
        import_vocabulary(i, n, NULL, schedules);
        EACH_CHILD(s, n, "Schedule")
            read_schedule(&r, s);
    }
    EACH_CHILD(n, root, "HealthMonitoring")
        read_health(&r, n);
    EACH(s, &i->model->schedules)
        EACH(c, &s->cores)
            cores = c->core + 1 > cores ? c->core + 1 : cores;
    import_board(i, cores);
    arinc_finish_identifiers(i);
}

const struct dialect dialect_arinc_p1_3 = {
    .name = "arinc653-p1-3",
    .root = "MODULE",
    .recognise = recognise,
    .read = read_module,
};
