// SPDX-License-Identifier: BSD-2-Clause
// A partition's life: start, restart in chunks, halt, and its vcpus switched on and off (PSCI).
#include "core.h"
#include "arch.h"

struct partition partitions[HV_MAX_PARTITIONS];

enum { // PSCI (DEN0022) 5.2.2: return codes, and affinity states of 5.1.8
    PSCI_SUCCESS = 0,
    PSCI_INVALID_PARAMETERS = -2,
    PSCI_DENIED = -3,
    PSCI_ALREADY_ON = -4,
    PSCI_ON_PENDING = -5,
    PSCI_INVALID_ADDRESS = -9,
    PSCI_STATE_ON = 0,
    PSCI_STATE_OFF = 1,
    PSCI_STATE_ON_PENDING = 2,
};

// MPIDR without its flag bits: Aff3 in 39:32, Aff2..0 in 23:0. A guest's vcpus differ in Aff0
// alone.
#define MPIDR_AFFINITY 0xff00ffffffull

// ---- Stopping ----------------------------------------------------------------------------------

// True for the one caller that may end RUNNING.
static bool claim(struct partition *p)
{
    uint32_t running = PARTITION_RUNNING;

    return atomic_compare_exchange_strong(&p->state, &running, PARTITION_STOPPING);
}

// The claimed partition gets its next state; then the vcpus that other cores have chosen must
// leave. Cores that run somebody else's window are left alone.
static struct vcpu *stopped(struct vcpu *v, enum partition_state next)
{
    struct partition *p = v->partition;

    console_end_line(p);
    atomic_store(&p->state, next);
    for (uint32_t i = 0; i < p->config->vcpu_count; i++) {
        struct vcpu *other = &p->vcpus[i];

        if (other != v && atomic_load(&other->core->chosen) == other)
            arch_kick(other->core->index);
    }
    return schedule_pick(v->core);
}

struct vcpu *partition_restart(struct vcpu *v, bool warm, uint32_t condition, uint32_t event)
{
    struct partition *p = v->partition;

    if (!claim(p))
        return schedule_pick(v->core);
    warm = warm && atomic_load(&p->mode) != HV_MODE_COLD_START;
    p->start_condition = condition;
    p->last_event = event;
    p->restart.phase = RESTART_STOP;
    p->restart.warm = warm;
    atomic_store(&p->mode, warm ? HV_MODE_WARM_START : HV_MODE_COLD_START);
    return stopped(v, PARTITION_RESTARTING);
}

struct vcpu *partition_halt(struct vcpu *v, uint32_t event)
{
    struct partition *p = v->partition;

    if (!claim(p))
        return schedule_pick(v->core);
    p->last_event = event;
    atomic_store(&p->mode, HV_MODE_IDLE);
    return stopped(v, PARTITION_HALTED);
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

static const struct tbl_image *image_of(const struct partition *p, uint32_t item)
{
    return (const struct tbl_image *)tables_section(TBL_IMAGE) + p->config->first_image + item;
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
    uint8_t digest[32];

    sha256_add(&r->digest, from, size);
    if (size)
        arch_copy_out(core, image->target + r->offset, from, size);
    r->offset += size;
    if (r->offset < image->file_size)
        return;
    sha256_end(&r->digest, digest);
    if (__builtin_memcmp(digest, image->sha256, sizeof digest)) {
        atomic_store(&p->mode, HV_MODE_IDLE);
        p->last_event = HV_EVENT_INTEGRITY;
        atomic_store(&p->state, PARTITION_HALTED);
        health_note(core, (uint32_t)(p - partitions), HV_EVENT_INTEGRITY, TBL_ACTION_HALT,
                    image->source, (uint64_t)p->config->first_image + r->item);
        return;
    }
    restart_goto(p, RESTART_COPY, r->item + 1);
}

// Clears one block of a region. What is kept may still be in a cache only, and the guest starts
// with its caches off: it is made visible instead.
static void clear_step(struct core *core, struct partition *p)
{
    struct restart *r = &p->restart;
    const struct tbl_memory *m = &p->memory[r->item];
    uint64_t size = at_most(m->size - r->offset, RESTART_BLOCK);

    (kept(p, m) ? arch_sync_code : arch_zero)(core, m->phys + r->offset, size);
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

static void start(struct partition *p)
{
    struct vcpu *first = &p->vcpus[0];

    arch_vcpu_reset(first, p->config->entry, p->config->argument);
    p->starts++;
    // Again: a sibling may have said NORMAL while it was being stopped.
    atomic_store(&p->mode, p->restart.warm ? HV_MODE_WARM_START : HV_MODE_COLD_START);
    atomic_store(&first->state, VCPU_READY);
    atomic_store(&p->state, PARTITION_RUNNING);
}

bool partition_restart_step(struct core *core, struct partition *p)
{
    switch (p->restart.phase) {
    case RESTART_STOP:
        if (all_left(p)) {
            for (uint32_t i = 0; i < p->config->vcpu_count; i++)
                atomic_store(&p->vcpus[i].state, VCPU_OFF);
            port_reset(p);
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
        start(p);
        return true;
    }
}

// ---- PSCI --------------------------------------------------------------------------------------

static struct vcpu *vcpu_at(const struct partition *p, uint64_t mpidr)
{
    uint64_t index = mpidr & MPIDR_AFFINITY;

    return (mpidr & ~MPIDR_AFFINITY) == 0 && index < p->config->vcpu_count ? &p->vcpus[index]
                                                                           : NULL;
}

int64_t partition_cpu_on(struct vcpu *v, uint64_t mpidr, uint64_t entry, uint64_t argument)
{
    struct vcpu *target = vcpu_at(v->partition, mpidr);
    uint32_t off = VCPU_OFF;

    if (!target)
        return PSCI_INVALID_PARAMETERS;
    if (entry % 4 || !partition_address(v->partition, entry, 4, TBL_MEM_EXECUTE))
        return PSCI_INVALID_ADDRESS;
    if (!atomic_compare_exchange_strong(&target->state, &off, VCPU_CLAIMED))
        return off == VCPU_READY ? PSCI_ALREADY_ON : PSCI_ON_PENDING;
    target->start_entry = entry;
    target->start_argument = argument;
    atomic_store(&target->state, VCPU_STARTING);
    // Its core looks at the state whenever it picks; inside its window it must pick now.
    if (atomic_load(&target->core->owner) == target)
        arch_kick(target->core->index);
    return PSCI_SUCCESS;
}

int64_t partition_cpu_state(const struct vcpu *v, uint64_t mpidr)
{
    struct vcpu *target = vcpu_at(v->partition, mpidr);

    if (!target)
        return PSCI_INVALID_PARAMETERS;
    switch (atomic_load(&target->state)) {
    case VCPU_OFF:
        return PSCI_STATE_OFF;
    case VCPU_READY:
        return PSCI_STATE_ON;
    default:
        return PSCI_STATE_ON_PENDING;
    }
}

struct vcpu *partition_cpu_off(struct vcpu *v)
{
    struct partition *p = v->partition;

    // Two last vcpus that leave at the same time both see the other off: the first to raise wins.
    atomic_store(&v->state, VCPU_OFF);
    for (uint32_t i = 0; i < p->config->vcpu_count; i++)
        if (atomic_load(&p->vcpus[i].state) != VCPU_OFF)
            return schedule_pick(v->core);
    atomic_store(&v->state, VCPU_READY); // the call returns if the event is ignored
    *arch_register(v, 0) = (uint64_t)PSCI_DENIED;
    return health_raise(v, HV_EVENT_GUEST_OFF, 0, 0);
}
