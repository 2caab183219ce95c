// SPDX-License-Identifier: BSD-2-Clause
// The hypercall interface: what a partition may ask of the runtime. Included by C and assembly.
//
// A call is HVC #0 by the SMC Calling Convention (DEN0028): fast calls of the vendor-specific
// hypervisor service, 64-bit. x0 holds the function; x1..x9 hold arguments; x0 returns 0 or a
// negative error; x1..x9 return values, and registers that a call does not name are preserved.
// There are no structures in memory; a buffer is {IPA of its first byte, length in bytes}, must lie
// inside one memory region of the calling partition with the right to read (data going in) or write
// (data coming out), and is copied once. SMC #0 behaves like HVC #0. HVC with another immediate is
// HV_EVENT_ILLEGAL_CALL. An unknown function returns HV_NOT_SUPPORTED, quietly.
//
// Nothing is copied and nothing changes on an error.
//
// Each call has one block of this form, from which docs/abi.md is made (scripts/abi):
//     HV_NAME(arguments) -> results. What it does, in sentences. HV_ERROR: when. HV_ERROR: when.
// or, behind the sentences, "Never fails." A right is named where its lack is: "the right NAME".
#ifndef BULKHEAD_ABI_H
#define BULKHEAD_ABI_H

#define HV_ABI_MAJOR 1
#define HV_ABI_MINOR 0

#define HV_CALL(n) (0xc6000000 + (n)) // SMCCC: fast, 64-bit, owner 6, function n

// ---- Errors (x0, as a signed 64-bit number) --------------------------------------------------
#define HV_OK             0
#define HV_NOT_SUPPORTED  (-1) // no such function (SMCCC)
#define HV_INVALID_PARAM  (-2) // an argument is out of range; nothing happened
#define HV_NOT_PERMITTED  (-3) // the partition lacks the right
#define HV_INVALID_MODE   (-4) // wrong direction or kind of port, or a mode that cannot be entered
#define HV_INVALID_CONFIG (-5) // the length does not fit what the configuration says
#define HV_NOT_AVAILABLE  (-6) // nothing to read, or no room to write, now
#define HV_NO_ACTION      (-7) // the state asked for is already there

// ---- Calls -----------------------------------------------------------------------------------

// HV_VERSION() -> x1 = HV_ABI_MAJOR << 16 | HV_ABI_MINOR. Never fails.
#define HV_VERSION HV_CALL(0x00)

// HV_CONSOLE_WRITE(x1 = count, x2..x9 = up to 64 bytes, first byte lowest in x2) -> nothing.
// Appends to the partition's console; whole lines appear as "[name] line". Bytes that find the
// partition's buffer full are dropped and counted; the next line says how many.
// HV_INVALID_PARAM: count > HV_CONSOLE_BYTES.
#define HV_CONSOLE_WRITE HV_CALL(0x01)

// HV_GET_TIME() -> x1 = nanoseconds since the module's first major frame began (ARINC 653 GET_TIME:
// the same for all partitions, unaffected by restarts), x2 = counter ticks at that instant
// (CNTVCT_EL0, to combine with cheap reads; with `virtual_time: frozen` inside of a window alone),
// x3 = ticks per second. Never fails.
#define HV_GET_TIME HV_CALL(0x02)

// HV_PARTITION_STATUS() -> the caller's own: x1 = identifier, x2 = operating mode (HV_MODE_*),
// x3 = start condition (HV_START_*), x4 = starts so far, the first is 1, x5 = period and
// x6 = duration in ns in the current schedule, 0 when it has none, x7 = number of vcpus, x8 = 1 for
// a system partition, x9 = event that caused the last restart (HV_EVENT_*), or HV_EVENT_NONE. Never
// fails.
#define HV_PARTITION_STATUS HV_CALL(0x03)

