// SPDX-License-Identifier: BSD-2-Clause
// The camera: a picture in every window. It goes wrong twice, on purpose: it writes to memory that
// is not its own.

#include "mission.h"

// Start 1 is that of the module, in which the camera has no window yet; the change to `cruise`
// makes start 2, the supervisor start 3.
enum { GOOD_PICTURES = 6, LAST_BAD_START = 3 };

struct film { // in memory that system.yaml marks `keep`: a warm start finds it again
    uint64_t pictures;
};

int main(void)
{
    struct film *film = (struct film *)0x40200000;
    volatile uint64_t *stray = (volatile uint64_t *)0x50000000;
    struct windows windows = {0};
    struct hv_status status = hv_partition_status();

    hv_printf("start %lu, %s, %lu pictures on the film\n", status.starts,
              status.mode == HV_MODE_WARM_START ? "warm" : "cold", film->pictures);
    hv_set_partition_mode(HV_MODE_NORMAL);

    for (unsigned n = 1;; n++, hv_idle_self()) {
        windows_note(&windows);
        film->pictures++;
        if (n == GOOD_PICTURES && status.starts <= LAST_BAD_START) {
            hv_printf("%lu pictures, now writing to 0x%lx, which is not mine\n", film->pictures,
                      (uintptr_t)stray);
            *stray = 0xdeadbeef;
            hv_printf("nobody stopped me\n");
        }
    }
}
