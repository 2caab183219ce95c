// SPDX-License-Identifier: BSD-2-Clause
// A system partition that reads the health log, resets the module once, and reads it again.

#include "check.h"

enum { PARTITION_WINDOWS = 10 }; // until the others have done what they do

static void tell(const struct hv_log_record *r)
{
    hv_printf("record %lu start %lu partition %ld event %u action %u level %u schedule %ld "
              "syndrome %lu dropped %lu\n",
              r->sequence, r->start, r->partition, r->event, r->action, r->level, r->schedule,
              r->syndrome, r->dropped);
    hv_idle_self();
}

int main(void)
{
    struct hv_log_record r;
    struct hv_log log = {0};

    for (unsigned i = 0; i < PARTITION_WINDOWS; i++)
        hv_idle_self();
    hv_partition_control(2, HV_CONTROL_SUSPEND); // the flood
    check_equal(hv_log_status(&log), HV_OK, "status of the log");
    hv_printf("status newest %lu kept %lu start %lu dropped %lu damaged %lu\n", log.newest,
              log.kept, log.start, log.dropped, log.damaged);
    hv_idle_self();
    r.sequence = 0;
    while (hv_log_read(r.sequence + 1, HV_LOG_ALL, &r) == HV_OK)
        tell(&r);
    if (log.start == 1) {
        hv_printf("resets\n");
        hv_idle_self();
        hv_module_end(true);
    }
    checks_done();
}
