// SPDX-License-Identifier: BSD-2-Clause
// ARINC 653 P1-2 and P2: schedules, what they owe each partition, and their windows.
#include "import/arinc_p1_2.h"

#include <string.h>

// One window on each of the cores that the text names, or on as many as the partition has.
static void add_windows(struct p1_2 *r, const struct node *n, struct schedule *s,
                        const struct partition *p, struct word name, const struct node *cores)
{
    enum { CORE_MAX = 4095 };
    struct importer *i = r->i;
    struct word core;
    uint64_t cpu = 0, number, count = p ? p->cpus.value : 1;
    const char *at = cores ? cores->text : NULL, *why;

    for (; cores || cpu < (count && count <= CORE_MAX ? count : 1); cpu++) {
        number = cpu;
        if (cores && !(at = import_next_word(i, cores, at, ",; \t", &core)))
            break;
        if (cores && (!parse_number(core.text, &number, &why) || number > CORE_MAX)) {
            struct diag *f = diag_report(i->diags, RULE_SYN_004, core.at,
                                         "'%s' is not the number of a core", core.text);
            diag_help(i->diags, f, "write it like Cores=\"0, 1\"");
            continue;
        }
        struct core_plan *c = import_core(i, s, (uint32_t)number, cores ? core.at : n->mark);
        struct window *w = import_window(i, c, n);
        w->partition_name = name;
        w->start = import_seconds(i, n, "WindowStartSeconds");
        w->duration = import_seconds(i, n, "WindowDurationSeconds");
        w->cpu.value = cpu;
        w->period_start = import_bool(i, n, "PartitionPeriodStart");
        if (!w->period_start.at.line)
            w->period_start = (struct amount){.at = n->mark, .given = true};
    }
}

// The first of each identifier; `rule` when two are the same.
static void remember(struct p1_2 *r, struct names *seen, const struct node *n, size_t number,
                     const struct node *const *nodes, enum rule rule, const char *what)
{
    struct word id = arinc_identifier(r->i, n, "WindowIdentifier");
    size_t first;

    if (id.text && names_find(seen, id.text, strlen(id.text), &first)) {
        struct diag *f = diag_report(r->i->diags, rule, id.at, "%s %s", what, id.text);
        diag_note(r->i->diags, f, import_attribute(nodes[first], "WindowIdentifier")->mark,
                  "the first is here");
        diag_help(r->i->diags, f, "remove one of them, or give it another number");
    }
    names_add(seen, id.text, number);
}

static const struct node *find_window(struct p1_2 *r, const struct names *seen,
                                      const struct node *n, const struct node *const *nodes)
{
    struct word id = arinc_identifier(r->i, n, "WindowIdentifier");
    size_t index;

    return id.text && names_find(seen, id.text, strlen(id.text), &index) ? nodes[index] : NULL;
}

static void read_windows(struct p1_2 *r, const struct node *n, struct schedule *s,
                         const struct partition *p, struct word name)
{
    static const struct word_row window[] = {{"WindowIdentifier", .required = true},
                                             {"WindowStartSeconds", .required = true},
                                             {"WindowDurationSeconds", .required = true},
                                             {"PartitionPeriodStart", .required = false},
                                             {0}};
    static const struct word_row configuration[] = {
        {"WindowIdentifier", .required = true}, {"Cores", .required = true}, {0}};
    struct importer *i = r->i;
    struct names configured = {.arena = i->arena}, seen = {.arena = i->arena};
    LIST(const struct node *) configurations = {0}, windows = {0};

    EACH_CHILD(c, n, "WindowConfiguration") {
        import_vocabulary(i, c, configuration, NULL);
        remember(r, &configured, c, configurations.count, configurations.items, RULE_SYN_007,
                 "two elements give cores to window");
        *list_add(i->arena, &configurations) = c;
    }
    EACH_CHILD(c, n, "Window_Schedule") {
        import_vocabulary(i, c, window, NULL);
        // SCHED-003: identifiers of windows are unique in their Partition_Schedule.
        remember(r, &seen, c, windows.count, windows.items, RULE_SCHED_003,
                 "two windows have the identifier");
        *list_add(i->arena, &windows) = c;
        const struct node *cores = find_window(r, &configured, c, configurations.items);
        add_windows(r, c, s, p, name, cores ? import_attribute(cores, "Cores") : NULL);
    }
    EACH_CHILD(c, n, "WindowConfiguration") {
        struct word id = arinc_identifier(i, c, "WindowIdentifier");
        if (!id.text || find_window(r, &seen, c, windows.items))
            continue;
        struct diag *f = diag_report(i->diags, RULE_SCHED_003, id.at,
                                     "there is no window with identifier %s here", id.text);
        diag_help(i->diags, f, "name a Window_Schedule of the same Partition_Schedule");
    }
}

