// SPDX-License-Identifier: BSD-2-Clause
// XtratuM XM_CF and PRTOS: what the health monitor does on events, as tables of ARINC 653.
#include "import/xm.h"

#include <string.h>

// What an action comes to, for an event of the hypervisor and for one of a partition. NONE: it has
// no equivalent there.
struct action {
    const char *word; // behind XM_HM_AC_
    uint32_t module, partition;
};

static const struct action actions[] = {
    {"IGNORE", HM_ACTION_IGNORE, HM_ACTION_IGNORE},
    {"SHUTDOWN", HM_ACTION_SHUTDOWN, HM_ACTION_IDLE},
    {"HALT", HM_ACTION_SHUTDOWN, HM_ACTION_IDLE},
    {"SUSPEND", HM_ACTION_SHUTDOWN, HM_ACTION_IDLE},
    {"COLD_RESET", HM_ACTION_RESET, HM_ACTION_COLD_START},
    {"WARM_RESET", HM_ACTION_RESET, HM_ACTION_WARM_START},
    {"PARTITION_COLD_RESET", HM_ACTION_NONE, HM_ACTION_COLD_START},
    {"PARTITION_WARM_RESET", HM_ACTION_NONE, HM_ACTION_WARM_START},
    {"PARTITION_HALT", HM_ACTION_NONE, HM_ACTION_IDLE},
    {"HYPERVISOR_COLD_RESET", HM_ACTION_RESET, HM_ACTION_NONE},
    {"HYPERVISOR_WARM_RESET", HM_ACTION_RESET, HM_ACTION_NONE},
    {"HYPERVISOR_HALT", HM_ACTION_SHUTDOWN, HM_ACTION_NONE},
    {"PROPAGATE", HM_ACTION_NONE, HM_ACTION_NONE},
    {"SWITCH_TO_MAINTENANCE", HM_ACTION_NONE, HM_ACTION_NONE},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

// Events that mean what an error code of ARINC 653 means. Processors have more of their own.
static const struct {
    const char *word; // behind XM_HM_EV_
    uint32_t code;
} codes[] = {
    {"PARTITION_ERROR", HM_CODE_APPLICATION_ERROR},
    {"OVERRUN", HM_CODE_DEADLINE_MISSED},
    {"FP_ERROR", HM_CODE_NUMERIC_ERROR},
    {"X86_DIVIDE_ERROR", HM_CODE_NUMERIC_ERROR},
    {"IA32_DIVIDE_ERROR", HM_CODE_NUMERIC_ERROR},
    {"MEM_PROTECTION", HM_CODE_MEMORY_VIOLATION},
};

// What follows "XM_HM_EV_" in a word, or NULL after reporting that it does not begin so.
static const char *behind(struct xm *x, const struct word *word, const char *what,
                          const struct node *element)
{
    struct importer *i = x->importer;
    const char *prefix = arena_printf(i->arena, "%s%s_", x->prefix, what);
    size_t length = strlen(prefix);

    if (strncmp(word->text, prefix, length) == 0 && word->text[length])
        return word->text + length;
    struct diag *f = diag_report(i->diags, RULE_SYN_001, word->at, "unknown word '%s' in %s",
                                 word->text, import_title(i, element));
    diag_label(i->diags, f, "it does not begin with '%s'", prefix);
    diag_help(i->diags, f, "write it like %s%s", prefix,
              strcmp(what, "EV") == 0 ? "PARTITION_ERROR" : "PARTITION_HALT");
    return NULL;
}

static const struct action *find_action(struct xm *x, const struct word *word,
                                        const struct node *element)
{
    struct importer *i = x->importer;
    const char *text = behind(x, word, "AC", element), *words[ACTIONS];
    struct text all = {.arena = i->arena};

    for (size_t k = 0; text && k < ACTIONS; k++) {
        if (strcmp(actions[k].word, text) == 0)
            return &actions[k];
        words[k] = actions[k].word;
        text_add(&all, "%s%s", k ? ", " : "", words[k]);
    }
    if (!text)
        return NULL;
    struct diag *f = diag_report(i->diags, RULE_SYN_001, word->at, "unknown action '%s' in %s",
                                 word->text, import_title(i, element));
    const char *near = nearest_word(text, words, ACTIONS);
    if (near)
        diag_label(i->diags, f, "did you mean '%sAC_%s'?", x->prefix, near);
    diag_help(i->diags, f, "behind '%sAC_' the actions are: %s", x->prefix, all.bytes);
    return NULL;
}

static uint32_t code_of(const char *event)
{
    for (size_t k = 0; k < sizeof codes / sizeof *codes; k++)
        if (strcmp(codes[k].word, event) == 0)
            return codes[k].code;
    return HM_CODE_NONE;
}

static void know_error(struct xm *x, const struct word *name, struct mark mark)
{
    struct hm *hm = &x->importer->model->hm;
    size_t index;

    if (names_find(&x->errors, name->text, strlen(name->text), &index))
        return;
    names_add(&x->errors, name->text, hm->errors.count);
    *list_add(x->importer->arena, &hm->errors) = (struct hm_error){.name = *name, .mark = mark};
}

static void read_event(struct xm *x, const struct node *n, struct hm_table *t)
{
    static const struct word_row attributes[] = {
        {"name", .required = true}, {"action", .required = true}, {"log", .required = true}, {0}};
    static const struct choice_row answers[] = {
        {"yes", 1}, {"true", 1}, {"no", 0}, {"false", 0}, {NULL, 0}};
    struct importer *i = x->importer;
    bool module = t->kind == HM_TABLE_MODULE;

    import_vocabulary(i, n, attributes, NULL);
    struct word name = import_word(i, n, "name"), action = import_word(i, n, "action");
    if (!import_choice(i, n, "log", answers, RULE_SYN_001, 1, NULL))
        import_remark(i, n->mark, "event '%s' is not logged", name.text ? name.text : "?");
    const char *event = name.text ? behind(x, &name, "EV", n) : NULL;
    const struct action *a = action.text ? find_action(x, &action, n) : NULL;
    if (!event || !a)
        return;
    uint32_t result = module ? a->module : a->partition;
    if (result == HM_ACTION_NONE) {
        import_remark(i, n->mark, "action '%s' on event '%s'", action.text, name.text);
        return;
    }
    uint32_t code = code_of(event);
    know_error(x, &name, n->mark);
    *list_add(i->arena, &t->entries) = (struct hm_entry){
        .error_name = name,
        .level = module ? HM_LEVEL_MODULE : HM_LEVEL_PARTITION,
        .action = result,
        .code = code,
        .level_at = n->key_mark,
        .action_at = action.at,
        .code_at = code == HM_CODE_NONE ? (struct mark){0} : name.at,
        .mark = n->mark,
    };
}

static struct hm_table *add_table(struct importer *i, const struct node *n,
                                  const struct partition *p)
{
    struct hm_table *t = list_add(i->arena, &i->model->hm.tables);

    t->mark = n->mark;
    t->kind = p ? HM_TABLE_PARTITION : HM_TABLE_MODULE;
    t->name = (struct word){"hypervisor", n->key_mark};
    if (p) {
        t->name.text = arena_printf(i->arena, "partition%u", p->index);
        *list_add(i->arena, &t->partitions) = (struct member){.name = {p->name.text, n->key_mark}};
    }
    return t;
}

void xm_health(struct xm *x, const struct node *events, const struct partition *p)
{
    static const struct word_row children[] = {{"Event", .required = true, .repeated = true}, {0}};
    struct importer *i = x->importer;
    struct hm *hm = &i->model->hm;

    import_vocabulary(i, events, NULL, children);
    if (!hm->mark.line)
        hm->mark = events->mark;
    struct hm_table *t = add_table(i, events, p);
    EACH_CHILD(event, events, "Event")
        read_event(x, event, t);
}

void xm_health_rest(struct xm *x)
{
    struct importer *i = x->importer;
    struct hm *hm = &i->model->hm;

    if (!hm->mark.line)
        return;
    struct hm_table *t = list_add(i->arena, &hm->tables);
    t->mark = hm->mark;
    t->kind = HM_TABLE_PARTITION;
    t->name = (struct word){"unsaid", hm->mark};
    t->fallback = (struct amount){1, hm->mark, true};
}
