// SPDX-License-Identifier: BSD-2-Clause
// The validator of the tables: the one definition of "well-formed". The runtime runs it once at
// boot; hvbuild links the same code and runs it as its last step. Plain C over schema/ alone.
#ifndef BULKHEAD_TABLES_CHECK_H
#define BULKHEAD_TABLES_CHECK_H

#include "abi.h"
#include "tables.h"
#include <stdbool.h>
#include <stdint.h>

// Why tables are refused. The runtime prints number and name, hvbuild the text; a number is never
// reused.
#define TABLES_CODES(X)                                                                            \
    X(1, SIZE, "size is wrong, or more than there is")                                             \
    X(2, MAGIC, "these are not Bulkhead tables")                                                   \
    X(3, VERSION, "another version of the tables")                                                 \
    X(4, MACHINE, "made for another architecture or board")                                        \
    X(5, HEADER_CRC, "header checksum does not match")                                             \
    X(6, ADDRESS, "made for another load address")                                                 \
    X(7, TIMER, "made for another timer frequency")                                                \
    X(8, DIRECTORY, "section is misaligned, out of order or out of bounds")                        \
    X(9, ENTRY_SIZE, "record size differs from this version's")                                    \
    X(10, COUNT, "count is outside its limits")                                                    \
    X(11, SECTION_CRC, "section checksum does not match")                                          \
    X(12, PADDING, "byte between the sections is not zero")                                        \
    X(13, RESERVED, "reserved field is not zero")                                                  \
    X(14, NAME, "name is empty, not printable or not zero padded")                                 \
    X(15, DUPLICATE, "same name or number as an earlier record, or names not in order")            \
    X(16, FLAGS, "value or combination of flags is unknown")                                       \
    X(17, GROUP, "ranges of the groups do not tile the section")                                   \
    X(18, INDEX, "index points outside its section or group")                                      \
    X(19, FOOTPRINT, "part of the container is misaligned, outside RAM or overlaps another")       \
    X(20, RATIO, "tick to nanosecond ratio does not fit the timer")                                \
    X(21, COPY_WINDOW, "copy window is misaligned or overlaps a mapping")                          \
    X(22, STATE, "range lies outside the state area or overlaps another in it")                    \
    X(23, ROOT, "translation root lies outside the translation section")                           \
    X(24, MPIDR, "affinity of a core is not a possible one")                                       \
    X(25, VMID, "VMID is not the partition's index + 1")                                           \
    X(26, ENTRY, "entry or argument lies outside the partition's memory")                          \
    X(27, TIMING, "period, duration, frame or time is impossible")                                 \
    X(28, SAME_CORE, "two vcpus of one partition share a core")                                    \
    X(29, ATTRIBUTES, "attributes of a region are not allowed")                                    \
    X(30, RANGE, "region is empty, misaligned, wraps or lies where it must not")                   \
    X(31, OVERLAP, "region overlaps an earlier one")                                               \
    X(32, HYPERVISOR, "hypervisor's own mappings do not cover its container or devices")           \
    X(33, INTERRUPT, "interrupt is not a shared peripheral one, or not in order")                  \
    X(34, IRQ_MASK, "interrupt mask differs from the interrupts")                                  \
    X(35, WINDOW, "windows do not cover the frame one after the other")                            \
    X(36, WINDOW_CORE, "window's vcpu belongs to another core")                                    \
    X(37, PORT, "port's kind, direction, sizes or refresh period are inconsistent")                \
    X(38, CHANNEL, "channel and its ports do not fit each other")                                  \
    X(39, POOL, "message pool has the wrong size")                                                 \
    X(40, HEALTH, "health level or action is unknown")                                             \
    X(41, IMAGE, "image lies outside the payload or its memory")                                   \
    X(42, STAGE2, "partition's translation is not its declared memory")                            \
    X(43, STAGE1, "hypervisor's translation is not its declared memory")                           \
    X(44, DIGEST, "image does not match its digest")                                               \
    X(45, CORE_START, "core did not start")                                                        \
    X(46, CHANGE, "action at a change of schedule is none of those")                               \
    X(47, TRACE, "trace has unknown events, or rings of a wrong size or place")                    \
    X(48, LOG, "health log keeps or takes too few records, or too many")                           \
    X(49, RING, "ring names no doorbell's interrupt of its own")                                   \
    X(50, PL011, "emulated PL011 has another interrupt, or memory in its place")                   \
    X(51, STOLEN_TIME, "page of stolen time is missing, or not for reading alone")

enum tables_code {
    TABLES_OK,
#define TABLES_ENUM(number, name, text) TABLES_##name = number,
    TABLES_CODES(TABLES_ENUM)
#undef TABLES_ENUM
        TABLES_CODE_COUNT
};
const char *tables_code_text(uint32_t code); // never NULL
const char *tables_code_name(uint32_t code); // the same, for the runtime: the texts are 2 KiB

// Records compared pair by pair: 64 partitions with 16 each, half a million comparisons at the
// limit and a few hundred in practice; no order is asked of the builder and no memory of the
// runtime.
#define TABLES_MAX_MEMORY         1024u
#define TABLES_MAX_IMAGES         1024u
#define TABLES_MAX_MINOR_SECTIONS 64u // a newer minor version may append sections up to here

enum { TABLES_EXPECT_DEVICES = 4 };

// What the running machine is, to hold the tables against.
struct tables_expect {
    uint16_t arch, board;
    uint64_t address; // where the tables stand
    uint64_t timer_hz;
    uint64_t runtime_start, runtime_end; // footprint of the runtime image
    uint64_t ram_start, ram_end;
    uint32_t device_count; // what the runtime itself drives, and has to have among its mappings
    struct {
        uint64_t start, size;
    } devices[TABLES_EXPECT_DEVICES];
};

struct tables_fault { // code 0: none. hvbuild turns section and index back into a line
    uint32_t code;    // enum tables_code
    uint32_t section; // enum tbl_type, or TBL_SECTIONS for the header
    uint32_t index;   // record in the section; for the header's directory, the section meant
};

// Checks everything; the first failure wins. The bytes readable at `at` (8-byte aligned) may stand
// elsewhere than expect->address when hvbuild validates before writing. Reads nothing outside
// [at, at + size), whatever the bytes are; uses no memory but its stack.
struct tables_fault tables_check(const void *at, uint64_t size, const struct tables_expect *expect);

// From the architecture: proves that one translation is exactly the set of `count` regions with
// their attributes; `root` as the tables say, pages found at blob + (address - blob_phys), read
// only inside [blob, blob + blob_size). Index of the first wrong region, or >= count, in *index.
// Plain C too. `windows` > 0 selects the hypervisor's own format, which also has exactly so many
// copy windows of `module`.
bool arch_translation_check(const void *blob, uint64_t blob_phys, uint64_t blob_size, uint64_t root,
                            const struct tbl_memory *regions, uint32_t count, uint32_t windows,
                            const struct tbl_module *module, uint32_t *index);

#endif
