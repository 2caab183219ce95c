// SPDX-License-Identifier: BSD-2-Clause
// Registers of what a partition does not have read as zero and forget what is written; the ID
// registers say so too.

#include "check.h"

int main(void)
{
    WRITE(mdscr_el1, 0x8000);
    check_equal(READ(mdscr_el1), 0, "MDSCR_EL1 holds nothing");
    WRITE(dbgbvr0_el1, 0x40000000);
    check_equal(READ(dbgbvr0_el1), 0, "no breakpoint can be set");
    WRITE(pmcr_el0, 1);
    check_equal(READ(pmcr_el0), 0, "there is no performance monitor");
    WRITE(pmccntr_el0, 77);
    check_equal(READ(pmccntr_el0), 0, "nor a cycle counter");
    check_equal(READ(id_aa64dfr0_el1) >> 8 & 15, 0, "and ID_AA64DFR0_EL1 says so");
    WRITE(actlr_el1, ~0ul);
    check_equal(READ(actlr_el1), 0, "ACTLR_EL1 holds nothing");
    check_equal(READ(id_aa64pfr0_el1) >> 8 & 15, 0, "there is no EL2");
    check_equal(READ(id_aa64pfr0_el1) >> 12 & 15, 0, "nor EL3");
    check_equal(READ(id_aa64pfr0_el1) >> 24 & 15, 1, "the interrupt controller has registers");
    check((READ(id_aa64mmfr0_el1) & 15) <= 1, "physical addresses fit the guest's space");
    check_equal(READ(mpidr_el1) & 0xff00ffffff, 0, "the only vcpu is number 0");
    check_equal(READ(s3_0_c12_c12_5) & 1, 1, "ICC_SRE_EL1.SRE is fixed");
    WRITE(s3_0_c12_c12_5, 0);
    check_equal(READ(s3_0_c12_c12_5) & 1, 1, "and stays so");
    checks_done();
}