// HV_SET_PARTITION_MODE(x1 = HV_MODE_*) -> nothing. ARINC 653 SET_PARTITION_MODE for oneself.
// NORMAL ends initialisation; COLD_START and WARM_START restart the partition, IDLE halts it: these
// three do not return. HV_INVALID_PARAM: no such mode. HV_NO_ACTION: NORMAL in NORMAL.
// HV_INVALID_MODE: WARM_START while in COLD_START (P1: the context is not complete); a start of who
// has `reload: none`.
#define HV_SET_PARTITION_MODE HV_CALL(0x04)

// HV_IDLE_SELF() -> nothing. Gives up the rest of the window, which the first of its receivers gets
// that can run; returns at the start of the calling vcpu's next window, or of time that it is
// given. Interrupts that arrive meanwhile are pending then. Never fails.
#define HV_IDLE_SELF HV_CALL(0x05)

// HV_WINDOW_STATUS() -> x1 = start and x2 = end of the current window in ns since the first major
// frame (as HV_GET_TIME counts), x3 = index of the current major frame from 0, x4 = flags of the
// window (HV_WINDOW_*), x5 = lateness of this window's start in ticks, x6 = the largest lateness
// any start of this window has had, in ticks, both beyond its pad. On given time it is the window
// of who gave it. Never fails.
#define HV_WINDOW_STATUS HV_CALL(0x06)

#define HV_WINDOW_PERIOD_START 1 // a period of the caller begins with it
#define HV_WINDOW_GIVEN        2 // it is another's, who gave up the rest

// HV_CONFIG_ID() -> x1..x4 = SHA-256 of the configuration, first byte lowest in x1. Never fails.
#define HV_CONFIG_ID HV_CALL(0x07)

// HV_RAISE_EVENT(x1 = HV_EVENT_* that partitions report, x2 = address or another value, x3 = code
// or another value) -> nothing. What the partition found out about itself:
// HV_EVENT_APPLICATION_ERROR, NUMERIC_ERROR, STACK_OVERFLOW, MEMORY_VIOLATION, ILLEGAL_INSTRUCTION
// or PORT_CONFIGURATION. Returns only when the action is to ignore it, or from its handler.
// HV_INVALID_PARAM: another event.
#define HV_RAISE_EVENT HV_CALL(0x08)

// HV_PORT_OPEN(x1..x4 = name, 32 bytes, zero padded, first byte lowest in x1) -> x1 = handle,
// x2 = kind (HV_SAMPLING, HV_QUEUING), x3 = direction (HV_SOURCE, HV_DESTINATION), x4 = largest
// message in bytes, x5 = depth in messages (0 for sampling), x6 = refresh period in ns (0 for
// none). Names resolve among the caller's own ports only. HV_INVALID_PARAM: none has this name.
#define HV_PORT_OPEN HV_CALL(0x10)

// HV_SAMPLING_WRITE(x1 = handle, x2 = IPA, x3 = length) -> nothing. Replaces the message.
// HV_INVALID_PARAM: the handle is none of the caller's, or the buffer is not wholly inside one of
// its regions that may be read. HV_INVALID_MODE: not a sampling source. HV_INVALID_CONFIG: length
// is 0 or above the port's largest message. HV_NOT_AVAILABLE: another vcpu of the partition is in
// this call on this port now.
#define HV_SAMPLING_WRITE HV_CALL(0x11)

// HV_SAMPLING_READ(x1 = handle, x2 = IPA, x3 = room) -> x1 = length, x2 = 1 when the message is
// valid (its age is within the refresh period), x3 = age in ns. Reading does not consume.
// HV_INVALID_PARAM: the handle is none of the caller's, or the buffer is not wholly inside one of
// its regions that may be written. HV_INVALID_MODE: not a sampling destination. HV_INVALID_CONFIG:
// room is below the port's largest message. HV_NOT_AVAILABLE: nothing was written yet, or the
// writer overran this read three times in a row (only a source that writes without pause on another
// core can do so; the buffer then holds pieces of its messages, the one exception to "nothing is
// copied on an error").
#define HV_SAMPLING_READ HV_CALL(0x12)

