// SPDX-License-Identifier: BSD-2-Clause
// Numbers with units, exactly: no floating point, nothing after the unit, nothing rounded.
#include "model.h"

#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit times[] = {
    {"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}, {NULL, 0}};
static const struct unit sizes[] = {
    {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}, {NULL, 0}};

// What a time or size may be at most, so that sums of two and differences stay inside 64 bits.
#define AMOUNT_MAX (UINT64_MAX >> 1)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Digits with single underscores between them. Returns what follows; NULL without a digit.
static const char *digits(const char *p, uint64_t base, uint64_t *value, bool *fits)
{
    const char *start = p;

    for (*value = 0, *fits = true;; p++) {
        uint64_t digit;

        if (*p == '_' && p > start && p[-1] != '_')
            continue;
        if (is_digit(*p))
            digit = (uint64_t)(*p - '0');
        else if (base == 16 && *p >= 'a' && *p <= 'f')
            digit = (uint64_t)(*p - 'a') + 10;
        else if (base == 16 && *p >= 'A' && *p <= 'F')
            digit = (uint64_t)(*p - 'A') + 10;
        else
            break;
        *fits = *fits && mul_u64(*value, base, value) && add_u64(*value, digit, value);
    }
    return p == start || p[-1] == '_' ? NULL : p;
}

bool parse_number(const char *text, uint64_t *value, const char **why)
{
    bool fits;
    const char *end;

    if (text[0] == '-') {
        *why = "it must not be negative";
        return false;
    }
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        end = digits(text + 2, 16, value, &fits);
    else
        end = digits(text, 10, value, &fits);
    if (!end || *end) {
        *why = "it is not a whole number like 42 or 0x4000_0000";
        return false;
    }
    if (text[0] == '0' && is_digit(text[1])) {
        *why = "a leading zero could mean octal: write it without";
        return false;
    }
    if (!fits)
        *why = "it does not fit 64 bits";
    return fits;
}

// NUMBER[.FRACTION][space]UNIT with an exact result.
static bool parse_amount(const char *text, const struct unit *units, uint64_t *result,
                         const char *no_unit, const char *bad_unit, const char *inexact,
                         const char **why)
{
    uint64_t whole, part = 0, scale = 1;
    bool fits, exact = true;
    const char *p;

    if (text[0] == '-') {
        *why = "it must not be negative";
        return false;
    }
    p = digits(text, 10, &whole, &fits);
    if (!p) {
        *why = "it does not begin with a number";
        return false;
    }
    if (*p == '.') {
        const char *fraction = ++p;
        for (; is_digit(*p); p++) {
            // Digits that no unit can hold count only when they are not zero.
            if (scale > UINT64_MAX / 10 / 10) {
                exact = exact && *p == '0';
                continue;
            }
            scale *= 10;
            part = part * 10 + (uint64_t)(*p - '0');
        }
        if (p == fraction) {
            *why = "a digit must follow the point";
            return false;
        }
        if (!exact) {
            *why = inexact;
            return false;
        }
    }
    if (*p == ',') {
        *why = "fractions are written with a point, not a comma";
        return false;
    }
    if (!*p && !part && !whole && fits) {
        *result = 0; // zero is zero in every unit
        return true;
    }
    if (*p == ' ' && p[1])
        p++;
    if (!*p) {
        *why = no_unit;
        return false;
    }
    while (units->name && strcmp(units->name, p) != 0)
        units++;
    if (!units->name) {
        *why = bad_unit;
        return false;
    }
    // part / scale of the unit must be whole; both fit, their product may need 128 bits.
    unsigned __int128 fraction = (unsigned __int128)part * units->factor;
    if (fraction % scale) {
        *why = inexact;
        return false;
    }
    if (!fits || !mul_u64(whole, units->factor, result) ||
        !add_u64(*result, (uint64_t)(fraction / scale), result) || *result > AMOUNT_MAX) {
        *why = "it is too large";
        return false;
    }
    return true;
}

bool parse_time(const char *text, uint64_t *ns, const char **why)
{
    return parse_amount(
        text, times, ns, "the unit is missing: write s, ms, us or ns after the number",
        "its unit is none of s, ms, us, ns", "it is not a whole number of nanoseconds", why);
}

bool parse_size(const char *text, uint64_t *bytes, const char **why)
{
    return parse_amount(text, sizes, bytes,
                        "the unit is missing: write B, KiB, MiB or GiB after the number",
                        "its unit is none of B, KiB, MiB, GiB (powers of 1024)",
                        "it is not a whole number of bytes", why);
}

// VALUE UNIT in the largest unit that is not above the value and needs at most `places` digits
// after the point; the smallest unit always does.
static const char *amount_text(struct arena *a, uint64_t value, const struct unit *unit, int places)
{
    for (; unit->factor > 1; unit++) {
        unsigned __int128 part = value % unit->factor;
        int used = places;

        if (value < unit->factor)
            continue;
        for (int i = 0; i < places; i++)
            part *= 10;
        if (part % unit->factor)
            continue;
        uint64_t fraction = (uint64_t)(part / unit->factor);
        for (; used && fraction % 10 == 0; fraction /= 10)
            used--;
        unsigned long long whole = value / unit->factor;
        return used ? arena_printf(a, "%llu.%0*llu %s", whole, used, (unsigned long long)fraction,
                                   unit->name)
                    : arena_printf(a, "%llu %s", whole, unit->name);
    }
    return arena_printf(a, "%llu %s", (unsigned long long)value, unit->name);
}

const char *time_text(struct arena *a, uint64_t ns)
{
    return ns ? amount_text(a, ns, times, 9) : "0 ms";
}

const char *size_text(struct arena *a, uint64_t bytes)
{
    return amount_text(a, bytes, sizes, 3);
}

const char *address_text(struct arena *a, uint64_t address)
{
    unsigned high = (unsigned)(address >> 32), low = (unsigned)address;

    if (high)
        return arena_printf(a, "0x%x_%04x_%04x", high, low >> 16, low & 0xffff);
    return arena_printf(a, "0x%04x_%04x", low >> 16, low & 0xffff);
}
