// SPDX-License-Identifier: BSD-2-Clause
// Sets timers for times of all lengths and runs or rests until they must have expired. The
// partition's identifier can make it one that sets them without pause, one that hangs, or one that
// is never initialised before its third start.

#include "check.h"

enum { ROUNDS = 150, ID_STORM = 9, ID_LEFT = 10, ID_SLOW = 11 };

static _Noreturn void storm(void)
{
    static const uint64_t values[] = {
        1, 100, 5000, 0, HV_TIMER_MAX, HV_TIMER_MAX + 1, 1ul << 63, ~0ul, 1,
    };

    for (uint64_t n = 0;; n++) {
        uint64_t ns = values[n % (sizeof values / sizeof *values)];
        int64_t want = ns > HV_TIMER_MAX ? HV_INVALID_PARAM : HV_OK;

        if (hv_watchdog_set(ns) != want || hv_budget_set(ns) != want)
            hv_printf("wrong answer to %lx\n", ns);
        if (n % 5000 == 0)
            hv_printf("stormed\n");
    }
}

static void wait(uint64_t ns, bool rests)
{
    uint64_t until = hv_ticks() + ns / 16;

    while (hv_ticks() < until)
        if (rests)
            hv_idle_self();
}

int main(void)
{
    uint64_t id = hv_partition_status().id, seed = id;

    while (id == ID_SLOW && hv_partition_status().starts < 3)
        ;
    hv_set_partition_mode(HV_MODE_NORMAL);
    if (id == ID_STORM)
        storm();
    if (id == ID_SLOW)
        hv_printf("initialised\n");
    if (id == ID_LEFT) { // alive for three windows, then caught in a loop
        for (unsigned n = 0; n < 3; n++, hv_idle_self())
            hv_watchdog_set(1100000);
        hv_printf("start %lu hangs\n", hv_partition_status().starts);
        for (;;)
            ;
    }
    for (unsigned n = 0; n < ROUNDS; n++) {
        uint64_t ns, until, had;

        seed = seed * 6364136223846793005 + 1442695040888963407;
        ns = 1 + (seed >> 44); // up to a frame
        if (n % 2) {
            hv_watchdog_set(ns);
            wait(ns + 320, n % 3 == 0);
        } else {
            hv_budget_set(ns);
            until = hv_execution_time().own + ns + 320;
            if (n % 5 == 0)
                hv_idle_self();
            while ((had = hv_execution_time().own) < until)
                wait(until - had, false);
        }
    }
    hv_printf("hunted\n");
    for (;;)
        hv_idle_self();
}
