// SPDX-License-Identifier: BSD-2-Clause
// What the runtime is made of: a core per processor, partitions, their vcpus; and the rule that
// every handler returns the vcpu to run next.
//
// The hypervisor runs with interrupts masked and to completion, one stack per core, no lock inside
// a core. State shared between cores is a word with one writer, a sequence counter, or a claim by
// compare-and-exchange that a loser gives up on. Memory: everything here is static; the tables
// (schema/tables.h) are read-only.
#ifndef BULKHEAD_CORE_H
#define BULKHEAD_CORE_H

#include "abi.h"
#include "tables.h"
#include "arch_vcpu.h" // struct vcpu_arch, from the architecture's folder
#include "console.h"
#include "health.h"
#include "log.h"
#include "port.h"
#include "sha256.h"
#include "tables_check.h"
#include "trace.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {                         // vcpu.needs: what an edge must do for it, off the straight line
    VCPU_INTERRUPTS = 1u << 0, // it has device interrupts: config->mask_count > 0
    VCPU_TIMERS = 1u << 1,     // one of them is set
    VCPU_HIDDEN = 1u << 2,     // it may run in windows with a pad or a flush
    VCPU_STOLEN = 1u << 3,     // it is told its stolen time
    VCPU_FROZEN = 1u << 4,     // its counters stand still while it does not have the core
};

// Timers of a vcpu. The watchdog expires at an absolute tick, the others when it has used as much.
enum { TIMER_WATCHDOG, TIMER_BUDGET, TIMER_INITIALISATION, TIMERS };

enum vcpu_state {
    VCPU_OFF,      // not started: a secondary before CPU_ON, or after CPU_OFF
    VCPU_CLAIMED,  // another vcpu is writing start_entry and start_argument
    VCPU_STARTING, // its own core resets it when it is picked next
    VCPU_READY,    // runs in its windows
};

struct vcpu {
    struct vcpu_arch arch; // first: assembly addresses registers from the vcpu's own address
    const struct tbl_vcpu *config;
    struct partition *partition; // NULL: an idle vcpu
    struct core *core;
    _Atomic uint32_t state;               // enum vcpu_state
    uint32_t needs;                       // VCPU_*. Its core writes
    _Atomic uint64_t used;                // ticks it has had, before core->since. Its core writes
    uint64_t timers[TIMERS];              // when they expire. Its core writes
    uint64_t start_entry, start_argument; // what CPU_ON asked for
    // With VCPU_STOLEN; its core writes: ticks in all, and the absolute tick from which on it goes
    // without what it wants; UINT64_MAX: it wants nothing.
    uint64_t stolen, stolen_from;
    // With VCPU_FROZEN, else 0; its core writes: ticks that its counters are ahead of the
    // machine's, and what they showed at the end of its last window.
    uint64_t ahead, seen;
    struct {
        uint64_t entry, stack; // as the guest says; entry 0: there is none
        bool runs;             // it has been called and has not returned
    } handler;                 // of errors at process level. Its core writes
};

// A partition's life. SUSPENDED is RUNNING that no core picks. RESTARTING has no vcpu running: the
// idle loop of vcpu 0's own windows copies and verifies the image chunk by chunk, then starts vcpu
// 0. Who wants to end RUNNING claims it first (STOPPING): the loser of two sides is simply stopped
// with the rest.
enum partition_state {
    PARTITION_HALTED,
    PARTITION_STOPPING,
    PARTITION_RESTARTING,
    PARTITION_RUNNING,
    PARTITION_SUSPENDED,
};

struct restart { // progress of RESTARTING
    enum { RESTART_STOP, RESTART_CLEAR, RESTART_COPY, RESTART_SYNC, RESTART_DONE } phase;
    bool warm;
    uint32_t item;   // index into the partition's own regions (CLEAR) or images (COPY, SYNC)
    uint64_t offset; // bytes of that item done
    struct sha256 digest;
};

