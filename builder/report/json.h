// SPDX-License-Identifier: BSD-2-Clause
// Text of any origin as JSON.
#ifndef HVBUILD_JSON_H
#define HVBUILD_JSON_H

#include "base/base.h"
#include <jansson.h>

// A JSON string; what is not UTF-8 becomes U+FFFD, as a file name may have it. NULL gives null.
json_t *json_safe(struct arena *a, const char *text);

#endif
