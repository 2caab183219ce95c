// SPDX-License-Identifier: BSD-2-Clause
// Shares a core with a hostile partition and watches its own window starts: the k-th must begin at
// exactly t0 + k * period as the runtime tells it, and within a bound as the counter shows.

#include "check.h"
#include "hostile.h"

#define FRAMES 1000
#define OFFSET 200000 // ns into the frame, as the test describes it

static uint64_t late[ATTACKS], counted[ATTACKS], guard[1024];

static uint64_t pattern(uint64_t n)
{
    return n * 0x9e3779b97f4a7c15;
}

int main(void)
{
    uint64_t missed = 0, drift = 0, early = 0, told = 0, changed = 0, first_frame, offset;
    uint64_t hz = hv_get_time().hz, period = hv_partition_status().period;
    uint64_t zero = ticks_at(0);
    struct hv_window w;

    for (unsigned i = 0; i < 1024; i++)
        guard[i] = pattern(i);
    hv_idle_self();
    w = hv_window_status();
    first_frame = w.frame;
    offset = w.start - w.frame * period;
    for (uint64_t k = 1; k <= FRAMES; k++) {
        hv_idle_self();
        uint64_t now = hv_ticks();
        w = hv_window_status();
        uint64_t frame = first_frame + k;
        uint64_t edge = zero + (frame * period + offset) * (hz / 1000) / 1000000;
        uint64_t attack = frame % ATTACKS;

        missed += w.frame != frame;
        drift += w.start != frame * period + offset;
        early += now < edge;
        if (now - edge > late[attack])
            late[attack] = now - edge;
        counted[attack]++;
        told = w.max_late;
        for (unsigned i = 0; i < 1024; i++)
            changed += guard[i] != pattern(i);
    }
    hv_printf("window starts in the middle of the neighbour's attacks, %u frames\n", FRAMES);
    for (unsigned a = 0; a < ATTACKS; a++) {
        hv_printf("late %lu ticks in %lu windows: %s\n", late[a], counted[a], attack_names[a]);
        hv_idle_self();
    }
    hv_printf("late %lu ticks at most, as the runtime measured\n", told);
    check_equal(missed, 0, "no window is missed");
    check_equal(drift, 0, "the k-th edge is t0 + k * period");
    check_equal(changed, 0, "none of its memory changes");
    check_equal(early, 0, "no window starts early");
    check_equal(offset, OFFSET, "the window begins where the description says");
    checks_done();
}
