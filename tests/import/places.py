#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks the descriptions in the directories below and where exactly each finding stands, in TAP.

DIRECTORY/NAME.expect lists the errors and warnings of DIRECTORY/NAME.xml, one a line: the rule, and
line:column of the file or file:line:column of another one. Every finding must have a remedy.
DIRECTORY/NAME.yaml, where there is one, is what `hvbuild convert` makes of it: every value as read. Files without an .expect are parts of others.

usage: places.py HVBUILD [--write]   (--write: writes what is found, to be read before it is kept)
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DIRECTORIES = ["arinc", "jetos", "xng", "xml"]


def check(hvbuild, directory, name):
    """(exit code, ["RULE place"], findings without a remedy, what is no finding)."""
    run = subprocess.run([hvbuild, "check", "--quiet", "--message-format", "json", name],
                         cwd=os.path.join(HERE, directory), capture_output=True, text=True,
                         timeout=300)
    found, bare, other = [], [], []
    for line in run.stderr.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            other.append(line)
            continue
        if message["level"] == "info":
            continue
        span = next(s for s in message["spans"] if s["primary"])
        file = "" if span["file"] == name else span["file"] + ":"
        found.append("%s %s%d:%d" % (message["code"], file, span["line"], span["column"]))
        if not message["help"]:
            bare.append(found[-1])
    return run.returncode, found, bare, other


def converted(hvbuild, directory, name, write):
    """Whether the conversion is the one that was kept; True when none was."""
    path = os.path.join(HERE, directory, name + ".yaml")
    if not os.path.exists(path):
        return True
    run = subprocess.run([hvbuild, "convert", name + ".xml"], cwd=os.path.join(HERE, directory),
                         capture_output=True, text=True, timeout=300)
    if write:
        with open(path, "w", encoding="utf-8") as f:
            f.write(run.stdout)
    with open(path, encoding="utf-8") as f:
        return f.read() == run.stdout


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    cases = [(d, n[:-7]) for d in DIRECTORIES for n in sorted(os.listdir(os.path.join(HERE, d)))
             if n.endswith(".expect")]
    failed = 0
    print("1..%d" % len(cases))
    for number, (directory, name) in enumerate(cases, 1):
        code, found, bare, other = check(hvbuild, directory, name + ".xml")
        path = os.path.join(HERE, directory, name + ".expect")
        if sys.argv[2:] == ["--write"]:
            with open(path, "w", encoding="utf-8") as f:
                f.write("".join(line + "\n" for line in found))
        with open(path, encoding="utf-8") as f:
            expected = f.read().splitlines()
        kept = converted(hvbuild, directory, name, sys.argv[2:] == ["--write"])
        good = found == expected and not bare and not other and code in (0, 1) and kept
        failed += not good
        print("%sok %d - %s/%s: %d findings" % ("" if good else "not ", number, directory, name,
                                               len(expected)))
        if not good:
            for text in (["missing " + e for e in expected if e not in found] +
                         ["unexpected " + f for f in found if f not in expected] +
                         ["without a remedy: " + b for b in bare] + other +
                         ([] if kept else ["converted otherwise than %s.yaml" % name]) +
                         ["exit code %d, in the order %s" % (code, found)]):
                print("# " + text)
    sys.exit(1 if failed else 0)


main()
