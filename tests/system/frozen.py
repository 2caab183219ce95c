#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Counters that stand still outside the windows of a bare partition, held against its timetable to the
# tick, beside a partition whose counters run on.
from bulkhead import Test, partition, system, window

t = Test()
console = t.run(system([partition("frozen", virtual_time="frozen"), partition("unfrozen")], 1000,
                       [[window("frozen", 0, 300), window("unfrozen", 300, 150),
                         window("frozen", 500, 100), window("unfrozen", 600, 50)]]),
                [r"\[frozen\] done: ", r"\[unfrozen\] done: "], "time stands still")
t.guest_checks(console, "frozen")
t.guest_checks(console, "unfrozen")
first = t.told(console, r"^first start (\d+) wrong (\d+)$", "frozen")
t.check(first and int(first[1]) < 6250, "so does the first one", first)
t.check(first and first[2] == "0", "it counts the windows alone, to the tick", first)
cold = t.told(console, r"^cold start (\d+)$", "frozen")
t.check(cold and int(cold[1]) < 6250, "so does a cold one", cold)
t.check(console.find(r"\[hv\] .* frozen: .* -> ") == [], "no event is raised",
        [l for l in console.lines if "[hv]" in l])
t.done()
