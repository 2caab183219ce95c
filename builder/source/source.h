// SPDX-License-Identifier: BSD-2-Clause
// Text to tree: the front end of every format. Each node carries where it stood.
#ifndef HVBUILD_SOURCE_H
#define HVBUILD_SOURCE_H

#include "base/base.h"

struct source {     // one file as read
    const char *name; // as the user would write it, relative to where hvbuild runs; "<stdin>"
    const char *text; // whole content, terminated
    size_t length;
};

struct mark { // a stretch inside one line of a file; line 0: no place (the source may still be known)
    const struct source *source;
    uint32_t line;               // from 1
    uint32_t column, end_column; // from 1, in characters; end is one past the last
};

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    struct mark mark; // a scalar: its text; a list or map: its first line
    const char *text; // scalar: unescaped value; never NULL
    bool plain;       // scalar: written without quotes (so `~` or empty means null)
    struct node *first, *next; // children in order, siblings
    // of a map's child:
    const char *key;
    struct mark key_mark;
};

struct diags;

// Reads and parses one YAML document (YAML 1.2 core schema, JSON included). NULL after reporting:
// SYN-001 for text that does not parse, more than one document, tags, or nesting over 64; SYN-007
// for a duplicate key (both sites). Aliases are refused with a remedy: what a reviewer reads is what
// is there. `name` "-" is standard input.
struct node *yaml_read(struct arena *a, struct diags *d, const char *name);

// The child of a map by key, or NULL.
struct node *node_get(const struct node *map, const char *key);

#endif
