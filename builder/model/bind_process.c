// SPDX-License-Identifier: BSD-2-Clause
// What runs inside a partition: processes, and what they share.
#include "bind.h"

#include <string.h>

static struct port_use bind_port_use(struct binder *b, const struct node *n)
{
    struct object o;

    object_open(b, OBJECT_PORT_USE, n, &o);
    return (struct port_use){
        .port_name = get_word(&o, KEY_PORT_USE_PORT),
        .messages = get_amount(&o, KEY_PORT_USE_MESSAGES),
        .blocks = get_amount(&o, KEY_PORT_USE_BLOCKS),
        .mark = n->mark,
    };
}

static struct amount deadline_of(const struct object *o, bool *none)
{
    const struct node *n = object_value(o, KEY_PROCESS_DEADLINE);

    *none = n && n->kind == NODE_SCALAR && strcmp(n->text, "none") == 0;
    return *none ? (struct amount){.at = n->mark} : get_amount(o, KEY_PROCESS_DEADLINE);
}

static void bind_process(struct binder *b, const struct node *n, struct process *p)
{
    struct object o;
    struct mark at;

    object_open(b, OBJECT_PROCESS, n, &o);
    p->mark = n->mark;
    p->name = get_word(&o, KEY_PROCESS_NAME);
    p->kind = get_choice(&o, KEY_PROCESS_TYPE, PROCESS_PERIODIC, &p->kind_at);
    p->period = get_amount(&o, KEY_PROCESS_PERIOD);
    p->offset = get_amount(&o, KEY_PROCESS_OFFSET);
    p->wcet = get_amount(&o, KEY_PROCESS_WCET);
    p->bcet = get_amount(&o, KEY_PROCESS_BCET);
    p->deadline = deadline_of(&o, &p->no_deadline);
    p->hard.value = get_choice(&o, KEY_PROCESS_DEADLINE_TYPE, 0, &at);
    p->hard.at = at;
    p->hard.given = true;
    p->jitter = get_amount(&o, KEY_PROCESS_JITTER);
    p->blocking = get_amount(&o, KEY_PROCESS_BLOCKING);
    p->priority = get_amount(&o, KEY_PROCESS_PRIORITY);
    p->stack = get_amount(&o, KEY_PROCESS_STACK);
    p->cpu = get_amount(&o, KEY_PROCESS_CPU);
    for (const struct node *i = get_list(&o, KEY_PROCESS_READS, false); i; i = i->next)
        *list_add(b->arena, &p->reads) = bind_port_use(b, i);
    for (const struct node *i = get_list(&o, KEY_PROCESS_WRITES, false); i; i = i->next)
        *list_add(b->arena, &p->writes) = bind_port_use(b, i);
}

static void bind_semaphore(struct binder *b, const struct node *n, struct semaphore *s)
{
    struct object o;

    object_open(b, OBJECT_SEMAPHORE, n, &o);
    s->mark = n->mark;
    s->name = get_word(&o, KEY_SEMAPHORE_NAME);
    s->initial = get_amount(&o, KEY_SEMAPHORE_INITIAL);
    s->maximum = get_amount(&o, KEY_SEMAPHORE_MAXIMUM);
}

static void bind_mutex(struct binder *b, const struct node *n, struct mutex *m)
{
    struct object o;

    object_open(b, OBJECT_MUTEX, n, &o);
    m->mark = n->mark;
    m->name = get_word(&o, KEY_MUTEX_NAME);
    m->ceiling = get_amount(&o, KEY_MUTEX_CEILING);
    for (const struct node *i = get_list(&o, KEY_MUTEX_USERS, false); i; i = i->next)
        list_add(b->arena, &m->users)->name = item_word(b, i, KEY_MUTEX_USERS);
}

void bind_processes(struct binder *b, const struct object *o, struct partition *p)
{
    for (const struct node *n = get_list(o, KEY_PARTITION_PROCESSES, false); n; n = n->next)
        bind_process(b, n, list_add(b->arena, &p->processes));
    for (const struct node *n = get_list(o, KEY_PARTITION_SEMAPHORES, false); n; n = n->next)
        bind_semaphore(b, n, list_add(b->arena, &p->semaphores));
    for (const struct node *n = get_list(o, KEY_PARTITION_MUTEXES, false); n; n = n->next)
        bind_mutex(b, n, list_add(b->arena, &p->mutexes));
    p->buffers = get_amount(o, KEY_PARTITION_BUFFERS);
    p->blackboards = get_amount(o, KEY_PARTITION_BLACKBOARDS);
    p->events = get_amount(o, KEY_PARTITION_EVENTS);
    p->stack = get_amount(o, KEY_PARTITION_STACK);
    p->heap = get_amount(o, KEY_PARTITION_HEAP);
}
