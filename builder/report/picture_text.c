// SPDX-License-Identifier: BSD-2-Clause
// The frame in a terminal.
#include "report/picture.h"

#include "report/figures.h"
#include <string.h>

enum { LABEL = 9, WIDTH_MIN = 40, WIDTH_MAX = 400 };

static const char idle_sign = '.', crowd_sign = '*';

// 256-colour grounds on which black letters can be read, neighbours far apart.
static const uint8_t grounds[] = {75, 215, 114, 210, 80, 222, 183, 152, 180, 149, 217, 147};

char partition_letter(const struct partition *p)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    return p->index < sizeof letters - 1 ? letters[p->index] : '#';
}

uint64_t axis_step(uint64_t frame, unsigned most)
{
    uint64_t step = 1;

    for (int i = 0; frame / step > most; i++) {
        if (step > UINT64_MAX / 5 * 2)
            break;
        step = i % 3 == 1 ? step / 2 * 5 : step * 2; // 1 2 5 10
    }
    return step;
}

// ---- One row ------------------------------------------------------------------------------------

struct row { // what each column shows
    const struct partition *shown[WIDTH_MAX];
    bool crowd[WIDTH_MAX]; // several windows are too narrow to be told apart there
    int columns;
};

// The start of a column in the frame. Columns tile it exactly.
static uint64_t column_start(uint64_t frame, int columns, int column)
{
    return (uint64_t)((unsigned __int128)frame * (unsigned)column / (unsigned)columns);
}

static int column_of(uint64_t frame, int columns, uint64_t t)
{
    int c = (int)((unsigned __int128)t * (unsigned)columns / frame);

    return c < columns ? c : columns - 1;
}

static uint64_t overlap(const struct slot *s, uint64_t from, uint64_t to)
{
    uint64_t begin = s->start > from ? s->start : from, end = s->end < to ? s->end : to;

    return end > begin ? end - begin : 0;
}

static void show(struct row *r, uint64_t frame, const struct core_plan *c)
{
    uint64_t most[WIDTH_MAX] = {0};

    EACH(slot, &c->slots) {
        if (!slot->window->partition || slot->start >= frame)
            continue;
        int last =
            column_of(frame, r->columns, slot->end > slot->start ? slot->end - 1 : slot->end);
        for (int i = column_of(frame, r->columns, slot->start); i <= last; i++) {
            uint64_t from = column_start(frame, r->columns, i);
            uint64_t to = column_start(frame, r->columns, i + 1), got = overlap(slot, from, to);

            if (got * 2 >= to - from && got > most[i]) {
                most[i] = got;
                r->shown[i] = slot->window->partition;
            }
        }
    }
    // A window that nobody sees yet takes the column in which it begins, if that is free.
    EACH(slot, &c->slots) {
        const struct partition *p = slot->window->partition;
        if (!p || slot->start >= frame)
            continue;
        int first = column_of(frame, r->columns, slot->start);
        int last =
            column_of(frame, r->columns, slot->end > slot->start ? slot->end - 1 : slot->end);
        bool seen = false;

        for (int i = first; i <= last; i++)
            seen = seen || r->shown[i] == p;
        if (!seen && !r->shown[first])
            r->shown[first] = p;
        else if (!seen)
            r->crowd[first] = true;
    }
}

static void draw(struct text *out, const struct row *r, bool colour)
{
    const struct partition *before = NULL;

    for (int i = 0; i < r->columns; i++) {
        const struct partition *p = r->crowd[i] ? NULL : r->shown[i];

        if (colour && p != before)
            text_add(out, "\033[0m");
        if (colour && p && p != before)
            text_add(out, "\033[48;5;%u;38;5;16m", grounds[p->index % sizeof grounds]);
        text_add(out, "%c", r->crowd[i] ? crowd_sign : p ? partition_letter(p) : idle_sign);
        before = p;
    }
    text_add(out, "%s\n", colour && before ? "\033[0m" : "");
}

// ---- The axis -----------------------------------------------------------------------------------

// The number alone: the unit, of 10^digits ns, stands at the end of the axis.
static const char *in_unit(struct arena *a, uint64_t ns, uint64_t unit, int digits)
{
    char *text = arena_printf(a, "%llu.%0*llu", (unsigned long long)(ns / unit), digits + 1,
                              (unsigned long long)(ns % unit * 10));
    size_t length = strlen(text);

    while (text[length - 1] == '0')
        text[--length] = '\0';
    if (text[length - 1] == '.')
        text[--length] = '\0';
    return text;
}

static void axis(struct arena *a, struct text *out, uint64_t frame, int columns)
{
    static const struct {
        uint64_t ns;
        int digits;
        const char *name;
    } units[] = {{1000000000, 9, "s"}, {1000000, 6, "ms"}, {1000, 3, "us"}, {1, 0, "ns"}};
    uint64_t step = axis_step(frame, (unsigned)columns / 9);
    size_t unit = 0;
    char line[WIDTH_MAX + 1];

    while (unit < 3 && step < units[unit].ns)
        unit++;
    memset(line, ' ', (size_t)columns);
    line[columns] = '\0';
    int free_from = 0, end = columns - (int)strlen(units[unit].name);
    memcpy(line + end, units[unit].name, strlen(units[unit].name));
    for (uint64_t t = 0; t < frame; t += step) {
        const char *label = in_unit(a, t, units[unit].ns, units[unit].digits);
        int at = column_of(frame, columns, t), length = (int)strlen(label);

        if (at >= free_from && at + length < end) {
            memcpy(line + at, label, (size_t)length);
            free_from = at + length + 1;
        }
        if (t > UINT64_MAX - step)
            break;
    }
    text_add(out, "%*s%s\n", LABEL, "", line);
}

