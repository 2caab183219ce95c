// SPDX-License-Identifier: BSD-2-Clause
// Windows: exact edges without drift, lateness, what is passed, who is picked.
#include "runtime_machine.h"
#include <string.h>

enum { FRAME = 10 * TICKS_PER_MS };

static int setup(void **state)
{
    machine_setup(state);
    return machine_boot() ? 0 : 1;
}

static struct tbl_window_stat *stat_of(uint32_t window)
{
    return (struct tbl_window_stat *)(uintptr_t)module->window_stats + window;
}

static void nothing_runs_before_the_first_frame(void **state)
{
    (void)state;
    assert_ptr_equal(cores[0].current, cores[0].idle);
    assert_true(module_start > fake.time);
    assert_int_equal(fake.alarm[0], module_start);
    assert_int_equal(fake.alarm[1], module_start);
    assert_ptr_equal(schedule_pick(&cores[0]), cores[0].idle); // a kick changes nothing
    assert_ptr_equal(schedule_pick(&cores[1]), cores[1].idle);
}

static void edges_do_not_drift(void **state)
{
    uint64_t late = 0, before = log_newest();

    (void)state;
    for (uint64_t k = 0; k < 5000; k++) {
        uint64_t begin = module_start + k * FRAME;

        // However late the handler runs, the edges stay where the tables put them.
        for (uint32_t w = 0; w < 3; w++) {
            assert_int_equal(fake.alarm[0], begin + made.windows[w].start);
            late = (late * 1103515245 + 12345) % 900;
            fake.time = fake.alarm[0] + late;
            machine_edge(0);
            assert_int_equal(cores[0].frame_index, k);
            assert_int_equal(cores[0].frame_start, begin);
            assert_ptr_equal(cores[0].window, &made.windows[w]);
            assert_int_equal(cores[0].edge, begin + made.windows[w].end);
            assert_int_equal(stat_of(w)->last, late);
        }
    }
    assert_int_equal(cores[0].skipped, 0);
    assert_int_equal(log_newest(), before);
}

static void owners_follow_the_table(void **state)
{
    (void)state;
    assert_ptr_equal(machine_edge(0), &vcpus[VCPU_SENSOR]);
    assert_ptr_equal(machine_edge(0), &vcpus[VCPU_CONTROL_0]);
    assert_ptr_equal(machine_edge(0), cores[0].idle);
    assert_ptr_equal(machine_edge(0), &vcpus[VCPU_SENSOR]);
    assert_ptr_equal(machine_edge(1), cores[1].idle); // control's second vcpu is off
    assert_ptr_equal(machine_edge(1), &vcpus[VCPU_DISPLAY]);
    assert_ptr_equal(machine_edge(1), cores[1].idle);
}

static void interrupts_follow_the_windows(void **state)
{
    struct vcpu *control = &vcpus[VCPU_CONTROL_0];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        machine_edge(0);
        assert_int_equal(control->arch.enabled, 0);
        machine_edge(0);
        assert_int_equal(control->arch.enabled, 1);
        machine_edge(0);
        assert_int_equal(control->arch.enabled, 0);
    }
    assert_int_equal(vcpus[VCPU_SENSOR].arch.enabled, 0);
}

static void an_early_alarm_is_no_edge(void **state)
{
    (void)state;
    machine_edge(0);
    fake.time = cores[0].edge - 1;
    fake.alarm[0] = 0;
    fake.core = 0;
    assert_ptr_equal(schedule_edge(&cores[0]), &vcpus[VCPU_SENSOR]);
    assert_int_equal(fake.alarm[0], cores[0].edge);
    assert_ptr_equal(cores[0].window, &made.windows[0]);
    fake.time = cores[0].edge; // and this is one
    assert_ptr_equal(schedule_edge(&cores[0]), &vcpus[VCPU_CONTROL_0]);
}

