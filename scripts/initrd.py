#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Writes an initial RAM disk to standard output: busybox, `init`, kernel modules in /lib and programs in
# /bin. The format is that of Linux, Documentation/driver-api/early-userspace/buffer-format.rst
# ("newc"). Same input, same bytes.
#
# usage: initrd.py BUSYBOX INIT [MODULE.ko or PROGRAM...]
import os
import sys

DIRECTORY, PROGRAM, FILE, DEVICE = 0o040755, 0o100755, 0o100644, 0o020600


def entry(number, name, mode, content=b"", device=(0, 0)):
    path = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(path), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + path
    head += b"\0" * (-len(head) % 4)
    return head + content + b"\0" * (-len(content) % 4)


def archive(items):
    """One archive of (name, mode, content, device), of which the last two may be left out."""
    return b"".join(entry(n, *item) for n, item in enumerate([*items, ("TRAILER!!!", 0)], 1))


def main():
    (_, busybox), (_, init), *others = ((path, open(path, "rb").read()) for path in sys.argv[1:])
    sys.stdout.buffer.write(archive([
        *((name, DIRECTORY) for name in ("bin", "dev", "lib", "proc", "root", "sys")),
        ("bin/busybox", PROGRAM, busybox), ("init", PROGRAM, init),
        *(("lib/" + os.path.basename(path), FILE, content) if path.endswith(".ko") else
          ("bin/" + os.path.basename(path), PROGRAM, content) for path, content in others),
        ("dev/console", DEVICE, b"", (5, 1))]))


if __name__ == "__main__":
    main()
