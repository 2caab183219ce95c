// SPDX-License-Identifier: BSD-2-Clause
// Where each health event of abi.h happens: masks of 1 << HV_EVENT_*. An event is decided by the
// row of the partition that it happens in, or by the module's row.
#ifndef BULKHEAD_EVENT_LEVELS_H
#define BULKHEAD_EVENT_LEVELS_H

#include "abi.h"

#define HV_EVENTS_MODULE                                                                           \
    (1u << HV_EVENT_HARDWARE_FAULT | 1u << HV_EVENT_WINDOW_LATE |                                  \
     1u << HV_EVENT_UNEXPECTED_INTERRUPT | 1u << HV_EVENT_SYSTEM_ERROR)

#define HV_EVENTS_PARTITION                                                                        \
    (1u << HV_EVENT_MEMORY_VIOLATION | 1u << HV_EVENT_ILLEGAL_ACCESS |                             \
     1u << HV_EVENT_ILLEGAL_INSTRUCTION | 1u << HV_EVENT_ILLEGAL_CALL |                            \
     1u << HV_EVENT_HARDWARE_FAULT | 1u << HV_EVENT_GUEST_RESET | 1u << HV_EVENT_GUEST_OFF |       \
     1u << HV_EVENT_APPLICATION_ERROR | 1u << HV_EVENT_INTEGRITY | 1u << HV_EVENT_WATCHDOG |       \
     1u << HV_EVENT_BUDGET | 1u << HV_EVENT_RESTART_LIMIT | 1u << HV_EVENT_INITIALISATION |        \
     1u << HV_EVENT_NUMERIC_ERROR | 1u << HV_EVENT_STACK_OVERFLOW |                                \
     1u << HV_EVENT_PORT_CONFIGURATION)

// Of these the ones that may be given to a handler in the partition: what its instructions cause.
#define HV_EVENTS_PROCESS                                                                          \
    (1u << HV_EVENT_MEMORY_VIOLATION | 1u << HV_EVENT_ILLEGAL_ACCESS |                             \
     1u << HV_EVENT_ILLEGAL_INSTRUCTION | 1u << HV_EVENT_ILLEGAL_CALL |                            \
     1u << HV_EVENT_HARDWARE_FAULT | 1u << HV_EVENT_APPLICATION_ERROR |                            \
     1u << HV_EVENT_NUMERIC_ERROR | 1u << HV_EVENT_STACK_OVERFLOW |                                \
     1u << HV_EVENT_PORT_CONFIGURATION)

// The ones that a partition may report itself, by HV_RAISE_EVENT.
#define HV_EVENTS_REPORTED                                                                         \
    (1u << HV_EVENT_MEMORY_VIOLATION | 1u << HV_EVENT_ILLEGAL_INSTRUCTION |                        \
     1u << HV_EVENT_APPLICATION_ERROR | 1u << HV_EVENT_NUMERIC_ERROR |                             \
     1u << HV_EVENT_STACK_OVERFLOW | 1u << HV_EVENT_PORT_CONFIGURATION)

#endif
