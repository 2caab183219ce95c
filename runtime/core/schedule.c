// SPDX-License-Identifier: BSD-2-Clause
// Windows: who owns this core from one absolute edge to the next.
#include "core.h"
#include "arch.h"

struct core cores[HV_MAX_CORES];
struct vcpu vcpus[HV_MAX_VCPUS];
_Atomic uint64_t module_start;

// Off the straight line: neither inlined nor allowed to spill registers on it.
#define UNUSUAL __attribute__((noinline, cold))

// ---- Whose time it was -------------------------------------------------------------------------

// Charges who is loaded with the time since the last charge, up to a tick of the current window.
static inline void charge(struct core *core, uint64_t until)
{
    _Atomic uint64_t *used = &core->current->used;
    uint64_t before = atomic_load_explicit(used, memory_order_relaxed);

    atomic_store_explicit(used, before + (until - core->since), memory_order_relaxed);
    core->since = until;
}

uint64_t schedule_charge(struct core *core)
{
    uint64_t now = arch_time();

    charge(core, now < core->edge ? now : core->edge);
    return now;
}

// ---- Who runs ----------------------------------------------------------------------------------

static UNUSUAL struct vcpu *pick_idle(struct core *core)
{
    atomic_store(&core->chosen, core->idle);
    return core->idle;
}

// The vcpu cannot simply go on: start it if CPU_ON asked for that, else idle.
static UNUSUAL struct vcpu *pick_other(struct core *core, struct vcpu *v)
{
    if (atomic_load(&v->partition->state) != PARTITION_RUNNING ||
        atomic_load(&v->state) != VCPU_STARTING)
        return pick_idle(core);
    arch_vcpu_reset(v, v->start_entry, v->start_argument);
    timer_reset(v);
    handler_reset(v);
    atomic_store(&v->state, VCPU_READY);
    return v;
}

// Claim, then look: whoever stops the partition changes its state first and looks for claims then,
// so one of the two sees the other.
static inline struct vcpu *pick(struct core *core, struct vcpu *v)
{
    atomic_store(&core->chosen, v);
    if (atomic_load(&v->state) == VCPU_READY &&
        atomic_load(&v->partition->state) == PARTITION_RUNNING)
        return v;
    return pick_other(core, v);
}

// v, which is not loaded, goes on, and with it its counters: they show what it has had. An alarm
// that came late has let it see more than that, and no counter goes back.
static UNUSUAL void thaw(const struct core *core, struct vcpu *v)
{
    uint64_t now = arch_time();

    v->ahead =
        TBL_FROZEN_START + atomic_load_explicit(&v->used, memory_order_relaxed) - core->since;
    if (now + v->ahead < v->seen)
        v->ahead = v->seen - now;
}

// Charged already; the alarm is the edge, unless the owner went on before.
static UNUSUAL struct vcpu *pick_owner(struct core *core)
{
    struct vcpu *v = atomic_load_explicit(&core->owner, memory_order_relaxed);

    if (v == core->idle || core->rested)
        return pick_idle(core);
    v = pick(core, v);
    if (v->needs & VCPU_TIMERS)
        timer_alarm(v);
    if (v->needs & VCPU_FROZEN && v != core->current)
        thaw(core, v);
    if (v->needs & VCPU_HIDDEN && v != core->current && core->window->pad)
        arch_vcpu_hide(v, core->frame_start + core->window->start + core->window->pad,
                       core->window->flags & TBL_WINDOW_FLUSH);
    return v;
}

struct vcpu *schedule_pick(struct core *core)
{
    schedule_charge(core);
    return pick_owner(core);
}

// ---- The next window ---------------------------------------------------------------------------

// Whether the core has a change of schedule to make, here or at a later boundary.
static inline bool change_waits(const struct core *core)
{
    return atomic_load_explicit(&change_newest, memory_order_acquire) !=
           atomic_load_explicit(&core->change, memory_order_relaxed);
}

// Moves to the next window; the frame begins anew behind the last one.
static inline void next_window(struct core *core)
{
    if (core->window == core->last_window) {
        core->window = core->first_window;
        core->stat = core->first_stat;
        core->frame_start += core->frame_ticks;
        core->frame_index++;
        if (change_waits(core))
            change_follow(core);
    } else {
        core->window++;
        core->stat++;
    }
    core->edge = core->frame_start + core->window->end;
}

static bool may_run(const struct vcpu *v)
{
    uint32_t state = atomic_load(&v->state);

    return atomic_load(&v->partition->state) == PARTITION_RUNNING &&
           (state == VCPU_READY || state == VCPU_STARTING);
}

// The window of v is over. Who is stopped, or has given up the rest, wants nothing.
static UNUSUAL void stolen_begin(const struct core *core, struct vcpu *v)
{
    uint64_t from = core->current == v ? arch_vcpu_wants(v) : UINT64_MAX;

    v->stolen_from = from < core->since ? core->since : from;
}

// v has a window again, and is told what it went without until now.
static UNUSUAL void stolen_end(struct core *core, struct vcpu *v)
{
    uint64_t at = stolen_time_address(v), shown[2] = {0};

    if (v->stolen_from < core->since && may_run(v)) {
        v->stolen += core->since - v->stolen_from;
        shown[1] = ns_from_ticks(v->stolen);
        at = partition_address(v->partition, at, sizeof shown, TBL_MEM_READ);
        arch_copy_out(core, at, shown, sizeof shown);
    }
    v->stolen_from = UINT64_MAX;
}

