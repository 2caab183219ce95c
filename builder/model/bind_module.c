// SPDX-License-Identifier: BSD-2-Clause
// The module: its name, its board, and how it is to be judged.
#include "bind.h"
#include "dialects.h"
#include "model/events.h"

#include <string.h>

static void bind_log(struct binder *b, const struct node *log)
{
    const struct node empty = {.kind = NODE_MAP, .mark = b->model->module_at};
    struct object o;

    object_open(b, OBJECT_LOG, log ? log : &empty, &o);
    b->model->log_records = get_amount(&o, KEY_LOG_RECORDS);
    b->model->log_per_frame = get_amount(&o, KEY_LOG_PER_FRAME);
}

static void bind_health(struct binder *b, const struct node *health)
{
    const struct node empty = {.kind = NODE_MAP, .mark = b->model->module_at};
    struct model *m = b->model;
    struct object o, lateness;

    object_open(b, OBJECT_MODULE_HEALTH, health ? health : &empty, &o);
    const struct node *n = get_map(&o, KEY_MODULE_HEALTH_ON_LATENESS);
    object_open(b, OBJECT_LATENESS, n ? n : &empty, &lateness);
    m->lateness_bound = get_amount(&lateness, KEY_LATENESS_BOUND);
    m->lateness_log = get_amount(&lateness, KEY_LATENESS_LOG).value;
    bind_log(b, get_map(&o, KEY_MODULE_HEALTH_LOG));
    m->action[HV_EVENT_WINDOW_LATE] = get_choice(&lateness, KEY_LATENESS_ACTION, TBL_ACTION_IGNORE,
                                                 &m->action_at[HV_EVENT_WINDOW_LATE]);
    for (int event = 0; event < HV_EVENT_COUNT; event++)
        if (event_infos[event].module != KEYS)
            m->action[event] =
                get_choice(&o, event_infos[event].module, TBL_ACTION_IGNORE, &m->action_at[event]);
}

static bool empty_list(const struct node *n)
{
    return n && n->kind == NODE_LIST && !n->first;
}

static void bind_trace(struct binder *b, const struct node *trace)
{
    struct model *m = b->model;
    struct object o;

    if (!trace)
        return;
    object_open(b, OBJECT_TRACE, trace, &o);
    for (const struct node *n = get_list(&o, KEY_TRACE_EVENTS, false); n; n = n->next)
        m->trace_events |= item_choice(b, n, KEY_TRACE_EVENTS, 0);
    if (empty_list(object_value(&o, KEY_TRACE_EVENTS)))
        diag_help(b->diags,
                  diag_report(b->diags, RULE_SYN_001, object_value(&o, KEY_TRACE_EVENTS)->mark,
                              "'events' of trace names none"),
                  "name what each core shall write down, for example `events: [windows]`, or "
                  "remove 'trace'");
    m->trace_records = get_amount(&o, KEY_TRACE_RECORDS);
}

// A converted description is judged as the original was.
static void bind_dialect(struct binder *b, const struct object *o)
{
    const struct node *n = object_value(o, KEY_MODULE_DIALECT);
    struct model *m = b->model;
    struct mark at;

    if (get_choice(o, KEY_MODULE_DIALECT, TBL_NONE, &at) == TBL_NONE)
        return;
    const struct dialect_info *info = dialect_find(n->text);
    m->dialect = info->name;
    m->unstated = info->unstated;
}

static void bind_platform(struct binder *b, const struct object *o)
{
    const struct node *n = get_map(o, KEY_MODULE_PLATFORM);

    if (!n)
        return;
    if (b->model->board_name.text && strcmp(b->model->board_name.text, "generic") == 0) {
        board_describe(b, n);
        return;
    }
    struct diag *f = diag_report(b->diags, RULE_SYN_001, n->key_mark,
                                 "'platform' is only for the board 'generic'");
    if (b->model->board_name.at.line)
        diag_note(b->diags, f, b->model->board_name.at, "this board says all of it itself");
    diag_help(b->diags, f, "remove it, or write it into a board file and name that as `board:`");
}

void bind_module(struct binder *b, const struct object *system)
{
    struct model *m = b->model;
    const struct node *n = get_map(system, KEY_SYSTEM_MODULE);
    struct object o = {.binder = b, .id = OBJECT_MODULE};
    struct mark at;

    if (n)
        object_open(b, OBJECT_MODULE, n, &o);
    m->name = get_word(&o, KEY_MODULE_NAME);
    m->board_name = get_word(&o, KEY_MODULE_BOARD);
    if (m->board_name.text)
        m->board = board_read(b, &m->board_name);
    bind_platform(b, &o);
    m->profile = (enum profile)get_choice(&o, KEY_MODULE_PROFILE, PROFILE_ARINC653, &m->profile_at);
    m->switch_cost = get_amount(&o, KEY_MODULE_SWITCH_COST);
    m->switch_in_gap.value = get_choice(&o, KEY_MODULE_SWITCH_IN, 0, &at);
    m->switch_in_gap.at = at;
    m->switch_in_gap.given = true;
    m->reserve = get_amount(&o, KEY_MODULE_RESERVE);
    m->clock_skew = get_amount(&o, KEY_MODULE_CLOCK_SKEW);
    m->console_input = get_word(&o, KEY_MODULE_CONSOLE_INPUT);
    bind_dialect(b, &o);
    bind_health(b, get_map(&o, KEY_MODULE_HEALTH));
    bind_trace(b, get_map(&o, KEY_MODULE_TRACE));
}
