// SPDX-License-Identifier: BSD-2-Clause
// The back-check: what a container says, decoded here anew and held against the description. Shares
// the record definitions of schema/ with the writer, and no code that computes or lays out.
#include "image/image.h"
#include "image/verify_tree.h"
#include "event_levels.h"
#include "translation.h"

#include <stdio.h>
#include <string.h>

struct back {
    struct arena *arena;
    const struct container *c;
    const struct model *m;
    struct text *findings;
    bool good;
};

__attribute__((format(printf, 2, 3))) static void differs(struct back *b, const char *format, ...)
{
    va_list args;
    char line[512];

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_add(b->findings, "%s\n", line);
    b->good = false;
}

typedef const char *show(struct arena *a, uint64_t value);

static const char *number_text(struct arena *a, uint64_t value)
{
    return arena_printf(a, "%llu", (unsigned long long)value);
}

static void same_as(struct back *b, show *text, const char *what, const char *where, uint64_t found,
                    uint64_t wanted)
{
    if (found != wanted)
        differs(b, "%s of '%s' is %s in the image, %s in the description", what, where,
                text(b->arena, found), text(b->arena, wanted));
}

static void same(struct back *b, const char *what, const char *where, uint64_t found,
                 uint64_t wanted)
{
    same_as(b, number_text, what, where, found, wanted);
}

static void same_name(struct back *b, const char *what, const char *found, const char *wanted)
{
    char padded[HV_NAME_SIZE] = "";

    memcpy(padded, wanted, strnlen(wanted, HV_NAME_MAX));
    if (memcmp(found, padded, HV_NAME_SIZE) != 0)
        differs(b, "%s is named '%.32s' in the image, '%s' in the description", what, found,
                wanted);
}

static const void *records(struct back *b, enum tbl_type type, uint32_t *count)
{
    return tables_records(b->c->tables, type, count);
}

// ---- Translation, walked by descriptors ---------------------------------------------------------

struct page { // what one 4 KiB page of guest memory is
    uint64_t phys;
    uint32_t attributes; // TBL_MEM_*, without SHARED and KEEP; 0: not mapped
};

static uint64_t descriptor(struct back *b, uint64_t table, uint64_t index)
{
    const uint8_t *at = container_at(b->c, (table & PTE_ADDRESS) + index * 8, 8);
    uint64_t entry = 0;

    if (at)
        memcpy(&entry, at, sizeof entry);
    return entry;
}

static uint32_t decode(uint64_t entry)
{
    uint32_t attributes = 0;

    switch (entry >> 2 & 15) { // MemAttr[3:0] (Arm ARM D8.5)
    case 1:
        attributes = TBL_MEM_DEVICE;
        break;
    case 5:
        attributes = TBL_MEM_UNCACHED;
        break;
    case 15:
        break;
    default:
        return 0;
    }
    attributes |= entry >> 6 & 1 ? TBL_MEM_READ : 0;             // S2AP[0]
    attributes |= entry >> 7 & 1 ? TBL_MEM_WRITE : 0;            // S2AP[1]
    return attributes | (entry >> 53 & 3 ? 0 : TBL_MEM_EXECUTE); // XN[1:0]
}

static struct page translate(struct back *b, uint64_t root, uint64_t ipa)
{
    uint64_t level1 = descriptor(b, root, ipa >> 30), level2, level3;

    if ((level1 & 3) != 3)
        return (struct page){0};
    level2 = descriptor(b, level1, ipa >> 21 & 511);
    if ((level2 & 3) == 1)
        return (struct page){(level2 & 0xffffffe00000) | (ipa & 0x1ff000), decode(level2)};
    if ((level2 & 3) != 3)
        return (struct page){0};
    level3 = descriptor(b, level2, ipa >> 12 & 511);
    if ((level3 & 3) != 3)
        return (struct page){0};
    return (struct page){level3 & PTE_ADDRESS, decode(level3)};
}

// Bytes that a translation maps in all. What is not mapped is zero: nothing else has a meaning.
static uint64_t mapped_bytes(struct back *b, uint64_t root, const char *who)
{
    uint64_t bytes = 0, odd = 0;

    for (uint64_t i = 0; i < 512; i++) {
        uint64_t level1 = descriptor(b, root, i);
        odd += (level1 & 3) != 3 && level1;
        for (uint64_t j = 0; (level1 & 3) == 3 && j < 512; j++) {
            uint64_t level2 = descriptor(b, level1, j);
            odd += !(level2 & 1) && level2;
            bytes += (level2 & 3) == 1 ? HV_BLOCK_SIZE : 0;
            for (uint64_t k = 0; (level2 & 3) == 3 && k < 512; k++) {
                uint64_t level3 = descriptor(b, level2, k);
                odd += (level3 & 3) != 3 && level3;
                bytes += (level3 & 3) == 3 ? HV_PAGE_SIZE : 0;
            }
        }
    }
    if (odd)
        differs(b, "translation of '%s' has descriptors without a meaning", who);
    return bytes;
}

