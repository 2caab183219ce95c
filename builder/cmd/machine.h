// SPDX-License-Identifier: BSD-2-Clause
// A QEMU process: started, watched, ended.
#ifndef HVBUILD_MACHINE_H
#define HVBUILD_MACHINE_H

#include "base/base.h"
#include <sys/types.h>

struct machine {
    pid_t pid;
    int console;                    // what its serial port prints
    int input;                      // a socket to its serial port, or -1
    int control;                    // QMP, or -1
    const char *directory, *socket; // of the control socket, or NULL
    struct text answers;            // received and not yet read
    bool off;                       // it said that the guest has switched it off
};

// Starts argv[0]; its serial output comes through a pipe, its input is empty unless `input` asks
// for one. It dies with us.
// With `socket`, the caller's argv has "-qmp unix:SOCKET,server=on,wait=off". False with errno.
bool machine_start(struct machine *m, char *const argv[], bool input);
// A place for the control socket, removed by machine_end. NULL with errno.
const char *machine_socket(struct arena *a, struct machine *m);
// Connects to the control socket, waiting up to five seconds for QEMU to open it. False: it did
// not.
bool machine_control(struct arena *a, struct machine *m);
// Eight bytes of physical memory of the running machine. False: no answer.
bool machine_peek(struct arena *a, struct machine *m, uint64_t address, uint64_t *value);
// Halts the machine, then writes `size` bytes of its physical memory to a file. False: it did not.
bool machine_save(struct arena *a, struct machine *m, uint64_t address, uint64_t size,
                  const char *path);
// Ends it, waits, cleans up. Its wait status: an exit when it had ended by itself.
// What it printed last can still be read from `console`, which stays open.
int machine_end(struct machine *m);
// Whether the guest has switched it off, with "-no-shutdown" so that its memory can be read still.
// Does not wait; to be asked when `control` has something to say.
bool machine_off(struct arena *a, struct machine *m);

#endif
