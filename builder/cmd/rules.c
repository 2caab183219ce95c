// SPDX-License-Identifier: BSD-2-Clause
// hvbuild rules: all rules as a list, as JSON, and as the reference page docs/rules.md.
#include "cmd.h"
#include "check/profile.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const severity_words[] = {"error", "warning", "info"};
static const char *const stage_words[] = {
    [STAGE_READ] = "read", [STAGE_CHECK] = "check", [STAGE_IMAGE] = "image"};

static int print_text(void)
{
    for (enum rule r = 0; r < RULES; r++)
        printf("%-10s %-8s %s\n", rules[r].id, severity_words[rules[r].severity], rules[r].title);
    return EXIT_CLEAN;
}

// ---- JSON ---------------------------------------------------------------------------------------

static json_t *words_json(const char *words)
{
    json_t *list = json_array();

    while (*words) {
        size_t length = strcspn(words, " ");

        json_array_append_new(list, json_stringn(words, length));
        words += length;
        words += strspn(words, " ");
    }
    return list;
}

// How each profile weighs a rule, and why where it differs.
static json_t *profiles_json(enum rule rule)
{
    json_t *o = json_object();

    for (int i = 0; i < PROFILES; i++) {
        enum profile p = (enum profile)i;
        json_t *weight = json_pack("{s:s}", "severity", severity_words[profile_severity(p, rule)]);
        if (profile_reason(p, rule))
            json_object_set_new(weight, "reason", json_string(profile_reason(p, rule)));
        if (profile_part(p, rule))
            json_object_set_new(weight, "partly", json_string(profile_part(p, rule)));
        json_object_set_new(o, profile_word(p), weight);
    }
    return o;
}

static json_t *rule_json(const struct rule_info *r)
{
    json_t *o = json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:s}", "id", r->id, "severity",
                          severity_words[r->severity], "isolation", r->isolation, "stage",
                          stage_words[r->stage], "title", r->title, "statement", r->statement,
                          "why", r->why, "source", r->source);

    json_object_set_new(o, "good", r->good ? json_string(r->good) : json_null());
    json_object_set_new(o, "bad", r->bad ? json_string(r->bad) : json_null());
    json_object_set_new(o, "needs", words_json(r->needs));
    json_object_set_new(o, "checked", json_true());
    json_object_set_new(o, "profiles", profiles_json((enum rule)(r - rules)));
    return o;
}

static json_t *unchecked_json(const struct unchecked_rule *u)
{
    return json_pack("{s:s, s:s, s:b, s:s}", "id", u->id, "title", u->title, "checked", false,
                     "reason", u->reason);
}

static int print_json(void)
{
    json_t *list = json_array();

    for (enum rule r = 0; r < RULES; r++)
        json_array_append_new(list, rule_json(&rules[r]));
    for (const struct unchecked_rule *u = unchecked_rules; u->id; u++)
        json_array_append_new(list, unchecked_json(u));
    json_dumpf(list, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(list);
    return EXIT_CLEAN;
}

// ---- The page -----------------------------------------------------------------------------------

static size_t family_length(const char *id)
{
    return strcspn(id, "-");
}

static void print_family(const char *id)
{
    for (const struct rule_family *f = rule_families; f->id; f++)
        if (strlen(f->id) == family_length(id) && strncmp(id, f->id, family_length(id)) == 0)
            printf("## %s\n\n", f->title);
}

// Examples share a block; lines of their own say which is which.
static void print_examples(const struct rule_info *r)
{
    if (!r->good && !r->bad)
        return;
    printf("```yaml\n");
    if (r->good)
        printf("# right\n%s\n", r->good);
    if (r->bad)
        printf("# wrong\n%s\n", r->bad);
    printf("```\n\n");
}

static void print_rule(enum rule rule)
{
    const struct rule_info *r = &rules[rule];

    printf("### %s: %s\n\n", r->id, r->title);
    printf("*%s%s.* %s\n\n", severity_words[r->severity],
           r->isolation ? ", cannot be weakened" : "", r->statement);
    printf("%s\n\n", r->why);
    print_examples(r);
    printf("Source: %s.\n\n", r->source);
    for (int i = 0; i < PROFILES; i++) {
        enum profile p = (enum profile)i;
        if (profile_reason(p, rule))
            printf("In profile `%s`: %s; %s.\n\n", profile_word(p),
                   severity_words[profile_severity(p, rule)], profile_reason(p, rule));
        if (profile_part(p, rule))
            printf("In profile `%s`: %s.\n\n", profile_word(p), profile_part(p, rule));
    }
}

static int print_markdown(void)
{
    printf(
        "<!-- Written by `hvbuild rules --format md`; a test compares. -->\n"
        "# Rules\n\n"
        "Everything that `hvbuild` checks, by id. A finding names its rule in brackets, and\n"
        "`hvbuild explain RULE` shows the same text. `-W RULE=warn` and `-W RULE=off` weaken a "
        "rule,\n"
        "unless its breach would let partitions touch each other or leave nothing to put into the\n"
        "image. Rules of severity info describe the system; they are in the JSON messages and in "
        "the\n"
        "report. The profile `strict` makes every warning an error, `relaxed` weighs some rules "
        "less "
        "where\n"
        "other systems than ARINC 653 do without them. A rule is looked at only where those that "
        "it needs found nothing, so that one\n"
        "mistake gives one finding.\n\n");
    for (enum rule r = 0; r < RULES; r++) {
        if (r == 0 || family_length(rules[r].id) != family_length(rules[r - 1].id) ||
            strncmp(rules[r].id, rules[r - 1].id, family_length(rules[r].id)) != 0)
            print_family(rules[r].id);
        print_rule(r);
    }
    printf("## Not checked\n\n"
           "Rules of the same catalogue that `system.yaml` cannot break, or cannot speak about "
           "yet.\n\n"
           "| rule | what | why not |\n|---|---|---|\n");
    for (const struct unchecked_rule *u = unchecked_rules; u->id; u++)
        printf("| %s | %s | %s |\n", u->id, u->title, u->reason);
    return EXIT_CLEAN;
}

static int rules_command(struct cmd *c)
{
    const char *format = cmd_option(c, "format");

    if (!format || strcmp(format, "text") == 0)
        return print_text();
    if (strcmp(format, "json") == 0)
        return print_json();
    if (strcmp(format, "md") == 0)
        return print_markdown();
    return cmd_usage(c, "--format is text, json or md, not '%s'", format);
}

const struct command command_rules = {
    .name = "rules",
    .arguments = "[--format text|json|md]",
    .summary = "list every rule that is checked",
    .help = "'hvbuild explain RULE' shows one rule in full.",
    .options =
        (const struct option_row[]){
            {"format", 0, "FORM", "`text` (default), `json`, or `md`, the reference page"},
            {0},
        },
    .run = rules_command,
};
