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

// ---- MOD-004: totals ----------------------------------------------------------------------------

static void too_many(struct pass *p, struct mark at, const char *what, uint64_t count,
                     uint64_t limit, const char *reason)
{
    struct diag *f = pass_report(p, at, "the module has too many %s", what);

    diag_label(p->diags, f, "%llu %s, the limit is %llu", (unsigned long long)count, what,
               (unsigned long long)limit);
    diag_help(p->diags, f, "%s", reason);
}

static void count_ports(struct pass *p)
{
    static const char *const reason =
        "ARINC 653 allows 512 of a kind in a module, and the runtime has a fixed table of "
        "1024 ports; combine data that is sent together into one message";
    uint64_t count[2] = {0, 0};
    enum { EACH_KIND = HV_MAX_PORTS / 2 };
    struct mark at[2] = {{0}, {0}};

    EACH(part, &p->model->partitions) {
        EACH(port, &part->ports) {
            int kind = port->type == TBL_QUEUING;

            if (++count[kind] == EACH_KIND + 1)
                at[kind] = mark_or(port->name.at, port->mark); // the first that is too many
        }
    }
    if (count[0] > EACH_KIND)
        too_many(p, at[0], "sampling ports", count[0], EACH_KIND, reason);
    if (count[1] > EACH_KIND)
        too_many(p, at[1], "queuing ports", count[1], EACH_KIND, reason);
}

static void count_vcpus(struct pass *p)
{
    uint64_t count = 0;
    struct mark at = {0};

    EACH(part, &p->model->partitions) {
        uint64_t before = count;

        count += timetable_vcpus(part);
        if (before <= HV_MAX_VCPUS && count > HV_MAX_VCPUS)
            at = mark_or(part->cpus.at, mark_or(part->name.at, part->mark));
    }
    if (count > HV_MAX_VCPUS)
        too_many(
            p, at, "vcpus", count, HV_MAX_VCPUS,
            "each vcpu has its registers in a fixed table of the runtime; lower 'cpus' of some "
            "partitions");
}

static void count_interrupts(struct pass *p)
{
    uint64_t count = 0;
    struct mark at = {0};

    EACH(part, &p->model->partitions) {
        EACH(use, &part->devices) {
            if (use->device && use->device->intid != 0 && ++count == HV_MAX_INTERRUPTS + 1)
                at = use->name.at;
        }
    }
    if (count > HV_MAX_INTERRUPTS)
        too_many(p, at, "device interrupts", count, HV_MAX_INTERRUPTS,
                 "the runtime has a fixed table of device interrupts; give fewer devices away");
}

void check_MOD_004(struct pass *p)
{
    struct model *m = p->model;

    count_ports(p);
    count_vcpus(p);
    count_interrupts(p);
    if (m->channels.count > HV_MAX_CHANNELS)
        too_many(p, m->channels.items[HV_MAX_CHANNELS].mark, "channels", m->channels.count,
                 HV_MAX_CHANNELS,
                 "the runtime has a fixed table of channels; combine data that is sent together");
    if (m->schedules.count > HV_MAX_SCHEDULES)
        too_many(p,
                 mark_or(m->schedules.items[HV_MAX_SCHEDULES].name.at,
                         m->schedules.items[HV_MAX_SCHEDULES].mark),
                 "schedules", m->schedules.count, HV_MAX_SCHEDULES,
                 "a module runs one schedule: changing it while running is not supported yet, so "
                 "keep one");
    if (m->schedules.count == 0 && m->schedules_at.line) {
        struct diag *f = pass_report(p, m->schedules_at, "the module has no schedule");

        diag_help(p->diags, f, "add one with a major frame and the windows of each core");
    }
}
