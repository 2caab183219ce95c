// SPDX-License-Identifier: BSD-2-Clause
// Errors that a partition finds in itself, one for each start: libhv reports them as what they are.
// The last start has ports as the program needs them.

#include "check.h"

#define DATA 0x40100000ul

// Deeper until the stack, the low end of the region with the guard, is used up.
static __attribute__((noinline)) uint64_t deeper(uint64_t n)
{
    volatile uint64_t room[16];

    for (unsigned i = 0; i < 16; i++)
        room[i] = n + i;
    return n == 100000 ? 0 : deeper(n + 1) + room[n % 16];
}

static void divide(void)
{
    volatile double zero = 0, one = 1;

    check_equal((int64_t)hv_numeric_check(), 0, "nothing is wrong at first");
    one = one / 3; // inexact is no error
    check_equal((int64_t)hv_numeric_check(), 0, "and nothing after a division");
    one = one / zero;
    hv_numeric_check();
}

static void require(uint64_t n)
{
    static const struct {
        const char *name;
        uint64_t kind, direction, size;
    } wrong[] = {{"nobody", HV_SAMPLING, HV_SOURCE, 64},
                 {"out", HV_QUEUING, HV_SOURCE, 64},
                 {"out", HV_SAMPLING, HV_DESTINATION, 64},
                 {"out", HV_SAMPLING, HV_SOURCE, 63}};
    struct hv_port port;

    hv_port_require(wrong[n].name, wrong[n].kind, wrong[n].direction, wrong[n].size, &port);
}

int main(void)
{
    struct hv_status s = hv_partition_status();
    struct hv_port port = {0};

    hv_printf("start %lu event %lu\n", s.starts, s.event);
    switch (s.starts) {
    case 1:
        deeper(0);
        break;
    case 2:
        divide();
        break;
    case 3:
        __asm__ volatile(".inst 0"); // UDF
        break;
    case 4:
        __asm__ volatile("ldr x0, [%0]" : : "r"(1ul << 40) : "x0"); // stage 1 ends before
        break;
    case 5: // touches both ends of the page below the stack, and what lies below that
        *(volatile uint64_t *)(DATA - 8) = 1;
        break;
    case 6:
        *(volatile uint64_t *)(DATA - 4096) = 1;
        break;
    case 7:
        *(volatile uint64_t *)(DATA - 4104) = 1;
        break;
    case 8:
        ((void (*)(void))(DATA - 8))(); // nobody's stack is executed
        break;
    case 9:
    case 10:
    case 11:
    case 12:
        require(s.starts - 9);
        break;
    default:
        check_equal(hv_port_require("out", HV_SAMPLING, HV_SOURCE, 64, &port), HV_OK,
                    "a port as it is needed");
        check_equal(hv_sampling_write(&port, "x", 1), HV_OK, "can be used");
        hv_printf("end\n");
    }
    for (;;)
        hv_idle_self();
}
