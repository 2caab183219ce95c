#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# The levels of health monitoring: partitions are suspended, used up and switched away from, the
# module ends, and what comes from outside - a forged interrupt, a damaged pointer of the runtime -
# is an event of the module.
import os
import socket
import subprocess

from bulkhead import Test, partition, system, window

t = Test()
MEMORY = [{"name": "kept", "at": "0x40200000", "size": "4KiB", "keep": True},
          {"name": "plain", "at": "0x40300000", "size": "4KiB"}]


def faulty(name, health, **keys):
    return partition(name, "health", memory=MEMORY, health=health, initialisation="300us", **keys)


# ---- Actions of a partition ---------------------------------------------------------------------

description = system(
    [partition("boss", "overseer", system=True, rights=["manage_partitions"]),
     faulty("suspend", {"memory_violation": "suspend"}),
     faulty("limit", {"memory_violation": "warm_start"}, restart_limit=2),
     faulty("switch", {"memory_violation": "ignore", "application_error": "switch_schedule",
                       "schedule": "safe"})],
    4000, [[window("boss", 0, 500), window("suspend", 500, 900), window("limit", 1500, 900),
            window("switch", 2500, 900)]])
for p in description["partitions"]:
    del p["period"], p["duration"]
stay = {p["name"]: "ignore" for p in description["partitions"]}
demands = [{"partition": "boss", "period": "4000us", "duration": "500us"}] + [
    {"partition": p, "period": "4000us", "duration": "900us"} for p in list(stay)[1:]]
normal = {**description["schedules"][0], "id": 3, "on_change": stay, "partitions": demands}
safe = {**normal, "name": "safe", "id": 8}
description["schedules"] = [normal, safe]
console = t.run(description, r"\[boss\] done", "an overseer sees what becomes of three others")
t.guest_checks(console, "boss")
t.told(console, r"^schedule 3 then 8$", "boss")
events = {"memory violation": 1, "restart limit": 13, "application error": 8}
told = [m[0] for m in console.find(r"^\w+: state.*", "boss")]
# state 0 running, 2 suspended, 3 halted; mode 0 idle, 1 cold start, 2 warm start, 3 normal
t.equal(told, ["suspend: state 2 mode 3 starts 1 event 1 restarts 0 of 0",
               "limit: state 3 mode 0 starts 3 event 13 restarts 2 of 2",
               "switch: state 3 mode 0 starts 1 event 8 restarts 0 of 0",
               "suspend: state 2 mode 3 starts 1 event 1 restarts 0 of 0",
               "limit: state 0 mode 3 starts 4 event 0 restarts 0 of 2"],
        "states, events and counts are as they should be")
t.equal(len(console.find(r"suspend: memory violation at 0x5000_?0000 -> suspend")), 2,
        "who is resumed comes to the same instruction again")
t.equal(len(console.find(r"limit: memory violation at 0x5000_?0000 -> warm start")), 3,
        "the third fault is said, and")
t.equal(len(console.find(r"limit: restarts used up 2 -> halt")), 1, "leads to the limit's action")
t.equal(len(console.find(r"switch: application error 42 -> halt and switch schedule")), 1,
        "the change of schedule is said")

# ---- Actions of the module ----------------------------------------------------------------------


def late(action):
    d = system([partition("chatter"), partition("neighbour")], 400,
               [[window("chatter", 0, 200), window("neighbour", 200, 100)]], bound="1us")
    d["module"]["health"]["on_lateness"]["action"] = action
    return t.build(d, "late-" + action)


LATE = r"^\[hv\] .* module: window started late, \d+ ns -> "
# In real time: QEMU 7.2 with -icount sleep=off never gets to the reset that a single core has asked
# for while its alarm is pending.
console = t.boot(late("reset"), until=[LATE + "reset", r"^\[hv\] Bulkhead on"], in_turn=True,
                icount=False)
