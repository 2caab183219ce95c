// SPDX-License-Identifier: BSD-2-Clause
// Hypercalls (abi.h) and the standard calls of a guest: SMCCC (DEN0028) and PSCI (DEN0022).
#include "core.h"
#include "arch.h"

typedef struct vcpu *handler(struct vcpu *v);

// x0 = 0, the caller goes on.
static struct vcpu *succeed(struct vcpu *v)
{
    *arch_register(v, 0) = HV_OK;
    return v;
}

// x0 = an error, or the result of a standard call.
static struct vcpu *finish(struct vcpu *v, int64_t result)
{
    *arch_register(v, 0) = (uint64_t)result;
    return v;
}

static struct vcpu *call_version(struct vcpu *v)
{
    *arch_register(v, 1) = HV_ABI_MAJOR << 16 | HV_ABI_MINOR;
    return succeed(v);
}

static struct vcpu *call_console_write(struct vcpu *v)
{
    const uint64_t *x = arch_register(v, 0);

    if (x[1] > HV_CONSOLE_BYTES)
        return finish(v, HV_INVALID_PARAM);
    console_write(v->partition, (const char *)&x[2], (uint32_t)x[1]);
    console_drain(CONSOLE_CALL_BUDGET);
    return succeed(v);
}

static struct vcpu *call_get_time(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0), now = arch_time();

    x[1] = ns_from_ticks(now - atomic_load_explicit(&module_start, memory_order_relaxed));
    x[2] = now;
    x[3] = tables->timer_hz;
    return succeed(v);
}

static struct vcpu *call_partition_status(struct vcpu *v)
{
    const struct partition *p = v->partition;
    uint64_t *x = arch_register(v, 0);

    x[1] = p->config->id;
    x[2] = atomic_load(&p->mode);
    x[3] = p->start_condition;
    x[4] = p->starts;
    x[5] = p->config->period_ns;
    x[6] = p->config->duration_ns;
    x[7] = p->config->vcpu_count;
    x[8] = p->config->flags & TBL_PARTITION_SYSTEM ? 1 : 0;
    x[9] = p->last_event;
    return succeed(v);
}

static struct vcpu *call_set_partition_mode(struct vcpu *v)
{
    struct partition *p = v->partition;
    uint32_t mode = atomic_load(&p->mode);

    switch (*arch_register(v, 1)) {
    case HV_MODE_NORMAL:
        if (mode == HV_MODE_NORMAL)
            return finish(v, HV_NO_ACTION);
        atomic_store(&p->mode, HV_MODE_NORMAL);
        return succeed(v);
    case HV_MODE_COLD_START:
        return partition_restart(v, false, HV_START_PARTITION_RESTART, HV_EVENT_NONE);
    case HV_MODE_WARM_START:
        if (mode == HV_MODE_COLD_START)
            return finish(v, HV_INVALID_MODE);
        return partition_restart(v, true, HV_START_PARTITION_RESTART, HV_EVENT_NONE);
    case HV_MODE_IDLE:
        return partition_halt(v, HV_EVENT_NONE);
    default:
        return finish(v, HV_INVALID_PARAM);
    }
}

static struct vcpu *call_idle_self(struct vcpu *v)
{
    succeed(v);
    return schedule_rest(v->core);
}

static struct vcpu *call_window_status(struct vcpu *v)
{
    const struct core *core = v->core;
    uint64_t *x = arch_register(v, 0);
    uint64_t frame = core->frame_start - atomic_load_explicit(&module_start, memory_order_relaxed);

    x[1] = ns_from_ticks(frame + core->window->start);
    x[2] = ns_from_ticks(frame + core->window->end);
    x[3] = core->frame_index;
    x[4] = core->window->flags;
    x[5] = core->stat->last;
    x[6] = core->stat->max;
    return succeed(v);
}

static struct vcpu *call_config_id(struct vcpu *v)
{
    __builtin_memcpy(arch_register(v, 1), tables->config_id, sizeof tables->config_id);
    return succeed(v);
}

static struct vcpu *call_raise_error(struct vcpu *v)
{
    uint64_t code = *arch_register(v, 1);

    succeed(v);
    return health_raise(v, HV_EVENT_APPLICATION_ERROR, 0, code);
}

static handler *const calls[] = {
    [HV_VERSION - HV_CALL(0)] = call_version,
    [HV_CONSOLE_WRITE - HV_CALL(0)] = call_console_write,
    [HV_GET_TIME - HV_CALL(0)] = call_get_time,
    [HV_PARTITION_STATUS - HV_CALL(0)] = call_partition_status,
    [HV_SET_PARTITION_MODE - HV_CALL(0)] = call_set_partition_mode,
    [HV_IDLE_SELF - HV_CALL(0)] = call_idle_self,
    [HV_WINDOW_STATUS - HV_CALL(0)] = call_window_status,
    [HV_CONFIG_ID - HV_CALL(0)] = call_config_id,
    [HV_RAISE_ERROR - HV_CALL(0)] = call_raise_error,
    [HV_PORT_OPEN - HV_CALL(0)] = port_open,
    [HV_SAMPLING_WRITE - HV_CALL(0)] = sampling_write,
    [HV_SAMPLING_READ - HV_CALL(0)] = sampling_read,
    [HV_QUEUING_SEND - HV_CALL(0)] = queuing_send,
    [HV_QUEUING_RECEIVE - HV_CALL(0)] = queuing_receive,
    [HV_PORT_STATUS - HV_CALL(0)] = port_status,
};

