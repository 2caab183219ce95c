// SPDX-License-Identifier: BSD-2-Clause
// What the dialects of ARINC 653 have in common: their words, and references by identifier.
#include "import/arinc.h"

#include <string.h>
#include <strings.h>

const struct choice_row arinc_directions[] = {
    {"SOURCE", TBL_SOURCE}, {"DESTINATION", TBL_DESTINATION}, {NULL, 0}};

void arinc_finish_identifiers(struct importer *i)
{
    bool all = true;

    EACH(p, &i->model->partitions)
        all = all && p->id.at.line;
    EACH(p, &i->model->partitions)
        if (!all)
            p->id = (struct amount){.value = p->index, .given = true};
}

struct word arinc_identifier(struct importer *i, const struct node *element, const char *name)
{
    struct amount id = import_number(i, element, name);
    struct word w = {.at = id.at};

    if (id.given)
        w.text = arena_printf(i->arena, "%llu", (unsigned long long)id.value);
    return w;
}

// ---- References ---------------------------------------------------------------------------------

struct arinc_index arinc_index_new(struct importer *i)
{
    return (struct arinc_index){
        .importer = i,
        .ids.arena = i->arena,
        .names.arena = i->arena,
        .ports.arena = i->arena,
    };
}

void arinc_index_partition(struct arinc_index *x, const struct partition *p)
{
    if (p->id.given)
        names_add(&x->ids,
                  arena_printf(x->importer->arena, "%llu", (unsigned long long)p->id.value),
                  p->index);
    names_add(&x->names, p->name.text, p->index);
}

void arinc_index_port(struct arinc_index *x, const struct partition *p)
{
    struct arena *a = x->importer->arena;
    const struct port *port = &p->ports.items[p->ports.count - 1];

    if (!port->name.text)
        return;
    names_add(&x->ports, arena_printf(a, "%u.%s", p->index, port->name.text), x->port_list.count);
    *list_add(a, &x->port_list) = (struct port_place){p->index, (uint32_t)p->ports.count - 1};
}

struct port *arinc_port(const struct arinc_index *x, const char *partition, const char *name)
{
    struct model *m = x->importer->model;
    size_t index;

    if (!partition || !name || !names_find(&x->names, partition, strlen(partition), &index))
        return NULL;
    const char *key = arena_printf(x->importer->arena, "%zu.%s", index, name);
    if (!names_find(&x->ports, key, strlen(key), &index))
        return NULL;
    struct port_place place = x->port_list.items[index];
    return &m->partitions.items[place.partition].ports.items[place.port];
}

static void report_unknown(const struct arinc_index *x, struct word id, struct word name,
                           enum rule rule)
{
    enum { SHOWN = 12 };
    struct importer *i = x->importer;
    struct text all = {.arena = i->arena};
    size_t index, shown = 0;
    struct diag *f = diag_report(i->diags, rule, id.at, "there is no partition 'id %s'", id.text);

    if (diags_full(i->diags, rule))
        return;
    if (name.text && names_find(&x->names, name.text, strlen(name.text), &index))
        diag_label(i->diags, f, "partition '%s' has identifier %llu", name.text,
                   (unsigned long long)i->model->partitions.items[index].id.value);
    EACH(p, &i->model->partitions) {
        if (shown == SHOWN) {
            text_add(&all, ", ...");
            break;
        }
        text_add(&all, "%s%llu (%s)", shown++ ? ", " : "", (unsigned long long)p->id.value,
                 p->name.text ? p->name.text : "?");
    }
    if (shown)
        diag_help(i->diags, f, "the partitions are: %s", all.bytes);
    else
        diag_help(i->diags, f, "no partitions are declared");
}

struct word arinc_name(const struct arinc_index *x, const struct node *element,
                       const struct partition *p, struct mark at)
{
    struct importer *i = x->importer;
    struct word id = p ? (struct word){0} : arinc_identifier(i, element, "PartitionIdentifier");

    if (p)
        return (struct word){p->name.text, at};
    return (struct word){id.text ? arena_printf(i->arena, "id %s", id.text) : NULL, at};
}

