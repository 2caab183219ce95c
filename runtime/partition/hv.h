// SPDX-License-Identifier: BSD-2-Clause
// libhv: what a partition asks of the runtime. One function per call of abi.h, which says what each
// argument means and which errors it can return; 0 (HV_OK) is success everywhere.
//
// A bare partition is a freestanding C program with `int main(void)`. The start code has set up a
// stack, floating point, exception vectors and an identity mapping with caches on; interrupts are
// masked. When main returns, the partition halts.
//
// The same source compiles in an operating system that runs at EL1, as RTEMS does, and in a program
// of Linux, where calls go through a kernel module (docs/guests.md).
#ifndef BULKHEAD_HV_H
#define BULKHEAD_HV_H

#include "abi.h"
#include "hv_text.h"
#include "hv_limits.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- The bare call ---------------------------------------------------------------------------

// Registers x0..x9 of a call: x[0] is the function going in and the error coming out.
struct hv_registers {
    uint64_t x[10];
};

#if defined(__linux__) && __STDC_HOSTED__
#define HV_USER 1 // in user space, that is; what only EL1 can do is not there
#include "hv_linux.h"
#else
#define HV_USER 0

// Any hypercall, standard ones (PSCI) too. Returns x0. The compiler keeps `r` in registers.
static inline int64_t hv_call(struct hv_registers *r)
{
    register uint64_t x0 __asm__("x0") = r->x[0];
    register uint64_t x1 __asm__("x1") = r->x[1];
    register uint64_t x2 __asm__("x2") = r->x[2];
    register uint64_t x3 __asm__("x3") = r->x[3];
    register uint64_t x4 __asm__("x4") = r->x[4];
    register uint64_t x5 __asm__("x5") = r->x[5];
    register uint64_t x6 __asm__("x6") = r->x[6];
    register uint64_t x7 __asm__("x7") = r->x[7];
    register uint64_t x8 __asm__("x8") = r->x[8];
    register uint64_t x9 __asm__("x9") = r->x[9];

    __asm__ volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6),
                       "+r"(x7), "+r"(x8), "+r"(x9)
                     :
                     : "memory");
    *r = (struct hv_registers){{x0, x1, x2, x3, x4, x5, x6, x7, x8, x9}};
    return (int64_t)x0;
}
#endif

// A call with a name in x1..x4; a name that is too long is cut, and nothing is called so. Where it
// fails, the functions below that find something by its name give an identifier that nothing has.
static inline int64_t hv_call_by_name(struct hv_registers *r, uint64_t function, const char *name)
{
    *r = (struct hv_registers){{function}};
    for (size_t i = 0; i < HV_NAME_SIZE && name[i]; i++)
        r->x[1 + i / 8] |= (uint64_t)(unsigned char)name[i] << i % 8 * 8;
    return hv_call(r);
}

// The version of the interface: HV_ABI_MAJOR << 16 | HV_ABI_MINOR of the runtime that answers.
static inline uint64_t hv_version(void)
{
    struct hv_registers r = {{HV_VERSION}};

    hv_call(&r);
    return r.x[1];
}

// ---- Console ---------------------------------------------------------------------------------

#if HV_USER
#define hv_printf  printf // to the program's own output
#define hv_vprintf vprintf
#else
// Whole lines appear as "[partition] line". %d %i %u %x %X %c %s %p %%, with l, ll, z, a width, '-'
// and zero padding. No floating point.
void hv_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void hv_vprintf(const char *format, va_list arguments);
void hv_console_write(const char *bytes, size_t length);
#endif

// ---- Time and windows ------------------------------------------------------------------------

struct hv_time {
    uint64_t ns;    // since the first major frame began
    uint64_t ticks; // CNTVCT_EL0 at that instant
    uint64_t hz;    // ticks per second
};

static inline struct hv_time hv_get_time(void)
{
    struct hv_registers r = {{HV_GET_TIME}};

    hv_call(&r);
    return (struct hv_time){r.x[1], r.x[2], r.x[3]};
}