// ---- Memory -------------------------------------------------------------------------------------

struct owned { // a physical range and whose it is
    uint64_t start, end;
    const struct shared_block *block; // NULL: private
    const char *owner;
};

static uint64_t region_size(const struct memory *m)
{
    return m->block ? m->block->size.value : m->size.value;
}

// Every page of the region is there, in one physical piece, with the rights described.
static void region_verify(struct back *b, const struct partition *q, const struct memory *m,
                          uint64_t root, struct owned *where)
{
    uint64_t size = region_size(m), base = translate(b, root, m->at.value).phys;
    uint32_t wanted = m->attributes & ~(uint32_t)(TBL_MEM_SHARED | TBL_MEM_KEEP | TBL_MEM_GUARD);

    for (uint64_t offset = 0; offset < size; offset += HV_PAGE_SIZE) {
        struct page page = translate(b, root, m->at.value + offset);
        if (page.attributes != wanted || page.phys != base + offset) {
            differs(b,
                    "page %s of partition '%s' is mapped to %s with attributes 0x%x, described "
                    "is 0x%x",
                    address_text(b->arena, m->at.value + offset), q->name.text,
                    address_text(b->arena, page.phys), page.attributes, wanted);
            break;
        }
    }
    if (m->phys.given)
        same_as(b, address_text, "physical address of a region", q->name.text, base, m->phys.value);
    *where = (struct owned){base, base + size, m->block, q->name.text};
}

static void disjoint_verify(struct back *b, const struct owned *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct owned *x = &all[i], *y = &all[j];
            if (x->start >= y->end || y->start >= x->end)
                continue;
            if (x->block && x->block == y->block && x->start == y->start)
                continue;
            differs(b, "memory of '%s' and '%s' overlaps at %s", y->owner, x->owner,
                    address_text(b->arena, x->start > y->start ? x->start : y->start));
        }
}

// One block is one place for all who map it.
static void blocks_verify(struct back *b, const struct owned *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i && all[i].block; j++)
            if (all[i].block == all[j].block && all[i].start != all[j].start)
                differs(b, "shared block '%s' is at two places", all[i].block->name.text);
}

static void memory_verify(struct back *b)
{
    const struct tbl_partition *p = records(b, TBL_PARTITION, NULL);
    const struct tbl_memory *all_memory = records(b, TBL_MEMORY, NULL);
    const struct tbl_header *h = (const void *)b->c->tables;
    LIST(struct owned) all = {0};

    *list_add(b->arena, &all) = (struct owned){
        b->c->segments.items[0].address, h->payload + h->payload_size, NULL, "the hypervisor"};
    EACH(q, &b->m->partitions) {
        uint64_t bytes = 0;
        const struct tbl_memory *r = all_memory + p[q->index].first_memory;
        same(b, "number of regions", q->name.text, p[q->index].memory_count, q->memory.count);
        if (p[q->index].memory_count != q->memory.count)
            continue;
        EACH(m, &q->memory) {
            same(b, "attributes of a region", q->name.text, r->attributes, m->attributes);
            same_as(b, address_text, "guest address of a region", q->name.text, r->address,
                    m->at.value);
            same_as(b, size_text, "size of a region", q->name.text, (r++)->size, region_size(m));
            struct owned *where = list_add(b->arena, &all);
            region_verify(b, q, m, p[q->index].stage2_root, where);
            bytes += region_size(m);
        }
        same_as(b, size_text, "mapped memory", q->name.text,
                mapped_bytes(b, p[q->index].stage2_root, q->name.text), bytes);
    }
    disjoint_verify(b, all.items, all.count);
    blocks_verify(b, all.items, all.count);
}

// What the hypervisor may do with an address of its own: the rights of the segment there, which in
// a flat image are known for tables, state, payload and log only (0: not known).
static uint32_t own_rights(struct back *b, uint64_t address)
{
    const struct tbl_header *h = (const void *)b->c->tables;
    const struct tbl_module *module = records(b, TBL_MODULE, NULL);

    if (address == module->log)
        return TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_UNCACHED;
    if (address >= h->address)
        return address >= h->state && address < h->state + h->state_size
                   ? TBL_MEM_READ | TBL_MEM_WRITE
                   : TBL_MEM_READ;
    EACH(s, &b->c->segments) {
        if (!b->c->flat && address >= (s->address & ~(uint64_t)(HV_PAGE_SIZE - 1)) &&
            address < s->address + s->mem_size)
            return s->attributes;
    }
    return 0;
}

