#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# The mission tells its story, from its own system.yaml: launch, cruise, safe and cruise again, each
# from the tick on that follows from what happened, with every window where its schedule has it.
import os
import subprocess
import sys

from bulkhead import Test

# From the pictures in system.yaml, in ms: frame, and per partition (length, place, period).
FRAME = {"launch": 20, "cruise": 40, "safe": 50}
WINDOWS = {
    "launch": {"supervisor": (3, 2, 20), "guidance": (6, 0, 10), "radio": (3, 6, 20)},
    "cruise": {"supervisor": (3, 2, 40), "guidance": (6, 0, 40), "radio": (5, 6, 40),
               "camera": (20, 12, 40)},
    "safe": {"supervisor": (3, 8, 50), "guidance": (6, 0, 50), "radio": (30, 12, 50)},
}
ALWAYS = ["supervisor", "guidance", "radio"]
TOLD_AFTER = 50  # windows

t = Test()
source = os.path.join(os.environ["SOURCE_ROOT"], "samples", "mission", "system.yaml")
with open(source) as file:
    text = file.read()
# The sample names its images relative to itself, in the default build directory: ours may differ.
text = text.replace("../../build/samples/", os.environ["BUILD_ROOT"] + "/samples/")
path = os.path.join(t.folder.name, "system.yaml")
with open(path, "w") as file:
    file.write(text)
checked = subprocess.run([os.environ["HVBUILD"], "check", path], text=True, timeout=300,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
t.equal((checked.returncode, checked.stdout), (0, ""), "hvbuild finds nothing to say against it")

image = t.build(path, "mission")
story = [
    r"\[guidance\] lift-off", r"\[guidance\] altitude 400 km", r"\[supervisor\] orbit reached",
    r"\[supervisor\] going to cruise at the end of this frame$", r"\[supervisor\] cruise since",
    r"\[camera\] start 2, cold, 0 pictures", r"\[camera\] 6 pictures, now writing to",
    r"camera: memory violation at 0x5000_?0000 -> halt",
    r"\[supervisor\] log 2: memory violation of the camera at 0x50000000 after 632 ms in cruise: halt$",
    r"\[supervisor\] camera halted, failure 1: memory violation",
    r"\[supervisor\] warm start of the camera$", r"\[camera\] start 3, warm, 6 pictures",
    r"\[camera\] 12 pictures, now writing to", r"camera: memory violation at",
    r"\[supervisor\] log 3: memory violation of the camera", r"\[supervisor\] camera halted, failure 2", r"\[supervisor\] going to safe",
    r"\[supervisor\] safe since", r"\[radio\] to ground: safe at 400 km, camera failures: 2",
    r"\[radio\] from ground: go to cruise", r"\[supervisor\] cold start of the camera$",
    r"\[supervisor\] going to cruise", r"\[supervisor\] cruise since",
    r"\[camera\] start 4, cold, 0 pictures", r"\[camera\] 50 windows in cruise"]
console = t.boot(image, cores=2, until=story, in_turn=True)
t.check(console.stopped, "the mission tells its story, in this order",
        f"missing {console.missing}\n" + "\n".join(console.lines[-60:]))

# ---- When each schedule began --------------------------------------------------------------------


def frame_after(phase, begin, seen):
    """The end of the frame of a schedule in which something was seen."""
    return begin + ((seen - begin) // FRAME[phase] + 1) * FRAME[phase]


def next_window(phase, begin, name, instant):
    """The begin of the first window from then on."""
    _, place, period = WINDOWS[phase][name]
    return begin + place + -(-(instant - begin - place) // period) * period


# 10 km in every window, 400 km in the 40th; then six pictures, noticed, six more, noticed; the
# ground answers in the eighth window of the radio.
launch_over = frame_after("launch", 0, next_window("launch", 0, "supervisor", 39 * 10))
failed = next_window("cruise", launch_over, "camera", launch_over) + 5 * 40
noticed = next_window("cruise", launch_over, "supervisor", failed)
failed = next_window("cruise", launch_over, "camera", noticed) + 5 * 40
noticed = next_window("cruise", launch_over, "supervisor", failed)
safe = frame_after("cruise", launch_over, noticed)
answered = next_window("safe", safe, "radio", safe) + 7 * 50
safe_over = frame_after("safe", safe, next_window("safe", safe, "supervisor", answered))
begins = [(m[1], int(m[2])) for m in console.find(r"^(\w+) since (\d+) ms", "supervisor")]
t.equal(begins, [("cruise", launch_over), ("safe", safe), ("cruise", safe_over)],
        "each schedule begins at the end of the frame in which it is asked for")

# ---- Every window --------------------------------------------------------------------------------
phases = [("launch", 0), *begins]
for name in ALWAYS:
    told = [(m[2], *(int(m[i]) for i in (1, 3, 4, 5, 6, 7))) for m in console.find(
        r"^(\d+) windows in (\w+): (\d+) ms long, (\d+) ms into every (\d+) ms, (\d+) misplaced, "
        r"(\d+) late", name)]
    for (phase, begin), end, got in zip(phases, [b for _, b in phases[1:]] + [None], told):
        length, place, period = WINDOWS[phase][name]
        count = (end - begin) // period if end is not None else TOLD_AFTER
        t.equal(got, (phase, count, length, place, period, 0, 0),
                f"{name}: every window of {phase} from {begin} ms on is in its place")
    t.check(len(told) >= len(phases), f"{name}: runs in every schedule", told)
camera = [m.string for m in console.find(r"windows in", "camera")]
t.equal(camera, [f"{50 * n} windows in cruise: 20 ms long, 12 ms into every 40 ms, 0 misplaced, 0 late"
                 for n in range(1, max(len(camera), 1) + 1)], "camera: has its windows in cruise alone")
in_safe = console.text.partition("] safe since")[2].partition("] cruise since")[0]
t.check(in_safe and "[camera]" not in in_safe, "camera: silent in safe", in_safe)

t.check(not console.find(r"nobody stopped me|dropped|lost|exception in the runtime|unexpected|\?"),
        "and nothing else happens")
again = t.boot(image, cores=2, until=story, in_turn=True)
# How far each goes on behind the story is a matter of the host.
both = min(len(again.text), len(console.text)) if again.stopped else None
t.equal(again.text[:both], console.text[:both], "two runs print the same, to the end of the story")
if "-v" in sys.argv:
    print(console.text)
t.done()