// HV_QUEUING_SEND(x1 = handle, x2 = IPA, x3 = length) -> nothing. Appends one message.
// HV_INVALID_PARAM: the handle is none of the caller's, or the buffer is not wholly inside one of
// its regions that may be read. HV_INVALID_MODE: not a queuing source. HV_INVALID_CONFIG: length is
// 0 or above the port's largest message. HV_NOT_AVAILABLE: the queue is full, the message is
// refused and the queue is marked overflowed; or another vcpu of the partition is in this call on
// this port now.
#define HV_QUEUING_SEND HV_CALL(0x13)

// HV_QUEUING_RECEIVE(x1 = handle, x2 = IPA, x3 = room) -> x1 = length, x2 = messages still queued,
// x3 = 1 when the queue overflowed since the last receive (ARINC 653: INVALID_CONFIG with data).
// HV_INVALID_PARAM: the handle is none of the caller's, or the buffer is not wholly inside one of
// its regions that may be written. HV_INVALID_MODE: not a queuing destination. HV_INVALID_CONFIG:
// room is below the port's largest message. HV_NOT_AVAILABLE: the queue is empty, or another vcpu
// of the partition is in this call on this port now.
#define HV_QUEUING_RECEIVE HV_CALL(0x14)

// HV_PORT_STATUS(x1 = handle) -> x1 = messages queued (queuing) or messages written so far
// (sampling), x2 = age in ns of the newest (sampling) or oldest queued message (queuing), 0 when
// there is none, x3 = 1 when the last sampling read was valid, or when the queue is overflowed.
// HV_INVALID_PARAM: the handle is none of the caller's.
#define HV_PORT_STATUS HV_CALL(0x15)

// HV_SCHEDULE_FIND(x1..x4 = name, 32 bytes, zero padded, first byte lowest in x1) -> x1 = its
// identifier (ARINC 653 P2 GET_MODULE_SCHEDULE_ID). HV_INVALID_CONFIG: no schedule has this name.
#define HV_SCHEDULE_FIND HV_CALL(0x20)

// HV_SCHEDULE_STATUS() -> x1 = when the last change took effect, in ns since the first major frame
// (0: never), x2 = identifier of the current schedule, x3 = of the next one: the current one when
// no change is under way (ARINC 653 P2 GET_MODULE_SCHEDULE_STATUS). Never fails.
#define HV_SCHEDULE_STATUS HV_CALL(0x21)

// HV_SCHEDULE_SET(x1 = identifier) -> nothing. The schedule begins at the end of the running major
// frame, on all cores at the same tick, and each partition whose configuration says so is restarted
// there (ARINC 653 P2 SET_MODULE_SCHEDULE). A later request in the same frame replaces an earlier
// one; the identifier of the current schedule takes it back. In the last HV_CHANGE_MARGIN_NS
// before the end of a frame it is too late for that end: the request takes effect at the next.
// HV_NOT_PERMITTED: the partition lacks the right switch_schedule. HV_INVALID_PARAM: no such
// schedule. HV_NO_ACTION: it is current and no change is under way. HV_NOT_AVAILABLE: another core
// is in this call now, or has not followed earlier changes yet.
#define HV_SCHEDULE_SET HV_CALL(0x22)

// ---- Other partitions --------------------------------------------------------------------------

// HV_PARTITION_FIND(x1..x4 = name, 32 bytes, zero padded, first byte lowest in x1) -> x1 = its
// identifier. Everybody may ask. HV_INVALID_CONFIG: no partition has this name.
#define HV_PARTITION_FIND HV_CALL(0x30)

// HV_PARTITION_QUERY(x1 = identifier) -> x1 = state (HV_STATE_*), x2 = operating mode, x3 = start
// condition, x4 = starts so far, x5 = event behind the last restart, suspension or halt, x6 =
// number of vcpus, x7 = restarts by the health monitor that count towards x8 = the most that it may
// make, 0 when there is no limit. HV_NOT_PERMITTED: another than the caller, which lacks the right
// query_partitions. HV_INVALID_PARAM: no such partition.
#define HV_PARTITION_QUERY HV_CALL(0x31)

