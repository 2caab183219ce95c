// SPDX-License-Identifier: BSD-2-Clause
// Asks the machine to power off and to reset, by every way there is. Only this partition hears it.

#include "check.h"

static int64_t ask(bool smc, uint64_t function)
{
    register uint64_t x0 __asm__("x0") = function;

    if (smc)
        __asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    else
        __asm__ volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    return (int64_t)x0;
}

int main(void)
{
    struct hv_status status = hv_partition_status();

    hv_printf("start %lu condition %lu event %lu\n", status.starts, status.condition, status.event);
    hv_idle_self();
    switch (status.starts) {
    case 1:
        hv_printf("version 0x%lx by HVC, 0x%lx by SMC\n", ask(false, 0x84000000),
                  ask(true, 0x84000000));
        ask(false, 0x84000008); // SYSTEM_OFF
        break;
    case 2:
        ask(false, 0x84000009); // SYSTEM_RESET
        break;
    case 3:
        ask(true, 0x84000008);
        break;
    case 4:
        ask(true, 0x84000009);
        break;
    case 5:
        ask(false, 0x84000002); // CPU_OFF of the last vcpu
        break;
    default:
        checks_done();
    }
    hv_printf("FAIL: it came back\n");
    return 0;
}
