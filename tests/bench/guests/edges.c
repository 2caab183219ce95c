// SPDX-License-Identifier: BSD-2-Clause
// Window changes, one by one: how many instructions after its edge a window's first one is
// executed. The counter runs at one tick an instruction here (tests/bench/edges), and windows begin
// on a grid of SLOT ticks, so the counter alone says which edge it was. What this partition does
// follows from its identifier.

#include "bench.h"

enum { SLOT = 2000, SLOTS = 24, FRAME = SLOT * SLOTS, DIFFERENT = 8, FIRST_FRAME = 200 };
enum {
    PLAIN = 1,
    DEVICE,
    TIMER,
    TWICE,
    ASKS,
    TOLD, // its stolen time: it runs to the end of its windows
    FRAMES = 1000
};                                      // FRAMES: the identifier says how many
enum { TWICE_FIRST = 20, ASKING = 22 }; // slots: where two windows begin, where a change is asked
enum { STEP = 5 };                      // instructions of the loop in `stolen`

struct values { // of one kind of edge
    uint64_t value[DIFFERENT], count[DIFFERENT];
    uint64_t frame[DIFFERENT]; // in which it was seen first
};

// By slot; behind them the end of a frame when a change of schedule waits, and when it is made.
enum { WAITS = SLOTS, MADE, KINDS };
static struct values seen[KINDS];
static uint64_t zero, last_frame, role;
static volatile uint64_t in_hand;

static void note(unsigned kind, uint64_t frame, uint64_t value)
{
    struct values *v = &seen[kind];

    for (unsigned i = 0; i < DIFFERENT; i++)
        if (!v->count[i] || v->value[i] == value || i == DIFFERENT - 1) {
            if (!v->count[i])
                v->frame[i] = frame;
            v->value[i] = value;
            v->count[i]++;
            return;
        }
}

// Rests; the counter at the first instruction of the next window.
static inline uint64_t next_window(void)
{
    register uint64_t x0 __asm__("x0") = HV_IDLE_SELF;

    __asm__ volatile("hvc #0\n\tmrs x0, cntvct_el0"
                     : "+r"(x0)
                     :
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "memory");
    return x0;
}

// Looks at the counter until somebody takes time: how much.
static inline uint64_t stolen(void)
{
    uint64_t before, now, step;

    __asm__ volatile("mrs %0, cntvct_el0\n"
                     "1:\tmrs %1, cntvct_el0\n\t"
                     "sub %2, %1, %0\n\t"
                     "mov %0, %1\n\t"
                     "cmp %2, #50\n\t"
                     "b.lo 1b"
                     : "=&r"(before), "=&r"(now), "=&r"(step)
                     :
                     : "cc");
    return step - STEP;
}

// What became of a change of schedule at the end of this frame.
static unsigned frame_edge(void)
{
    static uint64_t before;
    struct hv_schedule s = hv_schedule_status();
    unsigned kind = s.current != before ? MADE : s.next != s.current ? WAITS : 0;

    before = s.current;
    return kind;
}

static void measure(void)
{
    for (;;) {
        uint64_t gone = role == TOLD ? stolen() : 0;
        uint64_t at = (gone ? hv_ticks() : next_window()) - zero;
        uint64_t frame = at / FRAME, slot = at / SLOT % SLOTS;
        unsigned kind = role == ASKS && slot == 0 ? frame_edge() : (unsigned)slot;

        if (frame >= last_frame)
            return;
        if (role == ASKS && slot == ASKING && frame % 4 == 0) // too late for the end of this frame
            hv_schedule_set(!hv_schedule_status().current);
        uint64_t lost = role == TWICE && slot == TWICE_FIRST ? stolen() : 0;
        if (frame < FIRST_FRAME) // the console is not silent yet, and maxima are new
            continue;
        note(kind, frame, (gone ? gone : at) % SLOT);
        if (lost)
            note(kind + 1, frame, lost);
    }
}

static void tell(void)
{
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned i = 0; i < DIFFERENT && seen[kind].count[i]; i++)
            hv_printf("kind %u value %lu count %lu first %lu\n", kind, seen[kind].value[i],
                      seen[kind].count[i], seen[kind].frame[i]);
    hv_printf("done\n");
    for (;;)
        hv_idle_self();
}

// The timer's interrupt is taken and never ended.
void hv_interrupt(uint32_t intid)
{
    (void)intid;
    measure();
    tell();
}

int main(void)
{
    struct hv_time now;

    role = hv_partition_status().id % FRAMES;
    last_frame = FIRST_FRAME + hv_partition_status().id / FRAMES;
    now = hv_get_time();
    zero = now.ticks - now.ns;
    if (role == TIMER) {
        hv_irq_init();
        hv_irq_enable(HV_IRQ_VIRTUAL_TIMER, 0x80);
        hv_virtual_timer(1);
        hv_irq_unmask();
        for (;;)
            hv_wait();
    }
    measure();
    tell();
    return 0;
}
