// SPDX-License-Identifier: BSD-2-Clause
// YAML out of values, one text for each value, joined in the order of keys.def.
#include "report/yaml_out.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_WIDTH = 96 };

// ---- Scalars ------------------------------------------------------------------------------------

// Words that some reader takes for something else than text.
static bool is_reserved(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], text) == 0)
            return true;
    return false;
}

static bool is_plain(const char *text)
{
    if (!isalpha((unsigned char)*text) && !strchr("_/.", *text))
        return false;
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_/.+-", *p) &&
            !(*p == ' ' && isalnum((unsigned char)p[1])))
            return false;
    return *text && !is_reserved(text) && strspn(text, "./") < strlen(text);
}

const char *yaml_scalar(struct arena *a, const char *text)
{
    struct text t = {.arena = a};

    if (is_plain(text))
        return text;
    text_bytes(&t, "\"", 1);
    for (size_t length; *text; text += length) {
        uint32_t c = utf8_next(text, &length);
        if (c == '"' || c == '\\')
            text_add(&t, "\\%c", (char)c);
        else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            text_add(&t, "\\x%02x", c);
        else
            text_bytes(&t, text, length);
    }
    text_bytes(&t, "\"", 1);
    return t.bytes;
}

const char *yaml_comment(struct arena *a, const char *text)
{
    char *copy = arena_text(a, text, strlen(text));

    for (char *p = copy; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    return copy;
}

static const char *without_blank(struct arena *a, const char *amount) // "20 ms" as "20ms"
{
    const char *blank = strchr(amount, ' ');

    return blank ? arena_printf(a, "%.*s%s", (int)(blank - amount), amount, blank + 1) : amount;
}

static const char *amount_text(struct arena *a, enum key_kind kind, uint64_t value)
{
    switch (kind) {
    case KIND_TIME:
    case KIND_TIME_OR_NONE:
        return without_blank(a, time_text(a, value));
    case KIND_SIZE:
        return without_blank(a, size_text(a, value));
    case KIND_ADDRESS:
        return address_text(a, value);
    case KIND_BOOL:
        return value ? "true" : "false";
    default:
        return arena_printf(a, "%llu", (unsigned long long)value);
    }
}

static bool is_fallback(enum key_id key, uint64_t value)
{
    const char *text = keys[key].fallback, *why;
    uint64_t other = 0;

    switch (text ? keys[key].kind : KIND_NAME) {
    case KIND_TIME:
    case KIND_TIME_OR_NONE:
        return parse_time(text, &other, &why) && other == value;
    case KIND_SIZE:
        return parse_size(text, &other, &why) && other == value;
    case KIND_BOOL:
        return (strcmp(text, "true") == 0) == (value != 0);
    case KIND_NUMBER:
    case KIND_ADDRESS:
        return parse_number(text, &other, &why) && other == value;
    default:
        return false;
    }
}

// ---- Values of a map ----------------------------------------------------------------------------

static size_t place_of(const struct map_out *o, enum key_id key)
{
    return (size_t)((int)key - objects[o->id].first);
}

void put_text(struct map_out *o, enum key_id key, const char *inline_text)
{
    o->value[place_of(o, key)] = inline_text;
}

void put_block(struct map_out *o, enum key_id key, const char *lines)
{
    o->value[place_of(o, key)] = lines;
    o->block[place_of(o, key)] = true;
}

void put_word(struct map_out *o, enum key_id key, const struct word *w)
{
    if (w->text)
        put_text(o, key, yaml_scalar(o->out->arena, w->text));
}

// The way from a directory back to here, ended by a slash; whole when it goes over a parent or
// root.
static const char *way_back(struct arena *a, const char *directory)
{
    struct text back = {.arena = a};

    for (const char *p = directory; *p; p += strspn(p, "/")) {
        size_t length = strcspn(p, "/");
        if (length == 0 || (length == 2 && strncmp(p, "..", 2) == 0)) {
            char *here = realpath(".", NULL);
            const char *whole = arena_printf(a, "%s/", here ? here : ".");
            free(here);
            return whole;
        }
        if (length > 1 || *p != '.')
            text_add(&back, "../");
        p += length;
    }
    return back.bytes ? back.bytes : "";
}

void put_path(struct map_out *o, enum key_id key, const char *path)
{
    struct arena *a = o->out->arena;

    if (path && *path != '/' && o->out->directory)
        path = arena_printf(a, "%s%s", way_back(a, o->out->directory), path);
    if (path)
        put_text(o, key, yaml_scalar(a, path));
}

void put_amount(struct map_out *o, enum key_id key, struct amount a)
{
    if (a.given && (o->out->defaults || a.at.line || !is_fallback(key, a.value)))
        put_text(o, key, amount_text(o->out->arena, keys[key].kind, a.value));
}

void put_written(struct map_out *o, enum key_id key, struct amount a)
{
    if (a.at.line || o->out->defaults)
        put_amount(o, key, a);
}

void put_bool(struct map_out *o, enum key_id key, bool value, struct mark at)
{
    put_amount(o, key, (struct amount){.value = value, .at = at, .given = true});
}

void put_number(struct map_out *o, enum key_id key, uint64_t value)
{
    put_text(o, key, amount_text(o->out->arena, keys[key].kind, value));
}

static const char *characters_on(const char *p, uint32_t count)
{
    for (size_t length; count && *p && *p != '\n'; count--, p += length)
        utf8_next(p, &length);
    return p;
}

// What stands in the source there.
static const char *text_at(struct arena *a, struct mark at)
{
    size_t length;
    const char *word = characters_on(source_line(at.source, at.line, &length), at.column - 1);

    return arena_text(a, word, (size_t)(characters_on(word, at.end_column - at.column) - word));
}

void put_choice(struct map_out *o, enum key_id key, uint32_t value, struct mark at)
{
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of((enum choice_set)keys[key].of, set), i = 0;
    const char *fallback = keys[key].fallback;

    while (i < count && set[i]->value != value)
        i++;
    if (i < count) {
        if (o->out->defaults || at.line || !fallback || strcmp(fallback, set[i]->word) != 0)
            put_text(o, key, set[i]->word);
    } else if (at.line) {
        put_text(o, key, yaml_scalar(o->out->arena, text_at(o->out->arena, at)));
    }
}

// ---- Maps and lists -----------------------------------------------------------------------------

bool map_empty(const struct map_out *o)
{
    for (size_t i = 0; i < object_count(o->id); i++)
        if (o->value[i])
            return false;
    return true;
}

const char *indented(struct arena *a, const char *lines, int blanks)
{
    struct text t = {.arena = a};

    while (lines && *lines) {
        size_t length = strcspn(lines, "\n");
        if (length)
            text_add(&t, "%*s", blanks, "");
        text_bytes(&t, lines, length);
        lines += length + (lines[length] == '\n');
        text_bytes(&t, "\n", 1);
    }
    return t.bytes ? t.bytes : "";
}

// "{key: value, ...}", or NULL when it does not fit a line.
static const char *map_line(const struct map_out *o)
{
    const struct key_info *first = &keys[objects[o->id].first];
    struct text t = {.arena = o->out->arena};

    if (o->id == OBJECT_PARTITION || o->id == OBJECT_SCHEDULE || o->id == OBJECT_SYSTEM)
        return NULL;
    text_add(&t, "{");
    for (size_t i = 0; i < object_count(o->id); i++) {
        if (o->value[i] && o->block[i])
            return NULL;
        if (o->value[i])
            text_add(&t, "%s%s: %s", t.length > 1 ? ", " : "", first[i].key, o->value[i]);
    }
    text_add(&t, "}");
    return t.length > LINE_WIDTH ? NULL : t.bytes;
}

const char *map_block(const struct map_out *o)
{
    const struct key_info *first = &keys[objects[o->id].first];
    struct text t = {.arena = o->out->arena};

    for (size_t i = 0; i < object_count(o->id); i++) {
        if (o->value[i] && o->block[i])
            text_add(&t, "%s:\n%s", first[i].key, indented(t.arena, o->value[i], 2));
        else if (o->value[i])
            text_add(&t, "%s: %s\n", first[i].key, o->value[i]);
    }
    return t.bytes ? t.bytes : "{}\n";
}

void put_map(struct map_out *o, enum key_id key, const struct map_out *inner)
{
    const char *line = map_line(inner);

    if (map_empty(inner))
        return;
    if (line)
        put_text(o, key, line);
    else
        put_block(o, key, map_block(inner));
}

void put_list(struct map_out *o, enum key_id key, const struct list_out *list)
{
    if (list->count)
        put_block(o, key, list->text.bytes);
    else if (keys[key].required)
        put_text(o, key, "[]");
}

void put_names(struct map_out *o, enum key_id key, const struct text *names)
{
    if (names->length || keys[key].required)
        put_text(o, key, arena_printf(o->out->arena, "[%s]", names->length ? names->bytes : ""));
}

void name_add(struct text *names, const char *name)
{
    text_add(names, "%s%s", names->length ? ", " : "", yaml_scalar(names->arena, name));
}

void list_item(struct list_out *list, const struct map_out *item, struct mark at)
{
    struct yaml_out *out = item->out;
    size_t number = out->next++;
    const char *line;

    list->count++;
    if (out->collecting) {
        *list_add(out->arena, &out->items) = at;
        return;
    }
    if (number < out->remarks.count && out->remarks.items[number])
        text_add(&list->text, "%s", out->remarks.items[number]);
    if ((line = map_line(item))) {
        text_add(&list->text, "- %s\n", line);
    } else {
        const char *lines = indented(out->arena, map_block(item), 2);
        text_add(&list->text, "- %s", lines + 2);
    }
}
