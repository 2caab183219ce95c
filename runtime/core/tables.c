// SPDX-License-Identifier: BSD-2-Clause
// The validator: header, directory, who is there, and the order of everything else. A range is
// always checked as offset and rest, so nothing can wrap; no index is used before it is proved.
#include "tables_parts.h"
#include "crc32c.h"
#include "event_levels.h"

const char *tables_code_text(uint32_t code)
{
#define TABLES_TEXT(number, name, text) [number] = text,
    static const char *const texts[TABLES_CODE_COUNT] = {"no fault", TABLES_CODES(TABLES_TEXT)};
#undef TABLES_TEXT

    return texts[code < TABLES_CODE_COUNT ? code : TABLES_OK];
}

const char *tables_code_name(uint32_t code)
{
#define TABLES_NAME_(number, name, text) #name "\0"
    static const char names[] = "OK\0" TABLES_CODES(TABLES_NAME_); // one behind the other
#undef TABLES_NAME_
    const char *name = names;

    for (uint32_t n = code < TABLES_CODE_COUNT ? code : TABLES_OK; n; n--)
        name += __builtin_strlen(name) + 1;
    return name;
}

// 1..HV_NAME_MAX printable bytes without a blank at either end, then zeros (SYN-003).
bool tables_name_valid(const char *name)
{
    size_t length = 0;

    while (length < HV_NAME_SIZE && name[length] >= ' ' && name[length] <= '~')
        length++;
    if (length == 0 || length > HV_NAME_MAX || name[0] == ' ' || name[length - 1] == ' ')
        return false;
    for (size_t i = length; i < HV_NAME_SIZE; i++)
        if (name[i])
            return false;
    return true;
}

bool tables_name_same(const char *a, const char *b)
{
    return !__builtin_memcmp(a, b, HV_NAME_SIZE);
}

// ---- Header and directory ----------------------------------------------------------------------

static const struct {
    uint32_t size, least, most; // of a record in bytes; of their number
} records[TBL_SECTIONS] = {
    [TBL_MODULE] = {sizeof(struct tbl_module), 1, 1},
    [TBL_CORE] = {sizeof(struct tbl_core), 1, HV_MAX_CORES},
    [TBL_PARTITION] = {sizeof(struct tbl_partition), 1, HV_MAX_PARTITIONS},
    [TBL_VCPU] = {sizeof(struct tbl_vcpu), 1, HV_MAX_VCPUS},
    [TBL_MEMORY] = {sizeof(struct tbl_memory), 1, TABLES_MAX_MEMORY},
    [TBL_INTERRUPT] = {sizeof(struct tbl_interrupt), 0, HV_MAX_INTERRUPTS},
    [TBL_IRQ_MASK] = {sizeof(struct tbl_irq_mask), 0, HV_MAX_INTERRUPTS},
    [TBL_SCHEDULE] = {sizeof(struct tbl_schedule), 1, HV_MAX_SCHEDULES},
    [TBL_DUTY] = {sizeof(struct tbl_duty), 1, HV_MAX_SCHEDULES *HV_MAX_PARTITIONS},
    [TBL_FRAME] = {sizeof(struct tbl_frame), 1, HV_MAX_SCHEDULES *HV_MAX_CORES},
    [TBL_WINDOW] = {sizeof(struct tbl_window), 1, HV_MAX_WINDOWS *HV_MAX_SCHEDULES},
    [TBL_RECEIVER] = {sizeof(struct tbl_receiver), 0, HV_MAX_RECEIVERS},
    [TBL_PORT] = {sizeof(struct tbl_port), 0, HV_MAX_PORTS},
    [TBL_CHANNEL] = {sizeof(struct tbl_channel), 0, HV_MAX_CHANNELS},
    [TBL_DOORBELL] = {sizeof(struct tbl_doorbell), 0, HV_MAX_INTERRUPTS},
    [TBL_RING] = {sizeof(struct tbl_ring), 0, HV_MAX_INTERRUPTS},
    [TBL_HEALTH] = {sizeof(struct tbl_health), 1, HV_EVENT_COUNT *(HV_MAX_PARTITIONS + 1)},
    [TBL_IMAGE] = {sizeof(struct tbl_image), 0, TABLES_MAX_IMAGES},
    [TBL_TRANSLATION] = {HV_PAGE_SIZE, 2, HV_MAX_TRANSLATION_PAGES}, // a root for one, and EL2's
};

