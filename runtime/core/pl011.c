// SPDX-License-Identifier: BSD-2-Clause
// An emulated PL011 (DDI 0183) for each partition that has one: the console of guests that know no
// hypercalls.
//
// What is sent goes to the partition's console ring at once, so the transmit FIFO is always empty
// and its interrupt follows each byte. What is typed on the board's console comes to one of them;
// without room for it the board's interrupt is held back, so that who does not read is not
// disturbed either. What the guest sets of baud rate and line is kept for it to read; of that FEN
// matters, which makes the receive FIFO deeper than a byte, and IFLS for RX. There is no lock: two
// vcpus of a guest that access registers at the same time without one of their own confuse each
// other, nobody else.
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
enum { FR_RXFE = 1u << 4, FR_RXFF = 1u << 6, FR_TXFE = 1u << 7 };
enum { LCR_H_FEN = 1u << 4 };
enum { INTERRUPT_RX = 1u << 4, INTERRUPT_TX = 1u << 5, INTERRUPT_RT = 1u << 6, INTERRUPTS = 0x7ff };
enum { FIFO = 32 }; // bytes that r1p5 receives

// r1p5; then the PrimeCell identification.
static const uint8_t ids[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static struct uart {
    _Atomic uint32_t raised, mask; // RIS, IMSC
    uint16_t kept[(KEPT_END - KEPT) / 4];
    uint16_t dma;
    bool asked;                  // whether something was received, and sent nothing since
    _Atomic uint32_t head, tail; // bytes put into the FIFO by pl011_receive, taken by the guest
    _Atomic uint32_t held;       // the board's interrupt waits for room
    char fifo[FIFO];
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
    if (irq && irq->flags & TBL_IRQ_INPUT)
        board_console_listen();
}

void pl011_reset(const struct partition *p)
{
    struct uart *u = uart_of(p);

    if (p->uart == TBL_NONE)
        return;
    if (u->held)
        arch_input_again();
    *u = (struct uart){0};
    u->kept[(CR - KEPT) / 4] = 0x300; // transmitter and receiver on
    u->kept[(IFLS - KEPT) / 4] = 0x12;
}

static const struct tbl_interrupt *record_of(const struct partition *p)
{
    return (const struct tbl_interrupt *)tables_section(TBL_INTERRUPT) + p->uart;
}

// The line may have gone up or down; v is current, maybe of another partition than p. Who changes
// it at the same time on another core looks once more too: the last one tells how it is.
static void line_changed(struct vcpu *v, const struct partition *p, bool was)
{
    struct vcpu *target = &p->vcpus[record_of(p)->vcpu];
    const struct uart *u = uart_of(p);

    for (bool is; (is = u->raised & u->mask) != was; was = is)
        if (arch_interrupt_level(v, target, p->uart, is))
            arch_kick(target->core->index);
}

// ---- The receive FIFO ---------------------------------------------------------------------------

static uint32_t received(const struct uart *u)
{
    return u->head - u->tail;
}

static uint32_t depth(const struct uart *u)
{
    return u->kept[(LCR_H - KEPT) / 4] & LCR_H_FEN ? FIFO : 1;
}

// RX is raised from this many bytes on: IFLS counts eighths 1, 2, 4, 6, 7.
static uint32_t trigger(const struct uart *u)
{
    static const uint8_t eighths[8] = {1, 2, 4, 6, 7, 7, 7, 7};

    return depth(u) == 1 ? 1 : eighths[u->kept[(IFLS - KEPT) / 4] >> 3 & 7] * FIFO / 8;
}

// No room: the board's interrupt waits, unless room was made meanwhile.
static bool must_wait(struct uart *u)
{
    if (received(u) < depth(u))
        return false;
    u->held = 1;
    return received(u) >= depth(u) || !atomic_exchange(&u->held, 0);
}

// Time-out at once: nobody types so fast that more were worth waiting for.
static void raise_received(struct uart *u)
{
    uint32_t count = received(u);

    u->raised |= (count >= trigger(u) ? INTERRUPT_RX : 0) | (count ? INTERRUPT_RT : 0);
}

void pl011_receive(struct vcpu *v, struct partition *p)
{
    struct uart *u = uart_of(p);
    bool was = u->raised & u->mask, waits = false;
    char byte;

    // Bounded: the interrupt comes again when there is more.
    for (uint32_t n = 0; n < FIFO && !(waits = must_wait(u)) && board_console_take(&byte); n++) {
        u->fifo[u->head % FIFO] = byte;
        u->head++;
    }
    raise_received(u);
    if (!waits)
        arch_input_again();
    line_changed(v, p, was);
}

// The guest reads a byte; 0 when there is none.
static uint32_t take(struct vcpu *v, struct uart *u)
{
    bool was = u->raised & u->mask;
    uint32_t byte;

    if (!received(u))
        return 0;
    byte = (uint8_t)u->fifo[u->tail % FIFO];
    u->tail++;
    u->raised &= ~(uint32_t)(INTERRUPT_RX | INTERRUPT_RT);
    raise_received(u);
    if (atomic_exchange(&u->held, 0))
        arch_input_again();
    line_changed(v, v->partition, was);
    return byte;
}

// What it has said so far is shown when somebody may answer.
static void prompt(struct partition *p)
{
    if (record_of(p)->flags & TBL_IRQ_INPUT)
        console_prompt(p);
}

// A guest that asks again has nothing more to say before it is answered.
static uint32_t flags(struct vcpu *v, struct uart *u)
{
    uint32_t count = received(u);

    if (u->asked && !count)
        prompt(v->partition);
    u->asked = true;
    return FR_TXFE | (count ? 0 : FR_RXFE) | (count >= depth(u) ? FR_RXFF : 0);
}

// ---- Registers ----------------------------------------------------------------------------------

uint32_t pl011_read(struct vcpu *v, uint32_t offset)
{
    struct uart *u = uart_of(v->partition);

    if (offset >= ID)
        return ids[(offset - ID) / 4];
    if (offset >= KEPT && offset < KEPT_END)
        return u->kept[(offset - KEPT) / 4];
    switch (offset & ~3u) {
    case DR:
        return take(v, u);
    case FR:
        return flags(v, u);
    case IMSC:
        return u->mask;
    case RIS:
        return u->raised;
    case MIS:
        return u->raised & u->mask;
    case DMACR:
        return u->dma;
    default:
        return 0; // nothing was received wrongly
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
        u->asked = false;
        console_write(v->partition, &byte, 1);
        atomic_fetch_or(&u->raised, INTERRUPT_TX);
        break;
    case IMSC:
        if (!(value & INTERRUPT_TX))
            prompt(v->partition); // it has sent all
        u->mask = value & INTERRUPTS;
        break;
    case ICR:
        atomic_fetch_and(&u->raised, ~value);
        break;
    case DMACR:
        u->dma = value & 7;
    }
    line_changed(v, v->partition, was);
}
