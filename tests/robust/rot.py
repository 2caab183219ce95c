#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A bit of the stored image flips while the system runs (through QEMU's debugger port): the partition's
# next cold start notices, the partition halts, nobody else is disturbed.
import os
import re
import struct

from campaign import Test
from debugger import Debugger
from bulkhead import partition, system, window

IMAGE_DIRECTORY = 112 + 24 * 17  # of section TBL_IMAGE in the header (schema/tables.h)


t = Test()
image = t.build(system([partition("phoenix"), partition("neighbour")], 2000,
                       [[window("phoenix", 0, 1500), window("neighbour", 1600, 200)]]))
with open(image, "rb") as file:
    data = file.read()
at = data.index(b"BULKHEAD")
while struct.unpack_from("<HH", data, at + 12) != (183, 1):
    at = data.index(b"BULKHEAD", at + 1)
offset, = struct.unpack_from("<Q", data, at + IMAGE_DIRECTORY)
stored, = struct.unpack_from("<Q", data, at + offset + 8)  # tbl_image.source of the first image

port = os.path.join(t.folder.name, "debugger")
flipped = False


def flip_once(line):
    global flipped
    if not flipped and re.search(r"\[phoenix\] start 9$", line):
        flipped = True
        Debugger(port).flip(stored + 100)


console = t.boot(image, extra=Debugger.options(port), on_line=flip_once,
                 until=[r"phoenix: image does not match its digest .* -> halt",
                        r"\[neighbour\] alive, start 1, frame \d+, changed 0"], in_turn=True)
t.check(flipped, "a bit of the stored image is flipped after eight starts")
t.check(console.stopped, "the next cold start notices and the partition halts",
        "\n".join(console.lines[-20:]))
halted = console.text.find("does not match its digest")
t.check("[phoenix]" not in console.text[halted:], "it never runs again")
t.check(halted > 0 and "[neighbour] alive" in console.text[halted:], "its neighbour goes on")
t.check(not console.find("exception in the runtime"), "and so does the runtime")
t.figure("rot", "a bit of a stored image flips under way: the next cold start notices, one partition halts")
t.done()
