// SPDX-License-Identifier: BSD-2-Clause
// The list of findings: kept once, bounded for each rule, weighed by profile and -W, sorted by
// place.
#include "diag.h"
#include "check/waivers.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

struct diags {
    struct arena *arena;
    LIST(struct diag *) kept;
    struct {
        LIST(struct diag *) kept;
        size_t unseen;                   // merely counted, of the rule's weight
        size_t unseen_own[SEVERITY_OFF]; // likewise, of a weight of their own
        bool overridden;                 // by -W
        enum severity severity;
        enum rule need; // that kept it from looking at everything, or RULES
        bool held;      // from looking at anything
    } by_rule[RULES];
    struct diag spare; // what a caller may fill when its finding is not kept
    bool spare_counted;
    uint32_t order;
    const struct model *waivers; // of it hold; or NULL
    uint32_t settled;            // findings before this in order have met the waivers
    bool unreadable;
};

struct diags *diags_new(struct arena *a)
{
    struct diags *d = arena_alloc(a, sizeof *d);

    d->arena = a;
    for (enum rule r = 0; r < RULES; r++) {
        d->by_rule[r].severity = rules[r].severity;
        d->by_rule[r].need = RULES;
    }
    return d;
}

static bool same_place(struct mark a, struct mark b)
{
    return a.source == b.source && a.line == b.line && a.column == b.column;
}

struct diag *diag_report(struct diags *d, enum rule rule, struct mark at, const char *format, ...)
{
    enum severity severity = d->by_rule[rule].severity;

    d->spare = (struct diag){.rule = rule, .severity = severity};
    d->spare_counted = false;
    if (severity == SEVERITY_OFF)
        return &d->spare;
    if (diags_full(d, rule)) { // too many to tell repetitions apart
        d->by_rule[rule].unseen++;
        d->spare_counted = true;
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

// ---- Weights ------------------------------------------------------------------------------------

void diag_weigh(struct diags *d, struct diag *f, enum severity s)
{
    bool figure = s == SEVERITY_INFO && f->severity != SEVERITY_OFF; // nothing wrong, never will be

    if ((d->by_rule[f->rule].overridden && !figure) || f->own_weight)
        return;
    if (f == &d->spare && d->spare_counted) {
        d->by_rule[f->rule].unseen--;
        d->by_rule[f->rule].unseen_own[s]++;
    }
    f->severity = s;
    f->own_weight = true;
}

void diags_weigh(struct diags *d, const enum severity weights[])
{
    for (enum rule r = 0; r < RULES; r++)
        if (!d->by_rule[r].overridden)
            d->by_rule[r].severity = weights[r];
    EACH(f, &d->kept)
        if (!(*f)->own_weight)
            (*f)->severity = d->by_rule[(*f)->rule].severity;
}

bool diags_override(struct diags *d, enum rule rule, enum severity s)
{
    if (rule_fixed(rule) && s != SEVERITY_ERROR)
        return false;
    d->by_rule[rule].overridden = true;
    d->by_rule[rule].severity = s;
    return true;
}

enum severity diags_severity(const struct diags *d, enum rule rule)
{
    return d->by_rule[rule].severity;
}

void diags_waivers(struct diags *d, const struct model *m)
{
    d->waivers = m;
}

// Findings get their labels after they are reported, so waivers look at them when they are counted.
static void settle(struct diags *d)
{
    if (!d->waivers || !d->waivers->waivers.count || d->settled == d->order)
        return;
    EACH(f, &d->kept)
        if ((*f)->order >= d->settled)
            (*f)->waiver = waiver_of(d->waivers, *f);
    d->settled = d->order;
}

// ---- Counts -------------------------------------------------------------------------------------

size_t diags_count(struct diags *d, enum severity s)
{
    size_t count = 0;

    settle(d);
    EACH(f, &d->kept)
        count += (*f)->severity == s && !(*f)->waiver;
    for (enum rule r = 0; r < RULES && s < SEVERITY_OFF; r++)
        count +=
            (d->by_rule[r].severity == s ? d->by_rule[r].unseen : 0) + d->by_rule[r].unseen_own[s];
    return count;
}

size_t diags_count_waived(struct diags *d)
{
    size_t count = 0;

    settle(d);
    EACH(f, &d->kept)
        count += (*f)->waiver != NULL;
    return count;
}

size_t diags_unseen(const struct diags *d, enum rule rule)
{
    size_t count = d->by_rule[rule].unseen;

    for (int s = 0; s < SEVERITY_OFF; s++)
        count += d->by_rule[rule].unseen_own[s];
    return count;
}

size_t diags_count_rule(const struct diags *d, enum rule rule)
{
    return d->by_rule[rule].kept.count + diags_unseen(d, rule);
}

struct diag *const *diags_of_rule(const struct diags *d, enum rule rule, size_t *count)
{
    *count = d->by_rule[rule].kept.count;
    return d->by_rule[rule].kept.items;
}

bool diags_full(const struct diags *d, enum rule rule)
{
    return d->by_rule[rule].kept.count >= DIAG_LIMIT;
}

void diags_hold(struct diags *d, enum rule rule, enum rule need, bool entirely)
{
    if (d->by_rule[rule].need == RULES)
        d->by_rule[rule].need = need;
    d->by_rule[rule].held |= entirely;
}

enum rule diags_held(const struct diags *d, enum rule rule, bool *entirely)
{
    *entirely = d->by_rule[rule].held;
    return d->by_rule[rule].need;
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
    settle(d);
    *count = d->kept.count;
    if (*count)
        qsort(d->kept.items, *count, sizeof *d->kept.items, by_place);
    return (const struct diag *const *)d->kept.items;
}

static void hash_text(struct sha256_ctx *hash, const char *text)
{
    if (text)
        sha256_update(hash, strlen(text), (const uint8_t *)text);
    sha256_update(hash, 1, (const uint8_t *)"");
}

void diag_digest(const struct diag *f, char digest[DIGEST_DIGITS + 1])
{
    uint8_t bytes[DIGEST_DIGITS / 2];
    struct sha256_ctx hash;

    sha256_init(&hash);
    hash_text(&hash, rules[f->rule].id);
    hash_text(&hash, f->message);
    hash_text(&hash, f->primary.label);
    EACH(note, &f->notes)
        hash_text(&hash, note->label);
    sha256_digest(&hash, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
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
    for (enum rule r = 0; r < RULES; r++) {
        struct diag rest = {.rule = r, .severity = d->by_rule[r].severity};
        if (!diags_unseen(d, r) || rest.severity > least)
            continue;
        rest.message = arena_printf(d->arena, "%zu more findings of this rule are not shown",
                                    diags_unseen(d, r));
        if (format == MESSAGES_JSON)
            diag_write_json(d->arena, &rest, out);
        else
            fprintf(out, "hvbuild: %s[%s]: %s\n", severity_word(rest.severity), rules[r].id,
                    rest.message);
    }
}
