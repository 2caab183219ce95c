#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random small systems, judged by hvbuild and by slow, plain simulations of what the rules say.

Schedules: every core is filled in millisecond by millisecond (SCHED-004, 005, 006, 008, 012, 013).
Memory: every page has a list of owners, also those of shared blocks (MEM-002, MEM-005). Devices:
every page of registers has the partitions that can reach it (MEM-008, IO-001). Neighbours: several
cores millisecond by millisecond (MC-007, 009, 011, 013). The seed is fixed, so a failure can be
looked at again; the file of a failing system is printed.

usage: oracle.py HVBUILD
"""
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile

SYSTEMS = 400
NAMED = ("MC-011", "MC-013")
HEAD = ["hvbuild: 1", "module: {name: oracle, board: qemu-virt}", "partitions:"]
CODE = "{name: code, at: 0x4000_0000, size: 4KiB, rights: rx}"
DATA = "{name: data, at: 0x4100_0000, size: 4KiB}"


def check(hvbuild, texts):
    """The findings of each text: a list of (rule, line, lines of notes), infos left out. Names in
    quotes in a message stand in for the lines of rules that are judged by name (NAMED)."""
    found = [[] for _ in texts]
    with tempfile.TemporaryDirectory() as root:
        names = []
        for i, text in enumerate(texts):
            names.append("%d.yaml" % i)
            with open(os.path.join(root, names[-1]), "w", encoding="utf-8") as f:
                f.write(text)
        run = subprocess.run([hvbuild, "check", "--quiet", "--message-format", "json"] + names,
                             cwd=root, capture_output=True, text=True, timeout=300, check=False,
                             env=dict(os.environ, BULKHEAD_RUNTIMES=root))
        for line in run.stderr.splitlines():
            if not line.startswith("{"):
                sys.exit("Bail out! hvbuild check: " + run.stderr[run.stderr.index(line):][:2000])
            message = json.loads(line)
            if message["level"] == "info":
                continue
            lines = [s["line"] for s in message["spans"]]
            if message["code"] in NAMED:
                lines = [lines[0]] + re.findall("'(p[0-9]+)'", message["message"])
            index = int(message["spans"][0]["file"].split(".")[0])
            found[index].append((message["code"], lines[0], lines[1:]))
    return found


# ---- Schedules -----------------------------------------------------------------------------------

class Window:
    def __init__(self, partition, start, duration, every, flag):
        self.partition, self.start, self.duration = partition, start, duration
        self.every, self.flag, self.line = every, flag, 0

    def starts(self, frame):
        """Start of each repetition: the first one always, further ones inside the frame."""
        yield self.start
        if self.every:
            at = self.start + self.every
            while at < frame:
                yield at
                at += self.every

    def text(self):
        more = ", every: %dms" % self.every if self.every else ""
        if self.flag is not None:
            more += ", period_start: %s" % ("true" if self.flag else "false")
        return "{partition: p%d, start: %dms, duration: %dms%s}" % (
            self.partition, self.start, self.duration, more)


class Schedule:
    JUDGES = ("SCHED-004", "SCHED-005", "SCHED-006", "SCHED-008", "SCHED-012", "SCHED-013")

    def __init__(self, rng):
        self.frame = rng.choice([12, 20, 24, 30])
        divisors = [d for d in range(4, self.frame + 1) if self.frame % d == 0]
        self.partitions = []  # (period, duration)
        self.cores = [[] for _ in range(rng.choice([1, 1, 2]))]
        for index in range(rng.randint(1, 3)):
            period = rng.choice(divisors)
            core = rng.choice(self.cores)
            duration = rng.randint(1, max(1, period // 3))
            self.partitions.append((period, duration))
            if rng.random() < 0.5:  # one window, repeated each period
                core.append(Window(index, rng.randint(0, period - duration), duration,
                                   period if rng.random() < 0.8 else None, None))
            else:  # one for each period, not always alike
                for k in range(self.frame // period):
                    if rng.random() < 0.1:
                        continue
                    core.append(Window(index, k * period + rng.choice([0, 0, 0, 1]), duration,
                                       None, None))
                core.append(Window(index, rng.randrange(self.frame), rng.randint(0, 2), None, None))
        flags = rng.random()
        for core in self.cores:
            for window in core:
                if rng.random() < 0.05:
                    window.duration = rng.randint(0, self.frame)
                if flags < 0.3:
                    window.flag = rng.random() < 0.5
        self.text = self.write()

    def write(self):
        lines = list(HEAD)
        self.owed_line = []
        for index, (period, duration) in enumerate(self.partitions):
            lines.append("  - name: p%d" % index)
            lines.append("    image: none.elf")
            lines.append("    period: %dms" % period)
            lines.append("    duration: %dms" % duration)
            self.owed_line.append(len(lines))
            lines.append("    memory: [%s, %s]" % (CODE, DATA))
        lines += ["schedules:", "  - name: main", "    major_frame: %dms" % self.frame,
                  "    cores:"]
        for number, core in enumerate(self.cores):
            lines.append("      %d:%s" % (number, "" if core else " []"))
            for window in core:
                lines.append("        - " + window.text())
                window.line = len(lines)
        return "\n".join(lines) + "\n"

    def windows(self):
        return [w for core in self.cores for w in core]

    def empty(self):
        return {w.line for w in self.windows() if w.duration == 0}

    def outside(self):
        """Lines of windows with a part at or behind the end of the frame."""
        return {w.line for w in self.windows() if w.duration and
                (w.start >= self.frame or
                 any(s + w.duration > self.frame for s in w.starts(self.frame)))}

    def fill(self, core, left_out):
        """Owners of every millisecond of one core, and somewhat behind the frame."""
        owners = [[] for _ in range(4 * self.frame)]
        for window in core:
            if window.line in left_out:
                continue
            for start in window.starts(self.frame):
                for ms in range(start, start + window.duration):
                    owners[ms].append(window)
        return owners

    def overlaps(self, left_out):
        return [any(len(owners) > 1 for owners in self.fill(core, left_out)) for core in self.cores]

    def short(self):
        """Partitions with too little time in some period; the windows are known to be sound."""
        result = set()
        for index, (period, duration) in enumerate(self.partitions):
            for k in range(self.frame // period):
                got = 0
                for core in self.cores:
                    owners = self.fill(core, set())
                    for ms in range(k * period, (k + 1) * period):
                        got += any(w.partition == index for w in owners[ms])
                if got < duration:
                    result.add(index)
        return result

    def releases(self, index):
        """Period starts of a partition: given, or the first window in each of its periods."""
        period = self.partitions[index][0]
        mine = sorted(((s, w) for w in self.windows() if w.partition == index
                       for s in w.starts(self.frame)), key=lambda x: x[0])
        if any(w.flag is not None for _, w in mine):
            return [s for s, w in mine if w.flag]
        result, seen = [], set()
        for start, _ in mine:
            if start // period not in seen:
                seen.add(start // period)
                result.append(start)
        return result

    def judge(self, found):
        """None, or what hvbuild and the simulation disagree about."""
        lines = {rule: sorted(line for r, line, _ in found if r == rule)
                 for rule in ("SCHED-004", "SCHED-005", "SCHED-006", "SCHED-008", "SCHED-012",
                              "SCHED-013", "SCHED-018")}
        empty, outside = self.empty(), self.outside()
        if set(lines["SCHED-004"]) != empty:
            return "SCHED-004: expected lines %s" % sorted(empty)
        itself = {w.line for w in self.windows()
                  if w.every and w.duration > w.every and w.start + w.every < self.frame}
        if set(lines["SCHED-005"]) != outside - itself:
            return "SCHED-005: expected lines %s" % sorted(outside - itself)
        overlapping = self.overlaps(empty | (outside - itself))
        for core, expected in zip(self.cores, overlapping):
            if any(w.line in lines["SCHED-006"] for w in core) != expected:
                return "SCHED-006: expected %s" % overlapping
        if empty or outside or any(overlapping) or lines["SCHED-018"]:
            return None  # nothing sound to measure
        if any(not [w for w in self.windows() if w.partition == i]
               for i in range(len(self.partitions))):
            return None  # PART-009
        short = self.short()
        if set(lines["SCHED-008"]) != {self.owed_line[i] for i in short}:
            return "SCHED-008: expected partitions %s" % sorted(short)
        return self.judge_releases(found, short)

    def judge_releases(self, found, short):
        for index, (period, _) in enumerate(self.partitions):
            if index in short:
                continue
            starts = self.releases(index)
            per_period = [sum(k * period <= s < (k + 1) * period for s in starts)
                          for k in range(self.frame // period)]
            odd_count = bool(starts) and any(n != 1 for n in per_period)
            odd_place = bool(starts) and not odd_count and len({s % period for s in starts}) > 1
            near = {w.line for w in self.windows() if w.partition == index}
            near.add(self.owed_line[index] - 1)  # the period
            for rule, expected in (("SCHED-013", odd_count), ("SCHED-012", odd_place)):
                if any(r == rule and line in near for r, line, _ in found) != expected:
                    return "%s: expected %s for p%d, starts %s" % (rule, expected, index, starts)
        return None


# ---- Memory --------------------------------------------------------------------------------------

PAGE = 0x1000


class Memory:
    JUDGES = ("MEM-002", "MEM-005")

    def __init__(self, rng):
        self.regions = []  # (partition, guest page, physical page or None, pages, line)
        self.blocks = []  # (physical page or None, pages, line)
        blocks = [(rng.choice([None, rng.randrange(60)]), rng.randint(1, 4))
                  for _ in range(rng.choice([0, 1, 2]))]
        lines = list(HEAD)
        for partition in range(rng.randint(1, 3)):
            lines += ["  - name: p%d" % partition, "    image: none.elf", "    scheduled: false",
                      "    memory:", "      - " + CODE, "      - " + DATA]
            for number in range(rng.randint(1, 4)):
                guest, pages = rng.randrange(40), rng.randint(1, 4)
                phys = rng.randrange(60) if rng.random() < 0.8 else None
                text = "{name: r%d, at: %#x, size: %dB" % (number, 0x42000000 + guest * PAGE,
                                                           pages * PAGE)
                if phys is not None:
                    text += ", phys: %#x" % (0x50000000 + phys * PAGE)
                lines.append("      - " + text + "}")
                self.regions.append((partition, guest, phys, pages, len(lines)))
            if blocks and rng.random() < 0.7:
                number, guest = rng.randrange(len(blocks)), rng.randrange(40)
                lines.append("      - {name: s, at: %#x, shared: b%d, rights: r}" % (
                    0x42000000 + guest * PAGE, number))
                self.regions.append((partition, guest, None, blocks[number][1], len(lines)))
        if blocks:
            lines.append("shared_memory:")
        for number, (phys, pages) in enumerate(blocks):
            text = "{name: b%d, size: %dB" % (number, pages * PAGE)
            if phys is not None:
                text += ", phys: %#x" % (0x50000000 + phys * PAGE)
            lines.append("  - " + text + "}")
            self.blocks.append((phys, pages, len(lines)))
        lines += ["schedules:", "  - {name: main, major_frame: 20ms, cores: {0: []}}"]
        self.text = "\n".join(lines) + "\n"

    @staticmethod
    def clashes(regions):
        """Of (first page, pages, line): lines of regions whose first page has an owner already,
        when pages are handed out in the order of their first pages; and all pairs of lines that
        share a page."""
        owners, late, pairs = {}, set(), set()
        for start, pages, line in sorted(regions):
            if owners.get(start):
                late.add(line)
            for page in range(start, start + pages):
                pairs.update(frozenset((other, line)) for other in owners.get(page, []))
                owners.setdefault(page, []).append(line)
        return late, pairs

    def judge(self, found):
        places = [(f, n, line) for _, _, f, n, line in self.regions] + self.blocks
        cases = [("MEM-002", [place for place in places if place[0] is not None])]
        for partition in {r[0] for r in self.regions}:
            cases.append(("MEM-005", [(g, n, line) for p, g, _, n, line in self.regions
                                      if p == partition]))
        for rule, regions in cases:
            late, pairs = self.clashes(regions)
            mine = {line for _, _, line in regions}
            said = [frozenset([line] + notes) for r, line, notes in found
                    if r == rule and line in mine]
            if any(pair not in pairs for pair in said):
                return "%s: %s do not overlap" % (rule, [sorted(p) for p in said])
            if len(said) != len(late) or any(not any(line in p for p in said) for line in late):
                return "%s: expected %s" % (rule, sorted(late))
        return None


# ---- Devices -------------------------------------------------------------------------------------

class Devices:
    """Devices of half a page to two pages, some in one page, given away at random."""
    JUDGES = ("MEM-008", "IO-001")

    def __init__(self, rng):
        self.devices, self.grants = [], []  # (first half page, half pages, reserved), (partition, device)
        at = 0
        for _ in range(rng.randint(2, 5)):
            at += rng.choice([0, 0, 1, 2])
            size = rng.choice([1, 1, 2, 4])
            self.devices.append((at, size, rng.random() < 0.2))
            at += size
        half = PAGE // 2
        lines = ["hvbuild: 1", "module:", "  name: oracle", "  board: generic",
                 "  platform:", "    devices:"]
        for number, (start, size, reserved) in enumerate(self.devices):
            lines.append("      - {name: d%d, start: %#x, size: %dB, reserved: %s}" % (
                number, 0x9000000 + start * half, size * half, "true" if reserved else "false"))
        lines.append("partitions:")
        for partition in range(rng.randint(1, 3)):
            mine = [d for d in range(len(self.devices)) if rng.random() < 0.3]
            self.grants += [(partition, d) for d in mine]
            lines.append("  - {name: p%d, scheduled: false, devices: [%s]}" % (
                partition, ", ".join("d%d" % d for d in mine)))
        lines += ["schedules:", "  - {name: main, major_frame: 20ms, cores: {0: []}}"]
        self.text = "\n".join(lines) + "\n"

    def judge(self, found):
        owners, pages = {}, {}
        for number, (_, _, reserved) in enumerate(self.devices):
            if reserved:
                owners.setdefault(number, []).append("hypervisor")
        for partition, device in self.grants:
            owners.setdefault(device, []).append(partition)
        for device, who in owners.items():
            start, size, _ = self.devices[device]
            for page in range(start // 2, (start + size - 1) // 2 + 1):
                pages.setdefault(page, set()).update(who)
        expected = "MEM-008" if any(len(who) > 1 for who in owners.values()) else \
            "IO-001" if any(len(who) > 1 for who in pages.values()) else None
        said = {rule for rule, _, _ in found}
        if expected == "MEM-008":  # the same pages may have further trouble
            return None if "MEM-008" in said else "expected MEM-008"
        return None if said == ({expected} if expected else set()) else "expected %s" % expected


# ---- Neighbours ----------------------------------------------------------------------------------

class Neighbours:
    """Partitions at home on several cores, and what may not be beside each other."""
    JUDGES = ("MC-007", "MC-009", "MC-011", "MC-013")

    def __init__(self, rng):
        self.frame = rng.choice([12, 16, 20])
        self.skew = rng.choice([0, 0, 1, 2, 3])
        self.capacity = rng.choice([6, 8, 10])
        count, cores = rng.randint(2, 5), rng.randint(2, 3)
        self.home = [rng.randrange(cores) for _ in range(count)]
        self.share = [rng.randint(0, 5) for _ in range(count)]
        names = range(count)
        self.apart = [rng.sample(names, rng.randint(2, min(3, count)))
                      for _ in range(rng.choice([0, 1, 1, 2]))]
        self.allowed = [rng.sample(names, rng.randint(2, count)) for _ in range(rng.choice([1, 2, 3]))]
        self.windows = []  # (partition, core, start, end, receivers of the rest)
        for core in range(cores):
            mine, at = [p for p in names if self.home[p] == core], rng.choice([0, 0, 1, 3])
            while mine and at < self.frame:
                length = rng.randint(1, 4)
                if rng.random() < 0.6 and at + length <= self.frame:
                    self.windows.append((rng.choice(mine), core, at, at + length, []))
                at += length + rng.choice([0, 0, 1, 2])
        owners = {w[0] for w in self.windows}
        for owner, core, _, _, receivers in self.windows:
            receivers += [p for p in sorted(owners)
                          if p != owner and self.home[p] == core and rng.random() < 0.25]
        self.text = self.write(cores)

    def write(self, cores):
        lines = ["hvbuild: 1",
                 "module: {name: oracle, board: generic, clock_skew: %dms}" % self.skew, "partitions:"]
        for p, share in enumerate(self.share):
            runs = any(w[0] == p for w in self.windows)
            lines.append("  - {name: p%d, resources: [{name: bus, amount: %d}], %s}" % (
                p, share, "period: %dms, duration: 1ns" % self.frame if runs else "scheduled: false"))
        lines.append("resources: [{name: bus, capacity: %d}]" % self.capacity)
        lines.append("co_run: [%s]" % ", ".join(self.set_text(s) for s in self.allowed))
        if self.apart:
            lines.append("exclusions:")
        for number, members in enumerate(self.apart):
            lines.append("  - {name: x%d, members: %s}" % (number, self.set_text(members)))
        lines += ["schedules:", "  - name: main", "    major_frame: %dms" % self.frame, "    cores:"]
        for core in range(cores):
            lines.append("      %d:" % core)
            for p, at, start, end, receivers in self.windows:
                if at == core:
                    lines.append("        - {partition: p%d, start: %dms, duration: %dms%s}" % (
                        p, start, end - start,
                        ", receivers: " + self.set_text(receivers) if receivers else ""))
            if not any(w[1] == core for w in self.windows):
                lines[-1] += " []"
        return "\n".join(lines) + "\n"

    @staticmethod
    def set_text(members):
        return "[%s]" % ", ".join("p%d" % p for p in members)

    def running(self, ms, late=0):
        """Who may run in a millisecond; `late`: or did up to so many before, on its core."""
        return {(p, core) for owner, core, start, end, receivers in self.windows
                for back in range(late + 1) if start <= (ms - back) % self.frame < end
                for p in [owner] + receivers}

    def most(self, ms):
        """The most that is taken at once: every choice of one partition for each core."""
        by_core = {}
        for p, core in self.running(ms):
            by_core.setdefault(core, []).append(p)
        return max(sum(self.share[p] for p in set(choice))
                   for choice in itertools.product(*by_core.values()))

    def pairs(self, late=0):
        """Pairs of partitions that run at once on different cores."""
        found = set()
        for ms in range(self.frame):
            for p, core in self.running(ms):
                found.update(frozenset((p, q)) for q, other in self.running(ms, late)
                             if p != q and core != other)
        return found

    def judge(self, found):
        said = {rule: [f for f in found if f[0] == rule] for rule in self.JUDGES}
        named = {rule: {frozenset(int(n[1:]) for n in f[2]) for f in said[rule]}
                 for rule in NAMED}
        beside = self.pairs()
        unknown = {pair for pair in beside if not any(pair <= set(s) for s in self.allowed)}
        if bool(said["MC-007"]) != bool(unknown):
            return "MC-007: expected %s" % sorted(map(sorted, unknown))
        over = any(self.most(ms) > self.capacity for ms in range(self.frame))
        if bool(said["MC-009"]) != over:
            return "MC-009: expected %s" % over
        excluded = {frozenset((p, q)) for s in self.apart for p in s for q in s if p != q}
        if named["MC-011"] != excluded & beside:
            return "MC-011: expected %s" % sorted(map(sorted, excluded & beside))
        blamed = {p for pair in named["MC-011"] for p in pair}
        near = {pair for pair in excluded & self.pairs(self.skew) if not pair & blamed}
        if named["MC-013"] != near:
            return "MC-013: expected %s" % sorted(map(sorted, near))
        return None


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    rng = random.Random(653)
    failed = 0
    kinds = (("schedules", Schedule), ("memory maps", Memory), ("devices", Devices),
             ("neighbours", Neighbours))
    print("1..%d" % len(kinds))
    for number, (name, kind) in enumerate(kinds, 1):
        systems = [kind(rng) for _ in range(SYSTEMS)]
        found = check(hvbuild, [s.text for s in systems])
        wrong, by_rule = None, {}
        for system, findings in zip(systems, found):
            for rule in {r for r, _, _ in findings}:
                by_rule[rule] = by_rule.get(rule, 0) + 1
            why = system.judge(findings)
            if why and not wrong:
                wrong = "%s, found %s\n%s" % (why, sorted(findings), system.text)
        clean = sum(not findings for findings in found)
        rare = [r for r in kind.JUDGES if by_rule.get(r, 0) < 4]
        if (rare or clean < 4) and not wrong:
            wrong = "too few systems to mean anything: %d clean, rules %s" % (clean, rare)
        print("# %d %s, %d without findings, else: %s" % (
            SYSTEMS, name, clean, ", ".join("%s %d" % x for x in sorted(by_rule.items()))))
        print("%sok %d - %s agree with the simulation" % ("not " if wrong else "", number, name))
        if wrong:
            failed = 1
            print("\n".join("# " + line for line in wrong.splitlines()))
    sys.exit(failed)


main()
