// SPDX-License-Identifier: BSD-2-Clause
// From a checked model to the bootable container, and back again for inspection.
#ifndef HVBUILD_IMAGE_H
#define HVBUILD_IMAGE_H

#include "model/model.h"

// ---- elf_in.c: executables in -------------------------------------------------------------------

// A guest or runtime ELF as libelf gives it: static AArch64, little-endian, ET_EXEC (or static PIE
// that needs no relocation).
struct segment {
    uint64_t address; // guest address: p_paddr when it differs from 0 and every segment has one
    uint64_t file_size, mem_size;
    uint32_t attributes; // TBL_MEM_READ | WRITE | EXECUTE
    const uint8_t *bytes;
};
struct elf_symbol {
    const char *name;
    uint64_t value, size;
};
struct elf_image {
    const char *path;
    uint64_t entry;
    uint64_t length;                 // of the file in bytes
    LIST(struct segment) segments;   // in file order, empty ones left out
    LIST(struct elf_symbol) symbols; // defined ones with a name; empty when stripped
    uint8_t sha256[32];              // of the whole file
};
enum {
    ELF_SIZE_LIMIT = 256 << 20, // bytes; more than any guest known, and it bounds our memory
    ELF_SEGMENT_LIMIT = 64,     // loadable segments; linkers make few
    CONTAINER_OWN_SEGMENTS = 3, // tables, state, payload: behind those of the runtime
};

// Reads an executable; reports PART-005 and MEM-009 at `at`. NULL when unusable.
struct elf_image *elf_read(struct arena *a, struct diags *d, const char *path, struct mark at);
// The same without diagnostics, for files that are not the user's: NULL with the reason in *why.
struct elf_image *elf_load(struct arena *a, const char *path, const char **why);
struct elf_image *elf_parse(struct arena *a, const char *path, const uint8_t *bytes,
                            uint64_t length, const char **why);
// The symbol's value, or `otherwise`.
uint64_t elf_symbol_value(const struct elf_image *e, const char *name, uint64_t otherwise);
// A whole file, at most `limit` bytes, followed by a 0 byte. NULL with the reason in *why.
uint8_t *file_read(struct arena *a, const char *path, uint64_t limit, uint64_t *length,
                   const char **why);
void sha256_of(const void *bytes, uint64_t length, uint8_t digest[32]);

// ---- kernel_in.c: Linux in ----------------------------------------------------------------------

enum { KERNEL_ALIGNMENT = 2 << 20 }; // an Image is loaded at text_offset from a multiple of it

struct kernel {
    const uint8_t *bytes; // of the Image, decompressed
    uint64_t length;
    uint64_t text_offset; // below KERNEL_ALIGNMENT
    uint64_t size;        // in memory, what it clears included; >= length
};
// An arm64 Image, as it is or compressed with gzip. False with the reason in *why.
bool kernel_read(struct arena *a, const char *path, struct kernel *k, const char **why);

// ---- tree_in.c: device trees in
// ------------------------------------------------------------------

enum { DEVICE_TREE_LIMIT = 64 << 10 }; // bytes that one takes in a guest's memory

// A compiled device tree, packed and of version 17: libfdt can be asked anything of it. Names are
// unique, nodes lie at most 32 deep, and it has at most DEVICE_TREE_LIMIT bytes. NULL with the
// reason in *why. `bytes` lie at a multiple of 8.
const void *tree_read(struct arena *a, const char *path, const char **why);
const void *tree_parse(struct arena *a, const uint8_t *bytes, uint64_t length, const char **why);

// ---- The plan -----------------------------------------------------------------------------------

struct translation_page {
    uint64_t entries[HV_PAGE_SIZE / 8];
};

struct planned_partition {
    struct elf_image *image; // NULL: not read (only checking), or unusable
    const void *tree;        // the device tree that it is given, read and checked, or NULL
    uint64_t argument;       // guest address of its device tree, or 0
    uint32_t first_vcpu;
    uint32_t pages; // of its translation tables
};

