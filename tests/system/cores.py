#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Four cores share the major frame; a partition may have a vcpu on two of them.
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
    [[window("pair", 0, 600, cpu=0)], [window("pair", 0, 600, cpu=1)]]),
    r"\[pair\] done", "a partition with two vcpus", cores=2)
t.guest_checks(console, "pair")
t.done()
