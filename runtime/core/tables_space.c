// SPDX-License-Identifier: BSD-2-Clause
// The validator's part about space: memory, what is loaded into it, interrupts.
#include "tables_parts.h"

// ---- Memory ------------------------------------------------------------------------------------

static bool attributes_valid(const struct check *c, const struct tbl_memory *m)
{
    const struct tbl_partition *p = section(c, TBL_PARTITION);
    uint32_t a = m->attributes, access = TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE;
    bool own = m->partition == TBL_NONE;
    bool loads = !own && p[m->partition].flags & TBL_PARTITION_LOADS;

    if (a & ~(access | TBL_MEM_DEVICE | TBL_MEM_UNCACHED | TBL_MEM_SHARED | TBL_MEM_KEEP |
              TBL_MEM_GUARD))
        return false;
    if (!(a & access) || (!loads && a & TBL_MEM_WRITE && a & TBL_MEM_EXECUTE)) // W^X
        return false;
    if (a & TBL_MEM_DEVICE &&
        a & (TBL_MEM_EXECUTE | TBL_MEM_UNCACHED | TBL_MEM_KEEP | TBL_MEM_GUARD))
        return false;
    if (a & TBL_MEM_SHARED && a & TBL_MEM_EXECUTE)
        return false;
    return !own || !(a & (TBL_MEM_SHARED | TBL_MEM_KEEP | TBL_MEM_GUARD));
}

// Page-aligned, inside the guest physical space and, unless a device, inside RAM; the hypervisor's
// own one to one.
static bool range_valid(const struct check *c, const struct tbl_memory *m)
{
    const struct tables_expect *e = c->expect;
    uint64_t ram = e->ram_end - e->ram_start, space = 1ull << HV_IPA_BITS;

    if (m->size == 0 || (m->address | m->phys | m->size) % HV_PAGE_SIZE ||
        !inside(m->address, m->size, 0, space))
        return false;
    if (m->partition == TBL_NONE && m->address != m->phys)
        return false;
    if (!(m->attributes & TBL_MEM_DEVICE))
        return inside(m->phys, m->size, e->ram_start, ram);
    return inside(m->phys, m->size, 0, 1ull << 48) && // output addresses have at most 48 bits
           disjoint(m->phys, m->size, e->ram_start, ram);
}

// Two regions may meet in physical memory only as one shared range of one type.
static bool may_meet(const struct tbl_memory *a, const struct tbl_memory *b)
{
    uint32_t type = TBL_MEM_SHARED | TBL_MEM_DEVICE | TBL_MEM_UNCACHED;

    return a->attributes & TBL_MEM_SHARED && (a->attributes & type) == (b->attributes & type) &&
           a->phys == b->phys && a->size == b->size;
}

static bool memory_records(struct check *c)
{
    const struct tbl_memory *all = section(c, TBL_MEMORY);
    const struct tbl_partition *p = section(c, TBL_PARTITION);
    uint32_t partition = 0;

    for (uint32_t i = 0; i < c->count[TBL_MEMORY]; i++) {
        const struct tbl_memory *m = &all[i];

        while (partition < c->count[TBL_PARTITION] &&
               i >= p[partition].first_memory + p[partition].memory_count)
            partition++;
        if (m->partition != (partition < c->count[TBL_PARTITION] ? partition : TBL_NONE))
            return no(c, TABLES_INDEX, TBL_MEMORY, i);
        if (!attributes_valid(c, m))
            return no(c, TABLES_ATTRIBUTES, TBL_MEMORY, i);
        if (!range_valid(c, m))
            return no(c, TABLES_RANGE, TBL_MEMORY, i);
        for (uint32_t j = 0; j < i; j++) {
            if (m->partition == all[j].partition &&
                !disjoint(m->address, m->size, all[j].address, all[j].size))
                return no(c, TABLES_OVERLAP, TBL_MEMORY, i);
            if (!disjoint(m->phys, m->size, all[j].phys, all[j].size) && !may_meet(m, &all[j]))
                return no(c, TABLES_OVERLAP, TBL_MEMORY, i);
        }
    }
    return true;
}

