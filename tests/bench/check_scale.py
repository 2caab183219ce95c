#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Times `hvbuild check` on 256 partitions, 8 cores, 2,000 ports and 10,000, 100,000 and 1,000,000
windows, all written out.

Prints time and peak memory of each, and their ratios: ten times the windows shall cost about ten
times as much. Beside it stands sha256sum of the same file. Nothing here passes or fails.

usage: check_scale.py HVBUILD [WINDOWS...]
"""
import os
import subprocess
import sys
import tempfile
import time

PARTITIONS, CORES, PORTS, WINDOW_US = 256, 8, 2000, 50


def write_system(f, windows):
    """A system in which the partitions of each core take turns; returns the number of windows."""
    share = PARTITIONS // CORES
    rounds = -(-windows // PARTITIONS)
    channels = PORTS // 2
    f.write("hvbuild: 1\nmodule: {name: scale, board: generic}\n")
    f.write("defaults: {partition: {period: %dus, duration: %dus}}\npartitions:\n"
            % (share * WINDOW_US, WINDOW_US))
    for i in range(PARTITIONS):
        f.write("  - name: p%d\n    memory:\n"
                "      - {name: code, at: 0x4000_0000, size: 64KiB, rights: rx}\n"
                "      - {name: data, at: 0x4010_0000, size: 64KiB}\n    ports:\n" % i)
        for c in range(i, channels, PARTITIONS):
            f.write("      - {name: out%d, type: sampling, direction: source}\n" % c)
        for c in range((i - 1) % PARTITIONS, channels, PARTITIONS):
            f.write("      - {name: in%d, type: sampling, direction: destination, refresh: 1s}\n"
                    % c)
    f.write("channels:\n")
    for c in range(channels):
        f.write("  - {name: c%d, type: sampling, max_message: 64B, from: p%d.out%d, to: p%d.in%d}\n"
                % (c, c % PARTITIONS, c, (c + 1) % PARTITIONS, c))
    f.write("schedules:\n  - name: main\n    major_frame: %dus\n    cores:\n"
            % (rounds * share * WINDOW_US))
    for core in range(CORES):
        f.write("      %d:\n" % core)
        for k in range(rounds * share):
            f.write("        - {partition: p%d, start: %dus, duration: %dus}\n"
                    % (core * share + k % share, k * WINDOW_US, WINDOW_US))
    return rounds * PARTITIONS


def run(hvbuild, path):
    """Seconds of processor time, seconds of wall clock, peak memory in MiB."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen([hvbuild, "check", "--quiet", path], stderr=said,
                                 env=dict(os.environ, BULKHEAD_RUNTIMES=os.path.dirname(path)))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if status != 0:
            sys.exit("hvbuild check: %s" % said.read(2000).decode(errors="replace"))
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss / 1024


def digest(path):
    begin = time.monotonic()
    subprocess.run(["sha256sum", path], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    hvbuild = os.path.abspath(sys.argv[1])
    sizes = [int(n) for n in sys.argv[2:]] or [10_000, 100_000, 1_000_000]
    figures = []
    print("hvbuild check, %d partitions, %d cores, %d ports, best of three"
          % (PARTITIONS, CORES, PORTS))
    with tempfile.TemporaryDirectory() as root:
        for size in sizes:
            path = os.path.join(root, "system.yaml")
            with open(path, "w", encoding="utf-8") as f:
                windows = write_system(f, size)
            best = min(run(hvbuild, path) for _ in range(3))
            figures.append((windows,) + best)
            beside = min(digest(path) for _ in range(3))
            print("%8d windows: %6.3f s processor, %6.3f s wall, %4.0f MiB; sha256sum %.3f s"
                  % (figures[-1] + (beside,)))
    for small, large in zip(figures, figures[1:]):
        print("ratio: windows %.1f, processor %.1f, memory %.1f"
              % tuple(large[i] / small[i] for i in (0, 1, 3)))


main()
