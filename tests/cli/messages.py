# SPDX-License-Identifier: BSD-2-Clause
"""Findings as people and machines read them. NAME.yaml in golden/ must give exactly NAME.expect on
the error stream (titles of rules aside); `HVBUILD_GOLDEN=write` writes the expectations anew, to be read before committing."""

import os
import pathlib
import re

from hv import check, done, folder, good, messages, ok, run

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"

for source in sorted(GOLDEN.glob("*.yaml")):
    if source.name.startswith("part-"):
        continue
    r = run("check", source.name, cwd=GOLDEN)
    # A rule's title belongs to rules.def, not to the form.
    form = re.sub(r"^note: .*; see 'hvbuild explain", "note: (title); see 'hvbuild explain", r.err,
                  flags=re.M)
    expect = source.with_suffix(".expect")
    if os.environ.get("HVBUILD_GOLDEN") == "write":
        expect.write_text(form)
    ok(r.code == 1 and not r.out and expect.exists() and form == expect.read_text(),
       f"golden: {source.stem}", r)

    # The same record as JSON: the rendered text is what a person sees, place by place.
    j = run("check", source.name, "--message-format", "json", cwd=GOLDEN)
    found = [m for m in messages(j.err) if m["level"] != "info"]
    good_form = all(
        set(m) == {"code", "level", "message", "spans", "help", "digest", "waiver", "rendered"}
        and m["level"] in ("error", "warning")
        and sum(s["primary"] for s in m["spans"]) == 1
        and all(set(s) == {"file", "line", "column", "end_column", "label", "primary"}
                and (s["line"] is None or 1 <= s["column"] < s["end_column"]) for s in m["spans"])
        for m in found)
    ok(found and good_form and j.code == 1 and not j.out, f"JSON form: {source.stem}", j)
    heads = [m["rendered"].splitlines()[0] for m in found]
    ok(all(h in r.err for h in heads), f"JSON and text agree: {source.stem}", heads)

# ---- Many findings stay readable ------------------------------------------------------------------
system = good()
system["schedules"][0]["cores"]["0"] = [
    {"partition": f"two{i}", "start": f"{i}us", "duration": "1us"} for i in range(1000)]
r = check(system)
ok(r.code == 1 and r.err.count("error[SCHED-007]: there is no partition") == 200
   and "800 more findings of this rule are not shown" in r.err and "1000 errors" in r.err,
   "a thousand findings: 200 and a count", r)
ok(r.err.count("hvbuild explain SCHED-007") == 1, "the rule is explained once", r)

# ---- XML -----------------------------------------------------------------------------------------
with folder() as d:
    (pathlib.Path(d) / "m.xml").write_text(
        '<p:MODULE xmlns:p="urn:m">\n<p:Partitions>\n</p:Partition>\n</p:MODULE>\n')
    r = run("check", "m.xml", cwd=d)
    ok("element 'p:Partitions' ends with another tag" in r.err
       and "help: close it by </p:Partitions>\n" in r.err, "a wrong end tag, with its prefix", r)

# ---- Order ---------------------------------------------------------------------------------------
r = check("partitions: []\nzzz: 1\nhvbuild: 2\naaa: 1\n")
found = [m["spans"][0] for m in messages(check("partitions: []\nzzz: 1\nhvbuild: 2\naaa: 1\n",
                                              "--message-format", "json").err)]
places = [(s["line"], s["column"]) for s in found]
ok(places == sorted(places) and len(places) >= 4, "findings are sorted by place", places)
ok(check(good()).err == check(good()).err, "the same input gives the same text")

# ---- Hostile names -------------------------------------------------------------------------------
r = check('hvbuild: 1\n"\\e[31mred\\x07": 1\n', "--color", "never")
ok("\033" not in r.err and "\a" not in r.err and "\\x1b[31mred\\x07" in r.err,
   "control characters do not reach the terminal", r)
with folder() as place:
    name = os.fsencode(place) + b"/\xff\xfe.yaml"
    with open(name, "wb") as f:
        f.write(b"a: 1\n")
    r = run("check", os.fsdecode(name), "--message-format", "json")
    ok(r.code == 1 and messages(r.err), "a file name that is not UTF-8 still gives JSON", r)

done()
