// SPDX-License-Identifier: BSD-2-Clause
// YAML to tree: libyaml's events become nodes, each with its place. What a reviewer reads is what
// is there: anchors, aliases and tags are refused, but for the local tags of foreign languages.
#include "source.h"
#include "report/diag.h"

#include <string.h>
#include <yaml.h>

enum { DEPTH_MAX = 64 };

struct level { // an open list or map
    struct node *node, *last;
    const char *key; // map: the key that waits for its value, or NULL
    struct mark key_mark;
};

enum { KNOWN_KEYS = 512 }; // slots; a power of two

struct reader {
    struct arena *arena;
    struct diags *diags;
    const struct source *source;
    struct node *root;
    struct level levels[DEPTH_MAX];
    size_t depth;
    bool failed;
    const char *keys[KNOWN_KEYS]; // texts of keys, since few words are the keys of many maps
    size_t key_count;
};

// A stretch from `start`; what goes on past its line ends with that line's text.
static struct mark mark_of(const struct reader *r, yaml_mark_t start, yaml_mark_t end)
{
    struct mark m = {r->source, (uint32_t)start.line + 1, (uint32_t)start.column + 1,
                     (uint32_t)end.column + 1};

    if (end.line != start.line) {
        size_t length;
        const char *text = source_line(r->source, m.line, &length);
        while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
            length--;
        m.end_column = utf8_count(text, length) + 1;
    }
    if (m.end_column <= m.column)
        m.end_column = m.column + 1;
    return m;
}

static struct diag *refuse(struct reader *r, struct mark at, const char *message)
{
    r->failed = true;
    return diag_report(r->diags, RULE_SYN_001, at, "%s", message);
}

static void report_tag(struct diags *d, struct mark at)
{
    struct diag *f = diag_report(d, RULE_SYN_001, at, "tags are not part of this language");

    diag_help(d, f, "remove it: every key knows the type of its value");
}

bool yaml_untagged(struct diags *d, const struct node *n)
{
    bool untagged = !n->tag;

    if (n->tag) {
        struct mark at = n->mark;
        uint32_t end = at.column + utf8_count(n->tag, strlen(n->tag));

        at.end_column = end < at.end_column ? end : at.end_column;
        report_tag(d, at);
    }
    for (n = n->first; n; n = n->next)
        untagged = yaml_untagged(d, n) && untagged;
    return untagged;
}

// Returns the tag that the node keeps: a local one, "!Queuing"; or NULL.
static const char *take_properties(struct reader *r, const yaml_event_t *e,
                                   const yaml_char_t *anchor, const yaml_char_t *tag, bool key)
{
    struct mark at = mark_of(r, e->start_mark, e->end_mark);

    if (anchor) {
        struct diag *f = refuse(r, at, "anchors are not part of this language");
        diag_help(r->diags, f,
                  "write the value where it is meant; for many windows use `every:`, "
                  "for many partitions use `defaults:`");
    }
    if (!tag)
        return NULL;
    if (*tag == '!' && !key)
        return arena_text(r->arena, (const char *)tag, strlen((const char *)tag));
    report_tag(r->diags, at);
    r->failed = true;
    return NULL;
}

// Puts a complete scalar or a newly opened list or map where it belongs.
static void place(struct reader *r, struct node *n)
{
    if (r->depth == 0) {
        r->root = n;
        return;
    }
    struct level *l = &r->levels[r->depth - 1];
    if (l->node->kind == NODE_MAP) {
        n->key = l->key;
        n->key_mark = l->key_mark;
        l->key = NULL;
    }
    if (l->last)
        l->last->next = n;
    else
        l->node->first = n;
    l->last = n;
}

static bool expects_key(const struct reader *r)
{
    return r->depth && r->levels[r->depth - 1].node->kind == NODE_MAP &&
           !r->levels[r->depth - 1].key;
}

// The text of a key, the same for equal keys as long as there is room to remember them.
static const char *key_text(struct reader *r, const char *bytes, size_t length)
{
    uint32_t hash = 2166136261; // FNV-1a

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 16777619;
    size_t slot = hash % KNOWN_KEYS;
    while (r->keys[slot]) {
        if (strncmp(r->keys[slot], bytes, length) == 0 && !r->keys[slot][length])
            return r->keys[slot];
        slot = (slot + 1) % KNOWN_KEYS;
    }
    const char *text = arena_text(r->arena, bytes, length);
    if (r->key_count < KNOWN_KEYS / 2) {
        r->keys[slot] = text;
        r->key_count++;
    }
    return text;
}

