// SPDX-License-Identifier: BSD-2-Clause
// hvbuild check: whether descriptions are right, and why not. Writes nothing but findings.
#include "options.h"
#include "image/image.h"

#include <stdlib.h>
#include <string.h>

// Not silent about what could not be checked: rules about guests need the guests. A sentence
// without its full stop, for the caller to free; NULL when every image is there.
static char *missing_images(const struct plan *plan)
{
    char *sentence = NULL;
    size_t missing = 0;

    for (size_t i = 0; plan && i < plan->model->partitions.count; i++) {
        const struct partition *p = &plan->model->partitions.items[i];

        if (plan->partitions[i].image || missing++)
            continue;
        if (asprintf(&sentence, "image '%s' of partition '%s'", p->image.text ? p->image.text : "",
                     p->name.text) < 0)
            return NULL;
    }
    if (missing > 1) {
        char *first = sentence;

        if (asprintf(&sentence, "%s (and %zu more)", first, missing - 1) < 0)
            return first;
        free(first);
    }
    return sentence;
}

static int check(struct cmd *c)
{
    bool errors = false;

    for (int i = 0; i < c->count; i++) {
        struct model *model;
        const struct plan *plan = cmd_plan(c, c->arguments[i], false, &model);
        char *missing = missing_images(plan);
        char *unplanned = plan && plan->skipped ? strdup(plan->skipped) : NULL;

        if (model && checking_only(model) && model->board_name.at.line &&
            !diags_count(c->diags, SEVERITY_ERROR) &&
            asprintf(&unplanned, "board '%s' has no runtime", model->board->name.text) < 0)
            unplanned = NULL;

        errors = cmd_report(c) || errors;
        if (!c->quiet && c->options->format == MESSAGES_TEXT) {
            if (unplanned)
                fprintf(stderr, "%s: %s: the rules about the layout did not run\n", c->arguments[i],
                        unplanned);
            if (missing)
                fprintf(stderr, "%s: %s is not built yet: the rules about images did not run\n",
                        c->arguments[i], missing);
        }
        free(unplanned);
        free(missing);
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
    .options =
        (const struct option_row[]){
            PROFILE_OPTION,
            {0},
        },
    .min_arguments = 1,
    .max_arguments = 1 << 20,
    .run = check,
};
