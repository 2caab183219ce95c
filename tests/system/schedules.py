#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Changes of schedule: the pilot asks, two cores follow at the same boundary, every window of every
# partition is where the schedule of that moment has it, and partitions begin as it says.
from bulkhead import Test, partition, system, window

t = Test()
FRAME = {4: 2000, 9: 3000}  # of the schedules, by identifier; microseconds
CORES = {
    4: [[window("pilot", 0, 300), window("left", 500, 900)], [window("right", 200, 1200)]],
    9: [[window("left", 100, 1000), window("pilot", 2000, 400)],
        [window("guest", 0, 1000), window("right", 1500, 1000)]],
}
PERIODS = {"pilot": (300, 400), "left": (900, 1000), "right": (1200, 1000), "guest": (None, 1000)}


def schedule(name, number, on_change, initial=False):
    return {"name": name, "id": number, "major_frame": f"{FRAME[number]}us", "initial": initial,
            "partitions": [{"partition": p, "period": f"{FRAME[number]}us",
                            "duration": f"{PERIODS[p][number == 9]}us"}
                           for p in PERIODS if PERIODS[p][number == 9]],
            "on_change": on_change, "cores": {str(i): c for i, c in enumerate(CORES[number])}}


keep = {"name": "keep", "at": "0x40200000", "size": "4KiB", "keep": True}
partitions = [partition("pilot", system=True, rights=["switch_schedule"]),
              partition("left", "rider"), partition("right", "rider", memory=[keep]),
              partition("guest", "rider", initialisation="900us")]
description = system(partitions, FRAME[4], CORES[4])
for p in partitions:
    del p["period"], p["duration"]
ignore = {p: "ignore" for p in PERIODS}
# The initial one stands second: identifiers, places and names are different things.
description["schedules"] = [
    schedule("climb", 9, {**ignore, "left": "cold_start", "guest": "cold_start"}),
    schedule("cruise", 4, {"pilot": "ignore", "left": "ignore", "right": "warm_start"}, True)]
description["co_run"] = [list(PERIODS)]
image = t.build(description)
console = t.boot(image, cores=2, until=[r"\[pilot\] done"])
t.check(console.stopped, "the pilot makes all changes", "\n".join(console.lines[-40:]))
t.guest_checks(console, "pilot")

# ---- The frames that must have been, from what was asked ------------------------------------------
asked = [(int(m[1]), int(m[2]), int(m[3])) for m in
         console.find(r"at (\d+) asks (\d+) in (\d+) error 0$", "pilot")]
changed = [(int(m[1]), int(m[2]), int(m[3])) for m in
           console.find(r"changed (\d+) to (\d+) next (\d+)", "pilot")]
t.equal(len(asked), 20, "twenty changes are asked for")
frames, at, current, pending = [], 0, 4, list(asked)
while pending or at <= changed[-1][0]:
    frames.append((at, current))
    end = at + FRAME[current] * 1000
    while pending and pending[0][0] < end:
        if pending[0][0] >= at:
            current = pending[0][1]
        pending.pop(0)
    at = end
edges = [(a, s) for (a, s), (_, before) in zip(frames[1:], frames) if s != before]
t.equal(changed, [(a, s, s) for a, s in edges], "each takes effect at the end of its frame")
t.check(len({a % 1000000 for a, _, _ in asked}) > 15, "asked for at odd moments", asked)


def expected(name, start):
    """What the rider must say of the window that starts then, or None when it has none there."""
    for number, (begin, s) in enumerate(frames):
        if begin <= start < begin + FRAME[s] * 1000:
            for core in CORES[s]:
                for w in core:
                    first = begin + int(w["start"][:-2]) * 1000
                    if w["partition"] == name and first == start:
                        return (start, start + int(w["duration"][:-2]) * 1000, number, s,
                                FRAME[s] * 1000, PERIODS[name][s == 9] * 1000)
    return None


for name in ("left", "right", "guest"):
    told = [tuple(map(int, m.groups())) for m in console.find(
        r"window (\d+) to (\d+) frame (\d+) schedule (\d+) period (\d+) duration (\d+)", name)]
    told = [w for w in told if w[0] < at]
    wrong = [w for w in told if w != expected(name, w[0])]
    t.check(len(told) > 20 and not wrong,
            f"{name}: every window is where its schedule has it", (len(told), wrong[:5]))

# ---- How partitions begin --------------------------------------------------------------------------
climbs = [a for a, s in edges if s == 9]
cruises = [a for a, s in edges if s == 4]
COLD, WARM = 1, 2
for name, begins, mode in (("left", climbs, COLD), ("right", cruises, WARM),
                           ("guest", climbs, COLD)):
    starts = [tuple(map(int, m.groups())) for m in console.find(
        r"start (\d+) mode (\d+) condition (\d+) at (\d+) refused (-?\d+)", name)]
    first = 0 if name == "guest" else 1  # it has no window before the first climb
    t.equal([s[0] for s in starts], list(range(1 + 1 - first, len(starts) + 2 - first)),
            f"{name}: starts are counted")
    again = starts[first:]
    t.equal([s[1:3] for s in again], [(mode, 1)] * len(again),
            f"{name}: started {'warm' if mode == WARM else 'cold'} by the change")
    begun = [b for b in begins if b < (again[-1][3] if again else 0)]
    t.check(len(again) >= 8 and len(begun) == len(again)
            and all(b <= s[3] < b + 30000000 for b, s in zip(begun, again)),
            f"{name}: once for each change, from then on", (begins, again))
    t.check(all(s[4] == -3 for s in starts), f"{name}: may not change the schedule", starts)
other = console.find(r"started late|^\[hv\] [0-9.]+ ms")
t.check(not other, "and nothing else happens", [m.string for m in other])
t.done()
