# SPDX-License-Identifier: BSD-2-Clause
# Bytes that nobody meant: every answer is an exit code and a sentence, within 10 s and 1 GiB.
import os
import random
import struct
import sys

import builds
import guest
import tap
from container import TYPES, Container

GOOD = guest.usual(1)


def attempt(path, content):
    """Builds with this guest; exit code, and nothing is left behind unless it is 0."""
    builds.write(os.path.join(path, "a.elf"), content)
    done = builds.hvbuild("system.yaml", cwd=path)
    image = os.path.join(path, "system.elf")
    assert os.path.exists(image) == (done.returncode == 0), done.stderr
    if done.returncode == 0:
        assert builds.hvbuild("inspect", "system.elf", cwd=path).returncode == 0
        os.unlink(image)
        os.unlink(os.path.join(path, "system.bin"))
    else:
        assert b"internal" not in done.stderr, done.stderr
    return done


def test_a_truncated_guest_is_refused():
    path = builds.system("truncated")
    sizes = list(range(0, 232)) + list(range(232, len(GOOD), 397))
    for size in sizes:
        if size >= len(GOOD) - 4096 + 64:
            continue  # only padding is missing
        done = attempt(path, GOOD[:size])
        assert done.returncode == 1 and b"a.elf" in done.stderr, (size, done.stderr)


def test_a_guest_with_changed_bytes_is_refused_or_right():
    path = builds.system("changed")
    rng = random.Random(1)
    codes = {0: 0, 1: 0}
    for _ in range(150):
        content = bytearray(GOOD)
        for _ in range(rng.randint(1, 4)):
            content[rng.randrange(232)] = rng.choice([0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)])
        codes[attempt(path, bytes(content)).returncode] += 1
    assert codes[1] > 30, codes


def test_extreme_values_in_every_header_field():
    path = builds.system("extreme")
    fields = [(16, 2), (18, 2), (20, 4), (24, 8), (32, 8), (40, 8), (48, 4), (52, 2), (54, 2), (56, 2),
              (58, 2), (60, 2), (62, 2)]
    fields += [(64 + 56 * i + at, size) for i in range(3)
               for at, size in ((0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 8), (48, 8))]
    for at, size in fields:
        top = (1 << 8 * size) - 1
        for value in (0, 1, top, top - 4095, 1 << (8 * size - 1)):
            content = bytearray(GOOD)
            content[at:at + size] = (value & top).to_bytes(size, "little")
            attempt(path, bytes(content))


def test_what_is_wrong_with_a_guest_is_named():
    path = builds.system("named")
    r, w, x = guest.R, guest.W, guest.X
    code = (0x40000000, r | x, b"x" * 64, 64)
    for content, rule, words in [
            (b"", "PART-005", "not an ELF file"),
            (b"#!/bin/sh\n", "PART-005", "not an ELF file"),
            (guest.elf([code], machine=62), "PART-005", "program for x86-64"),
            (guest.elf([code], kind=1), "PART-005", "not linked"),
            (guest.elf([]), "PART-005", "no loadable segment"),
            (guest.elf([code], entry=0x40000100), "PART-004", "0x4000_0100"),
            (guest.elf([code], entry=0x40000002), "PART-004", "0x4000_0002"),
            (guest.elf([code, (0x40100000, r | w, b"", 0x10001)]), "MEM-009", "0x4010_0000"),
            (guest.elf([code, (0x30000000, r | w, b"", 16)]), "MEM-009", "outside its memory"),
            (guest.elf([code, (0x09010000, r | w, b"", 16)]), "MEM-009", "outside its memory"),
            (guest.elf([code, (0x40000000, r, b"", 16)]), "MEM-009", "overlaps"),
            (guest.elf([code, (2**64 - 4096, r, b"", 8192)]), "MEM-009", "wraps"),
            (guest.elf([code, (0x40001000, r | w, b"d", 16)]), "MEM-007", "needs rights rw"),
            (guest.elf([(0x40100000, r | x, b"x" * 64, 64)], entry=0x40100000), "MEM-007", "grants rw"),
            (guest.elf([(0x40000000, r, b"x" * 64, 64)]), "PART-004", "executable")]:
        error = attempt(path, content).stderr.decode()
        assert f"[{rule}]" in error and words in error, (rule, words, error)
    os.unlink(os.path.join(path, "a.elf"))
    done = builds.hvbuild("system.yaml", cwd=path)
    assert done.returncode in (1, 3) and b"[PART-005]" in done.stderr and b"a.elf" in done.stderr


def test_a_directory_or_a_device_is_no_guest():
    for name in ("/dev/zero", "/proc/self/mem", "."):
        text = builds.SYSTEM.replace("a.elf", name)
        done = builds.hvbuild("system.yaml", cwd=builds.system("odd", text))
        assert done.returncode in (1, 3) and b"[PART-005]" in done.stderr, (name, done.stderr)


