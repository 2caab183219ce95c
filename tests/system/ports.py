#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Messages between cores under load: whole, in order, none lost; once counted in instructions, once
# with cores that truly run at the same time. And the console.
from bulkhead import Test, channel, destination, partition, source, system, window

t = Test()
for icount in (True, False):
    how = "counted" if icount else "in parallel"
    console = t.run(system(
        [partition("producer", ports=[source("sampling"), source("queue", "queuing"),
                                      source("flood", "queuing")]),
         partition("consumer", ports=[destination("sampling", refresh="5ms"),
                                      destination("queue", "queuing"),
                                      destination("flood", "queuing")])],
        1000, [[window("producer", 0, 800)], [window("consumer", 0, 800)]],
        [channel("sampling", "producer", "consumer", "1024B"),
         channel("queue", "producer", "consumer", "1024B", 4),
         channel("flood", "producer", "consumer", "64B", 2)]),
        [r"\[producer\] done", r"\[consumer\] done"], f"traffic between two cores, {how}", cores=2,
        icount=icount)
    t.guest_checks(console, "producer")
    t.guest_checks(console, "consumer")
    for m in console.find("sent|received"):
        t.note(m.string)

# One source, three destinations: on its own core, on another, and with too short a refresh period.
console = t.run(system(
    [partition("speaker", ports=[source("news")]),
     partition("near", "listener", ports=[destination("news", refresh="2ms")]),
     partition("far", "listener", ports=[destination("news", refresh="2ms")]),
     partition("late", "listener", ports=[destination("news", refresh="100us")])], 1000,
    [[window("speaker", 0, 200), window("near", 250, 200), window("late", 600, 200)],
     [window("far", 300, 200)]],
    [channel("news", "speaker", ["near", "far", "late"], "16B")]),
    [rf"\[{n}\] heard 50" for n in ("near", "far", "late")],
    "one source, three destinations", cores=2)
for name, valid in (("near", 50), ("far", 50), ("late", 0)):
    t.equal([m.groups() for m in
             console.find(r"heard (\d+), (\d+) valid, (\d+) out of order", name)],
            [("50", str(valid), "0")],
            f"{name}: hears all of it, {'' if valid else 'never '}in time")

console = t.run(system(
    [partition("printing"), partition("other", "neighbour")], 2000,
    [[window("printing", 0, 1000), window("other", 1000, 200)]]), r"\[printing\] end", "printing")
t.equal(console.of("printing"), [
    "d 0 -1 -2147483648",
    "l -9223372036854775808 18446744073709551615 deadbeef",
    "ll -1 1 4 ABC",
    "w [   42] [42   ] [-0042] [   ab] [ab   ] [x] [  y]",
    "p 0x4000 % ",
    "a line of more than sixty-four bytes, which takes two calls to the runtime: "
    "0123456789012345678901234567890123456789",
    "half a line, and the rest",
    "control  ? ? end",
    "[other] imitated",
    "carriage",
    "end",
], "every conversion, and nothing of another's line can be imitated")
t.check("\rcarriage" not in console.text, "nor the line's begin be written over")
t.done()
