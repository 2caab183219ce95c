// SPDX-License-Identifier: BSD-2-Clause
// One input file as bytes: reading it within bounds, finding its lines, seeing that it is text.
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

uint32_t utf8_next(const char *bytes, size_t *length)
{
    const uint8_t *p = (const uint8_t *)bytes;
    uint32_t character = p[0];
    size_t more = 0;

    // Unicode 15, table 3-7: lead byte, then continuation bytes; overlong forms, surrogates and
    // values past U+10FFFF are not well-formed.
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        character = p[0] & 0x1f;
        more = 1;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        character = p[0] & 0x0f;
        more = 2;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        character = p[0] & 0x07;
        more = 3;
    } else if (p[0] >= 0x80) {
        more = SIZE_MAX;
    }
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    *length = 1;
    if (more == SIZE_MAX)
        return 0xfffd;
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) // also at the terminating zero
            return 0xfffd;
        character = character << 6 | (p[i] & 0x3f);
    }
    if (character < smallest[more] || character > 0x10ffff ||
        (character >= 0xd800 && character <= 0xdfff))
        return 0xfffd;
    *length = more + 1;
    return character;
}

uint32_t utf8_count(const char *bytes, size_t length)
{
    uint32_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += ((uint8_t)bytes[i] & 0xc0) != 0x80;
    return count;
}

static void index_lines(struct arena *a, struct source *s)
{
    const char *end = s->text + s->length;
    size_t room = 0;

    for (const char *p = s->text; p < end; p++) {
        p = memchr(p, '\n', (size_t)(end - p));
        room++;
        if (!p)
            break;
    }
    s->lines = room;
    s->every_64 = arena_alloc(a, (room / 64 + 1) * sizeof *s->every_64);
    const char *p = s->text;
    for (size_t line = 0; line < room; line++) {
        if (line % 64 == 0)
            s->every_64[line / 64] = (size_t)(p - s->text);
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p)
            break;
        p++;
    }
}

const char *source_line(const struct source *s, uint32_t line, size_t *length)
{
    *length = 0;
    if (line == 0 || line > s->lines)
        return "";
    const char *p = s->text + s->every_64[(line - 1) / 64], *end = s->text + s->length;
    for (uint32_t skip = (line - 1) % 64; skip; skip--)
        p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    if (!stop)
        stop = end;
    if (stop > p && stop[-1] == '\r')
        stop--;
    *length = (size_t)(stop - p);
    return p;
}

struct source *source_named(struct arena *a, const char *name)
{
    struct source *s = arena_alloc(a, sizeof *s);

    s->name = arena_text(a, name, strlen(name));
    s->text = "";
    return s;
}

struct source *source_from(struct arena *a, const char *name, const char *bytes, size_t length)
{
    struct source *s = source_named(a, name);
    size_t mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    s->length = length - mark;
    s->text = arena_text(a, bytes + mark, s->length);
    index_lines(a, s);
    return s;
}

// Reads to the end, at most one byte more than allowed. The C library's buffer grows by itself.
static char *read_all(FILE *file, size_t *length)
{
    char *bytes = NULL;
    size_t room = 0;

    *length = 0;
    while (*length <= SOURCE_LIMIT) {
        if (*length == room) {
            room = room ? room * 2 : (size_t)1 << 16;
            char *grown = realloc(bytes, room);
            if (!grown) {
                free(bytes);
                errno = ENOMEM;
                return NULL;
            }
            bytes = grown;
        }
        size_t got = fread(bytes + *length, 1, room - *length, file);
        if (got == 0)
            break;
        *length += got;
    }
    if (ferror(file)) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

struct source *source_read(struct arena *a, const char *name, const char **why)
{
    bool standard = strcmp(name, "-") == 0;
    FILE *file = standard ? stdin : fopen(name, "rbe");
    struct stat status;
    size_t length = 0;

    if (!file || fstat(fileno(file), &status) != 0) {
        *why = strerror(errno);
        if (file && !standard)
            fclose(file);
        return NULL;
    }
    char *bytes = NULL;
    if (S_ISDIR(status.st_mode))
        *why = "it is a directory";
    else if (!(bytes = read_all(file, &length)))
        *why = strerror(errno ? errno : EIO);
    else if (length > SOURCE_LIMIT)
        *why = "it is larger than 64 MiB";
    if (!standard)
        fclose(file);
    if (!bytes || length > SOURCE_LIMIT) {
        free(bytes);
        return NULL;
    }
    struct source *s = source_from(a, standard ? "<stdin>" : name, bytes, length);
    free(bytes);
    return s;
}

// What is wrong with a character, or NULL: the printable set of YAML 1.2 (5.1) less the line breaks
// that only some programs count (CR alone, NEL, LS, PS), so that line numbers agree with editors.
static const char *forbidden(const char *p, uint32_t character, size_t length)
{
    if (character == 0)
        return "a zero byte: this is not a text file";
    if (character == '\r')
        return p[1] == '\n' ? NULL : "a carriage return without line feed";
    if ((character < 0x20 && character != '\t' && character != '\n') || character == 0x7f ||
        (character > 0x7f && character < 0xa0 && character != 0x85))
        return "a control character";
    if (character == 0x85 || character == 0x2028 || character == 0x2029)
        return "a line break that only some programs count";
    if (character == 0xfffd && length == 1)
        return "a byte that is not UTF-8";
    if (character == 0xfeff)
        return "a byte order mark inside the text";
    if (character == 0xfffe || character == 0xffff)
        return "a character that Unicode does not have";
    return NULL;
}

bool source_check(const struct source *s, struct mark *at, const char **why)
{
    const char *start = s->text, *end = s->text + s->length;
    uint32_t line = 1;

    for (const char *p = s->text; p < end;) {
        uint8_t byte = (uint8_t)*p;
        size_t length = 1;

        if (byte == '\n') {
            line++;
            start = ++p;
            continue;
        }
        if (byte >= 0x20 && byte < 0x7f) {
            p++;
            continue;
        }
        *why = forbidden(p, utf8_next(p, &length), length);
        if (*why) {
            uint32_t column = utf8_count(start, (size_t)(p - start)) + 1;
            *at = (struct mark){s, line, column, column + 1};
            return false;
        }
        p += length;
    }
    return true;
}
