// SPDX-License-Identifier: BSD-2-Clause
// Cache maintenance of guest memory through the copy window; copying itself is in arch.h.
#ifndef BULKHEAD_COPY_H
#define BULKHEAD_COPY_H

#include "core.h"
#include <string.h>

void copy_init(const struct core *core); // before the core copies anything
// Cleans and invalidates at most HV_MAX_MESSAGE bytes to the point of coherency.
void copy_flush(struct core *core, uint64_t phys, uint64_t length);

#endif
