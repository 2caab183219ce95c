// SPDX-License-Identifier: BSD-2-Clause
// vGIC registers: a guest's distributor and redistributors (IHI 0069 chapter 12).
//
// One security state, affinity routing always on, every interrupt in group 1. Only configured
// interrupts exist: SGIs, the two timers, the partition's devices; the rest reads as zero. Routing
// and trigger mode are the configuration's. State of a vcpu on another core is read as that core
// last wrote it: what is in its list registers is not seen.
#include "arch.h"
#include "cpu.h"
#include "gic.h"
#include "vgic.h"

enum {
    CTLR = 0x0000,
    TYPER = 0x0004,
    GICR_TYPER = 0x0008,
    BITS = 0x080,     // IGROUPR .. ICACTIVER, 0x80 bytes each
    PRIORITY = 0x400, // one byte per interrupt
    TARGETS = 0x800,  // not with affinity routing
    CONFIG = 0xc00,   // two bits per interrupt
    CONFIG_END = 0xd00,
    IROUTER = 0x6100, // of interrupt 32 on, 8 bytes each
    IROUTER_END = 0x7fe0,
    PIDR2 = 0xffe8,
    SGI_FRAME = 0x10000,
    CTLR_GROUP1 = 1u << 1,
    CTLR_FIXED = 1u << 6 | 1u << 4, // DS, ARE
    TYPER_IDBITS = 9u << 19,        // 10 bits
    TYPER_NO_1N = 1u << 25,
    GICR_LAST = 1u << 4,
    ARCH_GICV3 = 0x3b, // PIDR2.ArchRev = 3
};

#define PRIVATE_IDS (0xffffu | 1u << GIC_VTIMER | 1u << GIC_PTIMER)
#define NO_INDEX    (~0u)

// Where an interrupt of the guest lives.
struct place {
    struct vcpu *vcpu;
    unsigned index; // NO_INDEX: does not exist
};

static bool in_redistributor(uint64_t address)
{
    return address >= TBL_GICR_ADDRESS;
}

static const struct tbl_interrupt *devices(const struct partition *p)
{
    return (const struct tbl_interrupt *)tables_section(TBL_INTERRUPT) + p->config->first_interrupt;
}

// `own`: whose redistributor it is, or NULL for the distributor.
static struct place find(const struct vcpu *v, struct vcpu *own, uint32_t intid)
{
    const struct tbl_interrupt *irq = devices(v->partition);

    if (own)
        return (struct place){own, intid < 32 && PRIVATE_IDS >> intid & 1 ? intid : NO_INDEX};
    for (uint32_t i = 0; i < v->partition->config->interrupt_count; i++)
        if (irq[i].intid == intid)
            return (struct place){&v->partition->vcpus[irq[i].vcpu], 32 + i};
    return (struct place){NULL, NO_INDEX};
}

// ---- One bit per interrupt ----------------------------------------------------------------------

static uint32_t bits_of(const struct vcpu *owner, uint32_t reg, unsigned w)
{
    const struct vgic *g = &owner->arch.vgic;

    switch (reg) {
    case GICD_IGROUPR:
        return ~0u;
    case GICD_ISENABLER:
    case GICD_ICENABLER:
        return g->enabled[w];
    case GICD_ISPENDR:
    case GICD_ICPENDR:
        return g->pending[w] | g->ask_pending[w];
    default: // ISACTIVER, ICACTIVER
        return g->active[w];
    }
}

static uint32_t read_bits(struct vcpu *v, struct vcpu *own, uint32_t reg, uint32_t word)
{
    const struct tbl_interrupt *irq = devices(v->partition);
    bool look = reg >= GICD_ISPENDR; // pending and active may be in list registers
    uint32_t value = 0;

    if (look)
        vgic_fold(v);
    if (own) {
        value = word ? 0 : bits_of(own, reg, 0) & PRIVATE_IDS;
    } else {
        for (unsigned i = 0; i < v->partition->config->interrupt_count; i++) {
            unsigned index = 32 + i;

            if (irq[i].intid / 32 == word)
                value |=
                    (bits_of(&v->partition->vcpus[irq[i].vcpu], reg, index / 32) >> index % 32 & 1)
                    << irq[i].intid % 32;
        }
    }
    if (look)
        vgic_fill(v);
    return value;
}

