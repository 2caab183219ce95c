// SPDX-License-Identifier: BSD-2-Clause
// The model as a document: module, what lies between partitions, schedules; partitions are in
// partition_yaml.c.
#include "report/model_yaml.h"
#include "model/events.h"
#include "report/yaml_parts.h"

#include <stdlib.h>
#include <string.h>

// ---- Module -------------------------------------------------------------------------------------

static void put_health(struct yaml_out *w, struct map_out *module, const struct model *m)
{
    MAP(health, MODULE_HEALTH);
    MAP(lateness, LATENESS);
    MAP(log, LOG);

    put_amount(&lateness, KEY_LATENESS_BOUND, m->lateness_bound);
    put_choice(&lateness, KEY_LATENESS_ACTION, m->action[HV_EVENT_WINDOW_LATE], (struct mark){0});
    put_bool(&lateness, KEY_LATENESS_LOG, m->lateness_log, (struct mark){0});
    put_map(&health, KEY_MODULE_HEALTH_ON_LATENESS, &lateness);
    put_amount(&log, KEY_LOG_RECORDS, m->log_records);
    put_amount(&log, KEY_LOG_PER_FRAME, m->log_per_frame);
    put_map(&health, KEY_MODULE_HEALTH_LOG, &log);
    for (int event = 0; event < HV_EVENT_COUNT; event++)
        if (event_infos[event].module != KEYS && (w->defaults || m->action_at[event].line))
            put_choice(&health, event_infos[event].module, m->action[event], m->action_at[event]);
    put_map(module, KEY_MODULE_HEALTH, &health);
}

static void put_trace(struct yaml_out *w, struct map_out *module, const struct model *m)
{
    MAP(trace, TRACE);
    struct text events = {.arena = w->arena};
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of(SET_TRACE_EVENT, set);

    if (!m->trace_events)
        return;
    for (size_t i = 0; i < count; i++)
        if (m->trace_events & set[i]->value)
            name_add(&events, set[i]->word);
    put_names(&trace, KEY_TRACE_EVENTS, &events);
    put_amount(&trace, KEY_TRACE_RECORDS, m->trace_records);
    put_map(module, KEY_MODULE_TRACE, &trace);
}

static void put_device(struct list_out *list, struct yaml_out *w, const struct board_device *d)
{
    MAP(o, BOARD_DEVICE);
    struct mark none = {0};

    put_word(&o, KEY_BOARD_DEVICE_NAME, &d->name);
    put_number(&o, KEY_BOARD_DEVICE_START, d->start);
    put_number(&o, KEY_BOARD_DEVICE_SIZE, d->size);
    put_amount(&o, KEY_BOARD_DEVICE_INTID, (struct amount){.value = d->intid, .given = true});
    put_bool(&o, KEY_BOARD_DEVICE_EDGE, d->edge, none);
    put_bool(&o, KEY_BOARD_DEVICE_DMA, d->dma, none);
    put_bool(&o, KEY_BOARD_DEVICE_RESERVED, d->reserved, none);
    put_word(&o, KEY_BOARD_DEVICE_COMPATIBLE, &d->compatible);
    list_item(list, &o, d->mark);
}

static void put_platform(struct yaml_out *w, struct map_out *module, const struct board *board)
{
    MAP(o, PLATFORM);
    ITEMS(memory);
    ITEMS(devices);

    put_number(&o, KEY_PLATFORM_CORES, board->cores.count);
    put_number(&o, KEY_PLATFORM_TIMER_FREQUENCY, board->timer_hz);
    put_number(&o, KEY_PLATFORM_MIN_WINDOW, board->min_window);
    put_number(&o, KEY_PLATFORM_SWITCH_COST, board->switch_cost);
    EACH(r, &board->ram) {
        MAP(item, BOARD_MEMORY);
        put_word(&item, KEY_BOARD_MEMORY_NAME, &r->name);
        put_number(&item, KEY_BOARD_MEMORY_START, r->start);
        put_number(&item, KEY_BOARD_MEMORY_SIZE, r->size);
        list_item(&memory, &item, r->mark);
    }
    EACH(d, &board->devices)
        put_device(&devices, w, d);
    put_list(&o, KEY_PLATFORM_MEMORY, &memory);
    put_list(&o, KEY_PLATFORM_DEVICES, &devices);
    put_map(module, KEY_MODULE_PLATFORM, &o);
}

