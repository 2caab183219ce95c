// SPDX-License-Identifier: BSD-2-Clause
// Inside the front end: reading typed values out of the tree by the vocabulary of keys.def.
#ifndef HVBUILD_BIND_H
#define HVBUILD_BIND_H

#include "keys.h"
#include "model.h"
#include "names.h"

struct binder {
    struct arena *arena;
    struct diags *diags;
    struct model *model;
    struct default_use *defaults; // defaults.c
    const char *root; // directory of the main file with all links resolved; includes stay inside
};

// A map of the document being read: the values it has, by key. Opening reports unknown keys and
// missing required ones; the get_ functions report what does not fit its key. A value that is
// absent or wrong is then not given, or the key's fallback.
struct object {
    struct binder *binder;
    enum object_id id;
    struct mark mark;
    const struct node *value[OBJECT_KEYS_MAX];
};

// False after reporting that the node is no map; then every value is absent.
bool object_open(struct binder *b, enum object_id id, const struct node *n, struct object *o);
// Takes a value over from another map when the object has none of its own.
void object_inherit(struct object *o, enum key_id key, const struct object *from,
                    enum key_id there);
const struct node *object_value(const struct object *o, enum key_id key);

struct word get_word(const struct object *o, enum key_id key);
struct amount get_amount(const struct object *o,
                         enum key_id key); // time, size, address, number, bool
uint32_t get_choice(const struct object *o, enum key_id key, uint32_t absent, struct mark *at);
// One word of a set, of an item of CHOICES or a value of ACTIONS; `absent` when it is none. A set
// that has a word for strangers gives that, and a rule reports them.
uint32_t item_choice(struct binder *b, const struct node *n, enum key_id key, uint32_t absent);
// The first item of a list, or NULL. A single value counts as a list of one when `one` is set.
const struct node *get_list(const struct object *o, enum key_id key, bool one);
const struct node *get_map(const struct object *o, enum key_id key);
// One item of a list of words or numbers.
struct word item_word(struct binder *b, const struct node *n, enum key_id key);
struct amount item_number(struct binder *b, const struct node *n, enum key_id key);
// SYN-001: `n` is not what `key` takes.
void report_kind(struct binder *b, const struct node *n, enum key_id key);

// SYN-008: a key of an object was left out; its fallback, or the node of `defaults:`, stands for
// it.
void default_taken(const struct object *o, enum key_id key, const struct node *from);
void report_defaults(struct binder *b);

// The nouns, each in a file of its own.
void bind_module(struct binder *b, const struct object *system);
void bind_partitions(struct binder *b, const struct object *system);
void bind_processes(struct binder *b, const struct object *partition, struct partition *p);
void bind_channels(struct binder *b, const struct object *system);
void bind_doorbells(struct binder *b, const struct object *system);
void bind_schedules(struct binder *b, const struct object *system);
void bind_relations(struct binder *b, const struct object *system); // what is between partitions
void bind_health_tables(struct binder *b, const struct object *system);
struct board *board_read(struct binder *b, const struct word *name);
// Takes what `module.platform` says into the generic board.
void board_describe(struct binder *b, const struct node *platform);
// SYN-001: what an object must have, unless something else that is not there excuses it.
void report_lacking(struct binder *b, const struct object *o, enum key_id key, const char *unless);

// A file named in the document, read and parsed, or NULL after reporting against `at`.
struct node *bind_file(struct binder *b, const char *path, struct mark at, const char *what);
// `path` as written in `from`, made relative to where hvbuild runs.
const char *path_beside(struct arena *a, const struct source *from, const char *path);

#endif
