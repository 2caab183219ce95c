// SPDX-License-Identifier: BSD-2-Clause
// What a test can see and set of the fake architecture. Physical addresses are host addresses:
// fake_ram_map places "RAM" where the tables of the tests expect it.
#ifndef BULKHEAD_FAKE_H
#define BULKHEAD_FAKE_H

#include "core.h"
#include <setjmp.h>

enum {
    FAKE_RAM_START = 0x40000000,
    FAKE_RAM_END = 0x41000000,
    FAKE_RUNTIME_START = 0x40200000,
    FAKE_RUNTIME_END = 0x40220000,
    FAKE_HZ = 62500000,
};

struct fake {
    uint64_t time, time_step; // time_step is added by every reading
    uint64_t relax_step;      // added by every arch_relax
    uint32_t core;            // on which arch_alarm is called
    uint64_t alarm[HV_MAX_CORES];
    uint32_t kicks[HV_MAX_CORES];
    uint32_t started[HV_MAX_CORES];
    bool core_refuses; // arch_core_on fails
    bool core_silent;  // the core never comes online
    uint64_t mmu_root;
    uint64_t copied_in, copied_out, zeroed, synced; // bytes
    uint64_t largest_copy;                          // bytes in one call
    bool translation_wrong;                         // arch_translation_check fails ...
    bool translation_el2;                           // ... for this format
    uint32_t translation_index;                     // ... with this index
    uint32_t translations;                          // calls of arch_translation_check
    int64_t console_room; // bytes that board_console_put accepts; below 0: any number
    char console[65536];
    uint32_t console_length;
    const char *typed;     // what board_console_take has still to give
    void (*on_type)(void); // called by board_console_take
    bool listens;          // board_console_listen was called
    bool input_held;       // the test sets it with the interrupt, arch_input_again clears it
    jmp_buf stopped;       // where arch_stop and arch_end go
    enum { FAKE_ON, FAKE_OFF, FAKE_RESET } ended;
    struct tables_expect expect;
    void (*on_copy)(void); // called in the middle of arch_copy_out
    void (*on_take)(void); // called by arch_copy_in
    void (*on_wait)(void); // called by arch_relax
    void (*on_put)(void);  // called by board_console_put
};
extern struct fake fake;

// Maps the RAM once (at the addresses above, zeroed), sets every field and every global of core/ to
// its start value.
void fake_reset(void);
const char *fake_console(void); // what was printed since the last call, as a string
// Follows what a handler returned, as the switch in assembly does.
void fake_run(struct core *core, struct vcpu *next);

#endif
