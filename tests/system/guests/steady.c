// SPDX-License-Identifier: BSD-2-Clause
// Measures its own windows and guards its memory, for ever; tells every 64 windows.

#include "check.h"

static uint64_t guard[2048];

int main(void)
{
    struct hv_window w = hv_window_status();
    uint64_t changed = 0, moved = 0, latest = 0, before = w.start, frame = w.frame, period;

    for (unsigned i = 0; i < 2048; i++)
        guard[i] = i * 0x9e3779b97f4a7c15;
    hv_set_partition_mode(HV_MODE_NORMAL);
    hv_idle_self();
    w = hv_window_status();
    period = (w.start - before) / (w.frame - frame);
    for (uint64_t n = 1;; n++) {
        before = w.start;
        frame = w.frame;
        hv_idle_self();
        w = hv_window_status();
        moved += w.start != before + period || w.frame != frame + 1;
        latest = w.late > latest ? w.late : latest;
        for (unsigned i = 0; i < 2048; i++)
            changed += guard[i] != i * 0x9e3779b97f4a7c15;
        if (n % 64 == 0)
            hv_printf("windows %lu moved %lu late %lu changed %lu starts %lu\n", n, moved, latest,
                      changed, hv_partition_status().starts);
    }
}
