// SPDX-License-Identifier: BSD-2-Clause
// POK: partitions, and one row of slots that every processor follows.
#include "import/import.h"

#include "model/names.h"
#include <string.h>

enum { CORES_MAX = 256 };

static const struct unit_row times[] = {{"s", 1000000000},    {"ms", 1000000}, {"us", 1000},
                                        {"\u00b5s", 1000},    {"ns", 1},       {"m", 60000000000},
                                        {"h", 3600000000000}, {"", 1},         {NULL, 0}};

static const struct unit_row sizes[] = {{"B", 1},        {"KB", 1 << 10}, {"MB", 1 << 20},
                                        {"GB", 1 << 30}, {"K", 1 << 10},  {"M", 1 << 20},
                                        {"G", 1 << 30},  {"", 1},         {NULL, 0}};

// ---- Partitions ---------------------------------------------------------------------------------

// Its processors; each runs a virtual processor of its own.
static void read_affinity(struct importer *i, const struct node *n, struct partition *p)
{
    for (const struct node *core = import_items(i, import_child(n, "processor_affinity", NULL));
         core; core = core->next) {
        struct amount number = {.at = core->mark};
        const char *why = "it is a map or a list";

        if (core->kind == NODE_SCALAR && parse_number(core->text, &number.value, &why) &&
            number.value < CORES_MAX) {
            number.given = true;
            *list_add(i->arena, &p->cores) = number;
            continue;
        }
        struct diag *f = diag_report(i->diags, RULE_SYN_004, core->mark,
                                     "'processor_affinity' must be a list of processors");
        diag_label(i->diags, f, "%s", number.value >= CORES_MAX ? "it is too large" : why);
        diag_help(i->diags, f, "write it like `processor_affinity: [0, 1]`");
    }
}

static void read_partition(struct importer *i, const struct node *n)
{
    static const struct word_row attributes[] = {{"name", .required = true},
                                                 {"size", .required = true},
                                                 {"scheduler", .ignored = true},
                                                 {"semaphores", .ignored = true},
                                                 {"mutexes", .ignored = true},
                                                 {.name = "events"},
                                                 {0}};
    static const struct word_row children[] = {{"features", .ignored = true},
                                               {"threads", .ignored = true},
                                               {"objects", .ignored = true},
                                               {.name = "processor_affinity"},
                                               {0}};

    if (!import_vocabulary(i, n, attributes, children))
        return;
    struct partition *p = import_partition(i, n);
    p->name = import_word(i, n, "name");
    p->events = import_number(i, n, "events");
    read_affinity(i, n, p);
    struct memory *m = list_add(i->arena, &p->memory);
    m->mark = m->rights_at = n->mark;
    m->name = (struct word){"program", n->mark};
    m->size = import_units(i, n, "size", sizes, false);
    if (m->size.value % HV_PAGE_SIZE) {
        m->size.value = round_up(m->size.value, HV_PAGE_SIZE);
        import_remark(i, m->size.at, "the size of partition '%s' is rounded up to whole pages",
                      p->name.text ? p->name.text : "?");
    }
    m->attributes = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE;
    m->rights_unstated = true;
}

// ---- Slots --------------------------------------------------------------------------------------

struct slots {
    struct importer *importer;
    struct schedule *schedule;
    struct names partitions; // name -> index
    uint32_t cores;          // of the computer
    struct amount end;       // of the slots so far
};

// A slot is a window on each processor of its partition.
static void add_windows(struct slots *s, const struct node *n, struct word name,
                        struct amount duration)
{
    struct importer *i = s->importer;
    const struct partition *p = NULL;
    size_t index;

    if (name.text && names_find(&s->partitions, name.text, strlen(name.text), &index))
        p = &i->model->partitions.items[index];
    size_t count = !p ? 1 : p->cores.count ? p->cores.count : s->cores;
    for (uint32_t cpu = 0; cpu < count; cpu++) {
        uint32_t number = p && p->cores.count ? (uint32_t)p->cores.items[cpu].value : cpu;
        struct core_plan *core = import_core(i, s->schedule, number, n->mark);
        struct window *w = import_window(i, core, n);

        w->partition_name = name;
        w->start = s->end;
        w->duration = duration;
        w->cpu = (struct amount){.value = cpu, .given = true};
    }
}

