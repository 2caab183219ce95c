// SPDX-License-Identifier: BSD-2-Clause
// Typed values out of the tree: each key is read as its row in keys.def says, and what does not fit
// is reported with what would.
#include "bind.h"

#include <string.h>

static const char *const kind_nouns[] = {
    [KIND_NAME] = "a word",
    [KIND_PATH] = "a file name",
    [KIND_TIME] = "a time",
    [KIND_TIME_OR_NONE] = "a time, or 'none'",
    [KIND_SIZE] = "a size",
    [KIND_ADDRESS] = "an address",
    [KIND_NUMBER] = "a number",
    [KIND_BOOL] = "true or false",
    [KIND_CHOICE] = "one of its words",
    [KIND_CHOICES] = "a list of its words",
    [KIND_NAMES] = "a list of words",
    [KIND_NAME_LISTS] = "a list of lists of words",
    [KIND_NUMBERS] = "a list of numbers",
    [KIND_ENDPOINTS] = "a port or a list of ports",
    [KIND_OBJECT] = "a map",
    [KIND_LIST] = "a list of maps",
    [KIND_CORES] = "a map from core numbers to lists of windows",
    [KIND_ACTIONS] = "a map from names of partitions to its words",
};

static bool is_null(const struct node *n)
{
    return n->kind == NODE_SCALAR && n->plain &&
           (!*n->text || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0);
}

void report_kind(struct binder *b, const struct node *n, enum key_id key)
{
    const struct key_info *k = &keys[key];
    struct diag *f;

    if (is_null(n)) {
        f = diag_report(b->diags, RULE_SYN_001, n->key ? n->key_mark : n->mark,
                        "key '%s' of %s has no value", k->key, objects[k->object].noun);
        diag_help(b->diags, f, "give it one, for example `%s: %s`, or remove the key", k->key,
                  k->example);
        return;
    }
    f = diag_report(b->diags, RULE_SYN_001, n->mark, "'%s' of %s must be %s", k->key,
                    objects[k->object].noun, kind_nouns[k->kind]);
    diag_label(b->diags, f, "this is %s",
               n->kind == NODE_SCALAR ? "a single word"
               : n->kind == NODE_LIST ? "a list"
                                      : "a map");
    diag_help(b->diags, f, "write it like `%s: %s`", k->key, k->example);
}

enum { KEYS_SHOWN = 12 }; // beside a suggestion; without one, all

// Where a key stands that is unknown here, or NULL; "period" stands in too many places to be of
// help.
static const char *place_of(struct arena *a, const char *key)
{
    const char *nouns[2];
    size_t count = 0;

    for (int id = 0; id < OBJECTS; id++)
        for (size_t i = 0; i < object_count((enum object_id)id); i++) {
            if (strcmp(keys[objects[id].first + (int)i].key, key) != 0)
                continue;
            if (count == 2)
                return NULL;
            nouns[count++] = objects[id].noun;
        }
    return count == 0   ? NULL
           : count == 1 ? nouns[0]
                        : arena_printf(a, "%s and of %s", nouns[0], nouns[1]);
}

// Returns the key that was meant, so that it is not reported as missing as well; or NULL.
static const char *unknown_key(struct object *o, const struct node *child)
{
    struct diags *d = o->binder->diags;
    const char *words[OBJECT_KEYS_MAX];
    size_t count = object_count(o->id);
    struct text all = {.arena = o->binder->arena};
    struct diag *f = diag_report(d, RULE_SYN_001, child->key_mark, "unknown key '%s' in %s",
                                 child->key, objects[o->id].noun);

    if (diags_full(d, RULE_SYN_001))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        words[i] = keys[objects[o->id].first + (int)i].key;
        text_add(&all, "%s%s", i ? ", " : "", words[i]);
    }
    const char *remark = NULL, *near = key_elsewhere(o->id, child->key, &remark);
    if (!near)
        near = nearest_word(child->key, words, count);
    const char *place = near ? NULL : place_of(o->binder->arena, child->key);
    if (near)
        diag_label(d, f, "did you mean '%s'?", near);
    else if (place)
        diag_label(d, f, "it is a key of %s", place);
    if (near && remark)
        diag_help(d, f, "write '%s'; %s", near, remark);
    else if (place && count > KEYS_SHOWN)
        diag_help(d, f, "write it there; 'hvbuild schema --format md' prints all keys of %s",
                  objects[o->id].noun);
    else if (near && count > KEYS_SHOWN)
        diag_help(d, f, "write '%s'; 'hvbuild schema --format md' prints all keys of %s", near,
                  objects[o->id].noun);
    else
        diag_help(d, f, "the keys of %s are: %s", objects[o->id].noun, all.bytes);
    return near;
}

