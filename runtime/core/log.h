// SPDX-License-Identifier: BSD-2-Clause
// The health log: records of what happened (tbl_log), kept over a reset of the module.
#ifndef BULKHEAD_LOG_H
#define BULKHEAD_LOG_H

#include "tables.h"
#include <stdbool.h>
#include <stdint.h>

struct core;
struct vcpu;

// Boot, once the log is mapped: keeps what an earlier start of the same configuration left and says
// what was found, discards everything else, and records that the module has started.
void log_begin(void);
// Records what `core` noticed: the caller fills partition (index, TBL_NONE: the module), event,
// level, action, address and syndrome, this adds the rest. A partition that has used up what it may
// record (tbl_module.log_records at once, log_per_frame in the long run) is counted instead.
void log_record(const struct core *core, struct tbl_log_record *r);
// Whether the console may have a line about the partition too: log_per_frame in a major frame.
// *silent becomes the number of lines that it did not have since the last one.
bool log_may_say(const struct core *core, uint32_t partition, uint32_t *silent);
uint64_t log_newest(void); // sequence number of the newest record; 0: none

// Hypercalls of abi.h; arguments and results in arch_register(v, n).
struct vcpu *log_status(struct vcpu *v);
struct vcpu *log_read(struct vcpu *v);

#endif
