// SPDX-License-Identifier: BSD-2-Clause
// Hypercalls: each as abi.h documents it, both sides of each boundary, and every other number.
#include "runtime_machine.h"
#include <string.h>

static int setup(void **state)
{
    machine_setup(state);
    if (!machine_boot())
        return 1;
    machine_window(&vcpus[VCPU_SENSOR]);
    fake_console();
    return 0;
}

static struct vcpu *sensor(void)
{
    return &vcpus[VCPU_SENSOR];
}

static struct vcpu *control(void)
{
    machine_window(&vcpus[VCPU_CONTROL_0]);
    return &vcpus[VCPU_CONTROL_0];
}

static void version(void **state)
{
    struct vcpu *v = sensor();

    (void)state;
    memset(v->arch.x, 0x5a, sizeof v->arch.x);
    X(v, 0) = HV_VERSION;
    assert_ptr_equal(hypercall(v), v);
    assert_int_equal(X(v, 0), HV_OK);
    assert_int_equal(X(v, 1), HV_ABI_MAJOR << 16 | HV_ABI_MINOR);
    for (unsigned i = 2; i < 31; i++) // what a call does not name is preserved
        assert_int_equal(X(v, i), 0x5a5a5a5a5a5a5a5a);
}

static void get_time(void **state)
{
    struct vcpu *v = sensor();

    (void)state;
    fake.time = module_start + 12345;
    assert_int_equal(CALL(v, HV_GET_TIME), HV_OK);
    assert_int_equal(X(v, 1), 12345 * 16);
    assert_int_equal(X(v, 2), fake.time);
    assert_int_equal(X(v, 3), FAKE_HZ);
}

static void partition_status(void **state)
{
    struct vcpu *v = control();

    (void)state;
    assert_int_equal(CALL(v, HV_PARTITION_STATUS), HV_OK);
    assert_int_equal(X(v, 1), 11);
    assert_int_equal(X(v, 2), HV_MODE_COLD_START);
    assert_int_equal(X(v, 3), HV_START_NORMAL);
    assert_int_equal(X(v, 4), 1);
    assert_int_equal(X(v, 5), 10000000);
    assert_int_equal(X(v, 6), 2000000);
    assert_int_equal(X(v, 7), 2);
    assert_int_equal(X(v, 8), 1);
    assert_int_equal(X(v, 9), HV_EVENT_NONE);
}

static void modes(void **state)
{
    struct vcpu *v = sensor();

    (void)state;
    assert_int_equal(CALL(v, HV_SET_PARTITION_MODE, 4), HV_INVALID_PARAM);
    assert_int_equal(CALL(v, HV_SET_PARTITION_MODE, UINT64_MAX), HV_INVALID_PARAM);
    assert_int_equal(CALL(v, HV_SET_PARTITION_MODE, 1ull << 32 | HV_MODE_NORMAL), HV_INVALID_PARAM);
    assert_int_equal(CALL(v, HV_SET_PARTITION_MODE, HV_MODE_WARM_START), HV_INVALID_MODE);
    assert_int_equal(CALL(v, HV_SET_PARTITION_MODE, HV_MODE_NORMAL), HV_OK);
    assert_int_equal(CALL(v, HV_SET_PARTITION_MODE, HV_MODE_NORMAL), HV_NO_ACTION);
    assert_ptr_equal(cores[0].current, v);
    CALL(v, HV_SET_PARTITION_MODE, HV_MODE_WARM_START);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, v);
    CALL(v, HV_PARTITION_STATUS);
    assert_int_equal(X(v, 2), HV_MODE_WARM_START);
    assert_int_equal(X(v, 3), HV_START_PARTITION_RESTART);
    assert_int_equal(X(v, 4), 2);
    assert_int_equal(X(v, 9), HV_EVENT_NONE);
    CALL(v, HV_SET_PARTITION_MODE, HV_MODE_COLD_START);
    machine_idle(0);
    CALL(v, HV_PARTITION_STATUS);
    assert_int_equal(X(v, 2), HV_MODE_COLD_START);
    assert_int_equal(X(v, 4), 3);
    CALL(v, HV_SET_PARTITION_MODE, HV_MODE_IDLE);
    assert_int_equal(v->partition->state, PARTITION_HALTED);
    assert_int_equal(v->partition->mode, HV_MODE_IDLE);
    machine_window(v);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, cores[0].idle);
}

