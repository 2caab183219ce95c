// SPDX-License-Identifier: BSD-2-Clause
// Partitions, with their memory, ports and health; from the main file or one file each.
#include "bind.h"
#include "model/events.h"

#include <stdlib.h>
#include <string.h>

enum { INCLUDE_DEPTH = 8 };

// What partitions leave out; absent maps are open objects without values.
struct defaults {
    struct object partition, health;
};

static void bind_health(struct binder *b, const struct object *partition,
                        const struct defaults *defaults, struct partition *p)
{
    const struct node empty = {.kind = NODE_MAP, .mark = p->mark};
    const struct node *n = get_map(partition, KEY_PARTITION_HEALTH);
    struct object o;

    object_open(b, OBJECT_HEALTH, n ? n : &empty, &o);
    p->action[HV_EVENT_INTEGRITY] = TBL_ACTION_HALT; // an image that changed must not run
    for (int event = 0; event < HV_EVENT_COUNT; event++) {
        enum key_id key = event_infos[event].key;

        if (key == KEYS)
            continue;
        object_inherit(&o, key, &defaults->health, key);
        p->action[event] = get_choice(&o, key, TBL_ACTION_HALT, &p->action_at[event]);
        if (p->in_place && !p->action_at[event].line && is_start(p->action[event]))
            p->action[event] = TBL_ACTION_HALT;
    }
    object_inherit(&o, KEY_HEALTH_PROCESS_LEVEL, &defaults->health, KEY_HEALTH_PROCESS_LEVEL);
    for (const struct node *i = get_list(&o, KEY_HEALTH_PROCESS_LEVEL, false); i; i = i->next)
        p->process_level |= 1u << item_choice(b, i, KEY_HEALTH_PROCESS_LEVEL, HV_EVENT_NONE);
    object_inherit(&o, KEY_HEALTH_SCHEDULE, &defaults->health, KEY_HEALTH_SCHEDULE);
    p->switch_to_name = get_word(&o, KEY_HEALTH_SCHEDULE);
}

// `any` stands for what a dialect does not say.
static uint32_t rights_of(struct binder *b, const struct object *o, struct memory *m)
{
    uint32_t rights = get_choice(o, KEY_MEMORY_RIGHTS, TBL_MEM_READ, &m->rights_at);

    m->rights_unstated = rights == RIGHTS_ANY;
    if (m->rights_unstated && !b->model->unstated) {
        struct diag *f = diag_report(b->diags, RULE_SYN_001, m->rights_at,
                                     "rights are 'any' only in a converted description");
        diag_help(b->diags, f, "say what the partition may do there: r, rw or rx");
    }
    return rights & (TBL_MEM_READ | TBL_MEM_WRITE | TBL_MEM_EXECUTE);
}

static void bind_memory(struct binder *b, const struct node *n, struct partition *p)
{
    struct memory *m = list_add(b->arena, &p->memory);
    struct object o;
    struct mark unused;

    object_open(b, OBJECT_MEMORY, n, &o);
    m->mark = n->mark;
    m->name = get_word(&o, KEY_MEMORY_NAME);
    m->size = get_amount(&o, KEY_MEMORY_SIZE);
    m->at = get_amount(&o, KEY_MEMORY_AT);
    m->phys = get_amount(&o, KEY_MEMORY_PHYS);
    m->shared = get_word(&o, KEY_MEMORY_SHARED);
    m->attributes = rights_of(b, &o, m) | get_choice(&o, KEY_MEMORY_TYPE, 0, &unused);
    m->cached = get_amount(&o, KEY_MEMORY_CACHED);
    if (m->cached.given && !m->cached.value && !(m->attributes & TBL_MEM_DEVICE))
        m->attributes |= TBL_MEM_UNCACHED;
    if (get_amount(&o, KEY_MEMORY_KEEP).value)
        m->attributes |= TBL_MEM_KEEP;
    if (get_amount(&o, KEY_MEMORY_GUARD).value)
        m->attributes |= TBL_MEM_GUARD;
    if (n->kind != NODE_MAP)
        return;
    if (!object_value(&o, KEY_MEMORY_AT) && !(b->model->unstated & UNSTATED_REGIONS))
        report_lacking(b, &o, KEY_MEMORY_AT, "");
    if (!object_value(&o, KEY_MEMORY_SIZE) && !object_value(&o, KEY_MEMORY_SHARED))
        report_lacking(b, &o, KEY_MEMORY_SIZE, ", or `shared:` with the name of a shared block");
}

