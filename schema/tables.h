// SPDX-License-Identifier: BSD-2-Clause
// The binary tables: hvbuild writes them, the runtime reads them. The only bridge between the two.
//
// Little-endian, 8-byte aligned, fixed-size records, counts and indices; no pointer, bit-field,
// enum or bool. All times are absolute ticks of the board's generic timer within the major frame;
// all addresses are physical unless a field says IPA. The tables start at a 4 KiB boundary and are
// mapped read-only; everything that changes at run time lives in the state area they name.
//
// A directory entry's position is its type: directory[t] describes section t. A newer minor version
// only appends sections or record types; a runtime refuses another major version. The validator in
// runtime/core/tables.c is the one definition of "well-formed" and is also hvbuild's last step.
#ifndef BULKHEAD_TABLES_H
#define BULKHEAD_TABLES_H

#include "hv_limits.h"
#include <stdint.h>

#define TBL_MAGIC 0x444145484b4c5542u // "BULKHEAD" read as a little-endian word
#define TBL_MAJOR 4u
#define TBL_MINOR 0u
#define TBL_NONE  0xffffffffu // "no index"

enum { TBL_ARCH_AARCH64 = 183 }; // EM_AARCH64
enum { TBL_BOARD_QEMU_VIRT = 1 };

enum tbl_type {
    TBL_MODULE,      // 1 x tbl_module
    TBL_CORE,        // tbl_core, index = core
    TBL_PARTITION,   // tbl_partition, in the order of system.yaml
    TBL_VCPU,        // tbl_vcpu, grouped by partition
    TBL_MEMORY,      // tbl_memory, grouped by partition, the hypervisor's own last
    TBL_INTERRUPT,   // tbl_interrupt, grouped by partition, ascending intid inside it
    TBL_IRQ_MASK,    // tbl_irq_mask, grouped by vcpu, ascending word inside it
    TBL_SCHEDULE,    // tbl_schedule
    TBL_DUTY,        // tbl_duty, index = schedule * partitions + partition
    TBL_FRAME,       // tbl_frame, index = schedule * cores + core
    TBL_WINDOW,      // tbl_window, grouped by frame, contiguous: idle time is a window too
    TBL_RECEIVER,    // tbl_receiver, in lists that windows name
    TBL_PORT,        // tbl_port, grouped by partition, ascending name (by bytes) inside it
    TBL_CHANNEL,     // tbl_channel
    TBL_DOORBELL,    // tbl_doorbell, grouped by source partition, ascending name inside it
    TBL_RING,        // tbl_ring, grouped by doorbell
    TBL_HEALTH,      // tbl_health, index = partition * HV_EVENT_COUNT + event (abi.h); the module
                     // stands behind the last partition
    TBL_IMAGE,       // tbl_image, grouped by partition: one per loaded ELF segment
    TBL_TRANSLATION, // 4 KiB pages: stage 2 of each partition, then stage 1 of EL2; entry size 4096
    TBL_SECTIONS
};

struct tbl_section {
    uint64_t offset; // bytes from the start of the tables, multiple of 8 (4096 for TRANSLATION)
    uint32_t count;
    uint32_t entry_size; // exactly the size of the record of this version
    uint32_t crc;        // CRC-32C of the section's count * entry_size bytes
    uint32_t reserved;   // 0
};

struct tbl_header {
    uint64_t magic;
    uint16_t major, minor;
    uint16_t arch, board;
    uint32_t crc;          // CRC-32C of this struct with crc = 0
    uint32_t sections;     // TBL_SECTIONS
    uint64_t size;         // of the tables, header included, multiple of 4096
    uint64_t address;      // where the tables must stand
    uint64_t timer_hz;     // the runtime compares it with CNTFRQ_EL0
    uint8_t config_id[32]; // SHA-256 of the canonical configuration: the identity shown everywhere
    uint64_t payload;      // guest images as loaded, kept for restart; read-only at run time
    uint64_t payload_size;
    uint64_t state; // the state area: pools, window statistics, copy tables; zeroed by the runtime
    uint64_t state_size;
    struct tbl_section directory[TBL_SECTIONS];
};

