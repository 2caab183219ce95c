// SPDX-License-Identifier: BSD-2-Clause
// A system partition with few rights: looks at `prey`, tries every control on it, and to end the
// module in a way that there is not.

#include "hv.h"

int main(void)
{
    struct hv_registers end = {{HV_MODULE_END, 2}};
    struct hv_partition p;
    uint64_t prey = 0;

    hv_partition_find("prey", &prey);
    hv_printf("query %ld\n", hv_partition_query(prey, &p));
    for (uint64_t c = HV_CONTROL_HALT; c <= HV_CONTROL_SHUTDOWN + 1; c++) {
        hv_printf("control %lu %ld\n", c, hv_partition_control(prey, c));
        hv_idle_self();
    }
    hv_printf("end %ld\n", hv_call(&end));
    hv_printf("done\n");
    for (;;)
        hv_idle_self();
}
