// SPDX-License-Identifier: BSD-2-Clause
// What the user types, on its way to the machine's serial port.
#include "typing.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void typing_begin(struct typing *t, int to)
{
    struct termios now;

    *t = (struct typing){.from = to < 0 ? -1 : STDIN_FILENO, .to = to};
    if (t->from < 0 || tcgetattr(t->from, &t->before) < 0) // a file or a pipe
        return;
    if (tcgetpgrp(t->from) != getpgrp()) {
        t->from = -1;
        return;
    }
    now = t->before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    now.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
    now.c_cc[VSUSP] = now.c_cc[VQUIT] = _POSIX_VDISABLE;
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    t->raw = tcsetattr(t->from, TCSANOW, &now) == 0;
}

void typing_wait(const struct typing *t, struct pollfd p[2])
{
    p[0] = (struct pollfd){.fd = t->length ? -1 : t->from, .events = POLLIN};
    p[1] = (struct pollfd){.fd = t->length ? t->to : -1, .events = POLLOUT};
}

void typing_move(struct typing *t, const struct pollfd p[2])
{
    ssize_t n;

    if (p[0].fd >= 0 && p[0].revents) {
        n = read(t->from, t->bytes, sizeof t->bytes);
        if (n > 0)
            t->length = (size_t)n;
        else if (n == 0 || errno != EINTR)
            t->from = -1;
    }
    if (p[1].fd >= 0 && p[1].revents) {
        n = send(t->to, t->bytes, t->length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            t->length -= (size_t)n;
            memmove(t->bytes, t->bytes + n, t->length);
        } else if (errno != EINTR && errno != EAGAIN) { // QEMU has ended
            t->from = -1;
            t->length = 0;
        }
    }
}

void typing_end(struct typing *t)
{
    if (t->raw)
        tcsetattr(t->from < 0 ? STDIN_FILENO : t->from, TCSANOW, &t->before);
    t->raw = false;
}
