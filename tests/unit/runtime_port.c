// SPDX-License-Identifier: BSD-2-Clause
// Ports: what is read is what was written, whole and in order; sizes, rights, age and overflow.
#include "runtime_machine.h"
#include <string.h>

enum { SENSOR_AIR = 0 };
enum { CONTROL_AIR = 0, CONTROL_ORDERS = 1, CONTROL_SPARE = 2 };
enum { DISPLAY_AIR = 0, DISPLAY_ORDERS = 1 };

static struct vcpu *sensor, *control, *display;

static int setup(void **state)
{
    machine_setup(state);
    if (!machine_boot())
        return 1;
    sensor = &vcpus[VCPU_SENSOR];
    control = &vcpus[VCPU_CONTROL_0];
    display = &vcpus[VCPU_DISPLAY];
    machine_window(display);
    machine_window(sensor); // who calls does not matter to a port; one window serves all tests
    return 0;
}

static void fill(struct vcpu *v, uint32_t seed, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        guest_data(v, 0)[i] = (uint8_t)(seed * 31 + i);
}

static void assert_filled(struct vcpu *v, uint32_t seed, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        assert_int_equal(guest_data(v, 0)[i], (uint8_t)(seed * 31 + i));
}

static int64_t write_air(uint32_t seed, uint32_t length)
{
    fill(sensor, seed, length);
    return CALL(sensor, HV_SAMPLING_WRITE, SENSOR_AIR, DATA_IPA, length);
}

static int64_t send(uint32_t seed, uint32_t length)
{
    fill(control, seed, length);
    return CALL(control, HV_QUEUING_SEND, CONTROL_ORDERS, DATA_IPA, length);
}

static int64_t receive(void)
{
    return CALL(display, HV_QUEUING_RECEIVE, DISPLAY_ORDERS, DATA_IPA, 32);
}

static int64_t open(struct vcpu *v, const char *name)
{
    memset(&X(v, 1), 0, 32);
    memcpy(&X(v, 1), name, strlen(name));
    X(v, 0) = HV_PORT_OPEN;
    hypercall(v);
    return (int64_t)X(v, 0);
}

static void open_by_name_among_ones_own(void **state)
{
    (void)state;
    assert_int_equal(open(control, "orders"), HV_OK);
    assert_int_equal(X(control, 1), CONTROL_ORDERS);
    assert_int_equal(X(control, 2), HV_QUEUING);
    assert_int_equal(X(control, 3), HV_SOURCE);
    assert_int_equal(X(control, 4), 32);
    assert_int_equal(X(control, 5), 4);
    assert_int_equal(X(control, 6), 0);
    assert_int_equal(open(control, "air"), HV_OK);
    assert_int_equal(X(control, 6), 50000000);
    assert_int_equal(open(sensor, "orders"), HV_INVALID_PARAM); // another's
    assert_int_equal(open(control, "order"), HV_INVALID_PARAM);
    assert_int_equal(open(control, "orders2"), HV_INVALID_PARAM);
    assert_int_equal(open(control, ""), HV_INVALID_PARAM);
    memset(&X(control, 1), 'o', 32); // without an end
    X(control, 0) = HV_PORT_OPEN;
    hypercall(control);
    assert_int_equal((int64_t)X(control, 0), HV_INVALID_PARAM);
}

static void sampling_carries_the_newest(void **state)
{
    (void)state;
    assert_int_equal(CALL(display, HV_SAMPLING_READ, DISPLAY_AIR, DATA_IPA, 64), HV_NOT_AVAILABLE);
    for (uint32_t i = 1; i < 50; i++) {
        uint32_t length = i % 64 + 1;

        assert_int_equal(write_air(i, length), HV_OK);
        for (unsigned n = 0; n < 2; n++) { // reading does not consume
            assert_int_equal(CALL(display, HV_SAMPLING_READ, DISPLAY_AIR, DATA_IPA, 64), HV_OK);
            assert_int_equal(X(display, 1), length);
            assert_filled(display, i, length);
        }
        if (i % 7 == 0) { // readers do not disturb each other
            assert_int_equal(CALL(control, HV_SAMPLING_READ, CONTROL_AIR, DATA_IPA, 64), HV_OK);
            assert_filled(control, i, length);
        }
    }
    assert_int_equal(CALL(display, HV_PORT_STATUS, DISPLAY_AIR), HV_OK);
    assert_int_equal(X(display, 1), 49);
}

