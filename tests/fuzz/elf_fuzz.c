// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target: the readers of ELF files and of containers. Any bytes become an image that lies
// inside them, or a sentence.
//
// With libFuzzer (-Dfuzz=true) the engine drives; without, a main of its own changes the files it
// is given, with a fixed seed, under the sanitizers.
#include "image/image.h"
#include "report/tables_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static volatile uint8_t sink; // what is read must be readable

static void touch(const uint8_t *bytes, uint64_t length)
{
    for (uint64_t i = 0; i < length; i += 64)
        sink = bytes[i];
    if (length)
        sink = bytes[length - 1];
}

static void read_container(struct arena *a, const uint8_t *bytes, size_t length)
{
    const char *why;
    struct container *c = container_parse(a, "fuzz", bytes, length, &why);
    uint8_t digest[32];
    uint32_t images;

    if (!c) {
        touch((const uint8_t *)why, strlen(why));
        return;
    }
    const struct tbl_image *image = tables_records(c->tables, TBL_IMAGE, &images);
    for (uint32_t i = 0; i < images; i++)
        container_digest(c, &image[i], digest);
    json_decref(tables_json(a, c->tables));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *a = arena_new();
    const char *why;
    struct elf_image *e = elf_parse(a, "fuzz", bytes, length, &why);

    for (size_t i = 0; e && i < e->segments.count; i++)
        touch(e->segments.items[i].bytes, e->segments.items[i].file_size);
    for (size_t i = 0; e && i < e->symbols.count; i++)
        touch((const uint8_t *)e->symbols.items[i].name, strlen(e->symbols.items[i].name));
    if (!e)
        touch((const uint8_t *)why, strlen(why));
    read_container(a, bytes, length);
    arena_free(a);
    return 0;
}

#ifndef FUZZ_ENGINE
enum { ROUNDS = 1500, HEADERS = 4096 };

static uint64_t state = 0x9e3779b97f4a7c15;

static uint32_t next(uint32_t below)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(state >> 33) % below;
}

// Mostly where structure is: the headers in front and the section headers at the end.
static size_t place(size_t length)
{
    size_t some = length < HEADERS ? length : HEADERS;

    switch (next(4)) {
    case 0:
        return next((uint32_t)length);
    case 1:
        return length - 1 - next((uint32_t)some);
    default:
        return next((uint32_t)(some < 512 ? some : 512));
    }
}

static bool change(const char *path)
{
    static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff};
    struct arena *a = arena_new();
    const char *why;
    uint64_t length;
    uint8_t *good = file_read(a, path, ELF_SIZE_LIMIT, &length, &why);

    for (int round = 0; good && length && round < ROUNDS; round++) {
        size_t size = round && next(4) == 0 ? next((uint32_t)length) + 1 : length;
        uint8_t *bytes = malloc(size); // exactly as long, so that a sanitizer sees its end
        memcpy(bytes, good, size);
        for (uint32_t n = round ? next(6) : 0; n; n--)
            bytes[place(size)] = next(2) ? edges[next(sizeof edges)] : (uint8_t)next(256);
        LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
    }
    arena_free(a);
    return good && length;
}

int main(int argc, char **argv)
{
    printf("TAP version 13\n1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        printf("%s %d - %s changed %d times\n", change(argv[i]) ? "ok" : "not ok", i,
               slash ? slash + 1 : argv[i], ROUNDS);
    }
    return 0;
}
#endif
