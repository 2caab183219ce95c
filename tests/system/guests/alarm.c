// SPDX-License-Identifier: BSD-2-Clause
// Owns the PL031: sets its alarm so that the line rises inside a window or outside of all, and sees
// it at once or at the next window's start; also when its windows are gone for a while.

#include "check.h"
#include "hv_irq.h"

#define RTC       0x09010000ul // PL031 (DDI 0224)
#define RTCDR     (*(volatile uint32_t *)(RTC + 0x00))
#define RTCMR     (*(volatile uint32_t *)(RTC + 0x04))
#define RTCIMSC   (*(volatile uint32_t *)(RTC + 0x10))
#define RTCRIS    (*(volatile uint32_t *)(RTC + 0x14))
#define RTCICR    (*(volatile uint32_t *)(RTC + 0x1c))
#define INTERRUPT (HV_IRQ_SPI + 2)

enum { SOON = 5000, LENGTH = 600000, FRAME = 1700000 }; // ns: devices.py
enum { SHIFT = 1000000000 % FRAME };                    // of a second against the frame

static volatile uint64_t taken, strange, came_at;
static struct hv_window came_in;

void hv_interrupt(uint32_t intid)
{
    came_at = hv_get_time().ns;
    came_in = hv_window_status();
    strange += intid != INTERRUPT;
    taken++;
    RTCICR = 1;
}

// Sets the alarm `into` ns behind the start of a window; it rises a second later, to the ns. When.
static uint64_t set(uint64_t into)
{
    uint64_t start;

    hv_idle_self();
    start = hv_window_status().start;
    while (hv_get_time().ns < start + into)
        __asm__ volatile("yield");
    RTCMR = RTCDR + 1;
    return hv_get_time().ns + 1000000000;
}

// Waits for the next alarm; whether it came inside a window, as soon as it could.
static bool in_time(uint64_t rises)
{
    static uint64_t all;
    uint64_t due;

    all++;
    while (taken < all && hv_get_time().ns < rises + 4000000000)
        hv_wait();
    due = rises > came_in.start ? rises : came_in.start;
    return taken == all && came_at + SOON > due && came_at < due + SOON && came_at < came_in.end;
}

int main(void)
{
    uint64_t rises, outside = 0, inside = 0, last;
    bool ok = true;

    check_equal(*(volatile uint32_t *)(RTC + 0xfe0), 0x31, "the clock is there");
    hv_irq_init();
    hv_irq_enable(INTERRUPT, 0x80);
    RTCICR = 1;
    RTCIMSC = 1;
    hv_irq_unmask();
    for (unsigned i = 0; i < 10; i++) {
        uint64_t into = 20000 + 50000 * i; // into the window, where SHIFT later may be outside

        rises = set(into);
        ok &= in_time(rises);
        if (into + SHIFT < LENGTH)
            inside += rises >= came_in.start;
        else
            outside += rises < came_in.start && came_in.start - rises < FRAME;
    }
    check(ok, "every alarm comes, as soon as it may");
    check_equal((int64_t)inside, 4, "at once when its window is open");
    check_equal((int64_t)outside, 6, "else with the next window");

    rises = set(100000);
    last = hv_window_status().frame;
    hv_set_partition_mode(HV_MODE_NORMAL); // the boss takes the windows away
    while (hv_get_time().ns + 500000000 < rises) {
        last = hv_window_status().frame;
        hv_idle_self();
    }
    check(in_time(rises), "one that rose while there were no windows comes");
    check(came_in.frame > last + 100 && came_in.start > rises + 100000000,
          "with the first window of the next schedule");
    check(in_time(set(100000)), "and the one after it");
    check_equal((int64_t)taken, 12, "all of them came once");
    check_equal((int64_t)strange, 0, "and no other interrupt");
    check_equal(RTCRIS, 0, "the line is down");
    checks_done();
}
