// SPDX-License-Identifier: BSD-2-Clause
// Exchanges messages with another one of its kind, in both directions at once, and looks at every
// byte. The same source is a bare partition, a program of Linux and what runs in a system such as
// RTEMS: all that differs is how a call is made (hv.h) and how time passes (check.h).
#include "check.h"

enum { MESSAGES = 300, WORDS = HV_MAX_MESSAGE / 8 };

static uint64_t message[WORDS], expected[WORDS], own, peer;
static struct hv_port sample_out, sample_in, queue_out, queue_in, full_out, full_in, silent_in;

// Nothing of a message is like that of another number, place or sender.
static void fill(uint64_t words[WORDS], uint64_t sender, uint64_t number)
{
    words[0] = number;
    words[1] = sender;
    for (uint64_t i = 2; i < WORDS; i++)
        words[i] = (number * 64 + sender) * 0x9e3779b97f4a7c15 + i * 0xbf58476d1ce4e5b9;
}

// In bytes; each sixteenth is as large as a message can be. The first of all tell number and
// sender.
static size_t length_of(uint64_t number, size_t least)
{
    return number % 16 == 0 ? HV_MAX_MESSAGE
           : number == 1    ? 16
                            : least + number * 2654435761 % (HV_MAX_MESSAGE - least);
}

// `message` is what `peer` sends with that number.
static bool is_whole(uint64_t number, size_t length, size_t least)
{
    if (length != length_of(number, least))
        return false;
    fill(expected, peer, number);
    return __builtin_memcmp(message, expected, length) == 0;
}

static void look_at_ports(void)
{
    check_equal(hv_port_open("sample_out", &sample_out), HV_OK, "sample_out opens");
    check_equal(hv_port_open("sample_in", &sample_in), HV_OK, "sample_in opens");
    check_equal(hv_port_open("queue_out", &queue_out), HV_OK, "queue_out opens");
    check_equal(hv_port_open("queue_in", &queue_in), HV_OK, "queue_in opens");
    check_equal(hv_port_open("full_out", &full_out), HV_OK, "full_out opens");
    check_equal(hv_port_open("full_in", &full_in), HV_OK, "full_in opens");
    check_equal(hv_port_open("silent_in", &silent_in), HV_OK, "silent_in opens");
    check_equal(queue_out.max_message, HV_MAX_MESSAGE, "the largest message is told");
    check_equal(full_out.depth, 2, "so is the depth of a queue");
    check_equal(sample_in.refresh, 100000000, "so is the refresh period");
}

static void provoke_errors(void)
{
    struct hv_port none, small = queue_in, unknown = queue_out;
    struct hv_sample sample;
    struct hv_receipt receipt;
    struct hv_port_state state = {0};

    small.max_message--;
    unknown.handle = 9;
    check_equal(hv_port_open("nobody", &none), HV_INVALID_PARAM, "an unknown name");
    check_equal(hv_port_open("a name that no partition can give to a port", &none),
                HV_INVALID_PARAM, "a name that is too long");
    check_equal(hv_queuing_send(&none, message, 8), HV_INVALID_PARAM, "a port that is none");
    check_equal(hv_queuing_send(&unknown, message, 8), HV_INVALID_PARAM, "a handle of no port");
    check_equal(hv_queuing_send(&queue_out, message, 0), HV_INVALID_CONFIG, "no byte");
    check_equal(hv_queuing_send(&queue_out, message, HV_MAX_MESSAGE + 1), HV_INVALID_CONFIG,
                "a byte too many");
    check_equal(hv_sampling_write(&sample_out, message, HV_MAX_MESSAGE + 1), HV_INVALID_CONFIG,
                "in a sample too");
    check_equal(hv_queuing_receive(&small, message, &receipt), HV_INVALID_CONFIG,
                "too little room");
    check_equal(hv_queuing_send(&queue_in, message, 8), HV_INVALID_MODE, "the wrong direction");
    check_equal(hv_sampling_write(&queue_out, message, 8), HV_INVALID_MODE, "the wrong kind");
    check_equal(hv_sampling_read(&sample_out, message, &sample), HV_INVALID_MODE, "both of them");
    check_equal(hv_queuing_send(&queue_out, (void *)8, 8), HV_INVALID_PARAM, "another's memory");
    check_equal(hv_queuing_receive(&silent_in, message, &receipt), HV_NOT_AVAILABLE,
                "an empty queue");
    check_equal(hv_queuing_send(&full_out, message, 8), HV_OK, "a place is free");
    check_equal(hv_queuing_send(&full_out, message, 16), HV_OK, "and another");
    check_equal(hv_queuing_send(&full_out, message, 8), HV_NOT_AVAILABLE, "a full queue");
    check_equal(hv_port_status(&full_out, &state), HV_OK, "its state");
    check(state.messages == 2 && state.flag, "is full and overflowed");
}

static uint64_t sent, refused, received, samples, latest, wrong, damaged;

static void write_both(uint64_t number)
{
    int64_t error;

    fill(message, own, number);
    wrong += hv_sampling_write(&sample_out, message, length_of(number, 16)) != HV_OK;
    for (; sent < MESSAGES; sent++) {
        fill(message, own, sent + 1);
        error = hv_queuing_send(&queue_out, message, length_of(sent + 1, 1));
        if (error) {
            wrong += error != HV_NOT_AVAILABLE;
            refused++;
            return;
        }
    }
}

static void read_both(void)
{
    struct hv_receipt receipt;
    struct hv_sample sample;
    int64_t error;

    while ((error = hv_queuing_receive(&queue_in, message, &receipt)) == HV_OK) {
        if (received == 0)
            peer = message[1];
        damaged += !is_whole(++received, receipt.length, 1);
    }
    wrong += error != HV_NOT_AVAILABLE;
    error = hv_sampling_read(&sample_in, message, &sample);
    wrong += error != HV_OK && error != HV_NOT_AVAILABLE;
    if (error || received == 0)
        return;
    samples += message[0] != latest;
    damaged += message[0] < latest || !is_whole(message[0], sample.length, 16);
    latest = message[0];
}

int main(void)
{
    struct hv_receipt first = {0}, second = {0};

    own = hv_partition_status().id;
    look_at_ports();
    check_equal(hv_set_partition_mode(HV_MODE_NORMAL), HV_OK, "initialised");
    provoke_errors();
    for (uint64_t number = 1; sent < MESSAGES || received < MESSAGES; number++) {
        write_both(number);
        read_both();
        let_time_pass();
    }
    check_equal(received, MESSAGES, "each message comes once");
    check_equal(damaged, 0, "every byte of every message is right");
    check_equal(wrong, 0, "no call fails otherwise than it should");
    check(peer != own, "messages come from the other one");
    check(refused > 0, "the queue was full at times");
    check(samples > 10, "samples come too");
    check_equal(hv_queuing_receive(&full_in, (void *)8, &first), HV_INVALID_PARAM,
                "a buffer that is none loses no message");
    check_equal(hv_queuing_receive(&full_in, message, &first), HV_OK, "the other's full queue");
    check_equal(hv_queuing_receive(&full_in, message, &second), HV_OK, "holds two messages");
    check(first.overflowed && first.left == 1 && !second.overflowed && second.length == 16,
          "of which the first tells that there were more");
    checks_done();
}
