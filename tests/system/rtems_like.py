#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A guest that treats its machine as RTEMS does, with one and two processors, all of the time and half
# of it, beside a partition that measures its windows. It ends as RTEMS ends: by a reset.
from bulkhead import Test, guest_path, partition, system, window

t = Test()
FRAME = 20000  # us


def boot(cpus, half):
    guest = {"name": "rtems", "guest": "rtems", "image": guest_path("rtems_like"), "cpus": cpus,
             "criticality": "C", "health": dict.fromkeys(["guest_reset", "illegal_access", "memory_violation"], "halt"),
             "memory": [{"name": "ram", "at": "0x40000000", "size": "128MiB", "rights": "rwx"}]}
    own = ((0, 5000), (10000, 5000)) if half else ((0, 19000),)
    cores = [[window("rtems", *w, **({"cpu": cpu} if cpu else {})) for w in own] for cpu in range(cpus)]
    cores[0].append(window("steady", 5000, 1000) if half else window("steady", 19000, 1000))
    cores[0].sort(key=lambda w: int(w["start"][:-2]))
    what = f"{cpus} processors, {'half' if half else 'all'} of the time"
    console = t.run(system([guest, partition("steady")], FRAME, cores),
                    [r"rtems: reset by the guest -> halt", r"\[steady\] windows 64 "], what, cores=cpus, timeout=100)
    said = console.of("rtems") or [""]
    t.equal((said[0], said[-1]), ("*** BEGIN OF TEST LIKE ***", "*** END OF TEST LIKE ***"),
            "begins and ends like a test of RTEMS")
    results = [l for l in said if l.startswith(("pass", "FAIL"))]
    t.check(len(results) == (5 if cpus == 2 else 3) and all(l.startswith("pass") for l in results), "its own checks",
            "\n".join(said))
    told = {l.rsplit(" ", 1)[0]: int(l.rsplit(" ", 1)[1]) for l in said if l[-1].isdigit()}
    t.equal(told.get("processors"), cpus, "processors are counted by their redistributors")
    # 50 ticks of 10 ms; one that expires outside a window comes when the next begins.
    t.check(told.get("ticks") == 50 and 500 <= told.get("took", 0) <= 510,
            "no tick of its timer is lost", told)
    t.check(told.get("late at most", 10 ** 9) < (5100 if half else 1100),
            "a tick waits for a window, not longer", told)
    t.check(console.find(r"^windows 64 moved 0 late \d+ changed 0 starts 1", "steady"),
            "the partition beside it does not notice", console.of("steady"))


for cpus in (1, 2):
    for half in (False, True):
        boot(cpus, half)
t.done()
