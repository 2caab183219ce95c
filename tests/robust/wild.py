#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# The data-type fault model: every hypercall of abi.h with the full product of its dictionaries
# (dictionaries.py), from a normal partition, from a system partition with all rights, and from one
# that was just restarted. Each answer is one that abi.h lists for the call; the neighbour notices
# nothing; the runtime's code, tables, translations and stored images stay what they were; the
# health log holds what was raised on purpose and nothing else.
import re

import dictionaries
from campaign import Machine, Test, fixed_parts, memory_map
from bulkhead import destination, doorbell, partition, source, system, window

EVENTS = ["application_error", "watchdog", "budget", "memory_violation", "illegal_instruction",
          "numeric_error", "stack_overflow", "port_configuration"]
t = Test()
machine = Machine(t.folder.name)
defined = re.findall(r"^#define (HV_\w+) +HV_CALL\(", dictionaries.abi.HEADER.read_text(), re.M)
t.equal(sorted(c.name for c in dictionaries.abi.calls()), sorted(defined),
        f"all {len(defined)} calls that abi.h defines are attacked")
for call in dictionaries.abi.calls():
    t.equal(dictionaries.missing(call), [], f"{call.name}: each argument has a dictionary")

ROLES = ["normal", "system", "newborn"]
RIGHTS = ["switch_schedule", "manage_partitions", "reset_module", "halt_module", "read_log"]
LINKS = [("a", "sampling"), ("b", "sampling"), ("c", "queuing"), ("d", "queuing")]


def link(role, name, kind):
    """A port of the attacker, its partner's at the other end, the channel between them."""
    own, other = (f"{role}.{name}", f"partner.{role}_{name}")
    out = name in "ac"
    end = destination if out else source
    far = end(f"{role}_{name}", kind, **({"refresh": "10ms"} if out and kind == "sampling" else {}))
    near = (source if out else destination)(
        name, kind, **({"refresh": "10ms"} if not out and kind == "sampling" else {}))
    return near, far, {"name": f"{role}_{name}", "type": kind, "max_message": "64B",
                       "from": own if out else other, "to": [other if out else own],
                       **({"depth": 2} if kind == "queuing" else {})}


links = {role: [link(role, *l) for l in LINKS] for role in ROLES}
memory = [{"name": "target", "at": "0x40200000", "size": "8KiB", "rights": "rw"},
          {"name": "only", "at": "0x40210000", "size": "4KiB", "rights": "r"},
          {"name": "block", "shared": "block", "at": "0x40300000", "rights": "r"}]


def attacker(role, number, **keys):
    tally = {"name": "tally", "shared": f"tally_{role}", "at": "0x40310000", "rights": "rw"}
    return partition(role, "wild", memory=[*memory, tally], id=number,
                     ports=[near for near, _, _ in links[role]],
                     health={e: "ignore" for e in EVENTS},
                     **keys)


windows = [window("normal", 0, 1200), window("system", 1200, 1200), window("newborn", 2400, 1200),
           window("target", 3600, 100), window("partner", 3700, 50), window("neighbour", 3750, 200)]
description = system(
    [attacker("normal", 0, devices=["rtc"]), attacker("system", 1, system=True, rights=RIGHTS),
     attacker("newborn", 2), partition("target", "steady", id=3, shutdown_interrupt=99),
     partition("partner", id=4, ports=[far for role in ROLES for _, far, _ in links[role]]),
     partition("neighbour", id=5,
               memory=[{"name": "block", "shared": "block", "at": "0x40300000", "rights": "rw"}])],
    4000, [windows], [c for role in ROLES for _, _, c in links[role]],
    [{"name": "block", "size": "4KiB"}]
    + [{"name": f"tally_{role}", "size": "4KiB"} for role in ROLES],
    # by names of the dictionary, which only one of the attackers finds
    doorbells=[doorbell(name, role, [("target", 100 + n)])
               for n, (name, role) in enumerate(zip(("a", "d", "other"), ROLES))])
description["module"]["health"]["log"] = {"records": 32, "per_frame": 32}
first, = description["schedules"]
first["on_change"] = {p["name"]: "ignore" for p in description["partitions"]}
description["schedules"] = [{**first, "id": 0, "initial": True}, {**first, "name": "other", "id": 1}]

