// SPDX-License-Identifier: BSD-2-Clause
// Errors at process level: which events a vcpu's handler gets, and when the partition's action is
// taken instead.
#include "runtime_machine.h"
#include <string.h>

enum { ENTRY = 0x40004000, STACK = 0x40108000, AT = 0x40000100 };

static struct vcpu *sensor;

static struct tbl_health *entry(uint32_t event)
{
    return &made.health[SENSOR * HV_EVENT_COUNT + event];
}

static int setup(void **state)
{
    machine_setup(state);
    if (!machine_boot())
        return 1;
    sensor = &vcpus[VCPU_SENSOR];
    machine_window(sensor);
    entry(HV_EVENT_MEMORY_VIOLATION)->level = TBL_LEVEL_PROCESS;
    entry(HV_EVENT_MEMORY_VIOLATION)->action = TBL_ACTION_HALT;
    sensor->partition->mode = HV_MODE_NORMAL;
    for (unsigned i = 0; i < 31; i++)
        X(sensor, i) = 100 + i;
    sensor->arch.pc = AT;
    fake_console();
    return 0;
}

static void handler_is(uint64_t at)
{
    uint64_t x[5];

    memcpy(x, sensor->arch.x, sizeof x); // CALL changes them
    assert_int_equal(CALL(sensor, HV_HANDLER_SET, at, STACK), HV_OK);
    memcpy(sensor->arch.x, x, sizeof x);
}

static struct vcpu *raise(uint32_t event)
{
    struct vcpu *next = health_raise(sensor, event, 0x48000000, 5);

    fake_run(&cores[0], next);
    return next;
}

static void taken(uint32_t level, uint32_t action)
{
    assert_int_equal(machine_logged()->event, HV_EVENT_MEMORY_VIOLATION);
    assert_int_equal(machine_logged()->level, level);
    assert_int_equal(machine_logged()->action, action);
    assert_int_equal(sensor->partition->state,
                     action == TBL_ACTION_HALT ? PARTITION_HALTED : PARTITION_RUNNING);
}

static void the_handler_gets_the_event(void **state)
{
    (void)state;
    for (uint64_t behind = 0; behind < 2; behind++) {
        uint32_t skips = sensor->arch.skips;

        setup(state);
        handler_is(ENTRY);
        assert_ptr_equal(raise(HV_EVENT_MEMORY_VIOLATION), sensor);
        taken(TBL_LEVEL_PROCESS, TBL_ACTION_IGNORE);
        assert_int_equal(machine_logged()->address, 0x48000000);
        assert_int_equal(machine_logged()->syndrome, 5);
        assert_non_null(strstr(fake_console(), "memory violation at 0x4800_0000 -> its handler"));
        assert_int_equal(sensor->arch.pc, ENTRY);
        assert_int_equal(sensor->arch.sp, STACK);
        assert_int_equal(X(sensor, 0), HV_EVENT_MEMORY_VIOLATION);
        assert_int_equal(X(sensor, 1), 0x48000000);
        assert_int_equal(X(sensor, 2), 5);
        assert_int_equal(X(sensor, 3), AT);
        assert_int_equal(X(sensor, 6), 106);
        assert_int_equal(CALL(sensor, HV_HANDLER_RETURN, 2), HV_INVALID_PARAM);
        X(sensor, 6) = 7; // the handler's own
        X(sensor, 1) = behind;
        X(sensor, 0) = HV_HANDLER_RETURN;
        assert_ptr_equal(hypercall(sensor), sensor);
        assert_int_equal(sensor->arch.pc, AT + (behind ? 4 : 0));
        assert_int_equal(sensor->arch.skips, skips);
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(X(sensor, i), 100 + i);
        assert_int_equal(X(sensor, 6), 7);
        assert_int_equal(CALL(sensor, HV_HANDLER_RETURN, 0), HV_INVALID_MODE);
    }
    handler_is(ENTRY); // and once more
    raise(HV_EVENT_MEMORY_VIOLATION);
    assert_int_equal(sensor->arch.pc, ENTRY);
}

static void without_a_handler_the_action_is_taken(void **state)
{
    (void)state;
    raise(HV_EVENT_MEMORY_VIOLATION);
    taken(TBL_LEVEL_PARTITION, TBL_ACTION_HALT);
}

