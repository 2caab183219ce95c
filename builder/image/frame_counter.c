// SPDX-License-Identifier: BSD-2-Clause
// Where a running module counts its major frames: a field of the runtime's own record of core 0,
// for a debugger or for `hvbuild run --frames`. In a file of its own, since model and runtime both
// speak of partitions.
#include "core/core.h"

uint64_t frame_counter_offset(void);

uint64_t frame_counter_offset(void)
{
    return offsetof(struct core, frame_index);
}
