// SPDX-License-Identifier: BSD-2-Clause
// Rules about single rows of health monitoring tables: levels that fit their state, codes for error
// handlers, and actions that do harm.
#include "check/health.h"

static const char *error_name(const struct hm_entry *e)
{
    return word_text(&e->error_name);
}

static size_t error_index(const struct pass *p, const struct hm_entry *e)
{
    return (size_t)(e->error - p->model->hm.errors.items);
}

static bool is_code(uint32_t code)
{
    return code < HM_CODE_NONE;
}

// ---- HM-005: an error handler is told a code ----------------------------------------------------

enum { CODE_OF_SYSTEM = 1, CODE_OF_PARTITION = 2 };

// For each error, the kinds of tables that have a code for it.
static uint8_t *codes_known(struct pass *p)
{
    uint8_t *known = arena_alloc(p->arena, p->model->hm.errors.count + 1);

    EACH(t, &p->model->hm.tables) {
        EACH(e, &t->entries) {
            if (e->error && e->code != HM_CODE_NONE) // one that is none is a finding of its own
                known[error_index(p, e)] |=
                    t->kind == HM_TABLE_PARTITION ? CODE_OF_PARTITION : CODE_OF_SYSTEM;
        }
    }
    return known;
}

static const char code_words[] =
    "deadline_missed, application_error, numeric_error, illegal_request, stack_overflow, "
    "memory_violation, hardware_fault, power_fail";

static void needs_code(struct pass *p, const struct hm_table *t, const struct hm_entry *e,
                       const uint8_t *known)
{
    struct diag *f;

    if (e->code == HM_CODE_UNKNOWN) {
        f = pass_report(p, mark_or(e->code_at, e->mark), "the code of error '%s' is not known",
                        error_name(e));
        diag_help(p->diags, f, "choose one of %s", code_words);
    } else {
        uint8_t elsewhere = t->kind == HM_TABLE_PARTITION ? CODE_OF_SYSTEM : CODE_OF_PARTITION;

        if (e->level != HM_LEVEL_PROCESS || is_code(e->code) || !e->error ||
            (known[error_index(p, e)] & elsewhere))
            return;
        f = pass_report(p, mark_or(e->level_at, e->mark), "error '%s' of level process has no code",
                        error_name(e));
        diag_label(p->diags, f, "what would the error handler be told?");
        diag_help(p->diags, f, "add a 'code': one of %s", code_words);
    }
}

void check_HM_005(struct pass *p)
{
    const uint8_t *known = codes_known(p);

    EACH(t, &p->model->hm.tables) {
        EACH(e, &t->entries)
            needs_code(p, t, e, known);
    }
}

// ---- HM-007: the level fits the state -----------------------------------------------------------

static bool level_fits(uint32_t level, uint32_t phase)
{
    switch (phase) {
    case HM_PHASE_MODULE_INIT:
    case HM_PHASE_SYSTEM_FUNCTION:
    case HM_PHASE_PARTITION_SWITCH:
        return level == HM_LEVEL_MODULE || level == HM_LEVEL_NONE;
    case HM_PHASE_PARTITION_INIT:
    case HM_PHASE_PROCESS_MANAGEMENT:
    case HM_PHASE_ERROR_HANDLER:
        return level != HM_LEVEL_PROCESS;
    default:
        return true;
    }
}

// The states in which each level does not fit.
struct misfits {
    LIST(const struct hm_state *) of[HM_LEVEL_PROCESS + 1];
};

static struct misfits misfits_of(struct pass *p)
{
    struct misfits m = {0};

    EACH(s, &p->model->hm.states) {
        for (uint32_t level = HM_LEVEL_NONE; level <= HM_LEVEL_PROCESS; level++)
            if (!level_fits(level, s->phase))
                *list_add(p->arena, &m.of[level]) = s;
    }
    return m;
}

// The first state in which the row's level does not fit. A row for every state gives way to one of
// the state itself.
static const struct hm_state *misfit(const struct misfits *m, const struct rows *r,
                                     const struct hm_entry *e)
{
    if (e->state)
        return level_fits(e->level, e->state->phase) ? NULL : e->state;
    EACH(s, &m->of[e->level]) {
        if (rows_find(r, e->error, *s) == e)
            return *s;
    }
    return NULL;
}

