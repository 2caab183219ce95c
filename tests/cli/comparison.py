# SPDX-License-Identifier: BSD-2-Clause
"""docs/comparison.md names every rule that runs exactly once: in the table of what others check, or
in the list of those found nowhere else. `HVBUILD_GOLDEN=write` writes the list anew."""

import json
import os
import pathlib
import re
import textwrap

from hv import done, ok, run

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "comparison.md"
MARK = "<!-- only-here: a test compares this list with the table and with the rules that run -->\n"
COLUMNS = 8


def families(ids):
    """One paragraph for each family, in the order of the rules."""
    groups = {}
    for i in ids:
        groups.setdefault(i.split("-")[0], []).append(i)
    return "".join("\n" + textwrap.fill(", ".join(g), 100, break_on_hyphens=False) + "\n"
                   for g in groups.values())


rules = json.loads(run("rules", "--format", "json").out)
rules = [r["id"] for r in rules if r.get("checked", True)]
text = PAGE.read_text()
head, _, tail = text.partition(MARK)
rows = re.findall(r"^\| ([A-Z0-9]+-\d{3}) \|(.*)\|$", head, re.M)
table = [name for name, _ in rows]
only = [i for i in rules if i not in table]
if os.environ.get("HVBUILD_GOLDEN") == "write":
    PAGE.write_text(head + MARK + families(only))
    tail = families(only)

ok(len(table) == len(set(table)), "no rule has two rows", table)
ok(all(name in rules for name in table), "every row is of a rule that runs",
   [n for n in table if n not in rules])
ok(table == sorted(table, key=rules.index) if all(n in rules for n in table) else False,
   "rows stand in the order of the catalogue")
ok(all(len(cells.split("|")) == COLUMNS - 1 for _, cells in rows), "every row has seven cells")
cells = [c.strip() for _, line in rows for c in line.split("|")]
ok(all(re.fullmatch(r"|(yes|part)( \(\d+\))?", c) for c in cells), "cells are yes, part or empty",
   [c for c in cells if not re.fullmatch(r"|(yes|part)( \(\d+\))?", c)])
ok(all(re.search(r"yes|part", line) for _, line in rows), "every row has a mark")
used = {int(n) for c in cells for n in re.findall(r"\((\d+)\)", c)}
notes = [int(n) for n in re.findall(r"^(\d+)\. ", head, re.M)]
ok(notes == list(range(1, len(notes) + 1)) and used == set(notes), "every note is used, and there",
   used ^ set(notes))
ok(tail == families(only), "the list names all others", families(only))
done()
