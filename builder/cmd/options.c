// SPDX-License-Identifier: BSD-2-Clause
// Options: rows to getopt_long, values back to their rows, mistakes answered with what was meant.
#include "options.h"
#include "check/profile.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { // what getopt_long returns for the common options: their place in the table from here
    COMMON_FIRST = 0x100,
    OWN_FIRST = 0x200,
};

enum {
    COMMON_FORMAT,
    COMMON_FILE,
    COMMON_WEIGHT,
    COMMON_COLOUR,
    COMMON_VERBOSE,
    COMMON_QUIET,
    COMMON_DEPFILE,
    COMMON_HELP,
    COMMON_VERSION,
    COMMON_JSON,
};

const struct option_row common_options[] = {
    [COMMON_FORMAT] = {"message-format", 0, "FORM",
                       "findings as `text`, `json` (one object a line) or `sarif`"},
    [COMMON_FILE] = {"message-file", 0, "FILE", "write findings to FILE, not to the error stream"},
    [COMMON_WEIGHT] = {"warn", 'W', "RULE=HOW", "make a rule an `error`, a `warn`ing or `off`"},
    [COMMON_COLOUR] = {"color", 0, "WHEN", "`auto`, `always` or `never`"},
    [COMMON_VERBOSE] = {"verbose", 'v', NULL, "also what is only worth knowing (level info)"},
    [COMMON_QUIET] = {"quiet", 'q', NULL, "only findings, no summary"},
    [COMMON_DEPFILE] = {"depfile", 0, "FILE", "write what was read, in make syntax"},
    [COMMON_HELP] = {"help", 'h', NULL, "show this page"},
    [COMMON_VERSION] = {"version", 0, NULL, "show the version; with --json for machines"},
    [COMMON_JSON] = {"json", 0, NULL, NULL},
    {0},
};

static const struct option_row *own_options(const struct cmd *c)
{
    static const struct option_row none[] = {{0}};

    return c->command->options ? c->command->options : none;
}

static void suggest(const struct cmd *c, const char *given)
{
    const char *words[2 * OPTION_ROWS_MAX];
    size_t count = 0, length = strcspn(given, "=");
    const char *name = arena_text(c->options->lasting, given, length);

    for (const struct option_row *o = own_options(c); o->name; o++)
        words[count++] = o->name;
    for (const struct option_row *o = common_options; o->name; o++)
        words[count++] = o->name;
    const char *near = nearest_word(name, words, count);
    if (near)
        cmd_usage(c, "unknown option '--%s'; did you mean '--%s'?", name, near);
    else
        cmd_usage(c, "unknown option '--%s'", name);
}

static bool one_of(const struct cmd *c, const char *option, const char *value,
                   const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], value) == 0)
            return true;
    cmd_usage(c, "--%s is one of %s, %s%s%s, not '%s'", option, words[0], words[1],
              words[2] ? ", " : "", words[2] ? words[2] : "", value);
    return false;
}

static bool take_common(struct cmd *c, int option, const char *value)
{
    static const char *const formats[] = {"text", "json", "sarif", NULL};
    static const char *const colours[] = {"auto", "always", "never", NULL};
    struct options *o = c->options;

    switch (option) {
    case COMMON_FORMAT:
        o->format = strcmp(value, "json") == 0    ? MESSAGES_JSON
                    : strcmp(value, "sarif") == 0 ? MESSAGES_SARIF
                                                  : MESSAGES_TEXT;
        return one_of(c, "message-format", value, formats);
    case COMMON_FILE:
        o->message_file = value;
        return true;
    case COMMON_WEIGHT:
        *list_add(o->lasting, &o->weights) = value;
        return true;
    case COMMON_COLOUR:
        o->colour = value;
        return one_of(c, "color", value, colours);
    case COMMON_VERBOSE:
        o->verbose = true;
        return true;
    case COMMON_QUIET:
        c->quiet = true;
        return true;
    case COMMON_DEPFILE:
        o->depfile = value;
        return true;
    case COMMON_HELP:
        o->help = true;
        return true;
    case COMMON_VERSION:
        o->version = true;
        return true;
    default:
        o->json = true;
        return true;
    }
}

// One row as getopt_long wants it.
static void add_row(struct option *longs, size_t *count, struct text *shorts,
                    const struct option_row *row, int code)
{
    longs[(*count)++] =
        (struct option){row->name, row->value ? required_argument : no_argument, NULL, code};
    if (row->letter)
        text_add(shorts, "%c%s", row->letter, row->value ? ":" : "");
}

static const struct option_row *row_of(const struct option_row *rows, char letter)
{
    for (; rows->name; rows++)
        if (rows->letter == letter)
            return rows;
    return NULL;
}

