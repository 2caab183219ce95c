// SPDX-License-Identifier: BSD-2-Clause
// SHA-256 (FIPS 180-4, 6.2): proves a guest's image before it is started.
#ifndef BULKHEAD_SHA256_H
#define BULKHEAD_SHA256_H

#include <stdint.h>

struct sha256 {
    uint32_t hash[8];
    uint64_t length; // bytes so far
    uint8_t block[64];
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, uint64_t length);
void sha256_end(struct sha256 *s, uint8_t digest[32]);

#endif
