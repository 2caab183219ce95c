# SPDX-License-Identifier: BSD-2-Clause
"""Commands, options, help and exit codes."""

import json
import os
import pathlib
import re

from hv import SOURCE, check, done, folder, good, messages, ok, run

COMMANDS = re.findall(r"^  (\w+) ", run("--help").out, re.M)

# ---- Help fits a terminal ---------------------------------------------------------------------
ok({"build", "check", "schema", "explain", "rules"} <= set(COMMANDS), "commands are listed", COMMANDS)
for page in [["--help"]] + [[c, "--help"] for c in COMMANDS]:
    r = run(*page)
    lines = r.out.splitlines()
    ok(r.code == 0 and not r.err and lines and len(lines) <= 50 and max(map(len, lines)) <= 100,
       f"help fits a terminal: hvbuild {' '.join(page)}", r)
r = run()
ok(r.code == 2 and "usage:" in r.out + r.err, "no arguments: the page, exit 2", r)

# ---- The manual page knows every command and option --------------------------------------------
manual = (SOURCE / "docs" / "hvbuild.1").read_text()
lacks = [c for c in COMMANDS if f".It Cm {c}\n" not in manual]
for command in COMMANDS:
    lacks += [o for o in re.findall(r"--([a-z-]+)", run(command, "--help").out)
              if f" -{o}" not in manual]
ok(not lacks, "the manual page has every command and option", lacks)
synopsis, profiles = [re.search(rf"^\.Sh {s}\n(.*?)^\.Sh", manual, re.M | re.S).group(1)
                      for s in ("SYNOPSIS", "PROFILES")]
ok(set(re.findall(r"Cm (\w+)", synopsis)) == set(COMMANDS), "its synopsis has every command", synopsis)
takes = [c for c in COMMANDS if "--profile" in run(c, "--help").out]
listed = set(re.findall(r"\w+", profiles[:profiles.index("take")])) - {"Cm", "and"}
ok(sorted(listed) == sorted(takes), "it says which commands take a profile", [listed, takes])
bound = re.findall(r"more than \d+ MiB", (SOURCE / "builder" / "base" / "base.c").read_text())
ok(bound and all(b in manual for b in bound), "it says how much memory is too much", bound)

# ---- Version ------------------------------------------------------------------------------------
r = run("--version")
ok(r.code == 0 and re.fullmatch(r"hvbuild \d+\.\d+\.\d+ .*\n", r.out), "--version", r)
r = run("--version", "--json")
ok(r.code == 0 and json.loads(r.out)["program"] == "hvbuild", "--version --json", r)

# ---- Wrong command lines: exit 2, and what was meant ---------------------------------------------
for arguments, says in [
    (["chekc"], "did you mean 'check'?"),
    (["frobnicate"], "there is no command 'frobnicate'"),
    (["check", "--mesage-format", "json", "x"], "did you mean '--message-format'?"),
    (["check", "--message-formt=json", "x"], "did you mean '--message-format'?"),
    (["check", "--zzz", "x"], "unknown option '--zzz'"),
    (["check", "-Z", "x"], "unknown option '-Z'"),
    (["check", "--depfile"], "needs a value"),
    (["check", "--json", "x"], "'--message-format json'"),
    (["check", "--quiet=1", "x"], "takes no value"),
    (["check", "--message-format", "xml", "x"], "text, json"),
    (["check", "--color", "sometimes", "x"], "auto, always, never"),
    (["check"], "hvbuild check: SYSTEM.yaml is missing: hvbuild check SYSTEM.yaml..."),
    (["explain"], "RULE is missing"),
    (["trace"], "FILE is missing"),
    (["trace", "run.trace"], "IMAGE is missing"),
    (["verify", "system.elf"], "SYSTEM.yaml is missing"),
    (["schema", "x"], "too many"),
    (["schema", "--format", "pdf"], "json or md"),
    (["check", "-W", "SYN-005", "x"], "RULE=error"),
    (["check", "-W", "SYN-005=maybe", "x"], "error, warn or off"),
    (["check", "-W", "SNY-005=off", "x"], "did you mean 'SYN-005'?"),
    (["check", "-W", "MEM-002=off", "x"], "isolation"),
    (["check", "-W", "SYN-001=warn", "x"], "cannot weaken"),
]:
    r = run(*arguments)
    ok(r.code == 2 and says in r.err and not r.out, f"exit 2: hvbuild {' '.join(arguments)}", r)

