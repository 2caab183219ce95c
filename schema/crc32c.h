// SPDX-License-Identifier: BSD-2-Clause
// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78; RFC 3720 B.4): the tables' checksum.
#ifndef BULKHEAD_CRC32C_H
#define BULKHEAD_CRC32C_H

#include <stddef.h>
#include <stdint.h>

// Continues from `crc`, 0 at the start.
#ifdef __ARM_FEATURE_CRC32 // FEAT_CRC32: eight bytes a step
static inline uint32_t crc32c(uint32_t crc, const void *bytes, size_t length)
{
    const uint8_t *p = bytes;

    crc = ~crc;
    for (; length && (uintptr_t)p % 8; length--)
        crc = __builtin_aarch64_crc32cb(crc, *p++);
    for (; length >= 8; length -= 8, p += 8)
        crc = __builtin_aarch64_crc32cx(crc, *(const uint64_t __attribute__((may_alias)) *)p);
    while (length--)
        crc = __builtin_aarch64_crc32cb(crc, *p++);
    return ~crc;
}
#else
// Four bits a step: a 64-byte table is all the memory it needs.
static inline uint32_t crc32c(uint32_t crc, const void *bytes, size_t length)
{
    static const uint32_t nibble[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    const uint8_t *p = bytes;

    crc = ~crc;
    while (length--) {
        crc ^= *p++;
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return ~crc;
}
#endif

#endif