static void validity_ends_with_the_refresh_period(void **state)
{
    uint64_t written;

    (void)state;
    assert_int_equal(write_air(1, 8), HV_OK);
    written = fake.time;
    fake.time = written + 62; // 1000 ns are 62.5 ticks
    assert_int_equal(CALL(display, HV_SAMPLING_READ, DISPLAY_AIR, DATA_IPA, 64), HV_OK);
    assert_int_equal(X(display, 2), 1);
    assert_int_equal(X(display, 3), 62 * 16);
    CALL(display, HV_PORT_STATUS, DISPLAY_AIR);
    assert_int_equal(X(display, 3), 1);
    fake.time = written + 63;
    CALL(display, HV_PORT_STATUS, DISPLAY_AIR); // that of the last read, not of now
    assert_int_equal(X(display, 3), 1);
    assert_int_equal(X(display, 2), 63 * 16);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, DISPLAY_AIR, DATA_IPA, 64), HV_OK);
    assert_int_equal(X(display, 2), 0);
    assert_int_equal(X(display, 3), 63 * 16);
    assert_filled(display, 1, 8); // invalid, but delivered
    assert_int_equal(CALL(control, HV_SAMPLING_READ, CONTROL_AIR, DATA_IPA, 64), HV_OK);
    assert_int_equal(X(control, 2), 1); // its own period
    CALL(display, HV_PORT_STATUS, DISPLAY_AIR);
    assert_int_equal(X(display, 3), 0);
}

static void sampling_sizes(void **state)
{
    (void)state;
    assert_int_equal(write_air(1, 0), HV_INVALID_CONFIG);
    assert_int_equal(write_air(1, 1), HV_OK);
    assert_int_equal(write_air(2, 64), HV_OK);
    assert_int_equal(write_air(3, 65), HV_INVALID_CONFIG);
    assert_int_equal(CALL(sensor, HV_SAMPLING_WRITE, 0, DATA_IPA, UINT64_MAX), HV_INVALID_CONFIG);
    assert_int_equal(CALL(sensor, HV_SAMPLING_WRITE, 0, DATA_IPA, 1ull << 32 | 8),
                     HV_INVALID_CONFIG);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 63), HV_INVALID_CONFIG);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 0), HV_INVALID_CONFIG);
    memset(guest_data(display, 0), 0xcc, 128);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 100), HV_OK);
    assert_int_equal(X(display, 1), 64);
    assert_filled(display, 2, 64);
    assert_int_equal(guest_data(display, 64)[0], 0xcc); // not a byte more
}

static void kinds_directions_and_handles(void **state)
{
    (void)state;
    assert_int_equal(CALL(sensor, HV_SAMPLING_READ, 0, DATA_IPA, 64), HV_INVALID_MODE);
    assert_int_equal(CALL(display, HV_SAMPLING_WRITE, 0, DATA_IPA, 64), HV_INVALID_MODE);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 1, DATA_IPA, 64), HV_INVALID_MODE);
    assert_int_equal(CALL(control, HV_SAMPLING_WRITE, 1, DATA_IPA, 32), HV_INVALID_MODE);
    assert_int_equal(CALL(control, HV_QUEUING_RECEIVE, 1, DATA_IPA, 32), HV_INVALID_MODE);
    assert_int_equal(CALL(display, HV_QUEUING_SEND, 1, DATA_IPA, 32), HV_INVALID_MODE);
    assert_int_equal(CALL(sensor, HV_QUEUING_SEND, 0, DATA_IPA, 32), HV_INVALID_MODE);
    assert_int_equal(CALL(display, HV_QUEUING_RECEIVE, 0, DATA_IPA, 64), HV_INVALID_MODE);
    for (uint32_t f = HV_SAMPLING_WRITE; f <= HV_PORT_STATUS; f++) {
        assert_int_equal(CALL(sensor, f, 1, DATA_IPA, 64), HV_INVALID_PARAM);
        assert_int_equal(CALL(sensor, f, UINT64_MAX, DATA_IPA, 64), HV_INVALID_PARAM);
        assert_int_equal(CALL(sensor, f, 1ull << 32, DATA_IPA, 64), HV_INVALID_PARAM);
    }
}

