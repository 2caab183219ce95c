// SPDX-License-Identifier: BSD-2-Clause
// The vocabulary of schema/keys.def as constant tables.
#include "keys.h"
#include "model.h"

#include <string.h>

const struct object_info objects[OBJECTS] = {
#define OBJECT(id, noun, place, doc) [OBJECT_##id] = {noun, place, doc, FIRST_##id},
#include "keys.def"
};

// The column `of` names an object, a set or nothing, as the kind says.
#define OF_NAME(of)         -1
#define OF_PATH(of)         -1
#define OF_TIME(of)         -1
#define OF_TIME_OR_NONE(of) -1
#define OF_SIZE(of)         -1
#define OF_ADDRESS(of)      -1
#define OF_NUMBER(of)       -1
#define OF_BOOL(of)         -1
#define OF_CHOICE(of)       SET_##of
#define OF_CHOICES(of)      SET_##of
#define OF_NAMES(of)        -1
#define OF_NAME_LISTS(of)   -1
#define OF_NUMBERS(of)      -1
#define OF_ENDPOINTS(of)    -1
#define OF_OBJECT(of)       OBJECT_##of
#define OF_LIST(of)         OBJECT_##of
#define OF_CORES(of)        OBJECT_##of
#define OF_ACTIONS(of)      SET_##of

enum { OPTIONAL, REQUIRED };

const struct key_info keys[KEYS] = {
#define KEY(object, id, key, kind, of, need, fallback, low, high, example, doc)                    \
    [KEY_##object##_##id] = {OBJECT_##object, key, KIND_##kind, OF_##kind(of), need,               \
                             fallback,        low, high,        example,       doc},
#include "keys.def"
};

// An object's values have a fixed place each.
#define KEY(object, id, ...)                                                                       \
    _Static_assert(KEY_##object##_##id - FIRST_##object < OBJECT_KEYS_MAX, #object);
#include "keys.def"

static const struct choice_info choices[] = {
#define CHOICE(set, word, value, doc) {SET_##set, word, value, doc},
#include "keys.def"
};

static const struct {
    enum key_id key;
    const char *word, *remark;
} elsewhere[] = {
#define ELSEWHERE(object, id, word, remark) {KEY_##object##_##id, word, remark},
#include "keys.def"
};

const char *key_elsewhere(enum object_id object, const char *word, const char **remark)
{
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        if (keys[elsewhere[i].key].object != object || strcmp(elsewhere[i].word, word) != 0)
            continue;
        *remark = elsewhere[i].remark;
        return keys[elsewhere[i].key].key;
    }
    *remark = NULL;
    return NULL;
}

size_t object_count(enum object_id object)
{
    int end = object + 1 < OBJECTS ? objects[object + 1].first : KEYS;

    return (size_t)(end - objects[object].first);
}

size_t choices_of(enum choice_set set, const struct choice_info *found[CHOICES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (choices[i].set == set && count < CHOICES_MAX)
            found[count++] = &choices[i];
    return count;
}
