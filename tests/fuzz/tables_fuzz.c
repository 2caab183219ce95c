// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the validator over arbitrary bytes. It may refuse or accept, but never read outside
// what it was given (the sanitizer watches an allocation of exactly that size) and never hang.
//
// With libFuzzer (-Dfuzz=true) the engine drives; without, a main of its own runs seeded mutations
// of valid tables, so that every test run covers the same ground.
#include "make_tables.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// First as it is, then with the checksums made good, so that what lies behind them is reached.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = aligned_alloc(8, size ? (size + 7) / 8 * 8 : 8);

    // At the end of the allocation, as far as alignment allows: one byte too many is seen.
    memcpy(copy, data, size);
    tables_check(copy, size, &made_for_virt);
    if (size >= sizeof(struct tbl_header)) {
        seal_tables(copy, size);
        tables_check(copy, size, &made_for_virt);
    }
    free(copy);
    return 0;
}

#ifndef FUZZ_ENGINE
static uint64_t state = 1;

static uint32_t random_below(uint32_t limit) // splitmix64
{
    uint64_t z = state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ z >> 31) % limit);
}

// Words that break arithmetic more often than chance does.
static uint64_t wild_word(void)
{
    static const uint64_t words[] = {
        0,          1,          7,           8,          0x7fffffff,
        0x80000000, 0xffffffff, 0x100000000, UINT64_MAX, UINT64_MAX - 7,
        1ull << 63, 0x40220000, 4096};

    return words[random_below(sizeof words / sizeof *words)] + random_below(3);
}

static size_t mutate(uint8_t *bytes, size_t size)
{
    // Mostly where the records are; now and then in the translation pages behind them.
    size_t records = random_below(4) ? 4096 : size;

    for (uint32_t n = 1 + random_below(4); n; n--) {
        size_t at = random_below((uint32_t)records);
        uint64_t word = wild_word();

        switch (random_below(5)) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << random_below(8));
            break;
        case 1:
            bytes[at] = (uint8_t)random_below(256);
            break;
        case 2:
            memcpy(bytes + at / 8 * 8, &word, 8);
            break;
        case 3:
            memcpy(bytes + at / 4 * 4, &word, 4);
            break;
        default:
            memmove(bytes + at, bytes + random_below((uint32_t)records), 8 + random_below(64));
        }
    }
    return random_below(8) ? size : random_below((uint32_t)size + 1);
}

int main(void)
{
    static uint8_t whole[MADE_TABLES_MAX], bytes[MADE_TABLES_MAX];
    const uint32_t rounds = 2000;
    size_t size = make_tables(whole, &made_for_virt, MADE_TRANSLATIONS).size;

    puts("TAP version 13\n1..2");
    printf("%s 1 - the seed is accepted\n",
           tables_check(whole, size, &made_for_virt).code ? "not ok" : "ok");
    for (uint32_t i = 0; i < rounds; i++) {
        memcpy(bytes, whole, size);
        LLVMFuzzerTestOneInput(bytes, mutate(bytes, size));
    }
    printf("ok 2 - %u mutations, none read outside its bytes\n", rounds);
    return 0;
}
#endif
