#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Latencies, ages, backlogs and chains of random systems, against a simulation tick by tick.

The simulation knows windows, priorities, ports and queues, and nothing of intervals or bounds. It
runs once for each period in which each partition may have begun. Where every job takes the same
time (`exact`) hvbuild must say exactly what was seen; where times vary from bcet to wcet, what was
seen must lie within what hvbuild says.

usage: latency.py HVBUILD [SYSTEMS [SEED]]
"""
import itertools
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile

SYSTEMS = 240
HORIZON = 150000  # ticks of simulation for one system, at most
UNIT = {"s": 10 ** 9, "ms": 10 ** 6, "us": 10 ** 3, "ns": 1}


# ---- Systems -------------------------------------------------------------------------------------

class Process:
    def __init__(self, name, period, offset, best, worst, priority):
        self.name, self.period, self.offset = name, period, offset
        self.best, self.worst, self.priority = best, worst, priority
        self.reads, self.writes = {}, {}  # channel -> messages


class Partition:
    def __init__(self, name, core, period, windows, count):
        self.name, self.core, self.period, self.windows = name, core, period, windows
        self.first = windows[0][0]
        self.owns = [False] * count
        for start, length in windows:
            for tick in range(start, start + length):
                self.owns[tick] = True
        self.duration = min(sum(self.owns[k:k + period]) for k in range(0, count, period))
        self.processes = []

    def phases(self):
        """Periods of the partition after which its processes come again."""
        common = math.lcm(*(p.period for p in self.processes))
        return math.lcm(common, self.period) // self.period


def partition(rng, name, core, free, frame):
    """Windows in free ticks of a core: one at the same place in each period, perhaps another."""
    period = rng.choice([d for d in (4, 5, 6, 8, 10, 12, 20, 24) if frame % d == 0])
    for _ in range(20):
        first, length = rng.randrange(period), rng.randint(1, 3)
        windows = []
        for k in range(frame // period):
            windows.append((k * period + first, length))
            if rng.random() < 0.3 and first + length + 1 < period:
                more = rng.randrange(first + length + 1, period)
                windows.append((k * period + more, 1))
        ticks = [t for start, length in windows for t in range(start, start + length)]
        if all(t < frame and t // period == s // period and free[t]
               for s, n in windows for t in range(s, s + n)) and len(set(ticks)) == len(ticks):
            for t in ticks:
                free[t] = False
            return Partition(name, core, period, windows, frame)
    return None


class System:
    def __init__(self, rng):
        self.frame = rng.choice([12, 20, 24, 40])
        self.exact = rng.random() < 0.6
        free = [[True] * self.frame for _ in range(rng.choice([1, 2]))]
        self.partitions = []
        for i in range(rng.randint(1, 3)):
            core = rng.randrange(len(free))
            made = partition(rng, "p%d" % i, core, free[core], self.frame)
            if made:
                self.partitions.append(made)
        self.cores = len(free)
        for part in self.partitions:
            self.fill(rng, part)
        self.channels = []  # (name, queuing, writer partition, process, reader partition, process)
        everybody = [(part, p) for part in self.partitions for p in part.processes]
        for i in range(rng.randint(1, 3) if len(everybody) > 1 else 0):
            (a, w), (b, r) = rng.sample(everybody, 2)
            name, queuing = "c%d" % i, rng.random() < 0.4
            w.writes[name] = rng.randint(1, 3) if queuing else 1
            r.reads[name] = rng.randint(1, 4) if queuing else 1
            self.channels.append((name, queuing, a, w, b, r))
        self.chain = self.find_chain(rng)
        self.text = self.write()

    def fill(self, rng, part):
        share = sum(part.owns) / len(part.owns)
        used = 0.0
        for i in range(rng.randint(1, 3)):
            period = part.period * rng.choice([1, 1, 1, 2, 3])
            room = int((share - used) * period)
            if room < 1:
                continue
            worst = rng.randint(1, min(room, 4))
            used += worst / period
            best = worst if self.exact else rng.randint(0, worst)
            offset = rng.choice([0, 0, 0, 1, 2, 5]) % period
            part.processes.append(
                Process("t%d" % i, period, offset, best, worst, 10 * i + rng.randint(1, 9)))
        rng.shuffle(part.processes)

    def find_chain(self, rng):
        """A path along sampling channels and inside partitions."""
        everybody = [(part, p) for part in self.partitions for p in part.processes]
        if len(everybody) < 2:
            return []
        chain = [rng.choice(everybody)]
        for _ in range(rng.randint(1, 3)):
            part, last = chain[-1]
            onward = [(b, r) for _, queuing, _, w, b, r in self.channels if w is last and not queuing]
            onward += [(part, p) for p in part.processes if p is not last
                       and not any(q and w is last and r is p for _, q, _, w, _, r in self.channels)]
            onward = [(b, r) for b, r in onward if r is not last
                      and not any(q and w is last and x is r for _, q, _, w, _, x in self.channels)]
            if not onward:
                break
            chain.append(rng.choice(onward))
        return chain if len(chain) > 1 else []

    def write(self):
        lines = ["hvbuild: 1", "module: {name: latency, board: generic}", "partitions:"]
        for part in self.partitions:
            lines += ["  - name: %s" % part.name, "    image: none.elf",
                      "    period: %dms" % part.period, "    duration: %dms" % part.duration,
                      "    memory: [{name: code, at: 0x4000_0000, size: 4KiB, rights: rx},"
                      " {name: data, at: 0x4100_0000, size: 4KiB}]"]
            ports = []
            for name, queuing, a, _, b, _ in self.channels:
                kind = "queuing" if queuing else "sampling"
                if a is part:
                    ports.append("{name: %s_out, type: %s, direction: source}" % (name, kind))
                if b is part:
                    ports.append("{name: %s_in, type: %s, direction: destination%s}" % (
                        name, kind, "" if queuing else ", refresh: 100s"))
            if ports:
                lines.append("    ports: [%s]" % ", ".join(ports))
            if part.processes:
                lines.append("    processes:")
            for p in part.processes:
                lines.append(
                    "      - {name: %s, period: %dms, offset: %dms, bcet: %dms, wcet: %dms, "
                    "deadline: none, priority: %d, reads: [%s], writes: [%s]}" % (
                        p.name, p.period, p.offset, p.best, p.worst, p.priority,
                        ", ".join("{port: %s_in, messages: %d}" % x for x in p.reads.items()),
                        ", ".join("{port: %s_out, messages: %d}" % x for x in p.writes.items())))
        if self.channels:
            lines.append("channels:")
        for name, queuing, a, _, b, _ in self.channels:
            lines.append("  - {name: %s, type: %s, max_message: 8B, from: %s.%s_out, to: %s.%s_in%s%s}"
                         % (name, "queuing" if queuing else "sampling", a.name, name, b.name, name,
                            ", depth: 64" if queuing else "", ", local: true" if a is b else ""))
        if self.chain:
            lines += ["chains:", "  - {name: chain, steps: [%s]}" % ", ".join(
                "%s.%s" % (part.name, p.name) for part, p in self.chain)]
        lines += ["schedules:", "  - name: main", "    major_frame: %dms" % self.frame, "    cores:"]
        for core in range(self.cores):
            mine = sorted((start, length, part.name) for part in self.partitions
                          if part.core == core for start, length in part.windows)
            lines.append("      %d:%s" % (core, "" if mine else " []"))
            for start, length, name in mine:
                lines.append("        - {partition: %s, start: %dms, duration: %dms}" % (
                    name, start, length))
        return "\n".join(lines) + "\n"


# ---- Simulation ----------------------------------------------------------------------------------

class Job:
    def __init__(self, release, left):
        self.release, self.left, self.start, self.end = release, left, None, None


def simulate_partition(part, phase, until, rng):
    """The jobs of every process, until all that were released before `until` have ended."""
    begin = part.first + phase * part.period
    jobs = {p: [] for p in part.processes}
    waiting = {p: [] for p in part.processes}
    frame, now = len(part.owns), 0
    urgent = sorted(part.processes, key=lambda p: -p.priority)
    while now < 3 * until:
        for p in part.processes:
            since = now - begin - p.offset
            if since >= 0 and since % p.period == 0:
                job = Job(now, rng.randint(max(1, p.best), p.worst))
                jobs[p].append(job)
                waiting[p].append(job)
        if part.owns[now % frame]:
            p = next((p for p in urgent if waiting[p]), None)
            if p:
                job = waiting[p][0]
                if job.start is None:
                    job.start = now
                job.left -= 1
                if job.left == 0:
                    job.end = now + 1
                    waiting[p].pop(0)
        now += 1
        if now > until and not any(w and w[0].release < until for w in waiting.values()):
            break
    return {p: [j for j in all_jobs if j.end is not None] for p, all_jobs in jobs.items()}


class Seen:
    """Extremes of what was seen."""

    def __init__(self):
        self.least, self.most = math.inf, -math.inf

    def add(self, value):
        self.least, self.most = min(self.least, value), max(self.most, value)


def sampling(writes, reads, begin, end, latency, age):
    seen_before = -1
    for read in reads:
        visible = [k for k, w in enumerate(writes) if w.end <= read.start]
        if not visible:
            continue
        newest = visible[-1]
        if begin <= read.release < end:
            age.add(read.start - writes[newest].end)
            if newest != seen_before:
                latency.add(read.start - writes[newest].end)
        seen_before = newest


def queue(writes, sent, reads, taken, span, begin, backlog, wait):
    """Begins empty at every push of one span, and looks at the next: where as much is taken as is
    written, a backlog once there stays, so it matters when the queue was empty."""
    events = sorted([(w.end, 0) for w in writes] + [(r.start, 1) for r in reads])
    for start in {w.end for w in writes if begin - span <= w.end < begin + span}:
        line = []
        for at, kind in events:
            if at < start or at >= begin + 2 * span:
                continue
            if kind == 0:
                line += [at] * sent
                if begin <= at < begin + span:
                    backlog.add(len(line))
            else:
                for pushed in line[:taken]:
                    if begin <= pushed < begin + span:
                        wait.add(at - pushed)
                line = line[taken:]


def forward(steps, job):
    """The first job of the last step that depends on this job of the first, or on a later one."""
    for nxt in steps[1:]:
        job = next((j for j in nxt if j.start >= job.end), None)
        if job is None:
            return None
    return job


def backward(steps, job):
    """The job of the first step that this job of the last depends on."""
    for before in reversed(steps[:-1]):
        job = next((j for j in reversed(before) if j.end <= job.start), None)
        if job is None:
            return None
    return job


def judge(system, rng):
    """{what: Seen} of a system; None when simulating it would take too long."""
    span = math.lcm(system.frame, *(p.period for part in system.partitions
                                    for p in part.processes))
    combinations = math.prod(part.phases() for part in system.partitions if part.processes)
    runs = 1 if system.exact else 3
    far = 3 + 2 * len(system.chain)  # spans that a chain may reach over
    warm = far * span  # phases, offsets, and time to settle
    if combinations * 2 * far * span * len(system.partitions) * runs > HORIZON:
        return None
    seen = {}

    def of(*what):
        return seen.setdefault(what, Seen())

    active = [part for part in system.partitions if part.processes]
    for phases in itertools.product(*(range(part.phases()) for part in active)):
        for _ in range(runs):
            jobs = {}
            for part, phase in zip(active, phases):
                jobs.update(simulate_partition(part, phase, warm + far * span, rng))
            begin, end = warm, warm + span
            for name, queuing, _, w, _, r in system.channels:
                if queuing:
                    queue(jobs[w], w.writes[name], jobs[r], r.reads[name], span, begin,
                          of(name, "backlog"), of(name, "wait"))
                else:
                    sampling(jobs[w], jobs[r], begin, end, of(name, "latency"), of(name, "age"))
            if not system.chain:
                continue
            steps = [jobs[p] for _, p in system.chain]
            for before, job in zip(steps[0], steps[0][1:]):
                last = forward(steps, job)
                if begin <= job.release < end and last:
                    of("chain", "reaction").add(last.end - before.start)
                    of("chain", "immediate").add(last.end - job.start)
            for job in steps[-1]:
                if begin <= job.release < end:
                    of("chain", "jitter").add(job.end - job.release)
                    first = backward(steps, job)
                    if first:
                        of("chain", "age").add(job.end - first.start)
    return seen


# ---- By hand -------------------------------------------------------------------------------------

# Where times vary the simulation only says "at least so wide", so these say how wide: processes of
# partition p on core 0 and of q on core 1, which have their cores all the time. W writes channel c,
# R reads it. Both partitions are released every 20 ms.
HAND = [
    ("order known: a less urgent reader starts when the writer has ended",
     ["W: wcet: 2ms, priority: 20", "R: wcet: 1ms, priority: 10"], [],
     "0 ms to 2 ms, jitter 2 ms; a value read is at most 2 ms old"),
    ("order known: a more urgent reader never sees the job that was released with it",
     ["hold: wcet: 5ms, priority: 30", "R: wcet: 1ms, priority: 20",
      "W: wcet: 1ms, bcet: 1ms, priority: 10"], [],
     "13 ms to 24 ms, jitter 11 ms; a value read is at most 24 ms old"),
    ("release jitter: the reader starts up to 2 ms late, always before the writer ends",
     ["W: wcet: 4ms, bcet: 4ms, priority: 10"], ["R: wcet: 1ms, jitter: 2ms, priority: 10"],
     "16 ms to 18 ms, jitter 2 ms; a value read is at most 18 ms old"),
    ("the latest start of the reader just meets the end of the writer",
     ["W: wcet: 5ms, bcet: 5ms, priority: 10"],
     ["hold: wcet: 5ms, priority: 30", "R: wcet: 1ms, priority: 20"],
     "0 ms to 20 ms, jitter 20 ms; a value read is at most 20 ms old"),
    ("a read before the push and one long after the next",
     ["Q: wcet: 5ms, bcet: 5ms, priority: 10"],
     ["hold: wcet: 10ms, priority: 30", "T: wcet: 1ms, priority: 20"],
     "at most 2 wait at once, each up to 25 ms"),
]


def by_hand(p, q):
    names = {"W": "W: writes: [{port: out}]", "R": "R: reads: [{port: in}]",
             "Q": "Q: writes: [{port: out}]", "T": "T: reads: [{port: in}]"}
    queuing = any(line.startswith("Q") for line in p)
    kind = "queuing" if queuing else "sampling"
    lines = ["hvbuild: 1", "module: {name: hand, board: generic}", "partitions:"]
    reader = q or p
    for name, processes in (("p", p), ("q", q)):
        ports = []
        if processes is p:
            ports.append("{name: out, type: %s, direction: source}" % kind)
        if processes is reader:
            ports.append("{name: in, type: %s, direction: destination%s}" % (
                kind, "" if queuing else ", refresh: 1s"))
        lines += ["  - name: %s" % name, "    image: none.elf", "    period: 20ms",
                  "    duration: 20ms",
                  "    memory: [{name: code, at: 0x4000_0000, size: 4KiB, rights: rx},"
                  " {name: data, at: 0x4100_0000, size: 4KiB}]",
                  "    ports: [%s]" % ", ".join(ports), "    processes:"]
        for process in processes or ["idle: wcet: 1ms, priority: 1"]:
            title, rest = process.split(": ", 1)
            use = ", " + names[title].split(": ", 1)[1] if title in names else ""
            lines.append("      - {name: %s, period: 20ms, deadline: none, %s%s}" % (
                title, rest, use))
    lines += ["channels:", "  - {name: c, type: %s, max_message: 8B, from: p.out, to: %s.in%s%s}" % (
        kind, "q" if q else "p", ", depth: 64" if queuing else "", "" if q else ", local: true"),
              "schedules:", "  - name: main", "    major_frame: 20ms", "    cores:",
              "      0: [{partition: p, start: 0ms, duration: 20ms}]",
              "      1: [{partition: q, start: 0ms, duration: 20ms}]"]
    return "\n".join(lines) + "\n"


# ---- Comparison ----------------------------------------------------------------------------------

def ticks(text):
    value, unit = text.split()
    ns = round(float(value) * UNIT[unit])
    return ns / 10 ** 6


def figures(hvbuild, texts):
    """What hvbuild says of each text: {channel or "chain": label}, and what it finds wrong."""
    found = [({}, []) for _ in texts]
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
        index = int(message["spans"][0]["file"].split(".")[0])
        if message["code"] == "LAT-002":
            name = re.search("'([^']*)'", message["message"]).group(1)
            found[index][0][name] = message["spans"][0]["label"]
        elif message["level"] == "error" and not message["code"].startswith(("PART-004", "BLD")):
            found[index][1].append(message["rendered"])
        elif message["code"] == "CHAN-015":
            found[index][0][re.search("'([^']*)'", message["message"]).group(1) + " depth"] = \
                message["spans"][0]["label"]
    return found


TIME = r"([\d.]+ (?:ns|us|ms|s))"


def said(label):
    """The figures of a label: {what: (least, most)}."""
    m = re.fullmatch("%s to %s, jitter .*; a value read is at most %s old" % (TIME, TIME, TIME),
                     label)
    if m:
        return {"latency": (ticks(m[1]), ticks(m[2])), "age": (None, ticks(m[3]))}
    m = re.fullmatch(r"at most (\d+) wait at once, each up to %s" % TIME, label)
    if m:
        return {"backlog": (None, int(m[1])), "wait": (None, ticks(m[2]))}
    m = re.fullmatch("reaction %s to %s, age %s to %s, jitter %s" % ((TIME,) * 5), label)
    if m:
        return {"reaction": (ticks(m[1]), ticks(m[2])), "age": (ticks(m[3]), ticks(m[4])),
                "jitter": (None, ticks(m[5]))}
    return None


def compare(system, seen, labels):
    """What hvbuild and the simulation disagree on, and how many figures were compared."""
    wrong, count = [], 0
    for name, label in labels.items():
        numbers = said(label)
        if numbers is None:
            grows = re.fullmatch(r"(\d+) messages are written in .*, (\d+) are taken", label)
            channel = next((c for c in system.channels if c[0] == name), None)
            if grows and channel and channel[3].writes[name] * channel[5].period > \
                    channel[5].reads[name] * channel[3].period:
                count += 1
                continue
            wrong.append("%s: %s" % (name, label))
            continue
        for what, (least, most) in numbers.items():
            found = seen.get((name, what))
            if found is None or found.most < 0:
                continue
            high, low = found.most, found.least
            if what == "jitter":
                high = found.most - found.least
            if what == "reaction":
                low = seen[(name, "immediate")].least
            good = most == high if system.exact else most >= high
            if least is not None:
                good = good and (least == low if system.exact else least <= low)
            count += 1 + (least is not None)
            if not good:
                wrong.append("%s: %s of %s, simulated %s to %s" % (name, what, label, low, high))
    return wrong, count


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else SYSTEMS
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 653)
    systems = []
    while len(systems) < wanted:
        system = System(rng)
        seen = judge(system, rng) if system.channels else None
        if seen is not None:
            systems.append((system, seen))
    results = figures(hvbuild, [system.text for system, _ in systems])
    failed, exact, within = 0, 0, 0
    print("1..%d" % (len(systems) + len(HAND)))
    hand = figures(hvbuild, [by_hand(p, q) for _, p, q, _ in HAND])
    for number, ((title, _, _, label), (labels, errors)) in enumerate(zip(HAND, hand), 1):
        good = labels.get("c") == label and not errors
        failed += not good
        print("%sok %d - %s" % ("" if good else "not ", number, title))
        for line in [] if good else "\n".join([str(labels)] + errors).splitlines():
            print("# " + line)
    for number, ((system, seen), (labels, errors)) in enumerate(zip(systems, results),
                                                               len(HAND) + 1):
        expected = {c[0] for c in system.channels} | ({"chain"} if system.chain else set())
        wrong, count = compare(system, seen, {k: v for k, v in labels.items() if k in expected})
        wrong += ["no figure for " + name for name in sorted(expected - set(labels))] + errors
        failed += bool(wrong)
        exact += count if system.exact else 0
        within += 0 if system.exact else count
        print("%sok %d - %d figures %s" % ("not " if wrong else "", number, count,
                                           "exact" if system.exact else "within bounds"))
        for line in "\n".join(wrong + [system.text] if wrong else []).splitlines():
            print("# " + line)
    print("# %d figures exact, %d within bounds" % (exact, within))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
