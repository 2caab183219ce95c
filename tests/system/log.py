#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# The health log: a flood of events beside a single one, a reset of the module, and what is read
# after it: by a system partition, by the partition that the event is of, and by `hvbuild log` from
# dumps of memory. Then logs that were damaged while the power was off, or that are another's.
import json
import os
import re
import socket
import struct
import subprocess

from bulkhead import Test, partition, system, window

HVBUILD = os.environ["HVBUILD"]
KEPT, PER_FRAME = 16, 4
APPLICATION_ERROR, STARTED, NONE = 8, 0x100, -1
RAM = 0x40000000

t = Test()


def describe(per_frame=PER_FRAME):
    description = system(
        [partition("keeper", system=True, id=1,
                   rights=["read_log", "reset_module", "manage_partitions"]),
         partition("flood", id=2, health={"application_error": "ignore"}),
         partition("once", id=7, health={"application_error": "ignore"})], 4000,
        [[window("keeper", 0, 1000), window("flood", 1000, 2000), window("once", 3000, 900)]])
    description["module"]["health"]["log"] = {"records": KEPT, "per_frame": per_frame}
    return description


def hvbuild(*arguments):
    return subprocess.run([HVBUILD, *arguments], text=True, timeout=300, capture_output=True)


def place(name):
    return os.path.join(t.folder.name, name)


class Monitor:
    """QEMU's own protocol, to save memory the moment a line appears."""

    def __init__(self):
        self.path = place("qmp")
        self.extra = ["-qmp", f"unix:{self.path},server=on,wait=off"]

    def save(self, *ranges):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.path)
            f = s.makefile("rw")
            f.readline()
            for order in ([{"execute": "qmp_capabilities"}, {"execute": "stop"}] +
                          [{"execute": "pmemsave", "arguments": {
                              "val": at, "size": size, "filename": name}}
                           for at, size, name in ranges]):
                f.write(json.dumps(order) + "\n")
                f.flush()
                while "return" not in f.readline():
                    pass


image = t.build(describe())
system_json = json.loads(hvbuild("inspect", image, "--json").stdout)["system"]
LOG, SIZE = int(system_json["log"]["address"], 16), 8192
t.equal((system_json["log"]["records"], system_json["log"]["per_frame"]), (KEPT, PER_FRAME),
        "the image says how much the log holds")

# ---- A reset, and what is read behind it ---------------------------------------------------------
monitor = Monitor()


def save(line):
    if re.search(r"\[keeper\] done", line):
        monitor.save((LOG, SIZE, place("log")), (RAM, 0x2000000, place("ram")),
                     (LOG - 5, SIZE + 5, place("odd")), (LOG, SIZE - 4200, place("cut")))


console = t.boot(image, until=[r"\[keeper\] resets", r"\[keeper\] done"], in_turn=True,
                 extra=monitor.extra, on_line=save)
t.check(console.stopped, "the log is read, the module is reset, the log is read again",
        "\n".join(console.lines[-60:]))
t.check(not console.find("FAIL"), "nothing fails", [m.string for m in console.find("FAIL")])
t.equal(len(console.find(r"^pass", "once")), 12, "everybody reads his own, and nobody else's")
first, second = console.text.replace("\r", "").split("[keeper] resets")
said = re.search(r"\[hv\] health log: (\d+) records of 1 start kept, 0 damaged", second)
t.check(said and "health log:" not in first, "the second start says what it found, the first "
        "found nothing", second[:600])


def records(text):
    return [tuple(map(int, m)) for m in re.findall(
        r"\[keeper\] record (\d+) start (\d+) partition (-?\d+) event (\d+) action (\d+) "
        r"level (\d+) schedule (-?\d+) syndrome (\d+) dropped (\d+)", text)]


def status(text):
    return tuple(map(int, re.search(
        r"status newest (\d+) kept (\d+) start (\d+) dropped (\d+) damaged (\d+)", text).groups()))


