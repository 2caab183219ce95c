// SPDX-License-Identifier: BSD-2-Clause
// Limits that the builder checks and the runtime relies on: one number, one reason, one place.
#ifndef BULKHEAD_LIMITS_H
#define BULKHEAD_LIMITS_H

#define HV_MAX_CORES             8 // stacks and state are static; a GICv3 SGI names 16 of one cluster at most
#define HV_MAX_PARTITIONS        64 // VMID = index + 1 must fit 8 bits; the state of each is static
#define HV_MAX_VCPUS             128
#define HV_MAX_PORTS             1024 // APEX SYSTEM_LIMIT: 512 sampling + 512 queuing
#define HV_MAX_CHANNELS          1024
#define HV_MAX_MESSAGE           8192 // bytes; APEX SYSTEM_LIMIT_MESSAGE_SIZE; one copy window holds it
#define HV_MAX_DEPTH             512        // messages; APEX SYSTEM_LIMIT_NUMBER_OF_MESSAGES
#define HV_MAX_PROCESSES         128        // per partition; APEX SYSTEM_LIMIT_NUMBER_OF_PROCESSES
#define HV_MAX_WINDOWS           (1u << 20) // per schedule, over all cores
#define HV_MAX_RECEIVERS         4096 // of time given up: in all lists of all windows as written
#define HV_MAX_FRAME_NS          (1ull << 61) // about 73 years: sums of two times stay below 2^63
#define HV_MAX_SCHEDULES         16 // modes of the whole module: flight, maintenance, what is degraded
#define HV_CHANGE_MARGIN_NS      10000 // a schedule asked for later before a boundary waits for the next
#define HV_MAX_INTERRUPTS        64   // of devices (SPIs) and doorbells in one module
#define HV_MAX_TRANSLATION_PAGES 8192 // 32 MiB of tables; bounds the walk over them at boot
#define HV_NAME_SIZE             32 // bytes in the tables, zero padded; a name itself has 1..30 (SYN-003)
#define HV_NAME_MAX              30
#define HV_PAGE_SIZE             4096u
#define HV_BLOCK_SIZE            0x200000u // a stage-2 level-2 block, 2 MiB with 4 KiB granule
#define HV_IPA_BITS              39        // guest physical space; level-1 start, one root page
#define HV_CONSOLE_BYTES         64        // bytes that one HV_CONSOLE_WRITE carries in x2..x9

#endif