// Of the interrupts `bits` of word `w` of the owner's state. Those in hardware are bits `physical`
// of GIC register word `word`: to set one pending is to make it come from there.
static void write_state(struct vcpu *owner, uint32_t reg, unsigned w, uint32_t bits, uint32_t word,
                        uint32_t physical)
{
    struct vgic *g = &owner->arch.vgic;

    switch (reg) {
    case GICD_ISENABLER:
        atomic_fetch_or(&g->sample[w], bits & ~atomic_fetch_or(&g->enabled[w], bits));
        break;
    case GICD_ICENABLER:
        atomic_fetch_and(&g->enabled[w], ~bits);
        break;
    case GICD_ISPENDR:
        if (physical)
            gic_write_bits(reg, word, physical);
        atomic_fetch_or(&g->ask_pending[w], bits & ~g->hardware[w]);
        break;
    case GICD_ICPENDR:
        if (physical)
            gic_write_bits(reg, word, physical);
        atomic_fetch_or(&g->ask_idle[w], bits);
        break;
    case GICD_ICACTIVER:
        atomic_fetch_or(&g->ask_inactive[w], bits);
    }
}

static void changed(struct vcpu *v, uint32_t who)
{
    for (; who; who &= who - 1)
        vgic_changed(v, &v->partition->vcpus[__builtin_ctz(who)]);
}

static void write_bits(struct vcpu *v, struct vcpu *own, uint32_t reg, uint32_t word,
                       uint32_t value)
{
    const struct tbl_interrupt *irq = devices(v->partition);
    uint32_t who = 0;

    if (own) {
        // Private lines are this core's: nobody touches another vcpu's timers.
        value &= word ? 0 : own == v ? PRIVATE_IDS : 0xffff;
        if (reg == GICD_ISPENDR) {
            if (value >> 16)
                vgic_timers_raise(v, value);
            value &= 0xffff; // what the GIC latched would reach the next window
        }
        if (!value)
            return;
        write_state(own, reg, 0, value, 0, value & own->arch.vgic.hardware[0]);
        vgic_changed(v, own);
        return;
    }
    for (unsigned i = 0; i < v->partition->config->interrupt_count; i++) {
        unsigned index = 32 + i;
        uint32_t bit = 1u << irq[i].intid % 32;

        if (irq[i].intid / 32 != word || !(value & bit))
            continue;
        write_state(&v->partition->vcpus[irq[i].vcpu], reg, index / 32, 1u << index % 32, word,
                    irq[i].flags & TBL_IRQ_SOFT ? 0 : bit); // another's device may be called so
        who |= 1u << irq[i].vcpu;
    }
    changed(v, who);
}

// ---- Other registers ----------------------------------------------------------------------------

static uint8_t read_priority(struct vcpu *v, struct vcpu *own, uint32_t intid)
{
    struct place at = find(v, own, intid);

    return at.index == NO_INDEX ? 0 : at.vcpu->arch.vgic.priority[at.index];
}

static uint32_t read_config(struct vcpu *v, struct vcpu *own, uint32_t first)
{
    uint32_t value = 0;

    if (first < 16)
        return own ? 0xaaaaaaaa : 0; // SGIs are edges, the timers levels
    for (uint32_t i = 0; !own && i < 16; i++) {
        struct place at = find(v, own, first + i);

        if (at.index != NO_INDEX && at.vcpu->arch.vgic.edge[at.index / 32] >> at.index % 32 & 1)
            value |= 2u << 2 * i;
    }
    return value;
}

static uint64_t redistributor_typer(const struct vcpu *own)
{
    uint64_t index = own->config->index;
    bool last = index + 1 == own->partition->config->vcpu_count;

    return index << 32 | index << 8 | (last ? GICR_LAST : 0); // Affinity, Processor_Number
}

// GICD_TYPER.ITLinesNumber covers the highest interrupt; the records ascend.
static uint32_t distributor_typer(const struct partition *p)
{
    uint32_t count = p->config->interrupt_count;

    return TYPER_NO_1N | TYPER_IDBITS | (count ? devices(p)[count - 1].intid / 32 : 1);
}

// What both kinds of frame have. `own` as in find().
static uint32_t read_common(struct vcpu *v, struct vcpu *own, uint32_t offset)
{
    if (offset >= BITS && offset < PRIORITY)
        return read_bits(v, own, offset & ~0x7fu, (offset & 0x7f) / 4);
    if (offset >= PRIORITY && offset < TARGETS) {
        uint32_t value = 0;

        for (unsigned i = 0; i < 4; i++)
            value |= (uint32_t)read_priority(v, own, offset - PRIORITY + i) << 8 * i;
        return value;
    }
    if (offset >= CONFIG && offset < CONFIG_END)
        return read_config(v, own, (offset - CONFIG) * 4);
    return 0;
}

static uint32_t read_distributor(struct vcpu *v, uint32_t offset)
{
    switch (offset) {
    case CTLR:
        return CTLR_FIXED | v->partition->vcpus->arch.vgic.distributor;
    case TYPER:
        return distributor_typer(v->partition);
    case PIDR2:
        return ARCH_GICV3;
    }
    if (offset >= IROUTER && offset < IROUTER_END) {
        struct place at = find(v, NULL, 32 + (offset - IROUTER) / 8);

        return at.index == NO_INDEX || offset & 4 ? 0 : at.vcpu->config->index;
    }
    return read_common(v, NULL, offset);
}

