#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Published case studies, written as system.yaml and analysed by hvbuild: the numbers must be those
that their authors, or an independent computation, gave.

The cases lie in ../shared/data/cases beside the checkout; without them this is no test.

usage: cases.py HVBUILD
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

import yaml

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CASES = os.path.join(os.path.dirname(SOURCE), "shared", "data", "cases")


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def equal(self, what, got, expected):
        self.count += 1
        good = got == expected
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, what))
        if not good:
            print("# got %s\n# expected %s" % (got, expected))

    def done(self):
        print("1..%d" % self.count)
        return 1 if self.failed else 0


TAP = Tap()


def names(partition):
    return [t["name"].split(".")[-1] for t in partition["tasks"]]


def process_lines(tasks, unit):
    """Tasks in the order of the case, the most urgent first; APEX: greater is more urgent."""
    for order, t in enumerate(tasks):
        yield ("      - {name: %s, period: %d%s, wcet: %d%s, deadline: %d%s, priority: %d}"
               % (t["name"].split(".")[-1], t["period"], unit, t["wcet"], unit,
                  t.get("deadline", t["period"]), unit, 200 - order))


def system(frame, partitions, windows, unit):
    """partitions: (name, period, duration, tasks); windows: (partition, start, duration, flag)."""
    lines = ["hvbuild: 1", "module: {name: case, board: generic}", "partitions:"]
    for name, period, duration, tasks in partitions:
        lines.append("  - name: %s\n    period: %d%s\n    duration: %d%s"
                     % (name, period, unit, duration, unit))
        if tasks:
            lines.append("    processes:")
            lines += process_lines(tasks, unit)
    lines += ["schedules:", "  - name: main", "    major_frame: %d%s" % (frame, unit),
              "    cores:", "      0:"]
    for name, start, duration, flag in windows:
        more = "" if flag is None else ", period_start: %s" % ("true" if flag else "false")
        lines.append("        - {partition: %s, start: %d%s, duration: %d%s%s}"
                     % (name, start, unit, duration, unit, more))
    return "\n".join(lines) + "\n"


def run(hvbuild, arguments, text):
    with tempfile.TemporaryDirectory() as root:
        with open(os.path.join(root, "case.yaml"), "w", encoding="utf-8") as f:
            f.write(text)
        return subprocess.run([hvbuild] + arguments + ["case.yaml"], cwd=root, text=True,
                              capture_output=True, timeout=120, check=False)


def figures(hvbuild, text, unit):
    """{partition: {...}} of the only schedule, times in `unit`."""
    scale = {"ms": 1000000, "us": 1000}[unit]
    done = run(hvbuild, ["schedule", "--json"], text)
    if not done.stdout:
        sys.exit("Bail out! " + done.stderr[:2000])
    found = {}
    for p in json.loads(done.stdout)["schedules"][0]["partitions"]:
        found[p["name"]] = p
        for o in [p] + p.get("processes", []):
            for key in [k for k in o if k.endswith("_ns")]:
                value = o.pop(key)
                o[key[:-3]] = None if value is None else value // scale \
                    if value % scale == 0 else value / scale
        p["processes"] = {q["name"]: q for q in p.get("processes", [])}
    return found


def errors(hvbuild, text):
    done = run(hvbuild, ["check", "--quiet", "--message-format", "json"], text)
    return sorted({m["code"] for m in map(json.loads, done.stderr.splitlines())
                   if m["level"] == "error"})


def load(name):
    with open(os.path.join(CASES, name), encoding="utf-8") as f:
        return yaml.safe_load(f)


# ---- Periodic resource ---------------------------------------------------------------------------

