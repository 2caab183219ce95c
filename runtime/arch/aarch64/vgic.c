// SPDX-License-Identifier: BSD-2-Clause
// vGIC state: enabled, pending, active per interrupt; list registers (IHI 0069 chapter 6).
//
// An interrupt is either in a list register or in the bitmaps, never in both: vgic_fold takes
// everything back into the bitmaps, vgic_fill places the best four. A guest with four interrupts or
// less never needs the second form outside of its own register accesses. A physical interrupt stays
// active until the guest ends its virtual one (HW = 1); so a pending one here whose guest has it
// disabled cannot storm, and to sample its line again is to deactivate it.
#include "arch.h"
#include "cpu.h"
#include "gic.h"
#include "mem.h"
#include "vgic.h"

// ICH_LR<n>_EL2: State, HW, Group, Priority, pINTID, vINTID.
#define LR_PENDING (1ull << 62)
#define LR_ACTIVE  (1ull << 63)
#define LR_HW      (1ull << 61)
#define LR_GROUP1  (1ull << 60)

// ICH_HCR_EL2.
#define HCR_UIE     (1u << 1)  // underflow: at most one list register in use
#define HCR_LRENPIE (1u << 2)  // an interrupt was ended that is in no list register
#define HCR_NPIE    (1u << 3)  // no list register is pending
#define HCR_TDIR    (1u << 14) // the same for ICC_DIR_EL1: by trap
#define HCR_EOI     27         // EOIcount

#define TIMERS (1u << GIC_VTIMER | 1u << GIC_PTIMER)

static uint64_t read_lr(unsigned n)
{
    switch (n) {
    case 0:
        return READ_SYSREG(ICH_LR0);
    case 1:
        return READ_SYSREG(ICH_LR1);
    case 2:
        return READ_SYSREG(ICH_LR2);
    default:
        return READ_SYSREG(ICH_LR3);
    }
}

static inline void write_lr(unsigned n, uint64_t value)
{
    switch (n) {
    case 0:
        WRITE_SYSREG(ICH_LR0, value);
        break;
    case 1:
        WRITE_SYSREG(ICH_LR1, value);
        break;
    case 2:
        WRITE_SYSREG(ICH_LR2, value);
        break;
    default:
        WRITE_SYSREG(ICH_LR3, value);
    }
}

static inline uint32_t intid_of(const struct vcpu *v, unsigned index)
{
    const struct tbl_interrupt *irq = tables_section(TBL_INTERRUPT);

    return index < 32 ? index : irq[v->partition->config->first_interrupt + index - 32].intid;
}

static inline bool group_enabled(const struct vcpu *v)
{
    return atomic_load_explicit(&v->partition->vcpus->arch.vgic.distributor, memory_order_relaxed);
}

static inline bool wanted(const struct vcpu *v, unsigned index)
{
    return atomic_load_explicit(&v->arch.vgic.enabled[index / 32], memory_order_relaxed) >>
                   index % 32 &
               1 &&
           group_enabled(v);
}

// Ends the physical interrupts behind `bits` of word `w`; a line that is still high fires again.
static void release(const struct vcpu *v, unsigned w, uint32_t bits)
{
    for (; bits; bits &= bits - 1) {
        uint32_t intid = intid_of(v, 32 * w + (unsigned)__builtin_ctz(bits));

        gic_write_bits(GICD_ICACTIVER, intid / 32, 1u << intid % 32);
    }
}

// ---- Bitmaps and list registers -----------------------------------------------------------------

static inline uint64_t lr_value(const struct vcpu *v, unsigned index, uint64_t state)
{
    const struct vgic *g = &v->arch.vgic;
    uint64_t intid = intid_of(v, index);
    uint64_t priority = atomic_load_explicit(&g->priority[index], memory_order_relaxed);

    if (g->hardware[index / 32] >> index % 32 & 1)
        state |= LR_HW | intid << 32;
    return state | LR_GROUP1 | priority << 48 | intid;
}

static int most_urgent(const struct vcpu *v, const uint32_t *set)
{
    int best = -1, urgency = 256;

    for (unsigned w = 0; w < VGIC_WORDS; w++)
        for (uint32_t bits = set[w]; bits; bits &= bits - 1) {
            unsigned index = 32 * w + (unsigned)__builtin_ctz(bits);

            if (v->arch.vgic.priority[index] < urgency) {
                urgency = v->arch.vgic.priority[index];
                best = (int)index;
            }
        }
    return best;
}