static uint32_t read_redistributor(struct vcpu *v, struct vcpu *own, uint32_t offset)
{
    switch (offset) {
    case GICR_TYPER:
        return (uint32_t)redistributor_typer(own);
    case GICR_TYPER + 4:
        return (uint32_t)(redistributor_typer(own) >> 32);
    case PIDR2:
        return ARCH_GICV3;
    }
    return offset >= SGI_FRAME ? read_common(v, own, offset - SGI_FRAME) : 0; // WAKER: awake
}

static uint32_t read_word(struct vcpu *v, uint64_t address)
{
    uint32_t offset = (uint32_t)(address - TBL_GICR_ADDRESS);

    if (!in_redistributor(address))
        return read_distributor(v, (uint32_t)(address - TBL_GICD_ADDRESS));
    return read_redistributor(v, &v->partition->vcpus[offset / TBL_GICR_STRIDE],
                              offset % TBL_GICR_STRIDE);
}

uint64_t vgic_read(struct vcpu *v, uint64_t address, unsigned size)
{
    if (size == 8)
        return read_word(v, address) | (uint64_t)read_word(v, address + 4) << 32;
    return read_word(v, address & ~3ull) >> 8 * (address & 3);
}

// Bits of one word, each once: a write of a part leaves the rest zero, which means no change.
static void write_common(struct vcpu *v, struct vcpu *own, uint32_t offset, uint32_t value)
{
    if (offset >= GICD_ISENABLER && offset < PRIORITY)
        write_bits(v, own, offset & ~0x7fu, (offset & 0x7f) / 4, value);
}

static void write_priority(struct vcpu *v, struct vcpu *own, uint32_t intid, unsigned size,
                           uint64_t value)
{
    uint32_t who = 0;

    for (; size; size--, intid++, value >>= 8) {
        struct place at = find(v, own, intid);

        if (at.index == NO_INDEX || at.vcpu->arch.vgic.priority[at.index] == (value & 0xf8))
            continue;
        at.vcpu->arch.vgic.priority[at.index] = value & 0xf8; // five bits, as the list registers
        who |= 1u << at.vcpu->config->index;
    }
    changed(v, who);
}

static void write_distributor_control(struct vcpu *v, uint32_t value)
{
    _Atomic uint32_t *enables = &v->partition->vcpus->arch.vgic.distributor;

    value &= CTLR_GROUP1;
    if (atomic_exchange(enables, value) != value)
        changed(v, (1u << v->partition->config->vcpu_count) - 1);
}

void vgic_write(struct vcpu *v, uint64_t address, unsigned size, uint64_t value)
{
    uint32_t offset = (uint32_t)(address - TBL_GICD_ADDRESS);
    struct vcpu *own = NULL;

    if (in_redistributor(address)) {
        offset = (uint32_t)(address - TBL_GICR_ADDRESS);
        own = &v->partition->vcpus[offset / TBL_GICR_STRIDE];
        offset %= TBL_GICR_STRIDE;
        if (offset < SGI_FRAME) // CTLR and WAKER have nothing to change
            return;
        offset -= SGI_FRAME;
    }
    if (offset >= PRIORITY && offset < TARGETS) {
        write_priority(v, own, offset - PRIORITY, size, value);
    } else if (!own && offset < 4) {
        if (offset == 0)
            write_distributor_control(v, (uint32_t)value);
    } else {
        value <<= 8 * (address & 3);
        write_common(v, own, offset & ~3u, (uint32_t)value);
        if (size == 8)
            write_common(v, own, offset + 4, (uint32_t)(value >> 32));
    }
}

// ICC_SGI1R_EL1: vcpus of a partition differ in Aff0 alone, all below 16.
void vgic_sgi1r(struct vcpu *v, uint64_t value)
{
    uint32_t sgi = value >> 24 & 15, self = v->config->index;
    uint32_t who = value & 0xffff;

    if (value >> 40 & 1) // IRM: all but oneself
        who = 0xffff & ~(1u << self);
    else if (value & 0x00fff0ff00ff0000ull) // Aff3, RS, Aff2, Aff1
        return;
    who &= (1u << v->partition->config->vcpu_count) - 1;
    for (; who; who &= who - 1)
        vgic_send(v, &v->partition->vcpus[__builtin_ctz(who)], sgi);
}

void vgic_end(struct vcpu *v, uint32_t intid)
{
    struct place at = find(v, intid < 32 ? v : NULL, intid);

    if (at.index == NO_INDEX)
        return;
    atomic_fetch_or(&at.vcpu->arch.vgic.ask_inactive[at.index / 32], 1u << at.index % 32);
    vgic_changed(v, at.vcpu);
}
