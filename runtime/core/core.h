// SPDX-License-Identifier: BSD-2-Clause
// What the runtime is made of: a core per processor, partitions, their vcpus; and the rule that
// every handler returns the vcpu to run next.
//
// The hypervisor runs with interrupts masked and to completion, one stack per core, no lock inside a
// core. State shared between cores is a word with one writer, a sequence counter, or a mailbox.
// Memory: everything here is static; the tables (schema/tables.h) are read-only.
#ifndef BULKHEAD_CORE_H
#define BULKHEAD_CORE_H

#include "abi.h"
#include "tables.h"
#include "arch_vcpu.h" // struct vcpu_arch, from the architecture's folder
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vcpu_state {
    VCPU_OFF,     // not started: a secondary before CPU_ON, or after CPU_OFF
    VCPU_READY,   // runs in its windows
    VCPU_RESTING, // gave up its window (idle_self); ready again at the start of its next one
};

struct vcpu {
    struct vcpu_arch arch; // first: assembly addresses registers from the vcpu's own address
    const struct tbl_vcpu *config;
    struct partition *partition;
    struct core *core;
    enum vcpu_state state;
    uint64_t start_entry, start_argument; // what CPU_ON asked for, read at its first window
    bool start_pending;
};

// A partition's life. RESTARTING has no vcpu running: the idle loop of the partition's own windows
// copies and verifies its image chunk by chunk, then starts vcpu 0.
enum partition_state { PARTITION_HALTED, PARTITION_RESTARTING, PARTITION_RUNNING };

struct partition {
    const struct tbl_partition *config;
    const struct tbl_port *ports;       // its own table, port_count entries
    const struct tbl_memory *memory;    // its own table, memory_count entries
    struct vcpu *vcpus;
    _Atomic uint32_t state;             // enum partition_state
    uint32_t mode, start_condition;     // HV_MODE_*, HV_START_*
    uint32_t starts;                    // how often it was started
    uint32_t last_event;                // HV_EVENT_* behind the last restart
    struct restart {                    // progress of RESTARTING
        uint32_t image;                 // index into its own images
        uint64_t offset;                // bytes of that image done
        bool warm;
        uint32_t phase;
    } restart;
};

struct core {
    struct vcpu *current;       // whose registers are in the machine
    struct vcpu *idle;          // runs arch_idle when nobody is ready; has no partition
    const struct tbl_window *window, *first_window, *last_window; // of the running schedule
    struct tbl_window_stat *stat;  // of `window`
    uint64_t frame_start;       // absolute ticks of the running major frame
    uint64_t frame_ticks;
    uint64_t frame_index;
    uint32_t index;
    struct partition *restarting; // partition whose restart the idle loop serves in this window
};

extern struct core cores[HV_MAX_CORES];
extern struct partition partitions[HV_MAX_PARTITIONS];
extern struct vcpu vcpus[HV_MAX_VCPUS];
extern const struct tbl_header *tables; // validated
extern uint64_t module_start;           // absolute ticks of the first major frame

// The records of a section, by type; count in tables->directory[type].count.
static inline const void *tables_section(enum tbl_type type)
{
    return (const char *)tables + tables->directory[type].offset;
}

// ---- tables.c: the validator, also hvbuild's last step ---------------------------------------
// What the running machine is, to hold the tables against.
struct tables_expect {
    uint16_t arch, board;
    uint64_t address;                        // where the tables stand
    uint64_t timer_hz;
    uint64_t runtime_start, runtime_end;     // footprint of the runtime image
    uint64_t ram_start, ram_end;
};
struct tables_fault { // code 0: none. hvbuild turns section and index back into a line
    uint32_t code;    // enum tables_code in tables.c's header
    uint32_t section; // enum tbl_type, or TBL_SECTIONS for the header
    uint32_t index;
};
// Checks everything; the first failure wins. `bytes` readable at `at` may differ from
// expect->address when hvbuild validates before writing.
struct tables_fault tables_check(const void *at, uint64_t size, const struct tables_expect *expect);
const char *tables_code_text(uint32_t code);

// ---- boot.c ----------------------------------------------------------------------------------
// Called by the architecture on the boot core with a stack and zeroed data, then on each other core
// once; both return the vcpu to run (usually idle, until the first frame begins).
struct vcpu *boot_first(void);
struct vcpu *boot_other(uint32_t core);

// ---- schedule.c ------------------------------------------------------------------------------
// The timer reached the current window's end: advance, note lateness, set the next alarm.
struct vcpu *schedule_edge(struct core *core);
// The vcpu that should run now in the current window: its own, or idle (not ready, halted, gap).
struct vcpu *schedule_pick(struct core *core);

// ---- partition.c -----------------------------------------------------------------------------
// Stops the partition and starts it anew; `condition` is HV_START_*, `event` its cause. Takes effect
// at once for the vcpu that runs here; sibling vcpus on other cores are kicked.
struct vcpu *partition_restart(struct vcpu *v, bool warm, uint32_t condition, uint32_t event);
struct vcpu *partition_halt(struct vcpu *v, uint32_t event);
// One bounded chunk of a restart (at most RESTART_CHUNK bytes). True when vcpu 0 is now ready.
enum { RESTART_CHUNK = 256 };
bool partition_restart_step(struct core *core, struct partition *p);
// PSCI, inside the partition. Results are PSCI error codes.
int64_t partition_cpu_on(struct vcpu *v, uint64_t mpidr, uint64_t entry, uint64_t argument);
int64_t partition_cpu_state(const struct vcpu *v, uint64_t mpidr);
struct vcpu *partition_cpu_off(struct vcpu *v);
// Physical address of {ipa, length} when it lies inside one region with all of `rights`
// (TBL_MEM_*), else 0 = none (physical 0 is never guest memory).
uint64_t partition_address(const struct partition *p, uint64_t ipa, uint64_t length, uint32_t rights);

// ---- health.c --------------------------------------------------------------------------------
struct health_record { // the log: a ring, one per module, newest overwrites oldest
    uint64_t time;     // ns since module start
    uint64_t address, syndrome;
    uint32_t partition; // TBL_NONE: module
    uint32_t event, action;
    uint32_t window;   // index of the running window record
};
// Raises an event in v's partition and applies the configured action.
struct vcpu *health_raise(struct vcpu *v, uint32_t event, uint64_t address, uint64_t syndrome);
void health_module(struct core *core, uint32_t event, uint64_t address, uint64_t syndrome);

// ---- hypercall.c, port.c, console.c ------------------------------------------------------------
// A hypercall or PSCI call of v: arguments and results in arch_register(v, n).
struct vcpu *hypercall(struct vcpu *v);
struct vcpu *port_open(struct vcpu *v), *port_status(struct vcpu *v);
struct vcpu *sampling_write(struct vcpu *v), *sampling_read(struct vcpu *v);
struct vcpu *queuing_send(struct vcpu *v), *queuing_receive(struct vcpu *v);
void port_reset(const struct partition *p); // restart: forget what the partition's ports hold
void console_write(struct partition *p, const char *bytes, uint32_t count);
void console_drain(uint32_t budget); // called when idle: print up to `budget` bytes of any partition
void console_say(const char *text);  // the runtime's own voice: boot banner, health messages
void console_say_number(uint64_t value, unsigned base);

#endif
