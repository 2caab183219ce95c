#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Debian's kernel, unmodified, in half of the time, beside two bare partitions whose windows stay where
# they belong whatever it does: with one and with two vcpus, at rest, switched off and restarted.
import re

from fetched import Test, fetched
from bulkhead import Console, partition, system, window

t = Test()
BOUND = 640  # ticks of 16 ns: that of the campaigns of tests/robust
FRAME_MS = 20


def describe(cpus, what, two):
    """Linux and the bare partitions in turn on core 0, its second vcpu alone on core 1."""
    linux = {"name": "linux", "guest": "linux", "image": fetched("vmlinuz"),
             "initrd": fetched("initrd.cpio"), "cmdline": f"console=ttyAMA0 nokaslr do={what}",
             "cpus": cpus, "criticality": "C", "devices": ["rtc"],
             "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}
    cores = [[window("linux", 0, 5000), window("one", 5000, 5000), window("linux", 10000, 5000),
              window("two", 15000, 5000)]]
    if cpus == 2:
        cores.append([window("linux", 0, 5000, cpu=1), window("linux", 10000, 5000, cpu=1)])
    d = system([linux, partition("one", "steady"), partition("two", two)], FRAME_MS * 1000,
               cores, bound=f"{BOUND * 16}ns")
    d["module"]["trace"] = {"events": ["windows"], "records": 65536}
    d["co_run"] = [["linux", "one"], ["linux", "two"]]
    return d


def run(cpus, what, seconds, two):
    """What the console says in that time of the machine; the windows are held against the plan."""
    image, frames = t.build(describe(cpus, what, two)), seconds * 1000 // FRAME_MS
    done = t.hvbuild("run", image, "--frames", str(frames), "--trace", t.place("trace"))
    t.check(done.returncode == 0, "the machine runs", done.stderr[-2000:])
    judged = t.hvbuild("trace", t.place("trace"), image)
    windows = re.findall(r"core 0  window \d+: (\w+), (\d+) ns late", judged.stdout)
    for name in ("one", "two"):
        late = [int(ns) for who, ns in windows if who == name]
        t.check(len(late) >= frames and max(late) <= BOUND * 16,
                f"{name}: every window, {BOUND * 16} ns late at most", (len(late), max(late, default=0)))
    t.check(judged.returncode == 0, "each core keeps to its plan", judged.stderr[-3000:])
    t.note(judged.stderr.splitlines()[-1] + f", at most {max(int(ns) for _, ns in windows)} ns on core 0")
    console = Console(done.stdout, True)
    for name in ["one"] if two == "canary" else ["one", "two"]:
        last = console.find(r"^windows \d+ moved (\d+) late (\d+) changed (\d+) starts (\d+)", name)
        t.check(last and last[-1][1] == "0" and last[-1][3] == "0" and last[-1][4] == "1",
                f"{name}: its windows and memory are its own", [m.string for m in last[-1:]])
    if two == "canary":
        t.check(len(console.of("two")) == 1, "two: its registers are its own", console.of("two"))
    return console


for cpus, rest, two in ((1, 5, "canary"), (2, 60, "steady")):
    console = run(cpus, f"rest,{rest}", rest + 4, two)
    t.check(console.find(r"^guest: Linux 6\.\d+\.\S+ aarch64$", "linux"), "uname", console.of("linux")[-5:])
    t.equal([m[1] for m in console.find(r"^guest: processors (\d+)", "linux")], [str(cpus)],
            f"Linux has {cpus} of {cpus} processors")
    timers = console.find(r"^ *\d+: +(\d+) +(\d+)? *GICv3 +27 Level +arch_timer", "linux")
    t.check(len(timers) == 2 and all(int(n) > 50 for m in timers for n in m.groups()[:cpus]),
            "/proc/interrupts counts its timers", [m.string for m in timers])
    t.check(console.find(r"GICv3 +33 Level +uart-pl011", "linux") and
            console.find(r"GICv3 +34 Level +rtc-pl031", "linux"), "the UART and the clock are there")
    told = t.told(console, rf"^guest: rested {rest} s, up (\d+)\.\d+ s", "linux")
    t.check(told and rest <= int(told[1]) <= rest + 3, "time runs for it outside its windows", told)
    t.equal([m.string for m in console.find(r"^guest: warnings|^<[0-4]>", "linux")],
            ["guest: warnings 0"], "no warning in dmesg")
    t.check(console.find(r"\[hv\] .* linux: switched off by the guest -> halt"), "off is halted")

console = run(2, "reboot", 8, "canary")
t.check(len(console.find(r"linux: reset by the guest -> cold start")) >= 1 and
        len(console.find(r"^guest: processors 2", "linux")) >= 2, "reboot starts Linux anew",
        "\n".join(l for l in console.lines if "[hv]" in l))
t.done()
