#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks one constraint of a good system at a time and expects exactly that one finding.

What the rule files show on tiny systems is shown here on two with something of everything: a
mistake gives one finding of its rule, and nothing else. mutate.yaml has images and a board that they
run on; mutate-rich.yaml has several schedules, processes, and all that is only checked.

usage: mutate.py HVBUILD
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import elf

HERE = os.path.dirname(os.path.abspath(__file__))

# (rule, first text of a part, text in the part, what it becomes), and more such pairs where one
# mistake shows in several places
PLAIN = [
    ("SYN-001", "name: sensor", "criticality: A", "critical: A"),
    ("SYN-002", "name: sensor", "duration: 4ms", "duration: 4"),
    ("SYN-003", "name: stored", "name: stored", "name: stored.away"),
    ("SYN-004", "name: stored", "size: 64KiB", "size: 64K"),
    ("SYN-005", "name: stored", "name: stored", "name: Sensor"),
    ("SYN-006", "module:", "board: qemu-virt", "board: qemu-vert"),
    ("SYN-007", "name: sensor", "id: 10", "id: 10\n    id: 11"),
    ("SYN-007", "name: control", "name: kept", "name: data"),
    ("MOD-001", "module:", "name: mutate", "name: ''"),
    ("MOD-003", "      2:", "2:", "8:"),
    ("MOD-005", "schedules:", "major_frame: 40ms", "major_frame: 39999999ns"),
    ("MOD-008", "module:", "console_input: control", "console_input: contrl"),
    ("PART-001", "name: control", "id: 20", "id: 10"),
    ("PART-003", "name: control", "id: 20", "id: 4294967294"),
    ("PART-004", "name: display", "elf/ok.elf", "elf/entry-outside.elf"),
    ("PART-005", "name: display", "elf/ok.elf", "elf/x86.elf"),
    ("PART-006", "name: display", "criticality: C", "criticality: F"),
    ("PART-009", "name: stored", "    scheduled: false\n", ""),
    ("PART-009", "cores:", "partition: idle", "partition: stored"),
    ("PART-010", "name: control", "duration: 2ms", "duration: 11ms"),
    ("PART-011", "name: display", "cpus: 2", "cpus: 3"),
    ("PART-016", "name: display", "cpus: 2", "cpus: 2\n    virtual_time: frozen"),
    ("MEM-001", "name: control", "at: 0x4000_0000", "at: 0x4000_0800"),
    ("MEM-001", "name: control", "size: 4KiB", "size: 4095B"),
    ("MEM-002", "name: control", "phys: 0x5001_0000", "phys: 0x5000_f000"),
    ("MEM-003", "name: control", "phys: 0x5001_0000", "phys: 0x9000_0000"),
    ("MEM-004", "name: control", "phys: 0x5001_0000", "phys: 0x4020_0000"),
    ("MEM-005", "name: control", "at: 0x4011_0000", "at: 0x4010_f000"),
    ("MEM-005", "name: sensor", "at: 0x4020_0000", "at: 0x0900_8000"),
    ("MEM-006", "name: control", "size: 4KiB, rights: rw", "size: 4KiB, rights: rwx"),
    ("MEM-007", "name: display", "elf/ok.elf", "elf/text-in-both.elf"),
    ("MEM-008", "name: control", "devices: [gpio]", "devices: [rtc]"),
    ("MEM-008", "name: control", "devices: [gpio]", "devices: [gicr]"),
    ("MEM-009", "name: display", "at: 0x4010_0000", "at: 0x4010_1000"),
    ("MEM-010", "name: control", "shared: log, rights: r", "shared: log, rights: r, cached: false"),
    ("MEM-013", "name: control", "at: 0x4020_0000", "at: 0x7f_ffff_f000"),
    ("MEM-014", "name: display", "size: 64KiB, rights: rw", "size: 1GiB, rights: rw"),
    ("MEM-015", "name: stored", "rights: rx", "rights: r"),
    ("MEM-018", "name: control", "size: 4KiB, rights: rw", "size: 4KiB, rights: r"),
    ("MEM-023", "name: control", "keep: true", "keep: true, guard: true"),
    ("SHM-001", "name: control", "shared: log", "shared: lag"),
    ("SHM-002", "name: control", "shared: log, rights: r", "shared: log, rights: rw"),
    ("SHM-003", "name: control", "shared: log, rights: r", "shared: log, rights: rx"),
    ("SHM-003", "shared_memory:", "size: 64KiB", "size: 63KiB"),
    ("SCHED-001", "schedules:", "major_frame: 40ms", "major_frame: 0"),
    ("SCHED-002", "name: display", "period: 40ms", "period: 25ms"),
    ("SCHED-002", "schedules:", "major_frame: 40ms", "major_frame: 50ms"),
    ("SCHED-004", "partition: sensor", "duration: 4ms", "duration: 0ms"),
    ("SCHED-005", "partition: sensor", "start: 0ms", "start: 17ms"),
    ("SCHED-005", "partition: idle", "start: 4ms", "start: 40ms"),
    ("SCHED-006", "partition: idle", "start: 4ms", "start: 3999999ns"),
    ("SCHED-006", "partition: idle", "start: 4ms", "start: 22ms"),
    ("SCHED-007", "partition: idle", "partition: idle", "partition: idel"),
    ("SCHED-008", "name: sensor", "duration: 4ms", "duration: 4000001ns"),
    ("SCHED-008", "partition: sensor", "every: 20ms", "every: 40ms"),
    ("SCHED-010", "partition: control", "every: 10ms}",
     "every: 10ms}\n        - {partition: control, start: 8ms, duration: 2500us}"),
    ("SCHED-012", "partition: sensor", "start: 0ms, duration: 4ms, every: 20ms}",
     "start: 0ms, duration: 4ms}\n        - {partition: sensor, start: 24ms, duration: 4ms}"),
    ("SCHED-013", "partition: sensor", "every: 20ms}", "every: 40ms, period_start: true}\n"
     "        - {partition: sensor, start: 20ms, duration: 4ms}"),
    ("SCHED-014", "partition: control", "duration: 2ms", "duration: 2us"),
    ("SCHED-027", "partition: control", "duration: 2ms", "duration: 2ms, flush: true"),
    ("SCHED-017", "name: control", "    period: 10ms\n", ""),
    ("SCHED-018", "name: sensor", "duration: 4ms", "duration: 18ms"),
    ("SCHED-019", "partition: control", "duration: 2ms, every: 10ms",
     "duration: 20us, every: 30ns"),
    ("MC-001", "      2:", "cpu: 1", "cpu: 2"),
    ("MC-002", "      2:", "cpu: 1", "cpu: 0"),
    ("MC-003", "      2:", "start: 10ms", "start: 11ms"),
    ("MC-005", "      2:", "cpu: 1, start: 10ms, duration: 5ms}",
     "cpu: 1, start: 10ms, duration: 5ms}\n"
     "        - {partition: control, start: 5ms, duration: 1ms}"),
    ("PORT-001", "name: sensor", "name: spare", "name: air"),
    ("PORT-002", "name: sensor", "direction: destination", "direction: sideways"),
    ("PORT-003", "name: sensor", "max_message: 8B", "max_message: 9KiB"),
    ("PORT-003", "channels:", "max_message: 32B", "max_message: 0B"),
    ("PORT-004", "name: sensor", "depth: 8", "depth: 0"),
    ("PORT-005", "name: display", ", refresh: 80ms", ""),
    ("PORT-006", "name: control", "direction: source", "direction: source, refresh: 5ms"),
    ("CHAN-001", "channels:", "name: orders", "name: air"),
    ("CHAN-002", "channels:", "from: sensor.air", "from: [sensor.air, sensor.spare]"),
    ("CHAN-004", "channels:", "to: sensor.orders", "to: [sensor.orders, display.notes]"),
    ("CHAN-005", "channels:", "to: sensor.orders", "to: sensor.order"),
    ("CHAN-006", "channels:", "to: sensor.orders", "to: control.orders"),
    ("CHAN-006", "channels:", "from: control.orders, to: sensor.orders",
     "from: sensor.orders, to: control.orders"),
    ("CHAN-007", "channels:", "name: orders, type: queuing, max_message: 32B, depth: 8",
     "name: orders, type: sampling, max_message: 32B"),
    ("CHAN-008", "name: sensor", "max_message: 64B", "max_message: 65B"),
    ("CHAN-009", "channels:", "display.air]", "display.air, display.air]"),
    ("CHAN-010", "name: sensor", ", local: true", ""),
    ("CHAN-012", "channels:", "depth: 8, ", "depth: 8, local: true, "),
    ("CHAN-013", "name: sensor", "depth: 8", "depth: 7"),
    ("HM-009", "name: control", "    devices:", "    health: {hardware_fault: ignore}\n    devices:"),
    ("IRQ-006", "doorbells:", "interrupt: 100", "interrupt: 39"),
    ("IRQ-006", "doorbells:", "cpu: 1", "cpu: 2"),
    ("SYN-001", "doorbells:", "from: sensor", "from: censor"),
    ("SYN-001", "doorbells:", "partition: display", "partition: dismay"),
    ("SYN-003", "doorbells:", "name: fresh", "name: ' fresh'"),
    ("IRQ-003", "name: control", "    devices:", "    interrupts: [{intid: 34}]\n    devices:"),
    ("PART-002", "name: stored", "name: stored", "name: display"),
    ("MEM-017", "name: stored", "stack: 16KiB", "stack: 52KiB"),
]
RICH = [
    ("MC-001", "name: nav", "cores: [0]", "cores: [1, 2, 3]"),
    ("MC-004", "name: servo", "cpu: 0", "cpu: 1"),
    ("MC-006", "      3:", "frame: 40ms", "frame: 80ms"),
    ("MC-007", "co_run:", "[[nav, servo, cabin, display, radio, vault]]",
     "[[nav, cabin, display, radio, vault], [servo, radio, display, vault]]"),
    ("MC-008", "name: nav", "wcet_basis: contended", "wcet_basis: alone"),
    ("MC-009", "name: radio", "amount: 10", "amount: 11"),
    ("MC-011", "schedules:", "start: 6ms", "start: 4999999ns"),
    ("MC-011", "exclusions:", "members: [nav, vault]", "members: [nav, servo]"),
    ("MC-013", "schedules:", "start: 6ms", "start: 5000999ns"),
    ("PART-007", "name: nav", "    system: true\n", ""),
    ("PART-008", "name: servo", "read_log", "patch_memory"),
    ("PART-012", "name: cabin", "read_log", "reset_module"),
    ("PART-012", "name: cabin", "read_log", "halt_module"),
    ("PART-013", "name: nav", "initialisation: 3ms", "initialisation: 4000001ns"),
    ("PART-014", "name: nav", "initialisation: 3ms", "initialisation: 3ms\n    reload: none"),
    ("CHAN-017", "name: radio", "criticality: C", "criticality: B"),
    ("SHM-004", "name: vault", "criticality: D", "criticality: B"),
    ("IRQ-001", "name: radio", "intid: 70", "intid: 60"),
    ("IRQ-001", "name: radio", "intid: 70", "intid: 1020"),
    ("IRQ-002", "name: radio", "intid: 70", "intid: 26"),
    ("IRQ-002", "name: radio", "intid: 70", "intid: 63"),
    ("IRQ-003", "name: radio", "intid: 70", "intid: 62"),
    ("IRQ-004", "name: radio", "every: 10ms", "every: 10us"),
    ("IO-001", "name: nav", "devices: [can0]",
     "devices: [can0]\n    memory: [{name: regs, type: device, at: 0x0, phys: 0x0A00_0000, size: 4KiB}]"),
    ("IO-001", "name: vault", "memory:", "devices: [can1]\n    memory:"),
    ("MEM-011", "name: nav", "devices: [can0]", "devices: [can0, can1, ethernet]"),
    ("MEM-021", "name: nav", "devices: [can0]", "devices: [can0]\n    trusted_dma: reviewed"),
    ("HM-001", "kind: module", "error: crash", "error: crush"),
    ("HM-001", "errors:", "id: 3", "id: 2"),
    ("HM-002", "kind: system", "        - {error: crash, level: module}\n", ""),
    ("HM-003", "kind: module", "action: reset", "action: idle"),
    ("HM-003", "kind: module", "        - {error: crash, action: reset}\n", ""),
    ("HM-004", "name: of_others", "        - {error: no_init, action: idle}\n", ""),
    ("HM-005", "name: of_nav", ", code: deadline_missed", ""),
    ("HM-006", "name: of_others", "{error: numeric, action: idle,", "{error: numeric,"),
    ("HM-007", "kind: system", "state: boot, level: module", "state: boot, level: partition"),
    ("HM-008", "name: of_others", ", vault]", "]"),
    ("HM-009", "name: servo", "memory_violation: cold_start", "memory_violation: ignore"),
    ("HM-016", "name: servo", "memory_violation: cold_start", "memory_violation: switch_schedule"),
    ("HM-010", "name: nav", "    restart_limit: 3\n", ""),
    ("HM-011", "name: of_nav", "level: partition, action: cold_start",
     "level: partition, action: warm_start"),
    ("HM-012", "name: of_nav", "multi: common", "multi: comon"),
    ("HM-012", "name: common", "{error: numeric, level: process}",
     "{error: numeric, level: module}"),
    ("HM-014", "health_tables:", "log_depth: 100", "log_depth: 0"),
    ("MSCHED-001", "name: ground", "id: 1", "id: 0"),
    ("MSCHED-002", "name: ground", "id: 1", "id: 1\n    initial: true"),
    ("MSCHED-006", "name: ground", "servo: ignore", "servo: restart"),
    ("MSCHED-006", "name: ground", "servo: ignore, ", ""),
    ("CHAN-015", "name: cabin", "messages: 1", "messages: 3"),
    ("LAT-001", "name: servo", "refresh: 100ms", "refresh: 4999us"),
    ("LAT-003", "chains:", "reaction: 100ms", "reaction: 20ms"),
    ("LAT-004", "channels:", "max_message: 32B", "max_message: 32B, latency: 6ms"),
    ("LAT-005", "schedules:", "partition: cabin, start: 0ms", "partition: cabin, start: 1ms"),
    ("LAT-006", "chains:", "jitter: 20ms", "jitter: 499us"),
    ("SCHED-011", "      1:", "start: 0ms, duration: 6ms",
     "period_start: false, start: 0ms, duration: 6ms"),
    ("SCHED-015", "name: rich", "board: generic",
     "board: generic\n  switch_in: gap\n  switch_cost: 1000001ns"),
    ("SCHED-016", "name: rich", "reserve: 10", "reserve: 51"),
    ("SCHED-022", "name: nav", "blackout: 17ms", "blackout: 16001us"),
    ("PROC-001", "name: cabin", "processes:", "processes:\n      - {name: show, type: aperiodic}"),
    ("PROC-003", "name: servo", "priority: 50", "priority: 240"),
    ("PROC-004", "name: servo", "period: 20ms, wcet", "period: 30ms, wcet"),
    ("PROC-005", "name: nav", "deadline: 15ms", "deadline: 20000001ns"),
    ("PROC-006", "name: nav", "stack: 24KiB", "stack: 20KiB"),
    ("PROC-007", "name: nav", "deadline: 15ms", "deadline: none"),
    ("PROC-009", "name: nav", "ceiling: 60", "ceiling: 59"),
    ("PROC-010", "name: nav", "    semaphores:", "    events: 257\n    semaphores:"),
    ("PROC-011", "name: servo", "priority: 50", "offset: 20ms, priority: 50"),
    ("PROC-012", "name: nav", "initial: 2", "initial: 5"),
    ("RTA-001", "name: cabin", "wcet: 1ms", "wcet: 14ms"),
    ("RTA-002", "name: nav", "wcet: 500us, priority", "wcet: 500us, deadline: 5ms, priority"),
    ("RTA-003", "name: nav", "deadline: 15ms", "deadline: 900us"),
    ("RTA-004", "name: radio", "processes:\n      - {name: send",
     "scheduling: edf\n    processes:\n      - {deadline: 1ms, name: send"),
    ("RTA-005", "name: nav", "slack_margin: 10", "slack_margin: 60"),
    ("RTA-007", "name: radio", "processes:",
     "processes:\n      - {name: more, period: 20ms, priority: 20}"),
    ("BLD-008", "co_run:", "co_run:",
     "waivers: [{rule: SCHED-999, object: nav, reason: none, author: nobody}]\nco_run:"),
    ("HM-015", "name: of_nav", "callback: nav_error", "callback: '0'"),
    ("MSCHED-008", "name: ground", ", radio: ignore", "",
     "        - {partition: radio, start: 3ms, duration: 5ms}\n", ""),
    ("SCHED-026", "name: ground", "duration: 5ms}\n", "duration: 5ms}\n"
     "      - {partition: radio, period: 20ms, duration: 18ms}\n    synthesize: true\n",
     "        - {partition: radio, start: 3ms, duration: 5ms}\n", ""),
]
FILES = {"mutate.yaml": PLAIN, "mutate-rich.yaml": RICH}