static void pend(struct reader *r, const char *key, struct mark at)
{
    r->levels[r->depth - 1].key = key;
    r->levels[r->depth - 1].key_mark = at;
}

static bool scalar(struct reader *r, const yaml_event_t *e)
{
    size_t length = e->data.scalar.length;
    const char *bytes = (const char *)e->data.scalar.value;
    struct mark at = mark_of(r, e->start_mark, e->end_mark);

    const char *tag =
        take_properties(r, e, e->data.scalar.anchor, e->data.scalar.tag, expects_key(r));
    if (memchr(bytes, '\0', length)) {
        refuse(r, at, "a text contains a zero character");
        return true;
    }
    if (expects_key(r)) {
        pend(r, key_text(r, bytes, length), at);
        return true;
    }
    struct node *n = arena_alloc(r->arena, sizeof *n);
    n->kind = NODE_SCALAR;
    n->mark = at;
    n->tag = tag;
    n->text = arena_text(r->arena, bytes, length);
    n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    place(r, n);
    return true;
}

static bool open_level(struct reader *r, const yaml_event_t *e, enum node_kind kind)
{
    struct mark at = mark_of(r, e->start_mark, e->end_mark);
    bool map = kind == NODE_MAP;

    const char *tag = take_properties(
        r, e, map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor,
        map ? e->data.mapping_start.tag : e->data.sequence_start.tag, expects_key(r));
    if (expects_key(r)) {
        diag_help(r->diags, refuse(r, at, "a key must be one word, not a list or map"),
                  "write each key as `key: value`, and put text that begins with a bracket in "
                  "quotes");
        return false;
    }
    if (r->depth == DEPTH_MAX) {
        refuse(r, at, "lists and maps are nested more than 64 deep");
        return false;
    }
    struct node *n = arena_alloc(r->arena, sizeof *n);
    n->kind = kind;
    n->mark = at;
    n->tag = tag;
    n->text = "";
    place(r, n);
    r->levels[r->depth++] = (struct level){.node = n};
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
    int order = strcmp(x->key, y->key);

    if (order)
        return order;
    if (x->key_mark.line != y->key_mark.line)
        return x->key_mark.line < y->key_mark.line ? -1 : 1;
    return x->key_mark.column < y->key_mark.column ? -1 : 1;
}

// SYN-007: the same key twice in one map. Each repetition points at the first one.
static void find_duplicates(struct reader *r, const struct node *map)
{
    struct node *few[16], **keys = few;
    size_t count = 0;

    for (const struct node *n = map->first; n; n = n->next)
        count++;
    if (count < 2)
        return;
    if (count > sizeof few / sizeof few[0])
        keys = arena_alloc(r->arena, count * sizeof(struct node *));
    count = 0;
    for (struct node *n = map->first; n; n = n->next)
        keys[count++] = n;
    qsort(keys, count, sizeof *keys, by_key);
    for (size_t first = 0, i = 1; i < count; i++) {
        if (strcmp(keys[first]->key, keys[i]->key) != 0) {
            first = i;
            continue;
        }
        struct diag *f = diag_report(r->diags, RULE_SYN_007, keys[i]->key_mark,
                                     "key '%s' is given twice", keys[i]->key);
        diag_note(r->diags, f, keys[first]->key_mark, "first given here");
        diag_help(r->diags, f, "keep one of the two");
    }
}

static bool close_level(struct reader *r, const yaml_event_t *e, bool flow)
{
    struct node *n = r->levels[--r->depth].node;

    if (flow && e->end_mark.line + 1 == n->mark.line) {
        n->mark.end_column = (uint32_t)e->end_mark.column + 1;
    } else { // the first line's text
        yaml_mark_t start = {0, n->mark.line - 1, n->mark.column - 1}, later = {0, SIZE_MAX, 0};
        n->mark = mark_of(r, start, later);
    }
    if (n->kind == NODE_MAP)
        find_duplicates(r, n);
    return true;
}

