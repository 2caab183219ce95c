// SPDX-License-Identifier: BSD-2-Clause
// The display, a bare partition: prints what has passed through sensor, control task and logger,
// and how long after the measurement each had it.
#include "tank.h"

static uint64_t ms_between(uint64_t from, uint64_t to)
{
    return (to - from) / 1000000;
}

static void print(const struct entry *e)
{
    const struct order *o = &e->order;

    hv_printf("%lu: " DEGREES
              " C, heating %ld %% after %lu ms, line %lu after %lu ms, here after %lu ms\n",
              o->reading.number, DEGREES_OF(o->reading.temperature), o->heating,
              ms_between(o->reading.at, o->at), e->line, ms_between(o->reading.at, e->at),
              ms_between(o->reading.at, hv_get_time().ns));
}

int main(void)
{
    struct hv_port entries;
    struct hv_receipt receipt;
    struct entry entry;

    if (hv_port_open("entries", &entries))
        hv_raise_error(1);
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (;; hv_idle_self()) {
        while (hv_queuing_receive(&entries, &entry, &receipt) == HV_OK)
            print(&entry);
    }
}
