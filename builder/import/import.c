// SPDX-License-Identifier: BSD-2-Clause
// From a file of any kind to a model: which dialect it is, and what all dialects share.
#include "import/import.h"

#include "model/dialects.h"
#include "source/xml.h"
#include <stdlib.h>
#include <string.h>

extern const struct dialect dialect_a653rs, dialect_arinc_p1_2, dialect_arinc_p1_3, dialect_chpok,
    dialect_jetos, dialect_pok, dialect_prtos, dialect_xm_cf, dialect_xng;

const struct dialect *const dialects[] = {
    &dialect_a653rs, &dialect_arinc_p1_2, &dialect_arinc_p1_3, &dialect_chpok, &dialect_jetos,
    &dialect_pok,    &dialect_prtos,      &dialect_xm_cf,      &dialect_xng,   NULL,
};

static const struct dialect *recognise(const struct node *root)
{
    for (size_t i = 0; dialects[i]; i++) {
        const char *name = dialects[i]->root;

        if (!name == !*root->text && (!name || strcmp(name, root->text) == 0) &&
            dialects[i]->recognise(root))
            return dialects[i];
    }
    return NULL;
}

// ---- Reading ------------------------------------------------------------------------------------

static void add_source(struct importer *i, struct source *s)
{
    s->order = (uint32_t)i->model->sources.count;
    *list_add(i->arena, &i->model->sources) = s;
}

static void opened(void *context, struct source *s)
{
    add_source(context, s);
}

static const char *real_directory(struct arena *a, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *real = realpath(slash ? arena_text(a, file, (size_t)(slash - file) + 1) : ".", NULL);
    const char *copy = real ? arena_text(a, real, strlen(real)) : "/nowhere";

    free(real);
    return copy;
}

static void unknown_root(struct importer *i, const struct node *root)
{
    const char *words[32];
    size_t count = 0;
    struct text all = {.arena = i->arena};
    struct diag *f =
        diag_report(i->diags, RULE_SYN_001, root->key_mark,
                    "hvbuild knows no description that begins with element '%s'", root->text);

    for (size_t k = 0; dialects[k]; k++) {
        if (!dialects[k]->root)
            continue;
        words[count++] = dialects[k]->root;
        text_add(&all, "%s%s (%s)", count > 1 ? ", " : "", dialects[k]->root,
                 dialect_find(dialects[k]->name)->title);
    }
    const char *near = nearest_word(root->text, words, count);
    if (near && strcmp(near, root->text) == 0)
        diag_label(i->diags, f,
                   root->tag ? "the namespace '%s' is none of theirs"
                             : "its content is none of theirs",
                   root->tag);
    else if (near)
        diag_label(i->diags, f, "did you mean '%s'?", near);
    if (count)
        diag_help(i->diags, f, "the outermost elements that it knows are: %s", all.bytes);
}

static struct model *read_dialect(struct importer *i, const struct node *root)
{
    const struct dialect_info *info = dialect_find(i->dialect->name);
    struct model *m = i->model;

    m->dialect = info->name;
    m->foreign = true;
    m->profile = info->profile;
    m->unstated = info->unstated;
    m->module_at = m->partitions_at = m->channels_at = m->schedules_at = root->mark;
    // As system.yaml, when it says nothing.
    m->lateness_bound = (struct amount){.value = 50000, .given = true};
    m->lateness_log = true;
    i->dialect->read(i, root);
    if (!m->board)
        import_board(i, 1);
    EACH(p, &m->partitions) {
        m->partitions_lost = m->partitions_lost || !p->name.text;
        EACH(port, &p->ports)
            m->ports_lost = m->ports_lost || !port->name.text;
    }
    // References that lead nowhere are kept as they are; any other error lost something.
    m->misread = m->misread || diags_count(i->diags, SEVERITY_ERROR) >
                                   diags_count_rule(i->diags, RULE_SCHED_007) +
                                       diags_count_rule(i->diags, RULE_CHAN_005);
    model_finish(i->arena, i->diags, m);
    return m;
}

static bool is_xml(const struct source *s)
{
    return s->text[strspn(s->text, " \t\r\n")] == '<';
}

struct model *system_parse(struct arena *a, struct diags *d, struct source *s)
{
    struct importer i = {.arena = a, .diags = d, .model = arena_alloc(a, sizeof *i.model)};
    struct xml_files files = {.root = real_directory(a, s->name), .opened = opened, .context = &i};
    const struct node *root;

