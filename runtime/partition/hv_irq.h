// SPDX-License-Identifier: BSD-2-Clause
// libhv: interrupts, timers and software-generated interrupts of a bare partition, through the
// GICv3 system registers and the virtual distributor (the addresses of the QEMU `virt` board).
#ifndef BULKHEAD_HV_IRQ_H
#define BULKHEAD_HV_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#define HV_GICD 0x08000000ul // distributor
#define HV_GICR 0x080a0000ul // redistributor of vcpu 0: RD frame, SGI frame 64 KiB further

enum { // interrupt ids: SGIs 0..15, then
    HV_IRQ_VIRTUAL_TIMER = 27,
    HV_IRQ_PHYSICAL_TIMER = 30,
    HV_IRQ_SPI = 32, // SPI n is HV_IRQ_SPI + n
};

// Called by the IRQ vector with the acknowledged id, interrupts masked; the end of interrupt is
// written afterwards. The weak default raises an application error: nobody expected it.
void hv_interrupt(uint32_t intid);

// Priority mask open, group 1 on. Interrupts stay masked in PSTATE until hv_irq_unmask.
void hv_irq_init(void);
void hv_irq_enable(uint32_t intid, uint8_t priority);
void hv_irq_disable(uint32_t intid);

static inline void hv_irq_unmask(void)
{
    __asm__ volatile("msr daifclr, #2" : : : "memory");
}

static inline void hv_irq_mask(void)
{
    __asm__ volatile("msr daifset, #2" : : : "memory");
}

// Waits for an interrupt inside the own window; returns when one is pending, masked or not.
static inline void hv_wait(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

// SGI `intid` (0..15) to this vcpu. ICC_SGI1R_EL1: INTID in bits 27:24, target list in 15:0.
void hv_sgi_self(uint32_t intid);

// The two EL1 timers: fire at an absolute counter value; 0 stops. Level interrupts: stop or move
// the timer in the handler.
static inline void hv_virtual_timer(uint64_t at)
{
    __asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\tisb"
                     :
                     : "r"(at), "r"((uint64_t)(at != 0))
                     : "memory");
}

static inline void hv_physical_timer(uint64_t at)
{
    __asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb"
                     :
                     : "r"(at), "r"((uint64_t)(at != 0))
                     : "memory");
}

#endif
