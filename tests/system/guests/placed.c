// SPDX-License-Identifier: BSD-2-Clause
// Lies in place, so it starts once: it finds its memory as it was linked, and no start that it or
// another partition asks for is made. Then it leaves its memory as no start may find it.
#include "check.h"

enum { EXTRA = 0x40200000, EXTRA_SIZE = 0x3000 };

static uint64_t fresh = 0x5eed, cleared[300];

static bool is_zero(const uint64_t *words, uint64_t size)
{
    for (uint64_t i = 0; i < size / 8; i++)
        if (words[i])
            return false;
    return true;
}

int main(void)
{
    uint64_t *extra = (uint64_t *)EXTRA;

    check_equal((int64_t)fresh, 0x5eed, "data as it was linked");
    check(is_zero(cleared, sizeof cleared), "zeroes behind it");
    check(is_zero(extra, EXTRA_SIZE), "zeroes in the other region");
    check_equal((int64_t)hv_partition_status().starts, 1, "the first start");
    check_equal(hv_set_partition_mode(HV_MODE_NORMAL), HV_OK, "normal");
    check_equal(hv_set_partition_mode(HV_MODE_COLD_START), HV_INVALID_MODE, "no cold start");
    check_equal(hv_set_partition_mode(HV_MODE_WARM_START), HV_INVALID_MODE, "no warm start");
    fresh = 0;
    for (unsigned i = 0; i < sizeof cleared / 8; i++)
        cleared[i] = ~0ull;
    for (unsigned i = 0; i < EXTRA_SIZE / 8; i++)
        extra[i] = ~0ull;
    checks_done();
}
