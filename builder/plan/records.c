// SPDX-License-Identifier: BSD-2-Clause
// The records of the tables that describe partitions, memory, interrupts, health and images.
#include "model/events.h"
#include "plan/plan.h"

#include <string.h>

enum { IMAGE_ALIGNMENT = 64 };

// One of the hypervisor's own mappings: EL2 virtual = physical.
static void own(struct arena *a, struct plan *p, uint64_t start, uint64_t end, uint32_t attributes)
{
    start &= ~(uint64_t)(HV_PAGE_SIZE - 1);
    end = round_up(end, HV_PAGE_SIZE);
    if (start < end)
        *list_add(a, &p->memory) = (struct tbl_memory){
            .partition = TBL_NONE,
            .attributes = attributes,
            .address = start,
            .phys = start,
            .size = end - start,
        };
}

void memory_records(struct arena *a, struct plan *p)
{
    p->memory.count = 0;
    EACH(q, &p->model->partitions) {
        struct tbl_partition *record = &p->records.items[q->index];
        record->first_memory = (uint32_t)p->memory.count;
        record->memory_count = (uint32_t)q->memory.count;
        EACH(m, &q->memory) {
            *list_add(a, &p->memory) = (struct tbl_memory){
                .partition = q->index,
                .attributes = m->attributes,
                .address = m->at.value,
                .phys = m->planned_phys,
                .size = memory_size(m),
            };
        }
    }
    EACH(s, &p->runtime->segments) {
        own(a, p, s->address, s->address + s->mem_size, s->attributes);
    }
    own(a, p, p->tables_address, p->tables_address + p->tables_size, TBL_MEM_READ);
    own(a, p, p->state_address, p->state_address + p->state_size, TBL_MEM_READ | TBL_MEM_WRITE);
    own(a, p, p->payload_address, p->payload_address + p->payload_size, TBL_MEM_READ);
    own(a, p, p->log_address, p->end_address, TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_UNCACHED);
    EACH(device, &p->model->board->devices) {
        if (device->reserved)
            own(a, p, device->start, device->start + device->size,
                TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_DEVICE);
    }
}

// Interrupts of a partition's devices and of doorbells in ascending order, and the enable words
// that those of hardware make, which all go to the partition's first vcpu.
static void interrupts(struct arena *a, struct plan *p, const struct partition *q)
{
    struct tbl_partition *record = &p->records.items[q->index];
    size_t first = p->interrupts.count;

    EACH(use, &q->devices) {
        if (use->device && use->device->intid)
            *list_add(a, &p->interrupts) = (struct tbl_interrupt){
                .intid = use->device->intid,
                .partition = q->index,
                .flags = use->device->edge ? TBL_IRQ_EDGE : 0,
            };
    }
    EACH(d, &p->model->doorbells) {
        EACH(ring, &d->to) {
            if (ring->partition == q)
                *list_add(a, &p->interrupts) = (struct tbl_interrupt){
                    .intid = (uint32_t)ring->interrupt.value,
                    .partition = q->index,
                    .vcpu = (uint32_t)ring->cpu.value,
                    .flags = TBL_IRQ_EDGE | TBL_IRQ_SOFT,
                };
        }
    }
    if (q->shutdown.given)
        *list_add(a, &p->interrupts) = (struct tbl_interrupt){
            .intid = (uint32_t)q->shutdown.value,
            .partition = q->index,
            .flags = TBL_IRQ_EDGE | TBL_IRQ_SOFT | TBL_IRQ_SHUTDOWN,
        };
    if (q->console == CONSOLE_PL011)
        *list_add(a, &p->interrupts) = (struct tbl_interrupt){
            .intid = TBL_PL011_INTID,
            .partition = q->index,
            .flags = TBL_IRQ_SOFT | TBL_IRQ_PL011 | (q == p->model->input_to ? TBL_IRQ_INPUT : 0),
        };
    record->first_interrupt = (uint32_t)first;
    record->interrupt_count = (uint32_t)(p->interrupts.count - first);
    for (size_t i = first; i < p->interrupts.count; i++)
        for (size_t j = i; j > first; j--) {
            struct tbl_interrupt *low = &p->interrupts.items[j - 1], *high = low + 1, swap = *low;
            if (low->intid <= high->intid)
                break;
            *low = *high;
            *high = swap;
        }

    struct tbl_vcpu *vcpu = &p->vcpus.items[record->first_vcpu];
    for (uint32_t v = 0; v < record->vcpu_count; v++)
        vcpu[v].first_mask = (uint32_t)p->masks.count;
    for (uint32_t word = 1; word < 1024 / 32; word++) {
        struct tbl_irq_mask mask = {.word = word};
        for (size_t i = first; i < p->interrupts.count; i++) {
            uint32_t line = tbl_line(&p->module, &p->interrupts.items[i]);
            mask.bits |= line / 32 == word ? 1u << line % 32 : 0;
        }
        if (mask.bits) {
            *list_add(a, &p->masks) = mask;
            vcpu->mask_count++;
        }
    }
    for (uint32_t v = 1; v < record->vcpu_count; v++)
        vcpu[v].first_mask = (uint32_t)p->masks.count;
}

