// SPDX-License-Identifier: BSD-2-Clause
// The other end of a hostile partition's ports: offers a message of the largest size, and counts
// its own windows.

#include "check.h"

static char message[HV_MAX_MESSAGE];
static struct hv_port out;

int main(void)
{
    uint64_t first, changed = 0;

    check_equal(hv_port_open("in", &out), HV_OK, "its port opens");
    hv_sampling_write(&out, message, sizeof message);
    first = hv_window_status().frame;
    for (unsigned n = 0; n < 1000; n++) {
        hv_idle_self();
        for (unsigned i = 0; i < HV_MAX_MESSAGE; i += 512)
            changed += message[i] != 0;
    }
    hv_printf("missed %lu of 1000 windows\n", hv_window_status().frame - first - 1000);
    check_equal(changed, 0, "its memory is untouched");
    checks_done();
}
