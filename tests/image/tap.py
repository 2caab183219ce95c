# SPDX-License-Identifier: BSD-2-Clause
"""Tests as functions: each named test_... of the calling module becomes one TAP line."""
import sys
import traceback


def run(module):
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_")]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, function) in enumerate(tests, 1):
        title = name[5:].replace("_", " ")
        try:
            function()
            print(f"ok {number} - {title}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {title}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)
