// SPDX-License-Identifier: BSD-2-Clause
// The configuration's identity: one line of text per fact, in a fixed order, then SHA-256. Only
// what the runtime will do differently is in it; how it was written and where the files lay is not.
#include "image/image.h"
#include "plan/plan.h"

#include <inttypes.h>
#include <string.h>

static void board_text(struct text *t, const struct board *b)
{
    text_add(t, "board %u timer %" PRIu64 " load 0x%" PRIx64 "\n", b->id, b->timer_hz,
             b->load_address);
    EACH(core, &b->cores) {
        text_add(t, "core 0x%" PRIx64 "\n", *core);
    }
    EACH(ram, &b->ram) {
        text_add(t, "ram 0x%" PRIx64 " 0x%" PRIx64 "\n", ram->start, ram->size);
    }
    EACH(device, &b->devices) {
        if (device->reserved)
            text_add(t, "reserved 0x%" PRIx64 " 0x%" PRIx64 "\n", device->start, device->size);
    }
}

// A name with its length in front: whatever it contains, no two texts are the same by accident.
static void name_text(struct text *t, const char *name)
{
    text_add(t, " %zu:%s", strlen(name), name);
}

static void amount_text(struct text *t, const char *name, struct amount a)
{
    if (a.given)
        text_add(t, " %s 0x%" PRIx64, name, a.value);
    else
        text_add(t, " %s -", name);
}

static void partition_text(struct text *t, const struct partition *q)
{
    text_add(t, "partition");
    name_text(t, q->name.text);
    text_add(t, " id %" PRIu64 " system %d cpus %" PRIu64, q->id.given ? q->id.value : q->index,
             is_true(q->system), (uint64_t)vcpu_count(q));
    amount_text(t, "criticality", q->criticality);
    amount_text(t, "shutdown", q->shutdown);
    text_add(t, " guest %u console %u", q->guest, q->console);
    if (q->cmdline.text)
        name_text(t, q->cmdline.text);
    if (q->device_tree.text)
        text_add(t, " tree");
    if (q->virtual_time)
        text_add(t, " time %u", q->virtual_time);
    text_add(t, " rights");
    EACH(use, &q->rights)
        text_add(t, " %u", use->right);
    text_add(t, " actions");
    for (uint32_t event = 1; event < HV_EVENT_COUNT; event++)
        text_add(t, " %u", q->action[event]);
    if (q->process_level)
        text_add(t, " handled 0x%x", q->process_level);
    if (q->switch_to)
        text_add(t, " to %" PRIu64, q->switch_to->id.value);
    amount_text(t, "restarts", q->restart_limit);
    amount_text(t, "within", q->restart_within);
    amount_text(t, "initialised", q->initialisation);
    if (q->trusted_dma.text)
        text_add(t, " dma");
    if (q->in_place)
        text_add(t, " in place");
    text_add(t, "\n");
    EACH(m, &q->memory) {
        text_add(t, "memory size 0x%" PRIx64 " attributes 0x%x", memory_size(m), m->attributes);
        amount_text(t, "at", m->at);
        amount_text(t, "phys", m->phys);
        text_add(t, " shared");
        name_text(t, m->block ? m->block->name.text : "");
        text_add(t, "\n");
    }
    EACH(use, &q->devices) {
        if (use->device && use->device->intid)
            text_add(t, "interrupt %u edge %d\n", use->device->intid, use->device->edge);
    }
    EACH(port, &q->ports) {
        text_add(t, "port");
        name_text(t, port->name.text);
        text_add(t, " type %u direction %u refresh %" PRIu64 " channel ", port->type,
                 port->direction, port->refresh.value);
        if (port->channel)
            text_add(t, "%u\n", port->channel->index);
        else
            text_add(t, "- max %" PRIu64 " depth %" PRIu64 "\n", port->max_message.value,
                     port->depth.value);
    }
}