// EOIs of interrupts that had no list register: the most urgent active ones ended.
static void count_eois(struct vcpu *v)
{
    struct vgic *g = &v->arch.vgic;

    for (uint64_t n = READ_SYSREG(ICH_HCR) >> HCR_EOI & 31; n; n--) {
        int index = most_urgent(v, g->active);
        uint32_t w = (uint32_t)index / 32, bit;

        if (index < 0)
            return;
        bit = 1u << index % 32;
        g->active[w] &= ~bit;
        release(v, w, g->hardware[w] & bit);
    }
}

void vgic_fold(struct vcpu *v)
{
    struct vgic *g = &v->arch.vgic;

    count_eois(v);
    for (unsigned n = 0; n < VGIC_LRS; n++) {
        uint64_t lr = read_lr(n);
        unsigned index = g->lr_index[n];

        if (lr & LR_PENDING)
            g->pending[index / 32] |= 1u << index % 32;
        if (lr & LR_ACTIVE)
            g->active[index / 32] |= 1u << index % 32;
        write_lr(n, 0);
    }
}

// Index of the most urgent active one, or of the most urgent pending one that may be taken; -1:
// none.
static int next_active(const struct vcpu *v)
{
    return most_urgent(v, v->arch.vgic.active);
}

static int next_pending(const struct vcpu *v, const uint32_t *listed)
{
    const struct vgic *g = &v->arch.vgic;
    uint32_t ready[VGIC_WORDS];

    if (!group_enabled(v))
        return -1;
    for (unsigned w = 0; w < VGIC_WORDS; w++)
        ready[w] = g->pending[w] & ~listed[w] & ~g->active[w] &
                   atomic_load_explicit(&g->enabled[w], memory_order_relaxed);
    return most_urgent(v, ready);
}

// The most urgent pending one comes first, so that it gets through however many are active; then
// the active ones, whose end is then seen by hardware; then what else is pending.
void vgic_fill(struct vcpu *v)
{
    struct vgic *g = &v->arch.vgic;
    uint32_t listed[VGIC_WORDS] = {0};
    uint64_t hcr = VGIC_HCR_ON;

    for (unsigned n = 0; n < VGIC_LRS; n++) {
        int index = n ? next_active(v) : next_pending(v, listed);
        uint64_t state = 0;
        uint32_t bit;
        unsigned w;

        if (index < 0)
            index = n ? next_pending(v, listed) : next_active(v);
        if (index < 0)
            break;
        w = (unsigned)index / 32;
        bit = 1u << index % 32;
        if (g->active[w] & bit)
            state |= LR_ACTIVE;
        // Pending once more while active; HW = 1 knows no such state.
        if (g->pending[w] & bit && wanted(v, (unsigned)index) && !(state && g->hardware[w] & bit)) {
            state |= LR_PENDING;
            g->pending[w] &= ~bit;
        }
        g->active[w] &= ~bit;
        listed[w] |= bit;
        g->lr_index[n] = (uint8_t)index;
        write_lr(n, lr_value(v, (unsigned)index, state));
    }
    if (next_pending(v, listed) >= 0)
        hcr |= HCR_NPIE;
    if (next_active(v) >= 0)
        hcr |= HCR_UIE | HCR_LRENPIE | HCR_TDIR;
    WRITE_SYSREG(ICH_HCR, hcr);
}

static uint32_t take(_Atomic uint32_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed) ? atomic_exchange(word, 0) : 0;
}

static void take_requests(struct vcpu *v)
{
    struct vgic *g = &v->arch.vgic;

    for (unsigned w = 0; w < VGIC_WORDS; w++) {
        uint32_t gone;

        g->pending[w] |= take(&g->ask_pending[w]);

        gone = g->active[w] & take(&g->ask_inactive[w]);
        g->active[w] &= ~gone;
        release(v, w, gone & g->hardware[w]);

        // Cleared by the guest, or a level that may have fallen while the guest did not listen.
        gone = take(&g->ask_idle[w]);
        gone |= take(&g->sample[w]) & g->hardware[w] & ~g->edge[w];
        gone &= g->pending[w] & ~(g->active[w] & g->hardware[w]);
        g->pending[w] &= ~gone;
        release(v, w, gone & g->hardware[w]);
    }
}

