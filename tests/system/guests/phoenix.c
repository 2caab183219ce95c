// SPDX-License-Identifier: BSD-2-Clause
// Cold-starts itself for ever.

#include "check.h"

int main(void)
{
    if (hv_partition_status().starts % 8 == 1)
        hv_printf("start %lu\n", hv_partition_status().starts);
    hv_idle_self();
    hv_set_partition_mode(HV_MODE_COLD_START);
    return 0;
}
