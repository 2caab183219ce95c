// SPDX-License-Identifier: BSD-2-Clause
// Valid tables of a small system, made by hand.
#include "make_tables.h"
#include "event_levels.h"
#include "crc32c.h"
#include "sha256.h"
#include "translation.h"
#include <string.h>

// The container behind the runtime: tables, state, payload; then the partitions' memory.
enum {
    STATE_OFFSET = 0x20000, // from the tables
    STATE_SIZE = 0x8000,
    PAYLOAD_OFFSET = 0x30000,
    PAYLOAD_SIZE = 0x3000,
    LOG_OFFSET = 0x34000,
    GUEST_RAM = 0x40400000,
    SHARED_RAM = 0x40800000,
    DEVICE = 0x09010000,
    COPY_VA = 0x70000000,
};

enum { CORES = 2, PARTITIONS = 3, SCHEDULES = 2, WINDOWS = 8, RECEIVERS = 3, PAGES = 20 };

static void add(struct made *m, enum tbl_type type, uint32_t count, uint32_t size)
{
    uint64_t align = type == TBL_TRANSLATION ? HV_PAGE_SIZE : 8;

    m->size = (m->size + align - 1) / align * align;
    m->header->directory[type] =
        (struct tbl_section){.offset = m->size, .count = count, .entry_size = size};
    m->size += (uint64_t)count * size;
}

static void *at(const struct made *m, enum tbl_type type)
{
    return m->bytes + m->header->directory[type].offset;
}

static void lay_out(struct made *m, unsigned what)
{
    add(m, TBL_MODULE, 1, sizeof(struct tbl_module));
    add(m, TBL_CORE, CORES, sizeof(struct tbl_core));
    add(m, TBL_PARTITION, PARTITIONS, sizeof(struct tbl_partition));
    add(m, TBL_VCPU, 4, sizeof(struct tbl_vcpu));
    add(m, TBL_MEMORY, 17, sizeof(struct tbl_memory));
    add(m, TBL_INTERRUPT, 7, sizeof(struct tbl_interrupt));
    add(m, TBL_IRQ_MASK, 4, sizeof(struct tbl_irq_mask)); // one to spare, made_pl011
    m->header->directory[TBL_IRQ_MASK].count--;
    add(m, TBL_SCHEDULE, SCHEDULES, sizeof(struct tbl_schedule));
    add(m, TBL_DUTY, SCHEDULES * PARTITIONS, sizeof(struct tbl_duty));
    add(m, TBL_FRAME, SCHEDULES * CORES, sizeof(struct tbl_frame));
    add(m, TBL_WINDOW, WINDOWS, sizeof(struct tbl_window));
    add(m, TBL_RECEIVER, RECEIVERS, sizeof(struct tbl_receiver));
    add(m, TBL_PORT, 6, sizeof(struct tbl_port));
    add(m, TBL_CHANNEL, 2, sizeof(struct tbl_channel));
    add(m, TBL_DOORBELL, 2, sizeof(struct tbl_doorbell));
    add(m, TBL_RING, 3, sizeof(struct tbl_ring));
    add(m, TBL_HEALTH, (PARTITIONS + 1) * HV_EVENT_COUNT, sizeof(struct tbl_health));
    add(m, TBL_IMAGE, 5, sizeof(struct tbl_image));
    add(m, TBL_TRANSLATION, what & MADE_TRANSLATIONS ? PAGES : PARTITIONS + 1, HV_PAGE_SIZE);
    m->module = at(m, TBL_MODULE);
    m->cores = at(m, TBL_CORE);
    m->partitions = at(m, TBL_PARTITION);
    m->vcpus = at(m, TBL_VCPU);
    m->memory = at(m, TBL_MEMORY);
    m->interrupts = at(m, TBL_INTERRUPT);
    m->masks = at(m, TBL_IRQ_MASK);
    m->schedules = at(m, TBL_SCHEDULE);
    m->duties = at(m, TBL_DUTY);
    m->frames = at(m, TBL_FRAME);
    m->windows = at(m, TBL_WINDOW);
    m->receivers = at(m, TBL_RECEIVER);
    m->ports = at(m, TBL_PORT);
    m->channels = at(m, TBL_CHANNEL);
    m->doorbells = at(m, TBL_DOORBELL);
    m->rings = at(m, TBL_RING);
    m->health = at(m, TBL_HEALTH);
    m->images = at(m, TBL_IMAGE);
}

