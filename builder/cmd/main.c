// SPDX-License-Identifier: BSD-2-Clause
// hvbuild: finds the command, runs it, writes the findings and ends with one of four codes.
#include "options.h"
#include "check/check.h"
#include "image/image.h"
#include "import/import.h"
#include "model/data.h"
#include "version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain(const struct cmd *c, const char *format, va_list arguments)
{
    fprintf(stderr, "hvbuild%s%s: ", c->command ? " " : "", c->command ? c->command->name : "");
    vfprintf(stderr, format, arguments);
    return fputc('\n', stderr);
}

int cmd_usage(const struct cmd *c, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(c, format, arguments);
    va_end(arguments);
    fprintf(stderr, "'hvbuild %s%s--help' shows how to use it\n",
            c->command ? c->command->name : "", c->command ? " " : "");
    return EXIT_USAGE;
}

int cmd_failed(const struct cmd *c, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(c, format, arguments);
    va_end(arguments);
    return EXIT_IO;
}

bool cmd_colour(const struct cmd *c, FILE *stream)
{
    const char *when = c->options->colour, *no_colour = getenv("NO_COLOR");

    if (when && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(fileno(stream)) && !(no_colour && *no_colour);
}

bool cmd_report(struct cmd *c)
{
    struct options *o = c->options;
    FILE *out = o->messages ? o->messages : stderr;
    bool errors = diags_count(c->diags, SEVERITY_ERROR) > 0;

    // What is merely worth knowing: always for machines, on request for people.
    enum severity least =
        o->format == MESSAGES_JSON || o->verbose ? SEVERITY_INFO : SEVERITY_WARNING;
    diags_write(c->diags, out, o->format, least, !o->messages && cmd_colour(c, stderr));
    fflush(out);
    for (int s = 0; s < SEVERITY_OFF; s++)
        o->count[s] += diags_count(c->diags, (enum severity)s);
    o->unreadable = o->unreadable || diags_unreadable(c->diags);
    arena_free(c->arena);
    c->arena = arena_new();
    c->diags = diags_new(c->arena);
    options_weigh(c); // succeeded before
    return errors;
}

const char *cmd_runtime(struct cmd *c, const struct board *board)
{
    const char *named = getenv("BULKHEAD_RUNTIME");

    return named && *named ? named : data_find(c->arena, DATA_RUNTIMES, board->runtime.text);
}

// MOD-007: what an image is built for has a runtime.
static void board_lacks_runtime(struct cmd *c, const struct model *m)
{
    struct diag *f = diag_report(c->diags, RULE_MOD_007, m->board_name.at,
                                 "no image can be built for board '%s'", m->board->name.text);

    diag_label(c->diags, f, "it has no runtime: it is for checking only");
    diag_help(c->diags, f, "run 'hvbuild check', or name a board with a runtime, like 'qemu-virt'");
}

struct plan *cmd_plan(struct cmd *c, const char *file, bool images_required, struct model **model)
{
    struct model *m = system_read(c->arena, c->diags, file);

    *model = m;
    if (strcmp(file, "-") != 0)
        cmd_input(c, file);
    if (m) {
        cmd_inputs_of(c, m);
        check_model(c->arena, c->diags, m);
    }
    if (!m || diags_count(c->diags, SEVERITY_ERROR))
        return NULL;
    if (!m->board->runtime.text) {
        if (images_required)
            board_lacks_runtime(c, m);
        return NULL;
    }
    const char *runtime = cmd_runtime(c, m->board);
    struct plan *plan = plan_system(c->arena, c->diags, m, runtime, images_required);
    if (plan && plan->runtime)
        cmd_input(c, runtime);
    if (plan && plan->failure) {
        cmd_failed(c, "%s", plan->failure);
        c->options->failed = true;
        return NULL;
    }
    return diags_count(c->diags, SEVERITY_ERROR) ? NULL : plan;
}

static void print_count(FILE *out, size_t count, const char *what, bool *any)
{
    if (count)
        fprintf(out, "%s%zu %s%s", *any ? ", " : "", count, what, count == 1 ? "" : "s");
    *any = *any || count;
}

// "2 errors, 1 warning"; nothing when there is nothing to say.
static void print_summary(const struct options *o)
{
    bool any = false;

    if (!o->count[SEVERITY_ERROR] && !o->count[SEVERITY_WARNING])
        return;
    print_count(stderr, o->count[SEVERITY_ERROR], "error", &any);
    print_count(stderr, o->count[SEVERITY_WARNING], "warning", &any);
    fputc('\n', stderr);
}

static bool open_messages(struct cmd *c)
{
    struct options *o = c->options;
    struct stat status;

    if (!o->message_file)
        return true;
    // A device, a pipe or a link (/dev/stdout) is added to, not replaced.
    if (lstat(o->message_file, &status) != 0 || S_ISREG(status.st_mode))
        o->temporary = arena_printf(o->lasting, "%s.tmp", o->message_file);
    o->messages = fopen(o->temporary ? o->temporary : o->message_file, o->temporary ? "we" : "ae");
    if (!o->messages)
        cmd_failed(c, "cannot write '%s': %s", o->message_file, strerror(errno));
    return o->messages;
}

static bool close_messages(struct cmd *c)
{
    struct options *o = c->options;

    if (!o->messages)
        return true;
    bool good = !ferror(o->messages);
    good = fclose(o->messages) == 0 && good;
    if (good && o->temporary && !cmd_may_write(c, o->message_file)) {
        unlink(o->temporary);
        return false;
    }
    good = good && (!o->temporary || rename(o->temporary, o->message_file) == 0);
    if (!good) {
        cmd_failed(c, "cannot write '%s': %s", o->message_file, strerror(errno));
        if (o->temporary)
            unlink(o->temporary);
    }
    return good;
}

// A target for the depfile of a command that writes nothing else.
static void default_output(struct cmd *c)
{
    struct options *o = c->options;
    size_t length = o->depfile ? strlen(o->depfile) : 0;

    if (!o->depfile || o->outputs.count)
        return;
    if (o->message_file)
        cmd_output(c, o->message_file);
    else if (length > 2 && strcmp(o->depfile + length - 2, ".d") == 0)
        cmd_output(c, arena_text(o->lasting, o->depfile, length - 2));
    else
        cmd_output(c, o->depfile);
}

static int run(struct cmd *c)
{
    if (!options_weigh(c))
        return EXIT_USAGE;
    if (!open_messages(c))
        return EXIT_IO;
    int code = c->command->run(c);
    cmd_report(c);
    if (!close_messages(c))
        code = EXIT_IO;
    if (code == EXIT_CLEAN || code == EXIT_DESCRIPTION) {
        default_output(c);
        if (!depfile_write(c))
            code = EXIT_IO;
    }
    // Machine output owns its stream: the summary is for people.
    if (!c->quiet && c->options->format == MESSAGES_TEXT)
        print_summary(c->options);
    if (code == EXIT_CLEAN && c->options->count[SEVERITY_ERROR])
        code = EXIT_DESCRIPTION;
    if (c->options->failed || (code == EXIT_DESCRIPTION && c->options->unreadable))
        code = EXIT_IO;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cmd_failed(c, "cannot write the output: %s", strerror(errno));
        code = EXIT_IO;
    }
    return code;
}

