// SPDX-License-Identifier: BSD-2-Clause
// Rules about health monitoring tables as a whole: their names, whose they are, and the log.
#include "check/health.h"

#include "check/duplicates.h"
#include "model/events.h"
#include <stdlib.h>
#include <string.h>

// ---- Rows ---------------------------------------------------------------------------------------

static int compare(const struct hm_entry *a, const struct hm_error *error,
                   const struct hm_state *state)
{
    if (a->error != error)
        return a->error < error ? -1 : 1;
    if (a->state != state)
        return a->state < state ? -1 : 1;
    return 0;
}

static int by_cell(const void *a, const void *b)
{
    const struct hm_entry *x = *(const struct hm_entry *const *)a;
    const struct hm_entry *y = *(const struct hm_entry *const *)b;
    int order = compare(x, y->error, y->state);

    return order ? order : x < y ? -1 : x > y;
}

struct rows rows_of(struct pass *p, const struct hm_table *t)
{
    struct rows r = {0};

    if (!t)
        return r;
    r.list = arena_alloc(p->arena, (t->entries.count + 1) * sizeof(void *));
    EACH(e, &t->entries) {
        if (e->error && (e->state || !e->state_name.text))
            r.list[r.count++] = e;
    }
    qsort((void *)r.list, r.count, sizeof *r.list, by_cell);
    return r;
}

// The first row that does not come before a cell.
static size_t lower(const struct rows *r, const struct hm_error *error,
                    const struct hm_state *state)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(r->list[middle], error, state) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t rows_first(const struct rows *r, const struct hm_error *error)
{
    return lower(r, error, NULL);
}

const struct hm_entry *rows_find(const struct rows *r, const struct hm_error *error,
                                 const struct hm_state *state)
{
    size_t i = lower(r, error, state);

    if (i < r->count && compare(r->list[i], error, state) == 0)
        return r->list[i];
    return state ? rows_find(r, error, NULL) : NULL;
}

const struct hm_table *hm_table_of(const struct model *m, enum hm_table_kind kind)
{
    EACH(t, &m->hm.tables) {
        if (t->kind == (uint32_t)kind)
            return t;
    }
    return NULL;
}

static struct mark table_mark(const struct hm_table *t)
{
    return mark_or(t->name.at, t->mark);
}

// ---- HM-001: every name means one thing ---------------------------------------------------------

static void same_names(struct pass *p, struct duplicates *names, const char *what)
{
    for (const struct duplicate *d = duplicates_find(names); d; d = d->next) {
        struct diag *f =
            pass_report(p, d->again->at, "two %s are named '%s'", what, d->again->text);

        diag_note(p->diags, f, d->first->at, "the first is here");
        diag_help(p->diags, f, "rename one: tables refer to it by name");
        pass_blame(p, &p->model->hm);
    }
}

#define SAME_NAMES(p, items, what)                                                                 \
    do {                                                                                           \
        struct duplicates names = {.arena = (p)->arena};                                           \
        EACH(item, items)                                                                          \
            duplicates_add(&names, &item->name, item);                                             \
        same_names(p, &names, what);                                                               \
    } while (0)

