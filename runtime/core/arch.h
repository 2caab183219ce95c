// SPDX-License-Identifier: BSD-2-Clause
// What core/ asks of an architecture. arch/aarch64 implements it on the machine, arch/fake on the
// build host for unit tests. Nothing here names a register.
#ifndef BULKHEAD_ARCH_H
#define BULKHEAD_ARCH_H

#include "core.h"

// ---- Time: the counter that never stops, in ticks of tables->timer_hz --------------------------
uint64_t arch_time(void);
void arch_alarm(uint64_t ticks); // this core's next window edge, absolute; passed: fires at once

// ---- Virtual processors ------------------------------------------------------------------------
// No vcpu of the partition runs: its interrupt controller is as after power-on.
void arch_partition_reset(struct partition *p);
// Gives every register of the switch set its start value; execution begins at `entry` with
// x0 = argument, MMU off, interrupts masked. Stale translations of the partition are dropped at the
// next entry.
void arch_vcpu_reset(struct vcpu *v, uint64_t entry, uint64_t argument);
void arch_idle_init(struct core *core, struct vcpu *idle);
// x0..x18 of a trapped vcpu, one after the other in memory.
static inline uint64_t *arch_register(struct vcpu *v, unsigned n);
// Steps over the instruction that trapped, unless the machine already did; a load yields zero.
// Called when the configured action for an event is to ignore it.
void arch_vcpu_skip(struct vcpu *v);
// What v, which trapped, was about to do is kept, and it goes on in its handler (v->handler) with
// four arguments: these three, and where it was.
void arch_handler_enter(struct vcpu *v, uint64_t event, uint64_t address, uint64_t syndrome);
// v goes on with what was kept: where it was, or with `skip` behind the instruction that trapped.
void arch_handler_return(struct vcpu *v, bool skip);
// Called on the core whose window starts or ends: device interrupts of `v` on or off. Not called
// for a vcpu that has none.
void arch_interrupts_enable(const struct vcpu *v);
void arch_interrupts_disable(const struct vcpu *v);
// The interrupt of a soft TBL_INTERRUPT record pends in its vcpu; `v` is current on this core. True
// when the target runs on another core, which needs a kick to see it now.
bool arch_interrupt_raise(struct vcpu *v, struct vcpu *target, uint32_t record);
// The same for one that is a level: it pends while it is high.
bool arch_interrupt_level(struct vcpu *v, struct vcpu *target, uint32_t record, bool high);
// The interrupt of the board's console, tbl_module.input, which is held back from the moment it
// comes, may come again: at once when there still is something to receive.
void arch_input_again(void);
// The next time that v is loaded it begins at this tick and not before; `flush`: and finds nothing
// of others in the core's caches and TLBs.
void arch_vcpu_hide(struct vcpu *v, uint64_t from, bool flush);
// v is current: the absolute ticks from which on it wants to run. 0: now; while it waits for an
// interrupt that is the expiry of its first timer, UINT64_MAX without one.
uint64_t arch_vcpu_wants(const struct vcpu *v);
// v is current and its window is followed by another one of its own: what was raised meanwhile
// without a kick reaches it.
void arch_vcpu_again(struct vcpu *v);

// ---- Guest memory, mapped only while copying ---------------------------------------------------
// length <= HV_MAX_MESSAGE; physical range already checked.
void arch_copy_in(struct core *core, void *to, uint64_t from_phys, uint64_t length);
void arch_copy_out(struct core *core, uint64_t to_phys, const void *from, uint64_t length);
// Also makes the zeroes visible to a guest whose caches are off.
void arch_zero(struct core *core, uint64_t to_phys, uint64_t length);
// After code was written: clean to the point of coherency, invalidate instruction caches.
void arch_sync_code(struct core *core, uint64_t phys, uint64_t length);

// ---- Other cores -------------------------------------------------------------------------------
void arch_kick(uint32_t core);       // make it call schedule_pick soon
bool arch_core_on(uint32_t core);    // start it; it calls boot_other. False: firmware refused
_Noreturn void arch_end(bool reset); // the whole computer, off or through its reset
_Noreturn void arch_stop(void);      // boot failed: this core waits for ever
static inline void arch_relax(void); // inside a bounded wait

// ---- Boot ---------------------------------------------------------------------------------------
void arch_expect(struct tables_expect *e);
void arch_mmu_on(uint64_t root); // EL2 stage 1 from the tables, on this core
// The compiler may call memcpy, memmove, memset and memcmp; the architecture brings them.
// arch_translation_check: see tables_check.h.

// ---- Board -------------------------------------------------------------------------------------
extern const char board_name[]; // for the boot banner
bool board_console_ready(void); // room for one byte
void board_console_put(char c);
void board_console_listen(void);  // its interrupt comes while there is something to receive
bool board_console_take(char *c); // the next byte received; false: there is none

#include "arch_inline.h" // the inline ones above
#endif
