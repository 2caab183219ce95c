#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Everything that a trace can record, in booted systems: a mission through three schedules held
# against the picture in its system.yaml, and interrupts of each kind, up to the end of the module.
import json
import os
import re
import struct
import subprocess
import xml.etree.ElementTree

from bulkhead import Test, partition, system, window
from rings import (
    CALLS, HEALTH, HEADER, INTERRUPTS, PARTITIONS, PORTS, RECORD, RESTS, RING, SCHEDULES, TICK,
    WINDOWS, judge_picture, rings)

t = Test()
TRACED, KEPT = ["windows", "ports", "health", "partitions", "schedules", "rests", "interrupts"], 8192
# From the pictures in samples/mission/system.yaml, in ms: partition, start, duration.
MISSION = {
    "launch": (20, [[("supervisor", 2, 3), ("radio", 6, 3)], [("guidance", 0, 6), ("guidance", 10, 6)]]),
    "cruise": (40, [[("supervisor", 2, 3), ("radio", 6, 5)], [("guidance", 0, 6), ("camera", 12, 20)]]),
    "safe": (50, [[("supervisor", 8, 3), ("radio", 12, 30)], [("guidance", 0, 6)]]),
}
SUPERVISOR, GUIDANCE, RADIO, CAMERA = range(4)
NAMES = ["supervisor", "guidance", "radio", "camera"]


