# SPDX-License-Identifier: BSD-2-Clause
"""Writes small ELF files and kernels: a good one, and one for each way in which it can be wrong."""
import gzip
import os
import struct

import dtb

R, W, X = 4, 2, 1
CODE, DATA = 0x40000000, 0x40100000
BRANCH_TO_SELF = struct.pack("<I", 0x14000000)


def elf(segments, entry=CODE, machine=183, order="<", kind=2, interpreter=False, undefined=None):
    """segments: (address, flags, bytes, size in memory). Returns the file as bytes."""
    headers = len(segments) + interpreter
    offset = 64 + 56 * headers
    offset = (offset + 0xFFF) & ~0xFFF
    table, body = b"", b""
    for address, flags, content, size in segments:
        start = offset + len(body)
        table += struct.pack(order + "IIQQQQQQ", 1, flags, start, address, address, len(content),
                             size, 0x1000)
        body += content + b"\0" * (-len(content) % 0x1000)
    if interpreter:
        table += struct.pack(order + "IIQQQQQQ", 3, R, offset + len(body), 0, 0, 8, 8, 1)
        body += b"/lib/ld\0"
    sections, count, tail = 0, 0, b""
    if undefined:
        names = b"\0" + undefined.encode() + b"\0"
        symbols = b"\0" * 24 + struct.pack(order + "IBBHQQ", 1, 0x10, 0, 0, 0, 0)
        at = offset + len(body)
        tail = symbols + names + b"\0" * (-(len(symbols) + len(names)) % 8)
        sections, count = at + len(tail), 3
        tail += b"\0" * 64
        tail += struct.pack(order + "IIQQQQIIQQ", 0, 2, 0, 0, at, len(symbols), 2, 1, 8, 24)
        tail += struct.pack(order + "IIQQQQIIQQ", 0, 3, 0, 0, at + len(symbols), len(names), 0, 0,
                            1, 0)
    ident = b"\x7fELF" + bytes([2, 1 if order == "<" else 2, 1]) + b"\0" * 9
    header = ident + struct.pack(order + "HHIQQQIHHHHHH", kind, machine, 1, entry, 64, sections, 0,
                                 64, 56, headers, 64, count, 2 if count else 0)
    head = header + table
    return head + b"\0" * (offset - len(head)) + body + tail


def code(address=CODE, flags=R | X):
    return (address, flags, BRANCH_TO_SELF * 4, 16)


def data(address=DATA, size=64, flags=R | W):
    return (address, flags, b"data", size)


FILES = {
    "ok": elf([code(), data()]),
    "x86": elf([code(), data()], machine=62),
    "big-endian": elf([code(), data()], order=">"),
    "not-elf": b"#!/bin/sh\nexit 0\n" * 8,
    "dynamic": elf([code(), data()], interpreter=True),
    "undefined": elf([code(), data()], undefined="missing_function"),
    "truncated": elf([code(), data()])[:0x1008],
    "no-segments": elf([]),
    "entry-outside": elf([code(), data()], entry=CODE + 0x20000),
    "entry-in-data": elf([code(), data()], entry=DATA),
    "text-in-both": elf([code(), data(flags=R | X)]),
    "large-data": elf([code(), data(size=0x10001)]),
    "overlap": elf([code(), data(), data(DATA + 32)]),
}

def image(size=0x10000, flags=0xA, magic=b"ARM\x64", text_offset=0, content=b"kernel" * 100):
    """An arm64 Image: Documentation/arm64/booting.rst of Linux."""
    head = struct.pack("<IIQQQ", 0x14000010, 0, text_offset, size, flags) + b"\0" * 24 + magic
    return head + b"\0" * 4 + content


OTHERS = {
    "Image": image(),
    "Image.gz": gzip.compress(image(), mtime=0),
    "Image.cut.gz": gzip.compress(image(), mtime=0)[:-12],
    "Image.big-endian": image(flags=0xB),
    "Image.old": image(size=0),
    "Image.far": image(text_offset=0x200000),
    "Image.magic": image(magic=b"ARM\x63"),
    "Image.1MiB": image(size=0x100000),
    "initrd": b"070701" + b"0" * 4090,
    "u-boot.bin": BRANCH_TO_SELF * 64,
}

# Stands in for the runtime, so that these tests need no cross compiler.
RUNTIME = elf([code(0x40200000), data(0x40210000)], entry=0x40200000)


def write_all(directory):
    os.makedirs(directory, exist_ok=True)
    for name, content in FILES.items():
        with open(os.path.join(directory, name + ".elf"), "wb") as f:
            f.write(content)
    for name, content in OTHERS.items():
        with open(os.path.join(directory, name), "wb") as f:
            f.write(content)
    for name, content in dtb.FILES.items():
        with open(os.path.join(directory, name + ".dtb"), "wb") as f:
            f.write(content)
    with open(os.path.join(directory, "runtime-qemu-virt.elf"), "wb") as f:
        f.write(RUNTIME)