bool options_parse(struct cmd *c, int argc, char **argv)
{
    struct option longs[2 * OPTION_ROWS_MAX + 1] = {0};
    struct text shorts = {.arena = c->options->lasting};
    const struct option_row *own = own_options(c);
    size_t count = 0;

    // A colon in front: getopt tells a missing value from an unknown option, and prints nothing.
    text_add(&shorts, ":");
    for (int i = 0; own[i].name && i < OPTION_ROWS_MAX; i++)
        add_row(longs, &count, &shorts, &own[i], OWN_FIRST + i);
    for (int i = 0; common_options[i].name; i++)
        add_row(longs, &count, &shorts, &common_options[i], COMMON_FIRST + i);
    opterr = 0;
    optind = 0; // glibc: scan anew
    for (int code; (code = getopt_long(argc, argv, shorts.bytes, longs, NULL)) != -1;) {
        if (code == '?' && optopt && optopt < COMMON_FIRST) {
            cmd_usage(c, "unknown option '-%c'", optopt);
            return false;
        }
        if (code == '?' && optopt) {
            cmd_usage(c, "option '%s' takes no value", argv[optind - 1]);
            return false;
        }
        if (code == '?') {
            suggest(c, argv[optind - 1] + 2);
            return false;
        }
        if (code == ':') {
            cmd_usage(c, "option '%s' needs a value", argv[optind - 1]);
            return false;
        }
        if (code < COMMON_FIRST) { // a letter: find its row
            const struct option_row *row = row_of(own, (char)code);
            code = row ? OWN_FIRST + (int)(row - own)
                       : COMMON_FIRST + (int)(row_of(common_options, (char)code) - common_options);
        }
        if (code >= OWN_FIRST)
            c->options->own[code - OWN_FIRST] = optarg ? optarg : "";
        else if (!take_common(c, code - COMMON_FIRST, optarg))
            return false;
    }
    c->arguments = argv + optind;
    c->count = argc - optind;
    if (c->options->json && !c->options->version && !c->options->help) {
        cmd_usage(c, "unknown option '--json'; findings become JSON by '--message-format json'");
        return false;
    }
    return true;
}

const char *cmd_option(const struct cmd *c, const char *name)
{
    const struct option_row *own = own_options(c);

    for (int i = 0; own[i].name; i++)
        if (strcmp(own[i].name, name) == 0)
            return c->options->own[i];
    return NULL;
}

bool cmd_number(const struct cmd *c, const char *name, uint64_t low, uint64_t high, uint64_t *value)
{
    const char *text = cmd_option(c, name), *why = NULL;
    uint64_t number;

    if (!text)
        return true;
    if (!parse_number(text, &number, &why)) {
        cmd_usage(c, "--%s is '%s': %s", name, text, why);
        return false;
    }
    if (number < low || number > high) {
        cmd_usage(c, "--%s is from %llu to %llu, not %s", name, (unsigned long long)low,
                  (unsigned long long)high, text);
        return false;
    }
    *value = number;
    return true;
}

// RULE=HOW; several may stand in one value, separated by commas.
static bool weigh(const struct cmd *c, char *word)
{
    static const char *const hows[] = {"error", "warn", "off"};
    static const enum severity severities[] = {SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_OFF};
    char *how = strchr(word, '=');
    size_t i = 0;

    if (!how) {
        cmd_usage(c, "-W takes RULE=error, RULE=warn or RULE=off, not '%s'", word);
        return false;
    }
    *how++ = '\0';
    enum rule rule = rule_find(word);
    if (rule == RULES) {
        const char *ids[RULES];
        for (size_t r = 0; r < RULES; r++)
            ids[r] = rules[r].id;
        const char *near = nearest_word(word, ids, RULES);
        cmd_usage(
            c, near ? "-W: there is no rule '%s'; did you mean '%s'?" : "-W: there is no rule '%s'",
            word, near);
        return false;
    }
    while (i < 3 && strcmp(hows[i], how) != 0)
        i++;
    if (i == 3) {
        cmd_usage(c, "-W %s= takes error, warn or off, not '%s'", rules[rule].id, how);
        return false;
    }
    if (!diags_override(c->diags, rule, severities[i])) {
        cmd_usage(c, "-W cannot weaken %s: %s", rules[rule].id,
                  rules[rule].isolation ? "isolation rests on it"
                                        : "a text that is not understood cannot be built from");
        return false;
    }
    return true;
}

bool options_weigh(const struct cmd *c)
{
    enum profile profile;

    c->options->profile = cmd_option(c, "profile");
    if (c->options->profile && !profile_find(c->options->profile, &profile)) {
        cmd_usage(c, "--profile is one of arinc653, relaxed, strict, not '%s'",
                  c->options->profile);
        return false;
    }
    for (size_t i = 0; i < c->options->weights.count; i++) {
        const char *given = c->options->weights.items[i];
        char *words = arena_text(c->arena, given, strlen(given)), *rest = NULL;

        for (char *word = strtok_r(words, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
            if (!weigh(c, word))
                return false;
    }
    return true;
}
