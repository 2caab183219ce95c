// SPDX-License-Identifier: BSD-2-Clause
// Offsets that assembly knows; cpu.c asserts each one against the structs.
#ifndef BULKHEAD_OFFSETS_H
#define BULKHEAD_OFFSETS_H

// struct vcpu (its first member is struct vcpu_arch)
#define VCPU_X         0   // x0..x30
#define VCPU_SYS       256 // system registers, in pairs
#define VCPU_LR        528 // list registers, then ICH_HCR_EL2
#define VCPU_VTTBR     568
#define VCPU_ATTENTION 576
#define VCPU_Q         592 // q0..q31

// struct core begins with `current`

// struct core_block, at the top of each core's stack; TPIDR_EL2 points at it
#define BLOCK_LOADED 0
#define BLOCK_CORE   8
#define BLOCK_BROKEN 16
#define BLOCK_IRQ    24
#define BLOCK_SIZE   64

#define STACK_SIZE 8192
#define STACK_STEP (STACK_SIZE + 4096) // and a guard page below

#define ALARM_PPI 26 // CNTHP: the hypervisor's own timer (Arm BSA)

#endif
