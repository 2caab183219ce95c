// SPDX-License-Identifier: BSD-2-Clause
// Interrupt ids on and off in the virtual GICv3.

#include "hv_irq.h"

// Offsets of the architecture (IHI 0069, 12.9 and 12.11): the SGI frame of a redistributor and the
// distributor lay their registers out alike.
enum { IGROUPR = 0x080, ISENABLER = 0x100, ICENABLER = 0x180, IPRIORITYR = 0x400 };
enum { SGI_FRAME = 0x10000, REDISTRIBUTOR = 0x20000 };

static volatile char *registers(uint32_t intid)
{
    uint64_t mpidr;

    if (intid >= HV_IRQ_SPI)
        return (volatile char *)HV_GICD;
    __asm__("mrs %0, mpidr_el1" : "=r"(mpidr));
    return (volatile char *)(HV_GICR + (mpidr & 0xff) * REDISTRIBUTOR + SGI_FRAME);
}

static volatile uint32_t *word(uint32_t intid, uint32_t offset)
{
    return (volatile uint32_t *)(registers(intid) + offset + intid / 32 * 4);
}

void hv_irq_init(void)
{
    *(volatile uint32_t *)HV_GICD = 0x12;         // GICD_CTLR: ARE, EnableGrp1
    __asm__ volatile("msr s3_0_c12_c12_5, %0\n\t" // ICC_SRE_EL1: system registers
                     "isb\n\t"
                     "msr s3_0_c4_c6_0, %1\n\t"   // ICC_PMR_EL1: every priority
                     "msr s3_0_c12_c12_7, %0\n\t" // ICC_IGRPEN1_EL1: group 1
                     "isb"
                     :
                     : "r"(1ul), "r"(0xfful)
                     : "memory");
}

void hv_irq_enable(uint32_t intid, uint8_t priority)
{
    volatile uint32_t *group = word(intid, IGROUPR);

    *group |= 1u << intid % 32;
    registers(intid)[IPRIORITYR + intid] = (char)priority;
    *word(intid, ISENABLER) = 1u << intid % 32;
}

void hv_irq_disable(uint32_t intid)
{
    *word(intid, ICENABLER) = 1u << intid % 32;
}

void hv_sgi_self(uint32_t intid)
{
    uint64_t mpidr, value;

    __asm__("mrs %0, mpidr_el1" : "=r"(mpidr));
    value = (uint64_t)intid << 24 | 1ul << (mpidr & 0xf);
    __asm__ volatile("dsb ishst\n\tmsr s3_0_c12_c11_5, %0\n\tisb" : : "r"(value) : "memory");
}
