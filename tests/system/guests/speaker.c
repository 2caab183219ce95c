// SPDX-License-Identifier: BSD-2-Clause
// Says a number in every window.

#include "check.h"

int main(void)
{
    struct hv_port news;
    uint64_t message[2] = {0};

    hv_port_open("news", &news);
    for (;; hv_idle_self()) {
        message[0]++;
        message[1] = ~message[0];
        hv_sampling_write(&news, message, sizeof message);
    }
}
