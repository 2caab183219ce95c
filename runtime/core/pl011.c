// SPDX-License-Identifier: BSD-2-Clause
// An emulated PL011 (DDI 0183) for each partition that has one: the console of guests that know no
// hypercalls.
//
// What is sent goes to the partition's console ring at once, so the transmit FIFO is always empty
// and its interrupt follows each byte. What the guest sets of baud rate and line is kept for it to
// read, and changes nothing. There is no lock: two vcpus of a guest that write registers at the
// same time without one of their own confuse each other, nobody else.
#include "core.h"
#include "arch.h"

enum { // offsets of registers
    DR = 0x00,
    FR = 0x18,
    ILPR = 0x20,
    IBRD = 0x24,
    FBRD = 0x28,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44,
    DMACR = 0x48,
    ID = 0xfe0, // PeriphID0..3, PCellID0..3
    KEPT = ILPR,
    KEPT_END = IMSC,
};
enum { FR_RXFE = 1u << 4, FR_TXFE = 1u << 7 };
enum { INTERRUPT_TX = 1u << 5, INTERRUPTS = 0x7ff };

// r1p5; then the PrimeCell identification.
static const uint8_t ids[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static struct uart {
    _Atomic uint32_t raised, mask; // RIS, IMSC
    uint16_t kept[(KEPT_END - KEPT) / 4];
    uint16_t dma;
} uarts[HV_MAX_PARTITIONS];

static struct uart *uart_of(const struct partition *p)
{
    return &uarts[p - partitions];
}

static const struct tbl_interrupt *interrupt_of(const struct partition *p)
{
    const struct tbl_interrupt *irq =
        (const struct tbl_interrupt *)tables_section(TBL_INTERRUPT) + p->config->first_interrupt;

    for (uint32_t i = 0; i < p->config->interrupt_count; i++)
        if (irq[i].flags & TBL_IRQ_PL011)
            return &irq[i];
    return NULL;
}

void pl011_prepare(struct partition *p)
{
    const struct tbl_interrupt *irq = interrupt_of(p);

    p->uart = irq ? (uint32_t)(irq - (const struct tbl_interrupt *)tables_section(TBL_INTERRUPT))
                  : TBL_NONE;
}

void pl011_reset(const struct partition *p)
{
    struct uart *u = uart_of(p);

    if (p->uart == TBL_NONE)
        return;
    *u = (struct uart){0};
    u->kept[(CR - KEPT) / 4] = 0x300; // transmitter and receiver on
    u->kept[(IFLS - KEPT) / 4] = 0x12;
}

// The line went up or down.
static void line_changed(struct vcpu *v, const struct uart *u, bool was)
{
    const struct tbl_interrupt *irq =
        (const struct tbl_interrupt *)tables_section(TBL_INTERRUPT) + v->partition->uart;
    struct vcpu *target = &v->partition->vcpus[irq->vcpu];
    bool is = u->raised & u->mask;

    if (is != was && arch_interrupt_level(v, target, v->partition->uart, is))
        arch_kick(target->core->index);
}

uint32_t pl011_read(struct vcpu *v, uint32_t offset)
{
    const struct uart *u = uart_of(v->partition);

    if (offset >= ID)
        return ids[(offset - ID) / 4];
    if (offset >= KEPT && offset < KEPT_END)
        return u->kept[(offset - KEPT) / 4];
    switch (offset & ~3u) {
    case FR:
        return FR_TXFE | FR_RXFE;
    case IMSC:
        return u->mask;
    case RIS:
        return u->raised;
    case MIS:
        return u->raised & u->mask;
    case DMACR:
        return u->dma;
    default:
        return 0; // nothing was received, and nothing wrongly
    }
}

void pl011_write(struct vcpu *v, uint32_t offset, uint32_t value)
{
    struct uart *u = uart_of(v->partition);
    bool was = u->raised & u->mask;
    char byte = (char)value;

    if (offset >= KEPT && offset < KEPT_END) {
        u->kept[(offset - KEPT) / 4] = (uint16_t)value;
        return;
    }
    switch (offset) {
    case DR:
        console_write(v->partition, &byte, 1);
        atomic_fetch_or(&u->raised, INTERRUPT_TX);
        break;
    case IMSC:
        u->mask = value & INTERRUPTS;
        break;
    case ICR:
        atomic_fetch_and(&u->raised, ~value);
        break;
    case DMACR:
        u->dma = value & 7;
    }
    line_changed(v, u, was);
}