static void schedule_text(struct text *t, const struct model *m, const struct schedule *s,
                          uint32_t cores)
{
    text_add(t, "schedule");
    name_text(t, s->name.text);
    text_add(t, " id %" PRIu64 " frame %" PRIu64 "%s\n", s->id.value, s->major_frame.value,
             s == initial_schedule(m) ? " initial" : "");
    EACH(q, &m->partitions) {
        const struct demand *owed = demand_of(s, q);
        text_add(t, "owes %u %" PRIu64 " %" PRIu64, q->index, owed->duration.value,
                 owed->period.value);
        EACH(change, &s->on_change) {
            if (change->partition == q)
                text_add(t, " begins %u", change->action);
        }
        text_add(t, "\n");
    }
    for (uint32_t core = 0; core < cores; core++) {
        EACH(plan, &s->cores) {
            for (size_t i = 0; plan->core == core && i < plan->slots.count; i++) {
                const struct slot *slot = &plan->slots.items[i];
                const struct partition *q = slot->window->partition;
                text_add(t, "%u %" PRIu64 " %" PRIu64, core, slot->start, slot->end);
                if (q)
                    text_add(t, " partition %u cpu %" PRIu64 " %d", q->index,
                             slot->window->cpu.value, slot->period_start);
                EACH(receiver, &slot->window->receivers)
                    text_add(t, " then %u", receiver->partition->index);
                amount_text(t, "pad", slot->window->pad);
                amount_text(t, "flush", slot->window->flush);
                text_add(t, "\n");
            }
        }
    }
}

static void end_text(struct text *t, const struct port *port)
{
    text_add(t, " %u", port->partition->index);
    name_text(t, port->name.text);
}

const char *config_text(struct arena *a, const struct model *m)
{
    struct text t = {.arena = a};

    text_add(&t, "bulkhead configuration %u.%u\nmodule", TBL_MAJOR, TBL_MINOR);
    name_text(&t, m->name.text);
    text_add(&t, " lateness log %d actions", m->lateness_log);
    for (uint32_t event = 1; event < HV_EVENT_COUNT; event++)
        text_add(&t, " %u", m->action[event]);
    amount_text(&t, "bound", m->lateness_bound);
    text_add(&t, " log records %" PRIu64 " per frame %" PRIu64, m->log_records.value,
             m->log_per_frame.value);
    if (m->input_to)
        text_add(&t, " input %u", m->input_to->index);
    if (m->trace_events)
        text_add(&t, " trace 0x%x records %" PRIu64, m->trace_events, m->trace_records.value);
    text_add(&t, "\n");
    board_text(&t, m->board);
    EACH(q, &m->partitions)
        partition_text(&t, q);
    EACH(s, &m->shared) {
        text_add(&t, "shared");
        name_text(&t, s->name.text);
        text_add(&t, " size 0x%" PRIx64 " attributes 0x%x", s->size.value, s->attributes);
        amount_text(&t, "phys", s->phys);
        text_add(&t, "\n");
    }
    EACH(c, &m->channels) {
        const struct port *from = c->from.items[0].port;
        text_add(&t, "channel type %u max %" PRIu64 " depth %" PRIu64 " ends", c->type,
                 c->max_message.value, c->depth.value);
        end_text(&t, from);
        EACH(to, &c->to) {
            end_text(&t, to->port);
        }
        text_add(&t, "\n");
    }
    EACH(d, &m->doorbells) {
        text_add(&t, "doorbell");
        name_text(&t, d->name.text);
        text_add(&t, " from %u", d->source->index);
        EACH(r, &d->to) {
            text_add(&t, " to %u cpu %" PRIu64 " interrupt %" PRIu64, r->partition->index,
                     r->cpu.value, r->interrupt.value);
            amount_text(&t, "every", r->every);
        }
        text_add(&t, "\n");
    }
    EACH(s, &m->schedules) {
        schedule_text(&t, m, s, (uint32_t)m->board->cores.count);
    }
    return t.bytes;
}

void config_identity(struct arena *a, const struct model *m, uint8_t digest[32])
{
    const char *text = config_text(a, m);

    sha256_of(text, strlen(text), digest);
}
