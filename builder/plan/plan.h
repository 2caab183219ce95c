// SPDX-License-Identifier: BSD-2-Clause
// The steps of planning, in the order plan.c takes them. Each fills its part of struct plan.
#ifndef HVBUILD_PLAN_H
#define HVBUILD_PLAN_H

#include "image/image.h"

static inline bool is_true(struct amount a)
{
    return a.given && a.value;
}

// guests.c. Reads the images and holds each against its partition's memory: PART-004, PART-005,
// MEM-007, MEM-009.
void guests_read(struct arena *a, struct diags *d, struct plan *p, bool required);
// Bytes of a region: its own, or the shared block's.
uint64_t memory_size(const struct memory *m);
// The region of a partition that holds {address, size}, or NULL.
struct memory *memory_holding(const struct partition *q, uint64_t address, uint64_t size);

// place.c. Gives every region and shared block its physical place behind the container: MEM-003,
// MEM-004, MEM-014. False when something did not fit.
bool place_memory(struct arena *a, struct diags *d, struct plan *p);

// translation.c. All translation pages, from the records in p->memory: MEM-012. False when they are
// too many.
bool translation_build(struct arena *a, struct diags *d, struct plan *p);

// timetable.c. Cores, vcpus, schedules, frames, windows; ticks: SCHED-025.
void timetable_plan(struct arena *a, struct diags *d, struct plan *p);
// SCHED-025 alone, for a board without a runtime: its timer counts too.
void check_rounded_time(struct arena *a, struct diags *d, struct model *m);
// The tick nearest to `ns`, halves up.
uint64_t ticks_of(const struct board *b, uint64_t ns);

// pools.c. Ports and channels; then, once the state area has an address, what lies in it.
void ports_plan(struct arena *a, struct plan *p);
uint64_t state_layout(struct plan *p); // bytes needed, from p->state_address on

// doorbells.c. Doorbells and their rings, once the interrupts have their records.
void doorbells_plan(struct arena *a, struct plan *p);

// records.c. Partitions, memory, interrupts, masks, health, images.
void memory_records(struct arena *a, struct plan *p);
void partition_records(struct arena *a, struct plan *p);
uint64_t payload_layout(struct arena *a, struct plan *p); // bytes needed; sources are offsets then
void payload_fill(struct arena *a, struct plan *p);

#endif
