// SPDX-License-Identifier: BSD-2-Clause
// Entry of a bare partition: EL1 with SP_EL1, MMU off, interrupts masked, every register defined.

#include "abi.h"

// One level-1 table covers 4 GiB with 1 GiB blocks (Arm ARM D8.3): T0SZ = 32 makes it four entries.
// It gives memory types only; rights are stage 2's. Bit 10 AF, bits 9:8 SH = inner, bits 4:2 index
// into MAIR_EL1, bit 0 valid; bits 54 and 53 UXN and PXN.
#define BLOCK_NORMAL 0x0000000000000701
#define BLOCK_DEVICE 0x0060000000000405

#define MAIR_VALUE 0x04ff // Attr1 0x04: Device-nGnRE; Attr0 0xff: Normal write-back
// TCR_EL1: T0SZ 32; IRGN0 and ORGN0 write-back (bits 8, 10); SH0 inner (13:12); EPD1 (23): no upper
// half; IPS 0b010: 40 bits (34:32)
#define TCR_VALUE (32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2 << 32)
// SCTLR_EL1: M, C, I over its RES1 bits
#define SCTLR_VALUE 0x30d01805

    .section .rodata.hv_table, "a"
    .balign 64
hv_table:
    .quad 0x00000000 | BLOCK_DEVICE
    .quad 0x40000000 | BLOCK_NORMAL
    .quad 0x80000000 | BLOCK_NORMAL
    .quad 0xc0000000 | BLOCK_NORMAL

    .section .text.start, "ax"
    .globl _start
_start:
    bl prepare
    ldr x0, =hv_stack_top
    mov sp, x0

    ldr x0, =hv_bss_start // both ends are multiples of 16
    ldr x1, =hv_bss_end
1:  cmp x0, x1
    b.eq 2f
    stp xzr, xzr, [x0], #16
    b 1b

2:  bl main
halt:
    ldr x0, =HV_SET_PARTITION_MODE
    mov x1, #HV_MODE_IDLE
    hvc #0
    b halt

    // A secondary vcpu arrives here from PSCI CPU_ON with x0 = struct hv_cpu_start.
    .globl hv_secondary
hv_secondary:
    mov x19, x0
    bl prepare
    ldp x1, x2, [x19]
    ldr x0, [x19, #16]
    mov sp, x1
    blr x2
    ldr x0, =0x84000002 // PSCI CPU_OFF
    hvc #0
    b .

    // Vectors, floating point, and the mapping unless the program was linked with hv_mmu = 0.
    // Changes x0, x1.
prepare:
    ldr x0, =hv_vectors
    msr vbar_el1, x0
    mov x0, #3 << 20 // CPACR_EL1.FPEN: no trap
    msr cpacr_el1, x0
    ldr x0, =hv_mmu
    cbz x0, 3f
    ldr x0, =MAIR_VALUE
    ldr x1, =TCR_VALUE
    msr mair_el1, x0
    msr tcr_el1, x1
    ldr x0, =hv_table
    ldr x1, =SCTLR_VALUE
    msr ttbr0_el1, x0
    isb
    tlbi vmalle1
    dsb nsh
    msr sctlr_el1, x1
3:  isb
    ret
    .ltorg
