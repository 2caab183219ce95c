#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Every hypercall with a dictionary of invalid values, every function number: the caller gets an
# error, its neighbour notices nothing.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
from bulkhead import Test, channel, destination, partition, source, system, window  # noqa: E402

t = Test()
console = t.run(system(
    [partition("wild", ports=[source("a"), destination("b", refresh="1ms"), source("c", "queuing"),
                              destination("d", "queuing")]),
     partition("neighbour", ports=[destination("a", refresh="1ms"), source("b"),
                                   destination("c", "queuing"), source("d", "queuing")])],
    2000, [[window("wild", 0, 1600), window("neighbour", 1700, 200)]],
    [channel("a", "wild", "neighbour", "64B"), channel("b", "neighbour", "wild", "64B"),
     channel("c", "wild", "neighbour", "64B", 2), channel("d", "neighbour", "wild", "64B", 2)]),
    [r"\[wild\] done", r"\[neighbour\] alive"], "wild hypercalls")
t.guest_checks(console, "wild")
for m in console.find("calls", "wild"):
    t.note(m.string)
alive = console.find(r"alive, start (\d+), frame (\d+), changed (\d+)", "neighbour")
t.check(alive and all(m[1] == "1" and m[3] == "0" for m in alive),
        "the neighbour ran on, unchanged", [m.string for m in alive])
t.check(not console.find("exception in the runtime"), "the runtime is well")
t.done()
