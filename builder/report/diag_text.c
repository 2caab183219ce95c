// SPDX-License-Identifier: BSD-2-Clause
// One finding as a person reads it: a line that make and editors understand, the place in the
// source with carets, the other places, the remedy.
#include "diag.h"
#include "check/check.h"

#include <string.h>

enum { EXCERPT_WIDTH = 90, EXCERPT_LEAD = 30, TAB_WIDTH = 4 };

static const char *const bold = "\033[1m", *const reset = "\033[0m";

static const char *word_colour(const struct diag *f)
{
    switch (f->waiver ? SEVERITY_INFO : f->severity) {
    case SEVERITY_ERROR:
        return "\033[1;31m";
    case SEVERITY_WARNING:
        return "\033[1;35m";
    default:
        return "\033[1;36m";
    }
}

const char *severity_word(enum severity s)
{
    static const char *const words[] = {"error", "warning", "info", "off"};

    return words[s];
}

const char *diag_word(const struct diag *f)
{
    return f->waiver ? "waived" : severity_word(f->severity);
}

static void paint(struct text *out, bool colour, const char *code)
{
    if (colour)
        text_bytes(out, code, strlen(code));
}

// Text that came from a file may hold anything: control characters must not reach a terminal.
static void add_safe(struct text *out, const char *text)
{
    for (size_t length; *text; text += length) {
        uint32_t c = utf8_next(text, &length);
        bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
                       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
        if (control || (c == 0xfffd && length == 1))
            text_add(out, "\\x%02x", c == 0xfffd ? (uint8_t)*text : c);
        else
            text_bytes(out, text, length);
    }
}

// Columns that a character takes: none for combining marks, two for wide East Asian letters and
// emoji (Unicode annex 11, by blocks).
static uint32_t character_width(uint32_t c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
        (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f))
        return 0;
    if ((c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f) ||
        (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
        (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
        (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1f64f) ||
        (c >= 0x1f900 && c <= 0x1f9ff) || (c >= 0x20000 && c <= 0x3fffd))
        return 2;
    return 1;
}

static uint32_t step(uint32_t c, uint32_t column)
{
    return c == '\t' ? TAB_WIDTH - column % TAB_WIDTH : character_width(c);
}

struct excerpt {
    struct text line;
    uint32_t caret, carets; // columns from 0
};

// The part of a line around characters [from, to), with tabs as spaces, cut to EXCERPT_WIDTH.
static struct excerpt cut(struct arena *a, const char *line, size_t length, uint32_t from,
                          uint32_t to)
{
    struct excerpt e = {.line = {.arena = a}};
    const char *p = line, *end = line + length;
    uint32_t character = 1, column = 0, start = 0, stop = 0, bytes_width = 0;
    size_t size;

    // Where the span stands on a line of any length.
    for (; p < end && character < to; p += size, character++) {
        uint32_t c = utf8_next(p, &size);
        if (character == from)
            start = column;
        column += step(c, column);
    }
    if (character <= from)
        start = column + (from - character);
    stop = column > start ? column : start + 1;
    for (bytes_width = column; p < end && bytes_width <= start + EXCERPT_WIDTH; p += size)
        bytes_width += step(utf8_next(p, &size), bytes_width);

    uint32_t first = 0, last = UINT32_MAX;
    if (bytes_width > EXCERPT_WIDTH) {
        first = start > EXCERPT_LEAD && stop > EXCERPT_WIDTH ? start - EXCERPT_LEAD : 0;
        last = first + EXCERPT_WIDTH;
    }
    if (first)
        text_add(&e.line, "...");
    uint32_t lead = first ? 3 : 0;
    column = 0;
    for (p = line; p < end && column < last; p += size) {
        uint32_t c = utf8_next(p, &size), width = step(c, column);
        if (column >= first && c == '\t')
            text_add(&e.line, "%*s", (int)width, "");
        else if (column >= first)
            text_bytes(&e.line, p, size);
        else if (column + width > first) // a wide letter lies on the cut
            text_add(&e.line, "%*s", (int)(column + width - first), "");
        column += width;
    }
    if (p < end)
        text_add(&e.line, "...");
    if (stop > last)
        stop = last;
    e.caret = start - first + lead;
    e.carets = stop > start ? stop - start : 1;
    return e;
}

static void add_excerpt(struct text *out, const struct diag *f, bool colour)
{
    struct mark at = f->primary.at;
    size_t length;
    const char *line = source_line(at.source, at.line, &length);
    struct excerpt e = cut(out->arena, line, length, at.column, at.end_column);

    text_add(out, "%5u |%s", at.line, e.line.length ? " " : "");
    add_safe(out, e.line.bytes ? e.line.bytes : "");
    text_add(out, "\n%*s | %*s", at.line > 99999 ? 6 : 5, "", (int)e.caret, "");
    paint(out, colour, word_colour(f));
    for (uint32_t i = 0; i < e.carets; i++)
        text_bytes(out, "^", 1);
    if (f->primary.label) {
        text_bytes(out, " ", 1);
        add_safe(out, f->primary.label);
    }
    paint(out, colour, reset);
    text_bytes(out, "\n", 1);
}

static void add_place(struct text *out, struct mark at)
{
    add_safe(out, at.source ? at.source->name : "hvbuild");
    if (at.line)
        text_add(out, ":%u:%u", at.line, at.column);
    text_bytes(out, ": ", 2);
}

static void add_tag(struct text *out, const char *word, const char *code, bool colour)
{
    paint(out, colour, code);
    text_add(out, "%s: ", word);
    paint(out, colour, reset);
}

void diag_text(struct text *out, const struct diag *f, bool explain, bool colour)
{
    const struct rule_info *rule = &rules[f->rule];

    paint(out, colour, bold);
    add_place(out, f->primary.at);
    paint(out, colour, word_colour(f));
    text_add(out, "%s[%s]: ", diag_word(f), rule->id);
    paint(out, colour, reset);
    paint(out, colour, bold);
    add_safe(out, f->message);
    paint(out, colour, reset);
    text_bytes(out, "\n", 1);
    if (f->primary.at.source && f->primary.at.line)
        add_excerpt(out, f, colour);
    for (size_t i = 0; i < f->notes.count; i++) {
        add_place(out, f->notes.items[i].at);
        add_tag(out, "note", "\033[1;36m", colour);
        add_safe(out, f->notes.items[i].label);
        text_bytes(out, "\n", 1);
    }
    if (f->waiver) {
        add_tag(out, "waived", "\033[1;36m", colour);
        add_safe(out, f->waiver->reason.text);
        text_bytes(out, " (", 2);
        add_safe(out, f->waiver->author.text);
        text_bytes(out, ")\n", 2);
    } else if (f->help) {
        add_tag(out, "help", "\033[1;32m", colour);
        add_safe(out, f->help);
        text_bytes(out, "\n", 1);
    }
    if (explain) {
        add_tag(out, "note", "\033[1;36m", colour);
        text_add(out, "%s; see 'hvbuild explain %s'\n", rule->title, rule->id);
    }
}
