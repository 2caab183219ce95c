#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`hvbuild expand` of every accepted file here: the result is a description that gives the same
findings, and expanding it again gives the same bytes. Only what unfolds to more than hvbuild reads is
refused.

usage: expand.py HVBUILD
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


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    names = sorted(n for n in os.listdir(HERE) if re.match(r"[A-Z0-9]+-\d+-ok.*\.yaml$", n))
    names += ["mutate.yaml"]
    with tempfile.TemporaryDirectory() as root:
        directory = os.path.join(root, "rules")
        shutil.copytree(HERE, directory)
        elf.write_all(os.path.join(directory, "elf"))
        env = dict(os.environ, BULKHEAD_RUNTIMES=os.path.join(directory, "elf"))

        def run(*arguments):
            return subprocess.run([hvbuild, *arguments], cwd=directory, capture_output=True,
                                  text=True, timeout=300, env=env, check=False)

        # What is said leaves nothing to a default: SYN-008 is the one finding that goes.
        def findings(name, without=""):
            found = run("check", "--quiet", "--message-format", "json", name)
            lines = [json.loads(line) for line in found.stderr.splitlines()]
            return found.returncode, sorted((m["code"], m["level"], m["message"]) for m in lines
                                            if m["code"] != without)

        def judge(name):
            one, two = "expanded-" + name, "twice-" + name
            first = run("expand", "--quiet", name, "-o", one)
            if name == "SCHED-019-ok-limit.yaml": # a million windows
                refused = first.returncode == 3 and "more than is read" in first.stderr
                return None if refused else "exit code %d" % first.returncode
            if first.returncode:
                return "expand: exit code %d: %s" % (first.returncode, first.stderr[:500])
            wanted, have = findings(name, "SYN-008"), findings(one)
            if wanted != have:
                return "findings differ: %s, %s" % (wanted, have)
            second = run("expand", "--quiet", one, "-o", two)
            with open(os.path.join(directory, one), "rb") as a:
                once = a.read()
            if second.returncode:
                return "expand again: exit code %d: %s" % (second.returncode, second.stderr[:500])
            with open(os.path.join(directory, two), "rb") as b:
                if once != b.read():
                    return "expanding twice changes it"
            if run("expand", "--quiet", name).stdout.encode() != once:
                return "the output stream gets something else"
            return None

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(judge, names))
    print("1..%d" % len(names))
    for number, (name, why) in enumerate(zip(names, results), 1):
        print("%sok %d - %s" % ("not " if why else "", number, name))
        if why:
            print("# " + why.replace("\n", "\n# "))
    sys.exit(1 if any(results) else 0)


main()