struct hv_execution {
    uint64_t own; // ns that this vcpu has had since the last start of the partition
    uint64_t all; // the same of all its vcpus; another one's stretch counts when it is over
};

static inline struct hv_execution hv_execution_time(void)
{
    struct hv_registers r = {{HV_EXECUTION_TIME}};

    hv_call(&r);
    return (struct hv_execution){r.x[1], r.x[2]};
}

// The counter itself, without a call.
static inline uint64_t hv_ticks(void)
{
    uint64_t ticks;

    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
    return ticks;
}

struct hv_window {
    uint64_t start, end;     // ns since the first major frame began
    uint64_t frame;          // index of the major frame, from 0
    bool period_start;       // ARINC 653 release point
    bool given;              // another partition's, which gave up the rest
    uint64_t late, max_late; // of this window's start, in ticks: now, and the largest ever
};

static inline struct hv_window hv_window_status(void)
{
    struct hv_registers r = {{HV_WINDOW_STATUS}};

    hv_call(&r);
    return (struct hv_window){
        .start = r.x[1],
        .end = r.x[2],
        .frame = r.x[3],
        .period_start = r.x[4] & HV_WINDOW_PERIOD_START,
        .given = r.x[4] & HV_WINDOW_GIVEN,
        .late = r.x[5],
        .max_late = r.x[6],
    };
}

#if !HV_USER // what concerns a vcpu is not for a program
// Unless it is set again within `ns`, HV_EVENT_WATCHDOG happens; 0: off.
static inline int64_t hv_watchdog_set(uint64_t ns)
{
    struct hv_registers r = {{HV_WATCHDOG_SET, ns}};

    return hv_call(&r);
}

// After `ns` of this vcpu's execution time HV_EVENT_BUDGET happens, unless it is set again; 0: off.
static inline int64_t hv_budget_set(uint64_t ns)
{
    struct hv_registers r = {{HV_BUDGET_SET, ns}};

    return hv_call(&r);
}

// Sleeps until the next window of this vcpu begins: the heart of a periodic loop. Receivers of
// other windows also wake up there (hv_window.given).
static inline void hv_idle_self(void)
{
    struct hv_registers r = {{HV_IDLE_SELF}};

    hv_call(&r);
}
#endif

// ---- Schedules -------------------------------------------------------------------------------

struct hv_schedule {
    uint64_t changed;       // when the last change took effect, in ns; 0: never
    uint64_t current, next; // identifiers
};

static inline struct hv_schedule hv_schedule_status(void)
{
    struct hv_registers r = {{HV_SCHEDULE_STATUS}};

    hv_call(&r);
    return (struct hv_schedule){r.x[1], r.x[2], r.x[3]};
}

// The identifier of a schedule by its name in system.yaml.
static inline int64_t hv_schedule_find(const char *name, uint64_t *id)
{
    struct hv_registers r;
    int64_t error = hv_call_by_name(&r, HV_SCHEDULE_FIND, name);

    *id = error ? UINT64_MAX : r.x[1];
    return error;
}

// Takes effect on all cores at the end of the major frame; needs the right switch_schedule.
static inline int64_t hv_schedule_set(uint64_t id)
{
    struct hv_registers r = {{HV_SCHEDULE_SET, id}};

    return hv_call(&r);
}

// ---- Other partitions, with the right to each (manage_partitions: to all) ---------------------

struct hv_partition {
    uint64_t state;     // HV_STATE_*
    uint64_t mode;      // HV_MODE_*
    uint64_t condition; // HV_START_*
    uint64_t starts;
    uint64_t event; // HV_EVENT_* behind the last restart, suspension or halt
    uint64_t vcpus;
    uint64_t restarts, restart_limit; // by the health monitor; limit 0: none
};

// The identifier of a partition by its name in system.yaml; everybody may ask.
static inline int64_t hv_partition_find(const char *name, uint64_t *id)
{
    struct hv_registers r;
    int64_t error = hv_call_by_name(&r, HV_PARTITION_FIND, name);

    *id = error ? UINT64_MAX : r.x[1];
    return error;
}

