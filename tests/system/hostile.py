#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Window starts over 1,000 frames beside a partition that does its worst on the same core, and one on
# another core: no drift, lateness bounded and printed.
import re

from bulkhead import Test, channel, destination, partition, source, system, window

t = Test()
BOUND = 1250  # ticks: 20 us, the longest path of the runtime (a message of 8 KiB)

everything_ignored = dict.fromkeys(
    ["memory_violation", "illegal_access", "illegal_instruction", "illegal_call", "hardware_fault",
     "guest_reset", "guest_off", "application_error"], "ignore")
console = t.run(system(
    [partition("victim"),
     partition("hostile", health=everything_ignored,
               ports=[source("out"), destination("in", refresh="1ms")]),
     partition("sibling", ports=[destination("out", refresh="1ms"), source("in")])],
    400, [[window("hostile", 0, 200), window("victim", 200, 100)], [window("sibling", 0, 200)]],
    [channel("out", "hostile", "sibling", "8192B"), channel("in", "sibling", "hostile", "8192B")]),
    [r"\[victim\] done", r"\[sibling\] done"], "1,000 frames beside a hostile partition", cores=2,
    timeout=300)
t.guest_checks(console, "victim")
t.guest_checks(console, "sibling")
seen = console.find(r"late (\d+) ticks in (\d+) windows: (.*)", "victim")
names = re.findall(r'"([^"]+)",', open(__file__.replace("hostile.py", "guests/hostile.h")).read())
t.equal([m[3] for m in seen], names, "every attack was met")
for m in seen:
    t.check(int(m[1]) <= BOUND and int(m[2]) >= 1000 // len(names),
            f"late {int(m[1]) * 16} ns at most: {m[3]}", m.string)
for m in console.find("late .* at most"):
    t.note(m.string)
t.check(not console.find(r"^imitated|exception in the runtime"), "no line is imitated")
t.done()
