// SPDX-License-Identifier: BSD-2-Clause
// A Linux kernel for arm64 in: the Image as it is, or compressed with gzip. An Image with an EFI
// stub is both a PE file and an Image; it is taken as the latter.
#include "image/image.h"

#include <string.h>
#include <zlib.h>

// Documentation/arm64/booting.rst of Linux: the header of an Image.
enum {
    HEADER_SIZE = 64,
    TEXT_OFFSET = 8,
    IMAGE_SIZE = 16,
    FLAGS = 24,
    MAGIC = 56,
    FLAG_BIG_ENDIAN = 1,
};

static uint64_t word_at(const uint8_t *bytes, size_t offset)
{
    uint64_t word = 0;

    for (int i = 7; i >= 0; i--)
        word = word << 8 | bytes[offset + (size_t)i];
    return word;
}

// The length of what a gzip file holds is in its last four bytes, modulo 2^32, if they are right.
static uint8_t *gunzip(struct arena *a, const uint8_t *bytes, uint64_t length, uint64_t *size,
                       const char **why)
{
    uint64_t told = length < 18 ? 0 : word_at(bytes, length - 8) >> 32;
    z_stream z = {.next_in = (Bytef *)bytes, .avail_in = (uInt)length};
    uint8_t *out;
    int end;

    if (told > ELF_SIZE_LIMIT) {
        *why = arena_printf(a, "holds %s compressed, the limit is %s", size_text(a, told),
                            size_text(a, ELF_SIZE_LIMIT));
        return NULL;
    }
    out = arena_alloc(a, told + 1);
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) {
        *why = "cannot be decompressed";
        return NULL;
    }
    z.next_out = out;
    z.avail_out = (uInt)told + 1;
    end = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    if (end != Z_STREAM_END || z.total_out != told) {
        *why = "is a gzip file that is damaged or cut off";
        return NULL;
    }
    *size = told;
    return out;
}

bool kernel_read(struct arena *a, const char *path, struct kernel *k, const char **why)
{
    uint64_t length;
    const uint8_t *bytes = file_read(a, path, ELF_SIZE_LIMIT, &length, why);

    if (!bytes)
        return false;
    if (length >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b &&
        !(bytes = gunzip(a, bytes, length, &length, why)))
        return false;
    if (length < HEADER_SIZE || memcmp(bytes + MAGIC, "ARM\x64", 4) != 0) {
        *why = length >= 4 && !memcmp(bytes, "\177ELF", 4)
                   ? "is an ELF file, not an arm64 Image: vmlinux, where arch/arm64/boot/Image is "
                     "needed"
                   : "is not an arm64 Image, nor one compressed with gzip";
        return false;
    }
    k->bytes = bytes;
    k->length = length;
    k->text_offset = word_at(bytes, TEXT_OFFSET);
    k->size = word_at(bytes, IMAGE_SIZE);
    if (word_at(bytes, FLAGS) & FLAG_BIG_ENDIAN)
        *why = "is a big-endian kernel";
    else if (k->size < length) // 0: a kernel before 3.17, which cannot tell
        *why = "is an arm64 Image that does not tell its size in memory";
    else if (k->size > ELF_SIZE_LIMIT || k->text_offset >= KERNEL_ALIGNMENT)
        *why = "is an arm64 Image with a damaged header";
    else
        return true;
    return false;
}
