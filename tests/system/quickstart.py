#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# The quickstart tells its story, from its own system.yaml, as ELF and as flat image.
import os
import re
import sys

from bulkhead import Test

t = Test()
source = os.path.join(os.environ["SOURCE_ROOT"], "samples", "quickstart", "system.yaml")
# The sample names its images relative to itself, in the default build directory: ours may differ.
with open(source) as file:
    text = file.read()
text = text.replace("../../build/samples/", os.environ["BUILD_ROOT"] + "/samples/")
path = os.path.join(t.folder.name, "system.yaml")
with open(path, "w") as file:
    file.write(text)

image = t.build(path, "quickstart")
story = [r"\[sensor\] 100 windows, 0 missed, 0 late",
         r"\[controller\] 100 windows, 0 missed, 0 late",
         r"\[faulty\] start 4, after: memory violation"]
console = t.boot(image, cores=2, until=story)
t.check(console.stopped, "the quickstart tells its story",
        f"missing {console.missing}\n" + "\n".join(console.lines[-60:]))
t.check(console.find(r"^started", "sensor") and console.find(r"^started", "controller")
        and console.find(r"^started, all is well", "faulty"), "three partitions start")
t.check(len(console.find(r"command \d+: heater (on|off)", "sensor")) >= 2,
        "commands reach the sensor through the queue")
degrees = [float(m[1]) for m in console.find(r"tank at ([\d.]+) C", "controller")]
t.check(degrees and all(17.9 <= d <= 21.5 for d in degrees), "the tank stays warm", degrees)
t.check(console.find(r"0 lost, 0 stale", "controller"), "every measurement is fresh")
t.check(not console.find(r"[1-9]\d* (lost|stale|missed|late)"), "nothing is lost, missed or late",
        [m.string for m in console.find(r"[1-9]\d* (lost|stale|missed|late)")])
t.check(console.find(r"faulty: memory violation at 0x5000_?0000 -> cold start"),
        "the health monitor says what it does")
starts = [int(m[1]) for m in console.find(r"start (\d+), after: memory violation", "faulty")]
t.equal(starts, list(range(2, 2 + len(starts))), "the faulty one is cold-started again and again")
t.check(not console.find("nobody stopped me"), "no stray write goes through")
t.check(not console.find(r"dropped|exception in the runtime|unexpected"), "nothing else happens")


def masked(text):
    """Without what every change of the runtime or of the tables changes."""
    return re.sub(r"\b[0-9a-f]{12}\b", "(id)", re.sub(r"\d+\.\d+ ms  ", "(time) ", text))


with open(os.path.join(os.environ["SOURCE_ROOT"], "README.md")) as file:
    shown = [line[4:].rstrip() for line in file if line.startswith("    [")]
printed = {masked(line) for line in console.lines}
t.check(len(shown) > 10 and all(masked(line) in printed for line in shown),
        "the README shows what it prints", [line for line in shown if masked(line) not in printed])

flat = t.boot(image[:-4] + ".bin", cores=2, until=story[:1])
t.check(flat.stopped, "the flat image boots too", "\n".join(flat.lines[-30:]))
again = t.boot(image, cores=2, until=story)
# How far each goes on behind the story is a matter of the host.
both = min(len(again.text), len(console.text)) if again.stopped else None
t.equal(again.text[:both], console.text[:both], "two runs print the same, to the end of the story")
if "-v" in sys.argv:
    print(console.text)
t.done()
