// SPDX-License-Identifier: BSD-2-Clause
// The validator: every code is raised by a damaged table, each limit is met on both sides, and no
// byte of the tables can change without being noticed or being free to change.
#include "runtime_machine.h"
#include "crc32c.h"
#include <stdio.h>
#include <string.h>

static bool seen[TABLES_CODE_COUNT];

static struct tables_fault check(void)
{
    return tables_check(made.bytes, made.size, &fake.expect);
}

static void expect_fault(const char *what, uint32_t code, uint32_t section, uint32_t index)
{
    struct tables_fault f = check();

    if (f.code != code || f.section != section || f.index != index)
        fail_msg("%s: expected code %u section %u index %u, got code %u (%s) section %u index %u",
                 what, code, section, index, f.code, tables_code_text(f.code), f.section, f.index);
    assert_string_not_equal(tables_code_text(code), "no fault");
    seen[code] = true;
}

// A statement that damages fresh tables; then what the validator must say.
#define DAMAGE(statement, code, section, index)                                                    \
    do {                                                                                           \
        machine_setup(NULL);                                                                       \
        statement;                                                                                 \
        seal_tables(made.bytes, made.size);                                                        \
        expect_fault(#statement, TABLES_##code, section, index);                                   \
    } while (0)
// A trace whose rings end `beyond` the state area.
static void rings(uint32_t events, uint32_t records, uint64_t beyond)
{
    made.module->trace_events = events;
    made.module->trace_records = records;
    made.module->trace =
        (made.header->state + made.header->state_size + beyond -
         2 * (sizeof(struct tbl_trace) + records * sizeof(struct tbl_trace_record))) &
        ~63ull;
}

// A change that is legal.
#define HARMLESS(statement)                                                                        \
    do {                                                                                           \
        machine_setup(NULL);                                                                       \
        statement;                                                                                 \
        seal_tables(made.bytes, made.size);                                                        \
        if (check().code)                                                                          \
            fail_msg("%s: refused with %s", #statement, tables_code_text(check().code));           \
    } while (0)
#define HEADER TBL_SECTIONS

static void without(enum tbl_type type)
{
    struct tbl_section *s = &made.header->directory[type];

    memset(made.bytes + s->offset, 0, (size_t)s->count * s->entry_size);
    s->count = 0;
}

static void without_interrupts(void)
{
    for (unsigned i = 0; i < 3; i++) {
        made.partitions[i].first_interrupt = made.partitions[i].interrupt_count = 0;
        made.partitions[i].first_doorbell = made.partitions[i].doorbell_count = 0;
    }
    for (unsigned i = 0; i < 4; i++)
        made.vcpus[i].first_mask = made.vcpus[i].mask_count = 0;
    without(TBL_INTERRUPT);
    without(TBL_IRQ_MASK);
    without(TBL_DOORBELL);
    without(TBL_RING);
}

static void without_images(void)
{
    struct tbl_memory *m = made.memory;
    struct tbl_section *s;

    for (unsigned i = 0; i < 3; i++)
        made.partitions[i].first_image = made.partitions[i].image_count = 0;
    without(TBL_IMAGE);
    made.header->payload_size = 0;
    // Nor has the hypervisor a region for it: the last one moves to its place.
    s = &made.header->directory[TBL_MEMORY];
    while (m->phys != made.header->payload)
        m++;
    *m = made.memory[--s->count];
    memset(&made.memory[s->count], 0, sizeof *m);
}

static void whole_tables_pass(void **state)
{
    (void)state;
    HARMLESS((void)0);
    assert_int_equal(fake.translations, 4);
    HARMLESS(without_interrupts());
    HARMLESS(without_images());
    HARMLESS((without_images(), made.header->payload = 1)); // of no bytes, it stands nowhere
    assert_string_equal(tables_code_text(TABLES_OK), "no fault");
    assert_string_equal(tables_code_text(TABLES_CODE_COUNT), "no fault");
    assert_string_equal(tables_code_name(TABLES_OK), "OK");
    assert_string_equal(tables_code_name(TABLES_CODE_COUNT - 1), "STOLEN_TIME");
    assert_string_equal(tables_code_name(TABLES_CODE_COUNT), "OK");
}

static void header_faults(void **state)
{
    (void)state;
    DAMAGE(made.header->magic ^= 1, MAGIC, HEADER, 0);
    DAMAGE(made.header->major++, VERSION, HEADER, 0);
    DAMAGE(made.header->sections++, VERSION, HEADER, 0);
    DAMAGE(made.header->sections--, VERSION, HEADER, 0);
    HARMLESS(made.header->minor++);
    DAMAGE((made.header->minor++, made.header->sections = 65), VERSION, HEADER, 0);
    DAMAGE(made.header->size += HV_PAGE_SIZE, SIZE, HEADER, 0);
    DAMAGE(made.header->size--, SIZE, HEADER, 0);
    DAMAGE(made.header->size = 0, SIZE, HEADER, 0);
    DAMAGE(made.header->arch++, MACHINE, HEADER, 0);
    DAMAGE(made.header->board++, MACHINE, HEADER, 0);
    DAMAGE(made.header->address += HV_PAGE_SIZE, ADDRESS, HEADER, 0);
    DAMAGE((made.header->address += 8, fake.expect.address += 8), ADDRESS, HEADER, 0);
    DAMAGE(made.header->timer_hz++, TIMER, HEADER, 0);
    DAMAGE(made.header->timer_hz = fake.expect.timer_hz = 0, TIMER, HEADER, 0);
    machine_setup(NULL);
    made.header->crc ^= 1;
    expect_fault("header checksum", TABLES_HEADER_CRC, HEADER, 0);
    machine_setup(NULL);
    made.health[7].action ^= 1;
    expect_fault("section checksum", TABLES_SECTION_CRC, TBL_HEALTH, 0);
    machine_setup(NULL);
    without_interrupts();
    seal_tables(made.bytes, made.size);
    made.header->directory[TBL_RING].crc = 1;
    made.header->crc = 0;
    made.header->crc = crc32c(0, made.header, sizeof *made.header);
    expect_fault("checksum of no record", TABLES_SECTION_CRC, TBL_RING, 0);
}

static void directory_faults(void **state)
{
    struct tbl_section *d;

    (void)state;
    DAMAGE(made.header->directory[TBL_PORT].reserved = 1, RESERVED, HEADER, TBL_PORT);
    DAMAGE(made.header->directory[TBL_PORT].entry_size += 8, ENTRY_SIZE, HEADER, TBL_PORT);
    DAMAGE(made.header->directory[TBL_MODULE].count = 2, COUNT, HEADER, TBL_MODULE);
    DAMAGE(made.header->directory[TBL_MODULE].count = 0, COUNT, HEADER, TBL_MODULE);
    DAMAGE(made.header->directory[TBL_CORE].count = HV_MAX_CORES + 1, COUNT, HEADER, TBL_CORE);
    DAMAGE(made.header->directory[TBL_MEMORY].count = TABLES_MAX_MEMORY + 1, COUNT, HEADER,
           TBL_MEMORY);
    DAMAGE(made.header->directory[TBL_PORT].offset += 4, DIRECTORY, HEADER, TBL_PORT);
    DAMAGE(made.header->directory[TBL_PORT].offset -= 8, DIRECTORY, HEADER, TBL_PORT);
    DAMAGE(made.header->directory[TBL_TRANSLATION].offset += 2048, DIRECTORY, HEADER,
           TBL_TRANSLATION);
    DAMAGE(made.header->directory[TBL_TRANSLATION].offset += 4096, DIRECTORY, HEADER,
           TBL_TRANSLATION);
    DAMAGE(made.header->directory[TBL_TRANSLATION].count++, DIRECTORY, HEADER, TBL_TRANSLATION);
    DAMAGE(made.header->directory[TBL_TRANSLATION].count = HV_MAX_TRANSLATION_PAGES, DIRECTORY,
           HEADER, TBL_TRANSLATION);
    DAMAGE(made.header->directory[TBL_TRANSLATION].count = HV_MAX_TRANSLATION_PAGES + 1, COUNT,
           HEADER, TBL_TRANSLATION);
    DAMAGE(made.header->directory[TBL_PORT].offset = UINT64_MAX - 7, DIRECTORY, HEADER, TBL_PORT);
    DAMAGE(made.header->directory[TBL_MODULE].offset = 0, DIRECTORY, HEADER, TBL_MODULE);
    DAMAGE((d = &made.header->directory[TBL_TRANSLATION], made.bytes[d->offset - 1] = 1), PADDING,
           HEADER, TBL_TRANSLATION);
    DAMAGE((made.header->directory[TBL_TRANSLATION].count--, made.bytes[made.header->size - 1] = 1),
           PADDING, HEADER, TBL_SECTIONS);
    DAMAGE((made.header->directory[TBL_HEALTH].count--,
            memset(&made.health[4 * HV_EVENT_COUNT - 1], 0, sizeof *made.health)),
           COUNT, HEADER, TBL_HEALTH);
    DAMAGE((made.header->directory[TBL_FRAME].count--, memset(&made.frames[3], 0, 8)), COUNT,
           HEADER, TBL_FRAME);
    DAMAGE((made.header->directory[TBL_DUTY].count--, memset(&made.duties[5], 0, 24)), COUNT,
           HEADER, TBL_DUTY);
}

static void footprint_faults(void **state)
{
    (void)state;
    DAMAGE(made.header->state += 8, FOOTPRINT, HEADER, 2);
    DAMAGE(made.header->state_size += 8, FOOTPRINT, HEADER, 2);
    DAMAGE(made.header->state_size = 0, FOOTPRINT, HEADER, 2);
    DAMAGE(made.header->state = FAKE_RAM_END, FOOTPRINT, HEADER, 2);
    DAMAGE(made.header->state_size = UINT64_MAX - 4095, FOOTPRINT, HEADER, 2);
    DAMAGE(made.header->state = made.header->address, FOOTPRINT, HEADER, 2);
    DAMAGE(made.header->state = FAKE_RUNTIME_START, FOOTPRINT, HEADER, 2);
    DAMAGE(made.header->payload = made.header->state, FOOTPRINT, HEADER, 3);
    DAMAGE(made.header->payload += 8, FOOTPRINT, HEADER, 3);
    DAMAGE(made.header->payload = FAKE_RAM_START - HV_PAGE_SIZE, FOOTPRINT, HEADER, 3);
    DAMAGE(made.module->log += 64, FOOTPRINT, HEADER, 4);
    DAMAGE(made.module->log = 0, FOOTPRINT, HEADER, 4);
    DAMAGE(made.module->log = FAKE_RAM_END, FOOTPRINT, HEADER, 4);
    DAMAGE(made.module->log = UINT64_MAX - 4095, FOOTPRINT, HEADER, 4);
    DAMAGE(made.module->log_records = UINT32_MAX, FOOTPRINT, HEADER, 4);
    DAMAGE(made.module->log = FAKE_RUNTIME_START, FOOTPRINT, HEADER, 4);
    DAMAGE(made.module->log = made.header->address, FOOTPRINT, HEADER, 4);
    DAMAGE(made.module->log = made.header->state, FOOTPRINT, HEADER, 4);
    DAMAGE(made.module->log = made.header->payload, FOOTPRINT, HEADER, 4);
    DAMAGE(fake.expect.runtime_end += HV_PAGE_SIZE, FOOTPRINT, HEADER, 1);
    DAMAGE(fake.expect.ram_end = FAKE_RUNTIME_END, FOOTPRINT, HEADER, 1);
}

static void module_faults(void **state)
{
    (void)state;
    DAMAGE(made.module->name[0] = 0, NAME, TBL_MODULE, 0);
    DAMAGE(made.module->name[7] = '\n', NAME, TBL_MODULE, 0);
    DAMAGE(made.module->name[7] = ' ', NAME, TBL_MODULE, 0);
    DAMAGE(made.module->name[0] = ' ', NAME, TBL_MODULE, 0);
    DAMAGE(made.module->name[31] = 'x', NAME, TBL_MODULE, 0);
    HARMLESS(memset(made.module->name, 'n', HV_NAME_MAX));
    DAMAGE(memset(made.module->name, 'n', HV_NAME_MAX + 1), NAME, TBL_MODULE, 0);
    DAMAGE(made.module->ns_numerator++, RATIO, TBL_MODULE, 0);
    DAMAGE((made.module->ns_numerator *= 2, made.module->ns_denominator *= 2), RATIO, TBL_MODULE,
           0);
    DAMAGE(made.module->ns_denominator = 0, RATIO, TBL_MODULE, 0);
    DAMAGE(made.module->initial = 2, INDEX, TBL_MODULE, 0);
    HARMLESS(made.module->initial = 1);
    DAMAGE(made.module->input = MADE_INPUT, INTERRUPT, TBL_MODULE, 0);
    DAMAGE(made.module->copy_va = 0, COPY_WINDOW, TBL_MODULE, 0);
    DAMAGE(made.module->copy_va += HV_PAGE_SIZE, COPY_WINDOW, TBL_MODULE, 0);
    DAMAGE(made.module->copy_va = (1ull << HV_IPA_BITS) - HV_BLOCK_SIZE, COPY_WINDOW, TBL_MODULE,
           0);
    HARMLESS(made.module->copy_va = (1ull << HV_IPA_BITS) - 2 * HV_BLOCK_SIZE);
    DAMAGE(made.module->copy_va = 0x40200000, COPY_WINDOW, TBL_MEMORY, 10);
    DAMAGE(made.module->copy_tables += 8, STATE, TBL_MODULE, 0);
    DAMAGE(made.module->copy_tables -= HV_PAGE_SIZE, STATE, TBL_MODULE, 0);
    DAMAGE(made.module->copy_tables = made.header->state + made.header->state_size - HV_PAGE_SIZE,
           STATE, TBL_MODULE, 0);
    DAMAGE(made.module->window_stats += 4, STATE, TBL_MODULE, 0);
    DAMAGE(made.module->window_stats = made.module->copy_tables, STATE, TBL_MODULE, 0);
    DAMAGE(made.module->window_stats = made.header->state + made.header->state_size - 56, STATE,
           TBL_MODULE, 0);
    HARMLESS(made.module->window_stats = made.header->state + made.header->state_size - 64);
    DAMAGE(made.module->trace = made.header->state, TRACE, TBL_MODULE, 0);
    DAMAGE(made.module->trace_records = 16, TRACE, TBL_MODULE, 0);
    DAMAGE(made.module->trace_events = 1, TRACE, TBL_MODULE, 0);
    HARMLESS(rings(1, 16, 0));
    DAMAGE(rings(TBL_TRACE_EVENTS + 1, 16, 0), TRACE, TBL_MODULE, 0);
    DAMAGE(rings(1, 8, 0), TRACE, TBL_MODULE, 0);
    DAMAGE(rings(1, 24, 0), TRACE, TBL_MODULE, 0);
    DAMAGE(rings(1, TBL_TRACE_MOST * 2, 0), TRACE, TBL_MODULE, 0);
    DAMAGE(rings(1, 16, 64), TRACE, TBL_MODULE, 0);
    DAMAGE((rings(1, 16, 0), made.module->trace += 8), TRACE, TBL_MODULE, 0);
    DAMAGE((rings(1, 16, 0), made.module->trace = made.module->window_stats & ~63ull), TRACE,
           TBL_MODULE, 0);
    DAMAGE((rings(1, 16, 0), made.module->trace = made.module->copy_tables), TRACE, TBL_MODULE, 0);
    DAMAGE((rings(1, 16, 0), made.module->trace = made.channels[0].pool), STATE, TBL_CHANNEL, 0);
    DAMAGE(made.module->log_records = TBL_LOG_LEAST - 1, LOG, TBL_MODULE, 0);
    DAMAGE(made.module->log_records = TBL_LOG_MOST + 1, LOG, TBL_MODULE, 0);
    DAMAGE(made.module->log_per_frame = 0, LOG, TBL_MODULE, 0);
    DAMAGE(made.module->log_per_frame = TBL_LOG_FRAME_MOST + 1, LOG, TBL_MODULE, 0);
    HARMLESS(made.module->log_per_frame = TBL_LOG_FRAME_MOST);
    HARMLESS(made.module->log_records = 15); // still one page; the next would not be mapped
    DAMAGE(made.module->log_records = 16, HYPERVISOR, HEADER, 4);
    DAMAGE(made.module->el2_root += 8, ROOT, TBL_MODULE, 0);
    DAMAGE(made.module->el2_root += HV_PAGE_SIZE, ROOT, TBL_MODULE, 0);
    DAMAGE(made.cores[1].mpidr = 0, DUPLICATE, TBL_CORE, 1);
    DAMAGE(made.cores[1].mpidr = 1ull << 31, MPIDR, TBL_CORE, 1);
    HARMLESS(made.cores[1].mpidr = 0xff00ffffff);
}

static void partition_faults(void **state)
{
    (void)state;
#define P (&made.partitions[CONTROL])
    DAMAGE(P->name[0] = 0x7f, NAME, TBL_PARTITION, 1);
    DAMAGE(memcpy(P->name, "sensor\0", 8), DUPLICATE, TBL_PARTITION, 1);
    DAMAGE(P->id = 10, DUPLICATE, TBL_PARTITION, 1);
    DAMAGE(P->flags |= TBL_PARTITION_RIGHTS + 1, FLAGS, TBL_PARTITION, 1);
    DAMAGE(P->flags = TBL_PARTITION_SWITCH_SCHEDULE, FLAGS, TBL_PARTITION, 1);
    HARMLESS(P->flags = TBL_PARTITION_SYSTEM);
    HARMLESS(P->flags = TBL_PARTITION_RIGHTS);
    DAMAGE(P->flags = TBL_PARTITION_RIGHTS ^ TBL_PARTITION_SYSTEM, FLAGS, TBL_PARTITION, 1);
    HARMLESS(P->flags = TBL_PARTITION_LOADS);
    HARMLESS(P->flags = TBL_PARTITION_LOADS | TBL_PARTITION_RIGHTS);
    DAMAGE(P->criticality = 5, FLAGS, TBL_PARTITION, 1);
    HARMLESS(P->criticality = 4);
    DAMAGE(P->vmid = 1, VMID, TBL_PARTITION, 1);
    DAMAGE(P->stage2_root += 4, ROOT, TBL_PARTITION, 1);
    DAMAGE(P->stage2_root = 0, ROOT, TBL_PARTITION, 1);
    DAMAGE(P->entry += 2, ENTRY, TBL_PARTITION, 1);
    DAMAGE(P->entry = DATA_IPA, ENTRY, TBL_PARTITION, 1);
    DAMAGE(P->entry = CODE_IPA + 0x2000, ENTRY, TBL_PARTITION, 1);
    HARMLESS(P->entry = CODE_IPA + 0x1ffc);
    DAMAGE(P->argument = 8, ENTRY, TBL_PARTITION, 1);
    HARMLESS(P->argument = 0);
    DAMAGE(made.partitions[DISPLAY].argument = DEVICE_IPA, ENTRY, TBL_PARTITION, 2);
    DAMAGE(P->first_vcpu = 0, GROUP, TBL_PARTITION, 1);
    DAMAGE(P->vcpu_count = 4, GROUP, TBL_PARTITION, 1);
    DAMAGE(P->vcpu_count = UINT32_MAX, GROUP, TBL_PARTITION, 1);
    DAMAGE(made.partitions[DISPLAY].vcpu_count = 0, GROUP, TBL_PARTITION, 2);
    DAMAGE(made.partitions[SENSOR].memory_count = 0, GROUP, TBL_PARTITION, 0);
    DAMAGE(P->first_memory++, GROUP, TBL_PARTITION, 1);
    DAMAGE(made.partitions[DISPLAY].memory_count = 11, GROUP, TBL_PARTITION, 3); // none left
    DAMAGE(P->interrupt_count--, GROUP, TBL_PARTITION, 2);
    DAMAGE((P->interrupt_count--, made.partitions[DISPLAY].first_interrupt--), GROUP, TBL_PARTITION,
           3);
    DAMAGE(P->doorbell_count = 0, GROUP, TBL_PARTITION, 2);
    DAMAGE((P->doorbell_count = 0, made.partitions[DISPLAY].first_doorbell = 1), GROUP,
           TBL_PARTITION, 3);
    DAMAGE(P->port_count++, GROUP, TBL_PARTITION, 2);
    DAMAGE(made.partitions[DISPLAY].port_count--, GROUP, TBL_PARTITION, 3);
    DAMAGE(made.partitions[DISPLAY].image_count--, GROUP, TBL_PARTITION, 3);
    DAMAGE(made.partitions[DISPLAY].image_count++, GROUP, TBL_PARTITION, 2);
#undef P
}

static void vcpu_and_interrupt_faults(void **state)
{
    (void)state;
    DAMAGE(made.vcpus[2].partition = 0, INDEX, TBL_VCPU, 2);
    DAMAGE(made.vcpus[2].index = 0, INDEX, TBL_VCPU, 2);
    DAMAGE(made.vcpus[2].core = 2, INDEX, TBL_VCPU, 2);
    DAMAGE(made.vcpus[2].reserved = 1, RESERVED, TBL_VCPU, 2);
    DAMAGE(made.vcpus[2].core = 0, SAME_CORE, TBL_VCPU, 2);
    DAMAGE(made.vcpus[2].first_mask = 1, GROUP, TBL_VCPU, 2);
    DAMAGE(made.vcpus[2].mask_count = 0, GROUP, TBL_VCPU, 3);
    DAMAGE((made.vcpus[2].mask_count = 0, made.vcpus[3].first_mask = 2), GROUP, TBL_VCPU, 4);
    DAMAGE(made.interrupts[1].partition = 0, INDEX, TBL_INTERRUPT, 1);
    DAMAGE(made.interrupts[1].vcpu = 2, INDEX, TBL_INTERRUPT, 1);
    DAMAGE(made.interrupts[1].flags = 2, FLAGS, TBL_INTERRUPT, 1);
    DAMAGE(made.interrupts[0].intid = 31, INTERRUPT, TBL_INTERRUPT, 0);
    DAMAGE(made.interrupts[2].intid = 1020, INTERRUPT, TBL_INTERRUPT, 2);
    DAMAGE(made.interrupts[1].intid = 40, INTERRUPT, TBL_INTERRUPT, 1);
    DAMAGE(made.interrupts[5].flags = TBL_IRQ_EDGE, DUPLICATE, TBL_INTERRUPT, 5);
    DAMAGE(made.interrupts[5].flags = TBL_IRQ_EDGE << 2, FLAGS, TBL_INTERRUPT, 5);
    DAMAGE(made.interrupts[4].intid = 90, INTERRUPT, TBL_INTERRUPT, 4);
    HARMLESS(made.interrupts[4].intid = 1019);
    DAMAGE(made.interrupts[5].flags |= TBL_IRQ_SHUTDOWN, DUPLICATE, TBL_INTERRUPT, 6);
    DAMAGE(made.interrupts[6].flags = TBL_IRQ_SHUTDOWN, FLAGS, TBL_INTERRUPT, 6);
    DAMAGE(made.interrupts[6].flags = TBL_IRQ_SHUTDOWN | TBL_IRQ_SOFT, FLAGS, TBL_INTERRUPT, 6);
    DAMAGE(made.interrupts[6].flags = TBL_IRQ_EDGE | TBL_IRQ_SOFT, RING, TBL_RING, 3);
    DAMAGE(made.rings[1].interrupt = 6, RING, TBL_RING, 1);
    DAMAGE(made.interrupts[6].flags = TBL_IRQ_SOFT | TBL_IRQ_PL011, PL011, TBL_INTERRUPT, 6);
    HARMLESS(made_pl011(&made, false));
    DAMAGE((made_pl011(&made, false), made.memory[9].address = TBL_PL011_ADDRESS), PL011,
           TBL_INTERRUPT, 5);
    HARMLESS(made_pl011(&made, true));
    DAMAGE((made_pl011(&made, true), made.module->input = 31), INTERRUPT, TBL_MODULE, 0);
    HARMLESS((made_pl011(&made, true), made.module->input = 32, made.masks[3].bits = 1));
    HARMLESS((made_pl011(&made, true), made.module->input = 1019,
              made.masks[3] = (struct tbl_irq_mask){31, 1u << 27}));
    DAMAGE((made_pl011(&made, true), made.module->input = 1020), INTERRUPT, TBL_MODULE, 0);
    DAMAGE((made_pl011(&made, true), made.module->input = 0), FLAGS, TBL_INTERRUPT, 5);
    DAMAGE((made_pl011(&made, true), made.module->input = 40), DUPLICATE, TBL_INTERRUPT, 5);
    DAMAGE((made_pl011(&made, true), made.interrupts[6].flags = made.interrupts[5].flags), PL011,
           TBL_INTERRUPT, 6);
    DAMAGE((made_pl011(&made, true), made.interrupts[5].flags &= ~TBL_IRQ_SOFT), FLAGS,
           TBL_INTERRUPT, 5);
    DAMAGE((made_pl011(&made, true), made.interrupts[5].flags &= ~TBL_IRQ_PL011), FLAGS,
           TBL_INTERRUPT, 5);
    DAMAGE((made_pl011(&made, true), made.interrupts[5].flags &= ~TBL_IRQ_INPUT), INTERRUPT,
           TBL_MODULE, 0);
    DAMAGE((made_pl011(&made, true), made.masks[3].bits = 1u << 1), IRQ_MASK, TBL_IRQ_MASK, 3);
    DAMAGE(made.interrupts[6].flags = TBL_IRQ_PL011, FLAGS, TBL_INTERRUPT, 6);
    DAMAGE(made.interrupts[6].flags = TBL_IRQ_SOFT, FLAGS, TBL_INTERRUPT, 6);
    DAMAGE(made.interrupts[6].flags |= TBL_IRQ_PL011, FLAGS, TBL_INTERRUPT, 6);
    DAMAGE(made.interrupts[4].flags = 0, IRQ_MASK, TBL_IRQ_MASK, 1);
    DAMAGE(made.interrupts[2].flags = TBL_IRQ_EDGE | TBL_IRQ_SOFT, IRQ_MASK, TBL_IRQ_MASK, 1);
    HARMLESS((made.interrupts[2].intid = 89, made.masks[1] = (struct tbl_irq_mask){2, 1u << 25}));
    DAMAGE(made.masks[0].bits |= 1, IRQ_MASK, TBL_IRQ_MASK, 0);
    DAMAGE(made.masks[1].bits = 0, IRQ_MASK, TBL_IRQ_MASK, 1);
    DAMAGE(made.masks[1].word = 3, IRQ_MASK, TBL_IRQ_MASK, 1);
    DAMAGE(made.masks[1] = made.masks[0], IRQ_MASK, TBL_IRQ_MASK, 1);
    DAMAGE(
        (made.vcpus[1].mask_count = 1, made.vcpus[2].first_mask = 1, made.vcpus[2].mask_count = 2),
        IRQ_MASK, TBL_VCPU, 1);
    DAMAGE(made.interrupts[1].vcpu = 0, IRQ_MASK, TBL_IRQ_MASK, 0);
}

static void memory_faults(void **state)
{
    (void)state;
#define M(n) (&made.memory[n])
    DAMAGE(M(4)->partition = 0, INDEX, TBL_MEMORY, 4);
    DAMAGE(M(9)->partition = TBL_NONE, INDEX, TBL_MEMORY, 9);
    DAMAGE(M(4)->attributes = 0, ATTRIBUTES, TBL_MEMORY, 4);
    DAMAGE(M(4)->attributes |= 1u << 8, ATTRIBUTES, TBL_MEMORY, 4);
    DAMAGE(M(4)->attributes |= TBL_MEM_EXECUTE, ATTRIBUTES, TBL_MEMORY, 4);
    HARMLESS((made.partitions[M(4)->partition].flags |= TBL_PARTITION_LOADS,
              M(4)->attributes |= TBL_MEM_EXECUTE));
    DAMAGE(M(9)->attributes |= TBL_MEM_UNCACHED, ATTRIBUTES, TBL_MEMORY, 9);
    DAMAGE(M(9)->attributes = TBL_MEM_READ | TBL_MEM_EXECUTE | TBL_MEM_DEVICE, ATTRIBUTES,
           TBL_MEMORY, 9);
    DAMAGE(M(9)->attributes |= TBL_MEM_KEEP, ATTRIBUTES, TBL_MEMORY, 9);
    DAMAGE(M(9)->attributes |= TBL_MEM_GUARD, ATTRIBUTES, TBL_MEMORY, 9);
    DAMAGE(M(0)->attributes |= TBL_MEM_SHARED, ATTRIBUTES, TBL_MEMORY, 0);
    DAMAGE(M(11)->attributes |= TBL_MEM_KEEP, ATTRIBUTES, TBL_MEMORY, 11);
    DAMAGE(M(11)->attributes |= TBL_MEM_GUARD, ATTRIBUTES, TBL_MEMORY, 11);
    HARMLESS(M(4)->attributes |= TBL_MEM_UNCACHED);
    HARMLESS(M(4)->attributes |= TBL_MEM_GUARD);
    DAMAGE(M(4)->size = 0, RANGE, TBL_MEMORY, 4);
    DAMAGE(M(4)->size += 8, RANGE, TBL_MEMORY, 4);
    DAMAGE(M(4)->address += 8, RANGE, TBL_MEMORY, 4);
    DAMAGE(M(4)->phys += 8, RANGE, TBL_MEMORY, 4);
    DAMAGE(M(4)->size = 0 - 0x1000ull, RANGE, TBL_MEMORY, 4);
    DAMAGE(M(4)->address = (1ull << HV_IPA_BITS) - 0x3000, RANGE, TBL_MEMORY, 4);
    HARMLESS(
        (M(4)->address = (1ull << HV_IPA_BITS) - 0x4000, made.partitions[CONTROL].argument = 0));
    DAMAGE(M(4)->phys = FAKE_RAM_END - 0x3000, RANGE, TBL_MEMORY, 4);
    HARMLESS(M(4)->phys = FAKE_RAM_END - 0x4000);
    DAMAGE(M(4)->phys = 0x1000, RANGE, TBL_MEMORY, 4);
    DAMAGE(M(9)->phys = FAKE_RAM_END - 0x1000, RANGE, TBL_MEMORY, 9);
    DAMAGE(M(9)->phys = 1ull << 48, RANGE, TBL_MEMORY, 9);
    DAMAGE(M(13)->address += 0x100000, RANGE, TBL_MEMORY, 13); // not one to one
    DAMAGE(M(4)->address = CODE_IPA + 0x1000, OVERLAP, TBL_MEMORY, 4);
    DAMAGE(M(4)->phys = made.memory[0].phys + 0x1000, OVERLAP, TBL_MEMORY, 4);
    DAMAGE(M(4)->phys = made.memory[5].phys, OVERLAP, TBL_MEMORY, 5);
    DAMAGE(M(8)->attributes = TBL_MEM_READ, OVERLAP, TBL_MEMORY, 8);
    DAMAGE(M(8)->attributes |= TBL_MEM_UNCACHED, OVERLAP, TBL_MEMORY, 8);
    DAMAGE(M(8)->size *= 2, OVERLAP, TBL_MEMORY, 8);
    DAMAGE(M(9)->phys = 0x08000000, OVERLAP, TBL_MEMORY, 15); // the interrupt controller
    DAMAGE(M(9)->phys = 0x080ff000, OVERLAP, TBL_MEMORY, 15);
    DAMAGE(M(4)->phys = FAKE_RUNTIME_START + 0x4000, OVERLAP, TBL_MEMORY, 10);
    DAMAGE(M(4)->phys = made.header->state, OVERLAP, TBL_MEMORY, 13);
    // A hole in the runtime's own mapping (a guard page) is no place for a guest either.
    DAMAGE((M(4)->phys = FAKE_RUNTIME_START + 0x8000, M(4)->size = 0x1000), OVERLAP, TBL_MEMORY, 4);
    DAMAGE(M(12)->attributes |= TBL_MEM_WRITE, HYPERVISOR, TBL_MEMORY, 12);
    DAMAGE(M(13)->attributes = TBL_MEM_READ, HYPERVISOR, TBL_MEMORY, 13);
    DAMAGE(M(14)->attributes |= TBL_MEM_WRITE, HYPERVISOR, TBL_MEMORY, 14);
    DAMAGE(M(14)->attributes |= TBL_MEM_EXECUTE, HYPERVISOR, TBL_MEMORY, 14);
    DAMAGE(M(14)->size -= 0x1000, HYPERVISOR, HEADER, 3);
    DAMAGE(M(15)->size = 0xff000, HYPERVISOR, HEADER, 6); // the last page of the second device
    DAMAGE((M(15)->address += 0x1000, M(15)->phys += 0x1000), HYPERVISOR, HEADER, 5);
    DAMAGE(M(15)->attributes &= ~(uint32_t)TBL_MEM_WRITE, HYPERVISOR, HEADER, 5);
    HARMLESS(M(15)->size += 0x1000);
    DAMAGE(M(16)->attributes &= ~(uint32_t)TBL_MEM_UNCACHED, HYPERVISOR, TBL_MEMORY, 16);
    DAMAGE(M(16)->attributes &= ~(uint32_t)TBL_MEM_WRITE, HYPERVISOR, TBL_MEMORY, 16);
    DAMAGE(M(16)->attributes = TBL_MEM_READ | TBL_MEM_EXECUTE | TBL_MEM_UNCACHED, HYPERVISOR,
           TBL_MEMORY, 16);
    DAMAGE(M(13)->attributes |= TBL_MEM_UNCACHED, HYPERVISOR, TBL_MEMORY, 13);
    DAMAGE(M(16)->address = M(16)->phys = 0x40900000, HYPERVISOR, TBL_MEMORY, 16);
    DAMAGE(M(4)->phys = made.module->log, OVERLAP, TBL_MEMORY, 16); // no guest sees it
    DAMAGE(M(14)->size += 0x1000, HYPERVISOR, TBL_MEMORY, 14);
    DAMAGE(M(14)->address = M(14)->phys = 0x40900000, HYPERVISOR, TBL_MEMORY, 14);
#undef M
}

static void image_faults(void **state)
{
    (void)state;
    DAMAGE(made.images[1].memory = 3, INDEX, TBL_IMAGE, 1);
    DAMAGE(made.images[3].memory = 2, INDEX, TBL_IMAGE, 3);
    DAMAGE(made.images[1].reserved = 1, RESERVED, TBL_IMAGE, 1);
    DAMAGE(made.images[1].mem_size = 0xff, IMAGE, TBL_IMAGE, 1);
    DAMAGE(made.images[1].file_size = made.images[1].mem_size = 0, IMAGE, TBL_IMAGE, 1);
    DAMAGE(made.images[1].mem_size = 0x4001, IMAGE, TBL_IMAGE, 1);
    HARMLESS(made.images[1].mem_size = 0x4000);
    DAMAGE(made.images[1].target--, IMAGE, TBL_IMAGE, 1);
    DAMAGE(made.images[1].source = made.header->payload - 1, IMAGE, TBL_IMAGE, 1);
    DAMAGE(made.images[1].source = made.header->payload + made.header->payload_size - 0xff, IMAGE,
           TBL_IMAGE, 1);
    HARMLESS(made.images[1].source = made.header->payload + made.header->payload_size - 0x100);
    DAMAGE(made.images[1].source = UINT64_MAX, IMAGE, TBL_IMAGE, 1);
    // In place: all of a partition's, or none.
    DAMAGE(made.images[1].source = made.images[1].target, IMAGE, TBL_IMAGE, 1);
    DAMAGE(made.images[0].source = made.images[0].target, IMAGE, TBL_IMAGE, 1);
    HARMLESS((made.images[0].source = made.images[0].target,
              made.images[1].source = made.images[1].target,
              made.images[2].source = made.images[2].target));
    DAMAGE(made.images[4].memory = 9, IMAGE, TBL_IMAGE, 4);
    DAMAGE((made.images[4].memory = 8, made.images[4].target = made.memory[8].phys,
            made.images[4].file_size = made.images[4].mem_size = 0x100),
           IMAGE, TBL_IMAGE, 4); // others keep theirs there
    DAMAGE((made.images[1].memory = 0, made.images[1].target = made.memory[0].phys + 0x1233,
            made.images[1].mem_size = 0x100),
           OVERLAP, TBL_IMAGE, 1);
    HARMLESS((made.images[1].memory = 0, made.images[1].target = made.memory[0].phys + 0x1234,
              made.images[1].mem_size = 0x100));
}

static void schedule_faults(void **state)
{
    (void)state;
    DAMAGE(made.schedules->name[0] = 0, NAME, TBL_SCHEDULE, 0);
    DAMAGE(memcpy(made.schedules[1].name, "normal\0\0", 9), DUPLICATE, TBL_SCHEDULE, 1);
    DAMAGE(made.schedules[1].id = NORMAL_ID, DUPLICATE, TBL_SCHEDULE, 1);
    HARMLESS(made.schedules[1].id = 0);
    DAMAGE(made.schedules[1].reserved = 1, RESERVED, TBL_SCHEDULE, 1);
    DAMAGE(made.duties[4].duration_ns = made.duties[4].period_ns + 1, TIMING, TBL_DUTY, 4);
    HARMLESS(made.duties[4].duration_ns = made.duties[4].period_ns);
    DAMAGE(made.duties[4].on_change = TBL_ACTION_HALT, CHANGE, TBL_DUTY, 4);
    DAMAGE(made.duties[4].on_change = TBL_ACTIONS, CHANGE, TBL_DUTY, 4);
    HARMLESS(made.duties[4].on_change = TBL_ACTION_WARM_START);
    DAMAGE(made.duties[4].reserved = 1, RESERVED, TBL_DUTY, 4);
    DAMAGE(made.schedules->frame = 0, TIMING, TBL_SCHEDULE, 0);
    DAMAGE(made.schedules->frame_ns++, TIMING, TBL_SCHEDULE, 0);
    DAMAGE(made.schedules->frame = UINT64_MAX / 8, TIMING, TBL_SCHEDULE, 0);
    DAMAGE((made.schedules->frame = 1ull << 59, made.schedules->frame_ns = 1ull << 63), TIMING,
           TBL_SCHEDULE, 0);
    DAMAGE(made.frames[0].window_count = 0, GROUP, TBL_FRAME, 0);
    DAMAGE(made.frames[1].first_window = 2, GROUP, TBL_FRAME, 1);
    DAMAGE(made.frames[1].window_count = 3, WINDOW, TBL_WINDOW, 5);
    DAMAGE(made.frames[3].window_count = 2, GROUP, TBL_FRAME, 3);
    DAMAGE((made.frames[1].window_count = 1, made.windows[3].end = made.schedules->frame), GROUP,
           TBL_FRAME, 2);
    DAMAGE(made.windows[0].start = 1, WINDOW, TBL_WINDOW, 0);
    DAMAGE(made.windows[1].start++, WINDOW, TBL_WINDOW, 1);
    DAMAGE(made.windows[1].start--, WINDOW, TBL_WINDOW, 1);
    DAMAGE(made.windows[1].end = made.windows[1].start, WINDOW, TBL_WINDOW, 1);
    DAMAGE(made.windows[2].end++, WINDOW, TBL_WINDOW, 2);
    DAMAGE(made.windows[2].end--, WINDOW, TBL_WINDOW, 2);
    DAMAGE(made.windows[3].flags = TBL_WINDOW_FLUSH, FLAGS, TBL_WINDOW, 3); // without a pad
    HARMLESS((made.windows[3].flags = TBL_WINDOW_FLUSH, made.windows[3].pad = 1));
    DAMAGE(made.windows[3].flags = 4, FLAGS, TBL_WINDOW, 3);
    DAMAGE(made.windows[3].pad = 3 * TICKS_PER_MS, WINDOW, TBL_WINDOW, 3); // all of it
    HARMLESS(made.windows[3].pad = 3 * TICKS_PER_MS - 1);
    DAMAGE(made.windows[2].pad = 1, WINDOW, TBL_WINDOW, 2); // of a gap
    DAMAGE(made.windows[3].reserved = 1, RESERVED, TBL_WINDOW, 3);
    DAMAGE(made.windows[2].flags = TBL_WINDOW_PERIOD_START, FLAGS, TBL_WINDOW, 2);
    DAMAGE(made.windows[3].vcpu = 4, INDEX, TBL_WINDOW, 3);
    DAMAGE(made.windows[3].vcpu = 1, WINDOW_CORE, TBL_WINDOW, 3);
    DAMAGE(made.receivers[0].vcpu = 4, INDEX, TBL_RECEIVER, 0);
    DAMAGE(made.receivers[2].reserved = 1, RESERVED, TBL_RECEIVER, 2);
    DAMAGE(made.receivers[0].vcpu = 2, WINDOW_CORE, TBL_WINDOW, 6); // lives on another core
    DAMAGE(made.receivers[1].vcpu = 1, WINDOW_CORE, TBL_WINDOW, 5); // the owner
    DAMAGE(made.windows[5].receiver_count = 3, INDEX, TBL_WINDOW, 5);
    DAMAGE(made.windows[5].first_receiver = TBL_NONE, INDEX, TBL_WINDOW, 5);
    DAMAGE(made.windows[5].receiver_count = 0, INDEX, TBL_WINDOW, 5);
    DAMAGE(made.windows[2].receiver_count = 1, WINDOW_CORE, TBL_WINDOW, 2); // of a gap
}

static void port_faults(void **state)
{
    (void)state;
    DAMAGE(made.ports[2].partition = 0, INDEX, TBL_PORT, 2);
    DAMAGE(made.ports[2].name[30] = 'x', NAME, TBL_PORT, 2);
    DAMAGE(memcpy(made.ports[2].name, "air\0\0\0", 6), DUPLICATE, TBL_PORT, 2);
    DAMAGE(memcpy(made.ports[2].name, "ai\0\0\0\0", 6), DUPLICATE, TBL_PORT, 2); // below "air"
    DAMAGE(made.ports[2].channel = 2, INDEX, TBL_PORT, 2);
    DAMAGE(made.ports[2].type = 2, PORT, TBL_PORT, 2);
    DAMAGE(made.ports[2].direction = 2, PORT, TBL_PORT, 2);
    DAMAGE(made.ports[3].max_message = 0, PORT, TBL_PORT, 3);
    DAMAGE(made.ports[3].max_message = HV_MAX_MESSAGE + 1, PORT, TBL_PORT, 3);
    HARMLESS(made.ports[3].max_message = HV_MAX_MESSAGE);
    DAMAGE(made.ports[3].depth = 1, PORT, TBL_PORT, 3);
    DAMAGE(made.ports[2].depth = 0, PORT, TBL_PORT, 2);
    DAMAGE(made.ports[2].depth = HV_MAX_DEPTH + 1, PORT, TBL_PORT, 2);
    DAMAGE(made.ports[2].refresh_ns = 1, PORT, TBL_PORT, 2);
    DAMAGE(made.ports[0].refresh_ticks = 1, PORT, TBL_PORT, 0);
    DAMAGE(made.ports[4].refresh_ticks = 63, PORT, TBL_PORT, 4);
    DAMAGE(made.ports[4].refresh_ns = 1008, PORT, TBL_PORT, 4);
    HARMLESS(made.ports[4].refresh_ns = 1007);
    DAMAGE(made.ports[4].refresh_ns = UINT64_MAX, PORT, TBL_PORT, 4);
    HARMLESS(
        (made.ports[4].refresh_ns = UINT64_MAX, made.ports[4].refresh_ticks = UINT64_MAX / 16));
    DAMAGE(made.ports[0].max_message = 63, CHANNEL, TBL_CHANNEL, 0);
    DAMAGE(made.ports[2].depth = 5, CHANNEL, TBL_CHANNEL, 1);
    DAMAGE(made.ports[5].channel = TBL_NONE, CHANNEL, TBL_CHANNEL, 1);
    DAMAGE(made.ports[2].channel = TBL_NONE, CHANNEL, TBL_CHANNEL, 1);
    DAMAGE((made.ports[2].channel = 0, made.ports[2].type = 0, made.ports[2].depth = 0,
            made.ports[2].max_message = 64),
           CHANNEL, TBL_CHANNEL, 0); // a second source
    DAMAGE(made.channels[0].source = 1, CHANNEL, TBL_CHANNEL, 0);
    DAMAGE(made.channels[0].destinations = 3, CHANNEL, TBL_CHANNEL, 0);
    DAMAGE(made.channels[1].type = 2, CHANNEL, TBL_CHANNEL, 1);
    DAMAGE(made.channels[1].max_message = HV_MAX_MESSAGE + 1, CHANNEL, TBL_CHANNEL, 1);
    DAMAGE(made.channels[1].depth = 0, CHANNEL, TBL_CHANNEL, 1);
    DAMAGE(made.channels[1].slot_size = 128, POOL, TBL_CHANNEL, 1);
    DAMAGE(made.channels[1].pool_size++, POOL, TBL_CHANNEL, 1);
    DAMAGE(made.channels[1].pool += 32, STATE, TBL_CHANNEL, 1);
    DAMAGE(made.channels[1].pool = made.channels[0].pool, STATE, TBL_CHANNEL, 1);
    DAMAGE(made.channels[1].pool = made.header->state + made.header->state_size, STATE, TBL_CHANNEL,
           1);
    DAMAGE(made.channels[0].pool = made.module->copy_tables, STATE, TBL_CHANNEL, 0);
    DAMAGE(made.channels[0].pool = made.module->window_stats, STATE, TBL_CHANNEL, 0);
    DAMAGE((made.channels[1].depth = made.ports[2].depth = made.ports[5].depth = 65536,
            made.channels[1].pool_size = 192 + 65536 * 64),
           PORT, TBL_PORT, 2);
}

// Which action each event may have, where: written down here a second time, by hand.
static bool may_follow(bool in_module, uint32_t event, uint32_t action)
{
    if (action == TBL_ACTION_IGNORE)
        return in_module || (event != HV_EVENT_INTEGRITY && event != HV_EVENT_RESTART_LIMIT);
    if (in_module)
        return action >= TBL_ACTION_SHUTDOWN &&
               (event == HV_EVENT_HARDWARE_FAULT || event == HV_EVENT_WINDOW_LATE ||
                event == HV_EVENT_UNEXPECTED_INTERRUPT || event == HV_EVENT_SYSTEM_ERROR);
    if (event == HV_EVENT_INTEGRITY)
        return action == TBL_ACTION_HALT;
    if (event == HV_EVENT_RESTART_LIMIT)
        return action == TBL_ACTION_HALT || action == TBL_ACTION_SUSPEND ||
               action == TBL_ACTION_SWITCH_SCHEDULE;
    if (event == HV_EVENT_WATCHDOG || event == HV_EVENT_BUDGET || event == HV_EVENT_INITIALISATION)
        return action < TBL_ACTION_SHUTDOWN;
    return action < TBL_ACTION_SHUTDOWN && event >= HV_EVENT_MEMORY_VIOLATION &&
           (event <= HV_EVENT_APPLICATION_ERROR || event >= HV_EVENT_NUMERIC_ERROR);
}

static void every_event_with_every_action(void **state)
{
    for (uint32_t i = 0; i < 4 * HV_EVENT_COUNT; i++)
        for (uint32_t action = 0; action < TBL_ACTIONS; action++) {
            bool switches = action == TBL_ACTION_SWITCH_SCHEDULE;
            struct tables_fault fault;

            machine_setup(state);
            made.health[i].action = action;
            made.health[i].schedule = switches ? DEGRADED : TBL_NONE;
            seal_tables(made.bytes, made.size);
            fault = check();
            if (may_follow(i / HV_EVENT_COUNT == 3, i % HV_EVENT_COUNT, action)) {
                if (fault.code)
                    fail_msg("row %u, action %u: refused with %u", i, action, fault.code);
            } else if (fault.code != TABLES_HEALTH || fault.section != TBL_HEALTH ||
                       fault.index != i) {
                fail_msg("row %u, action %u: %u", i, action, fault.code);
            }
        }
}

static void every_event_with_every_level(void **state)
{
    for (uint32_t i = 0; i < 4 * HV_EVENT_COUNT; i++)
        for (uint32_t level = 0; level < 4; level++) {
            uint32_t event = i % HV_EVENT_COUNT, code;
            bool of_module = i / HV_EVENT_COUNT == 3;
            bool process =
                (event >= HV_EVENT_MEMORY_VIOLATION && event <= HV_EVENT_HARDWARE_FAULT) ||
                event == HV_EVENT_APPLICATION_ERROR || event >= HV_EVENT_NUMERIC_ERROR;
            bool good =
                of_module ? level == TBL_LEVEL_MODULE
                          : level == TBL_LEVEL_PARTITION || (level == TBL_LEVEL_PROCESS && process);

            machine_setup(state);
            made.health[i].level = level;
            seal_tables(made.bytes, made.size);
            code = check().code;
            if (code != (good ? 0 : TABLES_HEALTH))
                fail_msg("row %u, level %u: %u", i, level, code);
        }
}

static void health_faults(void **state)
{
    const uint32_t of_module = 3 * HV_EVENT_COUNT + HV_EVENT_WINDOW_LATE;

    (void)state;
    DAMAGE(made.health[3].level = TBL_LEVEL_MODULE, HEALTH, TBL_HEALTH, 3);
    DAMAGE(made.health[3].level = 3, HEALTH, TBL_HEALTH, 3);
    DAMAGE(made.health[of_module].level = TBL_LEVEL_PARTITION, HEALTH, TBL_HEALTH, of_module);
    DAMAGE(made.health[3].action = TBL_ACTIONS, HEALTH, TBL_HEALTH, 3);
    DAMAGE(made.health[3].action = UINT32_MAX, HEALTH, TBL_HEALTH, 3);
    DAMAGE(made.health[3].flags = 2, HEALTH, TBL_HEALTH, 3);
    DAMAGE(made.health[3].schedule = 0, INDEX, TBL_HEALTH, 3);
    DAMAGE((made.health[3].action = TBL_ACTION_SWITCH_SCHEDULE, made.health[3].schedule = 2), INDEX,
           TBL_HEALTH, 3);
    DAMAGE(made.health[3].action = TBL_ACTION_SWITCH_SCHEDULE, INDEX, TBL_HEALTH, 3);
    DAMAGE(made.partitions[1].restart_within = 1, HEALTH, TBL_PARTITION, 1);
    HARMLESS((made.partitions[1].restart_limit = 1, made.partitions[1].restart_within = 1));
}

static void stolen_time_faults(void **state)
{
#define STOLEN(statement)                                                                          \
    DAMAGE((machine_stolen_time(), statement), STOLEN_TIME, TBL_PARTITION, CONTROL)
    (void)state;
    HARMLESS(machine_stolen_time());
    STOLEN(made.memory[5].attributes |= TBL_MEM_WRITE);
    STOLEN(made.memory[5].attributes |= TBL_MEM_EXECUTE);
    STOLEN(made.memory[5].attributes |= TBL_MEM_UNCACHED);
    STOLEN(made.memory[5].attributes |= TBL_MEM_SHARED);
    STOLEN(made.memory[5].attributes |= TBL_MEM_KEEP);
    STOLEN(made.memory[5].address += HV_PAGE_SIZE);
    DAMAGE(made.partitions[SENSOR].flags |= TBL_PARTITION_STOLEN_TIME, STOLEN_TIME, TBL_PARTITION,
           SENSOR);
#undef STOLEN
}

// One vcpu alone, and nothing is stolen from it.
static void frozen_time_faults(void **state)
{
    (void)state;
    HARMLESS(made.partitions[SENSOR].flags |= TBL_PARTITION_FROZEN_TIME);
    DAMAGE(made.partitions[CONTROL].flags |= TBL_PARTITION_FROZEN_TIME, FLAGS, TBL_PARTITION,
           CONTROL);
    DAMAGE(made.partitions[SENSOR].flags |= TBL_PARTITION_FROZEN_TIME | TBL_PARTITION_STOLEN_TIME,
           FLAGS, TBL_PARTITION, SENSOR);
}

static void doorbell_faults(void **state)
{
    (void)state;
    DAMAGE(made.doorbells[1].partition = SENSOR, INDEX, TBL_DOORBELL, 1);
    DAMAGE(made.doorbells[1].reserved = 1, RESERVED, TBL_DOORBELL, 1);
    DAMAGE(made.doorbells[1].name[0] = 0, NAME, TBL_DOORBELL, 1);
    DAMAGE(made.doorbells[0].ring_count = 0, GROUP, TBL_DOORBELL, 0);
    DAMAGE(made.doorbells[1].first_ring = 0, GROUP, TBL_DOORBELL, 1);
    DAMAGE(made.doorbells[1].ring_count = 3, GROUP, TBL_DOORBELL, 1);
    DAMAGE(made.doorbells[1].ring_count = 1, GROUP, TBL_DOORBELL, 2);
    // Two of one partition stand in the order of their names.
    DAMAGE((made.partitions[SENSOR].doorbell_count = 2, made.partitions[CONTROL].first_doorbell = 2,
            made.partitions[CONTROL].doorbell_count = 0, made.doorbells[1].partition = SENSOR,
            memcpy(made.doorbells[1].name, "done", 4)),
           DUPLICATE, TBL_DOORBELL, 1);
    DAMAGE((made.partitions[SENSOR].doorbell_count = 2, made.partitions[CONTROL].first_doorbell = 2,
            made.partitions[CONTROL].doorbell_count = 0, made.doorbells[1].partition = SENSOR,
            memcpy(made.doorbells[1].name, "back", 4)),
           DUPLICATE, TBL_DOORBELL, 1);
    HARMLESS((made.partitions[SENSOR].doorbell_count = 2,
              made.partitions[CONTROL].first_doorbell = 2,
              made.partitions[CONTROL].doorbell_count = 0, made.doorbells[1].partition = SENSOR));
    DAMAGE(made.rings[1].interrupt = 7, INDEX, TBL_RING, 1);
    DAMAGE(made.rings[1].reserved = 1, RESERVED, TBL_RING, 1);
    DAMAGE(made.rings[1].interrupt = 2, RING, TBL_RING, 1);
    DAMAGE(made.rings[1].gap = 1ull << 63, RING, TBL_RING, 1);
    HARMLESS(made.rings[1].gap = (1ull << 63) - 1);
    DAMAGE(made.rings[1].interrupt = 4, DUPLICATE, TBL_RING, 1);
    DAMAGE((made.doorbells[1].ring_count = 1, made.header->directory[TBL_RING].count = 2,
            memset(&made.rings[2], 0, 16)),
           RING, TBL_RING, 2);
}

static void translation_faults(void **state)
{
    (void)state;
    DAMAGE((fake.translation_wrong = true, fake.translation_index = 2), STAGE2, TBL_MEMORY, 2);
    DAMAGE((fake.translation_wrong = true, fake.translation_index = 3), STAGE2, TBL_PARTITION, 0);
    DAMAGE((fake.translation_wrong = fake.translation_el2 = true, fake.translation_index = 5),
           STAGE1, TBL_MEMORY, 15);
    DAMAGE((fake.translation_wrong = fake.translation_el2 = true, fake.translation_index = 7),
           STAGE1, TBL_MODULE, 0);
}

static void every_code_was_raised(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < TABLES_CODE_COUNT; i++)
        if (!seen[i] && i != TABLES_DIGEST && i != TABLES_CORE_START) // raised in runtime_boot.c
            fail_msg("code %u (%s) is never raised", i, tables_code_text(i));
}

// ---- Byte by byte ------------------------------------------------------------------------------

static void no_byte_changes_unnoticed(void **state)
{
    uint64_t translation = made.header->directory[TBL_TRANSLATION].offset;

    (void)state;
    for (uint64_t i = 0; i < made.size; i += i < translation ? 1 : 61) {
        static const uint8_t flips[] = {0x01, 0xff};

        for (size_t n = 0; n < sizeof flips; n++) {
            made.bytes[i] ^= flips[n];
            if (!check().code)
                fail_msg("byte %lu may change", (unsigned long)i);
            made.bytes[i] ^= flips[n];
        }
    }
    assert_int_equal(check().code, TABLES_OK);
}

static void no_length_is_enough_but_the_whole(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < made.size; size += size < 1000 ? 1 : 499)
        assert_int_equal(tables_check(made.bytes, size, &fake.expect).code, TABLES_SIZE);
}

