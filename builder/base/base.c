// SPDX-License-Identifier: BSD-2-Clause
// Arena, growing text, and the arithmetic that is too long for a header.
#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What one run may ask for. Any input must be answered within 2 GiB; the rest is left to libyaml's
// buffers, libelf and the C library.
#define ARENA_LIMIT ((size_t)1700 << 20)
#define CHUNK_SIZE  ((size_t)256 << 10)

struct chunk {
    struct chunk *next;
    size_t used, room;
    _Alignas(16) char bytes[];
};

struct arena {
    struct chunk *chunks; // the one being filled is first
    size_t total;
};

void (*arena_exhausted)(const char *why);

static _Noreturn void no_memory(const char *why)
{
    void (*say)(const char *) = arena_exhausted;

    arena_exhausted = NULL; // saying so may need memory too
    if (say)
        say(why);
    else
        fprintf(stderr, "hvbuild: out of memory: %s\n", why);
    exit(3);
}

struct arena *arena_new(void)
{
    struct arena *a = calloc(1, sizeof *a);

    if (!a)
        no_memory("the system has none left");
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(a);
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    struct chunk *c = a->chunks;

    if (bytes > ARENA_LIMIT)
        no_memory("the input needs more than 1700 MiB");
    bytes = (bytes + 15) & ~(size_t)15;
    if (!c || c->room - c->used < bytes) {
        size_t room = bytes > CHUNK_SIZE ? bytes : CHUNK_SIZE;

        if (a->total + room > ARENA_LIMIT)
            no_memory("the input needs more than 1700 MiB");
        c = calloc(1, sizeof *c + room);
        if (!c)
            no_memory("the system has none left");
        a->total += room;
        c->room = room;
        // A large block of its own goes behind the chunk being filled, whose rest stays usable.
        if (a->chunks && bytes > CHUNK_SIZE) {
            c->next = a->chunks->next;
            a->chunks->next = c;
        } else {
            c->next = a->chunks;
            a->chunks = c;
        }
    }
    void *result = c->bytes + c->used;
    c->used += bytes;
    return result;
}

// Gives a block back that has a chunk of its own: what a long list or text has grown out of. Others
// are small and stay.
static void arena_release(struct arena *a, const void *block, size_t bytes)
{
    if (bytes <= CHUNK_SIZE)
        return;
    for (struct chunk **at = &a->chunks; *at; at = &(*at)->next) {
        struct chunk *c = *at;

        if (c->bytes != (const char *)block)
            continue;
        *at = c->next;
        a->total -= c->room;
        free(c);
        return;
    }
}

char *arena_text(struct arena *a, const char *bytes, size_t length)
{
    char *copy = arena_alloc(a, length + 1);

    if (length)
        memcpy(copy, bytes, length);
    return copy;
}

static char *arena_vprintf(struct arena *a, const char *format, va_list arguments)
{
    char *result = NULL;
    int length = vasprintf(&result, format, arguments);

    if (length < 0)
        no_memory("the system has none left");
    char *copy = arena_text(a, result, (size_t)length);
    free(result);
    return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *result = arena_vprintf(a, format, arguments);
    va_end(arguments);
    return result;
}

// What every LIST looks like, whatever its items are.
struct any_list {
    char *items;
    size_t count, room;
} __attribute__((may_alias));

void *list_grow(struct arena *a, void *list, size_t item_size)
{
    struct any_list *l = list;

    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 4;
        char *items = arena_alloc(a, room * item_size);

        if (l->count) {
            memcpy(items, l->items, l->count * item_size);
            arena_release(a, l->items, l->room * item_size);
        }
        l->items = items;
        l->room = room;
    }
    return l->items + l->count++ * item_size;
}

void text_bytes(struct text *t, const char *bytes, size_t length)
{
    if (t->length + length + 1 > t->room) {
        size_t room = t->room ? t->room * 2 : 64;

        while (room < t->length + length + 1)
            room *= 2;
        char *grown = arena_alloc(t->arena, room);
        if (t->length) {
            memcpy(grown, t->bytes, t->length);
            arena_release(t->arena, t->bytes, t->room);
        }
        t->bytes = grown;
        t->room = room;
    }
    if (length)
        memcpy(t->bytes + t->length, bytes, length);
    t->length += length;
    t->bytes[t->length] = '\0';
}

void text_add(struct text *t, const char *format, ...)
{
    char *piece = NULL;
    va_list arguments;

    va_start(arguments, format);
    int length = vasprintf(&piece, format, arguments);
    va_end(arguments);
    if (length < 0)
        no_memory("the system has none left");
    text_bytes(t, piece, (size_t)length);
    free(piece);
}

uint64_t gcd_u64(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

bool lcm_u64(uint64_t a, uint64_t b, uint64_t *result)
{
    if (!a || !b) {
        *result = 0;
        return true;
    }
    return mul_u64(a / gcd_u64(a, b), b, result);
}

uint64_t round_up(uint64_t value, uint64_t power_of_two)
{
    return (value + power_of_two - 1) & ~(power_of_two - 1);
}

enum { WORD_MAX = 64 }; // longer words are never near: no name or key of the language is

// Optimal string alignment distance: insertions, deletions, replacements, and swaps of neighbours.
static size_t edit_distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

const char *nearest_word(const char *word, const char *const *words, size_t count)
{
    size_t length = strlen(word), best = SIZE_MAX;
    const char *result = NULL;

    if (length > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(words[i]);

        if (strcmp(word, words[i]) == 0)
            return words[i];
        if (strcasecmp(word, words[i]) == 0) { // ARINC 653 writes its words in capitals
            best = 0;
            result = words[i];
        }
        if (other > WORD_MAX)
            continue;
        size_t distance = edit_distance(word, length, words[i], other);
        size_t longer = length > other ? length : other;
        if (distance < best && distance * 3 <= longer) {
            best = distance;
            result = words[i];
        }
    }
    return result;
}
