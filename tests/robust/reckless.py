#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Random instructions at EL1 and EL0 (noise.py, guests/reckless_noise.S). The health monitor starts
# the partition again after each violation, a warden whatever else became of it. No memory is
# writable and executable, so code that changes itself is a violation by construction.
from campaign import Test, beside
from bulkhead import CODE, partition, window

t = Test()
EVENTS = ["memory_violation", "illegal_access", "illegal_instruction", "illegal_call",
          "hardware_fault", "guest_reset", "guest_off", "application_error", "watchdog",
          "budget", "numeric_error", "stack_overflow", "port_configuration"]
block = {"name": "passes", "shared": "passes", "at": "0x40300000"}
# Without counted instructions: QEMU would stand still in a loop that never executes one, like an
# exception whose vector cannot be fetched. So nothing is said of when windows start.
console, _ = beside(
    t, partition("reckless", code={**CODE, "size": "128KiB"}, memory=[{**block, "rights": "rw"}],
                 health={e: "cold_start" if e == "memory_violation" else "ignore" for e in EVENTS}),
    2000, 1500, r"\[warden\] done",
    others=[partition("warden", system=True, rights=["manage_partitions"],
                      memory=[{**block, "rights": "r"}])],
    windows=[window("warden", 1800, 100)], shared=[{"name": "passes", "size": "4KiB"}],
    counted=False)
t.guest_checks(console, "warden")
told = t.told(console, r"^executed (\d+) starts (\d+) forced (\d+)", "warden")
if told:
    t.figure("reckless", f"at least {int(told[1]):,} random instructions in {told[2]} lives, {told[3]} "
             "of them ended by the warden; no memory of a neighbour changed")
t.done()
