// SPDX-License-Identifier: BSD-2-Clause
// A partition's life: start, restart in chunks, halt.
#include "core.h"
#include "arch.h"

struct partition partitions[HV_MAX_PARTITIONS];

static void trace_state(const struct partition *p, const struct core *core, uint32_t state)
{
    trace(core, TBL_TRACE_PARTITIONS, (uint32_t)(p - partitions), state, 0);
}

bool partition_guards(const struct partition *p, uint64_t ipa)
{
    for (const struct tbl_memory *m = p->memory; m < p->memory_end; m++)
        if (m->attributes & TBL_MEM_GUARD && m->address - 1 - ipa < HV_PAGE_SIZE)
            return true;
    return false;
}

static const struct tbl_image *image_of(const struct partition *p, uint32_t item)
{
    return (const struct tbl_image *)tables_section(TBL_IMAGE) + p->config->first_image + item;
}

static bool in_place(const struct tbl_image *image)
{
    return image->source == image->target;
}

bool partition_used_up(const struct partition *p)
{
    return p->starts && p->config->image_count && in_place(image_of(p, 0));
}

// ---- Stopping ----------------------------------------------------------------------------------

// True for the one caller that may end `state`.
static bool claim(struct partition *p, uint32_t state)
{
    return atomic_compare_exchange_strong(&p->state, &state, PARTITION_STOPPING);
}

// The claimed partition gets its next state; then the vcpus that other cores than this one have
// chosen must leave. Cores that run somebody else's window are left alone.
static void stop(struct partition *p, const struct core *core, enum partition_state next)
{
    console_end_line(p);
    atomic_store(&p->state, next);
    trace_state(p, core,
                next == PARTITION_HALTED      ? HV_STATE_HALTED
                : next == PARTITION_SUSPENDED ? HV_STATE_SUSPENDED
                                              : HV_STATE_RESTARTING);
    for (uint32_t i = 0; i < p->config->vcpu_count; i++) {
        struct vcpu *other = &p->vcpus[i];

        if (other->core != core && atomic_load(&other->core->chosen) == other)
            arch_kick(other->core->index);
    }
}

// Of a claimed partition.
static void halt(struct partition *p, const struct core *core, uint32_t event)
{
    p->last_event = event;
    atomic_store(&p->mode, HV_MODE_IDLE);
    stop(p, core, PARTITION_HALTED);
}

// Of a claimed partition.
static void restart(struct partition *p, const struct core *core, bool warm, uint32_t condition,
                    uint32_t event)
{
    if (partition_used_up(p)) {
        halt(p, core, event);
        return;
    }
    warm = warm && atomic_load(&p->mode) != HV_MODE_COLD_START;
    p->start_condition = condition;
    p->last_event = event;
    p->restart.phase = RESTART_STOP;
    p->restart.warm = warm;
    atomic_store(&p->mode, warm ? HV_MODE_WARM_START : HV_MODE_COLD_START);
    stop(p, core, PARTITION_RESTARTING);
}

// Of a claimed partition.
static void suspend(struct partition *p, const struct core *core, uint32_t event)
{
    p->last_event = event;
    stop(p, core, PARTITION_SUSPENDED);
}

// Counts a restart of a claimed partition by the health monitor; false: there was none left.
static bool count_restart(struct partition *p)
{
    const struct tbl_partition *config = p->config;
    uint64_t now = arch_time();

    if (!config->restart_limit)
        return true;
    if (config->restart_within && now - p->restarts_since > config->restart_within)
        p->restarts = 0;
    if (p->restarts == config->restart_limit)
        return false;
    if (p->restarts++ == 0)
        p->restarts_since = now;
    return true;
}

struct vcpu *partition_restart(struct vcpu *v, bool warm, uint32_t condition, uint32_t event)
{
    struct partition *p = v->partition;

    if (!claim(p, PARTITION_RUNNING))
        return schedule_pick(v->core);
    if (event == HV_EVENT_NONE || count_restart(p))
        restart(p, v->core, warm, condition, event);
    else if (health_limit(v->core, (uint32_t)(p - partitions), p->restarts) == TBL_ACTION_SUSPEND)
        suspend(p, v->core, HV_EVENT_RESTART_LIMIT);
    else
        halt(p, v->core, HV_EVENT_RESTART_LIMIT);
    return schedule_pick(v->core);
}

