// SPDX-License-Identifier: BSD-2-Clause
// From text to model: places of nodes, defaults, what a port takes from its channel, and the frame
// that windows unfold to.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "model/dialects.h"
#include "model/keys.h"
#include "model/model.h"

static struct arena *arena;
static struct diags *diags;

static struct model *read_text(const char *text)
{
    arena_free(arena);
    arena = arena_new();
    diags = diags_new(arena);
    return model_parse(arena, diags, source_from(arena, "test.yaml", text, strlen(text)));
}

#define HEAD "hvbuild: 1\nmodule: {name: m, board: ./none.yaml}\n"

static void places(void **state)
{
    static const char text[] = "key:  { \"a b\": 'it''s',\n  \xc3\xa4: [1, 22] }\n";
    const struct node *root, *map, *list;

    (void)state;
    read_text("");
    root = yaml_parse(arena, diags, source_from(arena, "t", text, strlen(text)));
    assert_non_null(root);
    map = node_get(root, "key");
    assert_int_equal(map->key_mark.column, 1);
    assert_int_equal(map->key_mark.end_column, 4);
    assert_int_equal(map->mark.line, 1);
    assert_int_equal(map->mark.column, 7);
    assert_int_equal(map->mark.end_column, 24); // to the end of its first line
    assert_string_equal(node_get(map, "a b")->text, "it's");
    assert_false(node_get(map, "a b")->plain);
    assert_int_equal(node_get(map, "a b")->mark.column, 16);
    assert_int_equal(node_get(map, "a b")->mark.end_column, 23);
    list = node_get(map, "\xc3\xa4"); // columns count characters
    assert_int_equal(list->mark.line, 2);
    assert_int_equal(list->mark.column, 6);
    assert_int_equal(list->mark.end_column, 13);
    assert_int_equal(list->first->next->mark.column, 10);
    assert_null(node_get(map, "none"));
}

static void lines(void **state)
{
    struct text t;
    size_t length;

    (void)state;
    read_text("");
    t = (struct text){.arena = arena};
    for (unsigned i = 1; i <= 200; i++)
        text_add(&t, "line %u%s", i, i % 3 ? "\n" : "\r\n");
    text_add(&t, "end");
    const struct source *s = source_from(arena, "t", t.bytes, t.length);
    assert_int_equal(s->lines, 201);
    for (unsigned i = 1; i <= 200; i++) {
        const char *line = source_line(s, i, &length);
        const char *want = arena_printf(arena, "line %u", i);
        assert_int_equal(length, strlen(want));
        assert_memory_equal(line, want, length);
    }
    assert_memory_equal(source_line(s, 201, &length), "end", 3);
    assert_int_equal(length, 3);
    source_line(s, 202, &length);
    assert_int_equal(length, 0);
}

static void defaults(void **state)
{
    const struct model *m = read_text(
        HEAD
        "defaults: {partition: {period: 10ms, criticality: B, health: {guest_off: warm_start}}}\n"
        "partitions:\n"
        "- {name: a, image: dir/a.elf}\n"
        "- {name: b, image: /b.elf, id: 7, period: 5ms, scheduled: false,\n"
        "   health: {memory_violation: halt}}\n"
        "schedules: []\n");
    const struct partition *a = &m->partitions.items[0], *b = &m->partitions.items[1];

    (void)state;
    assert_int_equal(a->period.value, 10000000);
    assert_int_equal(a->period.at.line, 3);
    assert_int_equal(b->period.value, 5000000);
    assert_int_equal(a->criticality.value, 1);
    assert_int_equal(a->id.value, 0);
    assert_int_equal(b->id.value, 7);
    assert_false(a->never_scheduled.value);
    assert_true(b->never_scheduled.value);
    assert_int_equal(a->action[HV_EVENT_GUEST_OFF], TBL_ACTION_WARM_START);
    assert_int_equal(b->action[HV_EVENT_GUEST_OFF], TBL_ACTION_WARM_START);
    assert_int_equal(a->action[HV_EVENT_MEMORY_VIOLATION], TBL_ACTION_COLD_START);
    assert_int_equal(b->action[HV_EVENT_MEMORY_VIOLATION], TBL_ACTION_HALT);
    assert_int_equal(a->action_at[HV_EVENT_MEMORY_VIOLATION].line, 0);
    assert_int_equal(a->action[HV_EVENT_INTEGRITY], TBL_ACTION_HALT);
    assert_string_equal(a->image.text, "dir/a.elf");
    assert_string_equal(b->image.text, "/b.elf");
    assert_false(a->duration.given);
}

