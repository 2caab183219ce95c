// SPDX-License-Identifier: BSD-2-Clause
// Execution time: to the tick what a vcpu has had, whatever ends its stretches. Timers: at both
// sides of each tick at which something changes, in windows, gaps, rests and given time.
// What windows hide: who is kept back until when.
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

// ---- Timers ------------------------------------------------------------------------------------

static void follows(uint32_t partition, uint32_t event, uint32_t action)
{
    made.health[partition * HV_EVENT_COUNT + event].action = action;
}

// The alarm of core 0 comes at this tick.
static struct vcpu *alarm_at(uint64_t time)
{
    assert_true(fake.alarm[0] <= time);
    fake.time = time;
    return machine_edge(0);
}

static void set(struct vcpu *v, uint32_t function, uint64_t ticks)
{
    assert_int_equal(CALL(v, function, ticks * NS_PER_TICK), HV_OK);
}

// How many records there are of the event.
static unsigned logged(uint32_t event)
{
    const struct tbl_log *log = (const struct tbl_log *)(uintptr_t)module->log;
    unsigned count = 0;

    for (uint32_t i = 0; i < (log->partitions + 1) * log->records; i++)
        count += log->places[i].sequence && log->places[i].event == event;
    return count;
}

static void both_expire_at_their_tick(void **state)
{
    static const uint32_t functions[] = {HV_WATCHDOG_SET, HV_BUDGET_SET};
    static const uint32_t events[] = {HV_EVENT_WATCHDOG, HV_EVENT_BUDGET};

    for (unsigned i = 0; i < 2; i++) {
        uint64_t begin;

        setup(state);
        follows(SENSOR, events[i], TBL_ACTION_IGNORE);
        machine_window(SENSOR_V);
        begin = fake.time += 50;
        set(SENSOR_V, functions[i], 1000);
        assert_int_equal(fake.alarm[0], begin + 1000);
        fake.alarm[0] = 0;
        assert_ptr_equal(alarm_at(begin + 999), SENSOR_V); // one that comes too early
        assert_int_equal(logged(events[i]), 0);
        assert_int_equal(fake.alarm[0], begin + 1000);
        assert_ptr_equal(alarm_at(begin + 1000), SENSOR_V);
        assert_int_equal(logged(events[i]), 1);
        assert_int_equal(machine_logged()->partition, SENSOR);
        assert_int_equal(machine_logged()->level, TBL_LEVEL_PARTITION);
        assert_int_equal(machine_logged()->time, (begin + 1000 - module_start) * NS_PER_TICK);
        assert_int_equal(fake.alarm[0], cores[0].edge); // once
        assert_int_equal(SENSOR_V->needs, 0);
        assert_int_equal(SENSOR_V->arch.skips, 0); // no instruction was at fault
        assert_ptr_equal(machine_edge(0), CONTROL_V);
        machine_window(SENSOR_V);
        assert_int_equal(logged(events[i]), 1);
    }
}

static void nanoseconds_become_ticks_that_are_not_too_early(void **state)
{
    uint64_t ns[] = {1, 15, 16, 17, HV_TIMER_MAX}, ticks[] = {1, 1, 1, 2, HV_TIMER_MAX / 16};

    (void)state;
    machine_window(SENSOR_V);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(CALL(SENSOR_V, HV_WATCHDOG_SET, ns[i]), HV_OK);
        assert_int_equal(SENSOR_V->timers[TIMER_WATCHDOG], fake.time + ticks[i]);
        assert_int_equal(CALL(SENSOR_V, HV_BUDGET_SET, ns[i]), HV_OK);
        assert_int_equal(SENSOR_V->timers[TIMER_BUDGET], ticks[i]);
    }
}

static void what_is_too_much_changes_nothing(void **state)
{
    uint64_t values[] = {HV_TIMER_MAX + 1, 1ull << 63, (1ull << 63) - 1, UINT64_MAX};

    (void)state;
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_WATCHDOG_SET, 500);
    set(SENSOR_V, HV_BUDGET_SET, 600);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(CALL(SENSOR_V, HV_WATCHDOG_SET, values[i]), HV_INVALID_PARAM);
        assert_int_equal(CALL(SENSOR_V, HV_BUDGET_SET, values[i]), HV_INVALID_PARAM);
        assert_int_equal(X(SENSOR_V, 1), values[i]);
    }
    assert_int_equal(fake.alarm[0], fake.time + 500);
    assert_int_equal(SENSOR_V->timers[TIMER_BUDGET], 600);
}

