// SPDX-License-Identifier: BSD-2-Clause
// What a board is to the architecture: numbers and a console (arch.h), nothing else.
#ifndef BULKHEAD_BOARD_H
#define BULKHEAD_BOARD_H

#include <stdint.h>

struct board {
    uint16_t id;                 // TBL_BOARD_*
    uint64_t ram_start, ram_end; // where memory can be; the tables say where it is
    uint64_t gicd, gicd_size, gicr, gicr_size;
    uint64_t console, console_size;
};

extern const struct board board;

#endif
