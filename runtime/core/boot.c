// SPDX-License-Identifier: BSD-2-Clause
// From reset to the first major frame: check everything, say who we are, copy the partitions'
// images, start the other cores, agree on when time begins.
#include "core.h"
#include "arch.h"

const struct tbl_header *tables;
const struct tbl_module *module;

static struct vcpu idles[HV_MAX_CORES];
static const struct tbl_vcpu idle_config; // no interrupts

static _Noreturn void refuse(struct tables_fault fault)
{
    struct console_line l = {0};

    line_text(&l, "tables refused: code ");
    line_number(&l, fault.code, 10, 1);
    line_text(&l, " (");
    line_text(&l, tables_code_name(fault.code));
    line_text(&l, ") section ");
    line_number(&l, fault.section, 10, 1);
    line_text(&l, " index ");
    line_number(&l, fault.index, 10, 1);
    line_text(&l, "\n");
    line_say(&l);
    arch_stop();
}

static void line_count(struct console_line *l, enum tbl_type type, const char *noun)
{
    uint32_t count = tables->directory[type].count;

    line_number(l, count, 10, 1);
    line_text(l, noun);
    line_text(l, count == 1 ? ", " : "s, ");
}

static void banner(void)
{
    struct console_line l = {0};
    const struct tbl_schedule *schedule =
        (const struct tbl_schedule *)tables_section(TBL_SCHEDULE) + module->initial;

    line_text(&l, "Bulkhead on ");
    line_text(&l, board_name);
    line_text(&l, ", configuration ");
    line_text(&l, module->name);
    line_text(&l, " ");
    for (unsigned i = 0; i < 6; i++)
        line_number(&l, tables->config_id[i], 16, 2);
    line_text(&l, "\n");
    line_say(&l);
    line_count(&l, TBL_CORE, " core");
    line_count(&l, TBL_PARTITION, " partition");
    if (tables->directory[TBL_SCHEDULE].count > 1)
        line_count(&l, TBL_SCHEDULE, " schedule");
    line_count(&l, TBL_WINDOW, " window");
    line_text(&l, "major frame ");
    line_milliseconds(&l, schedule->frame_ns);
    line_text(&l, "\n");
    line_say(&l);
    line_text(&l, "tables checked, translations proved\n");
    line_say(&l);
}

// ---- From records to state ---------------------------------------------------------------------

static void cores_prepare(void)
{
    for (uint32_t i = 0; i < tables->directory[TBL_CORE].count; i++) {
        struct core *core = &cores[i];
        struct vcpu *idle = &idles[i];

        core->index = i;
        core->idle = core->current = idle;
        idle->core = core;
        idle->config = &idle_config;
        atomic_store(&core->owner, idle);
        atomic_store(&core->chosen, idle);
        core->late_from = module->trace_events & TBL_TRACE_WINDOWS ? 0 : module->lateness_bound + 1;
        change_adopt(core, module->initial);
        core->stat += core->last_window - core->window;
        core->window = core->last_window;
        arch_idle_init(core, idle);
    }
}

static void partitions_prepare(void)
{
    const struct tbl_partition *config = tables_section(TBL_PARTITION);
    const struct tbl_vcpu *vcpu = tables_section(TBL_VCPU);

    for (uint32_t i = 0; i < tables->directory[TBL_PARTITION].count; i++, config++) {
        struct partition *p = &partitions[i];

        p->config = config;
        p->memory = (const struct tbl_memory *)tables_section(TBL_MEMORY) + config->first_memory;
        p->memory_end = p->memory + config->memory_count;
        p->vcpus = &vcpus[config->first_vcpu];
        port_prepare(p);
        pl011_prepare(p);
        for (uint32_t n = 0; n < config->vcpu_count; n++, vcpu++) {
            p->vcpus[n].config = vcpu;
            p->vcpus[n].partition = p;
            p->vcpus[n].needs = (vcpu->mask_count ? VCPU_INTERRUPTS : 0) |
                                (config->flags & TBL_PARTITION_STOLEN_TIME ? VCPU_STOLEN : 0) |
                                (config->flags & TBL_PARTITION_FROZEN_TIME ? VCPU_FROZEN : 0);
            p->vcpus[n].core = &cores[vcpu->core];
        }
    }
}

