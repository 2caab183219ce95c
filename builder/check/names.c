// SPDX-License-Identifier: BSD-2-Clause
// Rules about names: what a name may look like, and names that are easily mistaken for each other.
#include "check/pass.h"

#include "check/duplicates.h"
#include <string.h>
#include <strings.h>

// Calls `visit` for every name that the description gives.
static void each_name(struct pass *p,
                      void (*visit)(struct pass *p, const char *what, const struct word *name))
{
    struct model *m = p->model;

    if (m->name.text && m->name.text[0]) // else MOD-001 says so
        visit(p, "module", &m->name);
    EACH(part, &m->partitions) {
        visit(p, "partition", &part->name);
        EACH(r, &part->memory) {
            if (!r->device)
                visit(p, "region", &r->name);
        }
        EACH(port, &part->ports)
            visit(p, "port", &port->name);
        EACH(process, &part->processes)
            visit(p, "process", &process->name);
        EACH(semaphore, &part->semaphores)
            visit(p, "semaphore", &semaphore->name);
        EACH(mutex, &part->mutexes)
            visit(p, "mutex", &mutex->name);
    }
    EACH(b, &m->shared)
        visit(p, "shared block", &b->name);
    EACH(c, &m->channels)
        visit(p, "channel", &c->name);
    EACH(d, &m->doorbells)
        visit(p, "doorbell", &d->name);
    EACH(s, &m->schedules)
        visit(p, "schedule", &s->name);
}

// ---- SYN-003: what a name looks like ------------------------------------------------------------

static const char *bad_character(struct pass *p, const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c >= 0x80)
            return "only ASCII characters are possible: it is shown on consoles and compared by "
                   "byte";
        if (*c < ' ' || *c == 0x7f)
            return arena_printf(p->arena, "character %zu is not printable", (size_t)(c - text) + 1);
    }
    return NULL;
}

// What is wrong with a name, or NULL; *help says what to do about it.
static const char *name_fault(struct pass *p, const char *what, const char *text, const char **help)
{
    size_t length = strlen(text);
    const char *bad = bad_character(p, text);

    *help =
        "names have 1 to 30 printable ASCII characters and no blank at either end: a partition's "
        "interface gives them 32 bytes (NAME_TYPE)";
    _Static_assert(HV_NAME_MAX == 30 && HV_NAME_SIZE == 32, "the text above names both");
    if (length == 0)
        return "it is empty";
    if (length > HV_NAME_MAX)
        return arena_printf(p->arena, "it has %zu characters, %d are possible", length,
                            HV_NAME_MAX);
    if (bad)
        return bad;
    if (text[0] == ' ' || text[length - 1] == ' ')
        return "it begins or ends with a blank";
    *help = "write '_' or '-' for the dot";
    if ((strcmp(what, "partition") == 0 || strcmp(what, "port") == 0) && strchr(text, '.'))
        return "a dot separates partition and port where channels name them";
    *help = "give the partition another name";
    if (strcmp(what, "partition") == 0 && strcasecmp(text, "idle") == 0)
        return "'idle' in a window means that nobody runs";
    return NULL;
}

static void check_name(struct pass *p, const char *what, const struct word *name)
{
    const char *why, *help;
    struct diag *f;

    if (!name->text)
        return;
    why = name_fault(p, what, name->text, &help);
    if (!why)
        return;
    f = pass_report(p, name->at, "'%.40s%s' cannot be the name of a %s", name->text,
                    strlen(name->text) > 40 ? "..." : "", what);
    diag_label(p->diags, f, "%s", why);
    diag_help(p->diags, f, "%s", help);
}

void check_SYN_003(struct pass *p)
{
    each_name(p, check_name);
}

// ---- SYN-005: names that differ only in letter case ---------------------------------------------

static void alike(struct pass *p, struct duplicates *names, const char *what)
{
    names->ignore_case = true;
    for (const struct duplicate *d = duplicates_find(names); d; d = d->next) {
        struct diag *f = pass_report(p, d->again->at, "%s '%s' and '%s' differ only in letter case",
                                     what, d->first->text, d->again->text);

        diag_note(p->diags, f, d->first->at, "the other one");
        diag_help(p->diags, f, "rename one: other tools, and people, take them for the same");
    }
}

// One name space: every item of a list.
#define ALIKE(p, list, what)                                                                       \
    do {                                                                                           \
        struct duplicates names = {.arena = (p)->arena};                                           \
        EACH(item, list)                                                                           \
            duplicates_add(&names, &item->name, item);                                             \
        alike(p, &names, what);                                                                    \
    } while (0)

void check_SYN_005(struct pass *p)
{
    ALIKE(p, &p->model->partitions, "partitions");
    ALIKE(p, &p->model->shared, "shared blocks");
    ALIKE(p, &p->model->channels, "channels");
    ALIKE(p, &p->model->doorbells, "doorbells");
    ALIKE(p, &p->model->schedules, "schedules");
    EACH(part, &p->model->partitions) {
        ALIKE(p, &part->ports, "ports");
        ALIKE(p, &part->memory, "regions");
        ALIKE(p, &part->processes, "processes");
    }
}

// ---- SYN-007: nothing is described twice --------------------------------------------------------

static void twice(struct pass *p, struct duplicates *names, const char *whose, const char *what)
{
    for (const struct duplicate *d = duplicates_find(names); d; d = d->next) {
        struct diag *f =
            pass_report(p, d->again->at, "%s has two %s named '%s'", whose, what, d->again->text);

        diag_note(p->diags, f, d->first->at, "the first is here");
        diag_help(p->diags, f, "rename one: findings and reports tell them apart by name");
    }
}

#define TWICE(p, list, whose, what)                                                                \
    do {                                                                                           \
        struct duplicates names = {.arena = (p)->arena};                                           \
        EACH(item, list)                                                                           \
            duplicates_add(&names, &item->name, item);                                             \
        twice(p, &names, whose, what);                                                             \
    } while (0)

// Keys and alternatives are the reader's; partitions, ports and others have rules of their own.
void check_SYN_007(struct pass *p)
{
    TWICE(p, &p->model->resources, "the module", "resources");
    TWICE(p, &p->model->doorbells, "the module", "doorbells");
    TWICE(p, &p->model->chains, "the module", "chains");
    TWICE(p, &p->model->exclusions, "the module", "exclusions");
    TWICE(p, &p->model->schedules, "the module", "schedules");
    EACH(part, &p->model->partitions) {
        const char *whose = arena_printf(p->arena, "partition '%s'", word_text(&part->name));
        struct duplicates regions = {.arena = p->arena};

        EACH(r, &part->memory) {
            if (!r->device) // the same device twice: MEM-008
                duplicates_add(&regions, &r->name, r);
        }
        twice(p, &regions, whose, "regions");
        TWICE(p, &part->semaphores, whose, "semaphores");
        TWICE(p, &part->mutexes, whose, "mutexes");
    }
}
