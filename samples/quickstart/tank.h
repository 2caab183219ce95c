// SPDX-License-Identifier: BSD-2-Clause
// What the sensor and the controller say to each other.
#ifndef TANK_H
#define TANK_H

#include "hv.h"

#define MILLISECOND 1000000ul // ns

struct measurement { // sampling port `temperature`, every period
    uint64_t number;
    int64_t millidegrees;
};

struct command { // queuing port `commands`, when something is to change
    uint64_t number;
    uint64_t heat; // 1: heater on
};

// "21.5" for 21500.
#define DEGREES       "%ld.%ld"
#define DEGREES_OF(t) (t) / 1000, (t) % 1000 / 100

// A window is missed when a major frame passed without it, late when it began more than 50 us after
// its edge. Both are counted by the partition itself, from what the runtime tells it.
struct punctuality {
    uint64_t windows, missed, late;
    uint64_t frame; // of the latest window
};

static inline void punctuality_note(struct punctuality *p)
{
    struct hv_window now = hv_window_status();

    if (p->windows++)
        p->missed += now.frame - p->frame - 1;
    if (now.late * 1000000 > 50 * hv_get_time().hz)
        p->late++;
    p->frame = now.frame;
}

#endif
