// SPDX-License-Identifier: BSD-2-Clause
// Health monitoring: event -> configured action, and a log of what happened (ARINC 653 P1 2.4).
#ifndef BULKHEAD_HEALTH_H
#define BULKHEAD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct core;
struct vcpu;

enum { HEALTH_RECORDS = 64 };

struct health_record {         // the log: a ring, one per module, newest overwrites oldest
    _Atomic uint64_t sequence; // 1 for the first ever; written last, 0 while the rest changes
    uint64_t time;             // ns since module start
    uint64_t address, syndrome;
    uint32_t partition;     // index; TBL_NONE: module
    uint32_t event, action; // HV_EVENT_*, enum tbl_action
    uint32_t window;        // index of the running window record
};
extern struct health_record health_log[HEALTH_RECORDS];
uint64_t
health_count(void); // events ever recorded; record n (from 1) is at (n - 1) % HEALTH_RECORDS

// Raises an event in v's partition and applies the configured action. `v` is current on its core.
// IGNORE continues v behind the instruction that trapped; every other action stops v. Returns the
// vcpu to run.
struct vcpu *health_raise(struct vcpu *v, uint32_t event, uint64_t address, uint64_t syndrome);
// An event of the module itself. `say`: also a line on the console.
void health_module(struct core *core, uint32_t event, uint64_t address, uint64_t syndrome,
                   bool say);
// Records an event whose action is already decided: `partition` is an index.
void health_note(struct core *core, uint32_t partition, uint32_t event, uint32_t action,
                 uint64_t address, uint64_t syndrome);

#endif
