// SPDX-License-Identifier: BSD-2-Clause
// Tables of text.
#include "report/table.h"

#include <string.h>

struct table table_new(struct arena *a, int columns, int left, const char *const *headings)
{
    struct table t = {.arena = a, .columns = columns, .left = left};

    table_add(&t, headings);
    return t;
}

void table_add(struct table *t, const char *const *cells)
{
    struct table_row *row = list_add(t->arena, &t->rows);

    for (int i = 0; i < t->columns; i++)
        row->cells[i] = cells[i] ? cells[i] : "";
}

// A name as a terminal may have it.
static const char *plain(struct arena *a, const char *text)
{
    char *copy = arena_text(a, text, strlen(text));

    for (char *c = copy; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    return copy;
}

void table_print(struct text *out, const struct table *t)
{
    int widths[TABLE_COLUMNS_MAX] = {0};

    if (t->rows.count < 2)
        return;
    EACH(row, &t->rows) {
        for (int i = 0; i < t->columns; i++) {
            int length = (int)strlen(row->cells[i]);

            widths[i] = length > widths[i] ? length : widths[i];
        }
    }
    EACH(row, &t->rows) {
        struct text line = {.arena = out->arena};

        for (int i = 0; i < t->columns; i++)
            text_add(&line, "  %*s", i < t->left ? -widths[i] : widths[i],
                     plain(out->arena, row->cells[i]));
        while (line.length > 0 && line.bytes[line.length - 1] == ' ')
            line.length--;
        text_add(out, "%.*s\n", (int)line.length, line.bytes);
    }
}
