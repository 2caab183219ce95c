// SPDX-License-Identifier: BSD-2-Clause
// The health monitor: looks up what the configuration says, writes it down, does it.
#include "core.h"
#include "arch.h"

static const char *const event_text[HV_EVENT_COUNT] = {
    [HV_EVENT_NONE] = "nothing",
    [HV_EVENT_MEMORY_VIOLATION] = "memory violation",
    [HV_EVENT_ILLEGAL_ACCESS] = "illegal access",
    [HV_EVENT_ILLEGAL_INSTRUCTION] = "illegal instruction",
    [HV_EVENT_ILLEGAL_CALL] = "illegal call",
    [HV_EVENT_HARDWARE_FAULT] = "hardware fault",
    [HV_EVENT_GUEST_RESET] = "reset by the guest",
    [HV_EVENT_GUEST_OFF] = "switched off by the guest",
    [HV_EVENT_APPLICATION_ERROR] = "application error",
    [HV_EVENT_INTEGRITY] = "image does not match its digest",
    [HV_EVENT_WINDOW_LATE] = "window started late",
    [HV_EVENT_WATCHDOG] = "watchdog",
    [HV_EVENT_BUDGET] = "budget used up",
    [HV_EVENT_RESTART_LIMIT] = "restarts used up",
    [HV_EVENT_INITIALISATION] = "not initialised in time",
    [HV_EVENT_UNEXPECTED_INTERRUPT] = "unexpected interrupt",
    [HV_EVENT_SYSTEM_ERROR] = "error in the runtime",
    [HV_EVENT_NUMERIC_ERROR] = "numeric error",
    [HV_EVENT_STACK_OVERFLOW] = "stack overflow",
    [HV_EVENT_PORT_CONFIGURATION] = "a port is not as it needs it",
};
static const char *const action_text[TBL_ACTIONS] = {
    [TBL_ACTION_IGNORE] = "ignore",
    [TBL_ACTION_HALT] = "halt",
    [TBL_ACTION_COLD_START] = "cold start",
    [TBL_ACTION_WARM_START] = "warm start",
    [TBL_ACTION_SUSPEND] = "suspend",
    [TBL_ACTION_SWITCH_SCHEDULE] = "halt and switch schedule",
    [TBL_ACTION_SHUTDOWN] = "shutdown",
    [TBL_ACTION_RESET] = "reset",
};

// "12.000034 ms  faulty: memory violation at 0x4800_0000 -> cold start"
static void say(const struct core *core, const struct tbl_log_record *event)
{
    struct console_line l = {0};
    const char *who = "module";
    uint32_t silent;

    if (!log_may_say(core, event->partition, &silent))
        return;
    if (event->partition != TBL_NONE)
        who = partitions[event->partition].config->name;
    line_milliseconds(&l, event->time);
    line_text(&l, "  ");
    line_text(&l, who);
    line_text(&l, ": ");
    line_text(&l, event_text[event->event]);
    switch (event->event) {
    case HV_EVENT_WINDOW_LATE:
        line_text(&l, ", ");
        line_number(&l, ns_from_ticks(event->syndrome), 10, 1);
        line_text(&l, " ns");
        break;
    case HV_EVENT_APPLICATION_ERROR:
    case HV_EVENT_RESTART_LIMIT:
    case HV_EVENT_UNEXPECTED_INTERRUPT:
        line_text(&l, " ");
        line_number(&l, event->syndrome, 10, 1);
        break;
    case HV_EVENT_GUEST_RESET:
    case HV_EVENT_GUEST_OFF:
    case HV_EVENT_WATCHDOG:
    case HV_EVENT_BUDGET:
    case HV_EVENT_INITIALISATION:
    case HV_EVENT_PORT_CONFIGURATION:
        break;
    default:
        line_text(&l, " at ");
        line_address(&l, event->address);
    }
    line_text(&l, " -> ");
    line_text(&l, event->level == TBL_LEVEL_PROCESS ? "its handler" : action_text[event->action]);
    if (silent) {
        line_text(&l, " (");
        line_number(&l, silent, 10, 1);
        line_text(&l, " not shown)");
    }
    line_text(&l, "\n");
    line_say(&l);
}

static void note(const struct core *core, bool aloud, struct tbl_log_record *event)
{
    log_record(core, event);
    trace(core, TBL_TRACE_HEALTH, event->partition, event->event,
          (uint64_t)event->level << 32 | event->action);
    if (aloud)
        say(core, event);
}

// The row of an event, in a partition or, behind the last of them, in the module.
static const struct tbl_health *row(uint32_t partition, uint32_t event)
{
    return (const struct tbl_health *)tables_section(TBL_HEALTH) + partition * HV_EVENT_COUNT +
           event;
}

