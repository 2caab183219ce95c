#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Each offset of the pages of the interrupt controller and of the console, with every kind of access:
# bytes to double words, signed, acquire and release, pairs, write-back, SIMD, exclusive, cache
# maintenance; guests/sweep.c says what is expected. The neighbour owns a device interrupt.
from campaign import Test, beside
from bulkhead import partition

t = Test()
console, late = beside(
    t, partition("sweep", devices=["gpio"],
                 health=dict.fromkeys(["illegal_access", "memory_violation"], "ignore")),
    2000, 1700, r"\[sweep\] done", devices=["rtc"])
t.guest_checks(console, "sweep")
told = t.told(console, r"accesses (\d+) faults (\d+)", "sweep")
if told:
    t.figure("sweep", f"{int(told[1]):,} accesses of 26 kinds to GICD, GICR and UART, {int(told[2]):,} "
             f"of them faults at EL1; the others answered or events of the partition")
t.figure("sweep", f"a neighbour's window starts {late} ticks late at most")
t.done()
