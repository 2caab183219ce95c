#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random small partitions, analysed by hvbuild and simulated here millisecond by millisecond.

Switches lie in windows or in gaps, and the last window may go on in the first. Any phase: the
rule's inequality tried for each length of time; and releases that begin together at every instant
of the frame, once for each, jitter spent on the first job: no response is longer than the bound.
Synchronised: the partition starts in every period of the frame. EDF, the least duration, the
longest execution time and the detection of misses likewise, by trying. The seed is fixed; the text
of a failing system is printed.

usage: processes.py HVBUILD [SYSTEMS [SEED]]
"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile

SYSTEMS = 120
MS = 1000000
LIMIT = 600  # ms: a simulated job that takes longer never ends


class Process:
    def __init__(self, rng, name, period, cpus, edf):
        self.name = name
        self.sporadic = rng.random() < 0.3
        self.period = rng.randint(3, 30) if self.sporadic else period * rng.choice([1, 1, 2, 3])
        self.wcet = rng.randint(1, max(1, self.period // 3))
        self.offset = rng.randrange(self.period) if rng.random() < 0.3 else 0
        self.jitter = rng.randint(1, 3) if rng.random() < 0.2 else 0
        self.deadline = rng.randint(max(1, self.period // 2), self.period)
        if rng.random() < 0.1:
            self.deadline = self.period + rng.randint(1, 2 * self.period)
        self.blocking = rng.randint(1, 3) if not edf and rng.random() < 0.15 else 0
        self.priority = rng.randint(1, 4)
        self.cpu = rng.randrange(cpus)
        self.edf = edf

    def strict(self):
        return not self.sporadic and self.jitter == 0

    def text(self):
        more = ", type: sporadic" if self.sporadic else ""
        for key in ("offset", "jitter", "blocking"):
            if getattr(self, key):
                more += ", %s: %dms" % (key, getattr(self, key))
        return ("{name: %s, period: %dms, wcet: %dms, deadline: %dms, priority: %d, cpu: %d%s}"
                % (self.name, self.period, self.wcet, self.deadline, self.priority, self.cpu, more))


class System:
    def __init__(self, rng):
        self.period = rng.choice([4, 5, 6, 8, 12])
        self.frame = self.period * rng.choice([1, 1, 2, 3])
        self.cost = rng.choice([0, 0, 0, 1])
        self.gap = rng.random() < 0.3  # switches are kept out of windows
        self.cpus = rng.choice([1, 1, 1, 2])
        self.edf = rng.random() < 0.3
        self.windows = []  # (start, duration, period start)
        wraps = rng.random() < 0.3  # the last window goes on in the first
        first = 0 if wraps else rng.randrange(self.period // 2)
        for base in range(0, self.frame, self.period):
            at, flag = base + first, True
            while at < base + self.period:
                duration = rng.randint(self.cost + 1, self.cost + 4)
                duration = min(duration, base + self.period - at)
                if flag or duration > self.cost:
                    self.windows.append((at, duration, flag))
                flag = False
                at += duration + rng.randint(0, 5)
        if wraps:
            start, _, flag = self.windows[-1]
            self.windows[-1] = (start, self.frame - start, flag)
        self.processes = [Process(rng, "q%d" % i, self.period, self.cpus, self.edf)
                          for i in range(rng.randint(1, 4))]
        self.runs = self.running()

    def running(self):
        """For each millisecond of the frame, whether processes run; a switch eats the first one."""
        owned = [False] * self.frame
        for start, duration, _ in self.windows:
            for t in range(start, start + duration):
                owned[t] = True
        if all(owned) or self.gap:
            return owned
        runs = list(owned)
        for t in range(self.frame):
            if self.cost and owned[t] and not owned[t - 1]:
                runs[t] = False
        return runs

    def text(self):
        lines = ["hvbuild: 1", "module: {name: oracle, board: generic, switch_cost: %dms%s}"
                 % (self.cost, ", switch_in: gap" if self.gap else ""), "partitions:", "  - name: p", "    period: %dms" % self.period,
                 "    duration: 1ms", "    cpus: %d" % self.cpus,
                 "    scheduling: %s" % ("edf" if self.edf else "priority"), "    processes:"]
        lines += ["      - " + q.text() for q in self.processes]
        lines += ["schedules:", "  - name: main", "    major_frame: %dms" % self.frame,
                  "    cores:"]
        for cpu in range(self.cpus):
            lines.append("      %d:" % cpu)
            lines += ["        - {partition: p, cpu: %d, start: %dms, duration: %dms, "
                      "period_start: %s}" % (cpu, s, d, "true" if f else "false")
                      for s, d, f in self.windows]
        return "\n".join(lines) + "\n"


# ---- Simulation ----------------------------------------------------------------------------------

class Job:
    def __init__(self, process, release, nominal):
        self.process, self.release, self.nominal = process, release, nominal
        self.left, self.done = process.wcet, None


def urgency(own, edf):
    """Sort key of a ready job: `own` is last of equals; jobs of a process in order."""
    def key(job):
        first = job.nominal + job.process.deadline if edf else -job.process.priority
        return first, job.process is own, job.nominal
    return key


def simulate(jobs, own, edf, runs_at, begin, count):
    """Runs jobs from `begin` until the first `count` jobs of `own` are done; their responses, None
    for what takes longer than LIMIT. Without own: until all are done or late, and who is late."""
    jobs = sorted(jobs, key=lambda j: j.release)
    mine = [j for j in jobs if j.process is own][:count]
    key = urgency(own, edf)
    ready, following, t, missing = [], 0, begin, len(mine)
    end = max(j.nominal for j in mine) + LIMIT
    while missing and t < end:
        while following < len(jobs) and jobs[following].release <= t:
            ready.append(jobs[following])
            following += 1
        if runs_at(t) and ready:
            job = min(ready, key=key)
            job.left -= 1
            if job.left == 0:
                job.done = t + 1
                ready.remove(job)
                if job.process is own and len(mine) and job.nominal <= mine[-1].nominal:
                    missing -= 1
        t += 1
    return [None if j.done is None else j.done - j.nominal for j in mine]


def level(processes, own):
    """Those that can take time from `own`, and itself."""
    if own.edf:
        return processes
    return [q for q in processes if q is own or q.priority >= own.priority]


def dense_jobs(processes, begin, until):
    """Released together at `begin`, and then as soon as may be: the first one late by the jitter."""
    jobs = []
    for q in processes:
        nominal = begin - q.jitter
        while nominal <= until:
            jobs.append(Job(q, max(begin, nominal), nominal))
            nominal += q.period
    return jobs


def overloaded(processes, runs, strictly=True):
    """Whether work asks for more than the windows have in the long run (or for all of it)."""
    span = math.lcm(len(runs), *[q.period for q in processes])
    work = sum(q.wcet * (span // q.period) for q in processes)
    there = sum(runs) * (span // len(runs))
    return work > there if strictly else work >= there


def bound(processes, own, runs):
    """The rule as it is written, instant by instant: for each job of the busy period the first t
    that holds at worst what it and all that may be in its way ask for."""
    group = level(processes, own)
    others = [q for q in group if q is not own]
    if sum(runs) == 0 or (others and overloaded(others, runs, False)):
        return None
    supply = [LIMIT] * (LIMIT + 1)  # of the worst interval of each length
    for begin in range(len(runs)):
        got = 0
        for length in range(LIMIT + 1):
            supply[length] = min(supply[length], got)
            got += runs[(begin + length) % len(runs)]
    longest, job = 0, 0
    for t in range(1, LIMIT + 1):
        while supply[t] >= (job + 1) * own.wcet + sum(
                -(-(t + q.jitter) // q.period) * q.wcet for q in others) + own.blocking:
            response = t + own.jitter - job * own.period
            longest = max(longest, response)
            if response > own.deadline:
                return response
            if response <= own.period:
                return longest
            job += 1
    return "unknown"


def any_phase(processes, own, runs):
    """The longest response of the first jobs when all are released together somewhere; None: not
    known. No less than the bound where nothing else runs, and never more."""
    group = level(processes, own)
    worst, count = 0, max(1, min(4, LIMIT // own.period // 4))
    for begin in range(len(runs)):
        jobs = dense_jobs(group, begin, begin + LIMIT)
        got = simulate(jobs, own, False, lambda t: runs[t % len(runs)], begin, count)
        if None in got:
            return None
        worst = max(worst, *got)
    return worst


def synchronised(system, processes, own):
    """The longest response when releases are one period apart from a start of the partition's
    period on, for each of them; None when it grows without bound, False when it does not apply."""
    group = level(processes, own)
    if own.blocking or not all(q.strict() for q in group):
        return False
    runs, frame = system.runs, system.frame
    if sum(runs) == 0 or overloaded(group, runs):
        return None
    span = math.lcm(frame, *[q.period for q in group])
    if span > 360:
        return "unknown"
    first, worst = system.windows[0][0], 0
    for start in range(first, first + frame, system.period):
        horizon = start + 2 * span + max(q.offset for q in group)
        jobs = [Job(q, r, r) for q in group
                for r in range(start + q.offset, horizon + LIMIT, q.period)]
        count = len(range(start + own.offset, horizon, own.period))
        got = simulate(jobs, own, own.edf, lambda t: runs[t % frame], start, count)
        if None in got:
            return "unknown"
        worst = max(worst, *got)
    return worst


def edf_misses(processes, runs):
    """Whether some deadline is missed when releases begin together somewhere; None: not known."""
    if overloaded(processes, runs):
        return True
    span = math.lcm(len(runs), *[q.period for q in processes]) + max(q.deadline for q in processes)
    if span > 400:
        return None
    for begin in range(len(runs)):
        jobs = sorted(dense_jobs(processes, begin, begin + span), key=lambda j: j.release)
        ready, following = [], 0
        for t in range(begin, begin + span + 60):
            while following < len(jobs) and jobs[following].release <= t:
                ready.append(jobs[following])
                following += 1
            if any(j.nominal + j.process.deadline <= t for j in ready):
                return True
            if ready and runs[t % len(runs)]:
                job = min(ready, key=lambda j: j.nominal + j.process.deadline)
                job.left -= 1
                if job.left == 0:
                    ready.remove(job)
    return False


def worst_resource(period, duration, length):
    """A periodic resource at its worst: right after a budget that came at once, all others last."""
    return [False] * (2 * (period - duration)) + \
        ([True] * duration + [False] * (period - duration)) * (length // period + 2)


def resource_holds(processes, edf, period, duration):
    """Whether all deadlines hold under the worst of a periodic resource; None: not known."""
    if not processes:
        return True
    runs = worst_resource(period, duration, 3 * LIMIT)
    busy = math.lcm(period, *[q.period for q in processes])
    if overloaded(processes, [True] * duration + [False] * (period - duration)):
        return False
    if busy > LIMIT // 2:
        return None
    for own in processes:
        group = level(processes, own)
        span = busy + 2 * period + own.deadline
        jobs = dense_jobs(group, 0, span)
        count = len([j for j in jobs if j.process is own and j.nominal < span - own.period])
        got = simulate(jobs, own, edf, lambda t: runs[t], 0, count)
        if any(r is None or r > own.deadline for r in got):
            return False
    return True


def least_duration(system, step):
    for duration in range(step, system.period + 1, step):
        verdicts = [resource_holds([q for q in system.processes if q.cpu == cpu], system.edf,
                                   system.period, duration) for cpu in range(system.cpus)]
        if None in verdicts:
            return "unknown"
        if all(verdicts):
            return duration
    return None


def detected(system, own):
    """How long after a deadline the partition runs again, at most."""
    runs, frame = system.runs, system.frame
    if own.strict():
        first = system.windows[0][0] + own.offset + own.deadline
        instants = {(first + k * system.period + n * own.period) % frame
                    for k in range(frame) for n in range(frame)}
    else:
        instants = range(frame)
    return max(next(d for d in range(frame) if runs[(t + d) % frame]) for t in instants)


# ---- Comparison ----------------------------------------------------------------------------------

def verdict_of(system, processes, own, edf_missed):
    """proved, refuted or None when it cannot be told here."""
    exact = synchronised(system, processes, own)
    if exact == "unknown":
        return None
    if exact is not False:
        return "refuted" if exact is None or exact > own.deadline else "proved"
    if system.edf:
        return None if edf_missed is None else "refuted" if edf_missed else "proved"
    response = bound(processes, own, system.runs)
    if response == "unknown":
        return None
    return "refuted" if response is None or response > own.deadline else "proved"


def longest_wcet(system, processes, own, step):
    """By lengthening it until something that was proved no longer is."""
    def verdicts():
        missed = system.edf and edf_misses(processes, system.runs)
        return [verdict_of(system, processes, q, missed) for q in processes]
    before, wcet = verdicts(), own.wcet
    if None in before:
        return "unknown"
    if before[processes.index(own)] != "proved":
        return None
    try:
        while own.wcet + step <= own.deadline:
            own.wcet += step
            now = verdicts()
            if None in now:
                return "unknown"
            if any(b == "proved" and n != "proved" for b, n in zip(before, now)):
                return own.wcet - step
        return own.wcet
    finally:
        own.wcet = wcet


def compare(system, got, deep):
    """Differences as text, and how many figures were compared."""
    wrong, compared = [], 0

    def same(what, program, here):
        nonlocal compared
        if here == "unknown":
            return
        compared += 1
        if program != here:
            wrong.append("%s: hvbuild %s, simulated %s" % (what, program, here))

    def ms(value):
        return None if value is None else value / MS if value % MS else value // MS

    for own, figures in zip(system.processes, got["processes"]):
        processes = [q for q in system.processes if q.cpu == own.cpu]
        missed = system.edf and edf_misses(processes, system.runs)
        exact = synchronised(system, processes, own)
        if not system.edf:
            limit = ms(figures["any_phase_ns"])
            same(own.name + " any phase", limit, bound(processes, own, system.runs))
            worst = any_phase(processes, own, system.runs) if limit else None
            if worst and limit <= own.deadline:  # later jobs of one that is late are worse
                same(own.name + " is bounded", worst <= limit, True)
                if level(processes, own) == [own] and not own.blocking:
                    same(own.name + " alone", limit, worst)
        elif missed is not None:
            same(own.name + " any phase", ms(figures["any_phase_ns"]),
                 None if missed else own.deadline)
        same(own.name + " synchronised", ms(figures["synchronised_ns"]),
             None if exact is False else exact)
        verdict = verdict_of(system, processes, own, missed)
        same(own.name + " verdict", figures["verdict"], "unknown" if verdict is None else verdict)
        same(own.name + " detected", ms(figures["detected_ns"]), detected(system, own))
        if deep:
            longest = figures["longest_wcet_ns"]
            same(own.name + " longest wcet", ms(longest),
                 longest_wcet(system, processes, own, got["step_ns"] // MS))
    if deep and not any(q.blocking for q in system.processes):
        same("least duration", ms(got["least_duration_ns"]),
             least_duration(system, got["step_ns"] // MS))
    return wrong, compared


def analyse(hvbuild, systems):
    with tempfile.TemporaryDirectory() as root:
        for i, system in enumerate(systems):
            path = os.path.join(root, "s.yaml")
            with open(path, "w", encoding="utf-8") as f:
                f.write(system.text())
            run = subprocess.run([hvbuild, "schedule", "--json", path], capture_output=True,
                                 text=True, timeout=300, check=False)
            if not run.stdout:
                sys.exit("Bail out! system %d: %s" % (i, run.stderr[:2000]))
            yield system, json.loads(run.stdout)["schedules"][0]["partitions"][0]


def main(hvbuild, count, seed):
    rng = random.Random(seed)
    compared = failed = 0
    systems = []
    while len(systems) < count:
        system = System(rng)
        if any(system.runs):
            systems.append(system)
    for i, (system, got) in enumerate(analyse(hvbuild, systems)):
        wrong, figures = compare(system, got, i % 4 == 0)
        compared += figures
        if wrong:
            failed += 1
            print("# %s\n# %s" % ("\n# ".join(wrong), system.text().replace("\n", "\n# ")))
    print("%s 1 - %d figures of %d systems are what simulations give"
          % ("not ok" if failed else "ok", compared, count))
    print("1..1")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else SYSTEMS,
                  int(sys.argv[3]) if len(sys.argv) > 3 else 653))