static void channels(void **state)
{
    const struct model *m = read_text(
        HEAD
        "partitions:\n"
        "- {name: a, image: a, ports: [{name: o, type: queuing, direction: source}]}\n"
        "- {name: b, image: b, ports: [{name: i, type: queuing, direction: destination, depth: "
        "2}],\n"
        "   memory: [{name: x, at: 0x1000, shared: s, rights: r}]}\n"
        "shared_memory: [{name: s, size: 8KiB, cached: false}]\n"
        "channels: [{name: c, type: queuing, max_message: 16B, depth: 4, from: a.o, to: b.i}]\n"
        "schedules: []\n");
    const struct port *o = &m->partitions.items[0].ports.items[0];
    const struct port *i = &m->partitions.items[1].ports.items[0];
    const struct memory *x = &m->partitions.items[1].memory.items[0];

    (void)state;
    assert_ptr_equal(o->channel, &m->channels.items[0]);
    assert_ptr_equal(i->channel, &m->channels.items[0]);
    assert_ptr_equal(m->channels.items[0].to.items[0].port, i);
    assert_ptr_equal(i->partition, &m->partitions.items[1]);
    assert_int_equal(o->max_message.value, 16);
    assert_int_equal(o->depth.value, 4);
    assert_int_equal(i->depth.value, 2);
    assert_ptr_equal(x->block, &m->shared.items[0]);
    assert_int_equal(x->size.value, 8192);
    assert_int_equal(x->attributes, TBL_MEM_READ | TBL_MEM_SHARED | TBL_MEM_UNCACHED);
    assert_int_equal(m->shared.items[0].uses.count, 1);
}

static const struct core_plan *frame(const char *cores)
{
    struct text t = {.arena = arena_new()};

    text_add(&t, "%s",
             HEAD "partitions: [{name: a, image: a, period: 10ms}, {name: b, image: b}]\n");
    text_add(&t, "schedules: [{name: s, major_frame: 40ms, cores: {%s}}]\n", cores);
    const struct model *m = read_text(t.bytes);
    arena_free(t.arena);
    return m->schedules.items[0].cores.items;
}

static void slots(void **state)
{
    const struct core_plan *c = frame("0: [{partition: b, start: 5ms, duration: 1ms},"
                                      "{partition: a, start: 2ms, duration: 1ms, every: 15ms},"
                                      "{partition: idle, start: 17ms, duration: 1ms}]");
    static const uint64_t starts[] = {2, 5, 17, 17, 32};

    (void)state;
    assert_int_equal(c->slots.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(c->slots.items[i].start, starts[i] * 1000000);
        assert_int_equal(c->slots.items[i].end, (starts[i] + 1) * 1000000);
    }
    assert_ptr_equal(c->slots.items[2].window, &c->windows.items[1]); // as written
    assert_null(c->slots.items[3].window->partition);
}

// The first window in each period begins it, whichever core it is on.
static void period_starts(void **state)
{
    const struct core_plan *c = frame("0: [{partition: a, start: 3ms, duration: 1ms},"
                                      "{partition: a, start: 9ms, duration: 2ms},"
                                      "{partition: a, start: 12ms, duration: 1ms, every: 10ms}],"
                                      "1: [{partition: a, cpu: 1, start: 1ms, duration: 1ms},"
                                      "{partition: b, start: 3ms, duration: 1ms}]");
    static const bool first[] = {false, false, true, true, true};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(c[0].slots.items[i].period_start, first[i]);
    assert_true(c[1].slots.items[0].period_start);
    assert_false(c[1].slots.items[1].period_start); // no period, no start
}

static void written_period_starts(void **state)
{
    const struct core_plan *c =
        frame("0: [{partition: a, start: 0, duration: 1ms, every: 10ms},"
              "{partition: a, start: 5ms, duration: 1ms, every: 10ms, period_start: true}]");

    (void)state;
    assert_int_equal(c->slots.count, 8);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(c->slots.items[i].period_start, i % 2);
}

static void too_many_slots(void **state)
{
    const struct core_plan *c = frame("0: [{partition: a, start: 0, duration: 1ns, every: 1ns}]");

    (void)state;
    assert_int_equal(c->slots.count,
                     limits_of_checking.windows + 1); // one too many is enough to know
}

// ---- What one partition and one schedule say beyond the basics ----------------------------------