def of(all_, who):
    return [r for r in all_ if r[2] == who]


before, after = records(first), records(second)
for number, (all_, text) in enumerate(((before, first), (after, second)), 1):
    newest, kept, start, dropped, damaged = status(text)
    t.equal((newest, kept, start, damaged), (all_[-1][0], len(all_), number, 0),
            f"start {number}: the status fits the records")
    t.check(all(a[0] < b[0] for a, b in zip(all_, all_[1:])), f"start {number}: they are in order")
    t.check(dropped > 5000, f"start {number}: a flood", dropped)
    t.note(f"start {number}: {dropped} events of the flood were not recorded")
    t.equal([(r[1], r[3], r[7]) for r in of(all_, NONE)],
            [(n, STARTED, 0) for n in range(1, number + 1)], f"start {number}: the starts are there")
    t.equal([(r[1], r[3], r[4], r[5], r[7], r[8]) for r in of(all_, 7)],
            [(n, APPLICATION_ERROR, 0, 1, 4711, 0) for n in range(1, number + 1)],
            f"start {number}: the single event was not pushed out")
    flood = of(all_, 2)
    t.equal(len(flood), KEPT, f"start {number}: the flood has its places and no more")
    mine = [r for r in flood if r[1] == number]
    t.check(all(a[7] + 1 + b[8] == b[7] for a, b in zip(mine, mine[1:])),
            f"start {number}: and each says how many were left out before it", mine)
    lines = re.findall(r"flood: application error (\d+) -> ignore(?: \((\d+) not shown\))?", text)
    t.check(lines[0] == ("1", "") and
            all(int(a) + 1 + int(n or 0) == int(b) for (a, _), (b, n) in zip(lines, lines[1:])),
            f"start {number}: so do the lines on the console", lines[:20])
    t.check(len(lines) <= 11 * PER_FRAME, f"start {number}: of which there are few", len(lines))
    t.equal(len(re.findall(r"once: application error 4711 -> ignore", text)), 1,
            f"start {number}: and the single one has its line")
t.check(set(r for r in before if r[2] != 2) <= set(after), "the second start reads what the first wrote")

# ---- The same from outside -----------------------------------------------------------------------
NAMES = {2: "flood", 7: "once", 1: "keeper", NONE: None}


def shown(*arguments):
    r = hvbuild("log", *arguments, "--json")
    t.check(r.returncode == 0, f"hvbuild log {' '.join(map(os.path.basename, arguments))}", r.stderr)
    return json.loads(r.stdout)


for name in ("log", "ram", "odd"):
    got = shown(place(name), image)
    t.equal([(r["record"], r["start"], r["partition"], r["dropped"], int(r["syndrome"], 16))
             for r in got["records"]],
            [(r[0], r[1], NAMES[r[2]], r[8], r[7]) for r in after],
            f"{name}: the same records as the partition read")
    t.check(got["damaged"] == 0 and got["config_id"] == system_json["config_id"], f"{name}: whole")
r = [r for r in got["records"] if r["partition"] == "once"][0]
t.equal((r["event"], r["action"], r["level"], r["schedule"], r["core"], r["window"]),
        ("application_error", "ignore", "partition", "normal", 0, 2), "with its names")
t.check(12e6 > r["time_ns"] > 3e6, "and its time", r["time_ns"])
text = hvbuild("log", place("log"), image).stdout.splitlines()
t.check(len(text) == len(after) + 1 and
        any(re.search(r" 1 +3\.\d+  once +application_error +ignore +normal 0\.2 +0 +0x1267 +0$", l)
            for l in text), "the table says so too", "\n".join(text))
numbers = hvbuild("log", place("log")).stdout
t.check("partition 2" in numbers and "schedule 0 window 2" in numbers and "once" not in numbers,
        "without the image there are numbers", numbers)
for name, why in (("cut", "no health log"), ("qmp", ""), ("none", "")):
    r = hvbuild("log", place(name))
    t.check(r.returncode == (1 if why else 3) and why in r.stderr and not r.stdout,
            f"{name}: refused", r.stderr)
