// SPDX-License-Identifier: BSD-2-Clause
// Writes messages of every length with a content that shows tearing: each word depends on the
// number and the length, which are the first two words.

#include "check.h"
#include "traffic.h"

int main(void)
{
    struct hv_port sampling, queue, flood;
    static uint64_t message[TRAFFIC_WORDS];
    uint64_t sent = 0, refused = 0;

    check_equal(hv_port_open("sampling", &sampling), HV_OK, "sampling opens");
    check_equal(hv_port_open("queue", &queue), HV_OK, "queue opens");
    check_equal(hv_port_open("flood", &flood), HV_OK, "flood opens");
    check_equal(queue.depth, 4, "the queue's depth is told");
    check_equal(sampling.max_message, TRAFFIC_WORDS * 8, "the largest message is told");
    check_equal(sampling.kind, HV_SAMPLING, "the kind is told");
    check_equal(queue.direction, HV_SOURCE, "the direction is told");
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (uint64_t number = 1; sent < TRAFFIC_MESSAGES; number++) {
        hv_sampling_write(&sampling, message, traffic_fill(message, number));
        size_t length = traffic_fill(message, sent + 1);
        int64_t error = hv_queuing_send(&queue, message, length);
        if (error == HV_OK)
            sent++;
        else if (error == HV_NOT_AVAILABLE)
            refused++;
        else
            check_equal(error, HV_OK, "sending fails only when the queue is full");
        hv_queuing_send(&flood, message, 8);
        if (number % 5 == 0)
            hv_idle_self();
        __asm__ volatile("yield");
    }
    hv_printf("sent %lu, found the queue full %lu times\n", sent, refused);
    check(refused > 0, "the queue was full at times");
    check_equal(hv_queuing_send(&queue, message, TRAFFIC_WORDS * 8 + 1), HV_INVALID_CONFIG,
                "a message too long is refused");
    checks_done();
}