def hvbuild(*arguments):
    return subprocess.run([os.environ["HVBUILD"], *arguments], text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def place(name):
    return os.path.join(t.folder.name, name)


def traced(image, name, *more):
    """Runs an image with a trace; the run and the rings of its cores."""
    run = hvbuild("run", image, "--trace", place(name), *more)
    t.check(run.returncode == 0, f"{name}: the run is traced", run.stdout + run.stderr)
    return run, rings(place(name), 2, KEPT)


# ---- The mission ---------------------------------------------------------------------------------
with open(os.path.join(os.environ["SOURCE_ROOT"], "samples", "mission", "system.yaml")) as file:
    text = file.read()
text = text.replace("../../build/samples/", os.environ["BUILD_ROOT"] + "/samples/")
text = re.sub(r"\n  trace: .*", "", text)
text = text.replace("\nmodule:\n", f"\nmodule:\n  trace: {{events: [{', '.join(TRACED)}], "
                    f"records: {KEPT}}}\n", 1)
with open(place("system.yaml"), "w") as file:
    file.write(text)
image = t.build(place("system.yaml"), "mission")
run, found = traced(image, "mission", "--frames", "60")
start = found[0][1]


def ms(record):
    return (record[0] - start) * TICK / 1e6


def told(core, event, subject=None):
    return [r for r in found[core][2] if r[1] == event and subject in (None, r[2])]


# Changes of schedule: on both cores, when the supervisor says so.
names = list(MISSION)
since = [(m[1], int(m[2])) for m in re.finditer(r"\[supervisor\] (\w+) since (\d+) ms", run.stdout)]
t.check(len(since) >= 3, "the mission gets as far as cruise, the second time", run.stdout)
for core in range(2):
    changes = [(names[r[2]], int(ms(r))) for r in told(core, SCHEDULES)]
    t.equal(changes, since, f"core {core}: records each change of schedule")

# Every window of every schedule, from the picture alone.
phases, windows_of = [("launch", 0), *since], []
for core in range(2):
    due = []
    for (phase, begin), end in zip(phases, [b for _, b in phases[1:]] + [10 ** 9]):
        frame, cores = MISSION[phase]
        edges = {0: None}
        for who, at, long in cores[core]:
            edges.setdefault(at + long, None)
            edges[at] = who
        edges.pop(frame, None)
        while begin < end and len(due) < KEPT:
            due += [(begin + at, edges[at]) for at in sorted(edges)]
            begin += frame
    real = told(core, WINDOWS)
    windows_of.append({r[2]: d[1] for r, d in zip(real, due)})
    wrong = [(r, d) for r, d in zip(real, due) if not 0 <= ms(r) - d[0] < 0.05]
    t.check(len(real) > 200 and not wrong, f"core {core}: every window of all schedules",
            (len(real), wrong[:3]))
    # Who does not give up the rest is halted, or was stopped in this window.
    rests = told(core, RESTS)
    owners = [who for _, who in due]
    inside = [owners[sum(1 for w in real if w[0] <= r[0]) - 1] for r in rests]
    t.check(len(rests) > 50 and all(NAMES[r[2]] == who for r, who in zip(rests, inside)),
            f"core {core}: who gives up the rest of a window owns it", len(rests))
guided = sum(r[2] == 0 for r in told(1, WINDOWS))
t.equal(len(told(1, RESTS, GUIDANCE)), sum(
    1 for r in told(1, PORTS, GUIDANCE)), "guidance writes once in each window, then rests")

# Messages: by whom, and how long.
t.check(all(r[4] & 0xffffffff == 16 for r in told(1, PORTS)), "guidance sends 16 bytes each time")
t.equal([r[4] & 0xffffffff for c in (0, 1) for r in told(c, PORTS)
         if r[4] & 0xffffffff not in (16,)], [8, 8], "an order of 8 bytes is sent and received")

# Health and partitions: the camera's two faults and what became of it.
HALTED, RESTARTING, RUNNING = 3, 1, 0
MEMORY_VIOLATION, HALT, OF_PARTITION = 1, 1, 1 << 32
t.equal([(r[2], r[3], r[4]) for r in told(1, HEALTH)],
        [(CAMERA, MEMORY_VIOLATION, OF_PARTITION | HALT)] * 2,
        "both faults of the camera are recorded, with what followed")
states = sorted((r[0], r[3]) for c in (0, 1) for r in told(c, PARTITIONS, CAMERA))
t.equal([s for _, s in states][:7],
        [RESTARTING, RUNNING, HALTED, RESTARTING, RUNNING, HALTED, RESTARTING],
        "cold start at the change, halt, warm start, halt, and again")
t.equal([r for c in (0, 1) for r in told(c, PARTITIONS) if r[2] != CAMERA], [],
        "nothing happens to others")

shown = hvbuild("trace", place("mission"), image, "--perfetto", place("mission.json"))
t.check(shown.returncode == 0 and ": 0 missing, 0 extra, 0 late" in shown.stderr,
        "hvbuild finds every window where its schedule has it", shown.stderr)
for words in (r"schedule cruise begins", r"schedule safe begins", r"radio sends orders, 8 bytes",
              r"camera: event 1 -> halt", r"camera is halted", r"camera restarts",
              r"guidance gives up the rest of its window"):
    t.check(re.search(words, shown.stdout), f"and says '{words}'")
judge_picture(t, json.load(open(place("mission.json"))), "mission")

# The drawing: every window as planned and as it was, at the place of its time; all marks.
drawn = hvbuild("trace", place("mission"), image, "--quiet", "--svg", place("mission.svg"))
svg = xml.etree.ElementTree.parse(place("mission.svg")).getroot()
TAG, PER_MS, BAND = "{http://www.w3.org/2000/svg}", 900 / 250, 250
bars = {}
for g in svg.iter(TAG + "g"):
    r = g.find(TAG + "rect")
    if r is not None and r.get("class") in ("plan", "real", "rest"):
        bars.setdefault(r.get("class"), []).append(
            (float(r.get("x")), float(r.get("width")), float(r.get("y")), g.find(TAG + "title").text))
owned = [(core, w) for core in range(2) for w in told(core, WINDOWS)
         if windows_of[core][w[2]] is not None]


def missing_bars(kind, tolerance):
    """Windows whose begin has no bar of that kind, in tenths of a pixel, in its band and lane."""
    have = {(round(x * 10), y // 106, y % 106 >= 66) for x, _, y, _ in bars[kind]}
    return [w for core, w in owned if not any(
        (round(ms(w) % BAND * PER_MS * 10) - early, ms(w) // BAND, core == 1) in have
        for early in range(tolerance + 1))]


t.check(drawn.returncode == 0 and not missing_bars("plan", 1) and not missing_bars("real", 0),
        "every window is drawn, planned and real", (missing_bars("plan", 1)[:3], missing_bars("real", 0)[:3]))
marks = [p.get("class") for p in svg.iter(TAG + "path")]
t.equal({c: marks.count(c) for c in set(marks)},
        {"change": len(since), "health": 2, "state": len(states)}, "and every mark")
halted = [(x, w) for x, w, _, title in bars["real"] if title.startswith("camera, 632")]
t.check(halted and halted[0][1] < 1, "a partition that is halted works no more", halted)

# ---- A difference beside a change of schedule is found out ---------------------------------------
data = bytearray(open(place("mission"), "rb").read())
ring = found[1][2]
base = HEADER + RING + KEPT * RECORD + RING
change = next(n for n, r in enumerate(ring) if r[1] == SCHEDULES)
windows = [n for n, r in enumerate(ring) if r[1] == WINDOWS]
before = max(n for n in windows if n < change)
after = [n for n in windows if n > change]


def altered(name, what, words, edit):
    other = bytearray(data)
    edit(other)
    open(place(name), "wb").write(other)
    r = hvbuild("trace", place(name), image, "--quiet")
    t.check(r.returncode == 1 and re.search(words, r.stderr), what, (r.returncode, r.stderr))


def remove(n):
    """The record becomes one that says nothing of windows."""
    return lambda b: struct.pack_into("<IIQQ", b, base + n * RECORD + 8, HEALTH, CAMERA, 1, 0)


def window_becomes(n, number):
    return lambda b: struct.pack_into("<I", b, base + n * RECORD + 12, number)


at = rf"{ms(ring[before]):.3f}"[:-2]
altered("last", "the last window of the old schedule is missed",
        rf"core 1: window \d+ of schedule 'launch' did not start at {at}", remove(before))
altered("first", "the first window of the new one is missed",
        rf"core 1: window 0 of schedule 'cruise' did not start at {since[0][1]}\.000", remove(after[0]))
altered("old", "a window of the old schedule behind the change is none of the plan",
        r"'launch' started where the plan has none", window_becomes(after[1], ring[before][2]))
altered("early", "a window of the new schedule before the change is none of the plan",
        r"did not start|started where the plan has none",
        window_becomes(before, ring[after[1]][2]))

# ---- Interrupts, and a module that ends by itself ------------------------------------------------
CLOCK, TIMER, CALL = 34, 27, 0
description = system(
    [partition("traced", cpus=2, devices=["rtc"], system=True, rights=["halt_module"]),
     partition("other", "neighbour")], 1000,
    [[window("traced", 0, 600, cpu=0), window("other", 700, 200)],
     [window("traced", 0, 600, cpu=1)]])
description["module"]["trace"] = {"events": ["windows", "interrupts"], "records": KEPT}
image = t.build(description)
run, found = traced(image, "ended")
start = found[0][1]
t.check("[traced] done: 1 checks" in run.stdout and "FAIL" not in run.stdout,
        "a module that ends is traced to its end", run.stdout)
taken = {}
for core in range(2):
    for r in told(core, INTERRUPTS):
        taken.setdefault((core, r[3]), []).append(r)
    t.check(set(r[1] for r in found[core][2]) <= {WINDOWS, INTERRUPTS},
            f"core {core}: windows and interrupts alone are recorded")
t.equal({k: len(v) for k, v in taken.items() if k[1] != CALL}, {(0, CLOCK): 3, (0, TIMER): 5},
        "three interrupts of the device and five of the timer")
t.check(len(taken[(1, CALL)]) >= 4 and all(r[2] == 1 for r in taken[(1, CALL)][-4:]),
        "four calls to the second vcpu, while it runs", taken[(1, CALL)])
t.check(all(r[2] == 0 for k in ((0, CLOCK), (0, TIMER)) for r in taken[k]),
        "each while its owner runs")
shown = hvbuild("trace", place("ended"), image, "--perfetto", place("ended.json"))
t.equal((shown.returncode, len(re.findall("traced cpu 0 takes interrupt 34 of traced", shown.stdout)),
         len(re.findall("traced cpu 0 takes its virtual timer's interrupt", shown.stdout)),
         len(re.findall("traced cpu 1 takes the call of another core", shown.stdout)) >= 4),
        (0, 3, 5, True), "and hvbuild says so")
judge_picture(t, json.load(open(place("ended.json"))), "ended")
t.done()