static inline int64_t hv_partition_query(uint64_t id, struct hv_partition *partition)
{
    struct hv_registers r = {{HV_PARTITION_QUERY, id}};
    int64_t error = hv_call(&r);

    if (!error)
        *partition =
            (struct hv_partition){r.x[1], r.x[2], r.x[3], r.x[4], r.x[5], r.x[6], r.x[7], r.x[8]};
    return error;
}

// `control` is HV_CONTROL_*.
static inline int64_t hv_partition_control(uint64_t id, uint64_t control)
{
    struct hv_registers r = {{HV_PARTITION_CONTROL, id, control}};

    return hv_call(&r);
}

// The whole computer: off, with the right halt_module, or through its reset, with reset_module.
static inline int64_t hv_module_end(bool reset)
{
    struct hv_registers r = {{HV_MODULE_END, reset}};

    return hv_call(&r);
}

// ---- The health log ----------------------------------------------------------------------------

struct hv_log_record {
    uint64_t sequence;            // from 1 on, over all starts of the module
    uint64_t time;                // ns since the first major frame of that start
    uint64_t start;               // number of that start
    uint64_t partition, schedule; // identifiers; HV_LOG_NONE: the module; none yet
    uint64_t address, syndrome;
    uint64_t dropped; // events of that partition before this one that were not recorded
    uint32_t window;  // its record in the tables
    uint16_t event;   // HV_EVENT_* or HV_LOG_*
    uint8_t level, action;
};

// The first record from `sequence` on: HV_LOG_OWN, or HV_LOG_ALL with the right read_log. Behind it
// one goes on with record->sequence + 1, until HV_NOT_AVAILABLE.
static inline int64_t hv_log_read(uint64_t sequence, uint64_t whose, struct hv_log_record *record)
{
    struct hv_registers r = {{HV_LOG_READ, sequence, whose}};
    int64_t error = hv_call(&r);

    if (!error)
        *record = (struct hv_log_record){
            .sequence = r.x[1],
            .time = r.x[5],
            .start = r.x[8],
            .partition = r.x[3],
            .schedule = r.x[4],
            .address = r.x[6],
            .syndrome = r.x[7],
            .dropped = r.x[9],
            .window = (uint32_t)(r.x[2] >> 32),
            .event = (uint16_t)r.x[2],
            .level = (uint8_t)(r.x[2] >> 16),
            .action = (uint8_t)(r.x[2] >> 24),
        };
    return error;
}

struct hv_log {
    uint64_t newest;  // sequence number; 0: there is none
    uint64_t kept;    // records
    uint64_t start;   // number of this start of the module
    uint64_t dropped; // events of this start that were not recorded
    uint64_t damaged; // records that this start found damaged
};

// Needs the right read_log.
static inline int64_t hv_log_status(struct hv_log *log)
{
    struct hv_registers r = {{HV_LOG_STATUS}};
    int64_t error = hv_call(&r);

    if (!error)
        *log = (struct hv_log){r.x[1], r.x[2], r.x[3], r.x[4], r.x[5]};
    return error;
}

// ---- Doorbells -------------------------------------------------------------------------------

struct hv_doorbell {
    uint64_t handle;
    uint64_t targets;
};

// A doorbell of system.yaml that this partition may ring. Who hears it does so as interrupt, see
// hv_irq.h.
static inline int64_t hv_doorbell_open(const char *name, struct hv_doorbell *doorbell)
{
    struct hv_registers r;
    int64_t error = hv_call_by_name(&r, HV_DOORBELL_OPEN, name);

    *doorbell =
        error ? (struct hv_doorbell){.handle = UINT64_MAX} : (struct hv_doorbell){r.x[1], r.x[2]};
    return error;
}

// `reached`: how many targets run or are suspended; NULL when nobody wants to know.
static inline int64_t hv_doorbell_ring(uint64_t handle, uint64_t *reached)
{
    struct hv_registers r = {{HV_DOORBELL_RING, handle}};
    int64_t error = hv_call(&r);

    if (!error && reached)
        *reached = r.x[1];
    return error;
}

