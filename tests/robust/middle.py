#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Faults in the middle of services. QEMU's debugger port stops one core behind each instruction of the
# runtime in a service, and lets another core run through the same service, or halt, suspend and
# restart the partition that is in it. The guests (guests/rival.c) take turns as they are told, and
# look at every message and answer; afterwards everything must work as ever.
import os
import re
import subprocess
import threading

from campaign import FULL, Test
from debugger import Debugger
from bulkhead import (CODE, channel, destination, doorbell, guest_path, partition, source, system,
                      window)

t = Test()
LEFT, RIGHT = 0, 1
# How many instructions of a service at most, with another's turns between them, and in how many of
# them, from which on, its partition is ended.
MOST = 20000 if FULL else 300
FIRST, ENDED, STRIDE = (1, 400, 3) if FULL else (5, 300, 31)
# Into which chunks of a restart, which stops, clears, copies and flushes, and how far into each.
CHUNKS, INTO = ((1, 2, 3, 10, 20, 50, 200, 300), 120) if FULL else ((1, 2, 20, 200), 93)
(SAMPLE_WRITE, SAMPLE_READ, QUEUE_SEND, QUEUE_RECEIVE, STATUS, RAISE, LOG, SCHEDULE, RING, CONSOLE,
 WAIT, GIVE, TAKE) = range(13)
PAWN, RIVAL = 0x100, 0x200
HALT, SUSPEND, RESUME, COLD, WARM = range(5)
STATE = RIVAL + 0x10
RUNNING, _, SUSPENDED, HALTED = range(4)

# What one core is in, and what the other does behind every instruction of it.
PAIRS = [
    ("sampling write, read", SAMPLE_WRITE, [SAMPLE_READ]),
    ("sampling read, write", SAMPLE_READ, [SAMPLE_WRITE]),
    ("queuing send, receive and send", QUEUE_SEND, [QUEUE_RECEIVE, QUEUE_SEND]),
    ("queuing receive, send and receive", QUEUE_RECEIVE, [QUEUE_SEND, QUEUE_RECEIVE]),
    ("port status, send and receive", STATUS, [QUEUE_SEND, QUEUE_RECEIVE]),
    ("health event, health event", RAISE, [RAISE]),
    ("health event, log read", RAISE, [LOG]),
    ("log read, health event", LOG, [RAISE]),
    ("schedule change, schedule change", SCHEDULE, [SCHEDULE]),
    ("doorbell, doorbell", RING, [RING]),
    ("console, console", CONSOLE, [CONSOLE]),
    *[(f"{a} of a third, all controls of it", PAWN + n, [PAWN + m for m in range(5)])
      for n, a in enumerate(("halt", "suspend", "resume", "cold start", "warm start"))],
]
# The left partition is in each of these when the right one ends it.
SERVICES = [("sampling write", SAMPLE_WRITE), ("sampling read", SAMPLE_READ),
            ("queuing send", QUEUE_SEND), ("queuing receive", QUEUE_RECEIVE), ("health event", RAISE),
            ("log read", LOG), ("schedule change", SCHEDULE), ("doorbell", RING),
            ("console", CONSOLE), ("suspension of a third", PAWN + SUSPEND),
            ("cold start of a third", PAWN + COLD)]


