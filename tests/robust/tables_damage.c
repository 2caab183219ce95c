// SPDX-License-Identifier: BSD-2-Clause
// Damages the tables of a real image and asks the validator: each byte by itself, with the
// checksums as they are and with good ones, then random combinations. What is accepted is held
// against an oracle that reads the descriptors by itself: no partition reaches the runtime, its
// devices or what is another's. Prints, for robust/tables.py, what was tried and where a change was
// accepted.
//
//     tables-damage TABLES COMBINATIONS STEP      STEP: over the bytes behind the records
#include "make_tables.h"
#include "translation.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { RAM = 0x40000000, RAM_PAGES = 1 << 18, ENTRIES = 512 };

static struct tables_expect machine = {
    .arch = TBL_ARCH_AARCH64,
    .board = TBL_BOARD_QEMU_VIRT,
    .timer_hz = 62500000,
    .runtime_start = 0x40200000,
    .ram_start = RAM,
    .ram_end = RAM + (uint64_t)RAM_PAGES * HV_PAGE_SIZE,
    .device_count = 3,
    .devices = {{0x08000000, 0x10000}, {0x080a0000, 0xf60000}, {0x09000000, 0x1000}},
};
static uint8_t *whole, *bytes;
static uint64_t size, container_end;
static uint64_t codes[TABLES_CODE_COUNT], tried, accepted, broken;

static uint64_t random_state = 1;

static uint64_t random_word(void) // splitmix64
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t random_below(uint64_t limit)
{
    return random_word() % limit;
}

// ---- The oracle --------------------------------------------------------------------------------

static uint8_t owner[RAM_PAGES]; // 0: nobody; partition index + 1; EL2
static bool shared[RAM_PAGES];
enum { EL2 = 255 };

static const struct tbl_header *header(void)
{
    return (const void *)bytes;
}

static const void *section(enum tbl_type type)
{
    return bytes + header()->directory[type].offset;
}

static uint64_t entry_of(uint64_t table, unsigned n)
{
    uint64_t word, at = (table & PTE_ADDRESS) - header()->address + n * sizeof word;

    if (at > size - sizeof word)
        return 0; // only the state area's copy windows lie outside, and they are empty
    memcpy(&word, bytes + at, sizeof word);
    return word;
}

// Somebody maps [phys, phys + length). Whether he may.
static bool map(unsigned who, uint64_t phys, uint64_t length, bool writes, bool executes)
{
    if (writes && executes)
        return false;
    if (who == EL2)
        for (unsigned d = 0; d < machine.device_count; d++)
            if (phys >= machine.devices[d].start &&
                phys - machine.devices[d].start < machine.devices[d].size)
                return true;
    if (phys < machine.ram_start)
        return who != EL2 && (phys + length <= 0x08000000 || phys >= 0x09001000);
    if (phys + length > machine.ram_end)
        return false;
    if ((who == EL2) != (phys >= machine.runtime_start && phys + length <= container_end))
        return false;
    for (uint64_t page = (phys - RAM) / HV_PAGE_SIZE; length; page++, length -= HV_PAGE_SIZE) {
        if (owner[page] && owner[page] != who && !shared[page])
            return false;
        owner[page] = (uint8_t)who;
    }
    return true;
}

static bool walk(unsigned who, uint64_t root)
{
    for (unsigned a = 0; a < ENTRIES; a++) {
        uint64_t one = entry_of(root, a);

        for (unsigned b = 0; one & PTE_VALID && b < ENTRIES; b++) {
            uint64_t two = entry_of(one, b);
            unsigned leaves = two & PTE_TABLE ? ENTRIES : 1;

            for (unsigned c = 0; two & PTE_VALID && c < leaves; c++) {
                uint64_t leaf = leaves == 1 ? two : entry_of(two, c);
                bool writes = who == EL2 ? !(leaf & S1_READ_ONLY) : leaf & S2_WRITE;
                bool executes = !(leaf & (who == EL2 ? S1_NO_EXECUTE : S2_NO_EXECUTE));

                if (leaf & PTE_VALID &&
                    !map(who, leaf & PTE_ADDRESS, leaves == 1 ? HV_BLOCK_SIZE : HV_PAGE_SIZE,
                         writes, executes))
                    return false;
            }
        }
    }
    return true;
}

