// SPDX-License-Identifier: BSD-2-Clause
// The emulated PL011: its registers, its interrupt, and what it writes to the console.
#include "runtime_machine.h"
#include <string.h>

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
    RX = 1 << 4,
    TX = 1 << 5,
    RT = 1 << 6,
    RXFE = 1 << 4, // of FR
    RXFF = 1 << 6,
    TXFE = 1 << 7,
    FEN = 1 << 4, // of LCR_H
    DEPTH = 32,
};

#define DISPLAY_V (&vcpus[VCPU_DISPLAY])

// Display gets one instead of its shutdown interrupt.
static int setup(void **state)
{
    machine_setup(state);
    made_pl011(&made, false);
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

// ---- What is typed ------------------------------------------------------------------------------

static int setup_input(void **state)
{
    machine_setup(state);
    made_pl011(&made, true);
    seal_tables(made.bytes, made.size);
    if (!machine_boot())
        return 1;
    machine_window(DISPLAY_V);
    fake_console();
    return 0;
}

// The board's interrupt comes while there is something and nobody holds it back.
static void type(const char *text)
{
    fake.typed = text;
    while (*fake.typed && !fake.input_held) {
        fake.input_held = true;
        pl011_receive(DISPLAY_V, DISPLAY_V->partition);
    }
}

static void the_board_is_asked_by_a_listener_only(void **state)
{
    (void)state;
    assert_true(fake.listens);
    setup(state);
    assert_false(fake.listens);
}

static void what_is_typed_is_read_in_order(void **state)
{
    (void)state;
    pl011_write(DISPLAY_V, LCR_H, FEN);
    pl011_write(DISPLAY_V, IMSC, RX | RT);
    assert_int_equal(pl011_read(DISPLAY_V, FR), TXFE | RXFE);
    type("ls\r\xff");
    assert_true(line());
    assert_false(fake.input_held);
    assert_int_equal(pl011_read(DISPLAY_V, FR), TXFE);
    assert_int_equal(pl011_read(DISPLAY_V, DR), 'l');
    assert_int_equal(pl011_read(DISPLAY_V, DR), 's');
    assert_int_equal(pl011_read(DISPLAY_V, DR), '\r');
    assert_true(line());
    assert_int_equal(pl011_read(DISPLAY_V, DR), 0xff); // no errors in bits 8 to 11
    assert_false(line());
    assert_int_equal(pl011_read(DISPLAY_V, FR), TXFE | RXFE);
    assert_int_equal(pl011_read(DISPLAY_V, DR), 0);
    assert_int_equal(pl011_read(DISPLAY_V, RIS), 0);
}

// RX from the level that IFLS asks for, RT for less.
static void two_interrupts_tell_how_much(void **state)
{
    static const uint8_t levels[] = {4, 8, 16, 24, 28};

    (void)state;
    pl011_write(DISPLAY_V, LCR_H, FEN);
    for (unsigned i = 0; i < sizeof levels; i++) {
        pl011_write(DISPLAY_V, IFLS, i << 3);
        for (unsigned n = 1; n <= DEPTH; n++) {
            type("x");
            assert_int_equal(pl011_read(DISPLAY_V, RIS), n < levels[i] ? RT : RX | RT);
        }
        for (unsigned n = DEPTH; n--;) {
            assert_int_equal(pl011_read(DISPLAY_V, DR), 'x');
            assert_int_equal(pl011_read(DISPLAY_V, RIS), !n ? 0 : n < levels[i] ? RT : RX | RT);
        }
    }
    type("yz");
    pl011_write(DISPLAY_V, ICR, RX | RT);
    assert_int_equal(pl011_read(DISPLAY_V, RIS), 0);
    assert_int_equal(pl011_read(DISPLAY_V, DR), 'y'); // what is left tells again
    assert_int_equal(pl011_read(DISPLAY_V, RIS), RT);
}

// Who does not read holds the interrupt back, and nothing is lost.
static void a_full_fifo_holds_the_interrupt(void **state)
{
    char text[3 * DEPTH + 1];

    (void)state;
    for (unsigned i = 0; i < 3 * DEPTH; i++)
        text[i] = (char)('!' + i % 90);
    text[3 * DEPTH] = 0;
    pl011_write(DISPLAY_V, LCR_H, FEN);
    type(text);
    assert_true(fake.input_held);
    assert_ptr_equal(fake.typed, text + DEPTH);
    assert_int_equal(pl011_read(DISPLAY_V, FR), TXFE | RXFF);
    for (unsigned i = 0; i < 3 * DEPTH; i++) {
        assert_int_equal(pl011_read(DISPLAY_V, DR), (uint8_t)text[i]);
        assert_false(fake.input_held); // room: it may come again
        type(fake.typed);
    }
    assert_int_equal(pl011_read(DISPLAY_V, FR), TXFE | RXFE);
}

static void without_fifo_there_is_room_for_one(void **state)
{
    (void)state;
    type("ab");
    assert_true(fake.input_held);
    assert_int_equal(pl011_read(DISPLAY_V, FR), TXFE | RXFF);
    assert_int_equal(pl011_read(DISPLAY_V, RIS), RX | RT);
    assert_int_equal(pl011_read(DISPLAY_V, DR), 'a');
    assert_int_equal(pl011_read(DISPLAY_V, RIS), 0);
    type(fake.typed);
    assert_int_equal(pl011_read(DISPLAY_V, DR), 'b');
}

static void read_one(void)
{
    pl011_read(DISPLAY_V, DR);
}

// One interrupt does a bounded piece of work, however fast the host types and the guest reads.
static void one_interrupt_takes_one_fifo(void **state)
{
    char text[2 * DEPTH + 1];

    (void)state;
    memset(text, 'x', 2 * DEPTH);
    text[2 * DEPTH] = 0;
    pl011_write(DISPLAY_V, LCR_H, FEN);
    fake.on_type = read_one;
    fake.typed = text;
    fake.input_held = true;
    pl011_receive(DISPLAY_V, DISPLAY_V->partition);
    assert_ptr_equal(fake.typed, text + DEPTH);
    assert_false(fake.input_held);
}

static void a_restart_forgets_what_was_typed(void **state)
{
    (void)state;
    type("ab");
    assert_true(fake.input_held);
    pl011_reset(DISPLAY_V->partition);
    assert_false(fake.input_held);
    assert_int_equal(pl011_read(DISPLAY_V, FR), TXFE | RXFE);
    type(fake.typed);
    assert_int_equal(pl011_read(DISPLAY_V, DR), 'b');
}

static void say(const char *text)
{
    for (const char *c = text; *c; c++) {
        pl011_read(DISPLAY_V, FR); // may I?
        pl011_write(DISPLAY_V, DR, (uint8_t)*c);
    }
}

// A prompt is no whole line. It is shown when the guest waits for the answer.
static void a_prompt_is_shown_to_who_shall_answer(void **state)
{
    (void)state;
    say("login: ");
    pl011_read(DISPLAY_V, FR);
    assert_string_equal(fake_console(), "");
    pl011_read(DISPLAY_V, FR);
    assert_string_equal(fake_console(), "[display] login: ");
    say("me\n");
    assert_string_equal(fake_console(), "me\n");
    pl011_write(DISPLAY_V, IMSC, TX | RX);
    say("$ ");
    pl011_write(DISPLAY_V, IMSC, TX);
    assert_string_equal(fake_console(), "");
    pl011_write(DISPLAY_V, IMSC, RX); // it has sent all
    assert_string_equal(fake_console(), "[display] $ ");
}

static void only_a_listener_has_prompts(void **state)
{
    setup(state);
    machine_window(DISPLAY_V);
    fake_console();
    say("login: ");
    pl011_read(DISPLAY_V, FR);
    pl011_read(DISPLAY_V, FR);
    assert_string_equal(fake_console(), "");
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
        cmocka_unit_test_setup(the_board_is_asked_by_a_listener_only, setup_input),
        cmocka_unit_test_setup(what_is_typed_is_read_in_order, setup_input),
        cmocka_unit_test_setup(two_interrupts_tell_how_much, setup_input),
        cmocka_unit_test_setup(a_full_fifo_holds_the_interrupt, setup_input),
        cmocka_unit_test_setup(without_fifo_there_is_room_for_one, setup_input),
        cmocka_unit_test_setup(one_interrupt_takes_one_fifo, setup_input),
        cmocka_unit_test_setup(a_restart_forgets_what_was_typed, setup_input),
        cmocka_unit_test_setup(a_prompt_is_shown_to_who_shall_answer, setup_input),
        cmocka_unit_test_setup(only_a_listener_has_prompts, setup_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