// The hypervisor's own records lie in its container and its log, with the rights each part may
// have, and cover tables, state, payload and log; so, being disjoint from all others, they keep
// partitions away from it. Only the log bypasses the caches.
static bool own_memory(struct check *c)
{
    const struct tbl_header *h = c->header;
    const struct tables_expect *e = c->expect;
    const struct tbl_memory *all = section(c, TBL_MEMORY);
    uint64_t window = c->count[TBL_CORE] * (uint64_t)HV_BLOCK_SIZE;
    struct {
        uint64_t start, size;
        uint32_t forbidden;
        uint64_t covered;
    } parts[] = {
        {e->runtime_start, e->runtime_end - e->runtime_start, 0, 0},
        {h->address, h->size, TBL_MEM_WRITE | TBL_MEM_EXECUTE, 0},
        {h->state, h->state_size, TBL_MEM_EXECUTE, 0},
        {h->payload, round_up(h->payload_size, HV_PAGE_SIZE), TBL_MEM_WRITE | TBL_MEM_EXECUTE, 0},
        {c->module->log, log_size(c), TBL_MEM_EXECUTE, 0},
    };
    uint32_t count = sizeof parts / sizeof *parts;

    for (uint32_t i = 0; i < c->count[TBL_MEMORY]; i++) {
        const struct tbl_memory *m = &all[i];
        uint32_t part = 0;

        if (m->partition != TBL_NONE) {
            for (uint32_t k = 0; k < count; k++)
                if (!disjoint(m->phys, m->size, parts[k].start, parts[k].size))
                    return no(c, TABLES_OVERLAP, TBL_MEMORY, i);
            continue;
        }
        if (!disjoint(m->address, m->size, c->module->copy_va, window))
            return no(c, TABLES_COPY_WINDOW, TBL_MEMORY, i);
        if (m->attributes & TBL_MEM_DEVICE)
            continue;
        while (part < count && !inside(m->phys, m->size, parts[part].start, parts[part].size))
            part++;
        if (part == count || m->attributes & parts[part].forbidden)
            return no(c, TABLES_HYPERVISOR, TBL_MEMORY, i);
        if ((part == 2 || part == 4) && !(m->attributes & TBL_MEM_WRITE))
            return no(c, TABLES_HYPERVISOR, TBL_MEMORY, i);
        if ((part == 4) != !!(m->attributes & TBL_MEM_UNCACHED))
            return no(c, TABLES_HYPERVISOR, TBL_MEMORY, i);
        parts[part].covered += m->size;
    }
    for (uint32_t k = 1; k < count; k++)
        if (parts[k].covered != parts[k].size)
            return no(c, TABLES_HYPERVISOR, TBL_SECTIONS, k);
    return true;
}

// Without its interrupt controller or its console the runtime would fault.
static bool devices_mapped(struct check *c)
{
    const struct tables_expect *e = c->expect;
    const struct tbl_memory *all = section(c, TBL_MEMORY);

    for (uint32_t d = 0; d < e->device_count; d++) {
        uint32_t i = 0;

        while (i < c->count[TBL_MEMORY] &&
               !(all[i].partition == TBL_NONE && all[i].attributes & TBL_MEM_DEVICE &&
                 all[i].attributes & TBL_MEM_WRITE &&
                 inside(e->devices[d].start, e->devices[d].size, all[i].phys, all[i].size)))
            i++;
        if (i == c->count[TBL_MEMORY])
            return no(c, TABLES_HYPERVISOR, TBL_SECTIONS, 5 + d);
    }
    return true;
}

// ---- What lies in memory -----------------------------------------------------------------------

// One region of the partition holds [address, address + size) with `rights`, and is no device.
static bool partition_holds(const struct check *c, const struct tbl_partition *p, uint64_t address,
                            uint64_t size, uint32_t rights)
{
    const struct tbl_memory *m = (const struct tbl_memory *)section(c, TBL_MEMORY);

    for (uint32_t i = p->first_memory; i < p->first_memory + p->memory_count; i++)
        if ((m[i].attributes & (rights | TBL_MEM_DEVICE)) == rights &&
            inside(address, size, m[i].address, m[i].size))
            return true;
    return false;
}