static void level_of_state(struct pass *p, const struct misfits *m, const struct rows *r,
                           const struct hm_entry *e)
{
    const struct hm_state *s = misfit(m, r, e);
    struct diag *f;

    if (!s)
        return;
    f = pass_report(p, mark_or(e->level_at, e->mark),
                    "error '%s' cannot be of level %s in state '%s'", error_name(e),
                    e->level == HM_LEVEL_PROCESS ? "process" : "partition", word_text(&s->name));
    if (level_fits(HM_LEVEL_PARTITION, s->phase))
        diag_label(p->diags, f, "no process of the partition is at work then");
    else
        diag_label(p->diags, f, "no partition is at work then");
    diag_note(p->diags, f, s->mark, "the state is declared here");
    if (e->state)
        diag_help(p->diags, f, "use level %s",
                  level_fits(HM_LEVEL_PARTITION, s->phase) ? "partition or module" : "module");
    else
        diag_help(p->diags, f,
                  "name the states that are meant, and give this one a row with level %s",
                  level_fits(HM_LEVEL_PARTITION, s->phase) ? "partition or module" : "module");
}

void check_HM_007(struct pass *p)
{
    struct misfits m = misfits_of(p);

    if (!pass_clean(p, &p->model->hm))
        return;
    EACH(t, &p->model->hm.tables) {
        struct rows r = rows_of(p, t);

        for (size_t i = 0; i < r.count; i++)
            if (r.list[i]->state || t->kind == HM_TABLE_SYSTEM)
                level_of_state(p, &m, &r, r.list[i]);
    }
}

// ---- HM-009: what must not be ignored -----------------------------------------------------------

static void ignored(struct pass *p, struct mark at, const char *what, const char *whose,
                    const char *words)
{
    struct diag *f = pass_report(p, at, "a %s is ignored in %s", what, whose);

    diag_label(p->diags, f, "nobody may go on as if nothing had happened");
    diag_help(p->diags, f, "choose another action: %s", words);
}

static void ignored_in_tables(struct pass *p)
{
    const struct hm *hm = &p->model->hm;
    uint32_t *codes = arena_alloc(p->arena, (hm->errors.count + 1) * sizeof *codes);

    for (size_t i = 0; i < hm->errors.count; i++)
        codes[i] = HM_CODE_NONE;
    EACH(t, &hm->tables) {
        EACH(e, &t->entries) {
            if (e->error &&
                (e->code == HM_CODE_MEMORY_VIOLATION || e->code == HM_CODE_HARDWARE_FAULT))
                codes[error_index(p, e)] = e->code;
        }
    }
    EACH(t, &hm->tables) {
        EACH(e, &t->entries) {
            uint32_t code = e->error ? codes[error_index(p, e)] : HM_CODE_NONE;

            if (e->action == HM_ACTION_IGNORE && code != HM_CODE_NONE)
                ignored(p, mark_or(e->action_at, e->mark),
                        code == HM_CODE_HARDWARE_FAULT ? "hardware fault" : "memory violation",
                        arena_printf(p->arena, "health table '%s'", word_text(&t->name)),
                        t->kind == HM_TABLE_PARTITION ? "idle, warm_start or cold_start"
                                                      : "shutdown or reset");
        }
    }
}

static void ignored_by_runtime(struct pass *p, const struct partition *part, uint32_t event,
                               const char *what)
{
    if (part->action[event] == TBL_ACTION_IGNORE && part->action_at[event].line)
        ignored(p, part->action_at[event], what,
                arena_printf(p->arena, "partition '%s'", word_text(&part->name)),
                "halt, warm_start or cold_start");
}

void check_HM_009(struct pass *p)
{
    EACH(part, &p->model->partitions) {
        ignored_by_runtime(p, part, HV_EVENT_MEMORY_VIOLATION, "memory violation");
        ignored_by_runtime(p, part, HV_EVENT_HARDWARE_FAULT, "hardware fault");
    }
    ignored_in_tables(p);
}

