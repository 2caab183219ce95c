// SPDX-License-Identifier: BSD-2-Clause
// Round trips that a partition makes by itself, in instructions: "measured NAME SUM / COUNT".

#include "bench.h"

int main(void)
{
    static char message[64];
    struct hv_port out, in;
    uint64_t empty;

    hv_port_open("out", &out);
    hv_port_open("in", &in);
    hv_irq_init();
    hv_irq_enable(1, 0x80);
    hv_idle_self(); // a whole window for what follows
    empty = loop_empty(ROUNDS, 0, 0, 0, 0);
    report("null hypercall", loop_hvc(ROUNDS, HV_VERSION, 0, 0, 0) - empty, 0);
    report("unknown hypercall", loop_hvc(ROUNDS, HV_CALL(0x7777), 0, 0, 0) - empty, 0);
    report("PSCI_VERSION", loop_hvc(ROUNDS, 0x84000000, 0, 0, 0) - empty, 0);
    report("get time", loop_hvc(ROUNDS, HV_GET_TIME, 0, 0, 0) - empty, 0);
    report("GICD_TYPER", loop_load(ROUNDS, HV_GICD + 4, 0, 0, 0) - empty, 0);
    hv_idle_self();
    report("sampling write",
           loop_hvc(ROUNDS, HV_SAMPLING_WRITE, out.handle, (uintptr_t)message, 64) - empty, 0);
    report("sampling read",
           loop_hvc(ROUNDS, HV_SAMPLING_READ, in.handle, (uintptr_t)message, 64) - empty, 0);
    hv_idle_self();
    use_vectors(loop_vectors);
    hv_irq_unmask();
    // three instructions of the vector belong to the handler
    report("self SGI", loop_sgi(ROUNDS, 1ul << 24 | 1, 0, 0, 0) - empty, 3);
    hv_irq_mask();
    hv_printf("done\n");
    return 0;
}