// Who may run in a window that hides something leaves the straight line at every edge.
static void windows_prepare(void)
{
    const struct tbl_window *w = tables_section(TBL_WINDOW);
    const struct tbl_receiver *receivers = tables_section(TBL_RECEIVER);

    for (uint32_t i = 0; i < tables->directory[TBL_WINDOW].count; i++, w++) {
        if (!w->pad)
            continue;
        vcpus[w->vcpu].needs |= VCPU_HIDDEN;
        for (uint32_t n = 0; n < w->receiver_count; n++)
            vcpus[receivers[w->first_receiver + n].vcpu].needs |= VCPU_HIDDEN;
    }
}

// The first start is a restart that has all the time it wants.
static void partitions_start(struct core *core)
{
    for (uint32_t i = 0; i < tables->directory[TBL_PARTITION].count; i++) {
        struct partition *p = &partitions[i];

        partition_prepare(p);
        while (atomic_load(&p->state) == PARTITION_RESTARTING)
            partition_restart_step(core, p);
        if (atomic_load(&p->state) == PARTITION_HALTED)
            refuse((struct tables_fault){TABLES_DIGEST, TBL_IMAGE,
                                         p->config->first_image + p->restart.item});
    }
}

// ---- Cores -------------------------------------------------------------------------------------

static void other_cores_start(void)
{
    uint32_t count = tables->directory[TBL_CORE].count;
    uint64_t deadline =
        arch_time() + tables->timer_hz; // one second is more than any firmware needs

    for (uint32_t i = 1; i < count; i++)
        if (!arch_core_on(i))
            refuse((struct tables_fault){TABLES_CORE_START, TBL_CORE, i});
    for (uint32_t i = 1; i < count; i++)
        while (!atomic_load(&cores[i].online)) {
            if (arch_time() > deadline)
                refuse((struct tables_fault){TABLES_CORE_START, TBL_CORE, i});
            arch_relax();
        }
}

// Stands in an imagined last window of the frame before the first, owned by nobody: the first edge
// is then like any other.
static struct vcpu *core_begin(struct core *core)
{
    core->edge = atomic_load(&module_start);
    core->frame_start = core->edge - core->frame_ticks;
    core->frame_index = UINT64_MAX;
    arch_alarm(core->edge);
    trace_begin(core, core->edge);
    return core->idle;
}

struct vcpu *boot_first(void)
{
    struct tables_expect expect;
    struct tables_fault fault;
    const struct tbl_header *found;
    uint64_t start;

    console_begin();
    arch_expect(&expect);
    found = (const struct tbl_header *)(uintptr_t)expect.address;
    fault = tables_check(found, expect.ram_end - expect.address, &expect);
    if (fault.code)
        refuse(fault);
    tables = found;
    module = tables_section(TBL_MODULE);
    // EL2's translation has tables here, empty until a guest's buffer is mapped.
    __builtin_memset((void *)(uintptr_t)tables->state, 0, tables->state_size);
    arch_mmu_on(module->el2_root);
    banner();
    cores_prepare();
    partitions_prepare();
    windows_prepare();
    hypercall_prepare();
    log_begin();
    partitions_start(&cores[0]);
    console_say("images verified, partitions loaded\n");
    other_cores_start();
    console_live();
    // Far enough ahead for every core to have set its alarm.
    start = arch_time() + tables->timer_hz / 1000;
    change_begin(start);
    atomic_store(&module_start, start);
    return core_begin(&cores[0]);
}

struct vcpu *boot_other(uint32_t index)
{
    struct core *core = &cores[index];

    arch_mmu_on(module->el2_root);
    atomic_store(&core->online, 1);
    while (!atomic_load(&module_start))
        arch_relax();
    return core_begin(core);
}