static uint32_t header_crc(const struct tbl_header *h, uint64_t length)
{
    static const uint32_t zero;
    uint64_t behind = offsetof(struct tbl_header, crc) + sizeof h->crc;
    uint32_t crc = crc32c(0, h, offsetof(struct tbl_header, crc));

    crc = crc32c(crc, &zero, sizeof zero);
    return crc32c(crc, (const uint8_t *)h + behind, length - behind);
}

static uint64_t header_length(const struct tbl_header *h)
{
    return offsetof(struct tbl_header, directory) + h->sections * sizeof(struct tbl_section);
}

static bool header(struct check *c, uint64_t size)
{
    const struct tbl_header *h = c->header;
    const struct tables_expect *e = c->expect;
    uint32_t most;

    if (size < sizeof *h)
        return no(c, TABLES_SIZE, TBL_SECTIONS, 0);
    if (h->magic != TBL_MAGIC)
        return no(c, TABLES_MAGIC, TBL_SECTIONS, 0);
    most = h->minor > TBL_MINOR ? TABLES_MAX_MINOR_SECTIONS : TBL_SECTIONS;
    if (h->major != TBL_MAJOR || h->sections < TBL_SECTIONS || h->sections > most)
        return no(c, TABLES_VERSION, TBL_SECTIONS, 0);
    if (h->size > size || h->size % HV_PAGE_SIZE || h->size < header_length(h))
        return no(c, TABLES_SIZE, TBL_SECTIONS, 0);
    if (h->crc != header_crc(h, header_length(h)))
        return no(c, TABLES_HEADER_CRC, TBL_SECTIONS, 0);
    if (h->arch != e->arch || h->board != e->board)
        return no(c, TABLES_MACHINE, TBL_SECTIONS, 0);
    if (h->address != e->address || h->address % HV_PAGE_SIZE)
        return no(c, TABLES_ADDRESS, TBL_SECTIONS, 0);
    if (h->timer_hz != e->timer_hz || h->timer_hz == 0 || h->timer_hz > 1000000000)
        return no(c, TABLES_TIMER, TBL_SECTIONS, 0);
    return true;
}

// Sections stand in the order of the directory with nothing but zeros between them.
static bool directory(struct check *c)
{
    const struct tbl_header *h = c->header;
    uint64_t end = header_length(h);

    for (uint32_t t = 0; t < h->sections; t++) {
        const struct tbl_section *s = &h->directory[t];
        uint64_t align = t == TBL_TRANSLATION ? HV_PAGE_SIZE : 8;
        uint64_t bytes = (uint64_t)s->count * s->entry_size; // 32 by 32 bits

        if (s->reserved)
            return no(c, TABLES_RESERVED, TBL_SECTIONS, t);
        if (t < TBL_SECTIONS) {
            if (s->entry_size != records[t].size)
                return no(c, TABLES_ENTRY_SIZE, TBL_SECTIONS, t);
            if (s->count < records[t].least || s->count > records[t].most)
                return no(c, TABLES_COUNT, TBL_SECTIONS, t);
            c->count[t] = s->count;
        }
        if (s->offset % align || !inside(s->offset, bytes, 0, h->size))
            return no(c, TABLES_DIRECTORY, TBL_SECTIONS, t);
        if (s->count == 0) { // stands nowhere
            if (s->crc)
                return no(c, TABLES_SECTION_CRC, t, 0);
            continue;
        }
        if (s->offset < end)
            return no(c, TABLES_DIRECTORY, TBL_SECTIONS, t);
        for (; end < s->offset; end++)
            if (c->bytes[end])
                return no(c, TABLES_PADDING, TBL_SECTIONS, t);
        if (crc32c(0, c->bytes + s->offset, bytes) != s->crc)
            return no(c, TABLES_SECTION_CRC, t, 0);
        end += bytes;
    }
    for (; end < h->size; end++)
        if (c->bytes[end])
            return no(c, TABLES_PADDING, TBL_SECTIONS, h->sections);
    return true;
}

