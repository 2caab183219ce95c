#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Execution time, to the tick: what partitions are told is held against an account that is made here
# from the trace of windows and of time given up. An error of one tick in each stretch would show as
# hundreds at the end.
import os
import re
import subprocess
from bulkhead import Test, partition, system, window
from rings import RESTS, TICK, WINDOWS, rings

FRAME, FRAMES, KEPT = 1000, 600, 16384
NAMES = ["first", "second", "third"]
t = Test()

# Windows that touch, that stand alone, two of one partition in a row; each list gives on.
PLAN = [window("first", 0, 200, receivers=["second", "third"]), window("second", 200, 150),
        window("second", 350, 100, receivers=["first"]), window("third", 500, 130),
        window("first", 700, 50, receivers=["third"])]
description = system([partition(n, "spender") for n in NAMES], FRAME, [PLAN])
description["module"]["trace"] = {"events": ["windows", "rests"], "records": KEPT}
path = os.path.join(t.folder.name, "run.trace")
image = t.build(description)
run = subprocess.run([os.environ["HVBUILD"], "run", image, "--frames", str(FRAMES), "--trace", path],
                     text=True, timeout=200, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
t.check(run.returncode == 0, "the run ends", run.stdout[-2000:])
(written, start, records), = rings(path, 1, KEPT)
t.check(written <= KEPT, "nothing of the trace is lost", written)


def account():
    """(name or None, from, to) in ticks, one after the other: whose time it was."""
    edges, owner = [], {}
    for w in PLAN:
        at = int(w["start"][:-2])
        owner[at] = w["partition"]
        edges += [at, at + int(w["duration"][:-2])]
    starts = sorted(set(edges) - {FRAME} | {0})
    due = [(at * 1000 // TICK, owner.get(at)) for at in starts]
    stretches, now, n = [], None, 0
    for time, event, subject, detail, more in records:
        if event == WINDOWS:
            frame, place = divmod(n, len(due))
            tick = start + frame * FRAME * 1000 // TICK + due[place][0]
            n += 1
            who = due[place][1]
        elif event == RESTS:
            tick, who = more, NAMES[detail - 1] if detail else None
            if NAMES[subject] != now[0] or not 0 <= time - tick < 50:
                raise SystemExit(f"Bail out! a rest of nobody's or at no time: {subject} {tick} {time}")
        if now:
            stretches.append((*now, tick))
        now = who, tick
    return stretches


STRETCHES = account()


def oracle(name, tick):
    return sum(min(end, tick) - begin for who, begin, end in STRETCHES
               if who == name and begin < tick)


for name in NAMES:
    told = [tuple(map(int, m)) for m in re.findall(
        rf"^\[{name}\] had (\d+) (\d+) at (\d+) to (\d+)", run.stdout.replace("\r", ""), re.M)]
    t.equal(len(told), 20, f"{name}: tells its time twenty times")
    wrong = [(ns, oracle(name, a), oracle(name, b)) for ns, _, a, b in told
             if not oracle(name, a) <= ns // TICK <= oracle(name, b) or ns % TICK]
    t.check(not wrong, f"{name}: as the trace has it", wrong)
    t.check(all(ns == total for ns, total, _, _ in told), f"{name}: its partition has no more")
    own = [s for s in STRETCHES if s[0] == name]
    given = sum(1 for r in records if r[1] == RESTS and r[3] == NAMES.index(name) + 1)
    t.check(len(own) > 1000 and given > 200, f"{name}: {len(own)} stretches, {given} of them given")
t.done()
