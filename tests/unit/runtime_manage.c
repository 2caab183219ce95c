// SPDX-License-Identifier: BSD-2-Clause
// What a system partition may do to others: every control in every state, on two cores.
#include "runtime_machine.h"
#include <string.h>

enum { SENSOR_ID = 10, CONTROL_ID = 11, DISPLAY_ID = 12 };

#define MANAGER (&vcpus[VCPU_CONTROL_0])
#define RIDER   (&vcpus[VCPU_SENSOR])  // on the manager's core
#define REMOTE  (&vcpus[VCPU_DISPLAY]) // on the other

static int setup(void **state)
{
    machine_setup(state);
    made.partitions[CONTROL].flags |=
        TBL_PARTITION_MANAGE | TBL_PARTITION_RESET_MODULE | TBL_PARTITION_HALT_MODULE;
    seal_tables(made.bytes, made.size);
    if (!machine_boot())
        return 1;
    machine_window(RIDER);
    CALL(RIDER, HV_SET_PARTITION_MODE, HV_MODE_NORMAL);
    machine_window(MANAGER);
    machine_window(REMOTE);
    CALL(REMOTE, HV_SET_PARTITION_MODE, HV_MODE_NORMAL);
    return 0;
}

static int64_t control(uint64_t id, uint64_t what)
{
    return CALL(MANAGER, HV_PARTITION_CONTROL, id, what);
}

static void expect(uint64_t id, uint64_t state, uint64_t mode, uint64_t starts)
{
    assert_int_equal(CALL(MANAGER, HV_PARTITION_QUERY, id), HV_OK);
    assert_int_equal(X(MANAGER, 1), state);
    assert_int_equal(X(MANAGER, 2), mode);
    assert_int_equal(X(MANAGER, 4), starts);
}

static void asks_to_end(void **state)
{
    static const uint32_t lives[] = {PARTITION_HALTED, PARTITION_RESTARTING};

    (void)state;
    fake.kicks[1] = 0;
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SHUTDOWN), HV_OK);
    assert_int_equal(REMOTE->arch.raised, 1u << 6); // its record
    assert_int_equal(fake.kicks[1], 1);             // it runs there now
    expect(DISPLAY_ID, HV_STATE_RUNNING, HV_MODE_NORMAL, 1);
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_SHUTDOWN), HV_INVALID_MODE); // has none
    assert_int_equal(RIDER->arch.raised, 0);
    assert_int_equal(CALL(RIDER, HV_PARTITION_CONTROL, DISPLAY_ID, HV_CONTROL_SHUTDOWN),
                     HV_NOT_PERMITTED);
    REMOTE->arch.raised = 0;
    for (unsigned i = 0; i < 2; i++) {
        atomic_store(&REMOTE->partition->state, lives[i]);
        assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SHUTDOWN), HV_INVALID_MODE);
    }
    assert_int_equal(REMOTE->arch.raised, 0);
    atomic_store(&REMOTE->partition->state, PARTITION_SUSPENDED);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SHUTDOWN), HV_OK);
    assert_int_equal(REMOTE->arch.raised, 1u << 6);
}

static void rights_and_identifiers(void **state)
{
    char name[HV_NAME_SIZE] = "display";
    uint64_t w[4];

    (void)state;
    assert_int_equal(CALL(RIDER, HV_PARTITION_QUERY, DISPLAY_ID), HV_NOT_PERMITTED);
    assert_int_equal(CALL(RIDER, HV_PARTITION_QUERY, 0), HV_NOT_PERMITTED); // nothing is told
    assert_int_equal(CALL(RIDER, HV_PARTITION_QUERY, SENSOR_ID), HV_OK);    // oneself
    assert_int_equal(X(RIDER, 1), HV_STATE_RUNNING);
    assert_int_equal(CALL(RIDER, HV_PARTITION_CONTROL, DISPLAY_ID, HV_CONTROL_HALT),
                     HV_NOT_PERMITTED);
    assert_int_equal(CALL(RIDER, HV_MODULE_END, 1), HV_NOT_PERMITTED);
    assert_int_equal(CALL(MANAGER, HV_PARTITION_QUERY, 0), HV_INVALID_PARAM);
    assert_int_equal(control(DISPLAY, HV_CONTROL_HALT), HV_INVALID_PARAM); // an index is none
    assert_int_equal(control(1ull << 32 | DISPLAY_ID, HV_CONTROL_HALT), HV_INVALID_PARAM);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SHUTDOWN + 1), HV_INVALID_PARAM);
    assert_int_equal(control(DISPLAY_ID, 1ull << 32), HV_INVALID_PARAM);
    expect(DISPLAY_ID, HV_STATE_RUNNING, HV_MODE_NORMAL, 1);
    memcpy(w, name, sizeof w);
    assert_int_equal(CALL(RIDER, HV_PARTITION_FIND, w[0], w[1], w[2], w[3]), HV_OK);
    assert_int_equal(X(RIDER, 1), DISPLAY_ID);
    assert_int_equal(CALL(RIDER, HV_PARTITION_FIND, w[0], 1), HV_INVALID_CONFIG);
}

