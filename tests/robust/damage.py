#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Damaged tables in a real image: the runtime refuses to start and says code, section and index.
# First plain flips, which the checksums find; then forged tables with right checksums, which only
# the meaning betrays.
import os
import struct

from campaign import Image, Section, Test
from bulkhead import channel, destination, doorbell, partition, source, system, window


t = Test()
image = t.build(system(
    [partition("one", "neighbour", ports=[source("in")]),
     partition("two", "neighbour", devices=["rtc"], ports=[destination("in", refresh="9ms")])], 2000,
    [[window("one", 0, 500)], [window("two", 0, 500)]], [channel("in", "one", "two", "64B")],
    doorbells=[doorbell("new", "one", [("two", 100)]), doorbell("old", "one", [("two", 101)])]))
with open(image, "rb") as file:
    good = file.read()
changed = os.path.join(t.folder.name, "changed.elf")
said = []  # the code of each refusal
REFUSED = r"tables refused: code (\d+) \((.*)\) section (\d+) index (\d+)"


def boot(data):
    with open(changed, "wb") as file:
        file.write(data)
    return t.boot(changed, cores=2, timeout=30,
                  until=REFUSED + r"|\] alive|exception in the runtime")


def refused(data, what, codes=None):
    console = boot(data)
    found = console.find(REFUSED)
    if t.check(len(found) == 1 and not console.find("alive") and
               (codes is None or int(found[0][1]) in codes), what, "\n".join(console.lines[-10:])):
        said.append(int(found[0][1]))
        t.note(f"code {found[0][1]} ({found[0][2]}), section {found[0][3]}, index {found[0][4]}")


t.check(boot(good).find("alive"), "the image boots as it was built")
whole = Image(good)
whole.seal()
t.check(bytes(whole.data) == good, "this test computes the same checksums as hvbuild")

# Plain flips: each header field, each directory entry, and places all over the rest.
places = [(f"header byte {n}", n)
          for n in (0, 8, 10, 12, 14, 16, 20, 24, 32, 40, 48, 80, 88, 96, 104)]
places += [(f"directory of section {n.name}", 112 + 24 * n + 8 * (n % 3)) for n in Section]
for n in Section:
    at, count, entry = whole.section(n)
    if count:
        places.append((f"first byte of section {n.name}", at - whole.base))
        places.append((f"last byte of section {n.name}", at - whole.base + count * entry - 1))
for what, place in places:
    data = bytearray(good)
    data[whole.base + place] ^= 1 << place % 8
    refused(data, f"one bit in the {what}")

at, count, entry = whole.section(Section.MEMORY)
GICD = next(i for i in range(count)
            if struct.unpack_from("<Q", good, at + i * entry + 16)[0] == 0x08000000)
# Forged: (what, section, index, offset, form, value, expected codes of tables_check.h)
FORGED = [
    ("a stage-2 page more than declared", Section.TRANSLATION, None, None, "<Q", None, {42, 43}),
    ("two partitions at one place", Section.MEMORY, 2, 16, "<Q", None, {31, 42}),
    ("a region over the runtime", Section.MEMORY, 0, 16, "<Q", 0x40200000, {30, 31, 42}),
    ("a writable and executable region", Section.MEMORY, 0, 4, "<I", 7, {29}),
    ("an interrupt controller that is not mapped", Section.MEMORY, GICD, 4, "<I", 1 | 8, {32}),
    ("a wrong VMID", Section.PARTITION, 0, 44, "<I", 2, {25}),
    ("an entry outside the memory", Section.PARTITION, 0, 96, "<Q", 0x50000000, {26}),
    ("a stage-2 root outside the tables", Section.PARTITION, 0, 112, "<Q", 0x48000000, {23}),
    ("an action at a change of schedule that is none", Section.DUTY, 1, 16, "<I", 1, {46}),
    ("an initial schedule that does not exist", Section.MODULE, 0, 60, "<I", 1, {18}),
    ("a trace without rings", Section.MODULE, 0, 104, "<I", 1, {47}),
    ("a window of a vcpu on another core", Section.WINDOW, 0, 16, "<I", 1, {36}),
    ("a vcpu that does not exist", Section.WINDOW, 0, 16, "<I", 77, {18}),
    ("a window that ends late", Section.WINDOW, 0, 8, "<Q", lambda v: v + 1, {35}),
    ("a port of a channel that does not exist", Section.PORT, 0, 44, "<I", 9, {18, 37}),
    ("a message larger than its slot", Section.CHANNEL, 0, 4, "<I", 4096, {37, 38, 39}),
    ("a message pool in the tables", Section.CHANNEL, 0, 16, "<Q", 0x40210000, {22, 39}),
    ("a doorbell of another partition", Section.DOORBELL, 0, 32, "<I", 1, {18}),
    ("a doorbell without a name", Section.DOORBELL, 0, 0, "<I", 0, {14}),
    ("a doorbell that takes another's target", Section.DOORBELL, 0, 40, "<I", 2, {17}),
    ("a ring at an interrupt that does not exist", Section.RING, 0, 0, "<I", 99, {18}),
    ("a ring at the interrupt of a device", Section.RING, 0, 0, "<I", 0, {49}),
    ("two rings at one interrupt", Section.RING, 1, 0, "<I", 1, {15}),
    ("an interrupt that nobody rings", Section.INTERRUPT, 0, 12, "<I", 3, {34, 49}),
    ("a gap without an end", Section.RING, 0, 8, "<Q", 2**64 - 1, {49}),
    ("an unknown health action", Section.HEALTH, 1, 4, "<I", 8, {40}),
    ("an action of the module in a partition", Section.HEALTH, 1, 4, "<I", 7, {40}),
    ("a change to a schedule that does not exist", Section.HEALTH, 1, 12, "<I", 1, {18}),
    ("a limit of restarts without end", Section.PARTITION, 0, 128, "<Q", 1, {40}),
    ("an image outside its memory", Section.IMAGE, 0, 24, "<Q", lambda v: v + 0x200000, {41}),
    ("another digest", Section.IMAGE, 0, 40, "<Q", 0, {44}),
    ("a second core that is the first", Section.CORE, 1, 0, "<Q", 0, {15, 24}),
    ("another timer", None, None, None, None, None, {7}),
]
for what, section, index, offset, form, value, codes in FORGED:
    image = Image(good)
    if section == Section.TRANSLATION:
        at, count, entry = image.section(Section.TRANSLATION)
        # an empty descriptor in a table of the lowest level: copy its neighbour into it
        for place in range(at, at + count * entry - 16, 8):
            first, second = struct.unpack_from("<QQ", image.data, place)
            if first & 3 == 3 and second == 0 and first >> 6 & 3:
                struct.pack_into("<Q", image.data, place + 8, first + 0x1000)
                break
        image.seal()
    elif section is None:
        struct.pack_into("<Q", image.data, image.base + 40, 54000000)
        image.seal()
    elif value is None:  # region `index` where region 0 is
        at, _, _ = image.section(Section.MEMORY)
        image.forge(Section.MEMORY, index, 16, "<Q", struct.unpack_from("<Q", image.data, at + 16)[0])
    else:
        image.forge(section, index, offset, form, value)
    refused(image.data, f"forged: {what}", codes)

# The payload is guarded by the digests in the tables.
data = bytearray(good)
data[good.index(b"alive, start ", whole.base)] ^= 1
refused(data, "one bit in a guest's code", {44})
t.figure("damage", f"{len(said)} damaged images booted: each refused, by {len(set(said))} of the codes")
t.done()
