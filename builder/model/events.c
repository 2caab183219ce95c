// SPDX-License-Identifier: BSD-2-Clause
// Event to key: an event that the configuration may not decide has none.
#include "model/events.h"

#define PARTITION(event, name) [HV_EVENT_##event] = {name, KEY_HEALTH_##event, KEYS}
#define MODULE(event, name)    [HV_EVENT_##event] = {name, KEYS, KEY_MODULE_HEALTH_##event}
#define FIXED(event, name)     [HV_EVENT_##event] = {name, KEYS, KEYS}

const struct event_info event_infos[HV_EVENT_COUNT] = {
    FIXED(NONE, "none"),
    PARTITION(MEMORY_VIOLATION, "memory_violation"),
    PARTITION(ILLEGAL_ACCESS, "illegal_access"),
    PARTITION(ILLEGAL_INSTRUCTION, "illegal_instruction"),
    PARTITION(ILLEGAL_CALL, "illegal_call"),
    [HV_EVENT_HARDWARE_FAULT] = {"hardware_fault", KEY_HEALTH_HARDWARE_FAULT,
                                 KEY_MODULE_HEALTH_HARDWARE_FAULT},
    PARTITION(GUEST_RESET, "guest_reset"),
    PARTITION(GUEST_OFF, "guest_off"),
    PARTITION(APPLICATION_ERROR, "application_error"),
    FIXED(INTEGRITY, "integrity"),
    FIXED(WINDOW_LATE, "window_late"), // on_lateness, with its bound
    PARTITION(WATCHDOG, "watchdog"),
    PARTITION(BUDGET, "budget"),
    PARTITION(RESTART_LIMIT, "restart_limit"),
    PARTITION(INITIALISATION, "initialisation"),
    PARTITION(NUMERIC_ERROR, "numeric_error"),
    PARTITION(STACK_OVERFLOW, "stack_overflow"),
    PARTITION(PORT_CONFIGURATION, "port_configuration"),
    MODULE(UNEXPECTED_INTERRUPT, "unexpected_interrupt"),
    MODULE(SYSTEM_ERROR, "system_error"),
};
