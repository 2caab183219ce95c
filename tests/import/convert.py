#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Converts every fixture, every broken form of one and every public file, in TAP.

Checking the result must give what checking the file gives: rule, severity and message of every
finding. Where text was not understood nothing may be written, and the errors must be said. The
second conversion must give the same bytes.

usage: convert.py HVBUILD
"""
import pathlib
import tempfile

import dialects
from dialects import DATA, check, ok, run

# What a text says of itself alone: SYN-009 is about text between elements.
OWN = {"SYN-009"}


def keys(found):
    # A finding is kept once for a place; one slot of POK becomes a window on each processor.
    return sorted({f.key() for f in found if f.rule not in OWN})


def differences(before, after):
    one, two = keys(before), keys(after)
    return ["lost: %s %s %s" % k for k in one if k not in two] + \
        ["new: %s %s %s" % k for k in two if k not in one]


def judge(name, path):
    """Converts a file where it is, so that it finds what it takes in."""
    r = run("convert", path.name, cwd=path.parent)
    again = run("convert", path.name, cwd=path.parent)
    _, before, _ = check(path.read_bytes(), path)
    problems = []
    if r.stdout != again.stdout:
        problems.append("not the same bytes twice")
    if r.returncode not in (0, 1) or b"Sanitizer" in r.stderr:
        problems.append("exit %s: %s" % (r.returncode, r.stderr.decode(errors="replace")))
    elif not r.stdout:
        if r.returncode != 1 or b"error[" not in r.stderr:
            problems.append("nothing written, and no word about it")
    else:
        with tempfile.TemporaryDirectory() as there:
            out = pathlib.Path(there) / "system.yaml"
            out.write_bytes(r.stdout)
            _, after, other = check(r.stdout, out)
        problems += differences(before, after) + ([other] if other else [])
        if r.returncode != any(f.rule in ("SCHED-007", "CHAN-005") for f in before):
            problems.append("exit %d" % r.returncode)
    ok(not problems, name, "\n".join(problems))


written = 0
for path in dialects.good() + dialects.placed():
    judge(path.name, path)
with tempfile.TemporaryDirectory() as there:
    for number, (name, suffix, text, _) in enumerate(dialects.broken()):
        path = pathlib.Path(there) / ("broken%d%s" % (number, suffix))
        path.write_text(text, encoding="utf-8")
        judge(name, path)
if DATA.is_dir():
    for path in sorted(p for p in DATA.rglob("*") if p.suffix in (".xml", ".yaml")):
        judge("public: " + path.name, path)
else:
    print("# no shared/data beside the checkout: its public files are not compared")

r = run("convert", pathlib.Path(__file__).with_name("prtos.xml"))
bells = r.stdout.partition(b"doorbells:")[2]
ok(b"name: ipvi0\n    from: control\n" in bells and b"interrupt: 512" in bells and
   b"Ipvi" not in r.stdout and b"virtual interrupt" not in r.stdout, "an Ipvi is a doorbell", r)

r = run("convert", "-", stdin=b"hvbuild: 1\nmodule: {name: a, board: qemu-virt}\n")
ok(r.returncode == 2 and b"already" in r.stderr and not r.stdout, "system.yaml is refused", r)
with tempfile.TemporaryDirectory() as there:
    out = pathlib.Path(there) / "out.yaml"
    r = run("convert", dialects.good()[0], "-o", out)
    ok(r.returncode == 0 and not r.stdout and out.read_bytes().startswith(b"# Converted from"),
       "-o writes a file", r)
dialects.done()
