// SPDX-License-Identifier: BSD-2-Clause
// Every hypercall with a dictionary of invalid values in every argument, every function number near
// and far. Nothing may succeed that should not, and the partition must still be there at the end.

#include "check.h"

static const uint64_t words[] = {
    0,
    1,
    2,
    7,
    63,
    64,
    65,
    0xff,
    0x1000,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0x40000000,
    0x4000ffff,
    0x40100000,
    0x4010fff8,
    0x40110000,
    0x40200000,
    0x50000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0xfffffffffffff000,
    0xffffffffffffffff,
};
enum { WORDS = sizeof words / sizeof words[0] };

// First in the data region, where calls that are good by chance write.
static char target[64] __attribute__((section(".data"), used)) = {1};

static uint64_t calls, odd;

static int64_t call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    struct hv_registers r = {{function, a, b, c, a ^ b, ~c, b, c, a, ~0ul}};

    calls++;
    return hv_call(&r);
}

int main(void)
{
    static const uint64_t functions[] = {
        HV_SAMPLING_WRITE, HV_SAMPLING_READ,   HV_QUEUING_SEND, HV_QUEUING_RECEIVE, HV_PORT_STATUS,
        HV_SCHEDULE_FIND,  HV_SCHEDULE_STATUS, HV_SCHEDULE_SET, HV_PARTITION_FIND,  HV_MODULE_END,
    };
    uint64_t succeeded = 0, seed = 1;

    for (unsigned f = 0; f < sizeof functions / sizeof functions[0]; f++) {
        for (unsigned a = 0; a < WORDS; a++) {
            for (unsigned b = 0; b < WORDS; b++) {
                for (unsigned c = 0; c < WORDS; c++) {
                    int64_t error = call(functions[f], words[a], words[b], words[c]);
                    succeeded += error == HV_OK;
                    odd += error > 0 || error < HV_NO_ACTION;
                }
            }
        }
    }
    hv_printf("%lu calls, %lu of them good by chance\n", calls, succeeded);
    check_equal(odd, 0, "every answer is one of the errors of abi.h");

    check_equal(call(HV_CONSOLE_WRITE, HV_CONSOLE_BYTES + 1, 0, 0), HV_INVALID_PARAM,
                "a console piece is 64 bytes at most");
    check_equal(call(HV_CONSOLE_WRITE, ~0ul, 0, 0), HV_INVALID_PARAM, "also with a wild count");

    unsigned known = 0;
    for (uint64_t n = 0x39; n < 0x10000; n++)
        known += call(HV_CALL(n), n, ~n, n << 32) != HV_NOT_SUPPORTED;
    check_equal(known, 0, "no function beyond those of abi.h exists");
    for (uint64_t n = 9; n < 0x10; n++)
        known += call(HV_CALL(n), 0, 0, 0) != HV_NOT_SUPPORTED;
    for (uint64_t n = 0x16; n < 0x38; n++)
        if (!(n >= 0x20 && n < 0x23) && !(n >= 0x30 && n < 0x33))
            known += call(HV_CALL(n), 0, 0, 0) != HV_NOT_SUPPORTED;
    check_equal(known, 0, "nor in its gaps");
    for (unsigned n = 0; n < 20000; n++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        uint64_t function = seed >> 32;
        if (function >> 16 == 0xc600 || function >> 16 == 0x8400 || function >> 16 == 0xc400 ||
            function >> 28 == 8)
            continue;
        known += call(function, seed, ~seed, seed * 7) != HV_NOT_SUPPORTED;
    }
    check_equal(known, 0, "nor anywhere else");
    for (unsigned f = 0; f < 64; f++) // PSCI with wild arguments, what stops a partition left out
        if (f != 2 && f != 8 && f != 9 && f != 1)
            known += call(0xc4000000 + f, ~0ul, 1ul << 63, 7) > 0x10001;
    check_equal(known, 0, "PSCI refuses wild arguments");
    // SMCCC: the function is the low word of x0
    check_equal(call(HV_VERSION | 0xabcdul << 32, 0, 0, 0), call(HV_VERSION, 0, 0, 0),
                "the upper half of x0 does not count");
    checks_done();
}