// With one right alone, and with all but that one.
static void each_by_its_own_right(void **state)
{
    uint32_t *flags = (uint32_t *)&MANAGER->partition->config->flags; // the tables are ours

    (void)state;
    for (uint64_t c = 0; c <= HV_CONTROL_SHUTDOWN; c++) {
        *flags = (uint32_t)TBL_PARTITION_RIGHTS & ~((uint32_t)TBL_PARTITION_CONTROL << c);
        assert_int_equal(control(DISPLAY_ID, c), HV_NOT_PERMITTED);
        assert_int_equal(control(0, c), HV_NOT_PERMITTED); // nothing is told
        expect(DISPLAY_ID, HV_STATE_RUNNING, HV_MODE_NORMAL, 1);
    }
    assert_int_equal(REMOTE->arch.raised, 0);
    for (uint64_t c = 0; c <= HV_CONTROL_SHUTDOWN; c++) {
        *flags = TBL_PARTITION_SYSTEM | (uint32_t)TBL_PARTITION_CONTROL << c;
        assert_int_equal(control(0, c), HV_INVALID_PARAM);
        assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SHUTDOWN + 1), HV_INVALID_PARAM);
        assert_int_equal(CALL(MANAGER, HV_PARTITION_QUERY, DISPLAY_ID), HV_NOT_PERMITTED);
        for (uint64_t other = 0; other <= HV_CONTROL_SHUTDOWN; other++)
            if (other != c)
                assert_int_equal(control(DISPLAY_ID, other), HV_NOT_PERMITTED);
        assert_int_not_equal(control(DISPLAY_ID, c), HV_NOT_PERMITTED);
    }
    *flags = TBL_PARTITION_SYSTEM | TBL_PARTITION_QUERY;
    assert_int_equal(CALL(MANAGER, HV_PARTITION_QUERY, DISPLAY_ID), HV_OK);
}

static void halt_until_it_is_started(void **state)
{
    (void)state;
    fake.kicks[1] = 0;
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_HALT), HV_OK);
    assert_int_equal(fake.kicks[1], 1); // it runs there now
    expect(DISPLAY_ID, HV_STATE_HALTED, HV_MODE_IDLE, 1);
    fake.core = 1;
    fake_run(&cores[1], schedule_pick(&cores[1]));
    assert_ptr_equal(cores[1].current, cores[1].idle);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_HALT), HV_NO_ACTION);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SUSPEND), HV_INVALID_MODE);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_RESUME), HV_INVALID_MODE);
    machine_window(REMOTE);
    machine_idle(1);
    assert_ptr_equal(cores[1].current, cores[1].idle);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_COLD_START), HV_OK);
    expect(DISPLAY_ID, HV_STATE_RESTARTING, HV_MODE_COLD_START, 1);
    machine_idle(1);
    assert_ptr_equal(cores[1].current, REMOTE);
    expect(DISPLAY_ID, HV_STATE_RUNNING, HV_MODE_COLD_START, 2);
    assert_int_equal(REMOTE->partition->start_condition, HV_START_PARTITION_RESTART);
}

static void suspended_it_stands_as_it_is(void **state)
{
    uint64_t before[31];

    (void)state;
    for (unsigned i = 0; i < 31; i++)
        X(REMOTE, i) = 0x1000 + i;
    memcpy(before, REMOTE->arch.x, sizeof before);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_RESUME), HV_NO_ACTION);
    fake.kicks[1] = 0;
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SUSPEND), HV_OK);
    assert_int_equal(fake.kicks[1], 1);
    expect(DISPLAY_ID, HV_STATE_SUSPENDED, HV_MODE_NORMAL, 1);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SUSPEND), HV_NO_ACTION);
    fake.core = 1;
    fake_run(&cores[1], schedule_pick(&cores[1]));
    for (unsigned i = 0; i < 6; i++) {
        machine_edge(1);
        machine_idle(1);
        assert_ptr_equal(cores[1].current, cores[1].idle);
    }
    machine_window(REMOTE);
    fake.kicks[1] = 0;
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_RESUME), HV_OK);
    assert_int_equal(fake.kicks[1], 1); // its window is open
    fake.core = 1;
    fake_run(&cores[1], schedule_pick(&cores[1]));
    assert_ptr_equal(cores[1].current, REMOTE);
    assert_memory_equal(REMOTE->arch.x, before, sizeof before);
    expect(DISPLAY_ID, HV_STATE_RUNNING, HV_MODE_NORMAL, 1);
    assert_int_equal(REMOTE->arch.resets, 1);
}

