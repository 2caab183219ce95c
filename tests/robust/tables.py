#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# The tables of a real image, damaged byte by byte and in random combinations, before the validator
# that the runtime runs at boot (tables_damage.c). With the checksums as they are nothing passes; with
# good ones everything is refused with a code but changes of the fields below, which are another
# configuration and not a broken one. Whatever passes is held against an oracle of space and time,
# and one change of each such byte is booted.
import os
import re
import subprocess

from campaign import FULL, Image, Section, Test, fields
from bulkhead import channel, destination, partition, source, system, window

# A byte of these may be another and the tables good all the same, and why that breaks nothing.
NAME = "any printable name that is unique"
TIED = "within what another field or the translation allows"
FREE = {
    "HEADER minor": "a newer minor version only adds sections",
    "HEADER config_id": "an identity that is only shown",
    "HEADER payload_size": TIED,
    "MODULE name": NAME, "SCHEDULE name": NAME, "PARTITION name": NAME, "PORT name": NAME,
    "MODULE lateness_bound": "when a start is told to be late",
    "MODULE initial": "another of the schedules",
    "MODULE window_stats": "anywhere free in the state area",
    "MODULE copy_tables": TIED, "MODULE copy_va": TIED, "MODULE trace": TIED,
    "MODULE trace_events": "what is traced",
    "MODULE trace_records": TIED,
    "MODULE log_records": "as many as end on the same page",
    "MODULE log_per_frame": "how much is recorded",
    "CORE mpidr": "a core that is not there is refused when it does not start",
    "PARTITION id": "unique", "SCHEDULE id": "unique",
    "PARTITION flags": "other rights, of those that exist",
    "PARTITION criticality": "only shown",
    "PARTITION restart_limit": "after how many restarts its action follows",
    "PARTITION restart_within": "in what time they count",
    "PARTITION initialisation": "after what time its action follows",
    "PARTITION entry": "in memory that the partition may execute",
    "PARTITION argument": "in memory that the partition may read",
    "MEMORY attributes": "what a warm start keeps, or shared where nobody else is",
    "INTERRUPT flags": "edge or level",
    "DUTY period_ns": "only shown", "DUTY duration_ns": "only shown",
    "DUTY on_change": "another of the three actions",
    "WINDOW vcpu": "another of the same core", "WINDOW flags": "where a period is said to start",
    "WINDOW pad": "up to its end: only its own time",
    "PORT refresh_ns": "within one tick", "PORT max_message": "of a port without a channel",
    "PORT direction": "of a port without a channel", "PORT type": "of a port without a channel",
    "CHANNEL pool": "anywhere free in the state area",
    "HEALTH level": "another of the three", "HEALTH action": "another of the four",
    "HEALTH flags": "whether it is logged",
    "IMAGE memory": TIED, "IMAGE source": "the digest is compared at boot",
    "IMAGE file_size": "the digest is compared at boot", "IMAGE target": TIED,
    "IMAGE mem_size": TIED, "IMAGE sha256": "compared with the image at boot",
}

t = Test()
keep = {"name": "keep", "at": "0x40200000", "size": "4KiB", "keep": True}
block = {"name": "block", "shared": "block", "at": "0x40300000", "rights": "rw"}
cores = [[window("one", 0, 500, cpu=0), window("two", 600, 400)],
         [window("one", 0, 500, cpu=1), window("three", 600, 200)]]
description = system(
    [partition("one", "neighbour", cpus=2, system=True, devices=["rtc"], memory=[block],
               virtual_time="reported",
               rights=["switch_schedule", "manage_partitions", "reset_module", "halt_module"],
               ports=[source("in"), destination("back", "queuing")]),
     partition("two", "neighbour", memory=[keep, {**block, "rights": "r"}],
               ports=[destination("in", refresh="9ms"), source("back", "queuing"), {**source("spare"), "max_message": "16B"}]),
     partition("three", "steady", ports=[destination("in", refresh="7ms")])], 2000, cores,
    [channel("in", "one", ["two", "three"], "64B"), channel("back", "two", "one", "32B", 3)],
    [{"name": "block", "size": "8KiB"}])
