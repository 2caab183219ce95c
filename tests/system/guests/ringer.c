// SPDX-License-Identifier: BSD-2-Clause
// Rings the doorbells of listeners on its own core and on others, in and outside of their windows,
// and holds what they heard against what it rang.

#include "check.h"
#include "doorbells.h"

enum { NEAR, FAR, LATE, LISTENERS }; // same core; another, all the time; another, at other times

static const char *const names[LISTENERS] = {"near", "far", "late"};
static struct hv_doorbell later[LISTENERS], at_once;
static uint64_t id[LISTENERS];

static struct heard *heard(unsigned who)
{
    return (struct heard *)((uintptr_t)HEARD + who * 4096ul);
}

static uint64_t ring(uint64_t handle)
{
    uint64_t reached = ~0ul;

    RUNG->sequence++;
    RUNG->ticks = hv_ticks();
    hv_doorbell_ring(handle, &reached);
    return reached;
}

static void wait(unsigned windows)
{
    while (windows--)
        hv_idle_self();
}

static void names_are_ones_own(void)
{
    struct hv_doorbell d;

    for (unsigned i = 0; i < LISTENERS; i++) {
        check_equal(hv_doorbell_open(names[i], &later[i]), HV_OK, "a doorbell opens by its name");
        check_equal(later[i].targets, 1, "and tells its targets");
        hv_partition_find(names[i], &id[i]);
    }
    check_equal(hv_doorbell_open("at_once", &at_once), HV_OK, "so does another");
    check_equal(hv_doorbell_open("buddy", &d), HV_INVALID_PARAM, "but none of another partition");
    check_equal(hv_doorbell_ring(99, NULL), HV_INVALID_PARAM, "nor by an invented handle");
}

// 20 windows with 500 rings each; the target's window comes later.
static void rings_merge(unsigned who)
{
    uint64_t wrong = 0, unheard = 0, into = 0, before = heard(who)->count[0];

    for (unsigned n = 1; n <= 20; n++) {
        wait(1);
        for (unsigned i = 0; i < 500; i++)
            wrong += ring(later[who].handle) != 1;
        wait(1);
        unheard += heard(who)->count[0] != before + n || heard(who)->sequence != RUNG->sequence;
        into = heard(who)->into > into ? heard(who)->into : into;
    }
    hv_printf("%s: 10000 rings, %lu interrupts, %lu ns into a window at most\n", names[who],
              heard(who)->count[0] - before, into);
    check_equal(wrong, 0, "each ring reaches its target");
    check_equal(unheard, 0, "each window has one interrupt, which knows of the last ring");
    check(into < 10000, "at the very beginning of the window");
}

// Until the listener has heard `count` at once, or a while has passed; how long that took.
static uint64_t await(uint64_t count)
{
    uint64_t start = hv_ticks();

    while (heard(FAR)->count[1] < count && hv_ticks() - start < 62500)
        __asm__ volatile("yield");
    return heard(FAR)->ticks - RUNG->ticks;
}

static void pause(uint64_t us)
{
    uint64_t start = hv_ticks();

    while (hv_ticks() - start < us * 125 / 2)
        __asm__ volatile("yield");
}

static void another_core_is_told_at_once(void)
{
    uint64_t first = heard(FAR)->count[1], slowest = 0, took, lost = 0;

    for (unsigned i = 1; i <= 100; i++) {
        if (i % 4 == 1)
            wait(1);
        pause(60);
        ring(at_once.handle);
        took = await(first + i);
        lost += heard(FAR)->count[1] != first + i || heard(FAR)->sequence != RUNG->sequence;
        slowest = took > slowest ? took : slowest;
    }
    hv_printf("at once: 100 rings, %lu ns at most\n", slowest * 16);
    check_equal(lost, 0, "a ring interrupts a window on another core");
    check(slowest * 16 < 10000, "within microseconds");
}

