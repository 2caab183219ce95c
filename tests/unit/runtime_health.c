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
        for (uint32_t action = 0; action < TBL_ACTION_SHUTDOWN; action++) {
            uint32_t skips;

            setup(state);
            for (uint32_t i = 0; i < 3 * HV_EVENT_COUNT; i++)
                made.health[i].action = (action + 1) % TBL_ACTIONS; // the wrong row shows
            entry(event)->action = action;
            entry(event)->schedule = DEGRADED;
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
            assert_int_equal(change_newest, action == TBL_ACTION_SWITCH_SCHEDULE);
            if (action == TBL_ACTION_SUSPEND) {
                assert_int_equal(sensor->partition->state, PARTITION_SUSPENDED);
                assert_int_equal(sensor->partition->mode, HV_MODE_NORMAL);
                assert_int_equal(sensor->arch.skips, skips); // the instruction comes again
                continue;
            }
            if (action == TBL_ACTION_HALT || action == TBL_ACTION_SWITCH_SCHEDULE) {
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

static void each_event_of_the_module_takes_the_action_of_its_row(void **state)
{
    for (uint32_t event = 1; event < HV_EVENT_COUNT; event++)
        for (uint32_t action = 0; action < TBL_ACTIONS; action++) {
            bool ends = action == TBL_ACTION_SHUTDOWN || action == TBL_ACTION_RESET;

            if (action != TBL_ACTION_IGNORE && !ends)
                continue;
            setup(state);
            for (uint32_t i = 0; i < 4 * HV_EVENT_COUNT; i++)
                made.health[i].action = // the wrong row shows
                    action == TBL_ACTION_SHUTDOWN ? TBL_ACTION_RESET : TBL_ACTION_SHUTDOWN;
            made.health[3 * HV_EVENT_COUNT + event].action = action;
            if (!setjmp(fake.stopped))
                health_module(&cores[0], event, 0x1000, 7, false);
            assert_int_equal(fake.ended, action == TBL_ACTION_SHUTDOWN ? FAKE_OFF
                                         : ends                        ? FAKE_RESET
                                                                       : FAKE_ON);
            assert_int_equal(machine_logged()->event, event);
            assert_int_equal(machine_logged()->action, action);
            assert_int_equal(machine_logged()->partition, TBL_NONE);
            assert_int_equal(machine_logged()->syndrome, 7);
            assert_int_equal(fake_console()[0] != 0, ends); // last words, even when not aloud
            if (event != HV_EVENT_SYSTEM_ERROR)
                continue;
            fake.ended = FAKE_ON;
            if (!setjmp(fake.stopped))
                health_bug(&cores[0], 0x2000, 9);
            assert_int_equal(fake.ended, action == TBL_ACTION_SHUTDOWN ? FAKE_OFF
                                         : ends                        ? FAKE_RESET
                                                                       : FAKE_ON);
            assert_int_equal(machine_logged()->address, 0x2000);
        }
}

// What partitions have written waits for its turn of the idle loop, which never comes.
static void the_last_words_are_all_that_was_written(void **state)
{
    static const char text[] = "a line that is longer than one turn prints\n";
    const char *said;

    (void)state;
    fake.console_room = 0;
    for (unsigned i = 0; i < 3; i++)
        console_write(&partitions[i], text, sizeof text - 1);
    fake.console_room = -1;
    made.health[3 * HV_EVENT_COUNT + HV_EVENT_WINDOW_LATE].action = TBL_ACTION_SHUTDOWN;
    if (!setjmp(fake.stopped))
        health_module(&cores[0], HV_EVENT_WINDOW_LATE, 0, 7, false);
    said = fake_console();
    for (unsigned i = 0; i < 3; i++) {
        said = strstr(said, text);
        assert_non_null(said);
        said += sizeof text - 1;
    }
}

// An exception of the runtime before there are tables: nobody can say what to do.
static void a_bug_at_boot_has_no_row(void **state)
{
    machine_setup(state);
    health_bug(&cores[0], 0x2000, 9);
    assert_int_equal(fake.ended, FAKE_ON);
    assert_string_equal(fake_console(), "");
}

static void a_module_event_that_is_not_logged(void **state)
{
    (void)state;
    made.health[3 * HV_EVENT_COUNT + HV_EVENT_WINDOW_LATE].flags = 0;
    health_module(&cores[0], HV_EVENT_WINDOW_LATE, 0, 7, true);
    assert_int_not_equal(machine_logged()->event, HV_EVENT_WINDOW_LATE);
    assert_string_equal(fake_console(), "");
}

// A fault, and the restart that follows it up to its end.
static uint32_t fault(void)
{
    machine_window(sensor);
    raise(HV_EVENT_MEMORY_VIOLATION);
    machine_idle(0);
    return sensor->partition->state;
}

static void restarts_are_counted_up_to_the_limit(void **state)
{
    struct partition *p = sensor->partition;

    (void)state;
    made.partitions[SENSOR].restart_limit = 2;
    entry(HV_EVENT_RESTART_LIMIT)->action = TBL_ACTION_SUSPEND;
    assert_int_equal(fault(), PARTITION_RUNNING);
    fake.time += 1000000 * 62500ull; // without restart_within, time does not help
    assert_int_equal(fault(), PARTITION_RUNNING);
    assert_int_equal(p->starts, 3);
    assert_int_equal(fault(), PARTITION_SUSPENDED);
    assert_int_equal(p->last_event, HV_EVENT_RESTART_LIMIT);
    assert_int_equal(machine_logged()->event, HV_EVENT_RESTART_LIMIT);
    assert_int_equal(machine_logged()->action, TBL_ACTION_SUSPEND);
    assert_int_equal(machine_logged()->syndrome, 2);

    setup(state);
    made.partitions[SENSOR].restart_limit = 1;
    assert_int_equal(fault(), PARTITION_RUNNING);
    CALL(sensor, HV_PARTITION_QUERY, made.partitions[SENSOR].id);
    assert_int_equal(X(sensor, 7), 1);
    assert_int_equal(X(sensor, 8), 1);
    assert_int_equal(fault(), PARTITION_HALTED); // as its row says
    assert_int_equal(p->mode, HV_MODE_IDLE);

    setup(state);
    made.partitions[SENSOR].restart_limit = 1;
    entry(HV_EVENT_RESTART_LIMIT)->action = TBL_ACTION_SWITCH_SCHEDULE;
    entry(HV_EVENT_RESTART_LIMIT)->schedule = DEGRADED;
    assert_int_equal(fault(), PARTITION_RUNNING);
    assert_int_equal(change_newest, 0);
    assert_int_equal(fault(), PARTITION_HALTED);
    assert_int_equal(change_newest, 1);
}

static void later_restarts_begin_the_count_anew(void **state)
{
    struct partition *p = sensor->partition;

    (void)state;
    made.partitions[SENSOR].restart_limit = 2;
    made.partitions[SENSOR].restart_within = 100 * TICKS_PER_MS;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fault(), PARTITION_RUNNING);
        assert_int_equal(fault(), PARTITION_RUNNING);
        machine_window(sensor);
        fake.time = p->restarts_since + 100 * TICKS_PER_MS + 1;
    }
    assert_int_equal(p->starts, 7);
    assert_int_equal(p->restarts, 2);
    fake.time--; // still inside
    raise(HV_EVENT_MEMORY_VIOLATION);
    assert_int_equal(p->state, PARTITION_HALTED);
}

