// SPDX-License-Identifier: BSD-2-Clause
// Health monitoring: event -> configured action, written down and said (ARINC 653 P1 2.4).
#ifndef BULKHEAD_HEALTH_H
#define BULKHEAD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct core;
struct vcpu;

// Raises an event in v's partition. `v` is current on its core and trapped. Where the configuration
// gives the event to the process level, v goes on in its handler, if it has one to take it; else
// the configured action is applied: IGNORE continues v behind the instruction that trapped, every
// other action stops v. Returns the vcpu to run.
struct vcpu *health_raise(struct vcpu *v, uint32_t event, uint64_t address, uint64_t syndrome);
// The same for an event that no instruction caused: IGNORE continues v where it is.
struct vcpu *health_interrupt(struct vcpu *v, uint32_t event, uint64_t address, uint64_t syndrome);
// The restarts of a partition are used up: what follows for it, of HALT, SUSPEND and
// SWITCH_SCHEDULE. The schedule is asked for.
uint32_t health_limit(const struct core *core, uint32_t partition, uint32_t restarts);
// An event of the module itself, and its action: does not return when the module ends. `aloud`:
// also a line on the console, if the event is to be logged.
void health_module(const struct core *core, uint32_t event, uint64_t address, uint64_t syndrome,
                   bool aloud);
// An exception in the runtime itself, which nothing but the log may be trusted after. Returns when
// this core alone is to stop.
void health_bug(const struct core *core, uint64_t address, uint64_t syndrome);
// Records an event whose action is already decided: `partition` is an index.
void health_note(const struct core *core, uint32_t partition, uint32_t event, uint32_t action,
                 uint64_t address, uint64_t syndrome);

#endif