// The four parts of the container and the log: page-aligned, inside RAM, pairwise disjoint.
static bool footprint(struct check *c)
{
    const struct tbl_header *h = c->header;
    const struct tables_expect *e = c->expect;
    const struct {
        uint64_t start, size;
    } parts[] = {
        {e->runtime_start, e->runtime_end - e->runtime_start},
        {h->address, h->size},
        {h->state, h->state_size},
        {h->payload, h->payload_size},
        {c->module->log, log_size(c)},
    };

    for (uint32_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (i == 3 && parts[i].size == 0) // no partition loads an image
            continue;
        if (parts[i].start % HV_PAGE_SIZE || parts[i].size == 0 ||
            !inside(parts[i].start, parts[i].size, e->ram_start, e->ram_end - e->ram_start))
            return no(c, TABLES_FOOTPRINT, TBL_SECTIONS, i);
        for (uint32_t j = 0; j < i; j++)
            if (!disjoint(parts[i].start, parts[i].size, parts[j].start, parts[j].size))
                return no(c, TABLES_FOOTPRINT, TBL_SECTIONS, i);
    }
    if (h->state_size % HV_PAGE_SIZE)
        return no(c, TABLES_FOOTPRINT, TBL_SECTIONS, 2);
    return true;
}

// ---- Module and cores --------------------------------------------------------------------------

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static bool root_valid(const struct check *c, uint64_t root)
{
    uint64_t blob = c->header->address + c->header->directory[TBL_TRANSLATION].offset;

    return root % HV_PAGE_SIZE == 0 &&
           inside(root, HV_PAGE_SIZE, blob, (uint64_t)c->count[TBL_TRANSLATION] * HV_PAGE_SIZE);
}

// Rings for all cores, or none: no place, no events, no records.
static bool trace_valid(const struct check *c)
{
    const struct tbl_header *h = c->header;
    const struct tbl_module *m = c->module;
    uint64_t kept = m->trace_records, size = rings_size(c);
    uint64_t tables = (uint64_t)c->count[TBL_CORE] * HV_PAGE_SIZE;
    uint64_t stats = (uint64_t)c->count[TBL_WINDOW] * sizeof(struct tbl_window_stat);

    if (m->trace_events == 0)
        return m->trace == 0 && kept == 0;
    return m->trace_events <= TBL_TRACE_EVENTS && kept >= TBL_TRACE_LEAST &&
           kept <= TBL_TRACE_MOST && (kept & (kept - 1)) == 0 && m->trace % 64 == 0 &&
           inside(m->trace, size, h->state, h->state_size) &&
           disjoint(m->trace, size, m->window_stats, stats) &&
           disjoint(m->trace, size, m->copy_tables, tables);
}

static bool log_valid(const struct tbl_module *m)
{
    return m->log_records >= TBL_LOG_LEAST && m->log_records <= TBL_LOG_MOST &&
           m->log_per_frame >= 1 && m->log_per_frame <= TBL_LOG_FRAME_MOST;
}

