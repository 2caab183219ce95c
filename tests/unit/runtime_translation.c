// SPDX-License-Identifier: BSD-2-Clause
// The walker of translation tables on AArch64, against tables built entry by entry.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "make_tables.h"
#include "translation.h"
#include <string.h>

static _Alignas(4096) uint8_t bytes[MADE_TABLES_MAX];
static struct made made;

static int setup(void **state)
{
    (void)state;
    memset(bytes, 0, sizeof bytes);
    made = make_tables(bytes, &made_for_virt, MADE_TRANSLATIONS);
    return 0;
}

static struct tables_fault check(void)
{
    seal_tables(made.bytes, made.size);
    return tables_check(made.bytes, made.size, &made_for_virt);
}

static uint64_t *entries(void)
{
    return (uint64_t *)(void *)(made.bytes + made.header->directory[TBL_TRANSLATION].offset);
}

// The walker alone, over all four translations: no checksums on the way.
static bool walk(void)
{
    const struct tbl_section *blob = &made.header->directory[TBL_TRANSLATION];
    uint64_t phys = made.header->address + blob->offset,
             size = (uint64_t)blob->count * HV_PAGE_SIZE;
    uint32_t index;

    for (uint32_t i = SENSOR; i <= DISPLAY; i++) {
        const struct tbl_partition *p = &made.partitions[i];

        if (!arch_translation_check(entries(), phys, size, p->stage2_root,
                                    &made.memory[p->first_memory], p->memory_count, 0, made.module,
                                    &index))
            return false;
    }
    return arch_translation_check(entries(), phys, size, made.module->el2_root, &made.memory[10], 7,
                                  2, made.module, &index);
}

static void right_translations_pass(void **state)
{
    (void)state;
    assert_int_equal(check().code, TABLES_OK);
}

// Any bit of any entry in use, and any entry made of nothing.
static void no_bit_of_an_entry_is_free(void **state)
{
    uint32_t used = 0;

    (void)state;
    for (uint32_t i = 0; i < made.pages * 512; i++) {
        uint64_t *entry = &entries()[i], whole = *entry;

        if (whole & PTE_VALID) {
            used++;
            for (unsigned bit = 0; bit < 64; bit++) {
                *entry = whole ^ 1ull << bit;
                if (walk())
                    fail_msg("entry %u of page %u, bit %u may change", i % 512, i / 512, bit);
            }
        } else if (i % 37 == 0) {
            *entry = 0x40400000 | PTE_VALID | PTE_TABLE | PTE_AF | S2_READ;
            assert_false(walk());
        }
        *entry = whole;
    }
    assert_true(used > 200);
    assert_true(walk());
}

static void the_runtime_needs_copy_windows(void **state)
{
    uint32_t cleared = 0;

    (void)state;
    for (uint32_t i = 0; i < made.pages * 512; i++) {
        uint64_t table = entries()[i] - (made.module->copy_tables | PTE_VALID | PTE_TABLE);

        if (table == 0 || table == HV_PAGE_SIZE) {
            entries()[i] = 0;
            cleared++;
        }
    }
    assert_int_equal(cleared, 2);
    assert_false(walk());
}

// Its table would lie behind those of the cores: where messages are.
static void no_core_no_copy_window(void **state)
{
    uint64_t last = made.module->copy_tables + HV_PAGE_SIZE, *entry = entries();

    (void)state;
    while ((*entry & PTE_ADDRESS) != last)
        entry++;
    entry[1] = entry[0] + HV_PAGE_SIZE;
    assert_false(walk());
}

static void the_region_at_fault_is_named(void **state)
{
    struct tables_fault f;

    (void)state;
    made.memory[4].attributes |= TBL_MEM_UNCACHED; // declared differently from what is mapped
    f = check();
    assert_int_equal(f.code, TABLES_STAGE2);
    assert_int_equal(f.section, TBL_MEMORY);
    assert_int_equal(f.index, 4);
    setup(state);
    made.memory[15].attributes = TBL_MEM_READ | TBL_MEM_DEVICE;
    f = check();
    assert_int_equal(f.code, TABLES_STAGE1);
    assert_int_equal(f.section, TBL_MEMORY);
    assert_int_equal(f.index, 15);
}

static void one_partition_cannot_have_anothers_root(void **state)
{
    (void)state;
    made.partitions[SENSOR].stage2_root = made.partitions[CONTROL].stage2_root;
    assert_int_equal(check().code, TABLES_STAGE2);
    setup(state);
    made.module->el2_root = made.partitions[CONTROL].stage2_root;
    assert_int_equal(check().code, TABLES_STAGE1);
}

static void blocks_are_used_where_they_fit(void **state)
{
    (void)state;
    // A region that could be a block, mapped by pages, is not what the builder promises.
    made.memory[4].phys = 0x40a00000;
    made.memory[4].address = 0x40600000;
    made.memory[4].size = 0x200000;
    made.partitions[CONTROL].argument = 0;
    assert_int_equal(check().code, TABLES_STAGE2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(right_translations_pass, setup),
        cmocka_unit_test_setup(no_bit_of_an_entry_is_free, setup),
        cmocka_unit_test_setup(the_runtime_needs_copy_windows, setup),
        cmocka_unit_test_setup(no_core_no_copy_window, setup),
        cmocka_unit_test_setup(the_region_at_fault_is_named, setup),
        cmocka_unit_test_setup(one_partition_cannot_have_anothers_root, setup),
        cmocka_unit_test_setup(blocks_are_used_where_they_fit, setup),
    };

    return cmocka_run_group_tests_name("translation", tests, NULL, NULL);
}