static void health(struct arena *a, struct plan *p, const struct partition *q)
{
    for (uint32_t event = 0; event < HV_EVENT_COUNT; event++) {
        bool here = HV_EVENTS_PARTITION >> event & 1;
        uint32_t action = here ? q->action[event] : TBL_ACTION_IGNORE;

        *list_add(a, &p->health) = (struct tbl_health){
            .level = q->process_level >> event & 1 ? TBL_LEVEL_PROCESS : TBL_LEVEL_PARTITION,
            .action = action,
            .flags = here ? TBL_HEALTH_LOG : 0,
            .schedule = action == TBL_ACTION_SWITCH_SCHEDULE
                            ? (uint32_t)(q->switch_to - p->model->schedules.items)
                            : TBL_NONE,
        };
    }
}

static void module_health(struct arena *a, struct plan *p)
{
    const struct model *m = p->model;

    for (uint32_t event = 0; event < HV_EVENT_COUNT; event++) {
        bool here = HV_EVENTS_MODULE >> event & 1;
        bool logged = here && (event != HV_EVENT_WINDOW_LATE || m->lateness_log);

        *list_add(a, &p->health) = (struct tbl_health){
            .level = TBL_LEVEL_MODULE,
            .action = here ? m->action[event] : TBL_ACTION_IGNORE,
            .flags = logged ? TBL_HEALTH_LOG : 0,
            .schedule = TBL_NONE,
        };
    }
}

static uint32_t flags_of(const struct partition *q)
{
    uint32_t flags = is_true(q->system) ? TBL_PARTITION_SYSTEM : 0;

    flags |= guest_loads(q->guest) ? TBL_PARTITION_LOADS : 0;
    flags |= q->virtual_time == VIRTUAL_TIME_REPORTED ? TBL_PARTITION_STOLEN_TIME : 0;
    flags |= q->virtual_time == VIRTUAL_TIME_FROZEN ? TBL_PARTITION_FROZEN_TIME : 0;

    EACH(use, &q->rights)
        flags |= use->right & TBL_PARTITION_RIGHTS;
    return flags;
}

// The fewest ticks that are not shorter; 0 stays 0.
static uint64_t ticks_above(const struct plan *p, struct amount time)
{
    unsigned __int128 second = 1000000000;

    return (uint64_t)((time.value * (unsigned __int128)p->model->board->timer_hz + second - 1) /
                      second);
}

void partition_records(struct arena *a, struct plan *p)
{
    uint32_t first_port = 0;

    EACH(q, &p->model->partitions) {
        struct planned_partition *pp = &p->partitions[q->index];
        struct tbl_partition record = {
            .id = q->id.given ? (uint32_t)q->id.value : q->index,
            .flags = flags_of(q),
            .criticality = q->criticality.given ? (uint32_t)q->criticality.value : TBL_NONE,
            .vmid = q->index + 1,
            .first_vcpu = pp->first_vcpu,
            .vcpu_count = vcpu_count(q),
            .first_port = first_port,
            .port_count = (uint32_t)q->ports.count,
            .entry = pp->image ? pp->image->entry : 0,
            .argument = pp->argument,
            .restart_limit = (uint32_t)q->restart_limit.value,
            .restart_within = q->restart_limit.given ? ticks_above(p, q->restart_within) : 0,
            .initialisation = ticks_above(p, q->initialisation),
        };
        strncpy(record.name, q->name.text, HV_NAME_SIZE - 1);
        first_port += record.port_count;
        *list_add(a, &p->records) = record;
        interrupts(a, p, q);
        health(a, p, q);
    }
    module_health(a, p);
}

// Those in place are no part of it.
uint64_t payload_layout(struct arena *a, struct plan *p)
{
    uint64_t at = 0;

    EACH(q, &p->model->partitions) {
        struct tbl_partition *record = &p->records.items[q->index];
        const struct elf_image *e = p->partitions[q->index].image;
        record->first_image = (uint32_t)p->images.count;
        for (size_t i = 0; e && i < e->segments.count; i++) {
            const struct segment *s = &e->segments.items[i];
            struct tbl_image image = {
                .source = at,
                .file_size = s->file_size,
                .mem_size = s->mem_size,
            };
            sha256_of(s->bytes, s->file_size, image.sha256);
            *list_add(a, &p->images) = image;
            if (!q->in_place)
                at = round_up(at + s->file_size, IMAGE_ALIGNMENT);
        }
        record->image_count = (uint32_t)p->images.count - record->first_image;
    }
    return round_up(at, HV_PAGE_SIZE);
}

void payload_fill(struct arena *a, struct plan *p)
{
    struct tbl_image *image = p->images.items;

    p->payload = arena_alloc(a, p->payload_size);
    EACH(q, &p->model->partitions) {
        const struct elf_image *e = p->partitions[q->index].image;
        for (size_t i = 0; e && i < e->segments.count; i++, image++) {
            const struct segment *s = &e->segments.items[i];
            const struct memory *m = memory_holding(q, s->address, s->mem_size);
            image->memory =
                p->records.items[q->index].first_memory + (uint32_t)(m - q->memory.items);
            image->target = m->planned_phys + (s->address - m->at.value);
            if (q->in_place) {
                image->source = image->target;
                continue;
            }
            memcpy(p->payload + image->source, s->bytes, s->file_size);
            image->source += p->payload_address;
        }
    }
}