// Fields whose value is free within limits, so that a changed byte can still be valid. Everything
// else is tied to something that the validator compares it with.
static const struct {
    uint32_t section;
    size_t from, size;
} free_fields[] = {
#define FREE(section, record, field)                                                               \
    {                                                                                              \
        section, offsetof(struct record, field), sizeof((struct record *)0)->field                 \
    }
    FREE(TBL_MODULE, tbl_module, name),
    FREE(TBL_MODULE, tbl_module, lateness_bound),
    FREE(TBL_MODULE, tbl_module, copy_va),      // the translation says where it is
    FREE(TBL_MODULE, tbl_module, window_stats), // anywhere free in the state area
    FREE(TBL_MODULE, tbl_module, el2_root),     // the translation walker decides
    FREE(TBL_CORE, tbl_core, mpidr),
    FREE(TBL_PARTITION, tbl_partition, name),
    FREE(TBL_PARTITION, tbl_partition, id),
    FREE(TBL_PARTITION, tbl_partition, flags),
    FREE(TBL_PARTITION, tbl_partition, criticality),
    FREE(TBL_PARTITION, tbl_partition, entry),
    FREE(TBL_PARTITION, tbl_partition, argument),
    FREE(TBL_PARTITION, tbl_partition, stage2_root),
    FREE(TBL_MEMORY, tbl_memory, attributes), // the translation walker decides
    FREE(TBL_MEMORY, tbl_memory, address),
    FREE(TBL_MEMORY, tbl_memory, phys),
    FREE(TBL_MEMORY, tbl_memory, size),
    FREE(TBL_INTERRUPT, tbl_interrupt, flags),
    FREE(TBL_INTERRUPT, tbl_interrupt, intid), // a doorbell's
    FREE(TBL_INTERRUPT, tbl_interrupt, vcpu),
    FREE(TBL_DOORBELL, tbl_doorbell, name),
    FREE(TBL_RING, tbl_ring, gap),
    FREE(TBL_MODULE, tbl_module, initial),
    FREE(TBL_SCHEDULE, tbl_schedule, name),
    FREE(TBL_SCHEDULE, tbl_schedule, id),
    FREE(TBL_DUTY, tbl_duty, period_ns),
    FREE(TBL_DUTY, tbl_duty, duration_ns),
    FREE(TBL_DUTY, tbl_duty, on_change),
    FREE(TBL_WINDOW, tbl_window, vcpu), // another vcpu of that core
    FREE(TBL_WINDOW, tbl_window, flags),
    FREE(TBL_WINDOW, tbl_window, pad),
    FREE(TBL_WINDOW, tbl_window, receiver_count), // none instead of the first
    FREE(TBL_MODULE, tbl_module, log_records),    // within the pages that are mapped
    FREE(TBL_MODULE, tbl_module, log_per_frame),
    FREE(TBL_PORT, tbl_port, name),
    FREE(TBL_PORT, tbl_port, max_message), // of the unconnected port
    FREE(TBL_PORT, tbl_port, direction),
    FREE(TBL_PORT, tbl_port, refresh_ns), // within one tick
    FREE(TBL_CHANNEL, tbl_channel, pool),
    FREE(TBL_PARTITION, tbl_partition, restart_limit),
    FREE(TBL_PARTITION, tbl_partition, initialisation),
    FREE(TBL_HEALTH, tbl_health, action),
    FREE(TBL_HEALTH, tbl_health, flags),
    FREE(TBL_IMAGE, tbl_image, source),
    FREE(TBL_IMAGE, tbl_image, file_size),
    FREE(TBL_IMAGE, tbl_image, target),
    FREE(TBL_IMAGE, tbl_image, mem_size),
    FREE(TBL_IMAGE, tbl_image, sha256), // boot compares it with the payload
};

