// SPDX-License-Identifier: BSD-2-Clause
// Its counters stand still outside its windows, and it holds them against its timetable: of each
// millisecond it has 0..300 us and 500..600 us.

#include "check.h"
#include "hv_irq.h"

enum { US = 1000, MS = 1000000, TICK = 16 }; // ns
enum { OWN = 400 * US };                     // what it has of each millisecond
#define BEGIN (1ul << 60)                    // TBL_FROZEN_START
enum { PROMPT = 64 };                        // ticks, after the start of a window at the latest

static volatile uint64_t fired, fired_at, strange;

static bool is_physical(uint64_t turn)
{
    return turn % 3;
}

void hv_interrupt(uint32_t intid)
{
    fired_at = hv_ticks();
    strange += intid != (is_physical(fired) ? HV_IRQ_PHYSICAL_TIMER : HV_IRQ_VIRTUAL_TIMER);
    fired++;
    hv_virtual_timer(0);
    hv_physical_timer(0);
}

// What the timetable has given until a module time.
static int64_t given(uint64_t ns)
{
    uint64_t in = ns % MS;

    return (int64_t)(ns / MS * OWN + (in < 300 * US   ? in
                                      : in < 500 * US ? 300 * US
                                      : in < 600 * US ? in - 200 * US
                                                      : OWN));
}

// How far the counter is ahead of that, in ns.
static int64_t ahead(void)
{
    struct hv_time t = hv_get_time();

    return (int64_t)((t.ticks - BEGIN) * TICK) - given(t.ns);
}

static void spin(uint64_t until) // by the own counter
{
    while (hv_ticks() < until)
        ;
}

// Before it has given anything up, from the first tick on.
static uint64_t off_the_timetable(void)
{
    uint64_t wrong = 0;

    for (uint64_t at = (hv_ticks() - BEGIN) * TICK / OWN + 1, end = at + 500; at < end; at++) {
        spin(BEGIN + (at * OWN + 150 * US) / TICK);
        wrong += ahead() != 0;
        spin(BEGIN + (at * OWN + 350 * US) / TICK);
        wrong += ahead() != 0;
    }
    return wrong;
}

// With a call under way at each end of a window.
static void calls_at_the_edges(void)
{
    int64_t base, most = 0, least = 0, now, left;
    uint64_t back = 0, last = 0, ticks;

    base = ahead();
    for (uint64_t end = hv_ticks() + 200 * OWN / TICK; last < end; last = ticks) {
        now = ahead() - base;
        most = now > most ? now : most;
        least = now < least ? now : least;
        ticks = hv_ticks();
        back += ticks < last;
    }
    spin(last + 50 * OWN / TICK);
    left = ahead() - base;
    check_equal(back, 0, "it never goes back, with calls at the edges");
    check_equal(least, 0, "nor falls behind");
    check(most <= PROMPT * TICK, "and is ahead by less than a call");
    check_equal(left, 0, "which it makes good");
}

static void restarts(void)
{
    uint64_t starts = hv_partition_status().starts, ticks = hv_ticks() - BEGIN;

    if (starts == 1) {
        hv_printf("first start %lu wrong %lu\n", ticks, off_the_timetable());
        hv_set_partition_mode(HV_MODE_COLD_START);
    }
    hv_set_partition_mode(HV_MODE_NORMAL);
    if (starts == 2) {
        hv_printf("cold start %lu\n", ticks);
        hv_set_partition_mode(HV_MODE_WARM_START);
    }
    check(ticks < 100 * US / TICK, "a warm start begins at 2^60");
}

// Each of the three ways to set a timer, in turn: the virtual one, the physical one by CVAL, by
// TVAL.
static void timers(void)
{
    uint64_t late = 0, early = 0, silent = 0;

    for (uint64_t i = 0; i < 600; i++) {
        uint64_t after = (1 * US + i * 7919 % 900 * US) / TICK, at = hv_ticks() + after;

        if (i % 3 == 0) {
            hv_virtual_timer(at);
        } else if (i % 3 == 1) {
            hv_physical_timer(at);
        } else {
            WRITE(cntp_tval_el0, after);
            WRITE(cntp_ctl_el0, 1);
            at = READ(cntp_cval_el0);
        }
        hv_irq_unmask();
        while (fired == i && hv_ticks() < at + MS / TICK)
            hv_wait();
        hv_irq_mask();
        silent += fired != i + 1;
        fired = i + 1;
        early += fired_at < at;
        late += fired_at > at + PROMPT;
    }
    check_equal(silent, 0, "each timer fires");
    check_equal(strange, 0, "the right one");
    check_equal(early, 0, "not before its own time");
    check_equal(late, 0, "nor later");
}

