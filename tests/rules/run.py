#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs `hvbuild check` over every file here and compares what it finds, in TAP.

RULE-what.yaml, or .xml in one of the dialects, is a whole system, RULE-what.expect lists the
findings that it must have, one a line: the rule and the line (or file:line), and the level where
that is in question. Nothing else may be found. Findings of severity info are compared only for the rule after which the file is named:
every system has some. What is waived does not count.

A file whose name goes on with "ok" after the rule must be accepted, all others are refused (or
warned about; or, after "figure", have only the figure that a rule lists when nothing is wrong).
Every rule of `hvbuild rules` needs one of each: see coverage.py.

usage: run.py HVBUILD
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import elf

HERE = os.path.dirname(os.path.abspath(__file__))


def findings(hvbuild, path, directory):
    """The exit code and the findings of one file: a list of (rule, level, place)."""
    run = subprocess.run([hvbuild, "check", "--quiet", "--message-format", "json",
                          os.path.basename(path)],
                         cwd=directory, capture_output=True, text=True, timeout=300,
                         env=dict(os.environ, BULKHEAD_RUNTIMES=os.path.join(directory, "elf")))
    found = []
    for line in run.stderr.splitlines():
        try:
            message = json.loads(line)
        except ValueError: # "hvbuild: ..." or a sanitizer's report: whatever it is, it is a failure
            found.append((line, "error", "-"))
            continue
        span = next((s for s in message["spans"] if s["primary"]), None)
        place = "-"
        if span and span["line"]:
            same = span["file"] == os.path.basename(path)
            place = str(span["line"]) if same else "%s:%d" % (span["file"], span["line"])
        found.append((message["code"], message["level"], place))
    return run.returncode, found


def compare(name, code, found, expected):
    """None when a file behaved, else what is wrong."""
    rule = "-".join(name.split("-")[:2])
    errors = any(level == "error" for _, level, _ in found)
    levels = {e for e in expected if len(e) == 3}
    have = sorted((r, place) for r, level, place in found
                  if level not in ("info", "waived") or r == rule)
    if code != (1 if errors else 0):
        return "exit code %d" % code
    if have != sorted(e[:2] for e in expected) or levels - {(r, p, level) for r, level, p in found}:
        return "expected %s, found %s" % (sorted(expected), have)
    if name.startswith(rule + "-figure") and any(
            r == rule and level != "info" for r, level, _ in found):
        return "what is listed is a fault"
    if re.match(r"[A-Z]+-\d+-ok", name) and expected:
        return "an accepting file expects findings"
    if not re.match(r"[A-Z]+-\d+-ok", name) and rule not in [e[0] for e in expected]:
        return "a refusing file does not expect its own rule"
    return None


def expected_of(path):
    with open(path, encoding="utf-8") as f:
        return [tuple(line.split()) for line in f if line.strip()]


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    files = sorted(n for n in os.listdir(HERE) if re.match(r"[A-Z0-9]+-\d+-.*\.(yaml|xml)$", n))
    names = [os.path.splitext(n)[0] for n in files]
    with tempfile.TemporaryDirectory() as root:
        directory = os.path.join(root, "rules")
        shutil.copytree(HERE, directory)
        shutil.copy(os.path.join(HERE, "include", "a.partition.yaml"),
                    os.path.join(root, "outside.partition.yaml"))
        elf.write_all(os.path.join(directory, "elf"))
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda n: findings(hvbuild, n, directory), files))

    print("1..%d" % len(names))
    number, failed = 0, 0

    def result(good, name, why):
        nonlocal number, failed
        number += 1
        failed += not good
        print("%sok %d - %s" % ("" if good else "not ", number, name))
        if not good:
            print("# " + why)

    for name, (code, found) in zip(names, results):
        why = compare(name, code, found, expected_of(os.path.join(HERE, name + ".expect")))
        result(why is None, name, why)
    sys.exit(1 if failed else 0)


main()