other = t.build(describe(5), "other")
r = hvbuild("log", place("log"), other)
t.check(r.returncode == 1 and "another configuration" in r.stderr, "another image is refused", r.stderr)

# ---- hvbuild run fetches it ----------------------------------------------------------------------
r = hvbuild("run", image, "--frames", "5", "--log", place("run.log"))
got = shown(place("run.log"), image)["records"]
t.check(r.returncode == 0 and got[0]["event"] == "started" and
        any(r["partition"] == "once" for r in got), "a run writes it", r.stderr)

# ---- One byte damaged: hvbuild ------------------------------------------------------------------
with open(place("log"), "rb") as file:
    whole = file.read()
USED = 64 + 4 * KEPT * 64
wrong = []
# Every byte of the head and of one record of each owner; of the other places every 13th.
chosen = [at for at in range(USED) if at < 64 or (at - 64) % (64 * KEPT) < 64 or at % 13 == 0]
for at in chosen:
    with open(place("flip"), "wb") as file:
        file.write(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1:])
    r = subprocess.run([HVBUILD, "log", place("flip")], capture_output=True, timeout=300)
    used = at >= 64 and whole[64 + (at - 64) // 64 * 64] + whole[65 + (at - 64) // 64 * 64]
    want = (1, 0) if at < 64 else (0, len(after) + (0 if used else 1))
    if (r.returncode, r.stdout.count(b"\n")) != want:
        wrong.append((at, r.returncode, r.stdout.count(b"\n"), want))
t.check(not wrong, f"hvbuild tells each of {len(chosen)} damaged bytes", wrong[:5])

# ---- Damaged while the power was off: the runtime ------------------------------------------------


def boot_with(data, what, pattern, image=image):
    """A start that finds `data` where the log is."""
    with open(place("found"), "wb") as file:
        file.write(data)
    console = t.boot(image, until=[r"\[keeper\] status"], extra=[
        "-device", f"loader,file={place('found')},addr={LOG:#x},force-raw=on"])
    said = re.findall(r"\[hv\] (health log: .*)", console.text)
    if t.check(console.stopped and len(said) == (1 if pattern else 0) and
               (not pattern or re.search(pattern, said[0])), what, "\n".join(console.lines[-20:])):
        return status(console.text)
    return (0,) * 5


n = len(after)
places = {struct.unpack_from("<Q", whole, 64 + 64 * i)[0]: 64 + 64 * i for i in range(4 * KEPT)}
last = places[after[-1][0]]
kept = fr"{n} records of 2 starts kept, 0 damaged"
t.equal(boot_with(whole, "the log of a run before", kept)[2], 3, "is continued")
cut = bytearray(whole)
cut[last + 24:last + 64] = bytes(40)  # the reset came in the middle of it
got = boot_with(cut, "a record half written", fr"{n - 1} records of 2 starts kept, 1 damaged")
t.equal(got[2::2], (3, 1), "is known as such")
flipped = bytearray(whole)
for place_ in places.values():
    flipped[place_ + 17] ^= 4 * (struct.unpack_from("<Q", whole, place_)[0] > 0)
got = boot_with(flipped, "every record damaged", f"0 records of 0 starts kept, {n} damaged")
t.equal(got[2::2], (1, n), "none is believed")
head = bytearray(whole)
head[20] ^= 1
got = boot_with(head, "a damaged head", kept)
t.equal(got[2::2], (3, 0), "costs no record")
got = boot_with(whole, "another configuration's log", "another configuration's or damaged, discarded",
                other)
t.equal(got[2::2], (1, 0), "is not continued")
noise = bytes((i * i * 7 + i // 3 + 11) & 255 for i in range(SIZE))
got = boot_with(noise, "what memory holds after power-on is no log", None)
t.equal(got[2::2], (1, 0), "and nothing is said about it")
t.done()
