#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The examples of `hvbuild explain` are true: inside a system that is otherwise right the wrong one
gives a finding of its rule, and the right one gives none, of its rule or of those that it needs.

Most examples are put into their system as they stand: comments go, and what they leave out ("...")
is filled in. Where an example tells of a system in words, the system here has every time, size and
percentage that it names.

usage: examples.py HVBUILD
"""
import json
import os
import re
import subprocess
import sys
import tempfile

OWED = "period: 20ms, duration: 5ms"
OFF = "scheduled: false"
NAV = "{partition: nav, start: 0ms, duration: 5ms}"
RADIO = "{partition: radio, start: 5ms, duration: 5ms}"
BOTH = "0: [%s, %s]" % (NAV, RADIO)
PORT = "type: sampling, direction: source, max_message: 8B, local: true"
IMAGE = ", image: none.elf, memory: [{name: c, at: 0x5000_0000, size: 4KiB, rights: rx}," \
    " {name: d, at: 0x5001_0000, size: 4KiB}]"
CODE = "{name: boot, at: 0x5000_0000, size: 64KiB, rights: rx}, "
SCALARS = r"\b\d+(?:\.\d+)? ?(?:ms|us|ns|s|KiB|MiB|B)\b"


def doc(nav=OWED, radio=OWED, cores=BOTH, frame="20ms", module="board: generic", tail="",
        parts=None, schedules=None):
    """A system of two partitions on one core, in which any part can be another."""
    if parts is None:
        parts = "[{name: nav, %s}, {name: radio, %s}]" % (nav, radio)
    if schedules is None:
        schedules = "[{name: main, major_frame: %s, cores: {%s}}]" % (frame, cores)
    return "hvbuild: 1\nmodule: {name: examples, %s}\npartitions: %s\nschedules: %s\n%s\n" % (
        module, parts, schedules, tail)


def real(**changes):
    """The same on a board that a runtime exists for."""
    return doc(**({"nav": OWED + IMAGE, "radio": OWED + IMAGE, "module": "board: qemu-virt"} |
                  changes))


def idle(**changes):
    """Nobody has windows."""
    return doc(**({"nav": OFF, "radio": OFF, "cores": "0: []"} | changes))


def of_nav(text, **changes):
    return doc(nav=OWED + ", " + text, **changes)


def region(text, **changes):
    return of_nav("memory: [%s%s]" % (CODE, text), **changes)


def process(text, **changes):
    return of_nav("processes: [%s]" % text, **changes)


def who(body, fill="", module="board: generic", tail=""):
    """Lines `name: {what}` are partitions, each with a window of its own; body says where `what`
    stands in one."""
    def frame(example):
        found = re.findall(r"(\w+)(?: \(([A-E])\))?: +\{(.*?)\}(?:, |\n|$)", example + "\n")
        if not found:  # a part of one partition
            found = [("nav", "", example.strip().removeprefix("{").removesuffix("}"))]
        parts, windows = [], []
        for i, (name, level, what) in enumerate(found):
            what = what.replace("...", fill) + (", " + fill if "..." not in what and fill else "")
            parts.append("{name: %s, %s, %s%s}" % (
                name, OWED, "criticality: %s, " % level if level else "", body.replace("@", what)))
            windows.append("{partition: %s, start: %dms, duration: 5ms}" % (name, 5 * i))
        return doc(parts="[%s]" % ", ".join(parts), cores="0: [%s]" % ", ".join(windows),
                   module=module, tail=tail)
    return frame


def windows(partition, **changes):
    """Windows that do not say whose they are."""
    return lambda example: doc(cores="0: [%s]" % re.sub(
        r"\{(?=start|cpu)", "{partition: %s, " % partition, example), **changes)


def schedules(**changes):
    def frame(example):
        whole = re.sub(r"\}", ", major_frame: 20ms, cores: {%s}}" % BOTH, example)
        return doc(schedules="[%s]" % whole, **changes)
    return frame


def flow(channels, **ports):
    """Partitions with ports, and channels; each has one window."""
    parts = ["{name: %s, period: 20ms, duration: 4ms, ports: [%s]}" % (n, p)
             for n, p in ports.items()]
    places = ["{partition: %s, start: %dms, duration: 4ms}" % (n, 4 * i)
              for i, n in enumerate(ports)]
    return doc(parts="[%s]" % ", ".join(parts),
               cores="0: [%s]" % ", ".join(places), tail="channels: " + channels)


def port(name, direction, kind="sampling", size="64B", more=""):
    return "{name: %s, type: %s, direction: %s, max_message: %s%s%s}" % (
        name, kind, direction, size, ", depth: 8" if kind == "queuing" else
        ", refresh: 1s" if direction == "destination" else "", more)


AIR = {"sensor": port("air_data", "source"), "nav": port("air_data", "destination")}
LOG = {"log": port("air_data", "destination")}
SPARE = {"spare": port("air_data", "source")}
SAMPLING = "name: air_data, type: sampling, max_message: 64B, "
RTC = "board: generic, platform: {cores: 2, devices: [" \
    "{name: rtc, start: 0x0901_0000, size: 4KiB, intid: 34}," \
    " {name: ethernet, start: 0x0a00_0000, size: 4KiB, dma: true}]}"
SHARED = "shared_memory: [{name: log, size: 64KiB}]"
CABIN = "[{name: cabin, period: 20ms, duration: 5ms, cpus: 2}]"
PAIR = "[{name: nav, %s}, {name: cabin, %s%%s}, {name: maps, %s}]" % (OWED, OWED, OFF)
SIDE = "0: [{partition: nav, start: 10ms, duration: 5ms}]," \
    " 1: [{partition: cabin, start: 10ms, duration: 5ms}]"
APART = "exclusions: [{name: x, members: [radio, vault], never: together}]"
VAULT = "[{name: radio, %s}, {name: vault, %s}]" % (OWED, OWED)
MUTEX = "processes: [{name: a, period: 20ms, wcet: 1ms, priority: 60}," \
    " {name: b, period: 20ms, wcet: 1ms, priority: 20}]," \
    " mutexes: [{name: m, users: [a, b], @}]"
LAW = "name: law, period: 20ms, wcet: 1ms, priority: 50"


def by_core(**changes):
    """`core 0: {...}` and `core 1: {...}`, or windows on core 0 alone."""
    def frame(example):
        cores = re.sub(r"core (\d): (\{[^\n]*\})", r"\1: [\2]", example).replace("\n", ", ")
        return doc(cores=cores, **changes)
    return frame


def rta(example, extra=""):
    """One process, and the windows that the example speaks of."""
    what = re.search(r"\{(.*)\}", example)[1]
    every = re.search(r"every (\d+) ms", example)
    every = every[1] if every else "20"
    return doc("period: %sms, duration: 5ms, %sprocesses: [{name: p, priority: 1, %s}]" % (
        every, extra, what), OFF, "0: [{partition: nav, start: 0ms, duration: 5ms, every: %sms}]" %
               every)


# Where an example goes: "@" is all of it, "@@" what stands between its brackets; a function makes
# the system of it; two of them are for the right and the wrong one. With it comes what "..." is.
FRAMES = {
    "SYN-001": doc(cores="0: [@, %s]" % RADIO),
    "SYN-002": doc(nav="@, duration: 500us", radio=OFF, frame="3ms",
                   cores="0: [{partition: nav, start: 0ms, duration: 500us, every: 1500us}]"),
    "SYN-003": idle(parts="[{@, scheduled: false}]"),
    "SYN-004": region("{name: log, at: 0x5100_0000, @}"),
    "SYN-005": (of_nav("@"), PORT),
    "SYN-007": region("@"),
    "MOD-001": real().replace("module: {name: examples, board: qemu-virt}", "@"),
    "MOD-002": (idle().replace("partitions: [{name: nav, scheduled: false},"
                               " {name: radio, scheduled: false}]", "@"), OFF),
    "MOD-003": (doc(cores="", module="board: generic, platform: {cores: 4}").replace(
        "cores: {}", "@"), [NAV, RADIO]),
    "MOD-008": real(nav="console: pl011, " + OFF + IMAGE, radio=OFF + IMAGE).replace(
        "module: {name: examples, board: qemu-virt}", "@"),
    "MOD-005": real(nav=OFF + IMAGE, radio=OFF + IMAGE, schedules="[{name: a, @, cores: {0: []}}]"),
    "PART-001": (idle(parts="@"), OFF),
    "PART-002": (idle(parts="@"), OFF),
    "PART-003": of_nav("@"),
    "PART-006": of_nav("@"),
    "PART-007": (idle(parts="[@]"), "name: manager, scheduled: false"),
    "PART-008": who("system: true, @", "criticality: A"),
    "PART-009": (doc(parts="[{name: nav, %s}, {name: radio, %s}, @]" % (OWED, OWED)), OWED),
    "PART-010": doc(nav="@"),
    "PART-011": [of_nav("@", radio=OFF, cores="0: [{partition: nav, cpu: 0, start: 0ms, duration: 5"
                        "ms}], 1: [{partition: nav, cpu: 1, start: 0ms, duration: 5ms}]"),
                 of_nav("@")],
    "PART-012": who("system: true, @", "jitter: 1ms"),
    "PART-013": of_nav("@"),
    "PART-014": of_nav("@"),
    "PART-016": [of_nav("@"),
                 of_nav("@", radio=OFF, cores="0: [{partition: nav, cpu: 0, start: 0ms, duration: 5ms"
                        "}], 1: [{partition: nav, cpu: 1, start: 0ms, duration: 5ms}]")],
    "MEM-001": region("@"),
    "MEM-002": [region("@"), who("memory: [%s{at: 0x5100_0000, @}]" % CODE, "rights: rw")],
    "MEM-005": of_nav("memory: @"),
    "MEM-006": of_nav("memory: [@@]"),
    "MEM-008": who("@", module=RTC),
    "MEM-010": [region("{name: l, shared: log, at: 0x5100_0000}", tail="@"),
                who("memory: [%s{name: l, @}]" % CODE, "at: 0x5100_0000, rights: r", tail=SHARED)],
    "MEM-011": of_nav("@", module=RTC),
    "MEM-021": of_nav("@", module=RTC),
    "MEM-022": (of_nav("trusted_dma: its driver was reviewed, @", module=RTC),
                "size: 64KiB, rights: rx"),
    "MEM-013": region("@"),
    "MEM-015": (real(nav=OWED + ", image: none.elf, memory: @"),
                ["at: 0x5000_0000, size: 4KiB", "at: 0x5100_0000, size: 4KiB"]),
    "MEM-023": region("@"),
    "MEM-018": (region("@, {name: more, at: 0x5800_0000, size: 4KiB}"),
                "at: 0x5100_0000, size: 4KiB"),
    "SHM-001": [region("{name: l, shared: log, at: 0x5100_0000}", tail="@"),
                region("{name: l, shared: logs, at: 0x5100_0000}", tail="@")],
    "SHM-002": who("memory: [%s{name: l, @}]" % CODE, "at: 0x5100_0000", tail=SHARED),
    "SHM-003": [region("{name: l, shared: log, at: 0x5100_0000}", tail="shared_memory: [@]"),
                (region("@", tail=SHARED), "name: l, at: 0x5100_0000")],
    "SHM-004": who("memory: [%s{name: l, @}]" % CODE, "at: 0x5100_0000", tail=SHARED),
    "SCHED-001": idle(schedules="[{name: main, @, cores: {0: []}}]"),
    "SCHED-002": doc(nav="period: 10ms, duration: 1ms", schedules=(
        "[{name: main, @, cores: {0: [{partition: nav, start: 0ms, duration: 1ms, every: 10ms},"
        " {partition: radio, start: 1ms, duration: 5ms, every: 20ms}]}}]")),
    "SCHED-004": doc(radio=OFF, cores="0: [@]"),
    "SCHED-005": doc(nav="period: 100ms, duration: 5ms", radio=OFF, frame="100ms", cores="0: [@]"),
    "SCHED-006": doc(nav="period: 20ms, duration: 10ms", radio="period: 20ms, duration: 10ms",
                     cores="0: @"),
    "SCHED-007": (doc(parts="[{name: flight_controls, %s}]" % OWED, cores="0: [@]"),
                  "start: 0ms, duration: 5ms"),
    "SCHED-008": [doc(nav="@", radio=OFF, frame="40ms", cores="0: [{partition: nav, start: 0ms, "
                      "duration: 5ms, every: 20ms}]"),
                  doc(nav="@", radio=OFF, frame="40ms", cores="0: [{partition: nav, start: 0ms, "
                      "duration: 10ms}]")],
    "SCHED-010": lambda e: windows("nav", radio=OFF, frame="40ms")(e.split(": ", 1)[1]),
    "SCHED-011": process("{%s}" % LAW, radio=OFF, cores="0: [@]"),
    "SCHED-012": [doc("period: 25ms, duration: 5ms, processes: [{name: p, period: 25ms, wcet: 1ms, "
                      "priority: 1}]", OFF, "0: [{partition: nav, start: %dms, duration: 5ms}, "
                      "{partition: nav, start: 30ms, duration: 5ms}]" % start, "50ms") +
                  "# 5 ms 0 ms" for start in (5, 0)],
    "SCHED-013": (doc(nav="period: 20ms, duration: 10ms", radio=OFF, cores="0: [@]"),
                  "partition: nav, duration: 5ms"),
    "SCHED-014": doc(nav="period: 20ms, @", radio=OFF, cores="0: [{partition: nav, start: 0ms, @}]",
                     module="board: generic, platform: {min_window: 20us}"),
    "SCHED-015": (lambda e: doc(cores="0: [%s]" % e.replace("\n", ", "),
                                module="board: generic, switch_in: gap, switch_cost: 50us"),
                  "duration: 5ms"),
    "SCHED-016": [doc("period: 40ms, duration: 32ms", OFF, "0: [{partition: nav, start: 0ms, "
                      "duration: %dms}]" % duration, "40ms", "board: generic, @")
                  for duration in (32, 33)],
    "SCHED-017": (doc(parts="[@, {name: radio, %s}]" % OWED), "criticality: A"),
    "SCHED-022": of_nav("@", radio=OFF, cores="0: [%s]" % NAV),
    "SCHED-027": doc(nav=OFF, radio=OWED, cores="0: [@]",
                     module="board: generic, switch_cost: 20us"),
    "SCHED-026": lambda e: doc(*[p.replace(" on one core", "") for p in e.split(" and ")],
                               module="board: generic, platform: {cores: 1}",
                               schedules="[{name: main, synthesize: true}]"),
    "SCHED-019": windows("nav", nav="period: 1s, duration: 1ms", radio=OFF, frame="1s"),
    "SCHED-021": [doc("period: 25ms, duration: 5ms, @", OFF, "0: [%s]" % ", ".join(
        "{partition: nav, start: %dms, duration: 5ms}" % start for start in (0, at, 50)), "75ms")
                  for at in (26, 27)],
    "MSCHED-001": schedules(),
    "MSCHED-002": schedules(),
    "MC-001": [(doc(parts=CABIN, cores="0: [{partition: cabin, cpu: 0, start: 0ms, duration: 5ms}],"
                    " 1: [{partition: cabin, cpu: %d, start: 0ms, duration: 5ms}]" % cpu))
               for cpu in (1, 2)],
    "MC-002": [(doc(parts=CABIN).replace("cores: {%s}" % BOTH, "cores: @"),
                "start: 0ms, duration: 5ms"),
               (doc(parts=CABIN).replace("cores: {%s}" % BOTH, "cores: @"), "duration: 5ms")],
    "MC-003": lambda e: doc(parts=CABIN).replace("{%s}" % BOTH, e.replace(
        "{cpu", "{partition: cabin, cpu")),
    "MC-004": [of_nav("cpus: 2, processes: [{%s, cpu: %d}]" % (LAW, cpu), radio=OFF, cores="0: [%s]"
                      ", 1: [{partition: nav, cpu: 1, start: 0ms, duration: 5ms}]" % NAV)
               for cpu in (1, 2)],
    "MC-007": doc(parts=PAIR % "", cores=SIDE, tail="@"),
    "MC-008": [of_nav("@, processes: [{%s}]" % LAW, cores="0: [%s], 1: [%s]" % (
        NAV, RADIO.replace("5ms,", "0ms,"))),
               of_nav("@, processes: [{%s}]" % LAW, cores="0: [%s], 1: [%s]" % (
                   NAV, RADIO.replace("5ms,", "0ms,")))],
    "MC-009": [doc(parts=PAIR.replace("nav,", "nav, resources: [{name: bus, amount: 60}],") %
                   (", resources: [{name: bus, amount: %d}]" % amount), cores=SIDE,
                   tail="resources: [{name: bus, @}]") for amount in (40, 50)],
    "MC-011": by_core(parts=VAULT, tail=APART),
    "MC-013": [doc(parts=VAULT, cores="0: [{partition: radio, start: 0ms, duration: 5ms}], 1: ["
                   "{partition: vault, start: %s, duration: 5ms}]" % start, tail=APART,
                   module="board: generic, @") for start in ("5001us", "5ms")],
    "PORT-001": (of_nav("@"), PORT),
    "PORT-002": of_nav("ports: [{name: a, type: sampling, max_message: 8B, local: true, @}]"),
    "PORT-003": of_nav("ports: [{name: a, type: sampling, direction: source, local: true, @}]"),
    "PORT-004": of_nav("ports: [{name: a, type: queuing, direction: source, max_message: 8B, "
                       "local: true, @}]"),
    "PORT-005": of_nav("ports: [@]"),
    "PORT-006": (of_nav("ports: [@]"),
                 "name: a, direction: destination, max_message: 8B, local: true"),
    "CHAN-001": (flow("@", sensor=port("x", "source") + ", " + port("y", "source"),
                      nav=port("a", "destination") + ", " + port("b", "destination"))
                 .replace("channels: @", "@"),
                 ["type: sampling, max_message: 64B, from: sensor.%s" % ends
                  for ends in ("x, to: nav.a", "y, to: nav.b")]),
    "CHAN-002": flow("[{%s@, to: nav.air_data}]" % SAMPLING, **AIR, **SPARE),
    "CHAN-003": flow("[{%sfrom: sensor.air_data, @}]" % SAMPLING, **AIR),
    "CHAN-004": (flow("[@]", nav=port("commands", "source", "queuing"),
                      actuators=port("commands", "destination", "queuing"),
                      log=port("commands", "destination", "queuing")),
                 "name: commands, max_message: 64B, depth: 8, from: nav.commands"),
    "CHAN-005": flow("[{%sfrom: sensor.air_data, @}]" % SAMPLING, **AIR),
    "CHAN-006": [flow("[{%s@, to: nav.air_data}]" % SAMPLING, **AIR),
                 flow("[{%s@, to: nav.air_data}]" % SAMPLING, **(
                     AIR | {"sensor": port("air_data", "destination")}))],
    "CHAN-007": [(flow("[@]", a=port("x", "source", "queuing"),
                       b=port("x", "destination", "queuing")),
                  "name: x, max_message: 64B, depth: 8, from: a.x, to: b.x"),
                 (flow("[@]", a=port("x", "source"), b=port("x", "destination", "queuing")),
                  "name: x, max_message: 64B, depth: 8, from: a.x, to: b.x")],
    "CHAN-008": (flow("[{%sfrom: sensor.air_data, to: nav.air_data}]" % SAMPLING,
                      **(AIR | {"sensor": "@"})), "type: sampling, direction: source"),
    "CHAN-009": [flow("[{%s@}]" % SAMPLING, **AIR, **LOG),
                 lambda e: flow("[%s]" % re.sub(
                     r"\{from(.*?(\w+)\.air_data\})", r"{name: to_\2, %sfrom\1" % SAMPLING.replace(
                         "name: air_data, ", ""), e), **AIR, **LOG)],
    "CHAN-010": [(of_nav("ports: [@]"), "type: sampling, direction: source, max_message: 8B")] * 2,
    "CHAN-012": (flow("[@]", nav=port("out", "source") + ", " + port("in", "destination")),
                 "name: c, type: sampling, max_message: 64B"),
    "CHAN-013": (flow("[{name: c, type: queuing, max_message: 64B, depth: 8, from: a.commands,"
                      " to: b.x}]", a="@", b=port("x", "destination", "queuing")),
                 "type: queuing, direction: source, max_message: 64B"),
    "PROC-001": (process("@@"), "period: 20ms, wcet: 1ms, priority: 5"),
    "PROC-003": process("{name: law, period: 20ms, wcet: 1ms, @}"),
    "PROC-004": process("{name: law, wcet: 1ms, priority: 1, @}", frame="120ms", radio=OFF, cores=(
        "0: [{partition: nav, start: 0ms, duration: 5ms, every: 20ms}]")),
    "PROC-005": process("{name: law, wcet: 1ms, priority: 1, @}"),
    "PROC-006": [of_nav("@, processes: [{%s, stack: 8KiB}, {name: b, period: 20ms, wcet: 1ms, "
                        "priority: 1, stack: %s}]" % (LAW, size)) for size in ("4KiB", "4100B")],
    "PROC-007": (process("@"), LAW),
    "PROC-009": of_nav(MUTEX),
    "PROC-010": of_nav("@"),
    "PROC-011": process("{name: law, wcet: 1ms, priority: 1, @}"),
    "PROC-012": (of_nav("semaphores: [@]"), "name: s"),
    "HM-009": of_nav("@"),
    "HM-016": of_nav("system: true, @", schedules="[%s]" % ", ".join(
        "{name: %s, major_frame: 20ms, on_change: {nav: ignore, radio: ignore}, "
        "change_within: 20ms, cores: {%s}}" % (name, BOTH) for name in ("main", "safe"))),
    "IRQ-001": who("@", module=RTC),
    "IRQ-002": of_nav("@", module=RTC),
    "IRQ-003": who("@", "criticality: A", module=RTC),
    "IRQ-004": of_nav("interrupts: [@]", module=RTC),
    "IRQ-005": of_nav("interrupts: [@]", radio=OFF, module=RTC, cores="0: [%s]" % NAV),
    "IRQ-006": doc(tail="@"),
    "IO-001": region("@", module=RTC),
    "RTA-001": [process("{name: p, period: 20ms, priority: 1, wcet: %dms}" % wcet, radio=OFF,
                        cores="0: [%s]" % NAV) for wcet in (4, 6)],
    "RTA-002": rta,
    "RTA-003": rta,
    "RTA-004": lambda e: rta(e, "scheduling: edf, "),
    "RTA-005": of_nav("@, processes: [{name: p, period: 40ms, wcet: 8ms, deadline: 10ms, "
                      "priority: 1}]", radio=OFF, frame="40ms", cores="0: [{partition: nav, "
                      "start: 0ms, duration: 8ms, every: 20ms}]"),
    "RTA-007": [process("{name: p, period: 20ms, priority: 1, wcet: 1ms}, {name: q, period: 20ms, "
                        "priority: 2%s}" % wcet, radio=OFF) for wcet in (", wcet: 1ms", "")],
    "CHAN-017": [flow("[{%sfrom: nav.air_data, to: radio.air_data}]" % SAMPLING,
                      **{"nav": AIR["sensor"] + "], criticality: A, buffers: 0, rights: [",
                         "radio": AIR["nav"] + "], criticality: C, rights: ["}),
                 flow("[{%sfrom: radio.air_data, to: nav.air_data}]" % SAMPLING,
                      **{"nav": AIR["nav"] + "], criticality: A, rights: [",
                         "radio": AIR["sensor"] + "], criticality: C, rights: ["})],
    "SCHED-018": [doc("period: 20ms, duration: %dms, cores: [0]" % duration,
                      "period: 40ms, duration: 20ms, cores: [0]", "0: [{partition: nav, start: 0ms, "
                      "duration: %dms, every: 20ms}, {partition: radio, start: %dms, duration: %dms"
                      ", every: 20ms}]" % (duration, duration, 20 - duration), "40ms")
                  for duration in (10, 12)],
    "MC-005": lambda e: doc("period: 20ms, duration: 5ms", OFF, re.sub(
        r"core (\d): (.*)", r"\1: [\2]", e).replace("\n", ", ").replace(
            "{cpu", "{partition: nav, duration: 5ms, cpu"), "40ms"),
    "LAT-005": (lambda e: flow("[{%sfrom: sensor.air_data, to: nav.air_data}]" % SAMPLING, **AIR)
                .replace("cores: {0: [{partition: sensor, start: 0ms, duration: 4ms}, "
                         "{partition: nav, start: 4ms, duration: 4ms}]}",
                         "cores: {0: %s}" % e.replace("ms}", "ms, duration: 4ms}")), ""),
    "LAT-001": [flow("[{%sfrom: sensor.air_data, to: nav.air_data}]" % SAMPLING, **(
        AIR | {"nav": port("air_data", "destination").replace("refresh: 1s", "@")})),
                re.sub("20ms", "63ms", flow("[{%sfrom: sensor.air_data, to: nav.air_data}]" %
                       SAMPLING, **(AIR | {"nav": port("air_data", "destination").replace(
                           "refresh: 1s", "@")})))],
}

IMAGES = "about images: the tests of images show it"
WORDS = "in words"
TABLES = "takes whole health tables"
NOT_RUN = {
    "SYN-006": "takes files", "SYN-008": "every system has some", "SYN-009": "about XML",
    "SCHED-003": "about XML", "CHAN-011": "about XML", "MOD-004": "takes 17 schedules",
    "MOD-006": WORDS,
    "PROC-002": "takes 129 processes", "PROC-008": TABLES, "MC-006": "leaves out all its windows",
    "CHAN-015": WORDS, "CHAN-016": "takes processes that wait for each other",
    "LAT-003": WORDS, "LAT-004": WORDS, "LAT-006": WORDS,
}
NOT_RUN.update({"MSCHED-%03d" % n: WORDS for n in (4, 5, 6, 7, 8, 9, 10, 12)})
NOT_RUN.update({"HM-%03d" % n: TABLES for n in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 14, 15)})
NOT_RUN.update({r: IMAGES for r in ["MOD-007", "PART-004", "PART-005", "MEM-003", "MEM-004",
                                    "MEM-007", "MEM-009", "MEM-014", "MEM-017", "MEM-020",
                                    "IRQ-007", "PART-015", "SCHED-025",
                                    "BLD-008"]})


def plain(example):
    return "\n".join(re.sub(r"\s+#.*", "", line) for line in example.split("\n"))


def filled(example, fill):
    fills = iter(fill if isinstance(fill, list) else [fill] * 9)
    text = re.sub(r"\.\.\.", lambda _: next(fills), example)
    return re.sub(r", ([}\]])", r"\1", text)


def system(rule, which):
    """The system around the right (0) or the wrong (1) example."""
    example = rule["bad" if which else "good"]
    entry = FRAMES[rule["id"]]
    if isinstance(entry, list):
        entry = entry[which]
    frame, fill = entry if isinstance(entry, tuple) else (entry, "")
    if callable(frame):
        whole = frame is rta or rule["id"] == "RTA-004"  # there the comments tell of windows
        return frame(example if whole else filled(plain(example), fill))
    if "@" not in frame:
        told = [t.replace(" ", "") for t in re.findall(SCALARS, example)]
        missing = [t for t in told if t not in frame.replace(" ", "")]
        assert not missing, "%s: no %s in the system" % (rule["id"], missing)
        return frame
    text = re.sub(r",?\n *", ", ", filled(plain(example), fill))
    return frame.replace("@@", text.strip("[]")).replace("@", text)


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    listed = subprocess.run([hvbuild, "rules", "--format", "json"], check=True,
                            capture_output=True, text=True)
    rules = [r for r in json.loads(listed.stdout) if r["checked"] and r["good"] and r["bad"]]
    run = [r for r in rules if r["id"] in FRAMES]
    ids = [r["id"] for r in rules]
    with tempfile.TemporaryDirectory() as root:
        names = {}
        for rule in run:
            for which in (0, 1):
                names["%s-%d.yaml" % (rule["id"], which)] = text = system(rule, which)
                with open(os.path.join(root, "%s-%d.yaml" % (rule["id"], which)), "w",
                          encoding="utf-8") as f:
                    f.write(text)
        checked = subprocess.run([hvbuild, "check", "--quiet", "--message-format", "json", *names],
                                 cwd=root, capture_output=True, text=True, timeout=120, check=False)
    found = {name: [] for name in names}
    for line in checked.stderr.splitlines():
        message = json.loads(line)
        if message["level"] != "info":
            found[message["spans"][0]["file"]].append(message)
    print("1..%d" % (len(run) + 1))
    failed = 0
    for number, rule in enumerate(run, 1):
        right, wrong = (found["%s-%d.yaml" % (rule["id"], which)] for which in (0, 1))
        barred = {rule["id"], "SYN-001", "SYN-002", *rule["needs"]}
        good = rule["id"] in {m["code"] for m in wrong} and \
            not barred & {m["code"] for m in right}
        failed += not good
        print("%sok %d - the examples of %s" % ("" if good else "not ", number, rule["id"]))
        if not good:
            for which, messages in enumerate((right, wrong)):
                print("# " + names["%s-%d.yaml" % (rule["id"], which)].replace("\n", "\n# "))
                for m in messages:
                    print("#  %s" % m["rendered"].replace("\n", "\n#  "))
    once = sorted(FRAMES) + sorted(NOT_RUN)
    odd = sorted(set(once) ^ set(ids)) + [i for i in once if once.count(i) > 1]
    print("%sok %d - every rule with examples has a system for them, or a reason" % (
        "not " if odd else "", len(run) + 1))
    for rule in odd:
        print("# " + rule)
    sys.exit(1 if failed or odd else 0)


main()
