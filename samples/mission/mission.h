// SPDX-License-Identifier: BSD-2-Clause
// What the partitions of the mission say to each other, and how each keeps an eye on its windows.
#ifndef MISSION_H
#define MISSION_H

#include "hv.h"

#define MILLISECOND 1000000ul // ns

enum phase { LAUNCH, CRUISE, SAFE }; // the identifiers of the schedules in system.yaml

static inline const char *phase_name(uint64_t phase)
{
    static const char *const names[] = {"launch", "cruise", "safe"};

    return phase <= SAFE ? names[phase] : "?";
}

// ---- Messages ----------------------------------------------------------------------------------

struct flight { // sampling port `flight`, from guidance, every window
    uint64_t number;
    uint64_t altitude; // km
};

struct state { // sampling port `state`, from the supervisor, every window
    uint64_t phase;
    uint64_t failures; // of the camera
};

struct order { // queuing port `orders`, from the ground through the radio
    uint64_t phase;
};

// ---- Windows -----------------------------------------------------------------------------------

// The windows of one phase, as the partition itself saw them. With one window a period, each must
// begin a period after the one before and be as long.
struct windows {
    uint64_t phase, since;           // the schedule, and when it began
    uint64_t period, length;         // ns
    uint64_t last;                   // begin of the latest
    uint64_t count, misplaced, late; // late: by more than 50 us
};

static inline void windows_tell(const struct windows *w)
{
    hv_printf("%lu windows in %s: %lu ms long, %lu ms into every %lu ms, %lu misplaced, %lu late\n",
              w->count, phase_name(w->phase), w->length / MILLISECOND,
              (w->last - w->since) % w->period / MILLISECOND, w->period / MILLISECOND, w->misplaced,
              w->late);
}

// To be called once in every window. Tells of the windows of a phase when the next one has begun,
// and now and then in a long one.
static inline void windows_note(struct windows *w)
{
    struct hv_schedule schedule = hv_schedule_status();
    struct hv_window now = hv_window_status();

    if (w->count && schedule.changed == w->since) {
        w->misplaced += now.start != w->last + w->period || now.end - now.start != w->length;
    } else {
        if (w->count)
            windows_tell(w);
        *w = (struct windows){.phase = schedule.current,
                              .since = schedule.changed,
                              .period = hv_partition_status().period,
                              .length = now.end - now.start};
    }
    w->late += now.late * 1000000 > 50 * hv_get_time().hz;
    w->last = now.start;
    if (++w->count % 50 == 0)
        windows_tell(w);
}

#endif
