// SPDX-License-Identifier: BSD-2-Clause
// Typed values of the dialects, exactly: decimal digits are scaled in integers, never rounded.
#include "import/import.h"

#include <string.h>
#include <strings.h>

typedef bool parse_function(const char *text, uint64_t *value, const char **why);

// What a time or size may be at most, as in system.yaml.
#define VALUE_MAX (UINT64_MAX >> 1)

static const char negative[] = "it must not be negative";
static const char too_large[] = "it is too large";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// ---- Decimal numbers ----------------------------------------------------------------------------

struct decimal { // digits * 10^exponent
    unsigned __int128 digits;
    long exponent;
};

// Digits around a point, and where they end; NULL and *why when there are none, or so many that no
// unit could hold them.
static const char *parse_digits(const char *p, struct decimal *d, const char **why)
{
    const unsigned __int128 most = ~(unsigned __int128)0 / 10 - 1;
    bool point = false, any = false;
    long zeros = 0; // counted only once another digit follows

    *d = (struct decimal){0};
    for (; is_digit(*p) || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        d->exponent -= point;
        zeros++;
        if (*p == '0')
            continue;
        for (; zeros; zeros--) {
            if (d->digits > most) {
                *why = "it has more digits than any unit can hold";
                return NULL;
            }
            d->digits *= 10;
        }
        d->digits += (unsigned)(*p - '0');
    }
    d->exponent += zeros;
    if (!any)
        *why = "it does not begin with a number";
    return any ? p : NULL;
}

// digits * 10^exponent * factor as a whole number.
static bool scale(struct decimal d, uint64_t factor, uint64_t *result, const char *inexact,
                  const char **why)
{
    unsigned __int128 value = d.digits;

    for (; value && d.exponent < 0 && value % 10 == 0; d.exponent++)
        value /= 10;
    if (value > ~(unsigned __int128)0 / factor) {
        *why = d.exponent < 0 ? inexact : too_large;
        return false;
    }
    value *= factor;
    for (; value && d.exponent < 0; d.exponent++) {
        if (value % 10) {
            *why = inexact;
            return false;
        }
        value /= 10;
    }
    for (; value && d.exponent > 0 && value <= VALUE_MAX; d.exponent--)
        value *= 10;
    if (value > VALUE_MAX) {
        *why = too_large;
        return false;
    }
    *result = (uint64_t)value;
    return true;
}

// xs:float and xs:decimal: the same text, read exactly.
static bool parse_seconds(const char *text, uint64_t *ns, const char **why)
{
    struct decimal d;

    if (*text == '-') {
        *why = negative;
        return false;
    }
    const char *p = parse_digits(text + (*text == '+'), &d, why);
    if (!p)
        return false;
    if (*p == 'e' || *p == 'E') {
        bool minus = p[1] == '-';
        long power = 0;
        p += 1 + (p[1] == '-' || p[1] == '+');
        if (!is_digit(*p)) {
            *why = "a digit must follow the 'e'";
            return false;
        }
        for (; is_digit(*p); p++)
            power = power < 100000 ? power * 10 + (*p - '0') : power;
        d.exponent += minus ? -power : power;
    }
    if (*p) {
        *why = *p == ',' ? "fractions are written with a point, not a comma"
                         : "it is in seconds and has no unit";
        return false;
    }
    return scale(d, 1000000000, ns, "it is not a whole number of nanoseconds", why);
}

static bool parse_whole(const char *text, uint64_t *value, const char **why)
{
    uint64_t base = 10;

    *value = 0;
    if (*text == '-') {
        *why = negative;
        return false;
    }
    text += *text == '+';
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    *why = "it is not a whole number like 42 or 0x4000";
    if (!*text)
        return false;
    for (; *text; text++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = strchr(digits, *text >= 'A' && *text <= 'F' ? *text + 32 : *text);

        if (!digit || (uint64_t)(digit - digits) >= base)
            return false;
        if (!mul_u64(*value, base, value) || !add_u64(*value, (uint64_t)(digit - digits), value)) {
            *why = "it does not fit 64 bits";
            return false;
        }
    }
    return true;
}

static bool parse_nanoseconds(const char *text, uint64_t *ns, const char **why)
{
    if (!parse_whole(text, ns, why))
        return false;
    *why = too_large;
    return *ns <= VALUE_MAX;
}

