// SPDX-License-Identifier: BSD-2-Clause
// A booted fake machine.
#include "runtime_machine.h"

struct made made;

int machine_setup(void **state)
{
    (void)state;
    fake_reset();
    made = make_tables((void *)(uintptr_t)fake.expect.address, &fake.expect, MADE_PAYLOAD);
    return 0;
}

void machine_stolen_time(void)
{
    made.memory[5].address = TBL_STOLEN_TIME_ADDRESS;
    made.memory[5].attributes = TBL_MEM_READ;
    made.memory[5].phys += HV_PAGE_SIZE;
    made.partitions[CONTROL].flags |= TBL_PARTITION_STOLEN_TIME;
}

bool machine_boot(void)
{
    if (setjmp(fake.stopped))
        return false;
    fake.core = 0;
    fake_run(&cores[0], boot_first());
    for (uint32_t i = 1; i < tables->directory[TBL_CORE].count; i++) {
        fake.core = i;
        fake_run(&cores[i], boot_other(i));
    }
    return true;
}

struct vcpu *machine_edge(uint32_t core)
{
    struct vcpu *next;

    fake.core = core;
    if (fake.time < fake.alarm[core])
        fake.time = fake.alarm[core];
    next = schedule_edge(&cores[core]);
    fake_run(&cores[core], next);
    return next;
}

void machine_window(struct vcpu *v)
{
    do
        machine_edge(v->core->index);
    while (v->core->owner != v);
}

int64_t machine_call(struct vcpu *v, uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3,
                     uint64_t x4)
{
    X(v, 0) = function;
    X(v, 1) = x1;
    X(v, 2) = x2;
    X(v, 3) = x3;
    X(v, 4) = x4;
    fake.core = v->core->index;
    fake_run(v->core, hypercall(v));
    return (int64_t)X(v, 0);
}

const struct tbl_log_record *machine_logged(void)
{
    const struct tbl_log *log = (const struct tbl_log *)(uintptr_t)module->log;

    for (uint32_t i = 0; i < (log->partitions + 1) * log->records; i++)
        if (log->places[i].sequence == log_newest())
            return &log->places[i];
    return NULL;
}

uint32_t machine_idle(uint32_t core)
{
    struct vcpu *next;
    uint32_t turns = 0;

    fake.core = core;
    do
        next = schedule_idle(&cores[core]);
    while (++turns < 1000000 && next == cores[core].idle);
    if (next)
        fake_run(&cores[core], next);
    return turns;
}