# Rules that no single change of a good system breaks, and why.
NOT_MUTATED = {
    "SYN-009": "about XML",
    "SCHED-003": "about XML: no window of system.yaml has an identifier",
    "CHAN-011": "about XML: no channel of system.yaml leads out of the module",
    "MOD-002": "takes 65 partitions, or none",
    "MOD-004": "takes hundreds of ports, vcpus or interrupts",
    "MOD-006": "takes periods without a common multiple, which break SCHED-002 first",
    "MOD-007": "about board files",
    "CHAN-003": "a list cannot be emptied without breaking CHAN-010 for the ports that were in it",
    "SCHED-021": "a window that moves also starts its period elsewhere: SCHED-012 says so",
    "PROC-002": "takes 129 processes",
    "PROC-008": "a partition loses its processes only with all that names them",
    "MEM-012": "takes a thousand regions",
    "MEM-022": "takes two changes: a device with DMA, and trust",
    "MSCHED-004": "takes away the rights of three partitions",
    "MSCHED-005": "takes away the windows of three partitions",
    "MSCHED-007": "takes two changes: a partition's period in one schedule, and its windows there",
    "MSCHED-010": "takes two changes: a partition's windows, and its action on a change",
    "MSCHED-012": "takes two changes: a partition's windows, and its action on a change",
    "CHAN-016": "takes two changes: both ends of a circle have to wait",
    "MEM-020": "takes a device tree of others: elf.py has those that are wrong",
    "IRQ-007": "takes a device tree of others: elf.py has those that are wrong",
    "PART-015": "takes a device tree of others: elf.py has those that are wrong",
    "SCHED-025": "takes a timer slower than windows are short",
}