// Space: who reaches what. Time: each core's windows are its own vcpus', one after the other.
static bool harmless(void)
{
    const struct tbl_partition *p = section(TBL_PARTITION);
    const struct tbl_memory *m = section(TBL_MEMORY);
    const struct tbl_window *w = section(TBL_WINDOW);
    const struct tbl_vcpu *v = section(TBL_VCPU);
    const struct tbl_frame *f = section(TBL_FRAME);
    uint32_t cores = header()->directory[TBL_CORE].count;

    memset(owner, 0, sizeof owner);
    memset(shared, 0, sizeof shared);
    for (uint32_t i = 0; i < header()->directory[TBL_MEMORY].count; i++)
        if (m[i].attributes & TBL_MEM_SHARED && m[i].phys >= RAM)
            memset(shared + (m[i].phys - RAM) / HV_PAGE_SIZE, 1, m[i].size / HV_PAGE_SIZE);
    for (uint32_t i = 0; i < header()->directory[TBL_PARTITION].count; i++)
        if (!walk(i + 1, p[i].stage2_root))
            return false;
    if (!walk(EL2, ((const struct tbl_module *)section(TBL_MODULE))->el2_root))
        return false;
    for (uint32_t i = 0; i < header()->directory[TBL_FRAME].count; i++) {
        uint64_t end = 0;

        for (uint32_t n = f[i].first_window; n < f[i].first_window + f[i].window_count; n++) {
            if (w[n].start != end || w[n].end <= end ||
                (w[n].vcpu != TBL_NONE && v[w[n].vcpu].core != i % cores))
                return false;
            end = w[n].end;
        }
    }
    return true;
}

// ---- Trials ------------------------------------------------------------------------------------

// Where a change of one byte was accepted, by section and byte of the record: how often, and the
// first of them, which robust/tables.py boots.
static struct {
    uint64_t count, at;
    uint8_t byte;
} hits[TBL_SECTIONS + 1][256];

// The section of a byte and its place in the record; TBL_SECTIONS: the header.
static uint32_t place_of(uint64_t at, uint64_t *in)
{
    const struct tbl_header *h = (const void *)whole;

    for (uint32_t t = 0; t < TBL_SECTIONS; t++) {
        const struct tbl_section *s = &h->directory[t];

        *in = at - s->offset;
        if (at >= s->offset && *in < (uint64_t)s->count * s->entry_size) {
            *in = t == TBL_TRANSLATION ? 0 : *in % s->entry_size;
            return t;
        }
    }
    *in = at;
    return TBL_SECTIONS;
}

static bool is_checksum(uint64_t at)
{
    uint64_t in = at - offsetof(struct tbl_header, directory);

    if (at >= offsetof(struct tbl_header, directory) && at < sizeof(struct tbl_header))
        return in % sizeof(struct tbl_section) - offsetof(struct tbl_section, crc) < 4;
    return at - offsetof(struct tbl_header, crc) < 4;
}

// Whether the descriptor of this byte is, or was, one that maps.
static bool maps(uint64_t at)
{
    return (bytes[at / 8 * 8] | whole[at / 8 * 8]) & PTE_VALID;
}

static void note(bool single)
{
    uint64_t in;

    for (uint64_t at = 0; at < size; at++) {
        uint32_t t = place_of(at, &in);

        if (bytes[at] == whole[at] || is_checksum(at))
            continue;
        if (!single) {
            printf(" %u:%lu", t, in);
        } else if (t == TBL_TRANSLATION && maps(at)) {
            broken++;
            printf("BROKEN descriptor of byte %lu\n", at);
        } else if (in < 256 && !hits[t][in].count++) {
            hits[t][in].at = at;
            hits[t][in].byte = bytes[at];
        }
    }
}

// The bytes as they are now; `sealed`: with good checksums. True when accepted.
static bool attempt(bool sealed)
{
    struct tables_fault fault;

    if (sealed)
        seal_tables(bytes, size); // what lies behind the checksums is reached
    fault = tables_check(bytes, size, &machine);
    tried++;
    codes[fault.code < TABLES_CODE_COUNT ? fault.code : 0]++;
    if (fault.code)
        return false;
    accepted++;
    if (!harmless()) {
        broken++;
        printf("BROKEN\n");
    }
    return true;
}

static void restore(void)
{
    memcpy(bytes, whole, size);
}

// Each byte alone. Checksums as they are: none may pass.
static uint64_t single_plain(uint64_t step, uint64_t records)
{
    uint64_t passed = 0;

    for (uint64_t at = 0; at < size; at += at < records ? 1 : step) {
        bytes[at] ^= (uint8_t)(1 + random_below(255));
        passed += attempt(false);
        bytes[at] = whole[at];
    }
    return passed;
}

static void single_sealed(uint64_t step, uint64_t records)
{
    for (uint64_t at = 0; at < size; at += at < records ? 1 : step) {
        unsigned flips = at >= records ? 2 : step == 1 ? 9 : 2;

        for (unsigned n = 0; n < flips; n++) {
            bytes[at] ^= n == flips - 1 ? 0xff : (uint8_t)(1 << (flips == 9 ? n : random_below(8)));
            if (attempt(true) && memcmp(bytes, whole, size))
                note(true);
            restore();
        }
    }
}

