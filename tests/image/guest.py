# SPDX-License-Identifier: BSD-2-Clause
"""Small guests: ELF files written byte by byte, so that no test needs a compiler."""
import struct

R, W, X = 4, 2, 1


def elf(segments, entry=0x40000000, machine=183, kind=2):
    """A static AArch64 ELF. segments: (address, rights, bytes, size in memory)."""
    head = 64 + 56 * len(segments)
    offset = (head + 4095) & ~4095
    table, body = b"", b""
    for address, rights, content, size in segments:
        table += struct.pack("<IIQQQQQQ", 1, rights, offset, address, address, len(content), size, 4096)
        padded = content + bytes(-len(content) % 4096)
        body += padded
        offset += len(padded)
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header = struct.pack("<16sHHIQQQIHHHHHH", ident, kind, machine, 1, entry, 64, 0, 0, 64, 56,
                         len(segments), 0, 0, 0)
    return (header + table).ljust((head + 4095) & ~4095, b"\0") + body


def pattern(seed, length):
    """Bytes that differ from guest to guest and from place to place."""
    out, state = bytearray(), seed * 2654435761 + 1
    while len(out) < length:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out += struct.pack("<Q", state)
    return bytes(out[:length])


def usual(seed):
    """Code at 1 GiB, data 1 MiB above it."""
    return elf([(0x40000000, R | X, pattern(seed, 6000), 6000),
                (0x40002000, R, pattern(seed + 1, 900), 900),
                (0x40100000, R | W, pattern(seed + 2, 64), 9000)])
