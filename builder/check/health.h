// SPDX-License-Identifier: BSD-2-Clause
// The rows of a health monitoring table, to be asked by error and state.
#ifndef HVBUILD_HEALTH_H
#define HVBUILD_HEALTH_H

#include "check/pass.h"

struct rows { // sorted by error, then state; a row for every state comes first
    const struct hm_entry **list;
    size_t count;
};

// The rows of a table whose error is known, and whose state is when they name one. A NULL table has
// none.
struct rows rows_of(struct pass *p, const struct hm_table *t);
// The row for an error in a state: that of the state itself, else that of every state, else NULL.
// `state` NULL: that of every state only.
const struct hm_entry *rows_find(const struct rows *r, const struct hm_error *error,
                                 const struct hm_state *state);
// Where the rows for an error begin.
size_t rows_first(const struct rows *r, const struct hm_error *error);
// The first table of a kind, or NULL.
const struct hm_table *hm_table_of(const struct model *m, enum hm_table_kind kind);

static inline bool is_partition_action(uint32_t action)
{
    return action == HM_ACTION_IGNORE || action == HM_ACTION_IDLE ||
           action == HM_ACTION_WARM_START || action == HM_ACTION_COLD_START;
}

static inline bool is_module_action(uint32_t action)
{
    return action == HM_ACTION_IGNORE || action == HM_ACTION_SHUTDOWN || action == HM_ACTION_RESET;
}

#endif
