// SPDX-License-Identifier: BSD-2-Clause
// A table for a terminal: each column as wide as its widest cell, numbers to the right.
#ifndef HVBUILD_TABLE_H
#define HVBUILD_TABLE_H

#include "base/base.h"

enum { TABLE_COLUMNS_MAX = 8 };

struct table_row {
    const char *cells[TABLE_COLUMNS_MAX];
};

struct table {
    struct arena *arena;
    int columns, left; // of these, the first `left` are text and stand to the left
    LIST(struct table_row) rows;
};

// The first row is the heading. Cells are kept, not copied; NULL is empty.
struct table table_new(struct arena *a, int columns, int left, const char *const *headings);
void table_add(struct table *t, const char *const *cells);
#define TABLE_ADD(t, ...) table_add((t), (const char *const[]){__VA_ARGS__})
// Nothing when there is only the heading. Two blanks before each line.
void table_print(struct text *out, const struct table *t);

#endif
