#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Linux, its kernel in place, on a root file system that is larger than its memory: a virtio disk of its
# own, which reads and writes its memory by itself. Beside it a partition whose windows and memory stay
# its own.
import hashlib
import os
import random
import re
import shutil
import subprocess

from fetched import Test, fetched
from bulkhead import partition, system, window

t = Test()
BOUND = 640  # ticks of 16 ns: that of the campaigns of tests/robust
RAM_MIB, LARGE_MIB, DISK_MIB = 128, 160, 224
INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
echo "root: on $(/bin/busybox sed -n 's|^\\(/dev/[a-z]*\\) / .*|\\1|p' /proc/mounts)"
echo "root: memory $(/bin/busybox sed -n 's/MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)"
echo "root: large $(/bin/busybox md5sum /large | /bin/busybox cut -c 1-32)"
/bin/busybox sha256sum /bin/busybox /sbin/init >/written
/bin/busybox grep virtio /proc/interrupts
/bin/busybox mount -o remount,ro /
echo "root: warnings $(/bin/busybox dmesg -r | /bin/busybox grep -c '^<[0-4]>')"
/bin/busybox dmesg -r | /bin/busybox grep '^<[0-4]>'
/bin/busybox poweroff -f
"""


def tool(*command):
    return subprocess.run(command, text=True, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=300, env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})


# ---- The disk -----------------------------------------------------------------------------------

root = t.place("root")
for name in ("bin", "sbin", "dev", "proc"):
    os.makedirs(os.path.join(root, name))
shutil.copy(fetched("busybox"), os.path.join(root, "bin"))
with open(os.path.join(root, "sbin", "init"), "w") as init:
    init.write(INIT)
os.chmod(os.path.join(root, "sbin", "init"), 0o755)
large = random.Random(1).randbytes(LARGE_MIB << 20)
with open(os.path.join(root, "large"), "wb") as file:
    file.write(large)
made = tool("mke2fs", "-q", "-t", "ext4", "-d", root, t.place("disk"), f"{DISK_MIB}M")
t.check(made.returncode == 0, "a disk", made.stderr)

# ---- The system ---------------------------------------------------------------------------------

linux = {"name": "linux", "guest": "linux", "image": fetched("vmlinuz"),
         "initrd": fetched("initrd.cpio"), "cmdline": "console=ttyAMA0 nokaslr root=/dev/vda",
         "criticality": "C", "reload": "none", "devices": ["virtio3"],
         "trusted_dma": "the disk driver of this kernel; review 4",
         "memory": [{"name": "ram", "at": "0x50000000", "phys": "0x50000000",
                     "size": f"{RAM_MIB}MiB", "rights": "rwx"}]}
description = system([linux, partition("one", "steady")], 20000,
                     [[window("linux", 0, 5000), window("one", 5000, 5000),
                       window("linux", 10000, 5000)]], bound=f"{BOUND * 16}ns")
description["module"]["trace"] = {"events": ["windows"], "records": 65536}
image = t.build(description)
# The disk answers by the host's clock: how many frames pass meanwhile nobody knows.
console = t.run_until(r"linux: switched off by the guest", image, "--disk", t.place("disk"),
                      "--trace", t.place("trace"))
t.check(console.stopped, "Linux comes up, works and goes", console.text[-2000:])
t.equal([m[1] for m in console.find(r"^root: on (\S+)", "linux")], ["/dev/vda"],
        "the root file system is on the disk")
memory = [int(m[1]) for m in console.find(r"^root: memory (\d+)", "linux")]
t.check(len(memory) == 1 and memory[0] < LARGE_MIB * 1024, "a file on it is larger than memory", memory)
t.equal([m[1] for m in console.find(r"^root: large (\w+)", "linux")], [hashlib.md5(large).hexdigest()],
        "and is read as it was written")
t.check(console.find(r"GICv3 +51 Edge +virtio0", "linux"), "by interrupts of the device",
        console.of("linux")[-8:])
t.equal([m.string for m in console.find(r"^root: warnings|^<[0-4]>", "linux")], ["root: warnings 0"],
        "no warning in dmesg")
last = console.find(r"^windows \d+ moved (\d+) late (\d+) changed (\d+) starts (\d+)", "one")
t.check(last and last[-1].groups()[::2] == ("0", "0") and last[-1][4] == "1",
        "one: its windows and memory are its own", [m.string for m in last[-1:]])
judged = t.hvbuild("trace", t.place("trace"), image)
late = [int(ns) for ns in re.findall(r"core 0  window \d+: one, (\d+) ns late", judged.stdout)]
t.check(len(late) >= 100 and max(late) <= BOUND * 16,
        f"one: every window, {BOUND * 16} ns late at most", (len(late), max(late, default=0)))

# ---- What it wrote ------------------------------------------------------------------------------

t.equal(tool("e2fsck", "-fn", t.place("disk")).returncode, 0, "the file system is whole")
written = tool("debugfs", "-R", "cat /written", t.place("disk")).stdout
t.equal(written, "".join(
    f"{hashlib.sha256(open(os.path.join(root, name), 'rb').read()).hexdigest()}  /{name}\n"
    for name in ("bin/busybox", "sbin/init")), "what Linux wrote is on the disk")
t.done()
