#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# No register passes from one partition to another: canaries over 10,000 window changes, what a call
# leaves alone, and what a partition finds at its start.
from bulkhead import CODE, Test, channel, destination, partition, source, system, window

t = Test()
LARGE = {**CODE, "size": "128KiB"}

# Two canaries on one core, 100 us each in turn: in each frame each is left and entered again, so
# 5,000 frames are 10,000 changes.
console = t.run(system(
    [partition("red", "canary", code=LARGE), partition("blue", "canary", code=LARGE),
     partition("idler", "neighbour")], 240,
    [[window("red", 0, 100), window("blue", 100, 100), window("idler", 200, 40)]]),
    [r"\[red\] done", r"\[blue\] done"], "two canaries share a core", timeout=300)
SOMETIMES_FIXED = {9: "AMAIR_EL1", 14: "AFSR0_EL1", 15: "AFSR1_EL1"}  # no such bits on this core
for name in ("red", "blue"):
    t.guest_checks(console, name)
    m = t.told(console, r"windows (\d+), held across (\d+) changes, wrong (\d+), fixed 0x(\w+)",
               name)
    if m:
        t.note(f"{name}: {m.string}")
        t.check(int(m[2]) >= 5000, f"{name}: 10,000 changes met all registers held", m.string)
        allowed = sum(1 << n for n in SOMETIMES_FIXED)
        t.equal(int(m[4], 16) & ~allowed, 0, f"{name}: every register of the list holds a pattern")

console = t.run(system(
    [partition("caller", "preserved", code=LARGE,
               ports=[source("out"), destination("in", refresh="10ms")])], 2000,
    [[window("caller", 0, 1500)]],
    [{**channel("loop", "caller", "caller", "64B"), "from": "caller.out", "to": ["caller.in"],
      "local": True}]), r"\[caller\] done", "calls with every register full")
t.guest_checks(console, "caller")

console = t.run(system(
    [partition("fresh", "reset_state", code=LARGE), partition("blue", "canary", code=LARGE)], 3000,
    [[window("fresh", 0, 1000), window("blue", 1000, 500)]]),
    r"\[fresh\] done", "a partition starts six times among painted registers")
starts, current = [], None
for line in console.of("fresh"):
    if line.startswith("start "):
        current = []
        starts.append(current)
    elif line == "end":
        current = None
    elif current is not None:
        current.append(line)
t.equal(len(starts), 6, "six starts are seen")
for n, found in enumerate(starts, 1):
    t.check("general 0x0 simd 0x0" in found,
            f"start {n}: general and SIMD registers are zero", found)
    t.equal(found, starts[0], f"start {n}: the same registers as at the first")
    t.check(not any("a5a5" in l for l in found), f"start {n}: no trace of the paint", found)
t.note("registers that are not zero at a start:\n" + "\n".join(starts[0] if starts else []))
t.done()
