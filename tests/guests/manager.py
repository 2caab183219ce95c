#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A guest that treats its machine as RTEMS does restarts Debian's Linux and changes schedules.
from fetched import Test, fetched
from managed import managed, manager

t = Test()
linux = {"name": "other", "guest": "linux", "image": fetched("vmlinuz"), "initrd": fetched("initrd.cpio"),
         "cmdline": "console=ttyAMA0 nokaslr do=rest,3", "criticality": "E", "health": {"guest_off": "halt"},
         "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}
console = t.run(managed(manager(["switch_schedule", "manage_partitions"]), linux),
                [r"rtems: reset by the guest -> halt", r"other: switched off by the guest -> halt"],
                "both come to their end", timeout=250)
t.check(console.of("rtems")[-1:] == ["*** END OF TEST SYSTEM ***"], "the manager does", console.of("rtems"))
said = [l for l in console.of("rtems") if l.startswith(("suspends", "resumes", "restarts", "sets", "ticks"))]
t.equal(said, ["suspends: ok", "resumes: ok", "restarts: ok", "sets schedule: ok", "sets schedule: ok",
               "ticks lost 0"], "all that it asks for is done")
t.equal(len(console.find(r"Booting Linux on physical CPU", "other")), 2, "Linux boots twice")
t.check(console.find(r"guest: warnings 0", "other"), "and has no warnings the second time", console.of("other")[-30:])
t.done()
