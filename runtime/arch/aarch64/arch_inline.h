// SPDX-License-Identifier: BSD-2-Clause
// The parts of arch.h that are one or two instructions. gnu_inline: arch.h declares them as
// ordinary functions, these bodies are never emitted out of line.
#ifndef BULKHEAD_ARCH_INLINE_H
#define BULKHEAD_ARCH_INLINE_H

#include "sysreg.h"

#define ARCH_INLINE extern inline __attribute__((gnu_inline, always_inline))

// The physical counter; but with VCPU_FROZEN CNTVOFF_EL2 is 0, and guests read the same value. No
// ISB: every use follows an exception entry or tolerates a few ticks of speculation.
ARCH_INLINE uint64_t arch_time(void)
{
    return READ_SYSREG(cntpct_el0);
}

ARCH_INLINE void arch_alarm(uint64_t ticks)
{
    WRITE_SYSREG(cnthp_cval_el2, ticks);
}

static inline uint64_t *arch_register(struct vcpu *v, unsigned n)
{
    return &v->arch.x[n];
}

static inline void arch_relax(void)
{
    __asm__ volatile("yield" ::: "memory");
}

#endif
