// SPDX-License-Identifier: BSD-2-Clause
// Shared by the parts of the validator: what is being checked, and arithmetic that cannot wrap.
#ifndef BULKHEAD_TABLES_PARTS_H
#define BULKHEAD_TABLES_PARTS_H

#include "tables_check.h"
#include <stddef.h>

struct check {
    const uint8_t *bytes;
    const struct tbl_header *header;
    const struct tables_expect *expect;
    const struct tbl_module *module;
    uint32_t count[TBL_SECTIONS];
    struct tables_fault fault;
};

// Records the fault; false, so that a check can end with `return no(...)`.
static inline bool no(struct check *c, uint32_t code, uint32_t section, uint64_t index)
{
    c->fault = (struct tables_fault){code, section, (uint32_t)index};
    return false;
}

static inline const void *section(const struct check *c, enum tbl_type type)
{
    return c->bytes + c->header->directory[type].offset;
}

// [start, start + size) lies inside [from, from + room).
static inline bool inside(uint64_t start, uint64_t size, uint64_t from, uint64_t room)
{
    return start >= from && start - from <= room && size <= room - (start - from);
}

// Neither range wraps.
static inline bool disjoint(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a_size == 0 || b_size == 0 || (a < b ? b - a >= a_size : a - b >= b_size);
}

static inline uint64_t round_up(uint64_t value, uint64_t unit) // a power of two; no carry out
{
    return (value + unit - 1) & ~(unit - 1);
}

// A group's range continues where the previous one ended.
static inline bool group(uint32_t first, uint32_t count, uint32_t *next, uint32_t total)
{
    if (first != *next || count > total - *next)
        return false;
    *next += count;
    return true;
}

// Bytes that the rings of the trace take, which need not be valid yet; 0 without one.
static inline uint64_t rings_size(const struct check *c)
{
    uint64_t records = c->module->trace_records * (uint64_t)sizeof(struct tbl_trace_record);

    return records ? c->count[TBL_CORE] * (sizeof(struct tbl_trace) + records) : 0;
}

// The same of the log.
static inline uint64_t log_size(const struct check *c)
{
    return tbl_log_size(c->count[TBL_PARTITION], c->module->log_records);
}

bool tables_name_valid(const char *name);
bool tables_name_same(const char *a, const char *b);

// Each checks its sections and relies on what the ones before it have proved.
bool tables_space(struct check *c);    // memory, images, interrupts
bool tables_time(struct check *c);     // schedules, frames, windows
bool tables_messages(struct check *c); // ports, channels

#endif