static bool is_path(const char *board)
{
    size_t length = strlen(board);

    return strchr(board, '/') || (length > 5 && strcmp(board + length - 5, ".yaml") == 0);
}

// A board file is named beside the description, or stands in this directory.
static void put_board(struct map_out *o, const struct model *m)
{
    const char *name = m->board_name.text,
               *slash = m->source ? strrchr(m->source->name, '/') : NULL;
    struct arena *a = o->out->arena;

    if (!name || !is_path(name)) {
        put_word(o, KEY_MODULE_BOARD, &m->board_name);
        return;
    }
    if (*name != '/' && slash)
        name = arena_printf(a, "%.*s%s", (int)(slash + 1 - m->source->name), m->source->name, name);
    put_path(o, KEY_MODULE_BOARD, name);
}

static void put_module(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    MAP(o, MODULE);
    struct mark none = {0};
    struct word dialect = {.text = m->dialect};

    put_word(&o, KEY_MODULE_NAME, &m->name);
    put_board(&o, m);
    put_health(w, &o, m);
    put_trace(w, &o, m);
    if (m->board && m->board_name.text && strcmp(m->board_name.text, "generic") == 0)
        put_platform(w, &o, m->board);
    put_choice(&o, KEY_MODULE_PROFILE, m->profile, m->profile_at);
    put_amount(&o, KEY_MODULE_SWITCH_COST, m->switch_cost);
    put_choice(&o, KEY_MODULE_SWITCH_IN, (uint32_t)m->switch_in_gap.value,
               m->switch_in_gap.given ? m->switch_in_gap.at : none);
    put_amount(&o, KEY_MODULE_RESERVE, m->reserve);
    put_amount(&o, KEY_MODULE_CLOCK_SKEW, m->clock_skew);
    put_word(&o, KEY_MODULE_CONSOLE_INPUT, &m->console_input);
    if (m->dialect && strcmp(m->dialect, "system.yaml") != 0)
        put_word(&o, KEY_MODULE_DIALECT, &dialect);
    put_block(system, KEY_SYSTEM_MODULE, map_block(&o));
}

// ---- Shared memory and channels -----------------------------------------------------------------

static void put_shared(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    ITEMS(list);

    EACH(s, &m->shared) {
        MAP(o, SHARED);
        put_word(&o, KEY_SHARED_NAME, &s->name);
        put_amount(&o, KEY_SHARED_SIZE, s->size);
        put_amount(&o, KEY_SHARED_PHYS, s->phys);
        if (w->defaults && !s->phys.given && s->planned_phys)
            put_number(&o, KEY_SHARED_PHYS, s->planned_phys);
        put_amount(&o, KEY_SHARED_MULTI_WRITER, s->writers);
        put_bool(&o, KEY_SHARED_CACHED, !(s->attributes & TBL_MEM_UNCACHED), (struct mark){0});
        list_item(&list, &o, s->mark);
    }
    put_list(system, KEY_SYSTEM_SHARED_MEMORY, &list);
}

static void put_channels(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    ITEMS(list);

    EACH(c, &m->channels) {
        MAP(o, CHANNEL);
        struct text from = {.arena = w->arena}, to = {.arena = w->arena};
        put_word(&o, KEY_CHANNEL_NAME, &c->name);
        put_choice(&o, KEY_CHANNEL_TYPE, c->type, c->type_at);
        put_amount(&o, KEY_CHANNEL_MAX_MESSAGE, c->max_message);
        put_amount(&o, KEY_CHANNEL_DEPTH, c->depth);
        EACH(e, &c->from)
            if (e->text.text)
                name_add(&from, e->text.text);
        EACH(e, &c->to)
            if (e->text.text)
                name_add(&to, e->text.text);
        if (c->from.count == 1 && from.length)
            put_text(&o, KEY_CHANNEL_FROM, from.bytes);
        else
            put_names(&o, KEY_CHANNEL_FROM, &from);
        put_names(&o, KEY_CHANNEL_TO, &to);
        put_amount(&o, KEY_CHANNEL_LOCAL, c->local);
        list_item(&list, &o, c->mark);
    }
    put_list(system, KEY_SYSTEM_CHANNELS, &list);
}

// ---- Schedules ----------------------------------------------------------------------------------