static void a_storm_takes_little(void)
{
    uint64_t before, start, all, count;

    wait(1);
    before = heard(FAR)->count[1];
    start = hv_ticks();
    for (unsigned i = 0; i < 10000; i++) { // goes on over several windows
        ring(at_once.handle);
        __asm__ volatile("yield");
    }
    all = (hv_ticks() - start) / 3125;
    wait(2);
    count = heard(FAR)->count[1] - before;
    hv_printf("storm: 10000 rings in %lu times 50 us, %lu interrupts\n", all, count);
    check(count > all / 4 && count <= all + 3, "and no more often than configured");
    check_equal(heard(FAR)->sequence, RUNG->sequence, "the last one is heard");
}

static void without_every_a_window_is_left_alone(void)
{
    uint64_t before = heard(FAR)->count[0], early = 0;

    for (unsigned n = 1; n <= 10; n++) {
        wait(1);
        ring(later[FAR].handle);
        pause(100);
        early += heard(FAR)->count[0] != before + n - 1;
    }
    wait(1);
    check_equal(early, 0, "a window on another core is not interrupted");
    check_equal(heard(FAR)->count[0], before + 10, "its successor begins with the ring");
    check(heard(FAR)->into < 10000, "at the very beginning");
}

static void states_of_the_target(void)
{
    struct heard *h = heard(NEAR);
    uint64_t before, starts;

    wait(1);
    hv_partition_control(id[NEAR], HV_CONTROL_SUSPEND);
    before = h->count[0];
    check_equal(ring(later[NEAR].handle), 1, "a suspended partition is reached");
    wait(3);
    check_equal(h->count[0], before, "but hears nothing yet");
    hv_partition_control(id[NEAR], HV_CONTROL_RESUME);
    wait(1);
    check_equal(h->count[0], before + 1, "until it goes on, once");

    hv_partition_control(id[NEAR], HV_CONTROL_HALT);
    check_equal(ring(later[NEAR].handle), 0, "a halted partition is not reached");
    starts = h->starts;
    hv_partition_control(id[NEAR], HV_CONTROL_COLD_START);
    check_equal(ring(later[NEAR].handle), 0, "nor one that is being restarted");
    while (h->starts == starts)
        wait(1);
    wait(2);
    check_equal(h->count[0], before + 1, "it starts with nothing pending");

    wait(1);
    starts = h->starts;
    check_equal(ring(later[NEAR].handle), 1, "a ring pends");
    hv_partition_control(id[NEAR], HV_CONTROL_WARM_START);
    while (h->starts == starts)
        wait(1);
    wait(2);
    check_equal(h->count[0], before + 1, "and a restart forgets it");
    ring(later[NEAR].handle);
    wait(1);
    check_equal(h->count[0], before + 2, "the next one is heard again");
}

static void a_partition_ends_when_it_is_asked(unsigned who)
{
    struct hv_partition p = {0};

    check_equal(hv_partition_control(id[who], HV_CONTROL_SHUTDOWN), HV_OK, "is asked to end");
    wait(2);
    hv_partition_query(id[who], &p);
    check(heard(who)->ended == 1 && p.state == HV_STATE_HALTED, "and ends by itself");
    check_equal(hv_partition_control(id[who], HV_CONTROL_SHUTDOWN), HV_INVALID_MODE,
                "nobody is there to be asked again");
}

int main(void)
{
    wait(30); // the listeners are there
    names_are_ones_own();
    rings_merge(NEAR);
    rings_merge(LATE);
    another_core_is_told_at_once();
    a_storm_takes_little();
    without_every_a_window_is_left_alone();
    states_of_the_target();
    a_partition_ends_when_it_is_asked(NEAR);
    a_partition_ends_when_it_is_asked(FAR);
    check_equal(hv_partition_control(id[LATE], HV_CONTROL_SHUTDOWN), HV_INVALID_MODE,
                "a partition without the interrupt is not asked");
    for (unsigned i = 0; i < LISTENERS; i++)
        check_equal(heard(i)->strange, 0, "nobody heard anything else");
    checks_done();
}
