// SPDX-License-Identifier: BSD-2-Clause
// Both EL1 timers at once, at compare values inside and outside the own windows. Runs twice on one
// core: nobody sees the other's timers, and what expired meanwhile fires when the window begins.

#include "check.h"
#include "hv_irq.h"

#define ROUNDS 200

static volatile uint64_t virtual_at, physical_at; // 0: not armed
static volatile uint64_t fired[2], strange, too_early, latest, at_entry;

void hv_interrupt(uint32_t intid)
{
    bool is_virtual = intid == HV_IRQ_VIRTUAL_TIMER;
    uint64_t now = is_virtual ? hv_ticks() : READ(cntpct_el0);
    uint64_t due = is_virtual ? virtual_at : physical_at;
    uint64_t begin = ticks_at(hv_window_status().start);

    if ((!is_virtual && intid != HV_IRQ_PHYSICAL_TIMER) || !due) {
        strange++;
        hv_irq_disable(intid);
        return;
    }
    too_early += now < due;
    if (due < begin) {
        at_entry++;
        due = begin;
    }
    if (now - due > latest)
        latest = now - due;
    if (is_virtual) {
        hv_virtual_timer(0);
        virtual_at = 0;
    } else {
        hv_physical_timer(0);
        physical_at = 0;
    }
    fired[is_virtual]++;
}

int main(void)
{
    uint64_t seed = hv_partition_status().id * 7919 + 1;
    uint64_t frame = hv_partition_status().period * (hv_get_time().hz / 1000) / 1000000;

    hv_irq_init();
    hv_irq_enable(HV_IRQ_VIRTUAL_TIMER, 0x80);
    hv_irq_enable(HV_IRQ_PHYSICAL_TIMER, 0x80);
    for (unsigned round = 0; round < ROUNDS; round++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        virtual_at = hv_ticks() + (seed >> 33) % (frame * 2);
        physical_at = READ(cntpct_el0) + (seed >> 13) % (frame * 2);
        hv_virtual_timer(virtual_at);
        hv_physical_timer(physical_at);
        hv_irq_unmask();
        while (virtual_at || physical_at)
            round % 2 ? hv_wait() : hv_idle_self();
        hv_irq_mask();
    }
    hv_printf("%lu of them at a window's start, late %lu ticks at most\n", at_entry, latest);
    // A compare value that has long passed fires at once.
    virtual_at = 1;
    hv_virtual_timer(1);
    hv_irq_unmask();
    __asm__ volatile("isb");
    hv_irq_mask();
    check_equal(virtual_at, 0, "a passed compare value fires at once");
    check_equal(fired[1], ROUNDS + 1, "every virtual timer interrupt came once");
    check_equal(fired[0], ROUNDS, "every physical timer interrupt came once");
    check_equal(strange, 0, "no interrupt of another came");
    check_equal(too_early, 0, "none came early");
    check(at_entry > ROUNDS / 4, "many expired outside the windows");
    checks_done();
}