    i.files = &files;
    i.model->source = s;
    add_source(&i, s);
    root = is_xml(s) ? xml_parse(a, d, s, &files) : yaml_parse(a, d, s);
    if (!root)
        return NULL;
    i.dialect = root->kind == NODE_MAP && !node_get(root, "hvbuild") ? recognise(root) : NULL;
    if (i.dialect)
        return read_dialect(&i, root);
    if (!is_xml(s))
        return model_bind(a, d, s, root);
    unknown_root(&i, root);
    return NULL;
}

struct model *system_read(struct arena *a, struct diags *d, const char *file)
{
    const char *why;
    struct source *s = source_read(a, file, &why);

    if (!s) {
        struct mark at = {.source = source_named(a, strcmp(file, "-") == 0 ? "<stdin>" : file)};
        diag_report(d, RULE_SYN_006, at, "the file cannot be read: %s", why);
        diags_set_unreadable(d);
        return NULL;
    }
    return system_parse(a, d, s);
}

const struct node *import_document(struct importer *i, const struct node *href, const char *name)
{
    const struct node *root = xml_include(i->arena, i->diags, href, i->files);

    if (!root || strcmp(root->text, name) == 0)
        return root;
    struct diag *f = diag_report(i->diags, RULE_SYN_001, root->key_mark,
                                 "this file must begin with element '%s'", name);
    diag_note(i->diags, f, href->mark, "it is named here");
    diag_help(i->diags, f, "name the file that has it");
    return NULL;
}

// ---- Elements -----------------------------------------------------------------------------------

// XML names its elements, also in their text; YAML's maps have none.
static bool is_element(const struct node *n)
{
    return *n->text && n->kind == NODE_MAP;
}

const char *import_title(struct importer *i, const struct node *n)
{
    if (is_element(n))
        return arena_printf(i->arena, "element '%s'", n->text);
    return n->key ? arena_printf(i->arena, "'%s'", n->key) : "this item";
}

const struct node *import_attribute(const struct node *element, const char *name)
{
    bool first = is_element(element); // its attributes stand before everything else

    if (element->kind != NODE_MAP)
        return NULL;
    for (const struct node *n = element->first; n; n = n->next) {
        if (n->kind == NODE_SCALAR && *n->key && strcmp(n->key, name) == 0)
            return n;
        if (first && n->kind != NODE_SCALAR)
            break;
    }
    return NULL;
}

const struct node *import_child(const struct node *element, const char *name,
                                const struct node *after)
{
    const struct node *n = after ? after->next : element->first;

    while (n && (n->kind == NODE_SCALAR || !n->key || strcmp(n->key, name) != 0))
        n = n->next;
    return n;
}

const struct node *import_items(struct importer *i, const struct node *list)
{
    if (!list || list->kind == NODE_LIST)
        return list ? list->first : NULL;
    struct diag *f =
        diag_report(i->diags, RULE_SYN_001, list->mark, "%s must be a list", import_title(i, list));
    diag_help(i->diags, f, "begin each of its items with `- `");
    return NULL;
}

const struct node *import_text(const struct node *element)
{
    for (const struct node *n = element->first; n; n = n->next)
        if (n->kind == NODE_SCALAR && !*n->key)
            return n;
    return NULL;
}

// ---- Vocabulary ---------------------------------------------------------------------------------

enum { ROWS_MAX = 32 };

// One element being looked through.
struct vocabulary {
    struct importer *importer;
    const struct node *element;
    const struct word_row *rows[2];       // attributes, children
    const struct node *seen[2][ROWS_MAX]; // the first of each
    const char *meant[2][ROWS_MAX];       // by a word that is close to it: reported already
    bool full;                            // too many to look for close ones
};

enum { ATTRIBUTE, CHILD };

static const char *const kinds[2] = {"attribute", "element"};

static const char *kind_of(const struct vocabulary *v, int kind)
{
    return is_element(v->element) ? kinds[kind] : "key";
}

static size_t count_rows(const struct word_row *rows)
{
    size_t count = 0;

    while (rows && rows[count].name && count < ROWS_MAX)
        count++;
    return count;
}

static void stray_text(struct vocabulary *v, const struct node *n)
{
    struct importer *i = v->importer;
    // SYN-009: nothing is left over.
    struct diag *f =
        diag_report(i->diags, RULE_SYN_009, n->mark, "text '%.40s%s' stands inside %s", n->text,
                    strlen(n->text) > 40 ? "..." : "", import_title(i, v->element));

    diag_label(i->diags, f, "it has no meaning here");
    diag_help(i->diags, f, "remove it, or make it a comment");
}

