// SPDX-License-Identifier: BSD-2-Clause
// Doorbells: who may ring, whom it reaches in which state, and whose window it may interrupt.
#include "runtime_machine.h"
#include <string.h>

enum { DONE_AT_CONTROL = 4, WAKE_AT_DISPLAY = 5, WAKE_AT_CONTROL_1 = 3 }; // interrupt records

#define SENSOR_V  (&vcpus[VCPU_SENSOR])
#define CONTROL_V (&vcpus[VCPU_CONTROL_0])
#define SECOND_V  (&vcpus[VCPU_CONTROL_1]) // its core is display's
#define DISPLAY_V (&vcpus[VCPU_DISPLAY])

static int setup(void **state)
{
    machine_setup(state);
    return !machine_boot();
}

static int64_t open_bell(struct vcpu *v, const char *name)
{
    uint64_t w[HV_NAME_SIZE / 8];
    char padded[HV_NAME_SIZE] = {0};

    memcpy(padded, name, strlen(name));
    memcpy(w, padded, sizeof w);
    return CALL(v, HV_DOORBELL_OPEN, w[0], w[1], w[2], w[3]);
}

static uint64_t raised(const struct vcpu *v, unsigned record)
{
    return v->arch.raised >> record & 1;
}

static void names_are_the_callers_own(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    assert_int_equal(open_bell(SENSOR_V, "done"), HV_OK);
    assert_int_equal(X(SENSOR_V, 1), 0);
    assert_int_equal(X(SENSOR_V, 2), 1);
    assert_int_equal(open_bell(SENSOR_V, "wake"), HV_INVALID_PARAM);
    assert_int_equal(open_bell(SENSOR_V, "don"), HV_INVALID_PARAM);
    machine_window(CONTROL_V);
    assert_int_equal(open_bell(CONTROL_V, "wake"), HV_OK);
    assert_int_equal(X(CONTROL_V, 1), 0);
    assert_int_equal(X(CONTROL_V, 2), 2);
    assert_int_equal(open_bell(CONTROL_V, "done"), HV_INVALID_PARAM);
    machine_window(DISPLAY_V);
    assert_int_equal(open_bell(DISPLAY_V, "wake"), HV_INVALID_PARAM);
}

static void a_handle_is_one_of_the_callers(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    assert_int_equal(CALL(SENSOR_V, HV_DOORBELL_RING, 1), HV_INVALID_PARAM);
    assert_int_equal(CALL(SENSOR_V, HV_DOORBELL_RING, 1ull << 32), HV_INVALID_PARAM);
    assert_int_equal(X(SENSOR_V, 1), 1ull << 32);
    machine_window(DISPLAY_V);
    assert_int_equal(CALL(DISPLAY_V, HV_DOORBELL_RING, 0), HV_INVALID_PARAM);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(vcpus[i].arch.raised, 0);
}

static void it_pends_in_its_targets_and_nowhere_else(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    assert_int_equal(CALL(SENSOR_V, HV_DOORBELL_RING, 0), HV_OK);
    assert_int_equal(X(SENSOR_V, 1), 1);
    assert_int_equal(CONTROL_V->arch.raised, 1u << DONE_AT_CONTROL);
    assert_int_equal(SECOND_V->arch.raised | DISPLAY_V->arch.raised | SENSOR_V->arch.raised, 0);
    machine_window(CONTROL_V);
    assert_int_equal(CALL(CONTROL_V, HV_DOORBELL_RING, 0), HV_OK);
    assert_int_equal(X(CONTROL_V, 1), 2);
    assert_int_equal(DISPLAY_V->arch.raised, 1u << WAKE_AT_DISPLAY);
    assert_int_equal(SECOND_V->arch.raised, 1u << WAKE_AT_CONTROL_1);
}

