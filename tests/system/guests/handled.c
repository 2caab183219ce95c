// SPDX-License-Identifier: BSD-2-Clause
// Errors at process level: a life for each reason why the handler is not asked, and one in which it
// deals with everything.

#include "check.h"

#define STRAY 0x50000000ul

static char stack[8192] __attribute__((aligned(16)));
static struct hv_error last;
static unsigned calls;
static bool behind, faulty;

bool hv_error(const struct hv_error *error)
{
    last = *error;
    calls++;
    if (faulty)
        *(volatile uint64_t *)(STRAY + 8) = 1;
    return behind;
}

static void store_is_left_out(void)
{
    enum { X18 = 5, X28, D3, D20, NZCV, SP, AT, COUNT };
    uint64_t x[COUNT], sp;

    behind = true;
    calls = 0;
    __asm__ volatile("mov x0, #100\n\tmov x1, #101\n\tmov x2, #102\n\tmov x3, #103\n\t"
                     "mov x4, #104\n\tmov x18, #118\n\tmov x28, #128\n\tfmov d3, x4\n\t"
                     "fmov d20, x28\n\tmov x6, sp\n\tstr x6, [%[sp]]\n\tcmp x0, x0\n"
                     "1:\tstr x0, [%[stray]]\n\t"
                     "stp x0, x1, [%[x]]\n\tstp x2, x3, [%[x], #16]\n\t"
                     "stp x4, x18, [%[x], #32]\n\tstr x28, [%[x], #48]\n\t"
                     "stp d3, d20, [%[x], #56]\n\tmrs x7, nzcv\n\tmov x6, sp\n\t"
                     "stp x7, x6, [%[x], #72]\n\tadr x7, 1b\n\tstr x7, [%[x], #88]"
                     :
                     : [x] "r"(x), [stray] "r"(STRAY), [sp] "r"(&sp)
                     : "x0", "x1", "x2", "x3", "x4", "x6", "x7", "x18", "x28", "d3", "d20", "cc",
                       "memory");
    check_equal(calls, 1, "a store out of bounds asks the handler once");
    check_equal((int64_t)last.event, HV_EVENT_MEMORY_VIOLATION, "it is told the event");
    check_equal((int64_t)last.address, STRAY, "the address");
    check_equal((int64_t)(last.syndrome >> 26), 0x24, "the syndrome");
    check_equal((int64_t)last.at, (int64_t)x[AT], "and the instruction");
    check(x[0] == 100 && x[1] == 101 && x[2] == 102 && x[3] == 103 && x[4] == 104 &&
              x[X18] == 118 && x[X28] == 128 && x[D3] == 104 && x[D20] == 128,
          "the registers are as they were");
    check_equal((int64_t)(x[NZCV] >> 28), 6, "and the flags");
    check_equal((int64_t)x[SP], (int64_t)sp, "and the stack pointer");
}

// A handler in assembly may mend the register that a store uses, above x3.
static void store_is_repeated(void)
{
    static uint64_t there;
    uint64_t at;

    __asm__ volatile("adr %0, 1f\n\tb 2f\n"
                     "1:\tldr x5, =%c1\n\tmov x1, #0\n\tldr x0, =%c2\n\thvc #0\n2:"
                     : "=&r"(at)
                     : "i"(&there), "i"(HV_HANDLER_RETURN)
                     : "memory");
    hv_call(&(struct hv_registers){{HV_HANDLER_SET, at, (uintptr_t)stack + 4096}});
    __asm__ volatile("mov x6, %1\n\tmov x5, %0\n\tstr x6, [x5]"
                     :
                     : "r"(STRAY), "r"(3ul)
                     : "x5", "x6", "memory");
    check_equal((int64_t)there, 3, "a store comes again with a register that was mended");
}

static void other_events(void)
{
    hv_error_handler(stack + sizeof stack);
    calls = 0;
    behind = true;
    check_equal(hv_raise_error(77), HV_OK, "an error of the application comes back");
    check_equal((int64_t)last.event, HV_EVENT_APPLICATION_ERROR, "through the handler");
    check_equal((int64_t)last.syndrome, 77, "which is told its code");
    __asm__ volatile("hvc #5" ::: "memory");
    check_equal((int64_t)last.event, HV_EVENT_ILLEGAL_CALL, "an illegal call is handled");
    __asm__ volatile("stp xzr, xzr, [%0]" : : "r"(0x08000100ul) : "memory"); // the distributor
    check_equal((int64_t)last.event, HV_EVENT_ILLEGAL_ACCESS, "and an illegal access");
    check_equal(calls, 3, "each asks once");
    behind = false;
    hv_raise_error(78);
    check_equal(calls, 4, "a call does not come again");
    check_equal(hv_call(&(struct hv_registers){{HV_HANDLER_RETURN, 1}}), HV_INVALID_MODE,
                "nobody returns from no handler");
}

int main(void)
{
    struct hv_status s = hv_partition_status();

    hv_printf("start %lu event %lu\n", s.starts, s.event);
    if (s.starts != 4) // a start forgets the handler
        hv_error_handler(stack + sizeof stack);
    if (s.starts != 1) // before NORMAL the partition's action is taken
        hv_set_partition_mode(HV_MODE_NORMAL);
    if (s.starts == 2)
        hv_error_handler(NULL);
    faulty = s.starts == 3;
    if (s.starts < 5) {
        *(volatile uint64_t *)(STRAY + 16 * s.starts) = 1;
        hv_printf("FAIL start %lu goes on\n", s.starts);
    }
    store_is_left_out();
    store_is_repeated();
    other_events();
    checks_done();
}
