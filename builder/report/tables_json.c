// SPDX-License-Identifier: BSD-2-Clause
// Tables as JSON: nothing is computed here that is not already decided in them.
#include "report/tables_json.h"
#include "abi.h"
#include "image/image.h"
#include "model/events.h"
#include "model/keys.h"

#include <string.h>

const char *const action_names[TBL_ACTIONS] = {
    [TBL_ACTION_IGNORE] = "ignore",         [TBL_ACTION_HALT] = "halt",
    [TBL_ACTION_COLD_START] = "cold_start", [TBL_ACTION_WARM_START] = "warm_start",
    [TBL_ACTION_SUSPEND] = "suspend",       [TBL_ACTION_SWITCH_SCHEDULE] = "switch_schedule",
    [TBL_ACTION_SHUTDOWN] = "shutdown",     [TBL_ACTION_RESET] = "reset",
};

// The rows of `mask`, from the first row of a partition or of the module on.
static json_t *health_json(const void *tables, const struct tbl_health *rows, uint32_t mask)
{
    const struct tbl_schedule *schedules = tables_records(tables, TBL_SCHEDULE, NULL);
    json_t *o = json_object();

    for (uint32_t e = 1; e < HV_EVENT_COUNT; e++) {
        const struct tbl_health *h = &rows[e];

        if (!(mask >> e & 1))
            continue;
        json_t *row = json_string(action_names[h->action]);
        bool named = h->action == TBL_ACTION_SWITCH_SCHEDULE;
        bool process = h->level == TBL_LEVEL_PROCESS;

        if (named || process) // more than an action
            row = json_pack("{s:o}", "action", row);
        if (named)
            json_object_set_new(row, "schedule", json_string(schedules[h->schedule].name));
        if (process)
            json_object_set_new(row, "level", json_string("process"));
        json_object_set_new(o, event_infos[e].name, row);
    }
    return o;
}

const char *trace_words(struct arena *a, uint32_t events)
{
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of(SET_TRACE_EVENT, set);
    struct text t = {.arena = a};

    for (size_t i = 0; i < count; i++)
        if (events & set[i]->value)
            text_add(&t, "%s%s", t.length ? ", " : "", set[i]->word);
    return t.bytes;
}

json_t *hex_json(uint64_t value)
{
    return json_sprintf("0x%llx", (unsigned long long)value);
}

const char *digest_text(struct arena *a, const uint8_t digest[32])
{
    struct text t = {.arena = a};

    for (int i = 0; i < 32; i++)
        text_add(&t, "%02x", digest[i]);
    return t.bytes;
}

json_t *digest_json(const uint8_t digest[32])
{
    char text[65];

    for (int i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return json_string(text);
}

const char *rights_words(struct arena *a, uint32_t attributes)
{
    struct text t = {.arena = a};

    text_add(&t, "%s%s%s", attributes & TBL_MEM_READ ? "r" : "-",
             attributes & TBL_MEM_WRITE ? "w" : "-", attributes & TBL_MEM_EXECUTE ? "x" : "-");
    if (attributes & TBL_MEM_DEVICE)
        text_add(&t, " device");
    if (attributes & TBL_MEM_UNCACHED)
        text_add(&t, " uncached");
    if (attributes & TBL_MEM_SHARED)
        text_add(&t, " shared");
    if (attributes & TBL_MEM_KEEP)
        text_add(&t, " keep");
    if (attributes & TBL_MEM_GUARD)
        text_add(&t, " guard");
    return t.bytes;
}

uint64_t ticks_to_ns(const struct tbl_module *m, uint64_t ticks)
{
    unsigned __int128 product = (unsigned __int128)ticks * m->ns_numerator;

    return (uint64_t)((product + m->ns_denominator / 2) / m->ns_denominator);
}

static json_t *memory_json(struct arena *a, const struct tbl_memory *m)
{
    return json_pack("{s:o, s:o, s:o, s:s}", "address", hex_json(m->address), "phys",
                     hex_json(m->phys), "size", hex_json(m->size), "attributes",
                     rights_words(a, m->attributes));
}

static json_t *port_json(const struct tbl_port *p)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:i}", "name", p->name, "type",
                          p->type == TBL_SAMPLING ? "sampling" : "queuing", "direction",
                          p->direction == TBL_SOURCE ? "source" : "destination", "max_message",
                          (int)p->max_message);

    if (p->type == TBL_QUEUING)
        json_object_set_new(o, "depth", json_integer(p->depth));
    if (p->type == TBL_SAMPLING && p->direction == TBL_DESTINATION)
        json_object_set_new(o, "refresh_ns", json_integer((json_int_t)p->refresh_ns));
    json_object_set_new(o, "channel",
                        p->channel == TBL_NONE ? json_null() : json_integer(p->channel));
    return o;
}

