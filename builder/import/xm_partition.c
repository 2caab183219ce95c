// SPDX-License-Identifier: BSD-2-Clause
// XtratuM XM_CF and PRTOS: partitions with their memory, ports, interrupts and demands.
#include "import/xm.h"

#include <string.h>

// ---- Words and references -----------------------------------------------------------------------

uint32_t xm_flags(struct xm *x, const struct node *element, const char *attribute,
                  const struct choice_row *rows)
{
    struct importer *i = x->importer;
    const struct node *n = import_attribute(element, attribute);
    const char *at = n ? n->text : NULL, *words[32];
    struct text all = {.arena = i->arena};
    size_t count = 0;
    uint32_t sum = 0;
    struct word word;

    for (; rows[count].word; count++) {
        words[count] = rows[count].word;
        text_add(&all, "%s%s", count ? ", " : "", words[count]);
    }
    while (at && (at = import_next_word(i, n, at, " \t\r\n", &word))) {
        size_t k = 0;

        while (k < count && strcmp(words[k], word.text) != 0)
            k++;
        if (k < count) {
            sum |= rows[k].value;
            continue;
        }
        // SYN-001: every word is one that its place allows.
        struct diag *f =
            diag_report(i->diags, RULE_SYN_001, word.at, "unknown word '%s' in '%s' of %s",
                        word.text, attribute, import_title(i, element));
        const char *near = nearest_word(word.text, words, count);
        if (near)
            diag_label(i->diags, f, "did you mean '%s'?", near);
        diag_help(i->diags, f, "the words are: %s", all.bytes);
        sum |= XM_UNKNOWN;
    }
    return sum;
}

static const char *known_ids(struct xm *x)
{
    const struct model *m = x->importer->model;
    struct text all = {.arena = x->importer->arena};
    enum { SHOWN = 12 };

    for (size_t k = 0; k < m->partitions.count && k < SHOWN; k++)
        text_add(&all, "%s%llu ('%s')", k ? ", " : "",
                 (unsigned long long)m->partitions.items[k].id.value,
                 m->partitions.items[k].name.text ? m->partitions.items[k].name.text : "?");
    if (m->partitions.count > SHOWN)
        text_add(&all, ", ...");
    return all.bytes;
}

static void report_unknown(struct xm *x, const struct word *name, enum rule rule)
{
    struct importer *i = x->importer;
    struct diag *f =
        diag_report(i->diags, rule, name->at, "there is no partition '%s'", name->text);

    if (x->table)
        diag_note(i->diags, f, x->table->key_mark, "partitions are declared here");
    if (i->model->partitions.count)
        diag_help(i->diags, f, "the identifiers of partitions are: %s", known_ids(x));
}

struct word xm_partition(struct xm *x, const struct node *element, const char *attribute,
                         enum rule rule, struct partition **found)
{
    struct importer *i = x->importer;
    struct amount id = import_number(i, element, attribute);
    size_t index;

    *found = NULL;
    if (!id.given)
        return (struct word){.at = id.at};
    const char *key = arena_printf(i->arena, "%llu", (unsigned long long)id.value);
    if (names_find(&x->partitions, key, strlen(key), &index)) {
        *found = &i->model->partitions.items[index];
        return (struct word){(*found)->name.text, id.at};
    }
    // As resolving will put it, with what is known here only; the same finding is kept once.
    struct word word = {arena_printf(i->arena, "id %s", key), id.at};
    report_unknown(x, &word, rule);
    return word;
}

bool xm_next_partition(struct xm *x, const struct node *list, const char **at, struct word *name)
{
    struct importer *i = x->importer;
    size_t index;

    *at = import_next_word(i, list, *at, " \t\r\n", name);
    if (!*at)
        return false;
    if (names_find(&x->partitions, name->text, strlen(name->text), &index)) {
        name->text = i->model->partitions.items[index].name.text;
    } else {
        name->text = arena_printf(i->arena, "id %s", name->text);
        report_unknown(x, name, RULE_SYN_001);
    }
    return true;
}

// ---- Memory -------------------------------------------------------------------------------------

