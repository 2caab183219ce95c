// SPDX-License-Identifier: BSD-2-Clause
// Doorbells and whom they reach.
#include "bind.h"

static void bind_ring(struct binder *b, const struct node *n, struct doorbell_target *r)
{
    struct object o;

    object_open(b, OBJECT_RING, n, &o);
    r->mark = n->mark;
    r->partition_name = get_word(&o, KEY_RING_PARTITION);
    r->cpu = get_amount(&o, KEY_RING_CPU);
    r->interrupt = get_amount(&o, KEY_RING_INTERRUPT);
    r->every = get_amount(&o, KEY_RING_EVERY);
}

static void bind_doorbell(struct binder *b, const struct node *n, struct doorbell *d)
{
    struct object o;

    object_open(b, OBJECT_DOORBELL, n, &o);
    d->mark = n->mark;
    d->name = get_word(&o, KEY_DOORBELL_NAME);
    d->from = get_word(&o, KEY_DOORBELL_FROM);
    for (const struct node *i = get_list(&o, KEY_DOORBELL_TO, false); i; i = i->next)
        bind_ring(b, i, list_add(b->arena, &d->to));
}

void bind_doorbells(struct binder *b, const struct object *system)
{
    for (const struct node *n = get_list(system, KEY_SYSTEM_DOORBELLS, false); n; n = n->next)
        bind_doorbell(b, n, list_add(b->arena, &b->model->doorbells));
}
