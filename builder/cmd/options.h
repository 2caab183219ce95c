// SPDX-License-Identifier: BSD-2-Clause
// Inside the command line: the options that every command has, and what main keeps of them.
#ifndef HVBUILD_OPTIONS_H
#define HVBUILD_OPTIONS_H

#include "base/pending.h"
#include "cmd.h"
#include "report/sarif.h"

enum { OPTION_ROWS_MAX = 24 };

struct options {
    enum message_format format;
    const char *message_file, *colour, *depfile;
    const char *profile;              // a legal one, or NULL
    LIST(const char *) weights;       // RULE=error|warn|off, as given
    const char *own[OPTION_ROWS_MAX]; // values of the command's own options, by row
    bool help, version, json, verbose;
    // of the run
    struct arena *lasting; // lives from first to last report
    LIST(const char *) inputs, outputs;
    size_t count[SEVERITY_OFF]; // findings of reports already written
    size_t waived;
    FILE *messages;         // --message-file; NULL: the error stream
    struct pending pending; // of a regular file
    struct sarif *sarif;    // the document so far, or NULL
    bool unreadable;        // an input file
    bool failed;            // the installation, or hvbuild itself
};

extern const struct option_row common_options[];

// Reads the options of `c->command`, sets its arguments. False after saying what is wrong.
bool options_parse(struct cmd *c, int argc, char **argv);
// --help: of a command, or of hvbuild when NULL.
void help_print(const struct command *command);
// Applies -W to new diagnostics, looks at --profile. False after saying what is wrong.
bool options_weigh(const struct cmd *c);
// --message-file: false after saying what is wrong.
bool messages_open(struct cmd *c);
// "2 errors, 1 warning"; nothing when there is nothing to say.
void messages_summary(const struct options *o);
// Ends a document and gives the message file its name; the exit code afterwards.
int messages_close(struct cmd *c, int code);
// --depfile: every file read, in the syntax of make. False after saying what is wrong.
bool depfile_write(struct cmd *c);

#endif