# ---- The four exit codes -------------------------------------------------------------------------
r = check(good(), "--quiet")
ok(r.code == 0 and not r.out and not r.err, "exit 0 and silence for a good system", r)
r = check(good())
ok(r.code == 0 and "is not built yet" in r.err and "of partition" in r.err, "a missing image is named", r)
r = check(good(), "--message-format", "json")
ok(all(m["level"] == "info" for m in messages(r.err)), "but not in between JSON", r)
bad = good()
bad["partitions"][0]["period"] = "10"
r = check(bad)
ok(r.code == 1 and r.err.endswith("\n1 error\n"), "exit 1 and a summary line", r)
ok("error[SYN-002]" in r.err, "the finding is named", r)
r = check(bad, "--quiet")
ok(r.code == 1 and not r.err.endswith("1 error\n"), "--quiet leaves the summary out", r)
r = run("check", "/nonexistent/system.yaml")
ok(r.code == 3 and "cannot be read" in r.err, "exit 3 for a file that cannot be read", r)
r = run("check", "/")
ok(r.code == 3 and "directory" in r.err, "exit 3 for a directory", r)
r = run("schema", env={}, cwd="/")
ok(r.code == 0 and json.loads(r.out), "schema prints JSON")
if os.path.exists("/dev/full"):
    r = check(bad, "--message-file", "/dev/full/x")
    ok(r.code == 3, "exit 3 when the message file cannot be written", r)

# ---- Files ---------------------------------------------------------------------------------------
with folder() as place:
    here = pathlib.Path(place)
    (here / "good.yaml").write_text(json.dumps(good()))
    (here / "bad.yaml").write_text(json.dumps(bad))
    r = run("check", "bad.yaml", "good.yaml", "bad.yaml", cwd=here)
    ok(r.code == 1 and r.err.endswith("\n2 errors\n"), "several files in one run", r)
    r = run("check", "good.yaml", "bad.yaml", "--message-format", "json", "--message-file", "m.json",
            cwd=here)
    found = messages((here / "m.json").read_text())
    ok(r.code == 1 and "SYN-002" in [m["code"] for m in found] and "error" not in r.err,
       "--message-file takes the findings", r)
    ok(not list(here.glob("*.tmp")), "nothing temporary is left")
    r = run("good.yaml", "-o", "x.elf", cwd=here)
    ok(r.code != 2, "a file name alone means build", r)

# ---- Weights -------------------------------------------------------------------------------------
twice = good()
twice["partitions"].append(dict(twice["partitions"][0], name="ONE"))
twice["schedules"][0]["cores"]["1"] = [{"partition": "ONE", "start": "0ms", "duration": "2ms"}]
r = check(twice)
ok(r.code == 0 and "warning[SYN-005]" in r.err and "1 warning" in r.err, "a warning is exit 0", r)
r = check(twice, "-W", "SYN-005=error")
ok(r.code == 1 and "error[SYN-005]" in r.err, "-W RULE=error", r)
r = check(twice, "-W", "syn-005=off")
ok(r.code == 0 and "SYN-005" not in r.err, "-W RULE=off, in any letter case", r)
r = check(twice, "-W", "SYN-005=error,SYN-005=off")
ok(r.code == 0 and "SYN-005" not in r.err, "several in one option, the last counts", r)

# ---- Colour --------------------------------------------------------------------------------------
ok("\033[" not in check(bad).err, "no colour into a pipe")
ok("\033[1;31merror[SYN-002]" in check(bad, "--color", "always").err, "--color always")
r = run("check", "-", "--color=always", stdin=json.dumps(bad), env={"NO_COLOR": "1"})
ok("\033[" in r.err, "--color always is stronger than NO_COLOR", r)
ok("\033[" not in check(bad, "--color", "never").err, "--color never")
ok("\033[" not in check(bad, "--color", "always", "--message-format", "json").err,
   "no colour in JSON")

done()
