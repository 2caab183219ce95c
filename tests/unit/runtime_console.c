// SPDX-License-Identifier: BSD-2-Clause
// The console: whole lines under their own name, whoever writes, however slowly the board takes
// them.
#include "runtime_machine.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static int setup(void **state)
{
    machine_setup(state);
    if (!machine_boot())
        return 1;
    fake_console();
    return 0;
}

static void write_as(uint32_t partition, const char *text)
{
    console_write(&partitions[partition], text, (uint32_t)strlen(text));
}

static void drain_all(void)
{
    while (console_drain(CONSOLE_IDLE_BUDGET))
        ;
}

static void a_line_appears_when_it_is_whole(void **state)
{
    (void)state;
    write_as(SENSOR, "one ");
    drain_all();
    assert_string_equal(fake_console(), "");
    write_as(SENSOR, "two\nthr");
    assert_string_equal(fake_console(), "[sensor] one two\n");
    write_as(SENSOR, "ee\n\n");
    assert_string_equal(fake_console(), "[sensor] three\n[sensor] \n");
}

static void lines_do_not_mix(void **state)
{
    (void)state;
    write_as(SENSOR, "aaa");
    write_as(CONTROL, "bbb");
    write_as(SENSOR, "AAA\n");
    write_as(CONTROL, "BBB\n");
    assert_string_equal(fake_console(), "[sensor] aaaAAA\n[control] bbbBBB\n");
}

// A call prints its own partition's lines, not another's that wait; idle time prints everybody's.
static void everybody_pays_for_his_own(void **state)
{
    (void)state;
    fake.console_room = 0;
    write_as(SENSOR, "sensor's\n");
    fake.console_room = -1;
    write_as(CONTROL, "control's\n");
    assert_string_equal(fake_console(), "[control] control's\n");
    drain_all();
    assert_string_equal(fake_console(), "[sensor] sensor's\n");
}

static void a_prompt_is_shown_before_its_line_ends(void **state)
{
    (void)state;
    console_prompt(&partitions[SENSOR]); // nothing to show
    drain_all();
    assert_string_equal(fake_console(), "");
    write_as(SENSOR, "one ");
    console_prompt(&partitions[SENSOR]);
    assert_string_equal(fake_console(), "[sensor] one ");
    console_prompt(&partitions[SENSOR]);
    drain_all();
    assert_string_equal(fake_console(), "");
    write_as(SENSOR, "two");
    console_prompt(&partitions[SENSOR]);
    write_as(SENSOR, "\nthree\n");
    assert_string_equal(fake_console(), "two\n[sensor] three\n");
}

// Another's line comes between: it begins a line of its own, and so does the rest.
static void a_prompt_makes_way_for_others(void **state)
{
    (void)state;
    write_as(SENSOR, "log");
    console_prompt(&partitions[SENSOR]);
    write_as(CONTROL, "bbb\n");
    write_as(SENSOR, "in: ");
    console_prompt(&partitions[SENSOR]);
    assert_string_equal(fake_console(), "[sensor] log\n[control] bbb\n[sensor] in: ");
    write_as(CONTROL, "ccc\n");
    write_as(SENSOR, "\n");
    assert_string_equal(fake_console(), "\n[control] ccc\n[sensor] \n");
}

static void a_halt_ends_a_prompt(void **state)
{
    (void)state;
    write_as(SENSOR, "login: ");
    console_prompt(&partitions[SENSOR]);
    console_end_line(&partitions[SENSOR]);
    write_as(SENSOR, "again\n");
    assert_string_equal(fake_console(), "[sensor] login: \n[sensor] again\n");
}

