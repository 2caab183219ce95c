// SPDX-License-Identifier: BSD-2-Clause
// Files in one step: temporary name in the same directory, fsync, rename.
#include "pending.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *cannot_write(struct arena *a, const struct pending *f)
{
    return arena_printf(a, "cannot write '%s': %s", f->path, strerror(errno));
}

const char *pending_open(struct arena *a, struct pending *f, const char *path)
{
    f->path = path;
    f->temporary = arena_printf(a, "%s.XXXXXX", path);
    f->fd = mkostemp(f->temporary, O_CLOEXEC);
    if (f->fd >= 0)
        return NULL;
    f->temporary = NULL;
    return cannot_write(a, f);
}

const char *pending_write(struct arena *a, const struct pending *f, const void *bytes,
                          uint64_t length)
{
    const char *p = bytes;

    while (length) {
        ssize_t n = write(f->fd, p, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cannot_write(a, f);
        p += n;
        length -= (uint64_t)n;
    }
    return NULL;
}

const char *pending_sync(struct arena *a, const struct pending *f)
{
    mode_t mask = umask(0);

    umask(mask);
    // mkostemp made it private; give it the rights of any other output.
    if (fchmod(f->fd, 0666 & ~mask) < 0 || fsync(f->fd) < 0)
        return cannot_write(a, f);
    return NULL;
}

const char *pending_name(struct arena *a, struct pending *f)
{
    if (rename(f->temporary, f->path) < 0)
        return cannot_write(a, f);
    f->temporary = NULL;
    return NULL;
}

void pending_drop(struct pending *f)
{
    if (f->fd >= 0)
        close(f->fd);
    if (f->temporary)
        unlink(f->temporary);
    f->fd = -1;
    f->temporary = NULL;
}

const char *file_write(struct arena *a, const char *path, const void *bytes, uint64_t length)
{
    struct pending f = {.fd = -1};
    const char *why = pending_open(a, &f, path);

    if (!why)
        why = pending_write(a, &f, bytes, length);
    if (!why)
        why = pending_sync(a, &f);
    if (!why)
        why = pending_name(a, &f);
    pending_drop(&f);
    return why;
}
