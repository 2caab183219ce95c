#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A thousand restarts of one partition, warm and cold in turn, as fast as it can, beside another on
# its own core, whose windows and memory stay exact; then with one on another core at the same time.
from campaign import LATENESS_BOUND as BOUND, Test
from bulkhead import partition, system, window

t = Test()
keep = {"name": "keep", "at": "0x40200000", "size": "4KiB", "keep": True}


def thousand(what, cores, **options):
    names = sorted({w["partition"] for c in cores for w in c} - {"rebirth"})
    console = t.run(system([partition("rebirth", memory=[keep])]
                           + [partition(n, "steady") for n in names], 1000, cores),
                    [r"\[rebirth\] done"] + [rf"\[{n}\] windows" for n in names],
                    f"{what}: a partition restarts itself a thousand times", cores=len(cores),
                    timeout=280, **options)
    t.check(console.find("done: 1001 starts", "rebirth") and not console.find("FAIL"),
            f"{what}: every life begins as it should", [m.string for m in console.find("FAIL")][:5])
    return {n: [tuple(map(int, m.groups())) for m in console.find(
        r"windows (\d+) moved (\d+) late (\d+) changed (\d+) starts (\d+)", n)] for n in names}


told = thousand("one core", [[window("rebirth", 0, 500), window("near", 500, 200)]])["near"]
t.check(told and told[-1][0] >= 1000 - 64 and all(m[1] == 0 for m in told),
        "its neighbour's windows are where they belong, one in each frame", told[-1:])
t.check(told and told[-1][2] <= BOUND, f"and start {told[-1][2] * 16 if told else 0} ns late at most")
t.check(told and all(m[3:] == (0, 1) for m in told), "none of its memory changes", told[-1:])
if told:
    t.figure("restarts", f"500 warm and 500 cold ones beside a neighbour: {told[-1][0]} of its windows, "
             f"{told[-1][1]} moved, {told[-1][2]} ticks late at most, {told[-1][3]} words changed")
# Here the host's own scheduling decides when a window starts, so only memory is judged.
for name, told in thousand("two cores", [[window("rebirth", 0, 500), window("near", 500, 200)],
                                         [window("far", 100, 800)]], icount=False).items():
    t.check(told and all(m[3:] == (0, 1) for m in told), f"{name}: none of its memory changes",
            told[-1:])
t.done()
