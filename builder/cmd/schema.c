// SPDX-License-Identifier: BSD-2-Clause
// hvbuild schema: the vocabulary of keys.def as JSON Schema (draft-07), for editors.
#include "schema.h"
#include "model/keys.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define TIME_PATTERN   "^[0-9][0-9_]*(\\.[0-9]+)? ?(s|ms|us|ns)$"
#define SIZE_PATTERN   "^[0-9][0-9_]*(\\.[0-9]+)? ?(B|KiB|MiB|GiB)$"
#define NUMBER_PATTERN "^(0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)$"

static json_t *reference(int object)
{
    return json_pack("{s:s+}", "$ref", "#/definitions/", schema_name((enum object_id)object));
}

static json_t *list_of(json_t *item)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", item);
}

// A number as YAML reads it, or as text when it is hexadecimal or has underscores.
static json_t *number(const struct key_info *k)
{
    json_t *integer = json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)k->low);

    if (k->high)
        json_object_set_new(integer, "maximum", json_integer((json_int_t)k->high));
    return json_pack("{s:[o, {s:s, s:s}]}", "anyOf", integer, "type", "string", "pattern",
                     NUMBER_PATTERN);
}

static json_t *amount(const char *pattern)
{
    return json_pack("{s:[{s:s, s:s}, {s:i}]}", "anyOf", "type", "string", "pattern", pattern,
                     "const", 0);
}

static json_t *words(const struct key_info *k)
{
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of((enum choice_set)k->of, set);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(set[i]->word));
    return json_pack("{s:o}", "enum", list);
}

static json_t *value_schema(const struct key_info *k)
{
    switch (k->kind) {
    case KIND_NAME:
    case KIND_PATH:
        return json_pack("{s:s}", "type", "string");
    case KIND_TIME:
        return amount(TIME_PATTERN);
    case KIND_TIME_OR_NONE:
        return json_pack("{s:[o, {s:s}]}", "anyOf", amount(TIME_PATTERN), "const", "none");
    case KIND_SIZE:
        return amount(SIZE_PATTERN);
    case KIND_ADDRESS:
    case KIND_NUMBER:
        return number(k);
    case KIND_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case KIND_CHOICE:
        return words(k);
    case KIND_CHOICES:
        return list_of(words(k));
    case KIND_NAMES:
        return list_of(json_pack("{s:s}", "type", "string"));
    case KIND_NAME_LISTS:
        return list_of(list_of(json_pack("{s:s}", "type", "string")));
    case KIND_NUMBERS:
        return list_of(number(k));
    case KIND_ENDPOINTS:
        return json_pack("{s:[{s:s, s:s}, {s:s, s:{s:s, s:s}}]}", "anyOf", "type", "string",
                         "pattern", "^[^.]+\\..+$", "type", "array", "items", "type", "string",
                         "pattern", "^[^.]+\\..+$");
    case KIND_OBJECT:
        return reference(k->of);
    case KIND_LIST:
        return list_of(reference(k->of));
    case KIND_CORES:
        return json_pack("{s:s, s:{s:{s:[o, o]}}, s:b}", "type", "object", "patternProperties",
                         "^[0-9]+$", "anyOf", list_of(reference(OBJECT_WINDOW)), reference(k->of),
                         "additionalProperties", 0);
    case KIND_ACTIONS:
        return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", words(k));
    }
    return json_object();
}

static json_t *fallback(const struct key_info *k)
{
    if (k->kind == KIND_BOOL)
        return json_boolean(strcmp(k->fallback, "true") == 0);
    if (k->kind == KIND_NUMBER)
        return json_loads(k->fallback, JSON_DECODE_ANY, NULL);
    return json_string(k->fallback);
}

static json_t *key_schema(const struct key_info *k)
{
    json_t *schema = value_schema(k);

    // Draft-07 ignores what stands beside $ref: put the reference inside.
    if (json_object_get(schema, "$ref"))
        schema = json_pack("{s:[o]}", "allOf", schema);
    json_object_set_new(schema, "description", json_string(k->doc));
    if (k->fallback)
        json_object_set_new(schema, "default", fallback(k));
    return schema;
}

static json_t *object_schema(enum object_id id)
{
    json_t *properties = json_object(), *required = json_array();

    for (size_t i = 0; i < object_count(id); i++) {
        const struct key_info *k = &keys[objects[id].first + (int)i];
        json_object_set_new(properties, k->key, key_schema(k));
        if (k->required)
            json_array_append_new(required, json_string(k->key));
    }
    json_t *schema = json_pack("{s:s, s:s, s:o, s:b}", "description", objects[id].doc, "type",
                               "object", "properties", properties, "additionalProperties", 0);
    if (id == OBJECT_PARTITION) // its keys, or an include alone
        json_object_set_new(schema, "anyOf",
                            json_pack("[{s:o}, {s:[s], s:i}]", "required", required, "required",
                                      "include", "maxProperties", 1));
    else
        json_object_set_new(schema, "required", required);
    return schema;
}

static bool used_by(enum object_id root, enum object_id id)
{
    if (root == id)
        return true;
    for (size_t i = 0; i < object_count(root); i++) {
        const struct key_info *k = &keys[objects[root].first + (int)i];
        if ((k->kind == KIND_OBJECT || k->kind == KIND_LIST || k->kind == KIND_CORES) &&
            used_by((enum object_id)k->of, id))
            return true;
    }
    return false;
}

static int print_json(enum object_id root)
{
    json_t *definitions = json_object();

    for (int id = 0; id < OBJECTS; id++)
        if (used_by(root, (enum object_id)id) && id != (int)root)
            json_object_set_new(definitions, schema_name((enum object_id)id),
                                object_schema((enum object_id)id));
    json_t *schema = object_schema(root);
    json_t *document =
        json_pack("{s:s, s:s}", "$schema", "http://json-schema.org/draft-07/schema#", "title",
                  root == OBJECT_BOARD ? "Bulkhead board" : "Bulkhead system");
    json_object_update(document, schema);
    json_object_set_new(document, "definitions", definitions);
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(schema);
    json_decref(document);
    return EXIT_CLEAN;
}

static int schema(struct cmd *c)
{
    const char *format = cmd_option(c, "format"), *of = cmd_option(c, "for");
    enum object_id root = of && strcmp(of, "board") == 0       ? OBJECT_BOARD
                          : of && strcmp(of, "partition") == 0 ? OBJECT_PARTITION
                                                               : OBJECT_SYSTEM;

    if (of && root == OBJECT_SYSTEM && strcmp(of, "system") != 0)
        return cmd_usage(c, "--for is system, partition or board, not '%s'", of);
    if (!format || strcmp(format, "json") == 0)
        return print_json(root);
    if (strcmp(format, "md") != 0)
        return cmd_usage(c, "--format is json or md, not '%s'", format);
    return of ? cmd_usage(c, "--format md shows all documents: leave --for out")
              : schema_markdown();
}

const struct command command_schema = {
    .name = "schema",
    .arguments = "[--format json|md] [--for system|partition|board]",
    .summary = "print the vocabulary of system.yaml as JSON Schema or as a page",
    .help =
        "The JSON Schema (draft-07) lets an editor complete keys and show what they mean; name\n"
        "it in the first line of a document:\n"
        "  # yaml-language-server: $schema=system.schema.json",
    .options =
        (const struct option_row[]){
            {"format", 0, "FORM", "`json` (default) or `md`, the reference page"},
            {"for", 0, "WHAT", "`system` (default), `partition` (an included file) or `board`"},
            {0},
        },
    .run = schema,
};
