#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Damaged tables in a real image: the runtime refuses to start and says code, section and index.
# First plain flips, which the checksums find; then forged tables with right checksums, which only
# the meaning betrays.
import os
import re
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
from bulkhead import Test, channel, destination, partition, source, system, window  # noqa: E402

(MODULE, CORE, PARTITION, VCPU, MEMORY, INTERRUPT, IRQ_MASK, SCHEDULE, DUTY, FRAME, WINDOW, PORT,
 CHANNEL, HEALTH, IMAGE, TRANSLATION, SECTIONS) = range(17)  # enum tbl_type
HEADER_SIZE = 112 + SECTIONS * 24


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


class Image:
    """An image file whose tables can be changed."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.base = self.data.index(b"BULKHEAD")
        # The magic also stands in the runtime's code: in the tables, architecture and board follow.
        while struct.unpack_from("<HH", self.data, self.base + 12) != (183, 1):
            self.base = self.data.index(b"BULKHEAD", self.base + 1)
        self.size, = struct.unpack_from("<Q", self.data, self.base + 24)

    def section(self, n):
        at = self.base + 112 + 24 * n
        offset, count, entry, _, _ = struct.unpack_from("<QIIII", self.data, at)
        return self.base + offset, count, entry

    def seal(self):
        """Makes every checksum right again."""
        for n in range(SECTIONS):
            at, count, entry = self.section(n)
            struct.pack_into("<I", self.data, self.base + 112 + 24 * n + 16,
                             crc32c(self.data[at:at + count * entry]))
        struct.pack_into("<I", self.data, self.base + 16, 0)
        struct.pack_into("<I", self.data, self.base + 16,
                         crc32c(self.data[self.base:self.base + HEADER_SIZE]))

    def forge(self, section, index, offset, form, value):
        at, count, entry = self.section(section)
        assert index < count, (section, index, count)
        old, = struct.unpack_from(form, self.data, at + index * entry + offset)
        struct.pack_into(form, self.data, at + index * entry + offset,
                         value(old) if callable(value) else value)
        self.seal()


t = Test()
image = t.build(system(
    [partition("one", "neighbour", ports=[source("in")]),
     partition("two", "neighbour", ports=[destination("in", refresh="9ms")])], 2000,
    [[window("one", 0, 500)], [window("two", 0, 500)]], [channel("in", "one", "two", "64B")]))
with open(image, "rb") as file:
    good = file.read()
changed = os.path.join(t.folder.name, "changed.elf")
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
        t.note(f"code {found[0][1]} ({found[0][2]}), section {found[0][3]}, index {found[0][4]}")


t.check(boot(good).find("alive"), "the image boots as it was built")
whole = Image(good)
whole.seal()
t.check(bytes(whole.data) == good, "this test computes the same checksums as hvbuild")

# Plain flips: each header field, each directory entry, and places all over the rest.
places = [(f"header byte {n}", n)
          for n in (0, 8, 10, 12, 14, 16, 20, 24, 32, 40, 48, 80, 88, 96, 104)]
places += [(f"directory of section {n}", 112 + 24 * n + 8 * (n % 3)) for n in range(SECTIONS)]
for n in range(SECTIONS):
    at, count, entry = whole.section(n)
    if count:
        places.append((f"first byte of section {n}", at - whole.base))
        places.append((f"last byte of section {n}", at - whole.base + count * entry - 1))
for what, place in places:
    data = bytearray(good)
    data[whole.base + place] ^= 1 << place % 8
    refused(data, f"one bit in the {what}")

at, count, entry = whole.section(MEMORY)
GICD = next(i for i in range(count)
            if struct.unpack_from("<Q", good, at + i * entry + 16)[0] == 0x08000000)
# Forged: (what, section, index, offset, form, value, expected codes of tables_check.h)
FORGED = [
    ("a stage-2 page more than declared", TRANSLATION, None, None, "<Q", None, {42, 43}),
    ("two partitions at one place", MEMORY, 2, 16, "<Q", None, {31, 42}),
    ("a region over the runtime", MEMORY, 0, 16, "<Q", 0x40200000, {30, 31, 42}),
    ("a writable and executable region", MEMORY, 0, 4, "<I", 7, {29}),
    ("an interrupt controller that is not mapped", MEMORY, GICD, 4, "<I", 1 | 8, {32}),
    ("a wrong VMID", PARTITION, 0, 44, "<I", 2, {25}),
    ("an entry outside the memory", PARTITION, 0, 88, "<Q", 0x50000000, {26}),
    ("a stage-2 root outside the tables", PARTITION, 0, 104, "<Q", 0x48000000, {23}),
    ("an action at a change of schedule that is none", DUTY, 1, 16, "<I", 1, {46}),
    ("an initial schedule that does not exist", MODULE, 0, 60, "<I", 1, {18}),
    ("a trace without rings", MODULE, 0, 104, "<I", 1, {47}),
    ("a window of a vcpu on another core", WINDOW, 0, 16, "<I", 1, {36}),
    ("a vcpu that does not exist", WINDOW, 0, 16, "<I", 77, {18}),
    ("a window that ends late", WINDOW, 0, 8, "<Q", lambda v: v + 1, {35}),
    ("a port of a channel that does not exist", PORT, 0, 44, "<I", 9, {18, 37}),
    ("a message larger than its slot", CHANNEL, 0, 4, "<I", 4096, {37, 38, 39}),
    ("a message pool in the tables", CHANNEL, 0, 16, "<Q", 0x40210000, {22, 39}),
    ("an unknown health action", HEALTH, 1, 4, "<I", 4, {40}),
    ("an image outside its memory", IMAGE, 0, 24, "<Q", lambda v: v + 0x200000, {41}),
    ("another digest", IMAGE, 0, 40, "<Q", 0, {44}),
    ("a second core that is the first", CORE, 1, 0, "<Q", 0, {15, 24}),
    ("another timer", None, None, None, None, None, {7}),
]
for what, section, index, offset, form, value, codes in FORGED:
    image = Image(good)
    if section == TRANSLATION:
        at, count, entry = image.section(TRANSLATION)
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
        at, _, _ = image.section(MEMORY)
        image.forge(MEMORY, index, 16, "<Q", struct.unpack_from("<Q", image.data, at + 16)[0])
    else:
        image.forge(section, index, offset, form, value)
    refused(image.data, f"forged: {what}", codes)

# The payload is guarded by the digests in the tables.
data = bytearray(good)
data[good.index(b"alive, start ", whole.base)] ^= 1
refused(data, "one bit in a guest's code", {44})
t.done()
