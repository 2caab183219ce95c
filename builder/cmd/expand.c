// SPDX-License-Identifier: BSD-2-Clause
// hvbuild expand: a description with everything said: defaults, addresses, windows.
#include "cmd.h"
#include "image/image.h"
#include "report/model_yaml.h"

#include <stdio.h>

static int expand(struct cmd *c)
{
    struct text out = {.arena = c->arena};
    struct model *model;

    // A plan, where the guests are there, knows the addresses; without one they are left open.
    cmd_plan(c, c->arguments[0], false, &model);
    if (!model || diags_count(c->diags, SEVERITY_ERROR))
        return EXIT_CLEAN; // main knows of the errors
    model_yaml(&out, model, cmd_option(c, "output"), true);
    if (out.length > SOURCE_LIMIT)
        return cmd_failed(c, "'%s' unfolds to %s, more than is read from one file", c->arguments[0],
                          size_text(c->arena, out.length));
    return cmd_write(c, cmd_option(c, "output"), &out);
}

const struct command command_expand = {
    .name = "expand",
    .arguments = "SYSTEM [-o OUT.yaml]",
    .summary = "print a description with everything said",
    .help =
        "Writes the description as system.yaml in a fixed order: includes and defaults taken in,\n"
        "repetitions unfolded into windows, and where the guests' programs exist also the\n"
        "physical addresses that were chosen. Checking the result gives the same findings, and\n"
        "two descriptions mean the same when this prints the same. Nothing is printed for a\n"
        "description with errors.\n"
        "\n"
        "examples:\n"
        "  hvbuild expand system.yaml\n"
        "  diff <(hvbuild expand old.yaml) <(hvbuild expand new.yaml)",
    .options =
        (const struct option_row[]){
            {"output", 'o', "OUT.yaml", "write to OUT.yaml instead of the output stream"},
            PROFILE_OPTION,
            {0},
        },
    .min_arguments = 1,
    .max_arguments = 1,
    .run = expand,
};
