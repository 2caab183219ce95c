// SPDX-License-Identifier: BSD-2-Clause
// Windows: who owns this core from one absolute edge to the next.
#include "core.h"
#include "arch.h"

struct core cores[HV_MAX_CORES];
struct vcpu vcpus[HV_MAX_VCPUS];
_Atomic uint64_t module_start;

// The vcpu cannot simply go on: start it if CPU_ON asked for that, else idle.
static struct vcpu *pick_other(struct core *core, struct vcpu *v)
{
    if (v != core->idle && !core->rested &&
        atomic_load(&v->partition->state) == PARTITION_RUNNING &&
        atomic_load(&v->state) == VCPU_STARTING) {
        arch_vcpu_reset(v, v->start_entry, v->start_argument);
        atomic_store(&v->state, VCPU_READY);
        return v;
    }
    atomic_store(&core->chosen, core->idle);
    return core->idle;
}

struct vcpu *schedule_pick(struct core *core)
{
    struct vcpu *v = atomic_load_explicit(&core->owner, memory_order_relaxed);

    // Claim, then look: whoever stops the partition first changes its state, then looks for claims,
    // so one of the two sees the other.
    atomic_store(&core->chosen, v);
    if (v == core->idle || core->rested || atomic_load(&v->state) != VCPU_READY ||
        atomic_load(&v->partition->state) != PARTITION_RUNNING)
        return pick_other(core, v);
    return v;
}

struct vcpu *schedule_rest(struct core *core)
{
    core->rested = true;
    return schedule_pick(core);
}

// Moves to the next window; the frame begins anew behind the last one.
static inline void next_window(struct core *core)
{
    if (core->window == core->last_window) {
        core->window = core->first_window;
        core->stat = core->first_stat;
        core->frame_start += core->frame_ticks;
        core->frame_index++;
    } else {
        core->window++;
        core->stat++;
    }
    core->edge = core->frame_start + core->window->end;
}

// The window of core->stat started `late` ticks after its edge: later than ever, or beyond the
// bound.
static void note_late(struct core *core, uint64_t late)
{
    uint32_t shown = late > UINT32_MAX ? UINT32_MAX : (uint32_t)late;
    bool record = shown > core->stat->max;

    core->stat->last = shown;
    if (record)
        core->stat->max = shown;
    if (late > module->lateness_bound) // a line only for a new maximum: printing takes time too
        health_module(core, HV_EVENT_WINDOW_LATE, core->frame_start + core->window->start, late,
                      record);
}

// The new window is over as well: the machine stood still for longer than a window. Goes on to the
// window that contains `now`, whole frames at once, so that at most one frame of windows is walked.
static void catch_up(struct core *core, uint64_t now)
{
    uint64_t windows = (uint64_t)(core->last_window - core->first_window) + 1;
    uint64_t frames = (now - core->edge) / core->frame_ticks;

    note_late(core, now - (core->frame_start + core->window->start));
    core->frame_start += frames * core->frame_ticks;
    core->frame_index += frames;
    core->skipped += frames * windows;
    core->edge += frames * core->frame_ticks;
    while (now >= core->edge) {
        core->skipped++;
        next_window(core);
    }
}

struct vcpu *schedule_edge(struct core *core)
{
    uint64_t start = core->edge, now = arch_time(), late = now - start;
    struct vcpu *old = atomic_load_explicit(&core->owner, memory_order_relaxed), *new;

    if (now < start) { // an alarm that fired early is no edge
        arch_alarm(start);
        return schedule_pick(core);
    }
    next_window(core);
    if (now >= core->edge) {
        catch_up(core, now);
        late = now - (core->frame_start + core->window->start);
    }
    arch_alarm(core->edge);
    core->stat->last = (uint32_t)late;
    if (late > core->stat->max || late > module->lateness_bound)
        note_late(core, late);
    new = core->window->vcpu == TBL_NONE ? core->idle : &vcpus[core->window->vcpu];
    core->rested = false;
    atomic_store_explicit(&core->owner, new, memory_order_relaxed);
    if (old->config->mask_count)
        arch_interrupts_disable(old);
    if (new->config->mask_count)
        arch_interrupts_enable(new);
    return schedule_pick(core);
}

struct vcpu *schedule_idle(struct core *core)
{
    struct vcpu *v = atomic_load_explicit(&core->owner, memory_order_relaxed);

    if (v != core->idle && v->config->index == 0 &&
        atomic_load(&v->partition->state) == PARTITION_RESTARTING) {
        if (partition_restart_step(core, v->partition))
            return schedule_pick(core);
        return core->idle;
    }
    return console_drain(CONSOLE_IDLE_BUDGET) ? core->idle : NULL;
}
