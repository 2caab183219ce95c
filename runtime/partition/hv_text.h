// SPDX-License-Identifier: BSD-2-Clause
// libhv: events and errors in words, "memory violation" for HV_EVENT_MEMORY_VIOLATION, "not
// available" for HV_NOT_AVAILABLE, and so on. Part of hv.h.
#ifndef BULKHEAD_HV_TEXT_H
#define BULKHEAD_HV_TEXT_H

#include "abi.h"
#include <stdint.h>

static inline const char *hv_event_text(uint64_t event)
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

static inline const char *hv_error_text(int64_t error)
{
    static const char *const text[] = {
        "ok",           "not supported",         "invalid parameter", "not permitted",
        "invalid mode", "invalid configuration", "not available",     "no action",
    };

    return error <= 0 && error >= HV_NO_ACTION ? text[-error] : "unknown error";
}

#endif
