// SPDX-License-Identifier: BSD-2-Clause
// A booted fake machine with the tables of make_tables.h, and the moves that tests make on it.
#ifndef BULKHEAD_RUNTIME_MACHINE_H
#define BULKHEAD_RUNTIME_MACHINE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "arch.h"
#include "fake.h"
#include "make_tables.h"

extern struct made made;

// Resets everything and makes the tables; a test may change `made` and seal it before machine_boot.
int machine_setup(void **state);
// Control's shared page is instead the one in which it reads its stolen time; before sealing.
void machine_stolen_time(void);
// Both cores up to the moment before the first major frame; false: refused.
bool machine_boot(void);
// Goes to the next edge of `core` in time and takes it; the switch follows.
struct vcpu *machine_edge(uint32_t core);
// Takes edges of `core` until `v` owns it.
void machine_window(struct vcpu *v);
// A hypercall of v with up to four arguments; x0 as it comes back. The switch follows.
int64_t machine_call(struct vcpu *v, uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3,
                     uint64_t x4);
// Turns of the idle loop on `core` until somebody is ready or there is nothing to do: how many.
uint32_t machine_idle(uint32_t core);

// The newest record of the health log; NULL: there is none.
const struct tbl_log_record *machine_logged(void);

#define X(v, n)                      ((v)->arch.x[n])
#define CALL(...)                    CALL_(__VA_ARGS__, 0, 0, 0, 0)
#define CALL_(v, f, a, b, c, d, ...) machine_call(v, f, a, b, c, d)

// Where a guest's buffer of DATA_IPA + offset lies on the host.
static inline uint8_t *guest_data(const struct vcpu *v, uint64_t offset)
{
    return (uint8_t *)(uintptr_t)(v->partition->memory[1].phys + offset);
}

enum { VCPU_SENSOR, VCPU_CONTROL_0, VCPU_CONTROL_1, VCPU_DISPLAY };

#endif
