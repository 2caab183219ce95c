// SPDX-License-Identifier: BSD-2-Clause
// What the three say to each other: each adds its part to what it got.
#ifndef TANK_H
#define TANK_H

#include "hv.h"

struct reading { // sampling port `readings`: the sensor's
    uint64_t number;
    uint64_t at;         // ns since the first major frame, the same clock for all
    int64_t temperature; // thousandths of a degree
};

struct order { // queuing port `orders`: the control task's
    struct reading reading;
    uint64_t at;
    int64_t heating; // per cent
};

struct entry { // queuing port `entries`: the logger's
    struct order order;
    uint64_t at;
    uint64_t line; // of the log
};

// "21.500" for 21500.
#define DEGREES       "%ld.%03ld"
#define DEGREES_OF(t) (t) / 1000, (t) % 1000

#endif
