// SPDX-License-Identifier: BSD-2-Clause
// The interrupt controller that a guest sees: a GICv3 distributor and one redistributor per vcpu.
#ifndef BULKHEAD_VGIC_H
#define BULKHEAD_VGIC_H

#include "core.h"

#define VGIC_HCR_ON 1u // ICH_HCR_EL2.En

// ---- vgic.c: state and list registers ----------------------------------------------------------
// The partition starts: nothing is enabled, pending or active. In hardware, what was active stays
// so until its vcpu starts: that many interrupts less meanwhile.
void vgic_reset(struct vcpu *v);
// The vcpu starts, on its own core: its CPU interface, SGIs and PPIs begin anew (IHI 0069 12.9:
// they are the core's); device interrupts keep what the distributor knows, and none is active.
void vgic_cpu_on(struct vcpu *v);
// A physical interrupt was acknowledged and its priority dropped. Return v.
struct vcpu *vgic_timer(struct vcpu *v, uint32_t intid);
struct vcpu *vgic_device(struct vcpu *v, uint32_t intid);
void vgic_maintenance(struct vcpu *v);
// The vcpu that is loaded on this core takes up what others asked and refills its list registers.
void vgic_sync(struct vcpu *v);
void vgic_kicked(struct vcpu *v); // the same, when something was asked
// The two halves of vgic_sync, to look at the state in between: all of it is in the bitmaps.
void vgic_fold(struct vcpu *v);
void vgic_fill(struct vcpu *v);
// An interrupt without hardware for `target`; `v` is loaded here. True when the target runs on
// another core, which a kick tells of it.
bool vgic_raise(struct vcpu *v, struct vcpu *target, unsigned index);
bool vgic_lower(struct vcpu *v, struct vcpu *target, unsigned index); // no longer pending
// A software-generated interrupt, told at once.
void vgic_send(struct vcpu *v, struct vcpu *target, uint32_t sgi);
// After a change of enable bits or requests of `target`: at once, or by a kick of its core.
void vgic_changed(struct vcpu *v, struct vcpu *target);
// Timers of `v`, which is loaded, are made pending: those that are not active.
void vgic_timers_raise(struct vcpu *v, uint32_t bits);
// The physical active bits of the timer PPIs belong to the vcpu that uses them.
void vgic_timers_leave(struct vcpu *v);
void vgic_timers_enter(struct vcpu *v);

// ---- vgic_mmio.c: the registers ----------------------------------------------------------------
static inline bool vgic_covers(const struct vcpu *v, uint64_t address)
{
    return address - TBL_GICD_ADDRESS < TBL_GICD_SIZE ||
           address - TBL_GICR_ADDRESS <
               (uint64_t)v->partition->config->vcpu_count * TBL_GICR_STRIDE;
}
uint64_t vgic_read(struct vcpu *v, uint64_t address, unsigned size);
void vgic_write(struct vcpu *v, uint64_t address, unsigned size, uint64_t value);
void vgic_sgi1r(struct vcpu *v, uint64_t value); // a write of ICC_SGI1R_EL1
void vgic_end(struct vcpu *v, uint32_t intid);   // a write of ICC_DIR_EL1 that trapped

#endif