def mutate(text, part, *changes):
    start = text.index(part)
    for old, new in zip(changes[::2], changes[1::2]):
        at = text.index(old, start)
        text = text[:at] + new + text[at + len(old):]
    return text


def expected_of(hvbuild, root):
    """[(title, rules expected, findings)] of the good systems and of every mutation."""
    cases = []
    for base, mutations in FILES.items():
        with open(os.path.join(HERE, base), encoding="utf-8") as f:
            good = f.read()
        cases.append(("the good system " + base, [], good))
        cases += [("%s: %s for %s" % (rule, changes[1].split("\n")[0].strip(), changes[0].strip()),
                   [rule], mutate(good, part, *changes)) for rule, part, *changes in mutations]
    names = ["%d.yaml" % i for i in range(len(cases))]
    for name, (_, _, text) in zip(names, cases):
        with open(os.path.join(root, name), "w", encoding="utf-8") as f:
            f.write(text)
    run = subprocess.run([hvbuild, "check", "--quiet", "--message-format", "json"] + names,
                         cwd=root, capture_output=True, text=True, timeout=120, check=False,
                         env=dict(os.environ, BULKHEAD_RUNTIMES=os.path.join(root, "elf")))
    found = {name: [] for name in names}
    for line in run.stderr.splitlines():
        if not line.startswith("{"):
            sys.exit("Bail out! hvbuild check: " + run.stderr[run.stderr.index(line):][:2000])
        message = json.loads(line)
        if message["level"] != "info":
            found[message["spans"][0]["file"]].append(message)
    return [(title, rules, found[name]) for name, (title, rules, _) in zip(names, cases)]


def found_once(found):
    """The rules of findings, those once that say the same of several schedules."""
    said = {(m["code"], re.sub(" in schedule '.*'", "", m["message"])): m["code"] for m in found}
    return list(said.values())


def main():
    with tempfile.TemporaryDirectory() as root:
        elf.write_all(os.path.join(root, "elf"))
        cases = expected_of(os.path.abspath(sys.argv[1]), root)
    print("1..%d" % len(cases))
    failed = 0
    for number, (title, rules, found) in enumerate(cases, 1):
        good = found_once(found) == rules
        failed += not good
        line = title.replace("#", "").replace("\n", " ")
        print("%sok %d - %s" % ("" if good else "not ", number, line))
        if not good:
            for message in found:
                print("\n".join("# " + line for line in message["rendered"].splitlines()))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