struct partition *arinc_partition_of(const struct arinc_index *x, const struct node *element,
                                     enum rule rule, struct mark *at)
{
    struct importer *i = x->importer;
    struct word id = arinc_identifier(i, element, "PartitionIdentifier");
    struct word name = import_word(i, element, "PartitionName");
    size_t index;

    *at = id.at.line ? id.at : element->mark;
    if (!id.text)
        return NULL; // missing or no number: reported
    if (!names_find(&x->ids, id.text, strlen(id.text), &index)) {
        report_unknown(x, id, name, rule);
        return NULL;
    }
    struct partition *p = &i->model->partitions.items[index];
    if (name.text && p->name.text && strcmp(name.text, p->name.text) != 0) {
        size_t other;
        i->model->misread = true;
        struct diag *f =
            diag_report(i->diags, rule, name.at, "the partition with identifier %s is not '%s'",
                        id.text, name.text);
        diag_label(i->diags, f, "its name is '%s'", p->name.text);
        diag_note(i->diags, f, p->name.at, "it is declared here");
        if (names_find(&x->names, name.text, strlen(name.text), &other))
            diag_help(i->diags, f, "if '%s' is meant, its identifier is %llu", name.text,
                      (unsigned long long)i->model->partitions.items[other].id.value);
        else
            diag_help(i->diags, f, "write '%s', or remove the name: the identifier is enough",
                      p->name.text);
    }
    return p;
}

// ---- Memory and channels ------------------------------------------------------------------------

void arinc_rights(struct importer *i, const struct node *element, const char *access, bool code,
                  struct memory *m)
{
    static const struct choice_row words[] = {{"READ_ONLY", TBL_MEM_READ},
                                              {"READ_WRITE", TBL_MEM_READ | TBL_MEM_WRITE},
                                              {"WRITE_ONLY", TBL_MEM_WRITE},
                                              {"READ_EXECUTE", TBL_MEM_READ | TBL_MEM_EXECUTE},
                                              {"EXECUTE", TBL_MEM_READ | TBL_MEM_EXECUTE},
                                              {NULL, 0}};
    uint32_t rights =
        import_choice(i, element, access, words, RULE_SYN_001, TBL_MEM_READ, &m->rights_at);

    if (!(m->attributes & TBL_MEM_DEVICE) && (code || rights == TBL_MEM_READ))
        rights |= TBL_MEM_EXECUTE;
    m->attributes |= rights;
}

void arinc_finish_memory(struct partition *p)
{
    EACH(m, &p->memory)
        if ((m->attributes & TBL_MEM_EXECUTE) || m->rights_unstated)
            return;
    EACH(m, &p->memory)
        m->rights_unstated = !(m->attributes & TBL_MEM_DEVICE) && !m->shared.text;
}

void arinc_finish_channel(const struct arinc_index *x, struct channel *c)
{
    const struct port *port = NULL;

    EACH(e, &c->from)
        port = port ? port : arinc_port(x, e->partition_name, e->port_name);
    EACH(e, &c->to)
        port = port ? port : arinc_port(x, e->partition_name, e->port_name);
    if (!port)
        return;
    c->type = port->type;
    c->type_at = port->type_at;
    c->max_message = port->max_message;
    if (c->type == TBL_QUEUING)
        c->depth = port->depth;
}

void arinc_leave_open(const struct arinc_index *x, const struct channel *c)
{
    const struct endpoint *ends[2] = {c->from.items, c->to.items};
    size_t counts[2] = {c->from.count, c->to.count};

    for (int side = 0; side < 2; side++)
        for (size_t k = 0; k < counts[side]; k++) {
            const struct endpoint *e = &ends[side][k];
            struct port *port = arinc_port(x, e->partition_name, e->port_name);
            if (port)
                port->local = (struct amount){.value = 1, .at = c->mark, .given = true};
        }
    x->importer->model->channels.count--;
}

// ---- Health monitoring --------------------------------------------------------------------------

void arinc_level(struct importer *i, const struct node *n, const char *name, struct hm_entry *e)
{
    static const struct choice_row words[] = {{"MODULE", HM_LEVEL_MODULE},
                                              {"PARTITION", HM_LEVEL_PARTITION},
                                              {"PROCESS", HM_LEVEL_PROCESS},
                                              {NULL, 0}};

    e->level = import_choice(i, n, name, words, RULE_SYN_001, HM_LEVEL_NONE, &e->level_at);
}

