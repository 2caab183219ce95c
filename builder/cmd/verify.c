// SPDX-License-Identifier: BSD-2-Clause
// hvbuild verify IMAGE SYSTEM: whether an image is what a description says.
#include "cmd.h"
#include "image/image.h"

#include <stdio.h>

static int verify(struct cmd *c)
{
    struct text findings = {.arena = c->arena};
    struct model *model;
    const char *why, *image = c->arguments[0];
    bool unreadable;

    if (!cmd_plan(c, c->arguments[1], true, &model))
        return EXIT_CLEAN; // main knows of the errors
    struct container *container = container_read(c->arena, image, &unreadable, &why);
    cmd_input(c, image);
    if (!container) {
        cmd_failed(c, "'%s' %s", image, why);
        return unreadable ? EXIT_IO : EXIT_DESCRIPTION;
    }
    if (!container_verify(c->arena, container, model, &findings)) {
        cmd_failed(c, "'%s' is not what '%s' describes:", image, c->arguments[1]);
        fputs(findings.bytes ? findings.bytes : "", stderr);
        return EXIT_DESCRIPTION;
    }
    if (!c->quiet)
        printf("%s: is what %s describes\n", image, c->arguments[1]);
    return EXIT_CLEAN;
}

const struct command command_verify = {
    .name = "verify",
    .arguments = "IMAGE SYSTEM.yaml",
    .summary = "hold an image against a description",
    .help = "Reads the image back and compares it with the description and the guests' programs:\n"
            "the memory map by walking the translation tables, windows, ports, channels, health\n"
            "actions, digests. Each difference is one line; exit code 1 when there is any.\n"
            "\n"
            "example:\n"
            "  hvbuild verify system.elf system.yaml",
    .options =
        (const struct option_row[]){
            PROFILE_OPTION,
            {0},
        },
    .min_arguments = 2,
    .max_arguments = 2,
    .run = verify,
};
