// SPDX-License-Identifier: BSD-2-Clause
// Uses a little of what it has and gives up the rest; its registers and its memory must not notice.

#include "check.h"

static uint64_t guard[512];

int main(void)
{
    uint64_t own = 0, given = 0, changed = 0;

    for (unsigned i = 0; i < 512; i++)
        guard[i] = i * 0x9e3779b97f4a7c15;
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (;;) {
        struct hv_window w = hv_window_status();

        own += !w.given;
        given += w.given;
        for (unsigned i = 0; i < 512; i++)
            changed += guard[i] != i * 0x9e3779b97f4a7c15;
        if ((own + given) % 16 == 0)
            hv_printf("own %lu given %lu frame %lu changed %lu\n", own, given, w.frame, changed);
        hv_idle_self();
    }
}
