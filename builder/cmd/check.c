// SPDX-License-Identifier: BSD-2-Clause
// hvbuild check: whether descriptions are right, and why not. Writes nothing but findings.
#include "options.h"
#include "image/image.h"
#include "report/report_json.h"
#include "version.h"

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

// --report: what a build would write beside the image. False after saying why not.
static bool write_report(struct cmd *c, const struct model *m, const struct plan *plan)
{
    const char *file = cmd_option(c, "report");
    struct report report = {
        .version = HVBUILD_VERSION,
        .system = c->arguments[0],
        .model = m,
        .plan = plan,
        .weights = c->options->weights.items,
        .weight_count = c->options->weights.count,
    };

    if (!file)
        return true;
    if (!cmd_may_write(c, file))
        return false;
    const char *why = report_write(c->arena, c->diags, &report, file);
    if (why)
        cmd_failed(c, "%s", why);
    else
        cmd_output(c, file);
    return !why;
}

static int check(struct cmd *c)
{
    bool errors = false, written = true;

    if (cmd_option(c, "report") && c->count > 1)
        return cmd_usage(c, "--report is about one description, not %d", c->count);

    for (int i = 0; i < c->count; i++) {
        struct model *model;
        const struct plan *plan = cmd_plan(c, c->arguments[i], false, &model);
        char *missing = missing_images(plan);
        char *unplanned = plan && plan->skipped ? strdup(plan->skipped) : NULL;

        if (model && checking_only(model) && model->board_name.at.line &&
            !diags_count(c->diags, SEVERITY_ERROR) &&
            asprintf(&unplanned, "board '%s' has no runtime", model->board->name.text) < 0)
            unplanned = NULL;

        written = write_report(c, model, plan) && written;
        errors = cmd_report(c) || errors;
        if (unplanned)
            cmd_note(c, "%s: %s: the rules about the layout did not run", c->arguments[i],
                     unplanned);
        if (missing)
            cmd_note(c, "%s: %s is not built yet: the rules about images did not run",
                     c->arguments[i], missing);
        free(unplanned);
        free(missing);
    }
    return !written ? EXIT_IO : errors ? EXIT_DESCRIPTION : EXIT_CLEAN;
}

const struct command command_check = {
    .name = "check",
    .arguments = "SYSTEM.yaml...",
    .summary = "check descriptions against every rule, write nothing",
    .help =
        "Reads each SYSTEM.yaml with its board and includes, runs every rule and plans the\n"
        "image as far as the guests exist. Silence means that all is well.\n"
        "\n"
        "Descriptions of other tools are read as they are: those that 'hvbuild convert --help'\n"
        "names.\n"
        "\n"
        "examples:\n"
        "  hvbuild check system.yaml\n"
        "  hvbuild check module.xml\n"
        "  hvbuild check --message-format json *.yaml\n"
        "  generate | hvbuild check -",
    .options =
        (const struct option_row[]){
            PROFILE_OPTION,
            {"report", 0, "FILE", "write the report that a build would write"},
            {0},
        },
    .min_arguments = 1,
    .max_arguments = 1 << 20,
    .run = check,
};