def hssim(hvbuild):
    """Least capacities; the responses under a table that is the worst of the periodic resource: the
    budget at the start of one period, and then for ever at the end."""
    case = load("hssim-prm.yaml")
    for p in case["partitions"]:
        period, capacity, computed = p["period"], p["capacity"], p["computed"]
        longest = max(t["period"] for t in p["tasks"])
        frame = period * (2 * longest // period + 4)
        windows = [(p["name"], 0, capacity, False)] + [
            (p["name"], at + period - capacity, capacity, False)
            for at in range(period, frame, period)]
        text = system(frame, [(p["name"], period, capacity, p["tasks"])], windows, "ms")
        got = figures(hvbuild, text, "ms")[p["name"]]
        TAP.equal("hssim %s: least capacity" % p["name"], got["least_duration"],
                  computed["minimal_integer_capacity_exact_sbf"])
        TAP.equal("hssim %s: responses" % p["name"],
                  {n: got["processes"][n]["any_phase"] for n in names(p)},
                  computed["response_bound_exact_sbf"])


# ---- IMA optimisation ----------------------------------------------------------------------------

def ima_optim(hvbuild):
    """Every task is released when its partition is first entered, and then strictly periodically:
    one release point in the frame. '>T': a response beyond the period; None: no bound."""
    for path in sorted(glob.glob(os.path.join(CASES, "ima-optim", "*.yaml"))):
        case = load(path)
        frame = case["mtf"]
        parts, windows = [], []
        for p in case["partitions"]:
            name = "p%d" % p["id"]
            parts.append((name, frame, sum(d for _, d in p["windows"]), p["tasks"]))
            windows += [(name, s, d, i == 0) for i, (s, d) in enumerate(p["windows"])]
        got = figures(hvbuild, system(frame, parts, windows, "ms"), "ms")
        for p in case["partitions"]:
            processes, computed = got["p%d" % p["id"]]["processes"], p["computed"]
            title = "%s, partition %d" % (case["case"], p["id"])
            tasks = list(zip(p["tasks"], names(p)))
            TAP.equal(title + ": bounds at any phase",
                      [processes[n]["any_phase"] for n in names(p)],
                      computed["sbf_response_bound"])
            simulated = [processes[n]["synchronised"] for n in names(p)]
            TAP.equal(title + ": synchronised responses",
                      [">T" if r is None or r > t["period"] else r
                       for (t, _), r in zip(tasks, simulated)], computed["sim_max_response"])
            TAP.equal(title + ": verdict at any phase",
                      all((processes[n]["any_phase"] or frame) <= t["deadline"] for t, n in tasks),
                      computed["schedulable_sbf"])
            TAP.equal(title + ": verdict",
                      all(processes[n]["verdict"] == "proved" for n in names(p)),
                      computed["schedulable_sim"])


# ---- Others --------------------------------------------------------------------------------------

def rosace_xtratum(hvbuild):
    case = load("rosace-xtratum.yaml")
    frame, seen, windows = case["mtf"], set(), []
    for name, start, duration in case["windows"]:
        windows.append((name, start, duration, name not in seen))
        seen.add(name)
    parts = [(n, frame, sum(d for m, _, d in case["windows"] if m == n), case["tasks"][n])
             for n in case["tasks"]]
    text = system(frame, parts, windows, "us")
    got = figures(hvbuild, text, "us")
    for key, figure in (("response_first_window_release", "synchronised"),
                        ("response_any_phase_bound", "any_phase")):
        TAP.equal("rosace on XtratuM: " + figure,
                  {p: {q: v[figure] for q, v in got[p]["processes"].items()} for p in got},
                  case["computed"][key])
    TAP.equal("rosace on XtratuM: no errors", errors(hvbuild, text), [])
    # As published, both windows of P0 start a period, in a period of the whole frame.
    text = system(frame, parts, [(n, s, d, True) for n, s, d, _ in windows], "us")
    TAP.equal("rosace on XtratuM: two starts in a period", errors(hvbuild, text), ["SCHED-013"])


def pycpa(hvbuild):
    """One slot in a cycle; the first job of each task, alone in its slot."""
    case = load("pycpa-tdma.yaml")
    for resource in case["resources"]:
        cycle, at, windows, parts = resource["cycle"], 0, [], []
        for name, slot in resource["slots"].items():
            task = next(t for t in case["tasks"] if t["name"] == name)
            windows.append((name, at, slot, None))
            at += slot
            parts.append((name, cycle, slot,
                          [{"name": "job", "wcet": task["wcet"], "period": 15 * cycle}]))
        got = figures(hvbuild, system(cycle, parts, windows, "ms"), "ms")
        for name in resource["slots"]:
            TAP.equal("pycpa %s: first job" % name, got[name]["processes"]["job"]["any_phase"],
                      case["computed"]["first_instance_wcrt"][name])


def module_5part(hvbuild):
    case = load("module-5part-200ms.yaml")
    seen, windows = set(), []
    for name, start, duration in case["windows"]:
        period = case["requirements"][name][0]
        windows.append((name, start, duration, (name, start // period) not in seen))
        seen.add((name, start // period))
    parts = [(n, period, duration, None) for n, (period, duration) in case["requirements"].items()]
    text = system(case["mtf"], parts, windows, "ms")
    got = figures(hvbuild, text, "ms")
    TAP.equal("module_5part: supply in the worst period",
              {n: got[n]["least_supply"] for n in got},
              {n: min(s) for n, s in case["computed"]["supply_per_period"].items()})
    TAP.equal("module_5part: no errors", errors(hvbuild, text), [])


def air_mms(hvbuild):
    case = load("air-mms-two-schedules.yaml")
    for s in case["schedules"]:
        windows = [(n, at, d, None) for n, at, d in s["windows"]]
        parts = [(n, period, duration, None) for n, (period, duration) in s["requirements"].items()]
        text = system(s["mtf"], parts, windows, "ms")
        got = figures(hvbuild, text, "ms")
        TAP.equal("air-mms, schedule %d: supply in the worst period" % s["id"],
                  {n: got[n]["least_supply"] for n in got},
                  {n: d for n, (_, d) in s["requirements"].items()})
        TAP.equal("air-mms, schedule %d: no errors" % s["id"], errors(hvbuild, text), [])


def main(hvbuild):
    for family in (hssim, ima_optim, rosace_xtratum, pycpa, module_5part, air_mms):
        family(hvbuild)
    return TAP.done()


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
