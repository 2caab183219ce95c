// SPDX-License-Identifier: BSD-2-Clause
// The inline parts of arch.h for the fake architecture.
#ifndef BULKHEAD_ARCH_INLINE_H
#define BULKHEAD_ARCH_INLINE_H

void fake_relax(void);

static inline uint64_t *arch_register(struct vcpu *v, unsigned n)
{
    return &v->arch.x[n];
}

static inline void arch_relax(void)
{
    fake_relax();
}

#endif
