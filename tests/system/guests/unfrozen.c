// SPDX-License-Identifier: BSD-2-Clause
// Its counters run on, whatever those of the partition before it do.

#include "check.h"

enum { TICK = 16 }; // ns

int main(void)
{
    struct hv_time before = hv_get_time(), after;
    uint64_t base = before.ticks - before.ns / TICK, differ = 0, jumps = 0;

    for (unsigned i = 0; i < 2000; i++) {
        uint64_t virtual_now, physical_now;

        hv_idle_self();
        before = hv_get_time();
        virtual_now = hv_ticks();
        physical_now = READ(cntpct_el0);
        after = hv_get_time();
        differ += virtual_now < before.ticks || physical_now < virtual_now ||
                  after.ticks < physical_now || physical_now > virtual_now + 1; // a trap takes 4
        jumps += before.ticks - before.ns / TICK != base;
    }
    check_equal(jumps, 0, "its counter goes with the module's time");
    check_equal(differ, 0, "so does the physical one, which needs no trap");
    checks_done();
}
