#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random small systems, judged by hvbuild and by slow, plain simulations of what the rules say.

Schedules: every core is filled in millisecond by millisecond (SCHED-004, 005, 006, 008, 012, 013).
Memory: every page has a list of owners (MEM-002, MEM-005). The seed is fixed, so a failure can be
looked at again; the file of a failing system is printed.

usage: oracle.py HVBUILD
"""
import json
import os
import random
import subprocess
import sys
import tempfile

SYSTEMS = 400
HEAD = ["hvbuild: 1", "module: {name: oracle, board: qemu-virt}", "partitions:"]
CODE = "{name: code, at: 0x4000_0000, size: 4KiB, rights: rx}"
DATA = "{name: data, at: 0x4100_0000, size: 4KiB}"


def check(hvbuild, texts):
    """The findings of each text: a list of (rule, line, lines of notes), infos left out."""
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
        cases = [("MEM-002", [(f, n, line) for _, _, f, n, line in self.regions if f is not None])]
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


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    rng = random.Random(653)
    failed = 0
    print("1..2")
    for number, (name, kind) in enumerate((("schedules", Schedule), ("memory maps", Memory)), 1):
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
