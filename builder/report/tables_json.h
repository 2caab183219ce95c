// SPDX-License-Identifier: BSD-2-Clause
// What validated tables say, for the report of a build and for `hvbuild inspect`.
#ifndef HVBUILD_TABLES_JSON_H
#define HVBUILD_TABLES_JSON_H

#include "base/base.h"
#include "tables.h"
#include <jansson.h>

// A new object: module, memory map, partitions, schedules with windows and exact utilisation,
// channels. Keys and items in a fixed order.
json_t *tables_json(struct arena *a, const void *tables);
json_t *hex_json(uint64_t value);
json_t *digest_json(const uint8_t digest[32]);

// Words for values in the tables, shared with the text form.
const char *digest_text(struct arena *a, const uint8_t digest[32]);
const char *rights_words(struct arena *a, uint32_t attributes); // "rw device shared"
extern const char *const action_names[TBL_ACTIONS];
const char *trace_words(struct arena *a, uint32_t events);        // "windows, calls"
uint64_t ticks_to_ns(const struct tbl_module *m, uint64_t ticks); // nearest, halves up

struct fraction { // in lowest terms
    uint64_t numerator, denominator;
};
// The part of its frame in which a core runs partitions (partition TBL_NONE), or one of them.
struct fraction frame_utilisation(const void *tables, uint32_t frame, uint32_t partition);

#endif