static void fill_header(struct made *m, const struct tables_expect *e)
{
    struct tbl_header *h = m->header;

    h->magic = TBL_MAGIC;
    h->major = TBL_MAJOR;
    h->minor = TBL_MINOR;
    h->arch = e->arch;
    h->board = e->board;
    h->sections = TBL_SECTIONS;
    h->size = m->size;
    h->address = e->address;
    h->timer_hz = e->timer_hz;
    for (unsigned i = 0; i < sizeof h->config_id; i++)
        h->config_id[i] = (uint8_t)(0xa0 + i);
    h->state = e->address + STATE_OFFSET;
    h->state_size = STATE_SIZE;
    h->payload = e->address + PAYLOAD_OFFSET;
    h->payload_size = PAYLOAD_SIZE;
}

static void fill_module(struct made *m)
{
    uint64_t blob = m->header->address + m->header->directory[TBL_TRANSLATION].offset;

    strcpy(m->module->name, "testbed");
    m->module->ns_numerator = 16;
    m->module->ns_denominator = 1;
    m->module->lateness_bound = 1000;
    m->module->copy_va = COPY_VA;
    m->module->copy_tables = m->header->state;
    m->module->window_stats = m->header->state + CORES * HV_PAGE_SIZE;
    m->module->el2_root = blob + PARTITIONS * HV_PAGE_SIZE;
    m->module->log = m->header->address + LOG_OFFSET;
    m->module->log_records = LOG_RECORDS;
    m->module->log_per_frame = LOG_PER_FRAME;
    m->cores[0].mpidr = 0;
    m->cores[1].mpidr = 1;
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct tbl_partition *p = &m->partitions[i];

        p->id = i + 10;
        p->criticality = i;
        p->vmid = i + 1;
        p->entry = CODE_IPA;
        p->stage2_root = blob + i * HV_PAGE_SIZE;
    }
    strcpy(m->partitions[SENSOR].name, "sensor");
    strcpy(m->partitions[CONTROL].name, "control");
    strcpy(m->partitions[DISPLAY].name, "display");
    m->partitions[CONTROL].flags = TBL_PARTITION_SYSTEM | TBL_PARTITION_SWITCH_SCHEDULE;
    m->partitions[CONTROL].argument = DATA_IPA + 0x100;
    m->partitions[DISPLAY].criticality = TBL_NONE;
}

static void fill_vcpus(struct made *m)
{
    static const struct tbl_vcpu vcpus[] = {
        {.partition = SENSOR, .index = 0, .core = 0, .first_mask = 0, .mask_count = 0},
        {.partition = CONTROL, .index = 0, .core = 0, .first_mask = 0, .mask_count = 2},
        {.partition = CONTROL, .index = 1, .core = 1, .first_mask = 2, .mask_count = 1},
        {.partition = DISPLAY, .index = 0, .core = 1, .first_mask = 3, .mask_count = 0},
    };
    static const struct tbl_interrupt interrupts[] = {
        {.intid = 40, .partition = CONTROL, .vcpu = 0},
        {.intid = 41, .partition = CONTROL, .vcpu = 1, .flags = TBL_IRQ_EDGE},
        {.intid = 70, .partition = CONTROL, .vcpu = 0},
        {.intid = 90, .partition = CONTROL, .vcpu = 1, .flags = TBL_IRQ_EDGE | TBL_IRQ_SOFT},
        {.intid = 95, .partition = CONTROL, .vcpu = 0, .flags = TBL_IRQ_EDGE | TBL_IRQ_SOFT},
        {.intid = 40, .partition = DISPLAY, .vcpu = 0, .flags = TBL_IRQ_EDGE | TBL_IRQ_SOFT},
        {.intid = 99,
         .partition = DISPLAY,
         .flags = TBL_IRQ_EDGE | TBL_IRQ_SOFT | TBL_IRQ_SHUTDOWN},
    };
    static const struct tbl_irq_mask masks[] = {{1, 1u << 8}, {2, 1u << 6}, {1, 1u << 9}};

    memcpy(m->vcpus, vcpus, sizeof vcpus);
    memcpy(m->interrupts, interrupts, sizeof interrupts);
    memcpy(m->masks, masks, sizeof masks);
    m->partitions[SENSOR].vcpu_count = 1;
    m->partitions[CONTROL].first_vcpu = 1;
    m->partitions[CONTROL].vcpu_count = 2;
    m->partitions[DISPLAY].first_vcpu = 3;
    m->partitions[DISPLAY].vcpu_count = 1;
    m->partitions[CONTROL].interrupt_count = 5;
    m->partitions[DISPLAY].first_interrupt = 5;
    m->partitions[DISPLAY].interrupt_count = 2;
}

