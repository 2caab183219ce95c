// SPDX-License-Identifier: BSD-2-Clause
// hvbuild check: whether descriptions are right, and why not. Writes nothing but findings.
#include "options.h"
#include "image/image.h"

// Not silent about what could not be checked: rules about guests need the guests.
static size_t missing_images(const struct plan *plan)
{
    size_t missing = 0;

    for (size_t i = 0; plan && i < plan->model->partitions.count; i++)
        missing += !plan->partitions[i].image;
    return missing;
}

static int check(struct cmd *c)
{
    bool errors = false;

    for (int i = 0; i < c->count; i++) {
        struct model *model;

        size_t missing = missing_images(cmd_plan(c, c->arguments[i], false, &model));
        errors = cmd_report(c) || errors;
        if (missing && !c->quiet && c->options->format == MESSAGES_TEXT)
            fprintf(stderr, "%s: %zu image%s not built yet, rules about %s did not run\n",
                    c->arguments[i], missing, missing == 1 ? " is" : "s are",
                    missing == 1 ? "it" : "them");
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
