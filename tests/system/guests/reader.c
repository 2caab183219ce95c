// SPDX-License-Identifier: BSD-2-Clause
// Reads what is typed from its emulated PL011: byte n shall be 7 * n. Its identifier says how it
// reads: by turns asking and waiting for the interrupt; on another vcpu than the one that gets the
// interrupts; or not at all, until it starts anew.

#include "check.h"
#include "hv_irq.h"

enum { ASKS = 1, WAITS = 2, TWO = 3, DEAF = 4 };
enum { DR = 0, FR = 0x18, LCR_H = 0x2c, IMSC = 0x38, ICR = 0x44 };
enum { RXFE = 1 << 4, FEN = 1 << 4, RX = 1 << 4, RT = 1 << 6 };
enum { BYTES = 20000, UART_INTID = 33 };

static volatile uint64_t count, wrong, interrupts;
static uint8_t next;

static volatile uint32_t *uart(unsigned offset)
{
    return (volatile uint32_t *)(uintptr_t)(0x09000000 + offset);
}

// What there is, in the time of this window.
static void take(void)
{
    while (!(*uart(FR) & RXFE)) {
        wrong += (*uart(DR) & 0xfff) != next;
        next = (uint8_t)(next + 7);
        count++;
    }
}

void hv_interrupt(uint32_t intid)
{
    if (intid != UART_INTID)
        hv_printf("FAIL interrupt %u\n", intid);
    interrupts++;
    take();
}

static _Noreturn void second(uint64_t argument)
{
    (void)argument;
    for (;;) {
        take();
        hv_idle_self();
    }
}

int main(void)
{
    static uint8_t stack[4096] __attribute__((aligned(16)));
    const struct hv_cpu_start other = {(uintptr_t)stack + sizeof stack, second, 0};
    struct hv_status s = hv_partition_status();
    uint64_t bytes = BYTES;

    *uart(LCR_H) = s.id == DEAF ? 0 : FEN;
    if (s.id == TWO)
        check_equal(hv_cpu_on(1, &other), 0, "the second vcpu starts");
    if (s.id == WAITS) {
        hv_irq_init();
        hv_irq_enable(UART_INTID, 0x80);
        *uart(IMSC) = RX | RT;
        hv_irq_unmask();
    }
    if (s.id == DEAF && s.starts == 1) {
        hv_printf("ready\n");
        for (unsigned i = 0; i < 200; i++)
            hv_idle_self();
        hv_set_partition_mode(HV_MODE_COLD_START);
    }
    if (s.id == DEAF) { // what its FIFO held is gone with its first life, and nothing else
        next = 7;
        bytes--;
    } else {
        hv_printf("ready\n");
    }
    while (count < bytes) {
        if (s.id == ASKS || s.id == DEAF) {
            take();
            hv_idle_self();
        } else {
            hv_wait();
        }
    }
    hv_printf("read %lu wrong %lu\n", count, wrong);
    check(s.id != WAITS || interrupts, "by interrupts");
    checks_done();
}
