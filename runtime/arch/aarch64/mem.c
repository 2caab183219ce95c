// SPDX-License-Identifier: BSD-2-Clause
// The memory and string functions that a compiler may call by itself. Built without loop idioms, so
// that they do not become calls of themselves. Eight bytes a step when both sides allow it.
#include "mem.h"

#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    char *t = to;
    const char *f = from;

    if (((uintptr_t)t | (uintptr_t)f) % 8 == 0)
        for (; size >= 8; size -= 8, t += 8, f += 8)
            *(word *)t = *(const word *)f;
    while (size--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    char *t = to;
    const char *f = from;

    if (t <= f || t >= f + size)
        while (size--)
            *t++ = *f++;
    else
        while (size--)
            t[size] = f[size];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    char *t = to;

    if ((uintptr_t)t % 8 == 0)
        for (; size >= 8; size -= 8, t += 8)
            *(word *)t = 0x0101010101010101ull * (uint8_t)byte;
    while (size--)
        *t++ = (char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *p = a, *q = b;

    for (; size; size--, p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    return (size_t)(end - text);
}