void arinc_code(struct importer *i, const struct node *n, const char *name, struct hm_entry *e)
{
    static const char *const words[] = {
        [HM_CODE_DEADLINE_MISSED] = "DEADLINE_MISSED",
        [HM_CODE_APPLICATION_ERROR] = "APPLICATION_ERROR",
        [HM_CODE_NUMERIC_ERROR] = "NUMERIC_ERROR",
        [HM_CODE_ILLEGAL_REQUEST] = "ILLEGAL_REQUEST",
        [HM_CODE_STACK_OVERFLOW] = "STACK_OVERFLOW",
        [HM_CODE_MEMORY_VIOLATION] = "MEMORY_VIOLATION",
        [HM_CODE_HARDWARE_FAULT] = "HARDWARE_FAULT",
        [HM_CODE_POWER_FAIL] = "POWER_FAIL",
    };
    struct word w = import_word(i, n, name);

    e->code_at = w.at;
    e->code = w.text ? HM_CODE_UNKNOWN : HM_CODE_NONE;
    for (uint32_t k = 0; w.text && k < sizeof words / sizeof *words; k++)
        if (strcmp(w.text, words[k]) == 0)
            e->code = k;
    if (w.text && strcmp(w.text, "POWER_FAILURE") == 0) // as the schema has it
        e->code = HM_CODE_POWER_FAIL;
}

void arinc_action(struct importer *i, const struct node *n, const char *name, struct hm_entry *e)
{
    static const struct choice_row words[] = {{"IGNORE", HM_ACTION_IGNORE},
                                              {"SHUTDOWN", HM_ACTION_SHUTDOWN},
                                              {"RESET", HM_ACTION_RESET},
                                              {"IDLE", HM_ACTION_IDLE},
                                              {"WARM_START", HM_ACTION_WARM_START},
                                              {"WARM_RESTART", HM_ACTION_WARM_START},
                                              {"COLD_START", HM_ACTION_COLD_START},
                                              {"COLD_RESTART", HM_ACTION_COLD_START},
                                              {NULL, 0}};
    struct word w = import_word(i, n, name);

    e->action_at = w.at;
    e->action = w.text ? HM_ACTION_UNKNOWN : HM_ACTION_NONE;
    for (size_t k = 0; w.text && words[k].word; k++)
        if (strcmp(w.text, words[k].word) == 0)
            e->action = words[k].value;
}

void arinc_define_error(struct importer *i, struct names *seen, struct word name, struct amount id,
                        struct mark mark)
{
    struct hm *hm = &i->model->hm;
    size_t index;

    if (!name.text || names_find(seen, name.text, strlen(name.text), &index))
        return;
    names_add(seen, name.text, hm->errors.count);
    *list_add(i->arena, &hm->errors) = (struct hm_error){.name = name, .id = id, .mark = mark};
}

// What the module does in a state, as far as its description says it in common words.
static uint32_t phase_of(const char *description)
{
    static const struct {
        const char *text;
        uint32_t phase;
    } words[] = {
        {"module init", HM_PHASE_MODULE_INIT},
        {"system function", HM_PHASE_SYSTEM_FUNCTION},
        {"partition switch", HM_PHASE_PARTITION_SWITCH},
        {"partition init", HM_PHASE_PARTITION_INIT},
        {"process management", HM_PHASE_PROCESS_MANAGEMENT},
        {"process execution", HM_PHASE_PROCESS_EXECUTION},
        {"error handler", HM_PHASE_ERROR_HANDLER},
    };

    for (size_t i = 0; description && i < sizeof words / sizeof *words; i++)
        if (strcasestr(description, words[i].text))
            return words[i].phase;
    return HM_PHASE_NONE;
}

void arinc_define_state(struct importer *i, struct names *seen, struct word name,
                        struct word description, struct mark mark)
{
    struct hm *hm = &i->model->hm;
    size_t index;

    if (!name.text || names_find(seen, name.text, strlen(name.text), &index))
        return;
    names_add(seen, name.text, hm->states.count);
    *list_add(i->arena, &hm->states) =
        (struct hm_state){.name = name, .phase = phase_of(description.text), .mark = mark};
}