static void put_window(struct list_out *list, struct yaml_out *w, const struct window *x)
{
    MAP(o, WINDOW);

    put_word(&o, KEY_WINDOW_PARTITION, &x->partition_name);
    put_amount(&o, KEY_WINDOW_START, x->start);
    put_amount(&o, KEY_WINDOW_DURATION, x->duration);
    put_amount(&o, KEY_WINDOW_EVERY, x->every);
    put_amount(&o, KEY_WINDOW_CPU, x->cpu);
    put_written(&o, KEY_WINDOW_PERIOD_START, x->period_start);
    put_members(&o, KEY_WINDOW_RECEIVERS, x->receivers.items, x->receivers.count);
    put_amount(&o, KEY_WINDOW_PAD, x->pad);
    put_written(&o, KEY_WINDOW_FLUSH, x->flush);
    list_item(list, &o, x->mark);
}

static void put_slot(struct list_out *list, struct yaml_out *w, const struct schedule *s,
                     const struct slot *slot)
{
    const struct window *x = slot->window;
    MAP(o, WINDOW);

    put_word(&o, KEY_WINDOW_PARTITION, &x->partition_name);
    put_number(&o, KEY_WINDOW_START, slot->start);
    put_number(&o, KEY_WINDOW_DURATION, slot->end - slot->start);
    put_amount(&o, KEY_WINDOW_CPU, x->cpu);
    if (x->partition && (x->period_start.at.line || demand_of(s, x->partition)->period.given))
        put_bool(&o, KEY_WINDOW_PERIOD_START, slot->period_start, x->mark);
    put_members(&o, KEY_WINDOW_RECEIVERS, x->receivers.items, x->receivers.count);
    put_amount(&o, KEY_WINDOW_PAD, x->pad);
    put_written(&o, KEY_WINDOW_FLUSH, x->flush);
    list_item(list, &o, x->mark);
}

static const char *cores_text(struct yaml_out *w, const struct schedule *s)
{
    struct text cores = {.arena = w->arena};

    EACH(core, &s->cores) {
        MAP(o, CORE);
        ITEMS(windows);
        if (w->defaults)
            EACH(slot, &core->slots)
                put_slot(&windows, w, s, slot);
        else
            EACH(x, &core->windows)
                put_window(&windows, w, x);
        if (core->frame.given) {
            put_amount(&o, KEY_CORE_FRAME, core->frame);
            put_list(&o, KEY_CORE_WINDOWS, &windows);
            text_add(&cores, "%u:\n%s", core->core, indented(w->arena, map_block(&o), 2));
        } else if (windows.count) {
            text_add(&cores, "%u:\n%s", core->core, indented(w->arena, windows.text.bytes, 2));
        } else {
            text_add(&cores, "%u: []\n", core->core);
        }
    }
    return cores.bytes;
}

static const char *changes_text(struct yaml_out *w, const struct schedule *s)
{
    struct text t = {.arena = w->arena};

    // The set of the words belongs to the key; a map of one key is as good as any to find one.
    EACH(c, &s->on_change) {
        MAP(o, SCHEDULE);
        put_choice(&o, KEY_SCHEDULE_ON_CHANGE, c->action, c->action_at);
        const char *word = o.value[(int)KEY_SCHEDULE_ON_CHANGE - objects[OBJECT_SCHEDULE].first];
        if (c->partition_name.text && word)
            text_add(&t, "%s: %s\n", yaml_scalar(w->arena, c->partition_name.text), word);
    }
    return t.bytes;
}

static void put_schedule(struct list_out *list, struct yaml_out *w, const struct schedule *s)
{
    MAP(o, SCHEDULE);
    ITEMS(demands);
    bool asked =
        s->synthesize.given && s->synthesize.value; // the windows are not the description's

    put_word(&o, KEY_SCHEDULE_NAME, &s->name);
    put_written(&o, KEY_SCHEDULE_ID, s->id);
    put_written(&o, KEY_SCHEDULE_INITIAL, s->initial);
    if (w->defaults || !asked || !mark_same(s->major_frame.at, s->synthesize.at))
        put_amount(&o, KEY_SCHEDULE_MAJOR_FRAME, s->major_frame);
    EACH(d, &s->demands) {
        MAP(item, DEMAND);
        put_word(&item, KEY_DEMAND_PARTITION, &d->partition_name);
        put_amount(&item, KEY_DEMAND_PERIOD, d->period);
        put_amount(&item, KEY_DEMAND_DURATION, d->duration);
        list_item(&demands, &item, d->mark);
    }
    put_list(&o, KEY_SCHEDULE_PARTITIONS, &demands);
    if (w->defaults && s->cores.count)
        put_bool(&o, KEY_SCHEDULE_SYNTHESIZE, false, (struct mark){0});
    else
        put_amount(&o, KEY_SCHEDULE_SYNTHESIZE, s->synthesize);
    if (s->cores.count && (w->defaults || !asked))
        put_block(&o, KEY_SCHEDULE_CORES, cores_text(w, s));
    else if (!asked)
        put_text(&o, KEY_SCHEDULE_CORES, "{}");
    if (changes_text(w, s))
        put_block(&o, KEY_SCHEDULE_ON_CHANGE, changes_text(w, s));
    put_amount(&o, KEY_SCHEDULE_FINAL, s->final);
    put_amount(&o, KEY_SCHEDULE_CHANGE_WITHIN, s->change_within);
    list_item(list, &o, s->mark);
}