static void window_status(void **state)
{
    struct vcpu *v = control();

    (void)state;
    machine_edge(0);
    machine_edge(0);
    fake.time = cores[0].edge + 77;
    machine_edge(0);
    assert_ptr_equal(cores[0].current, v);
    assert_int_equal(CALL(v, HV_WINDOW_STATUS), HV_OK);
    assert_int_equal(X(v, 1), 12000000);
    assert_int_equal(X(v, 2), 16000000);
    assert_int_equal(X(v, 3), 1);
    assert_int_equal(X(v, 4), TBL_WINDOW_PERIOD_START);
    assert_int_equal(X(v, 5), 77);
    assert_int_equal(X(v, 6), 77);
}

static void config_id(void **state)
{
    struct vcpu *v = sensor();

    (void)state;
    X(v, 5) = 5;
    X(v, 0) = HV_CONFIG_ID;
    hypercall(v);
    assert_memory_equal(&X(v, 1), made.header->config_id, 32);
    assert_int_equal(X(v, 1) & 0xff, 0xa0); // first byte lowest
    assert_int_equal(X(v, 5), 5);
}

static void raise_event(void **state)
{
    static const bool reported[HV_EVENT_COUNT] = {
        [HV_EVENT_MEMORY_VIOLATION] = true,  [HV_EVENT_ILLEGAL_INSTRUCTION] = true,
        [HV_EVENT_APPLICATION_ERROR] = true, [HV_EVENT_NUMERIC_ERROR] = true,
        [HV_EVENT_STACK_OVERFLOW] = true,    [HV_EVENT_PORT_CONFIGURATION] = true,
    };

    for (uint64_t event = 0; event < 70; event++) {
        bool good = event < HV_EVENT_COUNT && reported[event];
        struct tbl_health *row;
        struct vcpu *v;

        setup(state);
        v = sensor();
        row = &made.health[SENSOR * HV_EVENT_COUNT + (good ? event : HV_EVENT_MEMORY_VIOLATION)];
        row->action = TBL_ACTION_IGNORE;
        assert_int_equal(CALL(v, HV_RAISE_EVENT, event, 5, 99), good ? HV_OK : HV_INVALID_PARAM);
        assert_ptr_equal(cores[0].current, v);
        if (!good) {
            assert_int_equal(machine_logged()->event, HV_LOG_STARTED);
            continue;
        }
        assert_int_equal(machine_logged()->event, event);
        assert_int_equal(machine_logged()->address, 5);
        assert_int_equal(machine_logged()->syndrome, 99);
        row->action = TBL_ACTION_HALT;
        CALL(v, HV_RAISE_EVENT, event, 5, 99);
        assert_ptr_equal(cores[0].current, cores[0].idle);
    }
    setup(state);
    assert_int_equal(CALL(sensor(), HV_RAISE_EVENT, 1ull << 32 | HV_EVENT_APPLICATION_ERROR),
                     HV_INVALID_PARAM);
}

