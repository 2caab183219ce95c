// SPDX-License-Identifier: BSD-2-Clause
// The command line: one table of commands, the options they share, and how a command ends.
//
// A command is one file with one `const struct command`, named in the table of commands.c. It adds
// its own options as rows; parsing, --help, did-you-mean, -W, --message-format, --depfile, the
// summary line and the exit code are the same for all and live in main.c and options.c.
#ifndef HVBUILD_CMD_H
#define HVBUILD_CMD_H

#include "base/base.h"
#include "model/model.h"
#include "report/diag.h"

// Exit codes. Failing to read or write any file is EXIT_IO, also for the file named on the command
// line: a path that cannot be opened is not a fault in the description.
enum { EXIT_CLEAN, EXIT_DESCRIPTION, EXIT_USAGE, EXIT_IO };

struct option_row {    // ends with a row whose name is NULL
    const char *name;  // "output" for --output
    char letter;       // 'o' for -o, or 0
    const char *value; // what the help calls its value, "IMAGE"; NULL for a switch without one
    const char *help;  // a few words, starting small
};

struct cmd;

struct command {
    const char *name;
    const char *arguments; // as the usage line shows them: "SYSTEM.yaml [-o IMAGE]"
    const char *summary;   // one line for `hvbuild --help`, starting small
    const char *help;      // paragraphs of `hvbuild NAME --help`, wrapped at 78 columns, or NULL
    const struct option_row *options; // its own, or NULL
    int min_arguments, max_arguments; // a count outside is a usage error
    int (*run)(struct cmd *c);        // returns an exit code
};

// One call of hvbuild. A command reads arguments and options, works in `arena` and reports to
// `diags`; main writes the findings afterwards and turns EXIT_CLEAN into EXIT_DESCRIPTION when
// there was an error.
struct cmd {
    const struct command *command;
    struct arena *arena;
    struct diags *diags; // carries -W
    char **arguments;    // without options
    int count;
    bool quiet;
    struct options *options; // of options.c
};

// The value of the command's own option (the last one given), or NULL; for a switch, "" when given.
const char *cmd_option(const struct cmd *c, const char *name);
// The value as a decimal number from low to high into *value, which keeps its preset when the
// option is absent. False after saying so on the error stream: return EXIT_USAGE then.
bool cmd_number(const struct cmd *c, const char *name, uint64_t low, uint64_t high,
                uint64_t *value);
// Whether output to `stream` shall have colour: --color, NO_COLOR, or a terminal.
bool cmd_colour(const struct cmd *c, FILE *stream);

// "hvbuild check: ..." on the error stream, or in the form of --message-format; return EXIT_USAGE
// or EXIT_IO with them.
int cmd_usage(const struct cmd *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
int cmd_failed(const struct cmd *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

// What is worth knowing beside the findings: on the error stream unless --quiet, and in SARIF.
void cmd_note(const struct cmd *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Files for --depfile: what was read (cmd_plan adds the sources, images and runtime that it reads),
// and what was written, which becomes the target.
void cmd_input(struct cmd *c, const char *path);
void cmd_output(struct cmd *c, const char *path);
void cmd_inputs_of(struct cmd *c, const struct model *m);
// Whether an output may take this name: it is free, or a regular file that was not read. False
// after saying why: return EXIT_IO then.
bool cmd_may_write(const struct cmd *c, const char *path);
// A command's text, to the file `path` (whole or not at all) or, when NULL, to standard output.
// Returns an exit code.
int cmd_write(struct cmd *c, const char *path, const struct text *out);

// Writes the findings so far, on the error stream or to --message-file, and says whether an error
// was among them. main does this when a command returns; a command that prints or boots something
// afterwards, or checks several files, calls it itself. Afterwards `diags` and `arena` are new and
// empty: nothing read before may be used.
bool cmd_report(struct cmd *c);

// The runtime ELF of a board, where model/data.h says; the first place when none has it, so that
// reading it gives a good message.
const char *cmd_runtime(struct cmd *c, const struct board *board);

// A row for the options of a command that reads descriptions.
#define PROFILE_OPTION                                                                             \
    {                                                                                              \
        "profile", 0, "NAME", "weigh rules as `arinc653`, `relaxed` or `strict` does"              \
    }

// Reads and checks one description of any kind, in the profile and with the waivers that hold for
// it. NULL when there is no model; its findings are reported, errors among them too.
struct model *cmd_model(struct cmd *c, const char *file);

// The same, and plans it: what `check` and `build` share. NULL when it has errors
// (they are reported) or planning failed (said, and hvbuild exits 3); *model is set when there is
// one. `images` as in plan_system.
struct plan;
struct plan *cmd_plan(struct cmd *c, const char *file, bool images_required, struct model **model);

extern const struct command command_build, command_check, command_convert, command_expand,
    command_explain, command_inspect, command_log, command_rules, command_run, command_schedule,
    command_schema, command_trace, command_verify;
extern const struct command *const commands[]; // in the order of --help, NULL at the end

#endif
