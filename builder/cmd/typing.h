// SPDX-License-Identifier: BSD-2-Clause
// What the user types, on its way to the machine's serial port.
#ifndef HVBUILD_TYPING_H
#define HVBUILD_TYPING_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct typing {
    int from, to;          // our standard input and the machine's; -1: closed, or nothing to do
    bool raw;              // from is a terminal, set up by typing_begin
    struct termios before; // as it was
    char bytes[256];       // read, and not yet taken by the machine
    size_t length;
};

// Takes over our standard input for the socket `to`; -1: there is nobody to type for. Of a terminal
// each key comes at once and is not echoed, for who receives it does that; Ctrl-C stays a signal. A
// terminal whose foreground we are not in is left alone.
void typing_begin(struct typing *t, int to);
// What to wait for: two entries, one or both of them empty.
void typing_wait(const struct typing *t, struct pollfd p[2]);
// Moves what can be moved without waiting. After the end of the input the machine's stays open.
void typing_move(struct typing *t, const struct pollfd p[2]);
// The terminal is as it was.
void typing_end(struct typing *t);

#endif
