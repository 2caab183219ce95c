// SPDX-License-Identifier: BSD-2-Clause
// Execution time: what a vcpu has had of its core.
#include "core.h"
#include "arch.h"

struct vcpu *execution_time(struct vcpu *v)
{
    const struct partition *p = v->partition;
    uint64_t *x = arch_register(v, 0), all = 0;

    schedule_charge(v->core);
    for (uint32_t i = 0; i < p->config->vcpu_count; i++)
        all += atomic_load_explicit(&p->vcpus[i].used, memory_order_relaxed);
    x[0] = HV_OK;
    x[1] = ns_from_ticks(atomic_load_explicit(&v->used, memory_order_relaxed));
    x[2] = ns_from_ticks(all);
    return v;
}
