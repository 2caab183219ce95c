// SPDX-License-Identifier: BSD-2-Clause
// Leaves a value in every register that can be written, for the next one to find.
#ifndef PAINT_H
#define PAINT_H

#include "check.h"
#include "system_registers.h"

struct bank { // canary_hold.S
    uint64_t x[31], nzcv, fpcr, fpsr;
    uint64_t q[32][2];
} __attribute__((aligned(16)));

void canary_hold(const struct bank *in, struct bank *out);

static inline void paint_everything(uint64_t value)
{
    static struct bank bank, rest;

    for (unsigned i = 0; i < 31; i++)
        bank.x[i] = value;
    for (unsigned i = 0; i < 32; i++)
        bank.q[i][0] = bank.q[i][1] = value;
    bank.nzcv = value & 0xf0000000;
    bank.fpcr = value & 0x07c00000;
    bank.fpsr = value & 0x0800009f;
#define X(name, assembler, mask, ones)                                                             \
    __asm__ volatile("msr " assembler ", %0" : : "r"((value & (mask)) | (ones)));
    SYSTEM_REGISTERS(X)
#undef X
    canary_hold(&bank, &rest);
}

#endif
