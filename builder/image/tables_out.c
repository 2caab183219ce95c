// SPDX-License-Identifier: BSD-2-Clause
// The tables as bytes: schema/tables.h, section after section, with their checksums.
#include "image/image.h"
#include "crc32c.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "records are written as they are in memory");

const uint32_t table_entry_sizes[TBL_SECTIONS] = {
    [TBL_MODULE] = sizeof(struct tbl_module),
    [TBL_CORE] = sizeof(struct tbl_core),
    [TBL_PARTITION] = sizeof(struct tbl_partition),
    [TBL_VCPU] = sizeof(struct tbl_vcpu),
    [TBL_MEMORY] = sizeof(struct tbl_memory),
    [TBL_INTERRUPT] = sizeof(struct tbl_interrupt),
    [TBL_IRQ_MASK] = sizeof(struct tbl_irq_mask),
    [TBL_SCHEDULE] = sizeof(struct tbl_schedule),
    [TBL_DUTY] = sizeof(struct tbl_duty),
    [TBL_FRAME] = sizeof(struct tbl_frame),
    [TBL_WINDOW] = sizeof(struct tbl_window),
    [TBL_RECEIVER] = sizeof(struct tbl_receiver),
    [TBL_PORT] = sizeof(struct tbl_port),
    [TBL_CHANNEL] = sizeof(struct tbl_channel),
    [TBL_DOORBELL] = sizeof(struct tbl_doorbell),
    [TBL_RING] = sizeof(struct tbl_ring),
    [TBL_HEALTH] = sizeof(struct tbl_health),
    [TBL_IMAGE] = sizeof(struct tbl_image),
    [TBL_TRANSLATION] = HV_PAGE_SIZE,
};

const char *const table_names[TBL_SECTIONS + 1] = {
    "module",   "core", "partition", "vcpu",   "memory",      "interrupt", "irq mask",
    "schedule", "duty", "frame",     "window", "receiver",    "port",      "channel",
    "doorbell", "ring", "health",    "image",  "translation", "header",
};

struct section {
    const void *items;
    uint64_t count, offset;
};

// Where every section goes; returns the size of all.
static uint64_t layout(const struct plan *p, uint64_t pages, struct section s[TBL_SECTIONS])
{
    uint64_t at = sizeof(struct tbl_header);

    s[TBL_MODULE] = (struct section){&p->module, 1, 0};
    s[TBL_CORE] = (struct section){p->cores.items, p->cores.count, 0};
    s[TBL_PARTITION] = (struct section){p->records.items, p->records.count, 0};
    s[TBL_VCPU] = (struct section){p->vcpus.items, p->vcpus.count, 0};
    s[TBL_MEMORY] = (struct section){p->memory.items, p->memory.count, 0};
    s[TBL_INTERRUPT] = (struct section){p->interrupts.items, p->interrupts.count, 0};
    s[TBL_IRQ_MASK] = (struct section){p->masks.items, p->masks.count, 0};
    s[TBL_SCHEDULE] = (struct section){p->schedules.items, p->schedules.count, 0};
    s[TBL_DUTY] = (struct section){p->duties.items, p->duties.count, 0};
    s[TBL_FRAME] = (struct section){p->frames.items, p->frames.count, 0};
    s[TBL_WINDOW] = (struct section){p->windows.items, p->windows.count, 0};
    s[TBL_RECEIVER] = (struct section){p->receivers.items, p->receivers.count, 0};
    s[TBL_PORT] = (struct section){p->ports.items, p->ports.count, 0};
    s[TBL_CHANNEL] = (struct section){p->channels.items, p->channels.count, 0};
    s[TBL_DOORBELL] = (struct section){p->doorbells.items, p->doorbells.count, 0};
    s[TBL_RING] = (struct section){p->rings.items, p->rings.count, 0};
    s[TBL_HEALTH] = (struct section){p->health.items, p->health.count, 0};
    s[TBL_IMAGE] = (struct section){p->images.items, p->images.count, 0};
    s[TBL_TRANSLATION] = (struct section){p->translation.items, pages, 0};
    for (int t = 0; t < TBL_SECTIONS; t++) {
        s[t].offset = at = round_up(at, t == TBL_TRANSLATION ? HV_PAGE_SIZE : 8);
        at += s[t].count * table_entry_sizes[t];
    }
    return round_up(at, HV_PAGE_SIZE);
}

uint64_t tables_size(const struct plan *p, uint64_t pages)
{
    struct section sections[TBL_SECTIONS];

    return layout(p, pages, sections);
}

void tables_write(struct arena *a, struct plan *p)
{
    const struct board *b = p->model->board;
    struct section sections[TBL_SECTIONS];
    uint8_t *bytes = p->tables = arena_alloc(a, p->tables_size);
    struct tbl_header h = {
        .magic = TBL_MAGIC,
        .major = TBL_MAJOR,
        .minor = TBL_MINOR,
        .arch = TBL_ARCH_AARCH64,
        .board = (uint16_t)b->id,
        .sections = TBL_SECTIONS,
        .size = p->tables_size,
        .address = p->tables_address,
        .timer_hz = b->timer_hz,
        .payload = p->payload_address,
        .payload_size = p->payload_size,
        .state = p->state_address,
        .state_size = p->state_size,
    };

    memcpy(h.config_id, p->config_id, sizeof h.config_id);
    layout(p, p->translation.count, sections);
    for (int t = 0; t < TBL_SECTIONS; t++) {
        const struct section *s = &sections[t];
        uint64_t size = s->count * table_entry_sizes[t];
        if (size)
            memcpy(bytes + s->offset, s->items, size);
        h.directory[t] = (struct tbl_section){
            .offset = s->offset,
            .count = (uint32_t)s->count,
            .entry_size = table_entry_sizes[t],
            .crc = crc32c(0, bytes + s->offset, size),
        };
    }
    h.crc = crc32c(0, &h, sizeof h);
    memcpy(bytes, &h, sizeof h);
}