// What a map of these keys looks like: those that it must have and that fit a line, or its first.
static const char *form_of(struct arena *a, const struct key_info *first, size_t count)
{
    struct text form = {.arena = a};
    size_t shown = 0;

    for (size_t i = 0; i < count; i++)
        if (first[i].required && first[i].kind != KIND_OBJECT && first[i].kind != KIND_LIST)
            text_add(&form, "%s%s: %s", shown++ ? ", " : "{", first[i].key, first[i].example);
    if (!shown)
        text_add(&form, "{%s: %s", first->key, first->example);
    text_add(&form, shown < count ? ", ...}" : "}");
    return form.bytes;
}

bool object_open(struct binder *b, enum object_id id, const struct node *n, struct object *o)
{
    const struct key_info *first = &keys[objects[id].first];
    size_t count = object_count(id);
    const char *meant[OBJECT_KEYS_MAX] = {NULL};

    *o = (struct object){.binder = b, .id = id, .mark = n->mark};
    if (n->kind != NODE_MAP) {
        struct diag *f =
            diag_report(b->diags, RULE_SYN_001, n->mark, "%s must be a map", objects[id].noun);
        diag_help(b->diags, f, "write it like `%s`", form_of(b->arena, first, count));
        return false;
    }
    for (const struct node *child = n->first; child; child = child->next) {
        size_t i = 0;
        while (i < count && strcmp(first[i].key, child->key) != 0)
            i++;
        if (i == count) {
            const char *near = unknown_key(o, child);
            for (i = 0; near && i < count; i++)
                meant[i] = first[i].key == near ? near : meant[i];
        } else if (!o->value[i]) { // a second one is reported by the parser
            o->value[i] = child;
        }
    }
    bool included = id == OBJECT_PARTITION && object_value(o, KEY_PARTITION_INCLUDE);
    for (size_t i = 0; i < count && !included; i++) {
        if (!first[i].required || o->value[i] || meant[i])
            continue;
        struct diag *f = diag_report(b->diags, RULE_SYN_001, n->mark, "%s lacks the key '%s'",
                                     objects[id].noun, first[i].key);
        diag_help(b->diags, f, "add it, for example `%s: %s`", first[i].key, first[i].example);
    }
    return true;
}

void object_inherit(struct object *o, enum key_id key, const struct object *from, enum key_id there)
{
    const struct node **mine = &o->value[(int)key - objects[o->id].first];

    if (*mine || !object_value(from, there))
        return;
    *mine = object_value(from, there);
    default_taken(o, key, *mine);
}

const struct node *object_value(const struct object *o, enum key_id key)
{
    return o->value[(int)key - objects[o->id].first];
}

struct word item_word(struct binder *b, const struct node *n, enum key_id key)
{
    if (n->kind != NODE_SCALAR || is_null(n)) {
        report_kind(b, n, key);
        return (struct word){.at = n->mark};
    }
    return (struct word){n->text, n->mark};
}

struct word get_word(const struct object *o, enum key_id key)
{
    const struct node *n = object_value(o, key);

    if (n)
        return item_word(o->binder, n, key);
    if (keys[key].fallback)
        default_taken(o, key, NULL);
    return (struct word){.text = keys[key].fallback};
}

static bool parse_bool(const char *text, uint64_t *value, const char **why)
{
    *value = strcmp(text, "true") == 0;
    *why = "it is neither true nor false";
    return *value || strcmp(text, "false") == 0;
}

static bool parse_kind(enum key_kind kind, const char *text, uint64_t *value, const char **why)
{
    switch (kind) {
    case KIND_TIME:
    case KIND_TIME_OR_NONE:
        return parse_time(text, value, why);
    case KIND_SIZE:
        return parse_size(text, value, why);
    case KIND_BOOL:
        return parse_bool(text, value, why);
    default:
        return parse_number(text, value, why);
    }
}

static enum rule rule_of(enum key_kind kind)
{
    return kind == KIND_TIME || kind == KIND_TIME_OR_NONE ? RULE_SYN_002
           : kind == KIND_BOOL                            ? RULE_SYN_001
                                                          : RULE_SYN_004;
}

static const char *bound_text(struct arena *a, enum key_kind kind, uint64_t value)
{
    return kind == KIND_TIME   ? time_text(a, value)
           : kind == KIND_SIZE ? size_text(a, value)
                               : arena_printf(a, "%llu", (unsigned long long)value);
}

struct amount item_number(struct binder *b, const struct node *n, enum key_id key)
{
    const struct key_info *k = &keys[key];
    struct amount result = {.at = n->mark};
    const char *why = "";

