// SPDX-License-Identifier: BSD-2-Clause
// Asks for its own status in every window, and says so.

#include "hv.h"

int main(void)
{
    for (;;) {
        hv_printf("asks in start %lu\n", hv_partition_status().starts);
        hv_idle_self();
    }
}
