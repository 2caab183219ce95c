#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Doorbells: rings merge, none is lost, they arrive when and where the configuration says, and no
# window loses more than that to them.
from bulkhead import Test, doorbell, partition, system, window

t = Test()
NAMES = ["near", "far", "late"]
PAGE = {"size": "4KiB"}


def shared(block, at, rights):
    return {"name": block, "shared": block, "at": f"{at:#x}", "rights": rights}


listeners = [partition(name, "bell", memory=[shared("rung", 0x40200000, "r"),
                                             shared(f"heard_{name}", 0x40300000, "rw")],
                       **({} if name == "late" else {"shutdown_interrupt": 99}))
             for name in NAMES]
ringer = partition("ringer", system=True, rights=["manage_partitions"],
                   memory=[shared("rung", 0x40200000, "rw")] +
                   [shared(f"heard_{name}", 0x40300000 + 0x1000 * i, "r")
                    for i, name in enumerate(NAMES)])
buddies = partition("buddies", cpus=2)
console = t.run(system(
    [ringer, *listeners, buddies], 2000,
    [[window("ringer", 0, 800), window("near", 800, 400), window("buddies", 1200, 800, cpu=0)],
     [window("far", 0, 2000)],
     [window("late", 900, 300), window("buddies", 1200, 800, cpu=1)]],
    shared=[{"name": "rung", **PAGE}] + [{"name": f"heard_{name}", **PAGE} for name in NAMES],
    doorbells=[doorbell(name, "ringer", [(name, 100)]) for name in NAMES] +
    [doorbell("at_once", "ringer", [("far", 101, {"every": "50us"})]),
     doorbell("buddy", "buddies", [("buddies", 34, {"cpu": 1})]),
     doorbell("self", "buddies", [("buddies", 35)]),
     doorbell("both", "buddies", [("buddies", 36), ("buddies", 37, {"cpu": 1})])]),
    [r"\[ringer\] done", r"\[buddies\] done"], "doorbells on three cores", cores=3)
t.guest_checks(console, "ringer")
t.guest_checks(console, "buddies")
for line in console.of("ringer"):
    if line.startswith(("near:", "late:", "at once:", "storm:")):
        t.note(line)

console = t.run(system(
    [partition("buddies", cpus=2), partition("alone", devices=["rtc"])], 1000,
    [[window("buddies", 0, 400, cpu=0), window("alone", 400, 600)],
     [window("buddies", 0, 400, cpu=1)]],
    doorbells=[doorbell("buddy", "buddies", [("buddies", 34, {"cpu": 1})]),
               doorbell("self", "buddies", [("buddies", 35)]),
               doorbell("both", "buddies", [("buddies", 36), ("buddies", 37, {"cpu": 1})])]),
    [r"\[buddies\] done", r"\[alone\] done"],
    "beside a device whose interrupt has a doorbell's number", cores=2)
for name in ("buddies", "alone"):
    t.guest_checks(console, name)
t.done()
