// SPDX-License-Identifier: BSD-2-Clause
// Execution time: what a vcpu has had of its core; and the timers that a vcpu may set, in real time
// and in execution time.
//
// A timer that expires while its vcpu does not run waits for it: the alarm then lies in the past
// and comes with the first instruction.
#include "core.h"
#include "arch.h"

#define TIMER_OFF UINT64_MAX

static const uint32_t events[TIMERS] = {
    [TIMER_WATCHDOG] = HV_EVENT_WATCHDOG,
    [TIMER_BUDGET] = HV_EVENT_BUDGET,
    [TIMER_INITIALISATION] = HV_EVENT_INITIALISATION,
};

// ---- Timers ------------------------------------------------------------------------------------

static uint64_t used(const struct vcpu *v)
{
    return atomic_load_explicit(&v->used, memory_order_relaxed);
}

static void set(struct vcpu *v, unsigned timer, uint64_t expiry)
{
    v->timers[timer] = expiry;
    v->needs &= ~VCPU_TIMERS;
    for (unsigned i = 0; i < TIMERS; i++)
        if (v->timers[i] != TIMER_OFF)
            v->needs |= VCPU_TIMERS;
}

static bool initialised(const struct vcpu *v)
{
    return atomic_load(&v->partition->mode) == HV_MODE_NORMAL;
}

void timer_reset(struct vcpu *v)
{
    uint64_t bound = v->config->index ? 0 : v->partition->config->initialisation;

    for (unsigned i = 0; i < TIMERS; i++)
        set(v, i, TIMER_OFF);
    if (bound && !initialised(v))
        set(v, TIMER_INITIALISATION, bound);
}

void timer_initialised(struct vcpu *v)
{
    set(v, TIMER_INITIALISATION, TIMER_OFF);
}

static bool expired(const struct vcpu *v, unsigned timer, uint64_t now)
{
    return v->timers[timer] != TIMER_OFF &&
           v->timers[timer] <= (timer == TIMER_WATCHDOG ? now : used(v));
}

void timer_alarm(const struct vcpu *v)
{
    uint64_t left = v->core->edge - v->core->since, at;

    for (unsigned i = TIMER_BUDGET; i < TIMERS; i++)
        if (v->timers[i] < used(v) + left)
            left = v->timers[i] - used(v); // below 0: passed
    at = v->core->since + left;
    arch_alarm(at < v->timers[TIMER_WATCHDOG] ? at : v->timers[TIMER_WATCHDOG]);
}

struct vcpu *timer_expire(struct vcpu *v, uint64_t now)
{
    // Who was just suspended by another core has it when it goes on.
    bool runs = atomic_load(&v->partition->state) == PARTITION_RUNNING;

    for (unsigned i = 0; runs && i < TIMERS; i++)
        if (expired(v, i, now)) {
            set(v, i, TIMER_OFF);
            if (i == TIMER_INITIALISATION && initialised(v)) // another vcpu has said so
                continue;
            if (health_interrupt(v, events[i], 0, 0) != v)
                break;
        }
    return schedule_pick(v->core);
}

// x1 = ns from what the timer counts, 0: off. Who is too late has the event, and the new time.
static struct vcpu *call_set(struct vcpu *v, unsigned timer)
{
    uint64_t *x = arch_register(v, 0), now = schedule_charge(v->core);
    bool late = expired(v, timer, now);

    if (x[1] > HV_TIMER_MAX) {
        x[0] = (uint64_t)HV_INVALID_PARAM;
        return v;
    }
    x[0] = HV_OK;
    set(v, timer,
        x[1] ? (timer == TIMER_WATCHDOG ? now : used(v)) + ticks_from_ns(x[1]) : TIMER_OFF);
    arch_alarm(v->core->edge);
    if (late)
        health_interrupt(v, events[timer], 0, 0);
    return schedule_pick(v->core);
}

struct vcpu *watchdog_set(struct vcpu *v)
{
    return call_set(v, TIMER_WATCHDOG);
}

struct vcpu *budget_set(struct vcpu *v)
{
    return call_set(v, TIMER_BUDGET);
}

// ---- Execution time ----------------------------------------------------------------------------

struct vcpu *execution_time(struct vcpu *v)
{
    const struct partition *p = v->partition;
    uint64_t *x = arch_register(v, 0), all = 0;

    schedule_charge(v->core);
    for (uint32_t i = 0; i < p->config->vcpu_count; i++)
        all += used(&p->vcpus[i]);
    x[0] = HV_OK;
    x[1] = ns_from_ticks(used(v));
    x[2] = ns_from_ticks(all);
    return v;
}
