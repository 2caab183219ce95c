// SPDX-License-Identifier: BSD-2-Clause
// QEMU `-M virt,virtualization=on,gic-version=3`: addresses (hw/arch/virt.c memory map), one PL011.
#include "board.h"
#include "tables.h"
#include <stdbool.h>

bool board_console_ready(void);
void board_console_put(char c);
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
#define UART_DR (*(volatile uint32_t *)0x09000000)
#define UART_FR (*(volatile uint32_t *)0x09000018)

enum { FR_TXFF = 1u << 5 };

bool board_console_ready(void)
{
    return !(UART_FR & FR_TXFF);
}

void board_console_put(char c)
{
    UART_DR = (uint8_t)c;
}