struct tbl_module {
    char name[HV_NAME_SIZE];
    // ns = ticks * ns_numerator / ns_denominator, in lowest terms (16 / 1 at 62.5 MHz)
    uint64_t ns_numerator, ns_denominator;
    uint64_t lateness_bound; // ticks; a window that starts later is HV_EVENT_WINDOW_LATE
    uint32_t input;         // interrupt of the board's console for TBL_IRQ_INPUT; 0: nobody listens
    uint32_t initial;       // index of the schedule that the module starts with
    uint64_t copy_va;       // EL2 virtual address of core 0's copy window; core c at + c * 2 MiB
    uint64_t copy_tables;   // its level-3 tables, one page per core, inside the state area
    uint64_t window_stats;  // tbl_window_stat per window record, inside the state area
    uint64_t el2_root;      // physical address of EL2's stage-1 root, inside TRANSLATION
    uint64_t trace;         // one ring per core, tbl_trace, inside the state area; 0: none
    uint32_t trace_events;  // TBL_TRACE_* to be recorded; 0: none
    uint32_t trace_records; // of each ring, a power of two; 0: none
    uint64_t log;           // tbl_log, page-aligned: neither loaded nor zeroed by anybody
    uint32_t log_records;   // places of each partition, and of the module
    uint32_t log_per_frame; // records that each may add per major frame, in the long run
};

enum { // tbl_module.trace_events
    TBL_TRACE_WINDOWS = 1u << 0,
    TBL_TRACE_CALLS = 1u << 1,
    TBL_TRACE_PORTS = 1u << 2,
    TBL_TRACE_HEALTH = 1u << 3,
    TBL_TRACE_PARTITIONS = 1u << 4,
    TBL_TRACE_SCHEDULES = 1u << 5,
    TBL_TRACE_INTERRUPTS = 1u << 6,
    TBL_TRACE_RESTS = 1u << 7,
    TBL_TRACE_EVENTS = (1u << 8) - 1,
};
enum { TBL_TRACE_LEAST = 16, TBL_TRACE_MOST = 1 << 16 }; // tbl_module.trace_records

struct tbl_trace_record {
    uint64_t time;    // ticks of the counter; ascending in a ring
    uint32_t event;   // one of TBL_TRACE_*, which says what the rest is:
    uint32_t subject; // WINDOWS: window record; CALLS, PORTS, RESTS: vcpu; INTERRUPTS: vcpu that
                      // is interrupted, TBL_NONE nobody; HEALTH, PARTITIONS: partition, TBL_NONE
                      // the module; SCHEDULES: schedule record
    uint64_t detail;  // WINDOWS: lateness in ticks; CALLS, PORTS: function; HEALTH: event;
                      // PARTITIONS: HV_STATE_*; INTERRUPTS: the interrupt controller's number;
                      // RESTS: vcpu that gets the rest + 1, 0 nobody; SCHEDULES: 0
    uint64_t more;    // WINDOWS: start of the frame; CALLS: x1; PORTS: port record in the upper
                      // half, bytes moved in the lower; HEALTH: enum tbl_level in the upper half,
                      // enum tbl_action in the lower; RESTS: ticks from
                      // which on it counts as another's execution time; else 0
};

// One core's ring: record n stands at place n % trace_records. Its core alone writes it.
struct tbl_trace {
    uint64_t written; // records so far; the last trace_records of them are there
    uint64_t start;   // absolute ticks at which the first frame began
    uint64_t reserved[6];
    struct tbl_trace_record records[];
};

// The health log. It lies in memory that a reset of the module leaves alone, so that the next start
// finds what the last one wrote. Each partition has places of its own, in the order of the
// partitions, then the module has as many: nobody pushes out what another has to say. A record
// proves itself: one that was half written, or that memory has lost, is told from a whole one.
struct tbl_log_record {
    uint64_t sequence; // from 1 on, over all starts; 0: the place was never used
    uint64_t time;     // ns since the first frame of its start; 0 before
    uint64_t address, syndrome;
    uint32_t start;     // of the module: 1 is the first that this log has seen
    uint32_t partition; // whose place it is; TBL_NONE: the module's
    uint32_t event;     // HV_EVENT_* or HV_LOG_* (abi.h)
    uint16_t level;     // enum tbl_level
    uint16_t action;    // enum tbl_action
    uint32_t schedule;  // record of the running one; TBL_NONE: none yet
    uint32_t window;    // record of the running one of the core that noticed; TBL_NONE: none yet
    uint32_t dropped;   // events of the same partition since its last record, which were too many
    uint32_t crc;       // CRC-32C of the configuration's identity, then of all before this
};

#define TBL_LOG_MAGIC 0x474f4c484b4c5542u // "BULKHLOG" read as a little-endian word

struct tbl_log {
    uint64_t magic;
    uint8_t config_id[32]; // of the configuration whose log it is
    uint32_t partitions;
    uint32_t records; // places of each partition, and of the module
    uint32_t reserved[3];
    uint32_t crc; // CRC-32C of all before this
    struct tbl_log_record places[];
};

