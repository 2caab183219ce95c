# SPDX-License-Identifier: BSD-2-Clause
"""docs/diagnostics.md is a test: its system is clean, and each mistake in it, made as its diff says,
gives exactly the message that stands below it. `HVBUILD_GOLDEN=write` writes the messages anew, to
be read aloud before committing."""

import os
import pathlib
import re

from hv import done, folder, ok, run

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "diagnostics.md"
SECTION = re.compile(r"^## (\d+)\. ([^\n]+)\n(.*?)```diff\n(.*?)```\n\n```text\n(.*?)```\n",
                     re.M | re.S)


def apply(text, diff):
    """The text with the lines of one hunk changed; it must fit in exactly one place."""
    lines = diff.splitlines()
    before = "".join(line[1:] + "\n" for line in lines if line[:1] in "- ")
    after = "".join(line[1:] + "\n" for line in lines if line[:1] in "+ ")
    assert before and text.count(before) == 1, f"does not fit in one place:\n{before}"
    return text.replace(before, after)


text = PAGE.read_text()
base = re.search(r"```yaml\n(.*?)```\n", text, re.S).group(1)
place = folder()
system = pathlib.Path(place.name) / "system.yaml"
system.write_text(base)
r = run("check", "--quiet", "system.yaml", cwd=place.name)
ok(r.code == 0 and not r.err, "the system without a mistake is clean", r)

sections = SECTION.findall(text)
ok([int(n) for n, *_ in sections] == list(range(1, len(sections) + 1)) and len(sections) >= 10,
   "ten mistakes or more, numbered", [n for n, *_ in sections])
ok(len(sections) == text.count("```diff"), "every diff has its message")
for number, title, _, diff, expected in sections:
    system.write_text(apply(base, diff))
    r = run("check", "--quiet", "system.yaml", cwd=place.name)
    ok(r.err == expected and re.search(r"(error|warning)\[", r.err), f"{number}. {title}",
       f"expected:\n{expected}\nfound:\n{r.err}")
    if os.environ.get("HVBUILD_GOLDEN") == "write":
        text = text.replace(f"{diff}```\n\n```text\n{expected}```", f"{diff}```\n\n```text\n{r.err}```")
if os.environ.get("HVBUILD_GOLDEN") == "write":
    PAGE.write_text(text)
done()
