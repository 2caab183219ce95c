// SPDX-License-Identifier: BSD-2-Clause
// Watches a partition that does anything: starts it again in whatever state it is, unless it was
// restarted since the last look. Tells how often it started.

#include "check.h"

enum { WRITES_CODE = 88 }; // its identifier says which passes count: those with code just written

int main(void)
{
    struct hv_partition p = {0};
    uint64_t id, other, before = 0, forced = 0, counted = 0, seen = 0;
    const volatile uint64_t *passes =
        (const volatile uint64_t *)0x40300000 + (hv_partition_status().id == WRITES_CODE);
    uint64_t enough = hv_schedule_find("full", &other) == HV_OK ? 10000000 : 400000;

    if (hv_partition_find("reckless", &id))
        hv_printf("FAIL it is not there\n");
    for (unsigned n = 0; counted < enough; n++) {
        for (unsigned i = 0; i < 8; i++)
            hv_idle_self();
        if (hv_partition_query(id, &p))
            hv_printf("FAIL it cannot be asked\n");
        if (p.starts == before && p.state != HV_STATE_RESTARTING && *passes == seen)
            forced += hv_partition_control(id, HV_CONTROL_COLD_START) == HV_OK;
        // A random store may hit the word itself: such a step is not counted.
        if (*passes - seen < 1000000)
            counted += *passes - seen;
        seen = *passes;
        before = p.starts;
        if (n % 16 == 15)
            hv_printf("\nround %u: %lu passes, %lu starts\n", n, counted, p.starts);
    }
    hv_printf("\nexecuted %lu starts %lu forced %lu\n", counted, p.starts, forced);
    check(p.starts > 10 && forced > 0, "it was started again and again");
    checks_done();
}