// Not fewer than cores, so that each finds a place when all write for one partition at once.
enum { TBL_LOG_LEAST = HV_MAX_CORES, TBL_LOG_MOST = 32 }; // tbl_module.log_records
enum { TBL_LOG_FRAME_MOST = 1000 };                       // tbl_module.log_per_frame

static inline uint64_t tbl_log_size(uint32_t partitions, uint32_t records) // bytes, whole pages
{
    uint64_t places = (partitions + 1ull) * records * sizeof(struct tbl_log_record);

    return (sizeof(struct tbl_log) + places + HV_PAGE_SIZE - 1) & ~(uint64_t)(HV_PAGE_SIZE - 1);
}

struct tbl_core {
    uint64_t mpidr; // affinity fields only; PSCI target (bit 31 clear)
};

enum { // tbl_partition.flags; without SYSTEM there is no other right
    TBL_PARTITION_SYSTEM = 1u << 0,
    TBL_PARTITION_SWITCH_SCHEDULE = 1u << 1,
    TBL_PARTITION_QUERY = 1u << 2, // other partitions
    TBL_PARTITION_RESET_MODULE = 1u << 3,
    TBL_PARTITION_READ_LOG = 1u << 4, // all of it; its own records everybody may read
    TBL_PARTITION_CONTROL = 1u << 5,  // other partitions: shifted by HV_CONTROL_*
    TBL_PARTITION_MANAGE = TBL_PARTITION_QUERY | 63 * TBL_PARTITION_CONTROL, // the sum of both
    TBL_PARTITION_HALT_MODULE = 1u << 11,
    TBL_PARTITION_RIGHTS = (1u << 12) - 1,
    TBL_PARTITION_LOADS = 1u << 16, // no right: it loads programs itself, and so may have memory of
                                    // its own that is writable and executable
    TBL_PARTITION_STOLEN_TIME = 1u << 17, // nor this: it is told its stolen time
    TBL_PARTITION_FROZEN_TIME = 1u << 18, // nor this: its counters stand still while its vcpu, of
                                          // which there is one, does not have the core
};

struct tbl_partition {
    char name[HV_NAME_SIZE];
    uint32_t id; // as the configuration numbers it; unique
    uint32_t flags;
    uint32_t criticality; // 0 = A .. 4 = E, TBL_NONE = not given
    uint32_t vmid;        // index + 1
    uint32_t first_vcpu, vcpu_count;
    uint32_t first_memory, memory_count;
    uint32_t first_interrupt, interrupt_count;
    uint32_t first_port, port_count;
    uint32_t first_image, image_count;
    uint32_t first_doorbell, doorbell_count; // those that it may ring
    uint64_t entry;                          // IPA of the first instruction of vcpu 0
    uint64_t argument;                       // x0 at entry: IPA of a device tree, or 0
    uint64_t stage2_root;                    // physical, inside TRANSLATION: VTTBR_EL2.BADDR
    // Restarts by the health monitor before HV_EVENT_RESTART_LIMIT, 0: any number; and the ticks,
    // from the first of them, in which they are counted, 0: all.
    uint32_t restart_limit;
    uint32_t reserved;
    uint64_t restart_within;
    uint64_t initialisation; // ticks that vcpu 0 may use until mode NORMAL; 0: any number
};

struct tbl_vcpu {
    uint32_t partition;
    uint32_t index;                  // inside the partition; VMPIDR_EL2.Aff0
    uint32_t core;                   // the only core it ever runs on
    uint32_t first_mask, mask_count; // GICD_ISENABLER words of this vcpu's device interrupts
    uint32_t reserved;
};

enum { // tbl_memory.attributes; the combination decides the translation descriptor completely
    TBL_MEM_READ = 1u << 0,
    TBL_MEM_WRITE = 1u << 1,
    TBL_MEM_EXECUTE = 1u << 2,
    TBL_MEM_DEVICE = 1u << 3,   // Device-nGnRE, never executable
    TBL_MEM_UNCACHED = 1u << 4, // Normal non-cacheable
    TBL_MEM_SHARED = 1u << 5,   // the same physical range appears for every partition that names it
    TBL_MEM_KEEP = 1u << 6,     // survives a warm start
    TBL_MEM_GUARD = 1u << 7,    // the page below is empty; who touches it overflowed the stack here
};

struct tbl_memory {
    uint32_t partition; // TBL_NONE: the hypervisor's own, address is then an EL2 virtual address
    uint32_t attributes;
    uint64_t address; // IPA
    uint64_t phys;
    uint64_t size; // address, phys and size are multiples of 4 KiB
};