static json_t *image_json(const struct tbl_image *i)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "source", hex_json(i->source), "file_size",
                     hex_json(i->file_size), "target", hex_json(i->target), "mem_size",
                     hex_json(i->mem_size), "sha256", digest_json(i->sha256));
}

static json_t *partition_json(struct arena *a, const void *tables, uint32_t index)
{
    const struct tbl_partition *p = tables_records(tables, TBL_PARTITION, NULL);
    const struct tbl_memory *memory = tables_records(tables, TBL_MEMORY, NULL);
    const struct tbl_vcpu *vcpus = tables_records(tables, TBL_VCPU, NULL);
    const struct tbl_interrupt *interrupts = tables_records(tables, TBL_INTERRUPT, NULL);
    const struct tbl_port *ports = tables_records(tables, TBL_PORT, NULL);
    const struct tbl_image *images = tables_records(tables, TBL_IMAGE, NULL);
    const struct tbl_health *health = tables_records(tables, TBL_HEALTH, NULL);
    json_t *list;

    p += index;
    json_t *o = json_pack(
        "{s:s, s:i, s:i, s:b, s:b, s:o, s:o}", "name", p->name, "id", (int)p->id, "vmid",
        (int)p->vmid, "system", (int)(p->flags & TBL_PARTITION_SYSTEM), "may_switch_schedule",
        !!(p->flags & TBL_PARTITION_SWITCH_SCHEDULE), "criticality",
        p->criticality > 4 ? json_null() : json_sprintf("%c", 'A' + (int)p->criticality), "entry",
        hex_json(p->entry));
    json_object_set_new(o, "cores", list = json_array());
    for (uint32_t i = 0; i < p->vcpu_count; i++)
        json_array_append_new(list, json_integer(vcpus[p->first_vcpu + i].core));
    json_object_set_new(o, "memory", list = json_array());
    for (uint32_t i = 0; i < p->memory_count; i++)
        json_array_append_new(list, memory_json(a, &memory[p->first_memory + i]));
    json_object_set_new(o, "interrupts", list = json_array());
    for (uint32_t i = 0; i < p->interrupt_count; i++) {
        const struct tbl_interrupt *irq = &interrupts[p->first_interrupt + i];
        json_array_append_new(list, json_pack("{s:i, s:i, s:s}", "intid", (int)irq->intid, "vcpu",
                                              (int)irq->vcpu, "trigger",
                                              irq->flags & TBL_IRQ_SHUTDOWN ? "shutdown"
                                              : irq->flags & TBL_IRQ_INPUT  ? "pl011, input"
                                              : irq->flags & TBL_IRQ_PL011  ? "pl011"
                                              : irq->flags & TBL_IRQ_SOFT   ? "doorbell"
                                              : irq->flags & TBL_IRQ_EDGE   ? "edge"
                                                                            : "level"));
    }
    json_object_set_new(o, "ports", list = json_array());
    for (uint32_t i = 0; i < p->port_count; i++)
        json_array_append_new(list, port_json(&ports[p->first_port + i]));
    json_object_set_new(o, "images", list = json_array());
    for (uint32_t i = 0; i < p->image_count; i++)
        json_array_append_new(list, image_json(&images[p->first_image + i]));
    json_object_set_new(o, "health",
                        health_json(tables, &health[index * HV_EVENT_COUNT], HV_EVENTS_PARTITION));
    if (p->flags & TBL_PARTITION_STOLEN_TIME)
        json_object_set_new(o, "virtual_time", json_string("reported"));
    if (p->flags & TBL_PARTITION_FROZEN_TIME)
        json_object_set_new(o, "virtual_time", json_string("frozen"));
    if (p->restart_limit)
        json_object_set_new(o, "restart_limit", json_integer(p->restart_limit));
    if (p->restart_within)
        json_object_set_new(o, "restart_within_ticks", json_integer((json_int_t)p->restart_within));
    if (p->initialisation)
        json_object_set_new(o, "initialisation_ticks", json_integer((json_int_t)p->initialisation));
    return o;
}

