// SPDX-License-Identifier: BSD-2-Clause
// Tells how it was started, then each of its windows and the schedule that it belongs to.

#include "check.h"

int main(void)
{
    struct hv_status p = hv_partition_status();

    hv_printf("start %lu mode %lu condition %lu at %lu refused %ld\n", p.starts, p.mode,
              p.condition, hv_get_time().ns, hv_schedule_set(hv_schedule_status().current));
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (;;) {
        struct hv_window w = hv_window_status();
        p = hv_partition_status();
        hv_printf("window %lu to %lu frame %lu schedule %lu period %lu duration %lu\n", w.start,
                  w.end, w.frame, hv_schedule_status().current, p.period, p.duration);
        hv_idle_self();
    }
}
