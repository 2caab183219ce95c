// SPDX-License-Identifier: BSD-2-Clause
// hvbuild: finds the command, runs it, writes the findings and ends with one of four codes.
#include "options.h"
#include "check/profile.h"
#include "check/waivers.h"
#include "image/image.h"
#include "import/import.h"
#include "model/data.h"
#include "plan/plan.h"
#include "synth/synth.h"
#include "version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *cmd_runtime(struct cmd *c, const struct board *board)
{
    const char *named = getenv("BULKHEAD_RUNTIME");

    return named && *named ? named : data_find(c->arena, DATA_RUNTIMES, board->runtime.text);
}

// MOD-007: what an image is built for has a runtime.
static void board_lacks_runtime(struct cmd *c, const struct model *m)
{
    bool imported = !m->board_name.at.line;
    struct diag *f = diag_report(c->diags, RULE_MOD_007, imported ? m->module_at : m->board_name.at,
                                 "no image can be built for board '%s'", m->board->name.text);

    diag_label(c->diags, f,
               imported ? "this form is for checking only"
                        : "it has no runtime: it is for checking only");
    diag_help(c->diags, f,
              imported ? "'hvbuild convert' makes a system.yaml of it, which can name a board"
                       : "run 'hvbuild check', or name a board with a runtime, like 'qemu-virt'");
}

struct model *cmd_model(struct cmd *c, const char *file)
{
    struct model *m = system_read(c->arena, c->diags, file);

    if (strcmp(file, "-") != 0)
        cmd_input(c, file);
    if (!m)
        return NULL;
    cmd_inputs_of(c, m);
    if (c->options->profile)
        profile_find(c->options->profile, &m->profile);
    profile_apply(c->diags, m->profile);
    diags_waivers(c->diags, m);
    synthesize(c->arena, c->diags, m);
    check_model(c->arena, c->diags, m);
    waivers_judge(c->arena, c->diags, m, STAGE_CHECK);
    return m;
}

struct plan *cmd_plan(struct cmd *c, const char *file, bool images_required, struct model **model)
{
    struct model *m = cmd_model(c, file);

    *model = m;
    if (!m || diags_count(c->diags, SEVERITY_ERROR))
        return NULL;
    if (!m->board->runtime.text) {
        check_fixed_memory(c->arena, c->diags, m);
        check_rounded_time(c->arena, c->diags, m);
        waivers_judge(c->arena, c->diags, m, STAGE_IMAGE);
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
    if (plan && plan->complete)
        waivers_judge(c->arena, c->diags, m, STAGE_IMAGE);
    return diags_count(c->diags, SEVERITY_ERROR) ? NULL : plan;
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
    if (!messages_open(c))
        return EXIT_IO;
    int code = c->command->run(c);
    cmd_report(c);
    if (code == EXIT_CLEAN || code == EXIT_DESCRIPTION) {
        default_output(c);
        if (!depfile_write(c))
            code = EXIT_IO;
    }
    // Machine output owns its stream: the summary is for people.
    if (!c->quiet && c->options->format == MESSAGES_TEXT)
        messages_summary(c->options);
    if (code == EXIT_CLEAN && c->options->count[SEVERITY_ERROR])
        code = EXIT_DESCRIPTION;
    if (c->options->failed || (code == EXIT_DESCRIPTION && c->options->unreadable))
        code = EXIT_IO;
    if (fflush(stdout) != 0 || ferror(stdout))
        code = cmd_failed(c, "cannot write the output: %s", strerror(errno));
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

// The usage line names the arguments first, in their order.
static int missing_argument(struct cmd *c)
{
    const char *name = c->command->arguments;
    size_t length;

    for (int i = 0; i < c->count; i++)
        name += strcspn(name, " ") + 1;
    length = strcspn(name, " ");
    if (length > 3 && !memcmp(name + length - 3, "...", 3)) // one or more
        length -= 3;
    return cmd_usage(c, "%.*s is missing: hvbuild %s %s", (int)length, name, c->command->name,
                     c->command->arguments);
}

int main(int argc, char **argv)
{
    struct options options = {.lasting = arena_new(), .pending = {.fd = -1}};
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
        code = missing_argument(&c);
    } else if (c.count > c.command->max_arguments) {
        code =
            cmd_usage(&c, "'%s' is one argument too many", c.arguments[c.command->max_arguments]);
    } else {
        code = run(&c);
    }
    code = messages_close(&c, code);
    arena_free(c.arena);
    arena_free(options.lasting);
    return code;
}
