// SPDX-License-Identifier: BSD-2-Clause
// The commands of hvbuild, in the order in which --help shows them.
#include "cmd.h"

const struct command *const commands[] = {
    &command_build,    &command_check,
    &command_schedule, &command_convert,
    &command_expand,   &command_inspect,
    &command_verify,   &command_run,
    &command_trace,    &command_log,
    &command_rules,    &command_explain,
    &command_schema,   NULL,
};