static bool parse_unit(const char *text, const struct unit_row *unit, uint64_t *result,
                       const char *no_unit, const char *inexact, const char **why)
{
    struct decimal d;

    if (*text == '-') {
        *why = negative;
        return false;
    }
    const char *p = parse_digits(text, &d, why);
    if (!p)
        return false;
    while (*p == ' ')
        p++;
    while (unit->name && strcasecmp(unit->name, p) != 0)
        unit++;
    if (!unit->name && (d.digits || *p)) {
        *why = no_unit;
        return false;
    }
    return scale(d, unit->name ? unit->factor : 1, result, inexact, why);
}

static bool parse_unit_time(const char *text, uint64_t *ns, const char **why)
{
    static const struct unit_row units[] = {
        {"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}, {NULL, 0}};

    return parse_unit(text, units, ns, "it needs one of the units s, ms, us, ns",
                      "it is not a whole number of nanoseconds", why);
}

static bool parse_unit_size(const char *text, uint64_t *bytes, const char **why)
{
    static const struct unit_row units[] = {
        {"GB", 1ull << 30}, {"MB", 1ull << 20}, {"KB", 1ull << 10}, {"B", 1}, {NULL, 0}};

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return parse_nanoseconds(text, bytes, why);
    return parse_unit(text, units, bytes,
                      "it needs one of the units B, KB, MB, GB (powers of 1024)",
                      "it is not a whole number of bytes", why);
}

static bool parse_bool(const char *text, uint64_t *value, const char **why)
{
    *value = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    *why = "it is neither true nor false";
    return *value || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool parse_short_time(const char *text, uint64_t *ns, const char **why)
{
    bool whole = *text && !text[strspn(text, "0123456789")];

    return whole ? parse_nanoseconds(text, ns, why) : parse_unit_time(text, ns, why);
}

static bool parse_short_size(const char *text, uint64_t *bytes, const char **why)
{
    static const struct unit_row units[] = {
        {"M", 1ull << 20}, {"K", 1ull << 10}, {"", 1}, {NULL, 0}};

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return parse_nanoseconds(text, bytes, why);
    return parse_unit(text, units, bytes, "only K and M may follow (powers of 1024)",
                      "it is not a whole number of bytes", why);
}

// ---- Attributes ---------------------------------------------------------------------------------

static const char *trimmed(struct importer *i, const char *text)
{
    size_t length = strlen(text);

    while (length && strchr(" \t\r\n", *text)) {
        text++;
        length--;
    }
    while (length && strchr(" \t\r\n", text[length - 1]))
        length--;
    return arena_text(i->arena, text, length);
}

struct kind {
    parse_function *parse;
    enum rule rule;
    const char *noun, *example;
};

// The value of an attribute, or a finding that says why it is none.
static struct amount judged(struct importer *i, const struct node *element, const struct node *n,
                            const struct kind *kind, struct amount result, const char *why)
{
    result.at = n->mark;
    if (result.given)
        return result;
    struct diag *f = diag_report(i->diags, kind->rule, n->mark, "'%s' of %s must be %s", n->key,
                                 import_title(i, element), kind->noun);
    diag_label(i->diags, f, "%s", why);
    diag_help(i->diags, f, "write it like %s", kind->example);
    result.value = 0;
    return result;
}

static struct amount amount_of(struct importer *i, const struct node *element, const char *name,
                               const struct kind *kind)
{
    const struct node *n = import_attribute(element, name);
    struct amount result = {0};
    const char *why = "";

    if (!n)
        return result;
    result.given = kind->parse(trimmed(i, n->text), &result.value, &why);
    return judged(i, element, n, kind, result, why);
}

struct amount import_units(struct importer *i, const struct node *element, const char *name,
                           const struct unit_row *units, bool time)
{
    static const struct kind kinds[2] = {{NULL, RULE_SYN_004, "a size", "64KB"},
                                         {NULL, RULE_SYN_002, "a time", "25ms"}};
    const struct node *n = import_attribute(element, name);
    struct text all = {.arena = i->arena};
    struct amount result = {0};
    const char *why = "";

    if (!n)
        return result;
    text_add(&all, "it needs one of the units");
    for (size_t k = 0; units[k].name; k++)
        if (*units[k].name)
            text_add(&all, "%s %s", k ? "," : "", units[k].name);
    result.given = parse_unit(trimmed(i, n->text), units, &result.value, all.bytes,
                              time ? "it is not a whole number of nanoseconds"
                                   : "it is not a whole number of bytes",
                              &why);
    return judged(i, element, n, &kinds[time], result, why);
}

struct amount import_number(struct importer *i, const struct node *element, const char *name)
{
    static const struct kind kind = {parse_whole, RULE_SYN_004, "a number", "42 or 0x4000"};

    return amount_of(i, element, name, &kind);
}

struct amount import_bool(struct importer *i, const struct node *element, const char *name)
{
    static const struct kind kind = {parse_bool, RULE_SYN_001, "true or false", "true"};

    return amount_of(i, element, name, &kind);
}

struct amount import_seconds(struct importer *i, const struct node *element, const char *name)
{
    static const struct kind kind = {parse_seconds, RULE_SYN_002, "a time in seconds", "0.025"};

    return amount_of(i, element, name, &kind);
}

struct amount import_nanoseconds(struct importer *i, const struct node *element, const char *name)
{
    static const struct kind kind = {parse_nanoseconds, RULE_SYN_002, "a time in nanoseconds",
                                     "25000000 (25 ms)"};

    return amount_of(i, element, name, &kind);
}

struct amount import_unit_time(struct importer *i, const struct node *element, const char *name)
{
    static const struct kind kind = {parse_unit_time, RULE_SYN_002, "a time", "25ms"};

    return amount_of(i, element, name, &kind);
}

struct amount import_unit_size(struct importer *i, const struct node *element, const char *name)
{
    static const struct kind kind = {parse_unit_size, RULE_SYN_004, "a size", "256KB"};

    return amount_of(i, element, name, &kind);
}

struct amount import_short_time(struct importer *i, const struct node *element, const char *name)
{
    static const struct kind kind = {parse_short_time, RULE_SYN_002, "a time", "25ms"};

    return amount_of(i, element, name, &kind);
}

struct amount import_short_size(struct importer *i, const struct node *element, const char *name)
{
    static const struct kind kind = {parse_short_size, RULE_SYN_004, "a size", "300K"};

    return amount_of(i, element, name, &kind);
}

struct word import_word(struct importer *i, const struct node *element, const char *name)
{
    const struct node *n = import_attribute(element, name);

    (void)i;
    return n ? (struct word){n->text, n->mark} : (struct word){0};
}

uint32_t import_choice(struct importer *i, const struct node *element, const char *name,
                       const struct choice_row *words, enum rule rule, uint32_t absent,
                       struct mark *at)
{
    const struct node *n = import_attribute(element, name);
    const char *known[32];
    struct text all = {.arena = i->arena};
    size_t count = 0;

    if (at)
        *at = n ? n->mark : (struct mark){0};
    if (!n)
        return absent;
    const char *text = trimmed(i, n->text);
    for (; words[count].word && count < sizeof known / sizeof *known; count++) {
        if (strcmp(words[count].word, text) == 0)
            return words[count].value;
        known[count] = words[count].word;
        text_add(&all, "%s%s", count ? ", " : "", known[count]);
    }
    struct diag *f = diag_report(i->diags, rule, n->mark, "'%s' of %s cannot be '%s'", name,
                                 import_title(i, element), text);
    const char *near = nearest_word(text, known, count);
    if (near)
        diag_label(i->diags, f, "did you mean '%s'?", near);
    diag_help(i->diags, f, "it is one of: %s", all.bytes);
    return absent;
}

// Where a piece of a text stands: exactly, when the text stands in its file as it is given.
static struct mark piece_mark(const struct node *n, const char *piece, size_t length)
{
    struct mark m = n->mark;
    size_t line_length, skip = 0;

    for (const char *p = n->text; p < piece; p++) {
        bool newline = *p == '\n';
        m.line += newline;
        m.column = newline ? 1 : m.column + (((uint8_t)*p & 0xc0) != 0x80);
    }
    const char *line = source_line(m.source, m.line, &line_length);
    for (uint32_t column = 1; column < m.column && skip < line_length; column++)
        for (skip++; skip < line_length && ((uint8_t)line[skip] & 0xc0) == 0x80;)
            skip++;
    if (line_length - skip < length || memcmp(line + skip, piece, length) != 0)
        return n->mark;
    m.end_column = m.column + utf8_count(piece, length);
    return m;
}

const char *import_next_word(struct importer *i, const struct node *n, const char *at,
                             const char *separators, struct word *word)
{
    at += strspn(at, separators);
    size_t length = strcspn(at, separators);
    if (!length)
        return NULL;
    *word = (struct word){arena_text(i->arena, at, length), piece_mark(n, at, length)};
    return at + length;
}