// HV_PARTITION_CONTROL(x1 = identifier, x2 = HV_CONTROL_*) -> nothing. Takes effect at once, on all
// cores; a restart is made in the partition's own windows. HV_NOT_PERMITTED: another than the
// caller, which lacks what the control needs: the right halt_partitions, the right
// suspend_partitions, the right resume_partitions, the right cold_start_partitions, the right
// warm_start_partitions, the right shutdown_partitions. HV_INVALID_PARAM: no such partition or
// control. HV_NO_ACTION: it is so already. HV_INVALID_MODE: SUSPEND of what does not run, RESUME of
// what was not suspended, SHUTDOWN of what neither runs nor is suspended or has no
// `shutdown_interrupt`, a start of what has `reload: none`. HV_NOT_AVAILABLE: its state is changing
// on another core; ask again.
#define HV_PARTITION_CONTROL HV_CALL(0x32)

#define HV_CONTROL_HALT       0 // mode IDLE, until it is started
#define HV_CONTROL_SUSPEND    1 // stands still as it is; its windows pass, interrupts stay pending
#define HV_CONTROL_RESUME     2
// Both starts let the health monitor count restarts from 0 when another partition asks.
#define HV_CONTROL_COLD_START 3 // also out of HALTED and SUSPENDED, and instead of a warm restart
#define HV_CONTROL_WARM_START 4 // a cold one when initialisation had not ended (P1)
#define HV_CONTROL_SHUTDOWN   5 // asks it to end by itself: raises its interrupt for that

#define HV_STATE_RUNNING    0
#define HV_STATE_RESTARTING 1 // is being made ready in its windows
#define HV_STATE_SUSPENDED  2
#define HV_STATE_HALTED     3

// HV_MODULE_END(x1 = 0: off, 1: reset) -> does not return. The whole computer, all cores, at once.
// HV_NOT_PERMITTED: the partition lacks what x1 needs: the right halt_module, the right
// reset_module. HV_INVALID_PARAM: another x1.
#define HV_MODULE_END HV_CALL(0x38)

// ---- The health log ----------------------------------------------------------------------------
// It is kept over a reset of the module, as long as the configuration is the same. Each partition
// has places of its own, `module.health.log.records` of them, the module too; the newest record of
// a partition takes the place of its oldest. A partition with more events than
// `module.health.log.per_frame` allows in the long run has the rest counted, not recorded.

// HV_LOG_STATUS() -> x1 = sequence number of the newest record, 0 when there is none; they count
// from 1 over all starts of the module, x2 = records kept now, x3 = number of this start of the
// module since the log is kept, the first is 1, x4 = events of this start that were not recorded,
// because their partition had too many, x5 = records that this start found damaged.
// HV_NOT_PERMITTED: the partition lacks the right read_log.
#define HV_LOG_STATUS HV_CALL(0x40)

// HV_LOG_READ(x1 = sequence number, x2 = HV_LOG_OWN or HV_LOG_ALL) -> the first record with that
// number or a higher one, of the caller's own or of all: x1 = its sequence number, x2 = event
// (HV_EVENT_* or HV_LOG_*) in bits 0 to 15, level (0 module, 1 partition, 2 process) in bits 16 to
// 23, action (0 ignore, 1 halt, 2 cold start, 3 warm start, 4 suspend, 5 switch schedule, 6
// shutdown and 7 reset of the module; of no meaning at level 2) in bits 24 to 31, window in bits 32
// to 63 (its record in the tables, 0xffffffff: none), x3 = identifier of the partition or
// HV_LOG_NONE for the module, x4 = identifier of the schedule or HV_LOG_NONE, x5 = ns since the
// first major frame of its start of the module, x6 = address, x7 = syndrome, x8 = number of that
// start, x9 = events of the partition since its last record that were not recorded. Everybody may
// read his own. HV_INVALID_PARAM: another x2. HV_NOT_PERMITTED: all, and the partition lacks the
// right read_log. HV_NOT_AVAILABLE: there is none, or what was found was overwritten three times
// meanwhile.
#define HV_LOG_READ HV_CALL(0x41)

