#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The data-type fault model of the hypercalls, as a C header for the guest `wild`.

Every call comes from abi.h, through the reader of scripts/abi; so a call that is added there is
attacked without a word here. Each argument is given the dictionary whose pattern its text matches.
An argument without one stays out of the header, and robust/wild.py fails on it.
"""

import importlib.machinery
import importlib.util
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LOADER = importlib.machinery.SourceFileLoader("abi", str(ROOT / "scripts" / "abi"))
abi = importlib.util.module_from_spec(importlib.util.spec_from_loader("abi", LOADER))
sys.dont_write_bytecode = True
LOADER.exec_module(abi)

# Where 64-bit arithmetic turns, and where 32 of the 64 bits look good.
TURNS = ["0x7fffffff", "0x80000000", "0xffffffff", "0x100000000", "0x100000001",
         "0x7fffffffffffffff", "0x8000000000000000", "0xfffffffffffffffe", "0xffffffffffffffff"]
SMALL = [str(n) for n in range(10)]
# What the guest has: code, data, `target` (rw), `only` (r), and one shared block; see wild.py.
REGIONS = [("0x40000000", "0x10000"), ("0x40100000", "0x10000"), ("0x40200000", "0x2000"),
           ("0x40210000", "0x1000"), ("0x40300000", "0x1000")]
ENDS = [f"{start} + {size} - {back}" for start, size in REGIONS[2:] for back in (64, 63, 1)]
ENDS += [f"{start} + {size}" for start, size in REGIONS] + [f"{start} - 1" for start, _ in REGIONS]



def words(name):
    """A name as a call has it in four registers; 32 bytes are one without an end."""
    padded = name.ljust(32, b"\0")
    return "{%s}" % ", ".join(hex(int.from_bytes(padded[n:n + 8], "little"))
                              for n in range(0, 32, 8))


DICTIONARIES = {
    "handle": SMALL + ["63", "0x3ff", "0x400"] + TURNS,
    "identifier": SMALL + ["15", "16", "63", "64", "65", "127", "255"] + TURNS,
    "size": ["0", "1", "8", "63", "64", "65", "127", "128", "4095", "4096", "4097", "8191", "8192",
             "8193", "0x10000", "0x40200000", "0xfffffffffffff000", "-0x40200000ul"] + TURNS,
    "address": ["0", "1", "8", "0xfff"] + [start for start, _ in REGIONS] + ENDS + [
        "0x40200001", "0x40200007", "0x40200800", "0x40200fc1",  # unaligned, over a page's end
        "0x40800000", "0x50000000", "0x80000000", "1ul << 39",  # holes
        "0x4027d000", "0x402a0000", "0x40400000", "0x48000000",  # where the container lies
        "0x08000000", "0x080a0000", "0x080affff", "0x09000000", "0x09010000", "0x0a000000",
        "0xffffffffffffffc0", "-64ul + 0x40200000", "1ul << 48 | 0x40200000",
        "1ul << 63 | 0x40200000", "0xffff000040200000"] + TURNS,
    "time": ["0", "1", "15", "16", "999", "1000000", "2000000", "1000000000", "1ul << 61",
             "(1ul << 61) + 1", "18446744073709551ul", "18446744074ul"] + TURNS,
    "any": SMALL + TURNS,
    "free": ["0", "1", "0xffffffffffffffff"],  # nothing depends on it
    # four words each
    "name": [words(n) for n in (
        b"", b"a", b"d", b"normal", b"other", b"target", b"system", b"nobody", b"A", b"a ", b" a",
        b"a\0b", b"\xff\x80\x01", b"a".ljust(31, b"\0") + b"a", b"%s%n%s%n", b"x" * 30, b"x" * 31,
        b"x" * 32, b"\xff" * 32, b"\0\0 @", b"\0" * 31 + b"a")],
    # eight words each
    "bytes": ["{0}", "{~0ul, ~0ul, ~0ul, ~0ul, ~0ul, ~0ul, ~0ul, ~0ul}",
              "{0x0a0a0a0a0a0a0a0a, 0x0d0d0d0d0d0d0d0d}", "{0x4a325b1b4a325b1b}",
              "{0x6e6e206567616d69}"],
}
RULES = [
    (r".* or another value", "free"), (r"IPA|address", "address"), (r"handle", "handle"), (r"identifier", "identifier"),
    (r"(length|room|count|size|number|records|bytes)\b", "size"), (r"name\b", "name"),
    (r"up to 64 bytes", "bytes"),
    (r"(\w+ )*(code|flags|bits|value|index|sequence)\b", "any"), (r"0: ", "any"),
    (r"(ns|nanoseconds|time|budget|deadline|period|delay|ticks)\b|.*\bin (ns|ticks)\b", "time"),
]
WORDS = {"name": 4, "bytes": 8}


def constants(text):
    """What HV_MODE_*, or HV_A or HV_B, stands for: those values, and the ones around them."""
    names = "|".join(n.replace("*", "[A-Z_]+") for n in re.findall(r"HV_[A-Z_]+\*?", text))
    found = re.findall(rf"^#define ({names}) +\(?-?\d+\)?", abi.HEADER.read_text(), re.M)
    if not found:
        return None
    return sorted(set(found)) + ["~0ul"] + [f"{n} + 1" for n in found] + \
        [f"(1ul << 32) + {n}" for n in found] + TURNS


def arguments(call):
    """(first register, number of registers, dictionary or None, text) of each argument."""
    parts = re.split(r"(?:^|, )x(\d)(?:\.\.x(\d))? = ", call.arguments)
    found = []
    for first, last, text in zip(parts[1::3], parts[2::3], parts[3::3]):
        wide = int(last or first) - int(first) + 1
        pattern = re.match(r"HV_[A-Z_]+(\*|( or HV_[A-Z_]+)+)", text)
        if pattern:
            name = pattern[0] if constants(pattern[0]) else None
        else:
            name = next((d for rule, d in RULES if re.match(rule, text)), None)
        if name and WORDS.get(name, 1) != wide:
            name = None
        found.append((int(first), wide, name, text))
    return found


def missing(call):
    """What robust/wild.py has to complain about."""
    lost = [text for _, _, name, text in arguments(call) if not name]
    return lost or ([call.arguments] if call.arguments and not arguments(call) else [])


def named(call):
    """The registers that the call may change: bit n is xn."""
    bits = 1
    for first, last in re.findall(r"\bx(\d)(?:(?:\.\.| to )x(\d))?", call.results):
        for n in range(int(first), int(last or first) + 1):
            bits |= 1 << n
    return bits


def symbol(name):
    return "dictionary_" + re.sub(r"\W+", "_", name).lower().rstrip("_")


def main():
    calls, used = abi.calls(), []
    lines = ["// SPDX-License-Identifier: BSD-2-Clause",
             "// Made by tests/robust/dictionaries.py from schema/abi.h: not to be edited."]
    rows = []
    for call in calls:
        slots = [] if missing(call) else arguments(call)
        errors = sum(1 << -value for name, value, _ in abi.errors()
                     if name == "HV_OK" or name in dict(call.errors))
        for _, _, name, _ in slots:
            if name not in used:
                used.append(name)
        rows.append("    {%s, \"%s\", 0x%x, 0x%x, %d, {%s}}," % (
            call.name, call.name, named(call), errors, -1 if missing(call) else len(slots),
            ", ".join("{%d, %d, LENGTH(%s), &%s[0][0]}" % (
                first, wide, symbol(name), symbol(name)) for first, wide, name, _ in slots)))
    for name in used:
        values = DICTIONARIES.get(name) or constants(name)
        lines.append(f"static const uint64_t {symbol(name)}[][{WORDS.get(name, 1)}] = {{")
        lines += [f"    {v if v[0] == '{' else '{' + v + '}'}," for v in values] + ["};"]
    lines += ["static const struct attacked calls[] = {"] + rows + ["};"]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
