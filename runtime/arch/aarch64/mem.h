// SPDX-License-Identifier: BSD-2-Clause
// What a C library's string.h would declare: the runtime is linked with none.
#ifndef BULKHEAD_MEM_H
#define BULKHEAD_MEM_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);

#endif
