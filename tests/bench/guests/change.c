// SPDX-License-Identifier: BSD-2-Clause
// Partition change: the edge at which the neighbour's last instruction ends, to the first
// instruction here. Both have both timers armed and floating point in use.

#include "bench.h"

int main(void)
{
    uint64_t sum = 0, least = ~0ul, most = 0;
    struct hv_time now = hv_get_time();
    uint64_t zero = now.ticks - now.ns / INSTRUCTIONS_PER_TICK; // 16 ns a tick

    hv_virtual_timer(~0ul);
    hv_physical_timer(~0ul);
    for (unsigned round = 0; round < 1024; round++) {
        uint64_t first = resume_round(HV_IDLE_SELF, round % 16);
        uint64_t late = first - zero - hv_window_status().start / INSTRUCTIONS_PER_TICK;

        sum += late;
        least = late < least ? late : least;
        most = late > most ? late : most;
    }
    hv_printf("measured partition change %lu / 64\n", sum);
    hv_printf("between %lu and %lu ticks\n", least, most);
    hv_printf("done\n");
    return 0;
}
