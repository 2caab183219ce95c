#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A partition's own stage 1 points anywhere: guests/walker.c.
from campaign import Test, beside
from bulkhead import partition

t = Test()
console, late = beside(
    t, partition("walker", health=dict.fromkeys(
        ["illegal_access", "memory_violation", "hardware_fault"], "ignore")),
    2000, 1700, r"\[walker\] done")
t.guest_checks(console, "walker")
told = t.told(console, r"accesses (\d+) faults (\d+)", "walker")
if told:
    t.figure("walker", f"{int(told[1]):,} accesses through blocks and tables of stage 1 anywhere, "
             f"{int(told[2]):,} of them faults at EL1; nothing read but zero")
t.figure("walker", f"a neighbour's window starts {late} ticks late at most")
t.done()