static void put_doorbells(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    ITEMS(list);

    EACH(d, &m->doorbells) {
        MAP(o, DOORBELL);
        ITEMS(rings);
        put_word(&o, KEY_DOORBELL_NAME, &d->name);
        put_word(&o, KEY_DOORBELL_FROM, &d->from);
        EACH(r, &d->to) {
            MAP(to, RING);
            put_word(&to, KEY_RING_PARTITION, &r->partition_name);
            put_amount(&to, KEY_RING_CPU, r->cpu);
            put_amount(&to, KEY_RING_INTERRUPT, r->interrupt);
            put_amount(&to, KEY_RING_EVERY, r->every);
            list_item(&rings, &to, r->mark);
        }
        put_list(&o, KEY_DOORBELL_TO, &rings);
        list_item(&list, &o, d->mark);
    }
    put_list(system, KEY_SYSTEM_DOORBELLS, &list);
}

// ---- Between partitions -------------------------------------------------------------------------

static void put_exclusions(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    ITEMS(list);

    EACH(e, &m->exclusions) {
        MAP(o, EXCLUSION);
        put_word(&o, KEY_EXCLUSION_NAME, &e->name);
        put_members(&o, KEY_EXCLUSION_MEMBERS, e->members.items, e->members.count);
        put_choice(&o, KEY_EXCLUSION_NEVER, e->kind, (struct mark){0});
        list_item(&list, &o, e->mark);
    }
    put_list(system, KEY_SYSTEM_EXCLUSIONS, &list);
}

static void put_co_runs(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    struct text lists = {.arena = w->arena};

    EACH(c, &m->co_runs) {
        struct text names = {.arena = w->arena};
        EACH(member, &c->members)
            if (member->name.text)
                name_add(&names, member->name.text);
        text_add(&lists, "- [%s]\n", names.length ? names.bytes : "");
    }
    if (lists.length)
        put_block(system, KEY_SYSTEM_CO_RUN, lists.bytes);
}

static void put_resources(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    ITEMS(list);

    EACH(r, &m->resources) {
        MAP(o, RESOURCE);
        put_word(&o, KEY_RESOURCE_NAME, &r->name);
        put_amount(&o, KEY_RESOURCE_CAPACITY, r->capacity);
        list_item(&list, &o, r->mark);
    }
    put_list(system, KEY_SYSTEM_RESOURCES, &list);
}

static void put_chains(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    ITEMS(list);

    EACH(c, &m->chains) {
        MAP(o, CHAIN);
        struct text steps = {.arena = w->arena};
        put_word(&o, KEY_CHAIN_NAME, &c->name);
        EACH(step, &c->steps)
            if (step->text.text)
                name_add(&steps, step->text.text);
        put_names(&o, KEY_CHAIN_STEPS, &steps);
        put_amount(&o, KEY_CHAIN_REACTION, c->reaction);
        put_amount(&o, KEY_CHAIN_AGE, c->age);
        put_amount(&o, KEY_CHAIN_JITTER, c->jitter);
        list_item(&list, &o, c->mark);
    }
    put_list(system, KEY_SYSTEM_CHAINS, &list);
}

static void put_waivers(struct yaml_out *w, struct map_out *system, const struct model *m)
{
    ITEMS(list);

    EACH(x, &m->waivers) {
        MAP(o, WAIVER);
        put_word(&o, KEY_WAIVER_RULE, &x->rule);
        put_word(&o, KEY_WAIVER_OBJECT, &x->object);
        put_word(&o, KEY_WAIVER_REASON, &x->reason);
        put_word(&o, KEY_WAIVER_AUTHOR, &x->author);
        put_word(&o, KEY_WAIVER_DIGEST, &x->digest);
        list_item(&list, &o, x->mark);
    }
    put_list(system, KEY_SYSTEM_WAIVERS, &list);
}