static void fill_memory(struct made *m, const struct tables_expect *e)
{
    enum {
        RO = TBL_MEM_READ,
        RX = TBL_MEM_READ | TBL_MEM_EXECUTE,
        RW = TBL_MEM_READ | TBL_MEM_WRITE
    };
    const struct tbl_header *h = m->header;
    const uint64_t ram = GUEST_RAM;
    const struct tbl_memory memory[] = {
        {SENSOR, RX, CODE_IPA, ram, 0x2000},
        {SENSOR, RW, DATA_IPA, ram + 0x2000, 0x4000},
        {SENSOR, RW | TBL_MEM_KEEP, KEEP_IPA, ram + 0x6000, 0x1000},
        {CONTROL, RX, CODE_IPA, ram + 0x10000, 0x2000},
        {CONTROL, RW, DATA_IPA, ram + 0x12000, 0x4000},
        {CONTROL, RW | TBL_MEM_SHARED, SHARED_IPA, SHARED_RAM, 0x1000},
        {DISPLAY, RX, CODE_IPA, ram + 0x20000, 0x2000},
        {DISPLAY, RW, DATA_IPA, ram + 0x22000, 0x4000},
        {DISPLAY, RO | TBL_MEM_SHARED, SHARED_IPA, SHARED_RAM, 0x1000},
        {DISPLAY, RW | TBL_MEM_DEVICE, DEVICE_IPA, DEVICE, 0x1000},
        {TBL_NONE, RX, e->runtime_start, e->runtime_start, 0x8000},
        {TBL_NONE, RW, e->runtime_start + 0x9000, e->runtime_start + 0x9000, 0x10000},
        {TBL_NONE, RO, h->address, h->address, h->size},
        {TBL_NONE, RW, h->state, h->state, h->state_size},
        {TBL_NONE, RO, h->payload, h->payload, h->payload_size},
        {TBL_NONE, RW | TBL_MEM_DEVICE, 0x08000000, 0x08000000, 0x100000},
        {TBL_NONE, RW | TBL_MEM_UNCACHED, m->module->log, m->module->log,
         tbl_log_size(PARTITIONS, LOG_RECORDS)},
    };

    memcpy(m->memory, memory, sizeof memory);
    m->partitions[SENSOR].memory_count = 3;
    m->partitions[CONTROL].first_memory = 3;
    m->partitions[CONTROL].memory_count = 3;
    m->partitions[DISPLAY].first_memory = 6;
    m->partitions[DISPLAY].memory_count = 4;
}

static void fill_schedule(struct made *m)
{
    const uint64_t ms = TICKS_PER_MS;
    const struct tbl_window windows[WINDOWS] = {
        {0, 2 * ms, 0, TBL_WINDOW_PERIOD_START, 0, 0, 0, 0},
        {2 * ms, 6 * ms, 1, TBL_WINDOW_PERIOD_START, 0, 0, 0, 0},
        {6 * ms, 10 * ms, TBL_NONE, 0, 0, 0, 0, 0},
        {0, 3 * ms, 2, 0, 0, 0, 0, 0},
        {3 * ms, 10 * ms, 3, 0, 0, 0, 0, 0},
        {0, 1 * ms, 1, TBL_WINDOW_PERIOD_START, 1, 1, 0, 0},
        {1 * ms, 4 * ms, 0, 0, 0, 1, 0, 0},
        {0, 4 * ms, 3, 0, 2, 1, 0, 0},
    };
    static const struct tbl_receiver receivers[RECEIVERS] = {{1, 0}, {0, 0}, {2, 0}};
    static const struct tbl_schedule schedules[SCHEDULES] = {
        {"normal", 10 * TICKS_PER_MS, 10000000, NORMAL_ID, 0},
        {"degraded", 4 * TICKS_PER_MS, 4000000, DEGRADED_ID, 0},
    };
    static const struct tbl_frame frames[SCHEDULES * CORES] = {{0, 3}, {3, 2}, {5, 2}, {7, 1}};
    static const struct tbl_duty duties[SCHEDULES * PARTITIONS] = {
        {10000000, 2000000, TBL_ACTION_COLD_START, 0}, {10000000, 2000000, TBL_ACTION_IGNORE, 0},
        {10000000, 7000000, TBL_ACTION_IGNORE, 0},     {4000000, 3000000, TBL_ACTION_WARM_START, 0},
        {4000000, 1000000, TBL_ACTION_IGNORE, 0},      {4000000, 4000000, TBL_ACTION_COLD_START, 0},
    };

    memcpy(m->schedules, schedules, sizeof schedules);
    memcpy(m->duties, duties, sizeof duties);
    memcpy(m->frames, frames, sizeof frames);
    memcpy(m->windows, windows, sizeof windows);
    memcpy(m->receivers, receivers, sizeof receivers);
}

