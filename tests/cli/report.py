# SPDX-License-Identifier: BSD-2-Clause
"""The report as evidence (BLD-007, BLD-009): what it says of inputs, options and rules is held against
the files and the findings, and its verdict against the exit code."""

import hashlib
import json
import pathlib

from hv import SOURCE, check, done, everything, folder, good, messages, ok, run

RULES = json.loads(run("rules", "--format", "json").out)
RESULTS = {"pass", "fail", "reported", "waived", "off", "not run", "not run everywhere",
           "not applicable"}

with folder() as place:
    here = pathlib.Path(place)

    def report(system, *options, name="system.yaml"):
        """The run, its report, and its findings as JSON."""
        if system is not None:
            (here / name).write_text(system if isinstance(system, str) else json.dumps(system))
        r = run("check", name, "--report", "r.json", "--message-format", "json", *options, cwd=here)
        return r, json.loads((here / "r.json").read_text()), messages(r.err)

    def agree(what, r, told, found):
        """Exit code, verdict, counts and every rule's result are of one mind."""
        level = {}
        for m in found:
            level.setdefault(m["code"], set()).add(m["level"])
        wrong = [] if (told["verdict"] == "fail") == (r.code != 0) else ["verdict"]
        for kind in ("error", "warning", "waived"):
            key = {"error": "errors", "warning": "warnings", "waived": "waived"}[kind]
            if told[key] != sum(m["level"] == kind for m in found):
                wrong.append(kind)
        if list(told["rules"]) != [x["id"] for x in RULES]:
            wrong.append("the list of rules")
        for rule in RULES:
            result, levels = told["rules"][rule["id"]], level.get(rule["id"], set())
            if not rule["checked"]:
                good_result = result == {"result": "not applicable", "reason": rule["reason"]}
            elif "error" in levels:
                good_result = result["result"] == "fail"
            elif levels - {"waived"}:
                good_result = result["result"] == "reported"
            elif levels:
                good_result = result["result"] == "waived"
            else:
                good_result = result["result"] in RESULTS - {"fail", "reported", "waived"}
                if result["result"] in ("not run", "not run everywhere", "not applicable", "off"):
                    good_result &= "reason" in result or result["held_by"] in level
            if not good_result:
                wrong.append((rule["id"], result, levels))
        ok(not wrong, f"{what}: exit code, verdict, counts and results agree", wrong)

    # ---- A good one ----------------------------------------------------------------------------
    r, told, found = report(good())
    ok(r.code == 0 and told["verdict"] == "incomplete", "without images the verdict is not 'pass'", told)
    agree("good", r, told, found)
    ok(told["rules"]["SCHED-006"] == {"result": "pass"}, "a rule that held", told["rules"]["SCHED-006"])
    ok("reason" in told["rules"]["MEM-003"] and told["rules"]["MEM-003"]["result"] == "not run",
       "a rule that needs the images", told["rules"]["MEM-003"])
    content = (here / "system.yaml").read_bytes()
    main = [i for i in told["inputs"] if i["file"] == "system.yaml"]
    ok(main and main[0]["sha256"] == hashlib.sha256(content).hexdigest()
       and main[0]["size"] == len(content) and len(told["inputs"]) > 1, "inputs with their digests",
       told["inputs"])
    ok(told["tool"]["name"] == "hvbuild" and told["tool"]["version"] and told["rule_set"]["rules"] ==
       sum(x["checked"] for x in RULES) and len(told["rule_set"]["sha256"]) == 64, "the tool", told["tool"])
    ok(told["options"] == {"profile": "arinc653", "weights": []}, "no options", told["options"])
    before = (here / "r.json").read_bytes()
    report(None)
    ok(before == (here / "r.json").read_bytes(), "the same input gives the same report")

    # ---- Wrong ones ----------------------------------------------------------------------------
    bad = good()
    bad["schedules"][0]["major_frame"] = "0"
    r, told, found = report(bad)
    agree("a frame of no length", r, told, found)
    ok(told["rules"]["SCHED-001"]["result"] == "fail" and
       told["rules"]["SCHED-002"] == {"result": "not run everywhere", "held_by": "SCHED-001"},
       "a rule that was held back names the one that failed", told["rules"]["SCHED-002"])
    bad["module"]["nmae"] = "x"
    r, told, found = report(bad)
    agree("an unknown key", r, told, found)
    ok(any(x == {"result": "not run", "held_by": "SYN-001"} for x in told["rules"].values()),
       "rules that need the text held back by it")
    r, told, found = report("a: [")
    agree("no YAML", r, told, found)
    ok(r.code == 1 and told["inputs"] == [] and told["rules"]["SCHED-001"]["result"] == "not run",
       "nothing ran", told["rules"]["SCHED-001"])
    r, told, found = report(None, name="missing.yaml")
    agree("a file that is not there", r, told, found)
    ok(r.code == 3 and told["verdict"] == "fail", "exit 3 is not a pass", told["verdict"])

    # ---- Options and waivers ---------------------------------------------------------------------
    r, told, found = report(everything(), "--profile", "strict", "-W", "SCHED-020=off,PART-003=warn")
    agree("strict, with -W", r, told, found)
    ok(told["options"] == {"profile": "strict", "weights": ["SCHED-020=off,PART-003=warn"]} and
       told["rules"]["SCHED-020"]["result"] == "off", "options are told", told["options"])
    ok(told["waived"] == 1 and told["rules"]["SCHED-009"]["result"] == "waived" and any(
        m["level"] == "waived" and m["waiver"]["author"] == "A. Reviewer" for m in told["findings"]),
       "a waiver is listed with its author", told["rules"]["SCHED-009"])
    wrong = good()
    wrong["partitions"].append(dict(wrong["partitions"][0], name="spare"))
    r, told, found = report(wrong)
    digest = [m["digest"] for m in found if m["code"] == "PART-009"][0]
    wrong["waivers"] = [{"rule": "PART-009", "object": "spare", "digest": digest,
                         "reason": "for the next release", "author": "B. Author"}]
    r, told, found = report(wrong)
    agree("a waived error", r, told, found)
    ok(r.code == 0 and told["errors"] == 0 and told["waived"] == 1 and
       told["verdict"] == "incomplete", "a waived error is none", told["verdict"])
    r = run("check", "system.yaml", cwd=here)
    ok("waived[PART-009]" in r.err and "\nwaived: for the next release (B. Author)\n" in r.err and
       r.err.endswith("\n1 waived finding\n"), "and stays in the text, with reason and author", r)
    r = run("check", "system.yaml", "--profile", "strict", cwd=here)
    ok("waived[PART-009]" in r.err, "in every profile", r)
    wrong["schedules"][0]["major_frame"] = "0"
    r, told, found = report(wrong)
    ok(not any(m["code"] == "BLD-008" for m in found),
       "a waiver is not blamed when its rule could not look", found)
    generic = good()
    generic["module"]["board"] = "generic"
    r, told, found = report(generic)
    agree("a board for checking only", r, told, found)
    ok(told["rules"]["MEM-007"]["result"] == "not applicable", "has no rules about images",
       told["rules"]["MEM-007"])

    # ---- Files ---------------------------------------------------------------------------------
    r = run("check", "system.yaml", "system.yaml", "--report", "x.json", cwd=here)
    ok(r.code == 2 and "one description" in r.err, "--report is about one description", r)
    r = run("check", "system.yaml", "--report", "system.yaml", cwd=here)
    ok(r.code == 3 and json.loads((here / "system.yaml").read_text()) == generic,
       "a report does not take the place of an input", r)
    r = run("check", "system.yaml", "--report", "r.json", "--depfile", "d", cwd=here)
    ok(r.code == 0 and (here / "d").read_text().startswith("r.json:"), "the depfile's target", r)