static bool stolen_time_valid(const struct check *c, const struct tbl_partition *p)
{
    const struct tbl_memory *m = section(c, TBL_MEMORY);

    m += p->first_memory + p->memory_count - 1; // the last
    return m->address == TBL_STOLEN_TIME_ADDRESS && m->attributes == TBL_MEM_READ;
}

// After memory is known to be sound.
static bool partitions_entries(struct check *c)
{
    const struct tbl_partition *p = section(c, TBL_PARTITION);

    for (uint32_t i = 0; i < c->count[TBL_PARTITION]; i++, p++)
        if (p->entry % 4 || !partition_holds(c, p, p->entry, 4, TBL_MEM_EXECUTE) ||
            (p->argument && !partition_holds(c, p, p->argument, 1, TBL_MEM_READ)))
            return no(c, TABLES_ENTRY, TBL_PARTITION, i);
        else if (p->flags & TBL_PARTITION_STOLEN_TIME && !stolen_time_valid(c, p))
            return no(c, TABLES_STOLEN_TIME, TBL_PARTITION, i);
    return true;
}

static bool image_record(struct check *c, const struct tbl_partition *p, uint32_t i)
{
    const struct tbl_header *h = c->header;
    const struct tbl_memory *memory = section(c, TBL_MEMORY), *m;
    const struct tbl_image *all = section(c, TBL_IMAGE), *image = &all[i];

    if (image->memory < p->first_memory || image->memory >= p->first_memory + p->memory_count)
        return no(c, TABLES_INDEX, TBL_IMAGE, i);
    if (image->reserved)
        return no(c, TABLES_RESERVED, TBL_IMAGE, i);
    m = &memory[image->memory];
    if (m->attributes & (TBL_MEM_DEVICE | TBL_MEM_SHARED) || image->mem_size == 0 ||
        image->file_size > image->mem_size ||
        !inside(image->target, image->mem_size, m->phys, m->size) ||
        (image->source == image->target) !=
            (all[p->first_image].source == all[p->first_image].target) ||
        (image->file_size && image->source != image->target &&
         !inside(image->source, image->file_size, h->payload, h->payload_size)))
        return no(c, TABLES_IMAGE, TBL_IMAGE, i);
    for (uint32_t j = p->first_image; j < i; j++)
        if (!disjoint(image->target, image->mem_size, all[j].target, all[j].mem_size))
            return no(c, TABLES_OVERLAP, TBL_IMAGE, i);
    return true;
}

static bool images_records(struct check *c)
{
    const struct tbl_partition *p = section(c, TBL_PARTITION);

    for (uint32_t n = 0; n < c->count[TBL_PARTITION]; n++, p++)
        for (uint32_t i = p->first_image; i < p->first_image + p->image_count; i++)
            if (!image_record(c, p, i))
                return false;
    return true;
}

// ---- Interrupts --------------------------------------------------------------------------------

// Of a device, of a doorbell, to shut down, or of the emulated PL011.
static bool kind_valid(const struct check *c, uint32_t flags)
{
    return flags <= TBL_IRQ_EDGE ||
           (flags & ~(uint32_t)TBL_IRQ_SHUTDOWN) == (TBL_IRQ_EDGE | TBL_IRQ_SOFT) ||
           flags == (TBL_IRQ_SOFT | TBL_IRQ_PL011) ||
           (flags == (TBL_IRQ_SOFT | TBL_IRQ_PL011 | TBL_IRQ_INPUT) && c->module->input);
}

// Its registers trap: nothing of the partition's is mapped there.
static bool pl011_valid(const struct check *c, const struct tbl_partition *p,
                        const struct tbl_interrupt *irq)
{
    const struct tbl_memory *m =
        (const struct tbl_memory *)section(c, TBL_MEMORY) + p->first_memory;

    if (!(irq->flags & TBL_IRQ_PL011))
        return true;
    for (uint32_t i = 0; i < p->memory_count; i++)
        if (!disjoint(m[i].address, m[i].size, TBL_PL011_ADDRESS, TBL_PL011_SIZE))
            return false;
    return irq->intid == TBL_PL011_INTID;
}