// What did not fit is told after what was shown, and a ring that is full of prompts stays whole.
static void a_prompt_without_room(void **state)
{
    char text[CONSOLE_LINE + 1];
    unsigned lost = 0, kept = 0;

    (void)state;
    memset(text, 'x', CONSOLE_LINE);
    text[CONSOLE_LINE] = 0;
    fake.console_room = 0;
    for (unsigned i = 0; i < CONSOLE_RING / CONSOLE_LINE + 1; i++) {
        write_as(SENSOR, text);
        console_prompt(&partitions[SENSOR]);
    }
    console_end_line(&partitions[SENSOR]);
    for (unsigned i = 0; i < 4; i++) { // no byte is left, not even for an end of line
        write_as(SENSOR, "y");
        console_prompt(&partitions[SENSOR]);
        console_end_line(&partitions[SENSOR]);
    }
    fake.console_room = -1;
    drain_all();
    const char *shown = fake_console();
    assert_int_equal(sscanf(shown, "[sensor] (%u bytes lost)", &lost), 1);
    for (const char *c = shown; *c; c++)
        kept += *c == 'x';
    assert_int_equal(kept + lost, (CONSOLE_RING / CONSOLE_LINE + 1) * CONSOLE_LINE + 4);
    assert_int_equal(shown[strlen(shown) - 1], '\n');
    write_as(SENSOR, "after\n");
    assert_string_equal(fake_console(), "[sensor] after\n");
}

static void a_begun_line_is_ended_first(void **state)
{
    (void)state;
    fake.console_room = 12;
    write_as(SENSOR, "abcdefgh\n");
    fake.console_room = -1;
    write_as(CONTROL, "x\n");
    assert_string_equal(fake_console(), "[sensor] abcdefgh\n[control] x\n");
}