struct partition {
    const struct tbl_partition *config;
    uint64_t port_count;
    struct port *ports;                           // its own, port_count
    const struct tbl_memory *memory, *memory_end; // its own records
    struct vcpu *vcpus;                           // vcpu_count
    uint32_t uart;            // record of the interrupt of its emulated PL011, or TBL_NONE
    _Atomic uint32_t state;   // enum partition_state
    _Atomic uint32_t mode;    // HV_MODE_*
    uint32_t start_condition; // HV_START_*
    uint32_t starts;          // how often it was started
    uint32_t last_event;      // HV_EVENT_* behind the last restart, suspension or halt
    uint32_t restarts;        // by the health monitor, since restarts_since; written when claimed
    uint64_t restarts_since;
    struct restart restart;
    _Atomic uint32_t overrule; // what another core wants instead of a restart: OVERRULE_*
};

enum { OVERRULE_NONE, OVERRULE_HALT, OVERRULE_COLD };

struct core {
    struct vcpu
        *current;      // whose registers are in the machine. The switch stores it (release) after
                       // the old registers are in memory; others read it to see a vcpu has left
    struct vcpu *idle; // runs the idle loop when nobody is ready
    const struct tbl_duty *duties; // of the running schedule, by partition
    const struct tbl_window *window, *first_window, *last_window; // of the running schedule
    struct tbl_window_stat *stat, *first_stat;                    // of `window`, of `first_window`
    uint64_t edge;        // absolute ticks at which `window` ends
    uint64_t since;       // absolute ticks from which on `current` is not yet charged
    uint64_t frame_start; // absolute ticks of the running major frame
    uint64_t frame_ticks;
    uint64_t frame_index;        // of all major frames, whatever their schedules
    uint64_t late_from;          // a start this late leaves the straight line: it is beyond the
                                 // module's bound. 0: each one does, to be traced
    struct vcpu *_Atomic owner;  // whose time it is: the window's vcpu, or who got the rest of it;
                                 // idle in a gap. This core writes
    struct vcpu *_Atomic chosen; // by the last schedule_pick. This core writes
    bool rested;                 // the rest of the window was given up, and nobody took it
    uint32_t offered;            // receivers that were offered it so far
    uint32_t index;
    _Atomic uint32_t online; // this core waits for module_start
    _Atomic uint64_t change; // number of the change of schedule that this core made last
    uint64_t skipped;        // windows that had passed before they could start
};

extern struct core cores[HV_MAX_CORES];
extern struct partition partitions[HV_MAX_PARTITIONS];
extern struct vcpu vcpus[HV_MAX_VCPUS];
extern const struct tbl_header *tables; // validated
extern const struct tbl_module *module; // of the tables
extern _Atomic uint64_t module_start;   // absolute ticks of the first major frame; 0: not yet known

// The records of a section, by type; count in tables->directory[type].count.
static inline const void *tables_section(enum tbl_type type)
{
    return (const char *)tables + tables->directory[type].offset;
}

// Whether a name of the tables, which stands first in its record, is the one that a call has in
// four registers from x on.
static inline bool name_is(const char *name, const uint64_t *x)
{
    uint64_t words[HV_NAME_SIZE / 8];

    __builtin_memcpy(words, __builtin_assume_aligned(name, 8), sizeof words);
    return !((words[0] ^ x[0]) | (words[1] ^ x[1]) | (words[2] ^ x[2]) | (words[3] ^ x[3]));
}

// Where v, with VCPU_STOLEN, reads its stolen time.
static inline uint64_t stolen_time_address(const struct vcpu *v)
{
    return TBL_STOLEN_TIME_ADDRESS + v->config->index * TBL_STOLEN_TIME_STRIDE;
}

// Exact, rounded down: no product exceeds 64 bits for 584 years.
static inline uint64_t ns_from_ticks(uint64_t ticks)
{
    uint64_t whole = ticks / module->ns_denominator, rest = ticks % module->ns_denominator;

    return whole * module->ns_numerator + rest * module->ns_numerator / module->ns_denominator;
}

// The same back, rounded up.
static inline uint64_t ticks_from_ns(uint64_t ns)
{
    uint64_t whole = ns / module->ns_numerator, rest = ns % module->ns_numerator;

    return whole * module->ns_denominator +
           (rest * module->ns_denominator + module->ns_numerator - 1) / module->ns_numerator;
}

