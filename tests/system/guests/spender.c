// SPDX-License-Identifier: BSD-2-Clause
// Runs for stretches of all lengths, in its own windows and on given time, and tells the execution
// time that the runtime counts, between two looks at the counter.

#include "check.h"

enum { STRETCHES = 400, TOLD = 20 };

static struct look {
    uint64_t before, ns, all, after;
} told[TOLD];

int main(void)
{
    uint64_t seed = hv_partition_status().id + 1;

    hv_set_partition_mode(HV_MODE_NORMAL);
    for (unsigned n = 0; n < STRETCHES; n++) {
        uint64_t before = hv_ticks(), until = before;
        struct hv_execution had = hv_execution_time();
        uint64_t after = hv_ticks();
        unsigned i = n / (STRETCHES / TOLD);

        // The first of its kind; an edge between the looks says nothing.
        if (!told[i].ns && after - before < 50)
            told[i] = (struct look){before, had.own, had.all, after};
        seed = seed * 6364136223846793005 + 1442695040888963407;
        until += seed >> 49; // up to 0.5 ms: into the next window and beyond, too
        while (hv_ticks() < until)
            ;
        if (n % 5)
            hv_idle_self();
    }
    for (unsigned i = 0; i < TOLD; i++) {
        hv_printf("had %lu %lu at %lu to %lu\n", told[i].ns, told[i].all, told[i].before,
                  told[i].after);
        say_slowly();
    }
    hv_printf("spent\n");
    for (;;)
        hv_idle_self();
}
