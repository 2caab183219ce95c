#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Times the synthesis of windows: 40 partitions on 4 cores, periods from 5 to 400 ms, each core
about 80 % full, some partitions free to take any core, bound in jitter or kept apart.

Prints processor time and what came of each seed: the windows go through `hvbuild check` in the same
run, so that `windows` means that no error is left. Beside it stands the check of the result alone.
Nothing here passes or fails.

usage: synth_scale.py HVBUILD [SEEDS]
"""
import os
import random
import resource
import subprocess
import sys
import tempfile

PARTITIONS, CORES, LOAD = 40, 4, 0.8
PERIODS_MS = [5, 10, 20, 25, 40, 50, 80, 100, 200, 400]


def system(seed):
    r = random.Random(seed)
    lines = ["hvbuild: 1", "module:", "  name: synthesis", "  board: generic", "partitions:"]
    for i in range(PARTITIONS):
        period = r.choice(PERIODS_MS) * 1000
        duration = max(100, int(period * LOAD * CORES / PARTITIONS * r.uniform(0.6, 1.4)))
        extra = ", cores: [%d]" % (i % CORES) if r.random() < 0.5 else ""
        extra += ", jitter: %dus" % (period // 4) if r.random() < 0.2 else ""
        lines.append("  - {name: p%d, period: %dus, duration: %dus%s}" % (i, period, duration, extra))
    a, b, c, d = r.sample(range(PARTITIONS), 4)
    lines += ["exclusions:", "  - {name: apart, members: [p%d, p%d]}" % (a, b),
              "  - {name: other, members: [p%d, p%d], never: same_core}" % (c, d),
              "schedules:", "  - {name: main, synthesize: true}"]
    return "\n".join(lines) + "\n"


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, run


def main():
    hvbuild, seeds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 16
    worst = 0
    print("hvbuild check with synthesize: true, %d partitions, %d cores" % (PARTITIONS, CORES))
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            path, whole = os.path.join(folder, "s.yaml"), os.path.join(folder, "e.yaml")
            with open(path, "w", encoding="utf-8") as f:
                f.write(system(seed))
            seconds, run = timed([hvbuild, "check", "--quiet", path])
            worst = max(worst, seconds)
            result = "windows" if run.returncode == 0 else run.stderr.split("\n")[0][-70:]
            beside = ""
            if run.returncode == 0:
                subprocess.run([hvbuild, "expand", "--quiet", path, "-o", whole], check=True,
                               capture_output=True)
                beside = "; the result alone %.2f s" % timed([hvbuild, "check", "--quiet", whole])[0]
            print("seed %2d: %5.2f s, %s%s" % (seed, seconds, result, beside), flush=True)
    print("longest: %.2f s" % worst)


if __name__ == "__main__":
    main()