// One byte at a time, from four voices: what comes out is the four texts, line by line.
static void a_slow_board_gets_whole_lines(void **state)
{
    static const char *const prefix[] = {"[sensor] ", "[control] ", "[display] ", "[hv] "};
    uint32_t next[4] = {0}, lines = 0;
    char *rest;

    (void)state;
    for (uint32_t i = 0; i < 60; i++) {
        char text[40];

        for (uint32_t who = 0; who < 4; who++) {
            snprintf(text, sizeof text, "line %u of %u\n", i, who);
            fake.console_room = who + 3;
            if (who == 3)
                console_say(text);
            else
                write_as(who, text);
        }
        for (uint32_t turn = 0; turn < 40; turn++) {
            fake.console_room = turn % 3;
            console_drain(2);
        }
    }
    fake.console_room = -1;
    drain_all();
    for (char *line = strtok_r((char *)(uintptr_t)fake_console(), "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest), lines++) {
        uint32_t who = 0;
        char expected[60];

        while (who < 4 && strncmp(line, prefix[who], strlen(prefix[who])))
            who++;
        assert_true(who < 4);
        snprintf(expected, sizeof expected, "%sline %u of %u", prefix[who], next[who]++, who);
        assert_string_equal(line, expected);
    }
    assert_int_equal(lines, 240);
}

static void lost_bytes_are_counted_and_told(void **state)
{
    (void)state;
    fake.console_room = 0;
    for (unsigned i = 0; i < 110; i++)
        write_as(SENSOR, "123456789\n"); // 1024 fit: 102 lines and a cut one of 3 bytes
    assert_true(console_drain(100));
    fake.console_room = -1;
    drain_all();
    const char *text = fake_console();
    // 6 of line 103, and 9 of each line after it.
    assert_memory_equal(text, "[sensor] (69 bytes lost)\n[sensor] 123456789\n", 42);
    assert_non_null(strstr(text, "[sensor] 123456789\n[sensor] 123\n"));
    assert_null(strstr(text, "[sensor] \n"));
    write_as(SENSOR, "told once\n");
    assert_string_equal(fake_console(), "[sensor] told once\n");
}

// Room that appears in the middle of a line is no use to that line any more.
static void a_cut_line_has_no_hole(void **state)
{
    (void)state;
    fake.console_room = 0;
    for (unsigned i = 0; i < 102; i++)
        write_as(SENSOR, "123456789\n");
    write_as(SENSOR, "abcdefgh");
    fake.console_room = -1;
    drain_all();
    fake_console();
    write_as(SENSOR, "ijkl\nnext\n");
    drain_all();
    assert_string_equal(fake_console(), "[sensor] (4 bytes lost)\n[sensor] abc\n[sensor] next\n");
}

static void an_endless_line_is_broken_not_lost(void **state)
{
    uint32_t count = 0, lines = 0;

    (void)state;
    for (unsigned i = 0; i < 1500; i++)
        write_as(SENSOR, "x");
    write_as(SENSOR, "\n");
    drain_all();
    for (const char *text = fake_console(); *text; text++) {
        count += *text == 'x';
        lines += *text == '\n';
    }
    assert_int_equal(count, 1500);
    assert_int_equal(lines, 1500 / CONSOLE_LINE + 1);
    // A line of exactly the limit is one line.
    for (unsigned i = 0; i < CONSOLE_LINE; i++)
        write_as(SENSOR, "y");
    write_as(SENSOR, "\n");
    drain_all();
    assert_non_null(strstr(fake_console(), "yyy\n"));
    write_as(SENSOR, "z\n");
    assert_string_equal(fake_console(), "[sensor] z\n");
}

static void a_restart_ends_the_unfinished_line(void **state)
{
    struct vcpu *sensor = &vcpus[VCPU_SENSOR];

    (void)state;
    machine_window(sensor);
    write_as(SENSOR, "half a li");
    fake_run(&cores[0], partition_restart(sensor, false, HV_START_HM_PARTITION, 1));
    drain_all();
    assert_string_equal(fake_console(), "[sensor] half a li\n");
    write_as(SENSOR, "anew\n");
    assert_string_equal(fake_console(), "[sensor] anew\n");
    console_end_line(&partitions[SENSOR]); // nothing is unfinished: nothing appears
    drain_all();
    assert_string_equal(fake_console(), "");
}

static void nobody_can_write_under_another_name(void **state)
{
    (void)state;
    write_as(SENSOR, "a\r[hv] all is well\n");
    write_as(SENSOR, "\033[1A\033[2K[hv] b\b\x7f\x01\tc\n");
    assert_string_equal(fake_console(), "[sensor] a[hv] all is well\n[sensor] [hv] b\b??\tc\n");
    write_as(SENSOR, "\033[31;1mr\033[0m \033Mn \033[\ns\033\xc3\xa4\033\033[6nt\n");
    assert_string_equal(fake_console(), "[sensor] r n \n[sensor] s\xc3\xa4t\n");
    write_as(SENSOR, "\b\b\bab\b\b\b\bc\n");
    assert_string_equal(fake_console(), "[sensor] ?\b?ab\b\b\b?c\n");
}

static void a_call_is_bounded(void **state)
{
    (void)state;
    fake.console_room = 0;
    for (unsigned i = 0; i < 30; i++)
        write_as(SENSOR, "0123456789012345678901234567890\n");
    fake.console_room = 1000000;
    write_as(SENSOR, "x\n");
    assert_int_equal(fake.console_room, 1000000 - CONSOLE_CALL_BUDGET);
    console_drain(CONSOLE_IDLE_BUDGET);
    // two other rings were asked whether they have something to say
    assert_int_equal(fake.console_room, 1000000 - CONSOLE_CALL_BUDGET - (CONSOLE_IDLE_BUDGET - 2));
}

// Whose turn it is costs as much as a byte, and the next call goes on where the last one ended.
static void a_search_is_bounded(void **state)
{
    unsigned calls = 0;

    (void)state;
    drain_all();
    while (calls < 100 && console_drain(1))
        calls++;
    assert_int_equal(calls, 2); // three rings in three calls, the last of which knows it
    for (uint32_t p = SENSOR; p <= DISPLAY;
         p++) { // who writes when his turn is over is not left out
        console_drain(1);
        console_drain(1);
        fake.console_room = 0;
        write_as(p, "x\n");
        fake.console_room = -1;
        drain_all();
        assert_non_null(strstr(fake_console(), "] x\n"));
    }
}

static void numbers_and_addresses(void **state)
{
    struct console_line l = {0};

    (void)state;
    line_number(&l, 0, 10, 1);
    line_text(&l, " ");
    line_number(&l, UINT64_MAX, 10, 1);
    line_text(&l, " ");
    line_number(&l, 0xbeef, 16, 8);
    line_text(&l, " ");
    line_address(&l, 0);
    line_text(&l, " ");
    line_address(&l, 0x48000000);
    line_text(&l, " ");
    line_address(&l, 0x123456789abc);
    line_text(&l, " ");
    line_address(&l, UINT64_MAX);
    line_text(&l, "\n");
    line_say(&l);
    drain_all(); // longer than one call prints
    assert_string_equal(fake_console(),
                        "[hv] 0 18446744073709551615 0000beef 0x0000_0000 0x4800_0000 "
                        "0x1234_5678_9abc 0xffff_ffff_ffff_ffff\n");
    line_milliseconds(&l, 1234567890123);
    line_say(&l);
    console_say_number(0xfeed, 16);
    console_say("\n");
    assert_string_equal(fake_console(), "[hv] 1234567.890123 msfeed\n");
    for (unsigned i = 0; i < 100; i++)
        line_text(&l, "too long ");
    assert_true(l.length < sizeof l.text);
}

// ---- Several cores at once ---------------------------------------------------------------------

enum { LINES = 300, WRITERS = 6 };

// Two of the writers are vcpus of one partition; one is the runtime itself.
static const uint32_t writes_as[WRITERS] = {SENSOR, CONTROL, CONTROL, DISPLAY, DISPLAY, 3};

static void line_of(char *text, size_t size, uint32_t who, uint32_t i)
{
    snprintf(text, size, "%u %u abcdefghijklmnopqrstuvwxyz %u\n", who, i, i);
}

static void *writer(void *arg)
{
    uint32_t who = (uint32_t)(uintptr_t)arg;

    for (uint32_t i = 0; i < LINES; i++) {
        char text[60];

        line_of(text, sizeof text, who, i);
        if (writes_as[who] == 3)
            console_say(text);
        else
            write_as(writes_as[who], text);
    }
    return NULL;
}

static void others_turn(void)
{
    sched_yield();
}

// Every line that comes out is one that was written, or the beginning of one, under the right name
// and after the ones before it.
static void cores_do_not_mix_lines(void **state)
{
    static const char *const names[] = {"sensor", "control", "display", "hv"};
    pthread_t thread[WRITERS];
    uint32_t next[WRITERS] = {0}, lines = 0;
    char *rest;

    (void)state;
    fake.on_put = others_turn;
    for (uint32_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, writer, (void *)(uintptr_t)i), 0);
    for (uint32_t i = 0; i < WRITERS; i++)
        pthread_join(thread[i], NULL);
    drain_all();
    for (char *line = strtok_r((char *)(uintptr_t)fake_console(), "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        uint32_t who, i;
        char name[32], text[60], expected[120];
        int fields = sscanf(line, "[%31[a-z]] %u %u", name, &who, &i);

        if (strstr(line, "bytes lost)"))
            continue;
        assert_true(fields >= 1);
        if (strstr(line, " abc")) { // long enough for its numbers to be whole
            assert_true(fields == 3 && who < WRITERS && i >= next[who] && i < LINES);
            next[who] = i + 1;
            line_of(text, sizeof text, who, i);
            snprintf(expected, sizeof expected, "[%s] %s", names[writes_as[who]], text);
            assert_int_equal(strncmp(line, expected, strlen(line)), 0);
            lines++;
        } else {
            assert_true(strlen(line) < 24);
        }
    }
    assert_true(lines > 60); // the rest was lost to full rings, and counted
}

static void everybody_has_his_turn(void **state)
{
    (void)state;
    fake.console_room = 0;
    for (unsigned i = 0; i < 2; i++) {
        write_as(SENSOR, "s\n");
        write_as(CONTROL, "c\n");
        write_as(DISPLAY, "d\n");
    }
    fake.console_room = -1;
    for (unsigned i = 0; i < 60; i++) {
        if (i == 12) // the runtime goes first, and does not change whose turn it is
            console_say("hv\n");
        console_drain(1);
    }
    drain_all();
    assert_string_equal(fake_console(), "[control] c\n[hv] hv\n[display] d\n[sensor] s\n"
                                        "[control] c\n[display] d\n[sensor] s\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(a_line_appears_when_it_is_whole),
        TEST(lines_do_not_mix),
        TEST(everybody_pays_for_his_own),
        TEST(a_begun_line_is_ended_first),
        TEST(a_prompt_is_shown_before_its_line_ends),
        TEST(a_prompt_makes_way_for_others),
        TEST(a_halt_ends_a_prompt),
        TEST(a_prompt_without_room),
        TEST(a_slow_board_gets_whole_lines),
        TEST(lost_bytes_are_counted_and_told),
        TEST(a_cut_line_has_no_hole),
        TEST(an_endless_line_is_broken_not_lost),
        TEST(a_restart_ends_the_unfinished_line),
        TEST(nobody_can_write_under_another_name),
        TEST(a_call_is_bounded),
        TEST(numbers_and_addresses),
        TEST(everybody_has_his_turn),
        TEST(a_search_is_bounded),
        TEST(cores_do_not_mix_lines),
    };

    return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
