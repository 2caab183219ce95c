// SPDX-License-Identifier: BSD-2-Clause
// Cache maintenance of guest memory through the copy window; copying itself is in arch.h.
#ifndef BULKHEAD_COPY_H
#define BULKHEAD_COPY_H

#include "core.h"

void copy_init(void); // once on each core, when the tables are valid
// Cleans and invalidates at most HV_MAX_MESSAGE bytes to the point of coherency.
void copy_flush(uint64_t phys, uint64_t length);

#endif
