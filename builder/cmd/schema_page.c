// SPDX-License-Identifier: BSD-2-Clause
// hvbuild schema --format md: the reference page of the manual, from the same rows as the reader.
#include "schema.h"

#include <stdio.h>

const char *schema_name(enum object_id id)
{
    static const char *const names[] = {
#define OBJECT(id, ...) [OBJECT_##id] = #id,
#include "keys.def"
    };
    static char lower[32];
    size_t i = 0;

    for (; names[id][i] && i + 1 < sizeof lower; i++)
        lower[i] = names[id][i] == '_' ? '-' : (char)(names[id][i] - 'A' + 'a');
    lower[i] = '\0';
    return lower;
}

static void print_set(const struct key_info *k)
{
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of((enum choice_set)k->of, set);

    for (size_t i = 0; i < count; i++)
        printf("%s`%s`", i ? ", " : "", set[i]->word);
}

static void print_type(const struct key_info *k)
{
    static const char *const types[] = {
        [KIND_NAME] = "name",
        [KIND_PATH] = "path",
        [KIND_TIME] = "time",
        [KIND_TIME_OR_NONE] = "time, or `none`",
        [KIND_SIZE] = "size",
        [KIND_ADDRESS] = "address",
        [KIND_NUMBER] = "number",
        [KIND_BOOL] = "`true` or `false`",
        [KIND_NAMES] = "list of names",
        [KIND_NAME_LISTS] = "list of lists of names",
        [KIND_NUMBERS] = "list of numbers",
        [KIND_ENDPOINTS] = "port, or list of ports",
    };

    switch (k->kind) {
    case KIND_CHOICE:
        print_set(k);
        break;
    case KIND_CHOICES:
        printf("list of ");
        print_set(k);
        break;
    case KIND_ACTIONS:
        printf("map from names to ");
        print_set(k);
        break;
    case KIND_OBJECT:
        printf("[map](#%s)", schema_name((enum object_id)k->of));
        break;
    case KIND_LIST:
        printf("list of [maps](#%s)", schema_name((enum object_id)k->of));
        break;
    case KIND_CORES:
        printf("map from core numbers to lists of [windows](#%s), or to [maps](#%s)",
               schema_name(OBJECT_WINDOW), schema_name((enum object_id)k->of));
        break;
    default:
        fputs(types[k->kind], stdout);
    }
}

static void print_words(enum object_id id)
{
    bool shown[SETS] = {false};

    for (size_t i = 0; i < object_count(id); i++) {
        const struct key_info *k = &keys[objects[id].first + (int)i];
        const struct choice_info *set[CHOICES_MAX];

        if ((k->kind != KIND_CHOICE && k->kind != KIND_CHOICES && k->kind != KIND_ACTIONS) ||
            shown[k->of])
            continue;
        shown[k->of] = true;
        size_t count = choices_of((enum choice_set)k->of, set);
        if (id == OBJECT_HEALTH)
            printf("\nActions:\n\n");
        else
            printf("\n`%s`:\n\n", k->key);
        for (size_t j = 0; j < count; j++)
            printf("- `%s`: %s\n", set[j]->word, set[j]->doc);
    }
}

static void print_object(enum object_id id)
{
    printf("\n<a name=\"%s\"></a>\n## %s\n\n%s\n\n", schema_name(id), objects[id].place,
           objects[id].doc);
    puts("| key | value | default | meaning | example |\n|---|---|---|---|---|");
    for (size_t i = 0; i < object_count(id); i++) {
        const struct key_info *k = &keys[objects[id].first + (int)i];
        printf("| `%s` | ", k->key);
        print_type(k);
        if (k->required)
            printf(" | required | ");
        else
            printf(k->fallback ? " | `%s` | " : " | | ", k->fallback);
        printf("%s | `%s` |\n", k->doc, k->example);
    }
    if (id != OBJECT_DEFAULT_PARTITION)
        print_words(id);
}

int schema_markdown(void)
{
    puts("# Reference: system.yaml\n"
         "\n"
         "Every key that `hvbuild` reads. This page is printed by `hvbuild schema --format md`, "
         "from the\n"
         "table that the reader itself works by.\n"
         "\n"
         "A document is YAML without anchors, aliases and tags, so JSON is accepted too. An "
         "unknown key, a\n"
         "key given twice and a value of the wrong kind are errors.\n"
         "\n"
         "- **time**: a number and `s`, `ms`, `us` or `ns`, exact to the nanosecond: `20ms`, "
         "`1.5us`\n"
         "- **size**: a number and `B`, `KiB`, `MiB` or `GiB` (powers of 1024): `64KiB`\n"
         "- **number**, **address**: decimal or hexadecimal, underscores between digits: "
         "`0x4000_0000`\n"
         "- **name**: 1 to 30 printable characters; **port**: `partition.port`\n"
         "- **path**: relative to the file that names it\n"
         "\n"
         "`0` needs no unit.");
    for (int id = 0; id < OBJECTS; id++)
        print_object((enum object_id)id);
    return EXIT_CLEAN;
}