enum area_flag {
    AREA_SHARED = 1,
    AREA_WRITE = 2,
    AREA_READ = 4,
    AREA_EXEC = 8,
    AREA_READ_ONLY = 16,
    AREA_UNCACHED = 32,
    AREA_UNMAPPED = 64,
    AREA_MAPPED = 128,
    AREA_OTHER = 256,
};

static const struct choice_row area_flags[] = {{"shared", AREA_SHARED},
                                               {"mapped", AREA_MAPPED},
                                               {"read", AREA_READ},
                                               {"write", AREA_WRITE},
                                               {"exec", AREA_EXEC},
                                               {"read-only", AREA_READ_ONLY},
                                               {"uncacheable", AREA_UNCACHED},
                                               {"unmapped", AREA_UNMAPPED},
                                               {"iommu", AREA_OTHER},
                                               {"rom", 0},
                                               {"flag0", AREA_OTHER},
                                               {"flag1", AREA_OTHER},
                                               {"flag2", AREA_OTHER},
                                               {"flag3", AREA_OTHER},
                                               {"none", 0},
                                               {NULL, 0}};

static void set_rights(const struct xm *x, struct memory *m, uint32_t flags)
{
    bool write = x->areas_say_write ? (flags & AREA_WRITE) != 0 : !(flags & AREA_READ_ONLY);

    m->attributes = TBL_MEM_READ | (write ? TBL_MEM_WRITE : 0);
    if (flags & AREA_SHARED) {
        if (flags & AREA_EXEC)
            m->attributes |= TBL_MEM_EXECUTE;
    } else if (flags & (AREA_READ | AREA_EXEC)) {
        m->attributes |= flags & AREA_EXEC ? TBL_MEM_EXECUTE : 0;
    } else {
        // Nothing says where the program is: in memory like this.
        m->attributes |= TBL_MEM_EXECUTE;
        m->rights_unstated = write;
    }
    if (flags & AREA_UNCACHED)
        m->attributes |= TBL_MEM_UNCACHED;
}

// The block behind a shared area, as an index: one for all areas of the same range.
static size_t shared_block(struct xm *x, const struct memory *m)
{
    struct importer *i = x->importer;
    const char *key = arena_printf(i->arena, "%llx_%llx", (unsigned long long)m->phys.value,
                                   (unsigned long long)m->size.value);
    size_t index;

    if (names_find(&x->blocks, key, strlen(key), &index))
        return index;
    index = i->model->shared.count;
    names_add(&x->blocks, key, index);
    *list_add(i->arena, &x->writers) = 0;
    *list_add(i->arena, &i->model->shared) = (struct shared_block){
        .name = {arena_printf(i->arena, "shared_%s", key), m->mark},
        .size = m->size,
        .phys = m->phys,
        .attributes = TBL_MEM_SHARED | (m->attributes & TBL_MEM_UNCACHED),
        .mark = m->mark,
    };
    return index;
}

// Whoever declares the area shared agrees to what the others do with it.
static void share(struct xm *x, struct memory *m)
{
    size_t index = shared_block(x, m);
    struct shared_block *b = &x->importer->model->shared.items[index];

    m->shared = (struct word){b->name.text, m->mark};
    m->size = m->phys = (struct amount){0}; // the block's
    if ((m->attributes & TBL_MEM_WRITE) && x->writers.items[index]++)
        b->writers = (struct amount){1, b->mark, true};
}

static void read_area(struct xm *x, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {
        {"start", .required = true}, {"size", .required = true},
        {.name = "flags"},           {.name = "name"},
        {.name = "mappedAt"},        {0}};
    struct importer *i = x->importer;
    size_t number = p->memory.count;
    struct memory *m = list_add(i->arena, &p->memory);

    import_vocabulary(i, n, attributes, NULL);
    m->mark = n->mark;
    m->name = import_word(i, n, "name");
    if (!m->name.text)
        m->name = (struct word){arena_printf(i->arena, "area%zu", number), n->mark};
    m->phys = import_unit_size(i, n, "start");
    m->size = import_unit_size(i, n, "size");
    m->at = import_unit_size(i, n, "mappedAt");
    if (!m->at.at.line)
        m->at = m->phys;
    uint32_t flags = xm_flags(x, n, "flags", area_flags);
    const struct node *words = import_attribute(n, "flags");
    m->rights_at = words ? words->mark : n->mark;
    set_rights(x, m, flags);
    if (flags & XM_UNKNOWN) // perhaps shared
        m->phys.given = false;
    if (flags & (AREA_UNMAPPED | AREA_OTHER))
        import_remark(i, words->mark, "flags '%s' of memory '%s' of partition '%s'", words->text,
                      m->name.text, p->name.text ? p->name.text : "?");
    if ((flags & AREA_SHARED) && m->phys.given && m->size.given)
        share(x, m);
}