static void bind_port(struct binder *b, const struct node *n, struct partition *p)
{
    struct port *port = list_add(b->arena, &p->ports);
    struct object o;

    object_open(b, OBJECT_PORT, n, &o);
    port->mark = n->mark;
    port->name = get_word(&o, KEY_PORT_NAME);
    port->type = get_choice(&o, KEY_PORT_TYPE, TBL_SAMPLING, &port->type_at);
    port->direction = get_choice(&o, KEY_PORT_DIRECTION, TBL_SOURCE, &port->direction_at);
    port->max_message = get_amount(&o, KEY_PORT_MAX_MESSAGE);
    port->depth = get_amount(&o, KEY_PORT_DEPTH);
    port->refresh = get_amount(&o, KEY_PORT_REFRESH);
    port->local = get_amount(&o, KEY_PORT_LOCAL);
}

// The keys that `defaults` may give.
static void bind_common(struct binder *b, struct object *o, const struct defaults *defaults,
                        struct partition *p)
{
    struct mark at;

#define INHERIT(key)                                                                               \
    object_inherit(o, KEY_PARTITION_##key, &defaults->partition, KEY_DEFAULT_PARTITION_##key)
    INHERIT(GUEST);
    INHERIT(CRITICALITY);
    INHERIT(PERIOD);
    INHERIT(DURATION);
    INHERIT(INITIALISATION);
    INHERIT(SCHEDULING);
    INHERIT(SLACK_MARGIN);
    INHERIT(WCET_BASIS);
    INHERIT(WCET_FACTOR);
    INHERIT(RESTART_LIMIT);
    INHERIT(RESTART_WITHIN);
#undef INHERIT
    uint32_t guest = get_choice(o, KEY_PARTITION_GUEST, GUEST_KINDS, &p->guest_at);
    p->guest_unknown = guest == GUEST_KINDS;
    p->guest = p->guest_unknown ? GUEST_BARE : (enum guest_kind)guest;
    p->console = (enum console_kind)get_choice(
        o, KEY_PARTITION_CONSOLE, guest_loads(p->guest) ? CONSOLE_PL011 : CONSOLE_CALLS,
        &p->console_at);
    p->virtual_time = (enum virtual_time)get_choice(o, KEY_PARTITION_VIRTUAL_TIME,
                                                    VIRTUAL_TIME_RUNS, &p->virtual_time_at);
    p->criticality.value = get_choice(o, KEY_PARTITION_CRITICALITY, TBL_NONE, &at);
    p->criticality.at = at;
    p->criticality.given = p->criticality.value != TBL_NONE;
    p->period = get_amount(o, KEY_PARTITION_PERIOD);
    p->duration = get_amount(o, KEY_PARTITION_DURATION);
    p->initialisation = get_amount(o, KEY_PARTITION_INITIALISATION);
    p->scheduling = get_choice(o, KEY_PARTITION_SCHEDULING, SCHEDULING_PRIORITY, &p->scheduling_at);
    p->slack = get_amount(o, KEY_PARTITION_SLACK_MARGIN);
    p->wcet_basis = get_choice(o, KEY_PARTITION_WCET_BASIS, WCET_UNSTATED, &p->wcet_basis_at);
    p->wcet_factor = get_amount(o, KEY_PARTITION_WCET_FACTOR);
    p->shutdown = get_amount(o, KEY_PARTITION_SHUTDOWN_INTERRUPT);
    p->in_place = get_choice(o, KEY_PARTITION_RELOAD, false, &p->in_place_at);
    p->restart_limit = get_amount(o, KEY_PARTITION_RESTART_LIMIT);
    p->restart_within = get_amount(o, KEY_PARTITION_RESTART_WITHIN);
    bind_health(b, o, defaults, p);
}

static struct interrupt_use bind_interrupt(struct binder *b, const struct node *n)
{
    struct object o;

    object_open(b, OBJECT_INTERRUPT, n, &o);
    return (struct interrupt_use){
        .intid = get_amount(&o, KEY_INTERRUPT_INTID),
        .every = get_amount(&o, KEY_INTERRUPT_EVERY),
        .cost = get_amount(&o, KEY_INTERRUPT_COST),
        .latency = get_amount(&o, KEY_INTERRUPT_LATENCY),
        .mark = n->mark,
    };
}

static struct resource_use bind_resource_use(struct binder *b, const struct node *n)
{
    struct object o;

