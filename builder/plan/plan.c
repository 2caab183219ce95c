// SPDX-License-Identifier: BSD-2-Clause
// Planning: from a checked model to every byte of the container, in one pass of steps.
#include "plan/plan.h"
#include "core/tables_check.h"

#include <string.h>

// The tables hold their own translation pages, and how many those are depends on where everything
// lies. The number is guessed, then raised until it fits: two or three rounds.
enum { LAYOUT_ROUNDS = 8 };

// The runtime begins at the load address and ends with its symbol hv_end, behind stacks and .bss.
static const char *runtime_read(struct arena *a, struct plan *p, const char *path)
{
    const struct board *b = p->model->board;
    const char *why;
    uint64_t start = UINT64_MAX, end = 0;

    p->runtime = elf_load(a, path, &why);
    if (!p->runtime)
        return arena_printf(a, "runtime '%s' %s", path, why);
    EACH(s, &p->runtime->segments) {
        start = s->address < start ? s->address : start;
        end = s->address + s->mem_size > end ? s->address + s->mem_size : end;
        if ((s->attributes & TBL_MEM_WRITE) && (s->attributes & TBL_MEM_EXECUTE))
            return arena_printf(a, "runtime '%s' has a segment that is writable and executable",
                                path);
    }
    if (p->runtime->segments.count > ELF_SEGMENT_LIMIT - CONTAINER_OWN_SEGMENTS)
        return arena_printf(a, "runtime '%s' has %zu segments, too many", path,
                            p->runtime->segments.count);
    uint64_t symbol = elf_symbol_value(p->runtime, "hv_end", end);
    if (start != b->load_address || symbol < end)
        return arena_printf(a, "runtime '%s' occupies %s..%s, board '%s' loads it at %s", path,
                            address_text(a, start), address_text(a, symbol), b->name.text,
                            address_text(a, b->load_address));
    p->runtime_end = round_up(symbol, HV_PAGE_SIZE);
    return NULL;
}

// The copy window takes the highest GiB of EL2's address space in which nothing is mapped.
static uint64_t copy_window(const struct plan *p)
{
    const uint64_t gib = 1ull << 30;
    uint64_t va = (1ull << HV_IPA_BITS) - gib;
    bool taken = true;

    while (taken) {
        taken = false;
        EACH(m, &p->memory) {
            if (m->partition == TBL_NONE && m->address < va + gib && va < m->address + m->size)
                taken = true;
        }
        if (taken)
            va -= gib;
    }
    return va;
}

// What lies in place is a segment of the container each.
static bool parts_fit(struct diags *d, const struct plan *p)
{
    size_t room = ELF_SEGMENT_LIMIT - CONTAINER_OWN_SEGMENTS - p->runtime->segments.count;

    EACH(q, &p->model->partitions) {
        uint32_t count = q->in_place ? p->records.items[q->index].image_count : 0;
        if (count > room) {
            struct diag *f = diag_report(d, RULE_MEM_012, q->in_place_at,
                                         "the container has no place for the %u segments of "
                                         "partition '%s'",
                                         count, q->name.text);
            diag_label(d, f, "they lie in place, %zu more can", room);
            diag_help(d, f, "link it with fewer PT_LOAD segments, or leave 'reload' out");
            return false;
        }
        room -= count;
    }
    return true;
}

