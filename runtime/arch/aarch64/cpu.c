// SPDX-License-Identifier: BSD-2-Clause
// A core's life: EL2 configuration, translation, firmware calls, and the rare work at a switch.
#include "arch.h"
#include "board.h"
#include "copy.h"
#include "cpu.h"
#include "gic.h"
#include "mem.h"
#include "translation.h"
#include "vgic.h"

_Static_assert(offsetof(struct vcpu, arch.x) == VCPU_X, "entry.S");
_Static_assert(offsetof(struct vcpu, arch.vmpidr) == VCPU_X + 248, "entry.S");
_Static_assert(offsetof(struct vcpu, arch.elr) == VCPU_SYS, "entry.S");
_Static_assert(offsetof(struct vcpu, arch.fpcr) == VCPU_SYS + 256, "entry.S");
_Static_assert(offsetof(struct vcpu, arch.lr) == VCPU_SYS + 272, "entry.S");
_Static_assert(offsetof(struct vcpu, arch.ich_hcr) == VCPU_SYS + 304, "entry.S");
_Static_assert(offsetof(struct vcpu, arch.vttbr) == VCPU_VTTBR, "entry.S");
_Static_assert(offsetof(struct vcpu, arch.attention) == VCPU_ATTENTION, "entry.S");
_Static_assert(offsetof(struct vcpu, arch.q) == VCPU_Q && VCPU_Q % 16 == 0, "entry.S");
_Static_assert(sizeof(struct vcpu) % 16 == 0, "SP_EL2 points at it");
_Static_assert(offsetof(struct core, current) == 0, "entry.S");
_Static_assert(offsetof(struct core_block, loaded) == BLOCK_LOADED, "entry.S");
_Static_assert(offsetof(struct core_block, core) == BLOCK_CORE, "entry.S");
_Static_assert(offsetof(struct core_block, broken) == BLOCK_BROKEN, "entry.S");
_Static_assert(offsetof(struct core_block, irq) == BLOCK_IRQ && BLOCK_SIZE % 16 == 0, "entry.S");
_Static_assert(sizeof(struct core_block) == BLOCK_SIZE, "boot.S");

#define BIT(n) (1ull << (n))

// HCR_EL2 (D19.2.48): stage 2 on, interrupts and SErrors to EL2, and a trap for everything that is
// not in the switch set.
#define HCR_GUEST                                                                                  \
    (BIT(0)     /* VM: stage 2 */                                                                  \
     | BIT(1)   /* SWIO: DC ISW cleans too */                                                      \
     | BIT(2)   /* PTW: no table walk through device memory */                                     \
     | BIT(3)   /* FMO */                                                                          \
     | BIT(4)   /* IMO */                                                                          \
     | BIT(5)   /* AMO */                                                                          \
     | BIT(18)  /* TID3: ID registers, so that features we do not switch are hidden */             \
     | BIT(19)  /* TSC: SMC */                                                                     \
     | BIT(20)  /* TIDCP: implementation defined registers */                                      \
     | BIT(21)  /* TACR: ACTLR_EL1 */                                                              \
     | BIT(22)  /* TSW: cache maintenance by set and way */                                        \
     | BIT(31)  /* RW: EL1 is AArch64 */                                                           \
     | BIT(35)  /* TLOR: LORegions */                                                              \
     | BIT(36)  /* TERR: RAS error records */                                                      \
     | BIT(37)) /* TEA: synchronous external aborts to EL2 */

// CPTR_EL2 (E2H = 0): RES1 bits, TZ (SVE), TTA (trace), TAM (activity monitors); TSM (SME) is a
// RES1 bit of older cores. FP is not trapped.
#define CPTR_GUEST (0x33ffull | BIT(20) | BIT(30))

// MDCR_EL2: debug registers, OS locks, debug ROM, PMU, profiling and trace filter are trapped.
#define MDCR_GUEST                                                                                 \
    (BIT(5) | BIT(6)                /* TPMCR, TPM */                                               \
     | BIT(9) | BIT(10) | BIT(11)   /* TDA, TDOSA, TDRA */                                         \
     | BIT(14) | BIT(17) | BIT(19)) /* TPMS, HPMD, TTRF */

// VTCR_EL2: RES1 bit 31, TG0 4 KiB, SH0 inner, ORGN0 and IRGN0 write-back, SL0 = 1 (level 1), T0SZ.
#define VTCR_GUEST (BIT(31) | 3u << 12 | 1u << 10 | 1u << 8 | 1u << 6 | (64u - HV_IPA_BITS))

