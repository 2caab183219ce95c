// SPDX-License-Identifier: BSD-2-Clause
// One finding as a machine reads it. The same record as the text, nothing parsed back.
#include "diag.h"
#include "check/check.h"

#include <jansson.h>
#include <stdlib.h>

// JSON text is Unicode; a file name need not be.
static json_t *json_safe(struct arena *a, const char *text)
{
    struct text clean = {.arena = a};

    if (!text)
        return json_null();
    for (size_t length; *text; text += length) {
        if (utf8_next(text, &length) == 0xfffd && length == 1)
            text_add(&clean, "\xef\xbf\xbd");
        else
            text_bytes(&clean, text, length);
    }
    return json_string(clean.bytes ? clean.bytes : "");
}

static json_t *place_number(struct mark at, uint32_t number)
{
    return at.line ? json_integer(number) : json_null();
}

static json_t *span_json(struct arena *a, const struct span *s, bool primary)
{
    struct mark at = s->at;

    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:b}", "file", json_safe(a, at.source ? at.source->name : NULL),
        "line", place_number(at, at.line), "column", place_number(at, at.column), "end_column",
        place_number(at, at.end_column), "label", json_safe(a, s->label), "primary", primary);
}

json_t *diag_json(struct arena *a, const struct diag *f)
{
    struct text rendered = {.arena = a};
    json_t *spans = json_array();

    if (f->primary.at.source)
        json_array_append_new(spans, span_json(a, &f->primary, true));
    for (size_t i = 0; i < f->notes.count; i++)
        json_array_append_new(spans, span_json(a, &f->notes.items[i], false));
    diag_text(&rendered, f, true, false);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "code", rules[f->rule].id, "level",
                     severity_word(f->severity), "message", json_safe(a, f->message), "spans",
                     spans, "help", json_safe(a, f->help), "rendered",
                     json_safe(a, rendered.bytes));
}

void diag_write_json(struct arena *a, const struct diag *f, FILE *out)
{
    json_t *object = diag_json(a, f);

    json_dumpf(object, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(object);
}
