// SPDX-License-Identifier: BSD-2-Clause
// References to processes and between partitions: chains, mutexes, sets, health tables; and what a
// process leaves out.
#include "resolve.h"

#include <string.h>

static void or_value(struct amount *a, uint64_t value)
{
    if (!a->given && !a->at.line)
        *a = (struct amount){.value = value, .given = true};
}

static void resolve_use(struct resolver *r, const struct partition *p, struct port_use *use)
{
    const struct names *ports = &r->ports[p->index];
    const char *name = use->port_name.text;
    size_t index;

    or_value(&use->messages, 1);
    or_value(&use->blocks, false);
    if (!name)
        return;
    if (names_find(ports, name, strlen(name), &index))
        use->port = &p->ports.items[index];
    else if (!r->model->ports_lost)
        resolve_missing(r, RULE_SYN_001, p, ports, use->port_name.at, "port", name);
}

static void resolve_process(struct resolver *r, const struct partition *p, struct process *process)
{
    or_value(&process->offset, 0);
    or_value(&process->bcet, 0);
    or_value(&process->jitter, 0);
    or_value(&process->blocking, 0);
    or_value(&process->hard, false);
    if (!process->no_deadline && process->period.given)
        or_value(&process->deadline, process->period.value);
    EACH(use, &process->reads)
        resolve_use(r, p, use);
    EACH(use, &process->writes)
        resolve_use(r, p, use);
}

static struct process *find_process(struct resolver *r, struct partition *p, const char *name,
                                    struct mark at)
{
    size_t index;

    if (names_find(&r->processes[p->index], name, strlen(name), &index))
        return &p->processes.items[index];
    resolve_missing(r, RULE_SYN_001, p, &r->processes[p->index], at, "process", name);
    return NULL;
}

static void resolve_resource(struct resolver *r, struct resource_use *use)
{
    const char *name = use->name.text;
    size_t index;

    if (!name)
        return;
    if (names_find(&r->resources, name, strlen(name), &index)) {
        use->resource = &r->model->resources.items[index];
        return;
    }
    struct diag *f =
        diag_report(r->diags, RULE_SYN_001, use->name.at, "there is no resource '%s'", name);
    help_names(r->diags, f, &r->resources, name, "resources");
}

void resolve_processes(struct resolver *r, struct partition *p)
{
    EACH(process, &p->processes)
        resolve_process(r, p, process);
    EACH(mutex, &p->mutexes) {
        EACH(user, &mutex->users) {
            if (user->name.text)
                user->process = find_process(r, p, user->name.text, user->name.at);
        }
    }
    EACH(use, &p->resources)
        resolve_resource(r, use);
}

// The members of a set of partitions: two at least, and each once.
static void resolve_members(struct resolver *r, struct members *set, struct mark at,
                            const char *noun)
{
    struct names seen = {.arena = r->arena};
    size_t first;

    if (set->count == 1)
        diag_help(r->diags,
                  diag_report(r->diags, RULE_SYN_001, at, "%s names one partition only", noun),
                  "name those that it concerns beside '%s', or remove it",
                  set->items->name.text ? set->items->name.text : "?");

    EACH(member, set) {
        const char *name = member->name.text;

        member->partition = resolve_partition(r, RULE_SYN_001, &member->name);
        if (!name)
            continue;
        if (!names_find(&seen, name, strlen(name), &first)) {
            names_add(&seen, name, (size_t)(member - set->items));
            continue;
        }
        // SYN-007: nothing is said twice.
        struct diag *f = diag_report(r->diags, RULE_SYN_007, member->name.at,
                                     "partition '%s' stands twice in %s", name, noun);
        diag_note(r->diags, f, set->items[first].name.at, "first named here");
        diag_help(r->diags, f, "name another partition, or remove this one");
    }
}

void resolve_relations(struct resolver *r)
{
    struct model *m = r->model;

    EACH(e, &m->exclusions)
        resolve_members(r, &e->members, e->mark, "an exclusion");
    EACH(set, &m->co_runs)
        resolve_members(r, &set->members, set->mark, "a set of `co_run`");
    EACH(d, &m->doorbells) {
        d->source = resolve_partition(r, RULE_SYN_001, &d->from);
        EACH(ring, &d->to)
            ring->partition = resolve_partition(r, RULE_SYN_001, &ring->partition_name);
    }
    EACH(chain, &m->chains) {
        EACH(step, &chain->steps) {
            struct word name = {step->partition_name, step->text.at};
            struct partition *p = resolve_partition(r, RULE_SYN_001, &name);

            if (p && step->process_name)
                step->process = find_process(r, p, step->process_name, step->text.at);
        }
    }
}

static size_t place_of(const struct names *in, const struct word *name)
{
    size_t index;

    return name->text && names_find(in, name->text, strlen(name->text), &index) ? index : SIZE_MAX;
}

void resolve_health(struct resolver *r)
{
    struct names errors = {.arena = r->arena}, states = errors, tables = errors;
    struct hm *hm = &r->model->hm;

    EACH(e, &hm->errors)
        names_add(&errors, e->name.text, (size_t)(e - hm->errors.items));
    EACH(s, &hm->states)
        names_add(&states, s->name.text, (size_t)(s - hm->states.items));
    EACH(t, &hm->tables) {
        if (t->kind == HM_TABLE_MULTI)
            names_add(&tables, t->name.text, (size_t)(t - hm->tables.items));
    }
    EACH(t, &hm->tables) {
        size_t multi = place_of(&tables, &t->multi_name);

        t->multi = multi == SIZE_MAX ? NULL : &hm->tables.items[multi];
        EACH(member, &t->partitions)
            member->partition = resolve_partition(r, RULE_SYN_001, &member->name);
        EACH(entry, &t->entries) {
            size_t error = place_of(&errors, &entry->error_name);
            size_t state = place_of(&states, &entry->state_name);

            entry->error = error == SIZE_MAX ? NULL : &hm->errors.items[error];
            entry->state = state == SIZE_MAX ? NULL : &hm->states.items[state];
        }
    }
}