static void lateness_is_kept_and_beyond_the_bound_an_event(void **state)
{
    uint64_t before = log_newest();

    (void)state;
    fake_console();
    fake.time = module_start + 1000; // the bound
    machine_edge(0);
    assert_int_equal(stat_of(0)->last, 1000);
    assert_int_equal(stat_of(0)->max, 1000);
    assert_int_equal(log_newest(), before);
    fake.time = cores[0].edge + 1001;
    machine_edge(0);
    assert_int_equal(stat_of(1)->last, 1001);
    assert_int_equal(log_newest(), before + 1);
    assert_string_equal(fake_console(),
                        "[hv] 2.016016 ms  module: window started late, 16016 ns -> ignore\n");
    // The next frame: on time, then late but not later than ever: no line, but an event.
    machine_edge(0);
    machine_edge(0);
    assert_int_equal(stat_of(0)->last, 0);
    assert_int_equal(stat_of(0)->max, 1000);
    fake.time = cores[0].edge + 1001;
    machine_edge(0);
    assert_int_equal(log_newest(), before + 2);
    assert_string_equal(fake_console(), "");
    const struct tbl_log_record *r = machine_logged();
    assert_int_equal(r->event, HV_EVENT_WINDOW_LATE);
    assert_int_equal(r->partition, TBL_NONE);
    assert_int_equal(r->window, 1);
    assert_int_equal(r->syndrome, 1001);
    assert_int_equal(r->sequence, log_newest());
}

static void passed_windows_are_counted(void **state)
{
    (void)state;
    machine_edge(0);
    fake.time = module_start + 6 * TICKS_PER_MS + 5; // window 1 is over before it began
    assert_ptr_equal(machine_edge(0), cores[0].idle);
    assert_ptr_equal(cores[0].window, &made.windows[2]);
    assert_int_equal(cores[0].skipped, 1);
    assert_int_equal(stat_of(2)->last, 5);
    assert_int_equal(stat_of(1)->max, 4 * TICKS_PER_MS + 5);
    assert_int_equal(fake.alarm[0], module_start + FRAME);
    assert_ptr_equal(machine_edge(0), &vcpus[VCPU_SENSOR]);
    assert_int_equal(cores[0].frame_start, module_start + FRAME);
}

static void passed_frames_are_counted_and_nothing_drifts(void **state)
{
    (void)state;
    for (uint64_t windows = 1; windows < 40; windows++) { // from each window, over each distance
        uint64_t before = cores[0].skipped, index = cores[0].frame_index, t;
        const struct tbl_window *w = cores[0].window;

        fake.time = cores[0].edge + windows * 77777;
        machine_edge(0);
        t = fake.time - module_start;
        assert_int_equal(cores[0].frame_index, t / FRAME);
        assert_int_equal(cores[0].frame_start, module_start + t / FRAME * FRAME);
        assert_true(t % FRAME >= cores[0].window->start && t % FRAME < cores[0].window->end);
        assert_int_equal(fake.alarm[0], cores[0].frame_start + cores[0].window->end);
        // Every window between the two is either started or counted.
        assert_int_equal((cores[0].frame_index - index) * 3 + (uint64_t)(cores[0].window - w),
                         cores[0].skipped - before + 1);
    }
}

static void a_century_late_takes_no_longer(void **state)
{
    (void)state;
    machine_edge(0);
    fake.time = module_start + (1ull << 55) / FRAME * FRAME + 1;
    assert_ptr_equal(machine_edge(0), &vcpus[VCPU_SENSOR]);
    assert_int_equal(cores[0].frame_index, (1ull << 55) / FRAME);
    assert_int_equal(stat_of(1)->max, UINT32_MAX);
}

static void idle_self_rests_until_the_next_window(void **state)
{
    struct vcpu *sensor = &vcpus[VCPU_SENSOR];

    (void)state;
    machine_window(sensor);
    assert_int_equal(CALL(sensor, HV_IDLE_SELF), HV_OK);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    assert_ptr_equal(schedule_pick(&cores[0]), cores[0].idle); // a kick does not wake it
    assert_ptr_equal(machine_edge(0), &vcpus[VCPU_CONTROL_0]);
    machine_window(sensor);
    assert_ptr_equal(cores[0].current, sensor);
}

// In the schedule "degraded", where each window has a receiver.
static int setup_givers(void **state)
{
    machine_setup(state);
    made.module->initial = DEGRADED;
    seal_tables(made.bytes, made.size);
    return machine_boot() ? 0 : 1;
}

