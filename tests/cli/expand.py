# SPDX-License-Identifier: BSD-2-Clause
"""`hvbuild expand`: every key of the language is written, and says the same as before."""

import json
import os
import pathlib
import re

from hv import SOURCE, check, done, everything, everything_generic, folder, good, messages, ok, run

schema = json.loads((SOURCE / "schema" / "system.schema.json").read_text())
used = set()


def objects(node):
    """Definitions that a document leads to."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if key == "$ref":
            name = value.split("/")[-1]
            if name not in used:
                used.add(name)
                objects(schema["definitions"][name])
        elif isinstance(value, (dict, list)):
            objects(value)


objects(schema.get("properties", {}))
words = set(schema["properties"])
for name in used:
    for part in [schema["definitions"][name]] + schema["definitions"][name].get("anyOf", []):
        words |= set(part.get("properties", {}))


# What is said leaves nothing to a default: SYN-008 is the one finding that goes.
def findings(text, without=""):
    found = messages(check(text, "--message-format", "json").err)
    return sorted((m["code"], m["level"], m["message"], m["digest"]) for m in found
                  if m["code"] != without)


written = ""
for what, document in [("a document with every key", everything()),
                       ("one for a generic board", everything_generic())]:
    r = run("expand", "-", stdin=json.dumps(document))
    ok(r.code == 0, what, r)
    wanted = findings(json.dumps(document), "SYN-008")
    ok(findings(r.out) == wanted, f"{what}: the same findings", (findings(r.out), wanted))
    again = run("expand", "-", stdin=r.out)
    ok(again.out == r.out, f"{what}: expanded twice, the same bytes", again)
    written += r.out
missing = [w for w in sorted(words - {"include", "defaults", "partition"})
           if not re.search(rf"(^|[ {{]){w}:", written, re.M)]
ok(len(words) > 100 and not missing, f"{len(words)} keys, each is written", missing)

# ---- What a value is, whatever it looks like ------------------------------------------------------
for name in ["true", "null", "1e3", "0x10", "a b", "say \"no\"", "a: b", "#1", "-", "a\\b", "12",
             "'", "*x", "[a]", "Yes"]:
    system = good()
    system["module"]["name"] = name
    system["schedules"][0]["name"] = name
    first = run("expand", "-", stdin=json.dumps(system))
    second = run("expand", "-", stdin=first.out)
    bare = check(first.out, "--message-format", "json")
    ok(first.code == 0 and first.out == second.out and bare.code == 0 and
       first.out.replace("\\\\", "\\").replace('\\"', '"').count(name) >= 2,
       f"a name like {name}", first)
for text, becomes in [("1500us", "1.5ms"), ("2000000ns", "2ms"), ("2.000001ms", "2.000001ms")]:
    system = good()
    system["schedules"][0]["cores"]["0"][0]["duration"] = text
    system["partitions"][0]["duration"] = "1ms"
    r = run("expand", "-", stdin=json.dumps(system))
    ok(f"duration: {becomes}," in r.out, f"{text} is written as {becomes}", r)

# ---- Files ---------------------------------------------------------------------------------------
with folder() as place:
    here = pathlib.Path(place)
    (here / "in" / "deep").mkdir(parents=True)
    (here / "out").mkdir()
    (here / "boards").mkdir()
    board = (SOURCE / "boards" / "qemu-virt.yaml").read_text()
    (here / "boards" / "mine.yaml").write_text(board.replace("name: qemu-virt", "name: mine"))
    (here / "one.elf").write_bytes(b"x")
    system = good()
    system["module"]["board"] = "../boards/mine.yaml"
    system["partitions"][0]["image"] = "../one.elf"
    (here / "in" / "system.yaml").write_text(json.dumps(system))
    before = check(json.dumps(system | {"module": {"name": "small", "board": "qemu-virt"}}))
    for out in ["flat.yaml", "out/far.yaml", "./in/deep/deeper.yaml", str(here / "out" / "whole.yaml"),
                "in/../up.yaml"]:
        (here / "one.elf").unlink(missing_ok=True)
        r = run("expand", "in/system.yaml", "-o", out, cwd=here)
        (here / "one.elf").write_bytes(b"no program")
        found = run("check", out, "--message-format", "json", cwd=here)
        codes = [m["code"] for m in messages(found.err) if m["level"] == "error"]
        ok(r.code == 0 and codes == ["PART-005"], f"paths hold from {out}", (r, found))
    (here / "one.elf").unlink()
    r = run("expand", "in/system.yaml", "-o", "in/system.yaml", cwd=here)
    ok(r.code == 3 and json.loads((here / "in" / "system.yaml").read_text()) == system,
       "the description itself is not overwritten", r)
    system["partitions"][0]["period"] = "10"
    (here / "bad.yaml").write_text(json.dumps(system))
    r = run("expand", "bad.yaml", "-o", "bad.out", cwd=here)
    ok(r.code == 1 and "SYN-002" in r.err and not os.path.exists(here / "bad.out"),
       "nothing is written for a description with errors", r)

done()
