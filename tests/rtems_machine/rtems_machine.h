// SPDX-License-Identifier: BSD-2-Clause
// A machine as RTEMS 7 treats it (board support a53_lp64_qemu), without libhv or device tree, so
// that what RTEMS needs is kept without it: order and width of accesses are those of its sources.
// The program on it is Init(), which start.S calls first.
#ifndef RTEMS_MACHINE_H
#define RTEMS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

enum { GICD = 0x08000000, GICR = 0x080a0000, GICR_STRIDE = 0x20000, UART = 0x09000000 };
enum { TIMER_PPI = 30, SGI = 5 };

// One plain load or store each: with a write-back the hardware does not tell what was accessed.
#define ACCESSORS(type, bits, register, suffix)                                                    \
    static inline type load##bits(uint64_t address)                                                \
    {                                                                                              \
        type value;                                                                                \
        __asm__ volatile("ldr" suffix " %" register "0, [%1]" : "=r"(value) : "r"(address));       \
        return value;                                                                              \
    }                                                                                              \
    static inline void store##bits(uint64_t address, type value)                                   \
    {                                                                                              \
        __asm__ volatile("str" suffix " %" register "0, [%1]" ::"r"(value), "r"(address)           \
                         : "memory");                                                              \
    }
ACCESSORS(uint8_t, 8, "w", "b")
ACCESSORS(uint32_t, 32, "w", "")
ACCESSORS(uint64_t, 64, "x", "")
#define READ(reg)                                                                                  \
    ({                                                                                             \
        uint64_t read_value;                                                                       \
        __asm__ volatile("mrs %0, " #reg : "=r"(read_value)::"memory");                            \
        read_value;                                                                                \
    })
#define WRITE(reg, value) __asm__ volatile("msr " #reg ", %0" ::"r"((uint64_t)(value)) : "memory")
#define ISB()             __asm__ volatile("isb" ::: "memory")
#define DSB()             __asm__ volatile("dsb sy" ::: "memory")

// start.S
int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
_Noreturn void system_reset(void);
void _start(void);

// What the start code and the vectors call.
_Noreturn void fatal(uint64_t esr, uint64_t elr);
_Noreturn void Init(void);
_Noreturn void main_of_second(void);
void interrupt(void);

// Console: polled.
void say(const char *text);
void told(const char *what, uint64_t n);

// Memory and devices mapped, caches on; a second processor flushes and turns on.
void map(void);
void mmu_on(void);
void flush_by_set_and_way(void);

// The interrupt controller, and ticks of 10 ms on the first processor.
void distributor_init(void);
void interface_init(unsigned cpu);
void ticks_begin(void);
void idle_until(volatile uint64_t *counter, uint64_t value);
extern volatile uint64_t ticks, latest, spurious, others, asked, answered;

#endif