static void buffers_lie_in_one_region_with_the_right(void **state)
{
    uint64_t in = fake.copied_in, out = fake.copied_out;

    (void)state;
#define WRITE(ipa, length) CALL(sensor, HV_SAMPLING_WRITE, 0, ipa, length)
    assert_int_equal(WRITE(CODE_IPA, 64), HV_OK); // readable
    assert_int_equal(WRITE(CODE_IPA + 0x1fc0, 64), HV_OK);
    assert_int_equal(WRITE(CODE_IPA + 0x1fc1, 64), HV_INVALID_PARAM);
    assert_int_equal(WRITE(CODE_IPA + 0x2000, 1), HV_INVALID_PARAM);
    assert_int_equal(WRITE(CODE_IPA - 1, 64), HV_INVALID_PARAM);
    assert_int_equal(WRITE(0, 64), HV_INVALID_PARAM);
    assert_int_equal(WRITE(UINT64_MAX, 64), HV_INVALID_PARAM);
    assert_int_equal(WRITE(UINT64_MAX - 63, 64), HV_INVALID_PARAM);
    assert_int_equal(WRITE(SHARED_IPA, 64), HV_INVALID_PARAM);         // another's memory
    assert_int_equal(WRITE(made.header->state, 64), HV_INVALID_PARAM); // the runtime's
    assert_int_equal(fake.copied_in, in + 128);                        // an error copies nothing
#define READ(ipa) CALL(display, HV_SAMPLING_READ, 0, ipa, 64)
    assert_int_equal(READ(CODE_IPA), HV_INVALID_PARAM); // not writable
    assert_int_equal(READ(SHARED_IPA), HV_INVALID_PARAM);
    assert_int_equal(READ(DEVICE_IPA), HV_INVALID_PARAM);
    assert_int_equal(READ(DATA_IPA + 0x3fc1), HV_INVALID_PARAM);
    assert_int_equal(READ(DATA_IPA + 0x3fc0), HV_OK);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, UINT64_MAX), HV_INVALID_PARAM);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 0x4000), HV_OK); // all of it
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 0x4001), HV_INVALID_PARAM);
    assert_int_equal(fake.copied_out, out + 128);
}

// ---- A source that writes while a reader copies ------------------------------------------------

static unsigned writes_per_copy, seed_now;

static void write_meanwhile(void)
{
    for (unsigned i = 0; i < writes_per_copy; i++)
        write_air(++seed_now, 64);
}

static void a_message_is_never_torn(void **state)
{
    (void)state;
    for (writes_per_copy = 0; writes_per_copy < 3; writes_per_copy++) {
        seed_now = 100;
        write_air(seed_now, 64);
        fake.on_copy = write_meanwhile;
        assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 64), HV_OK);
        fake.on_copy = NULL;
        assert_filled(display, 100, 64); // the slot outlives two more messages
    }
    // The third begins to overwrite it: given up after three tries.
    writes_per_copy = 3;
    fake.on_copy = write_meanwhile;
    seed_now = 0;
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 64), HV_NOT_AVAILABLE);
    assert_int_equal(seed_now, 9);
    fake.on_copy = NULL;
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 64), HV_OK);
    assert_filled(display, 9, 64);
}

// ---- Two vcpus of a partition in one call ------------------------------------------------------

static unsigned refused;

static void receive_meanwhile(void)
{
    void (*self)(void) = fake.on_copy;

    fake.on_copy = NULL;
    refused += receive() == HV_NOT_AVAILABLE;
    fake.on_copy = self;
}

static void one_vcpu_at_a_time_takes_a_message(void **state)
{
    (void)state;
    send(1, 32);
    send(2, 32);
    refused = 0;
    fake.on_copy = receive_meanwhile;
    assert_int_equal(receive(), HV_OK);
    fake.on_copy = NULL;
    assert_int_equal(refused, 1);
    assert_int_equal(receive(), HV_OK); // the second is still there
    assert_filled(display, 2, 32);
    assert_int_equal(receive(), HV_NOT_AVAILABLE);
    assert_int_equal(receive(), HV_NOT_AVAILABLE); // claimed by nobody
    send(3, 32);
    assert_int_equal(receive(), HV_OK);
}

static void write_three_once(void)
{
    fake.on_copy = NULL;
    for (unsigned i = 0; i < 3; i++)
        write_air(++seed_now, 64);
}

static void who_is_overtaken_reads_the_newer_one(void **state)
{
    (void)state;
    seed_now = 10;
    write_air(seed_now, 64);
    fake.on_copy = write_three_once;
    assert_int_equal(CALL(display, HV_SAMPLING_READ, 0, DATA_IPA, 64), HV_OK);
    assert_filled(display, 13, 64);
    assert_int_equal(X(display, 1), 64);
}

