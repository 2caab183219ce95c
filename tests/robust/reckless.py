#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Random instructions at EL1 and EL0 (noise.py, guests/reckless_noise.S). The health monitor starts
# the partition again after each violation, a warden whatever else became of it. Then in a partition
# that may write to its code, as guests do that load programs, and writes each before it executes it.
from campaign import Test, beside
from bulkhead import CODE, partition, window

t = Test()
EVENTS = ["memory_violation", "illegal_access", "illegal_instruction", "illegal_call",
          "hardware_fault", "guest_reset", "guest_off", "application_error", "watchdog",
          "budget", "numeric_error", "stack_overflow", "port_configuration"]
block = {"name": "passes", "shared": "passes", "at": "0x40300000"}
# Without counted instructions: QEMU would stand still in a loop that never executes one, like an
# exception whose vector cannot be fetched. So nothing is said of when windows start.


def campaign(what, number, **keys):
    """The guests know by their identifiers whether code is written."""
    console, _ = beside(
        t, partition("reckless", memory=[{**block, "rights": "rw"}], id=number,
                     health={e: "cold_start" if e == "memory_violation" else "ignore" for e in EVENTS},
                     **keys),
        2000, 1500, r"\[warden\] done",
        others=[partition("warden", system=True, rights=["query_partitions", "cold_start_partitions"],
                          id=number + 11, memory=[{**block, "rights": "r"}])],
        windows=[window("warden", 1800, 100)], shared=[{"name": "passes", "size": "4KiB"}],
        counted=False)
    t.guest_checks(console, "warden")
    told = t.told(console, r"^executed (\d+) starts (\d+) forced (\d+)", "warden")
    if told:
        t.figure("reckless", f"{what}: at least {int(told[1]):,} random instructions in {int(told[2]):,} "
                 f"lives, {told[3]} of them ended by the warden; no memory of a neighbour changed")


large = {**CODE, "size": "128KiB"}
campaign("code that stays", 7, code=large)
campaign("code that changes itself, each written just before", 77, code={**large, "rights": "rwx"},
         guest="rtems", console="calls")
t.done()