static void own_memory_verify(struct back *b)
{
    uint32_t count, devices = 0, reserved = 0;
    const struct tbl_memory *r = records(b, TBL_MEMORY, &count);
    const struct tbl_module *module = records(b, TBL_MODULE, NULL);

    for (uint32_t i = 0; i < count; i++, r++) {
        if (r->partition != TBL_NONE)
            continue;
        if (r->attributes & TBL_MEM_DEVICE) {
            bool known = false;
            EACH(d, &b->m->board->devices) {
                known = known || (d->reserved && d->start == r->phys && d->size <= r->size);
            }
            if (!known || r->attributes != (TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_DEVICE))
                differs(b, "the hypervisor maps %s as a device, which the board does not reserve",
                        address_text(b->arena, r->phys));
            devices++;
            continue;
        }
        uint32_t wanted = own_rights(b, r->phys);
        if (wanted && r->attributes != wanted)
            differs(b, "the hypervisor maps %s with attributes 0x%x instead of 0x%x",
                    address_text(b->arena, r->phys), r->attributes, wanted);
    }
    EACH(d, &b->m->board->devices) {
        reserved += d->reserved;
    }
    mapped_bytes(b, module->el2_root, "the hypervisor");
    same(b, "number of reserved devices", b->m->board->name.text, devices, reserved);
}

// ---- Images -------------------------------------------------------------------------------------

// Segment i of the partition's against what it should be, which `file` holds.
static void segment_verify(struct back *b, const struct partition *q, const struct tbl_partition *p,
                           uint32_t i, const struct segment *s, const char *file)
{
    const struct tbl_image *image =
        (const struct tbl_image *)records(b, TBL_IMAGE, NULL) + p->first_image + i;
    struct page page = translate(b, p->stage2_root, s->address & ~(uint64_t)4095);
    uint8_t digest[32];

    same_as(b, address_text, "place of a segment", q->name.text, image->target,
            page.phys + s->address % HV_PAGE_SIZE);
    same_as(b, size_text, "file size of a segment", q->name.text, image->file_size, s->file_size);
    same_as(b, size_text, "memory size of a segment", q->name.text, image->mem_size, s->mem_size);
    if (image->file_size != s->file_size)
        return;
    if ((image->source == image->target) != q->in_place)
        differs(b, "segment %u of partition '%s' lies %s", i, q->name.text,
                q->in_place ? "in the payload, not in place" : "in place, not in the payload");
    const uint8_t *bytes = container_at(b->c, image->source, image->file_size);
    if (!bytes || memcmp(bytes, s->bytes, s->file_size) != 0)
        differs(b, "segment %u of partition '%s' has other bytes in the image than in '%s'", i,
                q->name.text, file);
    sha256_of(s->bytes, s->file_size, digest);
    if (memcmp(digest, image->sha256, sizeof digest) != 0)
        differs(b, "digest of segment %u of partition '%s' is wrong", i, q->name.text);
}

static void elf_verify(struct back *b, const struct partition *q, const struct tbl_partition *p)
{
    const char *why;
    struct elf_image *e = elf_load(b->arena, q->image.text, &why);

    if (!e) {
        differs(b, "image '%s' of partition '%s' %s", q->image.text, q->name.text, why);
        return;
    }
    same_as(b, address_text, "entry point", q->name.text, p->entry, e->entry);
    same(b, "argument", q->name.text, p->argument, 0);
    same(b, "number of segments", q->name.text, p->image_count, e->segments.count);
    for (uint32_t i = 0; i < p->image_count && i < e->segments.count; i++)
        segment_verify(b, q, p, i, &e->segments.items[i], q->image.text);
}

// The bytes of a whole file, or those of a kernel in it, at a guest address.
static void file_verify(struct back *b, const struct partition *q, const struct tbl_partition *p,
                        uint32_t i, const char *file, uint64_t address)
{
    struct segment s = {.address = address};
    struct kernel k;
    const char *why;

    if (i == 0 && q->guest == GUEST_LINUX) {
        if (kernel_read(b->arena, file, &k, &why)) {
            s.bytes = k.bytes;
            s.file_size = k.length;
            same(b, "place of the kernel", q->name.text, address % KERNEL_ALIGNMENT, k.text_offset);
        }
    } else {
        s.bytes = file_read(b->arena, file, ELF_SIZE_LIMIT, &s.file_size, &why);
    }
    s.mem_size = s.file_size;
    if (s.bytes)
        segment_verify(b, q, p, i, &s, file);
    else
        differs(b, "image '%s' of partition '%s' %s", file, q->name.text, why);
}

