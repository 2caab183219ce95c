// SPDX-License-Identifier: BSD-2-Clause
// Rules about the module as a whole: its name, and totals that the runtime has room for.
#include "check/pass.h"

#include "analysis/timetable.h"

// ---- MOD-001: the module has a name -------------------------------------------------------------

void check_MOD_001(struct pass *p)
{
    struct model *m = p->model;
    struct diag *f;

    if (!m->name.text || m->name.text[0])
        return; // absent: the reader has said so
    f = pass_report(p, mark_or(m->name.at, m->module_at), "the module has an empty name");
    diag_help(p->diags, f,
              "name it: the boot banner, the health log and the report identify the "
              "configuration by it");
}

// ---- MOD-008: what is typed has a receiver ------------------------------------------------------

void check_MOD_008(struct pass *p)
{
    const struct model *m = p->model;
    const struct partition *to = m->input_to;
    struct diag *f;

    if (!to)
        return; // nobody; or the reader has said that there is no such partition
    if (to->console != CONSOLE_PL011) {
        f = pass_report(p, m->console_input.at, "partition '%s' cannot receive what is typed",
                        word_text(&to->name));
        diag_label(p->diags, f, "it has nothing to receive with");
        diag_note(p->diags, f, mark_or(to->console_at, mark_or(to->name.at, to->mark)),
                  "its console is `calls`, which only sends");
        diag_help(p->diags, f, "give it an emulated UART: `console: pl011`");
    } else if (m->board && !checking_only(m) && !board_input(m->board)) {
        f = pass_report(p, m->console_input.at, "board '%s' does not tell when something is typed",
                        word_text(&m->board->name));
        diag_note(p->diags, f, m->board->mark, "none of its reserved devices has an interrupt");
        diag_help(p->diags, f,
                  "give the console's `intid` in the board file, or remove 'console_input'");
    }
}

// ---- MOD-004: totals ----------------------------------------------------------------------------

struct total {
    const char *what;
    uint64_t count, limit;
    struct mark at; // the first that is too many
    const char *reason;
};

// One more; the first beyond the limit is where the finding stands.
static void add(struct total *t, uint64_t count, struct mark at)
{
    if (t->count <= t->limit && t->count + count > t->limit)
        t->at = at;
    t->count += count;
}

static void judge(struct pass *p, const struct total *t)
{
    struct diag *f;

    if (t->count <= t->limit)
        return;
    f = pass_report(p, t->at, "the module has too many %s", t->what);
    diag_label(p->diags, f, "%llu %s, the limit is %llu", (unsigned long long)t->count, t->what,
               (unsigned long long)t->limit);
    diag_help(p->diags, f, "%s", pass_limit(p, t->reason));
}

static void count_ports(struct pass *p)
{
    static const char reason[] =
        "ARINC 653 allows 512 of a kind in a module, and the runtime has a fixed table of "
        "1024 ports; combine data that is sent together into one message";
    const struct limits *limits = limits_of(p->model);
    struct total sampling = {"sampling ports", 0, limits->sampling_ports, {0}, reason};
    struct total queuing = {"queuing ports", 0, limits->queuing_ports, {0}, reason};

    EACH(part, &p->model->partitions) {
        EACH(port, &part->ports)
            add(port->type == TBL_QUEUING ? &queuing : &sampling, 1,
                mark_or(port->name.at, port->mark));
    }
    judge(p, &sampling);
    judge(p, &queuing);
}

static void count_of_partitions(struct pass *p)
{
    const struct limits *limits = limits_of(p->model);
    struct total vcpus = {
        "vcpus",
        0,
        limits->vcpus,
        {0},
        "each vcpu has its registers in a fixed table of the runtime; lower 'cpus' of some "
        "partitions"};
    struct total interrupts = {
        "interrupts of devices and doorbells",
        0,
        limits->interrupts,
        {0},
        "the runtime has a fixed table of interrupts; give fewer devices away, or let doorbells "
        "have fewer targets"};

    EACH(part, &p->model->partitions) {
        add(&vcpus, timetable_vcpus(part),
            mark_or(part->cpus.at, mark_or(part->name.at, part->mark)));
        EACH(use, &part->devices) {
            if (use->device && use->device->intid != 0)
                add(&interrupts, 1, use->name.at);
        }
        if (part->shutdown.given)
            add(&interrupts, 1, part->shutdown.at);
    }
    EACH(d, &p->model->doorbells) {
        EACH(ring, &d->to)
            add(&interrupts, 1, ring->mark);
    }
    judge(p, &vcpus);
    judge(p, &interrupts);
}

static void count_of_module(struct pass *p)
{
    const struct limits *limits = limits_of(p->model);
    struct total channels = {
        "channels",
        0,
        limits->channels,
        {0},
        "the runtime has a fixed table of channels; combine data that is sent together"};
    struct total schedules = {
        "schedules",
        0,
        limits->schedules,
        {0},
        "the runtime has a fixed table of schedules; keep one for each mode of the whole module"};

    EACH(c, &p->model->channels)
        add(&channels, 1, c->mark);
    EACH(s, &p->model->schedules)
        add(&schedules, 1, mark_or(s->name.at, s->mark));
    judge(p, &channels);
    judge(p, &schedules);
}

void check_MOD_004(struct pass *p)
{
    struct model *m = p->model;

    count_ports(p);
    count_of_partitions(p);
    count_of_module(p);
    if (m->schedules.count == 0 && m->schedules_at.line) {
        struct diag *f = pass_report(p, m->schedules_at, "the module has no schedule");

        diag_help(p->diags, f, "add one with a major frame and the windows of each core");
    }
}
