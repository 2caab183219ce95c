// SPDX-License-Identifier: BSD-2-Clause
// a653rs-linux: partitions with one window each that repeats every period, and channels that make
// the ports at their ends.
#include "import/import.h"

#include "model/names.h"
#include <string.h>

struct reader {
    struct importer *importer;
    struct names partitions; // name -> index
    struct names ports;      // "partition index:port" -> index
};

static const struct unit_row times[] = {
    {"s", 1000000000},  {"ms", 1000000},      {"us", 1000},         {"ns", 1},
    {"m", 60000000000}, {"min", 60000000000}, {"h", 3600000000000}, {NULL, 0}};

static const struct unit_row sizes[] = { // with and without an i, 1024 and 1000
    {"B", 1},
    {"KB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"", 1},
    {NULL, 0}};

static struct amount get_time(struct reader *r, const struct node *n, const char *name)
{
    return import_units(r->importer, n, name, times, true);
}

// ---- Partitions ---------------------------------------------------------------------------------

static void read_partition(struct reader *r, const struct node *n, struct core_plan *core)
{
    static const struct word_row attributes[] = {{"id", .required = true},
                                                 {"name", .required = true},
                                                 {"duration", .required = true},
                                                 {"offset", .required = true},
                                                 {"period", .required = true},
                                                 {"image", .required = true, .ignored = true},
                                                 {0}};
    static const struct word_row children[] = {{"hm_table", .ignored = true},
                                               {"mounts", .ignored = true},
                                               {"sockets", .ignored = true},
                                               {0}};
    struct importer *i = r->importer;

    if (!import_vocabulary(i, n, attributes, children))
        return;
    struct partition *p = import_partition(i, n);
    p->name = import_word(i, n, "name");
    if (import_attribute(n, "id"))
        p->id = import_number(i, n, "id");
    p->period = get_time(r, n, "period");
    p->duration = get_time(r, n, "duration");
    if (p->name.text)
        names_add(&r->partitions, p->name.text, p->index);
    struct window *w = import_window(i, core, n);
    w->partition_name = p->name;
    w->start = get_time(r, n, "offset");
    w->duration = p->duration;
    w->every = p->period;
}

// ---- Channels -----------------------------------------------------------------------------------

// The port at an end comes into being with the first channel that names it.
static void make_port(struct reader *r, const struct node *n, const struct word *partition,
                      const struct word *name, uint32_t type, uint32_t direction)
{
    struct importer *i = r->importer;
    size_t index;

    if (!names_find(&r->partitions, partition->text, strlen(partition->text), &index))
        return; // resolving says so
    struct partition *p = &i->model->partitions.items[index];
    const char *key = arena_printf(i->arena, "%u:%s", p->index, name->text);
    if (names_find(&r->ports, key, strlen(key), &index))
        return;
    names_add(&r->ports, key, p->ports.count);
    struct port *port = import_port(i, p, n);
    port->name = *name;
    port->type = type;
    port->direction = direction;
    port->type_at = port->direction_at = n->mark;
}

static struct endpoint read_end(struct reader *r, const struct node *n, uint32_t type,
                                uint32_t direction)
{
    static const struct word_row attributes[] = {
        {"partition", .required = true}, {"port", .required = true}, {0}};
    struct importer *i = r->importer;

    if (!import_vocabulary(i, n, attributes, NULL))
        return (struct endpoint){.partition_at = n->mark, .port_at = n->mark};
    struct word partition = import_word(i, n, "partition"), port = import_word(i, n, "port");
    if (partition.text && port.text)
        make_port(r, n, &partition, &port, type, direction);
    return import_endpoint(i, partition, port);
}

static void read_body(struct reader *r, const struct node *n, struct channel *c)
{
    static const struct word_row queuing[] = {{"msg_size", .required = true},
                                              {"msg_num", .required = true},
                                              {.name = "name"},
                                              {"discipline", .ignored = true},
                                              {0}};
    static const struct word_row sampling[] = {
        {"msg_size", .required = true}, {.name = "name"}, {0}};
    static const struct word_row children[] = {
        {"source", .required = true}, {"destination", .required = true}, {0}};
    struct importer *i = r->importer;
    const struct node *source = import_child(n, "source", NULL);
    const struct node *to = import_child(n, "destination", NULL);

    if (!import_vocabulary(i, n, c->type == TBL_QUEUING ? queuing : sampling, children))
        return;
    struct word name = import_word(i, n, "name");
    if (name.text)
        c->name = name;
    c->max_message = import_units(i, n, "msg_size", sizes, false);
    if (c->type == TBL_QUEUING)
        c->depth = import_number(i, n, "msg_num");
    if (source)
        *list_add(i->arena, &c->from) = read_end(r, source, c->type, TBL_SOURCE);
    if (to && to->kind == NODE_MAP)
        *list_add(i->arena, &c->to) = read_end(r, to, c->type, TBL_DESTINATION);
    for (const struct node *end = to && to->kind == NODE_LIST ? to->first : NULL; end;
         end = end->next)
        *list_add(i->arena, &c->to) = read_end(r, end, c->type, TBL_DESTINATION);
}

static void read_channel(struct reader *r, const struct node *n)
{
    static const char *const tags[] = {"!Sampling", "!Queuing"};
    struct importer *i = r->importer;
    struct channel *c = import_channel(i, n);

    c->name = (struct word){arena_printf(i->arena, "channel%u", c->index), n->mark};
    c->type_at = n->mark;
    if (!n->tag || (strcmp(n->tag, tags[0]) != 0 && strcmp(n->tag, tags[1]) != 0)) {
        // SYN-001: every value is of a kind that its place allows.
        struct diag *f = diag_report(
            i->diags, RULE_SYN_001, n->mark,
            n->tag ? "a channel cannot be '%s'" : "a channel has no kind%s", n->tag ? n->tag : "");
        const char *near = n->tag ? nearest_word(n->tag, tags, 2) : NULL;
        if (near)
            diag_label(i->diags, f, "did you mean '%s'?", near);
        diag_help(i->diags, f, "begin it with its kind: `- !Sampling` or `- !Queuing`");
        return;
    }
    c->type = strcmp(n->tag, tags[1]) == 0 ? TBL_QUEUING : TBL_SAMPLING;
    read_body(r, n, c);
}

// ---- The whole ----------------------------------------------------------------------------------

static void read_a653rs(struct importer *i, const struct node *root)
{
    static const struct word_row attributes[] = {
        {"major_frame", .required = true}, {"cgroup", .ignored = true}, {0}};
    static const struct word_row children[] = {{"partitions", .required = true},
                                               {.name = "channel"},
                                               {"hm_init_table", .ignored = true},
                                               {"hm_run_table", .ignored = true},
                                               {0}};
    struct reader r = {i, {.arena = i->arena}, {.arena = i->arena}};
    struct model *m = i->model;
    const struct node *partitions = import_child(root, "partitions", NULL);
    const struct node *channels = import_child(root, "channel", NULL);

    import_vocabulary(i, root, attributes, children);
    import_board(i, 1);
    m->name = (struct word){"module", root->mark};
    struct schedule *s = import_schedule(i, root);
    s->name = (struct word){"schedule", root->mark};
    s->major_frame = get_time(&r, root, "major_frame");
    struct core_plan *core = import_core(i, s, 0, root->mark);
    m->partitions_lost = !partitions || partitions->kind != NODE_LIST;
    if (partitions)
        m->partitions_at = partitions->key_mark;
    for (const struct node *n = import_items(i, partitions); n; n = n->next)
        read_partition(&r, n, core);
    if (channels)
        m->channels_at = channels->key_mark;
    for (const struct node *n = import_items(i, channels); n; n = n->next)
        read_channel(&r, n);
}

static bool is_a653rs(const struct node *root)
{
    return node_get(root, "major_frame") && node_get(root, "partitions");
}

const struct dialect dialect_a653rs = {
    .name = "a653rs",
    .recognise = is_a653rs,
    .read = read_a653rs,
};