// An element of another namespace extends the form: it is legal, but nobody here knows it.
static bool is_extension(const struct node *element, const struct node *n)
{
    return is_element(n) && n->tag && (!element->tag || strcmp(element->tag, n->tag) != 0);
}

static void unknown_extension(struct vocabulary *v, const struct node *n)
{
    struct importer *i = v->importer;
    // SYN-009: nothing is left over.
    struct diag *f = diag_report(i->diags, RULE_SYN_009, n->key_mark,
                                 "element '%s' of namespace '%s' is not read", n->key, n->tag);

    diag_label(i->diags, f, "an extension that hvbuild does not know");
    diag_help(i->diags, f, "check by other means what it says");
    import_remark(i, n->mark, "%s of namespace '%s'", import_title(i, n), n->tag);
}

static void unknown_word(struct vocabulary *v, const struct node *n, int kind)
{
    struct importer *i = v->importer;
    const char *words[ROWS_MAX];
    size_t count = count_rows(v->rows[kind]), shown = 0;
    struct text all = {.arena = i->arena};

    // SYN-001: every word is one that its place allows.
    struct diag *f = diag_report(i->diags, RULE_SYN_001, n->key_mark, "unknown %s '%s' in %s",
                                 kind_of(v, kind), n->key, import_title(i, v->element));
    if (diags_full(i->diags, RULE_SYN_001))
        return;
    for (size_t k = 0; k < count; k++) {
        words[k] = v->rows[kind][k].name;
        if (*words[k])
            text_add(&all, "%s%s", shown++ ? ", " : "", words[k]);
    }
    const char *near = nearest_word(n->key, words, count);
    for (size_t k = 0; near && k < count; k++)
        if (words[k] == near)
            v->meant[kind][k] = near;
    if (near)
        diag_label(i->diags, f, "did you mean '%s'?", near);
    if (shown)
        diag_help(i->diags, f, "the %ss of %s are: %s", kind_of(v, kind),
                  import_title(i, v->element), all.bytes);
    else
        diag_help(i->diags, f, "remove it: %s has no %ss", import_title(i, v->element),
                  kind_of(v, kind));
}

static size_t find_row(const struct word_row *rows, const char *name)
{
    size_t k = 0, count = count_rows(rows);

    while (k < count && strcmp(rows[k].name, name) != 0)
        k++;
    return k;
}

// YAML: a known key whose value is of the other kind.
static bool wrong_kind(struct vocabulary *v, const struct node *n, int kind)
{
    struct importer *i = v->importer;
    size_t k = find_row(v->rows[!kind], n->key);

    if (is_element(v->element) || k == count_rows(v->rows[!kind]))
        return false;
    v->meant[!kind][k] = n->key;
    struct diag *f = diag_report(i->diags, RULE_SYN_001, n->mark, "'%s' must be %s", n->key,
                                 kind == CHILD ? "a single word" : "a map or a list");
    diag_label(i->diags, f, "this is %s",
               n->kind == NODE_SCALAR ? "a single word"
               : n->kind == NODE_LIST ? "a list"
                                      : "a map");
    diag_help(i->diags, f, "%s",
              kind == CHILD ? "write its value behind the colon"
                            : "write what belongs to it below it, further in");
    return true;
}

static void take_word(struct vocabulary *v, const struct node *n, int kind)
{
    struct importer *i = v->importer;
    size_t k = find_row(v->rows[kind], n->key);

    if (k == count_rows(v->rows[kind])) {
        if (!*n->key)
            stray_text(v, n);
        else if (is_extension(v->element, n))
            unknown_extension(v, n);
        else if (!wrong_kind(v, n, kind))
            unknown_word(v, n, kind);
        return;
    }
    const struct word_row *row = &v->rows[kind][k];
    if (v->seen[kind][k] && !row->repeated && *n->key) {
        // SYN-007: nothing is said twice.
        struct diag *f =
            diag_report(i->diags, RULE_SYN_007, n->key_mark, "%s '%s' stands twice in %s",
                        kind_of(v, kind), n->key, import_title(i, v->element));
        diag_note(i->diags, f, v->seen[kind][k]->key_mark, "first given here");
        diag_help(i->diags, f, "keep one of the two");
    }
    if (!v->seen[kind][k])
        v->seen[kind][k] = n;
    if (row->ignored && n->kind == NODE_SCALAR)
        import_remark(i, n->mark, "%s='%s' of %s", n->key, n->text, import_title(i, v->element));
    else if (row->ignored)
        import_remark(i, n->mark, "%s", import_title(i, n));
}