// ---- Partitions ---------------------------------------------------------------------------------

static void read_port(struct xm *x, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {{"name", .required = true},
                                                 {"direction", .required = true},
                                                 {"type", .required = true},
                                                 {0}};
    static const struct choice_row types[] = {
        {"sampling", TBL_SAMPLING}, {"queuing", TBL_QUEUING}, {NULL, 0}};
    static const struct choice_row directions[] = {
        {"source", TBL_SOURCE}, {"destination", TBL_DESTINATION}, {NULL, 0}};
    struct importer *i = x->importer;
    struct port *port = import_port(i, p, n);

    import_vocabulary(i, n, attributes, NULL);
    port->name = import_word(i, n, "name");
    port->type = import_choice(i, n, "type", types, RULE_SYN_001, TBL_SAMPLING, &port->type_at);
    port->direction = import_choice(i, n, "direction", directions, RULE_PORT_002, TBL_SOURCE,
                                    &port->direction_at);
    if (port->name.text)
        names_add(&x->ports, arena_printf(i->arena, "%u:%s", p->index, port->name.text),
                  p->ports.count - 1);
}

static void read_interrupts(struct xm *x, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {{.name = "line"}, {.name = "lines"}, {0}};
    struct importer *i = x->importer;
    const struct node *list = import_attribute(n, "lines");
    const char *why;
    struct word word;

    import_vocabulary(i, n, attributes, NULL);
    list = list ? list : import_attribute(n, "line");
    const char *at = list ? list->text : NULL;
    while (at && (at = import_next_word(i, list, at, " \t\r\n,", &word))) {
        struct interrupt_use use = {.intid.at = word.at, .mark = word.at};

        if (parse_number(word.text, &use.intid.value, &why)) {
            use.intid.given = true;
            *list_add(i->arena, &p->interrupts) = use;
            continue;
        }
        struct diag *f =
            diag_report(i->diags, RULE_SYN_004, word.at, "'%s' of %s must be a list of numbers",
                        list->key, import_title(i, n));
        diag_label(i->diags, f, "'%s': %s", word.text, why);
    }
}

static void read_resources(struct xm *x, const struct node *n, struct partition *p)
{
    static const struct word_row children[] = {{"IoPorts", .ignored = true},
                                               {.name = "Interrupts"},
                                               {"MemoryBlocks", .ignored = true},
                                               {0}};
    const struct node *interrupts = import_child(n, "Interrupts", NULL);

    import_vocabulary(x->importer, n, NULL, children);
    if (interrupts)
        read_interrupts(x, interrupts, p);
}

static void read_demand(struct xm *x, const struct node *n, struct partition *p)
{
    static const struct word_row attributes[] = {
        {"period", .required = true}, {"duration", .required = true}, {0}};

    import_vocabulary(x->importer, n, attributes, NULL);
    p->period = import_unit_time(x->importer, n, "period");
    p->duration = import_unit_time(x->importer, n, "duration");
}

enum partition_flag { PARTITION_SYSTEM = 1, PARTITION_BOOT = 2, PARTITION_OTHER = 4 };

static void set_system(struct xm *x, struct partition *p, struct mark at)
{
    static const struct {
        const char *word;
        uint32_t right;
    } rights[] = {
        {"switch_schedule", RIGHT_SWITCH_SCHEDULE},
        {"manage_partitions", RIGHT_MANAGE_PARTITIONS},
        {"read_log", RIGHT_READ_LOG},
        {"reset_module", RIGHT_RESET_MODULE},
        {"halt_module", RIGHT_HALT_MODULE},
    };

    p->system = (struct amount){1, at, true};
    for (size_t k = 0; k < sizeof rights / sizeof *rights; k++)
        *list_add(x->importer->arena, &p->rights) =
            (struct right_use){{rights[k].word, at}, rights[k].right};
}