// Addresses of everything, then what depends on them. False after a finding.
static bool lay_out(struct arena *a, struct diags *d, struct plan *p, uint64_t payload_size,
                    const char **failure)
{
    uint64_t pages = 0;

    for (int round = 0; round < LAYOUT_ROUNDS; round++) {
        p->tables_address = p->runtime_end;
        p->tables_size = tables_size(p, pages);
        p->state_address = p->tables_address + p->tables_size;
        p->state_size = state_layout(p);
        p->payload_address = p->state_address + p->state_size;
        p->payload_size = payload_size;
        p->log_address = p->payload_address + p->payload_size;
        p->end_address = p->log_address +
                         tbl_log_size((uint32_t)p->model->partitions.count, p->module.log_records);
        if (!place_memory(a, d, p))
            return false;
        memory_records(a, p);
        if (p->memory.count > TABLES_MAX_MEMORY) {
            struct diag *f =
                diag_report(d, RULE_MEM_012, p->model->partitions_at,
                            "the tables hold at most %u memory regions, the partitions have %zu",
                            TABLES_MAX_MEMORY, p->memory.count);
            diag_help(d, f, "make one region of those that lie side by side with the same rights");
            return false;
        }
        if (p->images.count > TABLES_MAX_IMAGES) {
            struct diag *f = diag_report(
                d, RULE_MEM_012, p->model->partitions_at,
                "the tables hold at most %u segments of images, the partitions have %zu",
                TABLES_MAX_IMAGES, p->images.count);
            diag_help(d, f, "link the partitions with fewer PT_LOAD segments");
            return false;
        }
        if (!parts_fit(d, p))
            return false;
        // The final position of the pages is behind all other sections, whose sizes are known now.
        p->tables_size = tables_size(p, pages);
        p->translation_address = p->tables_address + p->tables_size - pages * HV_PAGE_SIZE;
        p->copy_va = copy_window(p);
        if (!translation_build(a, d, p))
            return false;
        bool fits =
            p->translation.count <= pages && p->state_address == p->tables_address + p->tables_size;
        if (fits)
            return true;
        if (p->translation.count > pages)
            pages = p->translation.count;
    }
    *failure = "internal error: the tables' layout does not settle";
    return false;
}

// The same validator that the runtime runs at boot.
static const char *accept(struct arena *a, const struct plan *p)
{
    const struct board *b = p->model->board;
    struct tables_expect expect = {
        .arch = TBL_ARCH_AARCH64,
        .board = (uint16_t)b->id,
        .address = p->tables_address,
        .timer_hz = b->timer_hz,
        .runtime_start = b->load_address,
        .runtime_end = p->runtime_end,
    };

    EACH(bank, &b->ram) {
        if (b->load_address >= bank->start && b->load_address - bank->start < bank->size) {
            expect.ram_start = bank->start;
            expect.ram_end = bank->start + bank->size;
        }
    }
    EACH(device, &b->devices) {
        if (device->reserved && expect.device_count < TABLES_EXPECT_DEVICES) {
            expect.devices[expect.device_count].start = device->start;
            expect.devices[expect.device_count++].size = device->size;
        }
    }
    struct tables_fault fault = tables_check(p->tables, p->tables_size, &expect);
    if (fault.code == TABLES_OK)
        return NULL;
    return arena_printf(a,
                        "internal error: the runtime would refuse these tables: %s (code %u, "
                        "section %s, index %u); please report it with the description",
                        tables_code_text(fault.code), fault.code,
                        table_names[fault.section <= TBL_SECTIONS ? fault.section : TBL_SECTIONS],
                        fault.index);
}

struct plan *plan_system(struct arena *a, struct diags *d, struct model *m,
                         const char *runtime_path, bool images_required)
{
    struct plan *p = arena_alloc(a, sizeof *p);
    size_t errors = diags_count(d, SEVERITY_ERROR);

    p->model = m;
    p->partitions = arena_alloc(a, m->partitions.count * sizeof *p->partitions);
    p->failure = runtime_read(a, p, runtime_path);
    if (p->failure && images_required)
        return p;
    guests_read(a, d, p, images_required);
    timetable_plan(a, d, p);
    ports_plan(a, p);
    config_identity(a, m, p->config_id);
    if (diags_count(d, SEVERITY_ERROR) > errors)
        return NULL;
    if (p->failure || !p->images_complete) {
        // Checking without all files: the places depend on the sizes of what is missing.
        p->skipped = p->failure;
        p->failure = NULL;
        return p;
    }
    partition_records(a, p);
    doorbells_plan(a, p);
    if (!lay_out(a, d, p, payload_layout(a, p), &p->failure))
        return p->failure ? p : NULL;
    payload_fill(a, p);
    p->module.copy_va = p->copy_va;
    p->module.copy_tables = p->copy_tables;
    p->module.window_stats = p->window_stats;
    p->module.trace = p->trace;
    p->module.log = p->log_address;
    tables_write(a, p);
    p->failure = accept(a, p);
    p->complete = !p->failure;
    return p;
}
