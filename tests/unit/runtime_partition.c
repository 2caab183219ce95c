// SPDX-License-Identifier: BSD-2-Clause
// Restart in chunks, cold and warm, over two cores; halt; vcpus switched on and off.
#include "runtime_machine.h"
#include <string.h>

enum { CPU_OFF = 0x84000002 };
#define CPU_ON        0xc4000003
#define AFFINITY_INFO 0xc4000004

static struct vcpu *sensor, *first, *second; // control's two vcpus

static int setup(void **state)
{
    machine_setup(state);
    if (!machine_boot())
        return 1;
    sensor = &vcpus[VCPU_SENSOR];
    first = &vcpus[VCPU_CONTROL_0];
    second = &vcpus[VCPU_CONTROL_1];
    machine_window(sensor);
    fake_console();
    return 0;
}

static uint8_t *image_at(uint32_t image)
{
    return (uint8_t *)(uintptr_t)made.images[image].target;
}

static void assert_image(uint32_t image)
{
    for (uint64_t n = 0; n < made.images[image].file_size; n++)
        assert_int_equal(image_at(image)[n], image_byte(image, n));
    for (uint64_t n = made.images[image].file_size; n < made.images[image].mem_size; n++)
        assert_int_equal(image_at(image)[n], 0);
}

static void spoil(void)
{
    for (uint32_t i = 0; i < 3; i++)
        memset(image_at(i), 0xdd, made.images[i].mem_size);
    memset(sensor->arch.x, 0xdd, sizeof sensor->arch.x);
}

static void a_cold_start_restores_everything(void **state)
{
    (void)state;
    spoil();
    fake_run(&cores[0], partition_restart(sensor, false, HV_START_HM_PARTITION, 1));
    assert_ptr_equal(cores[0].current, cores[0].idle);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, sensor);
    for (uint32_t i = 0; i < 3; i++)
        assert_image(i);
    assert_int_equal(sensor->arch.pc, CODE_IPA);
    assert_int_equal(X(sensor, 0), 0);
    assert_int_equal(X(sensor, 5), 0);
    assert_int_equal(sensor->partition->starts, 2);
    // All that was written is made visible to a guest without caches.
    assert_true(fake.synced >=
                made.images[0].file_size + made.images[1].file_size + made.images[2].file_size);
}

// A region of the partition's own begins as its images and zeroes; what it shares is not its own.
static void a_start_clears_what_no_image_covers(void **state)
{
    const struct tbl_memory *data = &made.memory[1], *keep = &made.memory[2];
    const struct tbl_memory *shared = &made.memory[5];
    uint8_t *behind = (uint8_t *)(uintptr_t)(data->phys + data->size - 1);
    uint8_t *kept = (uint8_t *)(uintptr_t)(keep->phys + keep->size - 1);
    uint8_t *common = (uint8_t *)(uintptr_t)shared->phys;

    (void)state;
    assert_true(shared->attributes & TBL_MEM_SHARED && keep->attributes & TBL_MEM_KEEP);
    *behind = *kept = *common = 0xdd;
    sensor->partition->mode = HV_MODE_NORMAL;
    fake_run(&cores[0], partition_restart(sensor, true, HV_START_HM_PARTITION, 1));
    machine_idle(0);
    assert_int_equal(sensor->arch.partition_resets, 2);
    assert_int_equal(*behind, 0);
    assert_int_equal(*kept, 0xdd);
    fake_run(&cores[0], partition_restart(sensor, false, HV_START_HM_PARTITION, 1));
    machine_idle(0);
    assert_int_equal(*kept, 0);
    fake_run(&cores[0], partition_restart(first, false, HV_START_HM_PARTITION, 1));
    machine_window(first);
    machine_idle(0);
    assert_int_equal(*common, 0xdd);
}

static void a_warm_start_keeps_what_is_to_be_kept(void **state)
{
    (void)state;
    sensor->partition->mode = HV_MODE_NORMAL;
    spoil();
    fake_run(&cores[0], partition_restart(sensor, true, HV_START_HM_PARTITION, 1));
    machine_idle(0);
    assert_image(0);
    assert_image(1);
    for (uint64_t n = 0; n < made.images[2].mem_size; n++)
        assert_int_equal(image_at(2)[n], 0xdd);
    assert_int_equal(sensor->partition->mode, HV_MODE_WARM_START);
}

