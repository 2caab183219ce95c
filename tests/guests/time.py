#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Debian's kernel, unmodified, in 5 ms of 20 ms: a minute at work and a minute at rest without a warning,
# and what it then says of its time is held against the timetable.
from fetched import Test, fetched
from bulkhead import Console, partition, system, window

t = Test()
SECONDS, SHARE = 60, 4  # it has a quarter
FRAME_MS = 20
BOOT = 5                # seconds at most, and as much for the end


def run(what, cpus, seconds=SECONDS, **keys):
    linux = {"name": "linux", "guest": "linux", "image": fetched("vmlinuz"),
             "initrd": fetched("initrd.cpio"),
             "cmdline": f"console=ttyAMA0 nokaslr do={what},{seconds}", "cpus": cpus, "criticality": "C",
             "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}], **keys}
    windows = [[window("linux", 0, 5000), window("steady", 5000, 5000)],
               [window("linux", 0, 5000, cpu=1)]]
    d = system([linux, partition("steady")], FRAME_MS * 1000, windows[:cpus])
    d["co_run"] = [["linux", "steady"]]
    image = t.build(d)
    frames = (seconds + 2 * BOOT) * 1000 // FRAME_MS
    if keys.get("virtual_time") == "frozen":
        frames *= SHARE  # of its seconds, each takes four
    done = t.hvbuild("run", image, "--frames", str(frames))
    told = f"{what}, {cpus} vcpu{'s' * (cpus > 1)}, {keys.get('virtual_time', 'runs')}"
    t.check(done.returncode == 0, f"{told}: the machine runs", done.stderr[-2000:])
    console = Console(done.stdout, True)
    t.equal([m.string for m in console.find(r"^guest: warnings|^<[0-4]>", "linux")],
            ["guest: warnings 0"], f"{told}: no warning in dmesg")
    last = console.find(r"moved (\d+) late \d+ changed (\d+)", "steady")
    t.check(last and last[-1][1] == last[-1][2] == "0", f"{told}: its neighbour keeps its windows")
    up = t.told(console, r"^guest: \w+ \d+ s, up (\d+\.\d+) s", "linux")
    off = t.told(console, r"^\[hv\] (\d+\.\d+) ms  linux: switched off", None)
    cpu = {m[1]: [int(n) / 100 for n in m[2].split()]  # seconds
           for m in console.find(r"^(cpu\d*) +([\d ]+)$", "linux")}
    t.check(len(cpu) == cpus + 1, f"{told}: its processors are told", console.of("linux")[-12:])
    return float(up[1]) if up else 0, float(off[1]) / 1000 if off else 0, cpu


def stolen(cpu):
    return cpu[7]


def idle(cpu):
    return cpu[3]


# At work all that the timetable takes is stolen, from the start of the partition on until shortly
# before its end.
up, off, cpu = run("work", 1, virtual_time="reported")
most = off * (SHARE - 1) / SHARE
t.check(most - 1 <= stolen(cpu["cpu0"]) <= most, "what the timetable takes is stolen", (cpu, up, off))
t.check(SECONDS <= up <= SECONDS + BOOT, "time runs on outside the windows", up)

# Who waits is not robbed: most of a minute is idle, not stolen, on both processors.
up, off, cpu = run("rest", 2, virtual_time="reported")
for name in ("cpu0", "cpu1"):
    t.check(stolen(cpu[name]) < up * 0.1 and idle(cpu[name]) > SECONDS * 0.9,
            f"{name} at rest is idle, not robbed", (cpu, up))

# Without a report the kernel takes a tick that it slept through for work, and knows of nothing stolen.
up, off, cpu = run("work", 1)
t.check(stolen(cpu["cpu0"]) == 0 and sum(cpu["cpu0"][:3]) > up / SHARE * 1.5,
        "who is told nothing counts wrong", (cpu, up))

# Whose counter stands still outside its windows lives through a minute of the module at work, or two at
# rest, as if it had the processor to itself.
for what, seconds in (("work", SECONDS // SHARE), ("rest", SECONDS // 2)):
    up, off, cpu = run(what, 1, seconds, virtual_time="frozen")
    t.check(seconds <= up <= seconds + BOOT, f"frozen, {what}: its own time passes", up)
    t.check(up * SHARE <= off <= (up + 1) * SHARE, f"frozen, {what}: a second takes four of the module's",
            (up, off))
    spent = sum(cpu["cpu0"][:3]) if what == "work" else idle(cpu["cpu0"])
    t.check(stolen(cpu["cpu0"]) == 0 and spent > seconds * 0.9, f"frozen, {what}: all of it is its own", cpu)
t.done()
