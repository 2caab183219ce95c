// SPDX-License-Identifier: BSD-2-Clause
// A call changes x0 and the registers that abi.h names as its results, and no other: every general,
// SIMD and flag register is full, before and after.

#include "check.h"

struct bank { // canary_hold.S
    uint64_t x[31], nzcv, fpcr, fpsr;
    uint64_t q[32][2];
} __attribute__((aligned(16)));

void canary_hvc(const struct bank *in, struct bank *out);
void canary_smc(const struct bank *in, struct bank *out);

static struct bank before, after;
static char message[64];

// `results`: how many registers from x1 on the call may change.
static void call(const char *name, uint64_t results, uint64_t function, uint64_t a, uint64_t b,
                 uint64_t c)
{
    unsigned changed = 0;

    for (int smc = 0; smc < 2; smc++) {
        for (unsigned i = 0; i < 31; i++)
            before.x[i] = 0x1111111111111111 * (i % 15 + 1) + i;
        for (unsigned i = 0; i < 32; i++)
            before.q[i][0] = before.q[i][1] = 0x0101010101010101 * (i + 1);
        before.nzcv = 0xa0000000;
        before.fpcr = 0x00c00000;
        before.fpsr = 0x08000011;
        before.x[0] = function;
        before.x[1] = a;
        before.x[2] = b;
        before.x[3] = c;
        (smc ? canary_smc : canary_hvc)(&before, &after);
        for (unsigned i = 1 + results; i < 31; i++)
            changed += after.x[i] != before.x[i];
        for (unsigned i = 0; i < 32; i++)
            changed += after.q[i][0] != before.q[i][0] || after.q[i][1] != before.q[i][1];
        changed += after.nzcv != before.nzcv;
        changed += after.fpcr != before.fpcr;
        changed += after.fpsr != before.fpsr;
        changed += (int64_t)after.x[0] > 0x10001 || (int64_t)after.x[0] < HV_NO_ACTION;
    }
    check_equal(changed, 0, name);
}

int main(void)
{
    struct hv_port out, in;

    check_equal(hv_port_open("out", &out), HV_OK, "port out opens");
    check_equal(hv_port_open("in", &in), HV_OK, "port in opens");
    call("an unknown call", 0, HV_CALL(0x7777), 1, 2, 3);
    call("HV_VERSION", 1, HV_VERSION, 1, 2, 3);
    call("HV_CONSOLE_WRITE of nothing", 0, HV_CONSOLE_WRITE, 0, 2, 3);
    call("HV_GET_TIME", 3, HV_GET_TIME, 1, 2, 3);
    call("HV_PARTITION_STATUS", 9, HV_PARTITION_STATUS, 1, 2, 3);
    call("HV_SET_PARTITION_MODE, refused", 0, HV_SET_PARTITION_MODE, 77, 2, 3);
    call("HV_IDLE_SELF", 0, HV_IDLE_SELF, 1, 2, 3);
    call("HV_WINDOW_STATUS", 6, HV_WINDOW_STATUS, 1, 2, 3);
    call("HV_CONFIG_ID", 4, HV_CONFIG_ID, 1, 2, 3);
    call("HV_PORT_OPEN, refused", 0, HV_PORT_OPEN, 1, 2, 3);
    call("HV_SAMPLING_WRITE", 0, HV_SAMPLING_WRITE, out.handle, (uintptr_t)message, 64);
    call("HV_SAMPLING_READ", 3, HV_SAMPLING_READ, in.handle, (uintptr_t)message, 64);
    call("HV_SAMPLING_READ, refused", 0, HV_SAMPLING_READ, in.handle, 0x50000000, 64);
    call("HV_QUEUING_SEND, refused", 0, HV_QUEUING_SEND, out.handle, (uintptr_t)message, 64);
    call("HV_QUEUING_RECEIVE, refused", 0, HV_QUEUING_RECEIVE, in.handle, (uintptr_t)message, 64);
    call("HV_PORT_STATUS", 3, HV_PORT_STATUS, in.handle, 2, 3);
    call("HV_PORT_STATUS, refused", 0, HV_PORT_STATUS, 99, 2, 3);
    call("PSCI_VERSION", 0, 0x84000000, 1, 2, 3);
    call("PSCI AFFINITY_INFO", 0, 0xc4000004, 0, 0, 3);
    call("PSCI CPU_SUSPEND", 0, 0xc4000001, 0, 0, 3);
    call("SMCCC_VERSION", 0, 0x80000000, 1, 2, 3);
    call("SMCCC_ARCH_FEATURES", 0, 0x80000001, 0xffffffff80000000, 2, 3); // of x1 the low half
    checks_done();
}
