// SPDX-License-Identifier: BSD-2-Clause
// Changes of schedule: one boundary for all cores, to the tick; who may ask; what partitions see.
#include "runtime_machine.h"
#include <string.h>

enum { NORMAL_FRAME = 10 * TICKS_PER_MS, DEGRADED_FRAME = 4 * TICKS_PER_MS, MARGIN = 625 };

static int setup(void **state)
{
    machine_setup(state);
    return machine_boot() ? 0 : 1;
}

#define CONTROLLER (&vcpus[VCPU_CONTROL_0])

static int64_t set(uint64_t id)
{
    return CALL(CONTROLLER, HV_SCHEDULE_SET, id);
}

static void expect_status(uint64_t changed_ns, uint64_t current, uint64_t next)
{
    assert_int_equal(CALL(CONTROLLER, HV_SCHEDULE_STATUS), HV_OK);
    assert_int_equal(X(CONTROLLER, 1), changed_ns);
    assert_int_equal(X(CONTROLLER, 2), current);
    assert_int_equal(X(CONTROLLER, 3), next);
}

// Takes edges of both cores in the order of time, up to and with those at `ticks` after the start.
static void run_until(uint64_t ticks)
{
    uint64_t end = module_start + ticks;

    for (;;) {
        uint32_t core = fake.alarm[1] < fake.alarm[0];

        if (fake.alarm[core] > end)
            return;
        machine_edge(core);
        machine_idle(core);
    }
}

static bool on(const struct core *core, uint32_t schedule)
{
    const struct tbl_frame *f = &made.frames[schedule * 2 + core->index];

    return core->first_window == &made.windows[f->first_window] &&
           core->window >= core->first_window && core->window <= core->last_window &&
           core->last_window == core->first_window + f->window_count - 1 &&
           core->frame_ticks == made.schedules[schedule].frame &&
           core->stat - (struct tbl_window_stat *)(uintptr_t)module->window_stats ==
               core->window - made.windows &&
           core->duties == &made.duties[schedule * 3];
}

static void the_module_begins_with_the_initial_schedule(void **state)
{
    machine_setup(state);
    made.module->initial = DEGRADED;
    seal_tables(made.bytes, made.size);
    assert_true(machine_boot());
    assert_non_null(strstr(fake_console(), "major frame 4.000000 ms"));
    run_until(0);
    assert_true(on(&cores[0], DEGRADED));
    assert_true(on(&cores[1], DEGRADED));
    assert_ptr_equal(cores[0].current, CONTROLLER);
    expect_status(0, DEGRADED_ID, DEGRADED_ID);
}

static void both_cores_change_at_the_end_of_the_frame(void **state)
{
    (void)state;
    run_until(2 * TICKS_PER_MS); // control's window
    expect_status(0, NORMAL_ID, NORMAL_ID);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    expect_status(0, NORMAL_ID, DEGRADED_ID);
    run_until(NORMAL_FRAME - 1);
    assert_true(on(&cores[0], NORMAL));
    assert_true(on(&cores[1], NORMAL));
    run_until(NORMAL_FRAME);
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(on(&cores[i], DEGRADED));
        assert_int_equal(cores[i].frame_start, module_start + NORMAL_FRAME);
        assert_int_equal(cores[i].frame_index, 1);
        assert_int_equal(cores[i].edge, module_start + NORMAL_FRAME + cores[i].first_window->end);
    }
    expect_status(10000000, DEGRADED_ID, DEGRADED_ID);
    run_until(NORMAL_FRAME + 3 * DEGRADED_FRAME); // and stay there
    assert_true(on(&cores[0], DEGRADED));
    assert_true(on(&cores[1], DEGRADED));
    expect_status(10000000, DEGRADED_ID, DEGRADED_ID);
}