t.check(console.stopped, "a late window is said and resets the module", console.text)
console = t.boot(late("shutdown"), timeout=20)
t.check([l for l in console.lines if l][-1:] == [l[0] for l in console.find(LATE + "shutdown.*")],
        "a late window ends the module: its last line", console.text)
console = t.boot(late("ignore"), until=[LATE + "ignore", r"^\[chatter\]"], in_turn=True)
t.check(console.stopped, "an ignored one does not", console.text)

# ---- From outside -------------------------------------------------------------------------------


class Debugger:
    """QEMU's own door: writes physical memory while the machine runs."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(30)

    def ask(self, text, answered=True):
        self.socket.sendall(b"$" + text.encode() + b"#%02x" % (sum(text.encode()) & 255))
        data = b""
        while answered and not (b"#" in data and len(data.split(b"#", 1)[1]) >= 2):
            data += self.socket.recv(4096)
        self.socket.sendall(b"+")
        return data

    def write(self, address, value, size):
        done = self.ask(f"M{address:x},{size:x}:{value.to_bytes(size, 'little').hex()}")
        assert b"OK" in done, done


def from_outside(name, writes, actions, until):
    """Boots a partition that asks for its status in each window; writes when it has started."""
    d = system([partition("asker"), partition("other", "steady")], 1000,
               [[window("asker", 0, 900)], [window("other", 0, 900)]])
    d["module"]["health"].update(actions)
    door = os.path.join(t.folder.name, name + ".sock")

    def on_line(line):
        if "[asker] asks" not in line or not writes:
            return
        debugger = Debugger(door)
        debugger.ask("Qqemu.PhyMemMode:1")
        for address, value, size in writes:
            debugger.write(address, value, size)
        writes.clear()
        debugger.ask("D")
        debugger.socket.close()

    return t.boot(t.build(d, name), cores=2, until=until, in_turn=True, on_line=on_line,
                  extra=["-gdb", f"unix:{door},server=on,wait=off"])


def symbol(name):
    out = subprocess.run(["aarch64-linux-gnu-nm", os.environ["BULKHEAD_RUNTIME"]], text=True,
                         stdout=subprocess.PIPE, check=True).stdout
    return next(int(l.split()[0], 16) for l in out.splitlines() if l.split()[2:] == [name])


SPI = 77
# GICD_ISENABLER and GICD_ISPENDR of an interrupt that nobody owns
forged = [(0x08000000 + r + SPI // 32 * 4, 1 << SPI % 32, 4) for r in (0x100, 0x200)]
UNEXPECTED = rf"module: unexpected interrupt {SPI} -> "
console = from_outside("spi-ignore", list(forged), {}, [UNEXPECTED + "ignore", r"\[asker\] asks"])
t.check(console.stopped, "an interrupt that nobody owns is said, and everybody goes on",
        console.text)
t.equal(len(console.find(UNEXPECTED)), 1, "it comes once")
console = from_outside("spi-reset", list(forged), {"unexpected_interrupt": "reset"},
                       [UNEXPECTED + "reset", r"^\[hv\] Bulkhead on"])
t.check(console.stopped, "or it resets the module", console.text)

# The pointer to what partitions are owed, in the first core's record: no such address.
broken = [(symbol("cores") + 16, 0x7f0000000000, 8)]
BUG = r"\[hv\] exception in the runtime"
console = from_outside("bug-ignore", list(broken), {}, [BUG, r"\[other\]", r"\[other\]"])
t.check(console.stopped, "an exception in the runtime stops its core, the other goes on",
        console.text)
lines = console.lines
at = next((i for i, l in enumerate(lines) if BUG[2:6] in l and "exception" in l), len(lines))
t.check(not [l for l in lines[at:] if l.startswith("[asker]")], "it stops for good")
console = from_outside("bug-reset", list(broken), {"system_error": "reset"},
                       [BUG, r"^\[hv\] Bulkhead on", r"\[asker\] asks"])
t.check(console.stopped, "or resets the module", console.text)
t.done()