// Everything that was decided: physical places, translation tables, ticks, pools, payload. Made by
// plan_system after the rules found no error; it runs the STAGE_IMAGE rules. `images` may lack a
// partition's file when only checking: rules that need it are then not run and the report says so.
// The lists hold the records of the tables section by section.
struct plan {
    struct model *model;
    struct elf_image *runtime;
    struct planned_partition *partitions; // by partition index
    bool images_complete;                 // every partition's file was read
    bool complete;                        // tables and payload are ready to be written
    const char *skipped;  // not NULL: checking went without the layout, for this reason
    const char *failure;  // not NULL: a fault of the installation or of hvbuild itself (exit 3)
    uint64_t runtime_end; // first byte after the runtime's own image
    uint64_t tables_address, tables_size;
    uint64_t state_address, state_size;
    uint64_t payload_address, payload_size;
    uint64_t log_address;         // behind all that is loaded: a reset leaves it alone
    uint64_t end_address;         // first byte after the container's footprint and the log
    uint64_t translation_address; // of the first translation page
    uint64_t copy_va;
    uint64_t copy_tables, window_stats, trace; // inside the state area
    LIST(struct tbl_core) cores;
    LIST(struct tbl_partition) records;
    LIST(struct tbl_vcpu) vcpus;
    LIST(struct tbl_memory) memory;
    LIST(struct tbl_interrupt) interrupts;
    LIST(struct tbl_irq_mask) masks;
    LIST(struct tbl_schedule) schedules;
    LIST(struct tbl_duty) duties;
    LIST(struct tbl_frame) frames;
    LIST(struct tbl_window) windows;
    LIST(struct tbl_receiver) receivers;
    LIST(struct tbl_port) ports;
    LIST(struct tbl_channel) channels;
    LIST(struct tbl_doorbell) doorbells;
    LIST(struct tbl_ring) rings;
    LIST(struct tbl_health) health;
    LIST(struct tbl_image) images;
    LIST(struct translation_page) translation;
    struct tbl_module module;
    uint8_t *tables; // tables_size bytes, ready
    uint8_t *payload;
    uint8_t config_id[32];
};

// The plan of a model without errors; NULL after a finding was reported. `runtime_path` is the
// runtime's ELF. Without `images_required` (checking) the runtime and guests' files may be missing:
// then what needs them is left out and the plan is not `complete`.
struct plan *plan_system(struct arena *a, struct diags *d, struct model *m,
                         const char *runtime_path, bool images_required);
// On a board without a runtime there is no plan; what the description places itself is held against
// the board all the same: MEM-003, MEM-004.
void check_fixed_memory(struct arena *a, struct diags *d, const struct model *m);

// ---- Out ----------------------------------------------------------------------------------------

// SHA-256 of the description's canonical text: resolved values in a fixed order, so that comments,
// key order, file names, directories and spelling of units do not matter. Guest images have digests
// of their own.
void config_identity(struct arena *a, const struct model *m, uint8_t digest[32]);
const char *config_text(struct arena *a, const struct model *m);

// Lays out sections; returns bytes needed for `pages` translation pages. Then writes them.
uint64_t tables_size(const struct plan *p, uint64_t pages);
void tables_write(struct arena *a, struct plan *p);
extern const uint32_t table_entry_sizes[TBL_SECTIONS];
extern const char *const table_names[TBL_SECTIONS + 1]; // "module" ..., last: "header"

// Whether the container has a flat form: not when images lie in place, all over the RAM.
bool container_flat(const struct plan *p);
// Writes `path` (bootable ELF64) and `path` with its extension replaced by .bin (flat image with
// the arm64 Image header; removed when there is no such form), each under a temporary name; reads
// both back and verifies them (container_verify), then renames. NULL, or the reason why; then
// neither file changed.
const char *container_write(struct arena *a, const struct plan *p, const char *path);
const char *flat_path(struct arena *a, const char *path); // the .bin beside it

// ---- Back in ------------------------------------------------------------------------------------

// A container as found: segments by load address, and its tables.
struct container {
    const char *path;
    bool flat;                       // .bin
    LIST(struct segment) segments;   // ascending, disjoint
    LIST(struct elf_symbol) symbols; // of the runtime, when the container is an ELF
    uint64_t entry;
    const uint8_t *tables; // tbl_header and what follows; readable to the header's size
    uint8_t sha256[32];    // of the file
    uint64_t length;
};
// Reads either form and trusts no byte of it: the tables are validated with tables_check before
// anything in them is used. NULL with the reason in *why; *unreadable when the file itself is.
struct container *container_read(struct arena *a, const char *path, bool *unreadable,
                                 const char **why);
struct container *container_parse(struct arena *a, const char *path, const uint8_t *bytes,
                                  uint64_t length, const char **why);
// The container's bytes at a load address, or NULL when the file does not hold all of them.
const uint8_t *container_at(const struct container *c, uint64_t address, uint64_t length);
// Where the running module will count its major frames (a 64-bit word of the runtime); false when
// the container has no symbols.
bool container_frame_counter(const struct container *c, uint64_t *address);
// Records of a section of validated tables.
const void *tables_records(const void *tables, enum tbl_type type, uint32_t *count);
// SHA-256 of the tables, and of an image's bytes in the payload (false: not all are there).
void tables_digest(const void *tables, uint8_t digest[32]);
bool container_digest(const struct container *c, const struct tbl_image *image, uint8_t digest[32]);

// Holds a container against a model with code of its own (BLD-002): appends one sentence per
// difference to *findings. True when there is none.
bool container_verify(struct arena *a, const struct container *c, const struct model *m,
                      struct text *findings);

#endif
