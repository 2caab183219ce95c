// SPDX-License-Identifier: BSD-2-Clause
// Execution time: to the tick what a vcpu has had, whatever ends its stretches.
#include "runtime_machine.h"

enum { MS = TICKS_PER_MS, NS_PER_TICK = 16 };

#define SENSOR_V  (&vcpus[VCPU_SENSOR])
#define CONTROL_V (&vcpus[VCPU_CONTROL_0])
#define SECOND_V  (&vcpus[VCPU_CONTROL_1])
#define DISPLAY_V (&vcpus[VCPU_DISPLAY])

static int setup(void **state)
{
    machine_setup(state);
    return !machine_boot();
}

// In the schedule "degraded", where each window has a receiver.
static int setup_givers(void **state)
{
    machine_setup(state);
    made.module->initial = DEGRADED;
    seal_tables(made.bytes, made.size);
    return !machine_boot();
}

// What v is told now, in ticks; and for its partition.
static uint64_t had(struct vcpu *v)
{
    assert_int_equal(CALL(v, HV_EXECUTION_TIME), HV_OK);
    assert_int_equal(X(v, 1) % NS_PER_TICK, 0);
    return X(v, 1) / NS_PER_TICK;
}

static uint64_t all_had(struct vcpu *v)
{
    had(v);
    return X(v, 2) / NS_PER_TICK;
}

// ---- Execution time ----------------------------------------------------------------------------

static void windows_count_from_edge_to_edge(void **state)
{
    uint64_t late = 1;

    (void)state;
    for (uint64_t k = 0; k < 1000; k++) {
        for (unsigned w = 0; w < 3; w++) {
            late = (late * 1103515245 + 12345) % 900;
            fake.time = fake.alarm[0] + late;
            machine_edge(0);
            if (cores[0].current == SENSOR_V)
                assert_int_equal(had(SENSOR_V), k * 2 * MS + late);
            if (cores[0].current == CONTROL_V)
                assert_int_equal(had(CONTROL_V), k * 4 * MS + late);
        }
    }
}

static void asking_changes_nothing(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(had(SENSOR_V), 7 * i);
        fake.time += 7;
    }
    machine_window(SENSOR_V);
    assert_int_equal(had(SENSOR_V), 2 * MS);
}

static void who_rests_has_nothing(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    fake.time += 5;
    CALL(SENSOR_V, HV_IDLE_SELF);
    fake.time += 100;
    schedule_pick(&cores[0]); // a kick
    machine_window(SENSOR_V);
    assert_int_equal(had(SENSOR_V), 5);
}

static void given_time_is_the_receivers(void **state)
{
    (void)state;
    machine_window(CONTROL_V); // 1 ms
    fake.time += 11;
    CALL(CONTROL_V, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, SENSOR_V);
    assert_int_equal(had(SENSOR_V), 0);
    fake.time += 13;
    assert_int_equal(had(SENSOR_V), 13);
    CALL(SENSOR_V, HV_IDLE_SELF);
    fake.time += 17;
    machine_edge(0); // its own, 3 ms
    fake.time += 19;
    assert_int_equal(had(SENSOR_V), 13 + 19);
    CALL(SENSOR_V, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, CONTROL_V);
    machine_edge(0); // used to the end, and its own window behind
    assert_int_equal(had(CONTROL_V), 11 + 3 * MS - 19);
}

static void nothing_counts_behind_the_edge(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    fake.time = cores[0].edge + 50; // a call that took long
    assert_int_equal(had(SENSOR_V), 2 * MS);
    CALL(SENSOR_V, HV_IDLE_SELF);
    machine_edge(0);
    assert_int_equal(had(CONTROL_V), 50);
    machine_window(SENSOR_V);
    assert_int_equal(had(SENSOR_V), 2 * MS);
}

static void what_is_passed_is_nobodys(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    fake.time = module_start + 20 * MS + 30; // the machine stood still for two frames
    assert_ptr_equal(machine_edge(0), SENSOR_V);
    assert_int_equal(had(SENSOR_V), 2 * MS + 30);
    machine_window(CONTROL_V);
    assert_int_equal(had(CONTROL_V), 0);
}

static void the_suspended_have_nothing(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    fake.time += 9;
    assert_int_equal(partition_control(&partitions[SENSOR], &cores[1], HV_CONTROL_SUSPEND), HV_OK);
    fake.time += 3; // until the kick arrives it goes on
    fake_run(&cores[0], schedule_pick(&cores[0]));
    assert_ptr_equal(cores[0].current, cores[0].idle);
    machine_window(SENSOR_V);
    fake.time += 100;
    assert_int_equal(partition_control(&partitions[SENSOR], &cores[1], HV_CONTROL_RESUME), HV_OK);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    fake.time += 4;
    assert_int_equal(had(SENSOR_V), 9 + 3 + 4);
}

static void a_restart_begins_at_nothing(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    fake.time += 21;
    CALL(SENSOR_V, HV_SET_PARTITION_MODE, HV_MODE_COLD_START);
    fake.time += 22;
    machine_idle(0);
    assert_ptr_equal(cores[0].current, SENSOR_V);
    fake.time += 23;
    assert_int_equal(had(SENSOR_V), 23);
}

static void vcpus_have_their_own_and_the_partition_all(void **state)
{
    enum { CPU_ON = (int)0xc4000003, CPU_OFF = (int)0x84000002 };

    (void)state;
    machine_window(CONTROL_V);
    assert_int_equal(CALL(CONTROL_V, (uint32_t)CPU_ON, 1, CODE_IPA, 0), 0);
    machine_window(SECOND_V); // 3 ms
    fake.time = cores[1].edge - 40;
    assert_int_equal(had(SECOND_V), cores[1].edge - 40 - cores[1].frame_start);
    CALL(SECOND_V, (uint32_t)CPU_OFF);
    machine_window(CONTROL_V);
    fake.time += 6;
    assert_int_equal(had(CONTROL_V), 4 * MS + 6);
    assert_int_equal(all_had(CONTROL_V), 4 * MS + 6 + 3 * MS - 40);
    // Off and on again is no start of the partition.
    assert_int_equal(CALL(CONTROL_V, (uint32_t)CPU_ON, 1, CODE_IPA, 0), 0);
    fake.time = fake.alarm[1];
    machine_window(SECOND_V);
    fake.time += 2;
    assert_int_equal(had(SECOND_V), 3 * MS - 40 + 2);
    // A start is one for both.
    CALL(SECOND_V, HV_SET_PARTITION_MODE, HV_MODE_COLD_START);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    machine_window(CONTROL_V);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, CONTROL_V);
    assert_int_equal(all_had(CONTROL_V), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(windows_count_from_edge_to_edge),
        TEST(asking_changes_nothing),
        TEST(who_rests_has_nothing),
        cmocka_unit_test_setup(given_time_is_the_receivers, setup_givers),
        TEST(nothing_counts_behind_the_edge),
        TEST(what_is_passed_is_nobodys),
        TEST(the_suspended_have_nothing),
        TEST(a_restart_begins_at_nothing),
        TEST(vcpus_have_their_own_and_the_partition_all),
    };

    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
