#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Execution time, to the tick: what partitions are told is held against an account that is made here
# from the trace of windows and of time given up. An error of one tick in each stretch would show as
# hundreds at the end.
import os
import re
import subprocess
from bulkhead import Test, partition, system, window
from account import Account
from rings import RESTS, TICK, rings

FRAME, FRAMES, KEPT = 1000, 600, 65536
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


account = Account(PLAN, NAMES, FRAME, start, records)
for name in NAMES:
    told = [tuple(map(int, m)) for m in re.findall(
        rf"^\[{name}\] had (\d+) (\d+) at (\d+) to (\d+)", run.stdout.replace("\r", ""), re.M)]
    t.equal(len(told), 20, f"{name}: tells its time twenty times")
    wrong = [(ns, account.had(name, a), account.had(name, b)) for ns, _, a, b in told
             if not account.had(name, a) <= ns // TICK <= account.had(name, b) or ns % TICK]
    t.check(not wrong, f"{name}: as the trace has it", wrong)
    t.check(all(ns == total for ns, total, _, _ in told), f"{name}: its partition has no more")
    own = account.of(name)
    given = sum(1 for r in records if r[1] == RESTS and r[3] == NAMES.index(name) + 1)
    t.check(len(own) > 1000 and given > 200, f"{name}: {len(own)} stretches, {given} of them given")
t.done()
