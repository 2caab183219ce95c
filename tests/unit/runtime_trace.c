// SPDX-License-Identifier: BSD-2-Clause
// The trace: each kind of event, its ring going round, and silence where nothing is asked for.
#include "runtime_machine.h"
#include <string.h>

enum { RECORDS = 16 };

static struct tbl_trace *ring(uint32_t core)
{
    uint64_t size = sizeof(struct tbl_trace) + RECORDS * sizeof(struct tbl_trace_record);

    return (struct tbl_trace *)(uintptr_t)(module->trace + core * size);
}

static const struct tbl_trace_record *newest(uint32_t core)
{
    return &ring(core)->records[(ring(core)->written - 1) % RECORDS];
}

// Boots with these events; the rings lie at the end of the state area.
static void boot(uint32_t events)
{
    uint64_t size = 2 * (sizeof(struct tbl_trace) + RECORDS * sizeof(struct tbl_trace_record));

    made.module->trace_events = events;
    made.module->trace_records = RECORDS;
    made.module->trace = (made.header->state + made.header->state_size - size) & ~63ull;
    seal_tables(made.bytes, made.size);
    assert_true(machine_boot());
}

static void expect(uint32_t core, uint32_t event, uint32_t subject, uint64_t detail, uint64_t more)
{
    const struct tbl_trace_record *r = newest(core);

    assert_int_equal(r->event, event);
    assert_int_equal(r->subject, subject);
    assert_int_equal(r->detail, detail);
    assert_int_equal(r->more, more);
}

static void every_window_is_recorded(void **state)
{
    uint64_t before;

    (void)state;
    boot(TBL_TRACE_WINDOWS);
    before = log_newest();
    for (uint32_t n = 0; n < 3 * RECORDS; n++) {
        uint64_t late = n % 5;
        fake.time = fake.alarm[0] + late;
        machine_edge(0);
        assert_int_equal(ring(0)->written, n + 1);
        assert_int_equal(newest(0), &ring(0)->records[n % RECORDS]);
        expect(0, TBL_TRACE_WINDOWS, n % 3, late, cores[0].frame_start);
        assert_int_equal(newest(0)->time, cores[0].frame_start + made.windows[n % 3].start + late);
    }
    assert_int_equal(ring(0)->start, module_start);
    assert_int_equal(ring(1)->written, 0);
    assert_int_equal(log_newest(), before); // a start in time is no event, traced or not
}

static void calls_and_messages_are_recorded(void **state)
{
    struct vcpu *v = &vcpus[VCPU_SENSOR];

    (void)state;
    boot(TBL_TRACE_CALLS | TBL_TRACE_PORTS);
    machine_window(v);
    assert_int_equal(CALL(v, HV_VERSION), HV_OK);
    expect(0, TBL_TRACE_CALLS, VCPU_SENSOR, HV_VERSION, 0);
    assert_int_equal(CALL(v, HV_CALL(0xfff), 7), HV_NOT_SUPPORTED);
    expect(0, TBL_TRACE_CALLS, VCPU_SENSOR, HV_CALL(0xfff), 7);
    assert_int_equal(ring(0)->written, 2);
    assert_int_equal(CALL(v, HV_SAMPLING_WRITE, 0, DATA_IPA, 24), HV_OK);
    expect(0, TBL_TRACE_PORTS, VCPU_SENSOR, HV_SAMPLING_WRITE,
           (uint64_t)made.partitions[SENSOR].first_port << 32 | 24);
    v = &vcpus[VCPU_CONTROL_0];
    machine_window(v);
    assert_int_equal(CALL(v, HV_SAMPLING_READ, 0, DATA_IPA, 64), HV_OK);
    expect(0, TBL_TRACE_PORTS, VCPU_CONTROL_0, HV_SAMPLING_READ,
           (uint64_t)made.partitions[CONTROL].first_port << 32 | 24);
    assert_int_equal(ring(0)->written, 6);
    assert_int_equal(CALL(v, HV_SAMPLING_READ, 0, DATA_IPA, 63), HV_INVALID_CONFIG);
    expect(0, TBL_TRACE_CALLS, VCPU_CONTROL_0, HV_SAMPLING_READ, 0); // nothing moved
    assert_int_equal(ring(0)->written, 7);
}

static void who_rests_is_recorded_and_no_other_call(void **state)
{
    struct vcpu *v = &vcpus[VCPU_SENSOR];

    (void)state;
    boot(TBL_TRACE_RESTS);
    machine_window(v);
    assert_int_equal(CALL(v, HV_VERSION), HV_OK);
    assert_int_equal(ring(0)->written, 0);
    arch_register(v, 0)[0] = HV_IDLE_SELF;
    assert_ptr_equal(hypercall(v), cores[0].idle);
    assert_int_equal(ring(0)->written, 1);
    expect(0, TBL_TRACE_RESTS, VCPU_SENSOR, 0, fake.time);
}

static void what_happens_to_partitions_is_recorded(void **state)
{
    struct vcpu *v = &vcpus[VCPU_SENSOR];

    (void)state;
    boot(TBL_TRACE_PARTITIONS | TBL_TRACE_HEALTH);
    machine_window(v);
    assert_int_equal(ring(0)->written, 0); // boot is not part of it
    made.health[SENSOR * HV_EVENT_COUNT + HV_EVENT_ILLEGAL_ACCESS].action = TBL_ACTION_COLD_START;
    health_raise(v, HV_EVENT_ILLEGAL_ACCESS, 1, 2);
    assert_int_equal(ring(0)->written, 2);
    assert_int_equal(ring(0)->records[0].event, TBL_TRACE_HEALTH);
    assert_int_equal(ring(0)->records[0].subject, SENSOR);
    assert_int_equal(ring(0)->records[0].detail, HV_EVENT_ILLEGAL_ACCESS);
    assert_int_equal(ring(0)->records[0].more, 1ull << 32 | TBL_ACTION_COLD_START); // level
    expect(0, TBL_TRACE_PARTITIONS, SENSOR, HV_STATE_RESTARTING, 0);
    fake_run(&cores[0], cores[0].idle);
    machine_idle(0);
    expect(0, TBL_TRACE_PARTITIONS, SENSOR, HV_STATE_RUNNING, 0);
    partition_halt(v, HV_EVENT_NONE);
    expect(0, TBL_TRACE_PARTITIONS, SENSOR, HV_STATE_HALTED, 0);
}

static void changes_of_schedule_are_recorded(void **state)
{
    struct vcpu *v = &vcpus[VCPU_CONTROL_0];

    (void)state;
    boot(TBL_TRACE_SCHEDULES);
    machine_window(v);
    assert_int_equal(CALL(v, HV_SCHEDULE_SET, DEGRADED_ID), HV_OK);
    for (unsigned i = 0; i < 4 && ring(0)->written == 0; i++)
        machine_edge(0);
    assert_int_equal(ring(0)->written, 1);
    expect(0, TBL_TRACE_SCHEDULES, DEGRADED, 0, 0);
    assert_int_equal(newest(0)->time, module_start + 10 * TICKS_PER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_window_is_recorded, machine_setup),
        cmocka_unit_test_setup(calls_and_messages_are_recorded, machine_setup),
        cmocka_unit_test_setup(who_rests_is_recorded_and_no_other_call, machine_setup),
        cmocka_unit_test_setup(what_happens_to_partitions_is_recorded, machine_setup),
        cmocka_unit_test_setup(changes_of_schedule_are_recorded, machine_setup),
    };

    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
