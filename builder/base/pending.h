// SPDX-License-Identifier: BSD-2-Clause
// Outputs that are there as a whole or not at all: written under a temporary name, then renamed.
#ifndef HVBUILD_PENDING_H
#define HVBUILD_PENDING_H

#include "base/base.h"

// One output on its way. Begin with `{.fd = -1}`; pending_drop is due at the end, whatever
// happened, and removes what did not get its name. The functions return NULL, or the reason why
// not.
struct pending {
    const char *path;
    char *temporary; // in the same directory; cannot be foreseen, so that nobody waits there
    int fd;
};

const char *pending_open(struct arena *a, struct pending *f, const char *path);
const char *pending_write(struct arena *a, const struct pending *f, const void *bytes,
                          uint64_t length);
const char *pending_sync(struct arena *a, const struct pending *f); // all of it is on the disk
const char *pending_name(struct arena *a, struct pending *f);
void pending_drop(struct pending *f);

// All of it at once.
const char *file_write(struct arena *a, const char *path, const void *bytes, uint64_t length);

#endif