// Every step is small, happens inside the partition's own window, and nobody else notices.
static void a_restart_runs_in_chunks_in_its_own_windows(void **state)
{
    uint32_t steps = 0, windows = 0;

    (void)state;
    fake_run(&cores[0], partition_restart(sensor, false, HV_START_HM_PARTITION, 1));
    while (sensor->partition->state == PARTITION_RESTARTING) {
        uint64_t copied = fake.copied_out, zeroed = fake.zeroed, synced = fake.synced;

        fake.core = 0;
        fake_run(&cores[0], schedule_idle(&cores[0]));
        assert_true(fake.copied_out - copied <= RESTART_CHUNK);
        assert_true(fake.zeroed - zeroed <= RESTART_BLOCK);
        assert_true(fake.synced - synced <= RESTART_BLOCK);
        if (++steps % 10 == 0 && sensor->partition->state == PARTITION_RESTARTING) {
            uint64_t before = fake.copied_out + fake.zeroed + fake.synced;

            windows++;
            assert_ptr_equal(machine_edge(0), first);
            machine_edge(0); // time kept free: not a window of the partition
            assert_null(schedule_idle(&cores[0]));
            assert_int_equal(fake.copied_out + fake.zeroed + fake.synced, before);
            assert_ptr_equal(machine_edge(0), cores[0].idle);
        }
    }
    assert_ptr_equal(cores[0].current, sensor);
    assert_true(windows > 5);
    for (uint32_t i = 0; i < 3; i++)
        assert_image(i);
}

static void a_damaged_payload_halts_the_partition(void **state)
{
    (void)state;
    ((uint8_t *)(uintptr_t)made.images[1].source)[0xff] ^= 0x80;
    fake_run(&cores[0], partition_restart(sensor, false, HV_START_HM_PARTITION, 1));
    machine_idle(0);
    assert_ptr_equal(cores[0].current, cores[0].idle);
    assert_int_equal(sensor->partition->state, PARTITION_HALTED);
    assert_int_equal(sensor->partition->mode, HV_MODE_IDLE);
    assert_int_equal(sensor->partition->starts, 1);
    const struct tbl_log_record *r = machine_logged();
    assert_int_equal(r->event, HV_EVENT_INTEGRITY);
    assert_int_equal(r->syndrome, 1);
    assert_non_null(strstr(fake_console(), "sensor: image does not match its digest at 0x"));
    assert_ptr_equal(machine_edge(0), first); // the others go on
}

static void a_halted_partition_stays_halted(void **state)
{
    (void)state;
    fake_run(&cores[0], partition_halt(sensor, HV_EVENT_GUEST_OFF));
    for (unsigned i = 0; i < 30; i++) {
        machine_edge(0);
        machine_idle(0);
        assert_ptr_not_equal(cores[0].current, sensor);
    }
    assert_int_equal(sensor->partition->last_event, HV_EVENT_GUEST_OFF);
}

// ---- Two vcpus on two cores --------------------------------------------------------------------

static void both_run(void)
{
    machine_window(first);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA + 8, 77), 0);
    machine_window(second);
    assert_ptr_equal(cores[1].current, second);
    // Its own start leaves the partition's interrupt controller alone.
    assert_int_equal(first->arch.partition_resets, first->partition->starts);
}

static void cpu_on_starts_it_in_its_own_window(void **state)
{
    (void)state;
    machine_window(first);
    assert_int_equal(CALL(first, AFFINITY_INFO, 1, 0), 1); // off
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA + 8, 77), 0);
    assert_int_equal(fake.kicks[1], 0); // core 1 is in nobody's window yet
    assert_int_equal(CALL(first, AFFINITY_INFO, 1, 0), 2);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA, 0), -5); // pending
    assert_ptr_equal(machine_edge(1), second);
    assert_int_equal(second->arch.pc, CODE_IPA + 8);
    assert_int_equal(X(second, 0), 77);
    assert_int_equal(CALL(first, AFFINITY_INFO, 1, 0), 0);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA, 0), -4); // already on
    assert_int_equal(second->arch.resets, 1);
}

static void cpu_on_inside_the_window_kicks(void **state)
{
    (void)state;
    machine_window(first);
    machine_window(second);
    assert_ptr_equal(cores[1].current, cores[1].idle);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA, 0), 0);
    assert_int_equal(fake.kicks[1], 1);
    assert_ptr_equal(schedule_pick(&cores[1]), second);
}

