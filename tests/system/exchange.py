#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# One source exchanges messages with itself: as a bare partition, and as a task on a machine that is
# treated as RTEMS does. tests/guests/ports.py has it as a program of Linux.
from bulkhead import Test, guest_path, partition, system, window
from exchanges import channels, ports

t = Test()
task = {"name": "task", "guest": "rtems", "image": guest_path("rtems_exchange"), "criticality": "C",
        "ports": ports(),
        "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}
console = t.run(system(
    [task, partition("bare", "exchange", ports=ports())], 10000,
    [[window("task", 0, 5000), window("bare", 5000, 5000)]], channels("task", "bare")),
    [r"\[task\] done", r"\[bare\] done"], "messages in both directions")
for name in ("task", "bare"):
    t.guest_checks(console, name)
t.check(not console.find(r"^\[hv\] .*(task|bare):"), "and nothing else happens", console.text[:2000])
t.done()
