// SPDX-License-Identifier: BSD-2-Clause
// The PL061 (DDI 0190) as a device whose line a test moves up and down, and whose registers hold
// while its owner is restarted: nobody resets it.
#ifndef PL061_H
#define PL061_H

#include "hv_irq.h"

#define GPIO           0x09030000ul
#define GPIO_REG(at)   (*(volatile uint32_t *)(GPIO + (at)))
#define GPIO_INTERRUPT (HV_IRQ_SPI + 7)

enum {
    GPIO_ALL_DATA = 0x3fc, // GPIODATA, every pin
    GPIO_SENSE = 0x404,    // GPIOIS: 1 for a level
    GPIO_EVENT = 0x40c,    // GPIOIEV: which
    GPIO_LET = 0x410,      // GPIOIE: lets it out
    GPIO_SCRATCH = 0x420,  // GPIOAFSEL: eight bits that do nothing to the line
};

// The interrupt's bit in the words of the distributor, all in the second.
#define GPIO_BIT   (1u << (GPIO_INTERRUPT - 32))
#define GICD(at)   (*(volatile uint32_t *)(HV_GICD + (at)))
#define ISENABLER1 GICD(0x104)
#define ISPENDR1   GICD(0x204)
#define ISACTIVER1 GICD(0x304)

// Pin 0 has the level that is asked for: its line is up while that is let out.
static inline void gpio_init(void)
{
    GPIO_REG(GPIO_LET) = 0;
    GPIO_REG(GPIO_EVENT) = GPIO_REG(GPIO_ALL_DATA) & 1;
    GPIO_REG(GPIO_SENSE) = 1;
}

static inline void gpio_up(void)
{
    GPIO_REG(GPIO_LET) = 1;
}

static inline void gpio_down(void)
{
    GPIO_REG(GPIO_LET) = 0;
    __asm__ volatile("dsb sy" : : : "memory"); // the line is down before the end of its interrupt
}

// Whether the board says edge: GICD_ICFGR, two bits each.
static inline bool gpio_is_edge(void)
{
    return GICD(0xc00 + GPIO_INTERRUPT / 16 * 4) >> (GPIO_INTERRUPT % 16 * 2 + 1) & 1;
}

#endif