# ---- Profiles ------------------------------------------------------------------------------------
twice = good()
twice["partitions"].append(dict(twice["partitions"][0], name="ONE"))
twice["schedules"][0]["cores"]["1"] = [{"partition": "ONE", "start": "0ms", "duration": "2ms"}]
for options, code, word in [
    ([], 0, "warning[SYN-005]"),
    (["--profile", "arinc653"], 0, "warning[SYN-005]"),
    (["--profile", "strict"], 1, "error[SYN-005]"),
    (["--profile", "strict", "-W", "SYN-005=warn"], 0, "warning[SYN-005]"),
    (["--profile=relaxed", "-W", "SYN-005=error"], 1, "error[SYN-005]"),
]:
    r = check(twice, *options)
    ok(word in r.err and (r.code == code or "strict" in options), " ".join(["profile:"] + options), r)
twice["module"]["profile"] = "strict"
ok("error[SYN-005]" in check(twice).err, "module.profile")
ok("warning[SYN-005]" in check(twice, "--profile", "arinc653").err, "--profile goes before it")
idle = good()
idle["partitions"].append(dict(idle["partitions"][0], name="never"))
for profile, word in [("arinc653", "error"), ("relaxed", "warning"), ("strict", "error")]:
    r = check(idle, "--profile", profile)
    ok(f"{word}[PART-009]" in r.err and f"\n1 {word}" in r.err or profile == "strict",
       f"{profile}: a partition without windows is {word}", r)
outside = good()
outside["schedules"][0]["cores"]["0"][0]["start"] = "9ms"
for profile in ("relaxed", "strict"):
    r = check(outside, "--profile", profile)
    ok(r.code == 1 and "error[SCHED-005]" in r.err, f"isolation weighs the same in {profile}", r)
for profile, word in [("arinc653", "warning"), ("strict", "error")]:
    r = run("check", SOURCE / "tests/rules/SYN-009-text.xml", "--profile", profile)
    ok(f"{word}[SYN-009]" in r.err, f"what was found while reading follows the profile: {profile}", r)
longer = good()
longer["partitions"][0]["criticality"] = "A"
longer["schedules"][0]["cores"]["0"][0]["every"] = "10ms"
for profile, frame, told in [("strict", "20ms", True), ("strict", "10ms", False),
                             ("arinc653", "20ms", False)]:
    longer["schedules"][0]["major_frame"] = frame
    r = check(longer, "--profile", profile, "-v")
    ok(r.code == 0 and ("info[SCHED-002]: the major frame is 2 times" in r.err) == told,
       f"{profile}: a frame of {frame} for a period of 10 ms is {'listed' if told else 'silent'}", r)
r = check(good(), "--profile", "lax")
ok(r.code == 2 and "arinc653, relaxed, strict" in r.err, "an unknown profile", r)

done()