static void a_suspended_one_can_be_halted_or_started(void **state)
{
    (void)state;
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_SUSPEND), HV_OK);
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_WARM_START), HV_OK);
    expect(SENSOR_ID, HV_STATE_RESTARTING, HV_MODE_WARM_START, 1);
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_SUSPEND), HV_INVALID_MODE);
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_RESUME), HV_INVALID_MODE);
    machine_window(RIDER);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, RIDER);
    assert_int_equal(RIDER->partition->mode, HV_MODE_WARM_START);
    machine_window(MANAGER);
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_SUSPEND), HV_OK);
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_HALT), HV_OK);
    expect(SENSOR_ID, HV_STATE_HALTED, HV_MODE_IDLE, 2);
}

static void a_warm_start_out_of_initialisation_is_cold(void **state)
{
    (void)state;
    RIDER->partition->mode = HV_MODE_COLD_START;
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_WARM_START), HV_OK);
    expect(SENSOR_ID, HV_STATE_RESTARTING, HV_MODE_COLD_START, 1);
}

// A restart under way on another core is ended by its next step.
static void a_restart_can_be_overruled(void **state)
{
    (void)state;
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_WARM_START), HV_OK);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_WARM_START), HV_NO_ACTION);
    fake.core = 1;
    fake_run(&cores[1], schedule_pick(&cores[1]));
    for (unsigned i = 0; i < 4; i++)
        schedule_idle(&cores[1]);
    assert_true(partitions[DISPLAY].restart.phase != RESTART_STOP);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_COLD_START), HV_OK);
    schedule_idle(&cores[1]);
    assert_int_equal(partitions[DISPLAY].restart.phase, RESTART_STOP);
    expect(DISPLAY_ID, HV_STATE_RESTARTING, HV_MODE_COLD_START, 1);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_COLD_START), HV_NO_ACTION);
    schedule_idle(&cores[1]);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_HALT), HV_OK);
    machine_idle(1);
    expect(DISPLAY_ID, HV_STATE_HALTED, HV_MODE_IDLE, 1);
    assert_ptr_equal(cores[1].current, cores[1].idle);
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_COLD_START), HV_OK);
    machine_idle(1);
    expect(DISPLAY_ID, HV_STATE_RUNNING, HV_MODE_COLD_START, 2);
}

// Who asks for a start behind a halt gets it: a halt that lies ready is taken back.
static void a_halt_of_a_restart_can_be_taken_back(void **state)
{
    (void)state;
    for (uint64_t start = HV_CONTROL_COLD_START; start <= HV_CONTROL_WARM_START; start++) {
        assert_int_equal(control(DISPLAY_ID, HV_CONTROL_COLD_START), HV_OK);
        assert_int_equal(control(DISPLAY_ID, HV_CONTROL_HALT), HV_OK);
        assert_int_equal(control(DISPLAY_ID, start), HV_OK);
        assert_int_equal(control(DISPLAY_ID, start), HV_NO_ACTION);
        machine_window(REMOTE);
        machine_idle(1);
        expect(DISPLAY_ID, HV_STATE_RUNNING, HV_MODE_COLD_START, start - 1);
    }
}

// What comes between the last look of a restart and its end is seen behind it.
static void overruled_at_the_last_moment(void **state)
{
    (void)state;
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_COLD_START), HV_OK);
    fake.core = 1;
    fake_run(&cores[1], schedule_pick(&cores[1]));
    while (partitions[DISPLAY].restart.phase != RESTART_DONE)
        schedule_idle(&cores[1]);
    partitions[DISPLAY].overrule = OVERRULE_HALT;
    machine_idle(1);
    expect(DISPLAY_ID, HV_STATE_HALTED, HV_MODE_IDLE, 1);
    assert_int_equal(partitions[DISPLAY].overrule, OVERRULE_NONE);
}

static void what_is_changing_can_be_asked_again(void **state)
{
    (void)state;
    for (uint64_t what = 0; what <= HV_CONTROL_WARM_START; what++) {
        partitions[DISPLAY].state = PARTITION_STOPPING;
        assert_int_equal(control(DISPLAY_ID, what), HV_NOT_AVAILABLE);
        assert_int_equal(partitions[DISPLAY].state, PARTITION_STOPPING);
    }
}