static void print_version(bool json)
{
    if (json)
        printf("{\"program\": \"hvbuild\", \"version\": \"%s\", \"language\": 1, \"tables\": "
               "\"%u.%u\", "
               "\"abi\": \"%d.%d\"}\n",
               HVBUILD_VERSION, TBL_MAJOR, TBL_MINOR, HV_ABI_MAJOR, HV_ABI_MINOR);
    else
        printf("hvbuild %s (language 1, tables %u.%u, hypercalls %d.%d)\n", HVBUILD_VERSION,
               TBL_MAJOR, TBL_MINOR, HV_ABI_MAJOR, HV_ABI_MINOR);
}

// The command by its name; a file name or an option in its place means `build`.
static const struct command *find_command(const char *word, bool *named)
{
    *named = true;
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, word) == 0)
            return commands[i];
    *named = false;
    bool file = *word == '-' || strpbrk(word, "./") || access(word, F_OK) == 0;
    return file ? &command_build : NULL;
}

static int unknown_command(const struct cmd *c, const char *word)
{
    const char *names[32];
    size_t count = 0;

    while (commands[count]) {
        names[count] = commands[count]->name;
        count++;
    }
    const char *near = nearest_word(word, names, count);
    if (near)
        return cmd_usage(c, "there is no command '%s'; did you mean '%s'?", word, near);
    return cmd_usage(c, "there is no command '%s', and no such file", word);
}

int main(int argc, char **argv)
{
    struct options options = {.lasting = arena_new()};
    struct cmd c = {.arena = arena_new(), .options = &options};
    int code = EXIT_CLEAN;
    bool named = false;

    c.diags = diags_new(c.arena);
    if (argc < 2) {
        help_print(NULL);
        code = EXIT_USAGE;
    } else if (!(c.command = find_command(argv[1], &named))) {
        code = unknown_command(&c, argv[1]);
    } else if (!options_parse(&c, argc - named, argv + named)) {
        code = EXIT_USAGE;
    } else if (options.help) {
        help_print(named ? c.command : NULL);
    } else if (options.version) {
        print_version(options.json);
    } else if (c.count < c.command->min_arguments) {
        code = cmd_usage(&c, "what to %s is missing: hvbuild %s %s", c.command->name,
                         c.command->name, c.command->arguments);
    } else if (c.count > c.command->max_arguments) {
        code =
            cmd_usage(&c, "'%s' is one argument too many", c.arguments[c.command->max_arguments]);
    } else {
        code = run(&c);
    }
    arena_free(c.arena);
    arena_free(options.lasting);
    return code;
}