// ---- HM-010, HM-011: errors while a partition starts --------------------------------------------

// For each error, whether it is the partition's while one initialises, as far as the tables say.
static bool *raised_in_init(struct pass *p)
{
    const struct hm *hm = &p->model->hm;
    const struct hm_table *system = hm_table_of(p->model, HM_TABLE_SYSTEM);
    bool *raised = arena_alloc(p->arena, hm->errors.count + 1);
    struct rows r = rows_of(p, system);

    EACH(s, &hm->states) {
        if (s->phase != HM_PHASE_PARTITION_INIT)
            continue;
        EACH(e, &hm->errors) {
            const struct hm_entry *row = rows_find(&r, e, s);

            if (row && row->level == HM_LEVEL_PARTITION)
                raised[e - hm->errors.items] = true;
        }
        break; // there is one such state in the standard; further ones say no more of it
    }
    return raised;
}

static bool in_init(struct pass *p, const struct hm_entry *e, const bool *raised)
{
    if (!e->error)
        return false;
    if (e->state)
        return e->state->phase == HM_PHASE_PARTITION_INIT;
    return raised[error_index(p, e)];
}

// Whether a partition is named by a table, and so not left to the fallback.
static const bool *named_by_tables(struct pass *p)
{
    bool *named = arena_alloc(p->arena, p->model->partitions.count + 1);

    EACH(t, &p->model->hm.tables) {
        EACH(m, &t->partitions) {
            if (m->partition)
                named[m->partition->index] = true;
        }
    }
    return named;
}

// The first partition of a table that may restart for ever, or NULL.
static const struct partition *restarts_for_ever(const struct pass *p, const struct hm_table *t,
                                                 const bool *named)
{
    EACH(m, &t->partitions) {
        if (m->partition && !m->partition->restart_limit.given)
            return m->partition;
    }
    EACH(part, &p->model->partitions) {
        if (is_true(t->fallback) && !named[part->index] && !part->restart_limit.given)
            return part;
    }
    return NULL;
}

static void starts_for_ever(struct pass *p, const struct hm_table *t, const struct hm_entry *e,
                            const struct partition *part)
{
    struct diag *f = pass_report(p, mark_or(e->action_at, e->mark),
                                 "partition '%s' may start over for ever on error '%s'",
                                 word_text(&part->name), error_name(e));

    diag_label(p->diags, f, "raised while it initialises, it leads there again");
    diag_note(p->diags, f, mark_or(part->name.at, part->mark), "without 'restart_limit'");
    diag_help(p->diags, f, "give '%s' a 'restart_limit', or use 'action: idle' in table '%s'",
              word_text(&part->name), word_text(&t->name));
}

void check_HM_010(struct pass *p)
{
    const bool *raised = raised_in_init(p), *named = named_by_tables(p);

    EACH(t, &p->model->hm.tables) {
        const struct partition *part = restarts_for_ever(p, t, named);

        if (t->kind != HM_TABLE_PARTITION || !part || !pass_clean(p, &p->model->hm))
            continue;
        EACH(e, &t->entries) {
            if (e->action == HM_ACTION_COLD_START && in_init(p, e, raised)) {
                starts_for_ever(p, t, e, part); // the remedy is one for all rows
                break;
            }
        }
    }
}

void check_HM_011(struct pass *p)
{
    const bool *raised = raised_in_init(p);

    EACH(t, &p->model->hm.tables) {
        if (t->kind != HM_TABLE_PARTITION || !pass_clean(p, &p->model->hm))
            continue;
        EACH(e, &t->entries) {
            struct diag *f;

            if (e->action != HM_ACTION_WARM_START || !in_init(p, e, raised))
                continue;
            f = pass_report(p, mark_or(e->action_at, e->mark),
                            "error '%s' warm starts a partition that may be in its cold start",
                            error_name(e));
            diag_label(p->diags, f, "it can be raised while the partition initialises");
            diag_help(p->diags, f, "use cold_start: what a warm start would keep is not there yet");
        }
    }
}