static bool interrupts_records(struct check *c)
{
    const struct tbl_interrupt *all = section(c, TBL_INTERRUPT);
    const struct tbl_partition *p = section(c, TBL_PARTITION);
    uint32_t inputs = 0;

    for (uint32_t n = 0; n < c->count[TBL_PARTITION]; n++, p++)
        for (uint32_t i = p->first_interrupt; i < p->first_interrupt + p->interrupt_count; i++) {
            const struct tbl_interrupt *irq = &all[i];

            inputs |= irq->flags & TBL_IRQ_INPUT;
            if (irq->partition != n || irq->vcpu >= p->vcpu_count)
                return no(c, TABLES_INDEX, TBL_INTERRUPT, i);
            if (!kind_valid(c, irq->flags))
                return no(c, TABLES_FLAGS, TBL_INTERRUPT, i);
            if (!pl011_valid(c, p, irq))
                return no(c, TABLES_PL011, TBL_INTERRUPT, i);
            if (irq->intid < 32 || irq->intid > 1019 || // SPIs (GICv3, IHI 0069 2.2)
                (i > p->first_interrupt && irq->intid <= irq[-1].intid))
                return no(c, TABLES_INTERRUPT, TBL_INTERRUPT, i);
            for (uint32_t j = p->first_interrupt; j < i; j++)
                if (all[j].flags & irq->flags & TBL_IRQ_SHUTDOWN)
                    return no(c, TABLES_DUPLICATE, TBL_INTERRUPT, i);
            for (uint32_t j = 0; j < i; j++)
                if (tbl_line(c->module, irq) &&
                    tbl_line(c->module, &all[j]) == tbl_line(c->module, irq))
                    return no(c, TABLES_DUPLICATE, TBL_INTERRUPT, i);
        }
    if (c->module->input && !inputs)
        return no(c, TABLES_INTERRUPT, TBL_MODULE, 0);
    return true;
}

// The same when it goes to this vcpu.
static uint32_t line_to(const struct check *c, const struct tbl_interrupt *irq,
                        const struct tbl_vcpu *v)
{
    return irq->vcpu == v->index ? tbl_line(c->module, irq) : 0;
}

// A vcpu's masks are exactly its interrupts.
static bool masks_records(struct check *c)
{
    const struct tbl_vcpu *v = section(c, TBL_VCPU);
    const struct tbl_partition *partitions = section(c, TBL_PARTITION);
    const struct tbl_interrupt *irqs = section(c, TBL_INTERRUPT);
    const struct tbl_irq_mask *masks = section(c, TBL_IRQ_MASK);

    for (uint32_t n = 0; n < c->count[TBL_VCPU]; n++, v++) {
        const struct tbl_partition *p = &partitions[v->partition];
        uint32_t own = 0, seen = 0;

        for (uint32_t i = 0; i < p->interrupt_count; i++)
            own += line_to(c, &irqs[p->first_interrupt + i], v) != 0;
        for (uint32_t k = v->first_mask; k < v->first_mask + v->mask_count; k++) {
            uint32_t bits = 0;

            for (uint32_t i = 0; i < p->interrupt_count; i++) {
                uint32_t line = line_to(c, &irqs[p->first_interrupt + i], v);

                if (line && line / 32 == masks[k].word) {
                    bits |= 1u << line % 32;
                    seen++;
                }
            }
            if (bits == 0 || bits != masks[k].bits ||
                (k > v->first_mask && masks[k].word <= masks[k - 1].word))
                return no(c, TABLES_IRQ_MASK, TBL_IRQ_MASK, k);
        }
        if (seen != own)
            return no(c, TABLES_IRQ_MASK, TBL_VCPU, n);
    }
    return true;
}

bool tables_space(struct check *c)
{
    return memory_records(c) && own_memory(c) && devices_mapped(c) && partitions_entries(c) &&
           images_records(c) && interrupts_records(c) && masks_records(c);
}