static void require(struct vocabulary *v, int kind)
{
    struct importer *i = v->importer;

    for (size_t k = 0; k < count_rows(v->rows[kind]); k++) {
        const struct word_row *row = &v->rows[kind][k];

        if (!row->required || v->seen[kind][k] || v->meant[kind][k])
            continue;
        struct diag *f =
            diag_report(i->diags, RULE_SYN_001, v->element->mark, "%s lacks the %s '%s'",
                        import_title(i, v->element), kind_of(v, kind), row->name);
        diag_help(i->diags, f,
                  !is_element(v->element) ? "add it, for example `%s: ...`"
                  : kind == CHILD         ? "add <%s> inside it"
                                          : "add %s=\"...\" to it",
                  row->name);
    }
}

bool import_vocabulary(struct importer *i, const struct node *element,
                       const struct word_row *attributes, const struct word_row *children)
{
    struct vocabulary v = {.importer = i, .element = element, .rows = {attributes, children}};

    if (element->kind != NODE_MAP) {
        struct diag *f = diag_report(i->diags, RULE_SYN_001, element->mark, "%s must be a map",
                                     import_title(i, element));
        diag_help(i->diags, f, "write its keys below it, one on a line");
        return false;
    }
    for (const struct node *n = element->first; n; n = n->next)
        take_word(&v, n, n->kind == NODE_SCALAR && *n->key ? ATTRIBUTE : CHILD);
    require(&v, ATTRIBUTE);
    require(&v, CHILD);
    return true;
}

// ---- Pieces of the model ------------------------------------------------------------------------

void import_remark(struct importer *i, struct mark at, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    *list_add(i->arena, &i->model->remarks) =
        (struct remark){at, arena_text(i->arena, text, (size_t)length)};
    free(text);
}

struct partition *import_partition(struct importer *i, const struct node *element)
{
    struct partition *p = list_add(i->arena, &i->model->partitions);

    p->index = (uint32_t)i->model->partitions.count - 1;
    p->id = (struct amount){.value = p->index, .given = true};
    p->mark = element->mark;
    p->cpus = (struct amount){.value = 1, .given = true};
    p->criticality.value = TBL_NONE;
    for (int event = 0; event < HV_EVENT_COUNT; event++)
        p->action[event] = TBL_ACTION_HALT;
    return p;
}

struct port *import_port(struct importer *i, struct partition *p, const struct node *element)
{
    struct port *port = list_add(i->arena, &p->ports);

    port->mark = element->mark;
    port->type = TBL_SAMPLING;
    port->direction = TBL_SOURCE;
    return port;
}

struct channel *import_channel(struct importer *i, const struct node *element)
{
    struct channel *c = list_add(i->arena, &i->model->channels);

    c->mark = element->mark;
    c->type = TBL_SAMPLING;
    c->index = (uint32_t)i->model->channels.count - 1;
    return c;
}

struct schedule *import_schedule(struct importer *i, const struct node *element)
{
    struct schedule *s = list_add(i->arena, &i->model->schedules);

    s->mark = element->mark;
    return s;
}

struct core_plan *import_core(struct importer *i, struct schedule *s, uint32_t core,
                              struct mark mark)
{
    EACH(c, &s->cores)
        if (c->core == core)
            return c;
    struct core_plan *c = list_add(i->arena, &s->cores);
    c->core = core;
    c->mark = mark;
    return c;
}

struct window *import_window(struct importer *i, struct core_plan *c, const struct node *element)
{
    struct window *w = list_add(i->arena, &c->windows);

    w->mark = element->mark;
    w->cpu = (struct amount){.given = true};
    return w;
}

struct endpoint import_endpoint(struct importer *i, struct word partition, struct word port)
{
    struct endpoint e = {.partition_at = partition.at, .port_at = port.at};

    if (!partition.text || !port.text)
        return e;
    e.text = (struct word){arena_printf(i->arena, "%s.%s", partition.text, port.text), port.at};
    e.partition_name = partition.text;
    e.port_name = port.text;
    return e;
}

struct board *import_board(struct importer *i, uint32_t cores)
{
    struct board *b = arena_alloc(i->arena, sizeof *b);

    b->name.text = i->model->board_name.text = "generic"; // as boards/generic.yaml
    b->timer_hz = 1000000000;
    b->limits = limits_of_checking;
    b->list_registers = b->limits.interrupts;
    for (uint32_t core = 0; core < cores; core++)
        *list_add(i->arena, &b->cores) = core;
    i->model->board = b;
    return b;
}
