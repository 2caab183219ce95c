// SPDX-License-Identifier: BSD-2-Clause
// One finding as a machine reads it. The same record as the text, nothing parsed back.
#include "diag.h"
#include "check/check.h"
#include "report/json.h"

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

static json_t *waiver_json(struct arena *a, const struct diag *f)
{
    const struct waiver *w = f->waiver;

    if (!w)
        return json_null();
    return json_pack("{s:o, s:o, s:s}", "reason", json_safe(a, w->reason.text), "author",
                     json_safe(a, w->author.text), "level", severity_word(f->severity));
}

json_t *diag_json(struct arena *a, const struct diag *f)
{
    struct text rendered = {.arena = a};
    json_t *spans = json_array();
    char digest[DIGEST_DIGITS + 1];

    if (f->primary.at.source)
        json_array_append_new(spans, span_json(a, &f->primary, true));
    for (size_t i = 0; i < f->notes.count; i++)
        json_array_append_new(spans, span_json(a, &f->notes.items[i], false));
    diag_text(&rendered, f, true, false);
    diag_digest(f, digest);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o}", "code", rules[f->rule].id, "level",
                     diag_word(f), "message", json_safe(a, f->message), "spans", spans, "help",
                     json_safe(a, f->help), "digest", digest, "waiver", waiver_json(a, f),
                     "rendered", json_safe(a, rendered.bytes));
}

static void write_line(json_t *object, FILE *out)
{
    json_dumpf(object, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(object);
}

void diag_write_json(struct arena *a, const struct diag *f, FILE *out)
{
    write_line(diag_json(a, f), out);
}

void failure_write_json(struct arena *a, const char *message, FILE *out)
{
    write_line(json_pack("{s:n, s:s, s:o, s:[], s:n, s:n, s:n, s:o}", "code", "level", "error",
                         "message", json_safe(a, message), "spans", "help", "digest", "waiver",
                         "rendered", json_safe(a, message)),
               out);
}
