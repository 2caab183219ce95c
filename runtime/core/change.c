// SPDX-License-Identifier: BSD-2-Clause
// Changes of the module schedule (ARINC 653 P2): one partition asks, every core follows at the same
// tick.
//
// Changes are numbered; change 0 is the start of the module. A request writes the change after the
// newest and then counts it. Each core compares the count with the changes it has made whenever a
// frame ends, and makes the next one at exactly its boundary. A boundary is never nearer than
// MARGIN when it is written, so no core can have passed it.
#include "core.h"
#include "arch.h"

struct change {
    _Atomic uint64_t boundary; // absolute ticks at which the schedule begins
    _Atomic uint32_t schedule; // its index
};

// The two newest may lie ahead; a core may be late by one more than what is in effect.
enum { CHANGES = 4 };

static struct change changes[CHANGES];
_Atomic uint64_t change_newest;
static _Atomic bool asking;     // a core writes changes
static _Atomic uint32_t wanted; // schedule + 1 that the health monitor has still to ask for; or 0

// Longer than a request takes from its look at the counter to its last store.
static uint64_t margin(void)
{
    return tables->timer_hz * HV_CHANGE_MARGIN_NS / 1000000000;
}

static struct change *change(uint64_t number)
{
    return &changes[number % CHANGES];
}

static const struct tbl_schedule *schedule_record(uint32_t index)
{
    return (const struct tbl_schedule *)tables_section(TBL_SCHEDULE) + index;
}

void change_begin(uint64_t start)
{
    atomic_store(&change(0)->boundary, start);
    atomic_store(&change(0)->schedule, module->initial);
    atomic_store(&change_newest, 0);
    atomic_store(&wanted, 0);
}

// ---- Each core ---------------------------------------------------------------------------------

void change_adopt(struct core *core, uint32_t schedule)
{
    uint32_t cores_count = tables->directory[TBL_CORE].count;
    const struct tbl_frame *frame = (const struct tbl_frame *)tables_section(TBL_FRAME) +
                                    (uint64_t)schedule * cores_count + core->index;

    core->frame_ticks = schedule_record(schedule)->frame;
    core->duties = (const struct tbl_duty *)tables_section(TBL_DUTY) +
                   (uint64_t)schedule * tables->directory[TBL_PARTITION].count;
    core->first_window =
        (const struct tbl_window *)tables_section(TBL_WINDOW) + frame->first_window;
    core->last_window = core->first_window + frame->window_count - 1;
    core->first_stat =
        (struct tbl_window_stat *)(uintptr_t)module->window_stats + frame->first_window;
    core->window = core->first_window;
    core->stat = core->first_stat;
}

void change_follow(struct core *core)
{
    uint64_t number = atomic_load_explicit(&core->change, memory_order_relaxed) + 1;
    uint64_t boundary = atomic_load(&change(number)->boundary);

    if (boundary > core->frame_start)
        return;
    core->frame_start = boundary;
    change_adopt(core, atomic_load(&change(number)->schedule));
    trace(core, TBL_TRACE_SCHEDULES, atomic_load(&change(number)->schedule), 0, 0);
    atomic_store(&core->change, number);
    for (uint32_t i = 0; i < tables->directory[TBL_PARTITION].count; i++)
        if (partitions[i].vcpus->core == core)
            partition_change(&partitions[i], core, core->duties[i].on_change);
}

// ---- Calls -------------------------------------------------------------------------------------

struct vcpu *schedule_find(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    const struct tbl_schedule *s = tables_section(TBL_SCHEDULE);

    x[0] = (uint64_t)HV_INVALID_CONFIG;
    for (uint32_t i = 0; i < tables->directory[TBL_SCHEDULE].count; i++)
        if (name_is(s[i].name, &x[1])) {
            x[0] = HV_OK;
            x[1] = s[i].id;
            break;
        }
    return v;
}

struct vcpu *schedule_status(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    uint64_t newest = atomic_load(&change_newest), current = newest, now = arch_time();

    // Two can lie ahead, for less than MARGIN; change 0 never does: nobody runs before it.
    while (atomic_load(&change(current)->boundary) > now && newest - current < 2)
        current--;
    x[0] = HV_OK;
    x[1] = ns_from_ticks(atomic_load(&change(current)->boundary) -
                         atomic_load_explicit(&module_start, memory_order_relaxed));
    x[2] = schedule_record(atomic_load(&change(current)->schedule))->id;
    x[3] = schedule_record(atomic_load(&change(newest)->schedule))->id;
    return v;
}

// The first end of a frame after `time`, when nothing else changes after `c`.
static uint64_t frame_end(struct change *c, uint64_t time)
{
    uint64_t begin = atomic_load(&c->boundary);
    uint64_t frame = schedule_record(atomic_load(&c->schedule))->frame;

    return begin > time ? begin + frame : begin + ((time - begin) / frame + 1) * frame;
}

// Every core has made the change whose place the next one takes.
static bool place_free(uint64_t newest)
{
    for (uint32_t i = 0; i < tables->directory[TBL_CORE].count; i++)
        if (atomic_load(&cores[i].change) + CHANGES - 1 < newest)
            return false;
    return true;
}

static int64_t request(uint32_t schedule)
{
    uint64_t newest = atomic_load(&change_newest), now = arch_time(), soon = now + margin();
    struct change *last = change(newest), *next = change(newest + 1);
    uint64_t boundary = atomic_load(&last->boundary);

    if (boundary > soon) { // still ahead of everybody
        if (schedule == atomic_load(&change(newest - 1)->schedule))
            atomic_store(&change_newest, newest - 1);
        else
            atomic_store(&last->schedule, schedule);
        return HV_OK;
    }
    if (schedule == atomic_load(&last->schedule))
        return boundary > now ? HV_OK : HV_NO_ACTION;
    if (!place_free(newest))
        return HV_NOT_AVAILABLE;
    atomic_store(&next->boundary, frame_end(last, soon));
    atomic_store(&next->schedule, schedule);
    atomic_store(&change_newest, newest + 1);
    return HV_OK;
}

// HV_NOT_AVAILABLE also when another core asks now.
static int64_t ask(uint32_t schedule)
{
    int64_t result = HV_NOT_AVAILABLE;

    if (!atomic_exchange(&asking, true)) {
        result = request(schedule);
        atomic_store(&asking, false);
    }
    return result;
}

void change_want(uint32_t schedule)
{
    atomic_store(&wanted, schedule + 1);
    change_again();
}

bool change_again(void)
{
    uint32_t want = atomic_load(&wanted);

    if (!want)
        return false;
    // What is wanted meanwhile instead stays to be asked for.
    if (ask(want - 1) == HV_NOT_AVAILABLE)
        return true;
    return !atomic_compare_exchange_strong(&wanted, &want, 0);
}

static int64_t schedule_request(const struct vcpu *v, uint64_t id)
{
    const struct tbl_schedule *s = tables_section(TBL_SCHEDULE);
    uint32_t count = tables->directory[TBL_SCHEDULE].count, index = 0;

    if (!(v->partition->config->flags & TBL_PARTITION_SWITCH_SCHEDULE))
        return HV_NOT_PERMITTED;
    while (index < count && s[index].id != id)
        index++;
    return index == count ? HV_INVALID_PARAM : ask(index);
}

struct vcpu *schedule_set(struct vcpu *v)
{
    *arch_register(v, 0) = (uint64_t)schedule_request(v, *arch_register(v, 1));
    return v;
}
