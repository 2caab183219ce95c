#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# What is typed on the board's console reaches the partition that `console_input` names, byte by byte,
# however it reads; and however fast it comes, nobody else notices, not even of one who never reads.
import re

from bulkhead import Console, Test, partition, system, window

t = Test()
LATE = 640  # ticks of 16 ns: that of the campaigns of tests/robust
TYPED = bytes(7 * n & 255 for n in range(20000))


def describe(number, cpus, **keys):
    reader = partition("reader", id=number, console="pl011", cpus=cpus, **keys)
    cores = [[window("reader", 0, 600), window("steady", 600, 200)]]
    if cpus == 2:
        cores.append([window("reader", 0, 600, cpu=1)])
    d = system([reader, partition("steady", id=9)], 1000, cores, bound=f"{LATE * 16}ns")
    d["module"]["console_input"] = "reader"
    return d


for number, how, cpus in ((1, "asks", 1), (2, "waits for interrupts", 1), (3, "reads on its second vcpu", 2),
                          (4, "does not read in its first life", 1)):
    read = len(TYPED) - (number == 4)
    said, ended = t.converse(t.build(describe(number, cpus)),
                             [(r"\[reader\] ready", TYPED), (r"\[reader\] done: ", b""),
                              (r"\[steady\] windows", None)], timeout=240)
    console = Console(said, ended)
    t.check(ended, f"who {how} comes to an end", "\n".join(console.lines[-20:]))
    told = console.find(r"^read (\d+) wrong (\d+)$", "reader")
    t.check(told and told[0].groups() == (str(read), "0"), f"it reads all {read} bytes in order", said[-2000:])
    t.guest_checks(console, "reader")
    windows = console.find(r"^windows (\d+) moved (\d+) late (\d+) changed (\d+) starts 1$", "steady")
    t.check(windows and all(m[2] == "0" and m[4] == "0" and int(m[3]) <= LATE for m in windows),
            f"its neighbour keeps its windows, {LATE} ticks late at most",
            [m.string for m in windows[-1:]])
    t.note(f"latest window {max(int(m[3]) for m in windows)} ticks late")
    t.check(not re.search(r"\[hv\].*(late|interrupt|exception)", said), "the runtime has nothing to say",
            said[-2000:])
t.done()
