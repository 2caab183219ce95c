// SPDX-License-Identifier: BSD-2-Clause
// VMSAv8-64 descriptors as the builder writes them and the runtime's walker proves them: 4 KiB
// granule, 39-bit input addresses, start at level 1 (one root page), 2 MiB blocks at level 2.
// Source: Arm ARM (DDI 0487) D8.3 "Translation table descriptor formats".
#ifndef BULKHEAD_TRANSLATION_H
#define BULKHEAD_TRANSLATION_H

#define PTE_VALID    (1ull << 0)
#define PTE_TABLE    (1ull << 1) // at levels 1 and 2: next table; at level 3: page
#define PTE_BLOCK    0ull        // at level 2 with PTE_VALID
#define PTE_AF       (1ull << 10)
#define PTE_SH_INNER (3ull << 8)
#define PTE_ADDRESS  0x0000fffffffff000ull

// Stage 2. No cached attribute is forced: stage 1 of the guest combines with these.
#define S2_DEVICE     (0x1ull << 2) // MemAttr 0b0001, Device-nGnRE
#define S2_UNCACHED   (0x5ull << 2) // MemAttr 0b0101, Normal non-cacheable
#define S2_NORMAL     (0xfull << 2) // MemAttr 0b1111, Normal write-back
#define S2_READ       (1ull << 6)   // S2AP[0]
#define S2_WRITE      (1ull << 7)   // S2AP[1]
#define S2_NO_EXECUTE (1ull << 54)  // XN[1]; XN[0] (bit 53) stays 0

// EL2 stage 1 (one VA range: AP[1] is RES1). Attribute indices into MAIR_EL2.
#define S1_NORMAL     (0ull << 2)
#define S1_DEVICE     (1ull << 2)
#define S1_UNCACHED   (2ull << 2)
#define S1_AP_RES1    (1ull << 6)
#define S1_READ_ONLY  (1ull << 7)  // AP[2]
#define S1_NO_EXECUTE (1ull << 54) // XN
#define S1_MAIR       0x4404ffull  // Attr2 0x44 NC, Attr1 0x04 nGnRE, Attr0 0xff write-back

// Shareability: inner for Normal memory of either kind, 0 for Device (ignored there).
// A memory region maps with 2 MiB blocks wherever address and phys are both 2 MiB aligned and the
// region still has 2 MiB to go, else with pages: the mapping is a function of the region alone.

#endif