// Linux and U-Boot: the program, the device tree at the argument, the initial RAM disk.
static void loaded_verify(struct back *b, const struct partition *q, const struct tbl_partition *p)
{
    const struct tbl_image *images = records(b, TBL_IMAGE, NULL);
    uint64_t start, end;

    same(b, "number of segments", q->name.text, p->image_count, q->initrd.text ? 3 : 2);
    if (p->image_count != (q->initrd.text ? 3 : 2))
        return;
    images += p->first_image;
    file_verify(b, q, p, 0, q->image.text, p->entry);
    const uint8_t *tree = container_at(b->c, images[1].source, images[1].file_size);
    struct segment s = {p->argument, images[1].file_size, images[1].mem_size, 0, tree};
    if (!tree) {
        differs(b, "the image lacks the device tree of partition '%s'", q->name.text);
        return;
    }
    if (!tree_verify(b->arena, tree, images[1].file_size, q, b->findings, &start, &end)) {
        b->good = false;
        return;
    }
    segment_verify(b, q, p, 1, &s, "what was written");
    same_as(b, size_text, "initial RAM disk", q->name.text, end - start,
            q->initrd.text ? images[2].file_size : 0);
    if (q->initrd.text)
        file_verify(b, q, p, 2, q->initrd.text, start);
}

static void image_verify(struct back *b, const struct partition *q, const struct tbl_partition *p)
{
    if (q->guest == GUEST_LINUX || q->guest == GUEST_UBOOT)
        loaded_verify(b, q, p);
    else
        elf_verify(b, q, p);
}

// ---- Partitions and ports -----------------------------------------------------------------------

static void port_verify(struct back *b, const struct port *port, const struct tbl_port *r)
{
    const char *name = port->name.text;
    uint64_t max = port->channel ? port->channel->max_message.value : port->max_message.value;
    uint64_t depth = port->channel ? port->channel->depth.value : port->depth.value;
    bool ages = port->type == TBL_SAMPLING && port->direction == TBL_DESTINATION;

    same(b, "owner of port", name, r->partition, port->partition->index);
    same(b, "kind of port", name, r->type, port->type);
    same(b, "direction of port", name, r->direction, port->direction);
    same_as(b, size_text, "largest message of port", name, r->max_message, max);
    same(b, "depth of port", name, r->depth, port->type == TBL_QUEUING ? depth : 0);
    same_as(b, time_text, "refresh period of port", name, r->refresh_ns,
            ages ? port->refresh.value : 0);
    same(b, "channel of port", name, r->channel,
         port->channel ? (uint64_t)(port->channel - b->m->channels.items) : TBL_NONE);
}

// The partition's record of this name, wherever it stands among them.
static const struct tbl_port *port_called(struct back *b, const struct tbl_partition *p,
                                          const char *name)
{
    uint32_t count;
    const struct tbl_port *r = records(b, TBL_PORT, &count);

    for (uint32_t i = p->first_port; i - p->first_port < p->port_count && i < count; i++)
        if (!strncmp(r[i].name, name, HV_NAME_SIZE))
            return &r[i];
    return NULL;
}

static void interrupts_verify(struct back *b, const struct partition *q,
                              const struct tbl_partition *p)
{
    const struct tbl_interrupt *r = records(b, TBL_INTERRUPT, NULL);
    uint32_t wanted = 0, asked = 0, consoles = 0, inputs = 0;

    r += p->first_interrupt;
    EACH(use, &q->devices) {
        bool found = false;
        if (!use->device || !use->device->intid)
            continue;
        for (uint32_t i = 0; i < p->interrupt_count; i++)
            found = found || (r[i].intid == use->device->intid && r[i].vcpu == 0 &&
                              r[i].flags == (use->device->edge ? TBL_IRQ_EDGE : 0));
        if (!found)
            differs(b, "partition '%s' lacks the interrupt of device '%s'", q->name.text,
                    use->name.text);
        wanted++;
    }
    EACH(d, &b->m->doorbells) {
        EACH(ring, &d->to)
            wanted += ring->partition == q;
    }
    wanted += q->shutdown.given + (q->console == CONSOLE_PL011);
    for (uint32_t i = 0; i < p->interrupt_count; i++) {
        asked += (r[i].flags & TBL_IRQ_SHUTDOWN) != 0;
        consoles += (r[i].flags & TBL_IRQ_PL011) != 0;
        inputs += (r[i].flags & TBL_IRQ_INPUT) != 0;
        if (r[i].flags & TBL_IRQ_SHUTDOWN && (r[i].vcpu != 0 || r[i].intid != q->shutdown.value))
            differs(b, "partition '%s' is asked to end by interrupt %u", q->name.text, r[i].intid);
    }
    same(b, "number of interrupts", q->name.text, p->interrupt_count, wanted);
    same(b, "number of emulated PL011s", q->name.text, consoles, q->console == CONSOLE_PL011);
    same(b, "receives what is typed:", q->name.text, inputs, q == b->m->input_to);
    same(b, "number of shutdown interrupts", q->name.text, asked, q->shutdown.given);
}