static void a_schedule_can_be_entered_again(void **state)
{
    uint64_t at = 0;

    (void)state;
    run_until(2 * TICKS_PER_MS);
    for (unsigned i = 0; i < 100; i++) {
        uint32_t now = i % 2, next = !now;

        assert_int_equal(set(next == NORMAL ? NORMAL_ID : DEGRADED_ID), HV_OK);
        at += made.schedules[now].frame;
        run_until(at);
        assert_true(on(&cores[0], next));
        assert_true(on(&cores[1], next));
        assert_int_equal(cores[0].frame_start, module_start + at);
        assert_int_equal(cores[1].frame_start, module_start + at);
    }
}

static void the_last_request_counts_and_can_be_taken_back(void **state)
{
    (void)state;
    run_until(2 * TICKS_PER_MS);
    assert_int_equal(set(NORMAL_ID), HV_NO_ACTION);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    assert_int_equal(set(NORMAL_ID), HV_OK);
    expect_status(0, NORMAL_ID, NORMAL_ID);
    assert_int_equal(set(NORMAL_ID), HV_NO_ACTION);
    run_until(2 * NORMAL_FRAME);
    assert_true(on(&cores[0], NORMAL));
    assert_true(on(&cores[1], NORMAL));
    assert_int_equal(set(DEGRADED_ID), HV_OK); // and asked for anew
    run_until(3 * NORMAL_FRAME);
    assert_true(on(&cores[0], DEGRADED));
    expect_status(30000000, DEGRADED_ID, DEGRADED_ID);
}

static void only_the_right_partition_and_schedule(void **state)
{
    (void)state;
    run_until(0);
    assert_int_equal(CALL(&vcpus[VCPU_SENSOR], HV_SCHEDULE_SET, DEGRADED_ID), HV_NOT_PERMITTED);
    assert_int_equal(CALL(&vcpus[VCPU_SENSOR], HV_SCHEDULE_SET, 1000), HV_NOT_PERMITTED);
    assert_int_equal(set(0), HV_INVALID_PARAM);
    assert_int_equal(set(DEGRADED), HV_INVALID_PARAM); // an index is no identifier
    assert_int_equal(set(1ull << 32 | DEGRADED_ID), HV_INVALID_PARAM);
    expect_status(0, NORMAL_ID, NORMAL_ID);
    assert_int_equal(CALL(&vcpus[VCPU_SENSOR], HV_SCHEDULE_STATUS), HV_OK); // all may look
}

static void names_are_found(void **state)
{
    struct vcpu *v = &vcpus[VCPU_SENSOR];
    char name[HV_NAME_SIZE] = "degraded";
    uint64_t words[4];

    (void)state;
    run_until(0);
    memcpy(words, name, sizeof words);
    assert_int_equal(CALL(v, HV_SCHEDULE_FIND, words[0], words[1], words[2], words[3]), HV_OK);
    assert_int_equal(X(v, 1), DEGRADED_ID);
    assert_int_equal(CALL(v, HV_SCHEDULE_FIND, words[0], 1, 0, 0), HV_INVALID_CONFIG);
    assert_int_equal(CALL(v, HV_SCHEDULE_FIND), HV_INVALID_CONFIG);
    assert_int_equal(CALL(v, HV_SCHEDULE_FIND, words[0], 0, 0, 1), HV_INVALID_CONFIG);
}

// The last tick at which a request still makes this boundary, and the first that does not.
static void too_late_for_this_frame_is_the_next(void **state)
{
    for (unsigned late = 0; late < 2; late++) {
        uint64_t frames = 1 + late;

        setup(state);
        run_until(6 * TICKS_PER_MS);
        fake.time = module_start + NORMAL_FRAME - MARGIN - 1 + late;
        assert_int_equal(set(DEGRADED_ID), HV_OK);
        run_until(frames * NORMAL_FRAME - 1);
        assert_true(on(&cores[0], NORMAL));
        run_until(frames * NORMAL_FRAME);
        assert_true(on(&cores[0], DEGRADED));
        assert_true(on(&cores[1], DEGRADED));
        expect_status(frames * 10000000, DEGRADED_ID, DEGRADED_ID);
    }
}

