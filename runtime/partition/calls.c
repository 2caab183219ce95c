// SPDX-License-Identifier: BSD-2-Clause
// The calls that need more than registers, and the names of events and errors.

#include "hv.h"

#define PSCI_CPU_ON 0xc4000003

extern char hv_secondary[]; // start.S

// A call with a name in x1..x4; a name that is too long is cut, and nothing is called so.
static int64_t call_by_name(struct hv_registers *r, uint64_t function, const char *name)
{
    union {
        char bytes[HV_NAME_SIZE];
        uint64_t words[HV_NAME_SIZE / 8];
    } padded = {{0}};

    for (size_t i = 0; i < HV_NAME_SIZE && name[i]; i++)
        padded.bytes[i] = name[i];
    *r = (struct hv_registers){
        {function, padded.words[0], padded.words[1], padded.words[2], padded.words[3]}};
    return hv_call(r);
}

int64_t hv_schedule_find(const char *name, uint64_t *id)
{
    struct hv_registers r;
    int64_t error = call_by_name(&r, HV_SCHEDULE_FIND, name);

    if (!error)
        *id = r.x[1];
    return error;
}

int64_t hv_partition_find(const char *name, uint64_t *id)
{
    struct hv_registers r;
    int64_t error = call_by_name(&r, HV_PARTITION_FIND, name);

    if (!error)
        *id = r.x[1];
    return error;
}

int64_t hv_port_open(const char *name, struct hv_port *port)
{
    struct hv_registers r;
    int64_t error = call_by_name(&r, HV_PORT_OPEN, name);

    if (!error)
        *port = (struct hv_port){r.x[1], r.x[2], r.x[3], r.x[4], r.x[5], r.x[6]};
    return error;
}

int64_t hv_port_require(const char *name, uint64_t kind, uint64_t direction, uint64_t max_message,
                        struct hv_port *port)
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

uint64_t hv_numeric_check(void)
{
    uint64_t fpsr, wrong;

    __asm__ volatile("mrs %0, fpsr" : "=r"(fpsr));
    wrong = fpsr & 7; // OFC, DZC, IOC
    if (!wrong)
        return 0;
    __asm__ volatile("msr fpsr, %0" : : "r"(fpsr & ~7ul));
    hv_raise_event(HV_EVENT_NUMERIC_ERROR, (uintptr_t)__builtin_return_address(0), wrong);
    return wrong;
}

int64_t hv_doorbell_open(const char *name, struct hv_doorbell *doorbell)
{
    struct hv_registers r;
    int64_t error = call_by_name(&r, HV_DOORBELL_OPEN, name);

    if (!error)
        *doorbell = (struct hv_doorbell){r.x[1], r.x[2]};
    return error;
}

int64_t hv_cpu_on(uint64_t index, const struct hv_cpu_start *start)
{
    struct hv_registers r = {{PSCI_CPU_ON, index, (uintptr_t)hv_secondary, (uintptr_t)start}};

    return hv_call(&r);
}

const char *hv_event_text(uint64_t event)
{
    static const char *const text[HV_EVENT_COUNT] = {
        [HV_EVENT_NONE] = "none",
        [HV_EVENT_MEMORY_VIOLATION] = "memory violation",
        [HV_EVENT_ILLEGAL_ACCESS] = "illegal access",
        [HV_EVENT_ILLEGAL_INSTRUCTION] = "illegal instruction",
        [HV_EVENT_ILLEGAL_CALL] = "illegal call",
        [HV_EVENT_HARDWARE_FAULT] = "hardware fault",
        [HV_EVENT_GUEST_RESET] = "reset request",
        [HV_EVENT_GUEST_OFF] = "power-off request",
        [HV_EVENT_APPLICATION_ERROR] = "application error",
        [HV_EVENT_INTEGRITY] = "integrity",
        [HV_EVENT_WINDOW_LATE] = "late window",
        [HV_EVENT_WATCHDOG] = "watchdog",
        [HV_EVENT_BUDGET] = "budget",
        [HV_EVENT_RESTART_LIMIT] = "restart limit",
        [HV_EVENT_INITIALISATION] = "initialisation overrun",
        [HV_EVENT_UNEXPECTED_INTERRUPT] = "unexpected interrupt",
        [HV_EVENT_SYSTEM_ERROR] = "system error",
        [HV_EVENT_NUMERIC_ERROR] = "numeric error",
        [HV_EVENT_STACK_OVERFLOW] = "stack overflow",
        [HV_EVENT_PORT_CONFIGURATION] = "port configuration",
    };

    return event < HV_EVENT_COUNT ? text[event] : "unknown event";
}

const char *hv_error_text(int64_t error)
{
    static const char *const text[] = {
        "ok",           "not supported",         "invalid parameter", "not permitted",
        "invalid mode", "invalid configuration", "not available",     "no action",
    };

    return error <= 0 && error >= HV_NO_ACTION ? text[-error] : "unknown error";
}
