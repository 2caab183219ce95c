// SPDX-License-Identifier: BSD-2-Clause
// Hypercall buffers that are not the caller's to give: nothing is copied, the call says so.
// The test places this partition, its neighbour and the runtime at known physical addresses.

#include "check.h"

#define OTHER   0x50000000ul // physical home of the neighbour; no address of ours
#define RUNTIME 0x40200000ul // where the container is loaded
#define HOLE    0x40080000ul // between our code and data regions
#define DATA    0x40100000ul
#define SIZE    0x10000ul

static struct hv_port out, in, queue_out, queue_in;
static char buffer[64] = "abcdefg";

static int64_t call(uint64_t function, const struct hv_port *port, uint64_t at, uint64_t length)
{
    struct hv_registers r = {{function, port->handle, at, length}};

    return hv_call(&r);
}

// One place, as source of both writes and target of both reads.
static void refused(uint64_t at, const char *where)
{
    bool ok = call(HV_SAMPLING_WRITE, &out, at, 64) == HV_INVALID_PARAM &&
              call(HV_QUEUING_SEND, &queue_out, at, 64) == HV_INVALID_PARAM &&
              call(HV_SAMPLING_READ, &in, at, 64) == HV_INVALID_PARAM &&
              call(HV_QUEUING_RECEIVE, &queue_in, at, 64) == HV_INVALID_PARAM;

    check(ok, where);
}

int main(void)
{
    struct hv_sample sample;

    check_equal(hv_port_open("out", &out), HV_OK, "port out opens");
    check_equal(hv_port_open("in", &in), HV_OK, "port in opens");
    check_equal(hv_port_open("queue_out", &queue_out), HV_OK, "port queue_out opens");
    check_equal(hv_port_open("queue_in", &queue_in), HV_OK, "port queue_in opens");
    // Both inputs hold a message from the neighbour before anything else is tried.
    while (hv_sampling_read(&in, buffer, &sample) != HV_OK)
        hv_idle_self();
    hv_idle_self();

    refused(OTHER, "a buffer in the neighbour's memory is refused");
    refused(OTHER + 0x100000, "a buffer in the neighbour's data is refused");
    refused(RUNTIME, "a buffer in the runtime is refused");
    refused(0, "a buffer at 0 is refused");
    refused(0x08000000, "a buffer in the interrupt controller is refused");
    refused(0x09000000, "a buffer in the console device is refused");
    refused(HOLE, "a buffer in a hole is refused");
    refused(DATA - 32, "a buffer that begins in the hole is refused");
    refused(DATA + SIZE - 63, "a buffer that ends one byte outside is refused");
    refused(DATA + SIZE, "a buffer just behind the region is refused");
    refused(-32ul, "a buffer that wraps around is refused");
    refused(1ul << 63 | DATA, "a buffer with high bits set is refused");
    refused(DATA | 1ul << 39, "a buffer beyond the address space is refused");

    check_equal(call(HV_SAMPLING_WRITE, &out, DATA, -DATA), HV_INVALID_CONFIG,
                "a length that wraps to 0 is refused");
    check_equal(call(HV_SAMPLING_WRITE, &out, DATA, ~0ul), HV_INVALID_CONFIG,
                "the largest length is refused");
    check_equal(call(HV_SAMPLING_WRITE, &out, DATA, 65), HV_INVALID_CONFIG,
                "one byte more than the message is refused");
    check_equal(call(HV_SAMPLING_WRITE, &out, DATA, 0), HV_INVALID_CONFIG, "length 0 is refused");
    check_equal(call(HV_SAMPLING_READ, &in, DATA, 63), HV_INVALID_CONFIG,
                "room for one byte less than the message is refused");
    check(call(HV_SAMPLING_READ, &in, DATA, 1ul << 63 | 64) < 0, "a huge room is refused");
    check_equal(call(HV_SAMPLING_READ, &in, 0x40000000, 64), HV_INVALID_PARAM,
                "reading into the code is refused");
    check_equal(call(HV_SAMPLING_WRITE, &out, 0x40000000, 64), HV_OK,
                "sending constants from the code is allowed");
    check_equal(call(HV_SAMPLING_WRITE, &out, DATA + SIZE - 64, 64), HV_OK,
                "a buffer that ends with the region is allowed");
    check_equal(call(HV_SAMPLING_READ, &in, (uintptr_t)buffer, 64), HV_OK, "a good read works");
    check_equal(call(HV_QUEUING_RECEIVE, &queue_in, (uintptr_t)buffer, 64), HV_OK,
                "the queue still has its message");
    check_equal(buffer[0], 'q', "and it is the right one");
    checks_done();
}