// Just before the boundary of a change it cannot be altered any more: the next frame's end does it.
static void what_is_too_near_stands(void **state)
{
    (void)state;
    run_until(6 * TICKS_PER_MS);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    fake.time = module_start + NORMAL_FRAME - 10;
    assert_int_equal(set(DEGRADED_ID), HV_OK); // it comes
    assert_int_equal(set(NORMAL_ID), HV_OK);
    expect_status(0, NORMAL_ID, NORMAL_ID);
    run_until(NORMAL_FRAME);
    assert_true(on(&cores[0], DEGRADED));
    expect_status(10000000, DEGRADED_ID, NORMAL_ID);
    run_until(NORMAL_FRAME + DEGRADED_FRAME);
    assert_true(on(&cores[0], NORMAL));
    assert_true(on(&cores[1], NORMAL));
    expect_status(14000000, NORMAL_ID, NORMAL_ID);
}

static void a_late_core_follows_every_change(void **state)
{
    (void)state;
    run_until(2 * TICKS_PER_MS);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    // Core 1 sleeps; core 0 goes on and asks for the way back.
    for (fake.time = 0; cores[0].frame_start < module_start + NORMAL_FRAME;)
        machine_edge(0);
    assert_int_equal(set(NORMAL_ID), HV_OK);
    while (cores[0].frame_start < module_start + NORMAL_FRAME + DEGRADED_FRAME)
        machine_edge(0);
    assert_true(on(&cores[1], NORMAL));
    assert_int_equal(cores[1].frame_start, module_start);
    fake.time = module_start + 2 * NORMAL_FRAME + DEGRADED_FRAME + 4 * TICKS_PER_MS;
    machine_edge(1);
    assert_true(on(&cores[1], NORMAL));
    assert_int_equal(cores[1].frame_start, module_start + 2 * NORMAL_FRAME + DEGRADED_FRAME);
    assert_ptr_equal(cores[1].window, &made.windows[4]);
    assert_int_equal(cores[1].frame_index, 3);
    assert_int_equal(cores[1].skipped, 1 + 1 + 2 + 1); // the rest of 0, all of 1 and 2, one of 3
}

static void a_core_that_stands_still_holds_new_changes(void **state)
{
    int64_t result = HV_OK;
    unsigned asked = 0;

    (void)state;
    run_until(2 * TICKS_PER_MS);
    for (; asked < 10 && result == HV_OK; asked++) {
        uint64_t frame = cores[0].frame_start;

        result = set(asked % 2 ? NORMAL_ID : DEGRADED_ID);
        while (cores[0].frame_start == frame)
            machine_edge(0);
    }
    assert_int_equal(result, HV_NOT_AVAILABLE);
    assert_int_equal(asked, 5); // the fifth has no place
    fake.time = fake.alarm[0];
    machine_edge(1);
    assert_int_equal(cores[1].change, 4);
    assert_true(on(&cores[1], NORMAL));
    assert_int_equal(cores[1].frame_start, cores[0].frame_start);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
}

static void a_very_late_core_does_not_walk(void **state)
{
    (void)state;
    run_until(2 * TICKS_PER_MS);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    fake.time = module_start + NORMAL_FRAME + 1000000000ull * DEGRADED_FRAME + 1;
    machine_edge(1);
    assert_true(on(&cores[1], DEGRADED));
    assert_int_equal(cores[1].frame_index, 1000000001);
    assert_int_equal(cores[1].frame_start, fake.time - 1);
    assert_int_equal(cores[1].skipped, 1 + 1000000000ull);
}

// ---- What partitions see -----------------------------------------------------------------------

static uint64_t status_of(struct vcpu *v, unsigned n)
{
    assert_int_equal(CALL(v, HV_PARTITION_STATUS), HV_OK);
    return X(v, n);
}

