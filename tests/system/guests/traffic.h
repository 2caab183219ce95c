// SPDX-License-Identifier: BSD-2-Clause
// Messages whose content proves that they are whole: number, length in words, then a sequence.
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAFFIC_WORDS    128
#define TRAFFIC_MESSAGES 2000

static inline uint64_t traffic_word(uint64_t number, uint64_t i)
{
    return number * 0x9e3779b97f4a7c15 + i * 0xbf58476d1ce4e5b9;
}

// Returns the length in bytes.
static inline size_t traffic_fill(uint64_t *message, uint64_t number)
{
    uint64_t words = 2 + number * 31 % (TRAFFIC_WORDS - 1);

    message[0] = number;
    message[1] = words;
    for (uint64_t i = 2; i < words; i++)
        message[i] = traffic_word(number, i);
    return words * 8;
}

static inline bool traffic_whole(const uint64_t *message, size_t length)
{
    uint64_t number = message[0], words = message[1];

    if (words != 2 + number * 31 % (TRAFFIC_WORDS - 1) || length != words * 8)
        return false;
    for (uint64_t i = 2; i < words; i++) {
        if (message[i] != traffic_word(number, i))
            return false;
    }
    return true;
}

#endif