static void console_write_count(void **state)
{
    struct vcpu *v = sensor();

    (void)state;
    memcpy(&X(v, 2), "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n", 64);
    X(v, 0) = HV_CONSOLE_WRITE;
    X(v, 1) = 64;
    hypercall(v);
    assert_int_equal(X(v, 0), HV_OK);
    assert_string_equal(fake_console(), "[sensor] 0123456789abcdef0123456789abcdef"
                                        "0123456789abcdef0123456789abcde\n");
    X(v, 0) = HV_CONSOLE_WRITE;
    X(v, 1) = 65;
    hypercall(v);
    assert_int_equal((int64_t)X(v, 0), HV_INVALID_PARAM);
    assert_int_equal(CALL(v, HV_CONSOLE_WRITE, UINT64_MAX), HV_INVALID_PARAM);
    assert_int_equal(CALL(v, HV_CONSOLE_WRITE, 0), HV_OK);
    assert_string_equal(fake_console(), "");
}

static bool known(uint32_t id)
{
    static const uint32_t ids[] = {
        HV_VERSION,
        HV_CONSOLE_WRITE,
        HV_GET_TIME,
        HV_PARTITION_STATUS,
        HV_SET_PARTITION_MODE,
        HV_IDLE_SELF,
        HV_WINDOW_STATUS,
        HV_CONFIG_ID,
        HV_RAISE_EVENT,
        HV_PORT_OPEN,
        HV_SAMPLING_WRITE,
        HV_SAMPLING_READ,
        HV_QUEUING_SEND,
        HV_QUEUING_RECEIVE,
        HV_SCHEDULE_FIND,
        HV_SCHEDULE_STATUS,
        HV_SCHEDULE_SET,
        HV_PARTITION_FIND,
        HV_PARTITION_QUERY,
        HV_PARTITION_CONTROL,
        HV_MODULE_END,
        HV_LOG_STATUS,
        HV_LOG_READ,
        HV_HANDLER_SET,
        HV_HANDLER_RETURN,
        HV_EXECUTION_TIME,
        HV_WATCHDOG_SET,
        HV_BUDGET_SET,
        HV_DOORBELL_OPEN,
        HV_DOORBELL_RING,
        HV_PORT_STATUS,
        0x80000000,
        0x80000001,
        0x8600ff01,
        0xc5000020,
        0xc5000021,
        0x84000000,
        0x84000001,
        0xc4000001,
        0x84000002,
        0x84000003,
        0xc4000003,
        0x84000004,
        0xc4000004,
        0x84000006,
        0x84000008,
        0x84000009,
        0x8400000a,
    };

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static void unknown_calls_are_refused_quietly(void **state)
{
    struct vcpu *v = sensor();
    uint64_t events = log_newest();
    uint32_t id = 1;

    (void)state;
    for (uint32_t i = 0; i < 300; i++) { // around each family
        static const uint32_t base[] = {0xc6000000 - 50, 0x84000000 - 50, 0xc4000000 - 50,
                                        0x80000000 - 50, 0x8600ff00 - 50, 0x86000000 - 50};

        for (size_t n = 0; n < sizeof base / sizeof *base; n++)
            if (!known(base[n] + i))
                assert_int_equal(CALL(v, base[n] + i, 1, 2, 3, 4), HV_NOT_SUPPORTED);
    }
    for (uint32_t i = 0; i < 100000; i++) {
        id = id * 1664525 + 1013904223;
        if (!known(id))
            assert_int_equal(CALL(v, id, 1, 2, 3, 4), HV_NOT_SUPPORTED);
    }
    assert_int_equal(X(v, 1), 1);
    assert_int_equal(X(v, 4), 4);
    assert_int_equal(log_newest(), events);
    assert_string_equal(fake_console(), "");
    assert_ptr_equal(cores[0].current, v);
}

static void only_the_low_half_names_the_function(void **state)
{
    struct vcpu *v = sensor();

    (void)state;
    X(v, 0) = 0xdeadbeef00000000 | HV_VERSION; // DEN0028: the identifier is W0
    hypercall(v);
    assert_int_equal(X(v, 0), HV_OK);
}

static void standard_calls(void **state)
{
    struct vcpu *v = sensor();

    (void)state;
    assert_int_equal(CALL(v, 0x80000000), 0x10001);
    assert_int_equal(CALL(v, 0x80000001, 0x80000000), 0);
    assert_int_equal(CALL(v, 0x80000001, 0x80000001), 0);
    assert_int_equal(CALL(v, 0x80000001, 0x80008000), -1); // ARCH_WORKAROUND_1: not here
    assert_int_equal(CALL(v, 0x8600ff01), HV_UID_0);
    assert_int_equal(X(v, 1), HV_UID_1);
    assert_int_equal(X(v, 2), HV_UID_2);
    assert_int_equal(X(v, 3), HV_UID_3);
    assert_int_equal(CALL(v, 0x84000000), 0x10001);
    assert_int_equal(CALL(v, 0x8400000a, 0xc4000003), 0);
    assert_int_equal(CALL(v, 0x8400000a, 0x80000000), 0);
    assert_int_equal(CALL(v, 0x8400000a, 0x84000005), -1);
    assert_int_equal(CALL(v, 0x84000006), 2);
    assert_int_equal(CALL(v, 0xc4000001, 0), 0); // standby, and awake again
    assert_int_equal(CALL(v, 0x84000005), -1);   // MIGRATE
}

// Every identifier that PSCI_FEATURES knows is answered, and the other way round.
static void features_tell_the_truth(void **state)
{
    struct vcpu *v = sensor();

    (void)state;
    for (uint32_t i = 0; i < 32; i++)
        for (uint32_t wide = 0; wide < 2; wide++) {
            uint32_t id = 0x84000000 + i + wide * 0x40000000;

            assert_int_equal(CALL(v, 0x8400000a, id), known(id) ? 0 : -1);
        }
}

static void arguments_of_32_bit_calls_are_32_bits(void **state)
{
    struct vcpu *v = control();

    (void)state;
    assert_int_equal(CALL(v, 0x84000004, 0xffffffff00000000, 0xffffffff00000000), 0);
    assert_int_equal(CALL(v, 0xc4000004, 1ull << 41, 0), -2);
    // The lowest level has 32 bits in both forms, as has the power state.
    assert_int_equal(CALL(v, 0xc4000004, 0, 1ull << 32), 0);
    assert_int_equal(CALL(v, 0xc4000004, 0, 1), -2);
    assert_int_equal(CALL(v, 0xc4000001, 1ull << 32), 0);
    assert_int_equal(CALL(v, 0x84000001, 1 << 16, 1ull << 32 | CODE_IPA), 0);
    assert_int_equal(CALL(v, 0xc4000001, 1 << 16, 1ull << 32 | CODE_IPA), -9);
}

// Standby of any level and number returns at once; so does power down, if it could come back.
static void suspends_as_the_power_state_says(void **state)
{
    struct vcpu *v = control();

    (void)state;
    for (uint64_t bit = 0; bit < 32; bit++) {
        bool is_reserved = bit > 25 || (bit > 16 && bit < 24);

        assert_int_equal(CALL(v, 0xc4000001, 1ull << bit, CODE_IPA), is_reserved ? -2 : 0);
        assert_int_equal(CALL(v, 0xc4000001, 1ull << bit, DATA_IPA), is_reserved ? -2
                                                                     : bit == 16 ? -9
                                                                                 : 0);
        assert_ptr_equal(v->core->current, v);
    }
    assert_int_equal(CALL(v, 0xc4000001, 1 << 16, CODE_IPA + 2), -9);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(version),
        TEST(get_time),
        TEST(partition_status),
        TEST(modes),
        TEST(window_status),
        TEST(config_id),
        TEST(raise_event),
        TEST(console_write_count),
        TEST(unknown_calls_are_refused_quietly),
        TEST(only_the_low_half_names_the_function),
        TEST(standard_calls),
        TEST(features_tell_the_truth),
        TEST(arguments_of_32_bit_calls_are_32_bits),
        TEST(suspends_as_the_power_state_says),
    };

    return cmocka_run_group_tests_name("hypercall", tests, NULL, NULL);
}
