#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Counts the single tests in meson's JUnit files: tally.py STATUS FILE...; last line "N passed, N failed".
import re
import sys
import xml.etree.ElementTree as xml

status, files = int(sys.argv[1]), sys.argv[2:]
passed = failed = 0


def fail(what):
    global failed
    failed += 1
    print(f"failed: {what}")


for name in files:
    try:
        suites = list(xml.parse(name).iter("testsuite"))
    except (OSError, xml.ParseError) as error:
        suites = []
        fail(f"no results: {error}")
    for suite in suites:
        cases = suite.findall("testcase")
        for case in cases:
            # No test here may be skipped: to meson that is also a program that says nothing.
            if any(case.find(bad) is not None for bad in ("failure", "error", "skipped")):
                fail(f"{case.get('classname') or suite.get('name')} {case.get('name')}")
            else:
                passed += 1
        # A program that died may have left results, all of them good, but not as many as planned.
        plan = re.search(r"^1\.\.(\d+)\s*$", suite.findtext("system-out") or "", re.M)
        if suite.find("system-out") is not None and (not plan or int(plan[1]) != len(cases)):
            fail(f"{suite.get('name')}: {len(cases)} results, planned {plan[1] if plan else 'none'}")
if not failed and (status or not passed):
    fail(f"the run as a whole (status {status}, {passed} passed)")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