#define HV_LOG_OWN     0
#define HV_LOG_ALL     1
#define HV_LOG_NONE    0xffffffffffffffff
#define HV_LOG_STARTED 0x100 // no event: the module started; the action is none
#define HV_LOG_DAMAGED 0x101 // memory has lost the record: nothing else in it holds

// ---- Errors of processes -----------------------------------------------------------------------
// A vcpu may name a handler for the events that the configuration gives to it
// (`health.process_level`). It is called for such an event while the partition is in mode NORMAL;
// the partition's action is taken before that, without a handler, and for an event in the handler.

// HV_HANDLER_SET(x1 = address of its first instruction or 0: none, x2 = address of the end of its
// stack) -> nothing. The handler of the calling vcpu begins at EL1 with SP_EL1 = x2, interrupts
// masked, x0 = event, x1 = its address, x2 = its syndrome and x3 = where the vcpu was interrupted;
// all other registers are as they were. Both addresses are the partition's own matter. A start of
// the partition forgets the handler, and one of the vcpu by CPU_ON. Never fails.
#define HV_HANDLER_SET HV_CALL(0x48)

// HV_HANDLER_RETURN(x1 = 0: go on where it was interrupted, 1: behind that instruction) -> does not
// return. Ends the handler: x0 to x3, the stack pointer and the processor state are as they were at
// the event, all other registers as the handler leaves them. Where the event came by a call, both
// go on behind it; a load that is left out loads nothing. HV_INVALID_MODE: the vcpu is not in its
// handler. HV_INVALID_PARAM: another x1.
#define HV_HANDLER_RETURN HV_CALL(0x49)

// ---- Execution time ----------------------------------------------------------------------------

// HV_EXECUTION_TIME() -> x1 = ns that the calling vcpu has had since the last start of its
// partition, x2 = the same of all vcpus of the partition, where another one's stretch of time
// counts when it is over. A vcpu has its own windows, from edge to edge, and what others give it,
// as long as it runs there: up to its HV_IDLE_SELF, its end or its suspension. What the runtime
// does meanwhile counts, the change of partitions at the start of a window too. Never fails.
#define HV_EXECUTION_TIME HV_CALL(0x50)

// HV_WATCHDOG_SET(x1 = ns from now, 0: off) -> nothing. When that time has passed, in windows or
// not, and the vcpu has not called again, HV_EVENT_WATCHDOG happens in its partition: at that tick
// when the vcpu runs, else when it runs next. A call that comes too late does not prevent it. A
// start of the partition turns it off, and one of the vcpu by CPU_ON. HV_INVALID_PARAM: above
// HV_TIMER_MAX.
#define HV_WATCHDOG_SET HV_CALL(0x51)

// HV_BUDGET_SET(x1 = ns of execution time from now, 0: off) -> nothing. When the vcpu has had that
// much, as HV_EXECUTION_TIME counts, and has not called again, HV_EVENT_BUDGET happens in its
// partition, at that tick. A start of the partition turns it off, and one of the vcpu by CPU_ON.
// HV_INVALID_PARAM: above HV_TIMER_MAX.
#define HV_BUDGET_SET HV_CALL(0x52)

#define HV_TIMER_MAX 0x2000000000000000 // about 73 years

// ---- Doorbells -----------------------------------------------------------------------------

// HV_DOORBELL_OPEN(x1..x4 = name, 32 bytes, zero padded, first byte lowest in x1) -> x1 = handle,
// x2 = number of its targets. Names resolve among the doorbells that the caller may ring only.
// HV_INVALID_PARAM: none has this name.
#define HV_DOORBELL_OPEN HV_CALL(0x58)

// HV_DOORBELL_RING(x1 = handle) -> x1 = number of targets reached. Each target gets the interrupt
// that the configuration names for it; an interrupt that pends already stays one. It arrives at
// once in the caller itself, and in a vcpu on another core in its window, when that belongs to the
// same partition or the configuration's `every` has passed since the last that came so; else at the
// first instruction of the target's next window. A target that is halted or being restarted is not
// reached, and a restart forgets what pends; a suspended one takes it when it goes on.
// HV_INVALID_PARAM: the handle is none of the caller's.
#define HV_DOORBELL_RING HV_CALL(0x59)

