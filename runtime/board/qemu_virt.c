// SPDX-License-Identifier: BSD-2-Clause
// QEMU `-M virt,virtualization=on,gic-version=3`: addresses (hw/arch/virt.c memory map), one PL011.
#include "board.h"
#include "tables.h"
#include <stdbool.h>

bool board_console_ready(void);
void board_console_put(char c);
void board_console_listen(void);
bool board_console_take(char *c);
extern const char board_name[];

const char board_name[] = "qemu-virt";

const struct board board = {
    .id = TBL_BOARD_QEMU_VIRT,
    .ram_start = 0x40000000,
    .ram_end = 0x4000000000, // RAM may be 255 GiB large
    .gicd = 0x08000000,
    .gicd_size = 0x10000,
    .gicr = 0x080a0000,
    .gicr_size = 0x00f60000,
    .console = 0x09000000,
    .console_size = 0x1000,
};

// PL011 (DDI 0183): QEMU and firmware leave it enabled.
#define UART_DR    (*(volatile uint32_t *)0x09000000)
#define UART_FR    (*(volatile uint32_t *)0x09000018)
#define UART_LCR_H (*(volatile uint32_t *)0x0900002c)
#define UART_CR    (*(volatile uint32_t *)0x09000030)
#define UART_IMSC  (*(volatile uint32_t *)0x09000038)

enum { FR_BUSY = 1u << 3, FR_RXFE = 1u << 4, FR_TXFF = 1u << 5 };
enum { LCR_H_FEN = 1u << 4 };
enum { PATIENCE = 1000000 }; // polls until the last byte was sent
enum { INTERRUPT_RX = 1u << 4, INTERRUPT_RT = 1u << 6 };

bool board_console_ready(void)
{
    return !(UART_FR & FR_TXFF);
}

void board_console_put(char c)
{
    UART_DR = (uint8_t)c;
}

// With the FIFO, for a partition may be slow to read; UARTLCR_H is written while the UART is off
// (DDI 0183 3.3.7). Both interrupts end by themselves when the last byte was read (2.8).
void board_console_listen(void)
{
    uint32_t control = UART_CR;

    for (uint32_t i = 0; i < PATIENCE && UART_FR & FR_BUSY; i++)
        ;
    UART_CR = 0;
    UART_LCR_H |= LCR_H_FEN;
    UART_CR = control;
    UART_IMSC = INTERRUPT_RX | INTERRUPT_RT;
}

bool board_console_take(char *c)
{
    if (UART_FR & FR_RXFE)
        return false;
    *c = (char)UART_DR; // and four bits of errors: a byte that came with one is as good as another
    return true;
}
