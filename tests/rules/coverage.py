#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which tests each rule has: accepting files, refusing files, and mutations of a good system.

As a test, in TAP, it fails for a rule that lacks an accepting or a refusing file, or that has
neither a mutation nor a reason in mutate.py why there is none.

usage: coverage.py HVBUILD            the test
       coverage.py HVBUILD --table    the table, in Markdown
"""
import json
import os
import re
import subprocess
import sys

import mutate

HERE = os.path.dirname(os.path.abspath(__file__))


def rows(hvbuild):
    """(rule, accepting files, refusing files, mutations) of every rule that runs; mutations are
    None where a rule only lists what is so, as good systems have it too."""
    listed = subprocess.run([hvbuild, "rules", "--format", "json"], check=True,
                            capture_output=True, text=True)
    rules = [r for r in json.loads(listed.stdout) if r["checked"]]
    files = sorted(os.path.splitext(n)[0] for n in os.listdir(HERE)
                   if re.match(r"[A-Z0-9]+-\d+-.*\.(yaml|xml)$", n))
    mutations = [m[0] for rows in mutate.FILES.values() for m in rows]
    for rule, info in ((r["id"], r["severity"] == "info") for r in rules):
        mine = [n[len(rule) + 1:] for n in files if n.startswith(rule + "-")]
        yield (rule, [n for n in mine if n.startswith("ok")],
               [n for n in mine if not n.startswith("ok")], None if info else mutations.count(rule))


def how_mutated(rule, mutations):
    if mutations is None:
        return "only lists what is so"
    if mutations:
        return "%d mutated" % mutations
    return mutate.NOT_MUTATED.get(rule, "no mutation and no reason for it")


def table(hvbuild):
    print("| rule | accepting | refusing | mutations |")
    print("|---|---|---|---|")
    for rule, accepting, refusing, mutations in rows(hvbuild):
        print("| %s | %s | %s | %s |" % (rule, ", ".join(accepting), ", ".join(refusing),
                                         how_mutated(rule, mutations)))


def main():
    hvbuild = os.path.abspath(sys.argv[1])
    if sys.argv[2:] == ["--table"]:
        return table(hvbuild)
    all_rows = list(rows(hvbuild))
    failed = 0
    print("1..%d" % (len(all_rows) + 1))
    for number, (rule, accepting, refusing, mutations) in enumerate(all_rows, 1):
        good = accepting and refusing and (
            mutations is None or (mutations > 0) != (rule in mutate.NOT_MUTATED))
        failed += not good
        print("%sok %d - %s: %d accepting, %d refusing, %s" % (
            "" if good else "not ", number, rule, len(accepting), len(refusing),
            how_mutated(rule, mutations)))
    unknown = set(mutate.NOT_MUTATED) - {row[0] for row in all_rows}
    print("%sok %d - every rule without a mutation exists" % ("not " if unknown else "",
                                                              len(all_rows) + 1))
    for rule in sorted(unknown):
        print("# " + rule)
    sys.exit(1 if failed or unknown else 0)


main()
