// SPDX-License-Identifier: BSD-2-Clause
// Reads what the producer writes on another core: every message whole, the queue in order and
// without loss, the sample's number never going back.

#include "check.h"
#include "traffic.h"

int main(void)
{
    struct hv_port sampling, queue, flood;
    struct hv_sample sample = {0};
    struct hv_receipt receipt;
    struct hv_port_state state = {0};
    static uint64_t message[TRAFFIC_WORDS];
    uint64_t received = 0, torn = 0, disorder = 0, latest = 0, samples = 0, back = 0, old = 0;
    uint64_t overflow_marks = 0, error_count = 0;

    check_equal(hv_port_open("sampling", &sampling), HV_OK, "sampling opens");
    check_equal(hv_port_open("queue", &queue), HV_OK, "queue opens");
    check_equal(hv_port_open("flood", &flood), HV_OK, "flood opens");
    check_equal(sampling.refresh, 5000000, "the refresh period is told");
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (unsigned turn = 0; received < TRAFFIC_MESSAGES; turn++) {
        int64_t error = hv_sampling_read(&sampling, message, &sample);
        if (error == HV_OK) {
            samples++;
            torn += !traffic_whole(message, sample.length);
            back += message[0] < latest;
            latest = message[0];
            old += sample.valid != (sample.age <= sampling.refresh);
        } else if (error != HV_NOT_AVAILABLE) {
            error_count++;
        }
        error = hv_queuing_receive(&queue, message, &receipt);
        if (error == HV_OK) {
            torn += !traffic_whole(message, receipt.length);
            disorder += message[0] != ++received;
        } else if (error != HV_NOT_AVAILABLE) {
            error_count++;
        }
        if (turn % 7 == 0)
            hv_idle_self();
        __asm__ volatile("yield");
    }
    hv_printf("received %lu, samples %lu\n", received, samples);
    check_equal(torn, 0, "no message is torn");
    check_equal(disorder, 0, "the queue keeps order and loses nothing");
    check_equal(back, 0, "samples never go back");
    check_equal(old, 0, "validity agrees with age");
    check_equal(error_count, 0, "no call failed otherwise");

    hv_port_status(&flood, &state);
    check_equal(state.messages, 2, "the flooded queue is full");
    check(state.flag, "and marked");
    while (hv_queuing_receive(&flood, message, &receipt) == HV_OK && overflow_marks < 10)
        overflow_marks += 1 + receipt.overflowed * 100;
    check(overflow_marks >= 101, "the receiver is told of the overflow");
    for (unsigned i = 0; i < 20; i++)
        hv_idle_self();
    check_equal(hv_sampling_read(&sampling, message, &sample), HV_OK, "an old sample stays");
    check(!sample.valid && sample.age > sampling.refresh, "but is no longer valid");
    checks_done();
}
