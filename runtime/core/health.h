// SPDX-License-Identifier: BSD-2-Clause
// Health monitoring: event -> configured action, written down and said (ARINC 653 P1 2.4).
#ifndef BULKHEAD_HEALTH_H
#define BULKHEAD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct core;
struct vcpu;

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