static void who_sets_it_again_is_left_alone(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    for (unsigned i = 0; i < 100; i++) {
        set(SENSOR_V, HV_WATCHDOG_SET, 100);
        fake.time += 99;
    }
    set(SENSOR_V, HV_WATCHDOG_SET, 0);
    assert_int_equal(fake.alarm[0], cores[0].edge);
    assert_int_equal(SENSOR_V->needs, 0);
    machine_window(SENSOR_V);
    assert_int_equal(logged(HV_EVENT_WATCHDOG), 0);
}

static void who_sets_it_too_late_is_not(void **state)
{
    (void)state;
    follows(SENSOR, HV_EVENT_BUDGET, TBL_ACTION_IGNORE);
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_BUDGET_SET, 100);
    fake.time += 100;
    set(SENSOR_V, HV_BUDGET_SET, 100); // before the alarm could come
    assert_int_equal(logged(HV_EVENT_BUDGET), 1);
    assert_int_equal(fake.alarm[0], fake.time + 100); // ignored, so it counts anew
    set(SENSOR_V, HV_WATCHDOG_SET, 10);
    fake.time += 10;
    CALL(SENSOR_V, HV_WATCHDOG_SET, 0); // turning it off is no help either
    assert_int_equal(logged(HV_EVENT_WATCHDOG), 1);
    assert_ptr_equal(cores[0].current, cores[0].idle); // a cold start
}

// Sensor has 0..2 ms of each 10 ms.
static void a_watchdog_at_the_edge_barks_in_the_next_window(void **state)
{
    static const int64_t offsets[] = {-1, 0, 1, 4 * MS, 8 * MS - 1, 8 * MS, 8 * MS + 1};

    for (unsigned i = 0; i < 7; i++) {
        uint64_t due;

        setup(state);
        follows(SENSOR, HV_EVENT_WATCHDOG, TBL_ACTION_IGNORE);
        machine_window(SENSOR_V);
        due = cores[0].edge + (uint64_t)offsets[i];
        set(SENSOR_V, HV_WATCHDOG_SET, due - fake.time);
        if (offsets[i] < 0) { // still in this one
            assert_int_equal(fake.alarm[0], due);
            machine_edge(0);
            assert_int_equal(logged(HV_EVENT_WATCHDOG), 1);
            continue;
        }
        for (unsigned edges = 0; edges < 3; edges++) { // nobody else's window is touched
            assert_int_equal(fake.alarm[0], cores[0].edge);
            machine_edge(0);
            assert_int_equal(logged(HV_EVENT_WATCHDOG), 0);
        }
        assert_ptr_equal(cores[0].current, SENSOR_V);
        assert_int_equal(fake.alarm[0], due); // passed, or just ahead
        assert_ptr_equal(machine_edge(0), SENSOR_V);
        assert_int_equal(logged(HV_EVENT_WATCHDOG), 1);
        assert_int_equal(fake.time, due < cores[0].frame_start ? cores[0].frame_start : due);
        assert_int_equal(fake.alarm[0], cores[0].edge);
    }
}

static void a_budget_lasts_over_windows(void **state)
{
    static const int64_t offsets[] = {-1, 0, 1};

    for (unsigned i = 0; i < 3; i++) {
        setup(state);
        follows(SENSOR, HV_EVENT_BUDGET, TBL_ACTION_IGNORE);
        machine_window(SENSOR_V);
        set(SENSOR_V, HV_BUDGET_SET, (uint64_t)(4 * MS + offsets[i])); // the end of the second
        machine_window(SENSOR_V);
        assert_int_equal(fake.alarm[0], cores[0].edge - (offsets[i] < 0));
        machine_edge(0);
        assert_int_equal(logged(HV_EVENT_BUDGET), offsets[i] < 0);
        while (cores[0].owner != SENSOR_V)
            machine_edge(0);
        if (offsets[i] >= 0) {
            assert_int_equal(fake.alarm[0], cores[0].frame_start + (uint64_t)offsets[i]);
            machine_edge(0);
            assert_int_equal(had(SENSOR_V), 4 * MS + offsets[i]);
        }
        assert_int_equal(logged(HV_EVENT_BUDGET), 1);
    }
}

