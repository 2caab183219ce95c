// SPDX-License-Identifier: BSD-2-Clause
// Port names and handles: only the caller's own exist.

#include "check.h"

int main(void)
{
    struct hv_port own, other;
    char buffer[64] = {0};
    int64_t error, handles = 0;
    struct hv_registers r;

    check_equal(hv_port_open("mine", &own), HV_OK, "its own name opens");
    check_equal(hv_port_open("theirs", &other), HV_INVALID_PARAM, "a name of another partition");
    check_equal(hv_port_open("", &other), HV_INVALID_PARAM, "the empty name");
    check_equal(hv_port_open("min", &other), HV_INVALID_PARAM, "a prefix of its name");
    check_equal(hv_port_open("mine ", &other), HV_INVALID_PARAM, "its name and a blank");
    check_equal(hv_port_open("Mine", &other), HV_INVALID_PARAM, "its name in another case");
    check_equal(hv_port_open("mine-mine-mine-mine-mine-mine-mine", &other), HV_INVALID_PARAM,
                "a name that is too long");
    r = (struct hv_registers){{HV_PORT_OPEN, 0x656e696d, 1}};
    check_equal(hv_call(&r), HV_INVALID_PARAM, "bytes behind the terminator count");

    for (uint64_t h = 0; h < 4096; h++) {
        r = (struct hv_registers){{HV_PORT_STATUS, h}};
        error = hv_call(&r);
        handles += error == HV_OK;
        if (error != HV_OK && error != HV_INVALID_PARAM)
            handles += 1000;
    }
    check_equal(handles, 1, "one handle of 4096 is its own");
    for (unsigned bit = 12; bit < 64; bit++) {
        r = (struct hv_registers){{HV_PORT_STATUS, own.handle | 1ul << bit}};
        handles += hv_call(&r) == HV_OK;
    }
    check_equal(handles, 1, "and no handle with a high bit set");
    other = own;
    check_equal(hv_sampling_write(&own, buffer, 16), HV_OK, "it writes to its own");
    r = (struct hv_registers){{HV_SAMPLING_READ, own.handle, (uintptr_t)buffer, 64}};
    check_equal(hv_call(&r), HV_INVALID_MODE, "it cannot read from its source");
    r = (struct hv_registers){{HV_QUEUING_SEND, own.handle, (uintptr_t)buffer, 16}};
    check_equal(hv_call(&r), HV_INVALID_MODE, "it cannot queue on a sampling port");
    r = (struct hv_registers){{HV_QUEUING_RECEIVE, own.handle, (uintptr_t)buffer, 64}};
    check_equal(hv_call(&r), HV_INVALID_MODE, "nor receive from one");
    checks_done();
}
