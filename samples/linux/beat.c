// SPDX-License-Identifier: BSD-2-Clause
// A bare partition beside Linux: tells once in a second how late its windows began at most.
#include "hv.h"

int main(void)
{
    struct hv_window w = hv_window_status();
    uint64_t latest = 0;

    hv_set_partition_mode(HV_MODE_NORMAL);
    for (unsigned n = 1;; n++) {
        latest = w.late > latest ? w.late : latest;
        if (n % 50 == 0)
            hv_printf("%u windows, the latest by %lu ticks\n", n, latest);
        hv_idle_self();
        w = hv_window_status();
    }
}
