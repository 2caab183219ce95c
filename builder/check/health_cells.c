// SPDX-License-Identifier: BSD-2-Clause
// Rules about the completeness of health monitoring tables: every error in every state has a level,
// and every level has what follows from it.
#include "check/health.h"

static const char *error_name(const struct hm_error *e)
{
    return word_text(&e->name);
}

static struct mark table_mark(const struct hm_table *t)
{
    return mark_or(t->name.at, t->mark);
}

static const char *cell_text(struct pass *p, const struct hm_error *e, const struct hm_state *s)
{
    return s ? arena_printf(p->arena, "'%s' in '%s'", error_name(e), word_text(&s->name))
             : arena_printf(p->arena, "'%s'", error_name(e));
}

// The first few that are missing. How many there are in all is not counted: errors times states may
// be a large number.
struct few {
    struct text text;
    size_t count;
};
enum { FEW = 3 };

// False when there is no use for more.
static bool few_add(struct pass *p, struct few *f, const struct hm_error *e,
                    const struct hm_state *s)
{
    f->text.arena = p->arena;
    if (f->count++ < FEW)
        text_add(&f->text, "%s%s", f->text.length ? ", " : "", cell_text(p, e, s));
    return f->count <= FEW;
}

static const char *few_text(struct few *f)
{
    if (f->count > FEW)
        text_add(&f->text, " and others");
    return f->text.bytes;
}

// ---- HM-002: every error has a level in every state ---------------------------------------------

static bool has_level(const struct hm_entry *row)
{
    return row && row->level != HM_LEVEL_NONE;
}

// Cells of the system table without a level. Where a row is for every state, only rows of states of
// their own can lack one.
static void find_gaps(struct pass *p, const struct rows *r, struct few *g)
{
    const struct hm *hm = &p->model->hm;

    for (size_t i = 0; i < r->count; i++)
        if (!has_level(r->list[i]) && !few_add(p, g, r->list[i]->error, r->list[i]->state))
            return;
    EACH(e, &hm->errors) {
        if (rows_find(r, e, NULL))
            continue;
        if (hm->states.count == 0 && !few_add(p, g, e, NULL))
            return;
        EACH(s, &hm->states) {
            if (!rows_find(r, e, s) && !few_add(p, g, e, s))
                return;
        }
    }
}

// Where levels come with the tables of partitions, an error must at least be in some table.
static void find_unused(struct pass *p)
{
    const struct hm *hm = &p->model->hm;
    bool *used = arena_alloc(p->arena, hm->errors.count + 1);

    EACH(t, &hm->tables) {
        EACH(e, &t->entries) {
            if (e->error)
                used[e->error - hm->errors.items] = true;
        }
    }
    EACH(e, &hm->errors) {
        struct diag *f;

        if (used[e - hm->errors.items])
            continue;
        f = pass_report(p, mark_or(e->name.at, e->mark), "error '%s' is in no health table",
                        error_name(e));
        diag_help(p->diags, f, "say what follows it, or remove it");
    }
}

void check_HM_002(struct pass *p)
{
    const struct hm_table *system = hm_table_of(p->model, HM_TABLE_SYSTEM);
    struct rows r = rows_of(p, system);
    struct few g = {0};
    struct diag *f;

    if (p->model->hm.tables.count == 0 || !pass_clean(p, &p->model->hm))
        return;
    if (!system) {
        find_unused(p);
        return;
    }
    find_gaps(p, &r, &g);
    if (g.count == 0)
        return;
    f = pass_report(p, table_mark(system), "health table '%s' leaves errors without a level",
                    word_text(&system->name));
    diag_label(p->diags, f, "%s", few_text(&g));
    diag_help(p->diags, f,
              "add a row with a level for each; a row without 'state' holds in every state");
    pass_blame(p, &p->model->hm);
}

// ---- HM-003: the module knows what to do --------------------------------------------------------

static void bad_action(struct pass *p, const struct hm_entry *e, const char *whose,
                       const char *words)
{
    struct diag *f =
        pass_report(p, mark_or(e->action_at, e->mark), "the action for error '%s' is none of %s",
                    word_text(&e->error_name), whose);

    diag_help(p->diags, f, "choose one of %s", words);
    pass_blame(p, e);
}

static const struct hm_entry *module_row(const struct rows *module, const struct hm_error *e,
                                         const struct hm_state *s)
{
    const struct hm_entry *row = rows_find(module, e, s);

    return row && row->action != HM_ACTION_NONE ? row : NULL;
}

// The first cell that a row of level MODULE covers and the module table does not. False: there is
// one.
static bool module_acts(struct pass *p, const struct rows *module, const struct hm_entry *row,
                        struct few *g)
{
    const struct hm *hm = &p->model->hm;

    if (row->state || hm->states.count == 0 || module_row(module, row->error, NULL))
        return module_row(module, row->error, row->state) || few_add(p, g, row->error, row->state);
    EACH(s, &hm->states) {
        if (!module_row(module, row->error, s))
            return few_add(p, g, row->error, s);
    }
    return true;
}

