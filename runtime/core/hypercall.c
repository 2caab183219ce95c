// SPDX-License-Identifier: BSD-2-Clause
// Hypercalls (abi.h): from the number to what answers it, and the calls that only look.
#include "core.h"
#include "arch.h"
#include "event_levels.h"

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
    return succeed(v);
}

static struct vcpu *call_get_time(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0), now = arch_time();

    x[1] = ns_from_ticks(now - atomic_load_explicit(&module_start, memory_order_relaxed));
    x[2] = now + v->ahead;
    x[3] = tables->timer_hz;
    return succeed(v);
}

static struct vcpu *call_partition_status(struct vcpu *v)
{
    const struct partition *p = v->partition;
    const struct tbl_duty *duty = &v->core->duties[v->config->partition];
    uint64_t *x = arch_register(v, 0);

    x[1] = p->config->id;
    x[2] = atomic_load(&p->mode);
    x[3] = p->start_condition;
    x[4] = p->starts;
    x[5] = duty->period_ns;
    x[6] = duty->duration_ns;
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
        timer_initialised(v);
        return succeed(v);
    case HV_MODE_COLD_START:
        if (partition_used_up(p))
            return finish(v, HV_INVALID_MODE);
        return partition_restart(v, false, HV_START_PARTITION_RESTART, HV_EVENT_NONE);
    case HV_MODE_WARM_START:
        if (mode == HV_MODE_COLD_START || partition_used_up(p))
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
    uint64_t *x = arch_register(v, 0), pad = core->window->pad;
    uint64_t frame = core->frame_start - atomic_load_explicit(&module_start, memory_order_relaxed);

    x[1] = ns_from_ticks(frame + core->window->start);
    x[2] = ns_from_ticks(frame + core->window->end);
    x[3] = core->frame_index;
    x[4] = v == &vcpus[core->window->vcpu] ? core->window->flags & HV_WINDOW_PERIOD_START
                                           : HV_WINDOW_GIVEN;
    x[5] = core->stat->last > pad ? core->stat->last - pad : 0;
    x[6] = core->stat->max > pad ? core->stat->max - pad : 0;
    return succeed(v);
}

static struct vcpu *call_config_id(struct vcpu *v)
{
    __builtin_memcpy(arch_register(v, 1), tables->config_id, sizeof tables->config_id);
    return succeed(v);
}

static struct vcpu *call_raise_event(struct vcpu *v)
{
    const uint64_t *x = arch_register(v, 0);
    uint64_t event = x[1];

    if (event >= HV_EVENT_COUNT || !(HV_EVENTS_REPORTED >> event & 1))
        return finish(v, HV_INVALID_PARAM);
    succeed(v);
    return health_raise(v, (uint32_t)event, x[2], x[3]);
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
    [HV_RAISE_EVENT - HV_CALL(0)] = call_raise_event,
    [HV_PORT_OPEN - HV_CALL(0)] = port_open,
    [HV_SAMPLING_WRITE - HV_CALL(0)] = sampling_write,
    [HV_SAMPLING_READ - HV_CALL(0)] = sampling_read,
    [HV_QUEUING_SEND - HV_CALL(0)] = queuing_send,
    [HV_QUEUING_RECEIVE - HV_CALL(0)] = queuing_receive,
    [HV_PORT_STATUS - HV_CALL(0)] = port_status,
    [HV_SCHEDULE_FIND - HV_CALL(0)] = schedule_find,
    [HV_SCHEDULE_STATUS - HV_CALL(0)] = schedule_status,
    [HV_SCHEDULE_SET - HV_CALL(0)] = schedule_set,
    [HV_PARTITION_FIND - HV_CALL(0)] = partition_find,
    [HV_PARTITION_QUERY - HV_CALL(0)] = partition_query,
    [HV_PARTITION_CONTROL - HV_CALL(0)] = partition_manage,
    [HV_MODULE_END - HV_CALL(0)] = module_end,
    [HV_LOG_STATUS - HV_CALL(0)] = log_status,
    [HV_LOG_READ - HV_CALL(0)] = log_read,
    [HV_HANDLER_SET - HV_CALL(0)] = handler_set,
    [HV_HANDLER_RETURN - HV_CALL(0)] = handler_return,
    [HV_EXECUTION_TIME - HV_CALL(0)] = execution_time,
    [HV_WATCHDOG_SET - HV_CALL(0)] = watchdog_set,
    [HV_BUDGET_SET - HV_CALL(0)] = budget_set,
    [HV_DOORBELL_OPEN - HV_CALL(0)] = doorbell_open,
    [HV_DOORBELL_RING - HV_CALL(0)] = doorbell_ring,
};

enum { CALLS = sizeof calls / sizeof *calls };

// When calls are traced, none is found on the straight line. Never written; not const, so that it
// takes no place in the image.
static handler *untold[CALLS];
static handler *const *direct = calls;

void hypercall_prepare(void)
{
    direct = module->trace_events & (TBL_TRACE_CALLS | TBL_TRACE_PORTS | TBL_TRACE_RESTS) ? untold
                                                                                          : calls;
}

// No hypercall, or one that is traced.
static __attribute__((noinline, cold)) struct vcpu *other_call(struct vcpu *v)
{
    const uint64_t *x = arch_register(v, 0);
    uint64_t function = (uint32_t)x[0], handle = x[1], length = x[3];
    uint64_t n = (uint32_t)(function - HV_CALL(0));
    struct vcpu *next;

    trace(v->core, TBL_TRACE_CALLS, (uint32_t)(v - vcpus), function, handle);
    if (n >= CALLS || !calls[n])
        return standard_call(v);
    next = calls[n](v);
    if (function == HV_IDLE_SELF)
        trace(v->core, TBL_TRACE_RESTS, (uint32_t)(v - vcpus),
              next->partition ? (uint64_t)(next - vcpus) + 1 : 0, v->core->since);
    if (x[0] == HV_OK)
        trace_port(v, (uint32_t)function, handle, length);
    return next;
}

struct vcpu *hypercall(struct vcpu *v)
{
    uint32_t n = (uint32_t)*arch_register(v, 0) - HV_CALL(0);

    if (n < CALLS && direct[n])
        return direct[n](v);
    return other_call(v);
}
