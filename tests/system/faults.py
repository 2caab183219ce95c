#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Errors that a partition finds in itself, and a stack that ends at a guard.
from bulkhead import DATA, Test, partition, source, system, window

t = Test()
OUT = {**source("out"), "max_message": "64B", "local": True}
EVENTS = ["memory_violation", "illegal_instruction", "numeric_error", "stack_overflow",
          "port_configuration"]
console = t.run(system(
    [partition("faulty", data={**DATA, "guard": True}, health={e: "cold_start" for e in EVENTS},
               ports=[OUT]),
     partition("unguarded", "faulty", health={e: "cold_start" for e in EVENTS},
               ports=[OUT])],
    4000, [[window("faulty", 0, 1800), window("unguarded", 2000, 1800)]]),
    [r"\[faulty\] end", r"\[unguarded\] end"], "one error for each start", timeout=60)

# Numbers of abi.h.
MEMORY, INSTRUCTION, NUMERIC, STACK, PORT = 1, 3, 17, 18, 19


def starts(name):
    return [int(m[1]) for m in console.find(r"^start \d+ event (\d+)", name)]


rest = [PORT] * 4
t.equal(starts("faulty"), [0, STACK, NUMERIC, INSTRUCTION, MEMORY, STACK, STACK, MEMORY, MEMORY] + rest,
        "each is the event that it is")
t.equal(starts("unguarded"), [0, MEMORY, NUMERIC, INSTRUCTION] + [MEMORY] * 5 + rest,
        "without a guard an overflow is a memory violation")
for words in (r"faulty: stack overflow at 0x400f_?f\w\w\w -> cold start",
              r"faulty: numeric error at 0x4000_\w+ -> cold start",
              r"faulty: illegal instruction at 0x4000_\w+ -> cold start",
              r"faulty: a port is not as it needs it -> cold start"):
    t.check(console.find(words), f"the log says '{words}'")
t.equal([m[1] for m in console.find(r"^port '\w*': (.*)", "faulty")],
        ["invalid parameter"] + ["invalid configuration"] * 3, "and the partition why")
for name in ("faulty", "unguarded"):
    t.check(not console.find("FAIL", name) and len(console.find("^pass", name)) == 4,
            f"{name}: its checks passed")
t.done()
