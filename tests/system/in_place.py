#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# `reload: none`: images lie where they run, take their memory once, and start once; only a reset of the
# whole computer, whose loader loads them again, is another start.
import os
import re
import sys

from bulkhead import Test, partition, system, window

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "image"))
import container

t = Test()
EXTRA = {"name": "extra", "at": "0x40200000", "size": "12KiB"}


def describe(**keys):
    return system([partition("placed", memory=[EXTRA], **keys),
                   partition("refused", system=True,
                             rights=["manage_partitions", "reset_module"])],
                  2000, [[window("placed", 0, 500), window("refused", 1000, 500)]])


def results(console, life):
    """The results of both guests in one life of the module."""
    text = re.split(r"^\[hv\] Bulkhead on.*$", console.text, flags=re.M)[life]
    return {name: re.findall(rf"^\[{name}\] (pass|FAIL) (.*)", text.replace("\r", ""), re.M)
            for name in ("placed", "refused")}


image = t.build(describe(reload="none"))
flat = image[:-4] + ".bin"
console = t.boot(image, until=[r"\[placed\] done", r"\[refused\] done"] * 2, in_turn=True)
t.check(console.stopped, "it runs, and again behind a reset", "\n".join(console.lines[-40:]))
for life in (1, 2):
    for name, found in results(console, life).items():
        t.equal(len(found), {"placed": 7, "refused": 9}[name], f"life {life}, {name}: its checks are there")
        for verdict, what in found:
            t.check(verdict == "pass", f"life {life}, {name}: {what}", "\n".join(console.lines))

# ---- The files ----------------------------------------------------------------------------------

placed = container.Container(image)
t.check(not os.path.exists(flat), "there is no flat image")
sizes = {}
for reload in ("image", "none"):
    with open(flat, "w") as stale:
        stale.write("of an earlier build")
    path = t.build(describe(reload=reload))
    sizes[reload] = container.Container(path).payload_size
    t.equal(os.path.exists(flat), reload == "image", f"reload {reload}: a flat image, or none and no old one")
t.check(sizes["none"] < sizes["image"], "no copy of the image in the payload", sizes)

# ---- What was damaged on the way ------------------------------------------------------------------

def in_place(file):
    """(source, size) of each image that lies in place."""
    return [(r[2], r[3]) for r in file.records("image") if r[2] == r[4]]


images = in_place(placed)
t.check(len(images) >= 2 and all(placed.at(*i) for i in images), "its parts are segments of the ELF file",
        [hex(a) for a, _ in images])
address, size = images[-1]
start, offset = next((a, o) for a, o, length, _, _ in placed.loads if a <= address < a + length)
placed.bytes[offset + address - start + size - 1] ^= 1
damaged = os.path.join(t.folder.name, "damaged.elf")
placed.save(damaged)
console = t.boot(damaged, until=r"\[hv\] .*refused: code", timeout=60)
t.check(console.stopped, "a damaged image in place does not start", "\n".join(console.lines))
t.done()