// CNTHCTL_EL2.EL1PCTEN, .EL1PCEN: the physical counter and timer are not trapped.
#define CNTHCTL_SWITCHED 3
#define CNTHCTL_TRAPPED  0

#define SCTLR_EL1_OFF 0x30d00800ull // RES1 bits of ARMv8.0: MMU, caches and alignment checks off
#define MPIDR_RES1    BIT(31)
// ICH_VMCR_EL2 as a CPU interface resets: nothing enabled, VPMR 0; VBPR1 and VBPR0 at their least,
// VFIQEn reads as one.
#define VMCR_RESET    (3ull << 18 | 2ull << 21 | 1ull << 3)

uint64_t empty_stage2[512] __attribute__((aligned(4096))); // no entry is valid

static bool tables_are_on(void)
{
    return READ_SYSREG(sctlr_el2) & 1;
}

// What is the same for every guest, once per core.
static void configure_el2(void)
{
    uint64_t range = READ_SYSREG(id_aa64mmfr0_el1) & 15; // PARange
    uint64_t counters = 0;

    WRITE_SYSREG(vbar_el2, (uintptr_t)vectors);
    WRITE_SYSREG(hcr_el2, HCR_GUEST);
    WRITE_SYSREG(cptr_el2, CPTR_GUEST);
    WRITE_SYSREG(hstr_el2, 0);
    if ((READ_SYSREG(id_aa64dfr0_el1) >> 8 & 15) - 1 < 14) // PMUVer: a PMU is there
        counters = READ_SYSREG(pmcr_el0) >> 11 & 31;       // MDCR_EL2.HPMN = PMCR_EL0.N
    WRITE_SYSREG(mdcr_el2, MDCR_GUEST | counters);
    WRITE_SYSREG(vtcr_el2, VTCR_GUEST | (range < 5 ? range : 5) << 16);
    WRITE_SYSREG(vttbr_el2, (uintptr_t)empty_stage2);
    WRITE_SYSREG(vpidr_el2, READ_SYSREG(midr_el1));
    WRITE_SYSREG(cnthctl_el2, CNTHCTL_SWITCHED);
    WRITE_SYSREG(cntvoff_el2, 0);
    WRITE_SYSREG(cntv_ctl_el0, 0);
    WRITE_SYSREG(cntp_ctl_el0, 0);
    WRITE_SYSREG(cnthp_cval_el2, ~0ull); // the first arch_alarm comes from boot.c
    WRITE_SYSREG(cnthp_ctl_el2, 1);
    ISB();
    __asm__ volatile("tlbi alle1" ::: "memory");
    DSB(nsh);
    ISB();
}

// What this core does as the tables say.
static void tables_follow(void)
{
    core_block()->irq = module->trace_events & TBL_TRACE_INTERRUPTS ? trap_irq_traced : trap_irq;
    copy_init();
}

struct vcpu *cpu_first(void)
{
    core_block()->core = &cores[0];
    configure_el2();
    gic_distributor_init();
    gic_core_init(0);
    return boot_first();
}

struct vcpu *cpu_other(uint64_t index)
{
    core_block()->core = &cores[index];
    configure_el2();
    gic_core_init((uint32_t)index);
    tables_follow();
    return boot_other((uint32_t)index);
}

// ---- Boot --------------------------------------------------------------------------------------

void arch_expect(struct tables_expect *e)
{
    *e = (struct tables_expect){
        .arch = TBL_ARCH_AARCH64,
        .board = board.id,
        .address = (uintptr_t)hv_end,
        .timer_hz = READ_SYSREG(cntfrq_el0),
        .runtime_start = (uintptr_t)hv_start,
        .runtime_end = (uintptr_t)hv_end,
        .ram_start = board.ram_start,
        .ram_end = board.ram_end,
        .device_count = 3,
        .devices = {{board.gicd, board.gicd_size},
                    {board.gicr, board.gicr_size},
                    {board.console, board.console_size}},
    };
}

// Invalidates data cache lines, four a step; both ends are page-aligned.
static void forget(uintptr_t at, uintptr_t end)
{
    uint64_t line = 4ull << (READ_SYSREG(ctr_el0) >> 16 & 15); // CTR_EL0.DminLine, in words

    for (; at < end; at += 4 * line)
        __asm__ volatile("dc ivac, %0\n\tdc ivac, %1\n\tdc ivac, %2\n\tdc ivac, %3" ::"r"(at),
                         "r"(at + line), "r"(at + 2 * line), "r"(at + 3 * line)
                         : "memory");
}