// The same call by the second vcpu of the partition, in the middle of the first one's.
static struct vcpu *second;
static uint32_t function_now, length_now;

static void call_meanwhile(void)
{
    fake.on_take = NULL;
    refused += CALL(second, function_now, function_now == HV_QUEUING_SEND ? CONTROL_ORDERS : 0,
                    DATA_IPA, length_now) == HV_NOT_AVAILABLE;
}

static void one_vcpu_at_a_time_leaves_a_message(void **state)
{
    struct partition *p = control->partition;

    (void)state;
    refused = 0;
    second = &vcpus[VCPU_CONTROL_1];
    function_now = HV_QUEUING_SEND;
    length_now = 16;
    fake.on_take = call_meanwhile;
    assert_int_equal(send(1, 32), HV_OK);
    assert_int_equal(refused, 1);
    assert_int_equal(receive(), HV_OK); // the first one's, whole, and no other
    assert_int_equal(X(display, 1), 32);
    assert_filled(display, 1, 32);
    assert_int_equal(receive(), HV_NOT_AVAILABLE);
    assert_int_equal(CALL(second, HV_QUEUING_SEND, CONTROL_ORDERS, DATA_IPA, 16), HV_OK);
    assert_int_equal(receive(), HV_OK);

    // A sampling port: as if control were the source of "air".
    assert_int_equal(p->config->vcpu_count, 2);
    p->ports[CONTROL_AIR] = sensor->partition->ports[SENSOR_AIR];
    function_now = HV_SAMPLING_WRITE;
    fill(control, 5, 64);
    fake.on_take = call_meanwhile;
    assert_int_equal(CALL(control, HV_SAMPLING_WRITE, CONTROL_AIR, DATA_IPA, 64), HV_OK);
    assert_int_equal(refused, 2);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, DISPLAY_AIR, DATA_IPA, 64), HV_OK);
    assert_int_equal(X(display, 1), 64);
    assert_filled(display, 5, 64);
    assert_int_equal(CALL(second, HV_SAMPLING_WRITE, CONTROL_AIR, DATA_IPA, 16), HV_OK);
}

// ---- Queuing -----------------------------------------------------------------------------------

static void queuing_keeps_order_and_length(void **state)
{
    uint32_t sent = 0, got = 0;

    (void)state;
    assert_int_equal(receive(), HV_NOT_AVAILABLE);
    for (uint32_t round = 0; round < 100; round++) {
        for (uint32_t n = round % 5; n > 0; n--, sent++)
            assert_int_equal(send(sent, sent % 32 + 1), HV_OK);
        for (; got < sent; got++) {
            assert_int_equal(receive(), HV_OK);
            assert_int_equal(X(display, 1), got % 32 + 1);
            assert_int_equal(X(display, 2), sent - got - 1);
            assert_int_equal(X(display, 3), 0);
            assert_filled(display, got, got % 32 + 1);
        }
        assert_int_equal(receive(), HV_NOT_AVAILABLE);
    }
}

static void a_full_queue_refuses_and_says_so_once(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(send(i, 32), HV_OK);
    assert_int_equal(CALL(control, HV_PORT_STATUS, CONTROL_ORDERS), HV_OK);
    assert_int_equal(X(control, 1), 4);
    assert_int_equal(X(control, 3), 0);
    assert_int_equal(send(9, 32), HV_NOT_AVAILABLE);
    assert_int_equal(send(9, 32), HV_NOT_AVAILABLE);
    CALL(control, HV_PORT_STATUS, CONTROL_ORDERS);
    assert_int_equal(X(control, 3), 1);
    CALL(display, HV_PORT_STATUS, DISPLAY_ORDERS);
    assert_int_equal(X(display, 1), 4);
    assert_int_equal(X(display, 3), 1);
    assert_int_equal(receive(), HV_OK);
    assert_int_equal(X(display, 3), 1); // the overflow is told with the next message
    assert_filled(display, 0, 32);
    assert_int_equal(send(4, 32), HV_OK); // room again
    for (uint32_t i = 1; i < 5; i++) {
        assert_int_equal(receive(), HV_OK);
        assert_int_equal(X(display, 3), 0);
        assert_filled(display, i, 32);
    }
}

