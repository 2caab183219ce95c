// SPDX-License-Identifier: BSD-2-Clause
// The EL1 and EL0 system registers of the switch set that a guest can write freely while its MMU is
// off: X(name, assembler name, mask of the bits to fill with a pattern, bits always 1).
// Left out: VBAR_EL1 takes any address, but is listed; SPSel and DAIF are part of PSTATE.
#ifndef SYSTEM_REGISTERS_H
#define SYSTEM_REGISTERS_H

#define ALL 0xffffffffffffffff
#define SYSTEM_REGISTERS(X)                                                                        \
    X("SP_EL0", "sp_el0", ALL, 0)                                                                  \
    X("ELR_EL1", "elr_el1", ALL, 0)                                                                \
    X("SPSR_EL1", "spsr_el1", 0xf02003cf, 0) /* NZCV, SS, DAIF, M[3:0] */                          \
    /* WXN, nTWE, nTWI, UCT, DZE, I, UMA, SA0, SA, C, A; M and EE stay 0 */                        \
    X("SCTLR_EL1", "sctlr_el1", 0x000dd21c, 0x30d00800)                                            \
    X("CPACR_EL1", "cpacr_el1", 2ul << 20, 1ul << 20) /* FPEN 01 or 11: EL1 may */                 \
    X("TTBR0_EL1", "ttbr0_el1", 0xfffffffffffffffe, 0)                                             \
    X("TTBR1_EL1", "ttbr1_el1", 0xfffffffffffffffe, 0)                                             \
    X("TCR_EL1", "tcr_el1", 0x0000003fffbfbfff, 0)                                                 \
    X("MAIR_EL1", "mair_el1", ALL, 0)                                                              \
    X("AMAIR_EL1", "amair_el1", ALL, 0)                                                            \
    X("CONTEXTIDR_EL1", "contextidr_el1", 0xffffffff, 0)                                           \
    X("VBAR_EL1", "vbar_el1", 0x0000fffffffff800, 0)                                               \
    X("ESR_EL1", "esr_el1", 0xffffffff, 0)                                                         \
    X("FAR_EL1", "far_el1", ALL, 0)                                                                \
    X("AFSR0_EL1", "afsr0_el1", 0xffffffff, 0)                                                     \
    X("AFSR1_EL1", "afsr1_el1", 0xffffffff, 0)                                                     \
    X("PAR_EL1", "par_el1", 0x0000fffffffff000, 0)                                                 \
    X("TPIDR_EL0", "tpidr_el0", ALL, 0)                                                            \
    X("TPIDRRO_EL0", "tpidrro_el0", ALL, 0)                                                        \
    X("TPIDR_EL1", "tpidr_el1", ALL, 0)                                                            \
    X("CSSELR_EL1", "csselr_el1", 1, 0)                                                            \
    X("CNTKCTL_EL1", "cntkctl_el1", 0x3ff, 0)                                                      \
    X("CNTV_CVAL_EL0", "cntv_cval_el0", ALL, 1ul << 62) /* far away: ISTATUS stays 0 */            \
    X("CNTV_CTL_EL0", "cntv_ctl_el0", 1, 2)             /* IMASK */                                \
    X("CNTP_CVAL_EL0", "cntp_cval_el0", ALL, 1ul << 62)                                            \
    X("CNTP_CTL_EL0", "cntp_ctl_el0", 1, 2)                                                        \
    X("ICC_PMR_EL1", "s3_0_c4_c6_0", 0xf8, 0)                                                      \
    X("ICC_BPR1_EL1", "s3_0_c12_c12_3", 0x3, 4)                                                    \
    X("ICC_IGRPEN1_EL1", "s3_0_c12_c12_7", 1, 0)                                                   \
    X("ICC_CTLR_EL1", "s3_0_c12_c12_4", 2, 0) /* EOImode */                                        \
    X("ICC_AP1R0_EL1", "s3_0_c12_c9_0", 0xff00, 0)

#endif