struct fraction frame_utilisation(const void *tables, uint32_t frame, uint32_t partition)
{
    uint32_t cores;
    const struct tbl_window *w = tables_records(tables, TBL_WINDOW, NULL);
    const struct tbl_vcpu *vcpus = tables_records(tables, TBL_VCPU, NULL);
    const struct tbl_frame *f = tables_records(tables, TBL_FRAME, NULL);
    const struct tbl_schedule *s = tables_records(tables, TBL_SCHEDULE, NULL);
    uint64_t busy = 0;

    tables_records(tables, TBL_CORE, &cores);
    f += frame;
    for (uint32_t i = f->first_window; i < f->first_window + f->window_count; i++)
        if (w[i].vcpu != TBL_NONE &&
            (partition == TBL_NONE || vcpus[w[i].vcpu].partition == partition))
            busy += w[i].end - w[i].start;
    uint64_t whole = s[frame / cores].frame, common = gcd_u64(busy, whole);
    return (struct fraction){busy / common, whole / common};
}

static json_t *fraction_json(struct fraction f)
{
    return json_sprintf("%llu/%llu", (unsigned long long)f.numerator,
                        (unsigned long long)f.denominator);
}

// Partitions that get the rest of a window, in their order.
static json_t *receivers_json(const void *tables, const struct tbl_window *w)
{
    const struct tbl_receiver *r = tables_records(tables, TBL_RECEIVER, NULL);
    const struct tbl_vcpu *vcpus = tables_records(tables, TBL_VCPU, NULL);
    const struct tbl_partition *p = tables_records(tables, TBL_PARTITION, NULL);
    json_t *list = json_array();

    for (uint32_t i = 0; i < w->receiver_count; i++)
        json_array_append_new(list,
                              json_string(p[vcpus[r[w->first_receiver + i].vcpu].partition].name));
    return list;
}

