// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the readers of descriptions, the rules, and what is written of a model. Any bytes
// become findings, in all forms, and system.yaml; nothing is read outside them (a sanitizer watches
// an allocation of exactly that size) and nothing hangs. Includes lead nowhere: the file has no
// directory.
//
// With libFuzzer (-Dfuzz=true) the engine drives; without, a main of its own replays files, so that
// what was once found stays found, and then changes them with a fixed seed.
#include "check/check.h"
#include "image/image.h"
#include "import/import.h"
#include "report/model_yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void write_findings(struct diags *d)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    diags_write(d, out, MESSAGES_TEXT, SEVERITY_INFO, true);
    diags_write(d, out, MESSAGES_JSON, SEVERITY_INFO, false);
    fclose(out);
    free(text);
}

// A window of a nanosecond that repeats unfolds to a million: legal, but slow under a sanitizer.
static bool is_small(const struct model *m)
{
    size_t slots = 0;

    EACH(s, &m->schedules) {
        EACH(core, &s->cores)
            slots += core->slots.count;
    }
    return slots < 5000;
}

// What was read, or NULL. The rules have run.
static struct model *judge(struct arena *a, struct diags *d, const char *bytes, size_t length)
{
    struct source *s = source_from(a, "/no-such-directory/fuzz", bytes, length);
    struct model *m = system_parse(a, d, s);

    if (!m || !is_small(m))
        return NULL;
    check_model(a, d, m);
    if (m->board && !diags_count(d, SEVERITY_ERROR) && !m->board->runtime.text)
        check_fixed_memory(a, d, m);
    return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *a = arena_new();
    struct diags *d = diags_new(a);
    struct text written = {.arena = a}, whole = {.arena = a};
    struct model *m = judge(a, d, (const char *)bytes, length);

    write_findings(d);
    if (m) {
        model_yaml(&written, m, NULL, false);
        model_yaml(&whole, m, "elsewhere/system.yaml", true);
    }
    // What convert writes can be read again.
    if (m && !m->misread && m->foreign)
        judge(a, diags_new(a), written.bytes, written.length);
    arena_free(a);
    return 0;
}

#ifndef FUZZ_ENGINE
enum { ROOM = 1 << 16, ROUNDS = 4000 };

struct seed {
    const char *path;
    uint8_t *bytes;
    size_t length;
};

static uint64_t state = 0x2545f4914f6cdd1d;

static uint32_t next(size_t below)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return below ? (uint32_t)(state >> 33) % (uint32_t)below : 0;
}

// Exactly as long, so that a sanitizer sees its end.
static void run(const uint8_t *bytes, size_t length)
{
    uint8_t *exact = malloc(length ? length : 1);

    memcpy(exact, bytes, length);
    LLVMFuzzerTestOneInput(exact, length);
    free(exact);
}

static bool load(struct seed *s, const char *path)
{
    FILE *file = fopen(path, "rb");

    *s = (struct seed){path, malloc(ROOM), 0};
    if (!file)
        return false;
    s->length = fread(s->bytes, 1, ROOM, file);
    fclose(file);
    return true;
}

// A piece of another seed over or into this one, a byte changed, or the end cut off.
static size_t change(uint8_t *bytes, size_t length, const struct seed *other)
{
    size_t at = next(length + 1), from = next(other->length + 1);
    size_t size = next(other->length - from + 1) % 40;

    switch (next(5)) {
    case 0:
        if (at < length)
            bytes[at] ^= (uint8_t)(1u << next(8));
        return length;
    case 1:
        return next(4) ? length : at;
    case 2: // a piece taken out
        size = size < length - at ? size : length - at;
        memmove(bytes + at, bytes + at + size, length - at - size);
        return length - size;
    default:
        if (length + size > ROOM)
            return length;
        memmove(bytes + at + size, bytes + at, length - at);
        memcpy(bytes + at, other->bytes + from, size);
        return length + size;
    }
}

int main(int argc, char **argv)
{
    static uint8_t bytes[ROOM];
    size_t count = (size_t)argc - 1;
    struct seed *seeds = calloc(count + 1, sizeof *seeds);

    printf("TAP version 13\n1..%d\n", argc);
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(argv[i + 1], '/');
        bool good = load(&seeds[i], argv[i + 1]);

        run(seeds[i].bytes, seeds[i].length);
        printf("%s %zu - %s\n", good ? "ok" : "not ok", i + 1, slash ? slash + 1 : argv[i + 1]);
    }
    for (int round = 0; count && round < ROUNDS; round++) {
        const struct seed *s = &seeds[next(count)];
        size_t length = s->length;

        memcpy(bytes, s->bytes, length);
        for (uint32_t n = 1 + next(4); n; n--)
            length = change(bytes, length, &seeds[next(count)]);
        run(bytes, length);
    }
    printf("ok %zu - changed %d times\n", count + 1, ROUNDS);
    for (size_t i = 0; i < count; i++)
        free(seeds[i].bytes);
    free(seeds);
    return 0;
}
#endif
