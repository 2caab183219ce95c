// SPDX-License-Identifier: BSD-2-Clause
// The vocabulary as tables, from schema/keys.def: what a map may hold and what each value must be.
#ifndef HVBUILD_KEYS_H
#define HVBUILD_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum object_id {
#define OBJECT(id, ...) OBJECT_##id,
#include "keys.def"
    OBJECTS
};

// Grouped by object. FIRST_X takes the number of X's first key: BEFORE_X steps back, so that the
// key itself gets it again.
enum key_id {
#define OBJECT(id, ...)      FIRST_##id, BEFORE_##id = FIRST_##id - 1,
#define KEY(object, id, ...) KEY_##object##_##id,
#include "keys.def"
    KEYS
};

enum key_kind {
    KIND_NAME,         // one word
    KIND_PATH,         // a file name
    KIND_TIME,         // 20ms
    KIND_TIME_OR_NONE, // a time, or the word `none`
    KIND_SIZE,         // 64KiB
    KIND_ADDRESS,      // 0x4000_0000
    KIND_NUMBER,
    KIND_BOOL,
    KIND_CHOICE,     // one of the words of a set
    KIND_CHOICES,    // a list of such words
    KIND_NAMES,      // a list of words
    KIND_NAME_LISTS, // a list of such lists
    KIND_NUMBERS,    // a list of numbers
    KIND_ENDPOINTS,  // partition.port, or a list of them
    KIND_OBJECT,     // a map
    KIND_LIST,       // a list of maps
    KIND_CORES,      // a map from core numbers to lists of windows, or to maps that hold one
    KIND_ACTIONS,    // a map from names of partitions to words of a set
};

enum choice_set {
    SET_MODULE_ACTION,
    SET_TRACE_EVENT,
    SET_PROFILE,
    SET_SWITCH_IN,
    SET_DIALECT,
    SET_GUEST,
    SET_CONSOLE,
    SET_RELOAD,
    SET_VIRTUAL_TIME,
    SET_CRITICALITY,
    SET_SCHEDULING,
    SET_WCET_BASIS,
    SET_RIGHT,
    SET_PROCESS_TYPE,
    SET_DEADLINE_TYPE,
    SET_PROCESS_EVENT,
    SET_ACTION,
    SET_LIMIT_ACTION,
    SET_RIGHTS,
    SET_MEMORY_TYPE,
    SET_PORT_TYPE,
    SET_DIRECTION,
    SET_CHANGE_ACTION,
    SET_EXCLUSION,
    SET_HM_PHASE,
    SET_HM_TABLE,
    SET_HM_LEVEL,
    SET_HM_ACTION,
    SET_HM_CODE,
    SETS
};

struct object_info {
    const char *noun;  // "a partition"
    const char *place; // "partitions[]"
    const char *doc;
    int first; // enum key_id; its keys are contiguous
};

struct key_info {
    enum object_id object;
    const char *key;
    enum key_kind kind;
    int of; // object_id of OBJECT, LIST and CORES, choice_set of CHOICE, CHOICES and ACTIONS, else
            // -1
    bool required;
    const char *fallback; // as it would be written, or NULL
    uint64_t low, high;   // both 0: limited by the kind alone
    const char *example;
    const char *doc;
};

struct choice_info {
    enum choice_set set;
    const char *word;
    uint32_t value;
    const char *doc;
};

enum { CHOICES_MAX = 16, OBJECT_KEYS_MAX = 64 }; // words of one set, keys of one object

// The word `any` of a region's rights: all of them, and a mark that it was this word.
#define RIGHTS_ANY (1u << 31 | TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE)

extern const struct object_info objects[OBJECTS];
extern const struct key_info keys[KEYS];

size_t object_count(enum object_id object); // of its keys
// The key that other tools call `word`, and what else to say (or NULL); NULL when there is none.
const char *key_elsewhere(enum object_id object, const char *word, const char **remark);

// The words of a set, in order; returns how many (at most CHOICES_MAX).
size_t choices_of(enum choice_set set, const struct choice_info *found[CHOICES_MAX]);

#endif
