// SPDX-License-Identifier: BSD-2-Clause
// The machine as RTEMS treats it: console, memory, interrupts, ticks.
#include "rtems_machine.h"

volatile uint64_t ticks, latest, spurious, others, asked, answered;
static uint64_t interval;
static uint64_t tables[3][512] __attribute__((aligned(4096)));

// ---- Console: polled ---------------------------------------------------------------------------

static void put(char c)
{
    while (load32(UART + 0x18) & 1 << 5) // FR.TXFF
        ;
    store32(UART, (uint8_t)c);
}

void say(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
}

static void number(uint64_t n)
{
    char digits[20];
    int i = 0;

    do
        digits[i++] = (char)('0' + n % 10);
    while (n /= 10);
    while (i)
        put(digits[--i]);
}

void told(const char *what, uint64_t n)
{
    say(what);
    put(' ');
    number(n);
    say("\n");
}

_Noreturn void fatal(uint64_t esr, uint64_t elr)
{
    told("FAIL exception, ESR", esr);
    told("at", elr);
    system_reset();
}

// ---- Memory ------------------------------------------------------------------------------------

// Cleans and invalidates every level by set and way, as it is done before the MMU is turned on.
void flush_by_set_and_way(void)
{
    uint64_t clidr = READ(clidr_el1);

    for (unsigned level = 0; level < 7; level++) {
        if ((clidr >> 3 * level & 7) < 2)
            continue;
        WRITE(csselr_el1, level << 1);
        ISB();
        uint64_t ccsidr = READ(ccsidr_el1);
        unsigned shift = (ccsidr & 7) + 4, ways = (ccsidr >> 3 & 0x3ff) + 1;
        unsigned sets = (ccsidr >> 13 & 0x7fff) + 1;
        unsigned way_shift = ways > 1 ? (unsigned)__builtin_clz(ways - 1) : 31;
        for (uint64_t way = 0; way < ways; way++)
            for (uint64_t set = 0; set < sets; set++)
                __asm__ volatile("dc cisw, %0" ::"r"(way << way_shift | set << shift | level << 1)
                                 : "memory");
    }
    DSB();
}

void mmu_on(void)
{
    WRITE(mair_el1, 0xff44ff00); // 0: device, 1: memory
    WRITE(tcr_el1,
          16 | 1 << 8 | 1 << 10 | 3 << 12 | 1ull << 23 | 2ull << 32); // T0SZ 16, EPD1, 40 bits
    WRITE(ttbr0_el1, tables[0]);
    ISB();
    WRITE(sctlr_el1, READ(sctlr_el1) | 1 | 1 << 2 | 1 << 12); // M, C, I
    ISB();
}

void map(void)
{
    tables[0][0] = (uint64_t)(uintptr_t)tables[1] | 3;
    tables[1][0] = (uint64_t)(uintptr_t)tables[2] | 3;
    tables[1][1] = 0x40000000 | 1 << 10 | 3 << 8 | 1 << 2 | 1; // 1 GiB of memory
    for (uint64_t at = 0x08000000; at < 0x09200000; at += 0x200000)
        tables[2][at >> 21] = at | 1 << 10 | 1; // devices
    DSB();
    flush_by_set_and_way();
    mmu_on();
}

// ---- Interrupts --------------------------------------------------------------------------------

void distributor_init(void)
{
    uint32_t lines = 32 * ((load32(GICD + 4) & 31) + 1);

    store32(GICD, 0x37); // and no wait for RWP
    for (uint32_t i = 32; i < lines; i += 32) {
        store32(GICD + 0x180 + i / 8, 0xffffffff); // ICENABLER
        store32(GICD + 0x80 + i / 8, 0xffffffff);  // IGROUPR
        store32(GICD + 0xd00 + i / 8, 0);          // IGRPMODR
    }
    for (uint32_t i = 32; i < lines; i++) {
        store8(GICD + 0x400 + i, 0x7f); // IPRIORITYR
        store8(GICD + 0x800 + i, 1);    // ITARGETSR, which has no meaning with affinity routing
    }
}

void interface_init(unsigned cpu)
{
    uint64_t own = GICR + cpu * GICR_STRIDE;

    store32(own + 0x14, 0); // WAKER, and no wait
    store32(own + 0x10080, 0xffffffff);
    store32(own + 0x10d00, 0);
    for (unsigned i = 0; i < 32; i++)
        store8(own + 0x10400 + i, 0x7f);
    WRITE(s3_0_c12_c12_5, 3);  // ICC_SRE_EL1
    WRITE(s3_0_c4_c6_0, 0xff); // ICC_PMR_EL1
    WRITE(s3_0_c12_c12_3, 3);  // ICC_BPR1_EL1
    WRITE(s3_0_c12_c12_4, 0);  // ICC_CTLR_EL1
    WRITE(s3_0_c12_c12_7, 1);  // ICC_IGRPEN1_EL1
    store32(own + 0x10100, 1u << SGI);
    __asm__ volatile("msr daifclr, #2" ::: "memory");
}

void ticks_begin(void)
{
    interval = READ(cntfrq_el0) / 100;
    WRITE(cntp_cval_el0, READ(cntpct_el0) + interval);
    WRITE(cntp_ctl_el0, 1);
    store32(GICR + 0x10100, 1u << TIMER_PPI); // ISENABLER0
}

static void tick(void)
{
    uint64_t late = READ(cntpct_el0) - READ(cntp_cval_el0);

    latest = late > latest ? late : latest;
    WRITE(cntp_cval_el0, READ(cntp_cval_el0) + interval);
    ticks++;
}

static void answer(void) // on the second processor
{
    asked++;
    WRITE(s3_0_c12_c11_5, (uint64_t)SGI << 24 | 1); // ICC_SGI1R_EL1: to the first
}

void interrupt(void)
{
    for (;;) {
        uint32_t intid = (uint32_t)READ(s3_0_c12_c12_0); // ICC_IAR1_EL1

        if (intid == 1023)
            break;
        if (intid == TIMER_PPI)
            tick();
        else if (intid == SGI && (READ(mpidr_el1) & 0xff))
            answer();
        else if (intid == SGI)
            answered++;
        else
            others++;
        WRITE(s3_0_c12_c12_1, intid); // ICC_EOIR1_EL1
    }
    spurious++;
}

void idle_until(volatile uint64_t *counter, uint64_t value)
{
    while (*counter < value)
        __asm__ volatile("wfi" ::: "memory");
}
