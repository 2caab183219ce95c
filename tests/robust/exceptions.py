#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# All 64 classes of exceptions to EL2. First those that a guest can cause, by its instructions
# (guests/aborts.c, guests/provoker.c), on two processors; QEMU's own log of exceptions says which
# classes came. Then every class with made-up syndromes and addresses (guests/forged.c), through a
# changed image: behind one HVC the vector takes ESR_EL2, FAR_EL2 and HPFAR_EL2 from the guest's
# registers. What the runtime does from there on is what it always does.
import os
import re
import struct
import subprocess

from campaign import Test, beside
from bulkhead import partition, system, window

t = Test()
EVENTS = ["memory_violation", "illegal_access", "illegal_instruction", "illegal_call",
          "hardware_fault"]

# ---- What a guest can cause ---------------------------------------------------------------------

# EL2: what reaches the runtime; EL1: what stays in the guest, by the same log.
CAUSED = {
    "cortex-a53": ({0x05, 0x16, 0x17, 0x18, 0x20, 0x24},
                   {0x00, 0x03, 0x04, 0x07, 0x11, 0x15, 0x18, 0x21, 0x22, 0x25, 0x38, 0x3c}),
    # with pointer authentication, SVE and SME, which the runtime does not give
    "max": ({0x05, 0x09, 0x16, 0x17, 0x18, 0x19, 0x1d, 0x20, 0x24},
            {0x00, 0x03, 0x04, 0x07, 0x0d, 0x11, 0x15, 0x18, 0x19, 0x1d, 0x21, 0x22, 0x38, 0x3c}),
}
INTERRUPTS = {"IRQ", "FIQ", "Virtual IRQ", "Virtual FIQ", "SError"}


def classes(path):
    """({class at EL1}, {class at EL2}, exceptions to EL2) of a log of QEMU's, `-d int`."""
    found, count = {1: set(), 2: set()}, 0
    with open(path) as file:
        text = file.read()
    for kind, level, ec in re.findall(r"Taking exception \d+ \[([^]]+)\].*\n\.\.\.from EL\d to EL(\d)\n"
                                      r"\.\.\.with ESR 0x(\w+)/", text):
        if kind not in INTERRUPTS:
            found[int(level)].add(int(ec, 16))
            count += level == "2"
    return found[1], found[2], count


def hexes(numbers):
    return ", ".join(f"0x{n:02x}" for n in sorted(numbers))


for cpu, (to_el2, to_el1) in CAUSED.items():
    log = os.path.join(t.folder.name, "exceptions.log")
    console = t.run(system(
        [partition("aborts", health={e: "cold_start" for e in EVENTS + ["application_error"]}),
         partition("provoker", health={e: "ignore" for e in EVENTS}), partition("steady")],
        2000, [[window("aborts", 0, 800), window("provoker", 900, 500), window("steady", 1500, 200)]]),
        [r"\[aborts\] done", r"\[provoker\] done", r"\[steady\] windows"],
        f"{cpu}: guests cause what they can", extra=["-cpu", cpu, "-d", "int", "-D", log])
    t.guest_checks(console, "provoker")
    own, runtime, count = classes(log)
    t.equal(hexes(runtime), hexes(to_el2), f"{cpu}: the classes that reach the runtime")
    t.equal(hexes(own), hexes(to_el1), f"{cpu}: and those that stay in the guest")
    t.check(not console.find("exception in the runtime"), f"{cpu}: the runtime is well")
    t.figure("exceptions", f"{cpu}: guests caused classes {hexes(runtime)} at EL2 in {count:,} exceptions; "
             f"{hexes(own)} stayed at EL1")

# ---- What only a broken processor could do ------------------------------------------------------

CHANGED = """
    // in place of guest_sync's first instruction: b entry; the rest fills the slot of el2_sp0_sync
entry:
    .inst {first}                   // stp x0, x1, [sp, ...]
    mrs x1, esr_el2
    movz w0, #0x5a00, lsl #16       // HVC #0x5ca1
    movk w0, #0x5ca1
    cmp w1, w0
    b.ne back
    msr esr_el2, x2
    msr far_el2, x3
    msr hpfar_el2, x4
    cbz x5, back
    .inst {first} | 1 << 22         // ldp x0, x1, [sp, ...]
    tbnz x5, #0, entry - 4 + 0x500  // guest_fiq
    b entry - 4 + 0x580             // guest_serror
back:
    b entry - 4 + 0x404             // guest_sync + 4
"""


def tool(name, *arguments):
    return subprocess.run([os.environ["CROSS"] + name, *arguments], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def change(image):
    """Lets a guest make up its exceptions: in the image file only."""
    with open(os.environ["BULKHEAD_RUNTIME"], "rb") as file:
        runtime = file.read()
    vectors, = (int(a, 16) for a in re.findall(
        r"^(\w+) T vectors$", tool("nm", os.environ["BULKHEAD_RUNTIME"]), re.M))
    # the first segment holds the code
    at, = struct.unpack_from("<Q", runtime, 32)
    offset, start = struct.unpack_from("<QQ", runtime, at + 8)
    table = runtime[offset + vectors - start:][:0x800]
    first, = struct.unpack_from("<I", table, 0x400)
    source, binary = (os.path.join(t.folder.name, "changed." + e) for e in ("s", "bin"))
    with open(source, "w") as file:
        file.write(CHANGED.format(first=hex(first)))
    tool("as", "-o", source + ".o", source)
    tool("objcopy", "-O", "binary", "-j", ".text", source + ".o", binary)
    with open(binary, "rb") as file:
        code = file.read()
    assert len(code) <= 0x7c
    changed = bytearray(table)
    changed[4:4 + len(code)] = code
    struct.pack_into("<I", changed, 0x400, 0x14000000 | (4 - 0x400 >> 2) & 0x3ffffff)
    with open(image, "rb") as file:
        data = file.read()
    assert data.count(table) == 1
    with open(image, "wb") as file:
        file.write(data.replace(table, changed))


console, late = beside(
    t, partition("forged", health=dict.fromkeys(EVENTS, "ignore")), 2000, 300,
    r"\[forged\] done", others=[partition("lives", "forged", system=True,
                                          health=dict.fromkeys(EVENTS, "cold_start"))],
    windows=[window("lives", 1000, 400)], change=change, log={"records": 32, "per_frame": 64})
t.guest_checks(console, "forged")
told = t.told(console, r"^forged (\d+) in 64 classes, unaligned (\d+), events(.*)", "forged")
lives = t.told(console, r"^lives (\d+)", "lives")
t.equal([m.string for m in console.find("FAIL")], [], "nobody was told another event")
if told and lives:
    by_event = {int(n): int(count) for n, count in (pair.split(":") for pair in told[3].split())}
    t.equal(sum(by_event.values()), int(told[1]), "all are accounted for")
    t.figure("exceptions", f"{int(told[1]):,} with made-up syndromes in all 64 classes, "
             f"{int(told[1]) - by_event.get(0, 0):,} of them events of the partition, each told once; "
             f"a life ended by each class")
t.figure("exceptions", f"a neighbour's window starts {late} ticks late at most")
t.done()
