// SPDX-License-Identifier: BSD-2-Clause
// Raises one event, and reads of the log what is its own.

#include "check.h"

int main(void)
{
    struct hv_log_record r = {0};
    struct hv_log log;

    hv_raise_error(4711);
    check_equal(hv_log_status(&log), HV_NOT_PERMITTED, "the status needs the right");
    check_equal(hv_log_read(0, HV_LOG_ALL, &r), HV_NOT_PERMITTED, "others' records need it");
    check_equal(hv_log_read(0, 2, &r), HV_INVALID_PARAM, "neither own nor all");
    check_equal(hv_log_read(0, HV_LOG_OWN, &r), HV_OK, "its own are its own");
    check(r.partition == 7 && r.syndrome == 4711, "and nobody else's");
    check_equal(hv_log_read(~0ul, HV_LOG_OWN, &r), HV_NOT_AVAILABLE, "there is an end");
    checks_done();
}
