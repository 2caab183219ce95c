#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Busy partitions on two cores of a machine whose cores take turns, as QEMU's do with counted
# instructions: nobody gives up the rest of a window, and each window starts where it is planned.
import os
import subprocess

from bulkhead import Test, partition, system, window

t = Test()
FRAMES = 100
LATE = 10240  # ns: that of the campaigns of tests/robust
hvbuild = os.environ["HVBUILD"]

image = t.build(system(
    [partition("first", "spinner"), partition("second", "spinner"), partition("other", "spinner")],
    2000, [[window("first", 0, 1000), window("second", 1000, 1000)], [window("other", 0, 1000)]],
    bound=f"{LATE}ns") | {"module": {
        "name": "turns", "board": "qemu-virt", "trace": {"events": ["windows"], "records": 16384},
        "health": {"on_lateness": {"bound": f"{LATE}ns", "action": "ignore", "log": True}}}})
trace = os.path.join(t.folder.name, "trace")
run = subprocess.run([hvbuild, "run", image, "--frames", str(FRAMES), "--trace", trace], text=True,
                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
t.check(run.returncode == 0, "the machine runs", run.stderr)
judged = subprocess.run([hvbuild, "trace", trace, image], text=True, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, timeout=60)
for core in (0, 1):
    t.check(judged.stdout.count(f"core {core}  window ") >= 2 * FRAMES, f"core {core} has its windows",
            judged.stdout[-2000:])
t.check(judged.returncode == 0, f"none is missing, or more than {LATE} ns late", judged.stderr[-3000:])
t.done()