static bool is_free(uint64_t byte)
{
    if (byte >= offsetof(struct tbl_header, minor) && byte < offsetof(struct tbl_header, arch))
        return true; // a newer minor version
    if (byte >= offsetof(struct tbl_header, config_id) &&
        byte < offsetof(struct tbl_header, payload))
        return true;
    for (size_t i = 0; i < sizeof free_fields / sizeof *free_fields; i++) {
        const struct tbl_section *s = &made.header->directory[free_fields[i].section];
        uint64_t in = byte - s->offset;

        if (byte >= s->offset && in < (uint64_t)s->count * s->entry_size &&
            in % s->entry_size - free_fields[i].from < free_fields[i].size)
            return true;
    }
    return false;
}

static bool is_checksum(uint64_t byte)
{
    uint64_t in = byte - offsetof(struct tbl_header, directory);

    if (byte < sizeof(struct tbl_header) && byte >= offsetof(struct tbl_header, directory))
        return in % sizeof(struct tbl_section) - offsetof(struct tbl_section, crc) < 4;
    return byte - offsetof(struct tbl_header, crc) < 4;
}

// The machine with the tables as they are: boots or refuses, and runs some frames.
static void run_a_while(void)
{
    if (!machine_boot())
        return;
    for (unsigned i = 0; i < 12; i++)
        for (uint32_t core = 0; core < 2; core++) {
            struct vcpu *v = machine_edge(core);

            if (v == cores[core].idle)
                continue;
            CALL(v, HV_WINDOW_STATUS);
            CALL(v, HV_SAMPLING_WRITE, i % 3, DATA_IPA, 64);
            CALL(v, HV_SAMPLING_READ, i % 3, DATA_IPA, 64);
            CALL(v, HV_QUEUING_SEND, i % 3, DATA_IPA, 32);
            CALL(v, HV_QUEUING_RECEIVE, i % 3, DATA_IPA, 32);
            CALL(v, HV_IDLE_SELF);
        }
}

