#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Watchdogs and budgets: each expiry is held against the tick at which it is due by the account of
# tests/system/account.py. What they lead to, and that a storm of calls stays in its windows.
import os
import re
import subprocess
from account import Account
from bulkhead import Test, partition, system, window
from rings import CALLS, HEALTH, TICK, rings

FRAME, FRAMES, KEPT = 1000, 500, 65536
SET = {0xc6000051: 11, 0xc6000052: 12}  # HV_WATCHDOG_SET, HV_BUDGET_SET and what they lead to
IGNORE = {"watchdog": "ignore", "budget": "ignore"}
t = Test()

# ---- Exact --------------------------------------------------------------------------------------
NAMES = ["first", "second", "steady"]
PLAN = [window("first", 0, 250, receivers=["second"]), window("second", 250, 150),
        window("second", 400, 100, receivers=["first"]), window("first", 600, 130),
        window("steady", 730, 100)]
description = system(
    [partition(n, "hound", id=i + 1, health=IGNORE) for i, n in enumerate(NAMES[:2])] +
    [partition("steady", id=3)], FRAME, [PLAN])
description["module"]["trace"] = {"events": ["windows", "rests", "calls", "health"],
                                  "records": KEPT}
path = os.path.join(t.folder.name, "run.trace")
run = subprocess.run([os.environ["HVBUILD"], "run", t.build(description), "--frames", str(FRAMES),
                      "--trace", path],
                     text=True, timeout=250, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
t.check(run.returncode == 0 and run.stdout.count("hunted") == 2, "all timers are set",
        run.stdout[-2000:])
(written, start, records), = rings(path, 1, KEPT)
t.check(written <= KEPT, "nothing of the trace is lost", written)
account = Account(PLAN, NAMES, FRAME, start, records)


CLOSE = 12  # ticks from the record of a call to what the call takes for now, at most


def due(name, event, time, ns):
    """(tick at which it expires if the call counted from `time`, the stretch in which that is seen)"""
    ticks, spent = -(-ns // TICK), account.had(name, time)
    for stretch in account.of(name):
        begin, _, end = stretch
        if end <= time:
            continue
        had = 0 if begin <= time else account.had(name, begin) - spent
        at = time + ticks if event == 11 or begin <= time else begin + ticks - had
        if at < end:
            return (at, stretch) if at < end - CLOSE else (None, stretch)
    return None, None


for index, name in enumerate(NAMES[:2]):
    inside, outside, close, wrong = [], [], 0, []
    for n, (time, event, subject, function, ns) in enumerate(records):
        if event != CALLS or subject != index or function not in SET:
            continue
        seen = next((r for r in records[n:] if r[1] == HEALTH and r[2] == index), None)
        at, stretch = due(name, SET[function], time, ns)
        if not seen or not stretch or seen[3] != SET[function]:
            wrong.append((time, ns, seen))
        elif not at:
            close += 1
        elif at >= stretch[0]:
            inside.append(seen[0] - at)
        else:
            outside.append(seen[0] - stretch[0] - stretch[1])
    events = sum(r[1] == HEALTH and r[2] == index for r in records)
    t.check(not wrong and events == 150, f"{name}: each timer expires, once", (events, wrong[:3]))
    t.equal(len(inside) + len(outside) + close, 150, f"{name}: all of them")
    t.check(len(inside) > 80 and min(inside) > 0 and max(inside) - min(inside) <= 20,
            f"{name}: {len(inside)} at their tick, +{min(inside)} to {max(inside)} ticks until told",
            sorted(inside))
    t.check(len(outside) > 20 and min(outside) > 0 and max(outside) - min(outside) <= 20,
            f"{name}: {len(outside)} that came due elsewhere with the next stretch of time, "
            f"+{min(outside)} to {max(outside)}", sorted(outside))

# ---- What follows --------------------------------------------------------------------------------
# ID_LEFT of the guest, in one system after the other.
for action in ("cold_start", "warm_start", "halt", "suspend"):
    until = [r"left: watchdog -> ", r"windows 64 "]
    if action.endswith("start"):
        until.append(r"start 3 hangs")
    console = t.run(system([partition("left", "hound", id=10, health={"watchdog": action}),
                            partition("steady")], FRAME,
                           [[window("left", 0, 300), window("steady", 300, 200)]]), until,
                    f"a partition that hangs: {action}")
    # Four windows of a start: the last call is in the third, the time ends in the fourth.
    told = console.find(r"\[hv\] (\d+)\.(\d+) ms  left: watchdog -> (.*)")
    t.check(told and told[0][1] == "3" and int(told[0][2]) > 100000, f"{action}: in time",
            [m.string for m in told])
    t.check(all(m[3] == action.replace("_", " ") for m in told) and
            (len(told) > 1 or not action.endswith("start")), f"{action}: is what happens",
            [m.string for m in told])

# ---- Initialisation ------------------------------------------------------------------------------
console = t.run(system(
    [partition("slow", "hound", id=11, initialisation="250us", health=IGNORE), partition("steady")],
    FRAME, [[window("slow", 0, 150), window("slow", 400, 150), window("steady", 600, 200)]]),
    [r"slow: not initialised in time", r"windows 64 "], "a partition that is not initialised")
told = [m[1] for m in console.find(r"\[hv\] ([\d.]+) ms  slow: not initialised in time -> cold start")]
# 150 us in the first window, the rest in the second: 500 us after the first frame began.
t.check(len(told) == 2 and told[0].startswith("0.500"), "is started anew at its tick", told)
t.check(console.find("initialised", "slow"), "and left alone once it is")
t.check(all(m[1] == "0" for m in console.find(r"moved (\d+) ", "steady")), "others are not moved")

# ---- A storm -------------------------------------------------------------------------------------
console = t.run(system([partition("storm", "hound", id=9, health=IGNORE), partition("steady")], FRAME,
                       [[window("storm", 0, 300), window("steady", 300, 200)]]),
                [r"windows 512 ", r"\[storm\] stormed"], "a storm of calls")
told = console.find(r"windows 512 moved (\d+) late (\d+) changed (\d+) starts 1", "steady")
t.check(told and told[0][1] == "0" and told[0][3] == "0", "its neighbour has every window")
# The longest path that the runtime may be in at the edge: an event with its line on the console.
t.check(told and int(told[0][2]) < 9000 // TICK, "and at its edge, but for the path of one event",
        told and told[0].string)
t.check(not console.find("wrong", "storm"), "each call has its answer", console.of("storm")[:5])
t.done()