static void oneself_too(void **state)
{
    (void)state;
    machine_window(RIDER);
    CALL(RIDER, HV_PARTITION_CONTROL, SENSOR_ID, HV_CONTROL_SUSPEND);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    machine_window(MANAGER);
    assert_int_equal(control(SENSOR_ID, HV_CONTROL_RESUME), HV_OK);
    machine_window(RIDER);
    assert_ptr_equal(cores[0].current, RIDER);
    assert_int_equal(X(RIDER, 0), HV_OK); // the call returns now
    machine_window(MANAGER);
    control(CONTROL_ID, HV_CONTROL_COLD_START);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, MANAGER);
    assert_int_equal(MANAGER->partition->starts, 2);
}

// The health monitor's action finds a partition that is suspended meanwhile: nothing to stop.
static void a_fault_while_being_suspended(void **state)
{
    (void)state;
    assert_int_equal(control(DISPLAY_ID, HV_CONTROL_SUSPEND), HV_OK);
    fake.core = 1; // the kick has not arrived yet
    fake_run(&cores[1], partition_restart(REMOTE, false, HV_START_HM_PARTITION, 1));
    assert_ptr_equal(cores[1].current, cores[1].idle);
    expect(DISPLAY_ID, HV_STATE_SUSPENDED, HV_MODE_NORMAL, 1);
}

static void the_module_ends_by_right(void **state)
{
    uint32_t *flags = (uint32_t *)&MANAGER->partition->config->flags; // the tables are ours

    (void)state;
    assert_int_equal(CALL(MANAGER, HV_MODULE_END, 2), HV_INVALID_PARAM);
    *flags = TBL_PARTITION_RIGHTS & ~TBL_PARTITION_HALT_MODULE;
    assert_int_equal(CALL(MANAGER, HV_MODULE_END, 0), HV_NOT_PERMITTED);
    assert_int_equal(CALL(MANAGER, HV_MODULE_END, 2), HV_INVALID_PARAM);
    *flags = TBL_PARTITION_RIGHTS & ~TBL_PARTITION_RESET_MODULE;
    assert_int_equal(CALL(MANAGER, HV_MODULE_END, 1), HV_NOT_PERMITTED);
    assert_int_equal(CALL(MANAGER, HV_MODULE_END, 2), HV_INVALID_PARAM);
    *flags = TBL_PARTITION_RIGHTS & ~TBL_PARTITION_HALT_MODULE & ~TBL_PARTITION_RESET_MODULE;
    assert_int_equal(CALL(MANAGER, HV_MODULE_END, 2), HV_NOT_PERMITTED); // nothing is told
    assert_int_equal(fake.ended, FAKE_ON);
    *flags = TBL_PARTITION_SYSTEM | TBL_PARTITION_HALT_MODULE;
    if (!setjmp(fake.stopped))
        CALL(MANAGER, HV_MODULE_END, 0);
    assert_int_equal(fake.ended, FAKE_OFF);
    *flags = TBL_PARTITION_SYSTEM | TBL_PARTITION_RESET_MODULE;
    if (!setjmp(fake.stopped))
        CALL(MANAGER, HV_MODULE_END, 1);
    assert_int_equal(fake.ended, FAKE_RESET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(asks_to_end, setup),
        cmocka_unit_test_setup(rights_and_identifiers, setup),
        cmocka_unit_test_setup(each_by_its_own_right, setup),
        cmocka_unit_test_setup(halt_until_it_is_started, setup),
        cmocka_unit_test_setup(suspended_it_stands_as_it_is, setup),
        cmocka_unit_test_setup(a_suspended_one_can_be_halted_or_started, setup),
        cmocka_unit_test_setup(a_warm_start_out_of_initialisation_is_cold, setup),
        cmocka_unit_test_setup(a_restart_can_be_overruled, setup),
        cmocka_unit_test_setup(a_halt_of_a_restart_can_be_taken_back, setup),
        cmocka_unit_test_setup(overruled_at_the_last_moment, setup),
        cmocka_unit_test_setup(what_is_changing_can_be_asked_again, setup),
        cmocka_unit_test_setup(oneself_too, setup),
        cmocka_unit_test_setup(a_fault_while_being_suspended, setup),
        cmocka_unit_test_setup(the_module_ends_by_right, setup),
    };

    return cmocka_run_group_tests_name("manage", tests, NULL, NULL);
}