static json_t *frame_json(const void *tables, uint32_t frame)
{
    uint32_t partition_count;
    const struct tbl_module *m = tables_records(tables, TBL_MODULE, NULL);
    const struct tbl_frame *f = tables_records(tables, TBL_FRAME, NULL);
    const struct tbl_window *w = tables_records(tables, TBL_WINDOW, NULL);
    const struct tbl_vcpu *vcpus = tables_records(tables, TBL_VCPU, NULL);
    const struct tbl_partition *p = tables_records(tables, TBL_PARTITION, &partition_count);
    json_t *windows = json_array(), *shares = json_object();

    f += frame;
    for (uint32_t i = f->first_window; i < f->first_window + f->window_count; i++) {
        json_t *o =
            json_pack("{s:I, s:I, s:I, s:I}", "start_ns", (json_int_t)ticks_to_ns(m, w[i].start),
                      "end_ns", (json_int_t)ticks_to_ns(m, w[i].end), "start_ticks",
                      (json_int_t)w[i].start, "end_ticks", (json_int_t)w[i].end);
        if (w[i].vcpu == TBL_NONE) {
            json_object_set_new(o, "partition", json_null());
        } else {
            const struct tbl_vcpu *v = &vcpus[w[i].vcpu];
            json_object_set_new(o, "partition", json_string(p[v->partition].name));
            json_object_set_new(o, "vcpu", json_integer(v->index));
            json_object_set_new(o, "period_start",
                                json_boolean(w[i].flags & TBL_WINDOW_PERIOD_START));
            if (w[i].receiver_count)
                json_object_set_new(o, "receivers", receivers_json(tables, &w[i]));
            if (w[i].pad)
                json_object_set_new(o, "pad_ticks", json_integer(w[i].pad));
            if (w[i].flags & TBL_WINDOW_FLUSH)
                json_object_set_new(o, "flush", json_true());
        }
        json_array_append_new(windows, o);
    }
    for (uint32_t i = 0; i < partition_count; i++) {
        struct fraction share = frame_utilisation(tables, frame, i);
        if (share.numerator)
            json_object_set_new(shares, p[i].name, fraction_json(share));
    }
    return json_pack("{s:o, s:o, s:o}", "utilisation",
                     fraction_json(frame_utilisation(tables, frame, TBL_NONE)), "partitions",
                     shares, "windows", windows);
}

// What each partition has in a schedule, by name.
static json_t *duties_json(const void *tables, uint32_t schedule)
{
    uint32_t count;
    const struct tbl_partition *p = tables_records(tables, TBL_PARTITION, &count);
    const struct tbl_duty *d = tables_records(tables, TBL_DUTY, NULL);
    json_t *duties = json_object();

    d += (size_t)schedule * count;
    for (uint32_t i = 0; i < count; i++)
        json_object_set_new(duties, p[i].name,
                            json_pack("{s:I, s:I, s:s}", "period_ns", (json_int_t)d[i].period_ns,
                                      "duration_ns", (json_int_t)d[i].duration_ns, "on_change",
                                      action_names[d[i].on_change]));
    return duties;
}

static json_t *schedules_json(const void *tables)
{
    uint32_t count, cores;
    const struct tbl_schedule *s = tables_records(tables, TBL_SCHEDULE, &count);
    const struct tbl_module *m = tables_records(tables, TBL_MODULE, NULL);
    json_t *list = json_array();

    tables_records(tables, TBL_CORE, &cores);
    for (uint32_t i = 0; i < count; i++) {
        json_t *frames = json_array();
        for (uint32_t core = 0; core < cores; core++)
            json_array_append_new(frames, frame_json(tables, i * cores + core));
        json_array_append_new(
            list, json_pack("{s:s, s:i, s:b, s:I, s:I, s:o, s:o}", "name", s[i].name, "id",
                            (int)s[i].id, "initial", i == m->initial, "major_frame_ns",
                            (json_int_t)s[i].frame_ns, "major_frame_ticks", (json_int_t)s[i].frame,
                            "partitions", duties_json(tables, i), "cores", frames));
    }
    return list;
}

static json_t *end_json(const void *tables, const struct tbl_port *port)
{
    const struct tbl_partition *p = tables_records(tables, TBL_PARTITION, NULL);

    return json_sprintf("%s.%s", p[port->partition].name, port->name);
}

static json_t *channels_json(const void *tables)
{
    uint32_t count, ports;
    const struct tbl_channel *c = tables_records(tables, TBL_CHANNEL, &count);
    const struct tbl_port *p = tables_records(tables, TBL_PORT, &ports);
    json_t *list = json_array();

    for (uint32_t i = 0; i < count; i++, c++) {
        json_t *to = json_array();
        for (uint32_t k = 0; k < ports; k++)
            if (p[k].channel == i && p[k].direction == TBL_DESTINATION)
                json_array_append_new(to, end_json(tables, &p[k]));
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:i, s:o, s:o, s:o, s:I}", "type",
                                        c->type == TBL_SAMPLING ? "sampling" : "queuing",
                                        "max_message", (int)c->max_message, "depth", (int)c->depth,
                                        "from", end_json(tables, &p[c->source]), "to", to, "pool",
                                        hex_json(c->pool), "pool_size", (json_int_t)c->pool_size));
    }
    return list;
}

