// SPDX-License-Identifier: BSD-2-Clause
// Never rests, and tells each stretch of time that it has: its own windows, and what it is given.

#include "check.h"

enum { TOLD = 24 };

static struct hv_window windows[TOLD];
static uint64_t firsts[TOLD], lasts[TOLD]; // when it was seen to run there

int main(void)
{
    struct hv_window w, after;
    unsigned n = 0;

    hv_set_partition_mode(HV_MODE_NORMAL);
    for (;;) {
        struct hv_time time;

        w = hv_window_status();
        time = hv_get_time();
        after = hv_window_status();
        if (w.start != after.start || w.given != after.given)
            continue; // an edge lay between
        if (n == 0 || windows[n - 1].start != w.start) {
            if (n == TOLD)
                break;
            windows[n] = w;
            firsts[n++] = time.ns;
        }
        lasts[n - 1] = time.ns;
    }
    for (n = 0; n < TOLD; n++)
        hv_printf("%s %lu to %lu frame %lu from %lu to %lu%s\n", windows[n].given ? "given" : "own",
                  windows[n].start, windows[n].end, windows[n].frame, firsts[n], lasts[n],
                  windows[n].period_start ? " begins" : "");
    hv_printf("taken\n");
    for (;;)
        hv_idle_self();
}
