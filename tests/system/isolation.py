#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Probes from inside a partition: buffers, names, PSCI, stage-2 rights, every kind of abort.
# Whatever it tries stays with it, and its neighbour notices nothing.
import os

from bulkhead import CODE, DATA, Test, channel, destination, partition, source, system, window

t = Test()


def neighbour(console, what):
    alive = console.find(r"alive, start (\d+), frame (\d+), changed (\d+)", "neighbour")
    t.check(alive and all(m[1] == "1" and m[3] == "0" for m in alive),
            f"{what}: the neighbour ran on, unchanged", [m.string for m in alive])


def beside(probe, until=r"\[probe\] done", probe_keys=None, channels=(), neighbour_keys=None,
           what=None):
    """A probe and the neighbour on one core, in 2 ms frames."""
    console = t.run(system(
        [partition("probe", probe, **(probe_keys or {})),
         partition("neighbour", **(neighbour_keys or {}))],
        2000, [[window("probe", 0, 1200), window("neighbour", 1200, 300)]], channels),
        [until, r"\[neighbour\] alive"], what or probe)
    neighbour(console, what or probe)
    return console


# Buffers. The neighbour's memory is where the probe will point.
console = beside(
    "buffers",
    probe_keys={"ports": [source("out"), destination("in", refresh="100ms"),
                          source("queue_out", "queuing"), destination("queue_in", "queuing")]},
    neighbour_keys={"ports": [destination("out", refresh="100ms"), source("in"),
                              destination("queue_out", "queuing"), source("queue_in", "queuing")],
                    "code": {**CODE, "phys": "0x50000000"}, "data": {**DATA, "phys": "0x50100000"}},
    channels=[channel("out", "probe", "neighbour", "64B"),
              channel("in", "neighbour", "probe", "64B"),
              channel("queue_out", "probe", "neighbour", "64B", 4),
              channel("queue_in", "neighbour", "probe", "64B", 4)])
t.guest_checks(console, "probe")

# Names and handles of ports.
console = beside("names", probe_keys={"ports": [source("mine")]},
                 neighbour_keys={"ports": [
                     destination("mine", refresh="10ms"),
                     {**source("theirs"), "local": True, "max_message": "16B"}]},
                 channels=[channel("mine", "probe", "neighbour", "16B")])
t.guest_checks(console, "probe")

# PSCI: start, condition (1 asked itself, 3 health monitor), event (6 reset, 7 off).
console = beside("psci", probe_keys={"health": {"guest_off": "cold_start",
                                                "guest_reset": "cold_start"}},
                 what="PSCI SYSTEM_OFF, SYSTEM_RESET and CPU_OFF")
t.equal([m.groups() for m in
         console.find(r"start (\d+) condition (\d+) event (\d+)", "probe")],
        [("1", "0", "0"), ("2", "3", "7"), ("3", "1", "6"), ("4", "3", "7"), ("5", "1", "6"),
         ("6", "3", "7")], "PSCI: each ends in a restart of the caller alone")
t.check(not console.find("FAIL"), "PSCI: none of them returns")
t.check(console.find("version 0x10001 by HVC, 0x10001 by SMC", "probe"),
        "PSCI: version 1.1 both ways")

# Every kind of abort.
console = beside("aborts", probe_keys={"health": dict.fromkeys(
    ["memory_violation", "illegal_access", "illegal_instruction", "illegal_call", "hardware_fault",
     "application_error"], "cold_start")}, what="aborts")
t.guest_checks(console, "probe")

# An external abort: a device that the board file promises and the machine does not have.
board = os.path.join(t.folder.name, "board.yaml")
with open(os.path.join(os.environ["SOURCE_ROOT"], "boards", "qemu-virt.yaml")) as file:
    text = file.read()
with open(board, "w") as file:
    file.write(text + "\n  - {name: ghost, start: 0x0c10_0000, size: 4KiB}\n")
description = system([partition("probe", "ghost", devices=["ghost"]), partition("neighbour")], 2000,
                     [[window("probe", 0, 1200), window("neighbour", 1200, 300)]])
description["module"]["board"] = "board.yaml"
console = t.run(description, [r"\[probe\] start 3", r"\[neighbour\] alive"], "external aborts")
neighbour(console, "external aborts")

# Registers of features that a guest does not have.
console = beside("hidden")
t.guest_checks(console, "probe")

# Shared memory: one writes, one may only read.
console = t.run(system(
    [partition("writer", "shared_writer",
               memory=[{"name": "block", "shared": "block", "at": "0x40400000", "rights": "rw"}]),
     partition("reader", "shared_reader",
               memory=[{"name": "block", "shared": "block", "at": "0x40800000", "rights": "r"}])],
    2000, [[window("writer", 0, 500), window("reader", 500, 1000)]],
    shared=[{"name": "block", "size": "4KiB"}]), r"\[reader\] end", "shared memory")
t.equal(console.find(r"found (\d+)", "writer")[0][1], "0", "a shared block is zero at first")
t.equal(len(console.find("pass", "reader")), 3, "the reader sees all that is written")
t.check(console.find("after the write: event 1", "reader"), "its own write is a memory violation")
t.check(console.find("after the call: event 1", "reader"), "and so is executing there")
t.check(not console.find("FAIL|went through|executed", "reader"), "neither goes through")
t.equal(len(console.find("found", "writer")), 1, "the writer is not restarted")
t.done()
