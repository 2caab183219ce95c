# SPDX-License-Identifier: BSD-2-Clause
"""hvbuild schedule: pages in golden form (schedule/NAME.yaml, NAME.PAGE), files, wrong names."""

import json
import pathlib
import xml.etree.ElementTree as xml

from hv import check, done, everything, folder, good, ok, run

HERE = pathlib.Path(__file__).resolve().parent / "schedule"
TWO = HERE / "two.yaml"

for page, options in [("page", []), ("why-partition", ["--why", "nav", "--schedule", "flight"]),
                      ("why-process", ["--why", "nav.log"]),
                      ("least", ["--least-duration"]),
                      ("windows", ["--yaml"]),
                      ("narrow", ["--schedule", "ground", "--width", "50"])]:
    r = run("schedule", "-q", "--color", "never", TWO, *options)
    ok(r.out == (HERE / f"two.{page}").read_text(), f"golden: {page}", r)
    ok(max(map(len, r.out.splitlines())) <= 110, f"and it fits: {page}")

TIMES = HERE / "times.yaml"
for page, options in [("page", []), ("why-edf", ["--why", "radio.slow"]),
                      ("why-queue", ["--why", "orders"]), ("why-channel", ["--why", "state"]),
                      ("why-chain", ["--why", "way"]),
                      ("why-vcpu", ["--why", "servo.hold"])]:
    r = run("schedule", "-q", "--color", "never", TIMES, *options)
    ok(r.code == 0 and r.out == (HERE / f"times.{page}").read_text(), f"golden: times, {page}", r)

times = TIMES.read_text()
r = run("schedule", "-q", "-", "--why", "radio.fast",
        stdin=times.replace("deadline: 12ms", "deadline: 5ms"))
ok("deadline 5 ms: too late" in r.out, "--why says what is too late", r)
r = run("schedule", "-q", "-", "--why", "nav.law",
        stdin=times.replace("wcet: 1ms, bcet: 500us, ", ""))
ok("not proved" in r.out.splitlines()[0], "--why says what is not proved", r)

short = good()
short["schedules"][0]["cores"]["0"][0]["duration"] = "1ms"
r = run("schedule", "-", stdin=json.dumps(short))
ok(r.code == 1 and "SCHED-008" in r.err and "has errors" in r.err and "core 0   AAAA" in r.out,
   "what is wrong is said, and drawn all the same", r)
# The windows take the place of `synthesize`.
windows = (HERE / "two.windows").read_text().split("    major_frame: ")[1:]
found = ["    major_frame: " + w.split("  - name:")[0] for w in windows]
parts = TWO.read_text().split("    synthesize: true\n")
pasted = parts[0] + found[0] + parts[1] + found[1]
r = check(pasted, "-q")
ok(r.code == 0 and not r.err, "--yaml can be pasted", r)
r = run("schedule", "-q", "--color", "always", TWO)
ok("\033[48;5;" in r.out, "colour when asked", r)

r = run("schedule", "-q", TWO, "--json")
page = json.loads(r.out)
flight, ground = page["schedules"]
nav = flight["partitions"][0]
windows = [(w["partition"], w["start_ns"], w["end_ns"]) for w in ground["cores"][1]["windows"]]
ok(r.code == 0 and flight["synthesized"] and nav["name"] == "nav" and nav["jitter_ns"] == 0 and
   nav["least_supply_ns"] == 12000000 and nav["processes"][0]["response_ns"] == 3000000 and
   windows[:2] == [("nav", 0, 12000000), ("radio", 12000000, 20000000)] and
   page["changes"][0] == {"from": "flight", "to": "ground", "within_ns": 40000000,
                          "running_ns": 52000000}, "--json has windows and figures", r)
r = run("schedule", "--help")
ok("--json" in r.out.split("options:")[0], "--help names --json", r)
r = run("schedule", "-q", TWO, "--json", "--schedule", "ground")
ok([s["name"] for s in json.loads(r.out)["schedules"]] == ["ground"], "--json of one schedule", r)

r = run("schedule", "-q", "-", stdin=json.dumps(everything()))
ok("two.in" in r.out and "whole" in r.out, "channels and chains are listed", r)
for name, says in [("a", "longest latency: "), ("whole", "reaction: ")]:
    r = run("schedule", "-q", "-", "--why", name, stdin=json.dumps(everything()))
    ok(r.code == 0 and says in r.out, f"--why {name}: its terms", r)

with folder() as place:
    r = run("schedule", "-q", TWO, "--svg", "x.svg", cwd=place)
    root = xml.parse(pathlib.Path(place) / "x.svg").getroot()
    ok(root.tag.endswith("svg") and not r.out, "--svg writes a picture and no page", r)
    for name in ("two", "times"):
        r = run("schedule", "-q", HERE / f"{name}.yaml", "--svg", "y.svg", cwd=place)
        ok((pathlib.Path(place) / "y.svg").read_text() == (HERE / f"{name}.svg").read_text(),
           f"golden: the picture of {name}.yaml", r)
    r = run("schedule", "-q", TWO, "--svg", str(TWO))
    ok(r.code == 3 and TWO.read_text().startswith("#"), "but not over what was read", r)

for options, says in [(["--why", "nav.lgo"], "did you mean 'nav.log'?"),
                      (["--why", "nothing at all"], "there is no"),
                      (["--schedule", "fligth"], "did you mean 'flight'?"),
                      (["--schedule", "zzz"], "there is no schedule 'zzz'"),
                      (["--width", "39"], "from 40 to 400")]:
    r = run("schedule", "-q", TWO, *options)
    ok(r.code == 2 and says in r.err and not r.out, f"exit 2: {' '.join(options)}", r)
r = run("schedule", "/nonexistent.yaml")
ok(r.code == 3, "exit 3 for a file that is not there", r)

done()
