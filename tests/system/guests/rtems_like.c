// SPDX-License-Identifier: BSD-2-Clause
// A program as those of RTEMS's test suite: looks at what it needs of its machine, and ends by a
// reset.
#include "rtems_machine.h"

enum { TICKS = 50 };

static volatile uint64_t up;
static uint64_t line[64] __attribute__((aligned(64)));

static void check(bool ok, const char *what)
{
    say(ok ? "pass " : "FAIL ");
    say(what);
    say("\n");
}

static void cache_instructions(void)
{
    uint64_t zero = 4u << (READ(dczid_el0) & 15), kept = READ(ctr_el0);

    line[0] = 1;
    __asm__ volatile(
        "dc civac, %0\n\tdc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tic iallu\n\tdsb ish\n\tisb" ::"r"(
            line)
        : "memory");
    if (zero <= sizeof line && !(READ(dczid_el0) & 16))
        __asm__ volatile("dc zva, %0" ::"r"(line) : "memory");
    DSB();
    check(line[0] == 0 && kept == READ(ctr_el0), "cache maintenance by address");
    __asm__ volatile("dc ivac, %0\n\tdsb sy" ::"r"(line) : "memory");
}

static unsigned processors(void)
{
    unsigned n = 0;

    while (!(load64(GICR + n * GICR_STRIDE + 8) & 1 << 4)) // GICR_TYPER.Last
        n++;
    return n + 1;
}

_Noreturn void main_of_second(void)
{
    flush_by_set_and_way();
    mmu_on();
    interface_init(1);
    up = 1;
    for (;;)
        __asm__ volatile("wfi");
}

static void ask_second(void)
{
    check(psci(0xc4000003, 1, (uint64_t)(uintptr_t)_start, 0) == 0, "CPU_ON");
    while (!up)
        __asm__ volatile("yield" ::: "memory");
    for (unsigned n = 1; n <= 10; n++) {
        WRITE(s3_0_c12_c11_5, (uint64_t)SGI << 24 | 2);
        idle_until(&answered, n);
    }
    check(asked == 10 && answered == 10, "ten interrupts to the other processor, and back");
}

_Noreturn void Init(void)
{
    uint64_t first;
    unsigned cpus;

    map();
    say("*** BEGIN OF TEST LIKE ***\n");
    cache_instructions();
    distributor_init();
    interface_init(0);
    check(load8(GICR + 0x10400 + TIMER_PPI) != 0, "a byte of a priority is kept");
    cpus = processors();
    told("processors", cpus);

    first = READ(cntpct_el0);
    ticks_begin();
    idle_until(&ticks, TICKS);
    told("ticks", ticks);
    told("took", (READ(cntpct_el0) - first) * 1000 / READ(cntfrq_el0));
    told("late at most", latest * 1000000 / READ(cntfrq_el0));
    if (cpus > 1)
        ask_second();
    check(others == 0 && spurious > TICKS / 2, "1023 ends each row of interrupts");
    say("*** END OF TEST LIKE ***\n");
    system_reset();
}
