// SPDX-License-Identifier: BSD-2-Clause
// Doorbells: a partition raises interrupts in others, as configured.
//
// A ring costs the target's window nothing, unless the configuration says how often it may: its gap
// bounds what a source that rings without pause takes from a window on another core.
#include "core.h"
#include "arch.h"

// By ring record: when one may interrupt its target's window again. A race of two vcpus of the
// source lets two through at most.
_Atomic uint64_t doorbell_quiet[HV_MAX_INTERRUPTS];

static const struct tbl_doorbell *doorbells_of(const struct partition *p)
{
    return (const struct tbl_doorbell *)tables_section(TBL_DOORBELL) + p->config->first_doorbell;
}

struct vcpu *doorbell_open(struct vcpu *v)
{
    const struct tbl_doorbell *bell = doorbells_of(v->partition);
    uint64_t *x = arch_register(v, 0);

    x[0] = (uint64_t)HV_INVALID_PARAM;
    for (uint32_t i = 0; i < v->partition->config->doorbell_count; i++)
        if (name_is(bell[i].name, &x[1])) {
            x[0] = HV_OK;
            x[1] = i;
            x[2] = bell[i].ring_count;
            break;
        }
    return v;
}

// Whether the ring may interrupt the window that its target has on another core now.
static bool may_interrupt(const struct vcpu *v, const struct partition *target, uint32_t record,
                          uint64_t gap)
{
    uint64_t now;

    if (target == v->partition)
        return true;
    now = arch_time();
    if (!gap || now < atomic_load(&doorbell_quiet[record]))
        return false;
    atomic_store(&doorbell_quiet[record], now + gap);
    return true;
}

// False when the target is not there to be reached.
static bool ring(struct vcpu *v, uint32_t record)
{
    const struct tbl_ring *r = (const struct tbl_ring *)tables_section(TBL_RING) + record;
    const struct tbl_interrupt *irq =
        (const struct tbl_interrupt *)tables_section(TBL_INTERRUPT) + r->interrupt;
    struct partition *p = &partitions[irq->partition];
    struct vcpu *target = &p->vcpus[irq->vcpu];
    uint32_t state = atomic_load(&p->state);

    if (state != PARTITION_RUNNING && state != PARTITION_SUSPENDED)
        return false;
    if (arch_interrupt_raise(v, target, r->interrupt) && may_interrupt(v, p, record, r->gap))
        arch_kick(target->core->index);
    return true;
}

struct vcpu *doorbell_ring(struct vcpu *v)
{
    const struct tbl_doorbell *bell = doorbells_of(v->partition);
    uint64_t *x = arch_register(v, 0), reached = 0;

    if (x[1] >= v->partition->config->doorbell_count) {
        x[0] = (uint64_t)HV_INVALID_PARAM;
        return v;
    }
    bell += x[1];
    for (uint32_t i = 0; i < bell->ring_count; i++)
        reached += ring(v, bell->first_ring + i);
    x[0] = HV_OK;
    x[1] = reached;
    return v;
}
