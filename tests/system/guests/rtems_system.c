// SPDX-License-Identifier: BSD-2-Clause
// A program under RTEMS that manages its module: hv.h by hypercall, among ticks of its own clock.
// It suspends, resumes and restarts the partition "other", and goes from schedule "normal" to
// "ground" and back.
#include "hv.h"
#include "rtems_machine.h"
#include <limits.h>

_Static_assert(INT_MAX == 2147483647, "<limits.h> is the compiler's, no header of hv.h");

enum { REST = 200 }; // ticks between two deeds

static void sleep(unsigned n)
{
    idle_until(&ticks, ticks + n);
}

static void result(const char *what, int64_t error)
{
    say(what);
    say(": ");
    say(hv_error_text(error));
    say("\n");
}

static void tells(uint64_t id)
{
    struct hv_partition p;
    int64_t error = hv_partition_query(id, &p);

    if (error) {
        result("query", error);
        return;
    }
    told("state", p.state);
    told("starts", p.starts);
}

static void does(const char *what, uint64_t id, uint64_t control)
{
    result(what, hv_partition_control(id, control));
    sleep(REST);
    tells(id);
}

static void changes_to(const char *name)
{
    uint64_t id = 0;
    struct hv_schedule s;
    int64_t error = hv_schedule_find(name, &id);

    result("finds schedule", error);
    error = hv_schedule_set(id);
    result("sets schedule", error);
    sleep(REST);
    s = hv_schedule_status();
    told("schedule is that one", s.current == id && s.next == id);
}

int main(void)
{
    const uint64_t tick = READ(cntfrq_el0) / 100, begin = READ(cntp_cval_el0) - (ticks + 1) * tick;
    uint64_t id = 0;

    say("*** BEGIN OF TEST SYSTEM ***\n");
    sleep(2 * REST);
    told("is a system partition", hv_partition_status().system);
    result("finds other", hv_partition_find("other", &id));
    tells(id);
    does("suspends", id, HV_CONTROL_SUSPEND);
    does("resumes", id, HV_CONTROL_RESUME);
    does("restarts", id, HV_CONTROL_COLD_START);
    changes_to("ground");
    changes_to("normal");
    told("ticks lost", (READ(cntpct_el0) - begin) / tick - ticks);
    say("*** END OF TEST SYSTEM ***\n");
    return 0;
}