static void cpu_on_checks_its_arguments(void **state)
{
    (void)state;
    machine_window(first);
    assert_int_equal(CALL(first, CPU_ON, 2, CODE_IPA, 0), -2);
    assert_int_equal(CALL(first, CPU_ON, 0x100, CODE_IPA, 0), -2);
    assert_int_equal(CALL(first, CPU_ON, 1ull << 31 | 1, CODE_IPA, 0), -2);
    assert_int_equal(CALL(first, CPU_ON, 1, DATA_IPA, 0), -9);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA + 2, 0), -9);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA + 0x2000, 0), -9);
    assert_int_equal(CALL(first, CPU_ON, 1, UINT64_MAX - 3, 0), -9);
    assert_int_equal(CALL(first, CPU_ON, 0, CODE_IPA, 0), -4); // oneself
    assert_int_equal(CALL(first, AFFINITY_INFO, 2, 0), -2);
    assert_int_equal(CALL(first, AFFINITY_INFO, 0, 1), -2);
    assert_int_equal(CALL(first, AFFINITY_INFO, 0, 0), 0);
    assert_int_equal(CALL(first, AFFINITY_INFO, 1, 0), 1); // nothing happened
}

static void cpu_off_and_on_again(void **state)
{
    (void)state;
    both_run();
    CALL(second, CPU_OFF);
    assert_ptr_equal(cores[1].current, cores[1].idle);
    assert_int_equal(CALL(first, AFFINITY_INFO, 1, 0), 1);
    assert_int_equal(first->partition->state, PARTITION_RUNNING);
    assert_int_equal(CALL(first, CPU_ON, 1, CODE_IPA, 5), 0);
    machine_window(second);
    assert_ptr_equal(cores[1].current, second);
    assert_int_equal(X(second, 0), 5);
    // The last one to go is the guest switching itself off.
    CALL(second, CPU_OFF);
    CALL(first, CPU_OFF);
    assert_int_equal(first->partition->last_event, HV_EVENT_GUEST_OFF);
}

static void a_restart_waits_for_the_sibling_to_leave(void **state)
{
    (void)state;
    both_run();
    machine_window(first);
    machine_window(second);
    fake_run(&cores[0], partition_restart(first, false, HV_START_HM_PARTITION, 1));
    assert_int_equal(fake.kicks[1], 1);
    assert_int_equal(fake.kicks[0], 0);
    for (unsigned i = 0; i < 5; i++) // core 1 has not heard of it yet
        assert_ptr_equal(schedule_idle(&cores[0]), cores[0].idle);
    assert_int_equal(first->partition->restart.phase, RESTART_STOP);
    assert_ptr_equal(schedule_pick(&cores[1]), cores[1].idle); // the kick
    assert_ptr_equal(schedule_idle(&cores[0]), cores[0].idle); // chosen idle, but not yet left
    assert_int_equal(first->partition->restart.phase, RESTART_STOP);
    fake_run(&cores[1], cores[1].idle);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, first);
    assert_int_equal(second->state, VCPU_OFF);
    assert_ptr_equal(schedule_pick(&cores[1]), cores[1].idle);
    machine_window(second);
    assert_ptr_equal(cores[1].current, cores[1].idle); // until CPU_ON
}

static void others_are_not_kicked(void **state)
{
    (void)state;
    both_run();
    machine_window(first);
    machine_window(&vcpus[VCPU_DISPLAY]);
    fake_run(&cores[0], partition_restart(first, false, HV_START_HM_PARTITION, 1));
    assert_int_equal(fake.kicks[1], 0); // display runs there
    machine_idle(0);
    assert_ptr_equal(cores[0].current, first);
}

static void a_restart_by_the_second_is_served_by_the_first(void **state)
{
    (void)state;
    both_run();
    machine_window(first);
    machine_window(second);
    fake_run(&cores[1], partition_restart(second, false, HV_START_HM_PARTITION, 1));
    assert_ptr_equal(cores[1].current, cores[1].idle);
    assert_int_equal(fake.kicks[0], 1);
    machine_idle(1); // core 1 has no part in it
    assert_int_equal(first->partition->state, PARTITION_RESTARTING);
    assert_int_equal(first->partition->restart.phase, RESTART_STOP);
    fake_run(&cores[0], schedule_pick(&cores[0]));
    assert_ptr_equal(cores[0].current, cores[0].idle);
    machine_idle(0);
    assert_ptr_equal(cores[0].current, first);
}