    object_open(b, OBJECT_RESOURCE_USE, n, &o);
    return (struct resource_use){
        .name = get_word(&o, KEY_RESOURCE_USE_NAME),
        .amount = get_amount(&o, KEY_RESOURCE_USE_AMOUNT),
        .mark = n->mark,
    };
}

static void bind_rights(struct binder *b, const struct object *o, struct partition *p)
{
    for (const struct node *i = get_list(o, KEY_PARTITION_RIGHTS, false); i; i = i->next)
        *list_add(b->arena, &p->rights) = (struct right_use){
            .name = {i->text, i->mark},
            .right = item_choice(b, i, KEY_PARTITION_RIGHTS, 0),
        };
}

// A key that means nothing to this kind of guest.
static void senseless(struct binder *b, const struct object *o, enum key_id key,
                      enum guest_kind guest, const char *guests)
{
    const struct node *value = object_value(o, key);
    const struct choice_info *kinds[CHOICES_MAX];

    choices_of(SET_GUEST, kinds);
    if (value)
        diag_help(b->diags,
                  diag_report(b->diags, RULE_SYN_001, value->key_mark,
                              "'%s' means nothing to 'guest: %s'", keys[key].key,
                              kinds[guest]->word),
                  "remove it, or say what the guest is: %s", guests);
}

// What is loaded beside the image.
static void bind_loaded(struct binder *b, const struct object *o, struct partition *p)
{
    p->initrd = get_word(o, KEY_PARTITION_INITRD);
    if (p->initrd.text)
        p->initrd.text = path_beside(b->arena, p->initrd.at.source, p->initrd.text);
    p->cmdline = get_word(o, KEY_PARTITION_CMDLINE);
    p->device_tree = get_word(o, KEY_PARTITION_DEVICE_TREE);
    if (p->device_tree.text)
        p->device_tree.text = path_beside(b->arena, p->device_tree.at.source, p->device_tree.text);
    if (p->guest_unknown)
        return;
    if (p->guest != GUEST_LINUX)
        senseless(b, o, KEY_PARTITION_INITRD, p->guest, "'guest: linux'");
    if (p->guest != GUEST_LINUX && p->guest != GUEST_UBOOT) {
        senseless(b, o, KEY_PARTITION_CMDLINE, p->guest, "'guest: linux' or 'guest: uboot'");
        senseless(b, o, KEY_PARTITION_DEVICE_TREE, p->guest, "'guest: linux' or 'guest: uboot'");
    }
}

static void bind_partition(struct binder *b, const struct node *n, struct object *o,
                           const struct defaults *defaults, struct partition *p)
{
    p->mark = n->mark;
    p->name = get_word(o, KEY_PARTITION_NAME);
    p->id = get_amount(o, KEY_PARTITION_ID);
    if (!p->id.given)
        p->id = (struct amount){.value = p->index, .at = p->id.at, .given = !p->id.at.line};
    p->image = get_word(o, KEY_PARTITION_IMAGE);
    if (p->image.text)
        p->image.text = path_beside(b->arena, p->image.at.source, p->image.text);
    p->system = get_amount(o, KEY_PARTITION_SYSTEM);
    p->cpus = get_amount(o, KEY_PARTITION_CPUS);
    p->never_scheduled = get_amount(o, KEY_PARTITION_SCHEDULED);
    p->never_scheduled.value = p->never_scheduled.given && !p->never_scheduled.value;
    bind_common(b, o, defaults, p);
    bind_loaded(b, o, p);
    for (const struct node *i = get_list(o, KEY_PARTITION_MEMORY, false); i; i = i->next)
        bind_memory(b, i, p);
    for (const struct node *i = get_list(o, KEY_PARTITION_PORTS, false); i; i = i->next)
        bind_port(b, i, p);
    for (const struct node *i = get_list(o, KEY_PARTITION_DEVICES, false); i; i = i->next)
        list_add(b->arena, &p->devices)->name = item_word(b, i, KEY_PARTITION_DEVICES);
    p->offset = get_amount(o, KEY_PARTITION_OFFSET);
    p->jitter = get_amount(o, KEY_PARTITION_JITTER);
    p->blackout = get_amount(o, KEY_PARTITION_BLACKOUT);
    for (const struct node *i = get_list(o, KEY_PARTITION_CORES, false); i; i = i->next)
        *list_add(b->arena, &p->cores) = item_number(b, i, KEY_PARTITION_CORES);
    bind_processes(b, o, p);
    bind_rights(b, o, p);
    p->trusted_dma = get_word(o, KEY_PARTITION_TRUSTED_DMA);
    for (const struct node *i = get_list(o, KEY_PARTITION_INTERRUPTS, false); i; i = i->next)
        *list_add(b->arena, &p->interrupts) = bind_interrupt(b, i);
    for (const struct node *i = get_list(o, KEY_PARTITION_RESOURCES, false); i; i = i->next)
        *list_add(b->arena, &p->resources) = bind_resource_use(b, i);
}

// ---- include: ---------------------------------------------------------------------------------

static struct diag *bad_include(struct binder *b, struct mark at, const char *path, const char *why)
{
    struct diag *f = diag_report(b->diags, RULE_SYN_006, at, "cannot include '%s'", path);