static int by_id(const void *a, const void *b)
{
    const struct hm_error *x = *(const struct hm_error *const *)a;
    const struct hm_error *y = *(const struct hm_error *const *)b;

    if (x->id.value != y->id.value)
        return x->id.value < y->id.value ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void same_ids(struct pass *p)
{
    struct hm *hm = &p->model->hm;
    const struct hm_error **sorted = arena_alloc(p->arena, (hm->errors.count + 1) * sizeof(void *));
    size_t count = 0;

    EACH(e, &hm->errors) {
        if (e->id.given)
            sorted[count++] = e;
    }
    qsort((void *)sorted, count, sizeof *sorted, by_id);
    for (size_t i = 1; i < count; i++) {
        const struct hm_error *first = sorted[i - 1], *again = sorted[i];
        struct diag *f;

        if (first->id.value != again->id.value)
            continue;
        f = pass_report(p, mark_or(again->id.at, again->mark),
                        "errors '%s' and '%s' have the same identifier", word_text(&first->name),
                        word_text(&again->name));
        diag_label(p->diags, f, "identifier %llu", (unsigned long long)again->id.value);
        diag_note(p->diags, f, mark_or(first->id.at, first->mark), "the other one");
        diag_help(p->diags, f, "choose another identifier: the log names errors by it");
        pass_blame(p, hm);
    }
}

// The error that a number in place of a name means, or NULL.
static const char *error_with_id(const struct hm *hm, const char *text)
{
    uint64_t id;
    const char *why;

    if (!parse_number(text, &id, &why))
        return NULL;
    EACH(e, &hm->errors) {
        if (e->id.given && e->id.value == id)
            return e->name.text;
    }
    return NULL;
}

// One reference of a row that leads nowhere. `names` are the legal ones.
static void unknown(struct pass *p, const struct word *word, const char *what, const char *list,
                    const char *const *names, size_t count)
{
    const char *near = nearest_word(word->text, names, count);
    struct diag *f = pass_report(p, word->at, "there is no %s '%s'", what, word->text);
    const char *meant =
        strcmp(what, "error") == 0 ? error_with_id(&p->model->hm, word->text) : NULL;

    if (meant)
        diag_help(p->diags, f, "rows name errors: the one with this identifier is '%s'", meant);
    else if (near)
        diag_help(p->diags, f, "did you mean '%s'?", near);
    else
        diag_help(p->diags, f, "add it to the list of %s, or remove the row", list);
    pass_blame(p, &p->model->hm);
}

#define NAMES_OF(p, items, names, number)                                                          \
    const char **names = arena_alloc((p)->arena, ((items)->count + 1) * sizeof(char *));           \
    size_t number = 0;                                                                             \
    EACH(item, items)                                                                              \
        if (item->name.text)                                                                       \
    names[number++] = item->name.text

static void references(struct pass *p)
{
    struct hm *hm = &p->model->hm;
    NAMES_OF(p, &hm->errors, errors, error_count);
    NAMES_OF(p, &hm->states, states, state_count);

    EACH(t, &hm->tables) {
        EACH(e, &t->entries) {
            if (!e->error && e->error_name.text)
                unknown(p, &e->error_name, "error", "errors", errors, error_count);
            if (!e->state && e->state_name.text)
                unknown(p, &e->state_name, "state", "states", states, state_count);
        }
    }
}

static void same_cells(struct pass *p, const struct hm_table *t)
{
    struct rows r = rows_of(p, t);

    for (size_t i = 1; i < r.count; i++) {
        const struct hm_entry *first = r.list[i - 1], *again = r.list[i];
        struct diag *f;

        if (first->error != again->error || first->state != again->state)
            continue;
        f = pass_report(p, mark_or(again->error_name.at, again->mark),
                        "table '%s' has two rows for error '%s'%s%s%s", word_text(&t->name),
                        word_text(&again->error->name), again->state ? " in state '" : "",
                        again->state ? word_text(&again->state->name) : "",
                        again->state ? "'" : "");
        diag_note(p->diags, f, mark_or(first->error_name.at, first->mark), "the first is here");
        diag_help(p->diags, f, "keep one of them");
        pass_blame(p, &p->model->hm);
    }
}

static void single(struct pass *p, enum hm_table_kind kind, const char *what)
{
    const struct hm_table *first = hm_table_of(p->model, kind);

    EACH(t, &p->model->hm.tables) {
        struct diag *f;

        if (t->kind != (uint32_t)kind || t == first)
            continue;
        f = pass_report(p, table_mark(t), "there are two tables of kind %s", what);
        diag_note(p->diags, f, table_mark(first), "the first is here");
        diag_help(p->diags, f, "join the two: rows may name their state");
        pass_blame(p, &p->model->hm);
    }
}

void check_HM_001(struct pass *p)
{
    struct hm *hm = &p->model->hm;

    SAME_NAMES(p, &hm->errors, "errors");
    SAME_NAMES(p, &hm->states, "states");
    SAME_NAMES(p, &hm->tables, "health tables");
    same_ids(p);
    references(p);
    EACH(t, &hm->tables)
        same_cells(p, t);
    single(p, HM_TABLE_SYSTEM, "system");
    single(p, HM_TABLE_MODULE, "module");
}

// ---- HM-008: every partition has one table ------------------------------------------------------

static void two_tables(struct pass *p, const struct partition *part, const struct hm_table *first,
                       const struct hm_table *again, struct mark at)
{
    struct diag *f =
        pass_report(p, at, "partition '%s' has two health tables", word_text(&part->name));

    diag_label(p->diags, f, "table '%s'", word_text(&again->name));
    diag_note(p->diags, f, table_mark(first), "table '%s'", word_text(&first->name));
    diag_help(p->diags, f, "take it out of one of them: which of the two would be followed?");
}

static void no_table(struct pass *p, const struct partition *part)
{
    struct diag *f = pass_report(p, mark_or(part->name.at, part->mark),
                                 "partition '%s' has no health table", word_text(&part->name));

    diag_note(p->diags, f, p->model->hm.mark, "the health tables are here");
    diag_help(p->diags, f,
              "name it in the 'partitions' of a table of kind partition, or give one of them "
              "'fallback: true'");
}

// Some dialects do not say whose a table is; then there is nothing to hold against the partitions.
static bool owners_stated(const struct model *m)
{
    EACH(t, &m->hm.tables) {
        if (t->kind == HM_TABLE_PARTITION && (t->partitions.count || is_true(t->fallback)))
            return true;
    }
    return strcmp(m->dialect, "system.yaml") == 0;
}

void check_HM_008(struct pass *p)
{
    struct model *m = p->model;
    const struct hm_table **of = arena_alloc(p->arena, (m->partitions.count + 1) * sizeof(void *));
    const struct hm_table *fallback = NULL;

    if (m->hm.tables.count == 0 || !owners_stated(m))
        return;
    EACH(t, &m->hm.tables) {
        if (t->kind != HM_TABLE_PARTITION)
            continue;
        if (is_true(t->fallback)) {
            if (fallback) {
                struct diag *f = pass_report(p, mark_or(t->fallback.at, table_mark(t)),
                                             "two health tables are the fallback");

                diag_note(p->diags, f, table_mark(fallback), "the first is here");
                diag_help(p->diags, f, "keep one of them as fallback");
            }
            fallback = t;
        }
        EACH(member, &t->partitions) {
            const struct partition *part = member->partition;

            if (part && of[part->index])
                two_tables(p, part, of[part->index], t, mark_or(member->name.at, t->mark));
            else if (part)
                of[part->index] = t;
        }
    }
    EACH(part, &m->partitions) {
        if (!of[part->index] && !fallback && pass_clean(p, part))
            no_table(p, part);
    }
}

// ---- HM-012: tables that several partitions have in common --------------------------------------

// The row of the common table that a row goes on from: of its state; without one, the first that
// leaves the error to the partition. NULL when the error is not there.
static const struct hm_entry *row_above(const struct rows *common, const struct hm_entry *e)
{
    const struct hm_entry *above = NULL;

    if (e->state)
        return rows_find(common, e->error, e->state);
    for (size_t i = rows_first(common, e->error);
         i < common->count && common->list[i]->error == e->error; i++)
        if (!above || above->level == HM_LEVEL_MODULE)
            above = common->list[i];
    return above;
}

// What the common table leaves to the module is not the partition's to decide.
static void consistent(struct pass *p, const struct hm_table *t)
{
    struct rows common = rows_of(p, t->multi);

    EACH(e, &t->entries) {
        const struct hm_entry *above = e->error ? row_above(&common, e) : NULL;
        struct diag *f;

        if (!e->error)
            continue;
        if (!above) {
            f = pass_report(p, mark_or(e->error_name.at, e->mark),
                            "error '%s' of health table '%s' is not in table '%s'",
                            word_text(&e->error->name), word_text(&t->name),
                            word_text(&t->multi->name));
            diag_note(p->diags, f, table_mark(t->multi), "the table that it goes on from");
            diag_help(p->diags, f, "add a row for it there, with the level");
        } else if (above->level == HM_LEVEL_MODULE &&
                   (e->level == HM_LEVEL_PARTITION || e->level == HM_LEVEL_PROCESS)) {
            f = pass_report(p, mark_or(e->level_at, e->mark),
                            "health tables '%s' and '%s' disagree about the level of error '%s'",
                            word_text(&t->name), word_text(&t->multi->name),
                            word_text(&e->error->name));
            diag_label(p->diags, f, "%s", e->level == HM_LEVEL_PROCESS ? "process" : "partition");
            diag_note(p->diags, f, mark_or(above->level_at, above->mark), "module");
            diag_help(p->diags, f,
                      "remove the row, or set the level in the common table to partition");
        }
    }
}

void check_HM_012(struct pass *p)
{
    struct model *m = p->model;
    const struct hm_table *multi = hm_table_of(m, HM_TABLE_MULTI);
    NAMES_OF(p, &m->hm.tables, names, count);

    EACH(t, &m->hm.tables) {
        struct diag *f;

        if (t->kind != HM_TABLE_PARTITION)
            continue;
        if (t->multi_name.text && !t->multi) {
            const char *near = nearest_word(t->multi_name.text, names, count);

            f = pass_report(p, t->multi_name.at, "there is no health table '%s' of kind multi",
                            t->multi_name.text);
            if (near)
                diag_help(p->diags, f, "did you mean '%s'?", near);
            else
                diag_help(p->diags, f, "name a table of kind multi, or remove 'multi'");
            pass_blame(p, &m->hm);
        } else if (multi && !t->multi) {
            f = pass_report(p, table_mark(t), "health table '%s' goes on from no common table",
                            word_text(&t->name));
            diag_note(p->diags, f, table_mark(multi), "a common table is here");
            diag_help(p->diags, f, "add 'multi: %s'", word_text(&multi->name));
        } else if (t->multi && pass_clean(p, &m->hm)) {
            consistent(p, t);
        }
    }
}

// ---- HM-014: the log has room -------------------------------------------------------------------

void check_HM_014(struct pass *p)
{
    struct amount depth = p->model->hm.log_depth;
    struct diag *f;

    if (!depth.given || depth.value > 0)
        return;
    f = pass_report(p, mark_or(depth.at, p->model->hm.mark), "the health log holds no record");
    diag_help(p->diags, f,
              "give it room for the events between two readings; the oldest are overwritten first");
}

// ---- HM-016: a change of schedule leads somewhere -----------------------------------------------

// The first event of a partition that changes the schedule; 0: none does.
static uint32_t switching(const struct partition *part)
{
    for (uint32_t event = 1; event < HV_EVENT_COUNT; event++)
        if (part->action[event] == TBL_ACTION_SWITCH_SCHEDULE)
            return event;
    return 0;
}

static void switches_to(struct pass *p, const struct partition *part)
{
    const struct word *to = &part->switch_to_name;
    uint32_t event = switching(part);
    NAMES_OF(p, &p->model->schedules, names, count);
    struct diag *f;

    if (event && !to->text) {
        f = pass_report(p, mark_or(part->action_at[event], part->mark),
                        "'%s' of partition '%s' changes the schedule, but to which?",
                        event_infos[event].name, word_text(&part->name));
        diag_help(p->diags, f, "add 'schedule: NAME' to its health");
    } else if (to->text && !event) {
        f = pass_report(p, to->at, "no event of partition '%s' changes to schedule '%s'",
                        word_text(&part->name), to->text);
        diag_help(p->diags, f, "remove 'schedule', or give an event the action switch_schedule");
        diag_weigh(p->diags, f, SEVERITY_WARNING);
    } else if (to->text && !part->switch_to) {
        const char *near = nearest_word(to->text, names, count);

        f = pass_report(p, to->at, "there is no schedule '%s'", to->text);
        if (near)
            diag_help(p->diags, f, "did you mean '%s'?", near);
        else
            diag_help(p->diags, f, "name one of the schedules");
    }
}

void check_HM_016(struct pass *p)
{
    EACH(part, &p->model->partitions)
        switches_to(p, part);
}

// ---- HM-015: what is called on an error is there ------------------------------------------------

// Whether an address is in executable memory of a partition, as far as that is described.
static bool executable(const struct partition *part, uint64_t address)
{
    bool described = false;

    EACH(r, &part->memory) {
        uint64_t size = r->block ? r->block->size.value : r->size.value;

        if (!r->at.given || r->rights_unstated)
            return true;
        described = true;
        if ((r->attributes & TBL_MEM_EXECUTE) && address >= r->at.value &&
            address - r->at.value < size)
            return true;
    }
    return !described;
}

static void callback(struct pass *p, const struct hm_table *t, const struct partition *owner,
                     const char *why)
{
    struct diag *f = pass_report(p, mark_or(t->callback.at, table_mark(t)),
                                 "the callback of health table '%s' is not in executable memory",
                                 word_text(&t->name));

    diag_label(p->diags, f, "%s", why);
    if (owner)
        diag_note(p->diags, f, mark_or(owner->name.at, owner->mark), "partition '%s'",
                  word_text(&owner->name));
    diag_help(p->diags, f,
              "name the symbol of the function, or its address in a region with 'rights: rx'");
}

void check_HM_015(struct pass *p)
{
    EACH(t, &p->model->hm.tables) {
        uint64_t address;
        const char *why;

        // A symbol is the linker's to find.
        if (!t->callback.text || !parse_number(t->callback.text, &address, &why))
            continue;
        if (address == 0) {
            callback(p, t, NULL, "there is nothing at address 0");
            continue;
        }
        EACH(member, &t->partitions) {
            if (member->partition && !executable(member->partition, address)) {
                callback(p, t, member->partition,
                         arena_printf(p->arena, "%s is in no executable region of '%s'",
                                      address_text(p->arena, address),
                                      word_text(&member->partition->name)));
                break;
            }
        }
    }
}