// ---- The partition itself --------------------------------------------------------------------

struct hv_status {
    uint64_t id;
    uint64_t mode;             // HV_MODE_*
    uint64_t condition;        // HV_START_*: why it was started
    uint64_t starts;           // how often; the first start is 1
    uint64_t period, duration; // ns
    uint64_t vcpus;
    bool system;
    uint64_t event; // HV_EVENT_* behind the last restart
};

static inline struct hv_status hv_partition_status(void)
{
    struct hv_registers r = {{HV_PARTITION_STATUS}};

    hv_call(&r);
    return (struct hv_status){r.x[1], r.x[2], r.x[3],      r.x[4], r.x[5],
                              r.x[6], r.x[7], r.x[8] != 0, r.x[9]};
}

// HV_MODE_NORMAL ends initialisation; IDLE, COLD_START and WARM_START do not return on success.
static inline int64_t hv_set_partition_mode(uint64_t mode)
{
    struct hv_registers r = {{HV_SET_PARTITION_MODE, mode}};

    return hv_call(&r);
}

// Reports what the partition found out about itself (HV_RAISE_EVENT says what); returns when the
// configured action ignores it, or when its handler has dealt with it.
static inline int64_t hv_raise_event(uint64_t event, uint64_t address, uint64_t code)
{
    struct hv_registers r = {{HV_RAISE_EVENT, event, address, code}};

    return hv_call(&r);
}

static inline int64_t hv_raise_error(uint64_t code)
{
    return hv_raise_event(HV_EVENT_APPLICATION_ERROR, 0, code);
}

static inline void hv_config_id(uint64_t id[4])
{
    struct hv_registers r = {{HV_CONFIG_ID}};

    hv_call(&r);
    for (int i = 0; i < 4; i++)
        id[i] = r.x[1 + i];
}

// ---- Ports -----------------------------------------------------------------------------------

struct hv_port {
    uint64_t handle;
    uint64_t kind;        // HV_SAMPLING, HV_QUEUING
    uint64_t direction;   // HV_SOURCE, HV_DESTINATION
    uint64_t max_message; // bytes
    uint64_t depth;       // messages; 0 for sampling
    uint64_t refresh;     // ns; 0: none
};

// Finds one of the partition's own ports by its name in system.yaml.
static inline int64_t hv_port_open(const char *name, struct hv_port *port)
{
    struct hv_registers r;
    int64_t error = hv_call_by_name(&r, HV_PORT_OPEN, name);

    *port = error ? (struct hv_port){.handle = UINT64_MAX}
                  : (struct hv_port){r.x[1], r.x[2], r.x[3], r.x[4], r.x[5], r.x[6]};
    return error;
}

// The same, for a program that cannot do without: reports HV_EVENT_PORT_CONFIGURATION, with the
// error or HV_INVALID_CONFIG, unless the port is there, of that kind and direction, for messages of
// exactly that size. Where the event is ignored, or handled, it returns the error.
static inline int64_t hv_port_require(const char *name, uint64_t kind, uint64_t direction,
                                      uint64_t max_message, struct hv_port *port)
{
    int64_t error = hv_port_open(name, port);

    if (!error &&
        (port->kind != kind || port->direction != direction || port->max_message != max_message))
        error = HV_INVALID_CONFIG;
    if (error) {
        hv_printf("port '%s': %s\n", name, hv_error_text(error));
        hv_raise_event(HV_EVENT_PORT_CONFIGURATION, 0, (uint64_t)error);
    }
    return error;
}

static inline int64_t hv_sampling_write(const struct hv_port *port, const void *from, size_t length)
{
    struct hv_registers r = {{HV_SAMPLING_WRITE, port->handle, (uintptr_t)from, length}};

    return hv_call(&r);
}

struct hv_sample {
    size_t length;
    bool valid;   // not older than the port's refresh period
    uint64_t age; // ns
};

// `to` has room for port->max_message bytes.
static inline int64_t hv_sampling_read(const struct hv_port *port, void *to,
                                       struct hv_sample *sample)
{
    struct hv_registers r = {{HV_SAMPLING_READ, port->handle, (uintptr_t)to, port->max_message}};
    int64_t error = hv_call(&r);

