// SPDX-License-Identifier: BSD-2-Clause
// Health monitoring: every event with every action, the log, and the line on the console.
#include "runtime_machine.h"
#include <string.h>

static struct vcpu *sensor;

static int setup(void **state)
{
    machine_setup(state);
    if (!machine_boot())
        return 1;
    sensor = &vcpus[VCPU_SENSOR];
    machine_window(sensor);
    fake_console();
    return 0;
}

static struct tbl_health *entry(uint32_t event)
{
    return &made.health[SENSOR * HV_EVENT_COUNT + event];
}

static struct vcpu *raise(uint32_t event)
{
    struct vcpu *next = health_raise(sensor, event, 0x48000000, 5);

    fake_run(&cores[0], next);
    return next;
}

static void each_event_takes_the_action_of_its_row(void **state)
{
    (void)state;
    for (uint32_t event = 1; event < HV_EVENT_COUNT; event++)
        for (uint32_t action = 0; action < TBL_ACTIONS; action++) {
            uint32_t skips;

            setup(state);
            for (uint32_t i = 0; i < 3 * HV_EVENT_COUNT; i++)
                made.health[i].action = (action + 1) % TBL_ACTIONS; // the wrong row shows
            entry(event)->action = action;
            sensor->partition->mode = HV_MODE_NORMAL;
            skips = sensor->arch.skips;
            raise(event);
            assert_int_equal(machine_logged()->event, event);
            assert_int_equal(machine_logged()->action, action);
            assert_int_equal(machine_logged()->partition, SENSOR);
            assert_int_equal(machine_logged()->address, 0x48000000);
            assert_int_equal(machine_logged()->syndrome, 5);
            assert_int_equal(machine_logged()->window, 0);
            if (action == TBL_ACTION_IGNORE) {
                assert_ptr_equal(cores[0].current, sensor);
                assert_int_equal(sensor->arch.skips, skips + 1);
                continue;
            }
            assert_ptr_equal(cores[0].current, cores[0].idle);
            assert_int_equal(sensor->partition->last_event, event);
            if (action == TBL_ACTION_HALT) {
                assert_int_equal(sensor->partition->state, PARTITION_HALTED);
                assert_int_equal(sensor->partition->mode, HV_MODE_IDLE);
                continue;
            }
            assert_int_equal(sensor->partition->state, PARTITION_RESTARTING);
            assert_int_equal(sensor->partition->mode, action == TBL_ACTION_WARM_START
                                                          ? HV_MODE_WARM_START
                                                          : HV_MODE_COLD_START);
            assert_int_equal(sensor->partition->start_condition, event == HV_EVENT_GUEST_RESET
                                                                     ? HV_START_PARTITION_RESTART
                                                                     : HV_START_HM_PARTITION);
        }
}

static void the_line_on_the_console(void **state)
{
    (void)state;
    fake.time = module_start + 750002;
    raise(HV_EVENT_MEMORY_VIOLATION);
    assert_string_equal(
        fake_console(),
        "[hv] 12.000032 ms  sensor: memory violation at 0x4800_0000 -> cold start\n");
    setup(state);
    entry(HV_EVENT_GUEST_OFF)->action = TBL_ACTION_HALT;
    raise(HV_EVENT_GUEST_OFF);
    assert_string_equal(fake_console(),
                        "[hv] 0.000000 ms  sensor: switched off by the guest -> halt\n");
    setup(state);
    raise(HV_EVENT_APPLICATION_ERROR);
    assert_string_equal(fake_console(),
                        "[hv] 0.000000 ms  sensor: application error 5 -> cold start\n");
}

static void a_warm_start_out_of_cold_start_is_cold(void **state)
{
    (void)state;
    entry(HV_EVENT_ILLEGAL_CALL)->action = TBL_ACTION_WARM_START;
    raise(HV_EVENT_ILLEGAL_CALL); // mode is COLD_START
    assert_int_equal(sensor->partition->mode, HV_MODE_COLD_START);
    assert_false(sensor->partition->restart.warm);
    assert_int_equal(machine_logged()->action, TBL_ACTION_COLD_START);
}

static void what_is_not_logged_leaves_no_trace(void **state)
{
    uint64_t before = log_newest();

    (void)state;
    entry(HV_EVENT_ILLEGAL_ACCESS)->flags = 0;
    entry(HV_EVENT_ILLEGAL_ACCESS)->action = TBL_ACTION_IGNORE;
    raise(HV_EVENT_ILLEGAL_ACCESS);
    assert_int_equal(log_newest(), before);
    assert_string_equal(fake_console(), "");
}

static void standard_calls_raise_their_events(void **state)
{
    (void)state;
    CALL(sensor, 0x84000009); // SYSTEM_RESET
    assert_int_equal(machine_logged()->event, HV_EVENT_GUEST_RESET);
    machine_idle(0);
    CALL(sensor, HV_PARTITION_STATUS);
    assert_int_equal(X(sensor, 3), HV_START_PARTITION_RESTART);
    assert_int_equal(X(sensor, 9), HV_EVENT_GUEST_RESET);
    CALL(sensor, 0x84000008); // SYSTEM_OFF
    assert_int_equal(machine_logged()->event, HV_EVENT_GUEST_OFF);
    machine_idle(0);
    CALL(sensor, 0x84000002); // CPU_OFF of the only one
    assert_int_equal(machine_logged()->event, HV_EVENT_GUEST_OFF);
    machine_idle(0);
    CALL(sensor, HV_PARTITION_STATUS);
    assert_int_equal(X(sensor, 4), 4);
    // Ignored, the call comes back and says that nothing happened.
    entry(HV_EVENT_GUEST_OFF)->action = TBL_ACTION_IGNORE;
    assert_int_equal(CALL(sensor, 0x84000008), -3);
    assert_int_equal(CALL(sensor, 0x84000002), -3);
    assert_ptr_equal(cores[0].current, sensor);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(each_event_takes_the_action_of_its_row), TEST(the_line_on_the_console),
        TEST(a_warm_start_out_of_cold_start_is_cold), TEST(what_is_not_logged_leaves_no_trace),
        TEST(standard_calls_raise_their_events),
    };

    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