// Takes one event; false when reading must stop.
static bool take(struct reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (r->root) {
            struct mark at = mark_of(r, e->start_mark, e->end_mark);
            diag_help(r->diags, refuse(r, at, "a second document begins here"),
                      "one file describes one system: split the file at `---`");
            return false;
        }
        return true;
    case YAML_ALIAS_EVENT: {
        struct mark at = mark_of(r, e->start_mark, e->end_mark);
        diag_help(r->diags, refuse(r, at, "aliases are not part of this language"),
                  "write the value of '%s' here", (const char *)e->data.alias.anchor);
        if (expects_key(r)) {
            pend(r, "", at);
            return true;
        }
        struct node *n = arena_alloc(r->arena, sizeof *n);
        n->mark = at;
        n->text = "";
        place(r, n);
        return true;
    }
    case YAML_SCALAR_EVENT:
        return scalar(r, e);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(r, e, NODE_LIST);
    case YAML_MAPPING_START_EVENT:
        return open_level(r, e, NODE_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: // a flow collection ends with a character of its own
        return close_level(r, e, e->end_mark.index > e->start_mark.index);
    default:
        return e->type != YAML_STREAM_END_EVENT;
    }
}

// What to do about what libyaml says most often.
static void help_problem(struct reader *r, struct diag *f, const char *problem)
{
    static const char *const help[][2] = {
        {"did not find expected '-' indicator",
         "indent this line like the key that it follows; an item of a list begins with `- `"},
        {"did not find expected key",
         "indent this line like the key that it follows; an item of a list begins with `- `"},
        {"could not find expected ':'",
         "separate key and value by a colon and a blank: `key: value`"},
        {"mapping values are not allowed in this context",
         "separate key and value by a colon and a blank, one key on a line: `key: value`"},
        {"did not find expected node content",
         "close each `[` and `{`, and put something behind each comma"},
        {"did not find expected ',' or ']'", "close the `[`, and separate its items by commas"},
        {"did not find expected ',' or '}'", "close the `{`, and separate its keys by commas"},
        {"found unexpected end of stream", "close each quotation mark"},
        {"found character that cannot start any token", "put text that begins so in quotes"},
    };
    const char *what = "look here and at what stands before: text with signs in it takes quotes, "
                       "and brackets are closed";

    for (size_t i = 0; i < sizeof help / sizeof *help; i++)
        if (strcmp(problem, help[i][0]) == 0)
            what = help[i][1];
    diag_help(r->diags, f, "%s", what);
}

static void syntax_error(struct reader *r, const yaml_parser_t *p)
{
    yaml_mark_t end = p->problem_mark;

    end.column++;
    if (p->error == YAML_MEMORY_ERROR) {
        refuse(r, (struct mark){r->source, 0, 0, 0}, "the text needs more memory than there is");
        return;
    }
    struct diag *f = refuse(r, mark_of(r, p->problem_mark, end), "the text is not YAML");
    diag_label(r->diags, f, "%s", p->problem ? p->problem : "cannot be read");
    size_t length;
    const char *line = source_line(r->source, (uint32_t)p->problem_mark.line + 1, &length);
    if (p->problem_mark.column < length && memchr(line, '\t', p->problem_mark.column + 1))
        diag_help(r->diags, f, "indent with blanks; YAML takes no tabs");
    else
        help_problem(r, f, p->problem ? p->problem : "");
    if (p->context && p->context_mark.line != p->problem_mark.line) {
        end = p->context_mark;
        end.column++;
        diag_note(r->diags, f, mark_of(r, p->context_mark, end), "%s", p->context);
    }
}

struct node *yaml_parse(struct arena *a, struct diags *d, const struct source *s)
{
    struct reader r = {.arena = a, .diags = d, .source = s};
    struct mark at;
    const char *why;
    yaml_parser_t parser;

    if (!source_check(s, &at, &why)) {
        diag_help(d, refuse(&r, at, arena_printf(a, "the file contains %s", why)),
                  "save it as UTF-8 text");
        return NULL;
    }
    if (!yaml_parser_initialize(&parser)) {
        refuse(&r, (struct mark){s, 0, 0, 0}, "the text needs more memory than there is");
        return NULL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)s->text, s->length);
    for (bool more = true; more;) {
        yaml_event_t event;

        if (!yaml_parser_parse(&parser, &event)) {
            syntax_error(&r, &parser);
            break;
        }
        more = take(&r, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (!r.failed && !r.root)
        diag_help(d, refuse(&r, (struct mark){s, 1, 1, 2}, "the file is empty"),
                  "'hvbuild schema --format md' shows what belongs into it");
    if (r.failed && r.root) // nobody will look at them
        yaml_untagged(d, r.root);
    return r.failed ? NULL : r.root;
}

struct node *node_get(const struct node *map, const char *key)
{
    if (map->kind != NODE_MAP)
        return NULL;
    for (struct node *n = map->first; n; n = n->next)
        if (strcmp(n->key, key) == 0)
            return n;
    return NULL;
}