void partition_change(struct partition *p, const struct core *core, uint32_t action)
{
    bool warm = action == TBL_ACTION_WARM_START;

    if (action == TBL_ACTION_IGNORE)
        return;
    if (claim(p, PARTITION_RUNNING)) {
        restart(p, core, warm, HV_START_PARTITION_RESTART, HV_EVENT_NONE);
    } else if (!warm && p->restart.warm && atomic_load(&p->state) == PARTITION_RESTARTING) {
        // Its steps are made here. From the beginning: nothing is kept now.
        p->restart.warm = false;
        p->restart.phase = RESTART_STOP;
        atomic_store(&p->mode, HV_MODE_COLD_START);
    }
}

struct vcpu *partition_halt(struct vcpu *v, uint32_t event)
{
    struct partition *p = v->partition;

    if (claim(p, PARTITION_RUNNING))
        halt(p, v->core, event);
    return schedule_pick(v->core);
}

struct vcpu *partition_suspend(struct vcpu *v, uint32_t event)
{
    struct partition *p = v->partition;

    if (claim(p, PARTITION_RUNNING))
        suspend(p, v->core, event);
    return schedule_pick(v->core);
}

// ---- On request of a system partition ----------------------------------------------------------

// The claimed partition runs on as it was; where its window is open, at once.
static void resume(struct partition *p, const struct core *core)
{
    atomic_store(&p->state, PARTITION_RUNNING);
    trace_state(p, core, HV_STATE_RUNNING);
    for (uint32_t i = 0; i < p->config->vcpu_count; i++) {
        struct vcpu *v = &p->vcpus[i];

        if (v->core != core && atomic_load(&v->core->owner) == v)
            arch_kick(v->core->index);
    }
}

// The core of p's first vcpu makes the steps of a restart; what another core wants instead lies
// ready for the next step.
static int64_t overrule(struct partition *p, uint32_t what)
{
    atomic_store(&p->overrule, what);
    if (atomic_load(&p->state) == PARTITION_RESTARTING || !atomic_exchange(&p->overrule, 0))
        return HV_OK;
    return HV_NOT_AVAILABLE; // the last step was over before
}

static int64_t control_restart(struct partition *p, const struct core *core, uint32_t state,
                               bool warm)
{
    uint32_t halt = OVERRULE_HALT;

    if (state == PARTITION_RESTARTING) {
        if (!warm && p->restart.warm)
            return overrule(p, OVERRULE_COLD);
        // A halt that no step has seen is taken back; one that was seen just now is a change.
        if (atomic_compare_exchange_strong(&p->overrule, &halt, OVERRULE_NONE))
            return HV_OK;
        return atomic_load(&p->state) == PARTITION_RESTARTING ? HV_NO_ACTION : HV_NOT_AVAILABLE;
    }
    if (partition_used_up(p))
        return HV_INVALID_MODE;
    if (!claim(p, state))
        return HV_NOT_AVAILABLE;
    if (atomic_load(&core->owner)->partition != p) // somebody else has looked at it
        p->restarts = 0;
    restart(p, core, warm, HV_START_PARTITION_RESTART, HV_EVENT_NONE);
    return HV_OK;
}

static int64_t control_halt(struct partition *p, const struct core *core, uint32_t state)
{
    if (state == PARTITION_HALTED)
        return HV_NO_ACTION;
    if (state == PARTITION_RESTARTING)
        return overrule(p, OVERRULE_HALT);
    if (!claim(p, state))
        return HV_NOT_AVAILABLE;
    halt(p, core, HV_EVENT_NONE);
    return HV_OK;
}

// Asks the partition to end by itself.
static int64_t control_shutdown(struct partition *p, const struct core *core, uint32_t state)
{
    const struct tbl_interrupt *all = tables_section(TBL_INTERRUPT);
    uint32_t i = p->config->first_interrupt, end = i + p->config->interrupt_count;

    while (i < end && !(all[i].flags & TBL_IRQ_SHUTDOWN))
        i++;
    if (i == end || (state != PARTITION_RUNNING && state != PARTITION_SUSPENDED))
        return HV_INVALID_MODE;
    if (arch_interrupt_raise(core->current, &p->vcpus[all[i].vcpu], i))
        arch_kick(p->vcpus[all[i].vcpu].core->index);
    return HV_OK;
}