static void with_checksums_made_good_only_free_fields_change(void **state)
{
    static uint8_t whole[MADE_TABLES_MAX];
    uint64_t end = made.header->directory[TBL_TRANSLATION].offset;
    uint32_t accepted = 0;

    (void)state;
    memcpy(whole, made.bytes, made.size);
    for (uint64_t i = 0; i < end; i++) {
        static const uint8_t flips[] = {0x01, 0x10, 0x40, 0xff};

        for (size_t n = 0; n < sizeof flips && !is_checksum(i); n++) {
            made.bytes[i] ^= flips[n];
            seal_tables(made.bytes, made.size);
            if (!check().code) {
                memcpy(made.bytes, whole, made.size);
                if (!is_free(i))
                    fail_msg("byte %lu ^ %02x passes", (unsigned long)i, flips[n]);
                machine_setup(NULL);
                made.bytes[i] ^= flips[n];
                seal_tables(made.bytes, made.size);
                run_a_while();
                accepted++;
            }
            memcpy(made.bytes, whole, made.size);
        }
    }
    assert_true(accepted > 100); // the test really came that far
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_tables_pass),
        cmocka_unit_test(header_faults),
        cmocka_unit_test(directory_faults),
        cmocka_unit_test(footprint_faults),
        cmocka_unit_test(module_faults),
        cmocka_unit_test(partition_faults),
        cmocka_unit_test(vcpu_and_interrupt_faults),
        cmocka_unit_test(memory_faults),
        cmocka_unit_test(image_faults),
        cmocka_unit_test(schedule_faults),
        cmocka_unit_test(port_faults),
        cmocka_unit_test(stolen_time_faults),
        cmocka_unit_test(frozen_time_faults),
        cmocka_unit_test(doorbell_faults),
        cmocka_unit_test(every_event_with_every_action),
        cmocka_unit_test(every_event_with_every_level),
        cmocka_unit_test(health_faults),
        cmocka_unit_test(translation_faults),
        cmocka_unit_test(every_code_was_raised),
        cmocka_unit_test_setup(no_byte_changes_unnoticed, machine_setup),
        cmocka_unit_test_setup(no_length_is_enough_but_the_whole, machine_setup),
        cmocka_unit_test_setup(with_checksums_made_good_only_free_fields_change, machine_setup),
    };

    return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
