// SPDX-License-Identifier: BSD-2-Clause
// Reads and writes each offset of the pages of the interrupt controller and of the console's device
// with every kind of access. A load into a register, aligned, is answered; everything else leaves
// its target as it was, as an event of this partition or as a fault of its own. All offsets when
// there is a schedule named "full", else every 29th eight of them. By its identifier a partition
// says that the page of the UART alone is left to be swept, all of it.

#include "check.h"
#include "hv_irq.h"

#define MAGIC 0x5ca1ab1e0ddba11ul

enum { UART_ALONE = 78 };

enum { PLAIN = 12, KINDS = 26 }; // the first PLAIN move one register, without write-back

static const uint8_t widths[KINDS] = {1, 2, 4, 8, 1, 4, 8, 1,  2,  4,  8,  8, 4,
                                      8, 4, 8, 8, 8, 4, 8, 16, 16, 16, 16, 8, 8};
static const bool loads[PLAIN] = {1, 1, 1, 1, 1, 1, 1};

static uint64_t made, faults, odd;

void hv_exception(struct hv_frame *frame)
{
    faults++;
    frame->elr += 4;
}

#define LOAD(op, reg)  __asm__ volatile(op " %" reg "0, [%1]" : "+r"(value) : "r"(at) : "memory")
#define STORE(op, reg) __asm__ volatile(op " %" reg "0, [%1]" : : "r"(value), "r"(at) : "memory")
#define OTHER(text)    __asm__ volatile(text : "+r"(value), "+r"(at) : : "x9", "v9", "memory")

// What is in the target register afterwards.
static uint64_t try(unsigned kind, uint64_t at, uint64_t value)
{
    switch (kind) {
    case 0:
        LOAD("ldrb", "w");
        break;
    case 1:
        LOAD("ldrh", "w");
        break;
    case 2:
        LOAD("ldr", "w");
        break;
    case 3:
        LOAD("ldr", "x");
        break;
    case 4:
        LOAD("ldrsb", "x");
        break;
    case 5:
        LOAD("ldrsw", "x");
        break;
    case 6:
        LOAD("ldar", "x");
        break;
    case 7:
        STORE("strb", "w");
        break;
    case 8:
        STORE("strh", "w");
        break;
    case 9:
        STORE("str", "w");
        break;
    case 10:
        STORE("str", "x");
        break;
    case 11:
        STORE("stlr", "x");
        break;
    case 12:
        OTHER("ldp %w0, w9, [%1]");
        break;
    case 13:
        OTHER("ldp %0, x9, [%1]");
        break;
    case 14:
        OTHER("stp %w0, w9, [%1]");
        break;
    case 15:
        OTHER("stp %0, x9, [%1]");
        break;
    case 16:
        OTHER("ldr %0, [%1], #8");
        break;
    case 17:
        OTHER("str %0, [%1], #8");
        break;
    case 18:
        OTHER("ldr s9, [%1]");
        break;
    case 19:
        OTHER("str d9, [%1]");
        break;
    case 20:
        OTHER("ldr q9, [%1]");
        break;
    case 21:
        OTHER("str q9, [%1]");
        break;
    case 22:
        OTHER("ld1 {v9.16b}, [%1]");
        break;
    case 23:
        OTHER("st1 {v9.16b}, [%1]");
        break;
    case 24:
        OTHER("ldxr %0, [%1]\n\tclrex");
        break;
    default:
        OTHER("dc civac, %1");
    }
    return value;
}

static void sweep(const char *what, uint64_t page, uint64_t size, uint64_t step)
{
    for (uint64_t block = 0; block < size; block += 8 * step) {
        for (uint64_t at = page + block; at < page + block + 8; at++) {
            for (unsigned kind = 0; kind < KINDS; kind++) {
                bool load = kind < PLAIN && loads[kind], plain = load && at % widths[kind] == 0;
                uint64_t start = MAGIC ^ made * 0x9e3779b97f4a7c15, got = try(kind, at, start);
                uint64_t over = kind > 3 || kind == 3 ? 0 : got >> 8 * widths[kind];

                made++;
                // A store has no target; a sign may fill the register; a load that is not aligned
                // is a fault of EL1, or an event, behind which it has read zero.
                if ((plain ? got == start || over : got != start && !(load && !got)) && odd++ < 4)
                    hv_printf("FAIL %s: kind %u at 0x%lx: 0x%lx became 0x%lx\n", what, kind, at,
                              start, got);
            }
        }
    }
    hv_printf("\nswept %s\n", what);
    hv_idle_self();
}

int main(void)
{
    uint64_t id, step = hv_schedule_find("full", &id) == HV_OK ? 1 : 29;

    hv_printf("begin\n");
    for (unsigned n = 0; n < 4; n++)
        hv_idle_self();
    if (hv_partition_status().id == UART_ALONE) {
        step = 1;
        check_equal(*(volatile uint32_t *)0x09000fe0, 0x11, "there is a PL011");
    } else {
        sweep("GICD", HV_GICD, 0x10000, step);
        sweep("GICR", HV_GICR, 0x10000, step);
        sweep("GICR, private interrupts", HV_GICR + 0x10000, 0x10000, step);
        sweep("GICR of nobody", HV_GICR + 0x20000, 0x10000, step);
    }
    sweep("UART", 0x09000000, 0x1000, step);
    check_equal((int64_t)odd, 0, "each access is answered, or leaves its target alone");
    hv_printf("accesses %lu faults %lu\n", made, faults);
    checks_done();
}
