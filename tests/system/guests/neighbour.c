// SPDX-License-Identifier: BSD-2-Clause
// The partition next door: lives at a known physical address, offers messages, and looks in every
// window whether anything of it changed.

#include "check.h"

static struct hv_port out, queue_out;
static char message[64] = "sampling", queued[64] = "queued";
static uint64_t guard[4096];

// Of its code region, all of it.
static uint64_t code_sum(void)
{
    uint64_t sum = 0;

    for (const uint64_t *word = (const uint64_t *)0x40000000; (uintptr_t)word < 0x40010000; word++)
        sum = (sum << 1 | sum >> 63) ^ *word;
    return sum;
}

int main(void)
{
    uint64_t changed = 0, code = code_sum();

    for (unsigned i = 0; i < 4096; i++)
        guard[i] = i * 0x9e3779b97f4a7c15;
    if (hv_port_open("in", &out) == HV_OK)
        hv_sampling_write(&out, message, sizeof message);
    if (hv_port_open("queue_in", &queue_out) == HV_OK)
        hv_queuing_send(&queue_out, queued, sizeof queued);
    hv_set_partition_mode(HV_MODE_NORMAL);
    for (uint64_t window = 1;; window++) {
        changed += code_sum() != code;
        for (unsigned i = 0; i < 4096; i++)
            changed += guard[i] != i * 0x9e3779b97f4a7c15;
        if (window % 16 == 0)
            hv_printf("alive, start %lu, frame %lu, changed %lu\n", hv_partition_status().starts,
                      hv_window_status().frame, changed);
        hv_idle_self();
    }
}
