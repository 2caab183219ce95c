#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Health monitoring at process level: what a handler in the partition gets, and what it does not.
from bulkhead import Test, partition, system, window

t = Test()
EVENTS = ["memory_violation", "illegal_access", "illegal_call", "application_error"]
actions = {event: "cold_start" for event in EVENTS}
console = t.run(system(
    [partition("handled", health={**actions, "process_level": EVENTS}),
     partition("plain", "handled", health=actions, restart_limit=4, initialisation="1ms")],
    3000, [[window("handled", 0, 1400), window("plain", 1500, 1400)]]),
    [r"\[handled\] done", r"plain: restarts used up"], "a partition with a handler and one without",
    timeout=40)
t.guest_checks(console, "handled")


def starts(name):
    return [tuple(map(int, m.groups())) for m in console.find(r"^start (\d+) event (\d+)", name)]


def said(name):
    return [(m[1], int(m[2].replace("_", ""), 16), m[3])
            for m in console.find(rf"{name}: (.*) at (0x[0-9a-f_]+) -> (.*)$")]


t.equal(starts("handled"), [(1, 0)] + [(n, 1) for n in (2, 3, 4, 5)],
        "before NORMAL, without a handler, in the handler and after a start: the action")
t.equal(said("handled")[:7],
        [("memory violation", 0x50000010, "cold start"),
         ("memory violation", 0x50000020, "cold start"),
         ("memory violation", 0x50000030, "its handler"),
         ("memory violation", 0x50000008, "cold start"),
         ("memory violation", 0x50000040, "cold start"),
         ("memory violation", 0x50000000, "its handler"),
         ("memory violation", 0x50000000, "its handler")],
        "the log tells which of the two")
t.check(console.find(r"handled: illegal access at .* -> its handler"), "another event, too")
t.equal(starts("plain"), [(1, 0)] + [(n, 1) for n in (2, 3, 4, 5)],
        "without process_level the action is taken")
t.check(not console.find("FAIL", "plain"), "plain: nothing goes on")
t.done()
