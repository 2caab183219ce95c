# SPDX-License-Identifier: BSD-2-Clause
"""Which files are read, and what a build system is told of them."""

import json
import os
import pathlib

from hv import SOURCE, done, folder, good, ok, run


def rules_of(text):
    """A depfile as make reads it: {target: [inputs]}; escapes as this test's names need them."""
    rules = {}
    for line in text.replace("\\\n", " ").splitlines():
        line = line.replace("\\ ", "\0")
        targets, inputs = line.split(":", 1)
        for target in targets.split():
            rules[target.replace("\0", " ")] = [i.replace("\0", " ").replace("$$", "$")
                                                for i in inputs.split()]
    return rules


part = good()["partitions"][0] | {"image": "guests/two.elf", "name": "two"}
main = good()
main["partitions"][0]["image"] = "one elf$.elf"
main["partitions"].append({"include": "parts/two.yaml"})
main["schedules"][0]["cores"]["1"] = [{"partition": "two", "start": "0ms", "duration": "2ms"}]

with folder() as place:
    here = pathlib.Path(place) / "project"
    (here / "parts" / "guests").mkdir(parents=True)
    (here / "system.yaml").write_text(json.dumps(main))
    (here / "parts" / "two.yaml").write_text(json.dumps(part))

    # ---- depfile -------------------------------------------------------------------------------
    r = run("check", "system.yaml", "--depfile", "out/../system.d", cwd=here)
    ok(r.code == 3 and "cannot write" in r.err, "a depfile that cannot be written is exit 3", r)
    r = run("check", "system.yaml", "--depfile", "system.d", cwd=here)
    ok(r.code == 0, "check with --depfile", r)
    rules = rules_of((here / "system.d").read_text())
    ok(list(rules)[0] == "system", "the target is the depfile without .d", rules)
    inputs = rules["system"]
    ok({"system.yaml", "parts/two.yaml"} <= set(inputs), "the document and its include", inputs)
    ok(any(i.endswith("qemu-virt.yaml") for i in inputs), "the board", inputs)
    ok(all(rules.get(i) == [] for i in inputs), "each input also has an empty rule", rules)
    ok(not any(i.endswith(".elf") and "guests" in i for i in inputs), "no missing file is named")

    (here / "one elf$.elf").write_bytes(b"not an ELF")
    r = run("check", "project/system.yaml", "--depfile", "d", "--message-file", "m.txt", cwd=place)
    rules = rules_of((pathlib.Path(place) / "d").read_text())
    ok(r.code == 1 and "PART-005" in (pathlib.Path(place) / "m.txt").read_text(),
       "an image that is no ELF is a finding", r)
    ok("project/one elf$.elf" in rules.get("m.txt", []),
       "names with a space and a dollar; the target is the message file; paths from here", rules)
    (here / "one elf$.elf").unlink()

    # ---- outputs do not replace what was read ------------------------------------------------------
    before = (here / "system.yaml").read_bytes()
    for option in ("--depfile", "--message-file"):
        r = run("check", "system.yaml", option, "system.yaml", cwd=here)
        ok(r.code == 3 and "one of the files that were read" in r.err and
           (here / "system.yaml").read_bytes() == before, f"{option} names the description", r)
    (here / "wrong.yaml").write_text("a: [")
    r = run("check", "wrong.yaml", "--message-file", "wrong.yaml", cwd=here)
    ok(r.code == 3 and (here / "wrong.yaml").read_text() == "a: [", "also one that does not parse", r)
    ok(not list(here.glob("*.tmp")), "nothing temporary is left")
    (here / "log").write_text("")
    os.symlink("log", here / "link")
    r = run("check", "wrong.yaml", "--message-file", "link", cwd=here)
    ok(r.code == 1 and (here / "link").is_symlink() and "SYN-001" in (here / "log").read_text(),
       "findings go through a link as through /dev/stdout", r)
    r = run("check", "system.yaml", "--depfile", "link", cwd=here)
    ok(r.code == 3 and (here / "link").is_symlink(), "a depfile does not take the place of a link", r)

    # ---- paths are relative to the file that names them -------------------------------------------
    for directory, name in [(here, "system.yaml"), (place, "project/system.yaml"), ("/", here / "system.yaml"),
                            (here / "parts", "../system.yaml")]:
        r = run("check", name, cwd=directory)
        ok(r.code == 0 and "of partition 'one' (and 1 more) is not built yet" in r.err,
           f"from {pathlib.Path(directory).name or '/'}", r)

    # ---- includes stay inside the project --------------------------------------------------------
    outside = pathlib.Path(place) / "outside.yaml"
    outside.write_text(json.dumps(part))
    for name, prepare in [("../outside.yaml", None), (str(outside), None),
                          ("link.yaml", lambda: os.symlink(outside, here / "link.yaml"))]:
        if prepare:
            prepare()
        (here / "bad.yaml").write_text(json.dumps(
            main | {"partitions": [main["partitions"][0], {"include": name}]}))
        r = run("check", "bad.yaml", cwd=here)
        ok(r.code == 1 and "outside the directory" in r.err and r.err.count("error[") == 1,
           f"an include outside the project: {pathlib.Path(name).name}", r)
    (here / "bad.yaml").write_text(json.dumps(
        main | {"partitions": [main["partitions"][0], {"include": "bad.yaml"}]}))
    r = run("check", "bad.yaml", cwd=here)
    ok(r.code == 1 and "a whole system" in r.err and r.err.count("error[") == 1,
       "a system that includes itself", r)
    os.symlink("parts/two.yaml", here / "inside.yaml")
    (here / "good.yaml").write_text(json.dumps(
        main | {"partitions": [main["partitions"][0], {"include": "inside.yaml"}]}))
    ok(run("check", "good.yaml", cwd=here).code == 0, "a link that stays inside")
    (here / "bad.yaml").write_text(json.dumps(
        main | {"partitions": [main["partitions"][0], {"include": "parts"}]}))
    r = run("check", "bad.yaml", cwd=here)
    ok(r.code == 1 and "directory" in r.err, "an include that is a directory", r)

    # ---- boards ----------------------------------------------------------------------------------
    board = (SOURCE / "boards" / "qemu-virt.yaml").read_text()
    (here / "mine.yaml").write_text(board.replace("name: qemu-virt", "name: mine"))
    own = dict(main, module={"name": "m", "board": "mine.yaml"})
    (here / "own.yaml").write_text(json.dumps(own))
    r = run("check", "project/own.yaml", cwd=place)
    ok(r.code == 0, "a board file of the project, beside the document", r)
    r = run("check", "own.yaml", cwd=here, env={"BULKHEAD_BOARDS": "/nonexistent"})
    ok(r.code == 0, "which needs no search", r)
    r = run("check", "system.yaml", cwd=here, env={"BULKHEAD_BOARDS": "/nonexistent"})
    ok(r.code == 1 and "BULKHEAD_BOARDS" in r.err, "no boards: where they are looked for", r)
    (here / "mine.yaml").write_text(board.replace("timer_frequency", "timer_frequenzy"))
    r = run("check", "own.yaml", cwd=here)
    ok(r.code == 1 and "mine.yaml:" in r.err and "did you mean 'timer_frequency'?" in r.err
       and r.err.count("error[") == 1, "a fault in a board file is shown there", r)
    (here / "own.yaml").write_text(json.dumps(dict(own, module={"name": "m", "board": "./none.yaml"})))
    r = run("check", "own.yaml", cwd=here)
    ok(r.code == 1 and "cannot read the board file" in r.err, "a board file that is not there", r)

done()