// `ticks` is the tick nearest to `ns`: their difference is at most half a tick.
static bool nearest_tick(const struct back *b, uint64_t ticks, uint64_t ns)
{
    __int128 found = (__int128)ticks * 1000000000, wanted = (__int128)ns * b->m->board->timer_hz;
    __int128 off = found > wanted ? found - wanted : wanted - found;

    return 2 * off <= 1000000000;
}

// The ring that raises this interrupt of the target's partition, or NULL.
static const struct tbl_ring *ring_of(struct back *b, const struct tbl_doorbell *d,
                                      const struct doorbell_target *wanted)
{
    const struct tbl_interrupt *irq = records(b, TBL_INTERRUPT, NULL);
    const struct tbl_ring *r = records(b, TBL_RING, NULL);

    r += d->first_ring;
    for (uint32_t i = 0; i < d->ring_count; i++, r++) {
        const struct tbl_interrupt *at = &irq[r->interrupt];
        if (at->partition == wanted->partition->index && at->vcpu == wanted->cpu.value &&
            at->intid == wanted->interrupt.value)
            return r;
    }
    return NULL;
}

static void doorbell_verify(struct back *b, const struct doorbell *d, const struct tbl_doorbell *r)
{
    const char *name = d->name.text;

    same(b, "partition that rings", name, r->partition, d->source->index);
    same(b, "number of targets of doorbell", name, r->ring_count, d->to.count);
    EACH(to, &d->to) {
        const struct tbl_ring *ring = ring_of(b, r, to);
        if (!ring)
            differs(b, "doorbell '%s' does not reach '%s'", name, to->partition->name.text);
        else if (to->every.given ? !nearest_tick(b, ring->gap, to->every.value) : ring->gap != 0)
            differs(b, "doorbell '%s' has a gap of %llu ticks to '%s'", name,
                    (unsigned long long)ring->gap, to->partition->name.text);
    }
}

static void doorbells_verify(struct back *b)
{
    uint32_t count;
    const struct tbl_doorbell *r = records(b, TBL_DOORBELL, &count);

    same(b, "number of doorbells", b->m->name.text, count, b->m->doorbells.count);
    EACH(d, &b->m->doorbells) {
        uint32_t i = 0;
        while (i < count && strncmp(r[i].name, d->name.text, HV_NAME_SIZE) != 0)
            i++;
        if (i < count)
            doorbell_verify(b, d, &r[i]);
        else
            differs(b, "there is no doorbell '%s'", d->name.text);
    }
}

// The fewest ticks that are not shorter than the time described.
static void ticks_verify(struct back *b, const char *what, const struct partition *q,
                         uint64_t ticks, struct amount time)
{
    unsigned __int128 wanted = (unsigned __int128)time.value * b->m->board->timer_hz;
    unsigned __int128 second = 1000000000;

    if (time.given && time.value ? ticks * second < wanted || (ticks - 1) * second >= wanted
                                 : ticks != 0)
        differs(b, "%s of partition '%s' is %llu ticks in the image, %s in the description", what,
                q->name.text, (unsigned long long)ticks, time_text(b->arena, time.value));
}

static void restarts_verify(struct back *b, const struct partition *q,
                            const struct tbl_partition *p)
{
    struct amount within = q->restart_within;

    within.given = within.given && q->restart_limit.given;
    same(b, "limit of restarts", q->name.text, p->restart_limit, q->restart_limit.value);
    ticks_verify(b, "the time in which restarts count", q, p->restart_within, within);
    ticks_verify(b, "the initialisation", q, p->initialisation, q->initialisation);
}

