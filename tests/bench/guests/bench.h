// SPDX-License-Identifier: BSD-2-Clause
// What the bench guests share.
#ifndef BENCH_H
#define BENCH_H

#include "hv.h"
#include "hv_irq.h"

enum { ROUNDS = 1600, INSTRUCTIONS_PER_TICK = 16 }; // 62.5 MHz, 1 instruction = 1 ns

typedef char vectors[0x800];

uint64_t loop_empty(uint64_t count, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
uint64_t loop_hvc(uint64_t count, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
uint64_t loop_load(uint64_t count, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
uint64_t loop_sgi(uint64_t count, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
uint64_t loop_device(uint64_t count, uint64_t match, uint64_t value, uint64_t clear);
uint64_t timer_round(const vectors *at, uint64_t ahead);
uint64_t resume_round(uint64_t function, uint64_t k);
uint64_t exact_nothing(uint64_t x[10]);
uint64_t exact_hvc(uint64_t x[10]);
extern const vectors loop_vectors[], device_vectors[], timer_vectors[];

static inline void use_vectors(const vectors *at)
{
    __asm__ volatile("msr vbar_el1, %0\n\tisb" : : "r"(at));
}

// `less`: instructions of a round that do not belong to the path.
static inline void report(const char *name, uint64_t ticks, uint64_t less)
{
    hv_printf("measured %s %lu / %d\n", name, ticks * INSTRUCTIONS_PER_TICK - less * ROUNDS,
              ROUNDS);
}

#endif