// What each core records and where; null when it records nothing.
static json_t *trace_json(const struct tbl_module *m)
{
    const struct choice_info *set[CHOICES_MAX];
    size_t count = choices_of(SET_TRACE_EVENT, set);
    json_t *events;

    if (!m->trace_events)
        return json_null();
    events = json_array();
    for (size_t i = 0; i < count; i++)
        if (m->trace_events & set[i]->value)
            json_array_append_new(events, json_string(set[i]->word));
    return json_pack("{s:o, s:i, s:o}", "events", events, "records", (int)m->trace_records,
                     "address", hex_json(m->trace));
}

static json_t *doorbells_json(const void *tables)
{
    uint32_t count;
    const struct tbl_doorbell *d = tables_records(tables, TBL_DOORBELL, &count);
    const struct tbl_partition *p = tables_records(tables, TBL_PARTITION, NULL);
    const struct tbl_interrupt *irq = tables_records(tables, TBL_INTERRUPT, NULL);
    const struct tbl_ring *r = tables_records(tables, TBL_RING, NULL);
    json_t *list = json_array();

    for (uint32_t i = 0; i < count; i++, d++) {
        json_t *to = json_array();
        for (uint32_t k = d->first_ring; k < d->first_ring + d->ring_count; k++) {
            const struct tbl_interrupt *at = &irq[r[k].interrupt];
            json_array_append_new(to,
                                  json_pack("{s:s, s:i, s:i, s:I}", "partition",
                                            p[at->partition].name, "vcpu", (int)at->vcpu, "intid",
                                            (int)at->intid, "gap_ticks", (json_int_t)r[k].gap));
        }
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", d->name, "from",
                                              p[d->partition].name, "to", to));
    }
    return list;
}

json_t *tables_json(struct arena *a, const void *tables)
{
    const struct tbl_header *h = tables;
    const struct tbl_module *m = tables_records(tables, TBL_MODULE, NULL);
    uint32_t partitions, regions, pages;
    const struct tbl_memory *memory = tables_records(tables, TBL_MEMORY, &regions);
    json_t *own = json_array(), *list = json_array();

    tables_records(tables, TBL_PARTITION, &partitions);
    tables_records(tables, TBL_TRANSLATION, &pages);
    for (uint32_t i = 0; i < regions; i++)
        if (memory[i].partition == TBL_NONE)
            json_array_append_new(own, memory_json(a, &memory[i]));
    for (uint32_t i = 0; i < partitions; i++)
        json_array_append_new(list, partition_json(a, tables, i));
    return json_pack(
        "{s:s, s:o, s:i, s:I, s:{s:o, s:o}, s:{s:o, s:o}, s:{s:o, s:o}, s:{s:o, s:i, s:i}, s:i, "
        "s:o, s:o, s:o, s:o, s:o, s:o}",
        "module", m->name, "config_id", digest_json(h->config_id), "board", (int)h->board,
        "timer_hz", (json_int_t)h->timer_hz, "tables", "address", hex_json(h->address), "size",
        hex_json(h->size), "state", "address", hex_json(h->state), "size", hex_json(h->state_size),
        "payload", "address", hex_json(h->payload), "size", hex_json(h->payload_size), "log",
        "address", hex_json(m->log), "records", (int)m->log_records, "per_frame",
        (int)m->log_per_frame, "translation_pages", (int)pages, "hypervisor_memory", own,
        "partitions", list, "schedules", schedules_json(tables), "channels", channels_json(tables),
        "doorbells", doorbells_json(tables), "trace", trace_json(m));
}