static void fill_ports(struct made *m)
{
    static const struct tbl_port ports[] = {
        {"air", SENSOR, TBL_SAMPLING, TBL_SOURCE, 0, 64, 0, 0, 0},
        {"air", CONTROL, TBL_SAMPLING, TBL_DESTINATION, 0, 64, 0, 50000000, 3125000},
        {"orders", CONTROL, TBL_QUEUING, TBL_SOURCE, 1, 32, 4, 0, 0},
        {"spare", CONTROL, TBL_SAMPLING, TBL_SOURCE, TBL_NONE, 8, 0, 0, 0},
        {"air", DISPLAY, TBL_SAMPLING, TBL_DESTINATION, 0, 64, 0, 1000, 62},
        {"orders", DISPLAY, TBL_QUEUING, TBL_DESTINATION, 1, 32, 4, 0, 0},
    };
    uint64_t pools = m->header->state + 0x4000;

    memcpy(m->ports, ports, sizeof ports);
    m->partitions[SENSOR].port_count = 1;
    m->partitions[CONTROL].first_port = 1;
    m->partitions[CONTROL].port_count = 3;
    m->partitions[DISPLAY].first_port = 4;
    m->partitions[DISPLAY].port_count = 2;
    m->channels[0] = (struct tbl_channel){TBL_SAMPLING, 64, 0, 128, pools, 192 + 4 * 128, 0, 2};
    m->channels[1] =
        (struct tbl_channel){TBL_QUEUING, 32, 4, 64, pools + 0x400, 192 + 4 * 64, 2, 1};
}

static void fill_doorbells(struct made *m)
{
    static const struct tbl_doorbell doorbells[] = {
        {.name = "done", .partition = SENSOR, .first_ring = 0, .ring_count = 1},
        {.name = "wake", .partition = CONTROL, .first_ring = 1, .ring_count = 2},
    };
    static const struct tbl_ring rings[] = {
        {.interrupt = 4}, {.interrupt = 5, .gap = TICKS_PER_MS}, {.interrupt = 3}};

    memcpy(m->doorbells, doorbells, sizeof doorbells);
    memcpy(m->rings, rings, sizeof rings);
    m->partitions[SENSOR].doorbell_count = 1;
    m->partitions[CONTROL].first_doorbell = 1;
    m->partitions[CONTROL].doorbell_count = 1;
    m->partitions[DISPLAY].first_doorbell = 2;
}

// Everything that may happen starts a partition cold, except what cannot.
static uint32_t made_action(uint32_t event)
{
    if (event == HV_EVENT_INTEGRITY || event == HV_EVENT_RESTART_LIMIT)
        return TBL_ACTION_HALT;
    return HV_EVENTS_PARTITION >> event & 1 ? TBL_ACTION_COLD_START : TBL_ACTION_IGNORE;
}

static void fill_health(struct made *m)
{
    for (uint32_t i = 0; i < (PARTITIONS + 1) * HV_EVENT_COUNT; i++) {
        bool of_module = i / HV_EVENT_COUNT == PARTITIONS;
        uint32_t event = i % HV_EVENT_COUNT;

        m->health[i] = (struct tbl_health){
            .level = of_module ? TBL_LEVEL_MODULE : TBL_LEVEL_PARTITION,
            .action = of_module ? TBL_ACTION_IGNORE : made_action(event),
            .flags = TBL_HEALTH_LOG,
            .schedule = TBL_NONE,
        };
    }
}

