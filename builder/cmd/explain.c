// SPDX-License-Identifier: BSD-2-Clause
// hvbuild explain: one rule in full, for the person whose description it has just refused.
#include "cmd.h"
#include "check/profile.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const severity_words[] = {"error", "warning", "information"};

static const char *const stage_words[] = {
    [STAGE_READ] = "found while reading",
    [STAGE_CHECK] = "found in the description",
    [STAGE_IMAGE] = "found in the images and the plan",
};

// Prints `text` broken into lines of at most 78 columns, each after `indent` blanks.
static void print_wrapped(const char *text, int indent)
{
    int column = 0;

    while (*text) {
        int length = (int)strcspn(text, " ");

        if (column && column + 1 + length > 78) {
            putchar('\n');
            column = 0;
        }
        column +=
            column ? printf(" %.*s", length, text) : printf("%*s%.*s", indent, "", length, text);
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

// Prints an example as it is, line by line.
static void print_example(const char *label, const char *text)
{
    if (!text)
        return;
    printf("\n%s:\n", label);
    while (*text) {
        int length = (int)strcspn(text, "\n");

        printf("    %.*s\n", length, text);
        text += length + (text[length] == '\n');
    }
}

// "    relaxed   warning: why", where it differs from the rule's own severity.
static void print_profiles(enum rule rule)
{
    bool any = false;

    for (int i = 0; i < PROFILES; i++) {
        enum profile p = (enum profile)i;
        enum severity s = profile_severity(p, rule);
        const char *why = profile_reason(p, rule), *part = profile_part(p, rule);

        if (s == rules[rule].severity && !part)
            continue;
        if (!any)
            printf("\nProfiles:\n");
        any = true;
        printf("    %-9s %s%s%s\n", profile_word(p), part ? part : severity_words[s],
               why ? ": " : "", why ? why : "");
    }
}

static void explain_rule(enum rule rule)
{
    const struct rule_info *r = &rules[rule];

    printf("%s: %s\n", r->id, r->title);
    printf("%s, %s%s\n\n", severity_words[r->severity], stage_words[r->stage],
           r->severity == SEVERITY_ERROR && r->isolation ? "; -W cannot weaken it" : "");
    print_wrapped(r->statement, 0);
    printf("\nWhy:\n");
    print_wrapped(r->why, 4);
    print_example("Right", r->good);
    print_example("Wrong", r->bad);
    printf("\nSource:\n");
    print_wrapped(r->source, 4);
    print_profiles(rule);
    if (*r->needs) {
        printf("\nLooked at only where these found nothing:\n");
        print_wrapped(r->needs, 4);
    }
}

static bool explain_unchecked(const char *id)
{
    for (const struct unchecked_rule *u = unchecked_rules; u->id; u++) {
        if (strcasecmp(u->id, id) != 0)
            continue;
        printf("%s: %s\n\nNot checked: %s.\n", u->id, u->title, u->reason);
        return true;
    }
    return false;
}

static int unknown(struct cmd *c, const char *id)
{
    const char *words[RULES], *near;
    char upper[32] = "";

    for (size_t i = 0; i + 1 < sizeof upper && id[i]; i++)
        upper[i] = (char)(id[i] >= 'a' && id[i] <= 'z' ? id[i] - 'a' + 'A' : id[i]);
    for (enum rule r = 0; r < RULES; r++)
        words[r] = rules[r].id;
    near = nearest_word(upper, words, RULES);
    if (near)
        return cmd_usage(c, "there is no rule '%s'; did you mean '%s'?", id, near);
    return cmd_usage(c, "there is no rule '%s'; 'hvbuild rules' lists them", id);
}

static int explain(struct cmd *c)
{
    for (int i = 0; i < c->count; i++) {
        enum rule r = rule_find(c->arguments[i]);

        if (i > 0)
            putchar('\n');
        if (r < RULES)
            explain_rule(r);
        else if (!explain_unchecked(c->arguments[i]))
            return unknown(c, c->arguments[i]);
    }
    return EXIT_CLEAN;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "RULE...",
    .summary = "explain a rule: what must hold, why, and how it looks",
    .help = "Every finding carries the id of its rule in brackets: error[SCHED-004]. Letter case\n"
            "does not matter.\n"
            "\n"
            "example:\n"
            "  hvbuild explain SCHED-004",
    .min_arguments = 1,
    .max_arguments = RULES,
    .run = explain,
};
