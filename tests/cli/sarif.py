# SPDX-License-Identifier: BSD-2-Clause
"""--message-format sarif: one SARIF 2.1.0 document a run, whatever happens. What the standard's schema
demands of the parts that hvbuild writes is asserted by hand; SARIF_SCHEMA=FILE names a copy of the
published schema, against which every document here is then validated too (needs jsonschema)."""

import json
import os
import pathlib
import re
import subprocess
import sys

from hv import (ENVIRONMENT, HVBUILD, Result, check, done, everything, folder, good, messages, ok,
                run)

LEVELS = {"none", "note", "warning", "error"}
VALIDATOR = None
if "SARIF_SCHEMA" in os.environ:
    import jsonschema
    with open(os.environ["SARIF_SCHEMA"], encoding="utf-8") as schema:
        VALIDATOR = jsonschema.validators.validator_for(json.load(schema))
        schema.seek(0)
        VALIDATOR = VALIDATOR(json.load(schema))


def keys(value, required, optional=()):
    """An object with these properties and no others."""
    assert isinstance(value, dict), value
    assert set(required) <= set(value), (set(required) - set(value), value)
    assert set(value) <= set(required) | set(optional), set(value) - set(required) - set(optional)


def text(value):
    keys(value, ["text"], ["markdown"])
    assert value["text"] and all(isinstance(v, str) for v in value.values()), value


def location(value, whole=True):
    keys(value, [], ["physicalLocation", "message"])
    if "message" in value:
        text(value["message"])
    if "physicalLocation" not in value:
        return
    place = value["physicalLocation"]
    keys(place, ["artifactLocation"], ["region"])
    keys(place["artifactLocation"], ["uri"])
    assert re.fullmatch(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+",
                        place["artifactLocation"]["uri"]), place
    if "region" in place:
        region = place["region"]
        keys(region, ["startLine", "startColumn", "endColumn"])
        assert 1 <= region["startLine"] and 1 <= region["startColumn"] < region["endColumn"], region


