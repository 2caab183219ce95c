// SPDX-License-Identifier: BSD-2-Clause
// The one console: each partition has a ring, whole lines appear as "[name] line", nobody waits.
//
// Bytes go into the ring of their partition (or of the runtime, "[hv] ..."). A printer, whichever
// core holds the printing word, moves whole lines to the board's console; a line once begun is
// ended before another begins, even when the budget runs out between. Bytes that find a ring full
// are dropped, counted and told. Escape sequences of a guest are left out and its control
// characters shown as '?', but for a backspace in its own line, so that none can imitate another's.
#ifndef BULKHEAD_CONSOLE_H
#define BULKHEAD_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

struct partition;

enum {
    CONSOLE_RING = 1024, // bytes kept for one partition
    CONSOLE_LINE = 256,  // a longer line is broken
    CONSOLE_CALL_BUDGET =
        98, // bytes printed inside one call: HV_CONSOLE_BYTES and the longest prefix
    CONSOLE_IDLE_BUDGET = 32, // bytes printed in one turn of the idle loop
};

// Appends to p's ring, then prints within the budget: what anybody began, then p's own lines. So a
// partition pays for its own output.
void console_write(struct partition *p, const char *bytes, uint32_t count);
// Whoever reads the console is to answer: what p has written of its unfinished line is shown. When
// another's line comes between, the rest stands in a line of its own.
void console_prompt(struct partition *p);
void console_end_line(struct partition *p); // a restart or halt: what is unfinished ends here
// Prints up to `budget` bytes of anybody; to ask one who is silent costs as much. True while there
// is something left to print.
bool console_drain(uint32_t budget);

// The module ends: what is still unsaid, as far as the board takes it within a bound.
void console_last_words(void);

// The runtime's own voice; the prefix "[hv] " comes by itself. Before console_live, straight to the
// board, waiting for room; after, one call is one piece: say a whole line, or end it soon.
void console_say(const char *text);
void console_say_number(uint64_t value, unsigned base); // 10 or 16, no prefix
void console_begin(void);                               // boot: nothing was said yet
void console_live(void);                                // boot is over

// A line under construction, for messages that must arrive in one piece.
struct console_line {
    uint32_t length;
    char text[160];
};
void line_text(struct console_line *l, const char *text);
void line_number(struct console_line *l, uint64_t value, unsigned base,
                 unsigned digits);                           // at least
void line_address(struct console_line *l, uint64_t address); // 0x4800_0000
void line_milliseconds(struct console_line *l, uint64_t ns); // 12.000034 ms
void line_say(struct console_line *l);                       // prints it and starts over

#endif
