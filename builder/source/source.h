// SPDX-License-Identifier: BSD-2-Clause
// Text to tree: the front end of every format. Each node carries where it stood.
#ifndef HVBUILD_SOURCE_H
#define HVBUILD_SOURCE_H

#include "base/base.h"

struct source {       // one file as read
    const char *name; // as the user would write it, relative to where hvbuild runs; "<stdin>"
    const char
        *text; // whole content without byte order mark, terminated; lines end with \n or \r\n
    size_t length;
    uint32_t order;   // of reading, from 0: the order of files in a report
    size_t *every_64; // where lines 1, 65, 129 ... start in text
    size_t lines;
};

struct mark { // a stretch inside one line of a file; line 0: no place (the source may still be
              // known)
    const struct source *source;
    uint32_t line;               // from 1
    uint32_t column, end_column; // from 1, in characters; end is one past the last
};

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    struct mark mark;          // a scalar: its text; a list or map: its first line
    const char *text;          // scalar: unescaped value; never NULL
    bool plain;                // scalar: written without quotes (so `~` or empty means null)
    const char *tag;           // YAML: a local tag such as "!Queuing"; XML: the namespace; or NULL
    struct node *first, *next; // children in order, siblings
    // of a map's child:
    const char *key;
    struct mark key_mark;
};

struct diags;

// The largest input file in bytes.
#define SOURCE_LIMIT ((size_t)64 << 20)

// Reads a file ("-": standard input). NULL and *why when it cannot be read; then diags may be told
// where the name came from. The text is as it stands: source_check says whether it is text at all.
struct source *source_read(struct arena *a, const char *name, const char **why);
// The same from bytes at hand, which are copied.
struct source *source_from(struct arena *a, const char *name, const char *bytes, size_t length);
// A source without content, to name a file that could not be read.
struct source *source_named(struct arena *a, const char *name);
// True when the text is UTF-8 without characters that YAML excludes; else false, *at is the first
// such place and *why says what stands there.
bool source_check(const struct source *s, struct mark *at, const char **why);
// A line without its end, from 1; "" when there is none.
const char *source_line(const struct source *s, uint32_t line, size_t *length);
// Characters in valid UTF-8.
uint32_t utf8_count(const char *bytes, size_t length);
// The next character of a terminated text and its length in bytes; a byte that is not UTF-8 counts
// as one character U+FFFD.
uint32_t utf8_next(const char *bytes, size_t *length);

// Parses one YAML document (YAML 1.2 core schema, JSON included). NULL after reporting:
// SYN-001 for text that does not parse, more than one document, tags other than local ones, or
// nesting over 64; SYN-007 for a duplicate key (both sites). Aliases are refused with a remedy:
// what a reviewer reads is what is there.
struct node *yaml_parse(struct arena *a, struct diags *d, const struct source *s);
// False after reporting every local tag in a tree as SYN-001: system.yaml has none.
bool yaml_untagged(struct diags *d, const struct node *n);

// The child of a map by key, or NULL.
struct node *node_get(const struct node *map, const char *key);

#endif
