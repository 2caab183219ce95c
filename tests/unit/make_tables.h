// SPDX-License-Identifier: BSD-2-Clause
// Valid tables of a small system, made by hand: what the builder would write, without the builder.
//
//   normal   core 0   | sensor 0..2 ms | control.0 2..6 ms | free 6..10 ms       |   frame 10 ms
//            core 1   | control.1 0..3 ms          | display 3..10 ms            |
//   degraded core 0   | control.0 0..1 ms | sensor 1..4 ms |                        frame 4 ms
//            core 1   | display 0..4 ms                  |
//            the rest of each goes to the other one of its core, display's to control.1
//
//   When "degraded" begins, control goes on, sensor is started warm, display cold; when "normal"
//   begins, all go on but sensor, which is started cold. control may change the schedule.
//
//   sensor   source "air" (sampling, 64 bytes)
//   control  destination "air", source "orders" (queuing, 32 bytes, 4 deep), "spare" unconnected;
//            owns interrupts 40 and 70 (vcpu 0) and 41 (vcpu 1); a system partition
//   display  destination "air" and "orders"; owns a device
//   Doorbells: sensor's "done" is interrupt 95 of control's vcpu 0; control's "wake" is 40 of
//   display, whose window it may interrupt once a millisecond, and 90 of its own vcpu 1.
//   control and display share a page; sensor has a page that survives a warm start
#ifndef BULKHEAD_MAKE_TABLES_H
#define BULKHEAD_MAKE_TABLES_H

#include "tables.h"
#include "tables_check.h"

enum { SENSOR, CONTROL, DISPLAY };
enum { NORMAL, DEGRADED };
enum { NORMAL_ID = 3, DEGRADED_ID = 7 };
enum {
    CODE_IPA = 0x40000000,
    DATA_IPA = 0x40100000,
    KEEP_IPA = 0x40200000,
    SHARED_IPA = 0x40300000,
    DEVICE_IPA = 0x09010000
};
enum { TICKS_PER_MS = 62500 };
enum { LOG_RECORDS = 8, LOG_PER_FRAME = 2 };
enum { MADE_TABLES_MAX = 0x20000 };

struct made {
    uint8_t *bytes;
    uint64_t size;
    struct tbl_header *header;
    struct tbl_module *module;
    struct tbl_core *cores;
    struct tbl_partition *partitions;
    struct tbl_vcpu *vcpus;
    struct tbl_memory *memory;
    struct tbl_interrupt *interrupts;
    struct tbl_irq_mask *masks;
    struct tbl_schedule *schedules;
    struct tbl_duty *duties;
    struct tbl_frame *frames;
    struct tbl_window *windows;
    struct tbl_receiver *receivers;
    struct tbl_port *ports;
    struct tbl_channel *channels;
    struct tbl_doorbell *doorbells;
    struct tbl_ring *rings;
    struct tbl_health *health;
    struct tbl_image *images;
    uint32_t pages; // of TRANSLATION in use
};

enum {
    MADE_PAYLOAD = 1,      // the images' bytes go to RAM, their digests into the tables
    MADE_TRANSLATIONS = 2, // real ones; else a blank page for each root
};
// A small machine like qemu-virt, for tables that the AArch64 walker judges.
extern const struct tables_expect made_for_virt;
// Writes the tables to `at` (MADE_TABLES_MAX zeroed bytes), for the machine `e`.
struct made make_tables(void *at, const struct tables_expect *e, unsigned what);
// All checksums anew, after a change.
void seal_tables(void *at, uint64_t size);
// Display gets an emulated PL011, record 5, in place of its shutdown interrupt; with `input` it
// receives what is typed.
enum { MADE_INPUT = 43 };
void made_pl011(struct made *m, bool input);
uint32_t image_byte(uint32_t image, uint64_t offset); // what the payload holds

#endif