static void a_handler_can_be_taken_away(void **state)
{
    (void)state;
    handler_is(ENTRY);
    handler_is(0);
    raise(HV_EVENT_MEMORY_VIOLATION);
    taken(TBL_LEVEL_PARTITION, TBL_ACTION_HALT);
}

static void before_normal_mode_the_action_is_taken(void **state)
{
    (void)state;
    for (uint32_t mode = HV_MODE_IDLE; mode <= HV_MODE_NORMAL; mode++) {
        setup(state);
        handler_is(ENTRY);
        sensor->partition->mode = mode;
        raise(HV_EVENT_MEMORY_VIOLATION);
        if (mode == HV_MODE_NORMAL)
            taken(TBL_LEVEL_PROCESS, TBL_ACTION_IGNORE);
        else
            taken(TBL_LEVEL_PARTITION, TBL_ACTION_HALT);
    }
}

static void an_error_in_the_handler_is_the_partitions(void **state)
{
    (void)state;
    handler_is(ENTRY);
    raise(HV_EVENT_MEMORY_VIOLATION);
    handler_is(ENTRY); // does not help
    raise(HV_EVENT_MEMORY_VIOLATION);
    taken(TBL_LEVEL_PARTITION, TBL_ACTION_HALT);
}

static void other_events_are_the_partitions(void **state)
{
    (void)state;
    handler_is(ENTRY);
    entry(HV_EVENT_ILLEGAL_CALL)->action = TBL_ACTION_HALT;
    raise(HV_EVENT_ILLEGAL_CALL);
    assert_int_equal(sensor->partition->state, PARTITION_HALTED);
}

static void an_event_without_a_log_is_handled_quietly(void **state)
{
    (void)state;
    handler_is(ENTRY);
    entry(HV_EVENT_MEMORY_VIOLATION)->flags = 0;
    raise(HV_EVENT_MEMORY_VIOLATION);
    assert_int_equal(sensor->arch.pc, ENTRY);
    assert_string_equal(fake_console(), "");
}

static void a_start_forgets_the_handler(void **state)
{
    (void)state;
    handler_is(ENTRY);
    raise(HV_EVENT_MEMORY_VIOLATION);
    CALL(sensor, HV_SET_PARTITION_MODE, HV_MODE_COLD_START); // in the handler
    machine_idle(0);
    assert_int_equal(sensor->partition->state, PARTITION_RUNNING);
    machine_window(sensor);
    assert_int_equal(CALL(sensor, HV_HANDLER_RETURN, 0), HV_INVALID_MODE);
    sensor->partition->mode = HV_MODE_NORMAL;
    raise(HV_EVENT_MEMORY_VIOLATION);
    taken(TBL_LEVEL_PARTITION, TBL_ACTION_HALT);
}

static void a_vcpu_that_is_turned_on_has_none(void **state)
{
    struct vcpu *second = &vcpus[VCPU_CONTROL_1];

    (void)state;
    second->handler.entry = ENTRY;
    second->handler.runs = true;
    machine_window(&vcpus[VCPU_CONTROL_0]);
    assert_int_equal(CALL(&vcpus[VCPU_CONTROL_0], 0xc4000003, 1, CODE_IPA, 0), 0); // CPU_ON
    machine_window(second);
    assert_int_equal(second->handler.entry, 0);
    assert_false(second->handler.runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_handler_gets_the_event, setup),
        cmocka_unit_test_setup(without_a_handler_the_action_is_taken, setup),
        cmocka_unit_test_setup(a_handler_can_be_taken_away, setup),
        cmocka_unit_test_setup(before_normal_mode_the_action_is_taken, setup),
        cmocka_unit_test_setup(an_error_in_the_handler_is_the_partitions, setup),
        cmocka_unit_test_setup(other_events_are_the_partitions, setup),
        cmocka_unit_test_setup(an_event_without_a_log_is_handled_quietly, setup),
        cmocka_unit_test_setup(a_start_forgets_the_handler, setup),
        cmocka_unit_test_setup(a_vcpu_that_is_turned_on_has_none, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
