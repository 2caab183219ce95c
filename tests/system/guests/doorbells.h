// SPDX-License-Identifier: BSD-2-Clause
// What the guests of system/doorbells.py tell each other in shared memory.
#ifndef DOORBELLS_H
#define DOORBELLS_H

#include <stdint.h>

enum {
    SHUTDOWN = 99,
    LATER = 100,
    AT_ONCE = 101
}; // interrupts of a listener; without, with `every`

struct rung { // written by the ringer alone
    volatile uint64_t sequence;
    volatile uint64_t ticks; // just before the ring
};

struct heard {                  // written by one listener alone
    volatile uint64_t count[2]; // LATER, AT_ONCE
    volatile uint64_t strange;  // any other interrupt
    volatile uint64_t sequence; // of the ringer, as the last interrupt found it
    volatile uint64_t ticks;    // of the last interrupt
    volatile uint64_t into;     // ns from the start of the window to the last interrupt
    volatile uint64_t starts;
    volatile uint64_t ended; // as it was asked to
};

#define RUNG  ((struct rung *)0x40200000ul)
#define HEARD ((struct heard *)0x40300000ul) // of a listener; the ringer has one a page

#endif