static bool module_record(struct check *c)
{
    const struct tbl_header *h = c->header;
    const struct tbl_module *m = c->module;
    uint64_t second = 1000000000, divisor = greatest_divisor(second, h->timer_hz);
    uint64_t tables = (uint64_t)c->count[TBL_CORE] * HV_PAGE_SIZE;
    uint64_t stats = (uint64_t)c->count[TBL_WINDOW] * sizeof(struct tbl_window_stat);

    if (!tables_name_valid(m->name))
        return no(c, TABLES_NAME, TBL_MODULE, 0);
    if (m->ns_numerator != second / divisor || m->ns_denominator != h->timer_hz / divisor)
        return no(c, TABLES_RATIO, TBL_MODULE, 0);
    if (m->initial >= c->count[TBL_SCHEDULE])
        return no(c, TABLES_INDEX, TBL_MODULE, 0);
    if (m->input && (m->input < 32 || m->input > 1019)) // an SPI; tables_space looks for its record
        return no(c, TABLES_INTERRUPT, TBL_MODULE, 0);
    if (m->copy_va == 0 || m->copy_va % HV_BLOCK_SIZE ||
        !inside(m->copy_va, c->count[TBL_CORE] * (uint64_t)HV_BLOCK_SIZE, 0, 1ull << HV_IPA_BITS))
        return no(c, TABLES_COPY_WINDOW, TBL_MODULE, 0);
    if (m->copy_tables % HV_PAGE_SIZE || m->window_stats % sizeof(uint64_t) ||
        !inside(m->copy_tables, tables, h->state, h->state_size) ||
        !inside(m->window_stats, stats, h->state, h->state_size) ||
        !disjoint(m->copy_tables, tables, m->window_stats, stats))
        return no(c, TABLES_STATE, TBL_MODULE, 0);
    if (!trace_valid(c))
        return no(c, TABLES_TRACE, TBL_MODULE, 0);
    if (!log_valid(m))
        return no(c, TABLES_LOG, TBL_MODULE, 0);
    if (!root_valid(c, m->el2_root))
        return no(c, TABLES_ROOT, TBL_MODULE, 0);
    return true;
}

static bool cores_records(struct check *c)
{
    const struct tbl_core *cores = section(c, TBL_CORE);

    for (uint32_t i = 0; i < c->count[TBL_CORE]; i++) {
        if (cores[i].mpidr & ~0xff00ffffffull) // Aff3 in 39:32, Aff2..0 in 23:0
            return no(c, TABLES_MPIDR, TBL_CORE, i);
        for (uint32_t j = 0; j < i; j++)
            if (cores[i].mpidr == cores[j].mpidr)
                return no(c, TABLES_DUPLICATE, TBL_CORE, i);
    }
    return true;
}

// ---- Partitions and vcpus ----------------------------------------------------------------------

static bool partition_fields(struct check *c, const struct tbl_partition *p, uint32_t i)
{
    const struct tbl_partition *all = section(c, TBL_PARTITION);

    if (!tables_name_valid(p->name))
        return no(c, TABLES_NAME, TBL_PARTITION, i);
    for (uint32_t j = 0; j < i; j++)
        if (tables_name_same(p->name, all[j].name) || p->id == all[j].id)
            return no(c, TABLES_DUPLICATE, TBL_PARTITION, i);
    if (p->flags & ~(uint32_t)(TBL_PARTITION_RIGHTS | TBL_PARTITION_LOADS |
                               TBL_PARTITION_STOLEN_TIME | TBL_PARTITION_FROZEN_TIME) ||
        (p->flags & TBL_PARTITION_FROZEN_TIME &&
         (p->vcpu_count != 1 || p->flags & TBL_PARTITION_STOLEN_TIME)) ||
        (p->flags & TBL_PARTITION_RIGHTS && !(p->flags & TBL_PARTITION_SYSTEM)) ||
        (p->criticality > 4 && p->criticality != TBL_NONE))
        return no(c, TABLES_FLAGS, TBL_PARTITION, i);
    if (p->vmid != i + 1)
        return no(c, TABLES_VMID, TBL_PARTITION, i);
    if (p->reserved)
        return no(c, TABLES_RESERVED, TBL_PARTITION, i);
    if (p->restart_within && !p->restart_limit)
        return no(c, TABLES_HEALTH, TBL_PARTITION, i);
    if (!root_valid(c, p->stage2_root))
        return no(c, TABLES_ROOT, TBL_PARTITION, i);
    return true;
}

