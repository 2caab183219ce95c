// SPDX-License-Identifier: BSD-2-Clause
// Stolen time (DEN0057): what counts, where a vcpu reads it, and the calls that say so.
#include "runtime_machine.h"

enum { CPU_OFF = 0x84000002, ARCH_FEATURES = 0x80000001 };
#define CPU_ON           0xc4000003u
#define PV_TIME_FEATURES 0xc5000020u
#define PV_TIME_ST       0xc5000021u

static const uint64_t ms = TICKS_PER_MS;
static struct vcpu *first, *second, *sensor; // the first two are control's

// Control's first vcpu owns 2..6 ms of 10 ms, its second 0..3 ms; in "degraded" the first 0..1 ms
// of 4 ms, the second what display gives up.
static int setup(void **state)
{
    machine_setup(state);
    machine_stolen_time();
    seal_tables(made.bytes, made.size);
    first = &vcpus[VCPU_CONTROL_0];
    second = &vcpus[VCPU_CONTROL_1];
    sensor = &vcpus[VCPU_SENSOR];
    return !machine_boot();
}

static void expect(uint32_t index, uint64_t ticks)
{
    const uint64_t *shown = (const uint64_t *)(uintptr_t)made.memory[5].phys + 8ull * index;

    assert_int_equal(shown[0], 0); // revision and attributes
    assert_int_equal(shown[1], ticks * 16);
}

static void gaps_of_the_timetable_count_to_the_tick(void **state)
{
    (void)state;
    machine_window(first);
    expect(0, 0);
    for (uint64_t gap = 1; gap < 100; gap++)
        for (unsigned edge = 0; edge < 3; edge++) { // however late they are
            fake.time = fake.alarm[0] + (gap * 7 + edge * 131) % 900;
            expect(0, (gap - 1) * 6 * ms);
            machine_edge(0);
        }
    expect(0, 99 * 6 * ms);
    expect(1, 0); // the second was never started
}

static void who_waits_misses_what_follows_its_timer(void **state)
{
    uint64_t end;

    (void)state;
    machine_window(first);
    end = cores[0].edge;
    first->arch.wants = end + 2 * ms + 5; // the gap has 6 ms
    machine_window(first);
    expect(0, 4 * ms - 5);
    first->arch.wants = UINT64_MAX; // no timer is set
    machine_window(first);
    expect(0, 4 * ms - 5);
    first->arch.wants = cores[0].edge + 6 * ms; // with the next window
    machine_window(first);
    expect(0, 4 * ms - 5);
    first->arch.wants = cores[0].edge - 1; // it had expired
    machine_window(first);
    expect(0, 10 * ms - 5);
    first->arch.wants = cores[0].edge + 16 * ms; // in the gap but one: that alone counts
    machine_window(first);
    machine_window(first);
    expect(0, 10 * ms - 5);
}

static void what_is_given_up_is_not_stolen(void **state)
{
    (void)state;
    machine_window(first);
    CALL(first, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    machine_window(first);
    expect(0, 0);
    machine_window(first);
    expect(0, 6 * ms);
}

// In "degraded" sensor gets the rest of the first one's window, and the first the rest of sensor's.
static void given_time_is_had(void **state)
{
    (void)state;
    machine_window(first);
    assert_int_equal(CALL(first, HV_SCHEDULE_SET, DEGRADED_ID), HV_OK);
    machine_edge(0); // the gap of the old schedule
    machine_edge(0);
    assert_ptr_equal(cores[0].current, first);
    expect(0, 4 * ms);
    CALL(first, HV_IDLE_SELF);
    machine_edge(0);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, sensor);
    fake.time = cores[0].edge - ms;
    CALL(sensor, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, first);
    expect(0, 4 * ms); // what it gave up is not stolen, what it got was not missed
    machine_edge(0);
    machine_edge(0);
    machine_window(first);
    expect(0, 7 * ms);
}

