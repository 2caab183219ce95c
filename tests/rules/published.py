#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Published cases about data and schedules, written as system.yaml: what hvbuild finds must be what
their notes say. The cases lie in ../shared/data/cases beside the checkout; without them this is no
test.

usage: published.py HVBUILD
"""
import json
import os
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CASES = os.path.join(os.path.dirname(SOURCE), "shared", "data", "cases")
MEMORY = ("    memory: [{name: code, at: 0x4000_0000, size: 4KiB, rights: rx},"
          " {name: data, at: 0x4100_0000, size: 4KiB}]")
number = failed = 0


def result(good, name, why=""):
    global number, failed
    number += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", number, name))
    if not good:
        print("\n".join("# " + line for line in str(why).splitlines()))


def check(hvbuild, text):
    run = subprocess.run([hvbuild, "check", "--quiet", "--message-format", "json", "-"], input=text,
                         capture_output=True, text=True, timeout=300, check=False)
    return [json.loads(line) for line in run.stderr.splitlines()]


def load(name):
    import yaml
    with open(os.path.join(CASES, name), encoding="utf-8") as f:
        return yaml.safe_load(f)


def label(message):
    return message["spans"][0]["label"] or ""


def rosace(hvbuild):
    """28 ports with a refresh of 3 ms in a frame of 63 ms: here each partition writes to the next."""
    case = load("rosace-arinc-63ms.yaml")
    mtf, refresh, windows = case["mtf"], case["ports"]["refresh_ms"], case["windows"]
    names = [w[0] for w in windows]
    lines = ["hvbuild: 1", "module: {name: rosace, board: generic}", "partitions:"]
    for name, _, duration in windows:
        lines += ["  - name: %s" % name, "    image: none.elf", "    period: %dms" % mtf,
                  "    duration: %dms" % duration, MEMORY,
                  "    ports: [{name: out, type: sampling, direction: source},"
                  " {name: in, type: sampling, direction: destination, refresh: %dms}]" % refresh]
    lines.append("channels:")
    for a, b in zip(names, names[1:] + names[:1]):
        lines.append("  - {name: from_%s, type: sampling, max_message: %dB, from: %s.out, to: %s.in}"
                     % (a, case["ports"]["message_bytes"], a, b))
    lines += ["schedules:", "  - name: main", "    major_frame: %dms" % mtf, "    cores:",
              "      0:"]
    lines += ["        - {partition: %s, start: %dms, duration: %dms}" % tuple(w) for w in windows]
    found = check(hvbuild, "\n".join(lines) + "\n")
    late = [m for m in found if m["code"] == "LAT-001"]
    result(len(late) == len(windows), "ROSACE: no refresh period can be kept", found)
    result(all("3 ms, and a value can be" in label(m) for m in late),
           "ROSACE: the findings name both times", late)
    result(not [m for m in found if m["code"] == "LAT-005"],
           "ROSACE: the windows are in the order of the data", found)
    result(not [m for m in found if m["level"] == "error"], "ROSACE: nothing else is wrong", found)


def air(hvbuild):
    """Two schedules between which one partition switches."""
    case = load("air-mms-two-schedules.yaml")
    schedules, everybody = case["schedules"], []
    for s in schedules:
        everybody += [p for p in s["requirements"] if p not in everybody]
    switch = {p for s in schedules for p in s["set_module_schedule"]}
    lines = ["hvbuild: 1", "module: {name: mms, board: generic}", "partitions:"]
    for name in everybody:
        lines += ["  - name: %s" % name, "    image: none.elf", "    criticality: A",
                  "    initialisation: 100ms", MEMORY]
        lines += ["    system: true", "    rights: [switch_schedule]"] if name in switch else []
        if name == "p2":
            lines.append("    processes: [{name: work, period: 3000ms, wcet: 10ms, priority: 5}]")
    lines.append("schedules:")
    for s in schedules:
        lines += ["  - name: s%d" % s["id"], "    id: %d" % s["id"],
                  "    initial: %s" % str(s.get("initial", False)).lower(),
                  "    major_frame: %dms" % s["mtf"],
                  "    on_change: {%s}" % ", ".join(
                      p + (": cold_start" if p == "p3" else ": ignore") for p in s["requirements"]),
                  "    partitions:"]
        lines += ["      - {partition: %s, period: %dms, duration: %dms}" % (p, *owed)
                  for p, owed in s["requirements"].items()]
        lines += ["    cores:", "      0:"]
        lines += ["        - {partition: %s, start: %dms, duration: %dms}" % tuple(w)
                  for w in s["windows"]]
    text = "\n".join(lines) + "\n"
    found = check(hvbuild, text)
    result(not [m for m in found if m["level"] == "error"], "AIR: both schedules are right", found)
    absent = sorted(m["message"] for m in found if m["code"] == "MSCHED-008")
    result(absent == ["partition 'p1' does not run in schedule 's2'",
                      "partition 'p3' does not run in schedule 's1'"],
           "AIR: p1 and p3 are left out of one schedule each", absent)
    delay = sorted(label(m) for m in found if m["code"] == "MSCHED-009")
    result(delay == ["to 's1' 1.5 s", "to 's2' 3 s"],
           "AIR: a change takes one major frame at most", delay)
    result(len([m for m in found if m["code"] == "MSCHED-012"]) == 2,
           "AIR: level A is missing in both", found)
    found = check(hvbuild, text.replace("period: 3000ms, wcet", "period: 1500ms, wcet"))
    result([m["code"] for m in found if m["code"].startswith("MSCHED") and m["level"] == "error"] ==
           ["MSCHED-007"], "AIR: a process of 1.5 s does not fit the period of 3 s", found)
    found = check(hvbuild, text.replace("p3: cold_start", "p3: warm_start"))
    result("MSCHED-010" in [m["code"] for m in found], "AIR: p3 cannot start warm", found)


def crossing(hvbuild):
    """OSATE: crossing into another partition adds one period of the receiver at most. Its models
    are not at hand, so this takes a pair of processes of our own, with the case's word for it."""
    case = load("osate-partition-latency.yaml")
    result("at most one period of the receiving partition" in case["meaning"],
           "OSATE: what the case says")
    process = ("      - {name: %s, period: %dms, wcet: %s, bcet: %s, deadline: none, priority: %d,"
               " %s}")
    for period in (4, 6, 12):
        ages = {}
        for start in range(0, 12, 1):
            a = process % ("a", 12, "1ms", "1ms", 9, "writes: [{port: out}]")
            b = process % ("b", period, "1ms", "1ms", 5, "reads: [{port: in}]")
            text = "\n".join([
                "hvbuild: 1", "module: {name: osate, board: generic}", "partitions:",
                "  - name: p", "    image: none.elf", "    period: 12ms", "    duration: 2ms", MEMORY,
                "    ports: [{name: out, type: sampling, direction: source}]", "    processes:", a,
                "  - name: q", "    image: none.elf", "    period: %dms" % period,
                "    duration: 1ms", MEMORY, "    ports: [{name: in, type: sampling,"
                " direction: destination, refresh: 1s}]", "    processes:", b, "channels:",
                "  - {name: c, type: sampling, max_message: 8B, from: p.out, to: q.in}",
                "chains:", "  - {name: way, steps: [p.a, q.b], reaction: 1s}", "schedules:",
                "  - name: main", "    major_frame: 12ms", "    cores:",
                "      0: [{partition: p, start: 0ms, duration: 2ms}]",
                "      1: [{partition: q, start: %dms, duration: 1ms, every: %dms}]" % (
                    start % period, period), ""])
            for m in check(hvbuild, text):
                if m["code"] == "LAT-002" and "chain" in m["message"]:
                    words = label(m).split()
                    at = words.index("age")  # "age 2 ms to 5 ms"
                    ages[start % period] = float(words[at + 1])
        # The first read of a value has the least age; in one partition it would be 1 ms + 1 ms.
        most = max(ages.values())
        result(len(ages) == period and 2 < most <= 2 + period,
               "OSATE: crossing into a period of %d ms adds %d ms at most" % (period, most - 2),
               ages)


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    for case in (rosace, air, crossing):
        case(hvbuild)
    print("1..%d" % number)
    sys.exit(1 if failed else 0)


main()
