#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Stolen time: what a bare partition is told of it, to the tick, beside one that is told nothing and has
# its windows where they belong.
from bulkhead import Test, partition, system, window

t = Test()
robbed = partition("robbed", virtual_time="reported", health={"memory_violation": "ignore"})
console = t.run(system([robbed, partition("steady")], 1000,
                       [[window("robbed", 0, 300), window("steady", 300, 150),
                         window("robbed", 500, 100)]]), r"\[robbed\] done: ", "time is stolen")
t.guest_checks(console, "robbed")
first = t.told(console, r"^first start (\d+) then (\d+)$", "robbed")
# Ten windows further five gaps of 200 us and five of 400 us have passed.
t.check(first and first[1] == "0" and first[2] == "3000000", "its first start began at 0", first)
t.check(len(console.find(r"\[hv\] .* robbed: memory violation at 0x090a_0008")) == 1,
        "its one store is a memory violation", [l for l in console.lines if "[hv]" in l])
t.done()