static void a_late_start_uses_the_budget(void **state)
{
    (void)state;
    follows(SENSOR, HV_EVENT_BUDGET, TBL_ACTION_IGNORE);
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_BUDGET_SET, 2 * MS + 300);
    machine_edge(0);
    machine_edge(0);
    fake.time = fake.alarm[0] + 400; // more than is left
    assert_ptr_equal(machine_edge(0), SENSOR_V);
    assert_true(fake.alarm[0] <= fake.time);
    machine_edge(0);
    assert_int_equal(logged(HV_EVENT_BUDGET), 1);
    assert_ptr_equal(cores[0].current, SENSOR_V);
}

static void given_time_uses_the_budget_too(void **state)
{
    (void)state;
    follows(CONTROL, HV_EVENT_BUDGET, TBL_ACTION_IGNORE);
    machine_window(CONTROL_V); // 1 ms
    set(CONTROL_V, HV_BUDGET_SET, MS + 70);
    set(CONTROL_V, HV_WATCHDOG_SET, 700 * MS);
    fake.time += 20;
    CALL(CONTROL_V, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, SENSOR_V);
    assert_int_equal(fake.alarm[0], cores[0].edge); // whose timers are no business of the receiver
    machine_edge(0);                                // sensor's own
    fake.time += 5;
    CALL(SENSOR_V, HV_IDLE_SELF); // control has the rest, nearly 3 ms
    assert_ptr_equal(cores[0].current, CONTROL_V);
    assert_int_equal(fake.alarm[0], fake.time + MS + 50);
    alarm_at(fake.time + MS + 50);
    assert_int_equal(logged(HV_EVENT_BUDGET), 1);
    assert_ptr_equal(cores[0].current, CONTROL_V);
    assert_int_equal(had(CONTROL_V), MS + 70);
}

static void a_watchdog_waits_for_who_rests(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_WATCHDOG_SET, 100);
    CALL(SENSOR_V, HV_IDLE_SELF);
    assert_int_equal(fake.alarm[0], cores[0].edge);
    machine_window(SENSOR_V);
    assert_int_equal(logged(HV_EVENT_WATCHDOG), 0);
    machine_edge(0);
    assert_int_equal(logged(HV_EVENT_WATCHDOG), 1);
    assert_int_equal(partitions[SENSOR].state, PARTITION_RESTARTING);
}

static void the_suspended_keep_their_timers(void **state)
{
    (void)state;
    follows(SENSOR, HV_EVENT_WATCHDOG, TBL_ACTION_SUSPEND);
    follows(SENSOR, HV_EVENT_BUDGET, TBL_ACTION_IGNORE);
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_WATCHDOG_SET, 100);
    set(SENSOR_V, HV_BUDGET_SET, 300);
    machine_edge(0);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    assert_int_equal(partitions[SENSOR].state, PARTITION_SUSPENDED);
    assert_int_equal(partitions[SENSOR].last_event, HV_EVENT_WATCHDOG);
    machine_edge(0);
    while (cores[0].owner != SENSOR_V)
        machine_edge(0);
    fake.time += 1000;
    partition_control(&partitions[SENSOR], &cores[1], HV_CONTROL_RESUME);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    assert_int_equal(fake.alarm[0], fake.time + 200); // what was left
    machine_edge(0);
    assert_int_equal(logged(HV_EVENT_BUDGET), 1);
    assert_int_equal(had(SENSOR_V), 300);
}

static void what_expires_on_the_way_to_a_suspension_waits(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_WATCHDOG_SET, 100);
    partition_control(&partitions[SENSOR], &cores[1], HV_CONTROL_SUSPEND);
    assert_ptr_equal(machine_edge(0), cores[0].idle); // the alarm comes before the kick
    assert_int_equal(logged(HV_EVENT_WATCHDOG), 0);
    assert_int_equal(partitions[SENSOR].state, PARTITION_SUSPENDED);
    partition_control(&partitions[SENSOR], &cores[1], HV_CONTROL_RESUME);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    assert_ptr_equal(cores[0].current, SENSOR_V);
    machine_edge(0);
    assert_int_equal(logged(HV_EVENT_WATCHDOG), 1);
    assert_int_equal(partitions[SENSOR].state, PARTITION_RESTARTING);
}

