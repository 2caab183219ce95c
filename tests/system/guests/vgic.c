// SPDX-License-Identifier: BSD-2-Clause
// The virtual interrupt controller as a guest sees it: which ids exist, enabled, pending and active
// apart from each other, priorities, software-generated interrupts to oneself.

#include "check.h"
#include "hv_irq.h"

#define GICD32(offset) (*(volatile uint32_t *)(HV_GICD + (offset)))
#define GICR32(offset) (*(volatile uint32_t *)(HV_GICR + (offset)))
#define GICR64(offset) (*(volatile uint64_t *)(HV_GICR + (offset)))
#define SGI32(offset)  (*(volatile uint32_t *)(HV_GICR + 0x10000 + (offset)))
#define SGI16(offset)  (*(volatile uint16_t *)(HV_GICR + 0x10000 + (offset)))
#define SGI8(offset)   (*(volatile uint8_t *)(HV_GICR + 0x10000 + (offset)))
#define SGI64(offset)  (*(volatile uint64_t *)(HV_GICR + 0x10000 + (offset)))

enum {
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    IPRIORITYR = 0x400,
    ICFGR = 0xc00,
};

static volatile uint32_t order[32], taken, active_seen, pended_again;

void hv_interrupt(uint32_t intid)
{
    SGI32(ISPENDR) = pended_again;
    WRITE(cntv_ctl_el0, 0);
    WRITE(cntp_ctl_el0, 0);
    if (taken < 32)
        order[taken] = intid;
    taken++;
    active_seen |= SGI32(ISACTIVER);
}

static void let_in(void)
{
    hv_irq_unmask();
    __asm__ volatile("isb\n\tnop\n\tnop\n\tisb");
    hv_irq_mask();
}

static void registers(void)
{
    uint32_t typer = GICD32(4);

    check_equal(GICD32(0) & 0x12, 0x12, "GICD_CTLR keeps ARE and EnableGrp1");
    check_equal(GICD32(0xffe8) >> 4 & 15, 3, "GICD_PIDR2 says GICv3");
    check_equal(typer & 31, 1, "GICD_TYPER covers one word of SPIs when none is given");
    check_equal(GICR32(0xffe8) >> 4 & 15, 3, "GICR_PIDR2 says GICv3");
    check((GICR64(8) & 1 << 4) != 0, "GICR_TYPER: the only one is the last");
    check_equal(GICR64(8) >> 32, 0, "and has affinity 0");
    SGI32(ISENABLER) = ~0u;
    hv_printf("private ids 0x%x, IIDR 0x%x, TYPER 0x%x\n", SGI32(ISENABLER), GICD32(8), typer);
    check_equal(SGI32(ISENABLER) & 0xffff, 0xffff, "every SGI exists");
    check_equal(SGI32(ISENABLER) & ~(0xffffu | 1u << 27 | 1u << 30), 0,
                "of the PPIs the two timers at most");
    SGI32(ICENABLER) = ~0u;
    check_equal(SGI32(ISENABLER) & 0xffff0000, 0, "what was enabled can be disabled");
    GICD32(ISENABLER + 4) = ~0u;
    check_equal(GICD32(ISENABLER + 4), 0, "no device interrupt exists that was not given");
    GICD32(0x6000 + 40 * 8) = ~0u;
    check_equal(GICD32(0x6000 + 40 * 8), 0, "nor its route");
    SGI32(IPRIORITYR + 4) = 0x10203040;
    check_equal(SGI8(IPRIORITYR + 5) & 0xf8, 0x30, "priorities can be read by bytes");
    check_equal(SGI16(IPRIORITYR + 6) & 0xf8f8, 0x1020, "and by half-words");
    SGI64(IPRIORITYR + 8) = 0x8080808080808080;
    check_equal(SGI32(IPRIORITYR + 12), 0x80808080, "and written by double words");
    SGI32(IPRIORITYR + 16) = ~0u;
    check_equal(SGI32(IPRIORITYR + 16), 0, "the priority of an id that does not exist stays 0");
    check_equal(SGI32(ICFGR), 0xaaaaaaaa, "SGIs are edge-triggered");
}

