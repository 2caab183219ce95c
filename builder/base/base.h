// SPDX-License-Identifier: BSD-2-Clause
// The few tools that all of hvbuild uses: arena, growing text, checked arithmetic.
#ifndef HVBUILD_BASE_H
#define HVBUILD_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Memory that lives as long as one run. Allocation never returns NULL: when the system has no more,
// or more than the run's bound was asked for, arena_alloc reports and exits 3 (see base.c). Memory
// is zeroed and aligned to 16 bytes.
struct arena;
extern void (*arena_exhausted)(const char *why); // says so in another form than a line on stderr
struct arena *arena_new(void);
void arena_free(struct arena *a);
void *arena_alloc(struct arena *a, size_t bytes);
char *arena_text(struct arena *a, const char *bytes, size_t length); // copies and terminates
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A growing array in an arena: `LIST(struct window) windows;` then `*list_add(a, &windows) = w;`.
// Items may move when the list grows: keep indices or fill the list before pointing into it.
#define LIST(type)                                                                                 \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count, room;                                                                        \
    }
#define list_add(a, list) ((__typeof__((list)->items))list_grow((a), (list), sizeof *(list)->items))
void *list_grow(struct arena *a, void *list, size_t item_size); // one zeroed item more; its address

// Every item of a list, by pointer: EACH(w, &windows) { ... }. An empty list has none to point to.
#define EACH(item, list)                                                                           \
    for (__typeof__(&*(list)->items) item = (list)->items,                                         \
                                     item##_end = item ? item + (list)->count : item;              \
         item < item##_end; item++)

// A growing text in an arena.
struct text {
    struct arena *arena;
    char *bytes; // terminated
    size_t length, room;
};
void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_bytes(struct text *t, const char *bytes, size_t length);

// Checked arithmetic: true when the result fits, and then *result is set.
static inline bool add_u64(uint64_t a, uint64_t b, uint64_t *result)
{
    return !__builtin_add_overflow(a, b, result);
}
static inline bool mul_u64(uint64_t a, uint64_t b, uint64_t *result)
{
    return !__builtin_mul_overflow(a, b, result);
}
uint64_t gcd_u64(uint64_t a, uint64_t b);                 // gcd(0, b) = b
bool lcm_u64(uint64_t a, uint64_t b, uint64_t *result);   // false when it does not fit
uint64_t round_up(uint64_t value, uint64_t power_of_two); // wraps to 0 when it does not fit

// Nearest of `count` words to `word` by edit distance with transpositions, for "did you mean"; NULL
// when none is close (more than a third of the longer word differs).
const char *nearest_word(const char *word, const char *const *words, size_t count);

#endif