// What the partition asks for itself is no restart by the health monitor, and does not take one
// back; what another one asks for does.
static void who_begins_the_count_anew(void **state)
{
    struct partition *p = sensor->partition;
    struct vcpu *control = &vcpus[VCPU_CONTROL_0];

    (void)state;
    made.partitions[SENSOR].restart_limit = 2;
    made.partitions[CONTROL].flags |= TBL_PARTITION_MANAGE;
    assert_int_equal(fault(), PARTITION_RUNNING);
    for (int i = 0; i < 5; i++) {
        machine_window(sensor);
        CALL(sensor, HV_SET_PARTITION_MODE, HV_MODE_COLD_START);
        machine_idle(0);
        CALL(sensor, HV_PARTITION_CONTROL, p->config->id, HV_CONTROL_COLD_START);
        machine_idle(0);
    }
    assert_int_equal(p->restarts, 1);
    machine_window(control);
    assert_int_equal(CALL(control, HV_PARTITION_CONTROL, p->config->id, HV_CONTROL_COLD_START),
                     HV_OK);
    assert_int_equal(p->restarts, 0);
}

// A change that cannot be had at once is asked for again from the idle loop.
static void a_switch_waits_for_its_turn(void **state)
{
    (void)state;
    entry(HV_EVENT_ILLEGAL_CALL)->action = TBL_ACTION_SWITCH_SCHEDULE;
    entry(HV_EVENT_ILLEGAL_CALL)->schedule = DEGRADED;
    fake.time = cores[0].edge;
    change_newest = 4; // as if core 1 had four changes to make: no place is free
    cores[0].change = 4;
    change_want(DEGRADED);
    assert_int_equal(change_newest, 4);
    assert_true(change_again());
    assert_ptr_equal(schedule_idle(&cores[0]), cores[0].idle); // asks in vain, and asks again
    assert_int_equal(change_newest, 4);
    cores[1].change = 4;
    assert_ptr_equal(schedule_idle(&cores[0]), NULL); // the idle loop asks
    assert_int_equal(change_newest, 5);
    assert_false(change_again());
    assert_int_equal(change_newest, 5);
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
        TEST(each_event_takes_the_action_of_its_row),
        TEST(each_event_of_the_module_takes_the_action_of_its_row),
        TEST(a_module_event_that_is_not_logged),
        TEST(the_last_words_are_all_that_was_written),
        TEST(a_bug_at_boot_has_no_row),
        TEST(restarts_are_counted_up_to_the_limit),
        TEST(later_restarts_begin_the_count_anew),
        TEST(who_begins_the_count_anew),
        TEST(a_switch_waits_for_its_turn),
        TEST(the_line_on_the_console),
        TEST(a_warm_start_out_of_cold_start_is_cold),
        TEST(what_is_not_logged_leaves_no_trace),
        TEST(standard_calls_raise_their_events),
    };

    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