static void read_slot(struct slots *s, const struct node *n)
{
    static const struct word_row attributes[] = {
        {"partition", .required = true}, {"duration", .required = true}, {0}};
    struct importer *i = s->importer;

    if (!import_vocabulary(i, n, attributes, NULL))
        return;
    struct amount duration = import_units(i, n, "duration", times, true);
    s->end.at = duration.at;
    add_windows(s, n, import_word(i, n, "partition"), duration);
    s->end.given =
        s->end.given && duration.given && add_u64(s->end.value, duration.value, &s->end.value);
}

static void read_scheduler(struct slots *s, const struct node *n)
{
    static const struct word_row attributes[] = {{.name = "major_frame"}, {0}};
    static const struct word_row children[] = {{"slots", .required = true}, {0}};
    struct importer *i = s->importer;

    if (!import_vocabulary(i, n, attributes, children))
        return;
    s->schedule = import_schedule(i, n);
    s->schedule->name = (struct word){"schedule", n->mark};
    for (const struct node *slot = import_items(i, import_child(n, "slots", NULL)); slot;
         slot = slot->next)
        read_slot(s, slot);
    s->schedule->major_frame = import_attribute(n, "major_frame")
                                   ? import_units(i, n, "major_frame", times, true)
                                   : s->end; // without one the frame ends with the last slot
}

// ---- The whole ----------------------------------------------------------------------------------

// How many processors there are; 0: that could not be read.
static uint32_t read_target(struct importer *i, const struct node *n)
{
    static const struct word_row attributes[] = {
        {"arch", .ignored = true}, {"bsp", .ignored = true}, {.name = "nb_processors_number"}, {0}};

    if (!n || !import_vocabulary(i, n, attributes, NULL))
        return 1;
    struct amount cores = import_number(i, n, "nb_processors_number");
    if (!cores.at.line)
        return 1;
    if (!cores.given)
        return 0;
    if (cores.value >= 1 && cores.value <= CORES_MAX)
        return (uint32_t)cores.value;
    struct diag *f =
        diag_report(i->diags, RULE_SYN_004, cores.at,
                    "'nb_processors_number' of %s is out of range", import_title(i, n));
    diag_label(i->diags, f, "it is 1 to %d", CORES_MAX);
    return 0;
}

static void read_pok(struct importer *i, const struct node *root)
{
    static const struct word_row children[] = {
        {.name = "target"}, {"partitions", .required = true}, {"kernel", .required = true}, {0}};
    static const struct word_row kernel[] = {
        {"features", .ignored = true}, {"scheduler", .required = true}, {0}};
    static const struct word_row none[] = {{0}};
    static const struct word_row other[] = {{"stop_after", .ignored = true}, {0}};
    struct model *m = i->model;
    struct slots slots = {.importer = i, .partitions = {.arena = i->arena}, .end.given = true};
    const struct node *partitions = import_child(root, "partitions", NULL);
    const struct node *kernel_at = import_child(root, "kernel", NULL);

    import_vocabulary(i, root, none, children);
    m->name = (struct word){"module", root->mark};
    uint32_t cores = read_target(i, import_child(root, "target", NULL));
    slots.cores = cores ? cores : 1;
    import_board(i, cores ? cores : CORES_MAX);
    m->partitions_lost = !partitions || partitions->kind != NODE_LIST;
    if (partitions)
        m->partitions_at = partitions->key_mark;
    for (const struct node *n = import_items(i, partitions); n; n = n->next)
        read_partition(i, n);
    EACH(p, &m->partitions) {
        size_t count = p->cores.count ? p->cores.count : slots.cores;

        p->cpus = (struct amount){.value = count, .at = p->mark, .given = true};
        names_add(&slots.partitions, p->name.text, p->index);
    }
    if (!kernel_at || !import_vocabulary(i, kernel_at, other, kernel))
        return;
    const struct node *scheduler = import_child(kernel_at, "scheduler", NULL);
    m->schedules_at = kernel_at->key_mark;
    if (scheduler)
        read_scheduler(&slots, scheduler);
}

static bool is_pok(const struct node *root)
{
    return node_get(root, "kernel") && node_get(root, "partitions");
}

const struct dialect dialect_pok = {
    .name = "pok",
    .recognise = is_pok,
    .read = read_pok,
};
