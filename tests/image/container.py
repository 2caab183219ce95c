# SPDX-License-Identifier: BSD-2-Clause
"""A second reader of containers, written from schema/ alone: ELF, tables, descriptors."""
import struct

NONE = 0xffffffff
PAGE, BLOCK = 4096, 0x200000
TYPES = ["module", "core", "partition", "vcpu", "memory", "interrupt", "irq_mask", "schedule",
         "duty", "frame", "window", "receiver", "port", "channel", "doorbell", "ring", "health", "image",
         "translation"]
RECORDS = {
    "module": "<32sQQQIIQQQQQIIQII", "core": "<Q", "partition": "<32s16IQQQIIQQ", "vcpu": "<6I",
    "memory": "<IIQQQ", "interrupt": "<4I", "irq_mask": "<II", "schedule": "<32sQQII",
    "duty": "<QQII", "frame": "<II",
    "window": "<QQ6I", "receiver": "<II", "port": "<32s6IQQ", "channel": "<4IQQII",
    "doorbell": "<32s4I", "ring": "<IIQ", "health": "<4I",
    "image": "<IIQQQQ32s", "translation": "<4096s",
}
READ, WRITE, EXECUTE, DEVICE, UNCACHED, SHARED, KEEP = (1 << n for n in range(7))


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = CRC[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xffffffff


def _crc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
        table.append(n)
    return table


CRC = _crc_table()


class Container:
    def __init__(self, path):
        self.path = path
        self.bytes = bytearray(open(path, "rb").read())
        self.loads = []  # (address, file offset, file size, memory size, flags)
        phoff, = struct.unpack_from("<Q", self.bytes, 32)
        self.entry, = struct.unpack_from("<Q", self.bytes, 24)
        phnum, = struct.unpack_from("<H", self.bytes, 56)
        for i in range(phnum):
            kind, flags, offset, vaddr, paddr, filesz, memsz, _ = struct.unpack_from(
                "<IIQQQQQQ", self.bytes, phoff + 56 * i)
            assert kind == 1 and vaddr == paddr
            self.loads.append((paddr, offset, filesz, memsz, flags))
        self.tables = next(o for a, o, size, _, _ in self.loads
                           if size and self.bytes[o:o + 8] == b"BULKHEAD")
        head = struct.unpack_from("<QHHHHIIQQQ32sQQQQ", self.bytes, self.tables)
        (self.magic, self.major, self.minor, self.arch, self.board, self.crc, self.sections, self.size,
         self.address, self.timer, self.config, self.payload, self.payload_size, self.state,
         self.state_size) = head

    def section(self, name):
        """(file offset, count, entry size)"""
        offset, count, entry, _, _ = struct.unpack_from(
            "<QIIII", self.bytes, self.tables + 112 + 24 * TYPES.index(name))
        assert entry == struct.calcsize(RECORDS[name]), name
        return self.tables + offset, count, entry

    def records(self, name):
        offset, count, entry = self.section(name)
        return [struct.unpack_from(RECORDS[name], self.bytes, offset + i * entry)
                for i in range(count)]

    def seal(self):
        """Makes every checksum right again after a change."""
        for i, name in enumerate(TYPES):
            offset, count, entry = self.section(name)
            struct.pack_into("<I", self.bytes, self.tables + 112 + 24 * i + 16,
                             crc32c(self.bytes[offset:offset + count * entry]))
        self.seal_header()

    def seal_header(self):
        head = 112 + 24 * len(TYPES)
        struct.pack_into("<I", self.bytes, self.tables + 16, 0)
        struct.pack_into("<I", self.bytes, self.tables + 16,
                         crc32c(self.bytes[self.tables:self.tables + head]))

    def save(self, path):
        open(path, "wb").write(self.bytes)

    def at(self, address, size):
        for start, offset, filesz, _, _ in self.loads:
            if start <= address and address + size <= start + filesz:
                return bytes(self.bytes[offset + address - start:offset + address - start + size])
        raise KeyError(hex(address))

    def memory_image(self, start, end):
        image = bytearray(end - start)
        for address, offset, filesz, _, _ in self.loads:
            image[address - start:address - start + filesz] = self.bytes[offset:offset + filesz]
        return image

    def leaves(self, root):
        """Every leaf of a translation: (input address, output address, size, descriptor)."""
        def table(address):
            return struct.unpack("<512Q", self.at(address, PAGE))

        output = 0x0000fffffffff000
        for i, one in enumerate(table(root)):
            if one & 3 != 3:
                assert one == 0
                continue
            for j, two in enumerate(table(one & output)):
                at = i << 30 | j << 21
                if two & 3 == 1:
                    yield at, two & output, BLOCK, two
                elif two & 3 == 3:
                    try:
                        three = table(two & output)
                    except KeyError:  # not in the file: a page of the state area
                        yield at, two & output, 0, two
                        continue
                    for k, leaf in enumerate(three):
                        if leaf & 3 == 3:
                            yield at | k << 12, leaf & output, PAGE, leaf
                        else:
                            assert leaf == 0
                else:
                    assert two == 0


def stage2_rights(leaf):
    """TBL_MEM_* of a stage-2 descriptor (Arm ARM D8.3, D8.5)."""
    assert leaf >> 10 & 1 == 1  # AF
    kind = {1: DEVICE, 5: UNCACHED, 15: 0}[leaf >> 2 & 15]
    assert leaf >> 8 & 3 == (0 if kind == DEVICE else 3)
    assert leaf >> 53 & 1 == 0
    return (kind | (READ if leaf >> 6 & 1 else 0) | (WRITE if leaf >> 7 & 1 else 0) |
            (0 if leaf >> 54 & 1 else EXECUTE))


def stage1_rights(leaf):
    """The same of an EL2 stage-1 descriptor; everything mapped can be read."""
    assert leaf >> 10 & 1 == 1 and leaf >> 6 & 1 == 1
    kind = {0: 0, 1: DEVICE, 2: UNCACHED}[leaf >> 2 & 7]
    return (kind | READ | (0 if leaf >> 7 & 1 else WRITE) | (0 if leaf >> 54 & 1 else EXECUTE))
