// SPDX-License-Identifier: BSD-2-Clause
// Restarts itself a thousand times, warm and cold in turn; every life looks at what it was given.

#include "check.h"

enum { LIVES = 1001 };

static uint64_t *const kept = (uint64_t *)0x40200000;
static uint64_t fresh = 0x5eed, cleared;

int main(void)
{
    struct hv_status s = hv_partition_status();
    bool warm = s.starts % 2 == 0; // the odd lives ask for a warm start

    if (fresh != 0x5eed || cleared != 0 || kept[0] != (warm ? s.starts - 1 : 0) ||
        s.mode != (warm ? HV_MODE_WARM_START : HV_MODE_COLD_START) ||
        s.condition != (s.starts == 1 ? HV_START_NORMAL : HV_START_PARTITION_RESTART))
        hv_printf("FAIL start %lu mode %lu condition %lu fresh %lx cleared %lx kept %lu\n",
                  s.starts, s.mode, s.condition, fresh, cleared, kept[0]);
    fresh = cleared = ~s.starts;
    kept[0] = s.starts;
    if (s.starts == LIVES) {
        hv_printf("done: %lu starts\n", s.starts);
        hv_set_partition_mode(HV_MODE_IDLE);
    }
    hv_set_partition_mode(HV_MODE_NORMAL);
    hv_set_partition_mode(warm ? HV_MODE_COLD_START : HV_MODE_WARM_START);
    hv_printf("FAIL it came back\n");
    return 0;
}