// ---- Standard calls ----------------------------------------------------------------------------

enum { // function identifiers; PSCI_64 marks the 64-bit form of those that have one
    SMCCC_VERSION = 0x80000000,
    SMCCC_ARCH_FEATURES = 0x80000001,
    SMCCC_HYPERVISOR_UID = 0x8600ff01,
    PSCI_VERSION = 0x84000000,
    PSCI_CPU_SUSPEND,
    PSCI_CPU_OFF,
    PSCI_CPU_ON,
    PSCI_AFFINITY_INFO,
    PSCI_MIGRATE_INFO_TYPE = 0x84000006,
    PSCI_SYSTEM_OFF = 0x84000008,
    PSCI_SYSTEM_RESET,
    PSCI_FEATURES,
    PSCI_64 = 0x40000000,
};
enum {
    SMCCC_1_1 = 0x10001,
    PSCI_1_1 = 0x10001,
    PSCI_NO_MIGRATION = 2, // Trusted OS needs no migration: there is none
    PSCI_DENIED = -3,
};

// Whether `id` is one of the functions answered below.
static bool standard_known(uint64_t id)
{
    static const uint32_t known[] = {
        SMCCC_VERSION, PSCI_VERSION,           PSCI_CPU_SUSPEND,   PSCI_CPU_SUSPEND | PSCI_64,
        PSCI_CPU_ON,   PSCI_CPU_ON | PSCI_64,  PSCI_AFFINITY_INFO, PSCI_AFFINITY_INFO | PSCI_64,
        PSCI_CPU_OFF,  PSCI_MIGRATE_INFO_TYPE, PSCI_SYSTEM_OFF,    PSCI_SYSTEM_RESET,
        PSCI_FEATURES,
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == id)
            return true;
    return false;
}

// The guest asked to be off or reset and must not come back, unless the action is to ignore it.
static struct vcpu *call_system(struct vcpu *v, uint32_t event)
{
    *arch_register(v, 0) = (uint64_t)PSCI_DENIED;
    return health_raise(v, event, 0, 0);
}

static struct vcpu *standard_call(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    uint32_t id = (uint32_t)x[0];
    uint64_t mask = id & PSCI_64 ? UINT64_MAX : UINT32_MAX; // of the arguments (DEN0028 3.1)

    switch (id) {
    case SMCCC_VERSION:
        return finish(v, SMCCC_1_1);
    case PSCI_VERSION:
        return finish(v, PSCI_1_1);
    case SMCCC_ARCH_FEATURES: // of the architecture's own functions there are these two
        id = (uint32_t)x[1];
        return finish(v, id == SMCCC_VERSION || id == SMCCC_ARCH_FEATURES ? 0 : HV_NOT_SUPPORTED);
    case PSCI_FEATURES:
        return finish(v, standard_known(x[1] & UINT32_MAX) ? 0 : HV_NOT_SUPPORTED);
    case SMCCC_HYPERVISOR_UID:
        x[1] = HV_UID_1;
        x[2] = HV_UID_2;
        x[3] = HV_UID_3;
        return finish(v, HV_UID_0);
    case PSCI_CPU_SUSPEND: // standby from which it wakes at once: allowed, and time is the window's
    case PSCI_CPU_SUSPEND | PSCI_64:
        return succeed(v);
    case PSCI_CPU_OFF:
        return partition_cpu_off(v);
    case PSCI_CPU_ON:
    case PSCI_CPU_ON | PSCI_64:
        return finish(v, partition_cpu_on(v, x[1] & mask, x[2] & mask, x[3] & mask));
    case PSCI_AFFINITY_INFO:
    case PSCI_AFFINITY_INFO | PSCI_64:
        if (x[2] & mask) // the lowest affinity level is 0: a vcpu
            return finish(v, HV_INVALID_PARAM);
        return finish(v, partition_cpu_state(v, x[1] & mask));
    case PSCI_MIGRATE_INFO_TYPE:
        return finish(v, PSCI_NO_MIGRATION);
    case PSCI_SYSTEM_OFF:
        return call_system(v, HV_EVENT_GUEST_OFF);
    case PSCI_SYSTEM_RESET:
        return call_system(v, HV_EVENT_GUEST_RESET);
    default:
        return finish(v, HV_NOT_SUPPORTED);
    }
}

struct vcpu *hypercall(struct vcpu *v)
{
    uint32_t n = (uint32_t)*arch_register(v, 0) - HV_CALL(0);

    if (n < sizeof calls / sizeof *calls && calls[n])
        return calls[n](v);
    return standard_call(v);
}
