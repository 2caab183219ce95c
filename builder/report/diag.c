// SPDX-License-Identifier: BSD-2-Clause
// The list of findings: kept once, bounded for each rule, weighed by -W, sorted by place.
#include "diag.h"
#include "check/check.h"

#include <stdlib.h>
#include <string.h>

struct diags {
    struct arena *arena;
    LIST(struct diag *) kept;
    struct {
        LIST(struct diag *) kept;
        size_t count;
        bool overridden;
        enum severity severity;
    } by_rule[RULES];
    size_t count[SEVERITY_OFF + 1];
    struct diag spare; // what a caller may fill when its finding is not kept
    uint32_t order;
    bool unreadable;
};

struct diags *diags_new(struct arena *a)
{
    struct diags *d = arena_alloc(a, sizeof *d);

    d->arena = a;
    return d;
}

static bool same_place(struct mark a, struct mark b)
{
    return a.source == b.source && a.line == b.line && a.column == b.column;
}

struct diag *diag_report(struct diags *d, enum rule rule, struct mark at, const char *format, ...)
{
    enum severity severity =
        d->by_rule[rule].overridden ? d->by_rule[rule].severity : rules[rule].severity;

    d->spare = (struct diag){.rule = rule, .severity = severity};
    if (severity == SEVERITY_OFF)
        return &d->spare;
    if (diags_full(d, rule)) { // too many to tell repetitions apart
        d->by_rule[rule].count++;
        d->count[severity]++;
        return &d->spare;
    }
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&message, format, arguments);
    va_end(arguments);
    const char *text = arena_text(d->arena, message, length < 0 ? 0 : (size_t)length);
    if (length >= 0)
        free(message);
    for (size_t i = 0; i < d->by_rule[rule].kept.count; i++) {
        const struct diag *other = d->by_rule[rule].kept.items[i];
        if (same_place(other->primary.at, at) && strcmp(other->message, text) == 0)
            return &d->spare;
    }
    struct diag *f = arena_alloc(d->arena, sizeof *f);
    f->rule = rule;
    f->severity = severity;
    f->message = text;
    f->primary.at = at;
    f->order = d->order++;
    *list_add(d->arena, &d->kept) = f;
    *list_add(d->arena, &d->by_rule[rule].kept) = f;
    d->by_rule[rule].count++;
    d->count[severity]++;
    return f;
}

static const char *format_text(struct diags *d, const struct diag *f, const char *format,
                               va_list arguments)
{
    char *text = NULL;

    if (f == &d->spare)
        return "";
    int length = vasprintf(&text, format, arguments);
    if (length < 0)
        return "";
    const char *copy = arena_text(d->arena, text, (size_t)length);
    free(text);
    return copy;
}

void diag_label(struct diags *d, struct diag *f, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    f->primary.label = format_text(d, f, format, arguments);
    va_end(arguments);
}

void diag_note(struct diags *d, struct diag *f, struct mark at, const char *format, ...)
{
    va_list arguments;

    if (f == &d->spare)
        return;
    va_start(arguments, format);
    *list_add(d->arena, &f->notes) = (struct span){at, format_text(d, f, format, arguments)};
    va_end(arguments);
}

void diag_help(struct diags *d, struct diag *f, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    f->help = format_text(d, f, format, arguments);
    va_end(arguments);
}

size_t diags_count(const struct diags *d, enum severity s)
{
    return d->count[s];
}

size_t diags_count_rule(const struct diags *d, enum rule rule)
{
    return d->by_rule[rule].count;
}

bool diags_full(const struct diags *d, enum rule rule)
{
    return d->by_rule[rule].kept.count >= DIAG_LIMIT;
}

bool diags_override(struct diags *d, enum rule rule, enum severity s)
{
    bool fixed = rules[rule].isolation || rules[rule].stage == STAGE_READ;

    if (fixed && rules[rule].severity == SEVERITY_ERROR && s != SEVERITY_ERROR)
        return false;
    d->by_rule[rule].overridden = true;
    d->by_rule[rule].severity = s;
    return true;
}

void diags_set_unreadable(struct diags *d)
{
    d->unreadable = true;
}

bool diags_unreadable(const struct diags *d)
{
    return d->unreadable;
}

static int by_place(const void *a, const void *b)
{
    const struct diag *x = *(const struct diag *const *)a, *y = *(const struct diag *const *)b;
    const struct mark *m = &x->primary.at, *n = &y->primary.at;
    int64_t files =
        (int64_t)(m->source ? m->source->order : 0) - (int64_t)(n->source ? n->source->order : 0);

    if (files)
        return files < 0 ? -1 : 1;
    if (m->line != n->line)
        return m->line < n->line ? -1 : 1;
    if (m->column != n->column)
        return m->column < n->column ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

const struct diag *const *diags_sorted(struct diags *d, size_t *count)
{
    *count = d->kept.count;
    if (*count)
        qsort(d->kept.items, *count, sizeof *d->kept.items, by_place);
    return (const struct diag *const *)d->kept.items;
}

static size_t unseen(const struct diags *d, size_t rule)
{
    return d->by_rule[rule].count - d->by_rule[rule].kept.count;
}

void diags_write(struct diags *d, FILE *out, enum message_format format, enum severity least,
                 bool colour)
{
    bool explained[RULES] = {false};
    size_t count;
    const struct diag *const *sorted = diags_sorted(d, &count);

    for (size_t i = 0; i < count; i++) {
        const struct diag *f = sorted[i];
        if (f->severity > least)
            continue;
        if (format == MESSAGES_JSON) {
            diag_write_json(d->arena, f, out);
        } else {
            struct text text = {.arena = d->arena};
            diag_text(&text, f, !explained[f->rule], colour);
            fwrite(text.bytes, 1, text.length, out);
        }
        explained[f->rule] = true;
    }
    for (size_t i = 0; i < RULES; i++) {
        if (!unseen(d, i) || d->by_rule[i].kept.items[0]->severity > least)
            continue;
        struct diag rest = {.rule = (enum rule)i,
                            .severity = d->by_rule[i].kept.items[0]->severity};
        rest.message =
            arena_printf(d->arena, "%zu more findings of this rule are not shown", unseen(d, i));
        if (format == MESSAGES_JSON)
            diag_write_json(d->arena, &rest, out);
        else
            fprintf(out, "hvbuild: %s[%s]: %s\n", severity_word(rest.severity), rules[i].id,
                    rest.message);
    }
}