int64_t partition_control(struct partition *p, const struct core *core, uint64_t control)
{
    uint32_t state = atomic_load(&p->state);

    if (control > HV_CONTROL_SHUTDOWN)
        return HV_INVALID_PARAM;
    if (state == PARTITION_STOPPING) // another core is about to say what it is
        return HV_NOT_AVAILABLE;
    switch (control) {
    case HV_CONTROL_HALT:
        return control_halt(p, core, state);
    case HV_CONTROL_SUSPEND:
        if (state == PARTITION_SUSPENDED)
            return HV_NO_ACTION;
        if (!claim(p, PARTITION_RUNNING))
            return HV_INVALID_MODE;
        suspend(p, core, HV_EVENT_NONE);
        return HV_OK;
    case HV_CONTROL_RESUME:
        if (state == PARTITION_RUNNING)
            return HV_NO_ACTION;
        if (!claim(p, PARTITION_SUSPENDED))
            return HV_INVALID_MODE;
        resume(p, core);
        return HV_OK;
    case HV_CONTROL_SHUTDOWN:
        return control_shutdown(p, core, state);
    default:
        return control_restart(p, core, state, control == HV_CONTROL_WARM_START);
    }
}

// ---- Starting ----------------------------------------------------------------------------------

void partition_prepare(struct partition *p)
{
    p->start_condition = HV_START_NORMAL;
    p->last_event = HV_EVENT_NONE;
    p->restart.phase = RESTART_STOP;
    p->restart.warm = false;
    atomic_store(&p->mode, HV_MODE_COLD_START);
    atomic_store(&p->state, PARTITION_RESTARTING);
}

// No core runs a vcpu of the partition, nor is about to.
static bool all_left(const struct partition *p)
{
    for (uint32_t i = 0; i < p->config->vcpu_count; i++) {
        struct vcpu *v = &p->vcpus[i];

        if (atomic_load(&v->core->chosen) == v ||
            __atomic_load_n(&v->core->current, __ATOMIC_ACQUIRE) == v)
            return false;
    }
    return true;
}

static bool kept(const struct partition *p, const struct tbl_memory *m)
{
    return p->restart.warm && m->attributes & TBL_MEM_KEEP;
}

// Goes to the next item of a phase from `item` on, or to the next phase. CLEAR walks over the
// partition's own regions, which devices are not, and shared blocks only at the first start, when
// nobody runs yet; COPY and SYNC over its images, but not those in memory to be kept.
static void restart_goto(struct partition *p, uint32_t phase, uint32_t item)
{
    const struct tbl_memory *all = tables_section(TBL_MEMORY);
    struct restart *r = &p->restart;

    for (; phase < RESTART_DONE; phase++, item = 0) {
        if (phase == RESTART_CLEAR)
            while (item < p->config->memory_count &&
                   p->memory[item].attributes &
                       (TBL_MEM_DEVICE | (p->starts ? TBL_MEM_SHARED : 0u)))
                item++;
        else
            while (item < p->config->image_count && kept(p, &all[image_of(p, item)->memory]))
                item++;
        if (item < (phase == RESTART_CLEAR ? p->config->memory_count : p->config->image_count))
            break;
    }
    r->phase = phase;
    r->item = item;
    r->offset = 0;
    sha256_begin(&r->digest);
}

static uint64_t at_most(uint64_t size, uint64_t limit)
{
    return size < limit ? size : limit;
}

// Hashes and copies one chunk. The digest covers what was copied: the payload is read-only.
static void copy_step(struct core *core, struct partition *p)
{
    struct restart *r = &p->restart;
    const struct tbl_image *image = image_of(p, r->item);
    const void *from = (const void *)(uintptr_t)(image->source + r->offset);
    uint64_t size = at_most(image->file_size - r->offset, RESTART_CHUNK);
    uint8_t digest[32], chunk[RESTART_CHUNK];

    if (in_place(image)) { // only hashed; it is mapped nowhere else
        arch_copy_in(core, chunk, image->target + r->offset, size);
        from = chunk;
    }
    sha256_add(&r->digest, from, size);
    if (!in_place(image))
        arch_copy_out(core, image->target + r->offset, from, size);
    r->offset += size;
    if (r->offset < image->file_size)
        return;
    sha256_end(&r->digest, digest);
    if (__builtin_memcmp(digest, image->sha256, sizeof digest)) {
        atomic_store(&p->mode, HV_MODE_IDLE);
        p->last_event = HV_EVENT_INTEGRITY;
        atomic_store(&p->state, PARTITION_HALTED);
        trace_state(p, core, HV_STATE_HALTED);
        health_note(core, (uint32_t)(p - partitions), HV_EVENT_INTEGRITY, TBL_ACTION_HALT,
                    image->source, (uint64_t)p->config->first_image + r->item);
        return;
    }
    restart_goto(p, RESTART_COPY, r->item + 1);
}

