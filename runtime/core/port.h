// SPDX-License-Identifier: BSD-2-Clause
// Sampling and queuing ports: messages between partitions, in pools that the builder laid out.
#ifndef BULKHEAD_PORT_H
#define BULKHEAD_PORT_H

#include "tables.h"
#include <stdbool.h>
#include <stdint.h>

struct partition;
struct vcpu;

// Front of a pool: one cache line for each side, so that every word has one writer. Counts only
// ever grow; message n (from 0) is in slot n modulo the number of slots.
struct port_pool {
    uint8_t common[64];
    _Alignas(64) _Atomic uint64_t head; // source: messages written
    _Atomic uint64_t refused;           // source: sends that found the queue full
    _Alignas(64) _Atomic uint64_t tail; // queuing destination: messages taken
    _Atomic uint64_t refused_seen;      // queuing destination: `refused` at the last receive
};
_Static_assert(sizeof(struct port_pool) == TBL_POOL_HEADER, "slot 0 begins here");

enum { // struct port.kind
    PORT_SAMPLING_SOURCE = TBL_SAMPLING << 1 | TBL_SOURCE,
    PORT_SAMPLING_DESTINATION = TBL_SAMPLING << 1 | TBL_DESTINATION,
    PORT_QUEUING_SOURCE = TBL_QUEUING << 1 | TBL_SOURCE,
    PORT_QUEUING_DESTINATION = TBL_QUEUING << 1 | TBL_DESTINATION,
};

// One side of a channel: the records of port and channel, joined at boot for the calls' sake, and
// what a destination remembers. Written by the partition's own calls only.
struct port {
    _Alignas(64) uint32_t kind;
    uint32_t max_message;
    struct port_pool *pool; // NULL: not connected
    uint32_t slots, slot_size;
    uint64_t refresh_ticks;
    uint64_t forgotten; // sampling: messages up to here were lost by a restart
    bool valid;         // sampling: the last message read was
    _Atomic bool busy;  // a vcpu of the partition moves head or tail
    const struct tbl_port *config;
};

// Boot: joins the records of the partition's ports.
void port_prepare(struct partition *p);

// Hypercalls of abi.h; arguments and results in arch_register(v, n).
struct vcpu *port_open(struct vcpu *v);
struct vcpu *port_status(struct vcpu *v);
struct vcpu *sampling_write(struct vcpu *v);
struct vcpu *sampling_read(struct vcpu *v);
struct vcpu *queuing_send(struct vcpu *v);
struct vcpu *queuing_receive(struct vcpu *v);

// Restart: the partition's destinations forget what they hold. What it sent before stays sent.
void port_reset(const struct partition *p);

#endif
