#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A guest that treats its machine as RTEMS does is the system partition: it suspends, resumes and
# restarts another one and changes schedules by hypercalls, among the ticks of its own clock. Without
# the right it changes nothing.
from bulkhead import Test, partition
from managed import managed, manager

t = Test()
CHANGED = ["finds schedule: ok", "sets schedule: ok", "schedule is that one 1"] * 2


def boot(what, rights):
    console = t.run(managed(manager(rights), partition("other", "steady")),
                    [r"rtems: reset by the guest -> halt", r"\[other\] windows 256 "], what, timeout=100)
    said = console.of("rtems") or [""]
    t.equal((said[0], said[-1]), ("*** BEGIN OF TEST SYSTEM ***", "*** END OF TEST SYSTEM ***"),
            "it comes to its end")
    t.check("ticks lost 0" in said, "no tick of its clock is lost", "\n".join(said))
    return said[1:-2], console


RIGHTS = ["switch_schedule", "manage_partitions"]
said, console = boot("with its rights", RIGHTS)
t.equal(said, ["is a system partition 1", "finds other: ok", "state 0", "starts 1",
               "suspends: ok", "state 2", "starts 1", "resumes: ok", "state 0", "starts 1",
               "restarts: ok", "state 0", "starts 2",
               *CHANGED],
        "does all that it asks for")
t.check(console.find(r"starts 2$", "other"), "the other partition was restarted", console.of("other"))
t.check(console.find(r"changed 0 starts 2$", "other"), "with its memory as it should be")

said, console = boot("without the right to manage", ["switch_schedule"])
REFUSED = ["query: not permitted"]
t.equal(said[1:], ["finds other: ok", *REFUSED,
                   *[l for what in ("suspends", "resumes", "restarts")
                     for l in (f"{what}: not permitted", *REFUSED)], *CHANGED],
        "it may not even ask, and changes schedules still")
t.check(console.find(r"windows \d+ moved 0 late \d+ changed 0 starts 1$", "other")
        and not console.find(r"starts 2$", "other"), "the other partition goes on", console.of("other"))
t.done()
