// SPDX-License-Identifier: BSD-2-Clause
// SHA-256 against the examples that NIST publishes for FIPS 180-4, in every division of the input.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "sha256.h"

static const char *hex(const uint8_t digest[32])
{
    static char text[65];

    for (unsigned i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

static const char *of(const void *bytes, uint64_t length, uint64_t step)
{
    struct sha256 s;
    uint8_t digest[32];

    sha256_begin(&s);
    for (uint64_t done = 0; done < length; done += step)
        sha256_add(&s, (const uint8_t *)bytes + done, step < length - done ? step : length - done);
    sha256_end(&s, digest);
    return hex(digest);
}

static void examples(void **state)
{
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
         "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (uint64_t step = 1; step <= 130; step++)
            assert_string_equal(of(cases[i].text, strlen(cases[i].text), step), cases[i].digest);
}

static void a_million_times_a(void **state)
{
    static char text[1000000];

    (void)state;
    memset(text, 'a', sizeof text);
    assert_string_equal(of(text, sizeof text, 64),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_string_equal(of(text, sizeof text, 997),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(a_million_times_a),
    };

    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
