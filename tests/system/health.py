#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# What follows a fault: the same program under each action, and the modes a partition sets itself.
from bulkhead import Test, partition, system, window

t = Test()
KEPT = {"name": "kept", "at": "0x40200000", "size": "4KiB", "keep": True}
PLAIN = {"name": "plain", "at": "0x40300000", "size": "4KiB"}
ACTIONS = ["ignore", "halt", "cold_start", "warm_start"]

console = t.run(system(
    [partition(a, "health", memory=[KEPT, PLAIN],
               health={"memory_violation": a, "application_error": a}) for a in ACTIONS],
    4000, [[window(a, 1000 * i, 900) for i, a in enumerate(ACTIONS)]]),
    [r"\[ignore\] end of start 1", r"\[cold_start\] end of start 4",
     r"\[warm_start\] end of start 4"],
    "four partitions, four actions")


def starts(name):
    return [tuple(map(int, m.groups())) for m in
            console.find(r"start (\d+) mode (\d+) condition (\d+) event (\d+)", name)]


def memory(name):
    return [tuple(map(int, m.groups())) for m in
            console.find(r"kept (\d+) plain (\d+) data (\d+) bss (\d+)", name)]


t.equal(starts("ignore"), [(1, 1, 0, 0)], "ignore: it starts once")
t.check(console.find("survived the write", "ignore")
        and console.find("survived the error", "ignore"),
        "ignore: it goes on behind the instruction")
t.check(console.find("read zero", "ignore"), "ignore: a load out of bounds gives zero")
t.equal(starts("halt"), [(1, 1, 0, 0)], "halt: it starts once")
t.check(not console.find("survived|end of", "halt"), "halt: it never runs again")
# mode 1 cold, 2 warm start; condition 0 first, 3 health monitor; event 1 memory violation
t.equal(starts("cold_start"), [(1, 1, 0, 0)] + [(n, 1, 3, 1) for n in (2, 3, 4)],
        "cold start: counter, mode, condition and event are told")
t.equal(memory("cold_start"), [(0, 0, 7, 0)] * 4, "cold start: all memory is as new")
t.equal(starts("warm_start"), [(1, 1, 0, 0)] + [(n, 2, 3, 1) for n in (2, 3, 4)],
        "warm start: counter, mode, condition and event are told")
t.equal(memory("warm_start"), [(n, 0, 7, 0) for n in range(4)],
        "warm start: marked memory is kept, the rest is as new")
for action, words in (("ignore", "ignore"), ("halt", "halt"), ("cold_start", "cold start"),
                      ("warm_start", "warm start")):
    t.check(console.find(rf"{action}: memory violation at 0x5000_?0000 -> {words}"),
            f"{action}: the health monitor says so")

console = t.run(system([partition("modes", memory=[KEPT])], 2000, [[window("modes", 0, 1500)]]),
                r"now idle", "modes")
t.guest_checks(console, "modes")
t.equal([m.groups() for m in
         console.find(r"start (\d+) mode (\d) condition (\d) event (\d)", "modes")],
        [("1", "1", "0", "0"), ("2", "2", "1", "0"), ("3", "1", "1", "0")],
        "modes: warm, then cold, then idle")
t.check(not console.find("it came back", "modes"), "modes: what ends the partition does not return")
t.done()
