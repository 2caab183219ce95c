#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Devices of the board in partitions: the clock and the pins of QEMU's `virt`, by two owners on two
# cores. Their interrupts come inside the owner's windows, none is lost or left behind, whatever
# becomes of the owner; nobody else reaches them. Once with the line of the pins as it is, a level,
# and once as an edge.
import os

from bulkhead import CODE, DATA, Test, partition, system, window

t = Test()
os.environ["BULKHEAD_BOARDS"] = t.folder.name
with open(os.path.join(os.environ["SOURCE_ROOT"], "boards", "qemu-virt.yaml")) as file:
    board = file.read()


def use_board(edge):
    """From here on the interrupt of the pins is an edge, or a level."""
    text = board.replace("intid: 39", f"intid: 39, edge: {str(edge).lower()}")
    assert text != board
    with open(os.path.join(t.folder.name, "qemu-virt.yaml"), "w") as file:
        file.write(text)


FRAME = 1700  # no divisor of a second: an alarm rises elsewhere in the frame than it was set
CHIEF, ALARM = window("chief", 0, 150), window("alarm", 200, 600)
OTHERS = [window("pins", 100, 700), window("thief", 900, 300)]


def schedule(name, first):
    names = ["chief", "alarm", "pins", "thief"]
    return {"name": name, "id": len(name), "major_frame": f"{FRAME}us", "initial": len(first) == 2,
            "on_change": {n: "ignore" for n in names if n != "alarm" or len(first) == 2},
            "partitions": [{"partition": w["partition"], "period": f"{FRAME}us",
                            "duration": w["duration"]} for w in [*first, *OTHERS]],
            "cores": {"0": first, "1": OTHERS}}


description = system(
    [partition("chief", system=True, rights=["manage_partitions", "switch_schedule"]),
     partition("alarm", devices=["rtc"]),
     partition("pins", devices=["gpio"], health={"application_error": "suspend"}),
     partition("thief", health={"memory_violation": "ignore"})], FRAME, [[CHIEF, ALARM], OTHERS])
for p in description["partitions"]:
    del p["period"], p["duration"]
description["schedules"] = [schedule("normal", [CHIEF, ALARM]), schedule("without", [CHIEF])]

OWNERS = ("pins", "alarm", "chief", "thief")
for edge in (False, True):
    use_board(edge)
    kind = "edge" if edge else "level"
    console = t.run(description, [rf"\[{n}\] done" for n in OWNERS],
                    f"two owners of devices, a chief and a thief; the pins are {kind}-sensitive",
                    cores=2)
    for name in OWNERS[1:]:
        t.guest_checks(console, name)
    for m in console.find(r"^(pass|FAIL) (.*)", "pins"):
        t.check(m[1] == "pass", f"pins, {kind}: {m[2]}", "see the line of the guest above")
    t.equal([(m[1], m[2]) for m in console.find(r"^start (\d), (\w+), line \d", "pins")],
            [(str(n), kind) for n in range(1, 6)], f"pins, {kind}: five lives")
    t.check(len(console.find(r"^\[hv\] .* thief: memory violation at 0x0?901_?0000")) > 0
            and len(console.find(r"^\[hv\] .* thief: memory violation at 0x0?903_?0000")) > 0,
            "the thief is told on", "\n".join(console.lines[:40]))

    console = t.run(system([partition("absent", cpus=2, devices=["gpio"])], 1000,
                           [[window("absent", 0, 700, cpu=0)], [window("absent", 0, 700, cpu=1)]]),
                    r"\[absent\] done", f"a vcpu that is off when its {kind} rises", cores=2)
    t.guest_checks(console, "absent")

# ---- DMA: a trusted partition, in memory that it sees where it is -------------------------------

HERE = [{**CODE, "at": "0x50000000", "phys": "0x50000000"},
        {**DATA, "at": "0x50100000", "phys": "0x50100000"}]
entropy = partition("entropy", code=HERE[0], data=HERE[1], devices=["virtio31"],
                    trusted_dma="the driver gives the device one buffer of its own")
console = t.run(system([entropy, partition("other", "neighbour")], 1000,
                       [[window("entropy", 0, 400), window("other", 400, 400)]]),
                [r"\[entropy\] done", r"\[other\] alive, start 1, frame \d+, changed 0"],
                "a driver of a virtio device, and its neighbour",
                extra=["-global", "virtio-mmio.force-legacy=false", "-device",
                       "virtio-rng-device,bus=virtio-mmio-bus.31"])
for m in console.find(r"^(pass|FAIL) (.*)", "entropy"):
    t.check(m[1] == "pass", f"entropy: {m[2]}", "see the line of the guest above")
t.equal([m[1] for m in console.find(r"^start (\d)", "entropy")], ["1", "2"],
        "a start, and a restart with the interrupt active")
t.done()
