// SPDX-License-Identifier: BSD-2-Clause
// Inside hvbuild schema: what its two forms share.
#ifndef HVBUILD_SCHEMA_H
#define HVBUILD_SCHEMA_H

#include "cmd.h"
#include "model/keys.h"

const char *schema_name(enum object_id id); // "memory", as a definition and an anchor
int schema_markdown(void);                  // prints the reference page; an exit code

#endif
