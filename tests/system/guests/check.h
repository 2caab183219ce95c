// SPDX-License-Identifier: BSD-2-Clause
// How a test guest tells its results: one line per check, a last line with their number.
#ifndef CHECK_H
#define CHECK_H

#include "hv.h"
#if HV_USER
#include <stdlib.h>
#endif

// Lets time pass: the rest of the window, or a millisecond for a program of Linux.
static inline void let_time_pass(void)
{
#if HV_USER
    usleep(1000);
#else
    hv_idle_self();
#endif
}

static unsigned checks_made;

// Waits a window after every fourth line: a partition's console buffer is small.
static inline void say_slowly(void)
{
    if (++checks_made % 4 == 0)
        let_time_pass();
}

static inline bool check(bool ok, const char *what)
{
    hv_printf("%s %s\n", ok ? "pass" : "FAIL", what);
    say_slowly();
    return ok;
}

static inline bool check_equal(int64_t got, int64_t want, const char *what)
{
    if (got == want)
        hv_printf("pass %s\n", what);
    else
        hv_printf("FAIL %s: %ld (0x%lx), not %ld (0x%lx)\n", what, got, got, want, want);
    say_slowly();
    return got == want;
}

// Prints the last line and rests for ever; a program ends.
static inline _Noreturn void checks_done(void)
{
    hv_printf("done: %u checks\n", checks_made);
#if HV_USER
    exit(0);
#endif
    for (;;)
        let_time_pass();
}

// Absolute counter value of a time in ns since the first major frame.
static inline uint64_t ticks_at(uint64_t ns)
{
    struct hv_time now = hv_get_time();

    // both sides fit easily in the minutes that a test lasts
    return now.ticks - now.ns * now.hz / 1000000000 + ns * now.hz / 1000000000;
}

#define READ(reg)                                                                                  \
    ({                                                                                             \
        uint64_t read_value;                                                                       \
        __asm__ volatile("mrs %0, " #reg : "=r"(read_value) : : "memory");                         \
        read_value;                                                                                \
    })
#define WRITE(reg, value)                                                                          \
    ({                                                                                             \
        uint64_t write_value = (value);                                                            \
        __asm__ volatile("msr " #reg ", %0" : : "r"(write_value) : "memory");                      \
    })

#endif
