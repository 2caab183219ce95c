// SPDX-License-Identifier: BSD-2-Clause
// Access to system registers and barriers by name.
#ifndef BULKHEAD_SYSREG_H
#define BULKHEAD_SYSREG_H

#include <stdint.h>

#define SYSREG_TEXT_(name) #name
#define SYSREG_TEXT(name)  SYSREG_TEXT_(name)

#define READ_SYSREG(name)                                                                          \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " SYSREG_TEXT(name) : "=r"(value_));                             \
        value_;                                                                                    \
    })
#define WRITE_SYSREG(name, value)                                                                  \
    __asm__ volatile("msr " SYSREG_TEXT(name) ", %x0" ::"rZ"((uint64_t)(value)))

#define ISB()       __asm__ volatile("isb" ::: "memory")
#define DSB(domain) __asm__ volatile("dsb " #domain ::: "memory")

// GICv3 CPU and hypervisor interface registers (Arm IHI 0069, 12.2 and 12.4), by encoding: not
// every assembler knows the names.
#define ICC_IAR1    s3_0_c12_c12_0
#define ICC_EOIR1   s3_0_c12_c12_1
#define ICC_DIR     s3_0_c12_c11_1
#define ICC_SGI1R   s3_0_c12_c11_5
#define ICC_PMR     s3_0_c4_c6_0
#define ICC_BPR1    s3_0_c12_c12_3
#define ICC_CTLR    s3_0_c12_c12_4
#define ICC_IGRPEN0 s3_0_c12_c12_6
#define ICC_IGRPEN1 s3_0_c12_c12_7
#define ICC_SRE_EL2 s3_4_c12_c9_5
#define ICH_AP0R0   s3_4_c12_c8_0
#define ICH_AP1R0   s3_4_c12_c9_0
#define ICH_HCR     s3_4_c12_c11_0
#define ICH_VTR     s3_4_c12_c11_1
#define ICH_ELRSR   s3_4_c12_c11_5
#define ICH_VMCR    s3_4_c12_c11_7
#define ICH_LR0     s3_4_c12_c12_0
#define ICH_LR1     s3_4_c12_c12_1
#define ICH_LR2     s3_4_c12_c12_2
#define ICH_LR3     s3_4_c12_c12_3
#define VDISR_EL2   s3_4_c12_c1_1

#define ISR_SERROR (1u << 8) // ISR_EL1.A
#define ISR_IRQ    (1u << 7) // ISR_EL1.I

#endif