static void one_time(void)
{
    uint64_t differ = 0, back = 0, last = 0;

    for (uint64_t end = hv_ticks() + 50 * OWN / TICK; last < end;) {
        uint64_t virtual_before = hv_ticks(), physical = READ(cntpct_el0);

        back += virtual_before < last;
        last = hv_ticks();
        differ += physical < virtual_before || physical > last;
    }
    check_equal(differ, 0, "both counters show the same");
    check_equal(back, 0, "which never goes back");
}

static void registers(void)
{
    static const uint64_t hostile[] = {0, 1, ~0ul - 2, 1ul << 63, ~0ul >> 1, 0xffffffff, BEGIN};
    uint64_t last = hv_ticks(), back = 0, kept = 0, value, wrong = 0;

    for (unsigned i = 0; i < 7000; i++) {
        value = hostile[i % 7] + i / 7 % 3;
        WRITE(cntv_cval_el0, value);
        WRITE(cntp_cval_el0, value);
        kept += READ(cntp_cval_el0) != value || READ(cntv_cval_el0) != value;
        WRITE(cntp_ctl_el0, 3); // masked
        WRITE(cntv_ctl_el0, 3);
        __asm__ volatile("isb");
        // ISTATUS: a far future is not the past.
        wrong += (READ(cntp_ctl_el0) & 4) != (value < last ? 4 : 0);
        wrong += (READ(cntv_ctl_el0) & 4) != (value < last ? 4 : 0);
        WRITE(cntp_tval_el0, hostile[i % 7]);
        WRITE(cntp_ctl_el0, ~0ul << 2);
        WRITE(cntv_ctl_el0, 0);
        back += hv_ticks() < last || READ(cntpct_el0) < last;
        last = hv_ticks();
    }
    check_equal(kept, 0, "compare values are kept");
    check_equal(wrong, 0, "and compared with the own time");
    check_equal(back, 0, "which nothing that is written turns back");
    WRITE(cntp_tval_el0, 1000000);
    value = READ(cntp_cval_el0);
    check(value > last + 1000000 && value < hv_ticks() + 1000000, "TVAL counts from now");
    check_equal(READ(cntp_tval_el0) >> 10, 1000000 >> 10, "down to the compare value");
    WRITE(cntp_tval_el0, -5);
    check((int32_t)READ(cntp_tval_el0) < -5 && READ(cntp_tval_el0) >> 32 == 0, "and below 0");
}

// From one window to another, which its compare values outlive.
static void across(void)
{
    uint64_t before, wrong = 0;
    struct hv_execution used;

    WRITE(cntp_cval_el0, ~0ul);
    WRITE(cntp_ctl_el0, 3);
    before = hv_ticks();
    hv_idle_self();
    check(hv_ticks() - before < 2 * PROMPT, "what it gives up does not count");
    check_equal(READ(cntp_cval_el0), -1, "a window later its timer is set as before");
    check_equal(READ(cntp_ctl_el0), 3, "and has not expired");
    for (unsigned i = 0; i < 100; i++) {
        before = hv_ticks();
        used = hv_execution_time();
        wrong += used.own / TICK < before - BEGIN || used.own / TICK > hv_ticks() - BEGIN;
        spin(before + 101 * US / TICK);
    }
    check_equal(wrong, 0, "it is the execution time");
}

static int64_t call(uint64_t function, uint64_t argument)
{
    struct hv_registers r = {{function, argument}};

    return hv_call(&r);
}

int main(void)
{
    restarts();
    calls_at_the_edges();
    hv_irq_init();
    hv_irq_enable(HV_IRQ_VIRTUAL_TIMER, 0x80);
    hv_irq_enable(HV_IRQ_PHYSICAL_TIMER, 0x80);
    timers();
    one_time();
    registers();
    across();
    check_equal(call(0x80000001, 0xc5000020), -1, "nothing is stolen from who has no other time");
    check_equal(call(0xc5000021, 0), -1, "so PV_TIME_ST is not supported");
    checks_done();
}