// ---- boot.c ----------------------------------------------------------------------------------
// Called by the architecture on the boot core with a stack and zeroed data, then on each other core
// once; both return the core's idle vcpu, to run until the first frame begins.
struct vcpu *boot_first(void);
struct vcpu *boot_other(uint32_t core);

// ---- schedule.c ------------------------------------------------------------------------------
// The timer reached the current window's end: advance, note lateness, set the next alarm.
struct vcpu *schedule_edge(struct core *core);
// The vcpu that should run now in the current window: its own, or idle (not ready, halted, gap).
// Also the answer to a kick.
struct vcpu *schedule_pick(struct core *core);
// HV_IDLE_SELF: the rest of the window belongs to the next of its receivers that can run, else to
// nobody.
struct vcpu *schedule_rest(struct core *core);
// One bounded piece of background work, from the idle loop with interrupts masked: restart of the
// window's partition, else console. Returns a vcpu that became ready: switch to it; the idle vcpu:
// there is more to do, call again after letting interrupts in; NULL: wait for an interrupt.
struct vcpu *schedule_idle(struct core *core);

// Charges who is loaded with its time until now, or until the edge when that has passed. Returns
// what it takes for now.
uint64_t schedule_charge(struct core *core);

// ---- change.c --------------------------------------------------------------------------------
// Number of the newest change of schedule, in effect or ahead. A core whose own number is lower
// has one to make.
extern _Atomic uint64_t change_newest;
// Boot: the initial schedule begins at this absolute tick.
void change_begin(uint64_t start);
// Puts the core at the first window of a schedule, given by its index.
void change_adopt(struct core *core, uint32_t schedule);
// A frame begins on the core, which has a change to make: now, when this is its boundary. Restarts
// the partitions whose first vcpu lives here, as the new schedule says.
void change_follow(struct core *core);
// The health monitor asks for a schedule, by its index, as HV_SCHEDULE_SET does. What cannot be had
// now is asked for again.
void change_want(uint32_t schedule);
// From the idle loop: true when there still is something to ask for.
bool change_again(void);
// Hypercalls of abi.h; arguments and results in arch_register(v, n).
struct vcpu *schedule_find(struct vcpu *v);
struct vcpu *schedule_status(struct vcpu *v);
struct vcpu *schedule_set(struct vcpu *v);

// ---- partition.c -----------------------------------------------------------------------------
// Stops v's partition and starts it anew; `condition` is HV_START_*, `event` its cause. Takes
// effect at once for v, which is current on this core; siblings on other cores are kicked. A warm
// restart out of COLD_START is a cold one (P1: there is no context yet). With an event as cause it
// counts: at the configured limit HV_EVENT_RESTART_LIMIT takes its place.
struct vcpu *partition_restart(struct vcpu *v, bool warm, uint32_t condition, uint32_t event);
struct vcpu *partition_halt(struct vcpu *v, uint32_t event);
struct vcpu *partition_suspend(struct vcpu *v, uint32_t event);
// A schedule begins: `action` is IGNORE, COLD_START or WARM_START. Called on the core of p's first
// vcpu, which goes on to another window. What is halted or suspended stays so, and a restart under
// way goes on, cold when either is.
void partition_change(struct partition *p, const struct core *core, uint32_t action);
// HV_PARTITION_CONTROL: one of HV_CONTROL_*, asked on `core`. Returns HV_OK or an error of that
// call. When p runs on `core`, schedule_pick tells who goes on.
int64_t partition_control(struct partition *p, const struct core *core, uint64_t control);
// It has started, and its images lie in place: there is no copy of them to start it from again.
bool partition_used_up(const struct partition *p);
// First start: marks the partition RESTARTING, for partition_restart_step.
void partition_prepare(struct partition *p);
// One bounded chunk of a restart: RESTART_CHUNK bytes hashed and copied, or RESTART_BLOCK bytes
// zeroed or made visible. True when vcpu 0 is now ready; the state tells HALTED from "not yet".
// One SHA-256 block is the chunk, because a step may delay the next window's start.
enum { RESTART_CHUNK = 64, RESTART_BLOCK = 4096 };
bool partition_restart_step(struct core *core, struct partition *p);
// Whether ipa lies in the page below a region with a guard.
bool partition_guards(const struct partition *p, uint64_t ipa);
// Physical address of {ipa, length} when it lies inside one region of memory (no device) with all
// of `rights` (TBL_MEM_*), else 0 = none (physical 0 is never guest memory).
static inline uint64_t partition_address(const struct partition *p, uint64_t ipa, uint64_t length,
                                         uint32_t rights)
{
    // The last first: buffers lie in data, which is mostly declared behind code.
    for (const struct tbl_memory *m = p->memory_end; m-- > p->memory;) {
        uint64_t offset = ipa - m->address; // wraps to a large number below the region

        if (offset < m->size && length <= m->size - offset)
            return (m->attributes & (rights | TBL_MEM_DEVICE)) == rights ? m->phys + offset : 0;
    }
    return 0;
}

