// SPDX-License-Identifier: BSD-2-Clause
// Is told its stolen time (DEN0057), and holds that against its timetable: of each millisecond it
// has 0..300 us and 500..600 us.

#include "check.h"
#include "hv_irq.h"

enum { MS = 1000000, FIRST = 300000, SECOND = 500000, TICK = 16 }; // ns

static volatile struct {
    uint32_t revision, attributes;
    uint64_t stolen;
} * told;

void hv_interrupt(uint32_t intid)
{
    (void)intid;
    hv_virtual_timer(0);
    hv_physical_timer(0);
}

static int64_t call(uint64_t function, uint64_t argument)
{
    struct hv_registers r = {{function, argument}};

    return hv_call(&r);
}

// What the timetable has taken until a window begins, since the one at 0.
static uint64_t taken(uint64_t start)
{
    return start / MS * (MS - FIRST - (600000 - SECOND)) + (start % MS ? SECOND - FIRST : 0);
}

// Runs to the next window.
static struct hv_window spend(void)
{
    uint64_t start = hv_window_status().start;
    struct hv_window w;

    do
        w = hv_window_status();
    while (w.start == start);
    return w;
}

// Waits for an interrupt until the next window; what was stolen meanwhile.
static int64_t wait(struct hv_window *w)
{
    uint64_t start = hv_window_status().start, before = told->stolen;

    do {
        hv_wait();
        *w = hv_window_status();
    } while (w->start == start);
    return (int64_t)(told->stolen - before);
}

static void waits(void)
{
    struct hv_window w = spend(), next;

    hv_virtual_timer(ticks_at(w.end + 48000));
    check_equal(wait(&next), next.start - w.end - 48000, "waiting: from the timer's expiry on");
    w = spend();
    hv_physical_timer(ticks_at(w.end + 80000));
    check_equal(wait(&next), next.start - w.end - 80000, "or that of the other timer");
    w = spend();
    hv_physical_timer(ticks_at(w.end + 96000));
    hv_virtual_timer(ticks_at(w.end + 160000));
    check_equal(wait(&next), next.start - w.end - 96000, "of the first of them");
    spend();
    check_equal(wait(&next), 0, "without one nothing is stolen");
    w = spend();
    hv_virtual_timer(ticks_at(w.end + 3 * MS));
    check_equal(wait(&next), 0, "nor before it expires");
    hv_virtual_timer(0);
    w = spend();
    hv_irq_mask();
    hv_virtual_timer(ticks_at(w.end + 48000));
    WRITE(cntv_ctl_el0, 3); // IMASK
    check_equal(wait(&next), 0, "nor by one that is masked");
    hv_virtual_timer(0);
    hv_irq_unmask();
}

int main(void)
{
    uint64_t wrong = 0, before;
    struct hv_window w;

    told = (void *)call(0xc5000021, 0);
    before = told->stolen;
    if (hv_partition_status().starts == 1) {
        for (unsigned i = 0; i < 10; i++)
            spend();
        hv_printf("first start %lu then %lu\n", before, told->stolen);
        hv_set_partition_mode(HV_MODE_COLD_START);
    }
    check_equal(before, 0, "it begins at 0 again");
    check_equal(call(0x80000001, 0xc5000020), 0, "SMCCC_ARCH_FEATURES tells of PV_TIME_FEATURES");
    check_equal(call(0xc5000020, 0xc5000021), 0, "that of PV_TIME_ST");
    check_equal(call(0xc5000020, 0xc5000022), -1, "and of nothing else");
    check_equal((uintptr_t)told, 0x090a0000, "which says where the structure is");
    check(told->revision == 0 && told->attributes == 0, "its revision and attributes are 0");
    hv_set_partition_mode(HV_MODE_NORMAL);
    hv_irq_init();
    hv_irq_enable(HV_IRQ_VIRTUAL_TIMER, 0x80);
    hv_irq_enable(HV_IRQ_PHYSICAL_TIMER, 0x80);
    hv_irq_unmask();

    w = spend();
    before = told->stolen - taken(w.start);
    for (unsigned i = 0; i < 500; i++) {
        w = spend();
        wrong += told->stolen - taken(w.start) != before;
    }
    check_equal(wrong, 0, "who works is robbed of each gap, to the tick");
    waits();
    before = told->stolen;
    hv_idle_self();
    check_equal(told->stolen, before, "what is given up is not stolen");
    w = spend();
    before = told->stolen;
    told->stolen = 0; // a memory violation, which is ignored
    check_equal(told->stolen, before, "nobody writes to the structure from here");
    checks_done();
}