    diag_label(b->diags, f, "%s", why);
    return f;
}

static bool inside(const char *path, const char *root)
{
    size_t length = strlen(root);

    return strcmp(root, "/") == 0 || (strncmp(path, root, length) == 0 && path[length] == '/');
}

// Follows an include to its tree; NULL after reporting. `chain` holds the real paths on the way.
static const struct node *follow(struct binder *b, const struct word *include,
                                 const char *chain[INCLUDE_DEPTH], size_t depth)
{
    const char *path = path_beside(b->arena, include->at.source, include->text);
    char *real = realpath(path, NULL);

    if (!real) {
        struct diag *f = bad_include(b, include->at, include->text, "there is no such file");
        diag_help(b->diags, f, "paths are relative to the file that names them: looked for '%s'",
                  path);
        return NULL;
    }
    chain[depth] = arena_text(b->arena, real, strlen(real));
    free(real);
    if (!inside(chain[depth], b->root)) {
        struct diag *f = bad_include(b, include->at, include->text,
                                     "it lies outside the directory of the main file");
        diag_help(b->diags, f,
                  "copy the file into the project, so that all its inputs stand in "
                  "one place");
        return NULL;
    }
    for (size_t i = 0; i < depth; i++) {
        if (strcmp(chain[i], chain[depth]) != 0)
            continue;
        struct diag *f = bad_include(b, include->at, include->text,
                                     "this file includes itself, directly or by others");
        diag_help(b->diags, f,
                  "write the partition's keys here, or include the file that has them");
        return NULL;
    }
    const struct node *n = bind_file(b, path, include->at, "include");
    if (n && node_get(n, "hvbuild")) {
        struct diag *f = bad_include(b, include->at, include->text,
                                     "it describes a whole system, not one partition");
        diag_help(b->diags, f, "move the partition's keys into a file of their own");
        return NULL;
    }
    return n;
}

// Opens the partition that an item stands for: itself, or what its include leads to.
static const struct node *open_partition(struct binder *b, const struct node *n, struct object *o)
{
    const char *chain[INCLUDE_DEPTH];

    for (size_t depth = 0; object_open(b, OBJECT_PARTITION, n, o); depth++) {
        const struct node *include = object_value(o, KEY_PARTITION_INCLUDE);
        if (!include)
            return n;
        for (const struct node *other = n->first; other; other = other->next) {
            if (other == include)
                continue;
            struct diag *f = diag_report(b->diags, RULE_SYN_007, other->key_mark,
                                         "'%s' stands beside 'include'", other->key);
            diag_note(b->diags, f, include->key_mark, "the whole partition comes from this file");
            diag_help(b->diags, f, "move all keys but `include` into the included file");
            break;
        }
        struct word path = get_word(o, KEY_PARTITION_INCLUDE);
        if (!path.text)
            return NULL;
        if (depth == INCLUDE_DEPTH) {
            struct diag *f =
                bad_include(b, path.at, path.text, "includes are nested more than 8 deep");
            diag_help(b->diags, f, "include the last file from the first one");
            return NULL;
        }
        n = follow(b, &path, chain, depth);
        if (!n)
            return NULL;
    }
    return NULL;
}

void bind_partitions(struct binder *b, const struct object *system)
{
    static const struct node empty = {.kind = NODE_MAP};
    const struct node *n = get_map(system, KEY_SYSTEM_DEFAULTS);
    struct object o;
    struct defaults defaults;
    struct partition scratch = {0};

    object_open(b, OBJECT_DEFAULTS, n ? n : &empty, &o);
    n = get_map(&o, KEY_DEFAULTS_PARTITION);
    object_open(b, OBJECT_DEFAULT_PARTITION, n ? n : &empty, &defaults.partition);
    n = get_map(&defaults.partition, KEY_DEFAULT_PARTITION_HEALTH);
    object_open(b, OBJECT_HEALTH, n ? n : &empty, &defaults.health);

    // Read once for their own sake, so that a wrong default is seen also when no partition takes
    // it.
    o = (struct object){.binder = b, .id = OBJECT_PARTITION};
    bind_common(b, &o, &defaults, &scratch);

    for (n = get_list(system, KEY_SYSTEM_PARTITIONS, false); n; n = n->next) {
        const struct node *item = open_partition(b, n, &o);
        if (!item) {
            b->model->partitions_lost = true;
            continue;
        }
        struct partition *p = list_add(b->arena, &b->model->partitions);
        p->index = (uint32_t)b->model->partitions.count - 1;
        bind_partition(b, item, &o, &defaults, p);
    }
}
