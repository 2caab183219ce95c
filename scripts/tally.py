#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Counts the single tests in meson's JUnit files: tally.py STATUS FILE...; last line "N passed, N failed".
import sys
import xml.etree.ElementTree as xml

status, files = int(sys.argv[1]), sys.argv[2:]
passed = failed = skipped = 0
for name in files:
    for case in xml.parse(name).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            print(f"failed: {case.get('classname', '')} {case.get('name')}")
        elif case.find("skipped") is not None:
            skipped += 1
            print(f"skipped: {case.get('classname', '')} {case.get('name')}")
        else:
            passed += 1
# A program that died without a word still failed the run.
failed = failed or status or (0 if passed else 1)
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed else 0)
