// SPDX-License-Identifier: BSD-2-Clause
// The file that `hvbuild run --trace` writes and `hvbuild trace` reads.
#ifndef HVBUILD_TRACE_H
#define HVBUILD_TRACE_H

#include "tables.h"

#define TRACE_MAGIC 0x3145434152544842u // "BHTRACE1" read as a little-endian word

// In front of the rings of all cores (tbl_trace), as they stood in the machine's memory.
struct trace_header {
    uint64_t magic;
    uint8_t config_id[32]; // of the configuration that ran
    uint64_t reserved[3];
};

// Bytes of one core's ring.
static inline uint64_t trace_ring_size(const struct tbl_module *m)
{
    return sizeof(struct tbl_trace) + m->trace_records * sizeof(struct tbl_trace_record);
}

#endif