// ---- Below the rows -----------------------------------------------------------------------------

// A name as a terminal may have it, in exactly `width` columns.
static const char *cell(struct arena *a, const char *name, int width)
{
    char *text = arena_printf(a, "%-*.*s", width, width, name);

    for (char *c = text; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    if ((int)strlen(name) > width && width > 1)
        text[width - 1] = '~';
    return text;
}

static const char *per_cent(struct arena *a, uint64_t part, uint64_t whole)
{
    uint64_t tenths = whole ? (uint64_t)((unsigned __int128)part * 1000 / whole) : 0;

    return arena_printf(a, "%llu.%llu %%", (unsigned long long)tenths / 10,
                        (unsigned long long)tenths % 10);
}

static const char *if_given(struct arena *a, struct amount amount)
{
    return amount.given ? time_text(a, amount.value) : "-";
}

enum { FIGURES = 7 };

static const char *const headings[FIGURES] = {"period", "owed",     "gets",  "windows",
                                              "first",  "blackout", "jitter"};

struct legend_row {
    const char *cells[FIGURES]; // NULL: the partition has no window
};

static struct legend_row row_of(struct arena *a, const struct figures *f)
{
    if (!f->core)
        return (struct legend_row){0};
    return (struct legend_row){{
        if_given(a, f->owed->period),
        if_given(a, f->owed->duration),
        time_text(a, f->least),
        arena_printf(a, "%zu", f->windows),
        time_text(a, f->first),
        time_text(a, f->blackout),
        time_text(a, f->jitter),
    }};
}

static void sign(struct text *out, const struct partition *p, bool colour)
{
    if (colour)
        text_add(out, "\033[48;5;%u;38;5;16m%c\033[0m ", grounds[p->index % sizeof grounds],
                 partition_letter(p));
    else
        text_add(out, "%c ", partition_letter(p));
}

// As wide as the longest name, or as the line has room.
static int name_width(const struct model *m, int room)
{
    int longest = (int)strlen("partition");

    EACH(p, &m->partitions) {
        int length = p->name.text ? (int)strlen(p->name.text) : 1;
        longest = length > longest ? length : longest;
    }
    return room < 9 ? 9 : longest < room ? longest : room;
}

static void legend(struct arena *a, struct text *out, const struct model *m,
                   const struct schedule *s, int width, bool colour)
{
    const struct figures *all = figures_make(a, m, s);
    struct legend_row *rows = arena_alloc(a, (m->partitions.count + 1) * sizeof *rows);
    int widths[FIGURES], sum = 2;

    for (int i = 0; i < FIGURES; i++) {
        widths[i] = (int)strlen(headings[i]);
        EACH(p, &m->partitions) {
            struct legend_row *row = &rows[p->index];
            if (i == 0)
                *row = row_of(a, &all[p->index]);
            int length = row->cells[i] ? (int)strlen(row->cells[i]) : 0;
            widths[i] = length > widths[i] ? length : widths[i];
        }
        sum += widths[i] + 1;
    }
    int names = name_width(m, width - sum);
    text_add(out, "\n  %-*s", names, "partition");
    for (int i = 0; i < FIGURES; i++)
        text_add(out, " %*s", widths[i], headings[i]);
    text_add(out, "\n");
    EACH(p, &m->partitions) {
        const struct legend_row *row = &rows[p->index];

        sign(out, p, colour);
        text_add(out, "%s", cell(a, p->name.text ? p->name.text : "?", names));
        for (int i = 0; i < FIGURES && row->cells[i]; i++)
            text_add(out, " %*s", widths[i], row->cells[i]);
        text_add(out, "%s\n", row->cells[0] ? "" : " no window");
    }
}

void picture_text(struct arena *a, struct text *out, const struct model *m,
                  const struct schedule *s, int width, bool colour)
{
    uint64_t frame = s->major_frame.value;
    int columns = (width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width) - LABEL;
    bool crowded = false;

    text_add(
        out, "schedule %s, frame %s\n\n",
        cell(a, s->name.text ? s->name.text : "?", (int)strlen(s->name.text ? s->name.text : "?")),
        time_text(a, frame));
    if (frame == 0 || !s->major_frame.given)
        return;
    axis(a, out, frame, columns);
    EACH(c, &s->cores) {
        struct row row = {.columns = columns};

        show(&row, frame, c);
        text_add(out, "core %-*u", LABEL - 5, c->core);
        draw(out, &row, colour);
        for (int i = 0; i < columns; i++)
            crowded = crowded || row.crowd[i];
    }
    if (crowded)
        text_add(out, "\n%c: several windows too narrow to draw\n", crowd_sign);
    legend(a, out, m, s, width, colour);
    text_add(out, "\n");
    EACH(c, &s->cores) {
        uint64_t idle = idle_time(s, c);

        text_add(out, "core %u: used %s, idle %s in each frame\n", c->core,
                 per_cent(a, frame - (idle < frame ? idle : frame), frame), time_text(a, idle));
    }
}
