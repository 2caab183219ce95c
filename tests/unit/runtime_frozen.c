// SPDX-License-Identifier: BSD-2-Clause
// Counters that stand still between windows: they show what their vcpu has had.
#include "runtime_machine.h"

static const uint64_t ms = TICKS_PER_MS;
static struct vcpu *sensor, *control;

// Sensor owns 0..2 ms of 10 ms; in "degraded", to which it goes on as it is, 1..4 ms of 4 ms, and
// what control gives up before.
static int setup(void **state)
{
    machine_setup(state);
    made.partitions[SENSOR].flags |= TBL_PARTITION_FROZEN_TIME;
    made.duties[DEGRADED * (DISPLAY + 1) + SENSOR].on_change = TBL_ACTION_IGNORE;
    seal_tables(made.bytes, made.size);
    sensor = &vcpus[VCPU_SENSOR];
    control = &vcpus[VCPU_CONTROL_0];
    return !machine_boot();
}

// What sensor's counter shows now, less its start.
static uint64_t own(void)
{
    return fake.time + sensor->ahead - TBL_FROZEN_START;
}

static void edge_late(uint64_t late)
{
    fake.time = fake.alarm[0] + late;
    machine_edge(0);
}

// Out of the gap of "normal" into sensor's window and out of that again, each so late. What the
// counter showed at its begin.
static uint64_t window(uint64_t begins, uint64_t ends)
{
    uint64_t shown;

    edge_late(begins);
    assert_ptr_equal(cores[0].current, sensor);
    shown = own();
    edge_late(ends);
    assert_ptr_equal(cores[0].current, control);
    machine_edge(0);
    return shown;
}

static void windows_count_to_the_tick(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 100; n++)
        assert_int_equal(window(50 + n * 7 % 50, n * 31 % 50), n * 2 * ms + 50 + n * 7 % 50);
    edge_late(50);
    fake.time += ms - 50;
    CALL(sensor, HV_GET_TIME);
    assert_int_equal(X(sensor, 1), (fake.time - module_start) * 16);
    assert_int_equal(X(sensor, 2), TBL_FROZEN_START + 201 * ms);
    CALL(sensor, HV_EXECUTION_TIME);
    assert_int_equal(X(sensor, 1), 201 * ms * 16);
    machine_window(control);
    CALL(control, HV_GET_TIME);
    assert_int_equal(X(control, 2), fake.time); // others have the machine's
}

// What it may have seen behind its edge does not come twice, and is made good.
static void it_never_goes_back(void **state)
{
    (void)state;
    assert_int_equal(window(20, 500), 20);
    assert_int_equal(window(20, 10), 2 * ms + 500);
    for (uint64_t n = 2; n < 50; n++)
        assert_int_equal(window(20, 10), n * 2 * ms + 510 - 10 * n);
    assert_int_equal(window(20, 10), 100 * ms + 20);
    assert_int_equal(window(20, 10), 102 * ms + 20);
}

static void time_stands_still_with_the_machine(void **state)
{
    uint64_t before;

    (void)state;
    machine_window(sensor);
    fake.time += 33 * ms; // it sees that, in the window of 30 ms
    before = own();
    machine_edge(0);
    machine_window(sensor);
    assert_int_equal(own(), before);
    machine_window(control);
    fake.time += 33 * ms; // it does not
    machine_edge(0);
    machine_window(sensor);
    assert_int_equal(own(), before + 2 * ms);
}

static void what_is_given_up_does_not_count(void **state)
{
    (void)state;
    machine_window(sensor);
    fake.time += ms / 2;
    CALL(sensor, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    machine_window(sensor);
    assert_int_equal(own(), ms / 2);
}

static void stopped_time_does_not_count(void **state)
{
    struct partition *p = sensor->partition;

    (void)state;
    machine_window(sensor);
    fake.time += ms / 2;
    assert_int_equal(partition_control(p, &cores[1], HV_CONTROL_SUSPEND), HV_OK);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    assert_ptr_equal(cores[0].current, cores[0].idle);
    for (unsigned i = 0; i < 9; i++)
        machine_edge(0);
    assert_ptr_equal(cores[0].owner, sensor);
    fake.time += ms / 2;
    assert_int_equal(partition_control(p, &cores[1], HV_CONTROL_RESUME), HV_OK);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    assert_ptr_equal(cores[0].current, sensor);
    assert_int_equal(own(), ms / 2);
    machine_edge(0);
    machine_window(sensor);
    assert_int_equal(own(), 2 * ms);
}

static void a_start_begins_anew(void **state)
{
    (void)state;
    for (unsigned warm = 0; warm < 2; warm++) {
        machine_window(sensor);
        machine_window(control);
        machine_window(sensor);
        atomic_store(&sensor->partition->mode, HV_MODE_NORMAL);
        fake_run(&cores[0], partition_restart(sensor, warm, HV_START_HM_PARTITION, 1));
        machine_idle(0);
        assert_ptr_equal(cores[0].current, sensor);
        assert_int_equal(own(), 0);
        machine_edge(0);
        machine_window(sensor);
        assert_int_equal(own(), 2 * ms);
    }
}

static void schedules_change_under_it(void **state)
{
    (void)state;
    machine_window(sensor);
    machine_window(control);
    assert_int_equal(CALL(control, HV_SCHEDULE_SET, DEGRADED_ID), HV_OK);
    machine_edge(0); // the gap
    machine_edge(0);
    assert_ptr_equal(cores[0].current, control);
    machine_edge(0);
    assert_ptr_equal(cores[0].current, sensor);
    assert_int_equal(own(), 2 * ms);
    machine_edge(0);
    fake.time += ms / 4;
    CALL(control, HV_IDLE_SELF); // sensor gets the rest
    assert_ptr_equal(cores[0].current, sensor);
    assert_int_equal(own(), 5 * ms);
    machine_edge(0); // and goes on in its own window
    assert_ptr_equal(cores[0].current, sensor);
    assert_int_equal(own(), 5 * ms + 3 * ms / 4);
    fake.time += ms;
    CALL(sensor, HV_IDLE_SELF); // and gives it back
    machine_window(sensor);
    assert_int_equal(own(), 6 * ms + 3 * ms / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(windows_count_to_the_tick, setup),
        cmocka_unit_test_setup(it_never_goes_back, setup),
        cmocka_unit_test_setup(time_stands_still_with_the_machine, setup),
        cmocka_unit_test_setup(what_is_given_up_does_not_count, setup),
        cmocka_unit_test_setup(stopped_time_does_not_count, setup),
        cmocka_unit_test_setup(a_start_begins_anew, setup),
        cmocka_unit_test_setup(schedules_change_under_it, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
