#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# SMCCC, PSCI and what else Arm's standards number: a partition hears by HVC and SMC what is there and what
# is not, and loses no register by asking.
from bulkhead import Test, partition, system, window

t = Test()
console = t.run(system([partition("standard")], 2000, [[window("standard", 0, 1000)]]),
                r"\[standard\] done: ")
t.check(t.told(console, r"^asked (\d+)$", "standard")[1] == "61", "all were asked")
t.guest_checks(console, "standard")
t.done()