// ---- The document -------------------------------------------------------------------------------

static void put_system(struct map_out *o, const struct model *m)
{
    struct yaml_out *w = o->out;
    ITEMS(partitions);
    ITEMS(schedules);

    w->next = 0;
    put_text(o, KEY_SYSTEM_HVBUILD, "1");
    put_module(w, o, m);
    EACH(p, &m->partitions)
        put_partition(&partitions, w, p);
    put_list(o, KEY_SYSTEM_PARTITIONS, &partitions);
    put_shared(w, o, m);
    put_channels(w, o, m);
    put_doorbells(w, o, m);
    EACH(s, &m->schedules)
        put_schedule(&schedules, w, s);
    put_list(o, KEY_SYSTEM_SCHEDULES, &schedules);
    put_exclusions(w, o, m);
    put_co_runs(w, o, m);
    put_resources(w, o, m);
    put_chains(w, o, m);
    put_health_tables(w, o, &m->hm);
    put_waivers(w, o, m);
}

static bool is_before(struct mark a, struct mark b) // or at the same place
{
    uint32_t file_a = a.source ? a.source->order : 0, file_b = b.source ? b.source->order : 0;

    if (file_a != file_b)
        return file_a < file_b;
    if (a.line != b.line)
        return a.line < b.line;
    return a.column <= b.column;
}

static int by_mark(const void *a, const void *b)
{
    const struct mark *x = *(const struct mark *const *)a, *y = *(const struct mark *const *)b;
    bool before = is_before(*x, *y), after = is_before(*y, *x);

    // Of two at one place the one that was written first lies inside the other.
    return before && after ? (x > y ? -1 : x < y) : before ? -1 : 1;
}

// Each remark belongs to the last item that begins before it; what stands before all items goes to
// `head`.
static void place_remarks(struct yaml_out *w, const struct model *m, struct text *head)
{
    size_t count = w->items.count;
    const struct mark **sorted = arena_alloc(w->arena, (count + 1) * sizeof *sorted);
    struct text *places = arena_alloc(w->arena, (count + 1) * sizeof *places);

    for (size_t i = 0; i < count; i++) {
        sorted[i] = &w->items.items[i];
        places[i].arena = w->arena;
    }
    if (count)
        qsort(sorted, count, sizeof *sorted, by_mark);
    EACH(r, &m->remarks) {
        size_t low = 0, high = count; // the first item behind the remark
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (is_before(*sorted[middle], r->at))
                low = middle + 1;
            else
                high = middle;
        }
        struct text *place = low ? &places[sorted[low - 1] - w->items.items] : head;
        text_add(place, "# no equivalent: %s\n", yaml_comment(w->arena, r->text));
    }
    for (size_t i = 0; i < count; i++)
        *list_add(w->arena, &w->remarks) = places[i].bytes;
}

static const char *directory_of(struct arena *a, const char *file)
{
    const char *slash = file ? strrchr(file, '/') : NULL;

    if (slash == file && slash)
        return "/";
    return slash ? arena_text(a, file, (size_t)(slash - file)) : NULL;
}

void model_yaml(struct text *out, const struct model *m, const char *file, bool defaults)
{
    struct yaml_out w = {
        .arena = out->arena, .defaults = defaults, .directory = directory_of(out->arena, file)};
    struct map_out first = {.out = &w, .id = OBJECT_SYSTEM}, system = first;

    if (m->remarks.count) {
        w.collecting = true;
        put_system(&first, m);
        w.collecting = false;
        place_remarks(&w, m, out);
    }
    put_system(&system, m);
    for (size_t i = 0; i < object_count(OBJECT_SYSTEM); i++) {
        const char *key = keys[objects[OBJECT_SYSTEM].first + (int)i].key;
        if (system.value[i] && system.block[i])
            text_add(out, "\n%s:\n%s", key, indented(w.arena, system.value[i], 2));
        else if (system.value[i])
            text_add(out, "%s: %s\n", key, system.value[i]);
    }
}

void windows_yaml(struct text *out, const struct schedule *s, int indent)
{
    struct yaml_out w = {.arena = out->arena};
    const char *cores = s->cores.count ? cores_text(&w, s) : NULL;

    if (cores)
        text_add(out, "%*scores:\n%s", indent, "", indented(w.arena, cores, indent + 2));
    else
        text_add(out, "%*scores: {}\n", indent, "");
}