static void period_and_duration_are_the_schedule_s(void **state)
{
    (void)state;
    run_until(2 * TICKS_PER_MS);
    assert_int_equal(status_of(CONTROLLER, 5), 10000000);
    assert_int_equal(status_of(CONTROLLER, 6), 2000000);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    run_until(NORMAL_FRAME);
    assert_int_equal(status_of(CONTROLLER, 5), 4000000);
    assert_int_equal(status_of(CONTROLLER, 6), 1000000);
}

static void partitions_begin_as_the_schedule_says(void **state)
{
    struct partition *sensor = &partitions[SENSOR], *control = &partitions[CONTROL],
                     *display = &partitions[DISPLAY];

    (void)state;
    run_until(0);
    CALL(&vcpus[VCPU_SENSOR], HV_SET_PARTITION_MODE, HV_MODE_NORMAL);
    run_until(3 * TICKS_PER_MS);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    CALL(&vcpus[VCPU_DISPLAY], HV_SET_PARTITION_MODE, HV_MODE_NORMAL);
    run_until(NORMAL_FRAME - 1);
    assert_int_equal(sensor->starts, 1);
    assert_int_equal(sensor->mode, HV_MODE_NORMAL);
    memset(guest_data(&vcpus[VCPU_SENSOR], 0), 0x5a, 16);
    memset((void *)(uintptr_t)sensor->memory[2].phys, 0x5a, 16); // kept by a warm start

    run_until(NORMAL_FRAME); // its first window is a millisecond away
    assert_int_equal(sensor->state, PARTITION_RESTARTING);
    assert_int_equal(sensor->mode, HV_MODE_WARM_START);
    assert_int_equal(control->starts, 1);
    assert_int_equal(display->state, PARTITION_RUNNING); // in this very window, by machine_idle
    assert_int_equal(display->starts, 2);
    assert_int_equal(display->mode, HV_MODE_COLD_START);
    assert_int_equal(display->start_condition, HV_START_PARTITION_RESTART);
    assert_int_equal(guest_data(&vcpus[VCPU_SENSOR], 0)[0], 0x5a);

    run_until(NORMAL_FRAME + TICKS_PER_MS);
    assert_int_equal(sensor->state, PARTITION_RUNNING);
    assert_int_equal(sensor->starts, 2);
    assert_int_equal(sensor->mode, HV_MODE_WARM_START);
    assert_int_equal(guest_data(&vcpus[VCPU_SENSOR], 0)[0], image_byte(1, 0));
    assert_int_equal(*(uint8_t *)(uintptr_t)sensor->memory[2].phys, 0x5a);

    assert_int_equal(set(NORMAL_ID), HV_OK);
    run_until(NORMAL_FRAME + DEGRADED_FRAME + 9 * TICKS_PER_MS);
    assert_int_equal(sensor->starts, 3);
    assert_int_equal(sensor->mode, HV_MODE_COLD_START);
    assert_int_equal(display->starts, 2);
    assert_int_equal(control->starts, 1);
    assert_int_equal(*(uint8_t *)(uintptr_t)sensor->memory[2].phys, image_byte(2, 0));
}

static void a_halted_partition_stays_halted(void **state)
{
    (void)state;
    run_until(0);
    CALL(&vcpus[VCPU_SENSOR], HV_SET_PARTITION_MODE, HV_MODE_IDLE);
    run_until(2 * TICKS_PER_MS);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    run_until(NORMAL_FRAME + 2 * DEGRADED_FRAME);
    assert_int_equal(partitions[SENSOR].state, PARTITION_HALTED);
    assert_int_equal(partitions[SENSOR].starts, 1);
    assert_int_equal(partitions[SENSOR].mode, HV_MODE_IDLE);
}

