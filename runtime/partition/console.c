// SPDX-License-Identifier: BSD-2-Clause
// printf to the partition's console.

#include "hv.h"

// One HV_CONSOLE_WRITE carries 64 bytes in x2..x9: they are gathered here and sent when full.
struct line {
    union {
        uint64_t words[HV_CONSOLE_BYTES / 8];
        char bytes[HV_CONSOLE_BYTES];
    };
    size_t count;
};

static void flush(struct line *line)
{
    const uint64_t *w = line->words;
    struct hv_registers r = {
        {HV_CONSOLE_WRITE, line->count, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]}};

    if (line->count)
        hv_call(&r);
    *line = (struct line){0};
}

static void put(struct line *line, char c)
{
    if (line->count == HV_CONSOLE_BYTES)
        flush(line);
    line->bytes[line->count++] = c;
}

void hv_console_write(const char *bytes, size_t length)
{
    struct line line = {0};

    while (length--)
        put(&line, *bytes++);
    flush(&line);
}

struct conversion {
    unsigned width;
    bool left, zero, is_long;
};

static void put_padded(struct line *line, struct conversion how, const char *prefix,
                       const char *text, size_t length)
{
    size_t used = length;
    size_t pad;

    for (const char *p = prefix; *p; p++)
        used++;
    pad = how.width > used ? how.width - used : 0;
    if (!how.left && !how.zero) {
        for (; pad; pad--)
            put(line, ' ');
    }
    while (*prefix)
        put(line, *prefix++);
    if (!how.left) {
        for (; pad; pad--)
            put(line, '0');
    }
    while (length--)
        put(line, *text++);
    for (; pad; pad--)
        put(line, ' ');
}

static void put_number(struct line *line, struct conversion how, const char *prefix, uint64_t value,
                       unsigned base, const char *digits)
{
    char text[20]; // 2^64 - 1 has 20 decimal digits
    size_t first = sizeof text;

    do {
        text[--first] = digits[value % base];
        value /= base;
    } while (value);
    put_padded(line, how, prefix, text + first, sizeof text - first);
}

static const char *read_conversion(const char *f, struct conversion *how)
{
    *how = (struct conversion){0};
    for (; *f == '-' || *f == '0'; f++) {
        how->left |= *f == '-';
        how->zero |= *f == '0';
    }
    for (; *f >= '0' && *f <= '9'; f++)
        how->width = how->width * 10 + (unsigned)(*f - '0');
    for (; *f == 'l' || *f == 'z'; f++)
        how->is_long = true;
    return f;
}

void hv_vprintf(const char *f, va_list arguments)
{
    struct line line = {0};
    struct conversion how;

    for (; *f; f++) {
        if (*f != '%') {
            put(&line, *f);
            continue;
        }
        f = read_conversion(f + 1, &how);
        switch (*f) {
        case 'd':
        case 'i': {
            int64_t v = how.is_long ? va_arg(arguments, int64_t) : va_arg(arguments, int);
            uint64_t magnitude = v < 0 ? -(uint64_t)v : (uint64_t)v;
            put_number(&line, how, v < 0 ? "-" : "", magnitude, 10, "0123456789");
            break;
        }
        case 'u':
        case 'x':
        case 'X': {
            uint64_t v = how.is_long ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned);
            put_number(&line, how, "", v, *f == 'u' ? 10 : 16,
                       *f == 'X' ? "0123456789ABCDEF" : "0123456789abcdef");
            break;
        }
        case 'p':
            put_number(&line, how, "0x", (uintptr_t)va_arg(arguments, void *), 16,
                       "0123456789abcdef");
            break;
        case 's': {
            const char *text = va_arg(arguments, const char *);
            size_t length = 0;
            while (text[length])
                length++;
            how.zero = false;
            put_padded(&line, how, "", text, length);
            break;
        }
        case 'c': {
            char c = (char)va_arg(arguments, int);
            put_padded(&line, how, "", &c, 1);
            break;
        }
        case '\0':
            f--; // a lone % at the end
            break;
        default: // '%', and anything unknown as it stands
            put(&line, *f);
        }
    }
    flush(&line);
}

void hv_printf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    hv_vprintf(format, arguments);
    va_end(arguments);
}