static void processes(void **state)
{
    const struct model *m = read_text(
        HEAD "defaults: {partition: {scheduling: edf, slack_margin: 5}}\n"
             "partitions:\n"
             "- {name: a, ports: [{name: o, type: queuing, direction: source}], cores: [0, 2],\n"
             "   processes: [{name: p, period: 20ms, wcet: 1.5ms, priority: 60,\n"
             "     writes: [{port: o, messages: 2, blocks: true}]},\n"
             "    {name: q, type: aperiodic, deadline: none, deadline_type: hard},\n"
             "    {name: r, type: sporadic, period: 5ms, deadline: 4ms, reads: [{port: o}]}],\n"
             "   mutexes: [{name: x, ceiling: 60, users: [r, p]}], rights: [read_log]}\n"
             "- {name: b, scheduling: priority}\n"
             "chains: [{name: c, steps: [a.p, a.r], age: 1ms}]\n"
             "schedules: []\n");
    const struct partition *a = &m->partitions.items[0];
    const struct process *p = &a->processes.items[0], *q = p + 1, *r = p + 2;

    (void)state;
    assert_int_equal(a->scheduling, SCHEDULING_EDF);
    assert_int_equal(a->scheduling_at.line, 3);
    assert_int_equal(m->partitions.items[1].scheduling, SCHEDULING_PRIORITY);
    assert_int_equal(a->slack.value, 5);
    assert_int_equal(a->cores.items[1].value, 2);
    assert_int_equal(a->rights.items[0].right, RIGHT_READ_LOG);
    assert_ptr_equal(r->partition, a);
    assert_int_equal(r->index, 2);
    assert_int_equal(p->wcet.value, 1500000);
    assert_int_equal(p->deadline.value, 20000000); // its period
    assert_int_equal(p->deadline.at.line, 0);
    assert_true(p->offset.given && p->offset.value == 0);
    assert_true(q->no_deadline && !q->deadline.given && q->hard.value && !p->hard.value);
    assert_int_equal(q->kind, PROCESS_APERIODIC);
    assert_int_equal(r->deadline.value, 4000000);
    assert_ptr_equal(p->writes.items[0].port, &a->ports.items[0]);
    assert_int_equal(p->writes.items[0].messages.value, 2);
    assert_true(p->writes.items[0].blocks.value);
    assert_int_equal(r->reads.items[0].messages.value, 1);
    assert_ptr_equal(a->mutexes.items[0].users.items[0].process, r);
    assert_ptr_equal(m->chains.items[0].steps.items[1].process, r);
    assert_string_equal(m->chains.items[0].steps.items[1].partition_name, "a");
}

// A schedule's own word on what it owes goes before the partition's, also for period starts.
static void demands(void **state)
{
    const struct model *m = read_text(
        HEAD "partitions: [{name: a, period: 10ms, duration: 2ms}, {name: b}]\n"
             "schedules:\n"
             "- {name: s, major_frame: 20ms, change_within: 5ms, on_change: {b: cold_start},\n"
             "   partitions: [{partition: a, period: 20ms, duration: 4ms}], cores: {\n"
             "   0: [{partition: a, start: 0, duration: 2ms, every: 10ms}],\n"
             "   1: {frame: 10ms, windows: [{partition: b, start: 0, duration: 1ms,\n"
             "                                every: 5ms}]}}}\n"
             "- {name: t, id: 7, initial: true, synthesize: true}\n"
             "- {name: u, major_frame: 20ms,\n"
             "   cores: {0: [{partition: a, start: 0, duration: 2ms, every: 10ms}]}}\n");
    const struct schedule *s = &m->schedules.items[0], *u = s + 2;
    const struct partition *a = &m->partitions.items[0], *b = a + 1;

    (void)state;
    assert_int_equal(demand_of(s, a)->period.value, 20000000);
    assert_int_equal(demand_of(s, a)->mark.line, 6);
    assert_int_equal(demand_of(u, a)->period.value, 10000000);
    assert_int_equal(demand_of(u, a)->mark.line, 0);
    assert_false(demand_of(s, b)->period.given);
    assert_true(s->cores.items[0].slots.items[0].period_start);
    assert_false(s->cores.items[0].slots.items[1].period_start);
    assert_true(u->cores.items[0].slots.items[1].period_start);
    assert_int_equal(s->cores.items[1].frame.value, 10000000);
    assert_int_equal(s->cores.items[1].slots.count, 2); // to the end of its own frame
    assert_ptr_equal(s->on_change.items[0].partition, b);
    assert_int_equal(s->on_change.items[0].action, TBL_ACTION_COLD_START);
    assert_int_equal(s->id.value, 0);
    assert_int_equal(s[1].id.value, 7);
    assert_int_equal(u->id.value, 2);
    assert_false(s->initial.given);
    assert_ptr_equal(initial_schedule(m), s + 1);
    assert_true(s[1].synthesize.value);
}