static void module_health_verify(struct back *b)
{
    uint32_t partitions;
    const struct tbl_health *health = records(b, TBL_HEALTH, NULL);

    records(b, TBL_PARTITION, &partitions);
    health += partitions * HV_EVENT_COUNT;
    for (uint32_t e = 0; e < HV_EVENT_COUNT; e++) {
        bool here = HV_EVENTS_MODULE >> e & 1;
        bool logged = here && (e != HV_EVENT_WINDOW_LATE || b->m->lateness_log);

        same(b, "health action", "module", health[e].action,
             here ? b->m->action[e] : TBL_ACTION_IGNORE);
        same(b, "level of a health event", "module", health[e].level, TBL_LEVEL_MODULE);
        same(b, "log flag of a health event", "module", health[e].flags,
             logged ? TBL_HEALTH_LOG : 0);
    }
}

static void partition_verify(struct back *b, const struct partition *q)
{
    const struct tbl_partition *p = records(b, TBL_PARTITION, NULL);
    const struct tbl_health *health = records(b, TBL_HEALTH, NULL);
    const char *name = q->name.text;
    uint32_t rights = 0;

    p += q->index;
    health += q->index * HV_EVENT_COUNT;
    same_name(b, "a partition", p->name, name);
    same(b, "identifier", name, p->id, q->id.given ? q->id.value : q->index);
    same(b, "system right", name, p->flags & TBL_PARTITION_SYSTEM,
         q->system.given && q->system.value);
    EACH(use, &q->rights)
        rights |= use->right;
    same(b, "leave to load programs", name, !!(p->flags & TBL_PARTITION_LOADS),
         guest_loads(q->guest));
    same(b, "report of stolen time", name, !!(p->flags & TBL_PARTITION_STOLEN_TIME),
         q->virtual_time == VIRTUAL_TIME_REPORTED);
    same(b, "stop of its counters", name, !!(p->flags & TBL_PARTITION_FROZEN_TIME),
         q->virtual_time == VIRTUAL_TIME_FROZEN);
    same(b, "mask of rights", name,
         p->flags & ~(uint32_t)(TBL_PARTITION_SYSTEM | TBL_PARTITION_LOADS |
                                TBL_PARTITION_STOLEN_TIME | TBL_PARTITION_FROZEN_TIME),
         rights & TBL_PARTITION_RIGHTS);
    same(b, "criticality", name, p->criticality,
         q->criticality.given ? q->criticality.value : TBL_NONE);
    same(b, "number of vcpus", name, p->vcpu_count, vcpu_count(q));
    for (uint32_t e = 0; e < HV_EVENT_COUNT; e++) {
        bool here = HV_EVENTS_PARTITION >> e & 1;
        bool named = here && q->action[e] == TBL_ACTION_SWITCH_SCHEDULE;

        same(b, "health action", name, health[e].action, here ? q->action[e] : TBL_ACTION_IGNORE);
        same(b, "level of a health event", name, health[e].level,
             q->process_level & 1u << e ? TBL_LEVEL_PROCESS : TBL_LEVEL_PARTITION);
        same(b, "log flag of a health event", name, health[e].flags, here ? TBL_HEALTH_LOG : 0);
        same(b, "schedule of a health event", name, health[e].schedule,
             named ? (uint64_t)(q->switch_to - b->m->schedules.items) : TBL_NONE);
    }
    restarts_verify(b, q, p);
    interrupts_verify(b, q, p);
    same(b, "number of ports", name, p->port_count, q->ports.count);
    EACH(port, &q->ports) {
        const struct tbl_port *r = port_called(b, p, port->name.text);

        if (r)
            port_verify(b, port, r);
        else
            differs(b, "partition '%s' lacks the port '%s'", name, port->name.text);
    }
    image_verify(b, q, p);
}

static void channels_verify(struct back *b)
{
    uint32_t count, ports;
    const struct tbl_channel *r = records(b, TBL_CHANNEL, &count);
    const struct tbl_port *port = records(b, TBL_PORT, &ports);

    same(b, "number of channels", b->m->name.text, count, b->m->channels.count);
    for (uint32_t i = 0; i < count && i < b->m->channels.count; i++, r++) {
        const struct channel *c = &b->m->channels.items[i];
        const struct port *from = c->from.items[0].port;
        uint64_t slots = c->type == TBL_SAMPLING ? TBL_SAMPLING_SLOTS : c->depth.value;
        same(b, "kind of channel", c->name.text, r->type, c->type);
        same_as(b, size_text, "largest message of channel", c->name.text, r->max_message,
                c->max_message.value);
        same(b, "destinations of channel", c->name.text, r->destinations, c->to.count);
        if (r->slot_size < sizeof(struct tbl_message) + c->max_message.value ||
            r->pool_size != TBL_POOL_HEADER + slots * r->slot_size)
            differs(b, "pool of channel '%s' does not hold its messages", c->name.text);
        same_name(b, "the source of a channel", port[r->source].name, from->name.text);
        same(b, "source partition of channel", c->name.text, port[r->source].partition,
             from->partition->index);
    }
}

