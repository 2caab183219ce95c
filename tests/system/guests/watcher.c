// SPDX-License-Identifier: BSD-2-Clause
// Watches when its windows begin, to the tick: what it can learn of who ran before.

#include "check.h"

enum { WINDOWS = 300 };

static uint64_t guard[4096];

int main(void)
{
    uint64_t least = ~0ul, most = 0, late = 0, changed = 0;

    for (unsigned i = 0; i < 4096; i++)
        guard[i] = i * 0x9e3779b97f4a7c15;
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (unsigned n = 0; n < WINDOWS; n++) {
        struct hv_window w;
        uint64_t begun;

        hv_idle_self();
        begun = hv_ticks();
        w = hv_window_status();
        begun -= ticks_at(w.start);
        least = begun < least ? begun : least;
        most = begun > most ? begun : most;
        late = w.max_late > late ? w.max_late : late;
        for (unsigned i = 0; i < 4096; i++)
            changed += guard[i] != i * 0x9e3779b97f4a7c15;
    }
    hv_printf("begins %lu to %lu late %lu changed %lu\n", least, most, late, changed);
    for (;;)
        hv_idle_self();
}
