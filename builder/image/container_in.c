// SPDX-License-Identifier: BSD-2-Clause
// The container back in, from either file form. Every byte of it may be wrong.
#include "image/image.h"
#include "core/tables_check.h"
#include "crc32c.h"

#include <stdlib.h>
#include <string.h>

uint64_t frame_counter_offset(void); // frame_counter.c

enum {
    IMAGE_MAGIC_OFFSET = 56, // the arm64 Image header's "ARM\x64"
    IMAGE_HEADER_SIZE = 64,
};

static int by_address(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;

    return x->address < y->address ? -1 : x->address > y->address;
}

// A header that is whole and says so by its checksum.
static bool header_good(const uint8_t *bytes, uint64_t length, struct tbl_header *h)
{
    if (length < sizeof *h)
        return false;
    memcpy(h, bytes, sizeof *h);
    if (h->magic != TBL_MAGIC || h->size > length || h->size < sizeof *h)
        return false;
    uint32_t crc = h->crc;
    h->crc = 0;
    return crc32c(0, h, sizeof *h) == crc;
}

// A flat image: the tables begin at some page and say where they must stand.
static const char *flat_read(struct arena *a, struct container *c, const uint8_t *bytes)
{
    struct tbl_header h;

    for (uint64_t at = HV_PAGE_SIZE; at < c->length; at += HV_PAGE_SIZE) {
        if (!header_good(bytes + at, c->length - at, &h))
            continue;
        if (h.address < at || (h.address - at) % HV_PAGE_SIZE)
            return "has tables for an impossible load address";
        *list_add(a, &c->segments) = (struct segment){
            .address = h.address - at,
            .file_size = c->length,
            .mem_size = c->length,
            .bytes = bytes,
        };
        c->entry = h.address - at;
        c->tables = bytes + at;
        return NULL;
    }
    return "has no intact tables of Bulkhead (damaged, truncated, or another flat image)";
}

static const char *elf_container(struct arena *a, struct container *c, const struct elf_image *e)
{
    struct tbl_header h;

    for (size_t i = 0; i < e->segments.count; i++)
        *list_add(a, &c->segments) = e->segments.items[i];
    qsort(c->segments.items, c->segments.count, sizeof *c->segments.items, by_address);
    c->entry = e->entry;
    memcpy(&c->symbols, &e->symbols, sizeof c->symbols);
    for (size_t i = 0; i < c->segments.count; i++) {
        const struct segment *s = &c->segments.items[i];
        if (!header_good(s->bytes, s->file_size, &h))
            continue;
        if (h.address != s->address)
            return "has tables for another load address";
        uint8_t *copy = arena_alloc(a, h.size); // the file may have them at an odd place
        c->tables = memcpy(copy, s->bytes, h.size);
        return NULL;
    }
    return "has no intact tables of Bulkhead (damaged, or not an image that hvbuild made)";
}

// The file does not say what the machine has, so the tables are held against themselves: the RAM is
// what their own addresses span.
static const char *tables_fault(struct arena *a, const struct container *c)
{
    struct tbl_header h;

    memcpy(&h, c->tables, sizeof h);
    uint64_t start = c->segments.items[0].address;
    struct tables_expect expect = {
        .arch = TBL_ARCH_AARCH64,
        .board = h.board,
        .address = h.address,
        .timer_hz = h.timer_hz,
        .runtime_start = start,
        .runtime_end = h.address,
        .ram_start = start & ~((1ull << 30) - 1),
        .ram_end = 1ull << HV_IPA_BITS,
    };
    struct tables_fault f = tables_check(c->tables, h.size, &expect);
    if (f.code == TABLES_OK)
        return NULL;
    return arena_printf(a,
                        "has tables that the runtime would refuse: %s (code %u, section %s, "
                        "index %u)",
                        tables_code_text(f.code), f.code,
                        table_names[f.section <= TBL_SECTIONS ? f.section : TBL_SECTIONS], f.index);
}

struct container *container_parse(struct arena *a, const char *path, const uint8_t *bytes,
                                  uint64_t length, const char **why)
{
    struct container *c = arena_alloc(a, sizeof *c);

    c->path = path;
    c->length = length;
    sha256_of(bytes, length, c->sha256);
    if (length >= 4 && !memcmp(bytes, "\177ELF", 4)) {
        struct elf_image *e = elf_parse(a, path, bytes, length, why);
        if (!e)
            return NULL;
        *why = elf_container(a, c, e);
    } else if (length >= IMAGE_HEADER_SIZE && !memcmp(bytes + IMAGE_MAGIC_OFFSET, "ARM\x64", 4)) {
        c->flat = true;
        *why = flat_read(a, c, bytes);
    } else {
        *why = "is neither an ELF file nor an arm64 Image";
    }
    if (!*why)
        *why = tables_fault(a, c);
    return *why ? NULL : c;
}

struct container *container_read(struct arena *a, const char *path, bool *unreadable,
                                 const char **why)
{
    uint64_t length;
    uint8_t *bytes = file_read(a, path, ELF_SIZE_LIMIT, &length, why);

    *unreadable = !bytes;
    return bytes ? container_parse(a, path, bytes, length, why) : NULL;
}

const uint8_t *container_at(const struct container *c, uint64_t address, uint64_t length)
{
    for (size_t i = 0; i < c->segments.count; i++) {
        const struct segment *s = &c->segments.items[i];
        if (address >= s->address && address - s->address <= s->file_size &&
            length <= s->file_size - (address - s->address))
            return s->bytes + (address - s->address);
    }
    return NULL;
}

bool container_frame_counter(const struct container *c, uint64_t *address)
{
    for (size_t i = 0; i < c->symbols.count; i++)
        if (!strcmp(c->symbols.items[i].name, "cores")) {
            *address = c->symbols.items[i].value + frame_counter_offset();
            return true;
        }
    return false;
}

const void *tables_records(const void *tables, enum tbl_type type, uint32_t *count)
{
    const struct tbl_header *h = tables;

    if (count)
        *count = h->directory[type].count;
    return (const uint8_t *)tables + h->directory[type].offset;
}

void tables_digest(const void *tables, uint8_t digest[32])
{
    const struct tbl_header *h = tables;

    sha256_of(tables, h->size, digest);
}

bool container_digest(const struct container *c, const struct tbl_image *image, uint8_t digest[32])
{
    const uint8_t *bytes = container_at(c, image->source, image->file_size);

    if (bytes)
        sha256_of(bytes, image->file_size, digest);
    return bytes;
}