enum {                      // tbl_interrupt.flags
    TBL_IRQ_EDGE = 1u << 0, // else level
    TBL_IRQ_SOFT = 1u << 1, // no device's: a doorbell's, an edge. Exactly one ring names it, but
    TBL_IRQ_SHUTDOWN = 1u << 2, // this one is soft, no ring's, and asks to shut down. Its
                                // partition has no other
    TBL_IRQ_PL011 = 1u << 3,    // and this one is a level, soft and no ring's: the partition has an
                                // emulated PL011, whose number it is,
    TBL_IRQ_INPUT = 1u << 4,    // and this one receives, by tbl_module.input, what is typed on the
                                // board's console. At most one
};

// Where guests find what the runtime emulates: as on QEMU virt.
enum {
    TBL_GICD_ADDRESS = 0x08000000,
    TBL_GICD_SIZE = 0x10000,
    TBL_GICR_ADDRESS = 0x080a0000,
    TBL_GICR_STRIDE = 0x20000, // one redistributor for each vcpu
    TBL_PL011_ADDRESS = 0x09000000,
    TBL_PL011_SIZE = 0x1000,
    TBL_PL011_INTID = 33,
    // With TBL_PARTITION_STOLEN_TIME: memory that it only reads, in which each vcpu has a structure
    // of 64 bytes (DEN0057 3.2.2): revision and attributes, 32 bits each and 0, then nanoseconds.
    TBL_STOLEN_TIME_ADDRESS = 0x090a0000,
    TBL_STOLEN_TIME_STRIDE = 64,
};

// With TBL_PARTITION_FROZEN_TIME: what counters show at the start of the partition. A machine's
// gets there in 36 years at 1 GHz: until then the sum of a compare value and CNTVOFF_EL2 never
// carries, which QEMU 7.2 cannot go on from.
#define TBL_FROZEN_START (1ull << 60)

struct tbl_interrupt {
    uint32_t intid; // as the guest sees it and, but for a soft one, the GIC: SPI n is 32 + n
    uint32_t partition;
    uint32_t vcpu; // index inside the partition
    uint32_t flags;
};

// The interrupt of hardware behind a record; 0: none.
static inline uint32_t tbl_line(const struct tbl_module *m, const struct tbl_interrupt *irq)
{
    if (irq->flags & TBL_IRQ_INPUT)
        return m->input;
    return irq->flags & TBL_IRQ_SOFT ? 0 : irq->intid;
}

struct tbl_irq_mask {
    uint32_t word; // n of GICD_ISENABLER<n>, n >= 1
    uint32_t bits;
};

struct tbl_schedule {
    char name[HV_NAME_SIZE];
    uint64_t frame; // ticks, > 0
    uint64_t frame_ns;
    uint32_t id; // as partitions name it; unique
    uint32_t reserved;
};

struct tbl_duty { // what one schedule means to one partition
    uint64_t period_ns, duration_ns;
    uint32_t on_change; // enum tbl_action when the schedule takes over: IGNORE, COLD_ or WARM_START
    uint32_t reserved;
};

struct tbl_frame {
    uint32_t first_window, window_count; // count >= 1
};

enum {                                 // tbl_window.flags
    TBL_WINDOW_PERIOD_START = 1u << 0, // ARINC 653 partition release point
    TBL_WINDOW_FLUSH = 1u << 1, // who runs in it finds nothing in caches and TLBs of the core
};

struct tbl_window {
    uint64_t start, end; // ticks in [0, frame]; end > start; next window's start == end
    uint32_t vcpu;       // TBL_NONE: idle
    uint32_t flags;
    uint32_t first_receiver, receiver_count; // of the rest when the owner gives it up; 0: nobody
    uint32_t pad; // ticks from the start until which the runtime keeps its first instruction back
    uint32_t reserved;
};

struct tbl_receiver {
    uint32_t vcpu; // lives on the core of the windows that name it, and owns none of them
    uint32_t reserved;
};

struct tbl_window_stat { // written by the window's core only
    uint32_t last, max;  // lateness of the start in ticks
};

enum { TBL_SAMPLING = 0, TBL_QUEUING = 1 };
enum { TBL_SOURCE = 0, TBL_DESTINATION = 1 };

struct tbl_port {
    char name[HV_NAME_SIZE];
    uint32_t partition;
    uint32_t type, direction;
    uint32_t channel;       // TBL_NONE: not connected
    uint32_t max_message;   // bytes
    uint32_t depth;         // messages; 0 for sampling
    uint64_t refresh_ns;    // sampling destination: age up to which a message is valid; else 0
    uint64_t refresh_ticks; // the same, rounded down
};

