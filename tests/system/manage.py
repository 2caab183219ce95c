#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A system partition suspends, resumes, restarts and halts others, on its own core and on another
# one; who has no right changes nothing; at the end it resets the whole computer.
import re

from bulkhead import Test, partition, system, window

t = Test()
keep = {"name": "keep", "at": "0x40200000", "size": "4KiB", "keep": True}
description = system(
    [partition("boss", system=True, rights=["manage_partitions", "reset_module"]),
     partition("near", "worker", memory=[keep]), partition("far", "worker", memory=[keep])], 2000,
    [[window("boss", 0, 400), window("near", 500, 1200)], [window("far", 300, 1500)]])
description["partitions"][0]["id"] = 0
description["partitions"][1]["id"] = 5
description["partitions"][2]["id"] = 3
console = t.run(description, [r"\[boss\] done", r"\[hv\] Bulkhead on", r"\[far\] window 20 of 20"],
                "the boss does it all, and again behind the reset", cores=2, in_turn=True)
text = "\n".join(console.lines)
first = text[:text.index("[boss] done")]
lines = first.split("\n")
for result in [l for l in lines if re.match(r"\[boss\] (pass|FAIL)", l)]:
    t.check("pass" in result, result)
t.equal(len(re.findall(r"^\[hv\] Bulkhead on", text, re.M)), 2, "the reset starts the module anew")
t.check("FAIL" not in text, "nothing fails")

RUNNING, SUSPENDED, HALTED = 0, 2, 3
IDLE, COLD, WARM, NORMAL = 0, 1, 2, 3
for name in ("near", "far"):
    told = [tuple(map(int, m)) for m in re.findall(
        rf"\[boss\] {name}: state (\d) mode (\d) condition (\d) starts (\d)", first)]
    t.equal(told, [(RUNNING, NORMAL, 0, 1), (SUSPENDED, NORMAL, 0, 1), (RUNNING, NORMAL, 1, 2),
                   (HALTED, IDLE, 1, 3), (RUNNING, NORMAL, 1, 4)], f"{name}: what the boss sees")
    at = {}
    for i, line in enumerate(lines):
        m = re.match(rf"\[boss\] (\w+) {name}: (-?\d+)", line)
        if m:
            at.setdefault(m[1], []).append(i)
            t.equal(m[2], "0", f"{name}: {m[1]}")
    mine = [(i, l.split("] ")[1]) for i, l in enumerate(lines) if l.startswith(f"[{name}] ")]

    def between(a, b):
        """What it said from one deed of the boss to another, but for the window it was in."""
        return [l for i, l in mine if a + 2 < i < b]

    t.equal(between(at["suspends"][0], at["resumes"][0]), [], f"{name}: silent while suspended")
    counts = [int(re.search(r"window (\d+) of", l)[1]) for i, l in mine
              if l.startswith("window") and i < at["warms"][0]]
    t.equal(counts, list(range(1, len(counts) + 1)), f"{name}: goes on where it stood")
    t.check(len(counts) > 15, f"{name}: before and behind", counts)
    t.equal(between(at["halts"][0], at["chills"][1]), [], f"{name}: silent while halted")
    starts = [tuple(map(int, re.findall(r"-?\d+", l))) for _, l in mine if l.startswith("start")]
    t.equal([s[:3] for s in starts], [(1, COLD, 0), (2, WARM, 1), (3, COLD, 1), (4, COLD, 1)],
            f"{name}: how it started")
    t.check(starts[1][3] >= counts[-1] and [s[3] for s in starts if s[1] == COLD] == [0, 0, 0],
            f"{name}: a warm start keeps its memory, a cold one does not", starts)
    t.check(all(s[4:] == (-3, -3) for s in starts), f"{name}: has no right to do the same", starts)

# ---- One right each -----------------------------------------------------------------------------

WORDS = ["halt", "suspend", "resume", "cold_start", "warm_start", "shutdown"]
RIGHTS = {**{w: f"{w}_partitions" for w in ["query", *WORDS]},
          "off": "halt_module", "again": "reset_module"}
clerks = {w: partition(w, "clerk", system=True, rights=[r]) for w, r in RIGHTS.items()}
console = t.run(system([*clerks.values(), partition("prey", "neighbour")], 4000,
                       [[window(w, 400 * i, 300) for i, w in enumerate([*clerks, "prey"])]]),
                [rf"\[{w}\] done" for w in clerks], "nine partitions have one right each")
for name in clerks:
    told = {m[1]: int(m[2]) for m in console.find(r"^(query|control \d|end) (-?\d+)", name)}
    own = ["end"] if name in ("off", "again") else [
        "query" if name == "query" else f"control {WORDS.index(name)}", "control 6"]
    t.equal([what for what, error in told.items() if error != -3], own,
            f"{name}: may do that, and hears of what does not exist")
    t.equal(told[own[-1]], -2, f"{name}: which it is told")
t.done()