// Clears memory around what lies there in place.
static void clear(struct core *core, const struct partition *p, uint64_t phys, uint64_t size)
{
    uint64_t piece;

    for (uint64_t end = phys + size; phys < end; phys += piece) {
        bool image_here = false;

        piece = end - phys;
        for (uint32_t i = 0; i < p->config->image_count; i++) {
            const struct tbl_image *image = image_of(p, i);
            uint64_t into = phys - image->target; // wraps to a large number before the image

            if (!in_place(image) || !image->file_size)
                continue;
            if (into < image->file_size) {
                image_here = true;
                piece = at_most(piece, image->file_size - into);
            } else if (-into < piece) {
                piece = -into;
            }
        }
        if (!image_here)
            arch_zero(core, phys, piece);
    }
}

// Clears one block of a region. What is kept may still be in a cache only, and the guest starts
// with its caches off: it is made visible instead.
static void clear_step(struct core *core, struct partition *p)
{
    struct restart *r = &p->restart;
    const struct tbl_memory *m = &p->memory[r->item];
    uint64_t size = at_most(m->size - r->offset, RESTART_BLOCK);

    if (kept(p, m))
        arch_sync_code(core, m->phys + r->offset, size);
    else
        clear(core, p, m->phys + r->offset, size);
    r->offset += size;
    if (r->offset == m->size)
        restart_goto(p, RESTART_CLEAR, r->item + 1);
}

static void sync_step(struct core *core, struct partition *p)
{
    struct restart *r = &p->restart;
    const struct tbl_image *image = image_of(p, r->item);
    uint64_t size = at_most(image->file_size - r->offset, RESTART_BLOCK);

    arch_sync_code(core, image->target + r->offset, size);
    r->offset += size;
    if (r->offset == image->file_size)
        restart_goto(p, RESTART_SYNC, r->item + 1);
}

static void start(struct partition *p, const struct core *core)
{
    struct vcpu *first = &p->vcpus[0];

    arch_vcpu_reset(first, p->config->entry, p->config->argument);
    p->starts++;
    // Again: a sibling may have said NORMAL while it was being stopped.
    atomic_store(&p->mode, p->restart.warm ? HV_MODE_WARM_START : HV_MODE_COLD_START);
    timer_reset(first);
    handler_reset(first);
    atomic_store(&first->state, VCPU_READY);
    atomic_store(&p->state, PARTITION_RUNNING);
    trace_state(p, core, HV_STATE_RUNNING);
}

// Whether another core wants something else than this restart: then that is begun.
static bool overruled(struct partition *p, const struct core *core)
{
    uint32_t was = PARTITION_RESTARTING, what;

    if (!atomic_load(&p->overrule))
        return false;
    // Behind the last step it runs, unless somebody has ended that already. Claimed before the wish
    // is taken: who then finds it gone sees the claim.
    if (!claim(p, was) && !claim(p, was = PARTITION_RUNNING)) {
        atomic_store(&p->overrule, OVERRULE_NONE);
        return false;
    }
    what = atomic_exchange(&p->overrule, OVERRULE_NONE);
    if (what == OVERRULE_HALT)
        halt(p, core, HV_EVENT_NONE);
    else if (what == OVERRULE_COLD)
        restart(p, core, false, HV_START_PARTITION_RESTART, HV_EVENT_NONE);
    else
        atomic_store(&p->state, was); // it was taken back meanwhile
    return what != OVERRULE_NONE;
}

bool partition_restart_step(struct core *core, struct partition *p)
{
    if (overruled(p, core))
        return false;
    switch (p->restart.phase) {
    case RESTART_STOP:
        if (all_left(p)) {
            for (uint32_t i = 0; i < p->config->vcpu_count; i++) {
                atomic_store(&p->vcpus[i].state, VCPU_OFF);
                atomic_store(&p->vcpus[i].used, 0);
                p->vcpus[i].stolen = 0; // what is shown is cleared as all memory
                p->vcpus[i].stolen_from = UINT64_MAX;
                p->vcpus[i].seen = 0;
            }
            arch_partition_reset(p);
            port_reset(p);
            pl011_reset(p);
            restart_goto(p, RESTART_CLEAR, 0);
        } else {
            arch_relax();
        }
        return false;
    case RESTART_CLEAR:
        clear_step(core, p);
        return false;
    case RESTART_COPY:
        copy_step(core, p);
        return false;
    case RESTART_SYNC:
        sync_step(core, p);
        return false;
    default:
        start(p, core);
        return !overruled(p, core);
    }
}