// ---- Time ---------------------------------------------------------------------------------------

static bool same_receivers(struct back *b, const struct tbl_window *w, const struct window *wanted,
                           uint32_t core)
{
    const struct tbl_receiver *r = records(b, TBL_RECEIVER, NULL);
    const struct tbl_vcpu *vcpus = records(b, TBL_VCPU, NULL);

    if (w->receiver_count != wanted->receivers.count)
        return false;
    r += w->first_receiver;
    EACH(receiver, &wanted->receivers) {
        const struct tbl_vcpu *v = &vcpus[r++->vcpu];
        if (v->partition != receiver->partition->index || v->core != core)
            return false;
    }
    return true;
}

static void core_verify(struct back *b, const struct core_plan *plan, const struct tbl_frame *f,
                        uint32_t core)
{
    const struct tbl_window *w = records(b, TBL_WINDOW, NULL);
    const struct tbl_vcpu *vcpus = records(b, TBL_VCPU, NULL);
    size_t next = 0, count = plan ? plan->slots.count : 0;

    for (uint32_t i = f->first_window; i < f->first_window + f->window_count; i++) {
        if (w[i].vcpu == TBL_NONE)
            continue;
        while (next < count && !plan->slots.items[next].window->partition)
            next++; // described as idle
        if (next == count) {
            differs(b, "core %u has a window at tick %llu that is not described", core,
                    (unsigned long long)w[i].start);
            return;
        }
        const struct slot *s = &plan->slots.items[next++];
        const struct partition *q = s->window->partition;
        const struct tbl_vcpu *v = &vcpus[w[i].vcpu];
        if (v->partition != q->index || v->index != s->window->cpu.value || v->core != core ||
            !nearest_tick(b, w[i].start, s->start) || !nearest_tick(b, w[i].end, s->end) ||
            (w[i].flags & TBL_WINDOW_PERIOD_START) != s->period_start ||
            !(w[i].flags & TBL_WINDOW_FLUSH) != !s->window->flush.value ||
            !nearest_tick(b, w[i].pad, s->window->pad.value) ||
            !same_receivers(b, &w[i], s->window, core))
            differs(b, "window of '%s' at %s on core %u is not as described", q->name.text,
                    time_text(b->arena, s->start), core);
    }
    while (next < count && !plan->slots.items[next].window->partition)
        next++;
    if (next < count)
        differs(b, "core %u lacks %zu windows of the description", core, count - next);
}

// The largest number of ticks that is not longer than the bound described.
static void lateness_verify(struct back *b)
{
    const struct tbl_module *r = records(b, TBL_MODULE, NULL);
    unsigned __int128 ticks = (unsigned __int128)b->m->lateness_bound.value * b->m->board->timer_hz;
    unsigned __int128 second = 1000000000;

    if (b->m->lateness_bound.given &&
        (r->lateness_bound * second > ticks || (r->lateness_bound + 1) * second <= ticks))
        differs(b, "lateness bound is %llu ticks in the image, %s in the description",
                (unsigned long long)r->lateness_bound,
                time_text(b->arena, b->m->lateness_bound.value));
}

static void input_verify(struct back *b)
{
    const struct tbl_module *r = records(b, TBL_MODULE, NULL);

    same(b, "interrupt of the console's input", b->m->name.text, r->input,
         b->m->input_to ? board_input(b->m->board)->intid : 0);
}

static void trace_verify(struct back *b)
{
    const struct tbl_module *r = records(b, TBL_MODULE, NULL);
    uint64_t asked = b->m->trace_events ? b->m->trace_records.value : 0;

    same(b, "events of the trace", b->m->name.text, r->trace_events, b->m->trace_events);
    if (r->trace_records < asked || r->trace_records / 2 >= (asked ? asked : 1))
        differs(b, "the trace keeps %u records of each core in the image, %llu are described",
                r->trace_records, (unsigned long long)asked);
}

