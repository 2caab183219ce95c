// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: device trees that partitions are given. Any bytes become findings, or a tree that is
// filled and read back as the one that was given.
//
// With libFuzzer (-Dfuzz=true) the engine drives; without, a main of its own cuts off and changes
// the tree that hvbuild writes for the same partition, with a fixed seed, under the sanitizers.
#include "image/verify_tree.h"
#include "plan/device_tree.h"
#include "plan/given_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { RAM = 0x40000000, RAM_SIZE = 64 << 20 };

static struct board_device rtc = {.name = {.text = "rtc"},
                                  .start = 0x09010000,
                                  .size = 0x1000,
                                  .intid = 34,
                                  .compatible = {.text = "arm,pl031"}};
static struct board board = {.timer_hz = 62500000, .devices = {.items = &rtc, .count = 1}};
static struct memory memory[] = {
    {.name = {.text = "ram"},
     .at = {.value = RAM, .given = true},
     .size = {.value = RAM_SIZE, .given = true},
     .attributes = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE},
    {.name = {.text = "rtc"},
     .at = {.value = 0x09010000, .given = true},
     .size = {.value = 0x1000, .given = true},
     .attributes = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_DEVICE},
};
static struct device_use use = {.name = {.text = "rtc"}, .device = &rtc};
static struct partition partition = {.name = {.text = "fuzz"},
                                     .guest = GUEST_LINUX,
                                     .console = CONSOLE_PL011,
                                     .cpus = {.value = 2, .given = true},
                                     .cmdline = {.text = "console=ttyAMA0"},
                                     .memory = {.items = memory, .count = 2},
                                     .devices = {.items = &use, .count = 1}};
static struct model model = {.board = &board, .partitions = {.items = &partition, .count = 1}};

// How many findings the tree has; -1 when it cannot be read.
static int look(struct arena *a, const uint8_t *bytes, size_t length)
{
    struct diags *d = diags_new(a);
    struct text findings = {.arena = a};
    const char *why;
    const void *fdt = tree_parse(a, bytes, length, &why);
    uint64_t start, end;

    if (!fdt)
        return -(int)(strlen(why) > 0);
    partition.device_tree.text = "given";
    given_tree_check(a, d, &model, &partition, fdt);
    given_tree_loads(a, d, &partition, fdt, "all", RAM, RAM_SIZE);
    struct device_tree t = device_tree_fill(a, &partition, fdt, RAM + 4096, RAM + 8192);
    if (t.length && (!tree_parse(a, t.bytes, t.length, &why) || t.length > DEVICE_TREE_LIMIT))
        abort(); // what is written can be read
    diags_sorted(d, &length);
    // The file "given" is not there, so that no tree is the one that was given; nothing else is
    // found in one without findings.
    if (t.length && (tree_verify(a, t.bytes, t.length, &partition, &findings, &start, &end) ||
                     (!length && strchr(findings.bytes, '\n')[1])))
        abort();
    return (int)length;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *a = arena_new();
    uint8_t *exact = malloc(length); // aligned, and so long that a sanitizer sees its end

    if (length)
        memcpy(exact, bytes, length);
    look(a, exact, length);
    free(exact);
    arena_free(a);
    return 0;
}

#ifndef FUZZ_ENGINE
enum { ROUNDS = 20000 };

static uint64_t state = 0x9e3779b97f4a7c15;

static uint32_t next(uint32_t below)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(state >> 33) % below;
}

int main(void)
{
    static const uint8_t edges[] = {0, 1, 2, 3, 4, 9, 0x7f, 0x80, 0xff};
    struct arena *a = arena_new();
    struct device_tree good = device_tree_make(a, &partition, RAM + 4096, RAM + 8192);
    uint8_t *bytes = malloc(good.length);
    int found = look(a, good.bytes, good.length), readable = 0;

    printf("TAP version 13\n1..3\n");
    printf("%s 1 - the tree that hvbuild writes has no findings\n", found ? "not ok" : "ok");
    for (size_t length = 0; length < good.length; length++) {
        struct arena *own = arena_new();
        uint8_t *cut = malloc(length);
        if (length)
            memcpy(cut, good.bytes, length);
        readable += look(own, cut, length) >= 0;
        free(cut);
        arena_free(own);
    }
    printf("%s 2 - cut off at each of %zu lengths\n", readable ? "not ok" : "ok",
           (size_t)good.length);
    readable = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena *own = arena_new();
        memcpy(bytes, good.bytes, good.length);
        for (uint32_t n = 1 + next(6); n; n--)
            bytes[next(3) ? next((uint32_t)good.length) : next(96)] =
                next(2) ? edges[next(sizeof edges)] : (uint8_t)next(256);
        readable += look(own, bytes, good.length) >= 0;
        arena_free(own);
    }
    printf("%s 3 - changed %d times, %d of them readable\n",
           readable > ROUNDS / 10 && readable < ROUNDS ? "ok" : "not ok", ROUNDS, readable);
    free(bytes);
    arena_free(a);
    return 0;
}
#endif