// One millisecond of quiet is what display's window is owed between two.
static void a_window_is_interrupted_as_often_as_configured(void **state)
{
    uint64_t began;

    (void)state;
    machine_window(CONTROL_V);
    machine_window(DISPLAY_V);
    fake.kicks[1] = 0;
    began = fake.time;
    for (unsigned i = 0; i < 1000; i++)
        CALL(CONTROL_V, HV_DOORBELL_RING, 0);
    assert_int_equal(fake.kicks[1], 1);
    fake.time = began + TICKS_PER_MS - 1;
    CALL(CONTROL_V, HV_DOORBELL_RING, 0);
    assert_int_equal(fake.kicks[1], 1);
    assert_true(raised(DISPLAY_V, WAKE_AT_DISPLAY));
    fake.time = began + TICKS_PER_MS;
    CALL(CONTROL_V, HV_DOORBELL_RING, 0);
    assert_int_equal(fake.kicks[1], 2);
}

static void without_a_gap_it_waits_for_the_next_window(void **state)
{
    (void)state;
    made.rings[1].gap = 0;
    machine_window(CONTROL_V);
    machine_window(DISPLAY_V);
    fake.kicks[1] = 0;
    CALL(CONTROL_V, HV_DOORBELL_RING, 0);
    assert_int_equal(fake.kicks[1], 0);
    assert_true(raised(DISPLAY_V, WAKE_AT_DISPLAY));
}

static void a_sibling_is_told_at_once(void **state)
{
    (void)state;
    machine_window(CONTROL_V);
    machine_window(SECOND_V);
    fake.kicks[1] = 0;
    atomic_store(&SECOND_V->state, VCPU_READY);
    fake_run(&cores[1], schedule_pick(&cores[1]));
    for (unsigned i = 0; i < 3; i++)
        CALL(CONTROL_V, HV_DOORBELL_RING, 0);
    assert_int_equal(fake.kicks[1], 3);
}

static void who_does_not_run_is_not_reached(void **state)
{
    static const struct {
        uint32_t state;
        uint64_t reached;
    } rows[] = {{PARTITION_RUNNING, 1},
                {PARTITION_SUSPENDED, 1},
                {PARTITION_HALTED, 0},
                {PARTITION_STOPPING, 0},
                {PARTITION_RESTARTING, 0}};

    (void)state;
    machine_window(SENSOR_V);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        CONTROL_V->arch.raised = 0;
        atomic_store(&partitions[CONTROL].state, rows[i].state);
        assert_int_equal(CALL(SENSOR_V, HV_DOORBELL_RING, 0), HV_OK);
        assert_int_equal(X(SENSOR_V, 1), rows[i].reached);
        assert_int_equal(raised(CONTROL_V, DONE_AT_CONTROL), rows[i].reached);
    }
}

// A vcpu whose windows follow each other is not switched in: it is told at the edge.
static void a_window_after_a_window_looks_for_rings(void **state)
{
    (void)state;
    for (unsigned i = made.frames[1].first_window;
         i < made.frames[1].first_window + made.frames[1].window_count; i++)
        made.windows[i].vcpu = VCPU_DISPLAY;
    machine_window(DISPLAY_V);
    DISPLAY_V->arch.agains = 0;
    machine_edge(1);
    assert_ptr_equal(cores[1].current, DISPLAY_V);
    assert_int_equal(DISPLAY_V->arch.agains, 1);
    CALL(DISPLAY_V, HV_IDLE_SELF); // now it has left, and is switched in as ever
    assert_ptr_equal(cores[1].current, cores[1].idle);
    machine_edge(1);
    assert_ptr_equal(cores[1].current, DISPLAY_V);
    assert_int_equal(DISPLAY_V->arch.agains, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(names_are_the_callers_own),
        TEST(a_handle_is_one_of_the_callers),
        TEST(it_pends_in_its_targets_and_nowhere_else),
        TEST(a_window_is_interrupted_as_often_as_configured),
        TEST(without_a_gap_it_waits_for_the_next_window),
        TEST(a_sibling_is_told_at_once),
        TEST(who_does_not_run_is_not_reached),
        TEST(a_window_after_a_window_looks_for_rings),
    };

    return cmocka_run_group_tests_name("doorbell", tests, NULL, NULL);
}
