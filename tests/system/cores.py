#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Four cores share the major frame; a partition may have a vcpu on two of them, in any order.
from bulkhead import Test, partition, system, window

t = Test()
names = [f"on{n}" for n in range(4)]
console = t.run(system(
    [partition(n, "aligned", memory=[{"name": "marks", "shared": "marks", "at": "0x40400000"}])
     for n in names], 500, [[window(n, 0, 300)] for n in names],
    shared=[{"name": "marks", "size": "4KiB", "multi_writer": True}]),
    [rf"\[{n}\] done" for n in names], "four cores run windows", cores=4, timeout=240)
t.guest_checks(console, "on0")
for m in console.find("latest start .*", "on0"):
    t.note(m.string)

console = t.run(system(
    [partition("pair", "secondary", cpus=2)], 1000,
    [[window("pair", 0, 600, cpu=1)], [window("pair", 0, 600, cpu=0)]]),
    r"\[pair\] done", "a partition with two vcpus", cores=2)
t.guest_checks(console, "pair")

for icount in (True, False):
    console = t.run(system(
        [partition("together", cpus=2)], 1000,
        [[window("together", 0, 600, cpu=0)], [window("together", 0, 600, cpu=1)]]),
        r"\[together\] done", "a partition of two vcpus that breaks a rule", cores=2, icount=icount)
    t.equal(console.of("together")[:5],
            ["start 1 event 0: the second is off, memory new"]
            + [f"start {n} event 1: the second is off, memory new" for n in (2, 3, 4, 5)],
            "it is started anew as a whole, " + ("counted" if icount else "in parallel"))
t.done()