static UNUSUAL struct vcpu *switch_owners(struct core *core, struct vcpu *old, struct vcpu *new)
{
    if (old->needs & VCPU_INTERRUPTS)
        arch_interrupts_disable(old);
    if (new->needs & VCPU_INTERRUPTS)
        arch_interrupts_enable(new);
    if (old->needs & VCPU_STOLEN)
        stolen_begin(core, old);
    if (new->needs & VCPU_STOLEN)
        stolen_end(core, new);
    if (old->needs & VCPU_FROZEN && core->current == old)
        old->seen = core->since + core->stat->last + old->ahead; // the alarm was served
    return pick_owner(core);
}

struct vcpu *schedule_rest(struct core *core)
{
    const struct tbl_receiver *list = tables_section(TBL_RECEIVER);
    struct vcpu *old = atomic_load_explicit(&core->owner, memory_order_relaxed), *next;

    schedule_charge(core);
    arch_alarm(core->edge);
    if (old == &vcpus[core->window->vcpu]) // the first in this window to give up the rest
        core->offered = 0;
    list += core->window->first_receiver;
    while (core->offered < core->window->receiver_count) {
        next = &vcpus[list[core->offered++].vcpu];
        if (!may_run(next))
            continue;
        atomic_store_explicit(&core->owner, next, memory_order_relaxed);
        next = switch_owners(core, old, next);
        old->stolen_from = UINT64_MAX;
        return next;
    }
    core->rested = true;
    return pick_idle(core);
}

// Nobody's window: time kept free.
static UNUSUAL struct vcpu *enter_gap(struct core *core, struct vcpu *old)
{
    core->rested = false;
    atomic_store_explicit(&core->owner, core->idle, memory_order_relaxed);
    return switch_owners(core, old, core->idle);
}

// The window of the same vcpu as before: its interrupts are on.
static UNUSUAL struct vcpu *enter_again(struct core *core, struct vcpu *v)
{
    core->rested = false;
    if (core->current == v)
        arch_vcpu_again(v);
    return pick_owner(core);
}

// The core's window belongs to its owner from now on.
static inline struct vcpu *enter_window(struct core *core, struct vcpu *old)
{
    uint32_t index = core->window->vcpu;
    struct vcpu *new;

    if (index == TBL_NONE)
        return enter_gap(core, old);
    new = &vcpus[index];
    if (new == old)
        return enter_again(core, new);
    core->rested = false;
    atomic_store_explicit(&core->owner, new, memory_order_relaxed);
    if (old->needs | new->needs)
        return switch_owners(core, old, new);
    return pick(core, new);
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

// Whole frames that passed, at once.
static void skip_frames(struct core *core, uint64_t now)
{
    uint64_t windows = (uint64_t)(core->last_window - core->first_window) + 1;
    uint64_t frames = (now - core->edge) / core->frame_ticks;

    core->frame_start += frames * core->frame_ticks;
    core->frame_index += frames;
    core->skipped += frames * windows;
    core->edge += frames * core->frame_ticks;
}

// A window may even be over before it could start: the machine stood still. Goes on to the window
// that contains `now`. Unless a change of schedule lies on the way, at most one frame of windows is
// walked; to the boundary of a change it is at most two more. A window that is traced comes here
// even when it is punctual.
static UNUSUAL struct vcpu *enter_late(struct core *core, struct vcpu *old, uint64_t now)
{
    note_late(core, now - (core->frame_start + core->window->start));
    if (now >= core->edge) {
        while (now >= core->edge) {
            if (!change_waits(core))
                skip_frames(core, now);
            next_window(core);
            core->skipped++;
        }
        core->since = core->frame_start + core->window->start; // nobody had what was skipped
        note_late(core, now - (core->frame_start + core->window->start));
    }
    trace(core, TBL_TRACE_WINDOWS,
          (uint32_t)(core->window - (const struct tbl_window *)tables_section(TBL_WINDOW)),
          core->stat->last, core->frame_start);
    arch_alarm(core->edge);
    return enter_window(core, old);
}

static UNUSUAL struct vcpu *too_early(struct core *core) // an alarm that is no edge
{
    uint64_t now = schedule_charge(core);

    arch_alarm(core->edge);
    if (core->current->needs & VCPU_TIMERS)
        return timer_expire(core->current, now);
    return pick_owner(core);
}

struct vcpu *schedule_edge(struct core *core)
{
    uint64_t start = core->edge, now = arch_time(), late = now - start;
    struct vcpu *old = atomic_load_explicit(&core->owner, memory_order_relaxed);

    if (now < start)
        return too_early(core);
    charge(core, start);
    next_window(core);
    if (now >= core->edge || late > core->stat->max || late >= core->late_from)
        return enter_late(core, old, now);
    core->stat->last = (uint32_t)late;
    arch_alarm(core->edge);
    return enter_window(core, old);
}

// ---- Background --------------------------------------------------------------------------------

struct vcpu *schedule_idle(struct core *core)
{
    struct vcpu *v = atomic_load_explicit(&core->owner, memory_order_relaxed);

    if (v != core->idle && v->config->index == 0 &&
        atomic_load(&v->partition->state) == PARTITION_RESTARTING) {
        if (partition_restart_step(core, v->partition))
            return schedule_pick(core);
        return core->idle;
    }
    if (change_again())
        return core->idle;
    return console_drain(CONSOLE_IDLE_BUDGET) ? core->idle : NULL;
}