static void note_partition(const struct core *core, uint32_t partition, uint32_t event,
                           enum tbl_level level, uint32_t action, uint64_t address,
                           uint64_t syndrome)
{
    note(core, true,
         &(struct tbl_log_record){
             .partition = partition,
             .event = event,
             .level = (uint16_t)level,
             .action = (uint16_t)action,
             .address = address,
             .syndrome = syndrome,
         });
}

void health_note(const struct core *core, uint32_t partition, uint32_t event, uint32_t action,
                 uint64_t address, uint64_t syndrome)
{
    note_partition(core, partition, event, TBL_LEVEL_PARTITION, action, address, syndrome);
}

// ---- The module --------------------------------------------------------------------------------

static void note_module(const struct core *core, const struct tbl_health *h, bool aloud,
                        uint32_t event, uint64_t address, uint64_t syndrome)
{
    if (h->flags & TBL_HEALTH_LOG)
        note(core, aloud,
             &(struct tbl_log_record){
                 .partition = TBL_NONE,
                 .event = event,
                 .level = TBL_LEVEL_MODULE,
                 .action = (uint16_t)h->action,
                 .address = address,
                 .syndrome = syndrome,
             });
}

static void end_module(uint32_t action)
{
    if (action != TBL_ACTION_IGNORE)
        arch_end(action == TBL_ACTION_RESET);
}

void health_module(const struct core *core, uint32_t event, uint64_t address, uint64_t syndrome,
                   bool aloud)
{
    const struct tbl_health *h = row(tables->directory[TBL_PARTITION].count, event);
    bool last = h->action != TBL_ACTION_IGNORE;

    note_module(core, h, aloud || last, event, address, syndrome);
    if (last)
        console_last_words();
    end_module(h->action);
}

void health_bug(const struct core *core, uint64_t address, uint64_t syndrome)
{
    const struct tbl_health *h;

    if (!module) // boot: nothing is known yet
        return;
    h = row(tables->directory[TBL_PARTITION].count, HV_EVENT_SYSTEM_ERROR);
    note_module(core, h, false, HV_EVENT_SYSTEM_ERROR, address, syndrome);
    end_module(h->action);
}

// ---- Partitions --------------------------------------------------------------------------------

uint32_t health_limit(const struct core *core, uint32_t partition, uint32_t restarts)
{
    const struct tbl_health *h = row(partition, HV_EVENT_RESTART_LIMIT);

    if (h->flags & TBL_HEALTH_LOG)
        health_note(core, partition, HV_EVENT_RESTART_LIMIT, h->action, 0, restarts);
    if (h->action == TBL_ACTION_SWITCH_SCHEDULE)
        change_want(h->schedule);
    return h->action;
}

struct vcpu *health_raise(struct vcpu *v, uint32_t event, uint64_t address, uint64_t syndrome)
{
    uint32_t partition = (uint32_t)(v->partition - partitions);
    const struct tbl_health *h = row(partition, event);

    if (h->level == TBL_LEVEL_PROCESS && handler_enter(v, event, address, syndrome)) {
        if (h->flags & TBL_HEALTH_LOG)
            note_partition(v->core, partition, event, TBL_LEVEL_PROCESS, TBL_ACTION_IGNORE, address,
                           syndrome);
        return v;
    }
    if (h->action == TBL_ACTION_IGNORE)
        arch_vcpu_skip(v);
    return health_interrupt(v, event, address, syndrome);
}

struct vcpu *health_interrupt(struct vcpu *v, uint32_t event, uint64_t address, uint64_t syndrome)
{
    uint32_t partition = (uint32_t)(v->partition - partitions);
    const struct tbl_health *h = row(partition, event);
    uint32_t condition =
        event == HV_EVENT_GUEST_RESET ? HV_START_PARTITION_RESTART : HV_START_HM_PARTITION;
    uint32_t action = h->action;

    if (action == TBL_ACTION_WARM_START && atomic_load(&v->partition->mode) == HV_MODE_COLD_START)
        action = TBL_ACTION_COLD_START; // what partition_restart does, said truthfully
    if (h->flags & TBL_HEALTH_LOG)
        health_note(v->core, partition, event, action, address, syndrome);
    switch (action) {
    case TBL_ACTION_SWITCH_SCHEDULE:
        change_want(h->schedule);
        return partition_halt(v, event);
    case TBL_ACTION_HALT:
        return partition_halt(v, event);
    case TBL_ACTION_COLD_START:
    case TBL_ACTION_WARM_START:
        return partition_restart(v, action == TBL_ACTION_WARM_START, condition, event);
    case TBL_ACTION_SUSPEND:
        return partition_suspend(v, event);
    default:
        return v;
    }
}