image = t.build(description)
parts = fixed_parts(image)
# Also what no partition may write, as it is at the first look; a restart clears and copies it.
readable = [(start, end - start) for start, end, _, rights, owner in memory_map(image)
            if "w" not in rights and owner.split()[0] in ("normal", "system", "partner", "neighbour")]
silent = []


def look(line):
    if re.search(r"\] (batch|acts)", line):
        if not machine.looked:
            parts.extend((at, machine.read(at, size)) for at, size in readable)
        silent.extend(machine.differences(parts))


console = t.boot(image, until=[r"\[newborn\] done", r"\[normal\] acts", r"\[system\] acts",
                               r"\[hv\] Bulkhead on", r"\[hv\] images verified"], in_turn=True,
                 timeout=280, extra=machine.options, on_line=look)
t.check(console.stopped, "all three make their calls, and the module is reset at the end",
        "\n".join(console.lines[-40:]))
made = acting = numbers = 0
for role in ROLES:
    t.guest_checks(console, role)
    calls = t.told(console, r"calls (\d+) good (\d+) acting (\d+)", role)
    if calls:
        made, acting = made + int(calls[1]), acting + int(calls[3])
        t.check(int(calls[2]) >= 80, f"{role}: some calls are good", calls[0])
    for m in console.find(r"numbers (\d+)", role):
        numbers += int(m[1])
lives = t.told(console, r"^lives (\d+)", "newborn")

# What they raised on purpose, with addresses and codes of the dictionary, and nothing else.
values = {int(v, 0) for v in dictionaries.DICTIONARIES["free"]}
places = "|".join(f"{v >> 16:04x}_{v % 2**16:04x}" if v < 2**32 else "_".join(["ffff"] * 4) for v in values)
RAISED = (r"application error \d+|a port is not as it needs it|"
          "(memory violation|illegal instruction|numeric error|stack overflow) at 0x(" + places + ")")
for role in ROLES:
    # Not each has a line: a frame has 32.
    codes = {int(m[1]) for m in console.find(rf"^\[hv\] .*  {role}: application error (\d+) -> ignore")}
    t.check(codes and codes <= values, f"{role}: the health monitor has its errors", codes)
    for event in RAISED.split("|")[2:6]:
        event = event.strip("(").split(")")[0]
        t.check(console.find(rf"^\[hv\] .*  {role}: {event} at "), f"{role}: {event}, raised by itself")
    for event in ("watchdog", "budget used up"):  # of a few ticks: 1, 15 and 16 ns
        t.check(len(console.find(rf"^\[hv\] .*  {role}: {event} -> ignore")) >= 3,
                f"{role}: {event}, when it set so little")
others = [m.string for m in console.find(r"^\[hv\] +[\d.]+ ms  ")
          if not re.search(rf"(normal|system|newborn): ({RAISED}|watchdog|budget used up) -> ignore",
                           m.string)]
t.equal(others, [], "and nothing else")
t.check(len(readable) >= 4, "the partitions have memory that nobody may write", readable)
t.equal(silent[:9], [], f"code, tables, translations and images unchanged in {machine.looked} looks")
alive = console.find(r"alive, start (\d+), frame (\d+), changed (\d+)", "neighbour")
t.check(len(alive) > 10 and all(m[1] == "1" and m[3] == "0" for m in alive),
        "the neighbour ran on, unchanged", [m.string for m in alive])
steady = [int(m[1]) for m in console.find(r"windows \d+ moved \d+ late \d+ changed (\d+)", "target")]
t.check(steady and not any(steady), "and so did the one that was managed, between its restarts")
t.check(not console.find("exception in the runtime"), "the runtime is well")
t.check(not console.find("FAIL"), "nobody says that a call failed")
t.figure("hypercalls", f"{made:,} calls of {len(dictionaries.abi.calls())} functions from 3 partitions")
t.figure("hypercalls", f"{numbers:,} calls of functions that do not exist")
t.figure("hypercalls", f"{int(lives[1]) if lives else 0} lives of a newborn")
t.figure("hypercalls", f"{t.failed} failures, {len(silent)} silent changes")
t.done()
