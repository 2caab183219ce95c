// SPDX-License-Identifier: BSD-2-Clause
// One of four on four cores: all windows of a frame start together. Each notes the counter at its
// start in a shared block; the first compares.

#include "check.h"

#define FRAMES 100
#define MARKS  ((volatile uint64_t *)0x40400000) // [core][frame]

int main(void)
{
    uint64_t core = hv_partition_status().id, spread = 0, early = 0, missing = 0;
    uint64_t period = hv_partition_status().period;
    struct hv_window w;

    for (;;) {
        hv_idle_self();
        uint64_t now = hv_ticks();
        w = hv_window_status();
        if (w.frame >= FRAMES)
            break;
        MARKS[core * FRAMES + w.frame] = now - ticks_at(w.frame * period) + 1;
        if (w.start != w.frame * period)
            MARKS[core * FRAMES + w.frame] = 1ul << 60;
    }
    if (core == 0) {
        hv_idle_self();
        for (unsigned f = 2; f < FRAMES; f++) {
            for (unsigned c = 0; c < 4; c++) {
                uint64_t late = MARKS[c * FRAMES + f] - 1;
                missing += late == ~0ul;
                early += late >> 32 != 0 && late != ~0ul;
                if (late < 1ul << 32 && late > spread)
                    spread = late;
            }
        }
        check_equal(missing, 0, "every core ran in every frame");
        check_equal(early, 0, "none started before the frame");
        hv_printf("latest start %lu ticks after the frame's\n", spread);
    }
    checks_done();
}