static void who_is_stopped_misses_nothing(void **state)
{
    struct partition *p = first->partition;

    (void)state;
    machine_window(first);
    fake_run(&cores[0], partition_suspend(first, HV_EVENT_NONE));
    for (unsigned i = 0; i < 3; i++)
        machine_window(first);
    assert_int_equal(partition_control(p, &cores[0], HV_CONTROL_RESUME), HV_OK);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    assert_ptr_equal(cores[0].current, first);
    expect(0, 0);
    machine_window(first);
    expect(0, 6 * ms);
    // Between two windows: while it stands still the first of them finds it so.
    machine_edge(0);
    assert_int_equal(partition_control(p, &cores[1], HV_CONTROL_SUSPEND), HV_OK);
    machine_window(first);
    assert_int_equal(partition_control(p, &cores[1], HV_CONTROL_RESUME), HV_OK);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    expect(0, 6 * ms);
}

static void a_start_begins_at_zero(void **state)
{
    (void)state;
    machine_window(first);
    machine_window(first);
    expect(0, 6 * ms);
    fake_run(&cores[0], partition_restart(first, false, HV_START_HM_PARTITION, 1));
    machine_idle(0);
    assert_ptr_equal(cores[0].current, first);
    expect(0, 0);
    machine_window(first);
    expect(0, 6 * ms);
}

static void each_vcpu_has_its_own(void **state)
{
    (void)state;
    machine_window(first);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA), 0);
    machine_window(second);
    assert_ptr_equal(cores[1].current, second);
    expect(1, 0); // it was off
    machine_window(second);
    machine_window(second);
    expect(1, 14 * ms);
    expect(0, 0);
    CALL(second, CPU_OFF);
    machine_window(second);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA), 0);
    fake.core = 1;
    fake_run(&cores[1], schedule_pick(&cores[1]));
    assert_ptr_equal(cores[1].current, second);
    expect(1, 14 * ms); // goes on, and being off is not being robbed
    machine_window(second);
    expect(1, 21 * ms);
}

static void calls_say_where_it_is(void **state)
{
    (void)state;
    machine_window(first);
    assert_int_equal(CALL(first, ARCH_FEATURES, PV_TIME_FEATURES), 0);
    assert_int_equal(CALL(first, ARCH_FEATURES, PV_TIME_ST), 0);
    assert_int_equal(CALL(first, ARCH_FEATURES, 0xc5000022), -1);
    assert_int_equal(CALL(first, PV_TIME_FEATURES, PV_TIME_FEATURES), 0);
    assert_int_equal(CALL(first, PV_TIME_FEATURES, PV_TIME_ST), 0);
    assert_int_equal(CALL(first, PV_TIME_FEATURES, 0xc5000022), -1);
    assert_int_equal(CALL(first, PV_TIME_ST), 0x090a0000);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA), 0);
    machine_window(second);
    assert_int_equal(CALL(second, PV_TIME_ST), 0x090a0040);
    // Others have none.
    machine_window(sensor);
    assert_int_equal(CALL(sensor, ARCH_FEATURES, PV_TIME_FEATURES), -1);
    assert_int_equal(CALL(sensor, PV_TIME_FEATURES, PV_TIME_ST), -1);
    assert_int_equal(CALL(sensor, PV_TIME_ST), -1);
}

static void the_page_is_read_only_to_calls(void **state)
{
    (void)state;
    machine_window(first);
    assert_int_equal(CALL(first, HV_SAMPLING_READ, 0, TBL_STOLEN_TIME_ADDRESS, 64),
                     HV_INVALID_PARAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(gaps_of_the_timetable_count_to_the_tick, setup),
        cmocka_unit_test_setup(who_waits_misses_what_follows_its_timer, setup),
        cmocka_unit_test_setup(what_is_given_up_is_not_stolen, setup),
        cmocka_unit_test_setup(given_time_is_had, setup),
        cmocka_unit_test_setup(who_is_stopped_misses_nothing, setup),
        cmocka_unit_test_setup(a_start_begins_at_zero, setup),
        cmocka_unit_test_setup(each_vcpu_has_its_own, setup),
        cmocka_unit_test_setup(calls_say_where_it_is, setup),
        cmocka_unit_test_setup(the_page_is_read_only_to_calls, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
