// SPDX-License-Identifier: BSD-2-Clause
// Boot: what is said, what is copied, what is refused.
#include "runtime_machine.h"
#include <string.h>

static void banner_and_first_start(void **state)
{
    (void)state;
    memset((void *)(uintptr_t)made.header->state, 0xee, made.header->state_size);
    memset((void *)(uintptr_t)made.memory[1].phys, 0xee, made.memory[1].size);
    memset((void *)(uintptr_t)made.memory[5].phys, 0xee, made.memory[5].size); // a shared block
    assert_true(machine_boot());
    assert_string_equal(
        fake_console(),
        "[hv] Bulkhead on fake, configuration testbed a0a1a2a3a4a5\n"
        "[hv] 2 cores, 3 partitions, 2 schedules, 8 windows, major frame 10.000000 ms\n"
        "[hv] tables checked, translations proved\n"
        "[hv] images verified, partitions loaded\n");
    assert_int_equal(fake.mmu_root, made.module->el2_root);
    assert_int_equal(fake.started[0], 0);
    assert_int_equal(fake.started[1], 1);
    for (uint64_t i = 0; i < made.header->state_size; i++)
        assert_int_equal(((uint8_t *)(uintptr_t)made.header->state)[i], 0);
    for (uint32_t i = 0; i < made.header->directory[TBL_IMAGE].count; i++) {
        const struct tbl_image *image = &made.images[i];
        const uint8_t *at = (const uint8_t *)(uintptr_t)image->target;

        for (uint64_t n = 0; n < image->file_size; n++)
            assert_int_equal(at[n], image_byte(i, n));
        for (uint64_t n = image->file_size; n < image->mem_size; n++)
            assert_int_equal(at[n], 0);
    }
    // What lies behind the image begins as zeroes too.
    for (uint64_t n = made.images[1].mem_size; n < made.memory[1].size; n++)
        assert_int_equal(((uint8_t *)(uintptr_t)made.memory[1].phys)[n], 0);
    for (uint64_t n = 0; n < made.memory[5].size; n++)
        assert_int_equal(((uint8_t *)(uintptr_t)made.memory[5].phys)[n], 0);
}

static void partitions_are_ready(void **state)
{
    (void)state;
    assert_true(machine_boot());
    for (uint32_t i = 0; i < 3; i++) {
        const struct partition *p = &partitions[i];

        assert_int_equal(p->state, PARTITION_RUNNING);
        assert_int_equal(p->mode, HV_MODE_COLD_START);
        assert_int_equal(p->start_condition, HV_START_NORMAL);
        assert_int_equal(p->starts, 1);
        assert_int_equal(p->last_event, HV_EVENT_NONE);
        assert_int_equal(p->vcpus[0].state, VCPU_READY);
        assert_int_equal(p->vcpus[0].arch.pc, CODE_IPA);
        assert_int_equal(p->vcpus[0].arch.resets, 1);
    }
    assert_int_equal(X(&vcpus[VCPU_CONTROL_0], 0), DATA_IPA + 0x100);
    assert_int_equal(vcpus[VCPU_CONTROL_1].state, VCPU_OFF);
    assert_int_equal(vcpus[VCPU_CONTROL_1].arch.resets, 0);
    assert_true(fake.largest_copy <= RESTART_BLOCK);
}

static void time_begins_in_common(void **state)
{
    (void)state;
    assert_true(machine_boot());
    assert_int_equal(module_start, fake.time + FAKE_HZ / 1000);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(fake.alarm[i], module_start);
        machine_edge(i);
        assert_int_equal(cores[i].frame_start, module_start);
        assert_int_equal(cores[i].frame_index, 0);
    }
}

static void damaged_tables_are_refused_with_code_section_and_index(void **state)
{
    (void)state;
    made.windows[3].end++;
    seal_tables(made.bytes, made.size);
    assert_false(machine_boot());
    assert_string_equal(fake_console(),
                        "[hv] tables refused: code 35 (WINDOW) section 10 index 4\n");
    assert_int_equal(fake.mmu_root, 0); // before anything they say was used
    assert_int_equal(fake.started[1], 0);
}

static void a_damaged_image_is_refused(void **state)
{
    (void)state;
    ((uint8_t *)(uintptr_t)made.images[3].source)[7] ^= 1;
    assert_false(machine_boot());
    assert_non_null(
        strstr(fake_console(), "[hv] tables refused: code 44 (DIGEST) section 17 index 3\n"));
    assert_int_equal(fake.started[1], 0);
}

static unsigned waits;

static void time_is_known_after_a_while(void)
{
    if (++waits == 5)
        atomic_store(&module_start, 7000000);
}

static void another_core_waits_for_time_to_begin(void **state)
{
    (void)state;
    assert_true(machine_boot());
    atomic_store(&module_start, 0);
    waits = 0;
    fake.core = 1;
    fake.on_wait = time_is_known_after_a_while;
    assert_ptr_equal(boot_other(1), cores[1].idle);
    assert_int_equal(waits, 5);
    assert_int_equal(fake.alarm[1], 7000000);
    assert_int_equal(cores[1].edge, 7000000);
}

static void there_is_room(void)
{
    if (++waits % 3 == 0)
        fake.console_room = 1;
}

static void the_first_words_wait_for_the_console(void **state)
{
    (void)state;
    waits = 0;
    fake.console_room = 0;
    fake.on_wait = there_is_room;
    assert_true(machine_boot());
    fake.on_wait = NULL;
    assert_int_equal(waits, 3 * fake.console_length); // for each byte, and none is lost
    assert_non_null(strstr(fake_console(), "images verified, partitions loaded\n"));
}

static void a_core_that_does_not_come_is_refused(void **state)
{
    (void)state;
    fake.core_refuses = true;
    assert_false(machine_boot());
    assert_non_null(strstr(fake_console(), "code 45 (CORE_START) section 1 index 1\n"));
    machine_setup(NULL);
    fake.core_silent = true;
    fake.relax_step = 1000;
    assert_false(machine_boot());
    assert_non_null(strstr(fake_console(), "code 45 (CORE_START) section 1 index 1\n"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, machine_setup)
    const struct CMUnitTest tests[] = {
        TEST(banner_and_first_start),
        TEST(partitions_are_ready),
        TEST(time_begins_in_common),
        TEST(damaged_tables_are_refused_with_code_section_and_index),
        TEST(a_damaged_image_is_refused),
        TEST(a_core_that_does_not_come_is_refused),
        TEST(another_core_waits_for_time_to_begin),
        TEST(the_first_words_wait_for_the_console),
    };

    return cmocka_run_group_tests_name("boot", tests, NULL, NULL);
}
