// SPDX-License-Identifier: BSD-2-Clause
// Breaks a rule at every start and tells what it found. What happens then is configured: the same
// program serves every action.

#include "check.h"

#define KEPT  ((volatile uint64_t *)0x40200000) // region with keep: true
#define PLAIN ((volatile uint64_t *)0x40300000) // region without
#define STRAY ((volatile uint64_t *)0x50000000)

static uint64_t in_data = 7, in_bss;

int main(void)
{
    struct hv_status s = hv_partition_status();

    hv_printf("start %lu mode %lu condition %lu event %lu\n", s.starts, s.mode, s.condition,
              s.event);
    hv_printf("kept %lu plain %lu data %lu bss %lu\n", *KEPT, *PLAIN, in_data, in_bss);
    ++*KEPT;
    ++*PLAIN;
    in_data++;
    in_bss++;
    hv_set_partition_mode(HV_MODE_NORMAL);
    hv_idle_self();
    if (s.starts < 4) {
        *STRAY = 1;
        hv_printf("survived the write\n");
        if (*STRAY == 0)
            hv_printf("read zero\n");
        hv_raise_error(42);
        hv_printf("survived the error\n");
    }
    hv_printf("end of start %lu\n", s.starts);
    for (;;)
        hv_idle_self();
}