static void a_mode_set_while_being_stopped_does_not_last(void **state)
{
    (void)state;
    both_run();
    machine_window(first);
    machine_window(second);
    fake_run(&cores[0], partition_restart(first, false, HV_START_HM_PARTITION, 1));
    CALL(second, HV_SET_PARTITION_MODE, HV_MODE_NORMAL); // its core has not heard of it yet
    fake_run(&cores[1], schedule_pick(&cores[1]));
    machine_idle(0);
    assert_int_equal(first->partition->mode, HV_MODE_COLD_START);
}

static void of_two_restarts_at_once_one_wins(void **state)
{
    (void)state;
    both_run();
    machine_window(first);
    machine_window(second);
    fake_run(&cores[0], partition_restart(first, false, HV_START_HM_PARTITION, 1));
    fake_run(&cores[1], partition_restart(second, false, HV_START_HM_PARTITION, 2));
    assert_ptr_equal(cores[1].current, cores[1].idle);
    assert_int_equal(first->partition->last_event, 1);
    fake_run(&cores[1], partition_halt(second, 3));
    assert_int_equal(first->partition->state, PARTITION_RESTARTING);
    machine_idle(0);
    assert_int_equal(first->partition->starts, 2);
}

static void a_rested_owner_restarts_too(void **state)
{
    (void)state;
    both_run();
    machine_window(first);
    machine_window(second);
    CALL(first, HV_IDLE_SELF);
    fake_run(&cores[1], partition_restart(second, false, HV_START_HM_PARTITION, 1));
    fake_run(&cores[0], schedule_pick(&cores[0]));
    machine_idle(0);
    machine_window(first);
    assert_ptr_equal(cores[0].current, first);
    assert_int_equal(first->partition->starts, 2);
}

// ---- Images in place
// -----------------------------------------------------------------------------

// The sensor's, in memory that is full of something else.
static int setup_in_place(void **state)
{
    machine_setup(state);
    for (uint32_t i = 0; i < 3; i++)
        memset((void *)(uintptr_t)made.memory[i].phys, 0xdd, made.memory[i].size);
    for (uint32_t i = 0; i < 3; i++) {
        memcpy(image_at(i), (void *)(uintptr_t)made.images[i].source, made.images[i].file_size);
        made.images[i].source = made.images[i].target;
    }
    seal_tables(made.bytes, made.size);
    if (!machine_boot())
        return 1;
    sensor = &vcpus[VCPU_SENSOR];
    machine_window(sensor);
    return 0;
}

static bool in_an_image(uint64_t phys)
{
    for (uint32_t i = 0; i < 3; i++)
        if (phys - made.images[i].target < made.images[i].file_size)
            return true;
    return false;
}

static void what_lies_in_place_stays_and_the_rest_is_cleared(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        assert_image(i);
        for (uint64_t n = 0; n < made.memory[i].size; n++)
            if (!in_an_image(made.memory[i].phys + n))
                assert_int_equal(*(uint8_t *)(uintptr_t)(made.memory[i].phys + n), 0);
    }
    assert_true(fake.synced >=
                made.images[0].file_size + made.images[1].file_size + made.images[2].file_size);
}

static void what_lies_in_place_is_not_started_anew(void **state)
{
    (void)state;
    machine_window(sensor);
    for (uint64_t mode = HV_MODE_COLD_START; mode <= HV_MODE_WARM_START; mode++)
        assert_int_equal(CALL(sensor, HV_SET_PARTITION_MODE, mode), HV_INVALID_MODE);
    assert_int_equal(CALL(sensor, HV_SET_PARTITION_MODE, HV_MODE_NORMAL), HV_OK);
    for (uint64_t mode = HV_MODE_COLD_START; mode <= HV_MODE_WARM_START; mode++)
        assert_int_equal(CALL(sensor, HV_SET_PARTITION_MODE, mode), HV_INVALID_MODE);
    for (uint64_t control = HV_CONTROL_COLD_START; control <= HV_CONTROL_WARM_START; control++)
        assert_int_equal(partition_control(sensor->partition, &cores[0], control), HV_INVALID_MODE);
    assert_int_equal(sensor->partition->state, PARTITION_RUNNING);
    // Tables that ask for it all the same.
    fake_run(&cores[0], partition_restart(sensor, false, HV_START_HM_PARTITION, 1));
    assert_int_equal(sensor->partition->state, PARTITION_HALTED);
    assert_int_equal(sensor->partition->last_event, 1);
    machine_idle(0);
    assert_int_equal(sensor->partition->starts, 1);
    assert_int_equal(partition_control(sensor->partition, &cores[0], HV_CONTROL_COLD_START),
                     HV_INVALID_MODE);
}