description["module"]["trace"] = {"events": ["windows", "health"], "records": 64}
first, = description["schedules"]
first["on_change"] = {"one": "ignore", "two": "warm_start", "three": "cold_start"}
first["partitions"] = [
    {"partition": p["name"], "period": p["period"], "duration": p["duration"]}
    for p in description["partitions"]]
description["schedules"] = [{**first, "initial": True}, {**first, "name": "other"}]
path = t.build(description)
with open(path, "rb") as file:
    good = file.read()
tables = os.path.join(t.folder.name, "tables.bin")
with open(tables, "wb") as file:
    file.write(Image(good).tables())

run = subprocess.run([os.environ["TABLES_DAMAGE"], tables, "100000" if FULL else "3000",
                      "1" if FULL else "97"], text=True, stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT, timeout=3600 if FULL else 250)
said = run.stdout
t.equal(run.returncode, 0, "no byte outside the tables is read")
t.check("oracle agrees" in said, "the oracle finds the image sound")
plain = re.search(r"^plain passed (\d+) of (\d+)", said, re.M)
sealed = re.search(r"^sealed accepted (\d+) of (\d+)", said, re.M)
combined = re.search(r"^combinations accepted (\d+) of (\d+)", said, re.M)
t.equal(plain[1], "0", f"of {plain[2]} bytes changed alone none passes the checksums")
t.equal("BROKEN" in said, False, "what passes reaches nothing that it did not reach before")

# Where a change of one byte passes, and why it may.
by_place, order = {}, {}
for n, name in enumerate([s.name for s in Section] + ["HEADER"]):
    if name != "TRANSLATION":
        for field, at, size in fields("tbl_" + name.lower()):
            by_place.update({(n, at + i): f"{name} {field}" for i in range(size)})
samples, passed, unexplained = {}, 0, []
for n, at, count, place, byte in re.findall(
        r"^free (\d+) (\d+) (\d+) at (\d+) byte (\d+)", said, re.M):
    passed += int(count)
    if int(n) == Section.TRANSLATION:
        continue  # descriptors that map nothing, as the program has made sure
    field = by_place[int(n), int(at)]
    samples.setdefault(field if not FULL else (field, int(at)), (field, int(place), int(byte)))
    if field not in FREE:
        unexplained.append((field, int(at)))
t.equal(unexplained, [], "each byte that may be another has its reason")
met = {field for field, _, _ in samples.values()}
known_codes = [int(m) for m in re.findall(r"^code (\d+) [1-9]", said, re.M)]
t.check(len(known_codes) > 40, f"{len(known_codes)} of the validator's codes were seen", known_codes)

REFUSED = r"tables refused: code (\d+)"
booted = refused = 0
for field, place, byte in samples.values():
    image = Image(good)
    image.data[image.base + place] = byte
    image.seal()
    changed = os.path.join(t.folder.name, "changed.elf")
    with open(changed, "wb") as file:
        file.write(image.data)
    console = t.boot(changed, cores=2, timeout=20,
                     until=REFUSED + r"|\[(one|two|three|\S*)\] (alive|windows)|exception in the runtime")
    # One that has every right and begins in the middle of its code may stop everybody, by right.
    begun = field == "PARTITION entry" and console.find("partitions loaded")
    ok = (console.stopped or begun) and not console.find("exception in the runtime")
    refused += bool(console.find(REFUSED))
    booted += not console.find(REFUSED)
    if not ok or FREE.get(field) is None:
        t.check(ok, f"{field}, byte {place} = {byte}: boots, or is refused",
                "\n".join(console.lines[-8:]))
t.check(booted > 20, f"{len(samples)} of them booted: {booted} run, {refused} are refused then")
t.figure("tables", f"{plain[2]} bytes changed alone, checksums as they were: {plain[1]} accepted")
t.figure("tables", f"{sealed[2]} changes of one byte, checksums made good: "
         f"{int(sealed[2]) - passed} refused or without effect, {passed} in {len(met)} free fields or "
         "descriptors that map nothing")
t.figure("tables", f"{combined[2]} random combinations: {combined[1]} accepted, all sound")
t.figure("tables", f"{len(samples)} accepted changes booted: {booted} run, {refused} refused at boot")
t.done()
