// SPDX-License-Identifier: BSD-2-Clause
// Sampling and queuing ports. A message is copied once, between its slot and the guest's buffer.
//
// Sampling: one source, any number of readers on any core. The source fills slot head % 4 and then
// publishes head + 1. A reader copies the newest slot and then looks whether the source has come
// round to it. Queuing: one source, one destination, two counts with one writer each.
#include "core.h"
#include "arch.h"

enum { SAMPLING_TRIES = 3 };

static struct port ports[HV_MAX_PORTS];

static struct vcpu *answer(struct vcpu *v, int64_t result)
{
    *arch_register(v, 0) = (uint64_t)result;
    return v;
}

static inline struct tbl_message *slot_of(const struct port *port, uint64_t slot)
{
    return (struct tbl_message *)((char *)port->pool + TBL_POOL_HEADER + slot * port->slot_size);
}

static inline uint64_t relaxed(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static inline uint64_t acquire(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

// Head and tail have one writer: two vcpus of a partition in the same call would make it two.
static inline bool claim(struct port *port)
{
    return !atomic_exchange_explicit(&port->busy, true, memory_order_acquire);
}

// The end of a call that claimed its port.
static inline struct vcpu *release(struct vcpu *v, struct port *port, int64_t result)
{
    atomic_store_explicit(&port->busy, false, memory_order_release);
    return answer(v, result);
}

// Fills the slot of message `head` from the guest's buffer and publishes it.
static inline void publish(struct vcpu *v, struct port *port, uint64_t head, uint64_t phys)
{
    struct tbl_message *slot = slot_of(port, head % port->slots);
    uint64_t length = *arch_register(v, 3);

    slot->sequence = head + 1;
    slot->time = arch_time();
    slot->length = (uint32_t)length;
    arch_copy_in(v->core, slot + 1, phys, length);
    atomic_store_explicit(&port->pool->head, head + 1, memory_order_release);
}

// ---- The checks in front of every call ---------------------------------------------------------

struct transfer {
    struct port *port; // NULL: no transfer, and x0 holds the error
    uint64_t phys;     // of the guest's buffer
};

static inline struct transfer refuse(struct vcpu *v, int64_t error)
{
    answer(v, error);
    return (struct transfer){NULL, 0};
}

// A transfer through port x1, which must be of the right kind, with buffer x2 and length (or room)
// x3. Inlined with its constants: every message pays for it.
static inline struct transfer transfer_check(struct vcpu *v, uint32_t kind)
{
    const uint64_t *x = arch_register(v, 0);
    bool source = (kind & 1) == TBL_SOURCE;
    uint64_t length = x[3], phys;
    struct port *port;

    if (x[1] >= v->partition->port_count)
        return refuse(v, HV_INVALID_PARAM);
    port = &v->partition->ports[x[1]];
    if (port->kind != kind)
        return refuse(v, HV_INVALID_MODE);
    if (source ? length - 1 >= port->max_message : length < port->max_message)
        return refuse(v, HV_INVALID_CONFIG);
    phys = partition_address(v->partition, x[2], length, source ? TBL_MEM_READ : TBL_MEM_WRITE);
    return phys ? (struct transfer){port, phys} : refuse(v, HV_INVALID_PARAM);
}

// ---- Calls -------------------------------------------------------------------------------------

// The partition's port of this name; its records stand in the order of their names.
static const struct port *find(const struct partition *p, const void *name)
{
    uint64_t first = 0, end = p->port_count;

    while (first < end) {
        uint64_t middle = (first + end) / 2;
        int order = __builtin_memcmp(name, p->ports[middle].config->name, HV_NAME_SIZE);

        if (order == 0)
            return &p->ports[middle];
        if (order < 0)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

struct vcpu *port_open(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    const struct port *port = find(v->partition, &x[1]);

    if (!port)
        return answer(v, HV_INVALID_PARAM);
    x[1] = (uint64_t)(port - v->partition->ports);
    x[2] = port->config->type;
    x[3] = port->config->direction;
    x[4] = port->config->max_message;
    x[5] = port->config->depth;
    x[6] = port->config->refresh_ns;
    return answer(v, HV_OK);
}

struct vcpu *sampling_write(struct vcpu *v)
{
    struct transfer t = transfer_check(v, PORT_SAMPLING_SOURCE);

    if (!t.port)
        return v;
    if (!t.port->pool) // nobody listens: written, and gone
        return answer(v, HV_OK);
    if (!claim(t.port))
        return answer(v, HV_NOT_AVAILABLE);
    // The last write's head is visible before this slot changes: readers of the slot will notice.
    atomic_thread_fence(memory_order_release);
    publish(v, t.port, relaxed(&t.port->pool->head), t.phys);
    return release(v, t.port, HV_OK);
}

enum sampling { SAMPLING_READ, SAMPLING_NONE, SAMPLING_OVERTAKEN };

static inline enum sampling sampling_try(struct vcpu *v, struct transfer t)
{
    uint64_t *x = arch_register(v, 0), head = acquire(&t.port->pool->head), age;
    const struct tbl_message *slot = slot_of(t.port, (head - 1) % TBL_SAMPLING_SLOTS);
    uint64_t time = slot->time, length = slot->length;

    if (head == t.port->forgotten)
        return SAMPLING_NONE;
    // A source that came round already may have left any of its lengths, none above max_message.
    arch_copy_out(v->core, t.phys, slot + 1, length);
    atomic_thread_fence(memory_order_acquire);
    // Message head - 1 is overwritten from the moment when head + 3 is being written.
    if (relaxed(&t.port->pool->head) - head >= TBL_SAMPLING_SLOTS - 1)
        return SAMPLING_OVERTAKEN;
    age = arch_time() - time;
    x[1] = length;
    x[2] = t.port->valid = age <= t.port->refresh_ticks;
    x[3] = ns_from_ticks(age);
    return SAMPLING_READ;
}

// Only a source that writes without pause on another core brings a reader here.
static __attribute__((noinline, cold)) struct vcpu *sampling_again(struct vcpu *v,
                                                                   struct transfer t)
{
    for (unsigned tries = 1; tries < SAMPLING_TRIES; tries++)
        if (sampling_try(v, t) == SAMPLING_READ)
            return answer(v, HV_OK);
    return answer(v, HV_NOT_AVAILABLE);
}

struct vcpu *sampling_read(struct vcpu *v)
{
    struct transfer t = transfer_check(v, PORT_SAMPLING_DESTINATION);

    if (!t.port)
        return v;
    switch (t.port->pool ? sampling_try(v, t) : SAMPLING_NONE) {
    case SAMPLING_READ:
        return answer(v, HV_OK);
    case SAMPLING_NONE:
        return answer(v, HV_NOT_AVAILABLE);
    default:
        return sampling_again(v, t);
    }
}

struct vcpu *queuing_send(struct vcpu *v)
{
    struct transfer t = transfer_check(v, PORT_QUEUING_SOURCE);
    struct port_pool *pool;
    uint64_t head;

    if (!t.port)
        return v;
    pool = t.port->pool;
    if (!pool || !claim(t.port))
        return answer(v, HV_NOT_AVAILABLE);
    head = relaxed(&pool->head);
    if (head - acquire(&pool->tail) >= t.port->slots) {
        atomic_store_explicit(&pool->refused, relaxed(&pool->refused) + 1, memory_order_relaxed);
        return release(v, t.port, HV_NOT_AVAILABLE);
    }
    publish(v, t.port, head, t.phys);
    return release(v, t.port, HV_OK);
}

struct vcpu *queuing_receive(struct vcpu *v)
{
    struct transfer t = transfer_check(v, PORT_QUEUING_DESTINATION);
    uint64_t *x = arch_register(v, 0), head, tail, refused_now;
    const struct tbl_message *slot;
    struct port_pool *pool;

    if (!t.port)
        return v;
    pool = t.port->pool;
    if (!pool || !claim(t.port))
        return answer(v, HV_NOT_AVAILABLE);
    head = acquire(&pool->head);
    tail = relaxed(&pool->tail);
    if (head == tail)
        return release(v, t.port, HV_NOT_AVAILABLE);
    slot = slot_of(t.port, tail % t.port->slots);
    refused_now = relaxed(&pool->refused);
    arch_copy_out(v->core, t.phys, slot + 1, slot->length);
    x[1] = slot->length;
    x[2] = head - tail - 1;
    x[3] = refused_now != relaxed(&pool->refused_seen);
    atomic_store_explicit(&pool->refused_seen, refused_now, memory_order_relaxed);
    atomic_store_explicit(&pool->tail, tail + 1, memory_order_release);
    return release(v, t.port, HV_OK);
}

struct vcpu *port_status(struct vcpu *v)
{
    uint64_t *x = arch_register(v, 0);
    const struct port *port;
    uint64_t head, tail;

    if (x[1] >= v->partition->port_count)
        return answer(v, HV_INVALID_PARAM);
    port = &v->partition->ports[x[1]];
    x[1] = x[2] = x[3] = 0;
    if (!port->pool)
        return answer(v, HV_OK);
    head = acquire(&port->pool->head);
    if (port->config->type == TBL_SAMPLING) {
        x[1] = head;
        x[3] = port->valid;
        tail = head == port->forgotten ? head : head - 1; // the newest tells its age
    } else {
        tail = acquire(&port->pool->tail);
        x[1] = head - tail;
        x[3] = relaxed(&port->pool->refused) != relaxed(&port->pool->refused_seen);
    }
    if (head != tail)
        x[2] = ns_from_ticks(arch_time() - slot_of(port, tail % port->slots)->time);
    return answer(v, HV_OK);
}

// ---- Boot and restart --------------------------------------------------------------------------

void port_prepare(struct partition *p)
{
    const struct tbl_channel *channels = tables_section(TBL_CHANNEL);
    const struct tbl_port *config = tables_section(TBL_PORT);

    p->ports = &ports[p->config->first_port];
    p->port_count = p->config->port_count;
    config += p->config->first_port;
    for (uint32_t i = 0; i < p->port_count; i++, config++) {
        struct port *port = &p->ports[i];

        *port = (struct port){.kind = config->type << 1 | config->direction,
                              .max_message = config->max_message,
                              .slots = config->depth ? config->depth : TBL_SAMPLING_SLOTS,
                              .refresh_ticks = config->refresh_ticks,
                              .config = config};
        if (config->channel == TBL_NONE)
            continue;
        port->slot_size = channels[config->channel].slot_size;
        port->pool = (struct port_pool *)(uintptr_t)channels[config->channel].pool;
    }
}

void port_reset(const struct partition *p)
{
    for (uint32_t i = 0; i < p->port_count; i++) {
        struct port *port = &p->ports[i];
        uint64_t head;

        if (!port->pool || port->config->direction == TBL_SOURCE)
            continue;
        head = acquire(&port->pool->head);
        if (port->config->type == TBL_SAMPLING) {
            port->forgotten = head;
            port->valid = false;
        } else {
            atomic_store_explicit(&port->pool->refused_seen, relaxed(&port->pool->refused),
                                  memory_order_relaxed);
            atomic_store_explicit(&port->pool->tail, head, memory_order_release);
        }
    }
}
