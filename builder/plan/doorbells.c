// SPDX-License-Identifier: BSD-2-Clause
// The records of doorbells and their rings.
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    const struct doorbell *const *one = a, *const *other = b;

    return strcmp((*one)->name.text, (*other)->name.text);
}

static uint32_t interrupt_record(const struct plan *p, const struct doorbell_target *r)
{
    for (uint32_t i = 0; i < p->interrupts.count; i++)
        if (p->interrupts.items[i].partition == r->partition->index &&
            p->interrupts.items[i].intid == r->interrupt.value)
            return i;
    return TBL_NONE;
}

static void add(struct arena *a, struct plan *p, const struct doorbell *d)
{
    struct tbl_doorbell *record = list_add(a, &p->doorbells);

    *record = (struct tbl_doorbell){
        .partition = d->source->index,
        .first_ring = (uint32_t)p->rings.count,
        .ring_count = (uint32_t)d->to.count,
    };
    strncpy(record->name, d->name.text, HV_NAME_SIZE - 1);
    EACH(r, &d->to)
        *list_add(a, &p->rings) = (struct tbl_ring){
            .interrupt = interrupt_record(p, r),
            .gap = r->every.given ? ticks_of(p->model->board, r->every.value) : 0,
        };
}

void doorbells_plan(struct arena *a, struct plan *p)
{
    EACH(q, &p->model->partitions) {
        struct tbl_partition *record = &p->records.items[q->index];
        LIST(struct doorbell *) sorted = {0};

        EACH(d, &p->model->doorbells) {
            if (d->source == q)
                *list_add(a, &sorted) = d;
        }
        if (sorted.count)
            qsort(sorted.items, sorted.count, sizeof *sorted.items, by_name);
        record->first_doorbell = (uint32_t)p->doorbells.count;
        record->doorbell_count = (uint32_t)sorted.count;
        EACH(d, &sorted)
            add(a, p, *d);
    }
}
