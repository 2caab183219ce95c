// SPDX-License-Identifier: BSD-2-Clause
// Numbers with units: exact both ways, and nothing accepted that is not all of the text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "model/model.h"

static void times(void **state)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } cases[] = {
        {"0", 0},
        {"0ms", 0},
        {"0.0", 0},
        {"1ns", 1},
        {"1us", 1000},
        {"1.5us", 1500},
        {"20ms", 20000000},
        {"2 ms", 2000000},
        {"1s", 1000000000},
        {"0.000000001s", 1},
        {"1_000us", 1000000},
        {"1.50000000000000000000000000000000000000ms", 1500000},
        {"9223372036854775807ns", INT64_MAX},
        {"9223372036.854775807s", INT64_MAX},
    };
    uint64_t ns;
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(parse_time(cases[i].text, &ns, &why));
        assert_int_equal(ns, cases[i].ns);
    }
}

static void not_times(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "ms",
        "1",
        "10ms garbage",
        "10ms ",
        " 10ms",
        "10  ms",
        "-1ms",
        "+1ms",
        "1.ms",
        ".5ms",
        "1.5ns",
        "0.5ns",
        "1,5ms",
        "1e3ms",
        "0x10ms",
        "1MS",
        "1h",
        "1_ms",
        "_1ms",
        "1__0ms",
        "1.5",
        "inf",
        "nan",
        "1.5.5ms",
        "1ms1ms",
        "9223372036854775808ns",
        "18446744073709551616ns",
        "99999999999999999999999s",
        "0.0000000001s",
        "1.00000000000000000000000000000001s",
    };
    uint64_t ns;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *why = NULL;
        assert_false(parse_time(texts[i], &ns, &why));
        assert_non_null(why);
    }
}

static void sizes(void **state)
{
    uint64_t bytes;
    const char *why;

    (void)state;
    assert_true(parse_size("64KiB", &bytes, &why) && bytes == 65536);
    assert_true(parse_size("0.5MiB", &bytes, &why) && bytes == 524288);
    assert_true(parse_size("3GiB", &bytes, &why) && bytes == 3ull << 30);
    assert_true(parse_size("1B", &bytes, &why) && bytes == 1);
    assert_true(parse_size("0", &bytes, &why) && bytes == 0);
    assert_false(parse_size("64KB", &bytes, &why));
    assert_false(parse_size("64K", &bytes, &why));
    assert_false(parse_size("64", &bytes, &why));
    assert_false(parse_size("0.5B", &bytes, &why));
    assert_false(parse_size("8589934592GiB", &bytes, &why));
}

static void numbers(void **state)
{
    static const char *const bad[] = {"",
                                      "0x",
                                      "x",
                                      "1 ",
                                      " 1",
                                      "-1",
                                      "+1",
                                      "1.0",
                                      "0x_1",
                                      "1_",
                                      "010",
                                      "00",
                                      "1e3",
                                      "0b1",
                                      "0xg",
                                      "18446744073709551616",
                                      "0x1_0000_0000_0000_0000"};
    uint64_t value;
    const char *why;

    (void)state;
    assert_true(parse_number("0x4000_0000", &value, &why) && value == 0x40000000);
    assert_true(parse_number("62_500_000", &value, &why) && value == 62500000);
    assert_true(parse_number("0", &value, &why) && value == 0);
    assert_true(parse_number("0x00ff", &value, &why) && value == 255);
    assert_true(parse_number("18446744073709551615", &value, &why) && value == UINT64_MAX);
    assert_true(parse_number("0xFFFFFFFFFFFFFFFF", &value, &why) && value == UINT64_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(parse_number(bad[i], &value, &why));
}

static void texts(void **state)
{
    struct arena *a = arena_new();

    (void)state;
    assert_string_equal(time_text(a, 0), "0 ms");
    assert_string_equal(time_text(a, 1500000), "1.5 ms");
    assert_string_equal(time_text(a, 1000000000), "1 s");
    assert_string_equal(time_text(a, 1000000001), "1.000000001 s");
    assert_string_equal(time_text(a, 1001000000), "1.001 s");
    assert_string_equal(time_text(a, 33333333), "33.333333 ms");
    assert_string_equal(time_text(a, 16), "16 ns");
    assert_string_equal(size_text(a, 4096), "4 KiB");
    assert_string_equal(size_text(a, 100), "100 B");
    assert_string_equal(size_text(a, 1536), "1.5 KiB");
    assert_string_equal(size_text(a, 4097), "4097 B");
    assert_string_equal(address_text(a, 0x40000000), "0x4000_0000");
    assert_string_equal(address_text(a, 0x123456789a), "0x12_3456_789a");
    assert_string_equal(address_text(a, 0), "0x0000_0000");
    arena_free(a);
}

// What is printed reads back as the same value: no digit is lost on the way to a message.
static void round_trip(void **state)
{
    struct arena *a = arena_new();
    uint64_t value = 1, back;
    const char *why;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        uint64_t amount = value >> (1 + i % 63);
        assert_true(parse_time(time_text(a, amount), &back, &why));
        assert_int_equal(back, amount);
        assert_true(parse_size(size_text(a, amount), &back, &why));
        assert_int_equal(back, amount);
        assert_true(parse_number(address_text(a, amount), &back, &why));
        assert_int_equal(back, amount);
    }
    arena_free(a);
}

static void nearest(void **state)
{
    static const char *const words[] = {"partitions", "period", "duration", "ports", "image"};

    (void)state;
    assert_string_equal(nearest_word("perid", words, 5), "period");
    assert_string_equal(nearest_word("preiod", words, 5), "period");
    assert_string_equal(nearest_word("partition", words, 5), "partitions");
    assert_string_equal(nearest_word("port", words, 5), "ports");
    assert_string_equal(nearest_word("imgae", words, 5), "image");
    assert_null(nearest_word("schedule", words, 5));
    assert_null(nearest_word("", words, 5));
    assert_null(nearest_word("x", words, 0));
}

static void arithmetic(void **state)
{
    uint64_t r;

    (void)state;
    assert_int_equal(gcd_u64(0, 5), 5);
    assert_int_equal(gcd_u64(12, 18), 6);
    assert_true(lcm_u64(20, 30, &r) && r == 60);
    assert_true(lcm_u64(0, 30, &r) && r == 0);
    assert_false(lcm_u64(UINT64_MAX, UINT64_MAX - 1, &r));
    assert_int_equal(round_up(1, 4096), 4096);
    assert_int_equal(round_up(4096, 4096), 4096);
    assert_int_equal(round_up(UINT64_MAX, 4096), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),   cmocka_unit_test(not_times),  cmocka_unit_test(sizes),
        cmocka_unit_test(numbers), cmocka_unit_test(texts),      cmocka_unit_test(round_trip),
        cmocka_unit_test(nearest), cmocka_unit_test(arithmetic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
