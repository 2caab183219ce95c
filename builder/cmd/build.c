// SPDX-License-Identifier: BSD-2-Clause
// hvbuild SYSTEM.yaml: checks everything, writes the image and its report.
#include "cmd.h"
#include "image/image.h"
#include "options.h"
#include "report/report_json.h"
#include "report/tables_json.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

static const struct option_row options[] = {
    {"output", 'o', "IMAGE", "name of the image (default: SYSTEM.elf in this directory)"},
    PROFILE_OPTION,
    {0},
};

// As compilers do: the description's name without directory and extension, in this directory.
static const char *default_output(struct arena *a, const char *system)
{
    const char *slash = strrchr(system, '/'), *name = slash ? slash + 1 : system;
    const char *dot = strrchr(name, '.');
    int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);

    return strcmp(system, "-") == 0 ? "system.elf" : arena_printf(a, "%.*s.elf", stem, name);
}

static const char *report_path(struct arena *a, const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *folder = arena_text(a, image, slash ? (size_t)(slash + 1 - image) : 0);

    return arena_printf(a, "%sreport.json", folder);
}

static void say_built(const struct cmd *c, const struct plan *p, const char *image)
{
    char id[17] = "";

    for (int i = 0; i < 8; i++)
        snprintf(id + 2 * i, 3, "%02x", p->config_id[i]);
    if (!c->quiet)
        printf("%s: %zu partition%s on %zu core%s, %s, configuration %s\n", image,
               p->model->partitions.count, p->model->partitions.count == 1 ? "" : "s",
               p->cores.count, p->cores.count == 1 ? "" : "s",
               size_text(c->arena, p->end_address - p->model->board->load_address), id);
}

static int build(struct cmd *c)
{
    struct model *model = NULL;
    struct report report = {.version = HVBUILD_VERSION, .system = c->arguments[0]};
    const char *image = cmd_option(c, "output");

    if (!image)
        image = default_output(c->arena, c->arguments[0]);
    const char *outputs[] = {image, flat_path(c->arena, image), NULL};
    if (strcmp(outputs[0], outputs[1]) == 0)
        return cmd_usage(c,
                         "the output '%s' needs another name: the flat image gets the extension "
                         ".bin",
                         image);

    const char *report_file = report_path(c->arena, image);
    if (strcmp(image, report_file) == 0)
        return cmd_usage(c, "the output '%s' needs another name: the report is called so", image);

    struct plan *plan = cmd_plan(c, c->arguments[0], true, &model);
    if (!cmd_may_write(c, outputs[0]) || !cmd_may_write(c, outputs[1]) ||
        !cmd_may_write(c, report_file))
        return EXIT_IO;
    const char *failure = plan ? plan->failure : NULL;
    report.weights = c->options->weights.items;
    report.weight_count = c->options->weights.count;
    report.model = model;
    report.plan = plan;
    if (plan && plan->complete) {
        failure = container_write(c->arena, plan, image);
        report.verified = !failure;
        if (!container_flat(plan))
            outputs[1] = NULL;
        report.outputs = failure ? NULL : outputs;
    }
    const char *unreported = report_write(c->arena, c->diags, &report, report_file);
    if (failure)
        return cmd_failed(c, "%s", failure);
    if (unreported)
        return cmd_failed(c, "%s", unreported);
    if (!plan || !plan->complete)
        return EXIT_CLEAN; // main knows of the errors
    cmd_output(c, outputs[0]);
    if (outputs[1])
        cmd_output(c, outputs[1]);
    else
        cmd_note(c, "no flat image: with 'reload: none' its parts lie all over the RAM");
    cmd_output(c, report_file);
    say_built(c, plan, image);
    return EXIT_CLEAN;
}

const struct command command_build = {
    .name = "build",
    .arguments = "SYSTEM.yaml [-o IMAGE]",
    .summary = "check everything, write the image and report.json",
    .help =
        "Reads SYSTEM.yaml with its board, its includes and the guests' programs, runs every\n"
        "rule, plans memory and time, and writes beside each other\n"
        "\n"
        "  IMAGE        a bootable ELF: qemu-system-aarch64 -kernel IMAGE, or hvbuild run IMAGE\n"
        "  *.bin        IMAGE with this extension: the same as a flat arm64 Image (booti);\n"
        "               not with `reload: none`\n"
        "  report.json  inputs and outputs with SHA-256, every rule's verdict, the whole plan\n"
        "\n"
        "When something is wrong only the report is written. The same input gives the same\n"
        "bytes, wherever it lies. The word `build` may be left out.\n"
        "\n"
        "examples:\n"
        "  hvbuild system.yaml\n"
        "  hvbuild system.yaml -o out/flight.elf --depfile out/flight.d",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = build,
};
