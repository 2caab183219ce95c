// SPDX-License-Identifier: BSD-2-Clause
// What a vcpu gets of its core: the windows of one frame, repeated for ever, and every question
// about them answered in whole nanoseconds from the real table, never from a model of it.
//
// Windows that touch are one stretch, unless the vcpu changes cores between them. Where the switch
// cost is charged to the window, a stretch begins that much later, and a stretch no longer than
// that gives nothing. A table that repeats within its frame is kept once: `frame` is what repeats.
#ifndef HVBUILD_SERVICE_H
#define HVBUILD_SERVICE_H

#include "analysis/timetable.h"

#define NEVER UINT64_MAX

struct stretch { // [start, end) in ns from the start of the frame
    uint64_t start, end;
};

struct service {
    uint64_t frame; // ns, > 0: the major frame, or the part of it of which it is a repetition
    struct stretch *stretches; // sorted, disjoint, not touching inside the frame; the last may
                               // touch the first around its end
    size_t count;
    uint64_t *before; // before[i]: service in [0, stretches[i].start); before[count]: in one frame
};

// The service of vcpu `cpu` of a partition in a schedule. Overlapping windows count once.
struct service service_of(struct arena *a, const struct model *m, const struct timetable *t,
                          const struct partition *p, size_t cpu);

// Service in [0, t) and in [from, to); t may lie in any repetition of the frame.
uint64_t service_until(const struct service *s, uint64_t t);
uint64_t service_between(const struct service *s, uint64_t from, uint64_t to);

// The first instant t with `amount` of service in [from, t); `from` itself for amount 0; NEVER
// without any service, or past 2^63.
uint64_t service_finish(const struct service *s, uint64_t from, uint64_t amount);

// The supply bound function: the least service in any interval of length t (Mok and Feng 2001). The
// worst interval begins where a stretch ends, so those are tried, all of them: O(count).
uint64_t service_least(const struct service *s, uint64_t t);
// Its inverse: the shortest interval that holds `amount` of service wherever it begins; NEVER
// without any service, or past 2^63. O(count).
uint64_t service_least_time(const struct service *s, uint64_t amount);
// Where in the frame an interval begins that needs that long; 0 for amount 0.
uint64_t service_worst_begin(const struct service *s, uint64_t amount);

// The longest time without service (blackout), around the end of the frame too, and where it begins
// in the frame (`begins` may be NULL). The whole frame, and 0, without any service.
uint64_t service_blackout(const struct service *s, uint64_t *begins);

#endif