    if (!error)
        *sample = (struct hv_sample){r.x[1], r.x[2] != 0, r.x[3]};
    return error;
}

static inline int64_t hv_queuing_send(const struct hv_port *port, const void *from, size_t length)
{
    struct hv_registers r = {{HV_QUEUING_SEND, port->handle, (uintptr_t)from, length}};

    return hv_call(&r);
}

struct hv_receipt {
    size_t length;
    uint64_t left;   // messages still queued
    bool overflowed; // messages were refused since the last receive
};

// `to` has room for port->max_message bytes. HV_NOT_AVAILABLE: the queue is empty.
static inline int64_t hv_queuing_receive(const struct hv_port *port, void *to,
                                         struct hv_receipt *receipt)
{
    struct hv_registers r = {{HV_QUEUING_RECEIVE, port->handle, (uintptr_t)to, port->max_message}};
    int64_t error = hv_call(&r);

    if (!error)
        *receipt = (struct hv_receipt){r.x[1], r.x[2], r.x[3] != 0};
    return error;
}

struct hv_port_state {
    uint64_t messages; // queued, or written so far
    uint64_t age;      // ns of the newest (sampling) or oldest (queuing) message
    bool flag;         // last sampling read was valid, or the queue is overflowed
};

static inline int64_t hv_port_status(const struct hv_port *port, struct hv_port_state *state)
{
    struct hv_registers r = {{HV_PORT_STATUS, port->handle}};
    int64_t error = hv_call(&r);

    if (!error)
        *state = (struct hv_port_state){r.x[1], r.x[2], r.x[3] != 0};
    return error;
}

// ---- What only EL1 can do ----------------------------------------------------------------------
#if !HV_USER

// Looks whether floating point went wrong since the last look (invalid operation, division by zero,
// overflow: IOC, DZC and OFC of FPSR) and then reports HV_EVENT_NUMERIC_ERROR with these bits
// and where it looked.
// Arithmetic traps nowhere: a look each period, before results leave the partition, finds it.
// Returns them.
uint64_t hv_numeric_check(void);

// ---- Exceptions ------------------------------------------------------------------------------

// What the vectors save; a handler may change it, the change is restored.
struct hv_frame {
    uint64_t x[31];
    uint64_t elr, spsr; // ELR_EL1, SPSR_EL1
    uint64_t kind;      // vector: 0..15, as VBAR_EL1 counts them in steps of 0x80
    uint64_t fpcr, fpsr;
    __uint128_t q[32];
};

// Every vector except IRQ ends here. The weak default prints the exception and reports it to the
// health monitor as the event that it is; a partition may define its own (add 4 to elr to step over
// an instruction).
void hv_exception(struct hv_frame *frame);

// ---- Errors of processes ---------------------------------------------------------------------

// What happened: HV_EVENT_*, its address and syndrome as the health log has them, and the
// instruction that was about to be executed. The partition lists in `health.process_level` what
// comes here while it is in mode NORMAL.
struct hv_error {
    uint64_t event, address, syndrome, at;
};

// Gives the calling vcpu the function hv_error below as its handler, on a stack that ends at
// `stack_top` (16-byte aligned; 1 KiB and what hv_error needs); NULL takes it away.
void hv_error_handler(void *stack_top);
// The partition defines it. It runs with interrupts masked, and an error in it is the partition's.
// True: what was interrupted goes on behind the instruction; false: with it, once more.
bool hv_error(const struct hv_error *error);

// ---- More vcpus --------------------------------------------------------------------------------

// Starts vcpu `index` of this partition in `function(argument)` on a stack that ends at
// `stack_top`. Returns a PSCI error. Memory, vectors and mapping are those of vcpu 0.
struct hv_cpu_start {
    uint64_t stack_top; // 16-byte aligned
    void (*function)(uint64_t argument);
    uint64_t argument;
};
int64_t hv_cpu_on(uint64_t index, const struct hv_cpu_start *start);

#endif
#endif
