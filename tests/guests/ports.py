#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Programs of Debian's Linux exchange messages with a bare partition through their ports, by the kernel
# module; the same source runs on both sides. A program without rights gets no more from the device
# than it may, and a partition beside them keeps its windows.
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.dont_write_bytecode = True
from fetched import Test, fetched  # noqa: E402
from bulkhead import Console, channel, destination, partition, source, system, window  # noqa: E402
from exchanges import channels, ports  # noqa: E402
from initrd import PROGRAM, archive  # noqa: E402

t = Test()
FRAMES = 700
BOUND = 640  # ticks of 16 ns: that of the campaigns of tests/robust


def made(what, *command):
    """Runs a program that makes something; without it there is nothing to test."""
    run = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=200)
    if not t.check(run.returncode == 0, what, run.stdout):
        t.done()


def program(path):
    """A file of the initial RAM disk: a C file as a program of Linux, or one as it is."""
    name = os.path.basename(path)
    if name.endswith(".c"):
        name = name[:-2]
        made(f"{name} compiles as a program of Linux", os.environ["CROSS"] + "gcc", "-std=gnu17", "-O2",
             "-Wall", "-Wextra", "-Werror", "-static",
             *("-I" + os.path.join(ROOT, *d) for d in (["schema"], ["runtime", "partition"],
                                                       ["tests", "system", "guests"])),
             "-o", t.place(name), os.path.join(ROOT, path))
        path = t.place(name)
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read()


# ---- Linux with the module and three programs ----------------------------------------------------

made("the module builds against Debian's headers", os.path.join(ROOT, "scripts", "linux_module"),
     fetched("headers/build"), t.place("module"))
with open(fetched("initrd.cpio"), "rb") as first, open(t.place("initrd"), "wb") as both:
    both.write(first.read() + archive([
        ("lib/bulkhead.ko", PROGRAM, program(t.place("module/bulkhead.ko"))),
        ("bin/exchange", PROGRAM, program("tests/system/guests/exchange.c")),
        ("bin/hostile_calls", PROGRAM, program("tests/guests/hostile_calls.c")),
        ("ports_init", PROGRAM, program("tests/guests/ports_init"))]))


linux = {"name": "linux", "guest": "linux", "image": fetched("vmlinuz"), "initrd": t.place("initrd"),
         "cmdline": "console=ttyAMA0 nokaslr quiet rdinit=/ports_init", "cpus": 2, "criticality": "C",
         "ports": ports(source("free_out")),
         "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}
description = system(
    [linux, partition("bare", "exchange", ports=ports(destination("free_in", refresh="100ms"))),
     partition("one", "steady")], 20000,
    [[window("linux", 0, 5000), window("one", 5000, 5000), window("linux", 10000, 5000),
      window("bare", 15000, 5000)],
     [window("linux", 0, 5000, cpu=1), window("linux", 10000, 5000, cpu=1)]],
    [*channels("linux", "bare"),
     {**channel("free", "", "", "8KiB"), "from": "linux.free_out", "to": ["bare.free_in"]}],
    bound=f"{BOUND * 16}ns")
description["module"]["trace"] = {"events": ["windows"], "records": 65536}
description["co_run"] = [["linux", "one"], ["linux", "bare"]]
image = t.build(description)
done = t.hvbuild("run", image, "--frames", str(FRAMES), "--trace", t.place("trace"))
t.check(done.returncode == 0, "the machine runs", done.stderr[-2000:])
console = Console(done.stdout, True)

# ---- What came of it ------------------------------------------------------------------------------

t.equal([m.string for m in console.find("^guest: c", "linux")], ["guest: crw-------"],
        "the device is there, and root's alone")
said = "\n".join("[linux] " + line for line in console.of("linux")) + "[linux] guest: attack"
for name, part in zip(("exchange", "hostile_calls"), said.split("[linux] guest: attack")):
    t.note(name)
    t.guest_checks(Console(part, True), "linux")
t.guest_checks(console, "bare")
t.equal([m.string for m in console.find("^guest: unloaded|^guest: ends|Oops|BUG|WARNING", "linux")],
        ["guest: unloaded", "guest: ends"], "the kernel lives, and lets the module go")
t.equal([re.sub(r"^<4>\[ *[0-9.]+\] ", "", m.string) for m in console.find("^<[0-4]>", "linux")],
        ["bulkhead: loading out-of-tree module taints kernel."], "no other warning in dmesg")
t.equal([m[1] for m in console.find(r"^\[hv\] [0-9.]+ ms  (.*)")], ["linux: switched off by the guest -> halt"],
        "a guest that switches itself off, and no other event")
last = console.find(r"^windows \d+ moved (\d+) late (\d+) changed (\d+) starts (\d+)", "one")
t.check(last and last[-1].groups()[::2] == ("0", "0") and last[-1][4] == "1",
        "one: its windows and memory are its own", [m.string for m in last[-1:]])
judged = t.hvbuild("trace", t.place("trace"), image)
late = [int(ns) for ns in re.findall(r"core 0  window \d+: one, (\d+) ns late", judged.stdout)]
t.check(judged.returncode == 0 and len(late) >= FRAMES and max(late) <= BOUND * 16,
        f"one: every window, {BOUND * 16} ns late at most", (len(late), max(late, default=0)))
t.note(f"{len(late)} windows of one, {max(late, default=0)} ns late at most")
t.done()
