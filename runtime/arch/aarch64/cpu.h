// SPDX-License-Identifier: BSD-2-Clause
// What the files of this folder share: the core's block, and who calls whom across assembly.
#ifndef BULKHEAD_CPU_H
#define BULKHEAD_CPU_H

#include "core.h"
#include "offsets.h"
#include "sysreg.h"

struct core_block {      // at the top of each core's stack
    struct vcpu *loaded; // whose registers are in the machine; NULL: nobody's, do not save them
    struct core *core;
    uint32_t broken; // a bug of the runtime was reported
    uint32_t reserved;
    struct vcpu *(*irq)(struct vcpu *v, uint64_t iar); // what serves an interrupt
    uint64_t line;                                     // bytes of the smallest data cache line
    uint64_t *window_table;                            // copy window (copy.c)
    uint64_t window;
    uint64_t unused; // the stack stays aligned
};

static inline struct core_block *core_block(void)
{
    struct core_block *block;

    __asm__("mrs %0, tpidr_el2" : "=r"(block));
    return block;
}

// Linker script and assembly.
extern char hv_start[], hv_end[], data_start[], vectors[];
extern uint64_t empty_stage2[512];
void boot_secondary(void);
void mmu_enable(uint64_t root);

// cpu.c, called by assembly.
struct vcpu *cpu_first(void);
struct vcpu *cpu_other(uint64_t index);
void vcpu_leave(struct vcpu *v); // its state is in memory except what needs attention
void vcpu_enter(struct vcpu *v); // its state is in the machine except x and q registers

// Of v, which is loaded and whose counters stand still between windows: its physical timer expires
// as v->arch.own_cval says.
void physical_timer_follow(const struct vcpu *v);

// trap.c, called by assembly.
extern struct vcpu *(*const trap_table[64])(struct vcpu *v, uint64_t esr);
struct vcpu *trap_irq(struct vcpu *v, uint64_t iar);
struct vcpu *trap_irq_traced(struct vcpu *v, uint64_t iar);
// Nobody owns it: it is switched off, and an event of the module.
struct vcpu *trap_unexpected(struct vcpu *v, uint32_t intid);
struct vcpu *trap_serror(struct vcpu *v, uint64_t esr);
_Noreturn void trap_bug(uint64_t esr, uint64_t elr, uint64_t far, uint64_t sp, uint64_t lr);

// sysreg.c
struct vcpu *trap_sysreg(struct vcpu *v, uint64_t esr);

// The guest continues behind the trapped instruction, as if it had been executed (ESR_EL2.IL is its
// length). SPSR_EL2 keeps SS and BTYPE: without debug registers nobody can step, and BTYPE means
// something only where the trapped instruction would have faulted.
static inline void step_over(uint64_t esr)
{
    WRITE_SYSREG(elr_el2, READ_SYSREG(elr_el2) + 2 + (esr >> 24 & 2));
}

// The state of a guest that begins: EL1 with SP_EL1, all interrupts masked.
#define SPSR_EL1H 5u
#define SPSR_DAIF (15u << 6)

// A call to the firmware below (SMC).
int64_t firmware_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);

// Bytes straight to the console, before or outside of core/console.c.
void say(const char *text);
void say_hex(const char *name, uint64_t value);

#endif