static void a_change_of_schedule_halts_what_lies_in_place(void **state)
{
    (void)state;
    partition_change(sensor->partition, &cores[0], TBL_ACTION_IGNORE);
    assert_int_equal(sensor->partition->state, PARTITION_RUNNING);
    partition_change(sensor->partition, &cores[0], TBL_ACTION_COLD_START);
    assert_int_equal(sensor->partition->state, PARTITION_HALTED);
}

static void addresses(void **state)
{
    const struct partition *p = sensor->partition;
    uint64_t ram = made.memory[1].phys;

    (void)state;
    assert_int_equal(partition_address(p, DATA_IPA, 0x4000, TBL_MEM_WRITE), ram);
    assert_int_equal(partition_address(p, DATA_IPA + 5, 0x3ffb, TBL_MEM_WRITE), ram + 5);
    assert_int_equal(partition_address(p, DATA_IPA, 0x4001, TBL_MEM_READ), 0);
    assert_int_equal(partition_address(p, DATA_IPA + 0x3fff, 1, TBL_MEM_READ), ram + 0x3fff);
    assert_int_equal(partition_address(p, DATA_IPA + 0x4000, 0, TBL_MEM_READ), 0);
    assert_int_equal(partition_address(p, DATA_IPA, UINT64_MAX, TBL_MEM_READ), 0);
    assert_int_equal(partition_address(p, DATA_IPA, 4, TBL_MEM_EXECUTE), 0);
    assert_int_equal(partition_address(p, CODE_IPA, 4, TBL_MEM_WRITE), 0);
    assert_int_equal(partition_address(p, CODE_IPA, 4, TBL_MEM_READ | TBL_MEM_EXECUTE),
                     made.memory[0].phys);
    assert_int_equal(partition_address(&partitions[DISPLAY], DEVICE_IPA, 4, TBL_MEM_READ), 0);
}

static void a_guard_is_the_page_below(void **state)
{
    const struct partition *p = &partitions[SENSOR];

    (void)state;
    assert_false(partition_guards(p, DATA_IPA - 1));
    made.memory[p->memory + 1 - made.memory].attributes |= TBL_MEM_GUARD;
    assert_int_equal(p->memory[1].address, DATA_IPA);
    assert_true(partition_guards(p, DATA_IPA - 1));
    assert_true(partition_guards(p, DATA_IPA - HV_PAGE_SIZE));
    assert_false(partition_guards(p, DATA_IPA - HV_PAGE_SIZE - 1));
    assert_false(partition_guards(p, DATA_IPA));
    assert_false(partition_guards(p, CODE_IPA - 1));
    assert_false(partition_guards(&partitions[CONTROL], DATA_IPA - 1));
}

int main(void)
{
#define TEST(f)   cmocka_unit_test_setup(f, setup)
#define PLACED(f) cmocka_unit_test_setup(f, setup_in_place)
    const struct CMUnitTest tests[] = {
        TEST(a_cold_start_restores_everything),
        TEST(a_warm_start_keeps_what_is_to_be_kept),
        TEST(a_start_clears_what_no_image_covers),
        TEST(a_restart_runs_in_chunks_in_its_own_windows),
        TEST(a_damaged_payload_halts_the_partition),
        TEST(a_halted_partition_stays_halted),
        TEST(cpu_on_starts_it_in_its_own_window),
        TEST(cpu_on_inside_the_window_kicks),
        TEST(cpu_on_checks_its_arguments),
        TEST(cpu_off_and_on_again),
        TEST(a_restart_waits_for_the_sibling_to_leave),
        TEST(others_are_not_kicked),
        TEST(a_restart_by_the_second_is_served_by_the_first),
        TEST(a_mode_set_while_being_stopped_does_not_last),
        TEST(of_two_restarts_at_once_one_wins),
        TEST(a_rested_owner_restarts_too),
        PLACED(what_lies_in_place_stays_and_the_rest_is_cleared),
        PLACED(what_lies_in_place_is_not_started_anew),
        PLACED(a_change_of_schedule_halts_what_lies_in_place),
        TEST(addresses),
        TEST(a_guard_is_the_page_below),
    };

    return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