static void read_partition_schedule(struct p1_2 *r, const struct node *n, struct schedule *s)
{
    static const struct word_row attributes[] = {{"PartitionIdentifier", .required = true},
                                                 {"PartitionName", .required = false},
                                                 {"PeriodSeconds", .required = true},
                                                 {"PeriodDurationSeconds", .required = true},
                                                 {"SetModuleSchedule", .required = false},
                                                 {"ScheduleChangeAction", .required = false},
                                                 {0}};
    static const struct word_row children[] = {
        {"Window_Schedule", .repeated = true}, {"WindowConfiguration", .repeated = true}, {0}};
    static const struct choice_row actions[] = {{"IGNORE", TBL_ACTION_IGNORE},
                                                {"WARM_START", TBL_ACTION_WARM_START},
                                                {"COLD_START", TBL_ACTION_COLD_START},
                                                {NULL, 0}};
    struct importer *i = r->i;
    struct mark at;

    import_vocabulary(i, n, attributes, children);
    struct partition *p = arinc_partition_of(&r->index, n, RULE_SCHED_007, &at);
    struct word name = arinc_name(&r->index, n, p, at);
    *list_add(i->arena, &s->demands) = (struct demand){
        .partition_name = name,
        .period = import_seconds(i, n, "PeriodSeconds"),
        .duration = import_seconds(i, n, "PeriodDurationSeconds"),
        .mark = n->mark,
    };
    struct amount may_switch = import_bool(i, n, "SetModuleSchedule");
    if (p && may_switch.given && may_switch.value) {
        bool has = false;
        EACH(right, &p->rights)
            has = has || right->right == RIGHT_SWITCH_SCHEDULE;
        if (!has)
            *list_add(i->arena, &p->rights) =
                (struct right_use){{"switch_schedule", may_switch.at}, RIGHT_SWITCH_SCHEDULE};
    }
    if (import_attribute(n, "ScheduleChangeAction")) {
        struct change_action *c = list_add(i->arena, &s->on_change);
        c->partition_name = name;
        c->mark = n->mark;
        c->action = import_choice(i, n, "ScheduleChangeAction", actions, RULE_SYN_001, TBL_NONE,
                                  &c->action_at);
    }
    read_windows(r, n, s, p, name);
}

void p1_2_schedule(struct p1_2 *r, const struct node *n)
{
    static const struct word_row attributes[] = {
        {"ScheduleName", .required = false},          {"ScheduleIdentifier", .required = false},
        {"InitialModuleSchedule", .required = false}, {"MajorFrameSeconds", .required = true},
        {"MinorFrameSeconds", .ignored = true},       {0}};
    static const struct word_row children[] = {
        {"Partition_Schedule", .required = true, .repeated = true}, {0}};
    struct importer *i = r->i;
    struct schedule *s = import_schedule(i, n);
    size_t number = i->model->schedules.count;

    import_vocabulary(i, n, attributes, children);
    s->name = import_word(i, n, "ScheduleName");
    s->id = import_number(i, n, "ScheduleIdentifier");
    if (!s->name.text)
        s->name =
            (struct word){number > 1 ? arena_printf(i->arena, "schedule_%zu", number) : "schedule",
                          s->id.at.line ? s->id.at : n->key_mark};
    if (!s->id.given)
        s->id = (struct amount){.value = number - 1, .at = s->id.at, .given = !s->id.at.line};
    s->initial = import_bool(i, n, "InitialModuleSchedule");
    s->major_frame = import_seconds(i, n, "MajorFrameSeconds");
    EACH_CHILD(c, n, "Partition_Schedule")
        read_partition_schedule(r, c, s);
}
