#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# The trace of two cores: fetched through QEMU, read here from schema/tables.h
# alone and held against the description, and against what `hvbuild trace` makes of it.
import json
import os
import struct
import subprocess
from bulkhead import Test, partition, system, window
from rings import (
    CALLS, HEADER, HEALTH, PARTITIONS, PORTS, RECORD, RING, TICK, WINDOWS, judge_picture, rings)

t = Test()
FRAMES = 40
CORES = [[window("producer", 0, 300), window("second", 500, 400)], [window("consumer", 200, 700)]]
FRAME = 1000


def describe(events, records):
    d = system([partition("producer", "rider"), partition("second", "rider"),
                partition("consumer", "rider")], FRAME, CORES)
    d["module"]["trace"] = {"events": events, "records": records}
    return d


def hvbuild(*arguments):
    return subprocess.run([os.environ["HVBUILD"], *arguments], text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def place(name):
    return os.path.join(t.folder.name, name)


def planned(core):
    """Starts in microseconds of all windows of a frame, gaps too, as the description has them."""
    edges = {0}
    for w in CORES[core]:
        start = int(w["start"][:-2])
        edges |= {start, start + int(w["duration"][:-2])}
    return sorted(edges - {FRAME})


def judge(found, kept, what):
    """Every record of a window stands at the next edge of the description."""
    index = 0
    for core, (written, start, records) in enumerate(found):
        starts, wrong, seen = planned(core), [], 0
        ticks = [(r[0] - start) * TICK for r in records if r[1] == WINDOWS]
        lost = written > kept
        first = round(ticks[0] / 1000 / FRAME - 0.5) if lost else 0
        # Where the first record stands; the others follow one by one.
        position = next(i for i in range(len(starts) - 1, -1, -1)
                        if first * FRAME + starts[i] <= ticks[0] / 1000) if lost else 0
        for r, ns in zip([r for r in records if r[1] == WINDOWS], ticks):
            frame, here = divmod(position, len(starts))
            due = (first + frame) * FRAME * 1000 + starts[here] * 1000
            if not (0 <= ns - due < 20000 and r[2] == index + here and
                    r[4] == start + (first + frame) * FRAME * 1000 // TICK):
                wrong.append((position, r, due))
            position, seen = position + 1, seen + 1
        t.check(seen > 10 and not wrong, f"{what}: core {core}: windows are where they were planned",
                (seen, wrong[:5]))
        t.check(all(a[0] <= b[0] for a, b in zip(records, records[1:])),
                f"{what}: core {core}: records are in the order of time")
        index += len(starts)


# ---- A whole trace -------------------------------------------------------------------------------
KEPT = 16384
image = t.build(describe(["windows", "calls", "health", "partitions"], KEPT))
run = hvbuild("run", image, "--frames", str(FRAMES), "--trace", place("run.trace"))
t.check(run.returncode == 0, "a run is traced", run.stdout + run.stderr)
found = rings(place("run.trace"), 2, KEPT)
t.check(all(0 < written <= KEPT for written, _, _ in found), "nothing is lost",
        [f[0] for f in found])
judge(found, KEPT, "whole")
count = {e: sum(r[1] == e for f in found for r in f[2])
         for e in (WINDOWS, CALLS, PORTS, HEALTH, PARTITIONS)}
t.check(count[WINDOWS] >= FRAMES * (len(planned(0)) + len(planned(1)) - 2) and count[CALLS] > 0
        and count[PORTS] == 0, "what is asked for is recorded, and nothing else", count)
t.check(all(r[2] < 3 and 0x86000000 <= r[3] < 0xc7000000
            for f in found for r in f[2] if r[1] == CALLS), "calls have a caller and a function")
shown = hvbuild("trace", place("run.trace"), image, "--perfetto", place("run.json"))
t.check(shown.returncode == 0 and ": 0 missing, 0 extra, 0 late" in shown.stderr,
        "hvbuild finds every window where the plan has it", shown.stderr)
t.equal(len(shown.stdout.splitlines()), sum(len(f[2]) for f in found), "and prints every record")
events = json.load(open(place("run.json")))["traceEvents"]
names = {e["args"]["name"] for e in events if e["ph"] == "M"}
judge_picture(t, {"traceEvents": events}, "whole")
t.check({"core 0", "core 1", "core 0, planned", "core 1, planned", "producer", "second", "consumer",
         "plan", "cores", "partitions"} == names
        and sum(e["ph"] == "X" and e["pid"] == 3 and e["tid"] == 0 for e in events)
        == sum(r[1] == WINDOWS and r[2] == 0 for r in found[0][2]),
        "Perfetto gets a track for each core, planned and real, and for each vcpu, with every window", names)

# ---- A trace with a hole is found out ------------------------------------------------------------
data = bytearray(open(place("run.trace"), "rb").read())
ring = found[1][2]
numbers = [n for n, r in enumerate(ring) if r[1] == WINDOWS]
base = HEADER + RING + KEPT * RECORD + RING


def altered(name, what, word, change):
    """One finding, of that kind, once the file is changed."""
    other = bytearray(data)
    change(other)
    open(place(name), "wb").write(other)
    r = hvbuild("trace", place(name), image, "--quiet")
    t.check(r.returncode == 1 and word in r.stderr, what, (r.returncode, r.stderr))


def remove(b):  # the record becomes the one behind it
    at = base + numbers[10] * RECORD
    struct.pack_into("<I", b, at + 8, HEALTH)
    struct.pack_into("<IQQ", b, at + 12, 0, 1, 0)


def shift(b):  # from the last window on, 150 ms: the bound is 100 ms
    for n in range(numbers[-1], len(ring)):
        struct.pack_into("<Q", b, base + n * RECORD, ring[n][0] + 150000 * 1000 // TICK)


def swap(b):
    at = base + numbers[10] * RECORD
    struct.pack_into("<I", b, at + 12, 0)


altered("hole", "a window that is not there is missed", "did not start at", remove)
altered("late", "a late window is found", "late", shift)
altered("swap", "a window of another core is none of the plan", "where the plan has none", swap)
altered("cut", "half a file is refused", "wrong size", lambda b: b.__delitem__(slice(2000, None)))
altered("kind", "an unknown event is refused", "damaged",
        lambda b: struct.pack_into("<I", b, base + 8, 99))
altered("other", "another configuration's trace is refused", "another configuration",
        lambda b: b.__setitem__(9, b[9] ^ 1))

# ---- A ring that went round ----------------------------------------------------------------------
image = t.build(describe(["windows"], 33), "round")
run = hvbuild("run", image, "--frames", str(FRAMES), "--trace", place("round.trace"))
found = rings(place("round.trace"), 2, 64)
t.check(run.returncode == 0 and all(f[0] > 64 and len(f[2]) == 64 for f in found),
        "the newest records are kept, a power of two", [f[0] for f in found])
judge(found, 64, "round")
shown = hvbuild("trace", place("round.trace"), image)
t.check(shown.returncode == 0 and "128 windows compared" in shown.stderr, "hvbuild agrees",
        shown.stderr)

# ---- No trace ------------------------------------------------------------------------------------
plain = describe(["windows"], 64)
del plain["module"]["trace"]
image = t.build(plain, "plain")
run = hvbuild("run", image, "--frames", "2", "--trace", place("none"))
t.check(run.returncode == 2 and "no `module.trace`" in run.stderr and
        not os.path.exists(place("none")), "who describes no trace gets none", run.stderr)
t.done()