static void the_rest_goes_to_the_receiver(void **state)
{
    struct vcpu *control = &vcpus[VCPU_CONTROL_0], *sensor = &vcpus[VCPU_SENSOR];

    (void)state;
    machine_window(control);
    assert_int_equal(control->arch.enabled, 1);
    assert_int_equal(CALL(control, HV_WINDOW_STATUS), HV_OK);
    assert_int_equal(X(control, 4), HV_WINDOW_PERIOD_START);
    assert_int_equal(CALL(control, HV_IDLE_SELF), HV_OK);
    assert_ptr_equal(cores[0].current, sensor);
    assert_int_equal(control->arch.enabled, 0); // whose time it is has its devices
    assert_ptr_equal(schedule_pick(&cores[0]), sensor);
    assert_int_equal(CALL(sensor, HV_WINDOW_STATUS), HV_OK);
    assert_int_equal(X(sensor, 2), 1000000); // the window is the giver's
    assert_int_equal(X(sensor, 4), HV_WINDOW_GIVEN);
    assert_int_equal(CALL(sensor, HV_IDLE_SELF), HV_OK); // nobody is left, the giver least of all
    assert_ptr_equal(cores[0].current, cores[0].idle);
    assert_ptr_equal(schedule_pick(&cores[0]), cores[0].idle);
    // The next window is its owner's as ever; what it gives goes back the other way.
    assert_ptr_equal(machine_edge(0), sensor);
    assert_int_equal(CALL(sensor, HV_IDLE_SELF), HV_OK);
    assert_ptr_equal(cores[0].current, control);
    assert_int_equal(control->arch.enabled, 1);
    fake.time = cores[0].edge;
    assert_ptr_equal(machine_edge(0), control); // and this window is its own
    assert_int_equal(CALL(control, HV_WINDOW_STATUS), HV_OK);
    assert_int_equal(X(control, 4), HV_WINDOW_PERIOD_START);
}

static void a_receiver_that_cannot_run_is_passed_over(void **state)
{
    struct vcpu *control = &vcpus[VCPU_CONTROL_0], *sensor = &vcpus[VCPU_SENSOR];

    (void)state;
    machine_window(sensor);
    CALL(sensor, HV_SET_PARTITION_MODE, HV_MODE_IDLE);
    machine_window(control);
    assert_int_equal(CALL(control, HV_IDLE_SELF), HV_OK);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    // A vcpu that was never started: display's receiver is control's second.
    machine_window(&vcpus[VCPU_DISPLAY]);
    assert_int_equal(CALL(&vcpus[VCPU_DISPLAY], HV_IDLE_SELF), HV_OK);
    assert_ptr_equal(cores[1].current, cores[1].idle);
}

static void a_receiver_that_stops_leaves_the_rest_to_nobody(void **state)
{
    struct vcpu *control = &vcpus[VCPU_CONTROL_0], *sensor = &vcpus[VCPU_SENSOR];

    (void)state;
    machine_window(control);
    CALL(control, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, sensor);
    CALL(sensor, HV_SET_PARTITION_MODE, HV_MODE_IDLE);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    assert_ptr_equal(machine_edge(0), cores[0].idle); // its own window
    assert_ptr_equal(machine_edge(0), control);
}

static void times_are_exact_in_nanoseconds(void **state)
{
    struct tbl_module ratio = *module;

    (void)state;
    module = &ratio;
    assert_int_equal(ns_from_ticks(1), 16);
    ratio.ns_numerator = 100000; // 99.99 MHz
    ratio.ns_denominator = 9999;
    assert_int_equal(ns_from_ticks(99990000), 1000000000);
    assert_int_equal(ns_from_ticks(99990000ull * 86400 * 365), 1000000000ull * 86400 * 365);
    assert_int_equal(ns_from_ticks(1), 10);
    assert_int_equal(ns_from_ticks(9998), 99989);
    module = made.module;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(nothing_runs_before_the_first_frame),
        TEST(edges_do_not_drift),
        TEST(owners_follow_the_table),
        TEST(interrupts_follow_the_windows),
        TEST(an_early_alarm_is_no_edge),
        TEST(lateness_is_kept_and_beyond_the_bound_an_event),
        TEST(passed_windows_are_counted),
        TEST(passed_frames_are_counted_and_nothing_drifts),
        TEST(a_century_late_takes_no_longer),
        TEST(idle_self_rests_until_the_next_window),
        cmocka_unit_test_setup(the_rest_goes_to_the_receiver, setup_givers),
        cmocka_unit_test_setup(a_receiver_that_cannot_run_is_passed_over, setup_givers),
        cmocka_unit_test_setup(a_receiver_that_stops_leaves_the_rest_to_nobody, setup_givers),
        TEST(times_are_exact_in_nanoseconds),
    };

    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
