# SPDX-License-Identifier: BSD-2-Clause
"""Large systems: 64 partitions on 4 cores. Memory is bounded and grows with the windows; time is not
measured, a run that is not linear ends by its timeout."""

import resource
import sys

from hv import check, done, ok

SANITIZED = "sanitized" in sys.argv[2:]


def large(windows):
    each = windows // 4
    frame = f"{each * 100}us"
    return {
        "hvbuild": 1, "module": {"name": "large", "board": "qemu-virt"},
        "partitions": [
            {"name": f"p{i}", "image": "p.elf", "period": frame, "duration": "100us",
             "memory": [{"name": "code", "at": "0x4000_0000", "size": "64KiB", "rights": "rx"},
                        {"name": "data", "at": "0x4010_0000", "size": "64KiB"}]}
            for i in range(64)],
        "schedules": [{"name": "n", "major_frame": frame, "cores": {
            str(core): [{"partition": f"p{core * 16 + i % 16}", "start": f"{i * 100}us",
                         "duration": "100us"} for i in range(each)]
            for core in range(4)}}],
    }


def peak():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


for windows in (10_000, 100_000):
    r = check(large(windows), "--quiet")
    ok(r.code == 0 and not r.err, f"{windows} windows check clean", r)
    if not SANITIZED:
        ok(peak() < 500 * windows // 100_000 + 50, f"{windows} windows: peak {peak()} MiB")

broken = large(100_000)
broken["schedules"][0]["cores"]["3"][-1]["duration"] = "101us"
r = check(broken)
ok(r.code == 1 and r.err.count("error[") == 1 and "error[SCHED-005]" in r.err,
   "one fault among 100,000 windows is one finding", r)

done()
