#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What -W can do: nothing to rules that isolation or the tables rest on, and to the others nothing
that a later step would stumble over. A figure that a rule lists is made no fault by it. What is
only a warning may stay unsaid where a rule that it needs has found something.

usage: weaken.py HVBUILD
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


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    listed = subprocess.run([hvbuild, "rules", "--format", "json"], check=True,
                            capture_output=True, text=True)
    rules = [r for r in json.loads(listed.stdout) if r["checked"]]
    needs = {r["id"]: set(r["needs"]) for r in rules}
    for _ in rules:
        for mine in needs.values():
            mine.update(*[needs.get(n, ()) for n in mine])
    print("1..%d" % len(rules))
    failed = 0
    with tempfile.TemporaryDirectory() as root:
        directory = os.path.join(root, "rules")
        shutil.copytree(HERE, directory)
        elf.write_all(os.path.join(directory, "elf"))
        env = dict(os.environ, BULKHEAD_RUNTIMES=os.path.join(directory, "elf"))

        def check(rule, how, name):
            return subprocess.run([hvbuild, "check", "--quiet", "-W", "%s=%s" % (rule, how), name],
                                  cwd=directory, capture_output=True, text=True, timeout=300,
                                  env=env, check=False)

        names = sorted(n for n in os.listdir(HERE) if re.match(r"[A-Z0-9]+-\d+-.*\.yaml$", n))
        for number, rule in enumerate(rules, 1):
            wrong = []
            refusing = [n for n in names if n.startswith(rule["id"] + "-")
                        and not n.startswith(rule["id"] + "-ok")]
            if rule["isolation"]:
                for how, code in (("off", 2), ("warn", 2), ("error", 1)):
                    run = check(rule["id"], how, refusing[0])
                    if run.returncode != code:
                        wrong.append("-W %s: exit code %d" % (how, run.returncode))
            else:
                for how in ("off", "warn"):
                    for name in refusing:
                        run = check(rule["id"], how, name)
                        shown = "[%s]" % rule["id"] in run.stderr
                        fault = not name.startswith(rule["id"] + "-figure")
                        before = any("[%s]" % n in run.stderr for n in needs[rule["id"]])
                        said = shown or how == "warn" and fault and before
                        if run.returncode not in (0, 1) or said != (how == "warn" and fault):
                            wrong.append("-W %s: %s: exit code %d" % (how, name, run.returncode))
            failed += bool(wrong)
            print("%sok %d - -W %s" % ("not " if wrong else "", number, rule["id"]))
            for why in wrong:
                print("# " + why)
    sys.exit(1 if failed else 0)


main()
