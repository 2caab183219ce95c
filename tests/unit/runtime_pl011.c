// SPDX-License-Identifier: BSD-2-Clause
// The emulated PL011: its registers, its interrupt, and what it writes to the console.
#include "runtime_machine.h"

enum { UART = 5 }; // interrupt record
enum {
    DR = 0x00,
    FR = 0x18,
    IBRD = 0x24,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44,
    DMACR = 0x48,
    TX = 1 << 5,
};

#define DISPLAY_V (&vcpus[VCPU_DISPLAY])

// Display gets one instead of its shutdown interrupt.
static int setup(void **state)
{
    machine_setup(state);
    made.interrupts[6] = made.interrupts[5];
    made.interrupts[5].intid = TBL_PL011_INTID;
    made.interrupts[5].flags = TBL_IRQ_SOFT | TBL_IRQ_PL011;
    for (unsigned i = 0; i < made.header->directory[TBL_RING].count; i++)
        if (made.rings[i].interrupt == 5)
            made.rings[i].interrupt = 6;
    seal_tables(made.bytes, made.size);
    return !machine_boot();
}

static bool line(void)
{
    return DISPLAY_V->arch.raised >> UART & 1;
}

static void only_who_has_one_has_one(void **state)
{
    const struct partition *p = DISPLAY_V->partition;

    (void)state;
    assert_false(pl011_covers(p, 0x08ffffff));
    assert_true(pl011_covers(p, 0x09000000));
    assert_true(pl011_covers(p, 0x09000fff));
    assert_false(pl011_covers(p, 0x09001000));
    assert_false(pl011_covers(vcpus[VCPU_SENSOR].partition, 0x09000000));
    assert_false(pl011_covers(vcpus[VCPU_CONTROL_0].partition, 0x09000000));
}

static void it_says_what_it_is(void **state)
{
    static const uint8_t ids[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    (void)state;
    for (unsigned i = 0; i < sizeof ids; i++)
        assert_int_equal(pl011_read(DISPLAY_V, 0xfe0 + 4 * i), ids[i]);
    assert_int_equal(pl011_read(DISPLAY_V, FR), 0x90); // nothing received, all sent
    assert_int_equal(pl011_read(DISPLAY_V, CR), 0x300);
    assert_int_equal(pl011_read(DISPLAY_V, IFLS), 0x12);
    assert_int_equal(pl011_read(DISPLAY_V, DR), 0);
    for (uint32_t offset = 0x4c; offset < 0xfe0; offset += 4)
        assert_int_equal(pl011_read(DISPLAY_V, offset), 0);
}

static void settings_are_kept_until_a_restart(void **state)
{
    (void)state;
    pl011_write(DISPLAY_V, IBRD, 0x1234d);
    pl011_write(DISPLAY_V, LCR_H, 0x70);
    assert_int_equal(pl011_read(DISPLAY_V, IBRD), 0x234d); // 16 bits
    assert_int_equal(pl011_read(DISPLAY_V, LCR_H), 0x70);
    pl011_write(DISPLAY_V, IMSC, 0xffffffff);
    assert_int_equal(pl011_read(DISPLAY_V, IMSC), 0x7ff);
    pl011_write(DISPLAY_V, DMACR, 0xfffd);
    assert_int_equal(pl011_read(DISPLAY_V, DMACR), 5); // 3 bits
    pl011_write(DISPLAY_V, RIS, 0xff);                 // read-only
    assert_int_equal(pl011_read(DISPLAY_V, RIS), 0);
    for (uint32_t offset = 0x4c; offset < 0x1000; offset += 4)
        pl011_write(DISPLAY_V, offset, 0xffffffff);
    assert_int_equal(pl011_read(DISPLAY_V, 0xfe0), 0x11);
    pl011_reset(DISPLAY_V->partition);
    assert_int_equal(pl011_read(DISPLAY_V, IBRD), 0);
    assert_int_equal(pl011_read(DISPLAY_V, LCR_H), 0);
    assert_int_equal(pl011_read(DISPLAY_V, IMSC), 0);
    assert_int_equal(pl011_read(DISPLAY_V, DMACR), 0);
    assert_int_equal(pl011_read(DISPLAY_V, CR), 0x300);
}

static void what_is_sent_is_on_the_console(void **state)
{
    (void)state;
    machine_window(DISPLAY_V);
    fake_console();
    for (const char *c = "hello\r\n"; *c; c++)
        pl011_write(DISPLAY_V, DR, (uint8_t)*c | 0xffff00);
    while (console_drain(CONSOLE_IDLE_BUDGET))
        ;
    assert_string_equal(fake_console(), "[display] hello\n");
}

static void the_line_follows_status_and_mask(void **state)
{
    (void)state;
    machine_window(DISPLAY_V);
    pl011_write(DISPLAY_V, DR, 'x');
    assert_int_equal(pl011_read(DISPLAY_V, RIS), TX);
    assert_int_equal(pl011_read(DISPLAY_V, MIS), 0);
    assert_false(line());
    pl011_write(DISPLAY_V, IMSC, TX);
    assert_int_equal(pl011_read(DISPLAY_V, MIS), TX);
    assert_true(line());
    pl011_write(DISPLAY_V, ICR, ~TX);
    assert_true(line());
    pl011_write(DISPLAY_V, ICR, TX);
    assert_int_equal(pl011_read(DISPLAY_V, RIS), 0);
    assert_false(line());
    pl011_write(DISPLAY_V, DR, 'y');
    assert_true(line());
    pl011_write(DISPLAY_V, IMSC, 0);
    assert_false(line());
}

// Written by one vcpu, heard by another that runs on its own core, which has to look.
static void the_line_reaches_another_core(void **state)
{
    struct vcpu *writer = &vcpus[VCPU_CONTROL_0], *hearer = &vcpus[VCPU_CONTROL_1];

    (void)state;
    writer->partition->uart = 3;           // a record of the second vcpu's
    CALL(writer, 0xc4000003, 1, CODE_IPA); // CPU_ON
    machine_window(hearer);
    fake.kicks[1] = 0;
    pl011_write(writer, IMSC, TX);
    assert_int_equal(fake.kicks[1], 0);
    pl011_write(writer, DR, 'x');
    assert_int_equal(hearer->arch.raised, 1u << 3);
    assert_int_equal(fake.kicks[1], 1);
    pl011_write(writer, DR, 'y'); // up as it was
    assert_int_equal(fake.kicks[1], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_who_has_one_has_one, setup),
        cmocka_unit_test_setup(it_says_what_it_is, setup),
        cmocka_unit_test_setup(settings_are_kept_until_a_restart, setup),
        cmocka_unit_test_setup(what_is_sent_is_on_the_console, setup),
        cmocka_unit_test_setup(the_line_follows_status_and_mask, setup),
        cmocka_unit_test_setup(the_line_reaches_another_core, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
