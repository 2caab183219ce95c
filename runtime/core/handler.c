// SPDX-License-Identifier: BSD-2-Clause
// Health monitoring at process level: errors that a handler inside the partition deals with
// (ARINC 653 P1 2.4.2.3). Each vcpu has its own, and only in it.
#include "core.h"
#include "arch.h"

void handler_reset(struct vcpu *v)
{
    v->handler.entry = 0;
    v->handler.runs = false;
}

bool handler_enter(struct vcpu *v, uint32_t event, uint64_t address, uint64_t syndrome)
{
    if (!v->handler.entry || v->handler.runs || atomic_load(&v->partition->mode) != HV_MODE_NORMAL)
        return false;
    v->handler.runs = true;
    arch_handler_enter(v, event, address, syndrome);
    return true;
}

struct vcpu *handler_set(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);

    v->handler.entry = x[1];
    v->handler.stack = x[2];
    x[0] = HV_OK;
    return v;
}

struct vcpu *handler_return(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);

    if (!v->handler.runs) {
        x[0] = (uint64_t)HV_INVALID_MODE;
    } else if (x[1] > 1) {
        x[0] = (uint64_t)HV_INVALID_PARAM;
    } else {
        v->handler.runs = false;
        arch_handler_return(v, x[1]);
    }
    return v;
}