static void a_start_turns_them_off(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_WATCHDOG_SET, 5 * MS);
    set(SENSOR_V, HV_BUDGET_SET, 3 * MS);
    CALL(SENSOR_V, HV_SET_PARTITION_MODE, HV_MODE_IDLE);
    for (unsigned i = 0; i < 7; i++)
        machine_edge(0); // halted: nothing happens to it
    assert_int_equal(partition_control(&partitions[SENSOR], &cores[1], HV_CONTROL_COLD_START),
                     HV_OK);
    machine_window(SENSOR_V);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, SENSOR_V);
    assert_int_equal(SENSOR_V->needs, 0);
    for (unsigned i = 0; i < 9; i++)
        machine_edge(0);
    assert_int_equal(logged(HV_EVENT_WATCHDOG) + logged(HV_EVENT_BUDGET), 0);
}

static void vcpus_have_their_own_timers(void **state)
{
    enum { CPU_ON = (int)0xc4000003, CPU_OFF = (int)0x84000002 };

    (void)state;
    follows(CONTROL, HV_EVENT_BUDGET, TBL_ACTION_IGNORE);
    machine_window(CONTROL_V);
    assert_int_equal(CALL(CONTROL_V, (uint32_t)CPU_ON, 1, CODE_IPA, 0), 0);
    set(CONTROL_V, HV_BUDGET_SET, 3 * MS);
    fake.time = fake.alarm[1];
    machine_window(SECOND_V);
    set(SECOND_V, HV_BUDGET_SET, 2 * MS);
    assert_int_equal(fake.alarm[1], fake.time + 2 * MS);
    machine_edge(1);
    assert_int_equal(logged(HV_EVENT_BUDGET), 1);
    assert_int_equal(CONTROL_V->needs & VCPU_TIMERS, VCPU_TIMERS);
    // One that went off and was started again has none; its device interrupts it keeps.
    set(SECOND_V, HV_BUDGET_SET, 2 * MS);
    CALL(SECOND_V, (uint32_t)CPU_OFF);
    fake.time = fake.alarm[0];
    machine_window(CONTROL_V);
    assert_int_equal(CALL(CONTROL_V, (uint32_t)CPU_ON, 1, CODE_IPA, 0), 0);
    machine_window(SECOND_V);
    assert_int_equal(SECOND_V->needs, VCPU_INTERRUPTS);
    assert_int_equal(fake.alarm[1], cores[1].edge);
}

static void both_at_one_tick_happen_in_turn(void **state)
{
    (void)state;
    follows(SENSOR, HV_EVENT_WATCHDOG, TBL_ACTION_IGNORE);
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_BUDGET_SET, 100);
    set(SENSOR_V, HV_WATCHDOG_SET, 100);
    machine_edge(0);
    assert_int_equal(logged(HV_EVENT_WATCHDOG), 1);
    assert_int_equal(logged(HV_EVENT_BUDGET), 1);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    assert_int_equal(partitions[SENSOR].last_event, HV_EVENT_BUDGET);
}

static void an_alarm_that_is_left_over_is_none(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_WATCHDOG_SET, 100);
    CALL(SENSOR_V, HV_SET_PARTITION_MODE, HV_MODE_IDLE);
    assert_ptr_equal(machine_edge(0), cores[0].idle); // a wake-up of nobody
    assert_int_equal(fake.alarm[0], cores[0].edge);
    assert_ptr_equal(machine_edge(0), CONTROL_V);
    assert_int_equal(logged(HV_EVENT_WATCHDOG), 0);
}

// ---- Initialisation ----------------------------------------------------------------------------

// Control and sensor have to be initialised within 2.5 ms of their own.
static int setup_bound(void **state)
{
    machine_setup(state);
    made.partitions[SENSOR].initialisation = 2 * MS + MS / 2;
    made.partitions[CONTROL].initialisation = 2 * MS + MS / 2;
    seal_tables(made.bytes, made.size);
    return !machine_boot();
}

