#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks every fixture and every broken form of one, in TAP.

NAME.expect beside a fixture lists its errors and warnings, one a line: the rule and the line. A
broken form must give the findings of its row and no other error or warning; each points at the
text that the row names, shows the line of the second place, and has a remedy.

usage: run.py HVBUILD
"""
import dialects
from dialects import DATA, check, ok

# What is known of public files; whatever is not here has no error.
KNOWN = {
    "air-shm-no-period-start.xml": {"SCHED-011"},
    # Beside the misspelt names: a name with a blank, no refresh periods, no period starts.
    "module_5part_200ms_raw_names.xml": {"SCHED-007", "SYN-003", "PORT-005", "SCHED-011"},
    "mix_os_demo_aarch64.xml": {"MC-006"},
    "echo-direct-period-beyond-frame.yaml": {"SCHED-002"},
}


def judged(found):
    return [f for f in found if f.level in ("error", "warning")]


for path in dialects.good():
    code, found, other = check(path.read_bytes())
    expect = path.with_suffix(".expect")
    wanted = sorted(tuple(line.split()) for line in expect.read_text().splitlines()) \
        if expect.exists() else []
    have = sorted((f.rule, str(f.primary["line"])) for f in judged(found))
    ok(have == wanted and not other and code == any(f.level == "error" for f in found),
       path.name, "exit %d\n%s\n%s" % (code, other, "\n".join(map(str, found))))


def wrong(f, at, other):
    """Why a finding is not as its row says, or None."""
    if at is not None and f.at() != at:
        return "points at %r instead of %r" % (f.at(), at)
    if other is not None and not any(other in f.line_of(s) for s in f.others):
        return "no second place with %r" % other
    if not f.primary or not f.primary["line"]:
        return "has no place"
    if not f.help and not any(f.labels):
        return "has no remedy"
    return None


for name, _, text, findings in dialects.broken():
    code, found, other = check(text.encode())
    have, problems = judged(found), []
    for row in findings:
        rule, at, second = (*row, None)[:3]
        match = next((f for f in have if f.rule == rule and (at is None or f.at() == at)), None)
        if match is None:
            problems.append("no %s at %r" % (rule, at))
            continue
        have.remove(match)
        problems.append(wrong(match, at, second))
    problems += ["besides: " + str(f) for f in have]
    problems = [p for p in problems if p]
    if not findings:
        problems.append("no findings are expected")
    ok(not problems and not other and code == any(f.level == "error" for f in found), name,
       "\n".join([f"exit {code}", other, *problems, *map(str, found)]))

if DATA.is_dir():
    for path in sorted(p for p in DATA.rglob("*") if p.suffix in (".xml", ".yaml")):
        code, found, other = check(path.read_bytes())
        errors = {f.rule for f in found if f.level == "error"}
        bare = [f for f in found if f.level == "error" and not (f.primary["line"] and f.help)]
        ok(errors == KNOWN.get(path.name, set()) and not bare and not other,
           "public: " + path.name, "\n".join([other, *map(str, found)]))
else:
    print("# no shared/data beside the checkout: its public files are not compared")

dialects.done()