void vgic_sync(struct vcpu *v)
{
    vgic_fold(v);
    take_requests(v);
    vgic_fill(v);
}

// ---- Interrupts come ----------------------------------------------------------------------------

// `index` is not pending or active yet, `v` is loaded. Returns v.
static inline struct vcpu *inject(struct vcpu *v, unsigned index)
{
    struct vgic *g = &v->arch.vgic;
    uint32_t empty = READ_SYSREG(ICH_ELRSR) & ((1u << VGIC_LRS) - 1);
    bool now = wanted(v, index);

    if (now && empty && READ_SYSREG(ICH_HCR) == VGIC_HCR_ON) { // nobody else waits for one

        unsigned n = (unsigned)__builtin_ctz(empty);

        g->lr_index[n] = (uint8_t)index;
        write_lr(n, lr_value(v, index, LR_PENDING));
        return v;
    }
    g->pending[index / 32] |= 1u << index % 32;
    if (now)
        vgic_sync(v);
    return v;
}

struct vcpu *vgic_timer(struct vcpu *v, uint32_t intid)
{
    if (!v->partition) { // the timers are off while nobody is loaded: a late edge of the line
        gic_deactivate(intid);
        return v;
    }
    if (!(atomic_load_explicit(&v->arch.attention, memory_order_relaxed) & ATTENTION_TIMER))
        atomic_fetch_or(&v->arch.attention, ATTENTION_TIMER);
    v->arch.vgic.edge[0] &= ~(1u << intid);
    return inject(v, intid);
}

// As if their lines had been seen: active in hardware, which therefore cannot tell of them again,
// in this window or the next one's. Edges until they expire again: a look at the line would find
// nothing.
void vgic_timers_raise(struct vcpu *v, uint32_t bits)
{
    struct vgic *g = &v->arch.vgic;

    vgic_fold(v);
    bits &= TIMERS & ~g->active[0]; // with HW = 1, not both
    g->pending[0] |= bits;
    g->edge[0] |= bits;
    atomic_fetch_or(&v->arch.attention, ATTENTION_TIMER);
    gic_write_bits(GICD_ISACTIVER, 0, bits);
    DSB(sy); // before the guest runs with its timer's line up
    vgic_fill(v);
}

struct vcpu *vgic_device(struct vcpu *v, uint32_t intid)
{
    const struct tbl_interrupt *irq = tables_section(TBL_INTERRUPT);
    uint32_t record = gic_device(intid);
    struct partition *p;
    struct vcpu *owner;
    unsigned index;

    if (record == TBL_NONE)
        return trap_unexpected(v, intid);
    p = &partitions[irq[record].partition];
    owner = &p->vcpus[irq[record].vcpu];
    index = 32 + record - p->config->first_interrupt;
    if (irq[record].flags & TBL_IRQ_INPUT) {
        pl011_receive(v, p);
        return v;
    }
    if (owner == v)
        return inject(v, index);
    // It rests, or its window has just ended: pending for its next one.
    atomic_fetch_or(&owner->arch.vgic.ask_pending[index / 32], 1u << index % 32);
    atomic_fetch_or(&owner->arch.attention, ATTENTION_VGIC);
    return v;
}

void arch_input_again(void)
{
    gic_write_bits(GICD_ICACTIVER, module->input / 32, 1u << module->input % 32);
}

void vgic_maintenance(struct vcpu *v)
{
    if (v->partition)
        vgic_sync(v);
}

static bool is_listed(const struct vcpu *v, unsigned index)
{
    for (unsigned n = 0; n < VGIC_LRS; n++)
        if (v->arch.vgic.lr_index[n] == index && read_lr(n) & (LR_PENDING | LR_ACTIVE))
            return true;
    return false;
}

// The target looks at what it was asked when it enters; true when it has entered already, on
// another core.
static bool ask(struct vcpu *v, struct vcpu *target)
{
    if (target == v) {
        vgic_sync(v);
        return false;
    }
    atomic_fetch_or(&target->arch.attention, ATTENTION_VGIC);
    return atomic_load(&target->core->chosen) == target;
}

void vgic_changed(struct vcpu *v, struct vcpu *target)
{
    if (ask(v, target))
        arch_kick(target->core->index);
}