static void sgis(void)
{
    hv_irq_init();
    for (uint32_t id = 0; id < 16; id++)
        hv_irq_enable(id, (uint8_t)((15 - id) * 8));
    taken = 0;
    hv_sgi_self(5);
    let_in();
    check_equal(taken, 1, "an SGI to oneself arrives");
    check_equal(order[0], 5, "with its id");
    check_equal(active_seen, 1 << 5, "active while it is handled");
    check_equal(SGI32(ISACTIVER), 0, "and not afterwards");
    let_in();
    check_equal(taken, 1, "it arrives once");

    taken = 0;
    for (uint32_t id = 0; id < 16; id++)
        hv_sgi_self(id);
    check_equal(SGI32(ISPENDR) & 0xffff, 0xffff, "sixteen can be pending together");
    for (unsigned i = 0; i < 4; i++)
        let_in();
    check_equal(taken, 16, "and all arrive");
    unsigned ordered = 0;
    for (unsigned i = 0; i < 16; i++)
        ordered += order[i] == 15 - i;
    check_equal(ordered, 16, "in the order of their priorities");

    // Two partitions with different ones pending, more than there are list registers.
    uint32_t first = hv_partition_status().id % 2 * 8;
    taken = 0;
    for (uint32_t id = first; id < first + 8; id++)
        hv_sgi_self(id);
    for (unsigned i = 0; i < 3; i++)
        hv_idle_self();
    for (unsigned i = 0; i < 4; i++)
        let_in();
    ordered = 0;
    for (unsigned i = 0; i < 8; i++)
        ordered += order[i] == first + 7 - i;
    check_equal(ordered, 8, "eight stay pending across windows, in order");
    check_equal(taken, 8, "and no other");

    taken = 0;
    hv_sgi_self(3);
    SGI32(ICPENDR) = 1 << 3;
    let_in();
    check_equal(taken, 0, "what was made not pending does not arrive");
    SGI32(ISPENDR) = 1 << 4;
    let_in();
    check_equal(taken, 1, "what was made pending does");
    hv_irq_disable(6);
    hv_sgi_self(6);
    let_in();
    check_equal(taken, 1, "a disabled one waits");
    check_equal(SGI32(ISPENDR) & 1 << 6, 1 << 6, "pending");
    hv_irq_enable(6, 0x40);
    let_in();
    check_equal(taken, 2, "and arrives when it is enabled");
    WRITE(s3_0_c4_c6_0, 0x40); // ICC_PMR_EL1
    hv_sgi_self(6);
    let_in();
    check_equal(taken, 2, "one of too low a priority waits");
    WRITE(s3_0_c4_c6_0, 0xff);
    let_in();
    check_equal(taken, 3, "until the mask is lowered");
    WRITE(s3_0_c12_c12_7, 0); // ICC_IGRPEN1_EL1
    hv_sgi_self(7);
    hv_idle_self();
    let_in();
    check_equal(taken, 3, "a disabled group waits, across windows too");
    WRITE(s3_0_c12_c12_7, 1);
    let_in();
    check_equal(taken, 4, "and is let in");
    hv_sgi_self(8);
    hv_idle_self();
    hv_idle_self();
    let_in();
    check_equal(taken, 5, "a pending one survives window changes");
    WRITE(s3_0_c12_c11_5, 9ul << 24 | 0xfffe);        // to vcpus that do not exist
    WRITE(s3_0_c12_c11_5, 9ul << 24 | 1ul << 16 | 1); // another cluster
    WRITE(s3_0_c12_c11_5, 9ul << 24 | 1ul << 40);     // all but oneself: nobody
    let_in();
    check_equal(taken, 5, "SGIs to nobody go nowhere");
}

// Expires at once, or is off.
static void timer(uint32_t id, bool on)
{
    if (id == HV_IRQ_VIRTUAL_TIMER) {
        WRITE(cntv_cval_el0, 0);
        WRITE(cntv_ctl_el0, on);
    } else {
        WRITE(cntp_cval_el0, 0);
        WRITE(cntp_ctl_el0, on);
    }
    __asm__ volatile("isb\n\tnop\n\tnop\n\tisb");
}

// A timer that is made pending arrives like one that expired.
static void timers(uint32_t id)
{
    uint32_t bit = 1u << id;

    taken = 0;
    hv_irq_enable(id, 0x80);
    SGI32(ISPENDR) = bit;
    SGI32(ISPENDR) = bit;
    check_equal(SGI32(ISPENDR), bit, "a timer is made pending");
    hv_idle_self();
    check_equal(SGI32(ISPENDR), bit, "and stays so in the next window");
    let_in();
    check_equal(taken, 1, "it arrives");
    check_equal(order[0], id, "with its id");
    check_equal(SGI32(ISACTIVER) | SGI32(ISPENDR), 0, "and is over");
    let_in();
    check_equal(taken, 1, "it arrives once");
    timer(id, true);
    hv_irq_disable(id); // it has come, and waits
    timer(id, false);
    hv_irq_enable(id, 0x80);
    let_in();
    check_equal(taken, 1, "one that had expired is looked at again, as ever");
    hv_irq_disable(id);
    SGI32(ISPENDR) = bit;
    hv_idle_self();
    let_in();
    check_equal(taken, 1, "a disabled one waits");
    check_equal(SGI32(ISPENDR), bit, "pending");
    hv_irq_enable(id, 0x80);
    hv_irq_disable(id);
    hv_irq_enable(id, 0x80);
    let_in();
    check_equal(taken, 2, "and arrives when it is enabled");
    SGI32(ISPENDR) = bit;
    SGI32(ICPENDR) = bit;
    let_in();
    check_equal(taken, 2, "unless it is made not pending");
    SGI32(ISPENDR) = bit;
    timer(id, true);
    let_in();
    check_equal(taken, 3, "that it expires meanwhile is the same");
    check_equal(SGI32(ISPENDR), 0, "and leaves nothing behind");
    pended_again = bit;
    SGI32(ISPENDR) = bit;
    let_in();
    let_in();
    pended_again = 0;
    check_equal(taken, 4, "an active one cannot be pending too");
    timer(id, true);
    let_in();
    timer(id, false);
    check_equal(taken, 5, "it expires as ever");
    hv_irq_disable(id);
}

int main(void)
{
    hv_irq_init();
    registers();
    sgis();
    timers(HV_IRQ_VIRTUAL_TIMER);
    timers(HV_IRQ_PHYSICAL_TIMER);
    // A load with its sign: the byte of an interrupt's priority (GICR_IPRIORITYR of SGI 5).
    volatile uint8_t *priority = (volatile uint8_t *)(uintptr_t)(HV_GICR + 0x10400 + 5);
    int64_t wide;
    *priority = 0x80;
    __asm__ volatile("ldrsb %0, [%1]" : "=r"(wide) : "r"(priority) : "memory");
    check_equal(wide, -128, "a byte is extended with its sign");
    checks_done();
}
