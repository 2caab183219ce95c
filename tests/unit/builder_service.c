// SPDX-License-Identifier: BSD-2-Clause
// The service of a vcpu against a table that is filled in nanosecond by nanosecond.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/service.h"
#include <string.h>

enum { FRAME_MAX = 40, REPEATS = 6, TABLES = 300 };

static uint64_t seed = 653;

static uint64_t below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % n;
}

struct table { // one schedule, one partition with one vcpu
    struct model model;
    struct partition partition;
    struct schedule schedule;
    struct core_plan core;
    struct window window;
    struct slot slots[FRAME_MAX];
    uint64_t frame, cost;
    bool runs[FRAME_MAX * REPEATS];
};

static void add_slot(struct table *t, uint64_t start, uint64_t end)
{
    t->slots[t->core.slots.count++] = (struct slot){start, end, &t->window, false};
}

// Random windows, some of them touching; half of the tables repeat within their frame.
static void fill(struct table *t)
{
    uint64_t part, copies = 1 + below(3), at = 0;

    memset(t, 0, sizeof *t);
    t->cost = below(3) ? 0 : 1 + below(2);
    part = 2 + below(FRAME_MAX / copies - 1);
    t->frame = part * copies;
    while (at < part) {
        uint64_t start = at + below(5), end = start + 1 + below(6);

        if (end > part)
            end = part;
        if (start < end)
            add_slot(t, start, end);
        at = end;
    }
    at = t->core.slots.count;
    for (uint64_t c = 1; c < copies; c++)
        for (size_t i = 0; i < at; i++)
            add_slot(t, t->slots[i].start + c * part, t->slots[i].end + c * part);
    t->core.slots.items = t->slots;
    t->schedule.major_frame = (struct amount){.value = t->frame, .given = true};
    t->schedule.cores.items = &t->core;
    t->schedule.cores.count = 1;
    t->window.partition = &t->partition;
    t->model.switch_cost = (struct amount){.value = t->cost, .given = true};
    t->model.partitions.items = &t->partition;
    t->model.partitions.count = 1;
    t->model.schedules.items = &t->schedule;
    t->model.schedules.count = 1;
}

// Whether the vcpu owns each nanosecond, and then whether it runs: the switch eats the first ones
// after each change. The first frame is the one that a long past led to.
static void simulate(struct table *t)
{
    bool owns[FRAME_MAX] = {false};
    uint64_t since = 0;

    for (size_t i = 0; i < t->core.slots.count; i++)
        for (uint64_t n = t->slots[i].start; n < t->slots[i].end; n++)
            owns[n] = true;
    for (uint64_t n = 0; n < 2 * t->frame; n++)
        since = owns[n % t->frame] ? since + 1 : 0;
    for (uint64_t n = 0; n < t->frame * REPEATS; n++) {
        since = owns[n % t->frame] ? since + 1 : 0;
        t->runs[n] = since > t->cost;
    }
}

static uint64_t count(const struct table *t, uint64_t from, uint64_t to)
{
    uint64_t got = 0;

    for (uint64_t n = from; n < to; n++)
        got += t->runs[n];
    return got;
}

static uint64_t longest_for(const struct table *t, uint64_t amount)
{
    uint64_t most = 0;

    for (uint64_t from = 0; from < t->frame; from++) {
        uint64_t got = 0, to = from;

        while (got < amount)
            got += t->runs[to++];
        if (to - from > most)
            most = to - from;
    }
    return most;
}

static void compare(const struct table *t, const struct service *s)
{
    uint64_t total = count(t, 0, t->frame), span = 2 * t->frame, begins, black;

    for (uint64_t from = 0; from <= t->frame; from++) {
        assert_int_equal(service_until(s, from), count(t, 0, from));
        for (uint64_t to = from; to <= from + span; to++)
            assert_int_equal(service_between(s, from, to), count(t, from, to));
    }
    for (uint64_t length = 0; length <= span; length++) {
        uint64_t least = NEVER;

        for (uint64_t from = 0; from < t->frame; from++)
            if (count(t, from, from + length) < least)
                least = count(t, from, from + length);
        assert_int_equal(service_least(s, length), least);
    }
    black = service_blackout(s, &begins);
    assert_int_equal(count(t, begins, begins + black), 0);
    if (total == 0) {
        assert_int_equal(black, s->frame);
        assert_true(service_least_time(s, 1) == NEVER);
        assert_true(service_finish(s, 3, 1) == NEVER);
        return;
    }
    assert_true(service_least(s, black) == 0 && service_least(s, black + 1) == 1);
    for (uint64_t amount = 0; amount <= 2 * total; amount++) {
        uint64_t time = service_least_time(s, amount);

        assert_int_equal(time, longest_for(t, amount));
        begins = service_worst_begin(s, amount);
        assert_int_equal(service_finish(s, begins, amount), begins + time);
        for (uint64_t from = 0; from <= t->frame; from++) {
            uint64_t to = service_finish(s, from, amount);

            assert_int_equal(count(t, from, to), amount);
            assert_true(to == from || t->runs[to - 1]);
        }
    }
}

static void service_is_what_a_simulation_gives(void **state)
{
    static struct table t;

    (void)state;
    for (int i = 0; i < TABLES; i++) {
        struct arena *a = arena_new();
        struct service s;

        fill(&t);
        simulate(&t);
        s = service_of(a, &t.model, timetables_make(a, &t.model), &t.partition, 0);
        compare(&t, &s);
        arena_free(a);
    }
}

static void a_repeating_table_is_kept_once(void **state)
{
    static struct table t;
    struct arena *a = arena_new();
    struct service s;

    (void)state;
    fill(&t);
    t.core.slots.count = 0;
    t.cost = t.model.switch_cost.value = 0;
    t.frame = t.schedule.major_frame.value = 40;
    for (uint64_t at = 0; at < 40; at += 10) { // [8, 10) goes on in [10, 11)
        add_slot(&t, at, at + 1);
        add_slot(&t, at + 8, at + 10);
    }
    s = service_of(a, &t.model, timetables_make(a, &t.model), &t.partition, 0);
    assert_int_equal(s.frame, 10);
    assert_int_equal(s.count, 2);
    assert_int_equal(service_blackout(&s, NULL), 7);
    arena_free(a);
}

static void answers_past_the_range_are_never(void **state)
{
    struct stretch stretch = {0, 1};
    uint64_t before[] = {0, 1};
    struct service s = {(uint64_t)1 << 61, &stretch, 1, before};

    (void)state;
    assert_int_equal(service_least_time(&s, 4), (uint64_t)1 << 63);
    assert_true(service_least_time(&s, 5) == NEVER);
    assert_int_equal(service_finish(&s, 0, 4), 3 * ((uint64_t)1 << 61) + 1);
    assert_true(service_finish(&s, 0, UINT64_MAX) == NEVER);
    assert_true(service_least_time(&s, UINT64_MAX) == NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(service_is_what_a_simulation_gives),
        cmocka_unit_test(a_repeating_table_is_kept_once),
        cmocka_unit_test(answers_past_the_range_are_never),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
