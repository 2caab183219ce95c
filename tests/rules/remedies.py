#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Remedies cure: what the help of a finding says is done to its file, with the very values that it
prints, and the finding is gone; what else was found before may stay, nothing new may come.

usage: remedies.py HVBUILD
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import elf

HERE = os.path.dirname(os.path.abspath(__file__))
VALUE = r"([\d.]+) (ns|us|ms|s|B|KiB|MiB)"
ADDRESS = r"(0x[0-9a-f_]+)()"

SETS = r": [\w.]+"

# (file, what the help says, what it replaces, by what): the first is looked for in the line of the
# finding, else (and with "(?m)") everywhere; {} is the value of the help.
REMEDIES = [
    ("BLD-008-no-digest", r'write `(digest: "\w+")()`', r"rule: SCHED-010", "rule: SCHED-010, {}"),
    ("CHAN-015-depth", r"set depth to (\d+)()", "depth" + SETS, "depth: {}"),
    ("IRQ-005-bound", "or allow " + VALUE, "latency" + SETS, "latency: {}"),
    ("LAT-001-best-case", "allow " + VALUE, "refresh" + SETS, "refresh: {}"),
    ("LAT-001-frame-63ms", "allow " + VALUE, "refresh" + SETS, "refresh: {}"),
    ("LAT-001-reader-first", "allow " + VALUE, "refresh" + SETS, "refresh: {}"),
    ("LAT-006-unsteady", "allow " + VALUE, "jitter" + SETS, "jitter: {}"),
    ("MC-005-changes", r"put all its windows on core (0)()", r"(?m)^      1:\n", ""),
    ("MC-011-one-nanosecond", "start it at " + VALUE, "start" + SETS, "start: {}"),
    ("MEM-001-address", "use " + ADDRESS, "at" + SETS, "at: {}"),
    ("MEM-001-address", "or " + ADDRESS, "at" + SETS, "at: {}"),
    ("MEM-001-half-page", "use " + VALUE, "size" + SETS, "size: {}"),
    ("MEM-001-half-page", "or " + VALUE, "size" + SETS, "size: {}"),
    ("MEM-002-one-page", "use " + ADDRESS, "phys" + SETS, "phys: {}"),
    ("MEM-002-one-page", "(leave out 'phys')()", ", phys" + SETS, ""),
    ("MEM-004-boot-area", "start at " + ADDRESS, "phys" + SETS, "phys: {}"),
    ("MEM-005-one-page", ADDRESS + " is the next free address", "at" + SETS, "at: {}"),
    ("MEM-013-one-page-more", "start it at " + ADDRESS, "at" + SETS, "at: {}"),
    ("MOD-005-one-nanosecond-more", "to " + VALUE, "(?m)20000001ns", "{}"),
    ("MOD-005-one-nanosecond-more", "or " + VALUE, "(?m)20000001ns", "{}"),
    ("MSCHED-009-slow", "allow " + VALUE, "change_within" + SETS, "change_within: {}"),
    ("PART-010-more-than-period", "duration to " + VALUE, "duration" + SETS, "duration: {}"),
    ("PROC-003-zero", r"from (\d+)() to", "priority" + SETS, "priority: {}"),
    ("PROC-003-240", r"to (\d+)()", "priority" + SETS, "priority: {}"),
    ("PROC-004-not-a-multiple", "to " + VALUE, "period" + SETS, "period: {}"),
    ("PROC-004-not-a-multiple", "or " + VALUE, "period" + SETS, "period: {}"),
    ("PROC-005-bcet", "set bcet to " + VALUE, "bcet" + SETS, "bcet: {}"),
    ("PROC-005-beyond-period", "deadline to " + VALUE, "deadline" + SETS, "deadline: {}"),
    ("PROC-006-one-byte-more", "set it to " + VALUE, "stack" + SETS, "stack: {}"),
    ("PROC-009-below", r"set the ceiling to (\d+)()", "ceiling" + SETS, "ceiling: {}"),
    ("PROC-011-equal", "set it to " + VALUE, "offset" + SETS, "offset: {}"),
    ("PROC-012-initial", r"begin with (\d+)()", "initial" + SETS, "initial: {}"),
    ("PROC-012-zero", r"from (\d+)() to", "maximum" + SETS, "maximum: {}"),
    ("PROC-012-32768", r"to (\d+)()", "maximum" + SETS, "maximum: {}"),
    ("RTA-002-blocking", "a deadline of " + VALUE, "deadline" + SETS, "deadline: {}"),
    ("RTA-002-interference", "a deadline of " + VALUE, "deadline" + SETS, "deadline: {}"),
    ("RTA-002-one-nanosecond", "a deadline of " + VALUE, "deadline" + SETS, "deadline: {}"),
    ("RTA-003-offset", "a deadline of " + VALUE, "deadline" + SETS, "deadline: {}"),
    ("RTA-003-one-nanosecond", "a deadline of " + VALUE, "deadline" + SETS, "deadline: {}"),
    ("SCHED-002-cut-period", "major_frame to " + VALUE, "major_frame" + SETS, "major_frame: {}"),
    ("SCHED-005-past-the-end", "duration to " + VALUE, "duration" + SETS, "duration: {}"),
    ("SCHED-006-idle", "at " + VALUE, "start" + SETS, "start: {}"),
    ("SCHED-006-itself", "duration to " + VALUE, "duration" + SETS, "duration: {}"),
    ("SCHED-006-one-nanosecond", "duration of " + VALUE, "duration: 10000001ns", "duration: {}"),
    ("SCHED-008-none-in-second-period", "write '(every: [^']*)()'", r"duration: 10ms\}",
     "duration: 10ms, {}}}"),
    ("SCHED-014-too-short", "make it " + VALUE, "duration" + SETS, "duration: {}"),
    ("SCHED-021-one-nanosecond", "between " + VALUE, "start" + SETS, "start: {}"),
    ("SCHED-021-one-nanosecond", "and " + VALUE, "start" + SETS, "start: {}"),
    ("SCHED-021-earlier", "a jitter of " + VALUE, "jitter" + SETS, "jitter: {}"),
    ("SCHED-021-one-nanosecond", "a jitter of " + VALUE, "jitter" + SETS, "jitter: {}"),
    ("SCHED-022-one-nanosecond", "or allow " + VALUE, "blackout" + SETS, "blackout: {}"),
]