static bool partitions_records(struct check *c)
{
    const struct tbl_partition *p = section(c, TBL_PARTITION);
    uint32_t vcpu = 0, memory = 0, interrupt = 0, port = 0, image = 0, doorbell = 0;

    for (uint32_t i = 0; i < c->count[TBL_PARTITION]; i++, p++) {
        if (!partition_fields(c, p, i))
            return false;
        if (!group(p->first_vcpu, p->vcpu_count, &vcpu, c->count[TBL_VCPU]) ||
            !group(p->first_memory, p->memory_count, &memory, c->count[TBL_MEMORY]) ||
            !group(p->first_interrupt, p->interrupt_count, &interrupt, c->count[TBL_INTERRUPT]) ||
            !group(p->first_port, p->port_count, &port, c->count[TBL_PORT]) ||
            !group(p->first_image, p->image_count, &image, c->count[TBL_IMAGE]) ||
            !group(p->first_doorbell, p->doorbell_count, &doorbell, c->count[TBL_DOORBELL]) ||
            p->vcpu_count == 0 || p->memory_count == 0)
            return no(c, TABLES_GROUP, TBL_PARTITION, i);
    }
    // All but the hypervisor's own memory belongs to a partition.
    if (vcpu != c->count[TBL_VCPU] || memory == c->count[TBL_MEMORY] ||
        interrupt != c->count[TBL_INTERRUPT] || port != c->count[TBL_PORT] ||
        image != c->count[TBL_IMAGE] || doorbell != c->count[TBL_DOORBELL])
        return no(c, TABLES_GROUP, TBL_PARTITION, c->count[TBL_PARTITION]);
    return true;
}

static bool vcpus_records(struct check *c)
{
    const struct tbl_partition *p = section(c, TBL_PARTITION);
    const struct tbl_vcpu *vcpus = section(c, TBL_VCPU);
    uint32_t mask = 0;

    for (uint32_t i = 0; i < c->count[TBL_VCPU]; i++) {
        const struct tbl_vcpu *v = &vcpus[i];

        while (i >= p->first_vcpu + p->vcpu_count)
            p++;
        if (v->partition !=
                (uint32_t)(p - (const struct tbl_partition *)section(c, TBL_PARTITION)) ||
            v->index != i - p->first_vcpu || v->core >= c->count[TBL_CORE])
            return no(c, TABLES_INDEX, TBL_VCPU, i);
        if (v->reserved)
            return no(c, TABLES_RESERVED, TBL_VCPU, i);
        for (uint32_t j = p->first_vcpu; j < i; j++)
            if (vcpus[j].core == v->core)
                return no(c, TABLES_SAME_CORE, TBL_VCPU, i);
        if (!group(v->first_mask, v->mask_count, &mask, c->count[TBL_IRQ_MASK]))
            return no(c, TABLES_GROUP, TBL_VCPU, i);
    }
    if (mask != c->count[TBL_IRQ_MASK])
        return no(c, TABLES_GROUP, TBL_VCPU, c->count[TBL_VCPU]);
    return true;
}

// ---- Health ------------------------------------------------------------------------------------

// What may follow an event in a partition, as a mask of actions.
static uint32_t partition_actions(uint32_t event)
{
    const uint32_t stop =
        1u << TBL_ACTION_HALT | 1u << TBL_ACTION_SUSPEND | 1u << TBL_ACTION_SWITCH_SCHEDULE;

    if (!(HV_EVENTS_PARTITION >> event & 1))
        return 1u << TBL_ACTION_IGNORE; // it does not happen there
    if (event == HV_EVENT_INTEGRITY)
        return 1u << TBL_ACTION_HALT; // there is nothing that could run
    if (event == HV_EVENT_RESTART_LIMIT)
        return stop;
    return stop | 1u << TBL_ACTION_IGNORE | 1u << TBL_ACTION_COLD_START |
           1u << TBL_ACTION_WARM_START;
}

