#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random systems without windows, for hvbuild to find them (`synthesize`).

Windows that are found are printed with `hvbuild schedule --yaml` and pasted: the result must pass
the checker without a finding, and a plain walk through every unit of time (demands, offsets, cores,
exclusions, gaps, reserve, even starts) must agree. Where there are none, small systems are searched
completely: what is called impossible must be, and what is left when any one of the named
demands is taken away is called so no more. The seed is fixed.

usage: synth.py HVBUILD
"""
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile

RANDOM = 160  # systems of up to four partitions in small numbers, searched completely
LARGER = 40   # systems that fit by construction
# Small ones in which a steady start must leave its core to others at once.
FULL = (345, 440, 466, 508)
TIMERS = (62500000, 54000000, 33333333, 24000000, 19200000, 1000000, 32768)
NAMES = "abcdefgh"


class Part:
    def __init__(self, name, period, duration, cpus=1, offset=None, cores=None, even=False,
                 jitter=None):
        self.name, self.period, self.duration, self.cpus = name, period, duration, cpus
        self.offset, self.cores, self.even, self.jitter = offset, cores, even, jitter


class System:
    """Times in units of `unit` us."""

    def __init__(self, parts, cores=1, gap=0, least=0, reserve=0, together=(), apart=(), co_run=(),
                 unit=1000):
        self.parts, self.cores, self.gap, self.least = parts, cores, gap, least
        self.reserve, self.together, self.apart, self.co_run = reserve, together, apart, co_run
        self.unit = unit
        self.frame = math.lcm(*(p.period for p in parts))

    def time(self, units):
        return "%dus" % (units * self.unit)

    def tree(self, windows=None):
        module = {"name": "synthesis", "board": "generic", "reserve": self.reserve,
                  "platform": {"cores": self.cores, "min_window": self.time(self.least)}}
        if self.gap:
            module.update(switch_in="gap", switch_cost=self.time(self.gap))
        parts = []
        for p in self.parts:
            part = {"name": p.name, "period": self.time(p.period), "cpus": p.cpus,
                    "duration": self.time(p.duration)}
            if p.offset is not None:
                part["offset"] = self.time(p.offset)
            if p.cores is not None:
                part["cores"] = p.cores
            if p.jitter is not None:
                part["jitter"] = self.time(p.jitter)
            if p.even:
                part["processes"] = [{"name": "x", "period": self.time(p.period), "wcet": "1ns",
                                      "priority": 5}]
            parts.append(part)
        tree = {"hvbuild": 1, "module": module, "partitions": parts,
                "schedules": [{"name": "s", "synthesize": True}]}
        sets = [{"name": "t%d" % i, "members": list(x), "never": "together"}
                for i, x in enumerate(self.together)]
        sets += [{"name": "c%d" % i, "members": list(x), "never": "same_core"}
                 for i, x in enumerate(self.apart)]
        if sets:
            tree["exclusions"] = sets
        if self.co_run:
            tree["co_run"] = [list(x) for x in self.co_run]
        return tree


# ---- The walk through every unit -----------------------------------------------------------------

def walk(system, cores):
    """What is wrong with windows {core: [(name, cpu, start, end)]} of one frame, in units."""
    frame, wrong = system.frame, []
    at = {c: [None] * frame for c in range(system.cores)}
    for core, windows in cores.items():
        for name, cpu, start, end in windows:
            if end - start < max(system.least, 1):
                wrong.append("%s has a window of %d" % (name, end - start))
            for t in range(start, end):
                if t >= frame or at[core][t]:
                    wrong.append("core %d is taken at %d" % (core, t))
                    return wrong
                at[core][t] = (name, cpu)
    for core in at:
        used = sum(1 for x in at[core] if x)
        if used * 100 > frame * (100 - system.reserve):
            wrong.append("core %d has no reserve" % core)
        last, since = None, 0
        for t in range(2 * frame):
            now = at[core][t % frame]
            if now is None:
                since += 1
                continue
            if last and last[0] != now[0] and since < system.gap:
                wrong.append("core %d: gap of %d before %d" % (core, since, t % frame))
            last, since = now, 0
    for p in system.parts:
        homes = {}
        for core in at:
            for x in at[core]:
                if x and x[0] == p.name:
                    homes.setdefault(x[1], set()).add(core)
        if sorted(homes) != list(range(p.cpus)) or any(len(h) > 1 for h in homes.values()):
            wrong.append("%s runs on %s" % (p.name, homes))
            continue
        if p.cores is not None and any(not h <= set(p.cores) for h in homes.values()):
            wrong.append("%s runs on %s" % (p.name, homes))
        rows = [[at[list(homes[cpu])[0]][t] == (p.name, cpu) for t in range(frame)]
                for cpu in range(p.cpus)]
        if any(row != rows[0] for row in rows):
            wrong.append("vcpus of %s run apart" % p.name)
        starts = []
        for k in range(0, frame, p.period):
            period = rows[0][k:k + p.period]
            if sum(period) < p.duration:
                wrong.append("%s gets %d at %d" % (p.name, sum(period), k))
            starts.append(period.index(True) if True in period else -1)
        if (p.even or p.offset is not None) and len(set(starts)) > 1:
            wrong.append("%s starts at %s" % (p.name, starts))
        if p.offset is not None and starts[0] != p.offset:
            wrong.append("%s starts at %s" % (p.name, starts))
        if p.jitter is not None and max(abs(x - starts[0]) for x in starts) > p.jitter:
            wrong.append("%s moves by %s" % (p.name, starts))
    for t in range(frame):
        running = [(c, at[c][t][0]) for c in at if at[c][t]]
        for group in system.together:
            if len({n for _, n in running if n in group}) > 1:
                wrong.append("%s run together at %d" % (group, t))
                break
    for group in system.apart:
        for core in at:
            if len({x[0] for x in at[core] if x and x[0] in group}) > 1:
                wrong.append("%s share core %d" % (group, core))
    return wrong


# ---- The complete search -------------------------------------------------------------------------

def possible(system):
    """Whether any windows of whole units exist: every assignment of cores, then a search over the
    units of the frame, keeping what each partition still needs in its period. For systems without
    gaps, shortest windows and jitter bounds, where the state is that small."""
    parts, frame = system.parts, system.frame
    for p in parts:
        if p.offset is not None and p.offset + p.duration > p.period:
            return False
    budget = frame * (100 - system.reserve) // 100

    def assignments(i, chosen):
        if i == len(parts):
            yield list(chosen)
            return
        p = parts[i]
        allowed = [c for c in range(system.cores) if p.cores is None or c in p.cores]
        for mask in range(1, 1 << system.cores):
            cores = {c for c in range(system.cores) if mask >> c & 1}
            if len(cores) != p.cpus or not cores <= set(allowed):
                continue
            if any(p.name in g and parts[k].name in g and chosen[k] & cores
                   for g in system.apart for k in range(i)):
                continue
            chosen.append(cores)
            yield from assignments(i + 1, chosen)
            chosen.pop()

    def clash(i, k, cores):
        return bool(cores[i] & cores[k]) or any(
            parts[i].name in g and parts[k].name in g for g in system.together)

    def feasible(cores):
        for c in range(system.cores):
            if sum(p.duration * (frame // p.period) for i, p in enumerate(parts)
                   if c in cores[i]) > budget:
                return False
        groups = []
        for mask in range(1 << len(parts)):
            group = [i for i in range(len(parts)) if mask >> i & 1]
            if all(not clash(i, k, cores) for i in group for k in group if i < k):
                groups.append(mask)
        groups = [g for g in groups if not any(g != h and g & h == g for h in groups)]

        # Where even starts are asked for, try every offset of each.
        even = [i for i, p in enumerate(parts) if p.even or p.offset is not None]

        def offsets(j, fixed):
            if j == len(even):
                return flow(dict(fixed))
            p = parts[even[j]]
            choice = [p.offset] if p.offset is not None else range(p.period - p.duration + 1)
            return any(offsets(j + 1, fixed + [(even[j], o)]) for o in choice)

        def flow(fixed):
            states = {tuple(p.duration for p in parts)}
            for t in range(frame):
                states = {tuple(parts[i].duration if t % parts[i].period == 0 else n
                                for i, n in enumerate(s)) for s in states}
                after = set()
                for s in states:
                    must = may = 0
                    for i, p in enumerate(parts):
                        phase = t % p.period
                        if i in fixed and phase < fixed[i]:
                            continue
                        may |= (s[i] > 0) << i
                        if i in fixed and phase == fixed[i]:
                            must |= 1 << i
                    for g in groups:
                        run = g & may
                        if must & ~run:
                            continue
                        n = tuple(x - (run >> i & 1) for i, x in enumerate(s))
                        if all(x <= parts[i].period - (t % parts[i].period) - 1
                               for i, x in enumerate(n)):
                            after.add(n)
                states = after
                if not states:
                    return False
            return True

        return offsets(0, [])

    return any(feasible(cores) for cores in assignments(0, []))


# ---- Systems -------------------------------------------------------------------------------------

def small(r):
    periods = r.choice([(4, 8), (3, 6, 12), (4, 6), (5, 10), (2, 4, 8), (3, 4)])
    parts, cores = [], r.randint(1, 2)
    count, load = r.randint(2, 4), r.choice([0.5, 0.6, 0.8, 0.95, 1.05]) * cores
    for i in range(count):
        period = r.choice(periods)
        duration = min(period, max(1, round(period * load / count + r.choice([-1, 0, 0, 1]))))
        part = Part(NAMES[i], period, duration)
        if r.random() < 0.15 and cores > 1:
            part.cpus = 2
        elif r.random() < 0.3:
            part.cores = [r.randrange(cores)]
        if r.random() < 0.2:
            part.offset = r.randint(0, max(0, period - duration + r.choice([0, 0, 0, 1])))
        part.even = r.random() < 0.3
        parts.append(part)
    system = System(parts, cores)
    if r.random() < 0.3:
        system.together = [r.sample([p.name for p in parts], 2)]
    if r.random() < 0.2:
        system.apart = [r.sample([p.name for p in parts], 2)]
    if r.random() < 0.2:
        system.reserve = r.choice([10, 25])
    return system


def larger(r):
    """Harmonic periods, filled to a part only, with gaps and shortest windows."""
    cores, parts = r.randint(1, 3), []
    base = r.choice([10, 20])
    system_load = [0.0] * cores
    for i in range(r.randint(3, 8)):
        core = r.randrange(cores)
        period = base * r.choice([1, 2, 4])
        room = 0.6 - system_load[core]
        duration = int(period * min(room, r.uniform(0.03, 0.3)))
        if duration < 1:
            continue
        system_load[core] += duration / period
        parts.append(Part(NAMES[i], period, duration, cores=[core] if r.random() < 0.5 else None,
                          even=r.random() < 0.3))
    if not parts:
        parts = [Part("a", base, 2)]
    parts[0].jitter = r.choice([None, 0, 3])
    system = System(parts, cores, unit=r.choice([100, 1000]))
    if r.random() < 0.3:
        system.least = 1
    if r.random() < 0.3 and len(parts) > 2:
        sets = [[p.name for p in parts if r.random() < 0.8], [parts[0].name, parts[-1].name]]
        system.co_run = [s for s in sets if len(set(s)) > 1]
    return system


# ---- Through the program -------------------------------------------------------------------------

class Program:
    def __init__(self, hvbuild, root):
        self.hvbuild, self.root = hvbuild, root

    def run(self, command, tree, *options):
        path = os.path.join(self.root, "x.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(tree, f)
        return subprocess.run([self.hvbuild, command, "-q", path, *options], capture_output=True,
                              text=True, timeout=300, check=False)

    def findings(self, tree):
        found = self.run("check", tree, "--message-format", "json").stderr.splitlines()
        return [json.loads(line) for line in found]


WINDOW = re.compile(r"\{partition: (\w+), start: ([\d.]+)(\w+), duration: ([\d.]+)(\w+)"
                    r"(?:, every: ([\d.]+)(\w+))?(?:, cpu: (\d+))?"
                    r"(?:, period_start: (\w+))?\}")
NS = {"ns": 1, "us": 1000, "ms": 10**6, "s": 10**9}


def exact(number, unit):
    whole, _, part = number.partition(".")
    return int(whole) * NS[unit] + int((part + "0" * 9)[:9]) * NS[unit] // 10**9


def parse(system, page):
    """The printed windows as trees, and unfolded in units."""
    trees, units, core = {}, {}, None
    for line in page.splitlines():
        if re.fullmatch(r"      \d+:", line):
            core = int(line.strip(" :"))
            trees[str(core)], units[core] = [], []
        m = WINDOW.search(line)
        if not m:
            continue
        name, cpu = m[1], int(m[8] or 0)
        start, duration = exact(m[2], m[3]), exact(m[4], m[5])
        every = exact(m[6], m[7]) if m[6] else 0
        window = {"partition": name, "start": "%dns" % start, "duration": "%dns" % duration,
                  "cpu": cpu}
        if every:
            window["every"] = "%dns" % every
        if m[9]:
            window["period_start"] = m[9] == "true"
        trees[str(core)].append(window)
        scale = system.unit * 1000
        for s in range(start, system.frame * scale, every or system.frame * scale):
            if s % scale or duration % scale:
                raise ValueError("not in whole units: " + line)
            units[core].append((name, cpu, s // scale, (s + duration) // scale))
    return trees, units


def judge(program, system):
    """(windows found, proved, what is wrong)."""
    tree = system.tree()
    findings = program.findings(tree)
    none = [f for f in findings if f["code"] == "SCHED-026"]
    if none:
        proved = none[0]["message"].startswith("no windows can")
        named = re.findall("'([a-h])'", none[0]["message"])
        return None, proved, named, []
    wrong = [f["code"] for f in findings
             if f["level"] == "error" or (f["level"] == "warning" and f["code"] != "MC-007")]
    page = program.run("schedule", tree, "--yaml").stdout
    trees, units = parse(system, page)
    tree["schedules"] = [{"name": "s", "major_frame": system.time(system.frame), "cores": trees}]
    wrong += ["pasted: " + f["code"] for f in program.findings(tree)
              if f["level"] == "error" or (f["level"] == "warning" and f["code"] != "MC-007")]
    wrong += walk(system, units)
    return units, False, [], wrong


def without(system, name):
    keep = [p for p in system.parts if p.name != name]
    names = {p.name for p in keep}
    rest = System(keep or [Part("z", 4, 1)], system.cores, reserve=system.reserve)
    rest.together = [g for g in system.together if set(g) <= names]
    rest.apart = [g for g in system.apart if set(g) <= names]
    return rest


def main():
    number = failed = 0

    def result(good, name, why):
        nonlocal number, failed
        number += 1
        failed += not good
        print("%sok %d - %s" % ("" if good else "not ", number, name))
        if not good:
            print("# " + why.replace("\n", "\n# "))

    counts = {"found": 0, "impossible": 0, "missed": 0, "not proved": 0, "not least": 0}
    with tempfile.TemporaryDirectory() as root:
        program = Program(os.path.abspath(sys.argv[1]), root)
        wrongs = []
        for seed in range(RANDOM):
            system = small(random.Random(seed))
            units, proved, named, wrong = judge(program, system)
            truth = possible(system)
            if units is not None:
                counts["found"] += 1
                if not truth:
                    wrong.append("the complete search finds nothing")
            elif truth:
                counts["missed"] += 1
                if proved:
                    wrong.append("called impossible, but it is not")
            else:
                counts["impossible"] += 1
                counts["not proved"] += not proved
                only = System([p for p in system.parts if p.name in named], system.cores,
                              reserve=system.reserve)
                only.together = [g for g in system.together if set(g) <= set(named)]
                only.apart = [g for g in system.apart if set(g) <= set(named)]
                if proved and possible(only):
                    wrong.append("%s are not at odds" % named)
                for name in named if proved else []:
                    _, still, _, _ = judge(program, without(only, name))
                    if still:
                        wrong.append("%s is not part of the conflict of %s" % (name, named))
                    counts["not least"] += not possible(without(only, name))
            if wrong:
                wrongs.append("seed %d: %s\n%s" % (seed, wrong[:4], json.dumps(system.tree())))
        result(not wrongs, "%d small systems agree with a complete search" % RANDOM,
               "\n".join(wrongs[:5]))
        print("# %s" % counts)
        result(counts["found"] >= RANDOM // 3 and counts["impossible"] >= RANDOM // 10 and
               counts["missed"] * 50 <= counts["found"], "few systems are missed", str(counts))

        wrongs = []
        for seed in FULL:
            units, _, named, wrong = judge(program, small(random.Random(seed)))
            if units is None or wrong:
                wrongs.append("seed %d: %s %s" % (seed, named, wrong[:4]))
        result(not wrongs, "steady starts that give way at once", "\n".join(wrongs))

        wrongs = []
        for seed in range(LARGER):
            system = larger(random.Random(1000 + seed))
            units, _, named, wrong = judge(program, system)
            if units is None:
                wrong.append("nothing found for %s" % named)
            if wrong:
                wrongs.append("seed %d: %s\n%s" % (seed, wrong[:4], json.dumps(system.tree())))
        result(not wrongs, "%d systems that fit have windows" % LARGER, "\n".join(wrongs[:5]))

        # Timers whose ticks are no whole nanoseconds, and durations that are no whole ticks: the
        # rounded timetable is checked too (SCHED-025).
        wrongs = []
        for seed, hz in enumerate(TIMERS):
            r = random.Random(2000 + seed)
            tree = larger(r).tree()
            tree["module"]["platform"]["timer_frequency"] = hz
            for part in tree["partitions"]:
                part["duration"] = "%dns" % (int(part["duration"][:-2]) * 1000 - r.randrange(900))
            found = [f["code"] for f in program.findings(tree) if f["level"] != "info"]
            if set(found) - {"MC-007"}:
                wrongs.append("%d Hz: %s\n%s" % (hz, found, json.dumps(tree)))
        result(not wrongs, "%d timers" % len(TIMERS), "\n".join(wrongs[:3]))

        # Published demands: hsSim (WATERS 2012), and the period pairs of IMA case studies with a gap
        # of two units at each change.
        hssim = System([Part("a", 75, 16), Part("b", 25, 5), Part("c", 25, 5)])
        units, _, _, wrong = judge(program, hssim)
        result(units is not None and not wrong and len(units[0]) == 8,
               "hsSim: three partitions in eight windows", "%s %s" % (units, wrong))
        for pair in [((27, 9), (55, 11)), ((80, 7), (198, 47)), ((185, 51), (163, 64))]:
            system = System([Part("a", *pair[0]), Part("b", *pair[1])], gap=2, unit=1)
            units, _, named, wrong = judge(program, system)
            result(units is not None and not wrong, "periods of %d and %d units" %
                   (pair[0][0], pair[1][0]), "%s %s" % (named, wrong[:5]))
    print("1..%d" % number)
    sys.exit(1 if failed else 0)


main()
