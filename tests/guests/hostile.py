#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A Linux that attacks (the script `attack`, as its first program): /dev/mem over all addresses, its
# second processor off and on, the registers of interrupt controller and devices, a reset. Nothing
# outside of its partition changes.
import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "robust"), os.path.join(here, "..", "..", "scripts")]
sys.dont_write_bytecode = True
from fetched import Test, fetched  # noqa: E402
from bulkhead import partition, system, window  # noqa: E402
from campaign import Machine, fixed_parts  # noqa: E402
from initrd import PROGRAM, archive  # noqa: E402

t = Test()
BOUND = 640  # ticks of 16 ns: that of the campaigns of tests/robust
IGNORED = ["memory_violation", "illegal_access", "illegal_instruction", "illegal_call",
           "hardware_fault"]

# The kernel unpacks one archive behind the other.
with open(fetched("initrd.cpio"), "rb") as first, open(os.path.join(here, "attack"), "rb") as second, \
        open(t.place("initrd"), "wb") as both:
    both.write(first.read() + archive([("attack", PROGRAM, second.read())]))
linux = {"name": "linux", "guest": "linux", "image": fetched("vmlinuz"), "initrd": t.place("initrd"),
         "cmdline": "console=ttyAMA0 nokaslr rdinit=/attack", "cpus": 2, "criticality": "C",
         "health": {**{e: "ignore" for e in IGNORED}, "guest_reset": "cold_start"},
         "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}
description = system(
    [linux, partition("one", "steady", devices=["rtc"]), partition("two", "canary")], 20000,
    [[window("linux", 0, 5000), window("one", 5000, 5000), window("linux", 10000, 5000),
      window("two", 15000, 5000)],
     [window("linux", 0, 5000, cpu=1), window("linux", 10000, 5000, cpu=1)]],
    bound=f"{BOUND * 16}ns")
description["co_run"] = [["linux", "one"], ["linux", "two"]]
image = t.build(description)
machine, parts, silent = Machine(t.folder.name), fixed_parts(image), []


def look(line):
    if re.search(r"\] guest: |windows \d+ moved", line):
        silent.extend(machine.differences(parts))


console = t.boot(image, cores=2, timeout=900, extra=machine.options, on_line=look, in_turn=True,
                 until=[r"\] guest: \d+ accesses", r"linux: reset by the guest",
                        r"\] guest: Linux", r"\[one\] windows"])
t.check(console.stopped, "Linux attacks, resets itself and comes up again",
        "\n".join(console.lines[-20:]))
accesses = [int(m[1]) for m in console.find(r"^guest: (\d+) accesses", "linux")]
t.check(len(accesses) == 1 and accesses[0] > 1500, f"{accesses[:1]} accesses by /dev/mem",
        "\n".join(console.of("linux")))
violations = console.find(r"linux: memory violation at 0x[0-9a-f_]+ -> ignore(?: \((\d+) not shown\))?")
count = sum(1 + int(m[1] or 0) for m in violations)
t.check(count > 1500, f"{count} of them are memory violations", count)
t.equal([m.string for m in console.find("^guest: .* times", "linux")],
        ["guest: 20 times off and on, 1"], "its second processor goes off and comes back")
t.check(machine.looked > 10 and not silent,
        f"code, tables, translations and images unchanged in {machine.looked} looks", silent[:9])
last = console.find(r"^windows \d+ moved (\d+) late (\d+) changed (\d+) starts (\d+)", "one")
t.check(last and last[-1][1] == "0" and int(last[-1][2]) <= BOUND and last[-1][3] == "0" and
        last[-1][4] == "1",
        f"one: its windows and memory are its own, {BOUND * 16} ns late at most",
        [m.string for m in last[-1:]])
t.check(len(console.of("two")) == 1, "two: its registers are its own", console.of("two"))
t.check(not console.find("exception in the runtime|module:"), "the runtime is well")
t.done()
