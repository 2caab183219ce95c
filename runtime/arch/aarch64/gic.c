// SPDX-License-Identifier: BSD-2-Clause
// The physical GICv3 (IHI 0069): start-up, device routing, kicks.
#include "arch.h"
#include "board.h"
#include "cpu.h"
#include "gic.h"

enum {
    GICD_CTLR = 0x0000,
    GICD_TYPER = 0x0004,
    GICD_IROUTER = 0x6000,
    GICD_CTLR_RWP = 1u << 31,
    GICD_CTLR_ARE = 1u << 4,
    GICD_CTLR_GROUP1 = 1u << 1, // EnableGrp1A (two security states) or EnableGrp1 (one): same bit
    GICR_CTLR = 0x0000,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_CTLR_RWP = 1u << 3,
    GICR_SLEEP = 1u << 1,    // GICR_WAKER.ProcessorSleep
    GICR_CHILDREN = 1u << 2, // GICR_WAKER.ChildrenAsleep
    GICR_LAST = 1u << 4,     // GICR_TYPER.Last
    GICR_VLPIS = 1u << 1,    // GICR_TYPER.VLPIS: GICv4, four frames instead of two
    GICR_SGI = 0x10000,      // second frame: SGIs and PPIs
    FRAME = 0x10000,
    PRIORITY = 0xa0a0a0a0, // nearly all
    PRIORITY_ALARM = 0x80, // first: no storm of other interrupts may hold up a window's end
    PATIENCE = 1000000,    // polls of a bit that the hardware changes by itself
};

#define PPIS (1u << ALARM_PPI | 1u << GIC_MAINTENANCE | 1u << GIC_VTIMER | 1u << GIC_PTIMER)

static uint64_t redistributor[HV_MAX_CORES]; // its RD_base
static uint8_t device_of[GIC_SPURIOUS];      // TBL_INTERRUPT record + 1 of an SPI, 0: none

static volatile uint32_t *word(uint64_t address)
{
    return (volatile uint32_t *)address;
}

static void wait_clear(uint64_t address, uint32_t bit, const char *what)
{
    for (uint32_t i = 0; i < PATIENCE; i++) {
        if (!(*word(address) & bit))
            return;
        arch_relax();
    }
    say(what);
    arch_stop();
}