uint32_t image_byte(uint32_t image, uint64_t offset)
{
    return (uint8_t)(image * 41 + offset * 7 + (offset >> 8) + 1);
}

static void fill_images(struct made *m, unsigned what)
{
    const uint64_t from = m->header->payload;
    const struct tbl_image images[] = {
        {.memory = 0, .source = from, .file_size = 0x1234, .target = GUEST_RAM, .mem_size = 0x1234},
        {.memory = 1,
         .source = from + 0x1240,
         .file_size = 0x100,
         .target = GUEST_RAM + 0x2000,
         .mem_size = 0x3001},
        {.memory = 2,
         .source = from + 0x1340,
         .file_size = 0x40,
         .target = GUEST_RAM + 0x6000,
         .mem_size = 0x40},
        {.memory = 3,
         .source = from + 0x1380,
         .file_size = 0x500,
         .target = GUEST_RAM + 0x10000,
         .mem_size = 0x500},
        {.memory = 6,
         .source = from + 0x1880,
         .file_size = 0x41,
         .target = GUEST_RAM + 0x20000,
         .mem_size = 0x42},
    };

    memcpy(m->images, images, sizeof images);
    m->partitions[SENSOR].image_count = 3;
    m->partitions[CONTROL].first_image = 3;
    m->partitions[CONTROL].image_count = 1;
    m->partitions[DISPLAY].first_image = 4;
    m->partitions[DISPLAY].image_count = 1;
    for (uint32_t i = 0; what & MADE_PAYLOAD && i < sizeof images / sizeof *images; i++) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)images[i].source;
        struct sha256 s;

        for (uint64_t n = 0; n < images[i].file_size; n++)
            bytes[n] = (uint8_t)image_byte(i, n);
        sha256_begin(&s);
        sha256_add(&s, bytes, images[i].file_size);
        sha256_end(&s, m->images[i].sha256);
    }
}

// ---- Translations, one entry at a time, from schema/translation.h -------------------------------

struct tables_of { // one translation
    struct made *m;
    uint64_t root;
    uint32_t *used; // pages of the section given out
};

static uint64_t page_address(const struct made *m, uint32_t page)
{
    return m->header->address + m->header->directory[TBL_TRANSLATION].offset + page * HV_PAGE_SIZE;
}

static uint64_t *entry_at(const struct made *m, uint64_t table, uint64_t address, unsigned shift)
{
    uint64_t *entries = (uint64_t *)(void *)(m->bytes + (table - m->header->address));

    return &entries[address >> shift & 511];
}

// The table below `entry`; made when there is none.
static uint64_t table_below(const struct tables_of *t, uint64_t *entry)
{
    if (!*entry)
        *entry = page_address(t->m, (*t->used)++) | PTE_VALID | PTE_TABLE;
    return *entry & PTE_ADDRESS;
}

static void map_region(const struct tables_of *t, const struct tbl_memory *r, uint64_t bits)
{
    for (uint64_t done = 0, step; done < r->size; done += step) {
        uint64_t at = r->address + done, phys = r->phys + done;
        uint64_t level2 = table_below(t, entry_at(t->m, t->root, at, 30));
        uint64_t *entry = entry_at(t->m, level2, at, 21);

        step = (at | phys) % HV_BLOCK_SIZE || r->size - done < HV_BLOCK_SIZE ? HV_PAGE_SIZE
                                                                             : HV_BLOCK_SIZE;
        if (step == HV_BLOCK_SIZE)
            *entry = phys | bits | PTE_BLOCK;
        else
            *entry_at(t->m, table_below(t, entry), at, 12) = phys | bits | PTE_TABLE;
    }
}

static uint64_t stage2_bits(uint32_t a)
{
    uint64_t bits = PTE_VALID | PTE_AF;

    bits |= a & TBL_MEM_DEVICE     ? S2_DEVICE
            : a & TBL_MEM_UNCACHED ? S2_UNCACHED | PTE_SH_INNER
                                   : S2_NORMAL | PTE_SH_INNER;
    bits |= (a & TBL_MEM_READ ? S2_READ : 0) | (a & TBL_MEM_WRITE ? S2_WRITE : 0);
    return bits | (a & TBL_MEM_EXECUTE ? 0 : S2_NO_EXECUTE);
}

