// SPDX-License-Identifier: BSD-2-Clause
// More vcpus.

#include "hv.h"

#define PSCI_CPU_ON 0xc4000003

extern char hv_secondary[]; // start.S

int64_t hv_cpu_on(uint64_t index, const struct hv_cpu_start *start)
{
    struct hv_registers r = {{PSCI_CPU_ON, index, (uintptr_t)hv_secondary, (uintptr_t)start}};

    return hv_call(&r);
}