// The tables are valid from here on. Other cores enter with translation on already.
void arch_mmu_on(uint64_t root)
{
    if (tables_are_on())
        return;
    // What was written with caches off must not be hidden by lines that the loader left behind; it
    // left them clean, so dropping them loses nothing.
    DSB(sy);
    forget((uintptr_t)data_start, (uintptr_t)hv_end);
    forget(tables->state, tables->state + tables->state_size);
    // The log is not cached, and no line from before may cover it.
    forget(module->log,
           module->log + tbl_log_size(tables->directory[TBL_PARTITION].count, module->log_records));
    DSB(sy);
    mmu_enable(root);
    tables_follow();
    gic_devices_init();
}

// ---- Vcpus --------------------------------------------------------------------------------------

void arch_partition_reset(struct partition *p)
{
    for (uint32_t i = 0; i < p->config->vcpu_count; i++)
        vgic_reset(&p->vcpus[i]);
}

void arch_vcpu_reset(struct vcpu *v, uint64_t entry, uint64_t argument)
{
    const struct tbl_partition *p = v->partition->config;
    struct core_block *block = core_block();

    vgic_cpu_on(v);
    if (block->loaded == v) {
        // What is in the machine is the past: it is not saved, and its timers must not fire.
        WRITE_SYSREG(cntv_ctl_el0, 0);
        WRITE_SYSREG(cntp_ctl_el0, 0);
        WRITE_SYSREG(ICH_HCR, 0);
        block->loaded = NULL;
    }
    memset(&v->arch, 0, offsetof(struct vcpu_arch, vttbr));
    memset(v->arch.q, 0, sizeof v->arch.q);
    v->arch.flush_region = 0;
    v->arch.flush_offset = 0;
    v->arch.x[0] = argument;
    v->arch.elr = entry;
    v->arch.spsr = SPSR_EL1H | SPSR_DAIF;
    v->arch.sctlr = SCTLR_EL1_OFF;
    v->arch.ich_vmcr = VMCR_RESET;
    v->arch.ich_hcr = VGIC_HCR_ON;
    v->arch.vmpidr = MPIDR_RES1 | v->config->index;
    v->arch.vttbr = p->stage2_root | (uint64_t)p->vmid << 48;
    // What was raised before CPU_ON, while nobody could look, is looked at now.
    atomic_store(&v->arch.attention,
                 ATTENTION_TLB | ATTENTION_VGIC |
                     (READ_SYSREG(id_aa64pfr0_el1) >> 28 & 15 ? ATTENTION_RAS : 0) |
                     (v->needs & VCPU_FROZEN ? ATTENTION_FROZEN : 0));
}

void arch_idle_init(struct core *core, struct vcpu *idle)
{
    (void)core;
    idle->arch.vttbr = 0; // what entry.S knows it by
}

void physical_timer_follow(const struct vcpu *v)
{
    uint64_t at = v->arch.own_cval;

    WRITE_SYSREG(cntp_cval_el0, at < v->ahead ? 0 : at - v->ahead);
}

// Its timers come on when they count from the right time, lest their lines go up before.
static void frozen_enter(const struct vcpu *v)
{
    WRITE_SYSREG(cntvoff_el2, -v->ahead);
    WRITE_SYSREG(cnthctl_el2, CNTHCTL_TRAPPED);
    physical_timer_follow(v);
    ISB();
    WRITE_SYSREG(cntv_ctl_el0, v->arch.own_cntv_ctl);
    WRITE_SYSREG(cntp_ctl_el0, v->arch.own_cntp_ctl);
}

static void frozen_leave(struct vcpu *v)
{
    v->arch.own_cntv_ctl = (uint8_t)v->arch.cntv_ctl; // three bits
    v->arch.own_cntp_ctl = (uint8_t)v->arch.cntp_ctl;
    v->arch.cntv_ctl = v->arch.cntp_ctl = 0;
    WRITE_SYSREG(cntvoff_el2, 0);
    WRITE_SYSREG(cnthctl_el2, CNTHCTL_SWITCHED);
}

void vcpu_leave(struct vcpu *v)
{
    uint32_t attention = atomic_load(&v->arch.attention);

    if (attention & ATTENTION_TIMER)
        vgic_timers_leave(v);
    if (attention & ATTENTION_FROZEN)
        frozen_leave(v);
}

void arch_vcpu_hide(struct vcpu *v, uint64_t from, bool flush)
{
    v->arch.hidden_until = from;
    atomic_fetch_or(&v->arch.attention, ATTENTION_HIDE | (flush ? ATTENTION_FLUSH : 0));
}