static void read_flags(struct xm *x, const struct node *n, struct partition *p)
{
    static const struct choice_row words[] = {{"system", PARTITION_SYSTEM},
                                              {"sv", PARTITION_SYSTEM},
                                              {"boot", PARTITION_BOOT},
                                              {"fp", PARTITION_OTHER},
                                              {"sphost", PARTITION_OTHER},
                                              {"none", 0},
                                              {NULL, 0}};
    uint32_t flags = xm_flags(x, n, "flags", words);
    const struct node *attribute = import_attribute(n, "flags");

    if (flags & PARTITION_SYSTEM)
        set_system(x, p, attribute->mark);
    if (flags & PARTITION_OTHER)
        import_remark(x->importer, attribute->mark, "flags '%s' of partition '%s'", attribute->text,
                      p->name.text ? p->name.text : "?");
    if (x->areas_say_write && !(flags & PARTITION_BOOT)) // XtratuM 2
        import_remark(x->importer, attribute ? attribute->mark : n->mark,
                      "partition '%s' is not started with the system",
                      p->name.text ? p->name.text : "?");
}

static void read_identity(struct xm *x, const struct node *n, struct partition *p)
{
    struct importer *i = x->importer;
    struct amount id = import_number(i, n, "id"), cpus = import_number(i, n, "noVCpus");
    struct amount processor = import_number(i, n, "processor");

    if (id.at.line)
        p->id = id;
    p->name = import_word(i, n, "name");
    if (!p->name.text && id.given)
        p->name = (struct word){
            arena_printf(i->arena, "partition%llu", (unsigned long long)id.value), id.at};
    if (cpus.given)
        p->cpus = cpus;
    if (processor.given)
        *list_add(i->arena, &p->cores) = processor;
    if (id.given)
        names_add(&x->partitions, arena_printf(i->arena, "%llu", (unsigned long long)id.value),
                  p->index);
}

static void read_partition(struct xm *x, const struct node *n)
{
    static const struct word_row attributes[] = {{"id", .required = true},
                                                 {.name = "name"},
                                                 {.name = "processor"},
                                                 {.name = "flags"},
                                                 {.name = "noVCpus"},
                                                 {"console", .ignored = true},
                                                 {"loadPhysAddr", .ignored = true},
                                                 {"headerOffset", .ignored = true},
                                                 {"imageId", .ignored = true},
                                                 {"fp", .ignored = true},
                                                 {"hw_virt", .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{"PhysicalMemoryAreas", .required = true},
                                               {.name = "TemporalRequirements"},
                                               {.name = "HealthMonitoring"},
                                               {.name = "HealthMonitor"},
                                               {.name = "HwResources"},
                                               {.name = "PortTable"},
                                               {"Trace", .ignored = true},
                                               {0}};
    static const struct word_row areas[] = {{"Area", .repeated = true}, {0}};
    static const struct word_row ports[] = {{"Port", .repeated = true}, {0}};
    struct importer *i = x->importer;
    struct partition *p = import_partition(i, n);
    const struct node *c;

    import_vocabulary(i, n, attributes, children);
    read_identity(x, n, p);
    read_flags(x, n, p);
    if ((c = import_child(n, "PhysicalMemoryAreas", NULL))) {
        import_vocabulary(i, c, NULL, areas);
        EACH_CHILD(area, c, "Area")
            read_area(x, area, p);
    }
    if ((c = import_child(n, "TemporalRequirements", NULL)))
        read_demand(x, c, p);
    if ((c = import_child(n, "HwResources", NULL)))
        read_resources(x, c, p);
    if ((c = import_child(n, "PortTable", NULL))) {
        import_vocabulary(i, c, NULL, ports);
        EACH_CHILD(port, c, "Port")
            read_port(x, port, p);
    }
    if ((c = import_child(n, "HealthMonitoring", NULL)))
        xm_health(x, c, p);
    if ((c = import_child(n, "HealthMonitor", NULL)))
        xm_health(x, c, p);
}

void xm_partitions(struct xm *x, const struct node *table)
{
    static const struct word_row children[] = {{"Partition", .required = true, .repeated = true},
                                               {0}};

    import_vocabulary(x->importer, table, NULL, children);
    EACH_CHILD(n, table, "Partition")
        read_partition(x, n);
}
