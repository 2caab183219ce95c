// SPDX-License-Identifier: BSD-2-Clause
// The physical GICv3 (IHI 0069): distributor, one redistributor per core, CPU interface.
#ifndef BULKHEAD_GIC_H
#define BULKHEAD_GIC_H

#include "core.h"

enum {            // private interrupts the runtime uses (Arm BSA: recommended PPIs)
    GIC_KICK = 0, // SGI
    GIC_MAINTENANCE = 25,
    GIC_VTIMER = 27,
    GIC_PTIMER = 30,
    GIC_FIRST_SPI = 32,
    GIC_SPURIOUS = 1020, // this and above: nothing to end
};

enum { // registers of one bit per interrupt; the redistributor has word 0 at the same offsets
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ISPENDR = 0x200,
    GICD_ICPENDR = 0x280,
    GICD_ISACTIVER = 0x300,
    GICD_ICACTIVER = 0x380,
    GICD_IPRIORITYR = 0x400,
    GICD_ICFGR = 0xc00,
};

void gic_distributor_init(void);
void gic_devices_init(void); // route the tables' device interrupts; all stay disabled
void gic_core_init(uint32_t core);
void gic_kick(uint32_t core);

// Sets the bits of one register word of `reg`: word 0 is this core's own.
void gic_write_bits(uint32_t reg, uint32_t word, uint32_t bits);
uint32_t gic_read_bits(uint32_t reg, uint32_t word);

// The TBL_INTERRUPT record that names this SPI, or TBL_NONE.
uint32_t gic_device(uint32_t intid);

static inline void gic_drop(uint64_t intid)
{
    WRITE_SYSREG(ICC_EOIR1, intid);
}

static inline void gic_deactivate(uint64_t intid)
{
    WRITE_SYSREG(ICC_DIR, intid);
}

#endif