static uint64_t wild_word(void)
{
    static const uint64_t words[] = {
        0,          1,          7,           8,          0x7fffffff,
        0x80000000, 0xffffffff, 0x100000000, UINT64_MAX, UINT64_MAX - 7,
        1ull << 63, 0x40200000, 4096,        64,         1ull << 39};

    return words[random_below(sizeof words / sizeof *words)] + random_below(3);
}

// One change: a bit, a byte, a word, a word by a little, a record over another, two exchanged.
static void damage(uint64_t records)
{
    const struct tbl_header *h = (const void *)whole;
    uint32_t t = (uint32_t)random_below(TBL_TRANSLATION);
    uint64_t at = random_below(random_below(4) ? records : size), word = wild_word(), small;
    uint64_t length = h->directory[t].entry_size, count = h->directory[t].count;

    switch (random_below(7)) {
    case 0:
        bytes[at] ^= (uint8_t)(1u << random_below(8));
        break;
    case 1:
        bytes[at] = (uint8_t)random_word();
        break;
    case 2:
        memcpy(bytes + at / 8 * 8, &word, 8);
        break;
    case 3:
        memcpy(bytes + at / 4 * 4, &word, 4);
        break;
    case 4:
        memcpy(&word, bytes + at / 8 * 8, 8);
        small = (random_below(2) ? 1 : 4096) * (1 + random_below(4));
        word += random_below(2) ? small : -small;
        memcpy(bytes + at / 8 * 8, &word, 8);
        break;
    default:
        if (count > 1) {
            uint8_t *a = bytes + h->directory[t].offset + random_below(count) * length;
            uint8_t *b = bytes + h->directory[t].offset + random_below(count) * length;
            uint8_t kept[256];

            memcpy(kept, a, length);
            memmove(a, b, length);
            if (random_below(2))
                memcpy(b, kept, length);
        }
    }
}

// Behind tables, state, stored images and log: what is the runtime's own ends here.
static uint64_t runtime_end_of_all(void)
{
    const struct tbl_module *module = section(TBL_MODULE);
    uint64_t images = header()->payload + header()->payload_size;
    uint64_t log =
        module->log + tbl_log_size(header()->directory[TBL_PARTITION].count, module->log_records);

    images = (images + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE * HV_PAGE_SIZE;
    return images > log ? images : log;
}

// Pages that may be read, between two that may not: a byte too many ends the program.
static uint8_t *between_guards(uint64_t length)
{
    uint8_t *at =
        mmap(NULL, length + 2 * HV_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED || length % HV_PAGE_SIZE ||
        mprotect(at + HV_PAGE_SIZE, length, PROT_READ | PROT_WRITE))
        exit(2);
    return at + HV_PAGE_SIZE;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 4 ? fopen(argv[1], "rb") : NULL;
    uint64_t combinations, step, records, changed = 0;

    if (!file)
        return 2;
    whole = aligned_alloc(4096, 1 << 20);
    size = fread(whole, 1, 1 << 20, file);
    fclose(file);
    bytes = between_guards(size);
    restore();
    combinations = strtoull(argv[2], NULL, 10);
    step = strtoull(argv[3], NULL, 10);
    machine.address = machine.runtime_end = header()->address;
    container_end = runtime_end_of_all();
    records = header()->directory[TBL_IMAGE].offset +
              header()->directory[TBL_IMAGE].count * sizeof(struct tbl_image);
    if (!attempt(false)) {
        puts("the image's own tables are refused");
        return 1;
    }
    printf("oracle %s\n", broken ? "refuses the image" : "agrees");
    tried = accepted = 0;
    printf("plain passed %lu", single_plain(step, records));
    printf(" of %lu\n", tried);
    tried = accepted = 0;
    single_sealed(step, records);
    printf("sealed accepted %lu of %lu\n", accepted, tried);
    tried = accepted = 0;
    for (uint64_t n = 0; n < combinations; n++) {
        uint64_t parts = 1 + random_below(6);
        bool sealed = random_below(4);

        while (parts--)
            damage(records);
        if (attempt(sealed) && memcmp(bytes, whole, size)) {
            changed++;
            printf("combination");
            note(false);
            puts("");
        }
        restore();
    }
    printf("combinations accepted %lu of %lu\n", changed, tried);
    for (uint32_t t = 0; t <= TBL_SECTIONS; t++)
        for (unsigned at = 0; at < 256; at++)
            if (hits[t][at].count)
                printf("free %u %u %lu at %lu byte %u\n", t, at, hits[t][at].count, hits[t][at].at,
                       hits[t][at].byte);
    for (uint32_t code = 1; code < TABLES_CODE_COUNT; code++)
        printf("code %u %lu %s\n", code, codes[code], tables_code_text(code));
    printf("broken %lu\n", broken);
    return 0;
}