// A sampling pool is TBL_SAMPLING_SLOTS slots, a queuing pool `depth` slots, of `slot_size` bytes:
// a tbl_message header followed by max_message bytes, rounded up to 64. Runtime state of a channel
// (sequence, head, tail) is a 64-byte-aligned struct of the runtime in front: slot 0 begins at
// pool + TBL_POOL_HEADER.
#define TBL_SAMPLING_SLOTS 4u
#define TBL_POOL_HEADER    192u // three cache lines: common, writer's word, reader's word

struct tbl_message {
    uint64_t sequence;
    uint64_t time;   // ticks of the counter when written
    uint32_t length; // bytes
    uint32_t reserved;
};

struct tbl_channel {
    uint32_t type;
    uint32_t max_message;
    uint32_t depth;
    uint32_t slot_size;
    uint64_t pool;         // inside the state area, 64-byte aligned
    uint64_t pool_size;    // TBL_POOL_HEADER + slots * slot_size
    uint32_t source;       // port index
    uint32_t destinations; // number of destination ports
};

struct tbl_doorbell {
    char name[HV_NAME_SIZE];
    uint32_t partition; // that may ring it
    uint32_t first_ring, ring_count;
    uint32_t reserved;
};

struct tbl_ring {       // one target of a doorbell
    uint32_t interrupt; // its TBL_INTERRUPT record: partition, vcpu and identifier
    uint32_t reserved;
    uint64_t gap; // ticks between two that may interrupt the target's window from another core; 0:
                  // none may, the next window begins with it
};

enum tbl_action {
    TBL_ACTION_IGNORE,
    TBL_ACTION_HALT, // of a partition, as all until SHUTDOWN: mode IDLE until another one starts it
    TBL_ACTION_COLD_START,
    TBL_ACTION_WARM_START,
    TBL_ACTION_SUSPEND,         // stands still until another partition resumes or starts it
    TBL_ACTION_SWITCH_SCHEDULE, // halt, and the module changes its schedule
    TBL_ACTION_SHUTDOWN,        // of the module
    TBL_ACTION_RESET,           // of the module
    TBL_ACTIONS
};

// PROCESS: the partition's handler first, where there is one to take it; else the action.
enum tbl_level { TBL_LEVEL_MODULE, TBL_LEVEL_PARTITION, TBL_LEVEL_PROCESS };

enum { TBL_HEALTH_LOG = 1u << 0 };

struct tbl_health {
    uint32_t level;    // enum tbl_level
    uint32_t action;   // enum tbl_action
    uint32_t flags;    // TBL_HEALTH_*
    uint32_t schedule; // index, with SWITCH_SCHEDULE; else TBL_NONE
};

struct tbl_image {
    uint32_t memory; // index of the tbl_memory record that receives it
    uint32_t reserved;
    uint64_t source;    // inside the payload; or the target: it lies in place (all of a partition)
    uint64_t file_size; // bytes copied
    uint64_t target;    // physical
    uint64_t mem_size;  // >= file_size; the rest is zeroed
    uint8_t sha256[32]; // of the file_size bytes at source
};

_Static_assert(sizeof(struct tbl_section) == 24, "directory entry");
_Static_assert(sizeof(struct tbl_header) == 112 + TBL_SECTIONS * 24, "header");
_Static_assert(sizeof(struct tbl_module) == 128, "module");
_Static_assert(sizeof(struct tbl_log) == 64 && sizeof(struct tbl_log_record) == 64, "log");
_Static_assert(sizeof(struct tbl_trace) == 64 && sizeof(struct tbl_trace_record) == 32, "trace");
_Static_assert(sizeof(struct tbl_partition) == 144, "partition");
_Static_assert(sizeof(struct tbl_vcpu) == 24, "vcpu");
_Static_assert(sizeof(struct tbl_memory) == 32, "memory");
_Static_assert(sizeof(struct tbl_schedule) == 56, "schedule");
_Static_assert(sizeof(struct tbl_duty) == 24, "duty");
_Static_assert(sizeof(struct tbl_window) == 40, "window");
_Static_assert(sizeof(struct tbl_receiver) == 8, "receiver");
_Static_assert(sizeof(struct tbl_port) == 72, "port");
_Static_assert(sizeof(struct tbl_channel) == 40, "channel");
_Static_assert(sizeof(struct tbl_doorbell) == 48, "doorbell");
_Static_assert(sizeof(struct tbl_ring) == 16, "ring");
_Static_assert(sizeof(struct tbl_image) == 72, "image");

#endif