// Cleans and invalidates the data cache of level 1, by set and way (DC CISW). That does not reach
// other cores and need not: the level is this core's own, a line that is clean or gone is fetched
// again by whoever wants it. Levels behind it may be shared, and stay as they are.
static void flush_data(void)
{
    uint64_t guest = READ_SYSREG(csselr_el1), size, ways, sets, line, way_shift;

    if ((READ_SYSREG(clidr_el1) & 7) < 2) // CLIDR_EL1.Ctype1: no data there
        return;
    WRITE_SYSREG(csselr_el1, 0); // level 1, data or unified
    ISB();
    size = READ_SYSREG(ccsidr_el1);
    WRITE_SYSREG(csselr_el1, guest);
    line = (size & 7) + 4;                      // CCSIDR_EL1.LineSize, log2 of bytes
    if (READ_SYSREG(s3_0_c0_c7_2) >> 20 & 15) { // ID_AA64MMFR2_EL1.CCIDX
        ways = (size >> 3 & 0x1fffff) + 1;
        sets = (size >> 32 & 0xffffff) + 1;
    } else {
        ways = (size >> 3 & 0x3ff) + 1;
        sets = (size >> 13 & 0x7fff) + 1;
    }
    way_shift = ways > 1 ? (uint64_t)__builtin_clz((uint32_t)ways - 1) : 0;
    for (uint64_t way = 0; way < ways; way++)
        for (uint64_t set = 0; set < sets; set++)
            __asm__ volatile("dc cisw, %0" ::"r"(way << way_shift | set << line) : "memory");
}

// What a core keeps of its past and has an instruction to forget.
static void flush(void)
{
    flush_data();
    DSB(sy);
    __asm__ volatile("ic iallu; tlbi alle1; tlbi alle2" ::: "memory");
    DSB(nsh);
    ISB();
}

void vcpu_enter(struct vcpu *v)
{
    uint32_t attention =
        atomic_fetch_and(&v->arch.attention, ATTENTION_TIMER | ATTENTION_RAS | ATTENTION_FROZEN);

    if (attention & ATTENTION_TLB) {
        // Only this core holds translations of this vcpu; VTTBR_EL2 names its VMID now.
        DSB(ishst);
        __asm__ volatile("tlbi vmalls12e1; ic iallu" ::: "memory");
        DSB(nsh);
        ISB();
    }
    if (attention & ATTENTION_RAS)
        WRITE_SYSREG(VDISR_EL2, 0);
    if (attention & ATTENTION_TIMER)
        vgic_timers_enter(v);
    if (attention & ATTENTION_FROZEN)
        frozen_enter(v);
    if (attention & ATTENTION_VGIC)
        vgic_sync(v);
    if (attention & ATTENTION_FLUSH)
        flush();
    // The last: all that follows takes the same for everybody.
    if (attention & ATTENTION_HIDE)
        while (arch_time() < v->arch.hidden_until) {
            arch_relax();
            ISB(); // the counter is not read ahead of time
        }
}

bool arch_interrupt_raise(struct vcpu *v, struct vcpu *target, uint32_t record)
{
    unsigned index = 32 + record - target->partition->config->first_interrupt;

    return vgic_raise(v, target, index);
}

bool arch_interrupt_level(struct vcpu *v, struct vcpu *target, uint32_t record, bool high)
{
    unsigned index = 32 + record - target->partition->config->first_interrupt;

    return high ? vgic_raise(v, target, index) : vgic_lower(v, target, index);
}

void arch_vcpu_again(struct vcpu *v)
{
    vgic_kicked(v);
}

// ---- Other cores --------------------------------------------------------------------------------

void arch_kick(uint32_t core)
{
    gic_kick(core);
}

enum {
    PSCI_CPU_ON_64 = (int)0xc4000003,
    PSCI_SYSTEM_OFF = (int)0x84000008,
    PSCI_SYSTEM_RESET,
};

bool arch_core_on(uint32_t core)
{
    const struct tbl_core *target = (const struct tbl_core *)tables_section(TBL_CORE) + core;

    DSB(sy);
    return firmware_call((uint32_t)PSCI_CPU_ON_64, target->mpidr, (uintptr_t)boot_secondary,
                         module->el2_root | core) == 0;
}

// PSCI (DEN0022) 5.9, 5.10. Should the firmware come back, nobody runs again here.
_Noreturn void arch_end(bool reset)
{
    DSB(sy);
    firmware_call((uint32_t)(reset ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF), 0, 0, 0);
    arch_stop();
}

_Noreturn void arch_stop(void)
{
    WRITE_SYSREG(ICC_IGRPEN1, 0);
    ISB();
    for (;;)
        __asm__ volatile("wfi");
}

int64_t firmware_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;

    // SMCCC 1.0 lets the callee change x4..x17.
    __asm__ volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                       "x16", "x17", "memory");
    return (int64_t)x0;
}
