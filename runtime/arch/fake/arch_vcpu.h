// SPDX-License-Identifier: BSD-2-Clause
// A vcpu of the fake architecture: registers that a test can read and write.
#ifndef BULKHEAD_ARCH_VCPU_H
#define BULKHEAD_ARCH_VCPU_H

#include <stdint.h>

struct vcpu_arch {
    uint64_t x[31];
    uint64_t pc;
    uint32_t resets;           // arch_vcpu_reset
    uint32_t partition_resets; // arch_partition_reset, counted by the first vcpu
    uint32_t skips;            // arch_vcpu_skip
    uint64_t sp;               // arch_handler_enter
    uint64_t kept[6];          // the same: x0..x3, pc, sp
    uint32_t agains;           // arch_vcpu_again
    uint32_t hides, flushes;   // arch_vcpu_hide
    uint64_t hidden_until;     // the same
    uint64_t wants;            // arch_vcpu_wants
    uint64_t raised;           // arch_interrupt_raise, a bit for each record
    int32_t enabled;           // arch_interrupts_enable less arch_interrupts_disable
};

#endif
