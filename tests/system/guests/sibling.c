// SPDX-License-Identifier: BSD-2-Clause
// The other end of a hostile partition's ports: writes one message of the largest size and watches
// its windows from another core.

#include "check.h"

static char message[HV_MAX_MESSAGE];
static struct hv_port out;

int main(void)
{
    uint64_t missed = 0;
    struct hv_window w = hv_window_status();
    uint64_t frame = w.frame;

    hv_port_open("in", &out);
    hv_sampling_write(&out, message, sizeof message);
    for (unsigned n = 1; n <= 1000; n++) {
        hv_idle_self();
        w = hv_window_status();
        missed += w.frame != frame + n;
    }
    check_equal(missed, 0, "no window is missed on the other core");
    hv_printf("late %lu ticks at most on the other core\n", w.max_late);
    checks_done();
}