// ---- hypercall.c -----------------------------------------------------------------------------
// A hypercall or PSCI call of v: arguments and results in arch_register(v, n).
struct vcpu *hypercall(struct vcpu *v);
// Boot: whether calls are to be traced.
void hypercall_prepare(void);

// ---- manage.c --------------------------------------------------------------------------------
// Hypercalls of abi.h; arguments and results in arch_register(v, n).
struct vcpu *partition_find(struct vcpu *v);
struct vcpu *partition_query(struct vcpu *v);
struct vcpu *partition_manage(struct vcpu *v);
struct vcpu *module_end(struct vcpu *v);

// ---- timer.c ---------------------------------------------------------------------------------
// v starts: its timers are off, but for the bound on the initialisation of its partition.
void timer_reset(struct vcpu *v);
// The partition of v is initialised.
void timer_initialised(struct vcpu *v);
// v, which has timers set, goes on in time that is charged until now: the alarm is the first of
// them, or the edge.
void timer_alarm(const struct vcpu *v);
// The alarm came before the edge. v is loaded and charged: what has expired at `now` happens.
// Returns the vcpu to run.
struct vcpu *timer_expire(struct vcpu *v, uint64_t now);
// Hypercalls of abi.h; arguments and results in arch_register(v, n).
struct vcpu *execution_time(struct vcpu *v);
struct vcpu *watchdog_set(struct vcpu *v);
struct vcpu *budget_set(struct vcpu *v);

// ---- handler.c -------------------------------------------------------------------------------
// v starts: it has no handler.
void handler_reset(struct vcpu *v);
// Calls the handler of v, which is current and has trapped. False: it has none to take the event.
bool handler_enter(struct vcpu *v, uint32_t event, uint64_t address, uint64_t syndrome);
// Hypercalls of abi.h; arguments and results in arch_register(v, n).
struct vcpu *handler_set(struct vcpu *v);
struct vcpu *handler_return(struct vcpu *v);

// ---- doorbell.c ------------------------------------------------------------------------------
extern _Atomic uint64_t doorbell_quiet[HV_MAX_INTERRUPTS];
// Hypercalls of abi.h; arguments and results in arch_register(v, n).
struct vcpu *doorbell_open(struct vcpu *v);
struct vcpu *doorbell_ring(struct vcpu *v);

// ---- pl011.c ---------------------------------------------------------------------------------
// The emulated PL011 of a partition that has one, by a TBL_IRQ_PL011 record.
void pl011_prepare(struct partition *p);     // boot
void pl011_reset(const struct partition *p); // the partition starts
static inline bool pl011_covers(const struct partition *p, uint64_t ipa)
{
    return p->uart != TBL_NONE && ipa - TBL_PL011_ADDRESS < TBL_PL011_SIZE;
}
// A 32-bit register at a multiple of 4 from the start; registers have 16 bits at most.
uint32_t pl011_read(struct vcpu *v, uint32_t offset);
// The interrupt of the board's console came, on the core of p's first vcpu, while v is current: p
// gets what was typed, as far as its FIFO has room.
void pl011_receive(struct vcpu *v, struct partition *p);
void pl011_write(struct vcpu *v, uint32_t offset, uint32_t value);

// ---- psci.c ----------------------------------------------------------------------------------
// The same for what is no hypercall of abi.h: SMCCC and PSCI, else HV_NOT_SUPPORTED.
struct vcpu *standard_call(struct vcpu *v);

#endif
