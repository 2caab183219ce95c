// SPDX-License-Identifier: BSD-2-Clause
// Sampling and queuing ports. A message is copied once, between its slot and the guest's buffer.
//
// Sampling: one source, any number of readers on any core. The source fills slot head % 4 and then
// publishes head + 1. A reader copies the newest slot and then looks whether the source has come
// round to it. Queuing: one source, one destination, two counts with one writer each.
#include "core.h"
#include "arch.h"

enum { SAMPLING_TRIES = 3 };

static struct {         // what a destination remembers; written by the partition's own calls only
    uint64_t forgotten; // sampling: messages up to here were lost by a restart
    bool valid;         // sampling: the last message read was
} received[HV_MAX_PORTS];

static struct vcpu *answer(struct vcpu *v, int64_t result)
{
    *arch_register(v, 0) = (uint64_t)result;
    return v;
}

// The caller's port, or NULL: x1 is an index into its own table.
static inline const struct tbl_port *port_of(struct vcpu *v)
{
    uint64_t handle = *arch_register(v, 1);

    return handle < v->partition->config->port_count ? &v->partition->ports[handle] : NULL;
}

static inline const struct tbl_channel *channel_of(const struct tbl_port *port)
{
    return (const struct tbl_channel *)tables_section(TBL_CHANNEL) + port->channel;
}

static inline struct port_pool *pool_of(const struct tbl_channel *channel)
{
    return (struct port_pool *)(uintptr_t)channel->pool;
}

static inline struct tbl_message *slot_of(const struct tbl_channel *channel, uint64_t slot)
{
    return (struct tbl_message *)(uintptr_t)(channel->pool + TBL_POOL_HEADER +
                                             slot * channel->slot_size);
}

static uint64_t received_index(const struct tbl_port *port)
{
    return (uint64_t)(port - (const struct tbl_port *)tables_section(TBL_PORT));
}

// Fills a slot from the guest's buffer at `phys`.
static inline void message_put(struct core *core, struct tbl_message *slot, uint64_t sequence,
                               uint64_t phys, uint64_t length)
{
    slot->sequence = sequence;
    slot->time = arch_time();
    slot->length = (uint32_t)length;
    arch_copy_in(core, slot + 1, phys, length);
}

// ---- The checks in front of every transfer -----------------------------------------------------

struct transfer {
    const struct tbl_port *port;
    uint64_t phys;   // of the guest's buffer
    uint64_t length; // of the message, or the room for it
};

// Port x1, buffer x2, length x3. 0, or the error of abi.h.
static inline int64_t transfer_check(struct vcpu *v, uint32_t type, uint32_t direction,
                                     struct transfer *t)
{
    const uint64_t *x = arch_register(v, 0);
    const struct tbl_port *port = port_of(v);
    bool source = direction == TBL_SOURCE;

    if (!port)
        return HV_INVALID_PARAM;
    if (port->type != type || port->direction != direction)
        return HV_INVALID_MODE;
    if (source ? x[3] - 1 >= port->max_message : x[3] < port->max_message)
        return HV_INVALID_CONFIG;
    t->port = port;
    t->length = x[3];
    t->phys = partition_address(v->partition, x[2], x[3], source ? TBL_MEM_READ : TBL_MEM_WRITE);
    return t->phys ? HV_OK : HV_INVALID_PARAM;
}

// ---- Calls -------------------------------------------------------------------------------------

struct vcpu *port_open(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    const struct partition *p = v->partition;

    for (uint32_t i = 0; i < p->config->port_count; i++) {
        const struct tbl_port *port = &p->ports[i];

        if (__builtin_memcmp(port->name, &x[1], HV_NAME_SIZE))
            continue;
        x[1] = i;
        x[2] = port->type;
        x[3] = port->direction;
        x[4] = port->max_message;
        x[5] = port->depth;
        x[6] = port->refresh_ns;
        return answer(v, HV_OK);
    }
    return answer(v, HV_INVALID_PARAM);
}

struct vcpu *sampling_write(struct vcpu *v)
{
    struct transfer t;
    int64_t error = transfer_check(v, TBL_SAMPLING, TBL_SOURCE, &t);
    const struct tbl_channel *channel;
    struct port_pool *pool;
    uint64_t head;

    if (error || t.port->channel == TBL_NONE) // nobody listens: written, and gone
        return answer(v, error);
    channel = channel_of(t.port);
    pool = pool_of(channel);
    head = atomic_load_explicit(&pool->head, memory_order_relaxed);
    // The last write's head is visible before this slot changes: readers of the slot will notice.
    atomic_thread_fence(memory_order_release);
    message_put(v->core, slot_of(channel, head % TBL_SAMPLING_SLOTS), head + 1, t.phys, t.length);
    atomic_store_explicit(&pool->head, head + 1, memory_order_release);
    return answer(v, HV_OK);
}