void check_HM_003(struct pass *p)
{
    const struct hm_table *module = hm_table_of(p->model, HM_TABLE_MODULE);
    const struct hm_table *system = hm_table_of(p->model, HM_TABLE_SYSTEM);
    struct rows r = rows_of(p, module);
    struct few g = {0};
    struct diag *f;

    EACH(t, &p->model->hm.tables) {
        EACH(e, &t->entries) {
            if (t->kind != HM_TABLE_PARTITION && e->action != HM_ACTION_NONE &&
                !is_module_action(e->action))
                bad_action(p, e, "the module's", "ignore, shutdown, reset");
        }
    }
    if (!system || !pass_clean(p, &p->model->hm))
        return;
    EACH(e, &system->entries) {
        if (e->level == HM_LEVEL_MODULE && e->error && !module_acts(p, &r, e, &g))
            break;
    }
    if (g.count == 0)
        return;
    f = pass_report(p, module ? table_mark(module) : p->model->hm.mark,
                    "errors of level module have no action");
    diag_label(p->diags, f, "%s", few_text(&g));
    diag_note(p->diags, f, table_mark(system), "this table gives them the level");
    diag_help(p->diags, f, "add rows to the table of kind module: ignore, shutdown or reset");
}

// ---- HM-004, HM-006: the partition knows what to do ---------------------------------------------

enum { SYSTEM, COMMON, OWN, TABLES };

// The tables that say what an error of one partition's is: its level, and in its own the action.
struct view {
    struct rows of[TABLES];
    bool process; // of level process, or of level partition
};

// The row of an error in a state and no other.
static bool stated(const struct rows *r, const struct hm_error *e, const struct hm_state *s)
{
    const struct hm_entry *row = rows_find(r, e, s);

    return row && row->state == s;
}

// Whether an error is of the level in a state, and nothing is said to be done about it. Where both
// levels are named, the partition decides.
static bool cell_missing(const struct view *v, const struct hm_error *e, const struct hm_state *s)
{
    const struct hm_entry *own = rows_find(&v->of[OWN], e, s);
    bool process = false, partition = false;

    for (size_t i = 0; i < TABLES; i++) {
        const struct hm_entry *row = rows_find(&v->of[i], e, s);

        process |= row && row->level == HM_LEVEL_PROCESS;
        partition |= row && row->level == HM_LEVEL_PARTITION;
    }
    if (own && own->action != HM_ACTION_NONE)
        return false;
    return v->process ? process && !partition : partition;
}

// The first state for which no table has a row of an error.
static const struct hm_state *plain_state(const struct hm *hm, const struct view *v,
                                          const struct hm_error *e)
{
    EACH(s, &hm->states) {
        bool own = false;

        for (size_t i = 0; i < TABLES; i++)
            own |= stated(&v->of[i], e, s);
        if (!own)
            return s;
    }
    return NULL;
}

// Adds the cells of an error for which the action is missing. Only states that a row names are
// looked at one by one: the others are all alike. False when there is no use for more.
static bool add_missing(struct pass *p, const struct view *v, const struct hm_error *e,
                        struct few *few)
{
    const struct hm *hm = &p->model->hm;
    const struct hm_state *plain = plain_state(hm, v, e);
    bool uniform = true;

    for (size_t i = 0; i < TABLES; i++) {
        const struct rows *r = &v->of[i];

        for (size_t k = rows_first(r, e); k < r->count && r->list[k]->error == e; k++) {
            const struct hm_state *s = r->list[k]->state;
            bool again = false;

            for (size_t before = 0; before < i; before++)
                again |= stated(&v->of[before], e, s);
            uniform &= !s;
            if (s && !again && cell_missing(v, e, s) && !few_add(p, few, e, s))
                return false;
        }
    }
    if ((plain || hm->states.count == 0) && cell_missing(v, e, plain))
        return few_add(p, few, e, uniform ? NULL : plain);
    return true;
}

static void actions_missing(struct pass *p, const struct hm_table *t, const struct rows *system,
                            bool process)
{
    struct view v = {{*system, rows_of(p, t->multi), rows_of(p, t)}, process};
    struct few few = {0};
    struct diag *f;

    EACH(e, &p->model->hm.errors) {
        struct few of_partition = {0};
        struct view above = v;

        above.process = false;
        if (process)
            add_missing(p, &above, e, &of_partition);
        if (of_partition.count == 0 && !add_missing(p, &v, e, &few))
            break;
    }
    if (few.count == 0)
        return;
    f = pass_report(p, table_mark(t),
                    process ? "health table '%s' has no action for when an error handler is absent "
                              "or fails"
                            : "health table '%s' has no action for errors of level partition",
                    word_text(&t->name));
    diag_label(p->diags, f, "%s", few_text(&few));
    diag_help(p->diags, f, "add rows with an action: ignore, idle, warm_start or cold_start");
}

static void partition_actions(struct pass *p, bool process)
{
    const struct hm *hm = &p->model->hm;
    struct rows system = rows_of(p, hm_table_of(p->model, HM_TABLE_SYSTEM));

    if (!pass_clean(p, hm))
        return;
    EACH(t, &hm->tables) {
        if (t->kind == HM_TABLE_PARTITION)
            actions_missing(p, t, &system, process);
    }
}

void check_HM_004(struct pass *p)
{
    EACH(t, &p->model->hm.tables) {
        if (t->kind != HM_TABLE_PARTITION)
            continue;
        EACH(e, &t->entries) {
            if (e->action != HM_ACTION_NONE && !is_partition_action(e->action))
                bad_action(p, e, "a partition's", "ignore, idle, warm_start, cold_start");
        }
    }
    partition_actions(p, false);
}

void check_HM_006(struct pass *p)
{
    partition_actions(p, true);
}