static uint64_t stage1_bits(uint32_t a)
{
    uint64_t bits = PTE_VALID | PTE_AF | S1_AP_RES1;

    bits |= a & TBL_MEM_DEVICE     ? S1_DEVICE
            : a & TBL_MEM_UNCACHED ? S1_UNCACHED | PTE_SH_INNER
                                   : S1_NORMAL | PTE_SH_INNER;
    return bits | (a & TBL_MEM_WRITE ? 0 : S1_READ_ONLY) |
           (a & TBL_MEM_EXECUTE ? 0 : S1_NO_EXECUTE);
}

static void fill_translations(struct made *m)
{
    uint32_t used = PARTITIONS + 1, count = m->header->directory[TBL_MEMORY].count;
    const struct tables_of el2 = {m, m->module->el2_root, &used};

    for (uint32_t i = 0; i < count; i++) {
        const struct tbl_memory *r = &m->memory[i];

        if (r->partition == TBL_NONE)
            map_region(&el2, r, stage1_bits(r->attributes));
        else
            map_region(&(struct tables_of){m, m->partitions[r->partition].stage2_root, &used}, r,
                       stage2_bits(r->attributes));
    }
    for (uint32_t core = 0; core < CORES; core++) { // the copy windows, empty
        uint64_t at = m->module->copy_va + core * (uint64_t)HV_BLOCK_SIZE;
        uint64_t level2 = table_below(&el2, entry_at(m, el2.root, at, 30));

        *entry_at(m, level2, at, 21) =
            (m->module->copy_tables + core * HV_PAGE_SIZE) | PTE_VALID | PTE_TABLE;
    }
    m->pages = used;
}

void seal_tables(void *bytes, uint64_t size)
{
    struct tbl_header *h = bytes;

    for (uint32_t t = 0; t < TBL_SECTIONS; t++) {
        struct tbl_section *s = &h->directory[t];
        uint64_t length = (uint64_t)s->count * s->entry_size;

        if (s->offset <= size && length <= size - s->offset)
            s->crc = crc32c(0, (uint8_t *)bytes + s->offset, length);
    }
    h->crc = 0;
    h->crc = crc32c(0, h, sizeof *h);
}

const struct tables_expect made_for_virt = {
    .arch = TBL_ARCH_AARCH64,
    .board = TBL_BOARD_QEMU_VIRT,
    .address = 0x40220000,
    .timer_hz = 62500000,
    .runtime_start = 0x40200000,
    .runtime_end = 0x40220000,
    .ram_start = 0x40000000,
    .ram_end = 0x41000000,
};

struct made make_tables(void *bytes, const struct tables_expect *e, unsigned what)
{
    struct made m = {.bytes = bytes, .size = sizeof(struct tbl_header), .header = bytes};

    lay_out(&m, what);
    fill_header(&m, e);
    fill_module(&m);
    fill_vcpus(&m);
    fill_memory(&m, e);
    fill_schedule(&m);
    fill_ports(&m);
    fill_doorbells(&m);
    fill_health(&m);
    fill_images(&m, what);
    if (what & MADE_TRANSLATIONS)
        fill_translations(&m);
    seal_tables(bytes, m.size);
    return m;
}

void made_pl011(struct made *m, bool input)
{
    m->interrupts[6] = m->interrupts[5];
    m->interrupts[5].intid = TBL_PL011_INTID;
    m->interrupts[5].flags = TBL_IRQ_SOFT | TBL_IRQ_PL011;
    for (unsigned i = 0; i < m->header->directory[TBL_RING].count; i++)
        if (m->rings[i].interrupt == 5)
            m->rings[i].interrupt = 6;
    if (input) {
        m->interrupts[5].flags |= TBL_IRQ_INPUT;
        m->module->input = MADE_INPUT;
        m->header->directory[TBL_IRQ_MASK].count++;
        m->masks[3] = (struct tbl_irq_mask){MADE_INPUT / 32, 1u << MADE_INPUT % 32};
        m->vcpus[3].mask_count = 1;
    }
}
