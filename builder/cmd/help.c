// SPDX-License-Identifier: BSD-2-Clause
// --help: pages that fit a terminal, made from the tables that the parser uses.
#include "options.h"

#include <string.h>

static void print_rows(const struct option_row *rows)
{
    for (; rows->name; rows++) {
        char left[64] = "    ", letter[5] = "";

        if (!rows->help)
            continue;
        if (rows->letter)
            snprintf(letter, sizeof letter, "-%c, ", rows->letter);
        snprintf(left, sizeof left, "  %4s--%s%s%s", letter, rows->name, rows->value ? " " : "",
                 rows->value ? rows->value : "");
        printf("%-28s %s\n", left, rows->help);
    }
}

static void help_overview(void)
{
    puts("hvbuild turns one description of a partitioned computer into one bootable image,\n"
         "and proves on the way that the description is right.\n"
         "\n"
         "usage: hvbuild COMMAND ...     or: hvbuild SYSTEM.yaml [-o IMAGE]   to build\n"
         "\n"
         "commands:");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    puts("\noptions of every command:");
    print_rows(common_options);
    puts("\n'hvbuild COMMAND --help' says more. '-' is standard input. Exit codes: 0 clean, 1 the\n"
         "description is wrong, 2 the command line is wrong, 3 input, output or internal failure.");
}

void help_print(const struct command *command)
{
    if (!command) {
        help_overview();
        return;
    }
    printf("usage: hvbuild %s %s\n\n%c%s.\n", command->name, command->arguments,
           command->summary[0] >= 'a' && command->summary[0] <= 'z'
               ? command->summary[0] - 'a' + 'A'
               : command->summary[0],
           command->summary + 1);
    if (command->help)
        printf("\n%s\n", command->help);
    if (command->options) {
        puts("\noptions:");
        print_rows(command->options);
    }
    puts("\noptions of every command:");
    print_rows(common_options);
}