struct vcpu *sampling_read(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    struct transfer t;
    int64_t error = transfer_check(v, TBL_SAMPLING, TBL_DESTINATION, &t);

    if (error)
        return answer(v, error);
    if (t.port->channel == TBL_NONE)
        return answer(v, HV_NOT_AVAILABLE);
    const struct tbl_channel *channel = channel_of(t.port);
    struct port_pool *pool = pool_of(channel);
    uint64_t index = received_index(t.port);

    for (unsigned i = 0; i < SAMPLING_TRIES; i++) {
        uint64_t head = atomic_load_explicit(&pool->head, memory_order_acquire);
        const struct tbl_message *slot = slot_of(channel, (head - 1) % TBL_SAMPLING_SLOTS);
        uint64_t time = slot->time, length = slot->length, age;

        if (head == received[index].forgotten)
            break;
        // A source that came round meanwhile may have left any length.
        length = length < t.length ? length : t.length;
        arch_copy_out(v->core, t.phys, slot + 1, length);
        atomic_thread_fence(memory_order_acquire);
        // Message head - 1 is overwritten from the moment when head + 3 is being written.
        if (atomic_load_explicit(&pool->head, memory_order_relaxed) - head >=
            TBL_SAMPLING_SLOTS - 1)
            continue;
        age = arch_time() - time;
        x[1] = length;
        x[2] = received[index].valid = age <= t.port->refresh_ticks;
        x[3] = ns_from_ticks(age);
        return answer(v, HV_OK);
    }
    return answer(v, HV_NOT_AVAILABLE);
}

struct vcpu *queuing_send(struct vcpu *v)
{
    struct transfer t;
    int64_t error = transfer_check(v, TBL_QUEUING, TBL_SOURCE, &t);

    if (error)
        return answer(v, error);
    if (t.port->channel == TBL_NONE)
        return answer(v, HV_NOT_AVAILABLE);
    const struct tbl_channel *channel = channel_of(t.port);
    struct port_pool *pool = pool_of(channel);
    uint64_t head = atomic_load_explicit(&pool->head, memory_order_relaxed);

    if (head - atomic_load_explicit(&pool->tail, memory_order_acquire) >= channel->depth) {
        uint64_t refused = atomic_load_explicit(&pool->refused, memory_order_relaxed);

        atomic_store_explicit(&pool->refused, refused + 1, memory_order_relaxed);
        return answer(v, HV_NOT_AVAILABLE);
    }
    message_put(v->core, slot_of(channel, head % channel->depth), head + 1, t.phys, t.length);
    atomic_store_explicit(&pool->head, head + 1, memory_order_release);
    return answer(v, HV_OK);
}

struct vcpu *queuing_receive(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    struct transfer t;
    int64_t error = transfer_check(v, TBL_QUEUING, TBL_DESTINATION, &t);

    if (error)
        return answer(v, error);
    if (t.port->channel == TBL_NONE)
        return answer(v, HV_NOT_AVAILABLE);
    const struct tbl_channel *channel = channel_of(t.port);
    struct port_pool *pool = pool_of(channel);
    uint64_t tail = atomic_load_explicit(&pool->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&pool->head, memory_order_acquire);
    uint64_t refused = atomic_load_explicit(&pool->refused, memory_order_relaxed);
    const struct tbl_message *slot = slot_of(channel, tail % channel->depth);

    if (tail == head)
        return answer(v, HV_NOT_AVAILABLE);
    arch_copy_out(v->core, t.phys, slot + 1, slot->length);
    x[1] = slot->length;
    x[2] = head - tail - 1;
    x[3] = refused != atomic_load_explicit(&pool->refused_seen, memory_order_relaxed);
    atomic_store_explicit(&pool->refused_seen, refused, memory_order_relaxed);
    atomic_store_explicit(&pool->tail, tail + 1, memory_order_release);
    return answer(v, HV_OK);
}

struct vcpu *port_status(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    const struct tbl_port *port = port_of(v);

    if (!port)
        return answer(v, HV_INVALID_PARAM);
    x[1] = x[2] = x[3] = 0;
    if (port->channel == TBL_NONE)
        return answer(v, HV_OK);
    const struct tbl_channel *channel = channel_of(port);
    struct port_pool *pool = pool_of(channel);
    uint64_t head = atomic_load_explicit(&pool->head, memory_order_acquire);
    uint64_t oldest; // the message whose age is told

    if (port->type == TBL_SAMPLING) {
        uint64_t index = received_index(port);

        x[1] = head;
        x[3] = received[index].valid;
        if (head == received[index].forgotten)
            return answer(v, HV_OK);
        oldest = (head - 1) % TBL_SAMPLING_SLOTS;
    } else {
        uint64_t tail = atomic_load_explicit(&pool->tail, memory_order_acquire);

        x[1] = head - tail;
        x[3] = atomic_load_explicit(&pool->refused, memory_order_relaxed) !=
               atomic_load_explicit(&pool->refused_seen, memory_order_relaxed);
        if (head == tail)
            return answer(v, HV_OK);
        oldest = tail % channel->depth;
    }
    x[2] = ns_from_ticks(arch_time() - slot_of(channel, oldest)->time);
    return answer(v, HV_OK);
}

void port_reset(const struct partition *p)
{
    for (uint32_t i = 0; i < p->config->port_count; i++) {
        const struct tbl_port *port = &p->ports[i];
        uint64_t index = received_index(port);
        struct port_pool *pool;
        uint64_t head;

        if (port->channel == TBL_NONE || port->direction == TBL_SOURCE)
            continue;
        pool = pool_of(channel_of(port));
        head = atomic_load_explicit(&pool->head, memory_order_acquire);
        if (port->type == TBL_SAMPLING) {
            received[index].forgotten = head;
            received[index].valid = false;
        } else {
            atomic_store_explicit(&pool->refused_seen,
                                  atomic_load_explicit(&pool->refused, memory_order_relaxed),
                                  memory_order_relaxed);
            atomic_store_explicit(&pool->tail, head, memory_order_release);
        }
    }
}