// A warm restart under way becomes cold when the new schedule says so, from its beginning.
static void a_restart_under_way_becomes_cold(void **state)
{
    struct partition *sensor = &partitions[SENSOR];

    (void)state;
    made.duties[DEGRADED * 3 + SENSOR].on_change = TBL_ACTION_COLD_START;
    seal_tables(made.bytes, made.size);
    assert_true(machine_boot());
    run_until(0);
    CALL(&vcpus[VCPU_SENSOR], HV_SET_PARTITION_MODE, HV_MODE_NORMAL);
    memset((void *)(uintptr_t)sensor->memory[2].phys, 0x5a, 16);
    CALL(&vcpus[VCPU_SENSOR], HV_SET_PARTITION_MODE, HV_MODE_WARM_START);
    assert_int_equal(sensor->restart.warm, true);
    for (unsigned i = 0; i < 3; i++)
        schedule_idle(&cores[0]); // some steps
    assert_int_equal(sensor->state, PARTITION_RESTARTING);
    assert_true(sensor->restart.phase != RESTART_STOP);
    machine_edge(0);
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    while (cores[0].frame_start < module_start + NORMAL_FRAME)
        machine_edge(0);
    assert_int_equal(sensor->restart.phase, RESTART_STOP);
    assert_int_equal(sensor->restart.warm, false);
    machine_edge(0);
    machine_idle(0);
    assert_int_equal(sensor->mode, HV_MODE_COLD_START);
    assert_int_equal(*(uint8_t *)(uintptr_t)sensor->memory[2].phys, image_byte(2, 0));
}

// Its second vcpu runs on the other core when the first one's core restarts the partition.
static void siblings_on_other_cores_leave(void **state)
{
    (void)state;
    made.duties[DEGRADED * 3 + CONTROL].on_change = TBL_ACTION_COLD_START;
    seal_tables(made.bytes, made.size);
    assert_true(machine_boot());
    run_until(2 * TICKS_PER_MS);
    assert_int_equal(CALL(CONTROLLER, 0xc4000003, 1, CODE_IPA, 0), 0); // CPU_ON
    assert_int_equal(set(DEGRADED_ID), HV_OK);
    fake.core = 1;
    fake_run(&cores[1], schedule_pick(&cores[1])); // its window is still running
    assert_ptr_equal(cores[1].current, &vcpus[VCPU_CONTROL_1]);
    fake.kicks[1] = 0;
    while (cores[0].frame_start < module_start + NORMAL_FRAME)
        machine_edge(0);
    assert_int_equal(fake.kicks[1], 1);
    assert_int_equal(partitions[CONTROL].state, PARTITION_RESTARTING);
    fake.core = 1;
    fake_run(&cores[1], schedule_pick(&cores[1]));
    assert_ptr_equal(cores[1].current, cores[1].idle);
    machine_idle(0);
    assert_int_equal(partitions[CONTROL].state, PARTITION_RUNNING);
    assert_int_equal(partitions[CONTROL].starts, 2);
    assert_int_equal(vcpus[VCPU_CONTROL_1].state, VCPU_OFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_module_begins_with_the_initial_schedule, machine_setup),
        cmocka_unit_test_setup(both_cores_change_at_the_end_of_the_frame, setup),
        cmocka_unit_test_setup(a_schedule_can_be_entered_again, setup),
        cmocka_unit_test_setup(the_last_request_counts_and_can_be_taken_back, setup),
        cmocka_unit_test_setup(only_the_right_partition_and_schedule, setup),
        cmocka_unit_test_setup(names_are_found, setup),
        cmocka_unit_test_setup(too_late_for_this_frame_is_the_next, setup),
        cmocka_unit_test_setup(what_is_too_near_stands, setup),
        cmocka_unit_test_setup(a_late_core_follows_every_change, setup),
        cmocka_unit_test_setup(a_core_that_stands_still_holds_new_changes, setup),
        cmocka_unit_test_setup(a_very_late_core_does_not_walk, setup),
        cmocka_unit_test_setup(period_and_duration_are_the_schedule_s, setup),
        cmocka_unit_test_setup(partitions_begin_as_the_schedule_says, setup),
        cmocka_unit_test_setup(a_halted_partition_stays_halted, setup),
        cmocka_unit_test_setup(a_restart_under_way_becomes_cold, machine_setup),
        cmocka_unit_test_setup(siblings_on_other_cores_leave, machine_setup),
    };

    return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
