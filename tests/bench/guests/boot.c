// SPDX-License-Identifier: BSD-2-Clause
// Tells when the first major frame began. Built twice, with little and with much to copy: the
// difference is the price of a byte.

#include "bench.h"

#ifndef FILL
#define FILL 16
#endif

static const char fill[FILL] = {1};

int main(void)
{
    struct hv_time now = hv_get_time();

    hv_printf("began at tick %lu with %d more bytes\n", now.ticks - now.ns / INSTRUCTIONS_PER_TICK,
              FILL);
    __asm__ volatile("" : : "r"(fill)); // keep it
    hv_printf("done\n");
    return 0;
}
