// SPDX-License-Identifier: BSD-2-Clause
// hvbuild check: whether descriptions are right, and why not. Writes nothing but findings.
#include "cmd.h"

static int check(struct cmd *c)
{
    bool errors = false;

    for (int i = 0; i < c->count; i++) {
        struct model *model;

        cmd_plan(c, c->arguments[i], false, &model);
        errors = cmd_report(c) || errors;
    }
    return errors ? EXIT_DESCRIPTION : EXIT_CLEAN;
}

const struct command command_check = {
    .name = "check",
    .arguments = "SYSTEM.yaml...",
    .summary = "check descriptions against every rule, write nothing",
    .help = "Reads each SYSTEM.yaml with its board and includes, runs every rule and plans the\n"
            "image as far as the guests exist. Silence means that all is well.\n"
            "\n"
            "examples:\n"
            "  hvbuild check system.yaml\n"
            "  hvbuild check --message-format json *.yaml\n"
            "  generate | hvbuild check -",
    .min_arguments = 1,
    .max_arguments = 1 << 20,
    .run = check,
};
