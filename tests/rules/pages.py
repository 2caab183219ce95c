#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What hvbuild says about its rules: explain, rules, docs/rules.md, and their prerequisites.

usage: pages.py HVBUILD
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "..", "docs", "rules.md")


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    number, failed = 0, 0

    def run(*arguments):
        return subprocess.run([hvbuild] + list(arguments), capture_output=True, text=True,
                              timeout=300, check=False)

    def result(good, name, why=""):
        nonlocal number, failed
        number += 1
        failed += not good
        print("%sok %d - %s" % ("" if good else "not ", number, name))
        if not good and why:
            print("# " + str(why))

    everything = json.loads(run("rules", "--format", "json").stdout)
    rules = [r for r in everything if r["checked"]]
    unchecked = [r for r in everything if not r["checked"]]
    ids = [r["id"] for r in rules]
    page = run("rules", "--format", "md").stdout
    with open(PAGE, encoding="utf-8") as f:
        result(f.read() == page, "docs/rules.md is what hvbuild writes",
               "run: hvbuild rules --format md > docs/rules.md")
    listed = [line.split()[0] for line in run("rules").stdout.splitlines()]
    result(listed == ids, "the list has every rule, in the same order")

    unknown = [(r["id"], n) for r in rules for n in r["needs"] if n not in ids]
    result(not unknown, "prerequisites are rules", unknown)
    reached = {r["id"]: set(r["needs"]) for r in rules}
    for _ in rules:
        for needs in reached.values():
            needs.update(*[reached.get(n, set()) for n in needs])
    circles = [i for i in ids if i in reached[i]]
    result(not circles, "no rule needs itself by way of others", circles)
    bare = [r["id"] for r in rules
            if not all(r[k] for k in ("title", "statement", "why", "source"))]
    result(not bare, "every rule has all its texts", bare)
    bare = [r["id"] for r in rules
            if r["severity"] == "error" and r["stage"] != "image" and not (r["good"] and r["bad"])]
    result(not bare, "every error that the description alone decides has both examples", bare)

    wrong = []
    for rule in rules:
        explained = run("explain", rule["id"].lower())
        text = re.sub(r"\s+", " ", explained.stdout)
        if explained.returncode or not all(rule[k] in text for k in ("id", "title", "statement",
                                                                     "why", "source")):
            wrong.append(rule["id"])
    result(not wrong, "explain shows every rule, whatever its letter case", wrong)
    bare = [r["id"] for r in unchecked if not r["title"] or not r["reason"] or r["id"] in ids]
    result(unchecked and not bare, "a rule that is not checked has a reason", bare)
    fixed = [r["id"] for r in rules if r["severity"] == "error"
             and (r["isolation"] or r["stage"] == "read")
             and {w["severity"] for w in r["profiles"].values()} != {"error"}]
    result(not fixed, "no profile weakens what isolation or reading rests on", fixed)
    wrong = [r["id"] for r in rules
             if r["profiles"]["arinc653"] != {"severity": r["severity"]}
             or (r["severity"] == "warning") and r["profiles"]["strict"]["severity"] != "error"]
    result(not wrong, "arinc653 is the table itself, strict makes warnings errors", wrong)
    other = [r for r in rules if "reason" in r["profiles"]["relaxed"]]
    wrong = [r["id"] for r in other if r["profiles"]["relaxed"]["severity"] == r["severity"]
             or r["profiles"]["relaxed"]["reason"] not in run("explain", r["id"]).stdout
             or r["profiles"]["relaxed"]["reason"] not in page]
    result(len(other) > 5 and not wrong, "what relaxed weighs otherwise is explained", wrong)
    later = re.findall(r"^\| ([A-Z0-9]+-\d+) \|", page, re.M)
    wrong = [i for i in later if i in ids or "Not checked" not in run("explain", i).stdout]
    result(later == [r["id"] for r in unchecked] and not wrong, "explain says why a rule is not checked", wrong)
    near = run("explain", "SCHED-0O4")
    result(near.returncode == 2 and "did you mean 'SCHED-004'?" in near.stderr and not near.stdout,
           "explain suggests a rule for a slip", near.stderr)
    far = run("explain", "xyzzy")
    result(far.returncode == 2 and "hvbuild rules" in far.stderr,
           "explain says where rules are listed", far.stderr)
    result(run("rules", "--format", "xml").returncode == 2, "rules refuses an unknown format")
    print("1..%d" % number)
    sys.exit(1 if failed else 0)


main()
