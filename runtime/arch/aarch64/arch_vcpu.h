// SPDX-License-Identifier: BSD-2-Clause
// What a vcpu is on AArch64: every register that a guest can see or change without a trap.
// Laid out for load and store pairs; offsets.h names the offsets that entry.S uses.
#ifndef BULKHEAD_ARCH_VCPU_H
#define BULKHEAD_ARCH_VCPU_H

#include "hv_limits.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    VGIC_LRS = 4,                      // list registers in use; GICv3 cores have at least four
    VGIC_IDS = 32 + HV_MAX_INTERRUPTS, // SGIs and PPIs by number, then the partition's SPIs
    VGIC_WORDS = (VGIC_IDS + 31) / 32,
};

// Interrupt state that is not in a list register. Index i < 32 is an SGI or PPI; 32 + n is entry n
// of the partition's TBL_INTERRUPT records. Other cores only write the atomic words.
struct vgic {
    _Atomic uint32_t enabled[VGIC_WORDS];
    _Atomic uint32_t ask_pending[VGIC_WORDS], ask_idle[VGIC_WORDS], ask_inactive[VGIC_WORDS];
    _Atomic uint32_t sample[VGIC_WORDS]; // newly enabled: look at the physical line again
    uint32_t pending[VGIC_WORDS];
    uint32_t active[VGIC_WORDS];
    uint32_t hardware[VGIC_WORDS]; // backed by a physical interrupt: HW = 1 in its list register
    uint32_t edge[VGIC_WORDS];     // also a timer that was made pending, until it expires
    uint8_t lr_index[VGIC_LRS];    // what each list register holds, when it is not empty
    bool fresh;                    // since vgic_reset: list registers are of a former life
    uint32_t ppi_active;           // physical active bits to restore at the next entry
    _Atomic uint32_t distributor;  // GICD_CTLR enables; that of vcpu 0 counts for the partition
    _Atomic uint8_t priority[VGIC_IDS];
};

enum {                          // vcpu_arch.attention: work to do before the guest runs on
    ATTENTION_VGIC = 1u << 0,   // another core asked something of the vGIC
    ATTENTION_TLB = 1u << 1,    // the partition was started anew
    ATTENTION_TIMER = 1u << 2,  // a timer PPI may be physically active: follow it at each switch
    ATTENTION_RAS = 1u << 3,    // always, on cores with FEAT_RAS: VDISR_EL2 is the guest's to write
    ATTENTION_HIDE = 1u << 4,   // it begins at hidden_until, once
    ATTENTION_FLUSH = 1u << 5,  // caches and TLBs are emptied, once
    ATTENTION_FROZEN = 1u << 6, // always, where counters stand still between windows
};

struct vcpu_arch {
    uint64_t x[31];
    uint64_t vmpidr; // VMPIDR_EL2; loaded only

    // The switch set, in the order in which entry.S moves it.
    uint64_t elr, spsr; // of EL2: where the guest goes on
    uint64_t sp_el0, sp_el1;
    uint64_t elr_el1, spsr_el1;
    uint64_t sctlr, cpacr;
    uint64_t ttbr0, ttbr1;
    uint64_t tcr, mair;
    uint64_t amair, contextidr;
    uint64_t vbar, esr;
    uint64_t far, afsr0;
    uint64_t afsr1, par;
    uint64_t tpidr_el0, tpidrro;
    uint64_t tpidr_el1, csselr;
    uint64_t cntkctl, cntv_cval;
    uint64_t cntv_ctl, cntp_cval;
    uint64_t cntp_ctl, ich_vmcr;
    uint64_t ich_ap0r0, ich_ap1r0;
    uint64_t fpcr, fpsr;
    uint64_t lr[VGIC_LRS];
    uint64_t ich_hcr;

    uint64_t vttbr;             // stage-2 root and VMID; 0 marks an idle vcpu. Loaded only
    _Atomic uint32_t attention; // ATTENTION_*
    uint16_t flush_region;      // progress of a clean and invalidate of all memory
    // With ATTENTION_FROZEN: while it is not loaded, both timers' CTL, which the switch set then
    // has as 0; and when its physical timer expires on its own counter.
    uint8_t own_cntv_ctl, own_cntp_ctl;
    uint64_t own_cval;
    __attribute__((aligned(16))) unsigned char q[32][16];
    uint64_t flush_offset;
    uint64_t hidden_until; // absolute ticks, with ATTENTION_HIDE
    struct {               // while its handler runs: what it does then
        uint64_t x[4];
        uint64_t elr, spsr, sp;
        uint64_t esr; // of the trap
    } kept;
    struct vgic vgic;
} __attribute__((aligned(64)));

#endif
