// SPDX-License-Identifier: BSD-2-Clause
// The standard calls of a guest: SMCCC (DEN0028), stolen time (DEN0057), and PSCI (DEN0022) inside
// its partition.
#include "core.h"
#include "arch.h"

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

enum { // power_state of CPU_SUSPEND, in the format that PSCI_FEATURES tells by its bit 1 being 0
    POWER_STATE_DOWN = 1 << 16, // else standby
    POWER_STATE_RES0 = (int)0xfcfe0000,
};

// MPIDR without its flag bits: Aff3 in 39:32, Aff2..0 in 23:0. A guest's vcpus differ in Aff0
// alone.
#define MPIDR_AFFINITY 0xff00ffffffull

// x0 = the result, the caller goes on.
static struct vcpu *finish(struct vcpu *v, int64_t result)
{
    *arch_register(v, 0) = (uint64_t)result;
    return v;
}

// ---- Vcpus -------------------------------------------------------------------------------------

static struct vcpu *vcpu_at(const struct partition *p, uint64_t mpidr)
{
    uint64_t index = mpidr & MPIDR_AFFINITY;

    return (mpidr & ~MPIDR_AFFINITY) == 0 && index < p->config->vcpu_count ? &p->vcpus[index]
                                                                           : NULL;
}

static bool entry_valid(const struct vcpu *v, uint64_t entry)
{
    return entry % 4 == 0 && partition_address(v->partition, entry, 4, TBL_MEM_EXECUTE);
}

static int64_t cpu_on(struct vcpu *v, uint64_t mpidr, uint64_t entry, uint64_t argument)
{
    struct vcpu *target = vcpu_at(v->partition, mpidr);
    uint32_t off = VCPU_OFF;

    if (!target)
        return PSCI_INVALID_PARAMETERS;
    if (!entry_valid(v, entry))
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

static int64_t cpu_state(const struct vcpu *v, uint64_t mpidr)
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

// Every state is standby, from which it wakes at once: a deeper one may be taken for a shallower
// one (5.4), and time is the window's. What would be wrong with the deeper one is wrong here, too.
static int64_t cpu_suspend(const struct vcpu *v, uint32_t state, uint64_t entry)
{
    if (state & POWER_STATE_RES0)
        return PSCI_INVALID_PARAMETERS;
    return state & POWER_STATE_DOWN && !entry_valid(v, entry) ? PSCI_INVALID_ADDRESS : PSCI_SUCCESS;
}

static struct vcpu *cpu_off(struct vcpu *v)
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

// ---- Functions ---------------------------------------------------------------------------------

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
    PV_TIME_FEATURES = 0xc5000020,
    PV_TIME_ST,
};
enum {
    SMCCC_1_1 = 0x10001,
    PSCI_1_1 = 0x10001,
    PSCI_NO_MIGRATION = 2, // Trusted OS needs no migration: there is none
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

// Whether `id` is one of the two functions of DEN0057, and v may call it.
static bool is_pv_time(const struct vcpu *v, uint32_t id)
{
    return v->needs & VCPU_STOLEN && (id | 1) == PV_TIME_ST;
}

struct vcpu *standard_call(struct vcpu *v)
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
        return finish(v, id == SMCCC_VERSION || id == SMCCC_ARCH_FEATURES || is_pv_time(v, id)
                             ? 0
                             : HV_NOT_SUPPORTED);
    case PV_TIME_FEATURES:
        return finish(v, is_pv_time(v, (uint32_t)x[1]) ? 0 : HV_NOT_SUPPORTED);
    case PV_TIME_ST:
        return finish(v, is_pv_time(v, id) ? (int64_t)stolen_time_address(v) : HV_NOT_SUPPORTED);
    case PSCI_FEATURES:
        return finish(v, standard_known(x[1] & UINT32_MAX) ? 0 : HV_NOT_SUPPORTED);
    case SMCCC_HYPERVISOR_UID:
        x[1] = HV_UID_1;
        x[2] = HV_UID_2;
        x[3] = HV_UID_3;
        return finish(v, HV_UID_0);
    case PSCI_CPU_SUSPEND:
    case PSCI_CPU_SUSPEND | PSCI_64:
        return finish(v, cpu_suspend(v, (uint32_t)x[1], x[2] & mask));
    case PSCI_CPU_OFF:
        return cpu_off(v);
    case PSCI_CPU_ON:
    case PSCI_CPU_ON | PSCI_64:
        return finish(v, cpu_on(v, x[1] & mask, x[2] & mask, x[3] & mask));
    case PSCI_AFFINITY_INFO:
    case PSCI_AFFINITY_INFO | PSCI_64:
        if ((uint32_t)x[2]) // the lowest affinity level, 32 bits in both forms: 0, a vcpu
            return finish(v, HV_INVALID_PARAM);
        return finish(v, cpu_state(v, x[1] & mask));
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