// No part of the file reaches into the log: it would be loaded over it.
static void log_verify(struct back *b)
{
    const struct tbl_module *r = records(b, TBL_MODULE, NULL);
    uint64_t size = tbl_log_size((uint32_t)b->m->partitions.count, r->log_records);

    same(b, "records of the health log", b->m->name.text, r->log_records, b->m->log_records.value);
    same(b, "records per frame", b->m->name.text, r->log_per_frame, b->m->log_per_frame.value);
    EACH(s, &b->c->segments) {
        if (s->address < r->log + size && r->log < s->address + s->mem_size)
            differs(b, "the health log at %s lies in what is loaded",
                    address_text(b->arena, r->log));
    }
}

static void duties_verify(struct back *b, const struct schedule *s, const struct tbl_duty *d)
{
    EACH(q, &b->m->partitions) {
        const struct demand *owed = demand_of(s, q);
        uint32_t action = TBL_ACTION_IGNORE;

        EACH(change, &s->on_change) {
            if (change->partition == q)
                action = change->action;
        }
        same_as(b, time_text, "period", q->name.text, d[q->index].period_ns, owed->period.value);
        same_as(b, time_text, "duration", q->name.text, d[q->index].duration_ns,
                owed->duration.value);
        same(b, "action at a change of schedule", q->name.text, d[q->index].on_change, action);
    }
}

static void time_verify(struct back *b)
{
    uint32_t schedules, cores;
    const struct tbl_schedule *s = records(b, TBL_SCHEDULE, &schedules);
    const struct tbl_duty *duties = records(b, TBL_DUTY, NULL);
    const struct tbl_frame *f = records(b, TBL_FRAME, NULL);
    const struct tbl_core *core_records = records(b, TBL_CORE, &cores);

    for (uint32_t i = 0; i < cores && i < b->m->board->cores.count; i++)
        same(b, "affinity of a core", b->m->board->name.text, core_records[i].mpidr,
             b->m->board->cores.items[i]);
    lateness_verify(b);
    input_verify(b);
    module_health_verify(b);
    trace_verify(b);
    log_verify(b);
    same(b, "number of schedules", b->m->name.text, schedules, b->m->schedules.count);
    same(b, "initial schedule", b->m->name.text,
         ((const struct tbl_module *)records(b, TBL_MODULE, NULL))->initial,
         (uint64_t)(initial_schedule(b->m) - b->m->schedules.items));
    for (uint32_t i = 0; i < schedules && i < b->m->schedules.count; i++) {
        const struct schedule *described = &b->m->schedules.items[i];
        same_name(b, "a schedule", s[i].name, described->name.text);
        same(b, "identifier of a schedule", described->name.text, s[i].id, described->id.value);
        duties_verify(b, described, &duties[i * b->m->partitions.count]);
        same_as(b, time_text, "major frame", described->name.text, s[i].frame_ns,
                described->major_frame.value);
        if (!nearest_tick(b, s[i].frame, described->major_frame.value))
            differs(b, "major frame of '%s' has a wrong number of ticks", described->name.text);
        for (uint32_t core = 0; core < cores; core++) {
            const struct core_plan *plan = NULL;
            EACH(c, &described->cores) {
                if (c->core == core)
                    plan = c;
            }
            core_verify(b, plan, &f[i * cores + core], core);
        }
        EACH(c, &described->cores) {
            if (c->core >= cores && c->slots.count)
                differs(b, "core %u is missing in the image", c->core);
        }
    }
}

bool container_verify(struct arena *a, const struct container *c, const struct model *m,
                      struct text *findings)
{
    struct back b = {.arena = a, .c = c, .m = m, .findings = findings, .good = true};
    const struct tbl_header *h = (const void *)c->tables;
    uint32_t partitions;
    uint8_t id[32];

    records(&b, TBL_PARTITION, &partitions);
    same_name(&b, "the module", ((const struct tbl_module *)records(&b, TBL_MODULE, NULL))->name,
              m->name.text);
    same(&b, "timer frequency", m->name.text, h->timer_hz, m->board->timer_hz);
    same(&b, "board", m->name.text, h->board, m->board->id);
    same(&b, "number of partitions", m->name.text, partitions, m->partitions.count);
    config_identity(a, m, id);
    if (memcmp(id, h->config_id, sizeof id) != 0)
        differs(&b, "configuration identity is of another description");
    if (partitions != m->partitions.count)
        return false;
    EACH(q, &m->partitions) {
        partition_verify(&b, q);
    }
    memory_verify(&b);
    own_memory_verify(&b);
    channels_verify(&b);
    doorbells_verify(&b);
    time_verify(&b);
    return b.good;
}