    if (n->kind != NODE_SCALAR || is_null(n)) {
        report_kind(b, n, key);
        return result;
    }
    if (!parse_kind(k->kind, n->text, &result.value, &why)) {
        enum key_kind noun = k->kind == KIND_NUMBERS ? KIND_NUMBER : k->kind;
        struct diag *f = diag_report(b->diags, rule_of(k->kind), n->mark, "'%s' of %s must be %s",
                                     k->key, objects[k->object].noun, kind_nouns[noun]);
        diag_label(b->diags, f, "%s", why);
        diag_help(b->diags, f, "write it like `%s: %s`", k->key, k->example);
        return result;
    }
    if ((k->low || k->high) && (result.value < k->low || result.value > k->high)) {
        struct diag *f = diag_report(b->diags, rule_of(k->kind), n->mark,
                                     "'%s' of %s is out of range", k->key, objects[k->object].noun);
        const char *low = bound_text(b->arena, k->kind, k->low);
        if (k->low == k->high)
            diag_label(b->diags, f, "it can only be %s", low);
        else if (result.value < k->low)
            diag_label(b->diags, f, "it is at least %s", low);
        else
            diag_label(b->diags, f, "it is at most %s", bound_text(b->arena, k->kind, k->high));
        diag_help(b->diags, f, "write it like `%s: %s`", k->key, k->example);
        return result;
    }
    result.given = true;
    return result;
}

struct amount get_amount(const struct object *o, enum key_id key)
{
    const struct node *n = object_value(o, key);
    const char *why;

    if (n)
        return item_number(o->binder, n, key);
    struct amount result = {0};
    result.given =
        keys[key].fallback && parse_kind(keys[key].kind, keys[key].fallback, &result.value, &why);
    if (result.given)
        default_taken(o, key, NULL);
    return result;
}

// A wrong word of some sets is a rule of its own.
static enum rule rule_of_set(int set)
{
    return set == SET_DIRECTION     ? RULE_PORT_002
           : set == SET_CRITICALITY ? RULE_PART_006
                                    : RULE_SYN_001;
}

// What a word outside a set becomes where a rule judges it, in every language that we read; or 0.
static uint32_t stranger(int set)
{
    return set == SET_HM_ACTION       ? HM_ACTION_UNKNOWN
           : set == SET_HM_CODE       ? HM_CODE_UNKNOWN
           : set == SET_CHANGE_ACTION ? TBL_NONE
                                      : 0;
}

static uint32_t choice_value(struct binder *b, enum key_id key, const char *text, struct mark at,
                             uint32_t absent)
{
    const struct key_info *k = &keys[key];
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of((enum choice_set)k->of, set);
    const char *words[CHOICES_MAX];
    struct text all = {.arena = b->arena};

    for (size_t i = 0; i < count; i++) {
        if (strcmp(set[i]->word, text) == 0)
            return set[i]->value;
        words[i] = set[i]->word;
    }
    if (stranger(k->of))
        return stranger(k->of);
    struct diag *f = diag_report(b->diags, rule_of_set(k->of), at, "'%s' of %s cannot be '%s'",
                                 k->key, objects[k->object].noun, text);
    for (size_t i = 0; i < count; i++)
        text_add(&all, "%s%s", i ? ", " : "", words[i]);
    const char *near = nearest_word(text, words, count);
    if (near)
        diag_label(b->diags, f, "did you mean '%s'?", near);
    diag_help(b->diags, f, "it is one of: %s", all.bytes);
    return absent;
}

uint32_t item_choice(struct binder *b, const struct node *n, enum key_id key, uint32_t absent)
{
    if (n->kind == NODE_SCALAR && !is_null(n))
        return choice_value(b, key, n->text, n->mark, absent);
    report_kind(b, n, key);
    return absent;
}

uint32_t get_choice(const struct object *o, enum key_id key, uint32_t absent, struct mark *at)
{
    const struct node *n = object_value(o, key);
    const char *fallback = keys[key].fallback;

    *at = n ? n->mark : (struct mark){0};
    if (n)
        return item_choice(o->binder, n, key, absent);
    if (!fallback)
        return absent;
    default_taken(o, key, NULL);
    return choice_value(o->binder, key, fallback, *at, absent);
}

const struct node *get_list(const struct object *o, enum key_id key, bool one)
{
    const struct node *n = object_value(o, key);

    if (!n)
        return NULL;
    if (n->kind == NODE_LIST)
        return n->first;
    if (one && n->kind == NODE_SCALAR && !is_null(n))
        return n;
    report_kind(o->binder, n, key);
    return NULL;
}

const struct node *get_map(const struct object *o, enum key_id key)
{
    const struct node *n = object_value(o, key);

    if (n && n->kind != NODE_MAP) {
        report_kind(o->binder, n, key);
        return NULL;
    }
    return n;
}

void report_lacking(struct binder *b, const struct object *o, enum key_id key, const char *unless)
{
    struct diag *f = diag_report(b->diags, RULE_SYN_001, o->mark, "%s lacks the key '%s'",
                                 objects[o->id].noun, keys[key].key);

    diag_help(b->diags, f, "add it, for example `%s: %s`%s", keys[key].key, keys[key].example,
              unless);
}
