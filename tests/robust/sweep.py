#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Each offset of the pages of the interrupt controller and of the console, with every kind of access:
# bytes to double words, signed, acquire and release, pairs, write-back, SIMD, exclusive, cache
# maintenance; guests/sweep.c says what is expected. The neighbour owns a device interrupt.
#
# Behind each page the real interrupt controller and the registers of EL2 are compared with what they
# were before, through QEMU's debugger port.
import os
import re

from campaign import Test, beside
from debugger import Debugger
from bulkhead import partition

t = Test()
port = os.path.join(t.folder.name, "debugger")
GICD, GICR, LINES = 0x08000000, 0x080a0000, 288
OWN, OTHER = 39, 34  # the interrupts of both devices: enabled in the windows of their owners
# What the runtime writes once. The others are the guests', or change with each trap and alarm.
EL2 = ["ACTLR", "AMAIR", "CNTHCTL", "CNTHP_CTL", "CNTVOFF", "CPTR", "HACR", "HCR", "HSTR", "MAIR",
       "MDCR", "SCTLR", "TCR", "TPIDR", "TTBR0", "VBAR", "VPIDR", "VTCR"]


def bits_of(page, first, last):
    """Group, enabled, pending and active of interrupts, without the attacker's own."""
    for register in (0x080, 0x100, 0x200, 0x300):
        for word in range(first // 32, last // 32):
            free = 0
            if word == OWN // 32 and register > 0x080:
                free = 1 << OWN % 32 | (1 << OTHER % 32 if register == 0x100 else 0)
            yield page + register + 4 * word, 4, ~free


def hardware():
    """(address, size, mask) of the interrupt controller's state on core 0."""
    yield GICD, 4, ~0
    yield from bits_of(GICD, 32, LINES)
    yield GICR, 4, ~0
    yield GICR + 0x14, 4, ~0
    for at, size, _ in bits_of(GICR + 0x10000, 0, 32):
        # timers and the alarm pend and are active by themselves
        if at & 0xfff < 0x200:
            yield at, size, ~0
    for page, first, last in ((GICD, 32, LINES), (GICR + 0x10000, 0, 32)):
        for intid in range(first, last, 4):
            yield page + 0x400 + intid, 4, ~0
        for intid in range(first, last, 16):
            yield page + 0xc00 + intid // 4, 4, ~0
    for intid in range(32, LINES):
        yield GICD + 0x6000 + 8 * intid, 8, ~0


seen = []


def watch(line):
    if not re.search(r"^\[sweep\] (begin|swept)", line):
        return
    debugger = Debugger(port)
    state = {f"{at:#x}": debugger.physical(at, size) & mask for at, size, mask in hardware()}
    registers = debugger.system_registers(0)
    state.update((name, registers[name + "_EL2"]) for name in EL2)
    state["CNTHP_CTL"] &= 3  # not whether the alarm's time has come
    debugger.leave()
    seen.append(state)


console, late = beside(
    t, partition("sweep", devices=["gpio"],
                 health=dict.fromkeys(["illegal_access", "memory_violation"], "ignore")),
    2000, 1700, r"\[sweep\] done", devices=["rtc"], watch=watch, extra=Debugger.options(port))
t.guest_checks(console, "sweep")
t.check(len(seen) == 6, "the hardware was looked at before, and behind each page", len(seen))
changed = {f"{name}: {state[name]:#x}, not {seen[0][name]:#x}"
           for state in seen for name in state if state[name] != seen[0][name]}
t.equal(sorted(changed), [], "the interrupt controller and EL2 are what they were")
if seen:
    t.check(seen[0]["HCR"] & 1 and seen[0][f"{GICD:#x}"] & 2, "and they are on")
    t.figure("sweep", f"{len(seen[0]):,} registers of the interrupt controller and of EL2 compared "
             f"{len(seen) - 1} times: {len(changed)} changed")
told = t.told(console, r"accesses (\d+) faults (\d+)", "sweep")
if told:
    t.figure("sweep", f"{int(told[1]):,} accesses of 26 kinds to GICD, GICR and UART, {int(told[2]):,} "
             f"of them faults at EL1; the others answered or events of the partition")
t.figure("sweep", f"a neighbour's window starts {late} ticks late at most")

# Once more the page of the UART, by a partition that has an emulated PL011 there. What it writes to
# the data register is on the console, in lines of its own.
console, late = beside(
    t, partition("sweep", id=78, console="pl011",
                 health=dict.fromkeys(["illegal_access", "memory_violation"], "ignore")),
    2000, 1700, r"\[sweep\] done")
t.guest_checks(console, "sweep")
told = t.told(console, r"accesses (\d+) faults (\d+)", "sweep")
if told:
    t.figure("sweep", f"{int(told[1]):,} accesses of 26 kinds to an emulated PL011, {int(told[2]):,} of "
             "them faults at EL1; the others answered or events of the partition")
t.figure("sweep", f"beside it a neighbour's window starts {late} ticks late at most")
t.done()
