// SPDX-License-Identifier: BSD-2-Clause
// The trace: rings in the state area. Nothing here is on a hot path: who records windows or calls
// has left it before (schedule.c, hypercall.c), and who does not never comes here from one.
#include "core.h"
#include "arch.h"

static struct tbl_trace *ring_of(const struct core *core)
{
    uint64_t size = sizeof(struct tbl_trace) +
                    (uint64_t)module->trace_records * sizeof(struct tbl_trace_record);

    return (struct tbl_trace *)(uintptr_t)(module->trace + core->index * size);
}

void trace_begin(const struct core *core, uint64_t start)
{
    if (module->trace_events)
        ring_of(core)->start = start;
}

void trace(const struct core *core, uint32_t event, uint32_t subject, uint64_t detail,
           uint64_t more)
{
    struct tbl_trace *ring = ring_of(core);
    uint64_t n;

    if (!(module->trace_events & event) || !ring->start)
        return;
    n = ring->written;
    ring->records[n & (module->trace_records - 1)] = (struct tbl_trace_record){
        .time = arch_time(),
        .event = event,
        .subject = subject,
        .detail = detail,
        .more = more,
    };
    // The host may look at any moment: a record is whole before it counts.
    atomic_thread_fence(memory_order_release);
    ring->written = n + 1;
}

void trace_port(struct vcpu *v, uint32_t function, uint64_t handle, uint64_t written)
{
    bool reads = function == HV_SAMPLING_READ || function == HV_QUEUING_RECEIVE;
    const uint64_t *x = arch_register(v, 0);

    if (!reads && function != HV_SAMPLING_WRITE && function != HV_QUEUING_SEND)
        return;
    trace(v->core, TBL_TRACE_PORTS, (uint32_t)(v - vcpus), function,
          (v->partition->config->first_port + handle) << 32 | (reads ? x[1] : written));
}