#define HV_SAMPLING    0
#define HV_QUEUING     1
#define HV_SOURCE      0
#define HV_DESTINATION 1

// ---- Operating modes and start conditions (values of ARINC 653 P1) ----------------------------
#define HV_MODE_IDLE       0
#define HV_MODE_COLD_START 1
#define HV_MODE_WARM_START 2
#define HV_MODE_NORMAL     3

#define HV_START_NORMAL            0 // power-on or first start
#define HV_START_PARTITION_RESTART 1 // it asked, a system partition did, or a new schedule does
#define HV_START_HM_MODULE         2
#define HV_START_HM_PARTITION      3 // the health monitor decided

// ---- Health events ---------------------------------------------------------------------------
// Every event names the partition it happened in or the module, an address and a syndrome.
// event_levels.h says which happen where.
#define HV_EVENT_NONE                 0
#define HV_EVENT_MEMORY_VIOLATION     1 // stage-2 fault outside declared memory, or against its rights
#define HV_EVENT_ILLEGAL_ACCESS       2 // trapped register or MMIO access that the platform does not have
#define HV_EVENT_ILLEGAL_INSTRUCTION  3  // exception class that no handler expects
#define HV_EVENT_ILLEGAL_CALL         4  // HVC or SMC with an immediate other than 0
#define HV_EVENT_HARDWARE_FAULT       5  // SError or external abort; module: while no partition ran
#define HV_EVENT_GUEST_RESET          6  // PSCI SYSTEM_RESET
#define HV_EVENT_GUEST_OFF            7  // PSCI SYSTEM_OFF, or CPU_OFF of the last vcpu
#define HV_EVENT_APPLICATION_ERROR    8  // HV_RAISE_EVENT
#define HV_EVENT_INTEGRITY            9  // image digest failed at a cold start; the partition halts
#define HV_EVENT_WINDOW_LATE          10 // module: a window started later than the bound
#define HV_EVENT_WATCHDOG             11 // a vcpu has not set its watchdog again in time
#define HV_EVENT_BUDGET               12 // a vcpu has had the execution time that it set itself
#define HV_EVENT_RESTART_LIMIT        13 // restarts by the health monitor are used up
#define HV_EVENT_UNEXPECTED_INTERRUPT 14 // module: an interrupt that nobody owns
#define HV_EVENT_SYSTEM_ERROR         15 // module: an exception in the runtime itself
#define HV_EVENT_INITIALISATION       16 // a partition is not in mode NORMAL in time
#define HV_EVENT_NUMERIC_ERROR        17 // HV_RAISE_EVENT: a division by zero, an overflow
#define HV_EVENT_STACK_OVERFLOW       18 // data access in the page below a region with a guard
#define HV_EVENT_PORT_CONFIGURATION   19 // HV_RAISE_EVENT: a port is not as the program needs it
#define HV_EVENT_COUNT                20

// ---- Standard calls that are answered too (by HVC or SMC) --------------------------------------
// SMCCC_VERSION 0x80000000 -> 0x10001; SMCCC_ARCH_FEATURES 0x80000001; vendor hypervisor UID
// 0x8600ff01 -> HV_UID_0..3; PSCI 1.1: VERSION, FEATURES, CPU_SUSPEND (standby), CPU_OFF, CPU_ON,
// AFFINITY_INFO (inside the partition), MIGRATE_INFO_TYPE (not needed), SYSTEM_OFF, SYSTEM_RESET;
// with `virtual_time: reported` PV_TIME_FEATURES 0xc5000020 and PV_TIME_ST 0xc5000021 (DEN0057).
#define HV_UID_0 0x6b6c7542 // "Bulk"
#define HV_UID_1 0x64616568 // "head"
#define HV_UID_2 0x33353641 // "A653"
#define HV_UID_3 0x00000001

#endif