def test_a_truncated_image_is_refused():
    path = builds.built("images")
    for name in ("system.elf", "system.bin"):
        good = builds.content(path, name)
        end = len(good)
        if name.endswith(".elf"):  # behind the last segment only symbols follow
            c = Container(os.path.join(path, name))
            end = max(offset + size for _, offset, size, _, _ in c.loads)
        rng = random.Random(2)
        for size in [0, 1, 3, 4, 15, 16, 63, 64, 4095, 4096] + rng.sample(range(end), 60):
            builds.write(os.path.join(path, "cut"), good[:size])
            done = builds.hvbuild("inspect", "cut", cwd=path)
            if done.returncode == 0:
                assert size > end - 4096 and name.endswith(".bin"), (name, size)
            else:
                assert done.returncode == 1, (name, size, done.stderr)
            assert builds.hvbuild("run", "cut", "--dry-run", cwd=path).returncode in (0, 1, 2)


def test_a_damaged_table_is_refused_wherever_the_damage_is():
    path = builds.built("images")
    c = Container(os.path.join(path, "system.elf"))
    good = bytes(c.bytes)
    rng = random.Random(3)
    places = list(range(c.tables, c.tables + 480, 5)) + \
        [c.tables + rng.randrange(c.size) for _ in range(120)]
    for place in places:
        content = bytearray(good)
        content[place] ^= 1 << rng.randrange(8)
        builds.write(os.path.join(path, "damaged"), bytes(content))
        done = builds.hvbuild("inspect", "damaged", cwd=path)
        assert done.returncode == 1, (hex(place - c.tables), done.stdout[:200], done.stderr)


def test_wrong_values_with_right_checksums_are_refused_or_told():
    path = builds.built("images")
    base = Container(os.path.join(path, "system.elf"))
    rng = random.Random(4)
    refused = told = 0
    for _ in range(150):
        c = Container(os.path.join(path, "system.elf"))
        offset, count, entry = c.section(rng.choice([t for t in TYPES if c.section(t)[1]]))
        at = offset + rng.randrange(0, count * entry, 4)
        value, = struct.unpack_from("<I", c.bytes, at)
        struct.pack_into("<I", c.bytes, at, rng.choice(
            [value + 1, value - 1, value ^ 1 << rng.randrange(32), rng.randrange(100)]) % 2**32)
        c.seal()
        if c.bytes == base.bytes:
            continue
        c.save(os.path.join(path, "wild"))
        if builds.hvbuild("inspect", "wild", cwd=path).returncode:
            refused += 1
            continue
        # The runtime would take it; only the description tells that it is wrong.
        done = builds.hvbuild("verify", "wild", "system.yaml", cwd=path)
        assert done.returncode == 1, (hex(at - c.tables), value)
        told += 1
    assert refused > 60 and told > 5, (refused, told)


def test_wild_headers_with_right_checksums_are_refused():
    path = builds.built("images")
    rng = random.Random(6)
    for _ in range(120):
        c = Container(os.path.join(path, "system.elf"))
        at = c.tables + rng.randrange(0, 112 + 24 * 15, 4)
        value = rng.choice([0, 1, 0xffffffff, 0x7fffffff, 0x80000000, rng.randrange(2**32)])
        before = struct.unpack_from("<I", c.bytes, at)[0]
        struct.pack_into("<I", c.bytes, at, value)
        c.seal_header()
        c.save(os.path.join(path, "wild"))
        done = builds.hvbuild("inspect", "wild", cwd=path)
        identity = c.tables + 48 <= at < c.tables + 80  # nothing but the description can refute it
        crc = at == c.tables + 16
        assert (done.returncode == 1) != (value == before or identity or crc), hex(at - c.tables)
        if identity and value != before:
            done = builds.hvbuild("verify", "wild", "system.yaml", cwd=path)
            assert done.returncode == 1 and b"identity" in done.stderr


def test_a_damaged_guest_image_is_told():
    path = builds.built("images")
    for name in ("system.elf", "system.bin"):
        content = bytearray(builds.content(path, name))
        at = content.index(guest.pattern(10, 64))
        content[at + 5000] ^= 4
        builds.write(os.path.join(path, "damaged"), bytes(content))
        done = builds.hvbuild("inspect", "damaged", cwd=path)
        assert done.returncode == 1 and b"DOES NOT MATCH" in done.stdout, done.stderr
        assert b"damaged guest image" in done.stderr


def test_an_image_with_a_wild_elf_header_is_refused():
    path = builds.built("images")
    good = builds.content(path, "system.elf")
    rng = random.Random(5)
    for _ in range(80):
        content = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            content[rng.randrange(64 + 56 * 14)] = rng.randrange(256)
        builds.write(os.path.join(path, "wild"), bytes(content))
        for command in (("inspect", "wild"), ("verify", "wild", "system.yaml"), ("run", "wild", "--dry-run")):
            builds.hvbuild(*command, cwd=path)


if __name__ == "__main__":
    tap.run(sys.modules["__main__"])
