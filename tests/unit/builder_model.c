// SPDX-License-Identifier: BSD-2-Clause
// From text to model: places of nodes, defaults, what a port takes from its channel, and the frame
// that windows unfold to.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

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
    assert_int_equal(c->slots.count, HV_MAX_WINDOWS + 1); // one too many is enough to know
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
    };

    return cmocka_run_group_tests(tests, NULL, clean);
}