void gic_distributor_init(void)
{
    uint64_t d = board.gicd;
    uint32_t words = (*word(d + GICD_TYPER) & 31) + 1; // ITLinesNumber

    *word(d + GICD_CTLR) = 0;
    wait_clear(d + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR.RWP stays set\n");
    *word(d + GICD_CTLR) = GICD_CTLR_ARE;
    for (uint32_t i = 1; i < words; i++) {
        *word(d + GICD_ICENABLER + 4 * i) = ~0u;
        *word(d + GICD_ICPENDR + 4 * i) = ~0u;
        *word(d + GICD_ICACTIVER + 4 * i) = ~0u;
        *word(d + GICD_IGROUPR + 4 * i) = ~0u;
    }
    for (uint32_t i = 8; i < 8 * words; i++)
        *word(d + GICD_IPRIORITYR + 4 * i) = PRIORITY;
    wait_clear(d + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR.RWP stays set\n");
    *word(d + GICD_CTLR) = GICD_CTLR_ARE | GICD_CTLR_GROUP1;
}

void gic_devices_init(void)
{
    const struct tbl_interrupt *irq = tables_section(TBL_INTERRUPT);
    const struct tbl_partition *partition = tables_section(TBL_PARTITION);
    const struct tbl_vcpu *vcpu = tables_section(TBL_VCPU);
    const struct tbl_core *core = tables_section(TBL_CORE);
    uint64_t d = board.gicd;

    for (uint32_t i = 0; i < tables->directory[TBL_INTERRUPT].count; i++, irq++) {
        uint32_t owner = partition[irq->partition].first_vcpu + irq->vcpu;
        uint32_t intid = tbl_line(module, irq);
        uint32_t shift = intid % 16 * 2 + 1; // GICD_ICFGR: 0b10 is edge
        volatile uint32_t *config = word(d + GICD_ICFGR + intid / 16 * 4);

        if (!intid)
            continue;
        device_of[intid] = (uint8_t)(i + 1);
        *config = (*config & ~(1u << shift)) | (irq->flags & TBL_IRQ_EDGE ? 1u << shift : 0);
        *(volatile uint64_t *)(d + GICD_IROUTER + 8ull * intid) = core[vcpu[owner].core].mpidr;
    }
}

uint32_t gic_device(uint32_t intid)
{
    return intid < GIC_SPURIOUS && device_of[intid] ? device_of[intid] - 1u : TBL_NONE;
}

// The redistributor whose GICR_TYPER.Affinity is this core's.
static uint64_t find_redistributor(void)
{
    uint64_t mpidr = READ_SYSREG(mpidr_el1);
    uint64_t mine = (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);
    uint64_t r = board.gicr, typer;

    do {
        typer = *(volatile uint64_t *)(r + GICR_TYPER);
        if (typer >> 32 == mine)
            return r;
        r += typer & GICR_VLPIS ? 4 * FRAME : 2 * FRAME;
    } while (!(typer & GICR_LAST) && r < board.gicr + board.gicr_size);
    say("no GICv3 redistributor for this core\n");
    arch_stop();
}

void gic_core_init(uint32_t core)
{
    uint64_t r = find_redistributor(), vtr;

    redistributor[core] = r;
    *word(r + GICR_WAKER) &= ~GICR_SLEEP;
    wait_clear(r + GICR_WAKER, GICR_CHILDREN, "GICR_WAKER.ChildrenAsleep stays set\n");
    *word(r + GICR_SGI + GICD_ICENABLER) = ~0u;
    *word(r + GICR_SGI + GICD_ICPENDR) = ~0u;
    *word(r + GICR_SGI + GICD_ICACTIVER) = ~0u;
    *word(r + GICR_SGI + GICD_IGROUPR) = ~0u;
    for (uint32_t i = 0; i < 8; i++)
        *word(r + GICR_SGI + GICD_IPRIORITYR + 4 * i) = PRIORITY;
    *(volatile uint8_t *)(r + GICR_SGI + GICD_IPRIORITYR + ALARM_PPI) = PRIORITY_ALARM;
    *word(r + GICR_SGI + GICD_ICFGR + 4) = 0; // PPIs are level-sensitive
    wait_clear(r + GICR_CTLR, GICR_CTLR_RWP, "GICR_CTLR.RWP stays set\n");
    *word(r + GICR_SGI + GICD_ISENABLER) = PPIS | 1u << GIC_KICK;

    // Guests may not reach ICC_SRE_EL1 (Enable = 0): it is no state to switch.
    WRITE_SYSREG(ICC_SRE_EL2, 7); // SRE, DFB, DIB
    ISB();
    WRITE_SYSREG(ICC_PMR, 0xff);
    WRITE_SYSREG(ICC_BPR1, 0);
    WRITE_SYSREG(ICC_CTLR, 1u << 1); // EOImode: priority drop and deactivation are two steps
    WRITE_SYSREG(ICC_IGRPEN0, 0);
    WRITE_SYSREG(ICC_IGRPEN1, 1);
    WRITE_SYSREG(ICH_HCR, 0);
    WRITE_SYSREG(ICH_VMCR, 0);
    ISB();
    // entry.S moves four list registers and one active-priority register of each group.
    vtr = READ_SYSREG(ICH_VTR);
    if ((vtr & 31) + 1 < VGIC_LRS || (vtr >> 26 & 7) + 1 > 5) { // ListRegs, PREbits
        say("GIC virtual interface: fewer list registers or more priorities than expected\n");
        arch_stop();
    }
}

void gic_kick(uint32_t core)
{
    const struct tbl_core *target = (const struct tbl_core *)tables_section(TBL_CORE) + core;
    uint64_t m = target->mpidr;

    DSB(ishst); // what the other core shall see is visible first
    // ICC_SGI1R_EL1: Aff3, RS, Aff2, INTID, Aff1, target list.
    WRITE_SYSREG(ICC_SGI1R, (m >> 32 & 0xff) << 48 | (m >> 4 & 0xf) << 44 | (m >> 16 & 0xff) << 32 |
                                (uint64_t)GIC_KICK << 24 | (m >> 8 & 0xff) << 16 |
                                1ull << (m & 0xf));
    ISB();
}

static uint64_t bits_base(uint32_t w)
{
    return w ? board.gicd + 4 * w : redistributor[core_block()->core->index] + GICR_SGI;
}

void gic_write_bits(uint32_t reg, uint32_t w, uint32_t bits)
{
    *word(bits_base(w) + reg) = bits;
}

uint32_t gic_read_bits(uint32_t reg, uint32_t w)
{
    return *word(bits_base(w) + reg);
}

void arch_interrupts_enable(const struct vcpu *v)
{
    const struct tbl_irq_mask *mask = tables_section(TBL_IRQ_MASK);

    mask += v->config->first_mask;
    for (uint32_t i = 0; i < v->config->mask_count; i++)
        gic_write_bits(GICD_ISENABLER, mask[i].word, mask[i].bits);
}

void arch_interrupts_disable(const struct vcpu *v)
{
    const struct tbl_irq_mask *mask = tables_section(TBL_IRQ_MASK);

    mask += v->config->first_mask;
    for (uint32_t i = 0; i < v->config->mask_count; i++)
        gic_write_bits(GICD_ICENABLER, mask[i].word, mask[i].bits);
}
