#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Windows as the partition sees them are windows as described: starts, ends, frames, release points;
# and the identity of the configuration is the same everywhere.
import subprocess
import os

from bulkhead import Test, partition, system, window

t = Test()
description = system(
    [partition("twice", "windows", period="1000us", duration="300us"),
     partition("fast", "windows", period="500us", duration="100us")], 1000,
    [[window("twice", 0, 100), window("fast", 100, 100, every="500us"), window("twice", 300, 200)]])
image = t.build(description)
console = t.boot(image, until=[r"\[twice\] done", r"\[fast\] done"])
t.check(console.stopped,
        "a partition with two windows in a period, one with two periods in a frame",
        "\n".join(console.lines[-40:]))


def windows(name):
    return [(int(m[1]) // 1000, int(m[2]) // 1000, int(m[3]), m[4] != "")
            for m in console.find(r"window (\d+) to (\d+) frame (\d+) ?(.*)", name)]


def expected(first, pattern):
    every = [(1000 * f + a, 1000 * f + b, f, p) for f in range(40) for a, b, p in pattern]
    at = every.index(first) if first in every else 0
    return every[at:at + 12]


for name, pattern in (("twice", [(0, 100, True), (300, 500, False)]),
                      ("fast", [(100, 200, True), (600, 700, True)])):
    t.guest_checks(console, name)
    seen = windows(name)
    t.equal(len(seen), 12, f"{name}: twelve windows are told")
    t.equal(seen, expected(seen[0] if seen else None, pattern), f"{name}: each is as described")
t.check(console.find("period 1000000 duration 300000 system 0", "twice"),
        "period and duration are told")
told = {m[1] for m in console.find(r"id ([0-9a-f]{16}) ")}
banner = console.find(r"configuration test ([0-9a-f]+)")
t.check(len(told) == 1 and banner and list(told)[0].startswith(banner[0][1]),
        "partitions and banner agree on the configuration's identity",
        (told, [b.string for b in banner]))
inspected = subprocess.run([os.environ["HVBUILD"], "inspect", image], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
t.check(told and list(told)[0] in inspected.replace(" ", ""),
        "and so does hvbuild inspect", inspected)

# A window that starts later than the bound is an event of the module, and is said. What makes it
# late is that its neighbour's words are being printed when it should begin.
console = t.run(
    system([partition("chatter"), partition("neighbour")], 400,
           [[window("chatter", 0, 200), window("neighbour", 200, 100)]], bound="1us"),
    r"module: window started late, \d+ ns", "a late window is reported")
late = console.find(r"module: window started late, (\d+) ns -> ignore")
t.check(late and all(1000 < int(m[1]) < 20000 for m in late), "with what it was late by",
        [m.string for m in late])
t.done()