static void initialisation_has_its_bound(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    assert_int_equal(fake.alarm[0], cores[0].edge);
    machine_edge(0);
    machine_edge(0);
    assert_ptr_equal(cores[0].current, cores[0].idle); // control is overdue
    assert_int_equal(fake.time, cores[0].frame_start + 2 * MS + 2 * MS + MS / 2);
    assert_int_equal(machine_logged()->event, HV_EVENT_INITIALISATION);
    assert_int_equal(machine_logged()->partition, CONTROL);
    assert_int_equal(machine_logged()->action, TBL_ACTION_COLD_START);
    assert_int_equal(partitions[CONTROL].last_event, HV_EVENT_INITIALISATION);
    machine_window(SENSOR_V);
    assert_int_equal(logged(HV_EVENT_INITIALISATION), 1);
    assert_int_equal(fake.alarm[0], cores[0].frame_start + MS / 2);
    fake.time = fake.alarm[0] - 1;
    fake.alarm[0] = 0;
    assert_ptr_equal(machine_edge(0), SENSOR_V);
    assert_int_equal(logged(HV_EVENT_INITIALISATION), 1);
    machine_edge(0);
    assert_int_equal(logged(HV_EVENT_INITIALISATION), 2);
    // Anew from the start, however long that took.
    fake.time += MS / 4;
    machine_idle(0);
    assert_ptr_equal(cores[0].current, SENSOR_V);
    assert_int_equal(had(SENSOR_V), 0);
    machine_window(SENSOR_V);
    assert_int_equal(fake.alarm[0], cores[0].edge - 3 * MS / 4); // 1.25 ms were used
    machine_edge(0);
    assert_int_equal(logged(HV_EVENT_INITIALISATION), 3);
}

static void who_is_initialised_in_time_is_left_alone(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    machine_window(SENSOR_V);
    fake.time += MS / 2 - 1; // the last tick
    assert_int_equal(CALL(SENSOR_V, HV_SET_PARTITION_MODE, HV_MODE_NORMAL), HV_OK);
    assert_int_equal(SENSOR_V->needs, 0);
    assert_ptr_equal(machine_edge(0), SENSOR_V); // the alarm was set
    machine_window(SENSOR_V);
    assert_int_equal(partitions[SENSOR].starts, 1);
    assert_int_equal(partitions[SENSOR].state, PARTITION_RUNNING);
}

static void another_vcpu_may_end_initialisation(void **state)
{
    enum { CPU_ON = (int)0xc4000003, CPU_OFF = (int)0x84000002 };

    (void)state;
    machine_window(CONTROL_V);
    assert_int_equal(CALL(CONTROL_V, (uint32_t)CPU_ON, 1, CODE_IPA, 0), 0);
    machine_window(SECOND_V);
    assert_int_equal(SECOND_V->needs, VCPU_INTERRUPTS); // the first one's time counts
    assert_int_equal(CALL(SECOND_V, HV_SET_PARTITION_MODE, HV_MODE_NORMAL), HV_OK);
    assert_ptr_equal(alarm_at(fake.alarm[0]), CONTROL_V); // finds that out
    assert_int_equal(CONTROL_V->needs, VCPU_INTERRUPTS);
    assert_int_equal(logged(HV_EVENT_INITIALISATION), 0);
    // When the first vcpu goes off and comes back, nothing is initialised again.
    CALL(CONTROL_V, (uint32_t)CPU_OFF);
    fake.time = fake.alarm[1];
    machine_window(SECOND_V);
    assert_int_equal(CALL(SECOND_V, (uint32_t)CPU_ON, 0, CODE_IPA, 0), 0);
    machine_window(CONTROL_V);
    assert_ptr_equal(cores[0].current, CONTROL_V);
    assert_int_equal(CONTROL_V->needs, VCPU_INTERRUPTS);
}

// ---- Windows that hide -------------------------------------------------------------------------

enum { PAD = 900 };

// Sensor's window in `schedule` has a pad and a flush.
static int setup_hidden(void **state, uint32_t schedule)
{
    struct tbl_window *w;

    machine_setup(state);
    w = &made.windows[made.frames[2 * schedule].first_window + (schedule == DEGRADED)];
    w->flags |= TBL_WINDOW_FLUSH;
    w->pad = PAD;
    made.module->initial = schedule;
    seal_tables(made.bytes, made.size);
    return !machine_boot();
}

static int setup_pad(void **state)
{
    return setup_hidden(state, NORMAL);
}

static int setup_pad_given(void **state)
{
    return setup_hidden(state, DEGRADED);
}