def form(document):
    """What sarif-schema-2.1.0.json says of each object; raises at the first difference."""
    keys(document, ["$schema", "version", "runs"])
    assert document["version"] == "2.1.0" and len(document["runs"]) == 1
    one = document["runs"][0]
    keys(one, ["tool", "invocations", "artifacts", "columnKind", "results"])
    assert one["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    keys(one["tool"], ["driver"])
    driver = one["tool"]["driver"]
    keys(driver, ["name", "version", "semanticVersion", "rules"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    for rule in driver["rules"]:
        keys(rule, ["id", "name", "shortDescription", "fullDescription", "help",
                    "defaultConfiguration", "properties"])
        assert re.fullmatch(r"[A-Z0-9][A-Za-z0-9]+", rule["name"]), rule["name"]
        for part in ("shortDescription", "fullDescription", "help"):
            text(rule[part])
        keys(rule["defaultConfiguration"], ["level"])
        assert rule["defaultConfiguration"]["level"] in LEVELS
        tags = rule["properties"]["tags"]
        assert len(set(tags)) == len(tags) > 0 and rule["properties"]["source"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    assert len({rule["name"] for rule in driver["rules"]}) == len(ids), "names are unique"
    for artifact in one["artifacts"]:
        keys(artifact, ["location"])
        location({"physicalLocation": {"artifactLocation": artifact["location"]}})
    keys(one["invocations"][0], ["executionSuccessful", "exitCode", "toolExecutionNotifications"])
    for notice in one["invocations"][0]["toolExecutionNotifications"]:
        keys(notice, ["message", "level"], ["associatedRule"])
        text(notice["message"])
        assert notice["level"] in LEVELS
    for result in one["results"]:
        keys(result, ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints",
                      "suppressions"], ["relatedLocations"])
        assert ids[result["ruleIndex"]] == result["ruleId"] and result["level"] in LEVELS
        text(result["message"])
        for place in result["locations"] + result.get("relatedLocations", []):
            location(place)
        keys(result["partialFingerprints"], ["hvbuild/v1"])
        for waiver in result["suppressions"]:
            keys(waiver, ["kind", "status", "justification", "location", "properties"])
            assert waiver["kind"] in ("inSource", "external") and waiver["status"] == "accepted"
            location(waiver["location"])
    if VALIDATOR:
        VALIDATOR.validate(document)
    return one


def sarif(r, name, stream=None):
    """The run of the one document that a stream holds; a failed test and None when it is not one."""
    try:
        one = form(json.loads(stream if stream is not None else r.err))
    except Exception as why: # a wrong document fails its test, and the others still run
        ok(False, name, f"{type(why).__name__}: {why}\n{r}"[:3000])
        return None
    ok(one["invocations"][0]["exitCode"] == r.code
       and one["invocations"][0]["executionSuccessful"] == (r.code < 2), name, r)
    return one


SARIF = ("--message-format", "sarif")
bad = good()
bad["partitions"][0]["period"] = "10"

# ---- Findings ------------------------------------------------------------------------------------
one = sarif(check(good(), *SARIF), "a good system")
ok(one and all(r["level"] == "note" for r in one["results"]), "has notes only", one)
ok(one and any(n["level"] == "note" and "is not built yet" in n["message"]["text"]
               for n in one["invocations"][0]["toolExecutionNotifications"]),
   "what could not be checked is told", one and one["invocations"])
listed = [r for r in json.loads(run("rules", "--format", "json").out) if r["checked"]]
ok(one and [(r["id"], r["help"]["text"].split("\n")[0]) for r in one["tool"]["driver"]["rules"]]
   == [(r["id"], r["statement"]) for r in listed], "every rule is described")

text_of = {}
for name, system in [("wrong", bad), ("with everything", everything())]:
    r = check(system, *SARIF)
    one = sarif(r, f"a system {name}")
    found = messages(check(system, "--message-format", "json").err)
    level = {"error": "error", "warning": "warning", "info": "note"}
    spans = lambda m: [(s["line"], s["column"], s["end_column"]) for s in m["spans"] if s["line"]]
    have = [(x["ruleId"], x["partialFingerprints"]["hvbuild/v1"],
             [tuple(p["physicalLocation"]["region"].values())
              for p in x["locations"] + x.get("relatedLocations", [])
              if "region" in p.get("physicalLocation", {})]) for x in one["results"]] if one else []
    ok(have == [(m["code"], m["digest"], spans(m)) for m in found] and have,
       f"a system {name}: the same findings and places as in JSON", (have, found))
    ok(one and all(x["level"] == level[m["waiver"]["level"] if m["waiver"] else m["level"]]
                   for x, m in zip(one["results"], found)), f"a system {name}: the same levels")
waived = [x for x in one["results"] if x["suppressions"]] if one else []
ok(len(waived) == 1 and waived[0]["suppressions"][0]["justification"] == "spare time for growth"
   and waived[0]["suppressions"][0]["properties"]["author"] == "A. Reviewer",
   "a waived finding is suppressed, with its reason", waived)

wide = good()
wide["schedules"][0]["cores"]["0"] = [
    {"partition": f"p{i}", "start": f"{i}us", "duration": "1us"} for i in range(500)]
one = sarif(check(wide, *SARIF), "more findings than are kept")
ok(one and any("300 more findings of SCHED-007" in n["message"]["text"]
               for n in one["invocations"][0]["toolExecutionNotifications"]), "their number is told")
one = sarif(check("hvbuild: 1\n\"\u00fc\u20ac\U0001f600\": 1\n", *SARIF), "letters of other alphabets")
ok(one and any(x["locations"][0]["physicalLocation"]["region"] ==
               {"startLine": 2, "startColumn": 1, "endColumn": 6} for x in one["results"]),
   "columns count characters", one and one["results"])

# ---- Files ---------------------------------------------------------------------------------------
with folder() as place:
    here = pathlib.Path(place)
    (here / "good.yaml").write_text(json.dumps(good()))
    (here / "a b#%.yaml").write_text(json.dumps(bad))
    r = run("check", "good.yaml", "a b#%.yaml", "missing.yaml", *SARIF, cwd=here)
    one = sarif(r, "three files, one of which is not there")
    uris = {p["physicalLocation"]["artifactLocation"]["uri"] for x in one["results"]
            for p in x["locations"]} if one else set()
    ok(r.code == 3 and {"a%20b%23%25.yaml", "missing.yaml"} <= uris, "names are URIs", uris)
    ok(one and {"good.yaml", "a%20b%23%25.yaml"} <= {a["location"]["uri"] for a in one["artifacts"]},
       "the files are listed", one and one["artifacts"])
    r = run("check", here / "good.yaml", *SARIF, cwd=here)
    one = sarif(r, "an absolute path")
    ok(one and any(a["location"]["uri"].startswith("file:///") for a in one["artifacts"]), "is a file: URI")
    name = os.fsencode(place) + b"/\xff.yaml"
    with open(name, "wb") as f:
        f.write(b"a: 1\n")
    sarif(run("check", os.fsdecode(name), *SARIF), "a file name that is not UTF-8")
    r = run("check", "missing.yaml", *SARIF, cwd=here)
    sarif(r, "a file that is not there")
    ok(r.code == 3, "is exit 3", r)

    r = run("check", "a b#%.yaml", *SARIF, "--message-file", "m.sarif", cwd=here)
    sarif(r, "--message-file", (here / "m.sarif").read_text())
    ok(r.code == 1 and not r.err and not r.out, "takes all of it", r)

    # ---- Failures keep the form -----------------------------------------------------------------
    def told(one, word):
        return one and any(word in n["message"]["text"] and n["level"] == "error"
                           for n in one["invocations"][0]["toolExecutionNotifications"])

    for what, arguments, code in [
        ("a depfile that cannot be written", ["check", "good.yaml", "--depfile", "no/such/d"], 3),
        ("a message file that cannot be written",
         ["check", "good.yaml", "--message-file", "no/such/m"], 3),
        ("a message file over an input", ["check", "good.yaml", "--message-file", "good.yaml"], 3),
        ("a report that cannot be written", ["check", "good.yaml", "--report", "no/such/r"], 3),
        ("an image that cannot be written", ["build", "good.yaml", "-o", "no/such/i.elf"], 3),
        ("a wrong command line", ["check", *SARIF, "--profile", "lax", "good.yaml"], 2),
    ]:
        r = run(*arguments, *SARIF, cwd=here)
        one = sarif(r, what)
        ok(r.code == code and told(one, "'"), f"{what} is told in it", r)
        j = run(*[a for a in arguments if a not in SARIF], "--message-format", "json", cwd=here)
        lines = [m for m in messages(j.err) if m["code"] is None]
        ok(j.code == code and lines and lines[0]["level"] == "error" and "'" in lines[0]["message"]
           and set(lines[0]) == {"code", "level", "message", "spans", "help", "digest", "waiver",
                                 "rendered"}, f"{what} is told in JSON", j)
    ok(json.loads((here / "good.yaml").read_text()) == good(), "and the input is as it was")

    # ---- Memory ----------------------------------------------------------------------------------
    if "sanitized" in sys.argv:
        print("# a sanitizer needs more address space than any bound here")
    else:
        large = good()
        large["schedules"][0]["cores"]["0"] = [
            {"partition": "one", "start": f"{i}us", "duration": "1us"} for i in range(200000)]
        (here / "large.yaml").write_text(json.dumps(large))

        def bounded(form, kibibytes):
            p = subprocess.run(["sh", "-c", 'ulimit -v $1; shift; exec "$@"', "sh", str(kibibytes),
                                str(HVBUILD), "check", "large.yaml", "--message-format", form],
                               cwd=here, env=ENVIRONMENT, capture_output=True, text=True, timeout=300,
                               check=False)
            return Result(p.returncode, p.stdout, p.stderr)

        # Whatever it is that does not fit any more.
        for kibibytes in range(56000, 88000, 4000):
            r = bounded("sarif", kibibytes)
            sarif(r, f"{kibibytes} KiB of memory")
            ok(r.code == 3 and re.search("ut of memory|allocate memory", r.err),
               f"{kibibytes} KiB: told in SARIF", r)
            r = bounded("json", kibibytes)
            ok(r.code == 3 and re.search("out of memory|allocate memory",
                                         messages(r.err)[-1]["message"]),
               f"{kibibytes} KiB: told in JSON", r)

done()
