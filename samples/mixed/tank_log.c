// SPDX-License-Identifier: BSD-2-Clause
// The logger, a program of Linux without rights: numbers each order, prints it, and tells so.
#include "tank.h"
#include <stdlib.h>

int main(void)
{
    struct hv_port orders, entries;
    struct entry entry = {.line = 0};
    struct hv_receipt receipt;
    int64_t error = hv_port_open("orders", &orders);

    if (!error)
        error = hv_port_open("entries", &entries);
    if (error) {
        fprintf(stderr, "tank_log: no ports: %s\n", hv_error_text(error));
        return EXIT_FAILURE;
    }
    for (;; usleep(1000)) {
        while (hv_queuing_receive(&orders, &entry.order, &receipt) == HV_OK) {
            entry.line++;
            entry.at = hv_get_time().ns;
            printf("line %lu: order %lu, heating %ld %%\n", entry.line, entry.order.reading.number,
                   entry.order.heating);
            fflush(stdout);
            hv_queuing_send(&entries, &entry, sizeof entry);
        }
    }
}