static void a_window_hides_its_start(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 5; k++) {
        fake.time = fake.alarm[0] + 100 * k;
        assert_ptr_equal(machine_edge(0), SENSOR_V);
        assert_int_equal(SENSOR_V->arch.hides, k + 1);
        assert_int_equal(SENSOR_V->arch.flushes, k + 1);
        assert_int_equal(SENSOR_V->arch.hidden_until, cores[0].frame_start + PAD);
        assert_ptr_equal(machine_edge(0), CONTROL_V);
        machine_edge(0);
    }
    assert_int_equal(CONTROL_V->arch.hides, 0);  // its window hides nothing
    assert_int_equal(had(SENSOR_V), 5 * 2 * MS); // what is hidden is part of the window
}

static void lateness_shows_only_beyond_the_pad(void **state)
{
    static const uint64_t lates[] = {0, 300, PAD - 1, PAD, PAD + 5}, told[] = {0, 0, 0, 0, 5};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        fake.time = fake.alarm[0] + lates[i];
        machine_edge(0);
        assert_int_equal(CALL(SENSOR_V, HV_WINDOW_STATUS), HV_OK);
        assert_int_equal(X(SENSOR_V, 4), HV_WINDOW_PERIOD_START);
        assert_int_equal(X(SENSOR_V, 5), told[i]);
        assert_int_equal(X(SENSOR_V, 6), told[i]);
        machine_edge(0);
        machine_edge(0);
    }
}

static void who_is_loaded_already_is_not_kept_back(void **state)
{
    (void)state;
    machine_window(SENSOR_V);
    set(SENSOR_V, HV_WATCHDOG_SET, 1000 * MS); // goes the same way
    schedule_pick(&cores[0]);
    assert_int_equal(SENSOR_V->arch.hides, 1);
    // Who comes back in the middle of the window is flushed for, again.
    partition_control(&partitions[SENSOR], &cores[1], HV_CONTROL_SUSPEND);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    partition_control(&partitions[SENSOR], &cores[1], HV_CONTROL_RESUME);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    assert_ptr_equal(cores[0].current, SENSOR_V);
    assert_int_equal(SENSOR_V->arch.flushes, 2);
}

static void who_gets_the_rest_finds_nothing_either(void **state)
{
    (void)state;
    machine_window(CONTROL_V);
    CALL(CONTROL_V, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, SENSOR_V);
    assert_int_equal(SENSOR_V->arch.hides, 0); // the window of another, which hides nothing
    machine_edge(0);                           // its own
    assert_int_equal(SENSOR_V->arch.hides, 0); // it was there before
    fake.time += 2000;
    CALL(SENSOR_V, HV_IDLE_SELF);
    assert_ptr_equal(cores[0].current, CONTROL_V);
    assert_int_equal(CONTROL_V->arch.flushes, 1);
    assert_true(CONTROL_V->arch.hidden_until < fake.time);
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
        TEST(both_expire_at_their_tick),
        TEST(nanoseconds_become_ticks_that_are_not_too_early),
        TEST(what_is_too_much_changes_nothing),
        TEST(who_sets_it_again_is_left_alone),
        TEST(who_sets_it_too_late_is_not),
        TEST(a_watchdog_at_the_edge_barks_in_the_next_window),
        TEST(a_budget_lasts_over_windows),
        TEST(a_late_start_uses_the_budget),
        cmocka_unit_test_setup(given_time_uses_the_budget_too, setup_givers),
        TEST(a_watchdog_waits_for_who_rests),
        TEST(the_suspended_keep_their_timers),
        TEST(what_expires_on_the_way_to_a_suspension_waits),
        TEST(a_start_turns_them_off),
        TEST(vcpus_have_their_own_timers),
        TEST(both_at_one_tick_happen_in_turn),
        TEST(an_alarm_that_is_left_over_is_none),
        cmocka_unit_test_setup(initialisation_has_its_bound, setup_bound),
        cmocka_unit_test_setup(who_is_initialised_in_time_is_left_alone, setup_bound),
        cmocka_unit_test_setup(another_vcpu_may_end_initialisation, setup_bound),
        cmocka_unit_test_setup(a_window_hides_its_start, setup_pad),
        cmocka_unit_test_setup(lateness_shows_only_beyond_the_pad, setup_pad),
        cmocka_unit_test_setup(who_is_loaded_already_is_not_kept_back, setup_pad),
        cmocka_unit_test_setup(who_gets_the_rest_finds_nothing_either, setup_pad_given),
    };

    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
