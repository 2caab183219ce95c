// SPDX-License-Identifier: BSD-2-Clause
// Writing the language of keys.def: maps whose values are put in any order and come out in the
// order of keys.def, short ones on one line, long ones as a block.
#ifndef HVBUILD_YAML_OUT_H
#define HVBUILD_YAML_OUT_H

#include "model/keys.h"
#include "model/model.h"

struct yaml_out {
    struct arena *arena;
    bool defaults;         // also what equals the fallback of its key
    const char *directory; // of the output, or NULL: this one; paths are written as seen from there
    // Remarks find their place in two rounds: the first collects where items stood, the second
    // writes before each item what was noted there.
    bool collecting;
    LIST(struct mark) items;    // in the order of writing
    LIST(const char *) remarks; // by item; NULL: none
    size_t next;                // item of this round
};

struct map_out { // begin with `{.out = out, .id = OBJECT_X}`
    struct yaml_out *out;
    enum object_id id;
    const char *value[OBJECT_KEYS_MAX]; // NULL: the key is left out
    bool block[OBJECT_KEYS_MAX];        // lines of its own, ended each
};

struct list_out { // items of a list of maps; begin with `{.arena = ...}`
    struct text text;
    size_t count;
};

void put_text(struct map_out *o, enum key_id key, const char *inline_text);
void put_block(struct map_out *o, enum key_id key, const char *lines);
void put_word(struct map_out *o, enum key_id key, const struct word *w);
void put_path(struct map_out *o, enum key_id key, const char *path); // as seen from here
// By the kind of the key: time, size, address, number, bool. Left out when not given, and, without
// defaults, when it was not written and equals the fallback.
void put_amount(struct map_out *o, enum key_id key, struct amount a);
void put_written(struct map_out *o, enum key_id key, struct amount a); // or with defaults
void put_bool(struct map_out *o, enum key_id key, bool value, struct mark at);
void put_number(struct map_out *o, enum key_id key, uint64_t value);
// The word of the key's set; a value without a word stands as it did at `at`, or is left out.
void put_choice(struct map_out *o, enum key_id key, uint32_t value, struct mark at);
void put_map(struct map_out *o, enum key_id key, const struct map_out *inner); // unless empty
void put_list(struct map_out *o, enum key_id key, const struct list_out *list);
void put_names(struct map_out *o, enum key_id key, const struct text *names); // name_add

// One item more; `at` is where it stood.
void list_item(struct list_out *list, const struct map_out *item, struct mark at);
void name_add(struct text *names, const char *name);         // "a, b"
const char *yaml_scalar(struct arena *a, const char *text);  // quoted where YAML needs it
const char *yaml_comment(struct arena *a, const char *text); // without line breaks
bool map_empty(const struct map_out *o);
// As a block: "key: value" lines.
const char *map_block(const struct map_out *o);
const char *indented(struct arena *a, const char *lines, int blanks);

#endif
