// SPDX-License-Identifier: BSD-2-Clause
// What a system partition may do to others and to the module.
#include "core.h"
#include "arch.h"

static struct partition *partition_of(uint64_t id)
{
    for (uint32_t i = 0; i < tables->directory[TBL_PARTITION].count; i++)
        if (partitions[i].config->id == id)
            return &partitions[i];
    return NULL;
}

// The partition of this identifier, for which v has one of the rights, or an error.
static int64_t managed(const struct vcpu *v, uint64_t id, uint32_t rights, struct partition **p)
{
    *p = partition_of(id);
    if (*p == v->partition)
        return HV_OK;
    if (!(v->partition->config->flags & rights))
        return HV_NOT_PERMITTED;
    return *p ? HV_OK : HV_INVALID_PARAM;
}

struct vcpu *partition_find(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);

    x[0] = (uint64_t)HV_INVALID_CONFIG;
    for (uint32_t i = 0; i < tables->directory[TBL_PARTITION].count; i++)
        if (name_is(partitions[i].config->name, &x[1])) {
            x[0] = HV_OK;
            x[1] = partitions[i].config->id;
            break;
        }
    return v;
}

struct vcpu *partition_query(struct vcpu *v)
{
    static const uint8_t states[] = {
        [PARTITION_HALTED] = HV_STATE_HALTED,         [PARTITION_STOPPING] = HV_STATE_RESTARTING,
        [PARTITION_RESTARTING] = HV_STATE_RESTARTING, [PARTITION_RUNNING] = HV_STATE_RUNNING,
        [PARTITION_SUSPENDED] = HV_STATE_SUSPENDED,
    };
    uint64_t *x = arch_register(v, 0);
    struct partition *p;
    int64_t error = managed(v, x[1], TBL_PARTITION_QUERY, &p);

    x[0] = (uint64_t)error;
    if (error)
        return v;
    x[1] = states[atomic_load(&p->state)];
    x[2] = atomic_load(&p->mode);
    x[3] = p->start_condition;
    x[4] = p->starts;
    x[5] = p->last_event;
    x[6] = p->config->vcpu_count;
    x[7] = p->restarts;
    x[8] = p->config->restart_limit;
    return v;
}

struct vcpu *partition_manage(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    struct partition *p;
    int64_t error = managed(
        v, x[1], x[2] > HV_CONTROL_SHUTDOWN ? TBL_PARTITION_MANAGE : TBL_PARTITION_CONTROL << x[2],
        &p);

    if (!error)
        error = partition_control(p, v->core, x[2]);
    x[0] = (uint64_t)error;
    return schedule_pick(v->core);
}

struct vcpu *module_end(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    uint32_t rights =
        (x[1] != 1 ? TBL_PARTITION_HALT_MODULE : 0) | (x[1] != 0 ? TBL_PARTITION_RESET_MODULE : 0);

    if (!(v->partition->config->flags & rights))
        x[0] = (uint64_t)HV_NOT_PERMITTED;
    else if (x[1] > 1)
        x[0] = (uint64_t)HV_INVALID_PARAM;
    else
        arch_end(x[1]);
    return v;
}