def changed(text, finding, says, old, new):
    """The text with what the help says done to it."""
    value = re.search(says, finding["help"])
    if not value:
        return None
    new = new.format("".join(value.groups()))
    lines = text.split("\n")
    at = finding["spans"][0]["line"] - 1
    if "(?m)" not in old and re.search(old, lines[at]):
        lines[at] = re.sub(old, new, lines[at], count=1)
        return "\n".join(lines)
    return re.sub(old, new, text)


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    failed = 0
    print("1..%d" % len(REMEDIES))
    with tempfile.TemporaryDirectory() as root:
        directory = os.path.join(root, "rules")
        shutil.copytree(HERE, directory)
        elf.write_all(os.path.join(directory, "elf"))
        env = dict(os.environ, BULKHEAD_RUNTIMES=os.path.join(directory, "elf"))

        def findings(name):
            run = subprocess.run([hvbuild, "check", "-q", "--message-format", "json", name],
                                 cwd=directory, capture_output=True, text=True, timeout=300,
                                 check=False, env=env)
            messages = [json.loads(line) for line in run.stderr.splitlines()]
            return [m for m in messages if m["level"] in ("error", "warning")]

        for number, (name, says, old, new) in enumerate(REMEDIES, 1):
            rule = "-".join(name.split("-")[:2])
            before = findings(name + ".yaml")
            with open(os.path.join(directory, name + ".yaml"), encoding="utf-8") as f:
                first = text = f.read()
            for finding in before:  # each of the rule has its own remedy
                if finding["code"] == rule and text:
                    text = changed(text, finding, says, old, new)
            with open(os.path.join(directory, "cured.yaml"), "w", encoding="utf-8") as f:
                f.write(text or first)
            after = findings("cured.yaml")
            fresh = {m["code"] for m in after} - {m["code"] for m in before if m["code"] != rule}
            good = text and text != first and not fresh
            failed += not good
            print("%sok %d - %s: %s" % ("" if good else "not ", number, name,
                                        says.replace("#", "")))
            if not good:
                for m in before + after:
                    print("# " + m["rendered"].replace("\n", "\n# "))
    sys.exit(1 if failed else 0)


main()
