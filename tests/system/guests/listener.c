// SPDX-License-Identifier: BSD-2-Clause
// Hears what the speaker says, once in every window.

#include "check.h"

int main(void)
{
    struct hv_port news;
    struct hv_sample sample;
    uint64_t message[2], latest = 0, heard = 0, valid = 0, disorder = 0;

    hv_port_open("news", &news);
    for (; heard < 50; hv_idle_self()) {
        if (hv_sampling_read(&news, message, &sample) != HV_OK)
            continue;
        disorder += message[1] != ~message[0] || (latest && message[0] != latest + 1);
        latest = message[0];
        valid += sample.valid;
        heard++;
    }
    hv_printf("heard %lu, %lu valid, %lu out of order\n", heard, valid, disorder);
    return 0;
}
