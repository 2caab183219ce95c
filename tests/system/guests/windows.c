// SPDX-License-Identifier: BSD-2-Clause
// Tells each of its windows, and what else the runtime says about time and identity.

#include "check.h"

int main(void)
{
    uint64_t id[4], last = 0;
    struct hv_time time;
    struct hv_status s = hv_partition_status();
    struct hv_registers version = {{HV_VERSION}};

    hv_config_id(id);
    hv_printf("id %016lx period %lu duration %lu system %d\n", __builtin_bswap64(id[0]), s.period,
              s.duration, s.system);
    check_equal(hv_call(&version), HV_OK, "the version is told");
    check_equal(version.x[1], HV_ABI_MAJOR << 16 | HV_ABI_MINOR, "and right");
    time = hv_get_time();
    check_equal(time.hz, READ(cntfrq_el0), "ticks per second agree with CNTFRQ_EL0");
    check(hv_ticks() - time.ticks < 1000, "the counter is CNTVCT_EL0");
    for (unsigned n = 0; n < 12; n++) {
        struct hv_window w = hv_window_status();
        hv_printf("window %lu to %lu frame %lu %s\n", w.start, w.end, w.frame,
                  w.period_start ? "begins a period" : "");
        time = hv_get_time();
        if (time.ns < w.start || time.ns >= w.end || time.ns < last)
            check(false, "time lies inside the window and never goes back");
        last = time.ns;
        hv_idle_self();
    }
    checks_done();
}
