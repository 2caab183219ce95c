// SPDX-License-Identifier: BSD-2-Clause
// hvbuild convert: a description in the language of another tool as system.yaml.
#include "cmd.h"
#include "import/import.h"
#include "model/dialects.h"
#include "report/model_yaml.h"

#include <stdio.h>
#include <string.h>

static void put_header(struct text *out, const struct cmd *c, const struct model *m,
                       const struct dialect_info *dialect)
{
    const char *file = c->arguments[0], *slash = strrchr(file, '/');

    text_add(out, "# Converted from %s%s%s by hvbuild.\n", dialect->title,
             strcmp(file, "-") == 0 ? "" : " file ",
             strcmp(file, "-") == 0 ? ""
             : slash                ? slash + 1
                                    : file);
    if (m->remarks.count)
        text_add(out, "# What has no equivalent here stands in comments: %zu of them.\n",
                 m->remarks.count);
}

static int convert(struct cmd *c)
{
    struct text out = {.arena = c->arena};
    struct model *m = system_read(c->arena, c->diags, c->arguments[0]);

    if (strcmp(c->arguments[0], "-") != 0)
        cmd_input(c, c->arguments[0]);
    if (!m)
        return EXIT_CLEAN; // main knows of the errors
    cmd_inputs_of(c, m);
    const struct dialect_info *dialect = dialect_find(m->dialect);
    if (!m->foreign)
        return cmd_usage(c,
                         "'%s' is in the language of system.yaml already: 'hvbuild expand' "
                         "writes it anew",
                         c->arguments[0]);
    if (m->misread) // what was not understood cannot be written
        return EXIT_CLEAN;
    put_header(&out, c, m, dialect);
    model_yaml(&out, m, cmd_option(c, "output"), false);
    if (out.length > SOURCE_LIMIT)
        return cmd_failed(c, "'%s' becomes %s, more than is read from one file", c->arguments[0],
                          size_text(c->arena, out.length));
    return cmd_write(c, cmd_option(c, "output"), &out);
}

const struct command command_convert = {
    .name = "convert",
    .arguments = "FILE [-o OUT.yaml]",
    .summary = "write the description of another tool as system.yaml",
    .help =
        "Reads ARINC 653 XML, XtratuM XM_CF, PRTOS, XNG, JetOS, a653rs-linux and POK, and writes\n"
        "the same system in the language of hvbuild, with a comment wherever something has no\n"
        "equivalent. No rules run: checking the result gives the findings that checking the file\n"
        "gives, so a system can be converted first and mended then. Only text that is not\n"
        "understood is not converted: then nothing is written.\n"
        "\n"
        "The result is for `board: generic`, which hvbuild checks; name a real board instead of\n"
        "it and give the partitions their images to build it.\n"
        "\n"
        "examples:\n"
        "  hvbuild convert xm_cf.xml -o system.yaml\n"
        "  hvbuild convert module.xml | hvbuild check -",
    .options =
        (const struct option_row[]){
            {"output", 'o', "OUT.yaml", "write to OUT.yaml instead of the output stream"},
            {0},
        },
    .min_arguments = 1,
    .max_arguments = 1,
    .run = convert,
};