def symbols(path):
    out = subprocess.run([os.environ["CROSS"] + "nm", path], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return {name: int(at, 16) for at, name in re.findall(r"^(\w+) \w (\w+)$", out, re.M)}


known = symbols(guest_path("rival"))
TURN, CALL = known["rival_turn"], known["rival_hvc"]
CHUNK = symbols(os.environ["BULKHEAD_RUNTIME"])["partition_restart_step"]
port = os.path.join(t.folder.name, "debugger")
code = {**CODE, "size": "128KiB"}


def rival(own, others, number):
    return partition(own, "rival", code=code, id=number, system=True,
                     rights=["switch_schedule", "manage_partitions", "read_log"],
                     health={"application_error": "ignore"},
                     ports=[source(own), destination(others, refresh="1s"),
                            source(own + "_queue", "queuing"), destination(others + "_queue", "queuing")])


both = [channel("left", "left", "right", "256B"), channel("right", "right", "left", "256B"),
        channel("left_queue", "left", "right", "256B", 4),
        channel("right_queue", "right", "left", "256B", 4)]
description = system(
    [rival("left", "right", 0), rival("right", "left", 1), partition("pawn", "bell", id=2, memory=[
        {"name": "rung", "shared": "rung", "at": "0x40200000", "rights": "r"},
        {"name": "heard", "shared": "heard", "at": "0x40300000", "rights": "rw"}]),
     partition("near", "steady"), partition("far", "steady")], 40000,
    [[window("left", 0, 36000), window("near", 36000, 400)],
     [window("right", 0, 32000), window("pawn", 32000, 4000), window("far", 36000, 400)]], both,
    shared=[{"name": "rung", "size": "4KiB"}, {"name": "heard", "size": "4KiB"}],
    doorbells=[doorbell("bell_left", "left", [("pawn", 100)]),
               doorbell("bell_right", "right", [("pawn", 101)])])
first, = description["schedules"]
first["on_change"] = {p["name"]: "ignore" for p in description["partitions"]}
description["schedules"] = [{**first, "id": 0, "initial": True}, {**first, "name": "other", "id": 1}]
image = t.build(description)


class Play:
    """Both at their breakpoint, waiting for what is next."""

    def __init__(self, d):
        self.debugger = d
        d.breakpoint(TURN)
        self.wrong = []
        self.places = self.turns = 0
        self.known = [0, 0]  # how often each was not content
        d.run(1 - d.go("c"))
        assert d.pc(LEFT) == d.pc(RIGHT) == TURN

    def begin(self, core, turn):
        self.turns += 1
        self.last = turn
        self.debugger.set_register(core, 0, turn)
        while self.debugger.pc(core) == TURN:  # now and then QEMU stops a core before it moves
            self.debugger.step(core)

    def end(self, core, what):
        """Until the core waits for its next turn; its result."""
        d = self.debugger
        d.run(core)
        assert d.pc(core) == TURN, f"{what}: core {core} at {d.pc(core):#x}"
        wrong, result = d.register(core, 0), d.register(core, 1)
        result -= result >> 63 << 64
        if wrong > self.known[core]:
            self.wrong.append(f"{what}: turn {self.last:#x} of core {core} is told {result}")
        self.known[core] = wrong
        return result

    def turn(self, core, turn, what):
        self.begin(core, turn)
        return self.end(core, what)

    def enter(self, turn):
        """The left core to the HVC of this turn."""
        d = self.debugger
        if turn == QUEUE_RECEIVE:
            self.turn(RIGHT, QUEUE_SEND, "in front")
        d.breakpoint(CALL)
        self.begin(LEFT, turn)
        d.run(LEFT)
        d.breakpoint(CALL, False)
        assert d.pc(LEFT) == CALL

    def audit(self, what):
        for giver, taker in ((LEFT, RIGHT), (RIGHT, LEFT)):
            # drain what lies there
            while self.turn(taker, QUEUE_RECEIVE, what) == 0:
                pass
            self.turn(giver, GIVE, what)
            self.turn(taker, TAKE, what)

    def in_service(self, turn, most):
        """Counts the instructions of the runtime in this service, while the left core makes them."""
        self.enter(turn)
        for n in range(1, most):
            self.debugger.step(LEFT)
            if self.debugger.pc(LEFT) == CALL + 4:
                return
            yield n

    def pair(self, what, turn, others, stride):
        """The other core's turns behind every `stride`th instruction of the service."""
        places = 0
        for n in self.in_service(turn, MOST):
            if n % stride == 0:
                self.turn(RIGHT, others[places % len(others)], what)
                places += 1
        self.end(LEFT, what)
        self.audit(what)
        self.places += places
        return places

    def both_run(self, what):
        """Both for a tenth of a millisecond of the right core's."""
        self.begin(RIGHT, WAIT)
        stopped = self.debugger.go("c")
        assert stopped == RIGHT, f"{what}: the left one goes on"

    def must_be(self, state, what):
        if self.turn(RIGHT, STATE, what) != state:
            self.wrong.append(f"{what}: its state is not {state}")

    def ending(self, what, turn, place, how):
        """The left one is stopped behind instruction `place` of the service, and ended by the right one;
        False when the service is shorter."""
        for n in self.in_service(turn, place + 1):
            if n == place:
                break
        else:
            self.end(LEFT, what)
            return False
        self.turn(RIGHT, RIVAL + how, what)
        if how in (HALT, SUSPEND):
            self.both_run(what)
            self.must_be(HALTED if how == HALT else SUSPENDED, what)
            self.turn(RIGHT, RIVAL + (COLD if how == HALT else RESUME), what)
        if how != SUSPEND:
            self.known[LEFT] = 0  # another life
        self.end(LEFT, what)
        self.must_be(RUNNING, what)
        self.audit(what)
        self.places += 1
        return True

    def restart(self, chunk, steps, control, what):
        """Another wish for the left one, so many instructions into this chunk of its restart."""
        d = self.debugger
        self.turn(RIGHT, RIVAL + COLD, what)
        d.breakpoint(CHUNK)
        for _ in range(chunk):
            if d.pc(LEFT) == CHUNK:
                d.step(LEFT)
            d.run(LEFT)
        at_chunk = d.pc(LEFT) == CHUNK
        d.breakpoint(CHUNK, False)
        assert at_chunk, f"{what}: there are fewer chunks"
        for _ in range(steps):
            d.step(LEFT)
        self.turn(RIGHT, RIVAL + control, what)
        self.turn(RIGHT, RIVAL + COLD, what)
        self.known[LEFT] = 0
        self.end(LEFT, what)
        self.must_be(RUNNING, what)
        self.audit(what)
        self.places += 1

    def finish(self):
        """Lets both run on, until the neighbours have told of their windows once more."""
        self.debugger.breakpoint(TURN, False)
        told.clear()
        self.debugger.send("vCont;c")
        return told.wait(60)


told, names = threading.Event(), set()


def look(line):
    names.update(re.findall(r"^\[(near|far)\] windows", line))
    if told.is_set() or len(names) < 2:
        return
    names.clear()
    told.set()


def play(said):
    debugger = Debugger(port)
    try:
        p = Play(debugger)
        for what, turn, others in PAIRS:
            said.append((what, p.pair(what, turn, others, 1 if FULL else 9)))
        for what, turn in SERVICES:
            place, before = FIRST, p.places
            while place < ENDED and p.ending(f"{what} behind instruction {place}", turn, place,
                                             (HALT, COLD, SUSPEND, WARM)[p.places % 4]):
                place += STRIDE
            said.append((f"{what}, ended", p.places - before))
        before = p.places
        for chunk in CHUNKS:
            for steps in range(0, INTO, STRIDE):
                p.restart(chunk, steps, p.places % 5, f"restart, chunk {chunk} instruction {steps}")
        said.append(("restart, another wish for it", p.places - before))
        said.append(("finished", p.finish()))
        said.append(("wrong", p.wrong))
        said.append(("turns", p.turns))
    except (AssertionError, OSError) as error:
        said.append(("stopped by", repr(error)))
    finally:
        debugger.kill()


said = []
player = threading.Thread(target=play, args=(said,), daemon=True)
player.start()
console = t.boot(image, cores=2, timeout=3000 if FULL else 200, icount=False, on_line=look,
                 extra=["-S", *Debugger.options(port)])
player.join(30)
heard = dict(said)
for what, places in said:
    if isinstance(places, int) and what not in ("finished", "turns"):
        t.check(places > 1, f"{what}: at {places} places")
t.check(heard.get("finished"), "both go on to the end, and the neighbours with them", said[-3:])
t.equal(heard.get("wrong"), [], "each answer and each message is as it should be")
for name in ("near", "far"):
    windows = console.find(r"windows \d+ moved \d+ late \d+ changed (\d+) starts (\d+)", name)
    t.check(windows and all(m.groups() == ("0", "1") for m in windows),
            f"{name}: none of its memory changes", windows[-1:])
t.check(not console.find("exception in the runtime"), "the runtime is well")
places = sum(n for what, n in said if isinstance(n, int) and what not in ("finished", "turns"))
t.figure("middle", f"{places:,} places in {len(PAIRS)} pairs of services and {len(SERVICES)} services "
         f"and restarts that were ended, {heard.get('turns', 0):,} turns; each message whole and in order")
t.done()
