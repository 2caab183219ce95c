// SPDX-License-Identifier: BSD-2-Clause
// A host "architecture": time, alarms, kicks and the console are variables of the test.
#include "fake.h"
#include "arch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct fake fake;
const char board_name[] = "fake";

void fake_reset(void)
{
    void *ram = (void *)(uintptr_t)FAKE_RAM_START;

    if (mmap(ram, FAKE_RAM_END - FAKE_RAM_START, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != ram) {
        perror("fake RAM");
        abort();
    }
    memset(&fake, 0, sizeof fake);
    fake.time = 1000000;
    fake.console_room = -1;
    fake.expect = (struct tables_expect){
        .arch = TBL_ARCH_AARCH64,
        .board = TBL_BOARD_QEMU_VIRT,
        .address = FAKE_RUNTIME_END,
        .timer_hz = FAKE_HZ,
        .runtime_start = FAKE_RUNTIME_START,
        .runtime_end = FAKE_RUNTIME_END,
        .ram_start = FAKE_RAM_START,
        .ram_end = FAKE_RAM_END,
        .device_count = 2,
        .devices = {{0x08000000, 0x10000}, {0x080a0000, 0x60000}},
    };
    memset(cores, 0, sizeof cores);
    memset(partitions, 0, sizeof partitions);
    memset(vcpus, 0, sizeof vcpus);
    memset(doorbell_quiet, 0, sizeof doorbell_quiet);
    module_start = 0;
    tables = NULL;
    module = NULL;
    console_begin();
}

const char *fake_console(void)
{
    static char text[sizeof fake.console];

    memcpy(text, fake.console, fake.console_length);
    text[fake.console_length] = 0;
    fake.console_length = 0;
    return text;
}

void fake_run(struct core *core, struct vcpu *next)
{
    __atomic_store_n(&core->current, next, __ATOMIC_RELEASE);
}

void fake_relax(void)
{
    fake.time += fake.relax_step;
    if (fake.on_wait)
        fake.on_wait();
}

// ---- arch.h ------------------------------------------------------------------------------------

uint64_t arch_time(void)
{
    fake.time += fake.time_step;
    return fake.time;
}

void arch_alarm(uint64_t ticks)
{
    fake.alarm[fake.core] = ticks;
}

void arch_partition_reset(struct partition *p)
{
    p->vcpus->arch.partition_resets++;
}

void arch_vcpu_reset(struct vcpu *v, uint64_t entry, uint64_t argument)
{
    memset(v->arch.x, 0, sizeof v->arch.x);
    v->arch.pc = entry;
    v->arch.x[0] = argument;
    v->arch.resets++;
}

void arch_idle_init(struct core *core, struct vcpu *idle)
{
    (void)core;
    memset(&idle->arch, 0, sizeof idle->arch);
}

void arch_vcpu_skip(struct vcpu *v)
{
    v->arch.skips++;
}

void arch_handler_enter(struct vcpu *v, uint64_t event, uint64_t address, uint64_t syndrome)
{
    struct vcpu_arch *a = &v->arch;

    memcpy(a->kept, (uint64_t[]){a->x[0], a->x[1], a->x[2], a->x[3], a->pc, a->sp}, sizeof a->kept);
    memcpy(a->x, (uint64_t[]){event, address, syndrome, a->pc}, 4 * sizeof *a->x);
    a->pc = v->handler.entry;
    a->sp = v->handler.stack;
}

void arch_handler_return(struct vcpu *v, bool skip)
{
    memcpy(v->arch.x, v->arch.kept, 4 * sizeof *v->arch.x);
    v->arch.pc = v->arch.kept[4] + (skip ? 4 : 0);
    v->arch.sp = v->arch.kept[5];
}

void arch_interrupts_enable(const struct vcpu *v)
{
    ((struct vcpu *)v)->arch.enabled++;
}

void arch_interrupts_disable(const struct vcpu *v)
{
    ((struct vcpu *)v)->arch.enabled--;
}

bool arch_interrupt_raise(struct vcpu *v, struct vcpu *target, uint32_t record)
{
    target->arch.raised |= 1ull << record;
    return v->core != target->core && atomic_load(&target->core->chosen) == target;
}

void arch_vcpu_hide(struct vcpu *v, uint64_t from, bool flush)
{
    v->arch.hides++;
    v->arch.flushes += flush;
    v->arch.hidden_until = from;
}

bool arch_interrupt_level(struct vcpu *v, struct vcpu *target, uint32_t record, bool high)
{
    target->arch.raised &= ~(1ull << record);
    target->arch.raised |= (uint64_t)high << record;
    return v->core != target->core && atomic_load(&target->core->chosen) == target;
}

uint64_t arch_vcpu_wants(const struct vcpu *v)
{
    return v->arch.wants;
}

void arch_vcpu_again(struct vcpu *v)
{
    v->arch.agains++;
}

static void note_copy(uint64_t length)
{
    if (length > HV_MAX_MESSAGE)
        abort();
    if (length > fake.largest_copy)
        fake.largest_copy = length;
}

void arch_copy_in(struct core *core, void *to, uint64_t from_phys, uint64_t length)
{
    (void)core;
    note_copy(length);
    fake.copied_in += length;
    if (fake.on_take)
        fake.on_take();
    memcpy(to, (const void *)(uintptr_t)from_phys, length);
}

void arch_copy_out(struct core *core, uint64_t to_phys, const void *from, uint64_t length)
{
    (void)core;
    note_copy(length);
    fake.copied_out += length;
    memcpy((void *)(uintptr_t)to_phys, from, length / 2);
    if (fake.on_copy)
        fake.on_copy();
    memcpy((char *)(uintptr_t)to_phys + length / 2, (const char *)from + length / 2,
           length - length / 2);
}

void arch_zero(struct core *core, uint64_t to_phys, uint64_t length)
{
    (void)core;
    note_copy(length);
    fake.zeroed += length;
    memset((void *)(uintptr_t)to_phys, 0, length);
}

void arch_sync_code(struct core *core, uint64_t phys, uint64_t length)
{
    (void)core;
    (void)phys;
    note_copy(length);
    fake.synced += length;
}

void arch_kick(uint32_t core)
{
    fake.kicks[core]++;
}

bool arch_core_on(uint32_t core)
{
    fake.started[core]++;
    cores[core].online = !fake.core_silent;
    return !fake.core_refuses;
}

_Noreturn void arch_end(bool reset)
{
    fake.ended = reset ? FAKE_RESET : FAKE_OFF;
    longjmp(fake.stopped, 1);
}

_Noreturn void arch_stop(void)
{
    longjmp(fake.stopped, 1);
}

void arch_expect(struct tables_expect *e)
{
    *e = fake.expect;
}

void arch_mmu_on(uint64_t root)
{
    fake.mmu_root = root;
}

bool arch_translation_check(const void *blob, uint64_t blob_phys, uint64_t blob_size, uint64_t root,
                            const struct tbl_memory *regions, uint32_t count, uint32_t windows,
                            const struct tbl_module *m, uint32_t *index)
{
    volatile const uint8_t *page = (const uint8_t *)blob + (root - blob_phys);

    (void)regions;
    (void)count;
    (void)m;
    (void)page[0]; // the root lies inside, or the sanitizer says so
    (void)page[HV_PAGE_SIZE - 1];
    (void)blob_size;
    fake.translations++;
    *index = fake.translation_index;
    return !fake.translation_wrong || fake.translation_el2 != (windows > 0);
}

bool board_console_ready(void)
{
    return fake.console_room != 0;
}

void board_console_put(char c)
{
    if (fake.on_put)
        fake.on_put();
    if (fake.console_room > 0)
        fake.console_room--;
    if (fake.console_length < sizeof fake.console - 1)
        fake.console[fake.console_length++] = c;
}

void board_console_listen(void)
{
    fake.listens = true;
}

bool board_console_take(char *c)
{
    if (!fake.typed || !*fake.typed)
        return false;
    *c = *fake.typed++;
    if (fake.on_type)
        fake.on_type();
    return true;
}

void arch_input_again(void)
{
    fake.input_held = false;
}