static uint32_t module_actions(uint32_t event)
{
    return 1u << TBL_ACTION_IGNORE |
           (HV_EVENTS_MODULE >> event & 1 ? 1u << TBL_ACTION_SHUTDOWN | 1u << TBL_ACTION_RESET : 0);
}

// A row for each event in each partition, then in the module.
static bool health_records(struct check *c)
{
    const struct tbl_health *health = section(c, TBL_HEALTH);
    uint32_t of_module = c->count[TBL_PARTITION] * HV_EVENT_COUNT;

    if (c->count[TBL_HEALTH] != of_module + HV_EVENT_COUNT)
        return no(c, TABLES_COUNT, TBL_SECTIONS, TBL_HEALTH);
    for (uint32_t i = 0; i < c->count[TBL_HEALTH]; i++, health++) {
        uint32_t event = i % HV_EVENT_COUNT;
        uint32_t allowed = i < of_module ? partition_actions(event) : module_actions(event);
        bool named = health->action == TBL_ACTION_SWITCH_SCHEDULE;
        bool process =
            i < of_module && HV_EVENTS_PROCESS >> event & 1 && health->level == TBL_LEVEL_PROCESS;

        if ((health->level != (i < of_module ? TBL_LEVEL_PARTITION : TBL_LEVEL_MODULE) &&
             !process) ||
            health->action >= TBL_ACTIONS || !(allowed >> health->action & 1) ||
            health->flags & ~(uint32_t)TBL_HEALTH_LOG)
            return no(c, TABLES_HEALTH, TBL_HEALTH, i);
        if (named ? health->schedule >= c->count[TBL_SCHEDULE] : health->schedule != TBL_NONE)
            return no(c, TABLES_INDEX, TBL_HEALTH, i);
    }
    return true;
}

// ---- Translations ------------------------------------------------------------------------------

static bool translation(struct check *c, uint64_t root, uint32_t first, uint32_t count,
                        uint32_t windows, uint32_t *index)
{
    const struct tbl_section *s = &c->header->directory[TBL_TRANSLATION];

    return arch_translation_check(c->bytes + s->offset, c->header->address + s->offset,
                                  (uint64_t)s->count * HV_PAGE_SIZE, root,
                                  (const struct tbl_memory *)section(c, TBL_MEMORY) + first, count,
                                  windows, c->module, index);
}

static bool translations(struct check *c)
{
    const struct tbl_partition *p = section(c, TBL_PARTITION);
    uint32_t own = 0, index = 0;

    for (uint32_t i = 0; i < c->count[TBL_PARTITION]; i++, p++) {
        if (!translation(c, p->stage2_root, p->first_memory, p->memory_count, 0, &index)) {
            if (index < p->memory_count)
                return no(c, TABLES_STAGE2, TBL_MEMORY, p->first_memory + index);
            return no(c, TABLES_STAGE2, TBL_PARTITION, i);
        }
        own = p->first_memory + p->memory_count;
    }
    if (!translation(c, c->module->el2_root, own, c->count[TBL_MEMORY] - own, c->count[TBL_CORE],
                     &index)) {
        if (index < c->count[TBL_MEMORY] - own)
            return no(c, TABLES_STAGE1, TBL_MEMORY, own + index);
        return no(c, TABLES_STAGE1, TBL_MODULE, 0);
    }
    return true;
}

struct tables_fault tables_check(const void *at, uint64_t size, const struct tables_expect *expect)
{
    struct check c = {.bytes = at, .header = at, .expect = expect};

    if (!header(&c, size) || !directory(&c))
        return c.fault;
    c.module = section(&c, TBL_MODULE);
    if (footprint(&c) && module_record(&c) && cores_records(&c) && partitions_records(&c) &&
        vcpus_records(&c) && health_records(&c) && tables_space(&c) && tables_time(&c) &&
        tables_messages(&c) && translations(&c))
        return (struct tables_fault){TABLES_OK, 0, 0};
    return c.fault;
}
