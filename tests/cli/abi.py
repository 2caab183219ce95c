# SPDX-License-Identifier: BSD-2-Clause
"""The hypercalls: abi.h, the runtime's table, libhv, the measured figures and the page agree."""

import importlib.machinery
import importlib.util
import re
import sys

from hv import SOURCE, done, ok

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("abi", str(SOURCE / "scripts" / "abi"))
abi = importlib.util.module_from_spec(importlib.util.spec_from_loader("abi", loader))
loader.exec_module(abi)

calls = abi.calls()
names = {c.name for c in calls}
header = abi.HEADER.read_text()
ok(len(calls) >= 22 and len(calls) == len(re.findall(r"^#define \w+ +HV_CALL\(0x", header, re.M)),
   f"abi.h has {len(calls)} calls, each with a block")
ok(abi.PAGE.read_text() == abi.page(),
   "docs/abi.md is what scripts/abi prints (anew: scripts/abi --write)")

table = (SOURCE / "runtime" / "core" / "hypercall.c").read_text()
answered = re.findall(r"^ *\[(HV_\w+) - HV_CALL\(0\)\] = \w+,$", table, re.M)
ok(sorted(answered) == sorted(names), "the runtime answers each of them, and no other",
   sorted(names ^ set(answered)))

libhv = "".join(p.read_text() for p in sorted((SOURCE / "runtime" / "partition").glob("*.[chS]")))
used = set(re.findall(r"\bHV_\w+", re.sub(r"//.*", "", libhv)))
ok(names <= used, "libhv makes each of them", sorted(names - used))

module, figures = abi.figures()
ok(module and set(figures) <= names, "figures are of calls that there are", sorted(set(figures) - names))
said = {c.name: {"HV_OK", *(e for e, _ in c.errors)} for c in calls}
unsaid = [(n, case, result) for n, cases in figures.items() for case, result, _ in cases
          if result not in said[n]]
ok(not unsaid, "no call was seen to return an error that abi.h does not say", unsaid)

# A block that does not keep to its form is refused.
errors = {"HV_INVALID_PARAM", "HV_OK"}
for wrong, block in (
        ("another name", "// HV_B() -> nothing. Never fails.\n"),
        ("no results", "// HV_A(). Never fails.\n"),
        ("an open bracket", "// HV_A(x1 -> nothing. Never fails.\n"),
        ("no errors", "// HV_A() -> nothing. Does it.\n"),
        ("errors that never come", "// HV_A() -> nothing. HV_INVALID_PARAM: x. Never fails.\n"),
        ("an unknown error", "// HV_A() -> nothing. HV_WRONG: so.\n")):
    try:
        refused = bool(abi.Call("HV_A", 0, block, errors)) and False
    except ValueError:
        refused = True
    ok(refused, f"refused: {wrong}")
good = abi.Call("HV_A", 0, "// HV_A(x1 = a (b)) -> x1 = c.\n// Does it. HV_INVALID_PARAM: it lacks\n"
                           "// the right to_do.\n", errors)
ok((good.arguments, good.results, good.text, good.errors, good.rights()) ==
   ("x1 = a (b)", "x1 = c", "Does it.", [("HV_INVALID_PARAM", "it lacks the right to_do")], ["to_do"]),
   "a block is read in its parts", vars(good))

done()