static void health_tables(void **state)
{
    const struct model *m = read_text(
        HEAD "partitions: [{name: a}]\n"
             "health_tables:\n"
             "  errors: [{name: e, id: 5}]\n"
             "  states: [{name: s, phase: error_handler}]\n"
             "  tables:\n"
             "  - {name: t, kind: partition, partitions: [a], multi: all, fallback: true,\n"
             "     entries: [{error: e, level: process, code: power_fail},\n"
             "               {error: none, action: restart}]}\n"
             "  - {name: all, kind: multi, entries: [{error: e, state: s, level: partition}]}\n"
             "schedules: []\n");
    const struct hm_table *t = m->hm.tables.items;

    (void)state;
    assert_ptr_equal(t->multi, t + 1);
    assert_ptr_equal(t->partitions.items[0].partition, &m->partitions.items[0]);
    assert_true(t->fallback.value);
    assert_ptr_equal(t->entries.items[0].error, &m->hm.errors.items[0]);
    assert_int_equal(t->entries.items[0].code, HM_CODE_POWER_FAIL);
    assert_int_equal(t->entries.items[0].action, HM_ACTION_NONE);
    assert_null(t->entries.items[1].error);
    assert_int_equal(t->entries.items[1].action, HM_ACTION_UNKNOWN);
    assert_int_equal(t->entries.items[1].code, HM_CODE_NONE);
    assert_ptr_equal(t[1].entries.items[0].state, &m->hm.states.items[0]);
    assert_int_equal(m->hm.states.items[0].phase, HM_PHASE_ERROR_HANDLER);
    assert_int_equal(m->hm.mark.line, 5);
}

static void dialects(void **state)
{
    static const char text[] = "hvbuild: 1\n"
                               "module: {name: m, board: ./none.yaml, dialect: prtos,\n"
                               "  profile: strict, switch_in: gap, switch_cost: 3us}\n"
                               "partitions: [{name: a, memory: [{name: r, at: 0, size: 4KiB,\n"
                               "  rights: any}]}]\n"
                               "schedules: []\n";
    const struct model *m = read_text(text);
    const struct memory *r = &m->partitions.items[0].memory.items[0];

    (void)state;
    assert_string_equal(m->dialect, "prtos");
    assert_true(m->unstated & UNSTATED_PERIODS);
    assert_int_equal(m->profile, PROFILE_STRICT);
    assert_true(m->switch_in_gap.value);
    assert_int_equal(switch_cost_of(m), 3000);
    assert_true(r->rights_unstated);
    assert_int_equal(r->attributes, TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE);
    assert_string_equal(read_text(HEAD "partitions: []\nschedules: []\n")->dialect, "system.yaml");
}

// Every word of `dialect` has its row in dialects.c, and no other name has one.
static void dialect_rows(void **state)
{
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of(SET_DIALECT, set);

    (void)state;
    assert_true(count > 0 && count <= CHOICES_MAX);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(dialect_find(set[i]->word)->name, set[i]->word);
    assert_null(dialect_find("system.yaml"));
}

// Sets and keys are read into arrays of a fixed size.
static void sizes(void **state)
{
    const struct choice_info *set[CHOICES_MAX];

    (void)state;
    for (int id = 0; id < OBJECTS; id++)
        assert_true(object_count((enum object_id)id) <= OBJECT_KEYS_MAX);
    for (int s = 0; s < SETS; s++)
        assert_in_range(choices_of((enum choice_set)s, set), 1, CHOICES_MAX - 1);
}

static int clean(void **state)
{
    (void)state;
    arena_free(arena);
    arena = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(lines),
        cmocka_unit_test(defaults),
        cmocka_unit_test(channels),
        cmocka_unit_test(slots),
        cmocka_unit_test(period_starts),
        cmocka_unit_test(written_period_starts),
        cmocka_unit_test(too_many_slots),
        cmocka_unit_test(processes),
        cmocka_unit_test(demands),
        cmocka_unit_test(health_tables),
        cmocka_unit_test(dialects),
        cmocka_unit_test(dialect_rows),
        cmocka_unit_test(sizes),
    };

    return cmocka_run_group_tests(tests, NULL, clean);
}
