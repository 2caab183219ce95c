#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# What a window's start shows of who ran before: with a pad nothing, to the tick.
from bulkhead import Test, partition, system, window

t = Test()
TICK, PAD = 16, 30000  # ns


def watched(what, **keys):
    """Begin of a watcher's windows behind those of who keeps the runtime busy, in ticks: least, most,
    and the lateness that it is told."""
    d = system([partition("busy", "hound", id=9, health={"watchdog": "ignore", "budget": "ignore"}),
                partition("watcher")], 1000,
               [[window("busy", 0, 100), window("watcher", 100, 700, **keys)]])
    d["module"]["health"]["log"] = {"per_frame": 1000}  # each event has its line, which takes time
    console = t.run(d, r"begins (\d+)", what)
    m = t.told(console, r"^begins (\d+) to (\d+) late (\d+) changed (\d+)$", "watcher")
    t.check(m and m[4] == "0", f"{what}: memory stays")
    return (int(m[1]), int(m[2]), int(m[3])) if m else (0, 0, 0)


least, most, late = watched("no pad")
t.check(most - least > 20 and late > 20, f"a start shows how busy the runtime was: {least} to {most}")
for what, keys in (("a pad", {}), ("a pad and a flush", {"flush": True})):
    least, most, late = watched(what, pad=f"{PAD}ns", **keys)
    t.check(PAD // TICK <= least and most < PAD // TICK + 25 and most - least <= 1 and late == 0,
            f"{what}: it shows nothing: {least} to {most}", (least, most, late))
least, most, late = watched("a pad that is too short", pad="2500ns")
t.check(most - least > 20 and 0 < late < most - 2500 // TICK, "what is longer than a pad is seen, beyond it",
        (least, most, late))

# The watcher rests, so it is taken out of the machine between two windows of its own.
d = system([partition("watcher")], 1000, [[window("watcher", 0, 300, pad=f"{PAD}ns", flush=True),
                                           window("watcher", 300, 300, pad="20us")]])
console = t.run(d, r"begins (\d+)", "windows in a row")
m = t.told(console, r"^begins (\d+) to (\d+) ", "watcher")
t.check(m and 20000 // TICK <= int(m[1]) and int(m[2]) < PAD // TICK + 25, "each has its own pad")
t.done()