static void queuing_sizes(void **state)
{
    (void)state;
    assert_int_equal(send(0, 0), HV_INVALID_CONFIG);
    assert_int_equal(send(0, 33), HV_INVALID_CONFIG);
    assert_int_equal(send(0, 1), HV_OK);
    assert_int_equal(CALL(display, HV_QUEUING_RECEIVE, 1, DATA_IPA, 31), HV_INVALID_CONFIG);
    assert_int_equal(CALL(display, HV_QUEUING_RECEIVE, 1, CODE_IPA, 32), HV_INVALID_PARAM);
    assert_int_equal(receive(), HV_OK); // an error takes nothing
    assert_int_equal(X(display, 1), 1);
}

static void the_oldest_message_has_an_age(void **state)
{
    (void)state;
    CALL(display, HV_PORT_STATUS, DISPLAY_ORDERS);
    assert_int_equal(X(display, 2), 0);
    send(0, 4);
    fake.time += 10;
    send(1, 4);
    fake.time += 5;
    CALL(display, HV_PORT_STATUS, DISPLAY_ORDERS);
    assert_int_equal(X(display, 2), 15 * 16);
    receive();
    CALL(display, HV_PORT_STATUS, DISPLAY_ORDERS);
    assert_int_equal(X(display, 2), 5 * 16);
}

static void an_unconnected_port_leads_nowhere(void **state)
{
    (void)state;
    assert_int_equal(CALL(control, HV_SAMPLING_WRITE, CONTROL_SPARE, DATA_IPA, 8), HV_OK);
    assert_int_equal(CALL(control, HV_SAMPLING_WRITE, CONTROL_SPARE, DATA_IPA, 9),
                     HV_INVALID_CONFIG);
    assert_int_equal(CALL(control, HV_PORT_STATUS, CONTROL_SPARE), HV_OK);
    assert_int_equal(X(control, 1) | X(control, 2) | X(control, 3), 0);
}

static void a_restart_empties_destinations_only(void **state)
{
    (void)state;
    write_air(1, 64);
    for (uint32_t i = 0; i < 5; i++)
        send(i, 32);
    port_reset(sensor->partition); // sources: what was sent stays
    port_reset(control->partition);
    assert_int_equal(CALL(control, HV_SAMPLING_READ, CONTROL_AIR, DATA_IPA, 64), HV_NOT_AVAILABLE);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, DISPLAY_AIR, DATA_IPA, 64), HV_OK);
    CALL(display, HV_PORT_STATUS, DISPLAY_ORDERS);
    assert_int_equal(X(display, 1), 4);
    assert_int_equal(X(display, 3), 1);
    port_reset(display->partition);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, DISPLAY_AIR, DATA_IPA, 64), HV_NOT_AVAILABLE);
    CALL(display, HV_PORT_STATUS, DISPLAY_AIR);
    assert_int_equal(X(display, 2), 0);
    assert_int_equal(X(display, 3), 0);
    CALL(display, HV_PORT_STATUS, DISPLAY_ORDERS);
    assert_int_equal(X(display, 1), 0);
    assert_int_equal(X(display, 3), 0);
    assert_int_equal(receive(), HV_NOT_AVAILABLE);
    write_air(2, 64);
    send(7, 32);
    assert_int_equal(CALL(display, HV_SAMPLING_READ, DISPLAY_AIR, DATA_IPA, 64), HV_OK);
    assert_int_equal(receive(), HV_OK);
    assert_filled(display, 7, 32);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(open_by_name_among_ones_own),
        TEST(sampling_carries_the_newest),
        TEST(validity_ends_with_the_refresh_period),
        TEST(sampling_sizes),
        TEST(kinds_directions_and_handles),
        TEST(buffers_lie_in_one_region_with_the_right),
        TEST(a_message_is_never_torn),
        TEST(one_vcpu_at_a_time_takes_a_message),
        TEST(who_is_overtaken_reads_the_newer_one),
        TEST(one_vcpu_at_a_time_leaves_a_message),
        TEST(queuing_keeps_order_and_length),
        TEST(a_full_queue_refuses_and_says_so_once),
        TEST(queuing_sizes),
        TEST(the_oldest_message_has_an_age),
        TEST(an_unconnected_port_leads_nowhere),
        TEST(a_restart_empties_destinations_only),
    };

    return cmocka_run_group_tests_name("port", tests, NULL, NULL);
}
