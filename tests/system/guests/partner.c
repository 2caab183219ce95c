// SPDX-License-Identifier: BSD-2-Clause
// The other end of the ports of robust/wild.py: keeps each queue and message of its attackers
// moving.

#include "check.h"

static const char *const names[] = {
    "normal_a", "normal_b", "normal_c",  "normal_d",  "system_a",  "system_b",
    "system_c", "system_d", "newborn_a", "newborn_b", "newborn_c", "newborn_d",
};
enum { PORTS = sizeof names / sizeof *names };

static struct hv_port ports[PORTS];

int main(void)
{
    char message[64] = "from the partner";
    struct hv_receipt receipt;
    struct hv_sample sample;

    for (unsigned i = 0; i < PORTS; i++)
        if (hv_port_open(names[i], &ports[i]))
            hv_printf("FAIL no port %s\n", names[i]);
    for (;;) {
        for (unsigned i = 0; i < PORTS; i += 4) {
            hv_sampling_read(&ports[i], message, &sample);
            hv_queuing_receive(&ports[i + 2], message, &receipt);
            hv_sampling_write(&ports[i + 1], message, sizeof message);
            hv_queuing_send(&ports[i + 3], message, sizeof message);
        }
        hv_idle_self();
    }
}
