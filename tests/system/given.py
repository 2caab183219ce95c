#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Time that is given up: who gets it, to the end of the window and no further, and nobody else's
# windows move.
from bulkhead import Test, partition, system, window

FRAME, US = 1000, 1000
t = Test()


def parts():
    return [partition("giver"), partition("resting", "giver"), partition("taker"),
            partition("steady")]


def windows(**keys):
    return [window("giver", 0, 300, **keys), window("resting", 300, 100),
            window("taker", 400, 200), window("steady", 700, 200)]


def stretches(console):
    return [(m[1], *(int(m[i]) for i in range(2, 7)), m[7] is not None) for m in console.find(
        r"(own|given) (\d+) to (\d+) frame (\d+) from (\d+) to (\d+)( begins)?", "taker")]


def neighbours(console, name, given):
    """`resting` has each of its windows, and `given` times as many stretches beside them."""
    tallies = [tuple(map(int, m.groups())) for m in console.find(
        r"own (\d+) given (\d+) frame (\d+) changed (\d+)", name)]
    t.check(tallies and all(own == frame + 1 and abs(extra - given * own) <= 1 and changed == 0
                            for own, extra, frame, changed in tallies),
            f"{name} has its own windows, {given} beside each, and its memory", tallies[-3:])


def steady(console):
    m = console.find(r"windows (\d+) moved (\d+) late (\d+) changed (\d+)", "steady")
    t.check(m and all(x[2] == "0" and x[4] == "0" and int(x[3]) < 200 for x in m),
            "the windows behind stand still", [x.string for x in m])


UNTIL = [r"\[taker\] taken", r"\[steady\] windows 64 "]

# The rest goes down the list: `resting` gives it up at once, `taker` uses it to the end.
console = t.run(system(parts(), FRAME, [windows(receivers=["resting", "taker"])]), UNTIL,
                "the rest goes to the one that uses it")
seen = stretches(console)
t.equal(len(seen), 24, "24 stretches are told")
wrong = []
for a, b in zip(seen, seen[1:]):
    if a[0] == b[0]:
        wrong.append((a, b))
for kind, start, end, frame, first, last, begins in seen:
    offset, length = (0, 300) if kind == "given" else (400, 200)
    if (start, end) != ((frame * FRAME + offset) * US, (frame * FRAME + offset + length) * US) or \
            not start <= first <= last < end or begins != (kind == "own"):
        wrong.append((kind, start, end, frame, first, last, begins))
t.check(not wrong, "in turn given and own, each inside its window, only its own begin a period",
        wrong[:4])
# The change and the calls before it take a while; from there to the edge it is the taker's.
used = [last - first for kind, _, _, _, first, last, _ in seen[1:-1] if kind == "given"]
t.check(used and min(used) > 280 * US, "what is given is used to the end", used)
t.check(used and max(used) - min(used) < 3 * US, "and always the same", used)
neighbours(console, "giver", 0)
neighbours(console, "resting", 1)
steady(console)

# Without a list the rest is nobody's.
console = t.run(system(parts(), FRAME, [windows()]), UNTIL, "off by default")
t.check(len(stretches(console)) == 24 and all(s[0] == "own" for s in stretches(console)),
        "then only own windows are seen", stretches(console)[:4])
neighbours(console, "resting", 0)

# Who is halted gets nothing; the next in the list does.
console = t.run(system(
    [partition("giver"), partition("resting", "quitter"), partition("taker"), partition("steady")],
    FRAME, [windows(receivers=["resting", "taker"])]), UNTIL, "a halted receiver is passed over")
t.check(console.find("quits", "resting"), "it was halted", console.lines[-20:])
t.check([s[0] for s in stretches(console)].count("given") >= 11, "the next one gets the rest",
        stretches(console)[:4])
steady(console)
t.done()