bool vgic_raise(struct vcpu *v, struct vcpu *target, unsigned index)
{
    uint32_t w = index / 32, bit = 1u << index % 32;

    if (target == v && !(v->arch.vgic.pending[w] & bit) && !is_listed(v, index)) {
        inject(v, index);
        return false;
    }
    atomic_fetch_and(&target->arch.vgic.ask_idle[w], ~bit); // it comes after what was cleared
    atomic_fetch_or(&target->arch.vgic.ask_pending[w], bit);
    return ask(v, target);
}

bool vgic_lower(struct vcpu *v, struct vcpu *target, unsigned index)
{
    uint32_t w = index / 32, bit = 1u << index % 32;

    atomic_fetch_and(&target->arch.vgic.ask_pending[w], ~bit);
    atomic_fetch_or(&target->arch.vgic.ask_idle[w], bit);
    return ask(v, target);
}

void vgic_send(struct vcpu *v, struct vcpu *target, uint32_t sgi)
{
    if (vgic_raise(v, target, sgi))
        arch_kick(target->core->index);
}

// ---- Entering, leaving, starting ----------------------------------------------------------------

void vgic_timers_leave(struct vcpu *v)
{
    uint32_t active = gic_read_bits(GICD_ISACTIVER, 0) & TIMERS;

    v->arch.vgic.ppi_active = active;
    if (active)
        gic_write_bits(GICD_ICACTIVER, 0, active);
    else
        atomic_fetch_and(&v->arch.attention, ~(uint32_t)ATTENTION_TIMER);
}

void vgic_timers_enter(struct vcpu *v)
{
    gic_write_bits(GICD_ISACTIVER, 0, v->arch.vgic.ppi_active);
    DSB(sy); // before the guest runs with its timer's line up
}

void vgic_kicked(struct vcpu *v)
{
    if (v->partition &&
        atomic_fetch_and(&v->arch.attention, ~(uint32_t)ATTENTION_VGIC) & ATTENTION_VGIC)
        vgic_sync(v);
}

void vgic_reset(struct vcpu *v)
{
    const struct tbl_partition *p = v->partition->config;
    const struct tbl_interrupt *irq = tables_section(TBL_INTERRUPT);
    struct vgic *g = &v->arch.vgic;

    memset(g, 0, sizeof *g);
    g->fresh = true;
    g->hardware[0] = TIMERS;
    irq += p->first_interrupt;
    for (unsigned i = 32; i < 32 + p->interrupt_count; i++, irq++) {
        if (irq->vcpu != v->config->index)
            continue;
        if (irq->flags & TBL_IRQ_EDGE)
            g->edge[i / 32] |= 1u << i % 32;
        if (irq->flags & TBL_IRQ_SOFT)
            continue;
        g->hardware[i / 32] |= 1u << i % 32;
        gic_write_bits(GICD_ICPENDR, irq->intid / 32, 1u << irq->intid % 32);
    }
}

void vgic_cpu_on(struct vcpu *v)
{
    struct vgic *g = &v->arch.vgic;
    bool loaded = core_block()->loaded == v;

    // An edge that waits in a list register waits on; a line that is high fires again by itself.
    for (unsigned n = 0; n < VGIC_LRS && !g->fresh; n++)
        if ((loaded ? read_lr(n) : v->arch.lr[n]) & LR_PENDING)
            g->pending[g->lr_index[n] / 32] |= 1u << g->lr_index[n] % 32;
    // What came while it was off, too. An edge that is pending here stays active in hardware: the
    // next one waits there, and never has a list register beside this one.
    for (unsigned w = 0; w < VGIC_WORDS; w++) {
        g->active[w] = 0;
        g->pending[w] = w ? (g->pending[w] | take(&g->ask_pending[w])) & g->edge[w] : 0;
        if (w)
            release(v, w, g->hardware[w] & ~g->pending[w]);
    }
    for (unsigned i = 0; i < 32; i++)
        atomic_store_explicit(&g->priority[i], 0, memory_order_relaxed);
    atomic_store(&g->enabled[0], 0);
    atomic_store(&g->ask_pending[0], 0);
    atomic_store(&g->ask_idle[0], 0);
    atomic_store(&g->ask_inactive[0], 0);
    atomic_store(&g->sample[0], 0);
    g->ppi_active = 0;
    g->fresh = false;
    if (loaded)
        gic_write_bits(GICD_ICACTIVER, 0, TIMERS);
}
