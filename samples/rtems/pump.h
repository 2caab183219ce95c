// SPDX-License-Identifier: BSD-2-Clause
// What pump and manager say to each other.
#ifndef PUMP_H
#define PUMP_H

#include "hv.h"

struct level { // sampling port `levels`: the pump's
    uint64_t number;
    uint64_t percent; // of the tank
};

struct command {     // queuing port `commands`: the manager's
    uint64_t number; // of the level that it answers
    uint64_t run;    // 1: the pump shall run
};

#endif
